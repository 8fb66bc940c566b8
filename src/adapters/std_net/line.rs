//! One session of an acceptor over one stream.

use alloc::fmt;
use alloc::string::ToString as _;
use core::ops::ControlFlow;
use core::task::Waker;
use core::time::Duration;
use std::io;
use std::thread;

use super::link::{Link, Turned};
use super::parking::{Parking, park};
use super::pipe::Pipe;
use super::stream::Stream;
use crate::adapters::clock::Clock;
use crate::adapters::driven::Way;
use crate::adapters::ending::Ending;
use crate::adapters::lease::Lease;
use crate::adapters::mailbox::{Events, Handle};
use crate::engine::{
    Acknowledge, Connection, Delivery, Draft, Event, MessageId, Operation, Origin, Refused,
    RequestError, SendError, SessionId, Store,
};
use crate::session::{Instant, Reason};

/// A session of an acceptor and the stream that it runs over.
///
/// Drive it by hand with [`next`](Self::next), let a thread drive it with [`spawn`](Self::spawn),
/// or hand it a handler with [`run`](Self::run). Dropped, it gives its session back: what was not
/// handled comes again.
pub struct Line<T: Stream, S: Store> {
    lease: Lease<S>,
    link: Link<T>,
    origin: Origin,
    ending: Ending,
    parking: Parking,
}

/// The connection is over, and everything of it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection is over: {0}")]
pub struct Ended(pub Reason);

