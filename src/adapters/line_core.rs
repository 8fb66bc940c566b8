//! One session of an acceptor over one stream: what the lines of both adapters have in common.

use core::ops::ControlFlow;
use core::task::Waker;

use super::driven::Way;
use super::ending::Ending;
use super::lease::Lease;
use super::link::{Link, Pipe, Turned};
use crate::engine::{Event, Origin, Store};
use crate::session::{Instant, Reason};

/// A session and the stream that it runs over, which somebody drives.
///
/// A driver calls [`event_on`](Self::event_on) or [`drive_on`](Self::drive_on), waits until the
/// instant that it is given, or until its waker is woken, and calls again. It has no deadline of its
/// own: whatever has one stands in that instant.
pub(super) struct LineCore<P: Pipe, S: Store> {
    pub(super) lease: Lease<S>,
    link: Link<P>,
    pub(super) origin: Origin,
    ending: Ending,
}

impl<P: Pipe, S: Store> LineCore<P, S> {
    pub(super) fn new(lease: Lease<S>, pipe: P, origin: Origin) -> Self {
        let mut link = Link::new();
        link.attach(pipe);
        Self { lease, link, origin, ending: Ending::No }
    }

    /// The application asks for the next event: whether it is there, in what was read before. A
    /// look at the stream for each message would cost more than the message.
    pub(super) fn ask(&mut self) -> bool {
        self.lease.note();
        let Some((driven, clock)) = self.lease.parts() else { return false };
        let now = clock.now();
        driven.connection.release(now);
        driven.connection.read_on(now)
    }

    /// The event that is there.
    #[inline]
    pub(super) fn event(&mut self) -> Result<Event<'_>, Reason> {
        let over = self.over();
        let (driven, clock) = self.lease.parts().ok_or(over)?;
        driven.event(clock).ok_or(over)
    }

    fn over(&self) -> Reason {
        self.lease.ended.unwrap_or(Reason::Closed)
    }

    /// Does what can be done by hand without waiting: there is an event, or why there is none any
    /// more; otherwise when to go on.
    pub(super) fn event_on(
        &mut self,
        waker: &Waker,
    ) -> ControlFlow<Result<(), Reason>, Option<Instant>> {
        loop {
            let over = self.over();
            let Some((driven, clock)) = self.lease.parts() else {
                return ControlFlow::Break(Err(over));
            };
            let turned = self.link.turn(driven, clock, Way::ByHand, waker);
            let did = self.do_duties();
            self.lease.note();
            match turned {
                Turned::Event => return ControlFlow::Break(Ok(())),
                Turned::Over => {
                    self.shut_down();
                    return ControlFlow::Break(Err(self.over()));
                }
                Turned::Waits(_) if did => {}
                Turned::Waits(_) if self.is_late() => self.give_up(),
                Turned::Waits(at) => {
                    return ControlFlow::Continue(earlier(at, self.ending.until()));
                }
            }
        }
    }

    fn is_late(&self) -> bool {
        self.ending.is_late(self.lease.clock())
    }

    /// A shutdown has waited for long enough: the transport is closed.
    fn give_up(&mut self) {
        self.shut_down();
        let Some(driven) = self.lease.get_mut() else { return };
        self.link.close(&mut driven.connection);
    }

    /// The line is over: whoever asked for that is told.
    fn shut_down(&mut self) {
        if let Some(driven) = self.lease.get_mut() {
            self.ending.done(driven);
        }
    }

    /// Does what can be done without waiting, for events that a mailbox takes: when to go on, or
    /// why it is over.
    pub(super) fn drive_on(&mut self, waker: &Waker) -> ControlFlow<Reason, Option<Instant>> {
        loop {
            let Some((driven, clock)) = self.lease.parts() else {
                return ControlFlow::Break(Reason::Closed);
            };
            if let Some(until) = self.ending.leaves(driven, clock) {
                let (gone, at) = self.link.leave(driven, clock, waker);
                if gone || clock.until(until).is_zero() {
                    return ControlFlow::Break(self.lease.ended.unwrap_or(Reason::Requested));
                }
                return ControlFlow::Continue(earlier(at, Some(until)));
            }
            let turned = self.link.turn(driven, clock, Way::Spawned, waker);
            let did = self.do_duties();
            self.lease.note();
            let Some((driven, clock)) = self.lease.parts() else {
                return ControlFlow::Break(Reason::Closed);
            };
            if self.ending.ends(turned == Turned::Over, driven, clock) {
                return ControlFlow::Break(self.lease.ended.unwrap_or(Reason::Requested));
            }
            if !did && !driven.driver.is_left() {
                let at = match turned {
                    Turned::Waits(at) => at,
                    // What the application still handles wakes it; events are its mailbox's.
                    Turned::Over | Turned::Event => None,
                };
                return ControlFlow::Continue(earlier(at, self.ending.until()));
            }
        }
    }

    /// Does what requests ask of the line itself; whether there was one.
    fn do_duties(&mut self) -> bool {
        let Some((driven, clock)) = self.lease.parts() else { return false };
        self.ending.do_duties(driven, clock)
    }
}

/// The earlier of two instants that may not be.
pub(super) fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    [one, other].into_iter().flatten().min()
}
