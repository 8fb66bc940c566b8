//! What an acceptor that a task drives hands to its owner.

use alloc::collections::VecDeque;
use alloc::fmt;
use alloc::sync::Arc;
use core::future::poll_fn;
use core::task::{Poll, Waker};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::acceptor::AcceptorEvent;
use super::line::Line;
use super::link::Stream;
use crate::adapters::accepting::{Tellings, Told};
use crate::engine::Store;

/// Lines and words on their way to the owner. Lines are bounded by the sessions, of which each has
/// one at most; of the words the oldest make room.
pub(super) struct Queue<T: Stream, S: Store>(Mutex<Inner<T, S>>);

struct Inner<T: Stream, S: Store> {
    lines: VecDeque<Line<T, S>>,
    told: Tellings,
    reader: Option<Waker>,
    over: bool,
    /// The owner has dropped its end: lines are given back at once.
    left: bool,
}

/// The lines of an acceptor, and what there is to know.
pub struct AcceptorEvents<T: Stream, S: Store> {
    queue: Arc<Queue<T, S>>,
}

impl<T: Stream, S: Store> Queue<T, S> {
    pub(super) fn new() -> Arc<Self> {
        let told = Tellings::default();
        let (lines, reader, over, left) = (VecDeque::new(), None, false, false);
        Arc::new(Self(Mutex::new(Inner { lines, told, reader, over, left })))
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T, S>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, event: AcceptorEvent<T, S>) {
        let mut inner = self.lock();
        let unwanted = match event {
            AcceptorEvent::Line(line) if inner.left => Some(line),
            AcceptorEvent::Line(line) => {
                inner.lines.push_back(line);
                None
            }
            AcceptorEvent::Told(told) => {
                inner.told.push(told);
                None
            }
        };
        let reader = inner.reader.take();
        drop(inner);
        // Under no lock: it goes back to the acceptor.
        drop(unwanted);
        if let Some(reader) = reader {
            reader.wake();
        }
    }

    pub(super) fn end(&self) {
        let mut inner = self.lock();
        inner.over = true;
        if let Some(reader) = inner.reader.take() {
            reader.wake();
        }
    }
}

impl<T: Stream, S: Store> AcceptorEvents<T, S> {
    pub(super) const fn new(queue: Arc<Queue<T, S>>) -> Self {
        Self { queue }
    }

    /// The next line, or word; `None` behind a shutdown. May be dropped at any time.
    pub async fn next(&mut self) -> Option<AcceptorEvent<T, S>> {
        poll_fn(|cx| {
            let mut inner = self.queue.lock();
            if let Some(line) = inner.lines.pop_front() {
                return Poll::Ready(Some(AcceptorEvent::Line(line)));
            }
            let told: Option<Told> = inner.told.pop();
            if let Some(told) = told {
                return Poll::Ready(Some(AcceptorEvent::Told(told)));
            }
            if inner.over {
                return Poll::Ready(None);
            }
            inner.reader = Some(cx.waker().clone());
            Poll::Pending
        })
        .await
    }
}

impl<T: Stream, S: Store> Drop for AcceptorEvents<T, S> {
    fn drop(&mut self) {
        let lines = {
            let mut inner = self.queue.lock();
            inner.left = true;
            core::mem::take(&mut inner.lines)
        };
        drop(lines);
    }
}

impl<T: Stream, S: Store> fmt::Debug for AcceptorEvents<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AcceptorEvents").finish_non_exhaustive()
    }
}
