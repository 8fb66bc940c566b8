//! The means to answer an event while holding it.

use core::fmt;

use super::delivery::{Delivery, RequestError, SendError};
use super::draft::Draft;
use super::event::{Attempt, Time};
use crate::session::{Composer, Header, Now, Refusal};
use crate::wire::{Fields, Message, PutField, Tag};

/// Who answers: the session itself where the application drives, its mailbox where something else
/// does.
pub(crate) trait Answer: Send {
    fn send(&mut self, draft: &Draft, now: Now) -> Result<Delivery, SendError>;
    fn compose(
        &mut self,
        header: &Header<'_>,
        now: Now,
        write: &mut dyn FnMut(&mut MessageWriter<'_, '_>),
    ) -> Result<Delivery, SendError>;
    fn reject(
        &mut self,
        to: Message<'_>,
        why: &Rejection<'_>,
        now: Now,
    ) -> Result<(), RequestError>;
    fn business_reject(
        &mut self,
        to: Message<'_>,
        why: &BusinessRejection<'_>,
        now: Now,
    ) -> Result<(), SendError>;
    fn logout(&mut self, text: &str, now: Now) -> Result<(), RequestError>;
    fn accept(&mut self, attempt: Attempt, logon: Fields<'_>, now: Now)
    -> Result<(), RequestError>;
    fn refuse(
        &mut self,
        attempt: Attempt,
        refusal: Refusal<'_>,
        now: Now,
    ) -> Result<(), RequestError>;
    fn decide_later(&mut self, attempt: Attempt);
}

/// Why a message is rejected, as the session layer says it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rejection<'a> {
    pub(crate) reason: Option<u16>,
    pub(crate) tag: Option<Tag>,
    pub(crate) text: &'a str,
}

/// Why a message is not processed, as the application says it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BusinessRejection<'a> {
    pub(crate) reason: BusinessRejectReason,
    pub(crate) id: Option<&'a str>,
    pub(crate) text: &'a str,
}

/// Takes the fields of a message that a reply [composes](Reply::compose).
#[derive(Debug)]
pub struct MessageWriter<'w, 'c>(Target<'w, 'c>);

#[derive(Debug)]
enum Target<'w, 'c> {
    Place(&'w mut Composer<'c>),
    /// One that waits in a mailbox.
    #[cfg(feature = "std")]
    Draft(&'w mut Draft),
}

impl<'w, 'c> MessageWriter<'w, 'c> {
    pub(super) const fn in_place(composer: &'w mut Composer<'c>) -> Self {
        Self(Target::Place(composer))
    }

    #[cfg(feature = "std")]
    pub(crate) const fn in_draft(draft: &'w mut Draft) -> Self {
        Self(Target::Draft(draft))
    }
}

impl PutField for MessageWriter<'_, '_> {
    #[inline]
    fn put(&mut self, tag: Tag, value: &[u8]) -> &mut Self {
        match &mut self.0 {
            Target::Place(composer) => {
                composer.put(tag, value);
            }
            #[cfg(feature = "std")]
            Target::Draft(draft) => {
                draft.put(tag, value);
            }
        }
        self
    }
}

/// The means to answer the message with which it was lent.
pub struct Reply<'a> {
    by: &'a mut dyn Answer,
    to: Message<'a>,
    time: Time<'a>,
}

/// The means to decide about a Logon while holding it.
pub struct Verdict<'a> {
    by: &'a mut dyn Answer,
    attempt: Attempt,
    time: Time<'a>,
}

/// Why the application does not process a message: BusinessRejectReason(380) (S-VAL-21).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum BusinessRejectReason {
    /// None of the others.
    Other,
    /// An id that is not known.
    UnknownId,
    /// A security that is not known.
    UnknownSecurity,
    /// A MsgType(35) that is valid and that this side does not process.
    UnsupportedMessageType,
    /// Try again later.
    ApplicationNotAvailable,
    /// A field is missing that other fields of the message demand.
    ConditionallyRequiredFieldMissing,
    /// From FIX.4.3 on.
    NotAuthorized,
    /// From FIX.4.3 on.
    DeliverToFirmNotAvailable,
    /// From FIX.5.0 on.
    InvalidPriceIncrement,
    /// A value that a venue defines.
    Custom(u32),
}

