//! Working engines for `std` and `tokio`: sockets, clocks, accepting and reconnecting around
//! [`engine::Connection`](crate::engine::Connection).
//!
//! They use nothing but the public interface of the layers below, so that a driver of your own
//! can do all that they do.

mod clock;
mod file_store;
mod mailbox;

pub use clock::Clock;
pub use file_store::{FileStore, Recovered};
pub use mailbox::{Asking, Events, Handle, LineStatus, Sending, Stopped, Watch};
