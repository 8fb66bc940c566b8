//! Logons that come to nothing: refused by us, refused by the peer, or never answered.

use super::input::{Misuse, Refusal};
use super::notice::Notice;
use super::reason::{Reason, refuses, session_status};
use super::state::Link;
use super::step::Step;
use crate::wire::{Message, MsgKind};

impl<'b> Step<'_, 'b> {
    /// The application turns the peer away; only a Logout costs anything, one outbound number.
    pub(super) fn refuse(&mut self, attempt: u32, refusal: Refusal<'_>) -> Result<(), Misuse> {
        self.check_attempt(attempt)?;
        if self.logon_in_question(attempt).is_none() {
            self.notify(Notice::Stale);
            return Ok(());
        }
        let reason = match refusal {
            Refusal::Silent => Reason::LogonRefused,
            Refusal::Logout { status, text } => {
                self.send_logout(&text, status);
                Reason::LogonRefused
            }
            Refusal::Undecided => {
                self.send_logout(&"Nobody decided about the Logon", None);
                Reason::Undecided
            }
        };
        self.disconnect(reason);
        Ok(())
    }

    /// A Logout in place of the peer's Logon: a refusal, whatever its number (S-LOGON-24). Behind
    /// bytes that could not be read it may be the end of a session that the peer had begun, unless
    /// it says otherwise.
    pub(super) fn refused_with_logout(&mut self, message: Message<'b>) {
        let status = session_status(message);
        let unread = matches!(
            self.state.link,
            Link::LogonSent { garbled, rejected: false, .. } if garbled > 0
        );
        self.count(message);
        self.note_expectation(message);
        self.deliver_admin(message);
        self.disconnect(if unread && !refuses(status) {
            Reason::LogonUnread
        } else {
            Reason::RefusedByPeer { status }
        });
    }

    /// A Reject or a BusinessMessageReject in place of the peer's Logon can only be about ours: it
    /// is refused. What says more may follow: a Logout, and its SessionStatus(1409).
    pub(super) fn logon_rejected(&mut self, message: Message<'b>) {
        let soon = self.until(self.config.error_logout_wait);
        self.count(message);
        self.deliver_admin(message);
        if self.config.error_logout_wait.is_zero() {
            self.disconnect(Reason::RefusedByPeer { status: None });
        } else if let Link::LogonSent { until, rejected, .. } = &mut self.state.link {
            *rejected = true;
            *until = soon.min(*until);
        }
    }

    /// Why a connection is over whose Logons were not both exchanged in time, or `closed` by the
    /// peer before.
    pub(super) fn without_logons(&self, closed: bool) -> Reason {
        match self.state.link {
            Link::LogonSent { rejected: true, .. } => Reason::RefusedByPeer { status: None },
            Link::LogonSent { garbled, noise, .. } if noise || garbled > 0 => Reason::LogonUnread,
            Link::LogonSent { .. } if closed => Reason::ClosedBeforeLogon,
            Link::LogonSent { .. } if self.out.held_back() > 0 => Reason::NotStored,
            Link::LogonSent { .. } => Reason::LogonUnanswered,
            _ if closed => Reason::Closed,
            Link::Deciding { .. } => Reason::VerdictTimeout,
            Link::Signing { .. } => Reason::NotSigned,
            Link::AwaitingLogon { .. } | Link::Down | Link::Up(_) | Link::Ended(_) => {
                Reason::LogonTimeout
            }
        }
    }
}

/// Whether the peer rejects what we sent.
pub(super) fn is_rejection(message: Message<'_>) -> bool {
    let rejects = message.kind() == MsgKind::Reject || message.msg_type() == b"j";
    rejects && !message.poss_dup()
}