impl<T: Stream, S: Store + 'static> Line<T, S> {
    pub(super) fn new(lease: Lease<S>, pipe: Pipe<T>, origin: Origin) -> Self {
        let mut link = Link::new();
        link.attach(pipe);
        Self { lease, link, origin, ending: Ending::No, parking: Parking::default() }
    }

    /// Which session it is.
    #[must_use]
    pub fn id(&self) -> &SessionId {
        self.lease.id()
    }

    /// Who is at the other end.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The connection, to look at; `None` once it is over.
    #[must_use]
    pub fn connection(&self) -> Option<&Connection<S>> {
        self.lease.get().map(|driven| &driven.connection)
    }

    /// Waits for something to happen, for so long at most; `Ok(None)` when nothing does. Asking
    /// says that the message before is handled.
    ///
    /// Whoever calls it drives: nothing is sent, no Heartbeat either, while nobody does. The store
    /// is asked in this thread. A peer that does not read may hold it up by 50 ms.
    ///
    /// # Errors
    ///
    /// [`Ended`] behind the last event of the connection.
    pub fn next(&mut self, patience: Duration) -> Result<Option<Event<'_>>, Ended> {
        if let Some((driven, clock)) = self.lease.parts() {
            driven.connection.release(clock.now());
        }
        if !self.wait_event(patience)? {
            return Ok(None);
        }
        let over = self.over();
        let Some((driven, clock)) = self.lease.parts() else { return Err(over) };
        driven.event(clock).map(Some).ok_or(over)
    }

    fn over(&self) -> Ended {
        Ended(self.lease.ended.unwrap_or(Reason::Closed))
    }

    /// Whether there is an event in time.
    fn wait_event(&mut self, patience: Duration) -> Result<bool, Ended> {
        self.lease.note();
        let over = self.over();
        let Some((driven, clock)) = self.lease.parts() else { return Err(over) };
        // What was read before is taken first, without a look at the stream for each message.
        if driven.connection.read_on(clock.now()) {
            return Ok(true);
        }
        let waits = Clock::new();
        let until = waits.now().monotonic.after(patience);
        let waker = self.parking.waker();
        loop {
            let Some((driven, clock)) = self.lease.parts() else { return Err(over) };
            let turned = self.link.turn(driven, clock, Way::ByHand, &waker);
            let did = self.do_duties();
            self.lease.note();
            match turned {
                Turned::Event => return Ok(true),
                Turned::Over => {
                    self.shut_down();
                    return Err(self.over());
                }
                Turned::Waits(_) if did => {}
                Turned::Waits(_) if self.is_late() => self.give_up(),
                Turned::Waits(at) => {
                    let left = waits.until(until);
                    if left.is_zero() {
                        return Ok(false);
                    }
                    park(earlier(at, self.ending.until()), self.lease.clock(), left);
                }
            }
        }
    }

    fn is_late(&self) -> bool {
        self.ending.is_late(self.lease.clock().now())
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

    /// Sends a message; it leaves with the next [`next`](Self::next).
    ///
    /// # Errors
    ///
    /// The message is not sent and has no number, or the store failed under it.
    pub fn send(&mut self, draft: &Draft) -> Result<Delivery, SendError> {
        let Some((driven, clock)) = self.lease.parts() else {
            return Err(Refused::Stopped.into());
        };
        driven.connection.send(draft, clock.now())
    }

    /// Exactly this message is handled; false when it was not open.
    pub fn handled(&mut self, id: MessageId) -> bool {
        self.lease.get_mut().is_some_and(|driven| driven.connection.handled(id))
    }

    /// Who says from now on that a message is handled.
    pub fn set_acknowledge(&mut self, acknowledge: Acknowledge) {
        if let Some(driven) = self.lease.get_mut() {
            driven.connection.set_acknowledge(acknowledge);
        }
    }

    /// Ends the session in order; `text` says why, when it is not empty. The end shows as
    /// [`Event::Disconnected`].
    ///
    /// # Errors
    ///
    /// There is no connection, or its numbers are being reset.
    pub fn logout(&mut self, text: &str) -> Result<(), RequestError> {
        let Some((driven, clock)) = self.lease.parts() else { return Err(RequestError::Stopped) };
        driven.connection.logout(text, clock.now())
    }

    /// What an operator asks for.
    ///
    /// # Errors
    ///
    /// The session cannot do it now.
    pub fn operate(&mut self, operation: Operation) -> Result<(), RequestError> {
        let Some((driven, clock)) = self.lease.parts() else { return Err(RequestError::Stopped) };
        driven.connection.operate(operation, clock.now())
    }

    /// A thread drives: a handle, which belongs to the session, and the events of this line.
    ///
    /// # Errors
    ///
    /// No thread can be made: the line is over, and its session given back.
    #[must_use = "a line whose events are dropped ends"]
    pub fn spawn(self) -> io::Result<(Handle, Events)> {
        self.spawn_with(Acknowledge::OnNextEvent)
    }

    /// The same, and who says that a message is handled.
    ///
    /// # Errors
    ///
    /// No thread can be made.
    #[must_use = "a line whose events are dropped ends"]
    pub fn spawn_with(mut self, acknowledge: Acknowledge) -> io::Result<(Handle, Events)> {
        let opened = self.lease.open(acknowledge);
        let name = "fixline line".to_string();
        thread::Builder::new().name(name).spawn(move || self.drive())?;
        Ok(opened)
    }

    /// Drives, and hands each event to a handler, in this thread and without a copy. Ends when the
    /// connection is over, or at once when the handler breaks: what it broke at is not handled.
    pub fn run(mut self, mut handler: impl FnMut(Event<'_>) -> ControlFlow<()>) -> Ended {
        loop {
            match self.next(Duration::MAX) {
                Ok(Some(event)) => {
                    if handler(event).is_break() {
                        return Ended(Reason::Requested);
                    }
                }
                Ok(None) => {}
                Err(ended) => return ended,
            }
        }
    }

    fn drive(mut self) {
        let waker = self.parking.waker();
        let reason = loop {
            match self.drive_on(&waker) {
                ControlFlow::Break(reason) => break reason,
                ControlFlow::Continue(at) => park(at, self.lease.clock(), Duration::MAX),
            }
        };
        self.lease.ended = Some(reason);
    }

    /// Does what can be done without waiting; then when to go on, or why it is over.
    fn drive_on(&mut self, waker: &Waker) -> ControlFlow<Reason, Option<Instant>> {
        loop {
            let Some((driven, clock)) = self.lease.parts() else {
                return ControlFlow::Break(Reason::Closed);
            };
            let now = clock.now();
            if let Some(until) = self.ending.leaves(driven, now) {
                let (gone, at) = self.link.leave(driven, clock, waker);
                if gone || clock.until(until).is_zero() {
                    return ControlFlow::Break(self.lease.ended.unwrap_or(Reason::Requested));
                }
                return ControlFlow::Continue(earlier(at, Some(until)));
            }
            let turned = self.link.turn(driven, clock, Way::Spawned, waker);
            let (did, left) = (self.do_duties(), self.is_left());
            self.lease.note();
            let Some((driven, clock)) = self.lease.parts() else {
                return ControlFlow::Break(Reason::Closed);
            };
            if self.ending.ends(turned == Turned::Over, driven, clock.now()) {
                return ControlFlow::Break(self.lease.ended.unwrap_or(Reason::Requested));
            }
            if !did && !left {
                let at = match turned {
                    Turned::Waits(at) => at,
                    // What the application still handles wakes it; events are its mailbox's.
                    Turned::Over | Turned::Event => None,
                };
                return ControlFlow::Continue(earlier(at, self.ending.until()));
            }
        }
    }

    fn is_left(&self) -> bool {
        self.lease.get().is_some_and(|driven| driven.driver.is_left())
    }

    /// Does what requests ask of the line itself; whether there was one.
    fn do_duties(&mut self) -> bool {
        let Some((driven, clock)) = self.lease.parts() else { return false };
        self.ending.do_duties(driven, clock.now())
    }
}

/// The earlier of two instants that may not be.
pub(super) fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    [one, other].into_iter().flatten().min()
}

impl<T: Stream, S: Store> fmt::Debug for Line<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line")
            .field("id", self.lease.id())
            .field("attached", &self.link.is_attached())
            .finish_non_exhaustive()
    }
}
