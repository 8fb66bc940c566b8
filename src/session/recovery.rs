//! Asking for what we miss: holding what came early, ResendRequest(2), ours.

use super::action::Entry;
use super::gap::{Hole, Kind, Next, Request};
use super::input::Misuse;
use super::notice::{Dropped, Notice};
use super::policy::ResendRequestForm;
use super::reason::Reason;
use super::state::{Link, Phase, SeqNums};
use super::step::Step;
use crate::wire::{Framed, Message, MsgKind, PutField, SeqNum, Tag, scan_leniently};

impl<'b> Step<'_, 'b> {
    /// A message above the expected number: hold it (S-SEQ-10).
    pub(super) fn ahead(&mut self, message: Message<'b>) {
        let Some(seq) = SeqNum::new(message.msg_seq_num()) else {
            return;
        };
        if self.remember(seq, Kind::Held) {
            self.actions.set_message(message);
            self.actions.push(Entry::Hold);
        } else {
            self.notify(Notice::Dropped { seq: seq.get(), why: Dropped::Ahead });
        }
        if message.poss_dup() {
            self.find_hole(seq);
        } else if self.config.redundant_resend_requests {
            self.ask_redundantly();
        }
    }

    /// A gap fill above the expected number: it comes again with the answer (S-GAP-01).
    pub(super) fn fill_ahead(&mut self, message: Message<'_>) {
        let Some(seq) = SeqNum::new(message.msg_seq_num()) else {
            return;
        };
        self.find_gap(seq);
        self.notify(Notice::Dropped { seq: seq.get(), why: Dropped::Ahead });
        self.find_hole(seq);
    }

    /// A message above the expected number that was acted on already.
    pub(super) fn ahead_but_done(&mut self, message: Message<'_>) {
        if let Some(seq) = SeqNum::new(message.msg_seq_num())
            && self.state.up().is_some_and(|up| up.phase.may_ask())
        {
            self.remember(seq, Kind::Done);
        }
    }

    /// Notes that `seq` is in hand; false when it cannot be kept.
    pub(super) fn remember(&mut self, seq: SeqNum, kind: Kind) -> bool {
        self.find_gap(seq);
        self.state.up_mut().is_some_and(|up| up.gap.remember(seq, kind))
    }

    /// Notes that the peer has used `seq`, so that what is before it is missing.
    fn find_gap(&mut self, seq: SeqNum) {
        let next_in = self.state.nums.next_in;
        let Some(up) = self.state.up_mut() else {
            return;
        };
        let first = !up.gap.is_open();
        up.gap.raise(seq);
        if first && let Some(to) = seq.previous() {
            self.notify(Notice::GapFound { from: next_in, to });
        }
    }

    /// A repetition ahead of what is expected shows a hole in the answer (S-RR-08).
    fn find_hole(&mut self, seq: SeqNum) {
        let next_in = self.state.nums.next_in;
        if let Some(request) = self.state.up_mut().and_then(|up| up.gap.request.as_mut())
            && request.covers(next_in)
            && seq <= request.end
            && request.hole == Hole::None
        {
            request.hole = Hole::Found;
        }
    }

    /// By option, every message ahead is answered with a request (S-RR-05).
    fn ask_redundantly(&mut self) {
        let Some(up) = self.state.up() else { return };
        if up.replay.is_none()
            && up.phase.may_ask()
            && let Some(request) = up.gap.request
        {
            // It is not a try of its own: what counts is that nothing comes.
            self.request(request.tries.saturating_sub(1), request.hole);
        }
    }

    /// The peer will fill the gap before its Logon by itself: that is as good as asked for, until
    /// it does not come (S-789-07, S-789-10, S-789-13).
    pub(super) fn expect_fill(&mut self, logon: SeqNum) {
        let (begin, moved) = (self.state.nums.next_in, self.now.monotonic);
        let Some(up) = self.state.up_mut() else {
            return;
        };
        let end = logon.previous().unwrap_or(begin);
        up.gap.ask(Request {
            begin,
            end,
            open: false,
            answering: false,
            hole: Hole::None,
            short: false,
            tries: 0,
            moved,
        });
    }

    /// A repetition at or below the expected number: the answer is under way, and a later hole in
    /// it is a new one.
    pub(super) fn repeated(&mut self, message: Message<'_>) {
        if !message.poss_dup() && message.kind() != MsgKind::SequenceReset {
            return;
        }
        if let Some(request) = self.state.up_mut().and_then(|up| up.gap.request.as_mut()) {
            request.answering = true;
            request.hole = Hole::None;
        }
    }

    /// The end of every step of an established session: what follows from the expected number.
    pub(super) fn settle(&mut self) {
        let Link::Up(up) = &self.state.link else {
            return;
        };
        if up.gap.is_open() {
            self.go_on_with_gap();
        }
        let Link::Up(up) = &self.state.link else {
            return;
        };
        if let Phase::LogoutReceived { status, .. } = up.phase
            && up.is_settled()
        {
            self.acknowledge_logout(status);
        } else if matches!(up.phase, Phase::LogoutDue { .. }) && up.replay.is_none() {
            self.send_due_logout();
        } else if matches!(up.phase, Phase::ResetProbe { test_req_id: None, .. }) && up.is_settled()
        {
            self.probe_for_reset();
        } else {
            self.end_if_exhausted();
        }
    }

    /// Our own numbers end before they can overflow, and a person is told long before (S-SEQ-12).
    pub(super) fn end_if_exhausted(&mut self) {
        let SeqNums { next_in, next_out, .. } = self.state.nums;
        let highest = next_in.max(next_out);
        if self.config.dialect.warn_at_msg_seq_num.is_some_and(|number| highest >= number)
            && let Some(up) = self.state.up_mut().filter(|up| !up.warned)
        {
            up.warned = true;
            self.notify(Notice::NumbersRunOut { next_in, next_out });
        }
        let exhausted = next_out.get() > super::inbound::SEQ_MAX;
        if exhausted && matches!(self.state.link, Link::Up(_)) {
            self.give_up(Reason::Exhausted, &Reason::Exhausted);
        }
    }

    fn go_on_with_gap(&mut self) {
        loop {
            let next_in = self.state.nums.next_in;
            let Some(up) = self.state.up_mut().filter(|up| up.gap.is_open()) else {
                return;
            };
            match up.gap.next(next_in) {
                Next::Done(to) => self.advance_to(to.next()),
                Next::Held if up.recalled.is_some() => return,
                Next::Held => {
                    up.recalled = Some(next_in);
                    self.actions.push(Entry::Recall(next_in));
                    return;
                }
                Next::Missing => return self.ask(),
            }
        }
    }

    /// Asks for what is missing unless that was done, or our own answer comes first (S-RR-05,
    /// S-SEQ-06).
    pub(super) fn ask(&mut self) {
        let next_in = self.state.nums.next_in;
        let Some(up) = self.state.up() else { return };
        if up.replay.is_some() || !up.phase.may_ask() {
            return;
        }
        match up.gap.request.filter(|request| request.covers(next_in)) {
            Some(request) if request.hole == Hole::Found => {
                self.request(request.tries, Hole::Asked);
            }
            Some(_) => {}
            None => self.request(0, Hole::None),
        }
    }

    /// Sends a ResendRequest from the expected number on; `tries` were made before.
    fn request(&mut self, tries: u8, hole: Hole) {
        if tries >= self.config.resend_requests_max {
            // The same number again and again is a loop (S-FRAME-14).
            return self.give_up_on_recovery();
        }
        let begin = self.state.nums.next_in;
        let Some(up) = self.state.up() else { return };
        let missing_to = up.gap.missing_to(begin);
        let high = up.gap.high().unwrap_or(missing_to);
        let (end, open) = match self.config.resend_request_form {
            ResendRequestForm::Open => (high, true),
            ResendRequestForm::Closed => (missing_to, false),
            ResendRequestForm::Chunks(size) => {
                let last = begin.get().saturating_add(u64::from(size.saturating_sub(1)));
                match SeqNum::new(last).filter(|&last| last < missing_to) {
                    Some(last) => (last, false),
                    None if self.config.dialect.open_last_chunk => (high, true),
                    None => (missing_to, false),
                }
            }
        };
        let sent = self.send_resend_request(begin, (!open).then_some(end));
        if !sent {
            self.left_out(MsgKind::ResendRequest);
        }
        let moved = self.now.monotonic;
        let tries = tries.saturating_add(u8::from(sent));
        let request =
            Request { begin, end, open, answering: false, hole, short: false, tries, moved };
        if let Some(up) = self.state.up_mut() {
            up.gap.ask(request);
        }
    }

    pub(super) fn send_resend_request(&mut self, begin: SeqNum, end: Option<SeqNum>) -> bool {
        self.send(b"2", |body, config| {
            let open = if config.dialect.end_seq_no_zero { 0 } else { config.version.infinity() };
            let end = end.map_or(open, SeqNum::get);
            body.uint(Tag::BEGIN_SEQ_NO, begin.get()).uint(Tag::END_SEQ_NO, end);
        })
    }

    /// What was asked for did not come in time (S-RR-07).
    pub(super) fn ask_again(&mut self) {
        let next_in = self.state.nums.next_in;
        // As often as one number may be asked for, and as often again with a little gained.
        let stalls_max = u16::from(self.config.resend_requests_max).saturating_mul(2);
        let Some(up) = self.state.up_mut() else { return };
        let Some(request) = up.gap.request else { return };
        if request.short {
            // The answer is over, and the rest is a request of its own.
            up.gap.request = None;
            self.ask();
        } else if up.gap.stall(next_in) > stalls_max {
            self.give_up_on_recovery();
        } else {
            self.request(request.tries, Hole::None);
        }
    }

    fn give_up_on_recovery(&mut self) {
        let begin = self.state.nums.next_in;
        let text = format_args!("Message {begin} was requested and not resent");
        self.give_up(Reason::RecoveryFailed, &text);
    }

    /// The driver gives a held message back.
    pub(super) fn held(&mut self, seq: SeqNum, message: Option<&'b [u8]>) -> Result<(), Misuse> {
        match self.state.up().and_then(|up| up.recalled) {
            Some(recalled) if recalled == seq => {}
            Some(_) => return Err(Misuse::HeldUnexpected),
            // A tick may have ended the recovery in between.
            None => {
                self.notify(Notice::Stale);
                return Ok(());
            }
        }
        let scanned = message.and_then(|bytes| {
            let Framed::Frame(frame) = self.frame(bytes, usize::MAX) else {
                return None;
            };
            scan_leniently(frame, self.config.fields_max, self.config.dialect.framing).ok()
        });
        let Some(scan) = scanned.filter(|scan| scan.message.msg_seq_num() == seq.get()) else {
            if self.wait_for_room(0)
                && let Some(up) = self.state.up_mut()
            {
                up.recalled = None;
                up.gap.lose(seq);
                self.settle();
            }
            return Ok(());
        };
        let Some(up) = self.state.up() else { return Ok(()) };
        let mut warning = None;
        let verdict = super::inbound::resume(self.config, self.state, up, &scan, &mut warning);
        if self.has_room_for(verdict) {
            if let Some(up) = self.state.up_mut() {
                up.recalled = None;
            }
            self.warn(warning);
            self.apply(verdict, &scan);
        }
        Ok(())
    }

    /// The operator asks for messages again, even those that were received (S-RR-10).
    pub(super) fn ask_for(&mut self, from: SeqNum, to: SeqNum) -> Result<(), Misuse> {
        let up = self.state.up().ok_or(Misuse::NotLoggedOn)?;
        if from > to {
            return Err(Misuse::EmptyRange);
        }
        if !matches!(up.phase, Phase::Active) {
            return Err(Misuse::Busy);
        }
        if self.wait_for_room(0)
            && self.send_resend_request(from, Some(to))
            && let Some(up) = self.state.up_mut()
        {
            up.wanted = Some((from, to));
        }
        Ok(())
    }
}
