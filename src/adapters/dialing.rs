//! What both initiators do between two connections: when to dial, and what to say of it.

use alloc::collections::VecDeque;
use alloc::string::ToString as _;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::task::{Poll, Waker};
use std::io;

use super::clock::Clock;
use super::driven::Driven;
use super::ending::Ending;
use super::mailbox::Duty;
use crate::engine::{ConnectError, Entry, Event, Next, Reconnect, Store, StoreError};
use crate::session::{Instant, Now, Reason};
use crate::wire::{Body, Fields};

/// Knows when to dial, and what came of it.
#[derive(Debug)]
pub(super) struct Dialing {
    pub(super) policy: Reconnect,
    pub(super) logon: Body,
    addresses: Vec<Arc<str>>,
    /// What the application is still to be told.
    events: VecDeque<Word>,
    /// It was said that an operator is needed.
    said: bool,
    /// The hours of the session were over when it was last looked.
    #[cfg(feature = "schedule")]
    is_over: bool,
    /// The last boundary behind which it was time to connect at once.
    #[cfg(feature = "schedule")]
    begun: Option<crate::schedule::Boundary>,
}

/// What an initiator says of itself.
#[derive(Clone, Debug)]
enum Word {
    Connecting { address: Arc<str> },
    ConnectFailed { address: Arc<str>, error: Arc<str>, again_at: Option<Instant> },
    Connected { address: Arc<str> },
    NeedsOperator { reason: Reason, advice: &'static str },
    StoreFailed(StoreError),
}

impl Word {
    fn into_event<'a>(self) -> Event<'a> {
        match self {
            Self::Connecting { address } => Event::Connecting { address },
            Self::ConnectFailed { address, error, again_at } => {
                Event::ConnectFailed { address, error, again_at }
            }
            Self::Connected { address } => Event::Connected { address },
            Self::NeedsOperator { reason, advice } => Event::NeedsOperator { reason, advice },
            Self::StoreFailed(error) => Event::StoreFailed(error),
        }
    }
}

/// What an initiator does now.
#[derive(Clone, Debug)]
enum Step {
    /// Dial this address.
    Dial(usize),
    /// Nothing before this instant.
    Wait(Instant),
    /// Nothing before somebody says so.
    Stop(Reason),
}

impl Dialing {
    /// Dials these addresses in turn; the pauses vary from one process to the next.
    pub(super) fn new(addresses: Vec<Arc<str>>, now: Now) -> Self {
        let seed = now.utc.as_nanos().unsigned_abs();
        Self {
            policy: Reconnect::new(addresses.len(), seed),
            logon: Body::new(),
            addresses,
            events: VecDeque::new(),
            said: false,
            #[cfg(feature = "schedule")]
            is_over: false,
            #[cfg(feature = "schedule")]
            begun: None,
        }
    }

    fn next(&mut self, now: Now) -> Step {
        match self.policy.next(now.monotonic) {
            Next::At { at, host, .. } if at <= now.monotonic => Step::Dial(host),
            Next::At { at, .. } => Step::Wait(at),
            Next::Stop(reason) => {
                if !core::mem::replace(&mut self.said, true) && reason.needs_operator() {
                    let advice = reason.advice();
                    self.events.push_back(Word::NeedsOperator { reason, advice });
                }
                Step::Stop(reason)
            }
        }
    }

    /// What the application is to be told next.
    pub(super) fn event<'a>(&mut self) -> Option<Event<'a>> {
        self.events.pop_front().map(Word::into_event)
    }

    pub(super) fn has_event(&self) -> bool {
        !self.events.is_empty()
    }

    /// Whether dialling has to wait until the application has taken what there is to say.
    fn is_unheard(&self) -> bool {
        self.events.len() >= 16
    }

    fn address(&self, host: usize) -> Arc<str> {
        self.addresses.get(host).cloned().unwrap_or_else(|| "?".into())
    }

    /// Whether it may connect: the last connection is over, and nothing ends.
    pub(super) fn may_connect<S: Store>(&self, ending: &Ending, driven: &Driven<S>) -> bool {
        driven.is_over() && !self.is_unheard() && !ending.has_begun()
    }

    /// Loads the store when it is time to dial, as what cannot be loaded is not dialled for: the host,
    /// or when to look again.
    pub(super) fn due<S: Store>(
        &mut self,
        driven: &mut Driven<S>,
        waker: Option<&Waker>,
        now: Now,
    ) -> Result<usize, Option<Instant>> {
        #[cfg(feature = "schedule")]
        let quiet_until = self.quiet_until(driven, now);
        #[cfg(not(feature = "schedule"))]
        let quiet_until: Option<Instant> = None;
        let host = match self.next(now) {
            Step::Dial(_) | Step::Wait(_) if quiet_until.is_some() => return Err(quiet_until),
            #[cfg(feature = "schedule")]
            Step::Wait(at) => {
                let look = driven.connection.next_look(now);
                return Err(Some(look.map_or(at, |look| look.min(at))));
            }
            #[cfg(not(feature = "schedule"))]
            Step::Wait(at) => return Err(Some(at)),
            Step::Stop(reason) => {
                driven.stopped = Some(reason);
                return Err(None);
            }
            Step::Dial(host) => host,
        };
        driven.stopped = None;
        driven.connection.wake_with(waker);
        match driven.connection.open() {
            Poll::Pending => Err(None),
            Poll::Ready(Err(error)) => {
                self.store_failed(error, now);
                Err(Some(now.monotonic))
            }
            Poll::Ready(Ok(())) => Ok(host),
        }
    }

