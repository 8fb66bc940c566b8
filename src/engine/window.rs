//! What the application was lent and has not handled: the number that may be saved.

use alloc::collections::VecDeque;

use super::event::MessageId;
use crate::session::SeqNums;
use crate::wire::SeqNum;

/// Delivered messages that are open, each by itself: a bit for each number from the lowest open
/// one on. Bounded, and without allocation in steady state.
///
/// Only messages that used up the expected number are in it; what was lent ahead of a gap says
/// nothing about the numbers below (INV-04).
#[derive(Clone, Debug)]
pub(super) struct Window {
    epoch: u32,
    /// The number of the first bit of the first word.
    base: u64,
    words: VecDeque<u64>,
    open: usize,
    /// The lowest number that nobody will handle before it comes again.
    given_up: Option<SeqNum>,
    numbers_max: u64,
}

const BITS: u64 = 64;

impl Window {
    /// A window over this many numbers, at least one.
    pub(super) fn new(numbers_max: usize) -> Self {
        let numbers_max = u64::try_from(numbers_max).unwrap_or(u64::MAX).max(1);
        Self { epoch: 0, base: 0, words: VecDeque::new(), open: 0, given_up: None, numbers_max }
    }

    /// How many messages are open.
    pub(super) const fn open(&self) -> usize {
        self.open
    }

    /// Whether a message of this number would be too far from the lowest open one.
    pub(super) fn is_full_for(&self, id: MessageId) -> bool {
        self.lowest_in(id.epoch)
            .is_some_and(|lowest| id.seq.get().saturating_sub(lowest.get()) >= self.numbers_max)
    }

    /// The application is lent this message.
    pub(super) fn lend(&mut self, id: MessageId) {
        if self.epoch != id.epoch {
            // What is open of another epoch cannot be saved any more.
            self.clear();
            self.epoch = id.epoch;
        }
        let seq = id.seq.get();
        if self.open == 0 {
            self.words.clear();
            self.base = seq - seq % BITS;
        }
        let Some(offset) = seq.checked_sub(self.base) else { return };
        let (word, bit) = place(offset);
        // The bound of the window bounds the loop.
        while self.words.len() <= word {
            self.words.push_back(0);
        }
        if let Some(bits) = self.words.get_mut(word)
            && *bits & bit == 0
        {
            *bits |= bit;
            self.open = self.open.saturating_add(1);
        }
    }

    /// The application has handled exactly this message; whether it was open.
    pub(super) fn handled(&mut self, id: MessageId) -> bool {
        if id.epoch != self.epoch {
            return false;
        }
        let Some(offset) = id.seq.get().checked_sub(self.base) else { return false };
        let (word, bit) = place(offset);
        let Some(bits) = self.words.get_mut(word).filter(|bits| **bits & bit != 0) else {
            return false;
        };
        *bits &= !bit;
        self.open = self.open.saturating_sub(1);
        while self.open > 0 && self.words.front() == Some(&0) {
            self.words.pop_front();
            self.base = self.base.saturating_add(BITS);
        }
        true
    }

    /// Whoever was lent this message will not handle it: it has to come again.
    pub(super) fn give_up(&mut self, id: MessageId) {
        if self.handled(id) {
            self.given_up = Some(self.given_up.map_or(id.seq, |lowest| lowest.min(id.seq)));
        }
    }

    /// Whether a message has to come again.
    pub(super) const fn has_given_up(&self) -> bool {
        self.given_up.is_some()
    }

    /// The application has handled every message up to this one.
    pub(super) fn handled_up_to(&mut self, id: MessageId) {
        while let Some(lowest) = self.lowest_in(id.epoch).filter(|lowest| *lowest <= id.seq) {
            self.handled(MessageId { seq: lowest, ..id });
        }
    }

    /// Forgets what is open: nobody will say any more that it is handled.
    pub(super) fn clear(&mut self) {
        self.words.clear();
        self.open = 0;
        self.given_up = None;
    }

    /// The incoming number that may be saved (INV-04): the lowest open one, or the session's.
    pub(super) fn next_in(&self, numbers: SeqNums) -> SeqNum {
        let given_up = self.given_up.filter(|_| self.epoch == numbers.epoch);
        let lowest = [self.lowest_in(numbers.epoch), given_up, Some(numbers.next_in)];
        lowest.into_iter().flatten().min().unwrap_or(numbers.next_in)
    }

