//! A store that does what a script says.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use fixline::engine::{MemoryStore, Saved, Store, StoreError, StoreErrorKind};
use fixline::session::SeqNums;
use fixline::wire::{SeqNum, UtcTime};

/// How a [`Disk`] behaves, and what it was asked for.
#[derive(Debug, Default)]
pub(crate) struct Script {
    /// Fails from this call on, counted down.
    pub(crate) fails_in: Option<usize>,
    /// How it fails; without one, the disk is full.
    pub(crate) kind: Option<StoreErrorKind>,
    /// Commits, loads and reads end when the test says so, for who has a waker.
    pub(crate) slow: bool,
    pub(crate) committed: bool,
    pub(crate) slow_load: bool,
    pub(crate) slow_read: bool,
    pub(crate) syncs: usize,
    pub(crate) calls: Vec<String>,
    /// Whom to wake when the test says that something is over.
    pub(crate) waker: Option<Waker>,
}

/// The means to look at a script and to change it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shared(Arc<Mutex<Script>>);

impl Shared {
    pub(crate) fn get(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The commit that runs is over.
    pub(crate) fn commit(&self) {
        self.get().committed = true;
        self.wake();
    }

    pub(crate) fn wake(&self) {
        let waker = self.get().waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// The calls since the last time, without the questions about commits that run.
    pub(crate) fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.get().calls)
    }
}

/// A memory store that does what a script says.
#[derive(Debug)]
pub(crate) struct Disk {
    pub(crate) memory: MemoryStore,
    pub(crate) script: Shared,
}

impl Disk {
    pub(crate) fn new(memory: MemoryStore) -> Self {
        Self { memory, script: Shared::default() }
    }

    fn check(&self, call: String) -> Result<(), StoreError> {
        let mut script = self.script.get();
        script.calls.push(call);
        let kind = script.kind.unwrap_or(StoreErrorKind::Full);
        match &mut script.fails_in {
            Some(0) => Err(StoreError::new(kind, "disk full")),
            Some(left) => {
                *left -= 1;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// Whether the one who asks has to come again.
    fn puts_off(&self, waker: Option<&Waker>, slow: impl Fn(&Script) -> bool) -> bool {
        let mut script = self.script.get();
        let waits = slow(&script) && waker.is_some();
        if waits {
            script.waker = waker.cloned();
        }
        waits
    }
}

impl Store for Disk {
    fn load(&mut self, waker: Option<&Waker>) -> Poll<Result<Saved, StoreError>> {
        self.check("load".into())?;
        if self.puts_off(waker, |script| script.slow_load) {
            return Poll::Pending;
        }
        self.memory.load(waker)
    }

    fn append(&mut self, epoch: u32, seq: SeqNum, message: &[u8]) -> Result<(), StoreError> {
        self.check(format!("append {epoch}/{seq}"))?;
        self.memory.append(epoch, seq, message)
    }

    fn set_next_out(&mut self, epoch: u32, next_out: SeqNum) -> Result<(), StoreError> {
        self.check(format!("out {epoch}/{next_out}"))?;
        self.memory.set_next_out(epoch, next_out)
    }

    fn set_next_in(
        &mut self,
        epoch: u32,
        next_in: SeqNum,
        pending: bool,
    ) -> Result<(), StoreError> {
        self.check(format!("in {epoch}/{next_in}"))?;
        self.memory.set_next_in(epoch, next_in, pending)
    }

    fn reset(&mut self, begin: SeqNums, now: UtcTime) -> Result<(), StoreError> {
        let SeqNums { epoch, next_in, next_out, .. } = begin;
        self.check(format!("reset {epoch} in {next_in} out {next_out}"))?;
        self.memory.reset(begin, now)
    }

    fn sync(&mut self, waker: Option<&Waker>) -> Poll<Result<(), StoreError>> {
        self.check("sync".into())?;
        self.script.get().syncs += 1;
        if self.puts_off(waker, |script| script.slow && !script.committed) {
            return Poll::Pending;
        }
        self.script.get().committed = false;
        Poll::Ready(Ok(()))
    }

    fn next_message(
        &mut self,
        epoch: u32,
        from: SeqNum,
        to: SeqNum,
        waker: Option<&Waker>,
    ) -> Poll<Result<Option<(SeqNum, &[u8])>, StoreError>> {
        self.check(format!("next {from}-{to}"))?;
        if self.puts_off(waker, |script| script.slow_read) {
            return Poll::Pending;
        }
        self.memory.next_message(epoch, from, to, waker)
    }
}
