//! Every public call of a connection in any order, with whatever a peer may send, over a store that
//! fails or answers later at any call: nothing panics, waits for ever or runs in circles, no number
//! is used twice, nothing is told that is not so, and no event is lost.
#![cfg(feature = "proptest")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;

use fixline::engine::{
    Acknowledge, Attempt, ConnectError, Connection, ConnectionOptions, Delivery, Draft, Entry,
    Event, Fate, Life, MessageId, Operation, Progress, RequestError, Resend, SendError,
    StoreErrorKind, Ticket,
};
use fixline::session::{
    Config, Header, Instant, Now, Refusal, ResendPolicy, ResetPermission, Role, Sent, SeqNums,
    Version,
};
use fixline::testing::{CrashStore, Flaw, Forged, ForgedKind};
use fixline::wire::{Fields, Message, PutField as _, SeqNum, Tag, UtcTime};
use proptest::prelude::*;

use crate::side::Bell;

const KINDS: [StoreErrorKind; 4] = [
    StoreErrorKind::Full,
    StoreErrorKind::Lost,
    StoreErrorKind::Other,
    StoreErrorKind::Unavailable,
];

/// One call, chosen by the first number, with the others as its arguments.
type Op = (u8, u16, u16);

/// What a case is about.
#[derive(Clone, Copy, Debug)]
struct Setting {
    acceptor: bool,
    explicit: bool,
    asks: bool,
    signs: bool,
    offline: bool,
    by_hand: bool,
    wakes: bool,
    polls: u32,
    window: usize,
    outbox: usize,
}

fn setting() -> impl Strategy<Value = Setting> {
    let flags = prop::array::uniform7(any::<bool>());
    let sizes =
        (0..3_u32, prop_oneof![1..4_usize, Just(1000)], prop_oneof![0..200_usize, Just(9000)]);
    (flags, sizes).prop_map(|(flags, (polls, window, outbox))| {
        let [acceptor, explicit, asks, signs, offline, by_hand, wakes] = flags;
        Setting { acceptor, explicit, asks, signs, offline, by_hand, wakes, polls, window, outbox }
    })
}

impl Setting {
    fn config(self) -> Config {
        let policy = if self.asks { ResendPolicy::Ask } else { ResendPolicy::All };
        let builder = if self.acceptor {
            Config::acceptor(Version::Fix44, "US", "PEER", policy)
        } else {
            Config::initiator(Version::Fix44, "US", "PEER", policy)
        };
        builder
            .message_len_max(4096)
            .sign_logon(self.signs && !self.acceptor)
            .offline_sends(self.offline)
            .reset_permission(ResetPermission::ALL)
            .build()
            .expect("valid")
    }

    fn options(self) -> ConnectionOptions {
        ConnectionOptions::new()
            .receive_bytes(4096)
            .send_bytes(4096 + Config::RESERVE + 1024)
            .unhandled_max(self.window)
            .outbox_bytes(self.outbox)
            .acknowledge(self.acknowledge())
    }

    fn acknowledge(self) -> Acknowledge {
        if self.explicit { Acknowledge::Explicitly } else { Acknowledge::OnNextEvent }
    }

    fn store(self) -> CrashStore {
        let store = CrashStore::new();
        if self.by_hand {
            store.by_hand()
        } else {
            store.commit_polls(self.polls).read_polls(self.polls).load_polls(self.polls)
        }
    }
}

/// The connection, and what must be true of it.
struct Case {
    setting: Setting,
    line: Connection<CrashStore>,
    now: Now,
    acknowledge: Acknowledge,
    /// Delivered and not handled.
    open: BTreeSet<MessageId>,
    /// The message that the application holds.
    holds: Option<MessageId>,
    attempts: Vec<Attempt>,
    signs: Vec<Attempt>,
    tickets: BTreeSet<Ticket>,
    sent: Vec<Sent>,
    /// Of what was durable once.
    durable: BTreeSet<(u32, u32, SeqNum)>,
    /// The transports that were taken, and the ends that were told.
    connected: usize,
    ended: usize,
    failures: usize,
    failures_told: usize,
    had_failed: bool,
    numbers_set: bool,
    bell: Arc<Bell>,
}

