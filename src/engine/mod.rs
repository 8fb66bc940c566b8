//! Sessions with buffers, a store and an outbox: still no I/O and no clock.

mod advance;
mod business;
mod commit;
mod connection;
mod core;
mod draft;
mod error;
mod event;
mod hold;
mod inbound;
mod lent;
mod lobby;
mod memory;
mod options;
mod outbox;
mod pending;
mod progress;
mod pump;
mod reconnect;
mod reply;
mod ring;
mod store;

pub use connection::{Connection, Operation};
pub use draft::Draft;
pub use error::{ConnectError, OpenError, Refused, RequestError};
pub use event::{Event, Outcome, Resend, Verdict};
pub use hold::HoldBuffer;
pub use lobby::{Identity, Lobby, Look, Stranger};
pub use memory::MemoryStore;
pub use options::{Acknowledge, ConnectionOptions, OptionsError};
pub use outbox::Ticket;
pub use progress::Progress;
pub use reconnect::{Next, Reconnect};
pub use reply::{BusinessRejectReason, Reply};
pub use store::{Saved, Store, Synced};
