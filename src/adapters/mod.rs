//! Working engines for `std` and `tokio`: sockets, clocks, accepting and reconnecting around
//! [`engine::Connection`](crate::engine::Connection).
//!
//! Their lines use the public interface of the layers below, so that a driver of your own can do all
//! that they do.

mod accepting;
mod clock;
mod dialing;
mod driven;
mod ending;
mod file_store;
mod initiator_core;
mod latch;
mod lease;
mod line_core;
mod link;
mod mailbox;
#[cfg(feature = "settings")]
mod start;
pub mod std_net;
mod tcp;
#[cfg(feature = "tokio")]
pub mod tokio;

pub use accepting::{AcceptorEvent, AcceptorEvents, AcceptorHandle, Made, SessionError, Told};
pub use clock::Clock;
pub use file_store::{FileStore, Recovered};
pub use lease::Left;
pub use mailbox::{Asking, Events, Handle, LineStatus, Sending, Stopped, Watch};
#[cfg(feature = "settings")]
pub use start::Running;
pub use tcp::TcpConnector;
