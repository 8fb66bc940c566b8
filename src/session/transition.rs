//! The transition table: every way from one state to another, in one place.
//!
//! The steps do not look here to decide; builds with debug assertions check each of them against
//! the table, and `docs/STATES.md` is drawn from it.

use super::state::{Link, Phase, State};

/// The name of a state, as it stands in `docs/STATES.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Down,
    AwaitingLogon,
    Deciding,
    Signing,
    LogonSent,
    Active,
    ResetProbe,
    ResetSent,
    LogoutDue,
    LogoutSent,
    LogoutReceived,
    LogoutAcked,
    Failing,
    Ended,
}

use Name::{
    Active, AwaitingLogon, Deciding, Down, Ended, Failing, LogonSent, LogoutAcked, LogoutDue,
    LogoutReceived, LogoutSent, ResetProbe, ResetSent, Signing,
};

/// From, to, and what makes it so.
pub(super) const TRANSITIONS: &[(Name, Name, &str)] = &[
    (Down, AwaitingLogon, "connected (acceptor)"),
    (Down, Signing, "connected, Logon to be signed"),
    (Down, LogonSent, "connected (initiator): Logon sent"),
    (Down, Ended, "connected (initiator): no number is left for a Logon"),
    (AwaitingLogon, Deciding, "Logon of the right identity"),
    (AwaitingLogon, Active, "Logon received, and nobody is asked: Logon sent"),
    (
        AwaitingLogon,
        ResetSent,
        "the same, and our reset is still to be agreed on: reset Logon sent",
    ),
    (AwaitingLogon, Ended, "anything else, or nothing in time"),
    (Deciding, Active, "accepted: Logon sent"),
    (Deciding, ResetSent, "accepted, and our reset is still to be agreed on: reset Logon sent"),
    (Deciding, Ended, "refused, or no verdict in time"),
    (Signing, LogonSent, "signed: Logon sent"),
    (Signing, Ended, "not signed in time"),
    (LogonSent, Active, "Logon received"),
    (LogonSent, Ended, "anything else, or nothing in time"),
    (Active, ResetProbe, "reset asked for: TestRequest sent"),
    (Active, LogoutDue, "logout asked for during a replay"),
    (Active, LogoutSent, "logout asked for: Logout sent"),
    (Active, LogoutReceived, "Logout received, something is missing or being repeated"),
    (Active, LogoutAcked, "Logout received: Logout sent"),
    (Active, Failing, "fault: Logout sent"),
    (Active, Ended, "silence, recovery failed, or no linger"),
    (ResetProbe, Active, "reset Logon received: Logon sent"),
    (ResetProbe, ResetSent, "Heartbeat received: reset Logon sent"),
    (ResetProbe, LogoutDue, "logout asked for during a replay"),
    (ResetProbe, LogoutSent, "logout asked for: Logout sent"),
    (ResetProbe, LogoutReceived, "Logout received, something is missing or being repeated"),
    (ResetProbe, LogoutAcked, "Logout received: Logout sent"),
    (ResetProbe, Failing, "fault: Logout sent"),
    (ResetProbe, Ended, "no answer in time"),
    (ResetSent, Active, "reset Logon received"),
    (ResetSent, LogoutAcked, "Logout received: Logout sent"),
    (ResetSent, Failing, "fault: Logout sent"),
    (ResetSent, Ended, "no answer in time"),
    (LogoutDue, LogoutSent, "replay done, or time is up: Logout sent"),
    (LogoutDue, LogoutReceived, "Logout received, the replay goes on"),
    (LogoutDue, LogoutAcked, "Logout received: Logout sent"),
    (LogoutDue, Failing, "fault: Logout sent"),
    (LogoutDue, Ended, "silence"),
    (LogoutReceived, LogoutAcked, "nothing is missing, or time is up: Logout sent"),
    (LogoutReceived, Failing, "fault: Logout sent"),
    (LogoutReceived, Ended, "silence, recovery failed, or no linger"),
    (LogoutSent, Ended, "Logout received, or nothing in time"),
    (LogoutAcked, Ended, "the peer closed, or nothing in time"),
    (Failing, Ended, "Logout received, or nothing in time"),
    (Ended, Down, "closed"),
];

/// The name of the state that a session is in.
pub(super) const fn name(state: &State) -> Name {
    match &state.link {
        Link::Down => Down,
        Link::AwaitingLogon { .. } => AwaitingLogon,
        Link::Deciding { .. } => Deciding,
        Link::Signing { .. } => Signing,
        Link::LogonSent { .. } => LogonSent,
        Link::Ended(_) => Ended,
        Link::Up(up) => match &up.phase {
            Phase::Active => Active,
            Phase::ResetProbe { .. } => ResetProbe,
            Phase::ResetSent { .. } => ResetSent,
            Phase::LogoutDue { .. } => LogoutDue,
            Phase::LogoutSent { .. } => LogoutSent,
            Phase::LogoutReceived { .. } => LogoutReceived,
            Phase::LogoutAcked { .. } => LogoutAcked,
            Phase::Failing { .. } => Failing,
        },
    }
}

/// Whether one step may lead from `from` to `to`. Losing the transport leads down from anywhere.
pub(super) fn is_allowed(from: Name, to: Name) -> bool {
    from == to
        || (to == Down && from != Down)
        || (to == Ended && from != Down)
        || TRANSITIONS.iter().any(|&(f, t, _)| (f, t) == (from, to))
}
