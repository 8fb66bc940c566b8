//! Drafts that wait until they can be numbered.

use super::draft::Draft;
use super::error::Refused;
use super::ring::Ring;
use crate::session::{Header, SendError};
use crate::wire::{FieldError, Fields};

/// Names a draft that was put into the outbox.
///
/// Tickets of a connection rise in the order in which its drafts will be numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(u64);

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
}

impl Outbox {
    pub(super) fn new(bytes: usize) -> Self {
        Self { drafts: Ring::new(bytes, 0), last_ticket: 0 }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.drafts.is_empty()
    }

    pub(super) fn push(&mut self, draft: &Draft) -> Result<Ticket, Refused> {
        let bad_field = |error: FieldError| Refused::Session(SendError::BadField(error));
        let header = draft.header_fields().map_err(bad_field)?.as_bytes();
        let body = draft.body().map_err(bad_field)?.as_bytes();
        let msg_type = draft.msg_type().as_bytes();
        let ticket = Ticket(self.last_ticket.wrapping_add(1));
        let waiting = Waiting { ticket, type_len: msg_type.len(), header_len: header.len() };
        if !self.drafts.push(waiting, &[msg_type, header, body]) {
            return Err(Refused::OutboxFull { bytes_max: self.drafts.capacity() });
        }
        self.last_ticket = ticket.0;
        Ok(ticket)
    }

    /// The draft that is numbered next: its ticket, header and body.
    pub(super) fn front(&self) -> Option<(Ticket, Header<'_>, Fields<'_>)> {
        let (waiting, bytes) = self.drafts.get(0)?;
        let (msg_type, rest) = bytes.split_at_checked(waiting.type_len)?;
        let (header, body) = rest.split_at_checked(waiting.header_len)?;
        let msg_type = core::str::from_utf8(msg_type).ok()?;
        let header = Header::new(msg_type).fields(Fields::new(header).ok()?);
        Some((waiting.ticket, header, Fields::new(body).ok()?))
    }

    pub(super) fn pop(&mut self) {
        self.drafts.pop();
    }
}
