//! What the application has not seen yet, apart from messages.

use alloc::collections::VecDeque;

use super::error::Refused;
use super::outbox::Ticket;
use crate::session::{Notice, Reason, Sent};
use crate::wire::{SeqNum, UtcTime};

/// How many notices wait at most. A step gives fewer than 12, and a connection does not go on
/// while notices wait; only ticks and the application's own requests add to them.
const NOTICES_MAX: usize = 64;

/// Events that were given out by the session or the store and not taken yet.
#[derive(Clone, Debug)]
pub(super) struct Pending<E> {
    notices: VecDeque<Notice>,
    /// Notices that were dropped because nobody took them.
    pub(super) missed: u64,
    pub(super) sign: Option<Sign>,
    pub(super) numbered: Option<(Ticket, Result<Sent, Refused>)>,
    pub(super) failure: Option<E>,
    pub(super) disconnected: Option<Reason>,
}

/// The question for the last fields of our Logon.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sign {
    pub(super) attempt: u32,
    pub(super) seq: SeqNum,
    pub(super) sending_time: UtcTime,
}

impl<E> Pending<E> {
    pub(super) fn new() -> Self {
        Self {
            notices: VecDeque::with_capacity(NOTICES_MAX),
            missed: 0,
            sign: None,
            numbered: None,
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

    pub(super) fn next_notice(&mut self) -> Option<Notice> {
        self.notices.pop_front()
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.notices.is_empty()
            && self.sign.is_none()
            && self.numbered.is_none()
            && self.failure.is_none()
            && self.disconnected.is_none()
    }
}
