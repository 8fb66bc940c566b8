//! Records of bytes, first in first out, in one allocation; each stands in one piece.

use alloc::collections::VecDeque;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

/// A bounded queue of byte records, each with something known about it.
#[derive(Clone)]
pub(super) struct Ring<T> {
    storage: Vec<u8>,
    records: VecDeque<Record<T>>,
}

#[derive(Clone, Copy, Debug)]
struct Record<T> {
    about: T,
    start: usize,
    len: usize,
}

impl<T: Copy> Ring<T> {
    /// A ring for this many bytes. Memory for the first `records` records is taken now.
    pub(super) fn new(bytes: usize, records: usize) -> Self {
        Self { storage: vec![0; bytes], records: VecDeque::with_capacity(records) }
    }

    /// Appends a record, the concatenation of `parts`; false when there is no room in one piece.
    #[inline]
    pub(super) fn push(&mut self, about: T, parts: &[&[u8]]) -> bool {
        let len = parts.iter().fold(0usize, |sum, part| sum.saturating_add(part.len()));
        let Some(start) = self.place_for(len) else {
            return false;
        };
        let mut at = start;
        for part in parts {
            let end = at.saturating_add(part.len());
            if let Some(target) = self.storage.get_mut(at..end) {
                target.copy_from_slice(part);
            }
            at = end;
        }
        self.records.push_back(Record { about, start, len });
        true
    }

    /// Drops the oldest record.
    pub(super) fn pop(&mut self) {
        self.records.pop_front();
    }

    /// Drops all records; keeps the memory.
    pub(super) fn clear(&mut self) {
        self.records.clear();
    }

    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    pub(super) const fn capacity(&self) -> usize {
        self.storage.len()
    }

    /// The record at this place, the oldest being 0.
    pub(super) fn get(&self, index: usize) -> Option<(T, &[u8])> {
        let record = self.records.get(index)?;
        let end = record.start.saturating_add(record.len);
        Some((record.about, self.storage.get(record.start..end)?))
    }

    /// What is known about the record at this place.
    pub(super) fn about_mut(&mut self, index: usize) -> Option<&mut T> {
        self.records.get_mut(index).map(|record| &mut record.about)
    }

    /// The place of the first record of which `before` is false; it must be true of all up to
    /// some record and false from there on.
    pub(super) fn first_not(&self, mut before: impl FnMut(T) -> bool) -> usize {
        self.records.partition_point(|record| before(record.about))
    }

    /// Where `len` bytes fit in one piece, behind the newest record or before the oldest.
    fn place_for(&self, len: usize) -> Option<usize> {
        let (Some(oldest), Some(newest)) = (self.records.front(), self.records.back()) else {
            return (len <= self.storage.len()).then_some(0);
        };
        let head = newest.start.saturating_add(newest.len);
        if newest.start < oldest.start {
            return (len <= oldest.start.saturating_sub(head)).then_some(head);
        }
        if len <= self.storage.len().saturating_sub(head) {
            Some(head)
        } else {
            (len <= oldest.start).then_some(0)
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Ring<T> {
    /// Never shows bytes: records may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ring").field("records", &self.records).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_out_as_they_went_in_however_the_ring_wraps() {
        let mut ring = Ring::new(10, 4);
        assert!(ring.push(1, &[b"abc", b"d"]));
        assert!(ring.push(2, &[b"efgh"]));
        assert!(!ring.push(3, &[b"ijk"]), "two bytes are left");
        ring.pop();
        assert!(ring.push(3, &[b"ijk"]), "before the oldest");
        assert!(!ring.push(4, &[b"lm"]), "one byte is left");
        assert_eq!(ring.get(0), Some((2, &b"efgh"[..])));
        assert_eq!(ring.get(1), Some((3, &b"ijk"[..])));
        assert_eq!(ring.get(2), None);
        assert_eq!(ring.first_not(|n| n < 3), 1);
    }

    #[test]
    fn an_emptied_ring_takes_a_record_of_its_whole_size() {
        let mut ring = Ring::new(4, 1);
        assert!(ring.push((), &[b"ab"]));
        ring.pop();
        assert!(ring.push((), &[b"abcd"]));
        assert!(!ring.push((), &[b"e"]));
    }
}
