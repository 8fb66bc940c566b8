//! In steady state neither a session nor a connection allocates: not to receive, deliver, reply,
//! heartbeat, ask for what is missing, take it back, or send again what the peer misses.

#[path = "session/dictionary_text.rs"]
mod dictionary_text;

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use core::task::Poll;
use core::time::Duration;
use std::alloc::System;
use std::sync::Arc;

use fixline::dictionary::{Dictionary, Rule, Spec};
use fixline::engine::{Connection, ConnectionOptions, Draft, Entry, Event, MemoryStore, Progress};
use fixline::session::{
    Action, Blocked, Config, ConfigBuilder, Header, Input, Instant, Now, ResendPolicy, SeqNums,
    Session, Status, Version,
};
use fixline::wire::{
    Body, Fields, Message, PutField as _, SendBuffer, SeqNum, Tag, UtcTime, from_text,
};

/// The system's allocator, counting what this thread asks of it.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[expect(unsafe_code, reason = "an allocator cannot be written without")]
// SAFETY: every call is handed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`, and `memory` came from `System`.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract of `realloc`, and `memory` came from `System`.
        unsafe { System.realloc(memory, layout, new_size) }
    }
}

fn count() {
    ALLOCATIONS.with(|allocations| allocations.set(allocations.get() + 1));
}

/// How often `work` allocates.
fn allocations(work: impl FnOnce()) -> u64 {
    let before = ALLOCATIONS.get();
    work();
    ALLOCATIONS.get() - before
}

/// How often each thing is done while it is watched.
const ROUNDS: u64 = 100;

#[test]
fn the_allocator_counts() {
    assert_eq!(allocations(|| drop(vec![1u8])), 1);
    assert_eq!(allocations(|| ()), 0);
}

#[test]
fn orders_are_received_delivered_and_answered() {
    let mut line = Line::up();
    let orders = line.peer_messages(2, |seq| format!("35=D|34={seq}|11=ORD-{seq}|55=MSFT|38=100"));
    let found = allocations(|| {
        for order in &orders {
            assert_eq!(line.receive(order).delivered, 1);
        }
    });
    assert_eq!(found, 0);
    assert_eq!(line.next_out(), 2 + ROUNDS, "each order was answered");
}

#[test]
fn messages_are_held_to_a_dictionary() {
    let rule = Rule::new("D", Tag::ORD_TYPE, &["2"], Tag::PRICE);
    let dictionaries = dictionary_text::dictionaries(Version::Fix44).rule(rule);
    let mut line = Line::with(|config| config.dictionaries(dictionaries));
    let right = |seq| format!("35=D|34={seq}|11=ORD-{seq}|40=1|386=2|336=X|625=Y|336=Z");
    let orders = line.peer_messages(2, right);
    let found = allocations(|| {
        for order in &orders {
            assert_eq!(line.receive(order).delivered, 1);
        }
    });
    assert_eq!(found, 0);
}

#[test]
fn groups_are_written_along_a_dictionary() {
    let spec = Spec::from_text(
        "field 11 ClOrdID String\nfield 354 EncodedTextLen Length\nfield 355 EncodedText data\n\
         field 453 NoPartyIDs NumInGroup\nfield 448 PartyID String\nfield 447 PartyIDSource char\n\
         field 802 NoPartySubIDs NumInGroup\nfield 523 PartySubID String\n\
         message D NewOrderSingle 11! 453(448 447 802(523)) 354 355",
    );
    let dictionary = Dictionary::compile(&spec.unwrap()).unwrap();
    let tag = |number| Tag::new(number).unwrap();
    let mut order = dictionary.body_writer("D").unwrap();
    let mut body = Body::new();
    let mut write = || {
        body.clear();
        order.data(tag(354), b"a\x01b").str(tag(11), "ORD-1");
        let mut parties = order.group(tag(453));
        for id in ["A", "B"] {
            let mut party = parties.entry();
            party.char(tag(447), b'D').group(tag(802)).entry().str(tag(523), "desk");
            party.str(tag(448), id);
        }
        order.write(&mut body).unwrap();
    };
    write();
    assert_eq!(allocations(|| (0..ROUNDS).for_each(|_| write())), 0);
}

