//! Events on their way to the application, with the messages that they lend.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::ops::Range;

use crate::engine::{
    Attempt, Delivery, Event, MessageId, Origin, Resend, SendError, StoreError, Ticket,
};
use crate::session::{Instant, Notice, Reason};
use crate::wire::{Facts, Message, SeqNum, UtcTime};

/// How many bytes of messages one batch holds at most; a longer message stands alone.
const BYTES_MAX: usize = 256 << 10;

/// How many events one batch holds at most.
const EVENTS_MAX: usize = 4096;

/// Events in the order in which they happened.
#[derive(Debug, Default)]
pub(super) struct Batch {
    bytes: Vec<u8>,
    entries: VecDeque<Entry>,
}

/// An event whose message stands in the batch.
#[derive(Clone, Debug)]
pub(super) enum Entry {
    Message { id: Option<MessageId>, epoch: u32, facts: Facts, place: Range<usize> },
    Authenticate { attempt: Attempt, facts: Facts, place: Range<usize>, from: Option<Origin> },
    Resend { facts: Facts, place: Range<usize> },
    Sign { attempt: Attempt, seq: SeqNum, sending_time: UtcTime },
    Sent { ticket: Ticket, result: Result<Delivery, SendError> },
    Notice(Notice),
    Missed(u64),
    StoreFailed(StoreError),
    Connecting { address: Arc<str> },
    ConnectFailed { address: Arc<str>, error: Arc<str>, again_at: Option<Instant> },
    Connected { address: Arc<str> },
    NeedsOperator { reason: Reason, advice: &'static str },
    Disconnected(Reason),
}

impl Batch {
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Whether an event with so many bytes fits.
    pub(super) fn has_room_for(&self, bytes: usize) -> bool {
        let bytes = self.bytes.len().saturating_add(bytes);
        self.entries.len() < EVENTS_MAX && (bytes <= BYTES_MAX || self.bytes.is_empty())
    }

    pub(super) fn clear(&mut self) {
        // A message that was longer than all must not cost its memory for ever.
        if self.bytes.capacity() > 2 * BYTES_MAX {
            self.bytes = Vec::new();
        }
        self.bytes.clear();
        self.entries.clear();
    }

    pub(super) fn push(&mut self, entry: Entry) {
        self.entries.push_back(entry);
    }

    /// Copies an event, and the message that it lends. No question is decided by that.
    pub(super) fn take_in(&mut self, event: Event<'_>) {
        let entry = match event {
            Event::Message { id, epoch, message, .. } => {
                Entry::Message { id, epoch, facts: message.facts(), place: self.copy(message) }
            }
            Event::Authenticate { logon, from, verdict } => Entry::Authenticate {
                facts: logon.facts(),
                place: self.copy(logon),
                from: from.cloned(),
                attempt: verdict.later(),
            },
            Event::Resend { message, decision } => {
                *decision = Resend::Later;
                Entry::Resend { facts: message.facts(), place: self.copy(message) }
            }
            Event::Sign { attempt, seq, sending_time } => {
                Entry::Sign { attempt, seq, sending_time }
            }
            Event::Sent { ticket, result } => Entry::Sent { ticket, result },
            Event::Notice(notice) => Entry::Notice(notice),
            Event::Missed(missed) => Entry::Missed(missed),
            Event::StoreFailed(error) => Entry::StoreFailed(error),
            Event::Connecting { address } => Entry::Connecting { address },
            Event::ConnectFailed { address, error, again_at } => {
                Entry::ConnectFailed { address, error, again_at }
            }
            Event::Connected { address } => Entry::Connected { address },
            Event::NeedsOperator { reason, advice } => Entry::NeedsOperator { reason, advice },
            Event::Disconnected(reason) => Entry::Disconnected(reason),
        };
        self.entries.push_back(entry);
    }

    /// Whether there is an event without a message.
    pub(super) fn has_plain(&self) -> bool {
        self.entries.iter().any(Entry::is_plain)
    }

    /// The next event without a message.
    pub(super) fn pop_plain<'a>(&mut self) -> Option<Event<'a>> {
        let at = self.entries.iter().position(Entry::is_plain)?;
        match self.entries.remove(at)? {
            Entry::Sent { ticket, result } => Some(Event::Sent { ticket, result }),
            Entry::Notice(notice) => Some(Event::Notice(notice)),
            Entry::Missed(missed) => Some(Event::Missed(missed)),
            Entry::StoreFailed(error) => Some(Event::StoreFailed(error)),
            Entry::Message { .. }
            | Entry::Authenticate { .. }
            | Entry::Resend { .. }
            | Entry::Sign { .. }
            | Entry::Connecting { .. }
            | Entry::ConnectFailed { .. }
            | Entry::Connected { .. }
            | Entry::NeedsOperator { .. }
            | Entry::Disconnected(_) => None,
        }
    }

    fn copy(&mut self, message: Message<'_>) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(message.bytes());
        start..self.bytes.len()
    }

    /// Moves everything of another batch behind what is here.
    pub(super) fn append(&mut self, other: &mut Self) {
        let offset = self.bytes.len();
        self.bytes.extend_from_slice(&other.bytes);
        self.entries.extend(other.entries.drain(..).map(|entry| entry.moved(offset)));
        other.clear();
    }

    /// Whether everything of another batch fits behind what is here.
    pub(super) fn has_room_for_all(&self, other: &Self) -> bool {
        self.entries.len().saturating_add(other.entries.len()) <= EVENTS_MAX
            && self.bytes.len().saturating_add(other.bytes.len()) <= BYTES_MAX
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn get(&self, at: usize) -> Option<&Entry> {
        self.entries.get(at)
    }

    pub(super) fn message(&self, facts: Facts, place: &Range<usize>) -> Option<Message<'_>> {
        Some(facts.view(self.bytes.get(place.clone())?))
    }

    /// The messages from this place on that somebody has to handle.
    pub(super) fn unhandled_from(&self, at: usize) -> impl Iterator<Item = MessageId> {
        self.entries
            .iter()
            .skip(at)
            .filter_map(|entry| if let Entry::Message { id, .. } = entry { *id } else { None })
    }

    /// Overwrites a message that may hold a password.
    pub(super) fn erase(&mut self, at: usize) {
        if let Some(Entry::Authenticate { place, .. }) = self.entries.get(at)
            && let Some(bytes) = self.bytes.get_mut(place.clone())
        {
            bytes.fill(0);
        }
    }
}

impl Entry {
    /// Whether it is what a session without a line may have to say.
    const fn is_plain(&self) -> bool {
        matches!(self, Self::Sent { .. } | Self::Notice(_) | Self::Missed(_) | Self::StoreFailed(_))
    }

    fn moved(mut self, by: usize) -> Self {
        if let Self::Message { place, .. }
        | Self::Authenticate { place, .. }
        | Self::Resend { place, .. } = &mut self
        {
            *place = place.start.saturating_add(by)..place.end.saturating_add(by);
        }
        self
    }
}
