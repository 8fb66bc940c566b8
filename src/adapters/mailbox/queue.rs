//! Events of one line on their way to the application.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::Waker;

use super::batch::Batch;
use crate::adapters::latch::{Latch, Latched, Wakeful, Wakes};
use crate::engine::MessageId;
use crate::session::Reason;

/// What a driver and [`Events`](super::Events) share.
pub(super) struct Queue {
    /// The driver wants to know what was handled, although it is little.
    wants_handled: AtomicBool,
    inner: Latch<Inner>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) filling: Batch,
    /// The driver has more than fits.
    pub(super) wants_room: bool,
    /// What the application has handled.
    pub(super) handled: Vec<MessageId>,
    pub(super) readers: Readers,
    pub(super) reader: Option<Waker>,
    pub(super) driver: Option<Waker>,
    /// Nothing more will come.
    pub(super) over: Option<Reason>,
    pub(super) wakes: Wakes,
}

impl Wakeful for Inner {
    fn wakes(&mut self) -> &mut Wakes {
        &mut self.wakes
    }
}

/// Who takes the events of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readers {
    /// The application does.
    Reads,
    /// It has dropped them: the line ends.
    Dropped,
    /// It wants no messages: they count as handled, unseen.
    Discards,
}

/// How a queue stood when its line ended.
pub(super) struct Ended {
    /// What the application has handled.
    pub(super) handled: Vec<MessageId>,
    pub(super) readers: Readers,
}

impl Queue {
    pub(super) fn new() -> Arc<Self> {
        let inner = Inner {
            filling: Batch::default(),
            wants_room: false,
            handled: Vec::new(),
            readers: Readers::Reads,
            reader: None,
            driver: None,
            over: None,
            wakes: Wakes::default(),
        };
        Arc::new(Self { wants_handled: AtomicBool::new(false), inner: Latch::new(inner) })
    }

    pub(super) fn lock(&self) -> Latched<'_, Inner> {
        self.inner.lock()
    }

    /// Whether the driver wants to know what was handled; asked once for each wish.
    pub(super) fn wants_handled(&self) -> bool {
        self.wants_handled.load(Ordering::Relaxed)
            && self.wants_handled.swap(false, Ordering::Relaxed)
    }

    pub(super) fn want_handled(&self) {
        self.wants_handled.store(true, Ordering::Relaxed);
    }

    /// Hands over what there is, whatever room there is, and says that nothing more will come.
    /// What the application has handled and the driver was not told of comes back.
    pub(super) fn end(&self, last: &mut Batch, reason: Reason) -> Ended {
        let mut inner = self.lock();
        let mut handled = core::mem::take(&mut inner.handled);
        let readers = inner.readers;
        if readers == Readers::Discards {
            handled.extend(last.unhandled_from(0));
        }
        if inner.over.is_none() {
            if readers == Readers::Reads {
                inner.filling.append(last);
            }
            inner.over = Some(reason);
            inner.wake_reader();
        }
        if readers != Readers::Reads {
            last.clear();
        }
        Ended { handled, readers }
    }
}

impl Inner {
    pub(super) fn wake_driver(&mut self) {
        self.wakes.wake(self.driver.take());
    }

    pub(super) fn wake_reader(&mut self) {
        self.wakes.wake(self.reader.take());
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").finish_non_exhaustive()
    }
}