impl BusinessRejectReason {
    /// The value of BusinessRejectReason(380).
    #[must_use]
    pub const fn code(self) -> u32 {
        match self {
            Self::Other => 0,
            Self::UnknownId => 1,
            Self::UnknownSecurity => 2,
            Self::UnsupportedMessageType => 3,
            Self::ApplicationNotAvailable => 4,
            Self::ConditionallyRequiredFieldMissing => 5,
            Self::NotAuthorized => 6,
            Self::DeliverToFirmNotAvailable => 7,
            Self::InvalidPriceIncrement => 18,
            Self::Custom(code) => code,
        }
    }
}

impl<'a> Reply<'a> {
    pub(crate) fn new(by: &'a mut dyn Answer, to: Message<'a>, time: Time<'a>) -> Self {
        Self { by, to, time }
    }

    /// Sends a message.
    ///
    /// # Errors
    ///
    /// The message is not sent and has no number, or what became of it is unknown.
    pub fn send(&mut self, draft: &Draft) -> Result<Delivery, SendError> {
        self.by.send(draft, self.time.now())
    }

    /// Sends a message that `write` puts in its final place where the application drives, a copy
    /// less than [`send`](Self::send), and then nothing waits in the outbox; where something else
    /// drives it is a draft.
    ///
    /// # Errors
    ///
    /// The message is not sent and has no number.
    pub fn compose(
        &mut self,
        header: &Header<'_>,
        write: impl FnOnce(&mut MessageWriter<'_, '_>),
    ) -> Result<Delivery, SendError> {
        let mut write = Some(write);
        self.by.compose(header, self.time.now(), &mut |message| {
            if let Some(write) = write.take() {
                write(message);
            }
        })
    }

    /// Rejects the message for a fault of its fields (S-VAL-01).
    ///
    /// # Errors
    ///
    /// Nothing was sent.
    pub fn reject(
        &mut self,
        reason: Option<u16>,
        tag: Option<Tag>,
        text: &str,
    ) -> Result<(), RequestError> {
        self.by.reject(self.to, &Rejection { reason, tag, text }, self.time.now())
    }

    /// Says that the application does not process the message (S-VAL-20): with a
    /// BusinessMessageReject, or before FIX.4.2 with a Reject.
    ///
    /// `id` is the message's own id, such as its ClOrdID(11), if it has one.
    ///
    /// # Errors
    ///
    /// Nothing was sent.
    pub fn business_reject(
        &mut self,
        reason: BusinessRejectReason,
        id: Option<&str>,
        text: &str,
    ) -> Result<(), SendError> {
        let why = BusinessRejection { reason, id, text };
        self.by.business_reject(self.to, &why, self.time.now())
    }

    /// Ends the session in order.
    ///
    /// # Errors
    ///
    /// Nothing was sent.
    pub fn logout(&mut self, text: &str) -> Result<(), RequestError> {
        self.by.logout(text, self.time.now())
    }

    /// The message that is answered.
    #[must_use]
    pub const fn to(&self) -> Message<'_> {
        self.to
    }

    /// What time it is: now where the driver has a clock, else when the event was taken.
    #[must_use]
    pub fn now(&self) -> Now {
        self.time.now()
    }
}

impl<'a> Verdict<'a> {
    pub(crate) fn new(by: &'a mut dyn Answer, attempt: Attempt, time: Time<'a>) -> Self {
        Self { by, attempt, time }
    }

    /// Names the question.
    #[must_use]
    pub const fn attempt(&self) -> Attempt {
        self.attempt
    }

    /// Welcomes the peer; further checks may still refuse the Logon. `logon` are further fields
    /// for our answer.
    ///
    /// # Errors
    ///
    /// Fields that a Logon must not have; the question stays open.
    pub fn accept(self, logon: Fields<'_>) -> Result<(), RequestError> {
        self.by.accept(self.attempt, logon, self.time.now())
    }

    /// Turns the peer away.
    ///
    /// # Errors
    ///
    /// The store failed.
    pub fn refuse(self, refusal: Refusal<'_>) -> Result<(), RequestError> {
        self.by.refuse(self.attempt, refusal, self.time.now())
    }

    /// Puts the decision off: it is given by the attempt that comes back, before the session's
    /// logon timeout.
    #[must_use = "the verdict is given by this attempt"]
    pub fn later(self) -> Attempt {
        self.by.decide_later(self.attempt);
        self.attempt
    }
}

impl fmt::Debug for Reply<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").field("to", &self.to).finish_non_exhaustive()
    }
}

impl fmt::Debug for Verdict<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verdict").field("attempt", &self.attempt).finish_non_exhaustive()
    }
}
