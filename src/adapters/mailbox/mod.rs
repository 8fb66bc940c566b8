//! What stands between whoever drives a session and everybody else: one mailbox, for both
//! adapters. It wakes by `core::task::Waker`, so that a task and a parked thread wait in the same
//! way.
//!
//! A [`Handle`] puts requests in, [`Events`] takes events out, and a [`Driver`] does the reverse,
//! with one short lock a turn. In steady state nothing is allocated: requests stand in slots that
//! are used again, events in batches that change places.

mod ask;
mod batch;
mod block_on;
mod driver;
mod events;
mod handle;
mod queue;
mod responder;
mod sending;
mod slots;
mod state;
mod taking;

pub(in crate::adapters) use ask::Ask;
pub(in crate::adapters) use block_on::{block_on, thread_waker};
pub(in crate::adapters) use driver::{Driver, Duty, HandedOver};
pub use events::Events;
pub use handle::{Handle, Stopped};
pub use sending::{Asking, Sending, Watch};
pub(in crate::adapters) use slots::Key;
pub use state::LineStatus;
