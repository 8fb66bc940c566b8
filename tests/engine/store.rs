//! What a connection asks of its store: everything durable before it is flushed, one commit for
//! many messages, nothing behind a failure, and a session that goes on from what the store has.

use std::task::Poll;

use fixline::engine::{
    Acknowledge, ConnectError, ConnectionOptions, Delivery, Entry, Event, Fate, Operation,
    Progress, Refused, RequestError, Resend, SendError, Store as _, StoreErrorKind,
};
use fixline::session::{
    Config, Reason, ResendPolicy, ResetPermission, ResetPolicy, SeqNums, Status, Version,
};
use fixline::wire::{Message, SeqNum, Tag};

use crate::side::{
    Bell, Side, break_line, broker_config, carry, client_config, connect, hand_over, id, logged_on,
    now, number, order, settle,
};

#[test]
fn a_burst_of_answers_shares_one_commit() {
    let (mut client, mut broker) = logged_on();
    hand_over(&mut client, &mut broker, 0..100, 1);
    let before = broker.script.get().syncs;
    assert_eq!(broker.drive(1).len(), 100);
    let after = broker.script.get().syncs;
    assert_eq!(after - before, 1, "one commit for what was answered at one time");
    let calls = broker.script.get().calls.clone();
    let [.., incoming, sync] = calls.as_slice() else { panic!("{calls:?}") };
    assert_eq!((incoming.as_str(), sync.as_str()), ("in 0/102", "sync"), "and for the orders");
}

