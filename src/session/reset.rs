//! Both numbers back to 1: a new epoch, at a Logon or in session (S-RESET).

use super::action::Entry;
use super::asked::Asked;
use super::input::Misuse;
use super::logon_facts::facts;
use super::notice::Notice;
use super::policy::Role;
use super::reason::Reason;
use super::state::{Link, LogonFacts, Phase, SeqNums};
use super::step::Step;
use crate::wire::{Fields, Scan, SeqNum};

impl Step<'_, '_> {
    /// Starts a new epoch; the one place where the numbers go back.
    ///
    /// `pending`: the peer has not agreed yet, so that each further Logon asks for it again.
    pub(super) fn reset_numbers(&mut self, pending: bool) {
        let nums = &mut self.state.nums;
        nums.epoch = nums.epoch.wrapping_add(1);
        nums.next_in = SeqNum::MIN;
        nums.next_out = SeqNum::MIN;
        nums.reset_pending = pending;
        let epoch = nums.epoch;
        // What was asked for were other messages.
        if let Some(up) = self.state.up_mut() {
            up.asked = Asked::default();
        }
        self.out.hold_reset();
        self.actions.push(Entry::Reset { epoch, pending });
        self.actions.push(Entry::Discard { below: SeqNum::MAX });
        self.notify(Notice::Reset { epoch });
    }

    /// Whether no number was used yet but that of an initiator's Logon: a reset takes nothing away,
    /// and needs no permission.
    pub(super) fn is_fresh(&self) -> bool {
        let SeqNums { next_in, next_out, .. } = self.state.nums;
        let own_logon = if self.config.role == Role::Initiator { 2 } else { 1 };
        next_in == SeqNum::MIN && next_out.get() <= own_logon
    }

    /// Initiator: whether the answer makes us reset, and say so with a further Logon (S-RESET-10).
    /// Where that was not agreed on, and nothing is to be reset, the flag only says what is so.
    pub(super) fn obeys_reset(&self, logon: LogonFacts, asked: bool) -> bool {
        logon.reset && !asked && self.config.reset_permission.at_logon
    }

    /// Initiator: starts from 1 when the policy says so; true when our Logon is to say so too.
    /// Until the peer agrees, each attempt is number 1 of an epoch of its own (LOG-11).
    pub(super) fn reset_before_logon(&mut self) -> bool {
        let (nums, policy) = (self.state.nums, self.config.reset);
        let fresh = nums.next_in == SeqNum::MIN && nums.next_out == SeqNum::MIN;
        let asks = nums.reset_pending || policy.announces(fresh);
        let announced = asks && self.config.version.has_reset_seq_num_flag();
        if asks || policy.at_logon {
            self.reset_numbers(announced);
        }
        announced
    }

    /// The operator asks for a reset. Without a connection it comes with the next Logon; in session
    /// first make sure that nothing is on its way (S-RESET-03).
    pub(super) fn reset_in_session(&mut self) -> Result<(), Misuse> {
        if !self.config.version.has_reset_seq_num_flag() {
            return Err(Misuse::NoResetSeqNumFlag);
        }
        if matches!(self.state.link, Link::Down) {
            // Once, and until the peer agrees: the next Logon says so (LOG-11).
            self.reset_numbers(true);
            return Ok(());
        }
        let up = self.state.up().ok_or(Misuse::NotLoggedOn)?;
        if !matches!(up.phase, Phase::Active) {
            return Err(Misuse::Busy);
        }
        if self.wait_for_room(0) {
            let until = self.until(self.config.logon_timeout);
            self.enter(Phase::ResetProbe { test_req_id: None, until });
            self.settle();
        }
        Ok(())
    }

    /// Nothing is missing, and nothing is being repeated: ask whether the peer has everything.
    pub(super) fn probe_for_reset(&mut self) {
        let test_req_id = Some(self.send_test_request());
        let until = self.until(self.config.logon_timeout);
        self.enter(Phase::ResetProbe { test_req_id, until });
    }

    /// The peer asks for numbers up to `end`: when our TestRequest is among them it becomes part of
    /// a gap fill, and another one must follow.
    pub(super) fn probe_again_behind(&mut self, end: SeqNum) {
        if let Some(up) = self.state.up_mut()
            && let Phase::ResetProbe { test_req_id, .. } = &mut up.phase
        {
            *test_req_id = test_req_id.filter(|id| *id > end);
        }
    }

