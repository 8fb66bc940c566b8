//! A session that is lent to a line, and how it comes back: whatever happens to the line.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;

use super::clock::Clock;
use super::driven::Driven;
use super::mailbox::{Driver, Events, Handle};
use crate::engine::{
    Abandoned, Acknowledge, Connection, Delivery, Draft, MessageId, Operation, Peer, Proof,
    Refused, RequestError, SendError, SessionId, Store,
};
use crate::session::{Config, Reason};

/// A session in the hands of a line. Dropping it is the way back: a line that ends, is dropped, is
/// aborted or panics gives the session back in the same way, and nothing counts as handled by it.
pub(super) struct Lease<S: Store> {
    driven: Option<Box<Driven<S>>>,
    home: Option<Arc<dyn Home<S>>>,
    id: SessionId,
    clock: Clock,
    config: Arc<Config>,
    peer: Option<Peer>,
    logged_on: bool,
    /// Who says that a message is handled, where somebody drives by hand.
    by_hand: Acknowledge,
    /// Why the line ended, once it has.
    pub(super) ended: Option<Reason>,
}

/// Where a session comes from, and goes back to.
pub(super) trait Home<S: Store>: Send + Sync {
    /// Both Logons are exchanged.
    fn logged_on(&self, id: &SessionId, peer: Peer);
    /// What became of a proof that was asked for.
    fn proved(&self, id: &SessionId, proof: Proof);
    /// The Logon came to nothing: who sent it may be guessing.
    fn failed(&self, id: &SessionId, peer: Peer);
    /// The line is over.
    fn back(&self, id: &SessionId, driven: Box<Driven<S>>, how: Left);
}

/// How a line was left.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a line ends, or is dropped, or its task panics")]
pub enum Left {
    /// Its connection ended, and all of its events were taken.
    Ended(Reason),
    /// It was dropped before that.
    Dropped(Abandoned),
    /// Whoever drove it panicked.
    Panicked(Abandoned),
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (how, left) = match self {
            Self::Ended(reason) => return write!(f, "the line ended: {reason}"),
            Self::Dropped(left) => ("was dropped", left),
            Self::Panicked(left) => ("panicked", left),
        };
        let (unhandled, unsent) = (left.unhandled, left.unsent);
        write!(f, "the line {how} with {unhandled} messages unhandled, {unsent} bytes unsent")
    }
}

impl<S: Store> Lease<S> {
    pub(super) fn new(
        id: SessionId,
        driven: Box<Driven<S>>,
        home: Option<(Arc<dyn Home<S>>, Peer)>,
        clock: Clock,
    ) -> Self {
        let config = Arc::clone(driven.connection.config());
        let (home, peer) = home.unzip();
        let by_hand = driven.connection.acknowledge();
        let (driven, logged_on, ended) = (Some(driven), false, None);
        Self { driven, home, id, clock, config, peer, logged_on, by_hand, ended }
    }

    pub(super) const fn id(&self) -> &SessionId {
        &self.id
    }

    pub(super) fn set_clock(&mut self, clock: Clock) {
        self.clock = clock;
    }

    pub(super) const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The session; `None` only once it was given back.
    pub(super) fn get(&self) -> Option<&Driven<S>> {
        self.driven.as_deref()
    }

    /// The same, to work on.
    pub(super) fn get_mut(&mut self) -> Option<&mut Driven<S>> {
        self.driven.as_deref_mut()
    }

    /// The session with the clock by which it is driven.
    pub(super) fn parts(&mut self) -> Option<(&mut Driven<S>, &Clock)> {
        Some((self.driven.as_deref_mut()?, &self.clock))
    }

    /// Sends a message; it leaves when somebody drives.
    pub(super) fn send(&mut self, draft: &Draft) -> Result<Delivery, SendError> {
        let (driven, clock) = self.parts().ok_or(Refused::Stopped)?;
        driven.connection.send(draft, clock.now())
    }

    /// Exactly this message is handled; false when it was not open.
    pub(super) fn handled(&mut self, id: MessageId) -> bool {
        self.get_mut().is_some_and(|driven| driven.connection.handled(id))
    }

