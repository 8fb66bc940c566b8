//! Why a transport was not taken.

use super::store_error::StoreError;
use crate::session::Misuse;

/// Why a transport was not taken. Nothing changed.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The former connection is not over.
    #[error(
        "the former connection is not over: call closed(), then advance() and event() until both \
         have nothing left, or abandon()"
    )]
    NotOver,
    /// The store was not loaded, or failed since.
    #[error("the store is not open: call open() first, before dialling")]
    NotOpen,
    /// The bytes that came first do not fit into the receive buffer.
    #[error("{bytes} bytes came first and do not fit into the receive buffer of {capacity}")]
    TooLong {
        /// How many came.
        bytes: usize,
        /// [`ConnectionOptions::receive_bytes`](super::ConnectionOptions::receive_bytes).
        capacity: usize,
    },
    /// An initiator does not connect outside of its hours.
    #[error("the hours of the session are over: ask may_connect() before dialling")]
    OutsideHours,
    /// The session refuses the Logon fields.
    #[error(transparent)]
    Misuse(#[from] Misuse),
    /// The store failed.
    #[error("the store failed: {0}")]
    Store(StoreError),
}
