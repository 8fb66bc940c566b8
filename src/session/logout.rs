//! Logout(5): ours, theirs, and the one that names a fault.

use core::fmt;

use super::fault::Fault;
use super::gap::Gap;
use super::input::Misuse;
use super::notice::Notice;
use super::reason::{Reason, session_status};
use super::state::{Link, Phase};
use super::step::Step;
use super::text::Text;
use crate::wire::{Message, MsgKind, PutField, SeqNum, Tag};

/// SessionStatus(1409) of the acknowledgement of a normal Logout (S-OUT-13).
const LOGOUT_COMPLETE: u16 = 4;

/// SessionStatus(1409) of a Logout over a MsgSeqNum(34), or a NextExpectedMsgSeqNum(789).
pub(super) const SEQ_NUM_TOO_LOW: u16 = 9;
pub(super) const NEXT_EXPECTED_TOO_HIGH: u16 = 10;

/// How many Logouts of the peer are acknowledged on one connection: it may log out anew behind a
/// ResendRequest (S-OUT-18).
const ACKNOWLEDGEMENTS_MAX: u8 = 5;

impl<'b> Step<'_, 'b> {
    /// Sends a Logout; false, with a notice, when there is no room: an end never waits for room.
    pub(super) fn send_logout(&mut self, text: &dyn fmt::Display, status: Option<u16>) -> bool {
        let text = Text::new(text);
        let next_in = self.state.nums.next_in;
        let sent = self.send(b"5", |body, config| {
            if !text.as_str().is_empty() {
                body.str(Tag::TEXT, text.as_str());
            }
            let over_numbers = matches!(status, Some(SEQ_NUM_TOO_LOW | NEXT_EXPECTED_TOO_HIGH));
            if over_numbers && config.dialect.next_expected_on_logout {
                body.uint(Tag::NEXT_EXPECTED_MSG_SEQ_NUM, next_in.get());
            }
            if let Some(status) = status
                && config.version.has_session_status()
                && !config.dialect.omit_session_status
            {
                body.uint(Tag::SESSION_STATUS, status.into());
            }
        });
        if !sent {
            self.notify(Notice::LeftOut { kind: MsgKind::Logout });
        }
        sent
    }

    /// The operator ends the session in order (S-OUT-03).
    pub(super) fn logout(&mut self, text: &str) -> Result<(), Misuse> {
        let up = match &self.state.link {
            Link::Up(up) => up,
            Link::Down => return Err(Misuse::NotConnected),
            Link::Ended(_) => return Ok(()),
            // Before the Logons are exchanged there is nothing to log out from.
            Link::AwaitingLogon { .. }
            | Link::Deciding { .. }
            | Link::Signing { .. }
            | Link::LogonSent { .. } => {
                self.disconnect(Reason::Requested);
                return Ok(());
            }
        };
        match up.phase {
            Phase::Active | Phase::ResetProbe { .. } => {
                let until = self.until(self.config.logout_timeout);
                if up.replay.is_some() {
                    let text = Text::new(&text).as_str().into();
                    self.enter(Phase::LogoutDue { text, until });
                } else if self.wait_for_room(0) {
                    self.send_own_logout(&text);
                }
                Ok(())
            }
            Phase::ResetSent { .. } => Err(Misuse::Busy),
            Phase::LogoutDue { .. }
            | Phase::LogoutSent { .. }
            | Phase::LogoutReceived { .. }
            | Phase::LogoutAcked { .. }
            | Phase::Failing { .. } => Ok(()),
        }
    }

    /// The Logout that waited for our replay.
    pub(super) fn send_due_logout(&mut self) {
        let phase = self.state.up_mut().map(|up| core::mem::replace(&mut up.phase, Phase::Active));
        if let Some(Phase::LogoutDue { text, .. }) = phase {
            self.send_own_logout(&text);
        }
    }

    /// Our Logout goes out; nothing but answers follows it.
    pub(super) fn send_own_logout(&mut self, text: &dyn fmt::Display) {
        if self.send_logout(text, None) {
            let until = self.until(self.config.logout_timeout);
            self.enter(Phase::LogoutSent { until });
        } else {
            self.disconnect(Reason::LogoutTimeout);
        }
    }

    /// The peer's Logout, in whatever place of its series (S-OUT-06, S-OUT-14).
    pub(super) fn logout_received(&mut self, message: Message<'b>) {
        self.note_expectation(message);
        self.deliver_admin(message);
        let said = session_status(message);
        let Some(up) = self.state.up_mut() else { return };
        if self.config.dialect.acknowledge_logout_at_once {
            // What is missing is asked for after the next Logon.
            up.gap = Gap::default();
        }
        match up.phase {
            // Ours was answered, or both crossed: whoever sent first closes (S-OUT-08, S-OUT-09).
            Phase::LogoutSent { .. } => self.disconnect(Reason::LoggedOut),
            Phase::Failing { fault, .. } => self.disconnect(Reason::Fault(fault)),
            Phase::Active
            | Phase::ResetProbe { .. }
            | Phase::LogoutDue { .. }
            | Phase::LogoutReceived { .. } => {
                if up.is_settled() {
                    self.acknowledge_logout(said);
                } else if let Phase::LogoutReceived { status, .. } = &mut up.phase {
                    *status = said.or(*status);
                } else {
                    let until = self.until(self.config.logout_recovery_timeout);
                    self.enter(Phase::LogoutReceived { until, status: said });
                }
            }
            Phase::ResetSent { .. } => self.acknowledge_logout(said),
            // A peer that answers each of ours would have another one for ever (INV-18).
            Phase::LogoutAcked { status, times, .. } if times >= ACKNOWLEDGEMENTS_MAX => {
                self.disconnect(Reason::LoggedOutByPeer { status: said.or(status) });
            }
            Phase::LogoutAcked { status, .. } => self.acknowledge_logout(said.or(status)),
        }
    }

    /// What the peer's Logout says that it expects, where that is exchanged (S-789-16).
    pub(super) fn note_expectation(&mut self, message: Message<'_>) {
        let stated = message.get_uint(Tag::NEXT_EXPECTED_MSG_SEQ_NUM).and_then(SeqNum::new);
        if self.config.dialect.next_expected_on_logout
            && let Some(next_expected) = stated
        {
            self.notify(Notice::PeerExpects { next_expected });
        }
    }

    /// One acknowledgement per Logout of the peer; from the first one on it has time to close
    /// (S-OUT-06).
    pub(super) fn acknowledge_logout(&mut self, status: Option<u16>) {
        let sent = self.send_logout(&"", Some(LOGOUT_COMPLETE));
        let linger = self.config.logout_linger;
        if sent && !linger.is_zero() {
            let (until, before) = match self.state.phase() {
                Some(&Phase::LogoutAcked { until, times, .. }) => (until, times),
                Some(_) | None => (self.until(linger), 0),
            };
            let times = before.saturating_add(1);
            self.enter(Phase::LogoutAcked { until, status, times });
        } else {
            self.disconnect(Reason::LoggedOutByPeer { status });
        }
    }

    /// Tells the peer what it did wrong, then waits a little for its answer (S-OUT-11).
    pub(super) fn fail(&mut self, fault: Fault) {
        self.notify(Notice::PeerFault(fault));
        let up = self.state.up();
        let (established, logged_out) =
            (up.is_some(), up.is_some_and(|up| up.phase.has_logged_out()));
        let dialect = &self.config.dialect;
        let silent = dialect.silent_logon_refusal && fault.is_wrong_logon(established);
        let plain = established && dialect.plain_logout_after_reject && fault.response().rejects();
        let text: &dyn fmt::Display = if plain { &"" } else { &fault };
        // One Logout that nobody asked for per connection (INV-18).
        let sent = !logged_out && !silent && self.send_logout(text, fault.session_status());
        // Behind bytes that are not read there is no answer to be found (S-FRAME-19).
        let readable = !matches!(fault, Fault::MessageTooLong { .. });
        if sent && established && readable && !self.config.error_logout_wait.is_zero() {
            let until = self.until(self.config.error_logout_wait);
            self.end_recovery();
            self.enter(Phase::Failing { fault, until });
        } else {
            self.disconnect(Reason::Fault(fault));
        }
    }

    /// Ends the connection for a reason of our own: one Logout, unless ours is out (INV-18).
    pub(super) fn give_up(&mut self, reason: Reason, text: &dyn fmt::Display) {
        if self.state.up().is_some_and(|up| !up.phase.has_logged_out()) {
            self.send_logout(text, None);
        }
        self.disconnect(reason);
    }

    /// Drops what was asked for and what is being repeated.
    pub(super) fn end_recovery(&mut self) {
        if let Some(up) = self.state.up_mut() {
            up.gap = Gap::default();
            up.replay = None;
            up.recalled = None;
            up.wanted = None;
            up.probe = None;
        }
    }

    /// Hands a session message to the application: Reject, Logout, the answer to our Logon.
    pub(super) fn deliver_admin(&mut self, message: Message<'b>) {
        // Before the peer answers our reset, it counts in the old series.
        let epoch = if let Some(&Phase::ResetSent { old_epoch, .. }) = self.state.phase() {
            old_epoch
        } else {
            self.state.nums.epoch
        };
        let counted = epoch == self.state.nums.epoch && self.has_counted(message);
        self.deliver(epoch, message, counted);
    }
}
