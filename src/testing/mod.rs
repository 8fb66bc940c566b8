//! Testing without sockets, clocks or luck: two connections joined by a line that exists in memory
//! and in virtual time, breaks where it is told to, and does everything again from the same seed.
//!
//! What happens is an [`Op`], what happened a [`History`], and whether it may is said by the
//! [`checks`]. To fuzz a driver or an application of yours, take the operations from a fuzzer
//! (feature `arbitrary`) or from proptest (feature `proptest`, [`strategy`]), play them, and ask
//! [`Pair::check`].
//!
//! A store of your own is held to its contract by [`store_suite`]; what happens when a store fails
//! is tried with a [`FaultyStore`] around it, or with a [`CrashStore`].

mod apply;
mod audited;
pub mod checks;
mod crash_store;
mod exact_replay;
mod faulty_store;
mod forged;
mod forgotten;
mod history;
mod model;
mod op;
mod options;
mod pair;
mod pipe;
mod random;
pub mod store_suite;
#[cfg(feature = "proptest")]
pub mod strategy;
mod wake_flag;

pub use audited::Audited;
pub use crash_store::CrashStore;
pub use faulty_store::FaultyStore;
pub use forged::{Flaw, Forged, ForgedKind};
pub use forgotten::Forgotten;
pub use history::{History, Record, Violation};
pub use op::{Op, Reach, Wish};
pub use options::{PairOptions, Side};
pub use pair::Pair;
pub use random::Random;
