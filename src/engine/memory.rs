//! A store for sessions that need not survive the process.

use core::task::{Poll, Waker};

use super::ring::Ring;
use super::store::{Saved, Store};
use super::store_error::StoreError;
use crate::session::SeqNums;
use crate::wire::{SeqNum, UtcTime};

/// Keeps numbers and messages in memory, within fixed bounds.
///
/// Survives reconnects, not the process: good for tests, and for sessions that start each day
/// from 1. What is over the bounds is forgotten from the oldest message on, and gap-filled when
/// the peer asks for it (S-RSND-04).
///
/// ```
/// use core::task::Poll;
///
/// use fixline::engine::{MemoryStore, Store};
/// use fixline::wire::SeqNum;
///
/// let mut store = MemoryStore::with_capacity(1 << 20, 1_000);
/// let one = SeqNum::MIN;
/// store.append(0, one, b"8=FIX.4.4...")?;
/// let Poll::Ready(found) = store.next_message(0, one, one, None) else { unreachable!() };
/// assert_eq!(found?, Some((one, &b"8=FIX.4.4..."[..])));
/// # Ok::<(), fixline::engine::StoreError>(())
/// ```
#[derive(Clone, Debug)]
pub struct MemoryStore {
    saved: Saved,
    /// Ascending by number.
    messages: Ring<SeqNum>,
    messages_max: usize,
}

impl MemoryStore {
    /// A store of at most 16 MiB and 65,536 messages.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(16 << 20, 1 << 16)
    }

    /// A store of at most so many bytes and messages.
    #[must_use]
    pub fn with_capacity(bytes: usize, messages: usize) -> Self {
        Self { saved: Saved::FRESH, messages: Ring::new(bytes, messages), messages_max: messages }
    }

    /// How many messages are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Whether no message is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// A store that goes on with these numbers, as if a reset had begun their epoch.
    #[must_use]
    pub fn from_numbers(mut self, numbers: SeqNums, created: UtcTime) -> Self {
        self.messages.clear();
        self.saved = Saved { numbers, created: Some(created) };
        self
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl Store for MemoryStore {
    fn load(&mut self, _waker: Option<&Waker>) -> Poll<Result<Saved, StoreError>> {
        Poll::Ready(Ok(self.saved))
    }

    #[inline]
    fn append(&mut self, epoch: u32, seq: SeqNum, message: &[u8]) -> Result<(), StoreError> {
        self.saved.check_append(epoch, seq)?;
        self.saved.numbers.next_out = seq.next();
        if message.len() > self.messages.capacity() || self.messages_max == 0 {
            return Ok(());
        }
        if self.messages.len() >= self.messages_max {
            self.messages.pop();
        }
        while !self.messages.push(seq, &[message]) {
            self.messages.pop();
        }
        Ok(())
    }

    fn set_next_out(&mut self, epoch: u32, next_out: SeqNum) -> Result<(), StoreError> {
        self.saved.check_next_out(epoch, next_out)?;
        self.saved.numbers.next_out = next_out;
        Ok(())
    }

    fn set_next_in(
        &mut self,
        epoch: u32,
        next_in: SeqNum,
        reset_pending: bool,
    ) -> Result<(), StoreError> {
        self.saved.check_next_in(epoch, next_in)?;
        self.saved.numbers.next_in = next_in;
        self.saved.numbers.reset_pending = reset_pending;
        Ok(())
    }

    fn reset(&mut self, begin: SeqNums, now: UtcTime) -> Result<(), StoreError> {
        self.saved.check_reset(begin)?;
        self.messages.clear();
        self.saved = Saved { numbers: begin, created: Some(now) };
        Ok(())
    }

    fn sync(&mut self, _waker: Option<&Waker>) -> Poll<Result<(), StoreError>> {
        Poll::Ready(Ok(()))
    }

    fn next_message(
        &mut self,
        epoch: u32,
        from: SeqNum,
        to: SeqNum,
        _waker: Option<&Waker>,
    ) -> Poll<Result<Option<(SeqNum, &[u8])>, StoreError>> {
        if epoch != self.saved.numbers.epoch {
            return Poll::Ready(Ok(None));
        }
        let first = self.messages.first_not(|seq| seq < from);
        Poll::Ready(Ok(self.messages.get(first).filter(|&(seq, _)| seq <= to)))
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn seq(number: u64) -> SeqNum {
        SeqNum::new(number).unwrap()
    }

    fn find(store: &mut MemoryStore, epoch: u32, from: u64, to: u64) -> Option<(u64, Vec<u8>)> {
        match store.next_message(epoch, seq(from), seq(to), None) {
            Poll::Ready(found) => found.unwrap().map(|(seq, bytes)| (seq.get(), bytes.to_vec())),
            Poll::Pending => panic!("memory answers at once"),
        }
    }

    fn load(store: &mut MemoryStore) -> Saved {
        match store.load(None) {
            Poll::Ready(saved) => saved.unwrap(),
            Poll::Pending => panic!("memory answers at once"),
        }
    }

    #[test]
    fn the_oldest_messages_are_forgotten_first() {
        let mut store = MemoryStore::with_capacity(10, 3);
        for number in 1..=4 {
            store.append(0, seq(number), b"abc").unwrap();
        }
        assert_eq!(store.len(), 3);
        assert_eq!(find(&mut store, 0, 1, 9), Some((2, b"abc".to_vec())));
        store.append(0, seq(5), b"0123456789").unwrap();
        assert_eq!(store.len(), 1, "it needs all the room");
        store.append(0, seq(6), b"more than there is room for").unwrap();
        assert_eq!(load(&mut store).numbers.next_out, seq(7));
        assert_eq!(find(&mut store, 0, 6, 6), None);
    }

    #[test]
    fn messages_are_found_from_any_number_on() {
        let mut store = MemoryStore::new();
        for (number, message) in [(2, b"2"), (3, b"3"), (7, b"7")] {
            store.append(0, seq(number), message).unwrap();
        }
        assert_eq!(find(&mut store, 0, 1, 9), Some((2, b"2".to_vec())));
        assert_eq!(find(&mut store, 0, 4, 9), Some((7, b"7".to_vec())));
        assert_eq!(find(&mut store, 0, 4, 6), None);
        assert_eq!(find(&mut store, 0, 8, 9), None);
    }

    #[test]
    fn a_reset_leaves_nothing_behind() {
        let mut store = MemoryStore::new();
        assert!(store.is_empty());
        store.append(0, seq(1), b"one").unwrap();
        assert!(!store.is_empty());
        store.set_next_in(0, seq(5), false).unwrap();
        let begin = SeqNums { epoch: 1, reset_pending: true, ..SeqNums::FRESH };
        store.reset(begin, UtcTime::EPOCH).unwrap();
        assert_eq!(load(&mut store).numbers, begin);
        assert_eq!(find(&mut store, 1, 1, 9), None);
        assert_eq!(find(&mut store, 0, 1, 9), None);
    }
}
