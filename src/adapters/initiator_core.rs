//! A session that connects, and connects again: what both initiators have in common.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::ControlFlow;
use core::task::{Poll, Waker};
use std::io;

use super::clock::Clock;
use super::dialing::Dialing;
use super::driven::{Driven, Way};
use super::ending::Ending;
use super::lease::Lease;
use super::line_core::earlier;
use super::link::{Link, Pipe, Turned};
use super::mailbox::Stopped;
use crate::engine::{Connection, Event, RequestError, SessionId, Store};
use crate::session::{Instant, Misuse, Reason};

/// What an adapter makes streams with.
pub(super) trait Dialer {
    /// What it makes.
    type Pipe: Pipe;
    /// An attempt. Dropped, it is given up.
    type Dial;

    /// Begins to connect to the address of this index.
    fn dial(&self, address: usize) -> io::Result<Self::Dial>;

    /// What came of it; otherwise the waker is woken when something has.
    fn poll(dial: &mut Self::Dial, waker: &Waker) -> Poll<io::Result<Self::Pipe>>;
}

/// A session and what makes its streams, which somebody drives, as a line is driven.
pub(super) struct InitiatorCore<D: Dialer, S: Store> {
    pub(super) lease: Lease<S>,
    link: Link<D::Pipe>,
    dialer: D,
    pub(super) dialing: Dialing,
    dial: Option<(usize, D::Dial)>,
    ending: Ending,
    /// Whether somebody may wake it who has a handle, so that it waits while it does not connect.
    is_attended: bool,
}

impl<D: Dialer, S: Store> InitiatorCore<D, S> {
    pub(super) fn new(
        connection: Connection<S>,
        dialer: D,
        addresses: Vec<Arc<str>>,
        clock: Clock,
    ) -> Self {
        let id = SessionId::of(connection.config());
        let dialing = Dialing::new(addresses, clock.now());
        let lease = Lease::new(id, Box::new(Driven::new(connection)), None, clock);
        let (link, ending) = (Link::new(), Ending::No);
        Self { lease, link, dialer, dialing, dial: None, ending, is_attended: false }
    }

    /// Works on the session from elsewhere while somebody drives it by hand. From here on it goes on
    /// until a shutdown, also while it does not connect.
    #[cfg(feature = "settings")]
    pub(super) fn attended(&mut self) -> Option<super::mailbox::Handle> {
        self.is_attended = true;
        self.lease.get().map(|driven| driven.driver.handle())
    }

    /// The application asks for the next event: whether it is there, in what was read before.
    pub(super) fn ask(&mut self) -> bool {
        self.learn();
        let Some((driven, clock)) = self.lease.parts() else { return false };
        let now = clock.now();
        driven.connection.release(now);
        self.dialing.has_event() || driven.connection.read_on(now)
    }

