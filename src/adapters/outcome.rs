//! What became of a message that an application handed over.

use crate::engine::{Connection, Outcome, Store, Ticket};
use crate::session::Sent;

/// How far a message is that was accepted for sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "an application must know how far its message is")]
#[must_use = "only a durable message is certain to arrive"]
pub enum Delivery {
    /// It has a number and is durable: the peer gets it, now or after the next Logon.
    Durable(Sent),
    /// It has a number, and the store has not confirmed it yet. If the store fails before it does,
    /// what became of the message is unknown.
    Pending(Sent),
    /// It waits for its number; [`Event::Numbered`](crate::engine::Event::Numbered) says when it
    /// has one, or that it will not be sent.
    Queued(Ticket),
}

impl Delivery {
    pub(super) fn of<S: Store>(outcome: Outcome, connection: &Connection<S>) -> Self {
        match outcome {
            Outcome::Sent(sent) if connection.is_durable(sent) => Self::Durable(sent),
            Outcome::Sent(sent) => Self::Pending(sent),
            Outcome::Queued(ticket) => Self::Queued(ticket),
        }
    }
}
