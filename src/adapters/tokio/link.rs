//! A stream, and moving bytes between it and a session: no future is ever dropped half way, since
//! all state stands here.

use alloc::boxed::Box;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

use crate::adapters::clock::Clock;
use crate::adapters::driven::{Driven, Way};
use crate::engine::{Closing, ClosingStep, Connection, Progress, Store};
use crate::session::{Instant, Now};

/// How long the last bytes of an ended session, and the goodbye of its transport, may take.
pub(super) const CLOSE_PATIENCE: Duration = Duration::from_secs(1);

/// How often one poll may go round before it lets others run.
const ROUNDS_MAX: usize = 16;

/// A byte stream: TCP, TLS, a Unix socket, one in memory.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> Stream for T {}

/// The stream of a session, while it has one.
pub(super) struct Link<T> {
    stream: Option<T>,
    /// The peer will send nothing more.
    at_end: bool,
    /// Bytes were written, and the stream may still keep them back.
    needs_flush: bool,
    closing: Closing,
    timer: Option<Pin<Box<Sleep>>>,
    /// What the timer is set to.
    timer_at: Option<Instant>,
}

/// What a turn came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turned {
    /// The connection has an event, for who drives by hand.
    Event,
    /// Nothing is left to do before something wakes the task.
    Waits,
    /// There is no stream, and everything of the last connection was taken.
    Over,
}

impl<T: Stream> Link<T> {
    pub(super) const fn new() -> Self {
        Self {
            stream: None,
            at_end: false,
            needs_flush: false,
            closing: Closing::new(CLOSE_PATIENCE),
            timer: None,
            timer_at: None,
        }
    }

    pub(super) fn attach(&mut self, stream: T) {
        self.stream = Some(stream);
        self.at_end = false;
        self.needs_flush = false;
        self.closing = Closing::new(CLOSE_PATIENCE);
    }

    pub(super) const fn is_attached(&self) -> bool {
        self.stream.is_some()
    }

    /// Does everything that can be done without waiting. `wake_at` is when the caller wants to be
    /// woken besides.
    pub(super) fn turn<S: Store>(
        &mut self,
        driven: &mut Driven<S>,
        clock: &Clock,
        way: Way,
        wake_at: Option<Instant>,
        cx: &mut Context<'_>,
    ) -> Turned {
        for _ in 0..ROUNDS_MAX {
            let now = clock.now();
            driven.begin(cx.waker(), now);
            // Before anybody is given up for silence, what has come is read.
            let read = self.read(&mut driven.connection, cx);
            let progress = driven.advance(clock, now, way);
            let wrote = self.write(&mut driven.connection, cx);
            let closed = self.close_if_due(&mut driven.connection, progress, now, cx);
            let more = driven.finish(now);
            if way == Way::ByHand && driven.connection.has_event() {
                return Turned::Event;
            }
            if self.stream.is_none() && driven.is_over() {
                return Turned::Over;
            }
            if read || wrote || closed || more {
                continue;
            }
            let at =
                [driven.wake_at(now), self.closing.deadline(), wake_at].into_iter().flatten().min();
            if !self.is_due(at, clock, cx) {
                return Turned::Waits;
            }
        }
        cx.waker().wake_by_ref();
        Turned::Waits
    }

    /// Reads once; whether something came, or the end.
    fn read<S: Store>(&mut self, connection: &mut Connection<S>, cx: &mut Context<'_>) -> bool {
        let Some(stream) = self.stream.as_mut().filter(|_| !self.at_end) else { return false };
        let spare = connection.spare();
        if spare.is_empty() {
            return false;
        }
        let mut buffer = ReadBuf::new(spare);
        match Pin::new(stream).poll_read(cx, &mut buffer) {
            Poll::Pending => false,
            Poll::Ready(Ok(())) => {
                let count = buffer.filled().len();
                connection.filled(count);
                self.at_end = count == 0;
                true
            }
            Poll::Ready(Err(_)) => {
                self.at_end = true;
                self.close(connection);
                true
            }
        }
    }

