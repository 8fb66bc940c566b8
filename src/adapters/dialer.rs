//! What both initiators do between two connections.

use std::io;

use super::clock::Clock;
use crate::engine::{ConnectError, Connection, Event, Next, Reconnect, Store};
use crate::session::{Misuse, Notice, Reason};
use crate::wire::{Body, Fields};

/// Why an initiator has nothing more to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InitiatorError<E: core::error::Error> {
    /// The user logged out, or a person is needed before another attempt makes sense: `resume()`.
    #[error("stopped: {0}")]
    Stopped(Reason),
    /// The store cannot be loaded; the next call tries again.
    #[error("the store failed: {0}")]
    Store(E),
    /// The Logon fields cannot be used.
    #[error(transparent)]
    Misuse(#[from] Misuse),
}

/// Knows when to dial, and what came of it.
#[derive(Debug)]
pub(super) struct Dialer {
    clock: Clock,
    pub(super) policy: Reconnect,
    pub(super) logon: Body,
    /// Why the last attempt to connect failed, if it did.
    pub(super) error: Option<io::Error>,
}

impl Dialer {
    /// Dials so many hosts in turn; the pauses vary from one process to the next.
    pub(super) fn new(hosts: usize, clock: Clock) -> Self {
        let seed = clock.now().utc.as_nanos().unsigned_abs();
        Self { clock, policy: Reconnect::new(hosts, seed), logon: Body::new(), error: None }
    }

    pub(super) fn next(&self) -> Next {
        self.policy.next(self.clock.now().monotonic)
    }

    pub(super) fn attempted(&mut self) {
        self.policy.attempted(self.clock.now().monotonic);
    }

    /// The stream of an attempt, if there is one; else the next attempt is due later.
    pub(super) fn dialed<T>(&mut self, stream: io::Result<T>) -> Option<T> {
        match stream {
            Ok(stream) => {
                self.error = None;
                Some(stream)
            }
            Err(error) => {
                self.error = Some(error);
                self.policy.failed(self.clock.now().monotonic);
                None
            }
        }
    }

    /// Tells the connection that its transport is up; false when it is not ready for one.
    pub(super) fn connect<S: Store>(
        &mut self,
        connection: &mut Connection<S>,
    ) -> Result<bool, InitiatorError<S::Error>> {
        let now = self.clock.now();
        let logon = self.logon.as_fields().unwrap_or(Fields::EMPTY);
        let Err(error) = connection.connected(now, logon) else { return Ok(true) };
        self.policy.failed(now.monotonic);
        match error {
            ConnectError::NotOver => Ok(false),
            ConnectError::Misuse(misuse) => Err(InitiatorError::Misuse(misuse)),
            ConnectError::Store(error) => Err(InitiatorError::Store(error)),
        }
    }

    /// Learns from what the application is about to see; `logout_asked` is what
    /// [`Connection::logout_asked`] says.
    pub(super) fn learn<S: Store>(&mut self, event: &Event<'_, S>, logout_asked: bool) {
        let now = self.clock.now().monotonic;
        if let Event::Notice(Notice::LoggedOn { .. }) = event {
            self.policy.logged_on(now);
        }
        if let Event::Disconnected(reason) = event {
            if logout_asked {
                self.policy.stop(*reason);
            } else {
                self.policy.ended(now, *reason);
            }
        }
    }
}
