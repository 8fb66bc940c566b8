//! What a connection shows to the application.

use alloc::sync::Arc;
use core::fmt;

use super::delivery::{Delivery, SendError};
use super::origin::Origin;
use super::outbox::Ticket;
use super::reply::{Reply, Verdict};
use super::store_error::StoreError;
use crate::session::{Instant, Notice, Now, Reason};
use crate::wire::{Message, SeqNum, UtcTime};

/// Names one delivered message of a session for ever: the same pair comes again only as a
/// repetition, after a crash for example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "epoch and number name a message")]
pub struct MessageId {
    /// The epoch of the number.
    pub epoch: u32,
    /// MsgSeqNum(34).
    pub seq: SeqNum,
}

/// Names one Logon that awaits a verdict, or a signature. Does not come back while the connection
/// that gave it out lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attempt(pub(super) u32);

/// Something that the application must see. Lends messages, and the means to answer them.
///
/// The same type whoever drives, over whatever store and transport.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A message for the application, in order. Besides application messages these are Reject,
    /// Logout and the answer to our Logon (`message.is_admin()`).
    ///
    /// It counts as handled when the application asks for the next event, or says so by its id.
    Message {
        /// What the application names when it has handled the message. `None` where the message did
        /// not use up the expected number, so that nothing depends on it: a Logon ahead of a gap,
        /// a message that came again.
        id: Option<MessageId>,
        /// With MsgSeqNum(34), what identifies the message for ever.
        epoch: u32,
        /// The message.
        message: Message<'a>,
        /// The way to answer while holding the message.
        reply: Reply<'a>,
    },
    /// A Logon came in. Nothing has changed yet, and no further byte is read before the verdict.
    ///
    /// Decide now, or say [`Verdict::later`] and give the verdict by the attempt. A verdict that is
    /// neither given nor put off when the application asks for the next event is a refusal.
    Authenticate {
        /// The Logon, with its secrets.
        logon: Message<'a>,
        /// Who is at the other end, where the driver knows.
        from: Option<&'a Origin>,
        /// The way to decide.
        verdict: Verdict<'a>,
    },
    /// Our Logon is about to go out: give its last fields with
    /// [`Connection::sign`](super::Connection::sign).
    Sign {
        /// Goes into the answer.
        attempt: Attempt,
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
    /// What became of a draft that had to wait.
    Sent {
        /// Which one.
        ticket: Ticket,
        /// It has a number, or will not be sent.
        result: Result<Delivery, SendError>,
    },
    /// Something happened that a person or a monitor may want to know.
    Notice(Notice),
    /// So many notices were dropped because nobody took them.
    Missed(u64),
    /// The store failed. Nothing more is sent, the connection ends, and the session is loaded
    /// from the store before the next one.
    StoreFailed(StoreError),
    /// An initiator is about to connect.
    Connecting {
        /// To where.
        address: Arc<str>,
    },
    /// An initiator could not connect.
    ConnectFailed {
        /// To where.
        address: Arc<str>,
        /// Why.
        error: Arc<str>,
        /// When it tries again, on the clock of its driver.
        again_at: Option<Instant>,
    },
    /// The transport of an initiator is up.
    Connected {
        /// To where.
        address: Arc<str>,
    },
    /// An initiator does not connect again by itself.
    NeedsOperator {
        /// Why the last connection ended.
        reason: Reason,
        /// What to do.
        advice: &'static str,
    },
    /// The connection ended, once for each. The transport must be closed.
    Disconnected(Reason),
}

/// Whether an old message is sent again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "yes, no, or later")]
pub enum Resend {
    /// With PossDupFlag(43)=Y.
    #[default]
    Again,
    /// Its number is gap-filled.
    Skip,
    /// The answer waits for [`Connection::decide_resend`](super::Connection::decide_resend).
    Later,
}

/// A clock, for answers that are given some time after their event was taken.
pub trait TimeSource: Sync {
    /// What time it is.
    fn now(&self) -> Now;
}

/// The time at which an event is answered.
#[derive(Clone, Copy)]
pub(crate) enum Time<'a> {
    /// When it was taken.
    At(Now),
    /// When the answer is given.
    By(&'a dyn TimeSource),
}

impl Time<'_> {
    pub(crate) fn now(self) -> Now {
        match self {
            Self::At(now) => now,
            Self::By(clock) => clock.now(),
        }
    }
}

impl fmt::Debug for Time<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.now().fmt(f)
    }
}