impl Case {
    fn new(setting: Setting) -> Self {
        let line = Connection::new(setting.config(), setting.store(), setting.options());
        let mut case = Self {
            setting,
            line: line.expect("the sizes fit"),
            now: crate::side::now(1000),
            acknowledge: setting.acknowledge(),
            open: BTreeSet::new(),
            holds: None,
            attempts: Vec::new(),
            signs: Vec::new(),
            tickets: BTreeSet::new(),
            sent: Vec::new(),
            durable: BTreeSet::new(),
            connected: 0,
            ended: 0,
            failures: 0,
            failures_told: 0,
            had_failed: false,
            numbers_set: false,
            bell: Arc::default(),
        };
        case.hang();
        case
    }

    fn hang(&mut self) {
        let waker = Waker::from(Arc::clone(&self.bell));
        self.line.wake_with(self.setting.wakes.then_some(&waker));
    }

    /// Another object over what the store had confirmed, and some of what it had not.
    fn crash(&mut self, kept: usize) {
        let setting = self.setting;
        let fresh = Connection::new(setting.config(), CrashStore::new(), setting.options());
        let old = std::mem::replace(&mut self.line, fresh.expect("the sizes fit"));
        let store = old.into_store().crash_keeping(kept);
        let line = Connection::new(setting.config(), store, setting.options());
        self.line = line.expect("the sizes fit");
        self.hang();
        self.acknowledge = setting.acknowledge();
        self.holds = None;
        self.attempts.clear();
        self.signs.clear();
        self.tickets.clear();
        self.sent.clear();
        self.durable.clear();
        (self.connected, self.ended, self.failures, self.failures_told) = (0, 0, 0, 0);
        self.had_failed = false;
    }

    fn play(&mut self, (kind, a, b): Op) {
        let now = self.now;
        match kind % 40 {
            0 | 1 => drop(self.line.open()),
            2 | 3 => self.connect(a, b),
            4..=6 => drop(self.advance()),
            7..=9 => self.event(a, b),
            10 => self.all_events(a, b),
            11..=15 => self.hear(a, b),
            16 => self.pass(a.into()),
            17 => self.flush(usize::from(a) % 600),
            18 => self.flush(usize::MAX),
            19 | 20 => self.send(a, false),
            21 => self.send(a, true),
            22 => drop(self.withdraw(a)),
            23 => self.line.commit(now),
            24 => self.decide(a, b),
            25 => self.sign(a),
            26 => drop(self.line.logout("enough", now)),
            27 => self.operate(a, b),
            28 => drop(self.line.prove(now, Duration::from_millis(a.into()))),
            29 => self.line.closed(),
            30 => self.abandon(),
            31 => self.set_seq_nums(a, b),
            32 => self.line.store_mut().fail_at(u32::from(a % 6) + 1, KINDS[usize::from(b) % 4]),
            33 | 34 => self.line.store_mut().answer(),
            35 | 36 => self.handled(a, b),
            37 => self.acknowledge(a),
            38 if a.is_multiple_of(8) => self.crash(usize::from(b % 5)),
            _ => drop(self.advance()),
        }
        self.check();
    }

    fn connect(&mut self, a: u16, b: u16) {
        let first = self.forged(a, b);
        let first_bytes = if a.is_multiple_of(3) { first.as_slice() } else { &[] };
        let life = self.line.life();
        let entry = Entry { first_bytes, ..Entry::PLAIN };
        match self.line.connected(self.now, entry) {
            Ok(()) => {
                assert_eq!(life, Life::Ready);
                self.connected += 1;
            }
            Err(ConnectError::Store(_)) => {
                self.note_failure();
                self.failures_told += 1;
            }
            Err(_) => {}
        }
    }