    /// The peer answered the TestRequest: everything it sent before has arrived.
    pub(super) fn begin_reset(&mut self) {
        let (old_epoch, old_next_in) = (self.state.nums.epoch, self.state.nums.next_in);
        self.end_recovery();
        self.reset_numbers(true);
        let until = self.until(self.config.logon_timeout);
        self.enter(Phase::ResetSent { old_epoch, old_next_in, until });
        let heart_bt_int = self.state.up().map_or(0, |up| up.heart_bt_int_secs);
        self.send_logon(heart_bt_int, true, Fields::EMPTY);
    }

    /// Acceptor: the line broke before the peer agreed to our reset, and its Logon says nothing of
    /// one: ask again, in answer to it (S-RESET-10).
    pub(super) fn reset_again(&mut self, logon: LogonFacts, extra: Fields<'_>) {
        // A peer sends nothing between its Logon and ours.
        let (old_epoch, old_next_in) = (self.state.nums.epoch, logon.seq.next());
        self.reset_numbers(true);
        let until = self.until(self.config.logon_timeout);
        self.enter(Phase::ResetSent { old_epoch, old_next_in, until });
        self.send_logon(logon.heart_bt_int_secs, true, extra);
    }

    /// The peer resets in session, and may: obey, and answer in kind (S-RESET-06).
    pub(super) fn reset_received(&mut self, scan: &Scan<'_>) {
        self.end_recovery();
        self.reset_numbers(false);
        self.state.nums.next_in = SeqNum::MIN.next();
        self.enter(Phase::Active);
        let heart_bt_int = self.adopt_reset_logon(scan);
        let now = self.now.monotonic;
        if let Some(up) = self.state.up_mut() {
            up.resets.add(now);
        }
        self.send_logon(heart_bt_int, true, Fields::EMPTY);
        self.note(scan.message);
    }

    /// What a Logon in session says counts as at the opening; the agreed HeartBtInt(108).
    fn adopt_reset_logon(&mut self, scan: &Scan<'_>) -> u32 {
        let logon = facts(self.config, scan, SeqNum::MIN, self.now.utc);
        self.state.learn_versions(self.config, scan.message);
        if let Some(up) = self.state.up_mut() {
            up.heart_bt_int_secs = logon.heart_bt_int_secs;
            up.message_len_max = logon.max_message_size.unwrap_or(usize::MAX);
            up.reset_said = true;
        }
        logon.heart_bt_int_secs
    }

    /// The peer answers our reset, or asks for the same at the same time, which is as good.
    pub(super) fn reset_answered(&mut self, scan: &Scan<'_>) {
        self.state.nums.next_in = SeqNum::MIN.next();
        self.enter(Phase::Active);
        self.adopt_reset_logon(scan);
        self.note(scan.message);
        self.reset_is_done();
    }

    /// The peer has agreed to the reset that we asked for.
    pub(super) fn reset_is_done(&mut self) {
        self.state.nums.reset_pending = false;
        self.notify(Notice::ResetDone);
    }

    pub(super) fn give_up_on_reset(&mut self) {
        self.give_up(Reason::ResetFailed, &"The sequence number reset was not answered");
    }

    /// The connection is over: the policy may want fresh numbers for the next one (S-RESET-13).
    pub(super) fn closed(&mut self) -> Result<(), Misuse> {
        if matches!(self.state.link, Link::Down) {
            return Err(Misuse::NotConnected);
        }
        let reason = if let Link::Ended(reason) = self.state.link {
            reason
        } else {
            // The peer closes once we have acknowledged its Logout (S-OUT-06).
            let reason = match self.state.phase() {
                Some(&Phase::LogoutAcked { status, .. }) => Reason::LoggedOutByPeer { status },
                Some(_) => Reason::Closed,
                None => self.without_logons(true),
            };
            self.disconnect(reason);
            reason
        };
        self.state.link = Link::Down;
        let policy = self.config.reset;
        let error = matches!(reason, Reason::Fault(_));
        let wanted = policy.at_disconnect
            || (policy.at_logout && reason.are_logouts_exchanged())
            || (policy.at_error && error);
        let nums = self.state.nums;
        let used = nums.next_in != SeqNum::MIN || nums.next_out != SeqNum::MIN;
        if wanted && used {
            self.reset_numbers(nums.reset_pending);
        }
        Ok(())
    }
}
