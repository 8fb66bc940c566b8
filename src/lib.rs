//! The FIX session layer as a pure state machine.
#![no_std]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub mod engine;
pub mod session;
pub mod wire;
