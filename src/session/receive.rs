//! Bytes in: one message at most, through the gate, to what the verdict asks for.

use super::action::{Blocked, Entry};
use super::fault::{Counted, Fault, Rejection, Response};
use super::inbound::{self, Verdict};
use super::input::Misuse;
use super::notice::{Dropped, Notice};
use super::outbound::STEP_ROOM;
use super::reject::RejectText;
use super::state::{Link, Phase};
use super::step::Step;
use crate::dictionary::Violation;
use crate::wire::{
    Framed, Garbled, Leniency, Message, MsgKind, Scan, SeqNum, Tag, next_frame,
    next_frame_leniently, scan_leniently,
};

/// BusinessRejectReason(380) of a missing field that others demand (S-VAL-21).
const CONDITIONALLY_REQUIRED: u64 = 5;

impl<'b> Step<'_, 'b> {
    /// Takes at most one message from the front of `bytes`.
    pub(super) fn receive(&mut self, bytes: &'b [u8]) -> Result<(), Misuse> {
        self.read(bytes)?;
        if self.actions.blocked() == Blocked::No {
            self.caught_up();
        }
        Ok(())
    }

    fn read(&mut self, bytes: &'b [u8]) -> Result<(), Misuse> {
        match &self.state.link {
            Link::Down => return Err(Misuse::NotConnected),
            Link::Up(up) if up.recalled.is_some() => return Err(Misuse::HeldExpected),
            Link::Deciding { .. } | Link::Signing { .. } => {
                self.actions.block(Blocked::Verdict);
                return Ok(());
            }
            Link::Ended(_) => {
                self.actions.consume(bytes.len());
                return Ok(());
            }
            Link::AwaitingLogon { .. } | Link::LogonSent { .. } | Link::Up(_) => {}
        }
        let mut rest = bytes;
        loop {
            match self.frame(rest, self.config.message_len_max) {
                Framed::NeedMore(_) => return Ok(()),
                Framed::Noise { skip } => {
                    self.actions.consume(skip);
                    self.note_early_bytes();
                    if let Link::LogonSent { noise, .. } = &mut self.state.link {
                        *noise = true;
                    }
                    if self.end_old_series() {
                        return Ok(());
                    }
                    rest = rest.get(skip..).unwrap_or_default();
                }
                Framed::Garbled { skip, reason } => {
                    self.garbled(reason, rest.get(..skip).unwrap_or_default());
                    return Ok(());
                }
                Framed::TooLong { declared } => {
                    self.actions.consume(rest.len());
                    self.too_long(declared);
                    return Ok(());
                }
                Framed::Frame(frame) => {
                    let len = frame.bytes().len();
                    match scan_leniently(frame, self.config.fields_max, self.config.dialect.framing)
                    {
                        Ok(scan) => self.message(&scan, len),
                        Err(reason) => self.garbled(reason, frame.bytes()),
                    }
                    return Ok(());
                }
            }
        }
    }

    /// The message at the front of `bytes`, as strictly as was agreed.
    #[inline]
    pub(super) fn frame<'m>(&self, bytes: &'m [u8], message_len_max: usize) -> Framed<'m> {
        match self.config.dialect.framing {
            Leniency { trust_body_length: false, any_check_sum: false, .. } => {
                next_frame(bytes, message_len_max)
            }
            leniency => next_frame_leniently(bytes, message_len_max, leniency),
        }
    }

    /// Ignored, not counted, no sign of life (S-FRAME-11, S-FRAME-12); rejected by option.
    fn garbled(&mut self, reason: Garbled, bytes: &[u8]) {
        if self.rejects_garbled() && !self.wait_for_room(0) {
            return;
        }
        self.actions.consume(bytes.len());
        let fault = Fault::Garbled(reason);
        self.end_old_series();
        self.note_early_bytes();
        let count = match &mut self.state.link {
            // Nobody we know would begin like this (S-LOGON-25).
            Link::AwaitingLogon { .. } => return self.close_silently(fault),
            Link::LogonSent { garbled, .. } => garbled,
            Link::Up(up) => &mut up.garbled,
            Link::Down | Link::Deciding { .. } | Link::Signing { .. } | Link::Ended(_) => return,
        };
        *count = count.saturating_add(1);
        let count = *count;
        if count <= self.config.garbled_max {
            self.notify(Notice::PeerFault(fault));
            if self.rejects_garbled() {
                self.reject_garbled(bytes);
            }
        } else if matches!(self.state.link, Link::Up(_)) {
            self.fail(Fault::TooManyGarbled);
        } else {
            self.close_silently(Fault::TooManyGarbled);
        }
    }

    /// Whoever blames the peer for bytes that cannot be read is told when they cannot be an answer:
    /// of the first of them, however they are cut.
    fn note_early_bytes(&mut self) {
        let first = matches!(self.state.link, Link::LogonSent { noise: false, garbled: 0, .. });
        if first && !self.out.is_empty() {
            self.notify(Notice::EarlyBytes);
        }
    }

    /// Whether garbled messages are answered now.
    fn rejects_garbled(&self) -> bool {
        self.config.dialect.reject_garbled && self.state.up().is_some_and(|up| up.phase.may_ask())
    }

    /// Its bytes are not waited for (S-FRAME-19).
    fn too_long(&mut self, declared: u64) {
        let fault = Fault::MessageTooLong { declared };
        if matches!(self.state.link, Link::Up(_)) {
            self.fail(fault);
        } else {
            self.close_silently(fault);
        }
    }

    fn message(&mut self, scan: &Scan<'b>, len: usize) {
        match &self.state.link {
            Link::AwaitingLogon { .. } => {
                self.actions.consume(len);
                self.first_message(scan);
            }
            Link::LogonSent { reset, .. } => {
                let reset = *reset;
                if self.logon_answer(scan, reset) {
                    self.actions.consume(len);
                }
            }
            Link::Up(up) => {
                let mut warning = None;
                let verdict = inbound::judge(self.config, self.state, up, scan, &mut warning);
                if self.has_room_for(verdict) {
                    self.actions.consume(len);
                    if !matches!(verdict, Verdict::Fault(fault) if fault.is_identity()) {
                        self.received();
                    }
                    self.warn(warning);
                    self.apply(verdict, scan);
                }
            }
            Link::Down | Link::Deciding { .. } | Link::Signing { .. } | Link::Ended(_) => {}
        }
    }

    /// Whether the step can write all that `verdict` may lead to; blocks the step otherwise. What
    /// ends the connection never waits.
    pub(super) fn has_room_for(&mut self, verdict: Verdict<'_>) -> bool {
        match verdict {
            Verdict::Application
            | Verdict::Logout
            | Verdict::Count
            | Verdict::Heartbeat { .. }
            | Verdict::Reject
            | Verdict::GapFill { .. }
            | Verdict::SequenceReset { .. } => !self.sets_off() || self.wait_for_room(0),
            Verdict::TestRequest { test_req_id } => self.wait_for_room(test_req_id.len()),
            Verdict::Fault(fault) => fault.response().ends() || self.wait_for_room(0),
            // What a ResendRequest sets off waits for the store, and everything else for that.
            Verdict::ResendRequest { .. }
            | Verdict::ResendRequestAhead { .. }
            | Verdict::Duplicate
            | Verdict::Drop(_)
            | Verdict::OldSeries
            | Verdict::ResetAnswer
            | Verdict::ResetAgain
            | Verdict::BadReset(_) => true,
            Verdict::Ahead | Verdict::FillAhead | Verdict::LogoutAhead | Verdict::ResetLogon => {
                self.wait_for_room(0)
            }
        }
    }

    /// False, and the step blocked, when a session message and `extra` bytes may not fit.
    pub(super) fn wait_for_room(&mut self, extra: usize) -> bool {
        let room = self.out.room() >= STEP_ROOM.saturating_add(extra);
        if !room {
            self.actions.block(Blocked::Room);
        }
        room
    }

    fn is_gapped(&self) -> bool {
        self.state.up().is_some_and(|up| up.gap.is_open())
    }

    /// Whether a message in sequence may set something off: a request for what is behind it, the
    /// acknowledgement of a Logout, our reset.
    fn sets_off(&self) -> bool {
        self.state.up().is_some_and(|up| {
            (up.gap.is_open() && up.phase.may_ask()) || matches!(up.phase, Phase::ResetProbe { .. })
        })
    }

    /// Does what the gate decided.
    pub(super) fn apply(&mut self, verdict: Verdict<'b>, scan: &Scan<'b>) {
        let message = scan.message;
        match verdict {
            Verdict::Application => {
                self.repeated(message);
                self.count(message);
                self.deliver(self.state.nums.epoch, message, true);
            }
            Verdict::Fault(fault) => self.fault(fault, message),
            Verdict::Duplicate => self.duplicate(message),
            Verdict::Drop(why) => {
                self.notify(Notice::Dropped { seq: message.msg_seq_num(), why });
            }
            Verdict::Ahead => self.ahead(message),
            Verdict::FillAhead => self.fill_ahead(message),
            Verdict::ResendRequestAhead { begin, end } => {
                self.note(message);
                self.ahead_but_done(message);
                self.replay(begin, end);
            }
            Verdict::ResendRequest { begin, end } => {
                self.note(message);
                self.count(message);
                self.replay(begin, end);
            }
            Verdict::Logout => {
                self.note(message);
                self.count(message);
                self.logout_received(message);
            }
            Verdict::LogoutAhead => {
                self.note(message);
                self.ahead_but_done(message);
                self.logout_received(message);
            }
            Verdict::Count => {
                self.repeated(message);
                self.note(message);
                self.count(message);
            }
            Verdict::Heartbeat { test_req_id } => {
                self.note(message);
                self.count(message);
                self.heartbeat_received(test_req_id);
            }
            Verdict::TestRequest { test_req_id } => {
                self.note(message);
                self.count(message);
                self.send_heartbeat(Some(test_req_id).filter(|id| !id.is_empty()));
            }
            Verdict::Reject => {
                self.repeated(message);
                self.note(message);
                self.count(message);
                self.deliver_admin(message);
            }
            Verdict::GapFill { new } => {
                self.repeated(message);
                self.move_to(new, true);
            }
            Verdict::SequenceReset { new } => self.move_to(new, false),
            Verdict::ResetLogon => self.reset_received(scan),
            Verdict::ResetAnswer => self.reset_answered(scan),
            Verdict::ResetAgain => self.note(message),
            Verdict::BadReset(fault) => self.fail(fault),
            Verdict::OldSeries => self.old_series(message),
        }
        self.settle();
    }

    /// Every session message is visible to the driver.
    pub(super) fn note(&mut self, message: Message<'_>) {
        self.notify(Notice::Received {
            kind: message.kind(),
            seq: message.msg_seq_num(),
            poss_dup: message.poss_dup(),
        });
    }

    /// The message uses up its number, if that is the expected one (S-SEQ-05).
    pub(super) fn count(&mut self, message: Message<'_>) {
        let next_in = self.state.nums.next_in;
        if message.msg_seq_num() == next_in.get() {
            self.advance_to(next_in.next());
        }
    }

    /// The expected number moves by a SequenceReset (S-GAP-02, S-RST-02).
    fn move_to(&mut self, new: SeqNum, gap_fill: bool) {
        let from = self.state.nums.next_in;
        self.notify(Notice::SequenceReset { from, to: new, gap_fill });
        let gapped = self.is_gapped();
        self.advance_to(new);
        if gapped && self.is_gapped() {
            self.actions.push(Entry::Discard { below: new });
            if let Some(up) = self.state.up_mut().filter(|_| gap_fill) {
                up.gap.filled(new);
            }
        }
    }

    /// The answer to a fault on an established session, as its table says.
    fn fault(&mut self, fault: Fault, message: Message<'_>) {
        match fault.response() {
            Response::Ignore => self.notify(Notice::PeerFault(fault)),
            Response::Reject { with } => {
                self.notify(Notice::PeerFault(fault));
                self.reject_for(fault, with, message);
                if message.kind() != MsgKind::SequenceReset {
                    self.count(message);
                }
            }
            Response::BusinessReject { with } => {
                self.notify(Notice::PeerFault(fault));
                self.business_reject_for(fault, with, message);
                self.count(message);
            }
            Response::RejectAndLogout { with, counted } => {
                self.reject_for(fault, with, message);
                self.count_as(counted, message);
                self.fail(fault);
            }
            Response::Logout { counted } => {
                self.count_as(counted, message);
                self.fail(fault);
            }
        }
    }

    fn reject_for(&mut self, fault: Fault, with: Rejection, message: Message<'_>) {
        let logged_out = self.state.up().is_some_and(|up| up.phase.has_logged_out());
        // A Reject is never rejected (S-VAL-09); behind our Logout nothing is said (S-OUT-03).
        if message.kind() != MsgKind::Reject && !logged_out {
            let tag =
                with.tag.filter(|_| !self.config.dialect.omit_ref_tag_id || fault.has_ref_tag_id());
            let text = RejectText::new(self.config, fault, with.reason, tag);
            self.send_reject(message, Some(with.reason), tag, &text);
        }
    }

    /// A conditionally required field is missing: the refusal is a business one (S-VAL-24).
    fn business_reject_for(&mut self, fault: Fault, with: Rejection, message: Message<'_>) {
        if !self.config.version.has_reject_details() {
            return self.reject_for(fault, with, message);
        }
        if !self.state.up().is_some_and(|up| up.phase.has_logged_out()) {
            self.send_business_reject(message, CONDITIONALLY_REQUIRED, &fault);
        }
    }

    /// What a dictionary forbids and its policy lets pass.
    pub(super) fn warn(&mut self, warning: Option<Violation>) {
        if let Some(violation) = warning {
            self.notify(Notice::Tolerated(violation));
        }
    }

    fn count_as(&mut self, counted: Counted, message: Message<'_>) {
        match counted {
            Counted::Yes => self.count(message),
            Counted::No => {}
        }
    }

    fn duplicate(&mut self, message: Message<'b>) {
        let seq = message.msg_seq_num();
        self.repeated(message);
        if message.kind() == MsgKind::Application && self.take_wanted(seq) {
            self.deliver(self.state.nums.epoch, message, false);
        } else {
            self.notify(Notice::Duplicate { seq });
        }
    }

    /// Whether the operator asked for this number again; each once, and they come ascending
    /// (S-RR-10).
    fn take_wanted(&mut self, seq: u64) -> bool {
        let Some(seq) = SeqNum::new(seq) else { return false };
        let Some(up) = self.state.up_mut() else { return false };
        match up.wanted {
            Some((from, to)) if from <= seq && seq <= to => {
                up.wanted = (seq < to).then_some((seq.next(), to));
                true
            }
            Some(_) | None => false,
        }
    }

    /// Bytes that are no message may have been the answer to our reset: what comes behind them can
    /// be of the new series, and is not taken for the old one. Whether that is news.
    fn end_old_series(&mut self) -> bool {
        if let Some(up) = self.state.up_mut()
            && let Phase::ResetSent { old_next_in, .. } = &mut up.phase
            && *old_next_in != SeqNum::MAX
        {
            *old_next_in = SeqNum::MAX;
            return true;
        }
        false
    }

    /// In flight when we reset: still delivered, under the epoch it belongs to (S-RESET-07).
    fn old_series(&mut self, message: Message<'b>) {
        let Some(up) = self.state.up_mut() else {
            return;
        };
        let Phase::ResetSent { old_epoch, old_next_in, .. } = &mut up.phase else {
            return;
        };
        let skips = message.kind() == MsgKind::SequenceReset;
        let new = message.get_uint(Tag::NEW_SEQ_NO).filter(|_| skips).and_then(SeqNum::new);
        *old_next_in = old_next_in.next().max(new.unwrap_or(SeqNum::MIN));
        let epoch = *old_epoch;
        // A Reject may be about our reset, and say why it is not answered.
        if matches!(message.kind(), MsgKind::Application | MsgKind::Reject) {
            self.deliver(epoch, message, false);
        } else {
            let seq = message.msg_seq_num();
            self.notify(Notice::Dropped { seq, why: Dropped::OldSeries });
        }
    }
}
