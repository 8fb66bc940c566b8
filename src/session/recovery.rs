//! Asking for what we miss: holding what came early, ResendRequest(2), ours.

use super::action::Entry;
use super::config::ResendRequestForm;
use super::gap::{Kind, Next, Request};
use super::input::Misuse;
use super::notice::{Dropped, Notice, Reason};
use super::state::{Link, Phase};
use super::step::Step;
use crate::wire::{Framed, Message, MsgKind, PutField, SeqNum, Tag, next_frame, scan};

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
            self.ask_for_hole(seq);
        } else if self.config.redundant_resend_requests {
            self.ask_redundantly();
        }
    }

    /// A gap fill above the expected number: it comes again with the answer (section 5.2).
    pub(super) fn fill_ahead(&mut self, message: Message<'_>) {
        let Some(seq) = SeqNum::new(message.msg_seq_num()) else {
            return;
        };
        self.find_gap(seq);
        self.notify(Notice::Dropped { seq: seq.get(), why: Dropped::Ahead });
        self.ask_for_hole(seq);
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
    fn ask_for_hole(&mut self, seq: SeqNum) {
        let next_in = self.state.nums.next_in;
        let Some(up) = self.state.up() else { return };
        let Some(request) = up.gap.request else {
            return;
        };
        let asks = up.replay.is_none() && up.phase.may_ask() && !request.hole_asked;
        if asks && request.begin <= next_in && seq <= request.end {
            self.request(request.tries, true);
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
            self.request(request.tries.saturating_sub(1), request.hole_asked);
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
        up.gap.request = Some(Request {
            begin,
            end,
            open: false,
            answering: false,
            hole_asked: false,
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
            request.hole_asked = false;
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
        if matches!(up.phase, Phase::LogoutReceived { .. }) && up.is_settled() {
            self.acknowledge_logout();
        } else if matches!(up.phase, Phase::LogoutDue { .. }) && up.replay.is_none() {
            self.send_due_logout();
        } else if self.state.nums.next_out.get() > super::inbound::SEQ_MAX {
            self.send_logout(&Reason::Exhausted, None);
            self.disconnect(Reason::Exhausted);
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
    /// section 5.2).
    pub(super) fn ask(&mut self) {
        let next_in = self.state.nums.next_in;
        let Some(up) = self.state.up() else { return };
        let asked = up.gap.request.is_some_and(|r| r.begin <= next_in && next_in <= r.end);
        if !asked && up.replay.is_none() && up.phase.may_ask() {
            self.request(0, false);
        }
    }

    /// Sends a ResendRequest from the expected number on; `tries` were made before.
    pub(super) fn request(&mut self, tries: u8, hole_asked: bool) {
        if tries >= self.config.resend_requests_max {
            // The same number again and again is a loop (S-FRAME-14).
            let begin = self.state.nums.next_in;
            self.send_logout(&format_args!("Message {begin} was requested and not resent"), None);
            self.disconnect(Reason::RecoveryFailed);
            return;
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
                (missing_to.min(SeqNum::new(last).unwrap_or(missing_to)), false)
            }
        };
        self.send_resend_request(begin, (!open).then_some(end));
        let moved = self.now.monotonic;
        let tries = tries.saturating_add(1);
        let request = Request { begin, end, open, answering: false, hole_asked, tries, moved };
        if let Some(up) = self.state.up_mut() {
            up.gap.request = Some(request);
        }
    }

    pub(super) fn send_resend_request(&mut self, begin: SeqNum, end: Option<SeqNum>) -> bool {
        self.send(b"2", |body, config| {
            let end = end.map_or_else(|| config.version.infinity(), SeqNum::get);
            body.uint(Tag::BEGIN_SEQ_NO, begin.get()).uint(Tag::END_SEQ_NO, end);
        })
    }

    /// What was asked for did not come in time (S-RR-07).
    pub(super) fn ask_again(&mut self) {
        let Some(up) = self.state.up() else { return };
        if let Some(request) = up.gap.request {
            self.request(request.tries, false);
        }
    }

    /// The driver gives a held message back.
    pub(super) fn held(&mut self, seq: SeqNum, message: Option<&'b [u8]>) -> Result<(), Misuse> {
        let up = self.state.up_mut().ok_or(Misuse::NotLoggedOn)?;
        if up.recalled != Some(seq) {
            return Err(Misuse::HeldUnexpected);
        }
        let scanned = message.and_then(|bytes| {
            let Framed::Frame(frame) = next_frame(bytes, usize::MAX) else {
                return None;
            };
            scan(frame, self.config.fields_max).ok()
        });
        let Some(scan) = scanned.filter(|scan| scan.message.msg_seq_num() == seq.get()) else {
            up.recalled = None;
            up.gap.lose(seq);
            self.settle();
            return Ok(());
        };
        let Some(up) = self.state.up() else {
            return Err(Misuse::NotLoggedOn);
        };
        let verdict = super::inbound::resume(self.config, self.state, up, &scan);
        if self.has_room_for(verdict) {
            if let Some(up) = self.state.up_mut() {
                up.recalled = None;
            }
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
