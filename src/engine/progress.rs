//! What an advance came to, and what a connection waits for.

use super::connection::Life;
use crate::session::{Instant, SeqNums, Status};
use crate::wire::SeqNum;

/// Where a connection stands after [`advance`](super::Connection::advance).
///
/// Whatever it is: send what [`flushable`](super::Connection::flushable) gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a driver must know every reason to wait")]
#[must_use = "events must be taken, and the connection advanced again"]
pub enum Progress {
    /// Take every [`event`](super::Connection::event), then advance again.
    Events,
    /// Nothing is left to do before bytes come, a deadline passes or the application sends.
    Idle,
    /// Nothing is read before the application asks for the next
    /// [`event`](super::Connection::event): it holds a message.
    Lent,
    /// Nothing is read before the application has [`handled`](super::Connection::handled) the
    /// oldest message that it was lent: too many numbers lie between that and the next.
    WindowFull,
    /// The send buffer lacks room: flush, then advance again. Go on reading meanwhile.
    SendFull,
    /// Bytes wait for the verdict on a Logon, or for its signature.
    Verdict,
    /// The store reads what the peer wants again, and wakes.
    Store,
}

/// Where a connection stands, as plain data: for monitors, and for whoever asks from elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// Where the connection is in its life. While it is [`Life::Closed`] nothing is known of the
    /// store, and the numbers are those of a session that never was, or of before a failure.
    pub life: Life,
    /// Where the session stands.
    pub status: Status,
    /// The session's numbers.
    pub numbers: SeqNums,
    /// The incoming number from which the session would go on after a crash, at best: nothing from
    /// it on was released by the application.
    pub next_in_released: SeqNum,
    /// How many delivered messages the application has not handled.
    pub unhandled: usize,
    /// How many drafts wait for their number.
    pub queued: usize,
    /// Whom the connection waits for, if for anybody.
    pub waits_for: Option<WaitsFor>,
}

/// Whom a connection waits for, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WaitsFor {
    /// The application: it has taken no event since then. Nothing more is read; our Heartbeats go
    /// on, and the peer is not called silent.
    Application(Instant),
    /// The store: a commit, or a message that is to be sent again, is under way since then.
    Store(Instant),
    /// The peer: it has taken no byte since then.
    Peer(Instant),
}
