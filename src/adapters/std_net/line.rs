//! One session over one stream.

use alloc::fmt;
use core::time::Duration;
use std::io::{self, ErrorKind};

use super::stream::Stream;
use crate::adapters::clock::Clock;
use crate::adapters::outcome::Delivery;
use crate::engine::{Connection, Draft, Event, Operation, Progress, Refused, RequestError, Store};
use crate::session::{Instant, Reason};
use crate::wire::SeqNum;

/// How long a write may block before the line looks for bytes to read again: a peer that waits
/// for us to read must not wait for ever.
const WRITE_PATIENCE: Duration = Duration::from_millis(50);

/// How long one read may block at most.
const READ_PATIENCE: Duration = Duration::from_millis(512);

/// How long the last bytes of an ended session may take to leave.
const CLOSE_PATIENCE: Duration = Duration::from_secs(1);

/// A session and the stream that it runs over, driven by the thread that calls
/// [`next`](Self::next).
pub struct Line<T: Stream, S: Store> {
    connection: Connection<S>,
    stream: Option<T>,
    clock: Clock,
    /// The timeouts that the stream was last given.
    timeouts: Option<(Duration, Duration)>,
    /// When the stream is closed although bytes are left.
    close_at: Option<Instant>,
    /// Why the last connection ended; there is nothing more to see of it.
    ended: Option<Reason>,
}

/// The connection is over, and everything of it was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the connection is over: {0}")]
pub struct Ended(pub Reason);

impl<T: Stream, S: Store> Line<T, S> {
    pub(super) const fn new(connection: Connection<S>, clock: Clock) -> Self {
        Self { connection, stream: None, clock, timeouts: None, close_at: None, ended: None }
    }

    pub(super) fn attach(&mut self, stream: T) {
        self.stream = Some(stream);
        self.timeouts = None;
        self.close_at = None;
        self.ended = None;
    }

    pub(super) fn into_connection(self) -> Connection<S> {
        self.connection
    }

    pub(super) const fn connection_mut(&mut self) -> &mut Connection<S> {
        &mut self.connection
    }

    pub(super) const fn clock(&self) -> Clock {
        self.clock
    }

    pub(super) const fn is_attached(&self) -> bool {
        self.stream.is_some()
    }

    /// The connection, to look at.
    pub const fn connection(&self) -> &Connection<S> {
        &self.connection
    }

    /// Waits for something to happen, for `timeout` at most. A message that is lent stands until
    /// the next call, which says that it is handled.
    ///
    /// # Errors
    ///
    /// [`Ended`] behind the last event of the connection.
    pub fn next(&mut self, timeout: Duration) -> Result<Option<Event<'_, S>>, Ended> {
        let mut end = None;
        while !self.turn() {
            // The clock is not read for events that are there already.
            let end = *end.get_or_insert_with(|| self.clock.now().monotonic.after(timeout));
            if let Some(reason) = self.ended.filter(|_| self.stream.is_none()) {
                return Err(Ended(reason));
            }
            let left = self.clock.until(end);
            if left.is_zero() {
                return Ok(None);
            }
            self.wait(left);
        }
        Ok(self.event())
    }

    /// The next event, if there is one.
    pub(super) fn event(&mut self) -> Option<Event<'_, S>> {
        let event = self.connection.event();
        if let Some(Event::Disconnected(reason)) = event {
            self.ended = Some(reason);
        }
        event
    }

    /// Sends a message, and writes it as far as the peer takes it.
    ///
    /// # Errors
    ///
    /// The message is not sent and has no number.
    pub fn send(&mut self, draft: &Draft) -> Result<Delivery, Refused> {
        let outcome = self.connection.send(draft, self.clock.now())?;
        self.connection.commit();
        let delivery = Delivery::of(outcome, &self.connection);
        self.flush();
        Ok(delivery)
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
        if self.connection.has_event() {
            return true;
        }
        let progress = self.connection.advance(self.clock.now());
        self.flush();
        if self.connection.has_ended() {
            self.close_soon();
        }
        progress == Progress::Events || self.connection.has_event()
    }

    /// Writes what may be sent, as far as the peer takes it.
    fn flush(&mut self) {
        while let Some(stream) = &mut self.stream {
            let bytes = self.connection.flushable();
            if bytes.is_empty() {
                return;
            }
            match stream.write(bytes) {
                Ok(0) => return self.close(),
                Ok(count) => self.connection.flushed(count),
                Err(error) if is_patience(&error) => return,
                Err(_) => return self.close(),
            }
        }
    }

    /// Waits for bytes, a deadline, or the end of `left`.
    pub(super) fn wait(&mut self, left: Duration) {
        let deadline = self.connection.wake_at().map(|at| self.clock.until(at));
        let mut patience = left.min(deadline.unwrap_or(left)).min(READ_PATIENCE);
        if !self.connection.flushable().is_empty() {
            // Something waits to be written.
            patience = Duration::from_millis(1);
        }
        let timeouts = (round_down(patience), WRITE_PATIENCE);
        let Some(stream) = &mut self.stream else {
            std::thread::sleep(timeouts.0);
            return;
        };
        if self.timeouts != Some(timeouts) {
            if stream.set_timeouts(timeouts.0, timeouts.1).is_err() {
                return self.close();
            }
            self.timeouts = Some(timeouts);
        }
        let spare = self.connection.spare();
        if spare.is_empty() {
            // Everything read so far waits for a verdict, or for room.
            std::thread::sleep(timeouts.0);
            return;
        }
        match stream.read(spare) {
            Ok(0) => self.close(),
            Ok(count) => self.connection.filled(count),
            Err(error) if is_patience(&error) => {}
            Err(_) => self.close(),
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

    /// Nobody drives the line any more.
    pub(super) fn abandon(&mut self) {
        self.close();
        super::acceptor::drain(&mut self.connection, self.clock);
    }

    fn close(&mut self) {
        if let Some(mut stream) = self.stream.take() {
            stream.close();
            self.connection.closed();
        }
    }
}

/// Whether a read or write only took too long.
pub(super) fn is_patience(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

/// A power of two milliseconds, so that the timeout of a stream rarely has to be changed. Waking
/// early is harmless.
fn round_down(patience: Duration) -> Duration {
    let millis = u64::try_from(patience.as_millis()).unwrap_or(u64::MAX).max(1);
    Duration::from_millis(1 << millis.ilog2())
}

impl<T: Stream, S: Store> fmt::Debug for Line<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line")
            .field("connection", &self.connection)
            .field("attached", &self.stream.is_some())
            .finish_non_exhaustive()
    }
}
