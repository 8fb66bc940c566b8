//! Why a connection did not do what it was asked for.

use super::options::OptionsError;
use crate::session::{Misuse, SendError};

/// Why a message was refused. It has no number and will not be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The session cannot send it.
    #[error(transparent)]
    Session(#[from] SendError),
    /// The message would have to wait, and too many do already.
    #[error(
        "{bytes_max} bytes of messages wait to be sent; wait for Event::Numbered, then send again"
    )]
    OutboxFull {
        /// [`ConnectionOptions::outbox_bytes`](super::ConnectionOptions::outbox_bytes).
        bytes_max: usize,
    },
    /// The store failed; the connection ends.
    #[error("the store failed; wait for the next connection, then send again")]
    StoreFailed,
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
}

/// Why a [`Connection`](super::Connection) could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError<E: core::error::Error> {
    /// A buffer is too small.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// The store could not be loaded.
    #[error("the store could not be loaded: {0}")]
    Store(E),
}

/// Why a transport was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError<E: core::error::Error> {
    /// The former connection is not over.
    #[error(
        "the former connection is not over: call closed(), then advance() and event() until both \
         have nothing left"
    )]
    NotOver,
    /// The session refuses the Logon fields.
    #[error(transparent)]
    Misuse(#[from] Misuse),
    /// The store could not be loaded, or failed.
    #[error("the store failed: {0}")]
    Store(E),
}
