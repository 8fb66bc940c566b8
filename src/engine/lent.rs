//! A message that the application holds, where it stands.

use super::core::Purpose;
use super::event::MessageId;
use super::hold::HoldBuffer;
use crate::wire::{Facts, Message, ReceiveBuffer, SeqNum};

/// A message that is, or will be, shown to the application. It stays in its buffer until the
/// application asks for the next event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lent {
    pub(super) purpose: Purpose,
    pub(super) place: Place,
    facts: Facts,
    len: usize,
    pub(super) shown: bool,
}

/// Where a lent message stands.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// In the receive buffer, from which all up to `end` goes when the next event is asked for.
    Received { start: usize, end: usize },
    /// In the hold buffer.
    Held(SeqNum),
}

impl Lent {
    pub(super) fn new(purpose: Purpose, message: Message<'_>, place: Place) -> Self {
        Self { purpose, place, facts: message.facts(), len: message.bytes().len(), shown: false }
    }

    /// What the application names when it has handled the message.
    pub(super) fn id(&self) -> Option<MessageId> {
        match self.purpose {
            Purpose::Deliver { epoch, counted: true } => {
                Some(MessageId { epoch, seq: SeqNum::new(self.facts.msg_seq_num())? })
            }
            Purpose::Deliver { .. } | Purpose::Hold | Purpose::Authenticate { .. } => None,
        }
    }

    /// The length of the message in bytes.
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// The message, without what stands behind it.
    pub(super) fn view<'a>(
        &self,
        receive: &'a ReceiveBuffer,
        held: &'a HoldBuffer,
    ) -> Option<Message<'a>> {
        let bytes = match self.place {
            Place::Received { start, end } => receive.readable().get(start..end)?,
            Place::Held(seq) => held.get(seq)?,
        };
        Some(self.facts.view(bytes))
    }
}
