//! What an acceptor that something else drives hands to its owner.

use alloc::collections::VecDeque;
use alloc::fmt;
use alloc::sync::Arc;
use core::future::poll_fn;
use core::task::{Poll, Waker};
use core::time::Duration;

use super::told::{Tellings, Told};
use crate::adapters::latch::{Latch, Latched, Wakeful, Wakes};
use crate::adapters::mailbox::{Stopped, block_on};
use crate::session::Reason;

/// Something that an acceptor hands to its owner.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "a line, or a word")]
pub enum AcceptorEvent<L> {
    /// A connection has said who it is: this is its line. Somebody has to drive it.
    Line(L),
    /// Something to know.
    Told(Told),
}

/// Lines and words on their way to the owner. Lines are bounded by the sessions, of which each has
/// one at most; of the words the oldest make room.
pub(in crate::adapters) struct Queue<L>(Latch<Inner<L>>);

struct Inner<L> {
    lines: VecDeque<L>,
    told: Tellings,
    reader: Option<Waker>,
    over: bool,
    /// The owner has dropped its end: lines are given back at once.
    left: bool,
    wakes: Wakes,
}

impl<L> Wakeful for Inner<L> {
    fn wakes(&mut self) -> &mut Wakes {
        &mut self.wakes
    }
}

/// The lines of an acceptor, and what there is to know.
pub struct AcceptorEvents<L> {
    queue: Arc<Queue<L>>,
}

impl<L> Queue<L> {
    pub(in crate::adapters) fn new() -> Arc<Self> {
        let (told, wakes) = (Tellings::default(), Wakes::default());
        let (lines, reader, over, left) = (VecDeque::new(), None, false, false);
        Arc::new(Self(Latch::new(Inner { lines, told, reader, over, left, wakes })))
    }

    fn lock(&self) -> Latched<'_, Inner<L>> {
        self.0.lock()
    }

    pub(in crate::adapters) fn push(&self, event: AcceptorEvent<L>) {
        let mut inner = self.lock();
        inner.wake_reader();
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
        drop(inner);
        // Under no lock: it goes back to the acceptor.
        drop(unwanted);
    }

    pub(in crate::adapters) fn end(&self) {
        let mut inner = self.lock();
        inner.over = true;
        inner.wake_reader();
    }

    fn poll_pop(&self, waker: &Waker) -> Poll<Option<AcceptorEvent<L>>> {
        let mut inner = self.lock();
        let inner = &mut *inner;
        if let Some(line) = inner.lines.pop_front() {
            return Poll::Ready(Some(AcceptorEvent::Line(line)));
        }
        if let Some(told) = inner.told.pop() {
            return Poll::Ready(Some(AcceptorEvent::Told(told)));
        }
        if inner.over {
            return Poll::Ready(None);
        }
        inner.wakes.keep(&mut inner.reader, waker);
        Poll::Pending
    }
}

impl<L> Inner<L> {
    fn wake_reader(&mut self) {
        self.wakes.wake(self.reader.take());
    }
}

impl<L> AcceptorEvents<L> {
    pub(in crate::adapters) const fn new(queue: Arc<Queue<L>>) -> Self {
        Self { queue }
    }

    /// The next line, or word; `None` behind a shutdown. May be dropped at any time.
    pub async fn next(&mut self) -> Option<AcceptorEvent<L>> {
        poll_fn(|cx| self.queue.poll_pop(cx.waker())).await
    }

    /// The same for threads; `Ok(None)` when nothing happens for so long.
    ///
    /// # Errors
    ///
    /// The acceptor was shut down, and everything was taken.
    pub fn wait_next(&mut self, patience: Duration) -> Result<Option<AcceptorEvent<L>>, Stopped> {
        match block_on(self.next(), patience) {
            None => Ok(None),
            Some(Some(event)) => Ok(Some(event)),
            Some(None) => Err(Stopped(Reason::Requested)),
        }
    }
}

impl<L> Drop for AcceptorEvents<L> {
    fn drop(&mut self) {
        let lines = {
            let mut inner = self.queue.lock();
            inner.left = true;
            core::mem::take(&mut inner.lines)
        };
        drop(lines);
    }
}

impl<L> fmt::Debug for AcceptorEvents<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AcceptorEvents").finish_non_exhaustive()
    }
}
