//! Blocking lines over `std::net`, or over any stream that has two halves.
//!
//! A line is driven by the thread that calls `next` or `run`, or by one of its own after `spawn`;
//! the words are those of the `tokio` adapter. Beside whoever drives, one thread makes each
//! connection and then reads from it: a thread that waits in a read can be woken by nothing in safe
//! Rust, and whoever drives must be woken by requests, by stores and by time as well.

mod acceptor;
mod connector;
mod dial;
mod door;
mod guest;
mod inbox;
mod initiator;
mod line;
mod listener;
mod parking;
mod pipe;
mod stream;

pub use acceptor::Acceptor;
pub use connector::Connector;
pub use initiator::Initiator;
pub use line::{Ended, Line};
pub use listener::Listener;
pub use stream::{Closer, Half, Halves, Stream};

pub use super::accepting::{
    AcceptorEvent, AcceptorEvents, AcceptorHandle, Made, SessionError, Told,
};
pub use super::lease::Left;
pub use super::mailbox::{Asking, Events, Handle, LineStatus, Sending, Stopped, Watch};
pub use super::tcp::TcpConnector;
