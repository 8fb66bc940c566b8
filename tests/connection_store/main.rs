//! What a connection asks of its store: everything durable before it is flushed, one commit for
//! many messages, nothing behind a failure, and a session that goes on from what the store has.

mod disk;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use fixline::engine::{
    Acknowledge, ConnectError, Connection, ConnectionOptions, Draft, Event, MemoryStore, Operation,
    Progress, Refused, RequestError, Resend, Store as _,
};
use fixline::session::{Config, Instant, Now, Reason, ResendPolicy, SeqNums, Version};
use fixline::wire::{Fields, Message, Pretty, PutField as _, SeqNum, Tag, UtcTime};

use disk::{Disk, DiskFull, Script};

type Line = Connection<Disk>;

fn now(millis: u64) -> Now {
    let utc = UtcTime::parse(b"20261122-09:30:00").expect("a time");
    Now::new(Instant::from_millis(millis), utc.saturating_add(Duration::from_millis(millis)))
}

struct Side {
    line: Line,
    script: Rc<RefCell<Script>>,
}

fn side(config: Config, options: ConnectionOptions) -> Side {
    let script = Rc::new(RefCell::new(Script::default()));
    let disk = Disk { memory: MemoryStore::new(), script: Rc::clone(&script) };
    let line = Connection::open(config, disk, options).expect("opens");
    Side { line, script }
}

fn client_with(policy: ResendPolicy, options: ConnectionOptions) -> Side {
    let config = Config::initiator(Version::Fix44, "CLIENT", "BROKER", policy);
    side(config.build().expect("valid"), options)
}

fn client() -> Side {
    client_with(ResendPolicy::All, ConnectionOptions::new())
}

fn broker() -> Side {
    let config = Config::acceptor(Version::Fix44, "BROKER", "CLIENT", ResendPolicy::All);
    side(config.build().expect("valid"), ConnectionOptions::new())
}

/// Takes every event; answers orders with fills; what was shown, in words.
fn drive(side: &mut Side, millis: u64) -> Vec<String> {
    let mut seen = Vec::new();
    while side.line.advance(now(millis)) == Progress::Events {
        while let Some(event) = side.line.event() {
            match event {
                Event::Message { message, mut reply, .. } => {
                    let dup = if message.poss_dup() { " again" } else { "" };
                    seen.push(format!(
                        "{} {}{dup}",
                        Pretty(message.msg_type()),
                        message.msg_seq_num()
                    ));
                    if message.msg_type() == b"D" {
                        let mut fill = Draft::new("8");
                        fill.put(Tag::CL_ORD_ID, message.get(Tag::CL_ORD_ID).expect("has one"));
                        let _refused = reply.send(&fill);
                    }
                }
                Event::Authenticate { verdict, .. } => {
                    verdict.accept(Fields::EMPTY).expect("accepted");
                }
                Event::StoreFailed(error) => seen.push(error.to_string()),
                Event::Disconnected(reason) => seen.push(format!("{reason:?}")),
                Event::Numbered { result, .. } => {
                    seen.push(format!("numbered {}", result.is_ok()));
                }
                _ => {}
            }
        }
    }
    seen
}

fn carry(from: &mut Side, to: &mut Side) -> usize {
    let mut carried = 0;
    while !from.line.flushable().is_empty() {
        let spare = to.line.spare();
        let count = spare.len().min(from.line.flushable().len());
        if count == 0 {
            break;
        }
        spare[..count].copy_from_slice(&from.line.flushable()[..count]);
        to.line.filled(count);
        from.line.flushed(count);
        carried += count;
    }
    carried
}

fn settle(client: &mut Side, broker: &mut Side, millis: u64) -> (Vec<String>, Vec<String>) {
    let (mut client_saw, mut broker_saw) = (Vec::new(), Vec::new());
    loop {
        client_saw.extend(drive(client, millis));
        broker_saw.extend(drive(broker, millis));
        if carry(client, broker) + carry(broker, client) == 0 {
            return (client_saw, broker_saw);
        }
    }
}

fn connect(client: &mut Side, broker: &mut Side, millis: u64) {
    for side in [client, broker] {
        side.line.connected(now(millis), Fields::EMPTY).expect("down before");
    }
}

fn break_line(client: &mut Side, broker: &mut Side, millis: u64) -> (Vec<String>, Vec<String>) {
    client.line.closed();
    broker.line.closed();
    (drive(client, millis), drive(broker, millis))
}