#[test]
fn ten_thousand_sessions_share_one_dictionary() {
    const SESSIONS: usize = 10_000;
    let dictionaries = Arc::new(dictionary_text::dictionaries(Version::Fix44));
    let [right, wrong] = [2, 3].map(|seq| {
        let group = if seq == 2 { "" } else { "|386=1" };
        Line::up().peer_message(&format!("35=D|34={seq}|11=ORD-{seq}|40=1{group}"))
    });
    let alone = allocations(|| drop(Line::up()));
    let mut sessions = Vec::with_capacity(SESSIONS);
    for _ in 0..SESSIONS {
        let shared = Arc::clone(&dictionaries);
        let found = allocations(|| {
            let mut line = Line::with(|config| config.dictionaries(shared));
            assert_eq!(line.receive(&right).delivered, 1);
            assert_eq!(line.receive(&wrong).delivered, 0, "a group without entries");
            sessions.push(line.session);
        });
        assert_eq!(found, alone, "nothing of the dictionary is copied");
    }
    assert_eq!(Arc::strong_count(&dictionaries), 1 + SESSIONS);
}

#[test]
fn heartbeats_are_sent_and_received() {
    let mut line = Line::up();
    let heartbeats = line.peer_messages(2, |seq| format!("35=0|34={seq}"));
    let found = allocations(|| {
        for heartbeat in &heartbeats {
            line.sleep(Duration::from_secs(30));
            line.feed(Input::Tick);
            line.receive(heartbeat);
        }
    });
    assert_eq!(found, 0);
    assert_eq!(line.next_out(), 2 + ROUNDS, "each interval had a Heartbeat");
}

#[test]
fn test_requests_are_answered() {
    let mut line = Line::up();
    let requests = line.peer_messages(2, |seq| format!("35=1|34={seq}|112=PING-{seq}"));
    let found = allocations(|| {
        for request in &requests {
            line.receive(request);
        }
    });
    assert_eq!(found, 0);
    assert_eq!(line.next_out(), 2 + ROUNDS, "each was answered");
}

#[test]
fn silence_is_probed() {
    let mut line = Line::up();
    let answers = line.peer_messages(2, |seq| format!("35=0|34={seq}|112={seq}"));
    let found = allocations(|| {
        for answer in &answers {
            // A Heartbeat at 30 s, a TestRequest at 36 s.
            line.sleep(Duration::from_secs(30));
            line.feed(Input::Tick);
            line.sleep(Duration::from_secs(6));
            line.feed(Input::Tick);
            line.receive(answer);
        }
    });
    assert_eq!(found, 0);
    assert_eq!(line.next_out(), 2 + 2 * ROUNDS);
}

#[test]
fn gaps_are_asked_for_and_closed() {
    let mut line = Line::up();
    let (orders, late) = (
        line.peer_messages(2, |seq| format!("35=D|34={seq}|11=ORD-{seq}")),
        line.peer_messages(2, |seq| {
            format!("35=D|34={seq}|43=Y|122=20261122-09:30:00|11=ORD-{seq}")
        }),
    );
    let mut delivered = 0;
    let found = allocations(|| {
        for (pair, late) in orders.chunks_exact(2).zip(late.chunks_exact(2)) {
            let ([_, ahead], [missing, _]) = (pair, late) else {
                panic!("pairs");
            };
            let step = line.receive(ahead);
            assert!(step.held && step.delivered == 0);
            delivered += line.receive(missing).delivered;
            // The held one comes back from where the driver kept it.
            delivered += line.give_back(ahead).delivered;
        }
    });
    assert_eq!(found, 0);
    assert_eq!(delivered, ROUNDS);
}

