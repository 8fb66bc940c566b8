//! A store that forgets in a crash what it has not confirmed.

use alloc::vec::Vec;
use core::fmt;
use core::task::{Poll, Waker, ready};

use crate::engine::{MemoryStore, Saved, Store, StoreError, StoreErrorKind};
use crate::session::SeqNums;
use crate::wire::{SeqNum, UtcTime};

/// How much a store keeps: more than a test sends, little enough to be made for every case.
const BYTES_MAX: usize = 1 << 20;
const MESSAGES_MAX: usize = 1 << 13;

/// Keeps everything in memory, and knows what would survive a crash: what was written before the
/// last [`sync`](Store::sync) that said so.
///
/// It answers at once, after some polls or when it is told to; it fails at the call that it is told
/// to fail at; and it can crash at any time.
#[derive(Clone)]
pub struct CrashStore {
    /// With everything that was written.
    volatile: MemoryStore,
    /// With everything that is durable.
    durable: MemoryStore,
    /// What is in one and not in the other.
    pending: Vec<Write>,
    /// Every message that was ever confirmed, with its epoch and number.
    promised: Vec<(u32, SeqNum, Vec<u8>)>,
    /// The numbers that are durable.
    saved: Saved,
    load: Later,
    commit: Later,
    read: Later,
    /// How many of the pending writes the commit covers that goes on.
    committing: usize,
    calls: u64,
    fault: Option<Fault>,
    /// How many writes survive a failure that no commit confirmed.
    kept: usize,
    failed: bool,
}

#[derive(Clone)]
enum Write {
    Append(u32, SeqNum, Vec<u8>),
    NextOut(u32, SeqNum),
    NextIn(u32, SeqNum, bool),
    Reset(SeqNums, UtcTime),
}

/// When the store fails, and how.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// At the next write or commit.
    Write,
    /// At the call with this count.
    Call(u64, StoreErrorKind),
}

/// A kind of call that may answer later.
#[derive(Clone, Debug, Default)]
struct Later {
    /// How often it is asked before it answers.
    polls: u32,
    by_hand: bool,
    /// How often it is still asked, while somebody waits.
    left: Option<u32>,
    waker: Option<Waker>,
}

impl Later {
    fn ask(&mut self, waker: Option<&Waker>) -> Poll<()> {
        let first = if self.by_hand { 1 } else { self.polls };
        let left = self.left.unwrap_or(first);
        let waker = match waker {
            Some(waker) if left > 0 => waker,
            _ => {
                self.end();
                return Poll::Ready(());
            }
        };
        if self.by_hand {
            self.left = Some(left);
            self.waker = Some(waker.clone());
        } else {
            self.left = left.checked_sub(1);
            waker.wake_by_ref();
        }
        Poll::Pending
    }

    fn answer(&mut self) {
        if self.left.is_some() {
            self.left = Some(0);
        }
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn end(&mut self) {
        self.left = None;
        self.waker = None;
    }
}

impl CrashStore {
    /// An empty store of 1 MiB and 8192 messages, which answers at once.
    #[must_use]
    pub fn new() -> Self {
        // Not a copy, which would touch all of the memory.
        let memory = || MemoryStore::with_capacity(BYTES_MAX, MESSAGES_MAX);
        Self {
            volatile: memory(),
            durable: memory(),
            pending: Vec::new(),
            promised: Vec::new(),
            saved: Saved::FRESH,
            load: Later::default(),
            commit: Later::default(),
            read: Later::default(),
            committing: 0,
            calls: 0,
            fault: None,
            kept: 0,
            failed: false,
        }
    }

    /// Commits in the background: the store is asked so many times before a commit is over. It wakes
    /// who asks each time.
    #[must_use]
    pub const fn commit_polls(mut self, polls: u32) -> Self {
        self.commit.polls = polls;
        self
    }

    /// The store is asked so many times before it gives what a session goes on from.
    #[must_use]
    pub const fn load_polls(mut self, polls: u32) -> Self {
        self.load.polls = polls;
        self
    }

    /// The store is asked so many times before it gives a message.
    #[must_use]
    pub const fn read_polls(mut self, polls: u32) -> Self {
        self.read.polls = polls;
        self
    }

    /// Who asks with a waker waits until [`answer`](Self::answer).
    #[must_use]
    pub const fn by_hand(mut self) -> Self {
        self.load.by_hand = true;
        self.commit.by_hand = true;
        self.read.by_hand = true;
        self
    }

    /// After a failure so many of the writes are there all the same that no commit had confirmed.
    #[must_use]
    pub const fn kept_by_failures(mut self, writes: usize) -> Self {
        self.kept = writes;
        self
    }

    /// Ends what goes on, and wakes who waits for it.
    pub fn answer(&mut self) {
        self.load.answer();
        self.commit.answer();
        self.read.answer();
    }

    /// The next write or commit fails. What was not confirmed is lost, and every call fails until
    /// the store is loaded again.
    pub const fn fail(&mut self) {
        self.fault = Some(Fault::Write);
    }

    /// The `call`th call from now on fails, the next being 1, whichever it is, with this kind of
    /// error; see [`fail`](Self::fail).
    pub const fn fail_at(&mut self, call: u32, kind: StoreErrorKind) {
        let lossless = call as u64;
        self.fault = Some(Fault::Call(self.calls.saturating_add(lossless), kind));
    }

    /// What is left after a crash.
    #[must_use]
    pub fn crash(self) -> Self {
        self.crash_keeping(0)
    }