    /// Writes what may be sent, as far as the stream takes it; whether it took anything.
    fn write<S: Store>(&mut self, connection: &mut Connection<S>, cx: &mut Context<'_>) -> bool {
        let mut wrote = false;
        while let Some(stream) = &mut self.stream {
            let bytes = connection.flushable();
            if bytes.is_empty() {
                break;
            }
            match Pin::new(stream).poll_write(cx, bytes) {
                Poll::Pending => return wrote,
                Poll::Ready(Ok(count @ 1..)) => {
                    connection.flushed(count);
                    self.needs_flush = true;
                    wrote = true;
                }
                Poll::Ready(Ok(0) | Err(_)) => {
                    self.close(connection);
                    return true;
                }
            }
        }
        self.flush(connection, cx);
        wrote
    }

    /// A stream may keep back what it took until it is flushed.
    fn flush<S: Store>(&mut self, connection: &mut Connection<S>, cx: &mut Context<'_>) {
        let Some(stream) = self.stream.as_mut().filter(|_| self.needs_flush) else { return };
        match Pin::new(stream).poll_flush(cx) {
            Poll::Pending => {}
            Poll::Ready(Ok(())) => self.needs_flush = false,
            Poll::Ready(Err(_)) => self.close(connection),
        }
    }

    /// Closes when the session has ended and its last bytes have left, or when the peer has said
    /// its last and everything was read; whether it did.
    fn close_if_due<S: Store>(
        &mut self,
        connection: &mut Connection<S>,
        progress: Progress,
        now: Now,
        cx: &mut Context<'_>,
    ) -> bool {
        if self.stream.is_none() {
            return false;
        }
        if connection.has_ended() {
            return self.close_in_order(connection, now, cx);
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
        now: Now,
        cx: &mut Context<'_>,
    ) -> bool {
        self.closing.begin(now.monotonic);
        if connection.wants_close() && !self.needs_flush {
            self.closing.flushed(now.monotonic);
        }
        if self.closing.step(now.monotonic) == ClosingStep::ShutDown && self.said_goodbye(cx) {
            self.closing.shut_down();
        }
        let closed = self.closing.step(now.monotonic) == ClosingStep::Closed;
        if closed {
            self.close(connection);
        }
        closed
    }

    /// Ends the stream in order; whether that is done.
    pub(super) fn said_goodbye(&mut self, cx: &mut Context<'_>) -> bool {
        self.stream.as_mut().is_none_or(|stream| Pin::new(stream).poll_shutdown(cx).is_ready())
    }

    /// Sends what is left to send, without reading, then says goodbye; whether all of that is done.
    pub(super) fn leave<S: Store>(
        &mut self,
        driven: &mut Driven<S>,
        now: Now,
        cx: &mut Context<'_>,
    ) -> bool {
        let connection = &mut driven.connection;
        connection.wake_with(Some(cx.waker()));
        connection.commit(now);
        driven.driver.confirm(connection, now);
        self.write(connection, cx);
        let nothing_left = connection.has_failed() || connection.has_sent_everything();
        self.stream.is_none() || (nothing_left && !self.needs_flush && self.said_goodbye(cx))
    }

    /// Drops the stream, and tells the connection that it is gone.
    pub(super) fn close<S: Store>(&mut self, connection: &mut Connection<S>) {
        if self.stream.take().is_some() {
            connection.closed();
        }
    }

    /// Whether this instant has come; otherwise the task is woken then.
    pub(super) fn is_due(
        &mut self,
        at: Option<Instant>,
        clock: &Clock,
        cx: &mut Context<'_>,
    ) -> bool {
        let Some(at) = at else {
            self.timer = None;
            self.timer_at = None;
            return false;
        };
        let left = clock.until(at);
        if left.is_zero() {
            return true;
        }
        if self.timer_at != Some(at) {
            self.timer_at = Some(at);
            let until = tokio::time::Instant::now() + left.min(FAR);
            match &mut self.timer {
                Some(timer) => timer.as_mut().reset(until),
                None => self.timer = Some(Box::pin(tokio::time::sleep_until(until))),
            }
        }
        let rung = self.timer.as_mut().is_some_and(|timer| timer.as_mut().poll(cx).is_ready());
        if rung {
            // The clock that counts may be another one than that of the timer.
            self.timer_at = None;
        }
        rung
    }
}

/// Further than any timer has to reach at once.
const FAR: Duration = Duration::from_secs(86_400);
