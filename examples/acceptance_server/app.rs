//! What the application behind an acceptance session does: it gives orders back.
//!
//! Acceptance scripts of FIX engines expect this of the program that they talk to; it is no part of
//! the session layer. Each order is answered once, whatever breaks in between: it counts as handled
//! when its answer has a number, and an answer that got none is given again after the next Logon.

use std::collections::{BTreeSet, VecDeque};

use fixline::engine::{
    BusinessRejectReason, Delivery, Draft, Event, MessageId, Reply, SendError, Ticket,
};
use fixline::wire::{Field, Fields, Message, PutField as _, Tag};

/// The application of one session.
#[derive(Debug, Default)]
pub(crate) struct App {
    /// ClOrdID(11) of the orders since the Logon, to know those that PossResend(97) repeats.
    orders: BTreeSet<Vec<u8>>,
    /// Answers without a number, oldest first.
    waiting: VecDeque<Waiting>,
}

/// An answer that has no number yet.
#[derive(Debug)]
struct Waiting {
    answer: Draft,
    /// What it answers; `None` where nothing depends on that.
    to: Option<MessageId>,
    /// Where it stands in the outbox; `None` when it has to be given again.
    ticket: Option<Ticket>,
}

impl App {
    /// Deals with an event, and says which message is handled by that.
    pub(crate) fn handle(&mut self, event: Event<'_>) -> Option<MessageId> {
        match event {
            Event::Authenticate { verdict, .. } => {
                self.orders.clear();
                // Without further fields there is nothing to refuse.
                let _accepted = verdict.accept(Fields::EMPTY);
                None
            }
            Event::Message { id, message, mut reply, .. } => {
                let is_handled = message.is_admin() || self.answer(message, id, &mut reply);
                id.filter(|_| is_handled)
            }
            Event::Sent { ticket, result } => {
                let first = self.waiting.front_mut()?;
                if first.ticket == Some(ticket) {
                    first.ticket = None;
                    if has_number(result) {
                        return self.waiting.pop_front()?.to;
                    }
                }
                None
            }
            Event::Disconnected(_) => {
                self.orders.clear();
                None
            }
            _ => None,
        }
    }

    /// Gives the answers again that were not numbered, as far as `send` takes them, and says which
    /// messages are handled by that.
    pub(crate) fn retry(
        &mut self,
        mut send: impl FnMut(&Draft) -> Result<Delivery, SendError>,
    ) -> Vec<MessageId> {
        let mut handled = Vec::new();
        while let Some(first) = self.waiting.front_mut() {
            if first.ticket.is_some() {
                break;
            }
            match send(&first.answer) {
                Ok(Delivery::Queued(ticket)) => first.ticket = Some(ticket),
                result if has_number(result) => {
                    handled.extend(self.waiting.pop_front().and_then(|waiting| waiting.to));
                }
                _ => break,
            }
        }
        handled
    }

    /// Answers what has an answer and refuses the rest; false when the answer has to wait.
    fn answer(
        &mut self,
        message: Message<'_>,
        to: Option<MessageId>,
        reply: &mut Reply<'_>,
    ) -> bool {
        match message.msg_type() {
            b"D" => {
                let id = message.get(Tag::CL_ORD_ID).unwrap_or_default().to_vec();
                let is_new = self.orders.insert(id);
                (message.poss_resend() && !is_new) || self.give(echo_of(message), to, reply)
            }
            b"C" | b"R" | b"d" => self.give(echo_of(message), to, reply),
            b"B" if wanted_headline(message).is_some() => {
                self.give(headline_of(message), to, reply)
            }
            b"n" => self.give(receipt_of(message), to, reply),
            // Taken without a word.
            b"AD" => true,
            _ => {
                let reason = BusinessRejectReason::UnsupportedMessageType;
                let text = unsupported(message.begin_string());
                // Where it cannot be sent, the connection is over.
                let _refused = reply.business_reject(reason, None, text);
                true
            }
        }
    }

    fn give(&mut self, answer: Draft, to: Option<MessageId>, reply: &mut Reply<'_>) -> bool {
        let mut ticket = None;
        if self.waiting.is_empty() {
            match reply.send(&answer) {
                Ok(Delivery::Queued(queued)) => ticket = Some(queued),
                result if has_number(result) => return true,
                _ => {}
            }
        }
        self.waiting.push_back(Waiting { answer, to, ticket });
        false
    }
}

/// Whether a message has used up a number, so that it must not be sent anew.
const fn has_number(result: Result<Delivery, SendError>) -> bool {
    match result {
        Ok(Delivery::Durable(_) | Delivery::Pending(_)) | Err(SendError::Unknown(_)) => true,
        Ok(Delivery::Queued(_)) | Err(SendError::Refused(_)) => false,
    }
}

/// The same message back: of its header MsgType and PossResend only, and the body ascending.
fn echo_of(message: Message<'_>) -> Draft {
    let mut echo = Draft::new(str::from_utf8(message.msg_type()).unwrap_or_default());
    if message.poss_resend() {
        echo.bool(Tag::POSS_RESEND, true);
    }
    for field in ascending(message.body()) {
        echo.field(field);
    }
    echo
}

/// The headline that a News asks for by `echo: `.
fn wanted_headline(message: Message<'_>) -> Option<&[u8]> {
    message.get(Tag::HEADLINE)?.strip_prefix(b"echo: ")
}

/// A News with the headline that was asked for, and with the encoded one as it came.
fn headline_of(message: Message<'_>) -> Draft {
    let mut news = Draft::new("B");
    let encoding = Tag::MESSAGE_ENCODING;
    if let Some(value) = message.get(encoding) {
        news.put(encoding, value);
    }
    news.put(Tag::HEADLINE, wanted_headline(message).unwrap_or_default());
    for field in message.body() {
        if field.tag == Tag::ENCODED_HEADLINE_LEN || field.tag == Tag::ENCODED_HEADLINE {
            news.field(field);
        }
    }
    news
}

/// A News that says that a message which is not FIX has come.
fn receipt_of(message: Message<'_>) -> Draft {
    let mut news = Draft::new("B");
    let seq = message.msg_seq_num();
    news.str(Tag::HEADLINE, &format!("Successfully received 'n' message with seqNo={seq}"));
    news
}

/// The words that the scripts expect.
fn unsupported(begin_string: &[u8]) -> &'static str {
    match begin_string {
        b"FIX.4.0" | b"FIX.4.1" => "Unsupported message type",
        _ => "Unsupported Message Type",
    }
}

/// The fields ascending by tag. A message that repeats a tag has a group, and stands as it came.
fn ascending(fields: Fields<'_>) -> Vec<Field<'_>> {
    let came: Vec<Field<'_>> = fields.iter().collect();
    let mut sorted = came.clone();
    sorted.sort_by_key(|field| field.tag);
    let repeats = sorted.windows(2).any(|pair| pair[0].tag == pair[1].tag);
    if repeats { came } else { sorted }
}
