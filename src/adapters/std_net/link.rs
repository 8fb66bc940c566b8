//! A stream, and moving bytes between it and a session.

use core::task::Waker;
use core::time::Duration;
use std::io::{self, ErrorKind, Write as _};
use std::thread;

use super::inbox::{End, Taken};
use super::pipe::{Pipe, WRITE_PATIENCE};
use super::stream::Stream;
use crate::adapters::clock::Clock;
use crate::adapters::driven::{Driven, Way};
use crate::engine::{Connection, Progress, Store};
use crate::session::{Instant, Now};

/// How long the last bytes of an ended session, and the goodbye of its transport, may take.
const CLOSE_PATIENCE: Duration = Duration::from_secs(1);

/// How long a reader gets that was not scheduled in time, before a deadline counts.
const READER_PATIENCE: Duration = Duration::from_millis(2);

/// How often one turn may go round before duties are looked at.
const ROUNDS_MAX: usize = 16;

/// The stream of a session, while it has one.
pub(super) struct Link<T: Stream> {
    pipe: Option<Pipe<T>>,
    /// The peer will send nothing more.
    at_end: bool,
    /// Bytes were written, and the stream may still keep them back.
    needs_flush: bool,
    /// When the stream is closed although bytes are left.
    close_at: Option<Instant>,
    /// The stream took no more; when it is asked again.
    write_at: Option<Instant>,
    /// The deadline for which the reader was given time.
    looked_for: Option<Instant>,
}

/// What a turn came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turned {
    /// The connection has an event, for who drives by hand.
    Event,
    /// Nothing is left to do before this instant, or before something wakes the thread.
    Waits(Option<Instant>),
    /// There is no stream, and everything of the last connection was taken.
    Over,
}

impl<T: Stream> Link<T> {
    pub(super) const fn new() -> Self {
        Self {
            pipe: None,
            at_end: false,
            needs_flush: false,
            close_at: None,
            write_at: None,
            looked_for: None,
        }
    }

    pub(super) fn attach(&mut self, pipe: Pipe<T>) {
        *self = Self { pipe: Some(pipe), ..Self::new() };
    }

    pub(super) const fn is_attached(&self) -> bool {
        self.pipe.is_some()
    }

    /// Does everything that can be done without waiting. From here on `waker` is woken when there
    /// is more.
    pub(super) fn turn<S: Store>(
        &mut self,
        driven: &mut Driven<S>,
        clock: &Clock,
        way: Way,
        waker: &Waker,
    ) -> Turned {
        for _ in 0..ROUNDS_MAX {
            let now = clock.now();
            match way {
                Way::ByHand => driven.begin_at_once(waker, now),
                Way::Spawned => driven.begin(waker, now),
            }
            // Before anybody is given up for silence, what has come is read.
            let full = driven.connection.spare().is_empty();
            let read = self.read(&mut driven.connection, waker, now);
            let progress = driven.advance(clock, now, way);
            let wrote = self.write(&mut driven.connection, clock);
            let closed = self.close_if_due(&mut driven.connection, progress, clock);
            let more = driven.finish(now);
            if way == Way::ByHand && driven.connection.has_event() {
                return Turned::Event;
            }
            if self.pipe.is_none() && driven.is_over() {
                return Turned::Over;
            }
            // What made room has to be followed by a look at what waits for it.
            let room = full && self.reads() && !driven.connection.spare().is_empty();
            if read || wrote || closed || more || room {
                continue;
            }
            let at = [driven.wake_at(now), self.close_at, self.write_at];
            let at = at.into_iter().flatten().min();
            if at.is_none_or(|at| !clock.until(at).is_zero()) {
                return Turned::Waits(at);
            }
        }
        Turned::Waits(Some(clock.now().monotonic))
    }

    const fn reads(&self) -> bool {
        self.pipe.is_some() && !self.at_end
    }

    /// Takes what was read; whether something came, or the end.
    fn read<S: Store>(&mut self, connection: &mut Connection<S>, waker: &Waker, now: Now) -> bool {
        let Some(pipe) = self.pipe.as_ref().filter(|_| !self.at_end) else { return false };
        let due = connection.wake_at().filter(|at| *at <= now.monotonic);
        let spare = connection.spare();
        if spare.is_empty() {
            return false;
        }
        let mut taken = pipe.inbox.take(spare, waker);
        if taken == Taken::Nothing && due.is_some() && self.looked_for != due {
            // Its bytes may be there, and the machine too busy to have read them.
            self.looked_for = due;
            thread::park_timeout(READER_PATIENCE);
            taken = pipe.inbox.take(spare, waker);
            if taken == Taken::Nothing {
                // Something else may have woken the thread: it is looked at in another round.
                return true;
            }
        }
        match taken {
            Taken::Nothing => false,
            Taken::Bytes(count) => {
                connection.filled(count);
                true
            }
            Taken::End(end) => {
                self.at_end = true;
                if end == End::Failed {
                    self.close(connection);
                }
                true
            }
        }
    }

