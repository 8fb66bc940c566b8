//! A session against a peer, a clock, a store and an operator that do anything at all.
//!
//! The input chooses a configuration, then a list of events. Messages of the peer get the length
//! and the checksum that they must have, so that they reach the session; raw bytes go in as well.
//! Every input is played twice, with the peer's bytes cut differently.

use core::time::Duration;
use std::collections::BTreeMap;

use fixline::session::{
    Action, Blocked, Config, Header, Input, Instant, Keep, Misuse, Now, Refusal, ResendPolicy,
    ResendRequestForm, ResetPermission, ResetPolicy, Role, Sent, SeqNums, Session, Status, Version,
};
use fixline::wire::{
    Fields, Message, MsgKind, Precision, PutField as _, SendBuffer, SeqNum, Stamp, Tag, UtcTime,
};

use super::bytes::{Choices, framed};

/// Checks everything that must hold for `data`.
pub(crate) fn check(data: &[u8]) {
    let whole = play(data, Cut::Never);
    let cut = play(data, Cut::AsChosen);
    for (at, (whole, cut)) in whole.iter().zip(&cut).enumerate() {
        assert_eq!(whole, cut, "line {at} differs when the bytes are cut");
    }
    assert_eq!(whole.len(), cut.len(), "the longer one goes on");
}

/// How the peer's bytes arrive.
#[derive(Clone, Copy)]
enum Cut {
    Never,
    AsChosen,
}

/// Plays the events; returns all that the session did, as text.
fn play(data: &[u8], cut: Cut) -> Vec<String> {
    let mut choices = Choices(data);
    let mut line = Line::new(&mut choices, cut);
    line.log_on();
    while !choices.is_empty() {
        line.event(&mut choices);
    }
    line.end();
    line.trace
}

/// A session and the driver that does what it is told.
struct Line {
    session: Session,
    out: SendBuffer,
    now: Now,
    cut: Cut,
    /// Whether the configuration resets at each Logon.
    resets_at_logon: bool,
    /// Bytes of the peer that were not consumed yet.
    received: Vec<u8>,
    /// Every message of ours that was to be kept, by epoch and number.
    stored: BTreeMap<(u32, u64), Vec<u8>>,
    held: BTreeMap<u64, Vec<u8>>,
    fetch: Option<Fetch>,
    attempt: u32,
    /// Whether our Logon on this connection asked for a reset.
    asked_for_reset: bool,
    /// Whether the peer takes what we send.
    peer_reads: bool,
    /// The highest number delivered in each epoch.
    delivered: BTreeMap<u32, u64>,
    /// Whether the operator asked for old messages again.
    asked_again: bool,
    trace: Vec<String>,
}

struct Fetch {
    id: u32,
    next: u64,
    to: u64,
}

/// Too far ahead to be true.
const FAR: u64 = 1_000_000_000_000;

