//! Why a connection ended, and what that means for the next one.

use core::fmt;

use super::fault::Fault;
use crate::wire::{Message, Tag};

/// Why a connection ended.
///
/// [`recovery`](Self::recovery) says what to make of it, [`advice`](Self::advice) says it to a
/// person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// Logouts were exchanged, and ours was the first, or crossed the peer's (S-OUT-01).
    LoggedOut,
    /// The peer logged us out, and we acknowledged it (S-OUT-06).
    LoggedOutByPeer {
        /// SessionStatus(1409) of its Logout.
        status: Option<u16>,
    },
    /// The peer did not answer our Logout in time (S-OUT-04).
    LogoutTimeout,
    /// The peer logged us out, and did not close in time after our acknowledgement (S-OUT-06).
    LingerTimeout,
    /// The transport closed without a Logout (S-OUT-16).
    Closed,
    /// The transport closed without an answer to our Logon: so does a peer that does not know
    /// who we are (S-LOGON-19).
    ClosedBeforeLogon,
    /// The driver asked for it.
    Requested,
    /// The transport took no byte of ours for several heartbeat intervals, although the peer may go
    /// on sending (INV-17). Given by [`engine::Connection`](crate::engine::Connection), never by a
    /// session.
    PeerDoesNotRead,
    /// The peer came back on another connection, and this one did not prove that there is somebody
    /// at its other end (INV-13). Given by [`engine::Connection`](crate::engine::Connection), never
    /// by a session.
    Replaced,
    /// The driver's store failed: what is not durable must not be sent. Given by
    /// [`engine::Connection`](crate::engine::Connection), never by a session.
    StoreFailed,
    /// The driver never said that its store has what waited for it: nothing left, and nothing
    /// could come back (INV-04).
    NotStored,
    /// The peer that connected to us sent no Logon in time (S-LOGON-26).
    LogonTimeout,
    /// The peer did not answer our Logon in time (S-LOGON-26).
    LogonUnanswered,
    /// The application gave no verdict on the peer's Logon in time (S-LOGON-02).
    VerdictTimeout,
    /// The application let the verdict on the peer's Logon drop (S-LOGON-02).
    Undecided,
    /// The application did not sign our Logon in time.
    NotSigned,
    /// The application refused the peer's Logon (S-LOGON-21).
    LogonRefused,
    /// The peer refused our Logon with a Logout, a Reject or a BusinessMessageReject
    /// (S-LOGON-24).
    RefusedByPeer {
        /// SessionStatus(1409) of its Logout.
        status: Option<u16>,
    },
    /// What the peer answered to our Logon could not be read, and nothing but a Logout followed: it
    /// may have welcomed us.
    LogonUnread,
    /// The peer fell silent (S-HB-03).
    Silence,
    /// What was asked for did not come (S-RR-07, S-FRAME-14).
    RecoveryFailed,
    /// The driver fed no stored message for too long.
    ReplayStalled,
    /// The peer did not take part in our reset (S-RESET-07).
    ResetFailed,
    /// Our own numbers are used up (S-SEQ-12).
    Exhausted,
    /// The peer broke a rule that ends a connection.
    Fault(Fault),
}

/// What the end of a connection means for the next one (INV-25).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a policy must have an answer to each")]
pub enum Recovery {
    /// It ended as we wished: nothing is to be done before somebody wishes otherwise.
    Done,
    /// Try again. Nothing says that it will happen again; after a healthy session the pauses
    /// begin anew.
    Retry,
    /// Try again, later each time. It will likely end the same way, however healthy the session
    /// looks meanwhile: a pause that grows from one such end to the next.
    RetryLater,
    /// The peer sent us away in good order, as at the end of its day or for a restart: try again
    /// after a pause of minutes rather than seconds.
    WaitLonger,
    /// A person must change something first: trying again is pointless or harmful.
    Operator,
}

/// Values of SessionStatus(1409) (S-OUT-13).
mod status {
    pub(super) const ACTIVE: u16 = 0;
    pub(super) const PASSWORD_CHANGED: u16 = 1;
    pub(super) const PASSWORD_EXPIRES: u16 = 2;
    pub(super) const PASSWORD_NOT_COMPLIANT: u16 = 3;
    pub(super) const LOGOUT_COMPLETE: u16 = 4;
    pub(super) const INVALID_CREDENTIALS: u16 = 5;
    pub(super) const ACCOUNT_LOCKED: u16 = 6;
    pub(super) const NOT_NOW: u16 = 7;
    pub(super) const PASSWORD_EXPIRED: u16 = 8;
    pub(super) const SEQ_NUM_TOO_LOW: u16 = 9;
    pub(super) const NEXT_EXPECTED_TOO_HIGH: u16 = 10;
}

/// SessionStatus(1409) of a Logout, in whatever version.
pub(super) fn session_status(logout: Message<'_>) -> Option<u16> {
    logout.get_uint(Tag::SESSION_STATUS).and_then(|status| u16::try_from(status).ok())
}