fn order(id: u64) -> Draft {
    let mut order = Draft::new("D");
    order.uint(Tag::CL_ORD_ID, id);
    order
}

/// Sends these orders and hands all their bytes over at once.
fn hand_over(client: &mut Side, broker: &mut Side, ids: std::ops::Range<u64>, millis: u64) {
    for id in ids {
        let _ = client.line.send(&order(id), now(millis)).expect("logged on");
    }
    let _ = drive(client, millis);
    assert!(carry(client, broker) > 0);
}

fn logged_on() -> (Side, Side) {
    let (mut client, mut broker) = (client(), broker());
    connect(&mut client, &mut broker, 0);
    let _ = settle(&mut client, &mut broker, 0);
    (client, broker)
}

#[test]
fn a_burst_of_answers_shares_one_commit() {
    let (mut client, mut broker) = logged_on();
    hand_over(&mut client, &mut broker, 0..100, 1);
    let before = broker.script.borrow().syncs;
    assert_eq!(drive(&mut broker, 1).len(), 100);
    let after = broker.script.borrow().syncs;
    assert_eq!(after - before, 1, "one commit for what was answered at one time");
    let calls = broker.script.borrow().calls.clone();
    let [.., incoming, sync] = calls.as_slice() else { panic!("{calls:?}") };
    assert_eq!((incoming.as_str(), sync.as_str()), ("in 0/102", "sync"), "and for the orders");
}

#[test]
fn a_slow_application_does_not_put_off_commits_for_ever() {
    let (mut client, mut broker) = logged_on();
    hand_over(&mut client, &mut broker, 0..100, 1);
    let before = broker.script.borrow().syncs;
    for millis in 1..200 {
        // Handles one order in each millisecond.
        let _ = broker.line.advance(now(millis));
        while let Some(event) = broker.line.event() {
            if let Event::Message { mut reply, .. } = event {
                let _ = reply.send(&order(millis)).expect("sent");
            }
        }
        if millis == 20 {
            assert!(broker.script.borrow().syncs - before >= 9, "every second time at least");
            assert!(!broker.line.flushable().is_empty());
        }
    }
}

#[test]
fn heartbeats_go_out_while_a_slow_application_works_through_a_backlog() {
    let (mut client, mut broker) = logged_on();
    hand_over(&mut client, &mut broker, 0..100, 1);
    let mut heartbeats = 0;
    for number in 1..=100 {
        // One order a second, never answered.
        assert_eq!(broker.line.advance(now(number * 1000)), Progress::Events);
        while broker.line.event().is_some() {}
        let flushable = broker.line.flushable().to_vec();
        broker.line.flushed(flushable.len());
        if !flushable.is_empty() {
            let message = Message::parse(&flushable).expect("one message");
            assert_eq!(message.msg_type(), b"0");
            heartbeats += 1;
        }
    }
    assert_eq!(heartbeats, 3, "one for each 30 seconds");
}

#[test]
fn nothing_is_flushed_before_a_commit_in_the_background_is_over() {
    let (mut client, mut broker) = logged_on();
    client.script.borrow_mut().slow = true;
    let outcome = client.line.send(&order(1), now(1)).expect("logged on");
    let fixline::engine::Outcome::Sent(first) = outcome else { panic!("{outcome:?}") };
    let _ = client.line.advance(now(1));
    assert!(client.line.is_committing());
    // The second message is none of the commit that runs.
    let _ = client.line.send(&order(2), now(1)).expect("logged on");
    for _ in 0..3 {
        let _ = client.line.advance(now(1));
        assert!(client.line.flushable().is_empty());
        assert!(!client.line.is_durable(first));
    }
    client.script.borrow_mut().committed = true;
    let _ = client.line.advance(now(2));
    assert!(client.line.is_durable(first));
    let message = Message::parse(client.line.flushable()).expect("exactly the first");
    assert_eq!(message.get_uint(Tag::CL_ORD_ID), Some(1));
    assert!(client.line.is_committing(), "the second one's");
    client.script.borrow_mut().committed = true;
    let _ = client.line.advance(now(3));
    assert!(!client.line.is_committing());
    let _ = carry(&mut client, &mut broker);
    assert_eq!(drive(&mut broker, 3), ["D 2", "D 3"]);
}

