//! What both acceptors know of strangers and of their sessions.

use alloc::sync::Arc;
use core::time::Duration;

use crate::engine::{Connection, ConnectionOptions, OpenError, Store};
use crate::session::{Config, Role};

/// Bounds for connections that have not said who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AcceptorOptions {
    pub(super) logon_timeout: Duration,
    pub(super) strangers_max: usize,
}

impl AcceptorOptions {
    /// 10 seconds for the Logon, and 64 connections that have not sent theirs.
    #[must_use]
    pub const fn new() -> Self {
        Self { logon_timeout: Duration::from_secs(10), strangers_max: 64 }
    }

    /// How long a connection may take to say who it is.
    #[must_use]
    pub const fn logon_timeout(mut self, timeout: Duration) -> Self {
        self.logon_timeout = timeout;
        self
    }

    /// How many connections may be about to; further ones are closed at once.
    #[must_use]
    pub const fn strangers_max(mut self, connections: usize) -> Self {
        self.strangers_max = connections;
        self
    }
}

impl Default for AcceptorOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// Why a session could not be added to an acceptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError<E: core::error::Error> {
    /// There is one of the same identity.
    #[error("there is a session of the same BeginString and CompIDs already")]
    Duplicate,
    /// The configuration is that of an initiator.
    #[error("the configuration is that of an initiator; build it with Config::acceptor")]
    NotAcceptor,
    /// Connections are being accepted already.
    #[error("add every session before the first connection is accepted")]
    Serving,
    /// Buffers too small, or a store that cannot be loaded.
    #[error(transparent)]
    Open(#[from] OpenError<E>),
}

/// The connection of a session that an acceptor is to serve.
pub(super) fn open_session<S: Store>(
    config: Arc<Config>,
    store: S,
    options: ConnectionOptions,
) -> Result<Connection<S>, SessionError<S::Error>> {
    if config.role() != Role::Acceptor {
        return Err(SessionError::NotAcceptor);
    }
    Ok(Connection::open(config, store, options)?)
}
