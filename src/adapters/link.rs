//! Moving bytes between a stream and its session, whoever drives: the same for both adapters.

use core::task::{Poll, Waker};
use core::time::Duration;
use std::io;

use super::clock::Clock;
use super::driven::{Driven, Way};
use crate::engine::{Closing, ClosingStep, Connection, Progress, Store};
use crate::session::{Instant, Now};

/// How long the last bytes of an ended session, and the goodbye of its transport, may take.
pub(super) const CLOSE_PATIENCE: Duration = Duration::from_secs(1);

/// How often one turn may go round before it lets others run.
const ROUNDS_MAX: usize = 16;

/// A stream as an adapter moves bytes through it. Nothing in it waits for long: what cannot be done
/// now is pending, and the waker is woken when it can be.
pub(super) trait Pipe {
    /// When to try again what is pending to be written; `None` where the waker is woken for it.
    const RETRY: Option<Duration>;

    /// Reads once into `spare`, which has room. Something is due at `due`, before which whatever
    /// has come should be read.
    fn read(&mut self, spare: &mut [u8], due: Option<Instant>, waker: &Waker) -> Read;

    /// Writes some of the bytes.
    fn write(&mut self, bytes: &[u8], waker: &Waker) -> Poll<io::Result<usize>>;

    /// Sends on what was written and kept back.
    fn flush(&mut self, waker: &Waker) -> Poll<io::Result<()>>;

    /// Says goodbye, behind everything else. Whether it could be said does not matter any more.
    fn finish(&mut self, waker: &Waker) -> Poll<()>;

    /// Who is woken when the store can go on; `None` where it is asked in this thread.
    fn wakes_for_store(way: Way, waker: &Waker) -> Option<&Waker>;
}

/// What a read came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    Bytes(usize),
    /// Nothing is there; the waker is woken when something is.
    Nothing,
    /// It took a while to see that nothing is there: whatever else there is may have changed.
    NothingLate,
    /// The peer will send nothing more.
    Finished,
    /// The transport failed.
    Failed,
}

/// The stream of a session, while it has one.
pub(super) struct Link<P> {
    pipe: Option<P>,
    /// The peer will send nothing more.
    at_end: bool,
    /// Bytes were written, and the stream may still keep them back.
    needs_flush: bool,
    closing: Closing,
    /// The stream took no more; when it is asked again.
    write_at: Option<Instant>,
}

/// What a turn came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turned {
    /// The connection has an event, for who drives by hand.
    Event,
    /// Nothing is left to do before this instant, or before the waker is woken.
    Waits(Option<Instant>),
    /// There is no stream, and everything of the last connection was taken.
    Over,
}

impl<P: Pipe> Link<P> {
    pub(super) const fn new() -> Self {
        Self {
            pipe: None,
            at_end: false,
            needs_flush: false,
            closing: Closing::new(CLOSE_PATIENCE),
            write_at: None,
        }
    }

