//! Drafts that wait until they can be numbered.

use super::delivery::Refused;
use super::draft::Draft;
use super::ring::Ring;
use crate::session::{Header, SendError};
use crate::wire::{FieldError, Fields};

/// Names a draft that was put into the outbox, for the life of its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub(crate) u64);

impl Ticket {
    /// The ticket's number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

/// Drafts in the order in which they will be numbered, within a bound of bytes.
#[derive(Clone, Debug)]
pub(super) struct Outbox {
    drafts: Ring<Waiting>,
    last_ticket: u64,
}

/// A draft as it stands in the ring: MsgType, header fields, body fields, one behind the other.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    ticket: Ticket,
    type_len: usize,
    header_len: usize,
    withdrawn: bool,
}

impl Outbox {
    pub(super) fn new(bytes: usize) -> Self {
        Self { drafts: Ring::new(bytes, 0), last_ticket: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.drafts.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.drafts.len()
    }

    pub(super) fn push(&mut self, draft: &Draft) -> Result<Ticket, Refused> {
        let bad_field = |error: FieldError| Refused::Session(SendError::BadField(error));
        let header = draft.header_fields().map_err(bad_field)?.as_bytes();
        let body = draft.body().map_err(bad_field)?.as_bytes();
        let msg_type = draft.msg_type().as_bytes();
        let ticket = Ticket(self.last_ticket.wrapping_add(1));
        let (type_len, header_len) = (msg_type.len(), header.len());
        let waiting = Waiting { ticket, type_len, header_len, withdrawn: false };
        if !self.drafts.push(waiting, &[msg_type, header, body]) {
            return Err(Refused::QueueFull { bytes_max: self.drafts.capacity() });
        }
        self.last_ticket = ticket.0;
        Ok(ticket)
    }

    /// Its sender takes a draft back; whether it waited.
    pub(super) fn withdraw(&mut self, ticket: Ticket) -> bool {
        let at = self.drafts.first_not(|waiting| waiting.ticket < ticket);
        match self.drafts.about_mut(at) {
            Some(waiting) if waiting.ticket == ticket && !waiting.withdrawn => {
                waiting.withdrawn = true;
                true
            }
            Some(_) | None => false,
        }
    }

    /// The draft that is numbered next: its ticket, header and body. `None` in place of these when
    /// it was withdrawn.
    pub(super) fn front(&self) -> Option<(Ticket, Option<(Header<'_>, Fields<'_>)>)> {
        let (waiting, bytes) = self.drafts.get(0)?;
        if waiting.withdrawn {
            return Some((waiting.ticket, None));
        }
        Some((waiting.ticket, waiting.read(bytes)))
    }

    pub(super) fn pop(&mut self) {
        self.drafts.pop();
    }
}

impl Waiting {
    fn read(self, bytes: &[u8]) -> Option<(Header<'_>, Fields<'_>)> {
        let (msg_type, rest) = bytes.split_at_checked(self.type_len)?;
        let (header, body) = rest.split_at_checked(self.header_len)?;
        let msg_type = core::str::from_utf8(msg_type).ok()?;
        let header = Header::new(msg_type).fields(Fields::new(header).ok()?);
        Some((header, Fields::new(body).ok()?))
    }
}
