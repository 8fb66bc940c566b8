//! One session over one stream.

use alloc::boxed::Box;
use alloc::fmt;
use core::future::pending;
use core::ops::{Deref, DerefMut};
use core::time::Duration;
use std::io;

use tokio::io::{
    AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadHalf, WriteHalf, split,
};
use tokio::sync::OwnedMutexGuard;
use tokio::time::sleep;

use super::handle::{Handle, Request, Requests};
use crate::adapters::clock::Clock;
use crate::adapters::outcome::Delivery;
use crate::engine::{Connection, Draft, Event, Operation, Progress, Refused, RequestError, Store};
use crate::session::{Instant, Reason};
use crate::wire::SeqNum;

/// How long the last bytes of an ended session may take to leave.
const CLOSE_PATIENCE: Duration = Duration::from_secs(1);

/// A session and the stream that it runs over, driven by whoever awaits [`next`](Self::next).
pub struct Line<T, S: Store> {
    connection: Held<S>,
    stream: Option<(ReadHalf<T>, WriteHalf<T>)>,
    clock: Clock,
    requests: Requests,
    /// When the stream is closed although bytes are left.
    close_at: Option<Instant>,
    /// Why the last connection ended; there is nothing more to see of it.
    ended: Option<Reason>,
}

/// Whose connection a line drives.
pub(super) enum Held<S: Store> {
    /// Its own.
    Own(Box<Connection<S>>),
    /// That of an acceptor's session, locked for as long as the line lives, so that a session has
    /// one connection at a time.
    Seat(OwnedMutexGuard<Connection<S>>),
}

impl<S: Store> Deref for Held<S> {
    type Target = Connection<S>;

    fn deref(&self) -> &Connection<S> {
        match self {
            Self::Own(connection) => connection,
            Self::Seat(connection) => connection,
        }
    }
}

impl<S: Store> DerefMut for Held<S> {
    fn deref_mut(&mut self) -> &mut Connection<S> {
        match self {
            Self::Own(connection) => connection,
            Self::Seat(connection) => connection,
        }
    }
}

/// The connection is over, and everything of it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection is over: {0}")]
pub struct Ended(pub Reason);

/// What a wait came to.
enum Woken {
    Read(io::Result<usize>),
    Wrote(io::Result<usize>),
    Asked(Option<Request>),
    Timer,
}

impl<T: AsyncRead + AsyncWrite + Unpin, S: Store> Line<T, S> {
    pub(super) fn new(connection: Held<S>, clock: Clock) -> Self {
        let requests = Requests::new();
        let mut line =
            Self { connection, stream: None, clock, requests, close_at: None, ended: None };
        line.tidy_up();
        line
    }

    /// Ends what an abandoned line before this one left behind.
    fn tidy_up(&mut self) {
        self.connection.closed();
        loop {
            let _progress = self.connection.advance(self.clock.now());
            let mut idle = true;
            while self.connection.event().is_some() {
                idle = false;
            }
            if idle {
                return;
            }
        }
    }

    pub(super) fn attach(&mut self, stream: T) {
        self.stream = Some(split(stream));
        self.close_at = None;
        self.ended = None;
    }

    pub(super) fn connection_mut(&mut self) -> &mut Connection<S> {
        &mut self.connection
    }

    pub(super) const fn clock(&self) -> Clock {
        self.clock
    }

    pub(super) const fn is_attached(&self) -> bool {
        self.stream.is_some()
    }

    /// The connection, to look at.
    pub fn connection(&self) -> &Connection<S> {
        &self.connection
    }