    fn advance(&mut self) -> Progress {
        let mut progress = self.line.advance(self.now);
        // What is due is done, or is not named any more.
        let due = |line: &Connection<CrashStore>, now: Now| {
            line.wake_at().is_some_and(|at| at <= now.monotonic)
        };
        for _ in 0..10 {
            if progress == Progress::Events || !due(&self.line, self.now) {
                return progress;
            }
            progress = self.line.advance(self.now);
        }
        panic!("runs in circles at {:?}: {:?} {:?}", self.now, progress, self.line.wake_at());
    }

    /// The application asks for the next event: it has handled the one before, if that is how it
    /// says so.
    fn event(&mut self, a: u16, b: u16) {
        if let Some(id) = self.holds.take()
            && self.acknowledge == Acknowledge::OnNextEvent
        {
            self.open.remove(&id);
        }
        self.note_failure();
        let has_event = self.line.has_event();
        let now = self.now;
        let event = self.line.event(now);
        assert!(!has_event || event.is_some(), "it said that there is one");
        match event {
            Some(Event::Message { id, mut reply, .. }) => {
                self.holds = id;
                self.open.extend(id);
                let answer = match a % 6 {
                    0 => reply.send(&order(b)).ok(),
                    1 => reply.compose(&Header::new("8"), |_| {}).ok(),
                    2 => {
                        let _ = reply.reject(Some(99), None, "no");
                        None
                    }
                    3 if a.is_multiple_of(7) => {
                        let _ = reply.logout("enough");
                        None
                    }
                    _ => None,
                };
                match answer {
                    Some(Delivery::Queued(ticket)) => drop(self.tickets.insert(ticket)),
                    Some(Delivery::Pending(sent) | Delivery::Durable(sent)) => self.sent.push(sent),
                    None => {}
                }
            }
            Some(Event::Authenticate { verdict, .. }) => {
                self.attempts.push(verdict.attempt());
                match a % 5 {
                    0 => drop(verdict.refuse(Refusal::Silent)),
                    1 => drop(verdict.later()),
                    2 if b.is_multiple_of(3) => {
                        let _unanswered = verdict;
                    }
                    _ => drop(verdict.accept(Fields::EMPTY)),
                }
            }
            Some(Event::Sign { attempt, .. }) => {
                self.signs.push(attempt);
                if a.is_multiple_of(2) {
                    let _ = self.line.sign(attempt, Fields::EMPTY, now);
                }
            }
            Some(Event::Resend { decision, .. }) if a.is_multiple_of(2) => *decision = Resend::Skip,
            Some(Event::Sent { ticket, result }) => {
                assert!(self.tickets.remove(&ticket), "told twice, or of nothing");
                if let Ok(Delivery::Pending(sent) | Delivery::Durable(sent)) = result {
                    self.sent.push(sent);
                }
                assert!(!matches!(result, Ok(Delivery::Queued(_))));
            }
            Some(Event::StoreFailed(error)) => {
                assert_ne!(error.kind(), StoreErrorKind::Misuse, "{error}");
                // It may have failed in this very call.
                self.note_failure();
                self.failures_told += 1;
            }
            Some(Event::Disconnected(_)) => self.ended += 1,
            Some(_) | None => {}
        }
    }

    fn all_events(&mut self, a: u16, b: u16) {
        for _ in 0..100 {
            if self.advance() != Progress::Events {
                return;
            }
            while self.line.has_event() {
                self.event(a, b);
                self.check();
            }
        }
    }

    fn forged(&self, a: u16, b: u16) -> Vec<u8> {
        let [a0, a1] = a.to_le_bytes();
        let [b0, b1] = b.to_le_bytes();
        let flaw =
            if b1 % 8 == 0 { Flaw::ALL[usize::from(b0) % Flaw::ALL.len()] } else { Flaw::None };
        let numbers = self.line.seq_nums();
        let down = !matches!(self.line.status(), fixline::session::Status::LoggedOn { .. });
        let kind = if down && a1 % 4 != 0 {
            ForgedKind::Logon
        } else {
            ForgedKind::ALL[usize::from(a0) % ForgedKind::ALL.len()]
        };
        let near = |byte: u8| if byte.is_multiple_of(3) { (byte / 3 % 9) as i8 - 4 } else { 0 };
        let message = Forged {
            kind,
            seq: near(a1),
            poss_dup: b1 % 5 == 0,
            from: near(b0) - 2,
            to: near(b1),
            flaw,
        };
        message.bytes(Version::Fix44, "PEER", "US", numbers, self.now.utc)
    }