    /// When to look again, while the hours of the session are over. When they begin, or a session
    /// does, it is time at once, whatever the last connection ended with.
    #[cfg(feature = "schedule")]
    fn quiet_until<S: Store>(&mut self, driven: &Driven<S>, now: Now) -> Option<Instant> {
        let quiet_until = driven.connection.may_connect(now).err();
        let was_over = core::mem::replace(&mut self.is_over, quiet_until.is_some());
        let begins = driven.connection.begins_anew(now);
        let has_begun = begins.is_some() && core::mem::replace(&mut self.begun, begins) != begins;
        let is_time = quiet_until.is_none() && (was_over || has_begun);
        if is_time && matches!(self.next(now), Step::Wait(_)) {
            self.policy.resume();
        }
        quiet_until
    }

    /// What came of dialling: the transport, if the session takes it.
    pub(super) fn dialled<T, S: Store>(
        &mut self,
        host: usize,
        dialled: io::Result<T>,
        driven: &mut Driven<S>,
        now: Now,
    ) -> Option<T> {
        match dialled {
            Ok(transport) => match self.connected(host, driven, now) {
                Ok(()) => return Some(transport),
                Err(error) => self.not_entered(host, error, now),
            },
            Err(error) => self.failed(host, &error, now),
        }
        None
    }

    /// Does what requests ask of an initiator, which stops `dial`; whether there was one.
    pub(super) fn do_duties<D, S: Store>(
        &mut self,
        dial: &mut Option<D>,
        ending: &mut Ending,
        driven: &mut Driven<S>,
        clock: &Clock,
    ) -> bool {
        let mut did = false;
        while let Some(duty) = driven.driver.duty() {
            did = true;
            match duty {
                Duty::Shutdown { key, text, patience } => {
                    *dial = None;
                    ending.shut_down(key, &text, patience, driven, clock.now());
                }
                Duty::Resume { key } => {
                    self.resume();
                    driven.stopped = None;
                    // Whoever asked may look at the status at once; another turn is due anyway.
                    let _more = driven.finish(clock.now());
                    driven.driver.answer(key, Ok(()));
                }
                Duty::Stop { key } => {
                    *dial = None;
                    self.stop();
                    driven.driver.answer(key, Ok(()));
                }
            }
        }
        did
    }

    /// Tells the application, as far as there is room.
    pub(super) fn tell<S: Store>(&mut self, driven: &mut Driven<S>) {
        while driven.driver.has_room()
            && let Some(event) = self.event()
        {
            driven.driver.tell(event);
        }
    }

    /// An attempt begins.
    pub(super) fn attempted(&mut self, host: usize, now: Now) {
        self.policy.attempted(now.monotonic);
        let address = self.address(host);
        self.events.push_back(Word::Connecting { address });
    }

    /// The attempt failed.
    pub(super) fn failed(&mut self, host: usize, error: &io::Error, now: Now) {
        self.policy.failed(now.monotonic);
        let again_at = match self.policy.next(now.monotonic) {
            Next::At { at, .. } => Some(at),
            Next::Stop(_) => None,
        };
        let (address, error) = (self.address(host), error.to_string().into());
        self.events.push_back(Word::ConnectFailed { address, error, again_at });
    }

    /// The store could not be loaded: nothing is dialled.
    fn store_failed(&mut self, error: StoreError, now: Now) {
        if error.kind().is_transient() {
            self.policy.failed(now.monotonic);
        } else {
            self.policy.stop(Reason::StoreFailed);
        }
        self.events.push_back(Word::StoreFailed(error));
    }

    /// The transport is up: the session logs on.
    fn connected<S: Store>(
        &mut self,
        host: usize,
        driven: &mut Driven<S>,
        now: Now,
    ) -> Result<(), ConnectError> {
        let logon = self.logon.as_fields().unwrap_or(Fields::EMPTY);
        driven.connection.connected(now, Entry { logon, ..Entry::PLAIN })?;
        let address = self.address(host);
        self.events.push_back(Word::Connected { address });
        Ok(())
    }

    /// The transport is up, and the session would not have it.
    fn not_entered(&mut self, host: usize, error: ConnectError, now: Now) {
        if let ConnectError::Store(error) = error {
            self.store_failed(error, now);
        } else {
            self.failed(host, &io::Error::other(error), now);
        }
    }

    /// Learns from what was seen of a connection.
    pub(super) fn learn<S: Store>(&mut self, driven: &mut Driven<S>, now: Now) {
        let seen = driven.take_seen();
        if seen.logged_on {
            self.policy.logged_on(now.monotonic);
        }
        if let Some(reason) = seen.ended {
            #[cfg(feature = "schedule")]
            let hours_ended = driven.connection.hours_ended();
            #[cfg(not(feature = "schedule"))]
            let hours_ended = false;
            if driven.connection.logout_asked() {
                self.policy.stop(reason);
            } else if hours_ended {
                self.policy.resume();
            } else {
                self.policy.ended(now.monotonic, reason);
            }
        }
    }

    /// Somebody wishes that it does not connect.
    pub(super) fn stop(&mut self) {
        self.policy.stop(Reason::Requested);
    }

    /// Somebody wishes that it connects again.
    pub(super) fn resume(&mut self) {
        self.policy.resume();
        self.said = false;
    }
}