#[test]
fn what_the_peer_misses_is_sent_again() {
    let mut line = Line::up();
    let orders = line.peer_messages(2, |seq| format!("35=D|34={seq}|11=ORD-{seq}"));
    let mut stored = Vec::new();
    for order in &orders {
        line.receive(order);
        stored.push(line.last_sent.clone());
    }
    let last = line.next_out() - 1;
    let requests = line.peer_messages(2 + ROUNDS, |seq| format!("35=2|34={seq}|7=1|16=0"));
    let mut repeated = 0;
    let found = allocations(|| {
        // Number 1 was our Logon, which is filled.
        for request in requests.iter().take(3) {
            let fetch = line.receive(request).fetch.expect("it asks for messages");
            for (seq, message) in (2..=last).zip(&stored) {
                let seq = SeqNum::new(seq).expect("positive");
                line.feed(Input::Stored { id: fetch, seq, message });
                repeated += 1;
            }
            line.feed(Input::StoreEnd { id: fetch });
        }
    });
    assert_eq!(found, 0);
    assert_eq!(repeated, 3 * ROUNDS);
    assert_eq!(line.next_out() - 1, last, "old numbers only");
}

#[test]
fn what_is_wrong_is_ignored_or_rejected() {
    let mut line = Line::up();
    let rejected = line.peer_messages(2, |seq| format!("35=1|34={seq}"));
    let again = line
        .peer_messages(2, |seq| format!("35=D|34={seq}|43=Y|122=20261122-09:30:00|11=ORD-{seq}"));
    let garbled = from_text("8=FIX.4.4|9=12|35=0|34=2|10=000|");
    let found = allocations(|| {
        for (rejected, again) in rejected.iter().zip(&again) {
            line.receive(rejected);
            line.receive(again);
            line.receive(&garbled);
        }
    });
    assert_eq!(found, 0);
    assert_eq!(line.next_out(), 2 + ROUNDS, "one Reject each");
}

#[test]
fn connections_trade() {
    let mut pair = Pair::up();
    let mut order = Draft::default();
    let found = pair.steady(|pair| {
        order.clear("D");
        order.str(Tag::CL_ORD_ID, "ORD-1").uint(Tag::ORDER_QTY, 100);
        let sent = pair.client.send(&order, pair.now);
        assert!(sent.is_ok());
        pair.settle();
    });
    assert_eq!(found, 0);
    assert_eq!(pair.fills, Pair::WARM_UP + ROUNDS);
}

#[test]
fn connections_heartbeat() {
    let mut pair = Pair::up();
    let found = pair.steady(|pair| {
        pair.now.monotonic = pair.now.monotonic.after(Duration::from_secs(30));
        pair.settle();
    });
    assert_eq!(found, 0);
    let heartbeats = pair.client.seq_nums().next_out.get() - 2;
    assert_eq!(heartbeats, Pair::WARM_UP + ROUNDS);
}

#[test]
fn connections_recover() {
    let mut pair = Pair::up();
    let mut order = Draft::default();
    let found = pair.steady(|pair| {
        for lost in [true, false] {
            order.clear("D");
            order.str(Tag::CL_ORD_ID, "ORD-1");
            let sent = pair.client.send(&order, pair.now);
            assert!(sent.is_ok());
            if lost {
                // It is stored, leaves, and does not arrive.
                let _progress = pair.client.advance(pair.now);
                let gone = pair.client.flushable().len();
                pair.client.flushed(gone);
            }
        }
        pair.settle();
    });
    assert_eq!(found, 0);
    assert_eq!(pair.fills, 2 * (Pair::WARM_UP + ROUNDS), "what was lost came again");
}

/// Two connections that are logged on, and bytes that are carried between them.
struct Pair {
    client: Connection<MemoryStore>,
    broker: Connection<MemoryStore>,
    now: Now,
    fills: u64,
}

impl Pair {
    /// How often something is done before it is watched: until every ring has gone round.
    const WARM_UP: u64 = 200;