    fn hear(&mut self, a: u16, b: u16) {
        let bytes = self.forged(a, b);
        let spare = self.line.spare();
        let count = spare.len().min(bytes.len());
        spare[..count].copy_from_slice(&bytes[..count]);
        self.line.filled(count);
    }

    fn pass(&mut self, millis: u64) {
        let at = match self.line.wake_at() {
            Some(at) if millis.is_multiple_of(2) => at.max(self.now.monotonic),
            _ => self.now.monotonic.after(Duration::from_millis(millis)),
        };
        let passed = at.since(self.now.monotonic);
        self.now = Now::new(at, self.now.utc.saturating_add(passed));
        let _ = self.advance();
    }

    fn flush(&mut self, count: usize) {
        let count = self.line.flushable().len().min(count);
        self.line.flushed(count);
    }

    fn send(&mut self, len: u16, in_place: bool) {
        let draft = order(len);
        let result = if in_place {
            self.line.compose(&Header::new("D"), self.now, |composer| {
                composer.uint(Tag::CL_ORD_ID, len.into());
            })
        } else {
            self.line.send(&draft, self.now)
        };
        match result {
            Ok(Delivery::Queued(ticket)) => assert!(self.tickets.insert(ticket)),
            Ok(Delivery::Pending(sent) | Delivery::Durable(sent)) => self.sent.push(sent),
            Err(SendError::Unknown(sent)) => {
                assert!(self.line.has_failed());
                self.sent.push(sent);
            }
            Err(SendError::Refused(_)) => {}
        }
    }

    fn withdraw(&mut self, which: u16) -> bool {
        let ticket = self.tickets.iter().nth(usize::from(which) % self.tickets.len().max(1));
        ticket.copied().is_some_and(|ticket| self.line.withdraw(ticket))
    }

    fn decide(&mut self, a: u16, b: u16) {
        let Some(&attempt) = self.attempts.get(usize::from(a) % self.attempts.len().max(1)) else {
            return;
        };
        let _ = if b.is_multiple_of(3) {
            self.line.refuse(attempt, Refusal::Logout { status: None, text: "no" }, self.now)
        } else {
            self.line.accept(attempt, Fields::EMPTY, self.now)
        };
    }

    fn sign(&mut self, a: u16) {
        if let Some(&attempt) = self.signs.get(usize::from(a) % self.signs.len().max(1)) {
            let _ = self.line.sign(attempt, Fields::EMPTY, self.now);
        }
    }

    fn operate(&mut self, a: u16, b: u16) {
        let number = |number: u16| SeqNum::new(u64::from(number) % 20 + 1).expect("positive");
        let operation = match a % 5 {
            0 => Operation::TestRequest,
            1 => Operation::ResetSeqNums,
            2 => Operation::SequenceReset { new: number(b) },
            3 => Operation::ResendRequest { from: number(b), to: number(b.wrapping_add(a)) },
            _ => Operation::Disconnect,
        };
        let _ = self.line.operate(operation, self.now);
    }

    fn abandon(&mut self) {
        let live = matches!(self.line.life(), Life::Up | Life::Draining);
        self.note_failure();
        let abandoned = self.line.abandon(self.now);
        self.note_failure();
        self.failures_told += usize::from(abandoned.store_failed.is_some());
        // Its end is what the owner is given, where it was not told yet.
        if live || self.ended < self.connected {
            self.ended = self.connected;
        }
        self.holds = None;
        assert!(!matches!(self.line.life(), Life::Up | Life::Draining));
        assert!(self.line.flushable().is_empty() && self.line.spare().is_empty());
    }

