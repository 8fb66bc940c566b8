//! Answering a message while holding it.

use core::fmt;

use super::core::Core;
use super::draft::Draft;
use super::error::{Refused, RequestError};
use super::event::Outcome;
use super::store::Store;
use crate::session::{Composer, Header, Input, Now, Sent};
use crate::wire::{Message, Tag};

/// The means to answer the message with which it was lent, at the time of the last
/// [`advance`](super::Connection::advance).
pub struct Reply<'a, S: Store> {
    pub(super) core: &'a mut Core<S>,
    pub(super) to: Message<'a>,
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

impl<S: Store> Reply<'_, S> {
    /// Sends a message.
    ///
    /// # Errors
    ///
    /// The message is not sent and has no number.
    pub fn send(&mut self, draft: &Draft) -> Result<Outcome, Refused> {
        self.core.send(draft)
    }

    /// Sends a message that `write` puts in its final place: a copy less than
    /// [`send`](Self::send), but nothing waits in the outbox.
    ///
    /// # Errors
    ///
    /// The message is not sent and has no number.
    pub fn compose(
        &mut self,
        header: &Header<'_>,
        write: impl FnOnce(&mut Composer<'_>),
    ) -> Result<Sent, Refused> {
        self.core.compose(header, write)
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
        let to = self.to;
        self.core.request(Input::Reject { to, reason, tag, text })
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
    ) -> Result<(), Refused> {
        super::business::reject(self.core, self.to, reason, id, text)
    }

    /// Ends the session in order.
    ///
    /// # Errors
    ///
    /// Nothing was sent.
    pub fn logout(&mut self, text: &str) -> Result<(), RequestError> {
        self.core.request(Input::Logout { text })
    }

    /// The message that is answered.
    #[must_use]
    pub const fn to(&self) -> Message<'_> {
        self.to
    }

    /// The time of the last advance.
    #[must_use]
    pub const fn now(&self) -> Now {
        self.core.now
    }
}

impl<S: Store> fmt::Debug for Reply<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").field("to", &self.to).finish_non_exhaustive()
    }
}
