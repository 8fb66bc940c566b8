//! What a connection shows to the application.

use core::fmt;

use super::core::Core;
use super::error::{Refused, RequestError};
use super::outbox::Ticket;
use super::reply::Reply;
use super::store::Store;
use crate::session::{Input, Notice, Reason, Refusal, Sent};
use crate::wire::{Fields, Message, SeqNum, UtcTime};

/// Something that the application must see. Lends messages, and the means to answer them.
#[non_exhaustive]
pub enum Event<'a, S: Store> {
    /// A message for the application, in order. Besides application messages these are Reject,
    /// Logout and the answer to our Logon (`message.is_admin()`).
    Message {
        /// With MsgSeqNum(34), what identifies the message for ever: the same pair comes again
        /// only as a repetition, after a crash for example.
        epoch: u32,
        /// The message.
        message: Message<'a>,
        /// The way to answer while holding the message.
        reply: Reply<'a, S>,
    },
    /// A Logon came in. Nothing has changed yet, and no further byte is read before the verdict,
    /// which may be given now, or later with [`Connection::accept`](super::Connection::accept) or
    /// [`Connection::refuse`](super::Connection::refuse).
    Authenticate {
        /// The Logon, with its secrets.
        logon: Message<'a>,
        /// The way to decide now.
        verdict: Verdict<'a, S>,
    },
    /// Our Logon is about to go out: give its last fields with
    /// [`Connection::sign`](super::Connection::sign).
    Sign {
        /// Goes into the answer.
        attempt: u32,
        /// MsgSeqNum(34) of the Logon.
        seq: SeqNum,
        /// SendingTime(52) of the Logon.
        sending_time: UtcTime,
    },
    /// Under [`ResendPolicy::Ask`](crate::session::ResendPolicy::Ask): may this old message be
    /// sent again?
    Resend {
        /// The message as it was sent.
        message: Message<'a>,
        /// Set it to [`Resend::Skip`] to have the message gap-filled.
        decision: &'a mut Resend,
    },
    /// A draft that had to wait was numbered, or will not be sent.
    Numbered {
        /// Which one.
        ticket: Ticket,
        /// What became of it.
        result: Result<Sent, Refused>,
    },
    /// Something happened that a person or a monitor may want to know.
    Notice(Notice),
    /// The store failed. Nothing more is sent, the connection ends, and the session is loaded
    /// from the store before the next one. What was sent and was not
    /// [durable](super::Connection::is_durable) may or may not have a number.
    StoreFailed(S::Error),
    /// The connection ended, once for each. The transport must be closed.
    Disconnected(Reason),
}

/// What became of a message that was to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "it has a number or it has none yet")]
#[must_use = "a queued message has no number yet"]
pub enum Outcome {
    /// It has a number and goes out with the next flush.
    Sent(Sent),
    /// Old messages are being sent again, or there is no room: it waits, and
    /// [`Event::Numbered`] says when it is its turn.
    Queued(Ticket),
}

/// Whether an old message is sent again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "yes or no")]
pub enum Resend {
    /// With PossDupFlag(43)=Y.
    #[default]
    Again,
    /// Its number is gap-filled.
    Skip,
}

/// The means to decide about a Logon while holding it.
pub struct Verdict<'a, S: Store> {
    pub(super) core: &'a mut Core<S>,
    pub(super) attempt: u32,
}

impl<S: Store> Verdict<'_, S> {
    /// Names the question, for a verdict that is given later.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Welcomes the peer; further checks may still refuse the Logon. `logon` are further fields
    /// for our answer.
    ///
    /// # Errors
    ///
    /// Fields that a Logon must not have; the question stays open.
    pub fn accept(self, logon: Fields<'_>) -> Result<(), RequestError> {
        let attempt = self.attempt;
        self.core.request(Input::Accept { attempt, logon })
    }

    /// Turns the peer away.
    ///
    /// # Errors
    ///
    /// The store failed.
    pub fn refuse(self, refusal: Refusal<'_>) -> Result<(), RequestError> {
        let attempt = self.attempt;
        self.core.request(Input::Refuse { attempt, refusal })
    }
}

impl<S: Store> fmt::Debug for Verdict<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verdict").field("attempt", &self.attempt).finish_non_exhaustive()
    }
}

/// Messages are printed as [`Message`] prints them, without secrets.
impl<S: Store> fmt::Debug for Event<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message { epoch, message, .. } => f
                .debug_struct("Message")
                .field("epoch", epoch)
                .field("message", message)
                .finish_non_exhaustive(),
            Self::Authenticate { logon, verdict } => f
                .debug_struct("Authenticate")
                .field("logon", logon)
                .field("attempt", &verdict.attempt)
                .finish(),
            Self::Sign { attempt, seq, sending_time } => f
                .debug_struct("Sign")
                .field("attempt", attempt)
                .field("seq", seq)
                .field("sending_time", sending_time)
                .finish(),
            Self::Resend { message, decision } => f
                .debug_struct("Resend")
                .field("message", message)
                .field("decision", decision)
                .finish(),
            Self::Numbered { ticket, result } => {
                f.debug_struct("Numbered").field("ticket", ticket).field("result", result).finish()
            }
            Self::Notice(notice) => f.debug_tuple("Notice").field(notice).finish(),
            Self::StoreFailed(error) => f.debug_tuple("StoreFailed").field(error).finish(),
            Self::Disconnected(reason) => f.debug_tuple("Disconnected").field(reason).finish(),
        }
    }
}
