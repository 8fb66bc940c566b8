//! One session of an acceptor over one stream.

use alloc::fmt;
use core::future::poll_fn;
use core::ops::ControlFlow;
use core::task::{Context, Poll};

use super::link::{Link, Stream, Turned};
use super::run::run;
use crate::adapters::driven::Way;
use crate::adapters::ending::Ending;
use crate::adapters::lease::Lease;
use crate::adapters::mailbox::{Events, Handle};
use crate::engine::{
    Acknowledge, Connection, Delivery, Draft, Event, MessageId, Operation, Origin, RequestError,
    SendError, SessionId, Store,
};
use crate::session::Reason;

/// A session of an acceptor and the stream that it runs over.
///
/// Drive it by hand with [`next`](Self::next), let a task drive it with [`spawn`](Self::spawn), or
/// hand it a handler with [`run`](Self::run). Dropped, it gives its session back: what was not
/// handled comes again.
pub struct Line<T: Stream, S: Store> {
    lease: Lease<S>,
    link: Link<T>,
    origin: Origin,
    ending: Ending,
}

/// The connection is over, and everything of it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection is over: {0}")]
pub struct Ended(pub Reason);

impl<T: Stream, S: Store + 'static> Line<T, S> {
    pub(super) fn new(lease: Lease<S>, stream: T, origin: Origin) -> Self {
        let mut link = Link::new();
        link.attach(stream);
        Self { lease, link, origin, ending: Ending::No }
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

    /// Waits for something to happen. Asking says that the message before is handled.
    ///
    /// Whoever calls it drives: nothing is read and nothing sent, no Heartbeat either, while
    /// nobody does. May be dropped at any time: no event is lost.
    ///
    /// # Errors
    ///
    /// [`Ended`] behind the last event of the connection.
    pub async fn next(&mut self) -> Result<Event<'_>, Ended> {
        self.release();
        poll_fn(|cx| self.poll_event(cx)).await?;
        let over = self.over();
        let Some((driven, clock)) = self.lease.parts() else { return Err(over) };
        driven.event(clock).ok_or(over)
    }

    /// The application asks for the next event.
    fn release(&mut self) {
        if let Some((driven, clock)) = self.lease.parts() {
            driven.connection.release(clock.now());
        }
    }

    fn over(&self) -> Ended {
        Ended(self.lease.ended.unwrap_or(Reason::Closed))
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Ended>> {
        self.lease.note();
        let over = self.over();
        let Some((driven, clock)) = self.lease.parts() else { return Poll::Ready(Err(over)) };
        // What was read before is taken first, without a look at the stream for each message.
        if driven.connection.read_on(clock.now()) {
            return Poll::Ready(Ok(()));
        }
        loop {
            let Some((driven, clock)) = self.lease.parts() else { return Poll::Ready(Err(over)) };
            let turned = self.link.turn(driven, clock, Way::ByHand, self.ending.until(), cx);
            let did = self.do_duties();
            self.lease.note();
            match turned {
                Turned::Event => return Poll::Ready(Ok(())),
                Turned::Over => {
                    self.shut_down();
                    return Poll::Ready(Err(self.over()));
                }
                Turned::Waits if did => {}
                Turned::Waits if self.is_late() => self.give_up(),
                Turned::Waits => return Poll::Pending,
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
            return Err(crate::engine::Refused::Stopped.into());
        };
        let now = clock.now();
        driven.connection.send(draft, now)
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
        let now = clock.now();
        driven.connection.logout(text, now)
    }

    /// What an operator asks for.
    ///
    /// # Errors
    ///
    /// The session cannot do it now.
    pub fn operate(&mut self, operation: Operation) -> Result<(), RequestError> {
        let Some((driven, clock)) = self.lease.parts() else { return Err(RequestError::Stopped) };
        let now = clock.now();
        driven.connection.operate(operation, now)
    }

    /// A task drives: a handle, which belongs to the session, and the events of this line.
    ///
    /// # Panics
    ///
    /// Outside of a `tokio` runtime, as [`tokio::spawn`] does.
    #[must_use = "a line whose events are dropped ends"]
    pub fn spawn(self) -> (Handle, Events) {
        self.spawn_with(Acknowledge::OnNextEvent)
    }

    /// The same, and who says that a message is handled.
    ///
    /// # Panics
    ///
    /// Outside of a `tokio` runtime.
    #[must_use = "a line whose events are dropped ends"]
    pub fn spawn_with(mut self, acknowledge: Acknowledge) -> (Handle, Events) {
        let (handle, events) = self.open(acknowledge);
        tokio::spawn(self.drive());
        (handle, events)
    }

    /// Drives, and hands each event to an async handler, in this task: a handler that waits stops
    /// no Heartbeat, and may send with the handle. Ends when the connection is over, or after a
    /// Logout when the handler breaks.
    pub async fn run<F>(mut self, handler: F) -> Ended
    where
        F: AsyncFnMut(Event<'_>, &Handle) -> ControlFlow<()>,
    {
        let (handle, events) = self.open(Acknowledge::OnNextEvent);
        run(self.drive(), handle, events, handler).await
    }

    /// Drives, and hands each event to a handler that does not wait, without a copy. Ends when the
    /// connection is over, or at once when the handler breaks.
    pub async fn run_inline(
        mut self,
        mut handler: impl FnMut(Event<'_>) -> ControlFlow<()>,
    ) -> Ended {
        loop {
            match self.next().await {
                Ok(event) => {
                    if handler(event).is_break() {
                        return Ended(Reason::Requested);
                    }
                }
                Err(ended) => return ended,
            }
        }
    }

    fn open(&mut self, acknowledge: Acknowledge) -> (Handle, Events) {
        self.lease.open(acknowledge)
    }

    async fn drive(mut self) -> Ended {
        let reason = poll_fn(|cx| self.poll_drive(cx)).await;
        self.lease.ended = Some(reason);
        Ended(reason)
    }

    fn poll_drive(&mut self, cx: &mut Context<'_>) -> Poll<Reason> {
        loop {
            let Some((driven, clock)) = self.lease.parts() else {
                return Poll::Ready(Reason::Closed);
            };
            let now = clock.now();
            if let Some(until) = self.ending.leaves(driven, now) {
                let gone = self.link.leave(driven, now, cx);
                if gone || self.link.is_due(Some(until), clock, cx) {
                    return Poll::Ready(self.lease.ended.unwrap_or(Reason::Requested));
                }
                return Poll::Pending;
            }
            let turned = self.link.turn(driven, clock, Way::Spawned, self.ending.until(), cx);
            let (did, left) = (self.do_duties(), self.is_left());
            self.lease.note();
            let Some((driven, clock)) = self.lease.parts() else {
                return Poll::Ready(Reason::Closed);
            };
            if self.ending.ends(turned == Turned::Over, driven, clock.now()) {
                return Poll::Ready(self.lease.ended.unwrap_or(Reason::Requested));
            }
            // What the application still handles wakes a line that is over.
            let waits = turned != Turned::Over || !self.link.is_due(self.ending.until(), clock, cx);
            if !did && !left && waits {
                return Poll::Pending;
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

impl<T: Stream, S: Store> fmt::Debug for Line<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line")
            .field("id", self.lease.id())
            .field("attached", &self.link.is_attached())
            .finish_non_exhaustive()
    }
}