#[test]
fn a_slow_application_does_not_put_off_commits_for_ever() {
    let (mut client, mut broker) = logged_on();
    hand_over(&mut client, &mut broker, 0..100, 1);
    let before = broker.script.get().syncs;
    for millis in 1..200 {
        // Handles one order in each millisecond.
        let _ = broker.line.advance(now(millis));
        while let Some(event) = broker.line.event(now(millis)) {
            if let Event::Message { mut reply, .. } = event {
                let _ = reply.send(&order(millis)).expect("sent");
            }
        }
        if millis == 20 {
            assert!(broker.script.get().syncs - before >= 9, "every second time at least");
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
        while broker.line.event(now(number * 1000)).is_some() {}
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
    client.script.get().slow = true;
    let bell = Bell::hang(&mut client);
    let delivery = client.line.send(&order(1), now(1)).expect("logged on");
    let Delivery::Pending(first) = delivery else { panic!("{delivery:?}") };
    let _ = client.line.advance(now(1));
    assert!(!client.line.is_settled());
    // The second message is none of the commit that runs.
    let _ = client.line.send(&order(2), now(1)).expect("logged on");
    for _ in 0..3 {
        let _ = client.line.advance(now(1));
        assert!(client.line.flushable().is_empty());
        assert_eq!(client.line.fate(first), Fate::Pending);
    }
    assert_eq!(bell.rings(), 0);
    client.script.commit();
    let _ = client.line.advance(now(2));
    assert_eq!(bell.rings(), 1);
    assert_eq!(client.line.fate(first), Fate::Durable);
    assert_eq!(client.line.delivery(first), Ok(Delivery::Durable(first)));
    let message = Message::parse(client.line.flushable()).expect("exactly the first");
    assert_eq!(message.get_uint(Tag::CL_ORD_ID), Some(1));
    assert!(!client.line.is_settled(), "the second one's");
    client.script.commit();
    let _ = client.line.advance(now(3));
    assert!(client.line.is_settled());
    let _ = carry(&mut client, &mut broker);
    assert_eq!(broker.drive(3), ["D 2", "D 3"]);
}

#[test]
fn the_line_stays_open_for_a_logout_that_is_being_committed() {
    let (mut client, mut broker) = logged_on();
    broker.line.logout("", now(1)).expect("logged on");
    let _ = broker.drive(1);
    let _ = carry(&mut broker, &mut client);
    client.script.get().slow = true;
    let _bell = Bell::hang(&mut client);
    let _ = client.drive(1);
    // The peer closes; until then our acknowledgement waits for the store.
    let _ = client.drive(20_000);
    assert!(client.line.has_ended());
    assert!(!client.line.wants_close(), "the Logout is not flushed");
    client.script.commit();
    let _ = client.line.advance(now(20_001));
    let _ = carry(&mut client, &mut broker);
    assert!(client.line.wants_close());
}

#[test]
fn a_commit_of_the_old_connection_does_not_set_the_new_one_free() {
    let (mut client, mut broker) = logged_on();
    client.script.get().slow = true;
    let _bell = Bell::hang(&mut client);
    let _ = client.line.send(&order(1), now(1)).expect("logged on");
    let _ = client.line.advance(now(1));
    let _ = break_line(&mut client, &mut broker, 2);
    connect(&mut client, &mut broker, 3);
    let _ = client.line.advance(now(3));
    client.script.commit();
    let _ = client.line.advance(now(4));
    assert!(client.line.flushable().is_empty(), "the Logon has a commit of its own");
    client.script.commit();
    let _ = client.line.advance(now(5));
    let logon = Message::parse(client.line.flushable()).expect("a Logon");
    assert_eq!((logon.msg_type(), logon.msg_seq_num()), (&b"A"[..], 3));
}

/// Fails each call in turn, and sees that the line ends, says so once, and gets in step again.
#[test]
fn a_store_that_fails_at_any_call_ends_the_line_and_nothing_else() {
    for fails_in in 0..40 {
        let (mut client, mut broker) = logged_on();
        let calls = broker.script.get().calls.len();
        broker.script.get().fails_in = Some(fails_in);
        let mut seen = Vec::new();
        for millis in 1..10 {
            let _lost = client.line.send(&order(millis), now(millis));
            if millis == 5 {
                // An answer of its own, and a replay.
                let _no_line = client.line.operate(Operation::TestRequest, now(millis));
                let (from, to) = (SeqNum::MIN, SeqNum::new(3).expect("positive"));
                let _no_line =
                    client.line.operate(Operation::ResendRequest { from, to }, now(millis));
            }
            let (_, broker_saw) = settle(&mut client, &mut broker, millis);
            seen.extend(broker_saw);
        }
        let failed = seen.iter().filter(|event| *event == "disk full").count();
        let ended = seen.iter().filter(|event| *event == "StoreFailed").count();
        let made = broker.script.get().calls.len() - calls;
        if made <= fails_in {
            assert_eq!((failed, ended), (0, 0), "{fails_in}: {seen:?}");
            assert!(fails_in > 15, "the failures were met: {made} calls");
            return;
        }
        assert_eq!((failed, ended), (1, 1), "{fails_in}: {seen:?}");
        assert_eq!(made, fails_in + 1, "{fails_in}: nothing is asked of a store that failed");
        assert!(broker.line.flushable().is_empty());
        assert!(broker.line.wants_close());
        let refused = Err(SendError::Refused(Refused::StoreFailed));
        assert_eq!(broker.line.send(&order(0), now(10)), refused);
        assert_eq!(broker.line.logout("", now(10)), Err(RequestError::StoreFailed));

        let _ = break_line(&mut client, &mut broker, 11);
        client.connect(12);
        let again = broker.line.connected(now(12), Entry::PLAIN);
        assert!(matches!(again, Err(ConnectError::NotOpen)), "{again:?}");
        let Poll::Ready(Err(again)) = broker.line.open() else { panic!("still full") };
        assert_eq!(again.kind(), StoreErrorKind::Full);
        broker.script.get().fails_in = None;
        broker.open();
        broker.connect(12);
        let _ = settle(&mut client, &mut broker, 13);
        let (ours, theirs) = (client.line.seq_nums(), broker.line.seq_nums());
        assert_eq!((ours.next_out, ours.next_in), (theirs.next_in, theirs.next_out), "{fails_in}");
    }
    panic!("more than 40 calls");
}

#[test]
fn what_is_not_handled_is_delivered_again_after_a_crash() {
    let options = ConnectionOptions::new().acknowledge(Acknowledge::Explicitly);
    let mut client = Side::new(client_config(), options);
    let mut broker = Side::new(broker_config(), ConnectionOptions::new());
    connect(&mut client, &mut broker, 0);
    let _ = settle(&mut client, &mut broker, 0);
    for id in 1..=4 {
        let _ = broker.line.send(&order(id), now(1)).expect("logged on");
    }
    let (client_saw, _) = settle(&mut client, &mut broker, 1);
    assert_eq!(client_saw, ["D 2", "D 3", "D 4", "D 5"]);
    // The Logon and two orders are handled when the process dies.
    client.line.handled_up_to(id(0, 3));
    let _ = client.drive(2);
    let mut client = client.restart(client_config(), ConnectionOptions::new());
    assert_eq!(client.line.seq_nums().next_in.get(), 4);
    broker.line.closed();
    let _ = broker.drive(3);
    connect(&mut client, &mut broker, 4);
    let (client_saw, _) = settle(&mut client, &mut broker, 4);
    assert_eq!(client_saw[1..3], ["D 4 again", "D 5 again"]);
}

#[test]
fn a_new_store_learns_when_its_first_epoch_began() {
    let mut client = Side::new(client_config(), ConnectionOptions::new());
    assert_eq!(client.line.created(), None);
    client.connect(7);
    assert_eq!(client.line.created(), Some(now(7).utc));
    assert_eq!(client.script.get().calls[..2], ["load", "reset 0 in 1 out 1"]);
    client.line.closed();
    let _ = client.drive(8);
    client.connect(9);
    assert_eq!(client.line.created(), Some(now(7).utc), "the epoch goes on");
    let Poll::Ready(saved) = client.line.into_store().memory.load(None) else {
        panic!("memory answers at once");
    };
    let saved = saved.expect("and never fails");
    assert_eq!(saved.created, Some(now(7).utc));
    assert_eq!(saved.numbers, SeqNums { next_out: number(3), ..SeqNums::FRESH });
}

#[test]
fn the_application_decides_what_is_sent_again() {
    let config = Config::initiator(Version::Fix44, "CLIENT", "BROKER", ResendPolicy::Ask);
    let mut client = Side::new(config, ConnectionOptions::new());
    let mut broker = Side::new(broker_config(), ConnectionOptions::new());
    connect(&mut client, &mut broker, 0);
    let _ = settle(&mut client, &mut broker, 0);
    for id in 1..=5 {
        let _ = client.line.send(&order(id), now(1)).expect("logged on");
    }
    let _ = client.drive(1);
    let lost = client.line.flushable().len();
    client.line.flushed(lost);
    let _ = break_line(&mut client, &mut broker, 2);
    connect(&mut client, &mut broker, 3);
    let mut delivered = Vec::new();
    for _ in 0..10 {
        while client.line.advance(now(3)) == Progress::Events {
            while let Some(event) = client.line.event(now(3)) {
                if let Event::Resend { message, decision } = event
                    && message.get_uint(Tag::CL_ORD_ID).is_some_and(|id| id % 2 == 0)
                {
                    *decision = Resend::Skip;
                }
            }
        }
        let _ = carry(&mut client, &mut broker);
        delivered.extend(broker.drive(3));
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
    let _ = client.line.operate(Operation::TestRequest, now(1));
    hand_over(&mut client, &mut broker, 1..3, 1);
    client.line.closed();
    broker.line.closed();
    let seen = broker.drive(2);
    assert!(seen.contains(&"D 3".into()) && seen.contains(&"D 4".into()), "{seen:?}");
    let numbered = seen.iter().filter(|event| *event == "sent true").count();
    assert_eq!(numbered, 0, "what waited for its number is not sent into the void");
    assert!(seen.contains(&format!("{:?}", Reason::Closed)));
    assert_eq!(broker.line.seq_nums().next_in.get(), 5);
}

/// A reset that failed between two transports bars the way of nothing once the store is back.
#[test]
fn edge_20_a_reset_that_failed_without_a_transport_leaves_no_barrier() {
    let config = client_config().reset_permission(ResetPermission::ALL);
    let mut client = Side::new(config, ConnectionOptions::new());
    client.connect(0);
    let _ = client.drive(0);
    let _ = client.log_on(1, 0);
    let _ = client.line.abandon(now(1));
    client.script.get().fails_in = Some(0);
    let _failed = client.line.operate(Operation::ResetSeqNums, now(2));
    assert_eq!(client.drive(2), ["disk full"]);
    client.script.get().fails_in = None;
    client.open();
    client.connect(3);
    let _ = client.drive(3);
    assert_eq!(client.sent().len(), 1, "our Logon");
}

/// A store that fails as its first epoch begins is loaded again like any other that failed.
#[test]
fn edge_34_a_store_that_fails_at_the_first_connection_is_loaded_again() {
    let mut client = Side::new(client_config(), ConnectionOptions::new());
    client.script.get().fails_in = Some(0);
    let refused = client.line.connected(now(0), Entry::PLAIN);
    assert!(matches!(refused, Err(ConnectError::Store(_))), "{refused:?}");
    assert!(client.line.has_failed() && !client.line.has_event(), "its caller was told");
    client.script.get().fails_in = None;
    let refused = client.line.connected(now(0), Entry::PLAIN);
    assert!(matches!(refused, Err(ConnectError::NotOpen)), "{refused:?}");
    client.open();
    client.connect(1);
}

/// Nothing is written behind a write that failed, and nothing leaves.
#[test]
fn inv_27_behind_a_write_that_failed_nothing_is_written() {
    let (mut client, _broker) = logged_on();
    let _before = client.script.calls();
    client.script.get().fails_in = Some(1);
    let Ok(Delivery::Pending(_)) = client.line.send(&order(1), now(1)) else {
        panic!("the first write is fine");
    };
    assert!(matches!(client.line.send(&order(2), now(1)), Err(SendError::Unknown(_))));
    let refused = Err(SendError::Refused(Refused::StoreFailed));
    assert_eq!(client.line.send(&order(3), now(1)), refused);
    client.line.commit(now(1));
    assert!(client.line.flushable().is_empty(), "not even what was written before");
    assert_eq!(client.script.calls(), ["append 0/2", "append 0/3"]);
    assert!(client.line.buffers().1.is_empty());
}

/// What is behind a reset waits until the reset is durable (S-RESET-12).
#[test]
fn inv_04_nothing_behind_a_reset_leaves_before_it_is_durable() {
    let config = client_config().reset(ResetPolicy::NEVER.at_logon());
    let mut client = Side::new(config, ConnectionOptions::new());
    let bell = Bell::hang(&mut client);
    client.script.get().slow = true;
    client.connect(0);
    let _ = client.drive(0);
    assert_eq!(client.line.status(), Status::LoggingOn);
    assert!(client.line.flushable().is_empty());
    assert!(!client.line.is_settled());
    client.script.commit();
    assert_eq!(bell.rings(), 1);
    let _ = client.drive(1);
    let sent = client.sent();
    assert!(sent.len() == 1 && sent[0].contains("|141=Y|"), "{sent:?}");
}
