//! The incoming number: what the application has handled, and what the store knows of it.

use super::lent::Lent;
use crate::session::Session;
use crate::wire::SeqNum;

/// The incoming number as the store knows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inbound {
    saved: (u32, SeqNum, bool),
    unhandled: Option<Unhandled>,
}

/// Messages that were delivered and are not known to be handled.
#[derive(Clone, Copy, Debug)]
struct Unhandled {
    epoch: u32,
    from: SeqNum,
    last: SeqNum,
}

impl Inbound {
    pub(super) fn new(session: &Session) -> Self {
        let numbers = session.seq_nums();
        Self { saved: (numbers.epoch, numbers.next_in, numbers.reset_pending), unhandled: None }
    }

    /// The store was told.
    pub(super) const fn saved(&mut self, epoch: u32, next_in: SeqNum, reset_pending: bool) {
        self.saved = (epoch, next_in, reset_pending);
    }

    /// The application is lent a message, which it has not handled yet.
    #[inline]
    pub(super) fn lend(&mut self, lent: &Lent) {
        let Some((epoch, seq)) = lent.delivered() else {
            return;
        };
        match &mut self.unhandled {
            Some(unhandled) if unhandled.epoch == epoch => {
                unhandled.last = unhandled.last.max(seq);
            }
            _ => {
                self.unhandled = Some(Unhandled { epoch, from: seq, last: seq });
            }
        }
    }

    /// The application has handled every message up to this one.
    #[inline]
    pub(super) fn handled(&mut self, epoch: u32, seq: SeqNum) {
        if let Some(unhandled) = &mut self.unhandled
            && unhandled.epoch == epoch
        {
            if seq >= unhandled.last {
                self.unhandled = None;
            } else {
                unhandled.from = unhandled.from.max(seq.next());
            }
        }
    }

    /// What the store should know and does not. Within an epoch the number never goes back: what
    /// is delivered again at an operator's wish was handled before (S-RR-10).
    #[inline]
    pub(super) fn unsaved(&self, session: &Session) -> Option<(u32, SeqNum, bool)> {
        let numbers = session.seq_nums();
        let mut next_in = numbers.next_in;
        if let Some(unhandled) = self.unhandled
            && unhandled.epoch == numbers.epoch
        {
            next_in = next_in.min(unhandled.from);
        }
        if self.saved.0 == numbers.epoch {
            next_in = next_in.max(self.saved.1);
        }
        let unsaved = (numbers.epoch, next_in, numbers.reset_pending);
        (unsaved != self.saved).then_some(unsaved)
    }
}