    /// What is left after a crash that came too late for the oldest of the writes that no commit
    /// had confirmed: so many of them are kept.
    #[must_use]
    pub fn crash_keeping(mut self, writes: usize) -> Self {
        self.forget(writes);
        self.failed = false;
        self.fault = None;
        self
    }

    /// The numbers that a crash would leave.
    #[must_use]
    pub const fn durable(&self) -> SeqNums {
        self.saved.numbers
    }

    /// Every message that was ever confirmed, with its epoch and number, in the order in which they
    /// were sent: the peer must get each of them.
    #[must_use]
    pub fn promised(&self) -> &[(u32, SeqNum, Vec<u8>)] {
        &self.promised
    }

    /// How often the store was called.
    #[must_use]
    pub const fn calls(&self) -> u64 {
        self.calls
    }

    /// Loses what was not confirmed, but for the oldest writes.
    fn forget(&mut self, kept: usize) {
        for write in self.pending.drain(..kept.min(self.pending.len())) {
            // It was taken before, and memory does not fail.
            let _taken = apply(&mut self.durable, &write);
        }
        self.volatile.clone_from(&self.durable);
        self.pending.clear();
        self.saved = saved(&mut self.durable);
        self.load.end();
        self.commit.end();
        self.read.end();
    }

    /// Makes the oldest of the pending writes durable.
    fn confirm(&mut self, writes: usize) {
        for pending in self.pending.drain(..writes.min(self.pending.len())) {
            let _taken = apply(&mut self.durable, &pending);
            if let Write::Append(epoch, seq, message) = pending {
                self.promised.push((epoch, seq, message));
            }
        }
        self.saved = saved(&mut self.durable);
    }

    fn both(&mut self, new: Write) -> Result<(), StoreError> {
        self.call(true)?;
        apply(&mut self.volatile, &new)?;
        self.pending.push(new);
        Ok(())
    }

    /// Counts a call, and fails if it is its turn.
    fn call(&mut self, writes: bool) -> Result<(), StoreError> {
        self.calls = self.calls.saturating_add(1);
        if self.failed {
            return Err(StoreError::failed());
        }
        let kind = match self.fault {
            Some(Fault::Write) if writes => StoreErrorKind::Other,
            Some(Fault::Call(call, kind)) if self.calls >= call => kind,
            Some(Fault::Write | Fault::Call(..)) | None => return Ok(()),
        };
        self.fault = None;
        self.failed = true;
        self.forget(self.kept);
        Err(StoreError::new(kind, "the store was told to fail"))
    }
}

impl Default for CrashStore {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for CrashStore {
    /// Never shows what is kept: a message may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CrashStore")
            .field("saved", &self.saved)
            .field("pending", &self.pending.len())
            .field("promised", &self.promised.len())
            .field("calls", &self.calls)
            .field("failed", &self.failed)
            .finish_non_exhaustive()
    }
}

fn apply(store: &mut MemoryStore, write: &Write) -> Result<(), StoreError> {
    match write {
        Write::Append(epoch, seq, message) => store.append(*epoch, *seq, message),
        Write::NextOut(epoch, next_out) => store.set_next_out(*epoch, *next_out),
        Write::NextIn(epoch, next_in, pending) => store.set_next_in(*epoch, *next_in, *pending),
        Write::Reset(begin, now) => store.reset(*begin, *now),
    }
}

/// What a memory store, which answers at once, would give.
fn saved(store: &mut MemoryStore) -> Saved {
    match store.load(None) {
        Poll::Ready(Ok(saved)) => saved,
        Poll::Ready(Err(_)) | Poll::Pending => Saved::FRESH,
    }
}

impl Store for CrashStore {
    fn load(&mut self, waker: Option<&Waker>) -> Poll<Result<Saved, StoreError>> {
        let failed = core::mem::replace(&mut self.failed, false);
        self.call(false)?;
        if self.load.ask(waker).is_pending() {
            self.failed = failed;
            return Poll::Pending;
        }
        self.commit.end();
        Poll::Ready(Ok(saved(&mut self.volatile)))
    }

    fn append(&mut self, epoch: u32, seq: SeqNum, message: &[u8]) -> Result<(), StoreError> {
        self.both(Write::Append(epoch, seq, message.into()))
    }

    fn set_next_out(&mut self, epoch: u32, next_out: SeqNum) -> Result<(), StoreError> {
        self.both(Write::NextOut(epoch, next_out))
    }

    fn set_next_in(
        &mut self,
        epoch: u32,
        next_in: SeqNum,
        reset_pending: bool,
    ) -> Result<(), StoreError> {
        self.both(Write::NextIn(epoch, next_in, reset_pending))
    }

    fn reset(&mut self, begin: SeqNums, now: UtcTime) -> Result<(), StoreError> {
        self.both(Write::Reset(begin, now))
    }

    fn sync(&mut self, waker: Option<&Waker>) -> Poll<Result<(), StoreError>> {
        self.call(true)?;
        if self.commit.left.is_none() {
            self.committing = self.pending.len();
        }
        ready!(self.commit.ask(waker));
        self.confirm(self.committing);
        Poll::Ready(Ok(()))
    }

    fn next_message(
        &mut self,
        epoch: u32,
        from: SeqNum,
        to: SeqNum,
        waker: Option<&Waker>,
    ) -> Poll<Result<Option<(SeqNum, &[u8])>, StoreError>> {
        self.call(false)?;
        ready!(self.read.ask(waker));
        self.volatile.next_message(epoch, from, to, None)
    }
}
