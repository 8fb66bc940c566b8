//! A message that the application holds, where it stands.

use super::core::Purpose;
use super::hold::HoldBuffer;
use crate::wire::{Facts, Message, ReceiveBuffer, SeqNum};

/// A message that is, or will be, shown to the application. It stays in its buffer until the
/// application has handled it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lent {
    pub(super) purpose: Purpose,
    pub(super) place: Place,
    facts: Facts,
    pub(super) shown: bool,
}

/// Where a lent message stands.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// In the receive buffer, from which all up to `end` goes when it is handled.
    Received { start: usize, end: usize },
    /// In the hold buffer.
    Held(SeqNum),
}

impl Lent {
    pub(super) fn new(purpose: Purpose, message: Message<'_>, place: Place) -> Self {
        Self { purpose, place, facts: message.facts(), shown: false }
    }

    /// The epoch and the number of a message that was delivered, if it has one.
    pub(super) fn delivered(&self) -> Option<(u32, SeqNum)> {
        match self.purpose {
            Purpose::Deliver { epoch } => Some((epoch, SeqNum::new(self.facts.msg_seq_num())?)),
            Purpose::Hold | Purpose::Authenticate { .. } => None,
        }
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