#[test]
fn the_line_stays_open_for_a_logout_that_is_being_committed() {
    let (mut client, mut broker) = logged_on();
    broker.line.logout("").expect("logged on");
    let _ = drive(&mut broker, 1);
    let _ = carry(&mut broker, &mut client);
    client.script.borrow_mut().slow = true;
    let _ = drive(&mut client, 1);
    // The peer closes; until then our acknowledgement waits for the store.
    let _ = drive(&mut client, 20_000);
    assert!(client.line.has_ended());
    assert!(!client.line.wants_close(), "the Logout is not flushed");
    client.script.borrow_mut().committed = true;
    let _ = client.line.advance(now(20_001));
    let _ = carry(&mut client, &mut broker);
    assert!(client.line.wants_close());
}

#[test]
fn a_commit_of_the_old_connection_does_not_set_the_new_one_free() {
    let (mut client, mut broker) = logged_on();
    client.script.borrow_mut().slow = true;
    let _ = client.line.send(&order(1), now(1)).expect("logged on");
    let _ = client.line.advance(now(1));
    let _ = break_line(&mut client, &mut broker, 2);
    connect(&mut client, &mut broker, 3);
    let _ = client.line.advance(now(3));
    client.script.borrow_mut().committed = true;
    let _ = client.line.advance(now(4));
    assert!(client.line.flushable().is_empty(), "the Logon has a commit of its own");
    client.script.borrow_mut().committed = true;
    let _ = client.line.advance(now(5));
    let logon = Message::parse(client.line.flushable()).expect("a Logon");
    assert_eq!((logon.msg_type(), logon.msg_seq_num()), (&b"A"[..], 3));
}

/// Fails each call in turn, and sees that the line ends, says so once, and gets in step again.
#[test]
fn a_store_that_fails_at_any_call_ends_the_line_and_nothing_else() {
    for fails_in in 0..40 {
        let (mut client, mut broker) = logged_on();
        let calls = broker.script.borrow().calls.len();
        broker.script.borrow_mut().fails_in = Some(fails_in);
        let mut seen = Vec::new();
        for millis in 1..10 {
            let _lost = client.line.send(&order(millis), now(millis));
            if millis == 5 {
                // An answer of its own, and a replay.
                let _no_line = client.line.operate(Operation::TestRequest);
                let (from, to) = (SeqNum::MIN, SeqNum::new(3).expect("positive"));
                let _no_line = client.line.operate(Operation::ResendRequest { from, to });
            }
            let (_, broker_saw) = settle(&mut client, &mut broker, millis);
            seen.extend(broker_saw);
        }
        let failed = seen.iter().filter(|event| *event == "disk full").count();
        let ended = seen.iter().filter(|event| *event == "StoreFailed").count();
        let made = broker.script.borrow().calls.len() - calls;
        if made <= fails_in {
            assert_eq!((failed, ended), (0, 0), "{fails_in}: {seen:?}");
            assert!(fails_in > 15, "the failures were met: {made} calls");
            return;
        }
        assert_eq!((failed, ended), (1, 1), "{fails_in}: {seen:?}");
        assert_eq!(made, fails_in + 1, "{fails_in}: nothing is asked of a store that failed");
        assert!(broker.line.flushable().is_empty());
        assert!(broker.line.wants_close());
        assert_eq!(broker.line.send(&order(0), now(10)), Err(Refused::StoreFailed));
        assert_eq!(broker.line.logout(""), Err(RequestError::StoreFailed));

        let _ = break_line(&mut client, &mut broker, 11);
        client.line.connected(now(12), Fields::EMPTY).expect("down before");
        let again = broker.line.connected(now(12), Fields::EMPTY);
        assert_eq!(again, Err(ConnectError::Store(DiskFull)), "still full");
        broker.script.borrow_mut().fails_in = None;
        broker.line.connected(now(12), Fields::EMPTY).expect("the disk has room");
        let _ = settle(&mut client, &mut broker, 13);
        let (ours, theirs) = (client.line.seq_nums(), broker.line.seq_nums());
        assert_eq!((ours.next_out, ours.next_in), (theirs.next_in, theirs.next_out), "{fails_in}");
    }
    panic!("more than 40 calls");
}