/// Whether this SessionStatus(1409) says that the peer turns us away.
pub(super) const fn refuses(status: Option<u16>) -> bool {
    matches!(
        status,
        Some(
            status::PASSWORD_NOT_COMPLIANT
                | status::INVALID_CREDENTIALS
                | status::ACCOUNT_LOCKED
                | status::NOT_NOW
                | status::PASSWORD_EXPIRED
                | status::SEQ_NUM_TOO_LOW
                | status::NEXT_EXPECTED_TOO_HIGH
        )
    )
}

/// What a Logout of the peer means; `refused` when it answered our Logon.
const fn by_status(status: Option<u16>, refused: bool) -> Recovery {
    match status {
        Some(
            status::NOT_NOW
            | status::ACTIVE
            | status::PASSWORD_CHANGED
            | status::PASSWORD_EXPIRES
            | status::LOGOUT_COMPLETE,
        ) => Recovery::WaitLonger,
        // Wrong once more, and the account may be locked.
        status if refuses(status) || refused => Recovery::Operator,
        Some(_) | None => Recovery::WaitLonger,
    }
}

const fn advice_by_status(status: Option<u16>, refused: bool) -> &'static str {
    match status {
        Some(status::PASSWORD_NOT_COMPLIANT) => {
            "choose another NewPassword(925): the peer's rules do not allow this one"
        }
        Some(status::INVALID_CREDENTIALS) => {
            "mend Username(553) and Password(554) before you try again: a few more wrong attempts \
             may lock the account"
        }
        Some(status::ACCOUNT_LOCKED) => "have the peer unlock the account",
        Some(status::NOT_NOW) => {
            "wait for the peer's session hours; if they have begun, compare the schedules"
        }
        Some(status::PASSWORD_EXPIRED) => "change the password: it has expired",
        Some(status::SEQ_NUM_TOO_LOW) => {
            "the peer expects a higher MsgSeqNum(34) than we sent: set our next outgoing number, \
             or agree on a reset"
        }
        Some(status::NEXT_EXPECTED_TOO_HIGH) => {
            "we expect more than the peer has sent: set our next incoming number, or agree on a \
             reset"
        }
        _ if refused => {
            "read the Text(58) of what the peer sent, and mend what it names: identity, \
             credentials, numbers or hours"
        }
        _ => "wait: the peer ended the session, as at the end of its day or for a restart",
    }
}

