//! Logon(A): opening a connection, as initiator and as acceptor (S-LOGON).

use super::action::Entry;
use super::clock::Instant;
use super::fault::Fault;
use super::gap::Kind;
use super::inbound::{SEQ_MAX, resend_range};
use super::input::Misuse;
use super::logon_facts::{adopted, facts, identify_logon, number_fault};
use super::notice::Notice;
use super::outbound::write_merged;
use super::policy::Role;
use super::reason::Reason;
use super::refusal::is_rejection;
use super::state::{Link, LogonFacts, SeqNums, Up};
use super::step::Step;
use crate::wire::{Digits, Field, Fields, Message, MsgKind, Scan, SeqNum, Tag};

impl<'b> Step<'_, 'b> {
    /// The transport is up: an initiator logs on, an acceptor waits for the Logon (S-LOGON-01).
    pub(super) fn connected(&mut self, logon: Fields<'_>) -> Result<(), Misuse> {
        if !matches!(self.state.link, Link::Down) {
            return Err(Misuse::AlreadyConnected);
        }
        let (capacity, needed) = (self.out.capacity(), self.config.send_buffer_min());
        if capacity < needed {
            return Err(Misuse::SendBufferTooSmall { capacity, needed });
        }
        if !self.out.is_empty() {
            let bytes = self.out.held_back().saturating_add(self.out.flushable().len());
            return Err(Misuse::Leftovers { bytes });
        }
        self.config.check_logon_fields(logon)?;
        let until = self.until(self.config.logon_timeout);
        if self.config.role == Role::Acceptor {
            self.state.link = Link::AwaitingLogon { until };
            return Ok(());
        }
        if self.config.sign_logon && !logon.is_empty() {
            return Err(Misuse::LogonField(first_tag(logon)));
        }
        let reset = self.reset_before_logon();
        if self.state.nums.next_out.get() > SEQ_MAX {
            // Nothing can be sent, not even why (S-SEQ-12).
            self.disconnect(Reason::Exhausted);
            return Ok(());
        }
        if self.config.sign_logon {
            let attempt = self.state.next_attempt();
            let (seq, sending_time) = (self.state.nums.next_out, self.now.utc);
            self.state.link = Link::Signing { attempt, seq, sending_time, reset, until };
            self.actions.push(Entry::Sign { attempt, seq, sending_time });
        } else {
            self.log_on(reset, until, logon);
        }
        Ok(())
    }

    /// Our Logon goes out.
    fn log_on(&mut self, reset: bool, until: Instant, logon: Fields<'_>) {
        self.state.link = Link::LogonSent {
            reset,
            until,
            garbled: 0,
            asked: None,
            noise: false,
            rejected: false,
        };
        self.send_logon(self.config.heart_bt_int_secs, reset, logon);
    }

    /// The last word on the fields of our Logon.
    pub(super) fn signed(&mut self, attempt: u32, logon: Fields<'_>) -> Result<(), Misuse> {
        self.config.check_logon_fields(logon)?;
        self.check_attempt(attempt)?;
        let Link::Signing { attempt: asked, sending_time, reset, until, .. } = self.state.link
        else {
            self.notify(Notice::Stale);
            return Ok(());
        };
        if asked != attempt {
            self.notify(Notice::Stale);
        } else if self.wait_for_room(0) {
            // What was signed is what goes out.
            self.now.utc = sending_time;
            self.log_on(reset, until, logon);
        }
        Ok(())
    }

    /// Writes our Logon: the session's fields among those of the configuration and the attempt.
    pub(super) fn send_logon(&mut self, heart_bt_int_secs: u32, reset: bool, extra: Fields<'_>) {
        let next_in = Digits::new(self.state.nums.next_in.get());
        self.send(b"A", |body, config| {
            body.raw_data_without_length(config.dialect.framing.raw_data_without_length);
            let heart_bt_int = Digits::new(heart_bt_int_secs.into());
            let size = Digits::new(config.message_len_max as u64);
            let test = config.test_message_indicator;
            let own = [
                Some((Tag::ENCRYPT_METHOD, b"0".as_slice())),
                Some((Tag::HEART_BT_INT, heart_bt_int.as_bytes())),
                reset.then_some((Tag::RESET_SEQ_NUM_FLAG, b"Y")),
                config
                    .announce_max_message_size
                    .then_some((Tag::MAX_MESSAGE_SIZE, size.as_bytes())),
                test.map(|test| {
                    (Tag::TEST_MESSAGE_INDICATOR, if test { b"Y".as_slice() } else { b"N" })
                }),
                // The number that we expect once the peer's Logon is counted (S-789-01, S-789-06).
                config
                    .next_expected_msg_seq_num
                    .then_some((Tag::NEXT_EXPECTED_MSG_SEQ_NUM, next_in.as_bytes())),
                config
                    .version
                    .is_fixt()
                    .then_some((Tag::DEFAULT_APPL_VER_ID, config.default_appl_ver_id.as_bytes())),
            ];
            let mut own = own.into_iter().flatten().map(|(tag, value)| Field { tag, value });
            let mut configured = config.logon_fields.fields().iter();
            write_merged(body, [&mut own, &mut configured, &mut extra.iter()]);
        });
    }

    /// Acceptor: the first message. Nothing of it has an effect before the application's verdict,
    /// and nobody who is unknown learns anything (S-LOGON-19, S-LOGON-23).
    pub(super) fn first_message(&mut self, scan: &Scan<'b>) {
        let message = scan.message;
        if message.kind() != MsgKind::Logon {
            return self.close_silently(Fault::NotLogon);
        }
        if let Err(fault) = identify_logon(self.config, scan) {
            return self.close_silently(fault);
        }
        let Some(seq) = SeqNum::new(message.msg_seq_num()) else {
            return self.close_silently(Fault::NoMsgSeqNum);
        };
        let logon = facts(self.config, scan, seq, self.now.utc);
        self.state.learn_versions(self.config, message);
        let attempt = self.state.next_attempt();
        let Link::AwaitingLogon { until } = self.state.link else {
            return;
        };
        self.state.link = Link::Deciding { attempt, logon, until };
        if self.config.dialect.ask_about_logons {
            self.actions.set_message(message);
            self.actions.push(Entry::Authenticate { attempt });
        } else {
            self.welcome(logon, Fields::EMPTY);
            if matches!(self.state.link, Link::Up(_)) {
                self.deliver_admin(message);
            }
        }
    }

    pub(super) fn close_silently(&mut self, fault: Fault) {
        self.notify(Notice::PeerFault(fault));
        self.disconnect(Reason::Fault(fault));
    }

    /// The application welcomes the peer; everything else about the Logon is checked now.
    pub(super) fn accept(&mut self, attempt: u32, extra: Fields<'_>) -> Result<(), Misuse> {
        self.config.check_logon_fields(extra)?;
        self.check_attempt(attempt)?;
        let Some(logon) = self.logon_in_question(attempt) else {
            self.notify(Notice::Stale);
            return Ok(());
        };
        self.welcome(logon, extra);
        Ok(())
    }

    /// Nobody has anything against the peer: everything else about its Logon is checked.
    fn welcome(&mut self, logon: LogonFacts, extra: Fields<'_>) {
        // A refused Logon must leave the numbers as they were (INV-12).
        let resets = logon.reset || self.config.reset.at_logon;
        let nums =
            if resets { SeqNums::FRESH } else { adopted(self.config, logon, self.state.nums) };
        // The peer does not know of our reset: its numbers are those of the old series.
        let old_series = nums.reset_pending;
        let fault = logon
            .fault
            .or_else(|| self.reset_fault(logon, false))
            .or_else(|| if old_series { None } else { number_fault(logon, nums) });
        if let Some(fault) = fault {
            self.fail(fault);
            return;
        }
        if nums.next_out.get() > SEQ_MAX && !old_series {
            self.disconnect(Reason::Exhausted);
            return;
        }
        if !self.wait_for_room(0) {
            return;
        }
        if old_series {
            self.open(logon);
            self.reset_again(logon, extra);
            return;
        }
        if resets {
            self.reset_numbers(false);
        } else {
            self.adopt(nums);
        }
        self.count_logon(logon);
        self.send_logon(logon.heart_bt_int_secs, logon.reset, extra);
        self.establish(logon);
    }

    /// The Logon that this attempt's verdict is about.
    pub(super) fn logon_in_question(&self, attempt: u32) -> Option<LogonFacts> {
        let Link::Deciding { attempt: asked, logon, .. } = self.state.link else { return None };
        (asked == attempt).then_some(logon)
    }

    /// An answer to what was never asked is the driver's mistake; one that comes too late is not.
    pub(super) fn check_attempt(&self, attempt: u32) -> Result<(), Misuse> {
        if self.state.attempts.has(attempt) { Ok(()) } else { Err(Misuse::UnknownId) }
    }

    /// Initiator: the first message of the peer (1B.c to 1B.e). False when it has to wait for room.
    pub(super) fn logon_answer(&mut self, scan: &Scan<'b>, reset: bool) -> bool {
        let message = scan.message;
        if let Err(fault) = identify_logon(self.config, scan) {
            self.close_silently(fault);
            return true;
        }
        if message.kind() == MsgKind::Logout {
            self.refused_with_logout(message);
            return true;
        }
        if is_rejection(message) {
            self.logon_rejected(message);
            return true;
        }
        if let Some(range) = self.asked_too_early(message) {
            if let Link::LogonSent { asked, .. } = &mut self.state.link {
                *asked = Some(range);
            }
            self.note(message);
            self.count(message);
            return true;
        }
        match self.judge_answer(scan, reset) {
            Ok(logon) => {
                if !self.wait_for_room(0) {
                    return false;
                }
                self.state.learn_versions(self.config, message);
                if self.obeys_reset(logon, reset) {
                    self.open(logon);
                    self.reset_received(scan);
                } else {
                    if reset {
                        self.reset_is_done();
                    }
                    let asked = self.asked_before_logon();
                    self.adopt(adopted(self.config, logon, self.state.nums));
                    self.count_logon(logon);
                    self.establish(logon);
                    if let Some(up) = self.state.up_mut() {
                        up.reset_said |= reset;
                    }
                    if let Some((begin, end)) = asked {
                        self.replay(begin, end);
                    }
                }
                self.deliver_admin(message);
            }
            Err(fault) => self.fail(fault),
        }
        true
    }

    /// The range of a ResendRequest before the peer's Logon, where that is allowed (S-LOGON-24).
    fn asked_too_early(&self, message: Message<'_>) -> Option<(SeqNum, SeqNum)> {
        let early = self.config.dialect.resend_request_before_logon
            && message.kind() == MsgKind::ResendRequest
            && !message.poss_dup();
        if early { resend_range(self.config, self.state, message).ok() } else { None }
    }

    fn asked_before_logon(&self) -> Option<(SeqNum, SeqNum)> {
        if let Link::LogonSent { asked, .. } = self.state.link { asked } else { None }
    }

    /// Takes the numbers that a Logon was judged by.
    fn adopt(&mut self, nums: SeqNums) {
        if nums != self.state.nums {
            self.state.nums = nums;
            self.notify(Notice::NumberAdopted { next_in: nums.next_in });
        }
    }

    fn judge_answer(&self, scan: &Scan<'_>, reset: bool) -> Result<LogonFacts, Fault> {
        if scan.message.kind() != MsgKind::Logon {
            return Err(Fault::NotLogon);
        }
        let seq = SeqNum::new(scan.message.msg_seq_num()).ok_or(Fault::NoMsgSeqNum)?;
        let logon = facts(self.config, scan, seq, self.now.utc);
        let nums = if self.obeys_reset(logon, reset) {
            SeqNums::FRESH
        } else {
            adopted(self.config, logon, self.state.nums)
        };
        let fault = logon
            .fault
            .or_else(|| self.reset_fault(logon, reset))
            .or_else(|| number_fault(logon, nums));
        fault.map_or(Ok(logon), Err)
    }

    /// Whether the reset flag is what was agreed on; `asked` says that we asked for a reset.
    fn reset_fault(&self, logon: LogonFacts, asked: bool) -> Option<Fault> {
        let says_so = logon.reset || self.config.dialect.infer_reset;
        let answers = says_so && logon.seq == SeqNum::MIN;
        let permitted = match self.config.role {
            Role::Initiator if asked && answers => return None,
            Role::Initiator if asked => return Some(Fault::ResetNotAnswered),
            // Nobody asked for it, or the line broke before we could know (S-RESET-10).
            Role::Initiator => self.config.reset_permission.at_logon,
            // What we wait for or do ourselves needs no permission.
            Role::Acceptor => {
                self.config.reset_permission.at_logon
                    || self.config.reset.at_logon
                    || self.state.nums.reset_pending
            }
        };
        match logon.reset {
            true if !permitted && !self.is_fresh() => Some(Fault::ResetNotPermitted),
            true if logon.seq != SeqNum::MIN => Some(Fault::ResetNotOne),
            true | false => None,
        }
    }

    /// The peer's Logon uses up its number, if that is the expected one.
    fn count_logon(&mut self, logon: LogonFacts) {
        if logon.seq == self.state.nums.next_in {
            self.state.nums.next_in = logon.seq.next();
        }
    }

    /// The session is established, its numbers aside.
    fn open(&mut self, logon: LogonFacts) {
        let mut up = Up::new(logon.heart_bt_int_secs, self.now.monotonic);
        up.message_len_max = logon.max_message_size.unwrap_or(usize::MAX);
        // An acceptor repeats the flag that it received.
        up.reset_said = logon.reset;
        self.state.link = Link::Up(up);
        self.warn(logon.warning);
        self.notify(Notice::LoggedOn { heart_bt_int: logon.heart_bt_int_secs });
    }

    /// Both Logons are exchanged (S-LOGON-40, S-LOGON-41).
    fn establish(&mut self, logon: LogonFacts) {
        let seq = logon.seq;
        self.open(logon);
        if let Some(next_expected) = logon.next_expected {
            self.fill_unasked(next_expected);
        }
        if seq >= self.state.nums.next_in {
            // Ahead of a gap, and acted on: its number is done, what is missing is asked for.
            self.remember(seq, Kind::Done);
            if logon.next_expected.is_some() {
                self.expect_fill(seq);
            }
            self.settle();
        }
    }

    /// The peer says in its Logon what it expects: send that again, our own Logon's number
    /// included, without being asked.
    fn fill_unasked(&mut self, next_expected: SeqNum) {
        let Some(own_logon) = self.state.nums.next_out.previous() else {
            return;
        };
        let missed = match self.config.role {
            // It spoke before it could have seen our Logon (S-789-04, S-789-05).
            Role::Acceptor => next_expected < own_logon,
            // It has seen ours, or says that it has not (S-789-09).
            Role::Initiator => next_expected <= own_logon,
        };
        if !missed {
            return;
        }
        // Our Logon was ahead of what the acceptor expects, and it says where to begin. Some count the
        // Logon all the same, say one more than they mean, and ask for nothing: the one before is sent
        // on its own, so that it is a plain duplicate to those who count right.
        if self.config.role == Role::Initiator
            && let Some(before) = next_expected.previous()
        {
            self.replay(before, before);
        }
        self.replay(next_expected, own_logon);
    }
}

fn first_tag(fields: Fields<'_>) -> Tag {
    fields.iter().next().map_or(Tag::MSG_TYPE, |field| field.tag)
}