    fn set_seq_nums(&mut self, a: u16, b: u16) {
        let number = |number: u16| SeqNum::new(u64::from(number) % 20 + 1).expect("positive");
        let (out, into, life) = (number(a), number(b), self.line.life());
        let set = self.line.set_seq_nums(out, into, self.now);
        match (life, &set) {
            (Life::Closed, _) => assert_eq!(set, Poll::Ready(Err(RequestError::NotOpen))),
            (Life::Up | Life::Draining, _) => {
                assert_eq!(set, Poll::Ready(Err(RequestError::Connected)));
            }
            (Life::Ready, Poll::Ready(Ok(()))) => {
                let durable = self.line.store().durable();
                assert_eq!((durable.next_out, durable.next_in), (out, into), "durable at Ok");
                assert_eq!(self.line.seq_nums(), durable);
            }
            (Life::Ready, _) => {}
        }
        if life == Life::Ready {
            // An operator says what need not come again.
            self.open.clear();
            self.holds = None;
            self.numbers_set = true;
        }
    }

    fn handled(&mut self, a: u16, b: u16) {
        let which = usize::from(a) % self.open.len().max(1);
        let Some(&id) = self.open.iter().nth(which) else { return };
        if b.is_multiple_of(4) {
            self.line.handled_up_to(id);
            self.open.retain(|open| open.epoch != id.epoch || open.seq > id.seq);
        } else {
            let _rebuilt_since = self.line.handled(id);
            self.open.remove(&id);
        }
    }

    fn acknowledge(&mut self, a: u16) {
        self.acknowledge =
            if a.is_multiple_of(2) { Acknowledge::Explicitly } else { Acknowledge::OnNextEvent };
        self.line.set_acknowledge(self.acknowledge);
    }

    fn note_failure(&mut self) {
        let failed = self.line.has_failed();
        if failed && !self.had_failed {
            // Where the one before was not told of yet, the newest stands.
            self.failures = self.failures_told + 1;
        }
        self.had_failed = failed;
    }

    /// What must hold at any time.
    fn check(&mut self) {
        self.note_failure();
        let (line, failed) = (&self.line, self.line.has_failed());
        if failed {
            assert!(line.flushable().is_empty(), "a store that failed lets nothing out");
        }
        let saved = line.store().durable();
        let lowest = self.open.iter().find(|id| id.epoch == saved.epoch);
        if let Some(lowest) = lowest {
            assert!(saved.next_in <= lowest.seq, "{saved:?} is durable, {lowest:?} is not handled");
        }
        let numbers = line.seq_nums();
        assert!(line.next_in_released() <= numbers.next_in);
        self.check_fates(saved);
        check_promises(self.line.store().promised());
        let snapshot = self.line.snapshot();
        assert_eq!(snapshot.numbers, numbers);
        assert!(self.ended <= self.connected, "an end without a connection");
        assert!(self.failures_told <= self.failures, "a failure that was none");
        let message = Message::parse(self.line.flushable());
        assert!(message.is_ok() || message.is_err(), "looked at");
    }

    fn check_fates(&mut self, saved: SeqNums) {
        for sent in &self.sent {
            let key = (sent.generation, sent.epoch, sent.seq);
            let is_saved =
                (saved.epoch, saved.next_out) > (sent.epoch, sent.seq) || saved.epoch > sent.epoch;
            match self.line.fate(*sent) {
                Fate::Durable => {
                    assert!(is_saved || self.durable.contains(&key), "{sent:?} in {saved:?}");
                    self.durable.insert(key);
                }
                Fate::Pending => {
                    assert!(!self.durable.contains(&key), "it was durable: {sent:?}");
                    assert!(!self.line.has_failed(), "nobody will say more of {sent:?}");
                }
                Fate::Unknown => assert!(self.failures > 0, "no store failed under {sent:?}"),
            }
        }
    }

