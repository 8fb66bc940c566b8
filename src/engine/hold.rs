//! Messages that came ahead of a gap.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use crate::wire::SeqNum;

/// Holds messages until their turn comes, within a bound of messages and one of bytes.
///
/// Over a bound the newest message is not taken: it is asked for again when its turn comes, so
/// that a peer cannot make the buffer grow (S-SEQ-10), and what is nearest stays. Takes no memory
/// before the first message.
#[derive(Clone)]
pub struct HoldBuffer {
    storage: Vec<u8>,
    /// Ascending by number; the bytes stand in any order.
    held: Vec<Held>,
    bytes: usize,
    messages_max: usize,
    bytes_max: usize,
}

#[derive(Clone, Debug)]
struct Held {
    seq: SeqNum,
    place: Range<usize>,
}

impl HoldBuffer {
    /// An empty buffer with these bounds. With a bound of 0 nothing is held, which is correct,
    /// only slower.
    #[must_use]
    pub const fn new(messages_max: usize, bytes_max: usize) -> Self {
        Self { storage: Vec::new(), held: Vec::new(), bytes: 0, messages_max, bytes_max }
    }

    /// Takes a message; false when it is over a bound.
    pub fn hold(&mut self, seq: SeqNum, message: &[u8]) -> bool {
        let bytes = self.bytes.saturating_add(message.len());
        if self.held.len() >= self.messages_max || bytes > self.bytes_max {
            return false;
        }
        let Err(at) = self.position(seq) else { return true };
        if self.storage.len().saturating_add(message.len()) > self.bytes_max {
            self.close_up();
        }
        let start = self.storage.len();
        self.storage.extend_from_slice(message);
        let place = start..self.storage.len();
        self.held.insert(at, Held { seq, place });
        self.bytes = bytes;
        true
    }

    /// Forgets every message below this number.
    pub fn discard(&mut self, below: SeqNum) {
        let count = self.held.partition_point(|held| held.seq < below);
        for held in self.held.drain(..count) {
            self.bytes = self.bytes.saturating_sub(held.place.len());
        }
        if self.held.is_empty() {
            self.clear();
        }
    }

    /// Forgets everything; keeps the memory.
    pub fn clear(&mut self) {
        self.storage.clear();
        self.held.clear();
        self.bytes = 0;
    }

    /// The message of this number, if it is held.
    #[must_use]
    pub fn get(&self, seq: SeqNum) -> Option<&[u8]> {
        let held = self.held.get(self.position(seq).ok()?)?;
        self.storage.get(held.place.clone())
    }

    /// How many messages are held.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether nothing is held.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    fn position(&self, seq: SeqNum) -> Result<usize, usize> {
        self.held.binary_search_by_key(&seq, |held| held.seq)
    }

    /// Moves what is still held to the front. Happens once per `bytes_max` bytes taken in at
    /// most, so that a byte is moved a bounded number of times on average.
    fn close_up(&mut self) {
        let mut storage = Vec::with_capacity(self.bytes_max.min(self.storage.len()));
        for held in &mut self.held {
            let start = storage.len();
            storage.extend_from_slice(self.storage.get(held.place.clone()).unwrap_or_default());
            held.place = start..storage.len();
        }
        self.storage = storage;
    }
}

impl fmt::Debug for HoldBuffer {
    /// Never shows bytes: messages may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HoldBuffer").field("held", &self.held).field("bytes", &self.bytes).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seq(number: u64) -> SeqNum {
        SeqNum::new(number).unwrap()
    }

    #[test]
    fn messages_come_back_by_number_whatever_the_order_in_which_they_came() {
        let mut hold = HoldBuffer::new(10, 100);
        for number in [7, 3, 5] {
            assert!(hold.hold(seq(number), &[u8::try_from(number).unwrap_or_default(); 4]));
        }
        assert_eq!(hold.get(seq(5)), Some(&[5; 4][..]));
        hold.discard(seq(5));
        assert_eq!(hold.get(seq(3)), None);
        assert_eq!(hold.get(seq(7)), Some(&[7; 4][..]));
        assert_eq!(hold.len(), 2);
    }

    #[test]
    fn over_a_bound_the_newest_is_not_taken() {
        let mut hold = HoldBuffer::new(3, 10);
        assert!(hold.hold(seq(2), b"1234"));
        assert!(hold.hold(seq(3), b"1234"));
        assert!(!hold.hold(seq(4), b"1234"), "bytes");
        assert!(hold.hold(seq(5), b"1"));
        assert!(!hold.hold(seq(6), b"1"), "messages");
        assert_eq!(hold.get(seq(4)), None);
    }

    #[test]
    fn room_of_discarded_messages_is_used_again() {
        let mut hold = HoldBuffer::new(3, 10);
        for number in 1..100 {
            hold.discard(seq(number).previous().unwrap_or(SeqNum::MIN));
            assert!(hold.hold(seq(number), &[u8::try_from(number).unwrap_or_default(); 4]));
            assert_eq!(
                hold.get(seq(number)),
                Some(&[u8::try_from(number).unwrap_or_default(); 4][..])
            );
            assert!(hold.storage.len() <= 10);
        }
    }
}
