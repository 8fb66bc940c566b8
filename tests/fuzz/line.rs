//! A session with a driver that does what it is told, and watches everything that must hold at
//! every step: what the fuzz targets of a single session share.

use core::time::Duration;
use std::collections::BTreeMap;

use fixline::session::{
    Action, Blocked, Config, Header, Input, Instant, Keep, Misuse, Notice, Now, Role, Sent,
    SeqNums, Session, Status,
};
use fixline::wire::{
    Fields, Message, MsgKind, Precision, PutField as _, SendBuffer, SeqNum, Stamp, Tag, UtcTime,
};

use super::bytes::framed;

/// How the peer's bytes arrive.
#[derive(Clone, Copy)]
pub(crate) enum Cut {
    Never,
    AsChosen,
}

/// A session and the driver that does what it is told.
pub(crate) struct Line {
    pub(crate) session: Session,
    pub(crate) out: SendBuffer,
    pub(crate) now: Now,
    pub(crate) cut: Cut,
    /// Whether the configuration resets at each Logon.
    pub(crate) resets_at_logon: bool,
    /// Bytes of the peer that were not consumed yet.
    pub(crate) received: Vec<u8>,
    /// Every message of ours that was to be kept, by epoch and number.
    pub(crate) stored: BTreeMap<(u32, u64), Vec<u8>>,
    pub(crate) held: BTreeMap<u64, Vec<u8>>,
    pub(crate) fetch: Option<Fetch>,
    pub(crate) attempt: u32,
    /// Whether our Logon on this connection asked for a reset.
    pub(crate) asked_for_reset: bool,
    /// Whether the peer takes what we send.
    pub(crate) peer_reads: bool,
    /// The highest number delivered in each epoch.
    pub(crate) delivered: BTreeMap<u32, u64>,
    /// Whether the operator asked for old messages again.
    pub(crate) asked_again: bool,
    pub(crate) trace: Vec<String>,
}

pub(crate) struct Fetch {
    pub(crate) id: u32,
    pub(crate) next: u64,
    pub(crate) to: u64,
}

impl Line {
    pub(crate) fn new(config: Config, resets_at_logon: bool, numbers: SeqNums, cut: Cut) -> Self {
        let out = SendBuffer::with_capacity(config.send_buffer_min());
        let utc = UtcTime::parse(b"20261122-09:30:00").expect("a time");
        Self {
            session: Session::new(config, numbers),
            out,
            now: Now::new(Instant::from_millis(1_000_000), utc),
            cut,
            resets_at_logon,
            received: Vec::new(),
            stored: BTreeMap::new(),
            held: BTreeMap::new(),
            fetch: None,
            attempt: 0,
            asked_for_reset: false,
            peer_reads: true,
            delivered: BTreeMap::new(),
            asked_again: false,
            trace: Vec::new(),
        }
    }

    /// A peer that does everything right connects, or is connected to.
    pub(crate) fn log_on(&mut self) {
        self.peer_reads = true;
        self.feed(Input::Connected { logon: Fields::EMPTY });
        let resets = self.asked_for_reset
            || (self.session.config().role() == Role::Acceptor && self.resets_at_logon);
        let seq = if resets { 1 } else { self.next_in() };
        let mut body = self.head("A", seq, Head::default());
        self.put_logon(&mut body, self.asked_for_reset);
        self.receive(&framed(self.begin_string(), &body), 0);
        if self.session.config().role() == Role::Acceptor {
            self.feed(Input::Accept { attempt: self.attempt, logon: Fields::EMPTY });
        }
        if self.session.status() == Status::Resetting {
            // An acceptor asks again for a reset that was cut off.
            let mut body = self.head("A", 1, Head::default());
            self.put_logon(&mut body, true);
            self.receive(&framed(self.begin_string(), &body), 0);
        }
        assert!(
            matches!(self.session.status(), Status::LoggedOn { .. }),
            "a good Logon does not log on: {:?}",
            self.session
        );
    }

    pub(crate) fn tick_at(&mut self, at: Instant) {
        let passed = at.since(self.now.monotonic);
        self.now = Now::new(self.now.monotonic.max(at), self.now.utc.saturating_add(passed));
        self.feed(Input::Tick);
    }