    pub(super) fn attach(&mut self, pipe: P) {
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
            driven.begin(P::wakes_for_store(way, waker), waker, now);
            // Before anybody is given up for silence, what has come is read.
            let full = driven.connection.spare().is_empty();
            let read = self.read(&mut driven.connection, waker, now);
            let progress = driven.advance(clock, now, way);
            let wrote = self.write(&mut driven.connection, clock, waker);
            let closed = self.close_if_due(&mut driven.connection, progress, clock, waker);
            let more = driven.finish(now);
            if way == Way::ByHand && driven.has_event() {
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
            let at = [driven.wake_at(now), self.closing.deadline(), self.write_at];
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

    /// Reads once; whether something came, or the end.
    fn read<S: Store>(&mut self, connection: &mut Connection<S>, waker: &Waker, now: Now) -> bool {
        let Some(pipe) = self.pipe.as_mut().filter(|_| !self.at_end) else { return false };
        let due = connection.wake_at().filter(|at| *at <= now.monotonic);
        let spare = connection.spare();
        if spare.is_empty() {
            return false;
        }
        let len = spare.len();
        match pipe.read(spare, due, waker) {
            Read::Nothing => {
                connection.nothing_came(now);
                return false;
            }
            Read::NothingLate => {}
            Read::Bytes(count) => connection.filled(count.min(len)),
            Read::Finished => self.at_end = true,
            Read::Failed => {
                self.at_end = true;
                self.close(connection);
            }
        }
        true
    }

    /// Writes what may be sent, as far as the stream takes it now; whether it took anything, or is
    /// gone.
    fn write<S: Store>(
        &mut self,
        connection: &mut Connection<S>,
        clock: &Clock,
        waker: &Waker,
    ) -> bool {
        if self.is_blocked(clock) {
            return false;
        }
        let Some(pipe) = &mut self.pipe else { return false };
        let bytes = connection.flushable();
        let len = bytes.len();
        if len > 0 {
            match pipe.write(bytes, waker) {
                Poll::Ready(Ok(count @ 1..)) => {
                    connection.flushed(count.min(len));
                    self.needs_flush = true;
                    if count < len {
                        // What has come meanwhile is read before the rest is written.
                        return true;
                    }
                }
                Poll::Pending => {
                    self.blocked(clock);
                    return false;
                }
                Poll::Ready(Ok(0) | Err(_)) => {
                    self.close(connection);
                    return true;
                }
            }
        }
        self.flush(connection, clock, waker);
        len > 0 || !self.is_attached()
    }

    /// A stream may keep back what it took until it is flushed.
    fn flush<S: Store>(&mut self, connection: &mut Connection<S>, clock: &Clock, waker: &Waker) {
        let Some(pipe) = self.pipe.as_mut().filter(|_| self.needs_flush) else { return };
        match pipe.flush(waker) {
            Poll::Ready(Ok(())) => self.needs_flush = false,
            Poll::Pending => self.blocked(clock),
            Poll::Ready(Err(_)) => self.close(connection),
        }
    }

    /// Whether the stream is not asked again yet.
    fn is_blocked(&mut self, clock: &Clock) -> bool {
        if self.write_at.is_some_and(|at| clock.now().monotonic < at) {
            return true;
        }
        self.write_at = None;
        false
    }

    fn blocked(&mut self, clock: &Clock) {
        self.write_at = P::RETRY.map(|patience| clock.now().monotonic.after(patience));
    }

    /// Closes when the session has ended and its last bytes have left, or when the peer has said
    /// its last and everything was read; whether it did.
    fn close_if_due<S: Store>(
        &mut self,
        connection: &mut Connection<S>,
        progress: Progress,
        clock: &Clock,
        waker: &Waker,
    ) -> bool {
        if self.pipe.is_none() {
            return false;
        }
        if connection.has_ended() {
            return self.close_in_order(connection, clock, waker);
        } else if self.at_end && matches!(progress, Progress::Idle | Progress::Verdict) {
            self.close(connection);
            return true;
        }
        false
    }

    /// The session has ended: its last bytes leave, then goodbye is said, each within the
    /// patience; whether that is done.
    fn close_in_order<S: Store>(
        &mut self,
        connection: &mut Connection<S>,
        clock: &Clock,
        waker: &Waker,
    ) -> bool {
        let now = clock.now().monotonic;
        self.closing.begin(now);
        if connection.wants_close() && !self.needs_flush {
            self.closing.flushed(now);
        }
        if self.closing.step(now) == ClosingStep::ShutDown && self.said_goodbye(clock, waker) {
            self.closing.shut_down();
        }
        let closed = self.closing.step(now) == ClosingStep::Closed;
        if closed {
            self.close(connection);
        }
        closed
    }

    /// Ends the stream in order; whether that is done.
    fn said_goodbye(&mut self, clock: &Clock, waker: &Waker) -> bool {
        if self.is_blocked(clock) {
            return false;
        }
        let Some(pipe) = &mut self.pipe else { return true };
        let said = pipe.finish(waker).is_ready();
        if !said {
            self.blocked(clock);
        }
        said
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
        while self.write(connection, clock, waker) {}
        let nothing_left = connection.has_failed() || connection.has_sent_everything();
        let flushed = nothing_left && !self.needs_flush;
        let gone = self.pipe.is_none() || (flushed && self.said_goodbye(clock, waker));
        (gone, self.write_at)
    }

    /// Drops the stream, and tells the connection that it is gone.
    pub(super) fn close<S: Store>(&mut self, connection: &mut Connection<S>) {
        if self.pipe.take().is_some() {
            *self = Self::new();
            connection.closed();
        }
    }
}
