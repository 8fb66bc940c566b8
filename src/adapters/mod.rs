//! Working engines for `std` and `tokio`: sockets, clocks, accepting and reconnecting around
//! [`engine::Connection`](crate::engine::Connection).
//!
//! They use nothing but the public interface of the layers below, so that a driver of your own
//! can do all that they do.

mod accepting;
mod clock;
mod dialer;
mod file_store;
mod outcome;
pub mod std_net;
mod tcp;

pub use accepting::{AcceptorOptions, SessionError};
pub use clock::Clock;
pub use dialer::InitiatorError;
pub use file_store::{FileStore, FileStoreError};
#[cfg(feature = "tokio")]
pub mod tokio;

pub use outcome::Delivery;
pub use tcp::TcpConnector;
