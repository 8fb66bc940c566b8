//! The FIX session layer as a pure state machine.
//!
//! Bytes, the time and the application's wishes go in; bytes to send, messages to deliver,
//! deadlines and disconnects come out. Nothing in the core does I/O, reads a clock or holds a
//! store: a *driver* does, and it is yours.
//!
//! - `adapters`: engines over `std::net` and tokio, behind the features of the same names.
//! - `settings`: settings files of the QuickFIX family, and configurations through serde, behind the
//!   features `settings` and `serde`. `Settings::start` runs what a file says.
//! - [`processor`]: dispatch of messages by MsgType to handlers.
//! - [`engine`]: a session with its buffers, its held messages, its outbox and its store, still
//!   without I/O and clock; connections before their Logon; when to connect again.
//! - `schedule`: the hours of a session, behind the feature of the same name.
//! - [`session`]: one FIX session. [`session::Session`] is fed with [`session::Input`] and answers
//!   with [`session::Actions`]; its documentation explains the loop.
//! - [`dictionary`]: what tags, types, values and groups a message may have.
//! - [`wire`]: tag=value bytes. Framing, fields, numbers, timestamps, composing, buffers.
//!
//! Dependencies point downwards only; everything is public at the level of its module.
//!
//! Ids such as `S-SEQ-07`, which notices, faults, reasons and this documentation cite, are explained in
//! [`rules`].
//!
//! # Features
//!
//! `std` (default) and `tokio` are for the adapters, `testing` for tests of applications, with
//! `arbitrary` and `proptest` for random ones,
//! `settings` and `serde` for configurations that stand in files, `schedule` for hours. Without
//! any of them the crate is `no_std` + `alloc`. A feature adds interface and never changes
//! behaviour.
#![no_std]
#![forbid(unsafe_code)]
// Beyond those of Cargo.toml, which hold for tests, examples and benches too.
#![warn(
    clippy::alloc_instead_of_core,
    clippy::cast_lossless,
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::let_underscore_must_use,
    clippy::panic,
    clippy::std_instead_of_alloc,
    clippy::std_instead_of_core,
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm
)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

#[cfg(feature = "std")]
pub mod adapters;
pub mod dictionary;
pub mod engine;
pub mod processor;
#[cfg(feature = "schedule")]
pub mod schedule;
pub mod session;
#[cfg(any(feature = "settings", feature = "serde"))]
pub mod settings;
#[cfg(feature = "testing")]
pub mod testing;
pub mod wire;

/// Not an interface but a document, for links into it.
#[cfg(doc)]
#[doc = include_str!("../docs/RULES.md")]
pub mod rules {}

/// Compiles and runs what the README and the guide show.
#[cfg(doctest)]
mod documents {
    #[cfg(feature = "tokio")]
    #[doc = include_str!("../README.md")]
    struct Readme;
    #[cfg(feature = "tokio")]
    #[doc = include_str!("../docs/GUIDE.md")]
    struct Guide;
    #[cfg(all(feature = "dictionaries", feature = "xml"))]
    #[doc = include_str!("../docs/DICTIONARIES.md")]
    struct Dictionaries;
}
