//! What an adapter does about what happened to a session.

use alloc::vec::Vec;
use core::time::Duration;

use super::super::admission::ConnectionId;
use super::super::turned_away::TurnedAway;
use crate::engine::SessionId;

/// What a connection may do whose session has one already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "it is refused or it is not")]
pub enum Newcomer {
    /// It is refused (S-LOGON-22), unless the session's connection ends within a quarter of a
    /// second: a peer that lost its connection is often back before that was noticed.
    #[default]
    Refuse,
    /// The session's connection must prove with an answer to a TestRequest, or any other byte,
    /// that its peer is there. If it does not within this time, it is ended, and the new one
    /// takes its place (INV-13).
    ReplaceStale {
        /// How long the proof may take.
        patience: Duration,
    },
}

/// What became of a proof that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "an adapter must know each")]
pub enum Proof {
    /// A byte came.
    Alive,
    /// None came.
    Stale,
    /// Nobody drives the connection, so that it cannot be asked.
    NotDriven,
    /// The connection does not read, because its application is behind.
    Behind,
}

/// Where a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "an operator must know each")]
pub enum SessionState {
    /// It has no connection, and waits for a Logon.
    Idle,
    /// It has no connection, and its store is being loaded or its numbers are being set.
    Loading,
    /// It has a connection that is not logged on yet.
    LoggingOn,
    /// It has a connection.
    Up,
    /// It has a connection that must prove that its peer is there.
    Proving,
    /// It has a connection that did not prove itself and is being ended.
    Replacing,
    /// It takes no connection.
    Disabled,
    /// It is going to be removed when its connection is over.
    Leaving,
}

/// What to do with a connection whose Logon is for a session.
#[derive(Debug)]
#[must_use = "a connection must not be forgotten"]
#[expect(clippy::exhaustive_enums, reason = "an adapter must do each")]
pub enum Arrival<C> {
    /// It has the session: load the session's store if need be, enter the connection, say
    /// [`connected`](super::Directory::connected) and [`logged_on`](super::Directory::logged_on), and
    /// [`give_back`](super::Directory::give_back) whatever happens.
    Take(C),
    /// The session's connection must prove itself: report what becomes of that with
    /// [`proved`](super::Directory::proved), and keep the new one meanwhile.
    Prove {
        /// How long the proof may take.
        patience: Duration,
    },
    /// Keep it: the session may become free. See [`Directory::expired`](super::Directory::expired).
    Wait,
    /// Close it without a byte.
    TurnAway(TurnedAway),
}

/// What to do about a proof that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a connection must not be forgotten"]
#[expect(clippy::exhaustive_enums, reason = "an adapter must do each")]
pub enum Proved {
    /// Close the new connection without a byte.
    TurnAway(ConnectionId, TurnedAway),
    /// End the session's connection and give it back; the new one takes its place.
    EndOld,
    /// Nothing: nobody waits for it any more.
    Nothing,
}

/// What to do with what was given back.
#[derive(Debug)]
#[must_use = "a session must not be forgotten"]
#[expect(clippy::exhaustive_enums, reason = "an adapter must do each")]
pub enum GivenBack<C> {
    /// Nothing: it is kept until the next Logon.
    Kept,
    /// The connection that waited has it, as with [`Arrival::Take`].
    ToNext(ConnectionId, C),
    /// The session was removed, or the acceptor shuts down: it is the caller's.
    Left(C),
}

/// What becomes of a session that is disabled or removed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stopped {
    /// Whether it is taken: log out its connection, which is given back when it is over.
    pub is_taken: bool,
    /// To be closed without a byte, for this reason.
    pub turned_away: Option<(ConnectionId, TurnedAway)>,
}

/// Why a session cannot be added.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddError {
    /// It is there already.
    #[error("there is a session {other} already")]
    Duplicate {
        /// The session that is there.
        other: SessionId,
    },
    /// A qualifier is never sent, so that no Logon tells the two apart.
    #[error("only its qualifier tells it from {other}, and a Logon has none")]
    OnlyQualifierDiffers {
        /// The session that is there.
        other: SessionId,
    },
    /// Each has as many SubIDs and LocationIDs as the other, and one Logon can have them all.
    #[error("one Logon can fit it and {other} equally well; let one of their ids differ")]
    FitsEqually {
        /// The session that is there.
        other: SessionId,
    },
    /// The configuration is that of an initiator.
    #[error("the configuration is that of an initiator; build it with Config::acceptor")]
    NotAcceptor,
    /// The template has made as many sessions as it may.
    #[error("no further session may be made from the template")]
    TooManySessions,
    /// The acceptor shuts down.
    #[error("the acceptor shuts down")]
    ShuttingDown,
}

/// What there is to do when an acceptor shuts down.
#[derive(Debug)]
#[non_exhaustive]
pub struct Shutdown<C> {
    /// What was kept for the sessions that have no connection.
    pub kept: Vec<(SessionId, C)>,
    /// The sessions that have one: log them out, and give them back when they are over.
    pub taken: Vec<SessionId>,
    /// Connections that waited for a session: to be closed without a byte.
    pub turned_away: Vec<(SessionId, ConnectionId, TurnedAway)>,
}

/// What there is to do about a session that is removed.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "it has a connection or it has none")]
pub enum Removed<C> {
    /// Nothing: here is what was kept for it.
    Now(C),
    /// It is taken, and leaves when it is [given back](super::Directory::give_back).
    Later(Stopped),
}