impl Reason {
    /// The rule on which the decision rests, by its id in [`rules`](crate::rules); `operator` where it
    /// is the caller's wish.
    pub const fn rule(self) -> &'static str {
        match self {
            Self::LoggedOut => "S-OUT-01",
            Self::LogoutTimeout => "S-OUT-04",
            Self::LoggedOutByPeer { .. } | Self::LingerTimeout => "S-OUT-06",
            Self::Closed => "S-OUT-16",
            Self::ClosedBeforeLogon => "S-LOGON-19",
            Self::Requested => "operator",
            Self::PeerDoesNotRead => "INV-17",
            Self::Replaced => "INV-13",
            Self::StoreFailed => "INV-27",
            Self::NotStored => "INV-04",
            Self::LogonTimeout | Self::LogonUnanswered => "S-LOGON-26",
            Self::VerdictTimeout | Self::Undecided => "S-LOGON-02",
            Self::NotSigned => "S-LOGON-01",
            Self::LogonRefused => "S-LOGON-21",
            Self::RefusedByPeer { .. } | Self::LogonUnread => "S-LOGON-24",
            Self::Silence => "S-HB-03",
            Self::RecoveryFailed => "S-RR-07",
            Self::ReplayStalled => "S-RSND-02",
            Self::ResetFailed => "S-RESET-07",
            Self::Exhausted => "S-SEQ-12",
            Self::Fault(fault) => fault.rule(),
        }
    }

    /// What it means for the next connection.
    pub const fn recovery(self) -> Recovery {
        match self {
            Self::LoggedOut | Self::LogoutTimeout | Self::Requested => Recovery::Done,
            Self::Closed | Self::Silence | Self::Replaced => Recovery::Retry,
            Self::LoggedOutByPeer { status } => by_status(status, false),
            Self::RefusedByPeer { status } => by_status(status, true),
            Self::LingerTimeout => Recovery::WaitLonger,
            Self::LogonRefused | Self::Exhausted => Recovery::Operator,
            Self::Fault(fault) => fault.recovery(),
            Self::ClosedBeforeLogon
            | Self::PeerDoesNotRead
            | Self::StoreFailed
            | Self::NotStored
            | Self::LogonTimeout
            | Self::LogonUnanswered
            | Self::VerdictTimeout
            | Self::Undecided
            | Self::NotSigned
            | Self::LogonUnread
            | Self::RecoveryFailed
            | Self::ReplayStalled
            | Self::ResetFailed => Recovery::RetryLater,
        }
    }

    /// What to do next, for a person: half a sentence, without a full stop.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::LoggedOut | Self::LogoutTimeout | Self::Requested => {
                "nothing is to be done: it ended as was wished"
            }
            Self::LoggedOutByPeer { status } => advice_by_status(status, false),
            Self::RefusedByPeer { status } => advice_by_status(status, true),
            Self::LingerTimeout => advice_by_status(None, false),
            Self::Closed => "nothing is lost: the next Logon goes on where this connection ended",
            Self::ClosedBeforeLogon => {
                "compare address, CompIDs and BeginString with what the peer has: one that does \
                 not know us closes without a word"
            }
            Self::Replaced => "nothing is to be done: the session goes on over the new connection",
            Self::PeerDoesNotRead => {
                "ask the peer why it stopped reading: what we owe it does not leave"
            }
            Self::StoreFailed => "mend the store: nothing can be sent that it does not keep",
            Self::NotStored => {
                "the driver must call SendBuffer::stored for each message once its store has it"
            }
            Self::LogonTimeout => {
                "whoever connected said nothing: a port scan or a health check, if it is not the \
                 peer"
            }
            Self::LogonUnanswered => {
                "the peer accepts connections and does not answer: ask it whether it serves FIX \
                 on this address"
            }
            Self::VerdictTimeout => {
                "decide about Logons faster, or raise logon_timeout: each needs a verdict"
            }
            Self::Undecided => {
                "accept or refuse each Logon that the application is asked about: this one was \
                 let drop"
            }
            Self::NotSigned => "sign our Logons faster, or raise logon_timeout",
            Self::LogonRefused => "nothing is to be done here: the application refused this Logon",
            Self::LogonUnread => "the line garbles bytes, or the peer does not speak this FIX",
            Self::Silence => "look at the network if it happens again: the peer's bytes stopped",
            Self::RecoveryFailed => {
                "ask the peer to send the missing messages or a SequenceReset for them"
            }
            Self::ReplayStalled => "look at the store: it is too slow to send old messages again",
            Self::ResetFailed => "ask the peer whether it takes part in resets of a session",
            Self::Exhausted => "agree with the peer on a reset: our sequence numbers are used up",
            Self::Fault(fault) => fault.advice(),
        }
    }

    /// Whether the session ended as both sides wished, with Logouts.
    pub const fn is_orderly(self) -> bool {
        matches!(
            self,
            Self::LoggedOut
                | Self::LoggedOutByPeer { .. }
                | Self::LogoutTimeout
                | Self::LingerTimeout
        )
    }

    /// Whether each side has said Logout.
    pub(super) const fn are_logouts_exchanged(self) -> bool {
        self.is_orderly() && !matches!(self, Self::LogoutTimeout)
    }

    /// Whether trying again without a person's help is pointless or harmful: numbers that do not
    /// fit, an identity or a Logon that is wrong (INV-25).
    pub const fn needs_operator(self) -> bool {
        matches!(self.recovery(), Recovery::Operator)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (words, status) = match self {
            Self::LoggedOut => ("logged out", &None),
            Self::LoggedOutByPeer { status } => ("the peer logged us out", status),
            Self::LogoutTimeout => ("the peer did not answer our Logout", &None),
            Self::LingerTimeout => ("the peer did not close after the Logouts", &None),
            Self::Closed => ("the transport closed without a Logout", &None),
            Self::ClosedBeforeLogon => ("the peer closed without answering our Logon", &None),
            Self::Requested => ("disconnected on request", &None),
            Self::PeerDoesNotRead => ("the peer does not read what we send", &None),
            Self::Replaced => ("the peer came back on another connection", &None),
            Self::StoreFailed => ("the store failed", &None),
            Self::NotStored => ("what was to be sent waited for the store until the end", &None),
            Self::LogonTimeout => ("no Logon in time", &None),
            Self::LogonUnanswered => ("the peer did not answer our Logon", &None),
            Self::VerdictTimeout => ("the application did not decide about the Logon", &None),
            Self::Undecided => ("the application let the verdict on the Logon drop", &None),
            Self::NotSigned => ("the application did not sign our Logon", &None),
            Self::LogonRefused => ("we refused the Logon", &None),
            Self::RefusedByPeer { status } => ("the peer refused our Logon", status),
            Self::LogonUnread => ("the peer's answer to our Logon could not be read", &None),
            Self::Silence => ("the peer fell silent", &None),
            Self::RecoveryFailed => ("missing messages did not come", &None),
            Self::ReplayStalled => ("the store gave no message for too long", &None),
            Self::ResetFailed => ("the peer did not take part in the reset", &None),
            Self::Exhausted => ("our sequence numbers are used up", &None),
            Self::Fault(fault) => return write!(f, "{fault}"),
        };
        f.write_str(words)?;
        status.map_or(Ok(()), |status| write!(f, " (SessionStatus {status})"))
    }
}