impl Line {
    fn new(choices: &mut Choices<'_>, cut: Cut) -> Self {
        let (config, resets_at_logon) = config(choices);
        let numbers = choices.pick(&[
            SeqNums::FRESH,
            SeqNums { epoch: 3, next_in: number(5), next_out: number(7), reset_pending: false },
        ]);
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
    fn log_on(&mut self) {
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

    fn event(&mut self, choices: &mut Choices<'_>) {
        match choices.byte() % 16 {
            0..=5 => {
                let message = self.message(choices);
                self.receive(&message, choices.byte());
            }
            6 => {
                let len = usize::from(choices.byte());
                let bytes = choices.take(len).to_vec();
                self.receive(&bytes, choices.byte());
            }
            7 => self.damaged(choices),
            8 => self.wait(choices),
            9 => self.send(choices),
            10 => self.operator(choices),
            11 => self.serve(choices),
            12 => {
                self.peer_reads = !self.peer_reads;
                self.flush(usize::from(choices.byte()));
            }
            13 => {
                self.close();
                if choices.byte().is_multiple_of(2) {
                    self.log_on();
                } else {
                    self.feed(Input::Connected { logon: Fields::EMPTY });
                }
            }
            14 => self.verdict(choices),
            _ => self.held.clear(),
        }
        if self.peer_reads {
            self.flush(usize::MAX);
        }
    }

    /// A frame of the peer with a wrong checksum changes nothing.
    fn damaged(&mut self, choices: &mut Choices<'_>) {
        let mut message = self.message(choices);
        let last_digit = message.len() - 2;
        message[last_digit] = if message[last_digit] == b'0' { b'1' } else { b'0' };
        let established = matches!(
            self.session.status(),
            Status::LoggedOn { .. } | Status::Resetting | Status::LoggingOut
        );
        let before = (
            self.session.seq_nums(),
            self.session.status(),
            self.session.deadline(),
            self.out.end(),
        );
        let alone = self.received.is_empty();
        self.receive(&message, choices.byte());
        let after = (
            self.session.seq_nums(),
            self.session.status(),
            self.session.deadline(),
            self.out.end(),
        );
        if established && alone {
            assert_eq!(before, after, "a garbled message had an effect");
        }
    }

    fn wait(&mut self, choices: &mut Choices<'_>) {
        let at = match choices.byte() % 4 {
            0 => self.session.deadline().map(|deadline| deadline.at),
            1 => Some(self.now.monotonic.after(Duration::from_millis(1))),
            2 => Some(self.now.monotonic.after(Duration::from_secs(1))),
            _ => Some(self.now.monotonic.after(Duration::from_secs(100))),
        };
        if let Some(at) = at {
            self.tick_at(at);
        }
    }

    fn tick_at(&mut self, at: Instant) {
        let passed = at.since(self.now.monotonic);
        self.now = Now::new(self.now.monotonic.max(at), self.now.utc.saturating_add(passed));
        self.feed(Input::Tick);
    }

    /// The application sends.
    fn send(&mut self, choices: &mut Choices<'_>) {
        let msg_type = choices.pick(&["D", "8", "D", "j", "A", "\u{1}"]);
        let value = "V".repeat(choices.pick(&[3, 3, 100, 700, 900, 0]));
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

    fn operator(&mut self, choices: &mut Choices<'_>) {
        let (a, b) = (choices.byte(), choices.byte());
        let (low, high) = (number(u64::from(a / 8) + 1), number(u64::from(b) + 1));
        match a % 8 {
            0 => self.feed(Input::Logout { text: "bye" }),
            1 => self.feed(Input::TestRequest),
            2 => self.feed(Input::ResetSeqNums),
            3 => self.feed(Input::SequenceReset { new: high }),
            4 => {
                self.asked_again = true;
                self.feed(Input::ResendRequest { from: low, to: high })
            }
            5 => self.feed(Input::Disconnect),
            6 => self.feed(Input::Signed { attempt: u32::from(b), logon: Fields::EMPTY }),
            _ => self.feed(Input::Held { seq: high, message: None }),
        };
    }

    /// Answers the fetch with some of what is stored, or ends it.
    fn serve(&mut self, choices: &mut Choices<'_>) {
        let choice = choices.byte();
        let Some(Fetch { id, next, to }) = self.fetch else {
            self.feed(Input::StoreEnd { id: u32::from(choice) });
            return;
        };
        let epoch = self.session.seq_nums().epoch;
        let found = self
            .stored
            .range((epoch, next)..=(epoch, to.max(next)))
            .next()
            .map(|(&(_, seq), message)| (seq, message.clone()));
        match (choice % 4, found) {
            // Vetoed.
            (0, Some((seq, _))) => self.fetched_up_to(seq),
            // Damaged in the store.
            (1, Some((seq, mut message))) => {
                let at = usize::from(choice) % message.len();
                message[at] ^= 1;
                self.give(id, seq, &message);
            }
            (_, Some((seq, message))) => self.give(id, seq, &message),
            (_, None) => {
                if self.feed(Input::StoreEnd { id }).blocked == Blocked::No
                    && self.fetch.as_ref().is_some_and(|fetch| fetch.id == id)
                {
                    self.fetch = None;
                }
            }
        }
    }

    fn give(&mut self, id: u32, seq: u64, message: &[u8]) {
        let input = Input::Stored { id, seq: number(seq), message };
        if self.feed(input).blocked == Blocked::No {
            self.fetched_up_to(seq);
        }
    }

    fn fetched_up_to(&mut self, seq: u64) {
        if let Some(fetch) = &mut self.fetch {
            fetch.next = seq + 1;
        }
    }

    fn verdict(&mut self, choices: &mut Choices<'_>) {
        let attempt = match choices.byte() % 4 {
            0 => self.attempt.wrapping_sub(1),
            _ => self.attempt,
        };
        match choices.byte() % 4 {
            0 => self.feed(Input::Refuse { attempt, refusal: Refusal::Silent }),
            1 => self.feed(Input::Refuse {
                attempt,
                refusal: Refusal::Logout { status: Some(5), text: "no\u{1}10=000" },
            }),
            _ => self.feed(Input::Accept { attempt, logon: Fields::EMPTY }),
        };
        // Bytes that waited for the verdict.
        self.receive(&[], 0);
    }

    /// The peer sends bytes; `cut` says where they are cut, if they are.
    fn receive(&mut self, bytes: &[u8], cut: u8) {
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

    fn take_received(&mut self) {
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
    fn close(&mut self) {
        self.feed(Input::Closed);
        self.received.clear();
        self.held.clear();
        self.fetch = None;
        self.out.clear();
        self.asked_for_reset = false;
    }

    /// Nothing more happens: whatever waits ends by itself, without running in circles, and the
    /// session can be rebuilt and used.
    fn end(&mut self) {
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

    fn flush(&mut self, len: usize) {
        let len = self.out.flushable().len().min(len);
        self.out.flushed(len);
    }

    fn next_in(&self) -> u64 {
        self.session.seq_nums().next_in.get()
    }

    fn begin_string(&self) -> &'static str {
        self.session.config().version().begin_string()
    }
}

/// What became of one input.
struct Done {
    consumed: usize,
    blocked: Blocked,
}

impl Line {
    /// Feeds one input, performs what comes back, and checks it.
    fn feed(&mut self, input: Input<'_>) -> Done {
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
            // Noise between messages is skipped without a word, wherever it is cut.
            self.trace.push(format!("{action:?}"));
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
                Action::Deliver { epoch, message } => self.delivered(epoch, message),
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

    fn recalled(&mut self, seq: SeqNum, message: Option<&[u8]>) {
        let input = Input::Held { seq, message };
        if self.feed(input).blocked == Blocked::Room {
            // The driver flushes and answers again.
            self.flush(usize::MAX);
            self.feed(input);
        }
    }

    fn misused(&mut self, misuse: Misuse) -> Done {
        self.trace.push(format!("{misuse:?}"));
        Done { consumed: 0, blocked: Blocked::No }
    }

    fn unchanged(&self, before: &Session, end: u64) {
        assert_eq!(self.session, *before, "a step that did not happen did");
        assert_eq!(self.out.end(), end, "a step that did not happen wrote");
    }

    /// What we send is a message, and its number is the one that it must have.
    fn sent(&mut self, sent: Sent, nums: &mut SeqNums) {
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

    fn keep(&mut self, sent: Sent) {
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
    fn delivered(&mut self, epoch: u32, message: Message<'_>) {
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
    fn check_nums(&self, before: SeqNums, expected: SeqNums) {
        let after = self.session.seq_nums();
        assert_eq!(after.epoch, expected.epoch, "an epoch without Reset");
        assert_eq!(after.next_out, expected.next_out, "a number without a message");
        if after.epoch == before.epoch {
            assert!(after.next_in >= before.next_in, "next_in went back");
        }
    }
}

/// The place of an action in every batch.
fn rank(action: &Action<'_>) -> u8 {
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
struct Head(u8);

impl Head {
    const POSS_DUP: u8 = 1;
    const ORIG_TIME: u8 = 2;
    const ORIG_LATER: u8 = 4;
    const WRONG_TIME: u8 = 8;
    const WRONG_ID: u8 = 16;
    const NO_TIME: u8 = 32;
    const BARE: u8 = 64;

    const fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }
}

impl Line {
    /// A message of the peer, mostly what it should be.
    fn message(&self, choices: &mut Choices<'_>) -> Vec<u8> {
        let msg_type = choices.pick(&["0", "1", "2", "3", "4", "5", "A", "D", "8", "D"]);
        let seq = match choices.byte() % 8 {
            0..=3 => self.next_in(),
            4 => self.next_in().saturating_sub(1),
            5 => self.next_in() + u64::from(choices.byte() % 8),
            6 => u64::from(choices.byte()),
            _ => choices.pick(&[0, 1, 1_000_000, u64::MAX]),
        };
        let head = Head(choices.byte() & choices.byte());
        let mut body = self.head(msg_type, seq, head);
        if !head.has(Head::BARE) {
            match msg_type {
                "1" => put(&mut body, 112, "PING"),
                "2" => {
                    put(&mut body, 7, &self.number(choices));
                    put(&mut body, 16, &self.number(choices));
                }
                "4" => {
                    put(&mut body, 123, choices.pick(&["Y", "Y", "N"]));
                    put(&mut body, 36, &self.number(choices));
                }
                "A" => self.put_logon(&mut body, choices.byte().is_multiple_of(2)),
                "3" => put(&mut body, 45, "2"),
                _ => {}
            }
        }
        for _ in 0..choices.byte() % 4 {
            let tag = choices.pick(&[
                7, 16, 36, 123, 112, 141, 108, 98, 45, 58, 11, 95, 96, 1137, 43, 97, 122, 34, 52,
                49, 56, 115, 128, 129, 93, 89, 369, 10, 554, 0, 789, 383, 464, 1409,
            ]);
            let value = match choices.byte() % 4 {
                0 => self.number(choices),
                1 => choices.pick(&["Y", "N", "", "x", "-1", "+1"]).to_owned(),
                2 => choices.pick(&["20261122-09:30:00", "600"]).to_owned(),
                _ => "A".repeat(usize::from(choices.byte())),
            };
            put(&mut body, tag, &value);
        }
        framed(self.begin_string(), &body)
    }

    /// Everything up to the body.
    fn head(&self, msg_type: &str, seq: u64, head: Head) -> Vec<u8> {
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

    fn put_logon(&self, body: &mut Vec<u8>, reset: bool) {
        put(body, 98, "0");
        put(body, 108, "30");
        if reset {
            put(body, 141, "Y");
        }
        if let Some(code) = self.session.config().version().default_appl_ver_id() {
            put(body, 1137, code);
        }
    }

    /// A number near one that matters.
    fn number(&self, choices: &mut Choices<'_>) -> String {
        let nums = self.session.seq_nums();
        let number = match choices.byte() % 8 {
            0 => nums.next_in.get(),
            1 => nums.next_in.get() + u64::from(choices.byte() % 8),
            2 => nums.next_out.get(),
            3 => nums.next_out.get() - 1,
            4 => u64::from(choices.byte()),
            5 => choices.pick(&[0, 1, 999_999, FAR]),
            6 => 1,
            _ => 0,
        };
        number.to_string()
    }
}

fn put(body: &mut Vec<u8>, tag: u32, value: &str) {
    body.extend_from_slice(format!("{tag}={value}\u{1}").as_bytes());
}

const fn number(value: u64) -> SeqNum {
    match SeqNum::new(value) {
        Some(seq) => seq,
        None => SeqNum::MIN,
    }
}

/// The configuration that the input chooses, and whether it resets at each Logon.
fn config(choices: &mut Choices<'_>) -> (Config, bool) {
    let version = choices.pick(&Version::ALL);
    let flags = [choices.byte(), choices.byte()];
    let has = |bit: usize| flags[bit / 8] & (1 << (bit % 8)) != 0;
    let policy = match choices.byte() % 3 {
        0 => ResendPolicy::All,
        1 => ResendPolicy::NotOlderThan(Duration::from_secs(60)),
        _ => ResendPolicy::Except(vec![b"D".to_vec()]),
    };
    let builder = if has(0) {
        Config::initiator(version, "US", "PEER", policy)
    } else {
        Config::acceptor(version, "US", "PEER", policy)
    };
    let mut reset = ResetPolicy::NEVER;
    let resets_at_logon = has(1) && version.has_reset_seq_num_flag();
    if resets_at_logon {
        reset = reset.at_logon();
    }
    if has(2) {
        reset = reset.at_logout();
    }
    if has(3) {
        reset = reset.at_disconnect().at_error();
    }
    let permission = if has(4) && version.has_reset_seq_num_flag() {
        ResetPermission::ALL
    } else {
        ResetPermission::NONE
    };
    let form = match choices.byte() % 3 {
        0 => ResendRequestForm::Open,
        1 => ResendRequestForm::Closed,
        _ => ResendRequestForm::Chunks(2),
    };
    let config = builder
        .reset(reset)
        .reset_permission(permission)
        .strict_reset(has(5))
        .retransmit_rejects(has(6))
        .message_len_max(if has(7) { 1024 } else { 65_536 })
        .resend_request_form(form)
        .next_expected_msg_seq_num(has(8) && version >= Version::Fix44)
        .last_msg_seq_num_processed(has(9) && version >= Version::Fix42)
        .announce_max_message_size(has(10) && version >= Version::Fix42)
        .offline_sends(has(11) && reset == ResetPolicy::NEVER)
        .redundant_resend_requests(has(12))
        .require_orig_sending_time(!has(13))
        .reject_only_bad_orig_sending_time(has(14))
        .build()
        .expect("the configuration is valid");
    (config, resets_at_logon)
}
