//! A store that outlives its session, and that a script can look at and break.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use fixline::engine::{MemoryStore, Saved, Store, StoreError, StoreErrorKind};
use fixline::session::SeqNums;
use fixline::wire::{SeqNum, UtcTime};

/// A handle on one disk; each is the same store.
#[derive(Clone, Default)]
pub(crate) struct Disk {
    inner: Arc<Mutex<Inner>>,
    read: Vec<u8>,
}

#[derive(Default)]
struct Inner {
    store: MemoryStore,
    /// So many loads fail.
    bad_loads: usize,
    /// How long each message takes to be kept.
    slow: Duration,
    syncs: usize,
}

impl Disk {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn fail_loads(&self, count: usize) {
        self.lock().bad_loads = count;
    }

    pub(crate) fn slow_down(&self, each: Duration) {
        self.lock().slow = each;
    }

    pub(crate) fn saved(&self) -> SeqNums {
        match self.lock().store.load(None) {
            Poll::Ready(Ok(saved)) => saved.numbers,
            other => panic!("a store in memory answers: {other:?}"),
        }
    }

    pub(crate) fn next_in(&self) -> u64 {
        self.saved().next_in.get()
    }
}

impl Store for Disk {
    fn load(&mut self, waker: Option<&Waker>) -> Poll<Result<Saved, StoreError>> {
        let mut inner = self.lock();
        if inner.bad_loads > 0 {
            inner.bad_loads -= 1;
            let error = StoreError::new(StoreErrorKind::Unavailable, "the disk is away");
            return Poll::Ready(Err(error));
        }
        inner.store.load(waker)
    }

    fn append(&mut self, epoch: u32, seq: SeqNum, message: &[u8]) -> Result<(), StoreError> {
        let slow = self.lock().slow;
        thread::sleep(slow);
        self.lock().store.append(epoch, seq, message)
    }

    fn set_next_out(&mut self, epoch: u32, next_out: SeqNum) -> Result<(), StoreError> {
        self.lock().store.set_next_out(epoch, next_out)
    }

    fn set_next_in(
        &mut self,
        epoch: u32,
        next_in: SeqNum,
        reset_pending: bool,
    ) -> Result<(), StoreError> {
        self.lock().store.set_next_in(epoch, next_in, reset_pending)
    }

    fn reset(&mut self, begin: SeqNums, now: UtcTime) -> Result<(), StoreError> {
        self.lock().store.reset(begin, now)
    }

    fn sync(&mut self, waker: Option<&Waker>) -> Poll<Result<(), StoreError>> {
        let mut inner = self.lock();
        inner.syncs += 1;
        inner.store.sync(waker)
    }

    fn next_message(
        &mut self,
        epoch: u32,
        from: SeqNum,
        to: SeqNum,
        waker: Option<&Waker>,
    ) -> Poll<Result<Option<(SeqNum, &[u8])>, StoreError>> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        match inner.store.next_message(epoch, from, to, waker) {
            Poll::Ready(Ok(Some((seq, message)))) => {
                self.read = message.to_vec();
                drop(inner);
                Poll::Ready(Ok(Some((seq, &self.read))))
            }
            Poll::Ready(Ok(None)) => Poll::Ready(Ok(None)),
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            Poll::Pending => Poll::Pending,
        }
    }
}
