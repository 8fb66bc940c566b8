//! One session over one stream.

use std::fmt;
use std::io::{self, ErrorKind};
use std::time::Duration;

use super::stream::Stream;
use crate::adapters::clock::Clock;
use crate::engine::{Connection, Event, Progress, Store};

/// How long a write may block before the line looks for bytes to read again: a peer that waits
/// for us to read must not wait for ever.
const WRITE_PATIENCE: Duration = Duration::from_millis(50);

/// How long one read may block at most, so that a changed deadline is never missed by much.
const READ_PATIENCE: Duration = Duration::from_millis(512);

/// A session and the stream it runs over, driven by the thread that calls [`next`](Self::next).
pub struct Line<T: Stream, S: Store> {
    connection: Connection<S>,
    stream: Option<T>,
    clock: Clock,
    /// The timeouts that the stream was last given.
    timeouts: Option<(Duration, Duration)>,
}

impl<T: Stream, S: Store> Line<T, S> {
    pub(super) const fn new(connection: Connection<S>, clock: Clock) -> Self {
        Self { connection, stream: None, clock, timeouts: None }
    }

    pub(super) fn attach(&mut self, stream: T) {
        self.stream = Some(stream);
        self.timeouts = None;
    }

    pub(super) const fn is_attached(&self) -> bool {
        self.stream.is_some()
    }

    pub(super) const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The connection: for sending and for everything an operator may ask for.
    pub const fn connection(&mut self) -> &mut Connection<S> {
        &mut self.connection
    }

    /// Waits for something to happen, for `timeout` at most.
    ///
    /// Messages leave their buffer with the next call. Behind
    /// [`Event::Disconnected`] there is nothing more.
    pub fn next(&mut self, timeout: Duration) -> Option<Event<'_, S>> {
        let end = self.clock.now().monotonic.after(timeout);
        loop {
            if self.turn() {
                break;
            }
            let left = self.clock.until(end);
            if left.is_zero() || self.stream.is_none() {
                return None;
            }
            self.wait(left);
        }
        self.connection.event()
    }

    /// Does everything that can be done without waiting; true when there is an event.
    pub(super) fn turn(&mut self) -> bool {
        loop {
            if self.connection.has_event() {
                return true;
            }
            let progress = self.connection.advance(self.clock.now());
            self.flush();
            match progress {
                Progress::Events => {}
                Progress::Idle | Progress::Full | Progress::Verdict => break,
            }
        }
        if self.connection.wants_close() {
            self.close();
        }
        self.connection.has_event()
    }

    /// Writes what may be sent, as far as the peer takes it.
    fn flush(&mut self) {
        while let Some(stream) = &mut self.stream {
            let bytes = self.connection.flushable();
            if bytes.is_empty() {
                return;
            }
            match stream.write(bytes) {
                Ok(0) => return self.lost(),
                Ok(count) => self.connection.flushed(count),
                Err(error) if is_patience(&error) => return,
                Err(_) => return self.lost(),
            }
        }
    }

    /// Waits for bytes, a deadline, or the end of `left`.
    fn wait(&mut self, left: Duration) {
        let deadline = self.connection.deadline().map(|deadline| self.clock.until(deadline.at));
        let patience = left.min(deadline.unwrap_or(left)).min(READ_PATIENCE);
        let patience = if self.connection.flushable().is_empty() {
            patience
        } else {
            // Something waits to be written.
            patience.min(Duration::from_millis(1))
        };
        let timeouts = (round_down(patience), WRITE_PATIENCE);
        let Some(stream) = &mut self.stream else { return };
        if self.timeouts != Some(timeouts) {
            if stream.set_timeouts(timeouts.0, timeouts.1).is_err() {
                return self.lost();
            }
            self.timeouts = Some(timeouts);
        }
        let spare = self.connection.spare();
        if spare.is_empty() {
            // Everything read so far waits for a verdict.
            std::thread::sleep(timeouts.0);
            return;
        }
        match stream.read(spare) {
            Ok(0) => self.lost(),
            Ok(count) => self.connection.filled(count),
            Err(error) if is_patience(&error) => {}
            Err(_) => self.lost(),
        }
    }

    /// The stream is gone.
    fn lost(&mut self) {
        self.close();
    }

    fn close(&mut self) {
        if let Some(mut stream) = self.stream.take() {
            stream.close();
            self.connection.closed();
        }
    }
}

/// Whether a read or write only took too long.
fn is_patience(error: &io::Error) -> bool {
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
        f.debug_struct("Line").field("attached", &self.stream.is_some()).finish_non_exhaustive()
    }
}
