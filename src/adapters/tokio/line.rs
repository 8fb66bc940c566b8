//! One session of an acceptor over one stream.

use alloc::fmt;
use core::future::poll_fn;
use core::ops::ControlFlow;

use super::alarm::Alarm;
use super::pipe::{Pipe, Stream};
use super::run::run;
use crate::adapters::lease::Lease;
use crate::adapters::line_core::LineCore;
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
    core: LineCore<Pipe<T>, S>,
    alarm: Alarm,
}

/// The connection is over, and everything of it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection is over: {0}")]
pub struct Ended(pub Reason);

impl<T: Stream, S: Store + 'static> Line<T, S> {
    pub(super) fn new(lease: Lease<S>, stream: T, origin: Origin) -> Self {
        let core = LineCore::new(lease, Pipe(stream), origin);
        Self { core, alarm: Alarm::default() }
    }

    /// Which session it is.
    #[must_use]
    pub fn id(&self) -> &SessionId {
        self.core.lease.id()
    }

    /// Who is at the other end.
    #[must_use]
    pub const fn origin(&self) -> &Origin {
        &self.core.origin
    }

    /// The connection, to look at; `None` once it is over.
    #[must_use]
    pub fn connection(&self) -> Option<&Connection<S>> {
        self.core.lease.connection()
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
        let Self { core, alarm } = self;
        if !core.ask() {
            poll_fn(|cx| alarm.wait(core.event_on(cx.waker()), core.lease.clock(), cx))
                .await
                .map_err(Ended)?;
        }
        core.event().map_err(Ended)
    }

    /// Sends a message; it leaves with the next [`next`](Self::next).
    ///
    /// # Errors
    ///
    /// The message is not sent and has no number, or the store failed under it.
    pub fn send(&mut self, draft: &Draft) -> Result<Delivery, SendError> {
        self.core.lease.send(draft)
    }

    /// Exactly this message is handled; false when it was not open.
    pub fn handled(&mut self, id: MessageId) -> bool {
        self.core.lease.handled(id)
    }

    /// Who says from now on that a message is handled.
    pub fn set_acknowledge(&mut self, acknowledge: Acknowledge) {
        self.core.lease.set_acknowledge(acknowledge);
    }

    /// Ends the session in order; `text` says why, when it is not empty. The end shows as
    /// [`Event::Disconnected`].
    ///
    /// # Errors
    ///
    /// There is no connection, or its numbers are being reset.
    pub fn logout(&mut self, text: &str) -> Result<(), RequestError> {
        self.core.lease.logout(text)
    }

    /// What an operator asks for.
    ///
    /// # Errors
    ///
    /// The session cannot do it now.
    pub fn operate(&mut self, operation: Operation) -> Result<(), RequestError> {
        self.core.lease.operate(operation)
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
        let (handle, events) = self.core.lease.open(acknowledge);
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
        let (handle, events) = self.core.lease.open(Acknowledge::OnNextEvent);
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

    async fn drive(mut self) -> Ended {
        let Self { core, alarm } = &mut self;
        let reason =
            poll_fn(|cx| alarm.wait(core.drive_on(cx.waker()), core.lease.clock(), cx)).await;
        core.lease.ended = Some(reason);
        Ended(reason)
    }
}

impl<T: Stream, S: Store> fmt::Debug for Line<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("id", self.core.lease.id()).finish_non_exhaustive()
    }
}
