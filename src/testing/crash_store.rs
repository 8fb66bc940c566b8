//! A store that forgets in a crash what it has not confirmed.

use alloc::vec::Vec;

use crate::engine::{MemoryStore, Saved, Store, Synced};
use crate::session::SeqNums;
use crate::wire::{SeqNum, UtcTime};

/// How much a store keeps: more than a test sends, little enough to be made for every case.
const BYTES_MAX: usize = 1 << 20;
const MESSAGES_MAX: usize = 1 << 13;

/// Keeps everything in memory, and knows what would survive a crash: what was written before the
/// last [`sync`](Store::sync) that said so.
#[derive(Clone, Debug)]
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
    numbers: SeqNums,
    /// How often a commit answers that it goes on.
    polls: u32,
    commit: Option<Commit>,
    fails: bool,
}

/// A commit that goes on.
#[derive(Clone, Copy, Debug)]
struct Commit {
    /// How many of the pending writes it covers.
    writes: usize,
    polls_left: u32,
}

/// The store was told to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store was told to fail")]
pub struct StoreDown;

#[derive(Clone, Debug)]
enum Write {
    Append(u32, SeqNum, Vec<u8>),
    NextOut(u32, SeqNum),
    NextIn(u32, SeqNum, bool),
    Reset(u32, bool, UtcTime),
}

impl CrashStore {
    /// An empty store of 1 MiB and 8192 messages, which commits at once.
    #[must_use]
    pub fn new() -> Self {
        // Not a copy, which would touch all of the memory.
        let memory = || MemoryStore::with_capacity(BYTES_MAX, MESSAGES_MAX);
        Self {
            volatile: memory(),
            durable: memory(),
            pending: Vec::new(),
            promised: Vec::new(),
            numbers: SeqNums::FRESH,
            polls: 0,
            commit: None,
            fails: false,
        }
    }

    /// Commits in the background: the store is asked so many times before a commit is over.
    #[must_use]
    pub const fn commit_polls(mut self, polls: u32) -> Self {
        self.polls = polls;
        self
    }

    /// The next write or commit fails, and everything is lost that was not confirmed.
    pub const fn fail(&mut self) {
        self.fails = true;
    }

    /// What is left after a crash.
    #[must_use]
    pub fn crash(mut self) -> Self {
        self.forget();
        self
    }

    fn forget(&mut self) {
        self.volatile.clone_from(&self.durable);
        self.pending.clear();
        self.commit = None;
        self.fails = false;
    }

    /// Makes the oldest of the pending writes durable.
    fn confirm(&mut self, writes: usize) {
        for pending in self.pending.drain(..writes.min(self.pending.len())) {
            apply(&mut self.durable, &pending);
            if let Write::Append(epoch, seq, message) = pending {
                self.promised.push((epoch, seq, message));
            }
        }
        let Ok(saved) = self.durable.load();
        self.numbers = saved.numbers;
    }

    fn both(&mut self, new: Write) -> Result<(), StoreDown> {
        self.check()?;
        apply(&mut self.volatile, &new);
        self.pending.push(new);
        Ok(())
    }

    fn check(&mut self) -> Result<(), StoreDown> {
        if self.fails {
            self.forget();
            return Err(StoreDown);
        }
        Ok(())
    }

    /// The numbers that a crash would leave.
    #[must_use]
    pub const fn durable(&self) -> SeqNums {
        self.numbers
    }

    /// Every message that was ever confirmed, with its epoch and number, in the order in which they
    /// were sent: the peer must get each of them.
    #[must_use]
    pub fn promised(&self) -> &[(u32, SeqNum, Vec<u8>)] {
        &self.promised
    }
}

impl Default for CrashStore {
    fn default() -> Self {
        Self::new()
    }
}

fn apply(store: &mut MemoryStore, write: &Write) {
    let Ok(()) = match write {
        Write::Append(epoch, seq, message) => store.append(*epoch, *seq, message),
        Write::NextOut(epoch, next_out) => store.set_next_out(*epoch, *next_out),
        Write::NextIn(epoch, next_in, pending) => store.set_next_in(*epoch, *next_in, *pending),
        Write::Reset(epoch, pending, now) => store.reset(*epoch, *pending, *now),
    };
}

impl Store for CrashStore {
    type Error = StoreDown;

    fn load(&mut self) -> Result<Saved, Self::Error> {
        let Ok(saved) = self.volatile.load();
        Ok(saved)
    }

    fn append(&mut self, epoch: u32, seq: SeqNum, message: &[u8]) -> Result<(), Self::Error> {
        self.both(Write::Append(epoch, seq, message.into()))
    }

    fn set_next_out(&mut self, epoch: u32, next_out: SeqNum) -> Result<(), Self::Error> {
        self.both(Write::NextOut(epoch, next_out))
    }

    fn set_next_in(
        &mut self,
        epoch: u32,
        next_in: SeqNum,
        reset_pending: bool,
    ) -> Result<(), Self::Error> {
        self.both(Write::NextIn(epoch, next_in, reset_pending))
    }

    fn reset(&mut self, epoch: u32, reset_pending: bool, now: UtcTime) -> Result<(), Self::Error> {
        self.both(Write::Reset(epoch, reset_pending, now))
    }

    fn sync(&mut self) -> Result<Synced, Self::Error> {
        self.check()?;
        let mut commit = self
            .commit
            .take()
            .unwrap_or(Commit { writes: self.pending.len(), polls_left: self.polls });
        if let Some(left) = commit.polls_left.checked_sub(1) {
            commit.polls_left = left;
            self.commit = Some(commit);
            return Ok(Synced::Later);
        }
        self.confirm(commit.writes);
        Ok(Synced::Now)
    }

    fn next_message(
        &mut self,
        epoch: u32,
        from: SeqNum,
        to: SeqNum,
    ) -> Result<Option<(SeqNum, &[u8])>, Self::Error> {
        let Ok(found) = self.volatile.next_message(epoch, from, to);
        Ok(found)
    }
}