    /// Nothing fails any more, and the application takes everything: whatever was under way ends,
    /// and the session can be used.
    fn finish(&mut self) {
        self.line.store_mut().fail_at(u32::MAX, StoreErrorKind::Other);
        self.line.wake_with(None);
        self.line.set_acknowledge(Acknowledge::OnNextEvent);
        self.acknowledge = Acknowledge::OnNextEvent;
        self.line.closed();
        for _ in 0..10 {
            let mut most = 0;
            while self.line.life() == Life::Draining || self.advance() == Progress::Events {
                let _ = self.advance();
                self.event(3, 1);
                self.check();
                let oldest = self.open.first().copied();
                if let Some(oldest) = oldest.filter(|_| self.holds.is_none()) {
                    let _ = self.line.handled(oldest);
                    self.open.remove(&oldest);
                }
                most += 1;
                assert!(most < 2000, "never ends: {:?} {:?}", self.line, self.line.snapshot());
            }
            self.event(3, 1);
        }
        assert!(matches!(self.line.life(), Life::Ready | Life::Closed), "{:?}", self.line);
        assert!(self.tickets.is_empty(), "what became of {:?}?", self.tickets);
        assert_eq!(self.ended, self.connected, "each connection ends, once");
        assert_eq!(self.failures_told, self.failures, "each failure is told, once");
        assert!(matches!(self.line.open(), Poll::Ready(Ok(()))));
        let _ = self.advance();
        for sent in &self.sent {
            assert_ne!(self.line.fate(*sent), Fate::Pending, "nothing fails: {sent:?}");
        }
        self.line.connected(self.now, Entry::PLAIN).expect("nothing is in the way");
        self.connected += 1;
        self.all_events(3, 1);
        if self.line.config().role() == Role::Initiator && !self.setting.signs {
            assert!(!self.line.flushable().is_empty(), "our Logon: {:?}", self.line);
        }
    }
}

/// No number is ever used for two messages, over all failures and crashes.
fn check_promises(promised: &[(u32, SeqNum, Vec<u8>)]) {
    let mut seen = BTreeMap::new();
    // Those before were looked at before.
    for (epoch, seq, message) in promised.iter().rev().take(30) {
        let earlier = seen.insert((*epoch, *seq), message);
        assert!(earlier.is_none(), "{epoch}/{seq} is used twice");
    }
}

fn order(len: u16) -> Draft {
    let mut order = Draft::new("D");
    order.uint(Tag::CL_ORD_ID, len.into()).str(Tag::TEXT, &"x".repeat(usize::from(len) % 300 + 1));
    order
}

fn cases() -> u32 {
    std::env::var("ENGINE_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(1000)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: cases(),
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_is_called_in_whatever_order_a_connection_stays_sound(
        setting in setting(),
        ops in prop::collection::vec(any::<Op>(), 1..150),
    ) {
        let mut case = Case::new(setting);
        // Most of what can happen happens to a session that was logged on.
        for op in [(0, 0, 0), (33, 0, 0), (0, 0, 0), (2, 1, 0), (10, 4, 1), (11, 256, 1), (10, 4, 1)] {
            case.play(op);
        }
        for op in ops {
            case.play(op);
        }
        case.finish();
    }
}

/// A time long ago.
#[test]
fn a_time_that_goes_back_is_harmless() {
    let setting = Setting {
        acceptor: false,
        explicit: false,
        asks: false,
        signs: false,
        offline: false,
        by_hand: false,
        wakes: false,
        polls: 0,
        window: 10,
        outbox: 100,
    };
    let mut case = Case::new(setting);
    assert!(matches!(case.line.open(), Poll::Ready(Ok(()))));
    case.line.connected(case.now, Entry::PLAIN).expect("down before");
    let _ = case.advance();
    let before = Now::new(Instant::from_millis(0), UtcTime::EPOCH);
    let _ = case.line.advance(before);
    let _ = case.line.send(&order(1), before);
    let _ = case.advance();
    case.connected = 1;
    case.finish();
}
