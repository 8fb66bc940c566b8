//! What the records of a file come to.

use alloc::vec::Vec;

use super::format::Record;
use crate::engine::Saved;
use crate::wire::SeqNum;

/// What the records so far come to.
#[derive(Clone, Debug)]
pub(super) struct Log {
    pub(super) saved: Saved,
    /// The messages of the epoch, ascending.
    messages: Vec<Entry>,
}

/// Where the bytes of a message stand in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) seq: SeqNum,
    pub(super) at: u64,
    pub(super) len: u32,
}

/// How far a log was at some time; see [`Log::go_back`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    saved: Saved,
    messages: usize,
}

impl Log {
    pub(super) const EMPTY: Self = Self { saved: Saved::FRESH, messages: Vec::new() };

    /// Takes over a record that was checked; the bytes of a message begin at `at`.
    pub(super) fn apply(&mut self, record: Record, at: u64) {
        let numbers = &mut self.saved.numbers;
        match record {
            Record::Message { seq, len, .. } => {
                numbers.next_out = seq.next();
                self.messages.push(Entry { seq, at, len });
            }
            Record::Out { next, .. } => numbers.next_out = next,
            Record::In { next, reset_pending, .. } => {
                numbers.next_in = next;
                numbers.reset_pending = reset_pending;
            }
            Record::Reset { begin, at } => {
                self.saved = Saved { numbers: begin, created: Some(at) };
                self.messages.clear();
            }
        }
    }

    /// Takes over a record that was read, if it can follow what came before. False otherwise, or
    /// when there is no memory for it.
    pub(super) fn follow(&mut self, record: Record, at: u64) -> bool {
        let fits = match record {
            Record::Message { epoch, seq, .. } => self.saved.check_append(epoch, seq),
            Record::Out { epoch, next } => self.saved.check_next_out(epoch, next),
            Record::In { epoch, next, .. } => self.saved.check_next_in(epoch, next),
            Record::Reset { begin, .. } => self.saved.check_reset(begin),
        };
        let follows = fits.is_ok() && self.messages.try_reserve(1).is_ok();
        if follows {
            self.apply(record, at);
        }
        follows
    }

    /// The first message numbered `from` to `to`.
    pub(super) fn find(&self, from: SeqNum, to: SeqNum) -> Option<Entry> {
        let first = self.messages.partition_point(|entry| entry.seq < from);
        self.messages.get(first).filter(|entry| entry.seq <= to).copied()
    }

    pub(super) const fn mark(&self) -> Mark {
        Mark { saved: self.saved, messages: self.messages.len() }
    }

    /// Forgets every record since the mark; there is no reset among them, unless it was the first
    /// record of all.
    pub(super) fn go_back(&mut self, mark: Mark) {
        self.saved = mark.saved;
        self.messages.truncate(mark.messages);
    }
}