    /// The event that is there.
    #[inline]
    pub(super) fn event(&mut self) -> Result<Event<'_>, Stopped> {
        if let Some(event) = self.dialing.event() {
            return Ok(event);
        }
        let stopped = Stopped(Reason::Closed);
        let (driven, clock) = self.lease.parts().ok_or(stopped)?;
        driven.event(clock).ok_or(stopped)
    }

    /// Does what can be done by hand without waiting: there is an event, or why there will be none;
    /// otherwise when to go on.
    pub(super) fn event_on(
        &mut self,
        waker: &Waker,
    ) -> ControlFlow<Result<(), Stopped>, Option<Instant>> {
        loop {
            let turned = self.turn(Way::ByHand, waker);
            if turned == Turned::Event || self.dialing.has_event() {
                return ControlFlow::Break(Ok(()));
            }
            if self.do_duties() {
                continue;
            }
            if self.has_shut_down() {
                return ControlFlow::Break(Err(Stopped(Reason::Requested)));
            }
            let at = match (turned, self.stopped()) {
                (Turned::Waits(at), _) => at,
                (_, Some(reason)) if !self.is_attended => {
                    return ControlFlow::Break(Err(Stopped(reason)));
                }
                _ => None,
            };
            return ControlFlow::Continue(earlier(at, self.ending.until()));
        }
    }

    /// Whether a shutdown that somebody asked for has come to its end.
    fn has_shut_down(&mut self) -> bool {
        let over = self.ending.has_begun() && self.is_over();
        let Some((driven, clock)) = self.lease.parts() else { return false };
        self.ending.ends(over, driven, clock)
    }

    /// Does what can be done without waiting, for events that a mailbox takes: when to go on, or
    /// why it is over.
    pub(super) fn drive_on(&mut self, waker: &Waker) -> ControlFlow<Reason, Option<Instant>> {
        loop {
            let Some((driven, clock)) = self.lease.parts() else {
                return ControlFlow::Break(Reason::Closed);
            };
            if let Some(until) = self.ending.leaves(driven, clock) {
                self.dial = None;
                let (gone, at) = self.link.leave(driven, clock, waker);
                if gone || clock.until(until).is_zero() {
                    return ControlFlow::Break(Reason::Requested);
                }
                return ControlFlow::Continue(earlier(at, Some(until)));
            }
            self.dialing.tell(driven);
            let turned = self.turn(Way::Spawned, waker);
            let did = self.do_duties();
            if self.has_shut_down() {
                return ControlFlow::Break(Reason::Requested);
            }
            let Some((driven, _)) = self.lease.parts() else {
                return ControlFlow::Break(Reason::Closed);
            };
            let left = driven.driver.is_left();
            let tells = self.dialing.has_event() && driven.driver.has_room();
            if !did && !left && !tells {
                let at = match turned {
                    Turned::Waits(at) => at,
                    // It has stopped, until a request wakes it; events are taken by the mailbox.
                    Turned::Over | Turned::Event => None,
                };
                return ControlFlow::Continue(earlier(at, self.ending.until()));
            }
        }
    }

    /// One turn: of the link, and of what makes one.
    fn turn(&mut self, way: Way, waker: &Waker) -> Turned {
        loop {
            let was_over = self.is_over();
            let dial_at = if was_over { self.dial_when_due(way, waker) } else { None };
            let Some((driven, clock)) = self.lease.parts() else { return Turned::Over };
            let turned = self.link.turn(driven, clock, way, waker);
            self.learn();
            match turned {
                Turned::Event => return turned,
                Turned::Waits(at) => return Turned::Waits(earlier(at, dial_at)),
                Turned::Over if self.dialing.has_event() => return turned,
                // It was over just now: is it time for the next one?
                Turned::Over if !was_over => continue,
                Turned::Over => {}
            }
            // Between two connections: what is due there is waited for.
            let Some((driven, clock)) = self.lease.parts() else { return turned };
            let at = earlier(driven.wake_at(clock.now()), dial_at);
            if at.is_none_or(|at| !clock.until(at).is_zero()) {
                return if self.stopped().is_some() { turned } else { Turned::Waits(at) };
            }
        }
    }

    /// Whether the last connection is over: not before its last event was taken.
    fn is_over(&self) -> bool {
        !self.link.is_attached() && self.lease.get().is_some_and(Driven::is_over)
    }

    fn stopped(&self) -> Option<Reason> {
        self.lease.get().and_then(|driven| driven.stopped)
    }

    /// Loads the store, then dials, when it is time to; when to go on.
    fn dial_when_due(&mut self, way: Way, waker: &Waker) -> Option<Instant> {
        let (driven, clock) = self.lease.parts()?;
        if !self.dialing.may_connect(&self.ending, driven) {
            return None;
        }
        let now = clock.now();
        if self.dial.is_none() {
            let for_store = D::Pipe::wakes_for_store(way, waker);
            let host = match self.dialing.due(driven, for_store, now) {
                Ok(host) => host,
                Err(at) => return at,
            };
            self.dialing.attempted(host, now);
            match self.dialer.dial(host) {
                Ok(dial) => self.dial = Some((host, dial)),
                Err(error) => {
                    self.dialing.failed(host, &error, now);
                    return Some(now.monotonic);
                }
            }
        }
        let (host, dial) = self.dial.as_mut()?;
        let host = *host;
        let Poll::Ready(dialled) = D::poll(dial, waker) else { return None };
        self.dial = None;
        let (driven, clock) = self.lease.parts()?;
        let now = clock.now();
        if let Some(pipe) = self.dialing.dialled(host, dialled, driven, now) {
            self.link.attach(pipe);
        }
        Some(now.monotonic)
    }

    /// Learns from what was seen of the connection.
    fn learn(&mut self) {
        if let Some((driven, clock)) = self.lease.parts()
            && driven.has_seen()
        {
            self.dialing.learn(driven, clock.now());
        }
    }

    /// Does what requests ask of the initiator itself; whether there was one.
    fn do_duties(&mut self) -> bool {
        let Some((driven, clock)) = self.lease.parts() else { return false };
        self.dialing.do_duties(&mut self.dial, &mut self.ending, driven, clock)
    }

    /// Ends the session in order, and does not connect again before [`resume`](Self::resume).
    pub(super) fn logout(&mut self, text: &str) -> Result<(), RequestError> {
        match self.lease.logout(text) {
            Err(RequestError::Misuse(Misuse::NotConnected)) => {
                self.dial = None;
                self.dialing.stop();
                Ok(())
            }
            result => result,
        }
    }

    /// Connects again although the session was logged out or an operator was needed.
    pub(super) fn resume(&mut self) {
        self.dialing.resume();
        if let Some(driven) = self.lease.get_mut() {
            driven.stopped = None;
        }
    }
}