#[test]
fn what_is_not_handled_is_delivered_again_after_a_crash() {
    let options = ConnectionOptions::new().acknowledge(Acknowledge::Explicitly);
    let mut client = client_with(ResendPolicy::All, options);
    let mut broker = broker();
    connect(&mut client, &mut broker, 0);
    let _ = settle(&mut client, &mut broker, 0);
    for id in 1..=4 {
        let _ = broker.line.send(&order(id), now(1)).expect("logged on");
    }
    let (client_saw, _) = settle(&mut client, &mut broker, 1);
    assert_eq!(client_saw, ["D 2", "D 3", "D 4", "D 5"]);
    // The Logon and two orders are handled when the process dies.
    client.line.handled(0, SeqNum::new(3).expect("positive"));
    let _ = drive(&mut client, 2);
    let store = client.line.into_store();
    let config = Config::initiator(Version::Fix44, "CLIENT", "BROKER", ResendPolicy::All);
    let config = config.build().expect("valid");
    let script = Rc::clone(&store.script);
    let line = Connection::open(config, store, ConnectionOptions::new()).expect("opens");
    let mut client = Side { line, script };
    assert_eq!(client.line.seq_nums().next_in.get(), 4);
    broker.line.closed();
    let _ = drive(&mut broker, 3);
    connect(&mut client, &mut broker, 4);
    let (client_saw, _) = settle(&mut client, &mut broker, 4);
    assert_eq!(client_saw[1..3], ["D 4 again", "D 5 again"]);
}

#[test]
fn a_new_store_learns_when_its_first_epoch_began() {
    let mut client = client();
    assert_eq!(client.line.created(), None);
    client.line.connected(now(7), Fields::EMPTY).expect("down before");
    assert_eq!(client.line.created(), Some(now(7).utc));
    assert_eq!(client.script.borrow().calls[..2], ["load", "reset 0"]);
    client.line.closed();
    let _ = drive(&mut client, 8);
    client.line.connected(now(9), Fields::EMPTY).expect("down before");
    assert_eq!(client.line.created(), Some(now(7).utc), "the epoch goes on");
    let Ok(saved) = client.line.into_store().memory.load();
    assert_eq!(saved.created, Some(now(7).utc));
    assert_eq!(saved.numbers, SeqNums { next_out: SeqNum::new(3).expect("3"), ..SeqNums::FRESH });
}

#[test]
fn the_application_decides_what_is_sent_again() {
    let mut client = client_with(ResendPolicy::Ask, ConnectionOptions::new());
    let mut broker = broker();
    connect(&mut client, &mut broker, 0);
    let _ = settle(&mut client, &mut broker, 0);
    for id in 1..=5 {
        let _ = client.line.send(&order(id), now(1)).expect("logged on");
    }
    let _ = drive(&mut client, 1);
    let lost = client.line.flushable().len();
    client.line.flushed(lost);
    let _ = break_line(&mut client, &mut broker, 2);
    connect(&mut client, &mut broker, 3);
    let mut delivered = Vec::new();
    for _ in 0..10 {
        while client.line.advance(now(3)) == Progress::Events {
            while let Some(event) = client.line.event() {
                if let Event::Resend { message, decision } = event
                    && message.get_uint(Tag::CL_ORD_ID).is_some_and(|id| id % 2 == 0)
                {
                    *decision = Resend::Skip;
                }
            }
        }
        let _ = carry(&mut client, &mut broker);
        delivered.extend(drive(&mut broker, 3));
        let _ = carry(&mut broker, &mut client);
    }
    assert_eq!(delivered, ["D 2 again", "D 4 again", "D 6 again"]);
    assert_eq!(client.line.seq_nums().next_out, broker.line.seq_nums().next_in);
}

#[test]
fn what_came_before_the_line_broke_is_read_without_room_for_answers() {
    let (mut client, mut broker) = logged_on();
    // The broker's send buffer fills up because nobody reads.
    while broker.line.send(&order(1), now(1)).is_ok() {}
    let _ = broker.line.advance(now(1));
    let _ = client.line.operate(Operation::TestRequest);
    hand_over(&mut client, &mut broker, 1..3, 1);
    client.line.closed();
    broker.line.closed();
    let seen = drive(&mut broker, 2);
    assert!(seen.contains(&"D 3".into()) && seen.contains(&"D 4".into()), "{seen:?}");
    let numbered = seen.iter().filter(|event| *event == "numbered true").count();
    assert_eq!(numbered, 0, "what waited for its number is not sent into the void");
    assert!(seen.contains(&format!("{:?}", Reason::Closed)));
    assert_eq!(broker.line.seq_nums().next_in.get(), 5);
}
