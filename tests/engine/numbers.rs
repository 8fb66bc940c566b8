//! How the numbers of a session are set between connections.

use std::task::Poll;

use fixline::engine::{
    ConnectionOptions, Delivery, Draft, MemoryStore, Refused, RequestError, SendError,
    StoreErrorKind,
};
use fixline::session::{Misuse, SeqNums, Session};

use crate::disk::Disk;
use crate::side::{Bell, Side, client_config, logged_on, now, number, order};

/// A client that has sent the orders 2 to 6, and lost its transport.
fn after_five_orders() -> Side {
    let mut client = Side::new(client_config(), ConnectionOptions::new());
    client.connect(0);
    let _ = client.drive(0);
    let _ = client.log_on(1, 0);
    for id in 2..7 {
        let _ = client.line.send(&order(id), now(1)).expect("logged on");
    }
    let _ = client.drive(1);
    assert_eq!(client.sent().len(), 6);
    client.line.closed();
    let _ = client.drive(2);
    client
}

/// Fails where the number goes down within the epoch: the old 3 to 5 come again then.
#[test]
fn edge_03_lower_numbers_begin_an_epoch_and_old_messages_stay_in_theirs() {
    let mut client = after_five_orders();
    let set = client.line.set_seq_nums(number(3), number(2), now(3));
    assert!(matches!(set, Poll::Ready(Ok(()))), "{set:?}");
    let numbers = client.line.seq_nums();
    assert_eq!((numbers.epoch, numbers.next_out, numbers.next_in), (1, number(3), number(2)));
    assert_eq!(client.line.created(), Some(now(3).utc));
    client.connect(4);
    let _ = client.drive(4);
    let _ = client.log_on(2, 4);
    let _ = client.line.send(&order(90), now(5)).expect("logged on");
    let _ = client.drive(5);
    assert_eq!(client.sent().len(), 2, "the Logon 3 and the order 4");
    let _ = client.hear("2", 3, 6, "7=1|16=0|");
    let sent = client.sent();
    assert_eq!(sent.len(), 2, "{sent:?}");
    assert!(sent[0].contains("|35=4|34=1|43=Y|") && sent[0].contains("|36=4|123=Y|"), "{sent:?}");
    assert!(sent[1].contains("|35=D|34=4|43=Y|") && sent[1].contains("|11=90|"), "{sent:?}");
}

#[test]
fn edge_03_a_lower_incoming_number_begins_an_epoch_too() {
    let mut client = after_five_orders();
    let set = client.line.set_seq_nums(number(7), number(1), now(3));
    assert!(matches!(set, Poll::Ready(Ok(()))), "{set:?}");
    assert_eq!(client.line.seq_nums().epoch, 1);
    assert_eq!(client.script.calls()[..].last().map(String::as_str), Some("sync"));
}

#[test]
fn edge_03_higher_numbers_stay_in_the_epoch() {
    let mut client = after_five_orders();
    let _before = client.script.calls();
    let set = client.line.set_seq_nums(number(10), number(5), now(3));
    assert!(matches!(set, Poll::Ready(Ok(()))), "{set:?}");
    assert_eq!(client.script.calls(), ["out 0/10", "in 0/5", "sync"]);
    let same = client.line.set_seq_nums(number(10), number(5), now(4));
    assert!(matches!(same, Poll::Ready(Ok(()))));
    assert_eq!(client.script.calls(), Vec::<String>::new(), "nothing changed");
    client.connect(5);
    let _ = client.drive(5);
    let _ = client.log_on(5, 5);
    let _ = client.hear("2", 6, 6, "7=2|16=0|");
    let sent = client.sent();
    assert!(sent[1].contains("|35=D|34=2|43=Y|"), "they can be sent again: {sent:?}");
}

#[test]
fn edge_03_numbers_beyond_the_last_one_are_refused() {
    let mut client = after_five_orders();
    let max = Session::SEQ_NUM_MAX;
    let _before = client.script.calls();
    let before = client.line.seq_nums();
    for (next_out, next_in) in [(max + 1, 5), (10, max + 1), (u64::MAX, u64::MAX)] {
        let set = client.line.set_seq_nums(number(next_out), number(next_in), now(3));
        let Poll::Ready(Err(error)) = set else { panic!("{set:?}") };
        assert_eq!(error, RequestError::Misuse(Misuse::NewSeqNoTooHigh { max }));
    }
    assert_eq!(client.line.seq_nums(), before);
    assert!(client.script.calls().is_empty());
    let set = client.line.set_seq_nums(number(max), number(max), now(3));
    assert!(matches!(set, Poll::Ready(Ok(()))), "{set:?}");
}

/// Fails where `Ok` is said before the numbers are durable.
#[test]
fn edge_20_ok_is_said_when_the_numbers_are_durable() {
    let mut client = after_five_orders();
    let bell = Bell::hang(&mut client);
    client.script.get().slow = true;
    let set = |client: &mut Side| client.line.set_seq_nums(number(3), number(1), now(3));
    assert!(set(&mut client).is_pending());
    assert!(set(&mut client).is_pending());
    assert_eq!(client.line.seq_nums().epoch, 1, "set once");
    assert_eq!(bell.rings(), 0);
    client.script.commit();
    assert_eq!(bell.rings(), 1);
    assert_eq!(set(&mut client), Poll::Ready(Ok(())));
    assert_eq!(client.line.seq_nums().epoch, 1, "set once");
}

