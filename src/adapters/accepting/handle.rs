//! Working on the sessions of an acceptor while it serves.

use alloc::fmt;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::future::poll_fn;
use core::task::Poll;
use core::time::Duration;

use super::served::Served;
use crate::adapters::mailbox::{Ask, Handle, block_on};
use crate::engine::{
    AddError, Connection, ConnectionOptions, OptionsError, Removed, SessionId, SessionState,
    Stopped, Store,
};
use crate::session::Config;

/// Works on the sessions of an acceptor, from any task or thread. Cheap to clone.
pub struct AcceptorHandle<S: Store> {
    served: Arc<Served<S>>,
}

/// Why a session could not be added.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// It cannot stand beside the others, or is not an acceptor's.
    #[error(transparent)]
    Add(#[from] AddError),
    /// Its buffers are too small.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// Nobody accepts any more.
    #[error("the acceptor has stopped")]
    Stopped,
}

impl<S: Store + 'static> AcceptorHandle<S> {
    pub(in crate::adapters) const fn new(served: Arc<Served<S>>) -> Self {
        Self { served }
    }

    /// Adds a session with the default options. Does no I/O: its store is loaded when a Logon for
    /// it comes in.
    ///
    /// # Errors
    ///
    /// It cannot stand beside the others, or is an initiator's.
    pub fn add(&self, config: impl Into<Arc<Config>>, store: S) -> Result<Handle, SessionError> {
        self.add_with(config, store, ConnectionOptions::new())
    }

    /// Adds a session whose buffers have these sizes.
    ///
    /// # Errors
    ///
    /// It cannot stand beside the others, is an initiator's, or its buffers are too small.
    pub fn add_with(
        &self,
        config: impl Into<Arc<Config>>,
        store: S,
        options: ConnectionOptions,
    ) -> Result<Handle, SessionError> {
        self.add_connection(Connection::new(config, store, options)?)
    }

    /// Adds a session that is made already, such as one that keeps hours.
    ///
    /// # Errors
    ///
    /// It cannot stand beside the others, or is an initiator's.
    pub fn add_connection(&self, connection: Connection<S>) -> Result<Handle, SessionError> {
        if self.served.is_over() {
            return Err(SessionError::Stopped);
        }
        Ok(self.served.add(connection, false)?)
    }

    /// Removes a session, and gives its store back. A line that it has is logged out, and has so
    /// long to end. `None` when there is no such session, or the acceptor stops before. May be
    /// dropped at any time: the session is removed all the same, and its store is for who asks next.
    pub async fn remove(&self, id: &SessionId, text: &str, patience: Duration) -> Option<S> {
        // Somebody may have given up waiting for it.
        if let Some(driven) = self.served.desk().removed.remove(id) {
            return Some(driven.into_store());
        }
        let removed = self.served.desk().directory.remove(id)?;
        if let Removed::Later(stopped) = &removed {
            self.turn_away(id, stopped);
        }
        let driven = match removed {
            Removed::Now(driven) => {
                self.served.desk().handles.remove(id);
                driven
            }
            Removed::Later(_) => {
                self.end_line(id, text, patience);
                poll_fn(|cx| {
                    self.served.watch(cx.waker());
                    if let Some(driven) = self.served.desk().removed.remove(id) {
                        return Poll::Ready(Some(driven));
                    }
                    if self.served.is_over() { Poll::Ready(None) } else { Poll::Pending }
                })
                .await?
            }
        };
        Some(driven.into_store())
    }

    fn end_line(&self, id: &SessionId, text: &str, patience: Duration) {
        if let Some(handle) = self.session(id) {
            // A line that nobody drives does not end by itself.
            let _asked = handle.tell(Ask::Shutdown { text: text.into(), patience });
        }
    }

    /// From now on, Logons for the session are turned away; a line that it has is logged out, and
    /// has so long to end. Whether there is such a session.
    pub fn disable(&self, id: &SessionId, text: &str, patience: Duration) -> bool {
        let stopped = self.served.desk().directory.disable(id);
        let Some(stopped) = stopped else { return false };
        self.turn_away(id, &stopped);
        if stopped.is_taken {
            self.end_line(id, text, patience);
        }
        true
    }

    /// Whoever waited for the session does not get it.
    fn turn_away(&self, id: &SessionId, stopped: &Stopped) {
        if let Some((connection, why)) = stopped.turned_away.clone() {
            self.served.desk().turned_away.push((id.clone(), connection, why));
        }
        self.served.wake();
    }

    /// The session takes Logons again. Whether there is such a session.
    pub fn enable(&self, id: &SessionId) -> bool {
        self.served.desk().directory.enable(id)
    }

    /// Works on one session, over all of its lines, and between them.
    #[must_use]
    pub fn session(&self, id: &SessionId) -> Option<Handle> {
        self.served.desk().handles.get(id).cloned()
    }

    /// The sessions, in the order of their ids.
    #[must_use]
    pub fn sessions(&self) -> Vec<SessionId> {
        self.served.desk().directory.sessions().cloned().collect()
    }

    /// Where a session is; `None` if it is not there.
    #[must_use]
    pub fn state(&self, id: &SessionId) -> Option<SessionState> {
        self.served.desk().directory.state(id)
    }

    /// Accepts nobody any more, logs every line out, gives each so long to end, and waits until
    /// all of that is done.
    pub async fn shutdown(&self, text: &str, patience: Duration) {
        let text = String::from(text);
        let (taken, kept) = {
            let mut desk = self.served.desk();
            let shutdown = desk.directory.shut_down();
            desk.shuts_down = true;
            desk.turned_away.extend(shutdown.turned_away);
            (shutdown.taken, shutdown.kept)
        };
        for id in &taken {
            self.end_line(id, &text, patience);
        }
        // Their mailboxes answer that nobody drives any more.
        drop(kept);
        self.served.wake();
        poll_fn(|cx| {
            self.served.watch(cx.waker());
            let empty = self.served.desk().directory.is_empty();
            if empty || self.served.is_over() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// The same for threads; false when it takes longer than twice the patience.
    pub fn wait_shutdown(&self, text: &str, patience: Duration) -> bool {
        block_on(self.shutdown(text, patience), patience.saturating_mul(2)).is_some()
    }
}

impl<S: Store> Clone for AcceptorHandle<S> {
    fn clone(&self) -> Self {
        Self { served: Arc::clone(&self.served) }
    }
}

impl<S: Store> fmt::Debug for AcceptorHandle<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AcceptorHandle").finish_non_exhaustive()
    }
}