    /// Who says from now on that a message is handled.
    pub(super) fn set_acknowledge(&mut self, acknowledge: Acknowledge) {
        if let Some(driven) = self.get_mut() {
            driven.connection.set_acknowledge(acknowledge);
        }
    }

    /// Ends the session in order.
    pub(super) fn logout(&mut self, text: &str) -> Result<(), RequestError> {
        let (driven, clock) = self.parts().ok_or(RequestError::Stopped)?;
        driven.connection.logout(text, clock.now())
    }

    /// What an operator asks for.
    pub(super) fn operate(&mut self, operation: Operation) -> Result<(), RequestError> {
        let (driven, clock) = self.parts().ok_or(RequestError::Stopped)?;
        driven.connection.operate(operation, clock.now())
    }

    /// The connection, to look at; `None` only once the session was given back.
    pub(super) fn connection(&self) -> Option<&Connection<S>> {
        self.get().map(|driven| &driven.connection)
    }

    /// The handle of the session, and the events of a line that something else drives.
    pub(super) fn open(&mut self, acknowledge: Acknowledge) -> (Handle, Events) {
        let clock = self.clock.clone();
        let Some(driven) = &mut self.driven else {
            // Nobody drives: the events are over.
            let mut driver = Driver::new(Arc::clone(&self.config));
            return (driver.handle(), driver.events(acknowledge, clock));
        };
        // What the mailbox has copied, the application has not handled.
        driven.connection.set_acknowledge(Acknowledge::Explicitly);
        (driven.driver.handle(), driven.driver.events(acknowledge, clock))
    }

    /// Looks at what was seen of the connection, and tells those who want to know.
    pub(super) fn note(&mut self) {
        let Some(driven) = &mut self.driven else { return };
        let is_proving = driven.connection.is_proving();
        if !is_proving && !driven.has_seen() {
            // Most often there is nothing to note, and reading the clock costs more than the rest.
            return;
        }
        let seen = driven.take_seen();
        self.ended = seen.ended.or(self.ended);
        let (Some(home), Some(peer)) = (&self.home, self.peer) else { return };
        if seen.logged_on {
            self.logged_on = true;
            home.logged_on(&self.id, peer);
        }
        #[cfg(feature = "schedule")]
        let is_outside = driven.connection.is_outside_hours();
        #[cfg(not(feature = "schedule"))]
        let is_outside = false;
        if let Some(reason) = seen.ended
            && !self.logged_on
            && !is_outside
            && is_failed_logon(reason)
        {
            home.failed(&self.id, peer);
        }
        if is_proving && let Some(proof) = driven.connection.take_proof(self.clock.now()) {
            home.proved(&self.id, proof);
        }
    }
}

/// Whether a Logon that ended so was wrong, as far as we know.
const fn is_failed_logon(reason: Reason) -> bool {
    matches!(reason, Reason::LogonRefused | Reason::Undecided | Reason::Fault(_))
}

impl<S: Store> Drop for Lease<S> {
    fn drop(&mut self) {
        let Some(mut driven) = self.driven.take() else { return };
        let reason = self.ended.unwrap_or(Reason::Closed);
        if self.home.is_none() {
            driven.driver.stop(reason);
        }
        let driving = &mut *driven;
        let left = driving.driver.end_line(&mut driving.connection, reason);
        let how = match self.ended {
            // What was copied for the application may still be handled: it says so, or drops it.
            Some(reason) if driven.is_over() && !left => Left::Ended(reason),
            ended => {
                let abandoned = driven.connection.abandon(self.clock.now());
                match ended {
                    Some(reason) => Left::Ended(reason),
                    None if std::thread::panicking() => Left::Panicked(abandoned),
                    None => Left::Dropped(abandoned),
                }
            }
        };
        driven.connection.set_acknowledge(self.by_hand);
        driven.driver.stops_for(reason);
        if let Some(home) = &self.home {
            home.back(&self.id, driven, how);
        }
    }
}