/// A commit that runs says nothing of what is written meanwhile.
#[test]
fn edge_20_a_commit_that_runs_does_not_confirm_the_numbers() {
    let (mut client, _broker) = logged_on();
    let _bell = Bell::hang(&mut client);
    client.script.get().slow = true;
    let _ = client.line.send(&order(1), now(1)).expect("logged on");
    let _ = client.line.advance(now(1));
    client.line.closed();
    let _ = client.drive(2);
    let set = |client: &mut Side| client.line.set_seq_nums(number(20), number(9), now(3));
    let _before = client.script.calls();
    assert!(set(&mut client).is_pending());
    assert_eq!(client.script.calls(), ["sync"], "it asks about the commit that runs");
    client.script.commit();
    assert!(set(&mut client).is_pending(), "its own commit has begun");
    assert_eq!(client.script.calls(), ["sync", "out 0/20", "in 0/9", "sync"]);
    client.script.commit();
    assert!(matches!(set(&mut client), Poll::Ready(Ok(()))));
}

/// Fails where a store that failed is asked all the same, and `Ok` is thrown away.
#[test]
fn edge_20_a_failure_is_an_error_and_the_store_says_what_it_has() {
    for fails_in in 0..3 {
        let mut client = after_five_orders();
        client.script.get().fails_in = Some(fails_in);
        let set = client.line.set_seq_nums(number(30), number(9), now(3));
        assert_eq!(set, Poll::Ready(Err(RequestError::StoreFailed)), "{fails_in}");
        let again = client.line.set_seq_nums(number(30), number(9), now(3));
        assert_eq!(again, Poll::Ready(Err(RequestError::NotOpen)), "{fails_in}");
        client.script.get().fails_in = None;
        client.open();
        let numbers = client.line.seq_nums();
        let expected = if fails_in == 0 { 7 } else { 30 };
        assert_eq!(numbers.next_out.get(), expected, "what the store has: {fails_in}");
        // The failure is told, once.
        assert_eq!(client.drive(4), ["disk full"]);
    }
}

#[test]
fn numbers_are_set_between_connections_only() {
    let disk = Disk::new(MemoryStore::new());
    let mut side = Side::closed(client_config(), disk, ConnectionOptions::new());
    let set = |side: &mut Side| side.line.set_seq_nums(number(3), number(1), now(3));
    assert_eq!(set(&mut side), Poll::Ready(Err(RequestError::NotOpen)));
    assert!(side.script.calls().is_empty());
    side.open();
    assert_eq!(set(&mut side), Poll::Ready(Ok(())));
    side.connect(4);
    assert_eq!(set(&mut side), Poll::Ready(Err(RequestError::Connected)));
    side.line.closed();
    assert_eq!(set(&mut side), Poll::Ready(Err(RequestError::Connected)), "not shown yet");
    let _ = side.drive(5);
    assert_eq!(side.line.seq_nums().next_out.get(), 4);
    assert_eq!(set(&mut side), Poll::Ready(Ok(())));
    assert_eq!(side.line.seq_nums(), SeqNums { epoch: 1, next_out: number(3), ..SeqNums::FRESH });
}

/// What is composed offline has no number before the store was asked which.
#[test]
fn edge_34_nothing_is_numbered_before_the_store_is_loaded() {
    let config = || client_config().offline_sends(true);
    let numbers = SeqNums { next_out: number(50), ..SeqNums::FRESH };
    let memory = MemoryStore::new().from_numbers(numbers, now(0).utc);
    let mut side = Side::closed(config(), Disk::new(memory), ConnectionOptions::new());
    let refused = Err(SendError::Refused(Refused::NotOpen));
    assert_eq!(side.line.send(&order(1), now(1)), refused);
    let header = fixline::session::Header::new("D");
    assert_eq!(side.line.compose(&header, now(1), |_| {}), refused);
    assert_eq!(side.line.logout("", now(1)), Err(RequestError::NotOpen));
    assert!(!side.line.logout_asked());
    side.line.commit(now(1));
    let _ = side.line.advance(now(5000));
    assert!(side.script.calls().is_empty());
    side.open();
    let Ok(Delivery::Pending(sent)) = side.line.send(&order(1), now(2)) else {
        panic!("offline");
    };
    assert_eq!(sent.seq.get(), 50);
}

/// EDGE-35: what went wrong with a store is told apart.
#[test]
fn edge_35_kinds_of_store_errors_are_told_apart() {
    for (kind, is_transient) in [
        (StoreErrorKind::Full, true),
        (StoreErrorKind::InUse, true),
        (StoreErrorKind::Unavailable, true),
        (StoreErrorKind::Failed, true),
        (StoreErrorKind::Other, true),
        (StoreErrorKind::Lost, false),
        (StoreErrorKind::Damaged, false),
        (StoreErrorKind::Missing, false),
        (StoreErrorKind::Misuse, false),
    ] {
        let (mut client, _broker) = logged_on();
        client.script.get().fails_in = Some(0);
        client.script.get().kind = Some(kind);
        let draft = Draft::new("D");
        assert!(matches!(client.line.send(&draft, now(1)), Err(SendError::Unknown(_))));
        assert_eq!(client.line.advance(now(1)), fixline::engine::Progress::Events);
        let mut told = None;
        while let Some(event) = client.line.event(now(1)) {
            if let fixline::engine::Event::StoreFailed(error) = event {
                told = Some(error);
            }
        }
        let told = told.expect("it failed");
        assert_eq!((told.kind(), told.kind().is_transient()), (kind, is_transient));
    }
}
