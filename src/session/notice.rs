//! What a session reports without asking for anything.

use core::fmt;
use core::time::Duration;

use super::fault::Fault;
use crate::dictionary::Violation;
use crate::wire::{MsgKind, SeqNum};

/// Something happened that a person or a monitor may want to know. Holds no bytes of the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Notice {
    /// Both Logons are exchanged.
    LoggedOn {
        /// HeartBtInt(108) in seconds, as agreed; 0 means none.
        heart_bt_int: u32,
    },
    /// The peer did something wrong; what was done about it follows from the fault's rule.
    PeerFault(Fault),
    /// A message breaks a rule of its dictionary, and the policy lets it pass. Or it is a session
    /// message that says all that is needed of it, and something that is wrong besides.
    Tolerated(Violation),
    /// A session message was received and counted, or answered.
    Received {
        /// Which one.
        kind: MsgKind,
        /// Its MsgSeqNum(34).
        seq: u64,
        /// Whether it carried PossDupFlag(43)=Y.
        poss_dup: bool,
    },
    /// A retransmission of something received before was dropped (S-SEQ-08).
    Duplicate {
        /// Its MsgSeqNum(34).
        seq: u64,
    },
    /// A message was dropped because the state does not allow it.
    Dropped {
        /// Its MsgSeqNum(34).
        seq: u64,
        /// Why.
        why: Dropped,
    },
    /// Messages are missing; they were asked for, or will be when our own replay is done.
    GapFound {
        /// The first missing number.
        from: SeqNum,
        /// The last number that is known to be missing.
        to: SeqNum,
    },
    /// Nothing is missing any more.
    GapFilled {
        /// The next expected number.
        next_in: SeqNum,
    },
    /// The next expected number was moved by the peer's SequenceReset (S-GAP-02, S-RST-02).
    SequenceReset {
        /// The expected number before.
        from: SeqNum,
        /// The expected number now.
        to: SeqNum,
        /// Whether it was a gap fill rather than a Reset.
        gap_fill: bool,
    },
    /// The answer to the peer's ResendRequest begins.
    ReplayStarted {
        /// The first number.
        from: SeqNum,
        /// The last number.
        to: SeqNum,
    },
    /// The answer to the peer's ResendRequest is complete; composing is possible again.
    ReplayDone {
        /// How many messages were sent again.
        repeated: u64,
        /// How many numbers were gap-filled: session messages, and what the store does not have or
        /// must not be repeated.
        filled: u64,
    },
    /// Nothing came from the peer for so long that a TestRequest asks whether it is there
    /// (S-HB-02).
    Silent {
        /// Since its last message.
        time: Duration,
    },
    /// The driver is late with [`Input::Tick`](super::Input::Tick): what is due is not done, and
    /// a silent peer is not noticed. Told once until the next Tick.
    TickOverdue {
        /// By how much.
        by: Duration,
    },
    /// Bytes that cannot be read came before our Logon left, so that they are no answer to it: what
    /// is left of the connection before, unless the peer speaks first.
    EarlyBytes,
    /// A wait for the peer is over, and some of what it should have got never left.
    Unsent {
        /// How many bytes wait for [`SendBuffer::stored`](crate::wire::SendBuffer::stored) or
        /// [`reset_stored`](crate::wire::SendBuffer::reset_stored).
        for_store: usize,
        /// How many bytes wait to be [flushed](crate::wire::SendBuffer::flushed).
        for_transport: usize,
    },
    /// A stored message was gap-filled rather than sent again.
    NotRepeated {
        /// Its number.
        seq: SeqNum,
        /// Why.
        why: NotRepeated,
    },
    /// Both numbers restarted at 1.
    Reset {
        /// The epoch that began.
        epoch: u32,
    },
    /// The peer agreed to our reset.
    ResetDone,
    /// The number of the peer's Logon was taken as it came (S-789-17).
    NumberAdopted {
        /// The number.
        next_in: SeqNum,
    },
    /// The peer's Logout says which number it expects of us (S-789-16). Whoever trusts it starts the
    /// next session with it as [`SeqNums::next_out`](super::SeqNums::next_out).
    PeerExpects {
        /// The number.
        next_expected: SeqNum,
    },
    /// A number has reached the one from which on to warn (S-SEQ-12).
    NumbersRunOut {
        /// The next expected number.
        next_in: SeqNum,
        /// The next number of ours.
        next_out: SeqNum,
    },
    /// A message of ours was left out for lack of room in the send buffer.
    LeftOut {
        /// Which one.
        kind: MsgKind,
    },
    /// An answer for another attempt, fetch or epoch was ignored.
    Stale,
}

/// Why an inbound message was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dropped {
    /// It came ahead of a gap and cannot be remembered; it will be asked for.
    Ahead,
    /// We are closing after an error, or have acknowledged the peer's Logout (S-OUT-06).
    Ending,
    /// It belongs to the series before our reset (S-RESET-07).
    OldSeries,
    /// It was acted on before, when it came ahead of a gap.
    Done,
}

/// Why a stored message was gap-filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotRepeated {
    /// It is damaged, or not the message of that number.
    Corrupt,
    /// The configuration says that it is too old (S-RSND-04).
    Stale,
    /// The configuration does not repeat messages of its type (S-RSND-04).
    Type,
    /// The peer does not accept messages of its length (S-LOGON-16), or the configuration does
    /// not any more.
    TooLong,
}

