//! What a driver tells a session.

use core::fmt;

use crate::wire::{Fields, Masked, Message, SecretTags, SeqNum, Tag, UtcTime};

/// Everything that can happen to a session.
///
/// Errors of the driver's own making come back as [`Misuse`] and change nothing; nothing that
/// the peer does is an error.
#[derive(Clone, Copy)]
#[expect(clippy::exhaustive_enums, reason = "a driver must know every input")]
pub enum Input<'b> {
    /// A transport connection is up. `logon` holds further fields for our Logon of this attempt,
    /// such as a password; an acceptor gives them with [`Input::Accept`] instead.
    Connected {
        /// Body fields, ascending by tag.
        logon: Fields<'b>,
    },
    /// The readable prefix of the receive buffer. At most one message is consumed; see
    /// [`Actions::consumed`](super::Actions::consumed).
    Bytes(&'b [u8]),
    /// Time has passed. Harmless when early, late or repeated.
    Tick,
    /// What the peer sent waits to be read, because the driver or the application is behind: the
    /// peer is not silent, and what it was asked for may be among it. Feed it before a
    /// [`Tick`](Self::Tick), so that nobody is given up for silence with bytes unread, and before
    /// [`Bytes`](Self::Bytes) that have waited for long, so that no SendingTime(52) is called wrong
    /// that was right when it came (S-TIME-03): it holds for the next of either. Our own timers run
    /// on.
    Behind {
        /// Since when, by the UTC of [`Now`](super::Now).
        since: UtcTime,
    },
    /// The transport is gone; fed after all bytes that were read. Then clear both buffers: nothing
    /// of one connection may be read, or sent, on the next.
    Closed,
    /// The verdict on [`Action::Authenticate`](super::Action::Authenticate): welcome. Further
    /// checks may still refuse the Logon.
    Accept {
        /// The attempt that the question named.
        attempt: u32,
        /// Further fields for our Logon reply, such as SessionStatus(1409) or Text(58).
        logon: Fields<'b>,
    },
    /// The verdict on [`Action::Authenticate`](super::Action::Authenticate): go away.
    Refuse {
        /// The attempt that the question named.
        attempt: u32,
        /// How to say it.
        refusal: Refusal<'b>,
    },
    /// The answer to [`Action::Sign`](super::Action::Sign): every further field of our Logon.
    Signed {
        /// The attempt that the question named.
        attempt: u32,
        /// Body fields, ascending by tag.
        logon: Fields<'b>,
    },
    /// A message that [`Action::Fetch`](super::Action::Fetch) asked for, in rising order. Not
    /// feeding one is the application's veto: it becomes part of a gap fill.
    Stored {
        /// The fetch that this answers.
        id: u32,
        /// The number under which it was kept.
        seq: SeqNum,
        /// The bytes that were kept.
        message: &'b [u8],
    },
    /// No more messages for this fetch.
    StoreEnd {
        /// The fetch that this answers.
        id: u32,
    },
    /// The answer to [`Action::Recall`](super::Action::Recall), as the very next input;
    /// [`Input::Bytes`] are refused before it.
    Held {
        /// The number that was recalled.
        seq: SeqNum,
        /// The bytes that were held; `None` when they are lost, so that they are asked for again.
        message: Option<&'b [u8]>,
    },
    /// The application rejects a message that was delivered to it (S-VAL-01).
    Reject {
        /// The delivered message.
        to: Message<'b>,
        /// SessionRejectReason(373), where the version has it.
        reason: Option<u16>,
        /// RefTagID(371), where the version has it.
        tag: Option<Tag>,
        /// Text(58).
        text: &'b str,
    },
    /// End the session in order: Logout, wait for the answer, disconnect (S-OUT-03).
    Logout {
        /// Text(58) of the Logout; none when empty.
        text: &'b str,
    },
    /// Ask the peer for a Heartbeat now.
    TestRequest,
    /// Restart both numbers at 1, once: in session with a TestRequest, then a Logon with
    /// ResetSeqNumFlag (S-RESET-03); without a connection with the next Logon.
    ResetSeqNums,
    /// Send a SequenceReset in Reset mode and go on with `new` (S-RST-07). For disasters.
    SequenceReset {
        /// The next number that will be sent; higher than any sent so far.
        new: SeqNum,
    },
    /// Ask for messages again, even those that were received (S-RR-10). What comes back below
    /// the expected number is delivered with PossDupFlag.
    ResendRequest {
        /// The first number.
        from: SeqNum,
        /// The last number.
        to: SeqNum,
    },
    /// Drop the connection now, without a Logout.
    Disconnect,
}

/// How a Logon is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the ways that S-LOGON-19 and S-LOGON-21 know")]
pub enum Refusal<'b> {
    /// Close without a byte (S-LOGON-19).
    Silent,
    /// A Logout that says why; it costs one outbound number (S-LOGON-21).
    Logout {
        /// SessionStatus(1409), sent under FIXT.1.1.
        status: Option<u16>,
        /// Text(58).
        text: &'b str,
    },
    /// Nobody decided: the application let the verdict drop. A Logout says so, which costs one
    /// outbound number, and the connection ends with [`Reason::Undecided`](super::Reason).
    Undecided,
}

