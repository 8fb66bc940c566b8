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
        self.erase_logons();
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
        other.erase_logons();
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
        if let Some(entry) = self.entries.get(at) {
            erase(entry, &mut self.bytes);
        }
    }

    /// Overwrites every message that may hold a password.
    fn erase_logons(&mut self) {
        for entry in &self.entries {
            erase(entry, &mut self.bytes);
        }
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.erase_logons();
    }
}

fn erase(entry: &Entry, bytes: &mut [u8]) {
    if let Entry::Authenticate { place, .. } = entry
        && let Some(bytes) = bytes.get_mut(place.clone())
    {
        bytes.fill(0);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Connection, ConnectionOptions, Entry as Entrance, MemoryStore, Progress};
    use crate::session::{Config, Now, ResendPolicy, Version};
    use crate::wire::from_text;

    fn logon() -> Vec<u8> {
        from_text("8=FIX.4.4|35=A|34=1|49=A|52=20261130-09:30:00|56=B|98=0|108=30|554=canary|")
    }

    /// A batch with a Logon that waits for its verdict.
    fn asking() -> Batch {
        let now =
            Now::new(Instant::from_millis(0), UtcTime::parse(b"20261130-09:30:00").expect("52"));
        let config = Config::acceptor(Version::Fix44, "B", "A", ResendPolicy::All);
        let (config, store) = (config.build().expect("valid"), MemoryStore::new());
        let mut line = Connection::new(config, store, ConnectionOptions::new()).expect("it fits");
        assert!(line.open().is_ready());
        line.connected(now, Entrance { first_bytes: &logon(), ..Entrance::PLAIN }).expect("open");
        assert_eq!(line.advance(now), Progress::Events);
        let mut batch = Batch::default();
        batch.take_in(line.event(now).expect("a Logon"));
        batch
    }

    fn holds_password(batch: &Batch) -> bool {
        batch.bytes.windows(6).any(|six| six == b"canary")
    }

    // SAFE-04
    #[test]
    fn safe_04_a_logon_is_erased_behind_its_event_and_wherever_it_was_copied() {
        let mut batch = asking();
        assert!(holds_password(&batch));
        batch.erase(0);
        assert!(!holds_password(&batch), "the application asked for what follows");
        let (mut first, mut second) = (asking(), asking());
        first.append(&mut second);
        assert_eq!((first.len(), second.len()), (2, 0));
        first.erase_logons();
        assert!(!holds_password(&first), "both of them");
    }

    #[test]
    fn a_batch_is_full_at_its_bounds_and_takes_a_long_message_alone() {
        let mut batch = Batch::default();
        assert!(batch.has_room_for(usize::MAX), "alone");
        batch.bytes = Vec::from(&[0; 10][..]);
        assert!(batch.has_room_for(BYTES_MAX - 10) && !batch.has_room_for(BYTES_MAX - 9));
        let mut other = Batch::default();
        other.bytes = [0].repeat(BYTES_MAX - 10);
        assert!(batch.has_room_for_all(&other));
        other.bytes.push(0);
        assert!(!batch.has_room_for_all(&other));
        let mut batch = Batch::default();
        for missed in 1..EVENTS_MAX {
            batch.push(Entry::Missed(missed as u64));
        }
        let mut other = Batch::default();
        other.push(Entry::Missed(1));
        assert!(batch.has_room_for(0) && batch.has_room_for_all(&other));
        batch.push(Entry::Missed(1));
        assert!(!batch.has_room_for(0) && !batch.has_room_for_all(&other));
    }
}