    pub(crate) fn give(&mut self, id: u32, seq: u64, message: &[u8]) {
        let input = Input::Stored { id, seq: number(seq), message };
        if self.feed(input).blocked == Blocked::No {
            self.fetched_up_to(seq);
        }
    }

    pub(crate) fn fetched_up_to(&mut self, seq: u64) {
        if let Some(fetch) = &mut self.fetch {
            fetch.next = seq + 1;
        }
    }

    /// The peer sends bytes; `cut` says where they are cut, if they are.
    pub(crate) fn receive(&mut self, bytes: &[u8], cut: u8) {
        let at = match self.cut {
            Cut::Never => 0,
            Cut::AsChosen => usize::from(cut) % (bytes.len() + 1),
        };
        let (first, second) = bytes.split_at(at);
        for part in [first, second] {
            self.received.extend_from_slice(part);
            self.take_received();
        }
    }

    pub(crate) fn take_received(&mut self) {
        loop {
            let bytes = core::mem::take(&mut self.received);
            let done = self.feed(Input::Bytes(&bytes));
            assert!(done.consumed <= bytes.len(), "consumed what is not there");
            self.received = bytes[done.consumed.min(bytes.len())..].to_vec();
            if done.consumed == 0 || done.blocked != Blocked::No {
                return;
            }
        }
    }

    /// The transport ends, and with it all that belongs to the connection.
    pub(crate) fn close(&mut self) {
        self.feed(Input::Closed);
        self.received.clear();
        self.held.clear();
        self.fetch = None;
        self.out.clear();
        self.asked_for_reset = false;
    }

    /// Nothing more happens: whatever waits ends by itself, without running in circles, and the
    /// session can be rebuilt and used.
    pub(crate) fn end(&mut self) {
        self.peer_reads = true;
        self.flush(usize::MAX);
        for _ in 0..64 {
            let Some(deadline) = self.session.deadline() else {
                break;
            };
            self.tick_at(deadline.at);
            self.flush(usize::MAX);
        }
        let silent = matches!(
            self.session.status(),
            Status::LoggedOn { .. } | Status::Disconnected | Status::Ended(_)
        );
        assert!(silent, "waits for ever: {:?}", self.session.status());
        self.close();
        let nums = self.session.seq_nums();
        self.session = Session::new(self.session.config().clone(), nums);
        self.log_on();
    }

    pub(crate) fn flush(&mut self, len: usize) {
        let len = self.out.flushable().len().min(len);
        self.out.flushed(len);
    }

    pub(crate) fn next_in(&self) -> u64 {
        self.session.seq_nums().next_in.get()
    }

    pub(crate) fn begin_string(&self) -> &'static str {
        self.session.config().version().begin_string()
    }

    /// The application sends.
    pub(crate) fn send(&mut self, msg_type: &str, len: usize) {
        let value = "V".repeat(len);
        let value = value.as_bytes();
        let (before, end) = (self.session.clone(), self.out.end());
        let composer = self.session.compose(&Header::new(msg_type), self.now, &mut self.out);
        let sent = composer.and_then(|mut composer| {
            composer.put(Tag::CL_ORD_ID, value).data(Tag::RAW_DATA_LENGTH, value);
            composer.finish()
        });
        self.trace.push(format!("send {msg_type:?}: {sent:?}"));
        match sent {
            Ok(sent) => {
                assert_eq!(sent.seq, before.seq_nums().next_out);
                assert_eq!(self.session.seq_nums().next_out, sent.seq.next());
                self.keep(sent);
            }
            Err(_) => {
                self.unchanged(&before, end);
            }
        }
    }
}

/// What became of one input.
pub(crate) struct Done {
    pub(crate) consumed: usize,
    pub(crate) blocked: Blocked,
}

