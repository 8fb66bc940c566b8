//! What an application asks of a connection: messages to send, verdicts, the end, and what an operator
//! may do.

use super::commit::Fate;
use super::connection::Connection;
use super::delivery::{Delivery, RequestError, SendError};
use super::draft::Draft;
use super::event::{Attempt, Resend};
use super::outbox::Ticket;
use super::reply::{Answer as _, Rejection};
use super::store::Store;
use crate::session::{Composer, Header, Input, Now, Refusal, Sent};
use crate::wire::{Fields, Message, SeqNum, Tag};

/// What an operator may ask of an established session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Ask the peer for a Heartbeat now.
    TestRequest,
    /// Restart both numbers at 1 in session (S-RESET-03).
    ResetSeqNums,
    /// Go on with this number (S-RST-07).
    SequenceReset {
        /// The next number that will be sent.
        new: SeqNum,
    },
    /// Ask for messages again (S-RR-10).
    ResendRequest {
        /// The first number.
        from: SeqNum,
        /// The last number.
        to: SeqNum,
    },
    /// Drop the connection without a Logout.
    Disconnect,
}

impl<S: Store> Connection<S> {
    /// Sends a message; while old ones are being sent again, it waits in the outbox.
    ///
    /// # Errors
    ///
    /// The message is not sent and has no number, or the store failed under it.
    pub fn send(&mut self, draft: &Draft, now: Now) -> Result<Delivery, SendError> {
        self.core.send(draft, now)
    }

    /// Takes back a draft that waits in the outbox; false when it does not.
    /// [`Event::Sent`](super::Event::Sent) says that it was withdrawn.
    pub fn withdraw(&mut self, ticket: Ticket) -> bool {
        self.core.outbox.withdraw(ticket)
    }

    /// What [`Event::Sent`](super::Event::Sent) is about to say, for drivers whose senders wait for
    /// it elsewhere.
    pub fn take_sent(&mut self) -> Option<(Ticket, Result<Delivery, SendError>)> {
        self.core.pending.sent.take()
    }

    /// Sends a message that `write` puts in its final place: a copy less than
    /// [`send`](Self::send), but nothing waits in the outbox.
    ///
    /// # Errors
    ///
    /// The message is not sent and has no number, or the store failed under it.
    pub fn compose(
        &mut self,
        header: &Header<'_>,
        now: Now,
        write: impl FnOnce(&mut Composer<'_>),
    ) -> Result<Delivery, SendError> {
        self.core.compose(header, now, write)
    }

    /// Asks the store to make durable what waits for it; [`advance`](Self::advance) does the same.
    pub fn commit(&mut self, now: Now) {
        self.core.commit(now);
    }

    /// What is known of a message that has a number.
    pub fn fate(&self, sent: Sent) -> Fate {
        self.core.commit.fate(sent, self.core.failed)
    }

    /// The same as a [`Delivery`].
    ///
    /// # Errors
    ///
    /// [`SendError::Unknown`].
    pub fn delivery(&self, sent: Sent) -> Result<Delivery, SendError> {
        match self.fate(sent) {
            Fate::Durable => Ok(Delivery::Durable(sent)),
            Fate::Pending => Ok(Delivery::Pending(sent)),
            Fate::Unknown => Err(SendError::Unknown(sent)),
        }
    }

    /// The verdict on a Logon that was put off: welcome. `logon` are further fields for our answer.
    ///
    /// # Errors
    ///
    /// Fields that a Logon must not have, and the question stays open; or it is over.
    pub fn accept(
        &mut self,
        attempt: Attempt,
        logon: Fields<'_>,
        now: Now,
    ) -> Result<(), RequestError> {
        self.core.accept(attempt, logon, now)
    }

    /// The verdict on a Logon that was put off: go away.
    ///
    /// # Errors
    ///
    /// The store failed, or the question is over.
    pub fn refuse(
        &mut self,
        attempt: Attempt,
        refusal: Refusal<'_>,
        now: Now,
    ) -> Result<(), RequestError> {
        self.core.refuse(attempt, refusal, now)
    }

    /// The decision about an old message that was put off with
    /// [`Resend::Later`]; false when none was.
    pub fn decide_resend(&mut self, decision: Resend) -> bool {
        self.core.decide_resend(decision)
    }

    /// The last fields of our Logon, as [`Event::Sign`](super::Event::Sign) asked.
    ///
    /// # Errors
    ///
    /// Fields that a Logon must not have; the question stays open.
    pub fn sign(
        &mut self,
        attempt: Attempt,
        logon: Fields<'_>,
        now: Now,
    ) -> Result<(), RequestError> {
        self.core.request(Input::Signed { attempt: attempt.0, logon }, now)
    }

    /// Rejects a message that was delivered, for a fault of its fields (S-VAL-01).
    ///
    /// # Errors
    ///
    /// Nothing was sent.
    pub fn reject(
        &mut self,
        to: Message<'_>,
        reason: Option<u16>,
        tag: Option<Tag>,
        text: &str,
        now: Now,
    ) -> Result<(), RequestError> {
        self.core.reject(to, &Rejection { reason, tag, text }, now)
    }

    /// Ends the session in order; `text` says why, when it is not empty.
    ///
    /// # Errors
    ///
    /// There is no connection, or its numbers are being reset.
    pub fn logout(&mut self, text: &str, now: Now) -> Result<(), RequestError> {
        self.core.logout(text, now)
    }

    /// Whether this side asked for the end of this connection, or of the last one, with
    /// [`logout`](Self::logout) or a reply: whatever ended it then, an initiator is not to connect
    /// again by itself ([`Reconnect::stop`](super::Reconnect::stop)).
    pub const fn logout_asked(&self) -> bool {
        self.core.logout_asked
    }

    /// What an operator asks for: a TestRequest, a reset, a SequenceReset, messages again, an end
    /// without words.
    ///
    /// # Errors
    ///
    /// The session cannot do it now.
    pub fn operate(&mut self, operation: Operation, now: Now) -> Result<(), RequestError> {
        let input = match operation {
            Operation::TestRequest => Input::TestRequest,
            Operation::ResetSeqNums => Input::ResetSeqNums,
            Operation::SequenceReset { new } => Input::SequenceReset { new },
            Operation::ResendRequest { from, to } => Input::ResendRequest { from, to },
            Operation::Disconnect => Input::Disconnect,
        };
        self.core.request(input, now)
    }
}
