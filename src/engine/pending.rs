//! What the application has not seen yet, apart from messages.

use alloc::collections::VecDeque;

use super::delivery::{Delivery, SendError};
use super::event::{Attempt, Event};
use super::outbox::Ticket;
use super::store_error::StoreError;
use crate::session::{Notice, Reason};
use crate::wire::{SeqNum, UtcTime};

/// How many notices wait at most. A step gives fewer than 12, and a connection does not go on
/// while notices wait; only ticks and the application's own requests add to them.
const NOTICES_MAX: usize = 64;

/// Events that were given out by the session or the store and not taken yet.
#[derive(Clone, Debug)]
pub(super) struct Pending {
    notices: VecDeque<Notice>,
    /// Notices that were dropped because nobody took them.
    missed: u64,
    pub(super) sign: Option<Sign>,
    pub(super) sent: Option<(Ticket, Result<Delivery, SendError>)>,
    pub(super) failure: Option<StoreError>,
    pub(super) disconnected: Option<Reason>,
}

/// The question for the last fields of our Logon.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sign {
    pub(super) attempt: Attempt,
    pub(super) seq: SeqNum,
    pub(super) sending_time: UtcTime,
}

impl Pending {
    pub(super) fn new() -> Self {
        Self {
            notices: VecDeque::new(),
            missed: 0,
            sign: None,
            sent: None,
            failure: None,
            disconnected: None,
        }
    }

    pub(super) fn notify(&mut self, notice: Notice) {
        if self.notices.len() < NOTICES_MAX {
            self.notices.push_back(notice);
        } else {
            self.missed = self.missed.saturating_add(1);
        }
    }

    /// What happened before anything that is lent now.
    pub(super) fn next<'a>(&mut self) -> Option<Event<'a>> {
        if let Some(notice) = self.notices.pop_front() {
            return Some(Event::Notice(notice));
        }
        if self.missed > 0 {
            return Some(Event::Missed(core::mem::take(&mut self.missed)));
        }
        if let Some(Sign { attempt, seq, sending_time }) = self.sign.take() {
            return Some(Event::Sign { attempt, seq, sending_time });
        }
        if let Some((ticket, result)) = self.sent.take() {
            return Some(Event::Sent { ticket, result });
        }
        self.failure.take().map(Event::StoreFailed)
    }

    /// Nobody will take what a connection had to say; what became of drafts is still told. How
    /// many notices there were.
    pub(super) fn forget(&mut self) -> u64 {
        let waiting = u64::try_from(self.notices.len()).unwrap_or(u64::MAX);
        self.notices.clear();
        self.sign = None;
        self.disconnected = None;
        core::mem::take(&mut self.missed).saturating_add(waiting)
    }

    /// Whether [`next`](Self::next) has something.
    #[inline]
    pub(super) fn has_next(&self) -> bool {
        !self.notices.is_empty()
            || self.missed > 0
            || self.sign.is_some()
            || self.sent.is_some()
            || self.failure.is_some()
    }
}