    fn up() -> Self {
        let open = |config: ConfigBuilder| {
            let config = config.build().expect("a valid configuration");
            let store = MemoryStore::with_capacity(16 << 10, 64);
            let line = Connection::new(config, store, ConnectionOptions::new());
            let mut line = line.expect("the defaults fit");
            assert!(matches!(line.open(), Poll::Ready(Ok(()))));
            line
        };
        let utc = UtcTime::parse(b"20261122-09:30:00").expect("a time");
        let policy = ResendPolicy::All;
        let client = Config::initiator(Version::Fix44, "CLIENT", "BROKER", policy.clone());
        let broker = Config::acceptor(Version::Fix44, "BROKER", "CLIENT", policy);
        let mut pair = Self {
            client: open(client),
            broker: open(broker),
            now: Now::new(Instant::from_millis(1_000_000), utc),
            fills: 0,
        };
        for side in [&mut pair.client, &mut pair.broker] {
            side.connected(pair.now, Entry::PLAIN).expect("it was down");
        }
        pair.settle();
        assert!(matches!(pair.client.status(), Status::LoggedOn { .. }));
        pair
    }

    /// How often `work` allocates once it was done a few times.
    fn steady(&mut self, mut work: impl FnMut(&mut Self)) -> u64 {
        for _ in 0..Self::WARM_UP {
            work(self);
        }
        allocations(|| {
            for _ in 0..ROUNDS {
                work(self);
            }
        })
    }

    /// Until nothing moves any more.
    fn settle(&mut self) {
        loop {
            self.fills += drive(&mut self.client, self.now);
            drive(&mut self.broker, self.now);
            let there = carry(&mut self.client, &mut self.broker);
            let back = carry(&mut self.broker, &mut self.client);
            if there + back == 0 {
                return;
            }
        }
    }
}

/// Does all that can be done, answers orders with fills; how many fills came in.
fn drive(line: &mut Connection<MemoryStore>, now: Now) -> u64 {
    let mut fills = 0;
    while line.advance(now) == Progress::Events {
        while let Some(event) = line.event(now) {
            match event {
                Event::Message { message, mut reply, .. } => match message.msg_type() {
                    b"D" => {
                        let id = message.get(Tag::CL_ORD_ID).unwrap_or(b"none");
                        let sent = reply.compose(&Header::new("8"), |fill| {
                            fill.put(Tag::CL_ORD_ID, id).uint(Tag::CUM_QTY, 100);
                        });
                        assert!(sent.is_ok());
                    }
                    b"8" => fills += 1,
                    _ => {}
                },
                Event::Authenticate { verdict, .. } => {
                    verdict.accept(Fields::EMPTY).expect("nothing is in the way");
                }
                Event::Disconnected(reason) => panic!("disconnected: {reason}"),
                _ => {}
            }
        }
    }
    fills
}

/// Moves what one side may send to the other.
fn carry(from: &mut Connection<MemoryStore>, to: &mut Connection<MemoryStore>) -> usize {
    let room = to.spare();
    let count = room.len().min(from.flushable().len());
    if let (Some(room), Some(bytes)) = (room.get_mut(..count), from.flushable().get(..count)) {
        room.copy_from_slice(bytes);
    }
    to.filled(count);
    from.flushed(count);
    count
}

/// A session that is logged on, and a driver that allocates nothing of its own.
struct Line {
    session: Session,
    out: SendBuffer,
    now: Now,
    reply: Body,
    /// The bytes of the last reply, for whoever stores it.
    last_sent: Vec<u8>,
    recalled: Option<SeqNum>,
}

/// What a step led to.
#[derive(Default)]
struct Done {
    delivered: u64,
    held: bool,
    fetch: Option<u32>,
}

impl Line {
    fn up() -> Self {
        Self::with(|config| config)
    }

