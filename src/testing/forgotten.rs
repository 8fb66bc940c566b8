//! The duties that a driver of a session can forget.

use alloc::string::String;
use core::fmt;
use core::time::Duration;

use crate::wire::SeqNum;

/// A duty of a driver that was not done, or done wrongly. Its text says which, and how to do it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Forgotten {
    /// The driver fed something that the session cannot take.
    Misuse {
        /// What it said.
        what: String,
    },
    /// The driver was to be woken by then.
    Tick {
        /// How late it is.
        late: Duration,
    },
    /// A message was kept, and nobody said that it is durable.
    Stored {
        /// Its number.
        seq: SeqNum,
    },
    /// A reset is durable, and nobody said so.
    ResetStored {
        /// The epoch that began.
        epoch: u32,
    },
    /// What was composed offline still stands in the send buffer.
    DiscardUnsent {
        /// The number of the message.
        seq: SeqNum,
    },
    /// The peer asked for messages, and the answer never came to an end.
    StoreEnd {
        /// The id of the fetch.
        id: u32,
    },
    /// A stored message, or the end of them, bore an id that was not asked for.
    FetchId {
        /// The id that was given.
        given: u32,
        /// The one that was asked for last.
        asked: Option<u32>,
    },
    /// A stored message lies outside the range that was asked for.
    FetchRange {
        /// Its number.
        seq: SeqNum,
    },
    /// The verdict on a Logon was never given.
    Verdict {
        /// The attempt.
        attempt: u32,
    },
    /// The last fields of our Logon were never given.
    Signature {
        /// The attempt.
        attempt: u32,
    },
    /// A recalled message was not the very next input.
    Held {
        /// Its number.
        seq: SeqNum,
    },
    /// A held message came back changed.
    HeldBytes {
        /// Its number.
        seq: SeqNum,
    },
    /// Bytes were dropped that were not consumed, or consumed ones came again.
    Consumed,
    /// Bytes were read behind the end of the session.
    BytesBehindTheEnd,
    /// The transport was to be closed.
    Closed,
    /// Bytes of the former connection were sent on, or read, in the next.
    OldBytes {
        /// Whether they stood in the send buffer; otherwise in the receive buffer.
        to_send: bool,
    },
}

impl fmt::Display for Forgotten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Misuse { what } => write!(f, "misuse: {what}"),
            Self::Tick { late } => write!(
                f,
                "no Tick for {late:?} behind the deadline: feed Input::Tick at Session::deadline"
            ),
            Self::Stored { seq } => {
                write!(f, "message {seq} was never called durable: SendBuffer::stored(sent.span)")
            }
            Self::ResetStored { epoch } => write!(
                f,
                "the reset to epoch {epoch} was never called durable: SendBuffer::reset_stored()"
            ),
            Self::DiscardUnsent { seq } => write!(
                f,
                "message {seq} is not to leave: SendBuffer::discard(sent.span) where sent.flush \
                 is false"
            ),
            Self::StoreEnd { id } => {
                write!(f, "the answer to fetch {id} has no end: feed Input::StoreEnd")
            }
            Self::FetchId { given, asked } => {
                write!(f, "an answer for fetch {given}, and asked was {asked:?}")
            }
            Self::FetchRange { seq } => {
                write!(f, "message {seq} is not in the range that was fetched")
            }
            Self::Verdict { attempt } => write!(
                f,
                "nobody decided about attempt {attempt}: feed Input::Accept or Input::Refuse"
            ),
            Self::Signature { attempt } => {
                write!(f, "nobody signed attempt {attempt}: feed Input::Signed")
            }
            Self::Held { seq } => write!(
                f,
                "message {seq} was recalled: Input::Held is the next input, with None if it is \
                 lost"
            ),
            Self::HeldBytes { seq } => write!(f, "held message {seq} came back changed"),
            Self::Consumed => f.write_str(
                "the bytes do not go on where the last step ended: drop Actions::consumed, no \
                 more and no less",
            ),
            Self::BytesBehindTheEnd => {
                f.write_str("bytes behind Action::Disconnect: stop reading, then close")
            }
            Self::Closed => f.write_str(
                "a connection that ended was not closed: close the transport, feed Input::Closed",
            ),
            Self::OldBytes { to_send: true } => f.write_str(
                "bytes of the former connection wait to be sent: SendBuffer::clear() at its end",
            ),
            Self::OldBytes { to_send: false } => f.write_str(
                "bytes of the former connection are read again: ReceiveBuffer::clear() at its end",
            ),
        }
    }
}