impl Notice {
    /// The rule on which the decision rests, by its id in [`rules`](crate::rules).
    pub const fn rule(self) -> &'static str {
        match self {
            Self::LoggedOn { .. } => "S-LOGON-03",
            Self::PeerFault(fault) => fault.rule(),
            Self::Tolerated(violation) => violation.check.rule(),
            Self::Received { kind, poss_dup: true, .. }
                if !matches!(kind, MsgKind::Application) =>
            {
                "S-PD-06"
            }
            Self::Received { kind, .. } => match kind {
                MsgKind::Heartbeat => "S-HB-06",
                MsgKind::TestRequest => "S-HB-05",
                MsgKind::ResendRequest => "S-RSND-01",
                MsgKind::Reject => "S-VAL-09",
                MsgKind::SequenceReset => "S-RST-03",
                MsgKind::Logout => "S-OUT-06",
                MsgKind::Logon => "S-LOGON-40",
                MsgKind::Application => "S-SEQ-05",
            },
            Self::Duplicate { .. } => "S-SEQ-08",
            Self::Dropped { why, .. } => match why {
                Dropped::Ahead => "S-SEQ-10",
                Dropped::Ending => "S-OUT-06",
                Dropped::OldSeries => "S-RESET-07",
                Dropped::Done => "S-LOGON-41",
            },
            Self::GapFound { .. } => "S-SEQ-06",
            Self::GapFilled { .. } => "S-RR-06",
            Self::SequenceReset { gap_fill: true, .. } => "S-GAP-02",
            Self::SequenceReset { gap_fill: false, .. } => "S-RST-02",
            Self::ReplayStarted { .. } => "S-RSND-01",
            Self::ReplayDone { .. } => "S-RSND-02",
            Self::Silent { .. } | Self::TickOverdue { .. } => "S-HB-02",
            Self::EarlyBytes => "INV-16",
            Self::Unsent { .. } => "INV-04",
            Self::NotRepeated { why: NotRepeated::Corrupt, .. } => "S-RSND-11",
            Self::NotRepeated { .. } => "S-RSND-04",
            Self::Reset { .. } | Self::ResetDone => "S-RESET-01",
            Self::NumberAdopted { .. } => "S-789-17",
            Self::PeerExpects { .. } => "S-789-16",
            Self::NumbersRunOut { .. } => "S-SEQ-12",
            Self::LeftOut { .. } => "S-OUT-12",
            Self::Stale => "INV-16",
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LoggedOn { heart_bt_int } => {
                write!(f, "logged on, heartbeat every {heart_bt_int} s")
            }
            // What ends a connection needs somebody to mend it.
            Self::PeerFault(fault) if fault.response().ends() => {
                write!(f, "{fault}; {}", fault.advice())
            }
            Self::PeerFault(fault) => write!(f, "{fault}"),
            Self::Tolerated(violation) => write!(f, "let pass: {violation}"),
            Self::Received { kind, seq, poss_dup } => {
                let again = if *poss_dup { ", repeated" } else { "" };
                write!(f, "received {kind} {seq}{again}")
            }
            Self::Duplicate { seq } => write!(f, "{seq} was received before; dropped"),
            Self::Dropped { seq, why } => write!(f, "{seq} dropped: {why}"),
            Self::GapFound { from, to } => write!(f, "missing {from} to {to}"),
            Self::GapFilled { next_in } => write!(f, "nothing is missing; {next_in} is next"),
            Self::SequenceReset { from, to, gap_fill: true } => {
                write!(f, "gap fill: from {from} to {to}")
            }
            Self::SequenceReset { from, to, gap_fill: false } => {
                write!(f, "sequence reset: from {from} to {to}")
            }
            Self::ReplayStarted { from, to } => write!(f, "sending {from} to {to} again"),
            Self::ReplayDone { repeated, filled } => {
                write!(f, "answered: {repeated} sent again, {filled} gap-filled")
            }
            Self::Silent { time } => {
                write!(f, "nothing came for {:.1} s: sent a TestRequest", time.as_secs_f32())
            }
            Self::TickOverdue { by } => {
                write!(f, "the driver is {:.1} s late with Input::Tick", by.as_secs_f32())
            }
            Self::EarlyBytes => f.write_str(
                "bytes came before our Logon left: clear the receive buffer between connections",
            ),
            Self::Unsent { for_store, for_transport } => write!(
                f,
                "not sent: {for_store} bytes wait for the store, {for_transport} for the transport"
            ),
            Self::NotRepeated { seq, why } => write!(f, "{seq} is gap-filled: {why}"),
            Self::Reset { epoch } => write!(f, "both numbers restart at 1, epoch {epoch}"),
            Self::ResetDone => f.write_str("the peer agreed to the reset"),
            Self::NumberAdopted { next_in } => write!(f, "took the peer's number, {next_in}"),
            Self::PeerExpects { next_expected } => write!(f, "the peer expects {next_expected}"),
            Self::NumbersRunOut { next_in, next_out } => {
                write!(f, "plan a reset: {next_in} is next in, {next_out} is next out")
            }
            Self::LeftOut { kind } => write!(f, "no room for a {kind}; left out"),
            Self::Stale => f.write_str("an answer to something that is over; ignored"),
        }
    }
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ahead => "ahead of a gap, and cannot be remembered",
            Self::Ending => "the session is ending",
            Self::OldSeries => "of the series before the reset",
            Self::Done => "acted on before",
        })
    }
}

impl fmt::Display for NotRepeated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Corrupt => "the stored bytes are damaged",
            Self::Stale => "too old",
            Self::Type => "of a type that is not repeated",
            Self::TooLong => "longer than is accepted",
        })
    }
}