impl Line {
    /// Feeds one input, performs what comes back, and checks it.
    pub(crate) fn feed(&mut self, input: Input<'_>) -> Done {
        let (before, end) = (self.session.clone(), self.out.end());
        let never_blocks = matches!(input, Input::Tick | Input::Closed | Input::Disconnect);
        let actions = match self.session.handle(input, self.now, &mut self.out) {
            Ok(actions) => actions,
            Err(misuse) => {
                self.unchanged(&before, end);
                return self.misused(misuse);
            }
        };
        let done = Done { consumed: actions.consumed(), blocked: actions.blocked() };
        if done.blocked != Blocked::No {
            assert!(!never_blocks, "{input:?} waits");
            assert!(actions.is_empty(), "what waits has no effect: {actions:?}");
            self.unchanged(&before, end);
        }
        let mut order = 0;
        let mut nums = before.seq_nums();
        let mut recalled = None;
        for action in actions {
            // Noise between messages is skipped without a word, wherever it is cut. That a tick is late
            // is said with the first call behind it, whatever that brings.
            if !matches!(action, Action::Notify(Notice::TickOverdue { .. })) {
                self.trace.push(format!("{action:?}"));
            }
            let rank = rank(&action);
            assert!(order <= rank, "{action:?} comes too late");
            order = rank;
            match action {
                Action::Reset { epoch, .. } => {
                    assert_eq!(epoch, nums.epoch + 1, "epochs grow by one");
                    nums = SeqNums { epoch, ..SeqNums::FRESH };
                    self.out.reset_stored();
                    self.fetch = None;
                }
                Action::Send(sent) => self.sent(sent, &mut nums),
                Action::Fetch { id, from, to } => {
                    assert!(from <= to && to < nums.next_out, "fetches what was not sent");
                    self.fetch = Some(Fetch { id, next: from.get(), to: to.get() });
                }
                Action::Authenticate { attempt, .. } | Action::Sign { attempt, .. } => {
                    self.attempt = attempt;
                }
                Action::Hold(message) => {
                    let bytes = message.bytes().to_vec();
                    self.held.insert(message.msg_seq_num(), bytes);
                }
                Action::Recall(seq) => recalled = Some(seq),
                Action::Discard { below } => self.held.retain(|&seq, _| seq >= below.get()),
                Action::Deliver { epoch, message, .. } => self.delivered(epoch, message),
                Action::Notify(notice) => {
                    assert!(!notice.rule().is_empty() && !notice.to_string().is_empty());
                }
                Action::Schedule(deadline) => assert_eq!(Some(deadline), self.session.deadline()),
                Action::Disconnect(reason) => {
                    assert!(!reason.rule().is_empty() && !reason.to_string().is_empty());
                }
            }
        }
        self.check_nums(before.seq_nums(), nums);
        if let Some(seq) = recalled {
            let message = self.held.remove(&seq.get());
            self.recalled(seq, message.as_deref());
        }
        done
    }

    pub(crate) fn recalled(&mut self, seq: SeqNum, message: Option<&[u8]>) {
        let input = Input::Held { seq, message };
        if self.feed(input).blocked == Blocked::Room {
            // The driver flushes and answers again.
            self.flush(usize::MAX);
            self.feed(input);
        }
    }

    pub(crate) fn misused(&mut self, misuse: Misuse) -> Done {
        self.trace.push(format!("{misuse:?}"));
        Done { consumed: 0, blocked: Blocked::No }
    }

    pub(crate) fn unchanged(&self, before: &Session, end: u64) {
        assert_eq!(self.session, *before, "a step that did not happen did");
        assert_eq!(self.out.end(), end, "a step that did not happen wrote");
    }

    /// What we send is a message, and its number is the one that it must have.
    pub(crate) fn sent(&mut self, sent: Sent, nums: &mut SeqNums) {
        let bytes = self.out.bytes(sent.span).to_vec();
        let message = Message::parse(&bytes).expect("what we send is a message");
        self.trace.push(message.to_string());
        assert_eq!(message.begin_string(), self.begin_string().as_bytes());
        assert_eq!(sent.epoch, nums.epoch);
        if message.kind() == MsgKind::Logon {
            self.asked_for_reset = message.get(Tag::RESET_SEQ_NUM_FLAG) == Some(b"Y");
        }
        if sent.keep == Keep::Nothing {
            assert!(message.poss_dup(), "an old number without PossDupFlag");
            assert!(message.msg_seq_num() < nums.next_out.get());
        } else {
            assert!(!message.poss_dup(), "a new number with PossDupFlag");
            assert_eq!(message.msg_seq_num(), nums.next_out.get());
            assert!(sent.seq >= nums.next_out);
            nums.next_out = sent.seq.next();
        }
        self.keep(sent);
    }

    pub(crate) fn keep(&mut self, sent: Sent) {
        if sent.keep == Keep::Message {
            let bytes = self.out.bytes(sent.span).to_vec();
            let earlier = self.stored.insert((sent.epoch, sent.seq.get()), bytes);
            assert!(earlier.is_none(), "two messages under one number");
        }
        self.out.stored(sent.span);
        if !sent.flush {
            self.out.discard(sent.span);
        }
    }

