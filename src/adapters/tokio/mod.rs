//! Asynchronous lines over `tokio`, or over any stream that it can read and write.
//!
//! A line is driven by whoever awaits `next`, by a task after `spawn`, or beside a handler in
//! `run`; the words are the same.

mod acceptor;
mod alarm;
mod guest;
mod initiator;
mod line;
mod listener;
mod pipe;
mod run;

pub use acceptor::Acceptor;
pub use initiator::{Connector, Initiator};
pub use line::{Ended, Line};
pub use listener::Listener;
pub use pipe::Stream;

pub use super::accepting::{
    AcceptorEvent, AcceptorEvents, AcceptorHandle, Made, SessionError, Told,
};
pub use super::lease::Left;
pub use super::mailbox::{Asking, Events, Handle, LineStatus, Sending, Stopped, Watch};
#[cfg(feature = "settings")]
pub use super::start::Handler;
pub use super::tcp::TcpConnector;