    fn lowest_in(&self, epoch: u32) -> Option<SeqNum> {
        if self.open == 0 || self.epoch != epoch {
            return None;
        }
        let mut base = self.base;
        for bits in &self.words {
            if *bits != 0 {
                return SeqNum::new(base.saturating_add(bits.trailing_zeros().into()));
            }
            base = base.saturating_add(BITS);
        }
        None
    }
}

fn place(offset: u64) -> (usize, u64) {
    (usize::try_from(offset / BITS).unwrap_or(usize::MAX), 1 << (offset % BITS))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(seq: u64) -> MessageId {
        MessageId { epoch: 3, seq: SeqNum::new(seq).unwrap() }
    }

    fn next_in(window: &Window, session: u64) -> u64 {
        let next_in = SeqNum::new(session).unwrap();
        window.next_in(SeqNums { epoch: 3, next_in, ..SeqNums::FRESH }).get()
    }

    #[test]
    fn edge_02_exactly_the_handled_message_is_handled() {
        let mut window = Window::new(1_000);
        for seq in [10, 11, 12] {
            window.lend(id(seq));
        }
        assert!(window.handled(id(12)));
        assert_eq!(next_in(&window, 13), 10, "10 and 11 are open");
        assert!(window.handled(id(10)));
        assert_eq!(next_in(&window, 13), 11);
        assert!(!window.handled(id(10)), "it is not open any more");
        assert!(window.handled(id(11)));
        assert_eq!(next_in(&window, 13), 13);
    }

    #[test]
    fn what_is_open_of_another_epoch_holds_nothing_back() {
        let mut window = Window::new(1_000);
        window.lend(id(10));
        let numbers = SeqNums { epoch: 4, ..SeqNums::FRESH };
        assert_eq!(window.next_in(numbers), SeqNum::MIN);
        assert!(!window.handled(MessageId { epoch: 4, ..id(10) }));
        window.lend(MessageId { epoch: 4, seq: SeqNum::MIN });
        assert!(!window.handled(id(10)));
        assert_eq!(window.open(), 1);
    }

    #[test]
    fn the_window_is_full_when_the_lowest_open_number_is_too_far_behind() {
        let mut window = Window::new(100);
        assert!(!window.is_full_for(id(500)), "nothing is open");
        window.lend(id(7));
        assert!(!window.is_full_for(id(106)));
        assert!(window.is_full_for(id(107)));
        window.handled(id(7));
        assert!(!window.is_full_for(id(107)));
    }

    #[test]
    fn edge_01_what_is_given_up_holds_the_number_back_and_no_place_in_the_window() {
        let mut window = Window::new(100);
        for seq in [10, 11, 12] {
            window.lend(id(seq));
        }
        window.give_up(id(11));
        window.give_up(id(11));
        assert_eq!((window.open(), next_in(&window, 13)), (2, 10));
        window.handled(id(10));
        window.handled(id(12));
        assert_eq!((window.open(), next_in(&window, 13)), (0, 11));
        assert!(!window.is_full_for(id(5_000)) && window.has_given_up());
        window.clear();
        assert_eq!(next_in(&window, 13), 13);
    }

    proptest! {
        #[test]
        fn the_number_to_save_is_the_lowest_open_one(
            operations in prop::collection::vec((any::<bool>(), 0usize..40), 0..300),
        ) {
            let mut window = Window::new(10_000);
            let (mut open, mut next) = (alloc::collections::BTreeSet::new(), 61u64);
            for (lends, which) in operations {
                if lends {
                    window.lend(id(next));
                    open.insert(next);
                    next += 1 + u64::try_from(which % 3).unwrap() * 40;
                } else if let Some(&seq) = open.iter().nth(which) {
                    prop_assert!(window.handled(id(seq)));
                    open.remove(&seq);
                }
                prop_assert_eq!(window.open(), open.len());
                prop_assert_eq!(next_in(&window, next), open.first().copied().unwrap_or(next));
            }
            window.handled_up_to(id(next));
            prop_assert_eq!(window.open(), 0);
        }
    }
}
