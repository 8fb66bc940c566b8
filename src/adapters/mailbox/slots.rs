//! Requests under way, in slots that are used again.

use alloc::vec::Vec;
use core::task::Waker;

use super::ask::Ask;
use crate::engine::{Delivery, Draft, RequestError, SendError, Ticket};
use crate::session::Sent;

/// How many requests may be under way.
const SLOTS_MAX: usize = 1024;

/// How many bytes of drafts may wait for the driver.
pub(super) const BYTES_MAX: usize = 1 << 20;

/// Names a slot for as long as one request is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::adapters) struct Key {
    at: u32,
    generation: u32,
}

/// How far a request is.
#[derive(Debug)]
pub(super) enum Stage {
    Free,
    /// Put down; no driver has looked at it. Its draft, if it has one, is in the slot.
    Waiting,
    /// The driver has it, and no number was given yet.
    Taken,
    /// It has this number, and is not known to be durable.
    Numbered(Sent),
    /// It is over; its sender may look.
    Done(Answer),
}

/// What came of a request.
#[derive(Clone, Copy, Debug)]
pub(super) enum Answer {
    Sent(Result<Delivery, SendError>),
    Asked(Result<(), RequestError>),
}

/// Who is told what came of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tells {
    /// Whoever polls the slot.
    Sender,
    /// Whoever takes the events: the sender does not wait, or has gone after it had a number.
    Events,
    /// Nobody: the sender has gone before it had a number.
    Nobody,
}

#[derive(Debug)]
pub(super) struct Slot {
    generation: u32,
    pub(super) stage: Stage,
    pub(super) tells: Tells,
    pub(super) ticket: Ticket,
    pub(super) waker: Option<Waker>,
    pub(super) draft: Draft,
    pub(super) ask: Option<Ask>,
    /// Whether the request is no message.
    pub(super) is_ask: bool,
}

/// All slots, and which of them are free.
#[derive(Debug, Default)]
pub(super) struct Slots {
    slots: Vec<Slot>,
    free: Vec<u32>,
    /// Of the drafts that wait for the driver.
    bytes: usize,
    last_ticket: u64,
}

/// Sets the tickets of mailboxes apart from those of connections, which whoever drives by hand sees
/// beside them.
const OF_MAILBOX: u64 = 1 << 63;

impl Slots {
    /// A slot for a request whose draft has so many bytes; `None` when too much is under way.
    pub(super) fn acquire(&mut self, bytes: usize, tells: Tells) -> Option<(Key, &mut Slot)> {
        // One that is longer than all may be finds its place when it is alone.
        if self.bytes > 0 && self.bytes.saturating_add(bytes) > BYTES_MAX {
            return None;
        }
        let at = match self.free.pop() {
            Some(at) => at,
            None if self.slots.len() < SLOTS_MAX => self.grow()?,
            None => return None,
        };
        self.bytes = self.bytes.saturating_add(bytes);
        self.last_ticket = self.last_ticket.wrapping_add(1);
        let slot = self.slots.get_mut(usize::try_from(at).ok()?)?;
        slot.generation = slot.generation.wrapping_add(1);
        slot.stage = Stage::Waiting;
        slot.tells = tells;
        slot.is_ask = false;
        slot.ticket = Ticket(self.last_ticket | OF_MAILBOX);
        Some((Key { at, generation: slot.generation }, slot))
    }

    fn grow(&mut self) -> Option<u32> {
        let at = u32::try_from(self.slots.len()).ok()?;
        self.slots.push(Slot {
            generation: 0,
            stage: Stage::Free,
            tells: Tells::Nobody,
            ticket: Ticket(0),
            waker: None,
            draft: Draft::default(),
            ask: None,
            is_ask: false,
        });
        Some(at)
    }

    pub(super) fn get(&mut self, key: Key) -> Option<&mut Slot> {
        let slot = self.slots.get_mut(usize::try_from(key.at).ok()?)?;
        (slot.generation == key.generation && !matches!(slot.stage, Stage::Free)).then_some(slot)
    }

    /// The driver takes what was put down.
    pub(super) fn take(&mut self, key: Key) -> Option<(Draft, Option<Ask>)> {
        let slot = self.get(key)?;
        let taken = (core::mem::take(&mut slot.draft), slot.ask.take());
        slot.stage = Stage::Taken;
        self.bytes = self.bytes.saturating_sub(taken.0.len());
        Some(taken)
    }

    /// The memory of a draft goes back to where it came from.
    pub(super) fn give_back(&mut self, key: Key, draft: Draft) {
        if let Some(slot) = self.get(key) {
            slot.draft = draft;
        }
    }

    /// Nobody asks about the slot any more: the waker that was in it.
    #[must_use = "a waker is dropped under no lock"]
    pub(super) fn free(&mut self, key: Key) -> Option<Waker> {
        let slot = self.get(key)?;
        let unread = if matches!(slot.stage, Stage::Waiting) { slot.draft.len() } else { 0 };
        slot.stage = Stage::Free;
        let waker = slot.waker.take();
        slot.ask = None;
        slot.draft.clear("");
        self.bytes = self.bytes.saturating_sub(unread);
        self.free.push(key.at);
        waker
    }

    /// Every request that is under way.
    pub(super) fn under_way(&self) -> Vec<Key> {
        let keys = self.slots.iter().enumerate().filter_map(|(at, slot)| {
            let open = matches!(slot.stage, Stage::Waiting | Stage::Taken | Stage::Numbered(_));
            let key = Key { at: u32::try_from(at).ok()?, generation: slot.generation };
            open.then_some(key)
        });
        keys.collect()
    }
}
