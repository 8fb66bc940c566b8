//! What became of a message that was to be sent.

use super::outbox::Ticket;
use crate::session::{self, Misuse, Sent};

/// How far a message is that was taken for sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "an application must know how far its message is")]
#[must_use = "only a durable message is certain to arrive"]
pub enum Delivery {
    /// It has a number and is durable: the peer gets it, now or after the next Logon.
    Durable(Sent),
    /// It has a number, and the store has not confirmed it yet.
    Pending(Sent),
    /// It waits for its number; [`Event::Sent`](super::Event::Sent) says when it has one, or that
    /// it will not be sent.
    Queued(Ticket),
}

impl Delivery {
    /// The number, if it has one.
    #[must_use]
    pub const fn sent(self) -> Option<Sent> {
        match self {
            Self::Durable(sent) | Self::Pending(sent) => Some(sent),
            Self::Queued(_) => None,
        }
    }
}

/// Why a message is not known to be on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "it is certain that it was not sent, or it is not")]
pub enum SendError {
    /// Certain: it has no number, and nothing of it will leave.
    #[error("not sent: {0}")]
    Refused(#[from] Refused),
    /// It has this number, and the store failed, or nobody drives the session any more, before it
    /// was known to be durable: it may or may not arrive. Ask the peer for its status.
    #[error("unknown: number {} was not durable when the store failed or the driver went", .0.seq)]
    Unknown(Sent),
}

impl From<session::SendError> for SendError {
    fn from(error: session::SendError) -> Self {
        Self::Refused(Refused::Session(error))
    }
}

/// Why a message was refused. It has no number and will not be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The session cannot send it.
    #[error(transparent)]
    Session(#[from] session::SendError),
    /// The message would have to wait, and too many do already.
    #[error("{bytes_max} bytes of messages wait to be sent; wait until some have left")]
    QueueFull {
        /// How many may wait, such as
        /// [`ConnectionOptions::outbox_bytes`](super::ConnectionOptions::outbox_bytes).
        bytes_max: usize,
    },
    /// The store failed; the connection ends.
    #[error("the store failed; wait for the next connection, then send again")]
    StoreFailed,
    /// The store was not opened.
    #[error("the store is not open; open the connection first")]
    NotOpen,
    /// Its sender took it back, or went away.
    #[error("its sender took it back before it had a number")]
    Withdrawn,
    /// Nobody drives the session any more.
    #[error("nobody drives the session any more")]
    Stopped,
}

/// Why a request to the session was not carried out. Nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The session cannot do that now, or not with these arguments.
    #[error(transparent)]
    Misuse(#[from] Misuse),
    /// The send buffer is full.
    #[error("the send buffer is full; flush it, then ask again")]
    NoRoom,
    /// The store failed; the connection ends.
    #[error("the store failed; wait for the next connection, then ask again")]
    StoreFailed,
    /// Numbers are set between connections.
    #[error("the session has a connection; log out first, and set the numbers before it resumes")]
    Connected,
    /// The store was not opened.
    #[error("the store is not open; open the connection first")]
    NotOpen,
    /// It is about something that is over, or was decided before.
    #[error("the Logon in question was decided on, or is gone")]
    Over,
    /// Too many requests wait already.
    #[error("too many requests wait already; ask again later")]
    QueueFull,
    /// Nobody drives the session any more.
    #[error("nobody drives the session any more")]
    Stopped,
}