    /// In order, and once.
    pub(crate) fn delivered(&mut self, epoch: u32, message: Message<'_>) {
        if message.kind() != MsgKind::Application || (self.asked_again && message.poss_dup()) {
            return;
        }
        let last = self.delivered.insert(epoch, message.msg_seq_num());
        assert!(
            last.is_none_or(|last| last < message.msg_seq_num()),
            "delivered out of order, or twice"
        );
    }

    /// Within an epoch numbers only grow; ours by what was sent, one by one.
    pub(crate) fn check_nums(&self, before: SeqNums, expected: SeqNums) {
        let after = self.session.seq_nums();
        assert_eq!(after.epoch, expected.epoch, "an epoch without Reset");
        assert_eq!(after.next_out, expected.next_out, "a number without a message");
        if after.epoch == before.epoch {
            assert!(after.next_in >= before.next_in, "next_in went back");
        }
    }
}

/// The place of an action in every batch.
pub(crate) fn rank(action: &Action<'_>) -> u8 {
    match action {
        Action::Reset { .. } => 0,
        Action::Send(_) => 1,
        Action::Fetch { .. } => 2,
        Action::Authenticate { .. } => 3,
        Action::Sign { .. } => 4,
        Action::Hold(_) => 5,
        Action::Recall(_) => 6,
        Action::Discard { .. } => 7,
        Action::Notify(_) => 8,
        Action::Schedule(_) => 9,
        Action::Deliver { .. } => 10,
        Action::Disconnect(_) => 11,
    }
}

/// What is unusual about a header.
#[derive(Clone, Copy, Default)]
pub(crate) struct Head(pub(crate) u8);

impl Head {
    pub(crate) const POSS_DUP: u8 = 1;
    pub(crate) const ORIG_TIME: u8 = 2;
    pub(crate) const ORIG_LATER: u8 = 4;
    pub(crate) const WRONG_TIME: u8 = 8;
    pub(crate) const WRONG_ID: u8 = 16;
    pub(crate) const NO_TIME: u8 = 32;
    pub(crate) const BARE: u8 = 64;

    pub(crate) const fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }
}

impl Line {
    /// Everything up to the body.
    pub(crate) fn head(&self, msg_type: &str, seq: u64, head: Head) -> Vec<u8> {
        let time = |utc| {
            let stamp = Stamp::new(utc, Precision::MILLIS);
            String::from_utf8_lossy(stamp.as_bytes()).into_owned()
        };
        let utc = self.now.utc;
        let mut body = Vec::new();
        put(&mut body, 35, msg_type);
        put(&mut body, 34, &seq.to_string());
        if head.has(Head::POSS_DUP) {
            put(&mut body, 43, "Y");
        }
        let sender = if head.has(Head::WRONG_ID) { "ELSE" } else { "PEER" };
        put(&mut body, 49, sender);
        if !head.has(Head::NO_TIME) {
            let late = Duration::from_secs(if head.has(Head::WRONG_TIME) { 900 } else { 0 });
            put(&mut body, 52, &time(utc.saturating_sub(late)));
        }
        put(&mut body, 56, "US");
        if head.has(Head::ORIG_TIME) {
            let orig = if head.has(Head::ORIG_LATER) {
                utc.saturating_add(Duration::from_secs(3600))
            } else {
                utc.saturating_sub(Duration::from_secs(1))
            };
            put(&mut body, 122, &time(orig));
        }
        body
    }

    pub(crate) fn put_logon(&self, body: &mut Vec<u8>, reset: bool) {
        put(body, 98, "0");
        put(body, 108, "30");
        if reset {
            put(body, 141, "Y");
        }
        if let Some(code) = self.session.config().version().default_appl_ver_id() {
            put(body, 1137, code);
        }
    }
}

pub(crate) fn put(body: &mut Vec<u8>, tag: u32, value: &str) {
    body.extend_from_slice(format!("{tag}={value}\u{1}").as_bytes());
}

pub(crate) const fn number(value: u64) -> SeqNum {
    match SeqNum::new(value) {
        Some(seq) => seq,
        None => SeqNum::MIN,
    }
}
