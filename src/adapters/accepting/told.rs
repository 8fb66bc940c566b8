//! What the owner of an acceptor is told besides the lines that it gets.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use core::fmt;

use crate::adapters::lease::Left;
use crate::engine::{Peer, SessionId, StoreError, TurnedAway};
use crate::session::Instant;

/// How much waits for an owner that does not listen; then the oldest make room.
const TOLD_MAX: usize = 1024;

/// Something that happened to an acceptor.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Told {
    /// A connection was closed before it had a session (EDGE-14).
    TurnedAway {
        /// Where it came from.
        peer: Peer,
        /// Which session it claimed to be, where it got as far.
        claimed: Option<SessionId>,
        /// Why.
        why: TurnedAway,
    },
    /// A connection could not be accepted, or handled for want of something; accepting goes on.
    AcceptFailed {
        /// Why.
        error: Arc<str>,
        /// When it goes on, on the acceptor's clock.
        again_at: Instant,
    },
    /// The store of a session failed between its connections, or could not be loaded.
    StoreFailed {
        /// Which session.
        session: SessionId,
        /// What went wrong, and what to do.
        error: StoreError,
    },
    /// A session's line is over.
    Left {
        /// Which session.
        session: SessionId,
        /// How it was left.
        how: Left,
    },
    /// The handler of a session gave it up: the session ends, and the others go on. What the
    /// handler held comes again.
    Broke {
        /// Which session.
        session: SessionId,
        /// Whether it panicked.
        panicked: bool,
    },
    /// So many of these were not told, since nobody listened.
    Missed(u64),
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TurnedAway { peer, claimed: None, why } => write!(f, "{peer} turned away: {why}"),
            Self::TurnedAway { peer, claimed: Some(claimed), why } => {
                write!(f, "{peer} as {claimed} turned away: {why}")
            }
            Self::AcceptFailed { error, .. } => write!(f, "a connection was not accepted: {error}"),
            Self::StoreFailed { session, error } => write!(f, "{session}: {error}"),
            Self::Left { session, how } => write!(f, "{session}: {how}"),
            Self::Broke { session, panicked } => {
                let how = if *panicked { "panicked" } else { "broke" };
                write!(f, "{session}: its handler {how}, and the session ends")
            }
            Self::Missed(missed) => write!(f, "{missed} words missed"),
        }
    }
}

/// What waits to be told.
#[derive(Debug, Default)]
pub(in crate::adapters) struct Tellings {
    told: VecDeque<Told>,
    missed: u64,
}

impl Tellings {
    pub(in crate::adapters) fn push(&mut self, told: Told) {
        if self.told.len() >= TOLD_MAX {
            self.told.pop_front();
            self.missed = self.missed.saturating_add(1);
        }
        self.told.push_back(told);
    }

    pub(in crate::adapters) fn pop(&mut self) -> Option<Told> {
        if self.missed > 0 {
            return Some(Told::Missed(core::mem::take(&mut self.missed)));
        }
        self.told.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;
    use crate::engine::{StoreErrorKind, TurnedAway};
    use crate::session::Reason;

    // EDGE-14: whoever serves has a line for each refusal.
    #[test]
    fn edge_14_what_is_told_prints_as_a_line() {
        let peer = Peer::Ip("192.0.2.1".parse().expect("an address"), 7);
        let session = SessionId::parse("FIX.4.4:BROKER->CLIENT").expect("an id");
        let claimed = Some(session.clone());
        let error = StoreError::new(StoreErrorKind::InUse, "a.fix: another process has it");
        for (told, line) in [
            (
                Told::TurnedAway { peer, claimed: None, why: TurnedAway::Late },
                "192.0.2.1:7 turned away: no Logon in time",
            ),
            (
                Told::TurnedAway { peer, claimed, why: TurnedAway::Unknown },
                "192.0.2.1:7 as FIX.4.4:BROKER->CLIENT turned away: there is no such session",
            ),
            (
                Told::AcceptFailed {
                    error: "too many files".into(),
                    again_at: Instant::from_millis(1),
                },
                "a connection was not accepted: too many files",
            ),
            (
                Told::Left { session: session.clone(), how: Left::Ended(Reason::Closed) },
                "FIX.4.4:BROKER->CLIENT: the line ended: the transport closed without a Logout",
            ),
            (
                Told::Broke { session: session.clone(), panicked: true },
                "FIX.4.4:BROKER->CLIENT: its handler panicked, and the session ends",
            ),
            (Told::Missed(3), "3 words missed"),
        ] {
            assert_eq!(told.to_string(), line);
        }
        let told = Told::StoreFailed { session, error }.to_string();
        assert!(told.starts_with("FIX.4.4:BROKER->CLIENT: "), "{told}");
        assert!(told.contains("another process has it"), "{told}");
    }
}
