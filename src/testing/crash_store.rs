//! A store that forgets in a crash what it has not confirmed.

use alloc::vec::Vec;

use crate::engine::{MemoryStore, Saved, Store, Synced};
use crate::wire::{SeqNum, UtcTime};

/// Keeps everything in memory, and knows what would survive a crash: what was written before the
/// last [`sync`](Store::sync) that said so.
#[derive(Clone, Debug, Default)]
pub struct CrashStore {
    /// With everything that was written.
    volatile: MemoryStore,
    /// With everything that is durable.
    durable: MemoryStore,
    /// What is in one and not in the other.
    pending: Vec<Write>,
    /// Every message that was ever confirmed, with its epoch and number.
    promised: Vec<(u32, SeqNum, Vec<u8>)>,
}

#[derive(Clone, Debug)]
enum Write {
    Append(u32, SeqNum, Vec<u8>),
    NextOut(u32, SeqNum),
    NextIn(u32, SeqNum, bool),
    Reset(u32, bool, UtcTime),
}

impl CrashStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What is left after a crash.
    #[must_use]
    pub fn crash(self) -> Self {
        let Self { durable, promised, .. } = self;
        Self { volatile: durable.clone(), durable, pending: Vec::new(), promised }
    }

    /// Every message that was ever confirmed, with its epoch and number, in that order: the peer
    /// must get each of them.
    pub fn promised(&self) -> impl Iterator<Item = (u32, SeqNum, &[u8])> {
        self.promised.iter().map(|(epoch, seq, message)| (*epoch, *seq, message.as_slice()))
    }
}

fn write(store: &mut MemoryStore, write: &Write) -> Result<(), <MemoryStore as Store>::Error> {
    match write {
        Write::Append(epoch, seq, message) => store.append(*epoch, *seq, message),
        Write::NextOut(epoch, next_out) => store.set_next_out(*epoch, *next_out),
        Write::NextIn(epoch, next_in, pending) => store.set_next_in(*epoch, *next_in, *pending),
        Write::Reset(epoch, pending, now) => store.reset(*epoch, *pending, *now),
    }
}

impl CrashStore {
    fn both(&mut self, new: Write) -> Result<(), <Self as Store>::Error> {
        write(&mut self.volatile, &new)?;
        self.pending.push(new);
        Ok(())
    }
}

impl Store for CrashStore {
    type Error = <MemoryStore as Store>::Error;

    fn load(&mut self) -> Result<Saved, Self::Error> {
        self.volatile.load()
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
        for pending in self.pending.drain(..) {
            write(&mut self.durable, &pending)?;
            if let Write::Append(epoch, seq, message) = pending {
                self.promised.push((epoch, seq, message));
            }
        }
        Ok(Synced::Now)
    }

    fn next_message(
        &mut self,
        epoch: u32,
        from: SeqNum,
        to: SeqNum,
    ) -> Result<Option<(SeqNum, &[u8])>, Self::Error> {
        self.volatile.next_message(epoch, from, to)
    }
}