    /// Sends from other tasks.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.requests.handle()
    }

    /// Waits for something to happen. A message that is lent stands until the next call, which
    /// says that it is handled. May be cancelled at any time.
    ///
    /// # Errors
    ///
    /// [`Ended`] behind the last event of the connection.
    pub async fn next(&mut self) -> Result<Event<'_, S>, Ended> {
        while !self.turn() {
            if let Some(reason) = self.ended.filter(|_| self.stream.is_none()) {
                return Err(Ended(reason));
            }
            self.wait(None).await;
        }
        let reason = self.ended.unwrap_or(Reason::Closed);
        self.event().ok_or(Ended(reason))
    }

    /// The next event, if there is one.
    pub(super) fn event(&mut self) -> Option<Event<'_, S>> {
        let event = self.connection.event();
        match &event {
            Some(Event::Disconnected(reason)) => self.ended = Some(*reason),
            Some(Event::StoreFailed(_)) => self.requests.lose(),
            _ => {}
        }
        event
    }

    /// Sends a message; it leaves with the next [`next`](Self::next).
    ///
    /// # Errors
    ///
    /// The message is not sent and has no number.
    pub fn send(&mut self, draft: &Draft) -> Result<Delivery, Refused> {
        let outcome = self.connection.send(draft, self.clock.now())?;
        self.connection.commit();
        Ok(Delivery::of(outcome, &self.connection))
    }

    /// Every message up to this one is handled, under
    /// [`Acknowledge::Explicitly`](crate::engine::Acknowledge::Explicitly).
    pub fn handled(&mut self, epoch: u32, seq: SeqNum) {
        self.connection.handled(epoch, seq);
    }

    /// Ends the session in order; `text` says why, when it is not empty. The end shows as
    /// [`Event::Disconnected`].
    ///
    /// # Errors
    ///
    /// There is no connection, or its numbers are being reset.
    pub fn logout(&mut self, text: &str) -> Result<(), RequestError> {
        self.connection.logout(text)
    }

    /// What an operator asks for.
    ///
    /// # Errors
    ///
    /// The session cannot do it now.
    pub fn operate(&mut self, request: Operation) -> Result<(), RequestError> {
        self.connection.operate(request)
    }

    /// Does everything that can be done without waiting; true when there is an event.
    pub(super) fn turn(&mut self) -> bool {
        loop {
            self.answer_handles();
            if self.connection.has_event() {
                return true;
            }
            let progress = self.connection.advance(self.clock.now());
            self.requests.confirm(&self.connection);
            if self.connection.has_ended() {
                self.close_soon();
            }
            if progress != Progress::Events {
                return self.connection.has_event();
            }
        }
    }

    /// Drafts of handles that got their number are not the application's events.
    fn answer_handles(&mut self) {
        let requests = &mut self.requests;
        let numbered = self.connection.take_numbered(|ticket| requests.waits_for(ticket));
        if let Some((ticket, result)) = numbered {
            requests.numbered(ticket, result);
        }
    }

    /// Waits for bytes, room to write, a request, a deadline, or `until`.
    pub(super) async fn wait(&mut self, until: Option<Instant>) {
        let deadline = self.connection.wake_at();
        let at = [deadline, until, self.close_at].into_iter().flatten().min();
        let timer = at.map(|at| self.clock.until(at));
        let (spare, flushable) = self.connection.buffers();
        let woken = match &mut self.stream {
            Some((reader, writer)) => tokio::select! {
                biased;
                wrote = writer.write(flushable), if !flushable.is_empty() => Woken::Wrote(wrote),
                asked = self.requests.next() => Woken::Asked(asked),
                read = reader.read(spare), if !spare.is_empty() => Woken::Read(read),
                () = rest(timer) => Woken::Timer,
            },
            None => tokio::select! {
                asked = self.requests.next() => Woken::Asked(asked),
                () = rest(timer) => Woken::Timer,
            },
        };
        match woken {
            Woken::Read(Ok(0) | Err(_)) | Woken::Wrote(Ok(0) | Err(_)) => self.close(),
            Woken::Read(Ok(count)) => self.connection.filled(count),
            Woken::Wrote(Ok(count)) => self.connection.flushed(count),
            Woken::Asked(Some(request)) => {
                let now = self.clock.now();
                self.requests.perform(request, &mut self.connection, now);
            }
            Woken::Asked(None) | Woken::Timer => {}
        }
    }

    /// The session has ended: the rest of its bytes has a moment to leave.
    fn close_soon(&mut self) {
        let now = self.clock.now().monotonic;
        let close_at = *self.close_at.get_or_insert_with(|| now.after(CLOSE_PATIENCE));
        if self.connection.wants_close() || now >= close_at {
            self.close();
        }
    }

    fn close(&mut self) {
        // Dropping both halves closes the stream.
        if self.stream.take().is_some() {
            self.connection.closed();
        }
    }
}

/// Sleeps so long, or for ever.
async fn rest(time: Option<Duration>) {
    match time {
        Some(time) => sleep(time).await,
        None => pending().await,
    }
}

impl<T, S: Store> fmt::Debug for Line<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line")
            .field("connection", &*self.connection)
            .field("attached", &self.stream.is_some())
            .finish_non_exhaustive()
    }
}
