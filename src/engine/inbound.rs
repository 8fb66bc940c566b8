//! The incoming number: what the application has handled, and what the store knows of it.

use super::window::Window;
use crate::session::{SeqNums, Session};
use crate::wire::SeqNum;

/// The incoming number as the store knows it, and what holds it back.
#[derive(Clone, Debug)]
pub(super) struct Inbound {
    saved: (u32, SeqNum, bool),
    pub(super) window: Window,
}

impl Inbound {
    pub(super) fn new(session: &Session, unhandled_max: usize) -> Self {
        let mut inbound =
            Self { saved: (0, SeqNum::MIN, false), window: Window::new(unhandled_max) };
        inbound.saved(session.seq_nums());
        inbound
    }

    /// Another life of the session begins, from what the store has. What is open was rebuilt with
    /// it: it will be delivered again.
    pub(super) fn renew(&mut self, session: &Session) {
        self.window.clear();
        self.saved(session.seq_nums());
    }

    /// The store was told.
    pub(super) const fn saved(&mut self, numbers: SeqNums) {
        self.saved = (numbers.epoch, numbers.next_in, numbers.reset_pending);
    }

    /// The numbers from which the session would be rebuilt now.
    pub(super) fn numbers(&self, session: &Session) -> SeqNums {
        let numbers = session.seq_nums();
        let mut next_in = self.window.next_in(numbers);
        // Within an epoch the number never goes back: what is delivered again at an operator's
        // wish was handled before (S-RR-10).
        if self.saved.0 == numbers.epoch {
            next_in = next_in.max(self.saved.1);
        }
        SeqNums { next_in, ..numbers }
    }

    /// What the store should know and does not.
    #[inline]
    pub(super) fn unsaved(&self, session: &Session) -> Option<SeqNums> {
        let numbers = self.numbers(session);
        let told = (numbers.epoch, numbers.next_in, numbers.reset_pending);
        (told != self.saved).then_some(numbers)
    }
}
