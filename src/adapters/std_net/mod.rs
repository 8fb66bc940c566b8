//! Blocking lines over `std::net`, or over any stream that can be given a timeout.
//!
//! A line is driven by the thread that calls `next`: it reads, writes, ticks and hands out what
//! happened. An acceptor identifies each connection on a thread of its own before it becomes a
//! line, so that strangers cost a bounded buffer and a deadline, and the sessions notice nothing.

mod acceptor;
mod initiator;
mod line;
mod seats;
mod stream;

pub use acceptor::{Acceptor, Listener, Sessions, Stop};
pub use initiator::Initiator;
pub use line::{Ended, Line};
pub use seats::NoSeat;
pub use stream::{Connector, Stream};

pub use super::{AcceptorOptions, InitiatorError, SessionError, TcpConnector};
