//! One session of an acceptor over one stream.

use alloc::fmt;
use alloc::string::ToString as _;
use core::ops::ControlFlow;
use core::time::Duration;
use std::io;
use std::thread;

use super::parking::Parking;
use super::pipe::Pipe;
use super::stream::Stream;
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
/// Drive it by hand with [`next`](Self::next), let a thread drive it with [`spawn`](Self::spawn),
/// or hand it a handler with [`run`](Self::run). Dropped, it gives its session back: what was not
/// handled comes again.
pub struct Line<T: Stream, S: Store> {
    core: LineCore<Pipe<T>, S>,
    parking: Parking,
}

/// The connection is over, and everything of it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection is over: {0}")]
pub struct Ended(pub Reason);

impl<T: Stream, S: Store + 'static> Line<T, S> {
    pub(super) fn new(lease: Lease<S>, pipe: Pipe<T>, origin: Origin) -> Self {
        Self { core: LineCore::new(lease, pipe, origin), parking: Parking::default() }
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
        let Self { core, parking } = self;
        if !core.ask() {
            let clock = core.lease.clock().clone();
            match parking.wait(&clock, patience, |waker| core.event_on(waker)) {
                Some(there) => there.map_err(Ended)?,
                None => return Ok(None),
            }
        }
        core.event().map(Some).map_err(Ended)
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
        let opened = self.core.lease.open(acknowledge);
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
        let Self { core, parking } = &mut self;
        let clock = core.lease.clock().clone();
        core.lease.ended = parking.wait(&clock, Duration::MAX, |waker| core.drive_on(waker));
    }
}

impl<T: Stream, S: Store> fmt::Debug for Line<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("id", self.core.lease.id()).finish_non_exhaustive()
    }
}