    fn with(settings: impl FnOnce(ConfigBuilder) -> ConfigBuilder) -> Self {
        let config = Config::acceptor(Version::Fix44, "US", "PEER", ResendPolicy::All);
        let config = settings(config).build().expect("a valid configuration");
        let utc = UtcTime::parse(b"20261122-09:30:00").expect("a time");
        let mut reply = Body::new();
        reply.str(Tag::ORDER_ID, "1").str(Tag::TEXT, "filled");
        let mut line = Self {
            out: SendBuffer::with_capacity(config.send_buffer_min()),
            session: Session::new(config, SeqNums::FRESH),
            now: Now::new(Instant::from_millis(1_000_000), utc),
            reply,
            last_sent: Vec::with_capacity(1024),
            recalled: None,
        };
        line.feed(Input::Connected { logon: Fields::EMPTY });
        let logon = line.peer_message("35=A|34=1|98=0|108=30");
        line.receive(&logon);
        line.feed(Input::Accept { attempt: 1, logon: Fields::EMPTY });
        assert!(matches!(line.session.status(), Status::LoggedOn { .. }));
        line
    }

    /// As many messages as there are rounds, numbered from `first` on.
    fn peer_messages(&self, first: u64, text: impl Fn(u64) -> String) -> Vec<Vec<u8>> {
        (first..first + ROUNDS).map(|seq| self.peer_message(&text(seq))).collect()
    }

    fn peer_message(&self, text: &str) -> Vec<u8> {
        let (start, end) = text.split_at(text.find("|34=").map_or(text.len(), |at| at + 1));
        let (seq, rest) = end.split_once('|').unwrap_or((end, ""));
        let text = format!("8=FIX.4.4|{start}{seq}|49=PEER|52=20261122-09:30:00|56=US|{rest}|");
        from_text(text.trim_end_matches("||"))
    }

    fn sleep(&mut self, duration: Duration) {
        // The wall clock stands still, so that messages made beforehand stay fresh.
        self.now.monotonic = self.now.monotonic.after(duration);
    }

    fn next_out(&self) -> u64 {
        self.session.seq_nums().next_out.get()
    }

    fn receive(&mut self, bytes: &[u8]) -> Done {
        self.feed(Input::Bytes(bytes))
    }

    fn give_back(&mut self, message: &[u8]) -> Done {
        let seq = self.recalled.take().expect("a message was recalled");
        self.feed(Input::Held { seq, message: Some(message) })
    }

    fn feed(&mut self, input: Input<'_>) -> Done {
        let mut done = Done::default();
        let actions = self
            .session
            .handle(input, self.now, &mut self.out)
            .expect("the driver keeps the contract");
        assert_eq!(actions.blocked(), Blocked::No);
        for action in actions {
            match action {
                Action::Send(sent) => self.out.stored(sent.span),
                Action::Hold(_) => done.held = true,
                Action::Recall(seq) => self.recalled = Some(seq),
                Action::Fetch { id, .. } => done.fetch = Some(id),
                Action::Deliver { message, .. } => {
                    done.delivered += 1;
                    if !message.is_admin() {
                        self.answer(message);
                    }
                }
                Action::Disconnect(reason) => panic!("disconnected: {reason}"),
                Action::Reset { .. }
                | Action::Authenticate { .. }
                | Action::Sign { .. }
                | Action::Discard { .. }
                | Action::Notify(_)
                | Action::Schedule(_) => {}
            }
        }
        let flushable = self.out.flushable().len();
        self.out.flushed(flushable);
        done
    }

    fn answer(&mut self, order: Message<'_>) {
        let mut composer =
            self.session.compose(&Header::new("8"), self.now, &mut self.out).expect("logged on");
        composer
            .fields(self.reply.as_fields().expect("valid"))
            .put(Tag::CL_ORD_ID, order.get(Tag::CL_ORD_ID).unwrap_or(b"none"))
            .uint(Tag::CUM_QTY, 100)
            .time(Tag::TRANSACT_TIME, self.now.utc, fixline::wire::Precision::MILLIS);
        let sent = composer.finish().expect("there is room");
        self.last_sent.clear();
        self.last_sent.extend_from_slice(self.out.bytes(sent.span));
        self.out.stored(sent.span);
    }
}
