//! The FIX session layer as a pure state machine.
#![no_std]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

#[cfg(feature = "std")]
pub mod adapters;
pub mod engine;
pub mod processor;
pub mod session;
pub mod wire;