    /// Writes what may be sent, as far as the stream takes it now; whether it took anything, or is
    /// gone.
    fn write<S: Store>(&mut self, connection: &mut Connection<S>, clock: &Clock) -> bool {
        let now = clock.now().monotonic;
        if self.write_at.is_some_and(|at| now < at) {
            return false;
        }
        self.write_at = None;
        let Some(pipe) = &mut self.pipe else { return false };
        let bytes = connection.flushable();
        let mut wrote = false;
        if !bytes.is_empty() {
            let len = bytes.len();
            match pipe.writer.write(bytes) {
                Ok(count @ 1..) => {
                    connection.flushed(count.min(len));
                    self.needs_flush = true;
                    if count < len {
                        // What has come meanwhile is read before the rest is written.
                        return true;
                    }
                    wrote = true;
                }
                Err(error) if is_blocked(&error) => {
                    self.write_at = Some(now.after(WRITE_PATIENCE));
                    return false;
                }
                Ok(0) | Err(_) => {
                    self.close(connection);
                    return true;
                }
            }
        }
        // A stream may keep back what it took until it is flushed.
        if self.needs_flush
            && let Some(pipe) = &mut self.pipe
        {
            match pipe.writer.flush() {
                Ok(()) => self.needs_flush = false,
                Err(error) if is_blocked(&error) => self.write_at = Some(now.after(WRITE_PATIENCE)),
                Err(_) => self.close(connection),
            }
        }
        wrote
    }

    /// Closes when the session has ended and its last bytes have left, or when the peer has said
    /// its last and everything was read; whether it did.
    fn close_if_due<S: Store>(
        &mut self,
        connection: &mut Connection<S>,
        progress: Progress,
        clock: &Clock,
    ) -> bool {
        if self.pipe.is_none() {
            return false;
        }
        if connection.has_ended() {
            let now = clock.now().monotonic;
            let until = *self.close_at.get_or_insert_with(|| now.after(CLOSE_PATIENCE));
            let late = now >= until;
            if late || (connection.wants_close() && !self.needs_flush && self.said_goodbye(clock)) {
                self.close(connection);
                return true;
            }
        } else if self.at_end && matches!(progress, Progress::Idle | Progress::Verdict) {
            self.close(connection);
            return true;
        }
        false
    }

    /// Ends the stream in order; whether that is done.
    fn said_goodbye(&mut self, clock: &Clock) -> bool {
        let now = clock.now().monotonic;
        if self.write_at.is_some_and(|at| now < at) {
            return false;
        }
        let Some(pipe) = &mut self.pipe else { return true };
        match T::finish(&mut pipe.writer) {
            Err(error) if is_blocked(&error) => {
                self.write_at = Some(now.after(WRITE_PATIENCE));
                false
            }
            Ok(()) | Err(_) => true,
        }
    }

    /// Sends what is left to send, without reading, then says goodbye; whether all of that is
    /// done, and when to look again.
    pub(super) fn leave<S: Store>(
        &mut self,
        driven: &mut Driven<S>,
        clock: &Clock,
        waker: &Waker,
    ) -> (bool, Option<Instant>) {
        let connection = &mut driven.connection;
        connection.wake_with(Some(waker));
        connection.commit(clock.now());
        driven.driver.confirm(connection, clock.now());
        while self.write(connection, clock) {}
        let nothing_left = connection.has_failed() || connection.has_sent_everything();
        let gone =
            self.pipe.is_none() || (nothing_left && !self.needs_flush && self.said_goodbye(clock));
        (gone, self.write_at)
    }

    /// Closes the stream, and tells the connection that it is gone.
    pub(super) fn close<S: Store>(&mut self, connection: &mut Connection<S>) {
        if self.pipe.take().is_some() {
            self.write_at = None;
            self.close_at = None;
            connection.closed();
        }
    }
}

/// Whether a stream may take more later.
fn is_blocked(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}
