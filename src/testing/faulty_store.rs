//! A store that fails when it is told to, around any other.

use core::task::{Poll, Waker};

use crate::engine::{Saved, Store, StoreError, StoreErrorKind};
use crate::session::SeqNums;
use crate::wire::{SeqNum, UtcTime};

/// Makes one call of a store fail, and every one after it until the store is loaded again.
///
/// What an application or an engine does then can be tried with the store that it really uses.
///
/// ```
/// use fixline::engine::{MemoryStore, Store, StoreErrorKind};
/// use fixline::testing::FaultyStore;
/// use fixline::wire::SeqNum;
///
/// let mut store = FaultyStore::new(MemoryStore::new());
/// store.fail_at(2, StoreErrorKind::Full);
/// store.append(0, SeqNum::MIN, b"8=FIX.4.4...")?;
/// let error = store.set_next_in(0, SeqNum::MIN.next(), false).unwrap_err();
/// assert_eq!(error.kind(), StoreErrorKind::Full);
/// # Ok::<(), fixline::engine::StoreError>(())
/// ```
#[derive(Debug)]
pub struct FaultyStore<S> {
    store: S,
    calls: u64,
    fault: Option<(u64, StoreErrorKind)>,
    does_it: bool,
    failed: bool,
}

impl<S> FaultyStore<S> {
    /// Around this store, without a fault.
    pub const fn new(store: S) -> Self {
        Self { store, calls: 0, fault: None, does_it: false, failed: false }
    }

    /// The `call`th call from now on, the next being 1, fails with this kind of error. Every call
    /// counts, also one that answers later.
    pub const fn fail_at(&mut self, call: u32, kind: StoreErrorKind) {
        let lossless = call as u64;
        self.fault = Some((self.calls.saturating_add(lossless), kind));
    }

    /// The call that fails reaches the store all the same: it is done, and nobody knows.
    pub const fn though_it_is_done(&mut self) {
        self.does_it = true;
    }

    /// How often it was called.
    #[must_use]
    pub const fn calls(&self) -> u64 {
        self.calls
    }

    /// The store within.
    pub const fn store(&self) -> &S {
        &self.store
    }

    /// The store within.
    pub const fn store_mut(&mut self) -> &mut S {
        &mut self.store
    }

    /// The store within.
    pub fn into_inner(self) -> S {
        self.store
    }

    /// Counts a call. Whether the store is to be called, and the error in place of its answer.
    fn call(&mut self) -> (bool, Result<(), StoreError>) {
        self.calls = self.calls.saturating_add(1);
        if self.failed {
            return (false, Err(StoreError::failed()));
        }
        match self.fault {
            Some((call, kind)) if self.calls >= call => {
                self.fault = None;
                self.failed = true;
                let told = StoreError::new(kind, "the store was told to fail");
                (self.does_it, Err(told))
            }
            Some(_) | None => (true, Ok(())),
        }
    }

    fn write(
        &mut self,
        write: impl FnOnce(&mut S) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let (reaches, told) = self.call();
        let done = if reaches { write(&mut self.store) } else { Ok(()) };
        told.and(done)
    }
}

impl<S: Store> Store for FaultyStore<S> {
    fn load(&mut self, waker: Option<&Waker>) -> Poll<Result<Saved, StoreError>> {
        let failed = core::mem::replace(&mut self.failed, false);
        let (_, told) = self.call();
        told?;
        let loaded = self.store.load(waker);
        if loaded.is_pending() {
            self.failed = failed;
        }
        loaded
    }

    fn append(&mut self, epoch: u32, seq: SeqNum, message: &[u8]) -> Result<(), StoreError> {
        self.write(|store| store.append(epoch, seq, message))
    }

    fn set_next_out(&mut self, epoch: u32, next_out: SeqNum) -> Result<(), StoreError> {
        self.write(|store| store.set_next_out(epoch, next_out))
    }

    fn set_next_in(
        &mut self,
        epoch: u32,
        next_in: SeqNum,
        reset_pending: bool,
    ) -> Result<(), StoreError> {
        self.write(|store| store.set_next_in(epoch, next_in, reset_pending))
    }

    fn reset(&mut self, begin: SeqNums, now: UtcTime) -> Result<(), StoreError> {
        self.write(|store| store.reset(begin, now))
    }

    fn sync(&mut self, waker: Option<&Waker>) -> Poll<Result<(), StoreError>> {
        let (reaches, told) = self.call();
        let synced = if reaches { self.store.sync(waker) } else { Poll::Ready(Ok(())) };
        match told {
            Ok(()) => synced,
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    fn next_message(
        &mut self,
        epoch: u32,
        from: SeqNum,
        to: SeqNum,
        waker: Option<&Waker>,
    ) -> Poll<Result<Option<(SeqNum, &[u8])>, StoreError>> {
        let (_, told) = self.call();
        told?;
        self.store.next_message(epoch, from, to, waker)
    }
}