impl fmt::Debug for Input<'_> {
    /// Never shows raw bytes: they may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connected { logon } => write!(f, "Connected({})", shown(logon)),
            Self::Bytes(bytes) => write!(f, "Bytes({} bytes)", bytes.len()),
            Self::Tick => f.write_str("Tick"),
            Self::Behind { since } => write!(f, "Behind({since})"),
            Self::Closed => f.write_str("Closed"),
            Self::Accept { attempt, logon } => write!(f, "Accept({attempt}, {})", shown(logon)),
            Self::Refuse { attempt, refusal } => write!(f, "Refuse({attempt}, {refusal:?})"),
            Self::Signed { attempt, logon } => write!(f, "Signed({attempt}, {})", shown(logon)),
            Self::Stored { id, seq, message } => {
                write!(f, "Stored({id}, {seq}, {} bytes)", message.len())
            }
            Self::StoreEnd { id } => write!(f, "StoreEnd({id})"),
            Self::Held { seq, message } => {
                write!(f, "Held({seq}, {:?} bytes)", message.map(<[u8]>::len))
            }
            Self::Reject { to, reason, tag, text } => {
                write!(f, "Reject({}, {reason:?}, {tag:?}, {text:?})", to.msg_seq_num())
            }
            Self::Logout { text } => write!(f, "Logout({text:?})"),
            Self::TestRequest => f.write_str("TestRequest"),
            Self::ResetSeqNums => f.write_str("ResetSeqNums"),
            Self::SequenceReset { new } => write!(f, "SequenceReset({new})"),
            Self::ResendRequest { from, to } => write!(f, "ResendRequest({from}, {to})"),
            Self::Disconnect => f.write_str("Disconnect"),
        }
    }
}

/// The further fields of a Logon, as they may be shown.
fn shown<'b>(logon: &Fields<'b>) -> Masked<'b> {
    SecretTags::STANDARD.pretty_logon(*logon)
}

/// The driver did what it must not do. Nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Misuse {
    /// This input needs a transport connection, and there is none.
    #[error("there is no connection: feed Input::Connected first")]
    NotConnected,
    /// A second `Connected` without a `Closed` between.
    #[error("there is a connection already: feed Input::Closed before the next Connected")]
    AlreadyConnected,
    /// This input needs an established session.
    #[error("the session is not logged on")]
    NotLoggedOn,
    /// The session is ending, resetting or otherwise engaged.
    #[error("not now: the session is logging out or resetting its numbers")]
    Busy,
    /// [`Action::Recall`](super::Action::Recall) must be answered first.
    #[error("a recalled message is awaited: answer Action::Recall with Input::Held first")]
    HeldExpected,
    /// [`Input::Held`] for another number than the one recalled.
    #[error("Input::Held for a number that was not recalled")]
    HeldUnexpected,
    /// [`Input::Stored`] for a number that is not above the one before.
    #[error("Input::Stored must come in rising order, within the range that was fetched")]
    StoredOutOfOrder,
    /// An attempt or a fetch that was never given out.
    #[error("no attempt or fetch has this id: answer with the id that the action had")]
    UnknownId,
    /// The send buffer still has bytes of the connection before, which would be sent on this one.
    #[error("{bytes} bytes of the connection before: call SendBuffer::clear once it is closed")]
    Leftovers {
        /// How many.
        bytes: usize,
    },
    /// The send buffer can never hold what a step may need.
    #[error("the send buffer holds {capacity} bytes and must hold at least {needed}")]
    SendBufferTooSmall {
        /// What it holds.
        capacity: usize,
        /// [`Config::send_buffer_min`](super::Config::send_buffer_min).
        needed: usize,
    },
    /// A Logon field that is the session's own, or that cannot be written.
    #[error("tag {0} cannot be added to a Logon here")]
    LogonField(Tag),
    /// The Logon fields are longer than [`Config::LOGON_FIELDS_LEN_MAX`](super::Config).
    #[error("the extra Logon fields are too long")]
    LogonFieldsTooLong,
    /// The version or the role does not have this.
    #[error("this version of FIX has no ResetSeqNumFlag")]
    NoResetSeqNumFlag,
    /// A SequenceReset may only raise the next number.
    #[error("NewSeqNo must be higher than the next number, {next_out}")]
    NewSeqNoTooLow {
        /// The next number to be sent.
        next_out: SeqNum,
    },
    /// A SequenceReset must leave numbers to go on with (S-SEQ-12).
    #[error("NewSeqNo must be {max} at most")]
    NewSeqNoTooHigh {
        /// The highest number that a session uses.
        max: u64,
    },
    /// An empty or reversed range.
    #[error("the range ends before it begins")]
    EmptyRange,
}
