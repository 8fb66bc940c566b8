//! Asynchronous lines over `tokio`, or over any stream that it can read and write.
//!
//! A line is driven by whoever awaits `next`: it reads, writes, ticks and hands out what happened;
//! nothing runs behind its back. A [`Handle`] sends from other tasks.

mod acceptor;
mod handle;
mod initiator;
mod line;

pub use acceptor::{Acceptor, Listener};
pub use handle::{Handle, SendFailure};
pub use initiator::{Connector, Initiator};
pub use line::{Ended, Line};

pub use super::{AcceptorOptions, InitiatorError, SessionError, TcpConnector};
