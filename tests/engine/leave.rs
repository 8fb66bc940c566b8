//! How a connection is left: what the application has not released comes again, and nothing of one
//! connection is left for the next.

use std::task::Poll;

use fixline::engine::{
    ConnectionOptions, Delivery, Entry, Event, Fate, Life, Progress, Refused, SendError, Store as _,
};
use fixline::session::{Reason, ResendPolicy, ResetPolicy, Status};

use crate::side::{
    Bell, Side, broker_config, carry, client_config, connect, hand_over, logged_on, now, order,
    settle,
};

/// What the store would give after a crash.
fn saved(side: &mut Side) -> u64 {
    let Poll::Ready(Ok(saved)) = side.line.store_mut().memory.load(None) else {
        panic!("memory answers at once");
    };
    saved.numbers.next_in.get()
}

/// Shows so many events of an order to the application, which holds the last one.
fn show(side: &mut Side, count: usize, millis: u64) {
    let mut shown = 0;
    while shown < count {
        let _ = side.line.advance(now(millis));
        if let Some(Event::Message { .. }) = side.line.event(now(millis)) {
            shown += 1;
        }
    }
}

/// Fails where teardown takes events in the application's name: then 3, 7 or 8 is saved.
#[test]
fn edge_01_what_nobody_released_comes_again() {
    for shown in 0..=5 {
        let (mut client, mut broker) = logged_on();
        hand_over(&mut client, &mut broker, 2..7, 1);
        show(&mut broker, shown, 2);
        let _ = broker.line.advance(now(2));
        let abandoned = broker.line.abandon(now(3));
        // The one that the application holds is not released.
        let lowest = 2 + u64::try_from(shown.saturating_sub(1)).expect("few");
        assert_eq!(abandoned.unhandled, 1, "one is lent at a time");
        assert_eq!(abandoned.numbers.next_in.get(), lowest, "{shown} were shown");
        assert_eq!(broker.line.life(), Life::Ready);
        // Neither this nor anything later says otherwise.
        assert_eq!(broker.drive(4), Vec::<String>::new());
        assert_eq!(saved(&mut broker), lowest);
        client.line.closed();
        let _ = client.drive(4);
        connect(&mut client, &mut broker, 5);
        let (_, broker_saw) = settle(&mut client, &mut broker, 5);
        let expected: Vec<String> = (lowest..7).map(|seq| format!("D {seq} again")).collect();
        assert_eq!(broker_saw, expected);
    }
}

#[test]
fn edge_01_advancing_and_closing_release_nothing() {
    let (mut client, mut broker) = logged_on();
    hand_over(&mut client, &mut broker, 2..7, 1);
    show(&mut broker, 2, 2);
    broker.line.closed();
    for millis in 3..5000 {
        let _ = broker.line.advance(now(millis));
    }
    assert_eq!(saved(&mut broker), 3);
    let broker = broker.restart(broker_config(), ConnectionOptions::new());
    assert_eq!(broker.line.seq_nums().next_in.get(), 3, "dropped with four unseen");
}

#[test]
fn edge_01_a_commit_goes_on_without_the_connection() {
    let (mut client, _broker) = logged_on();
    client.script.get().slow = true;
    let bell = Bell::hang(&mut client);
    let Ok(Delivery::Pending(sent)) = client.line.send(&order(1), now(1)) else {
        panic!("logged on");
    };
    let _ = client.line.advance(now(1));
    let abandoned = client.line.abandon(now(2));
    assert!(abandoned.unsent > 0 && abandoned.store_failed.is_none());
    assert_eq!(client.line.fate(sent), Fate::Pending);
    client.script.commit();
    assert_eq!(bell.rings(), 1);
    let _ = client.line.advance(now(3));
    assert_eq!(client.line.fate(sent), Fate::Durable, "the next connection brings it");
    assert!(client.line.flushable().is_empty());
    client.script.get().slow = false;
    client.connect(4);
    let _ = client.drive(4);
    assert!(client.sent()[0].contains("|35=A|34=3|"));
}

#[test]
fn edge_01_drafts_that_wait_are_answered_after_an_abandon() {
    let (mut client, mut broker) = logged_on();
    for number in 0..9 {
        let _ = client.line.send(&order(number), now(1)).expect("logged on");
    }
    let _ = client.drive(1);
    assert_eq!(client.sent().len(), 9);
    // While these are sent again a draft has to wait.
    let request = client.of_peer("2", 2, 1, "7=2|16=0|");
    client.receive(&request);
    let bell = Bell::hang(&mut client);
    client.script.get().slow_read = true;
    let _ = client.drive(1);
    assert_eq!(client.line.advance(now(1)), Progress::Store);
    let Ok(Delivery::Queued(ticket)) = client.line.send(&order(10), now(2)) else {
        panic!("a replay is under way");
    };
    let _abandoned = client.line.abandon(now(3));
    assert_eq!(client.line.advance(now(3)), Progress::Events);
    let Some(Event::Sent { ticket: of, result }) = client.line.event(now(3)) else {
        panic!("what became of it");
    };
    assert_eq!(of, ticket);
    assert!(matches!(result, Err(SendError::Refused(Refused::Session(_)))), "{result:?}");
    assert_eq!(bell.rings(), 0);
    let _ = broker.line.abandon(now(3));
}

#[test]
fn edge_01_nothing_of_a_connection_is_left_for_the_next() {
    let (mut client, mut broker) = logged_on();
    // Half a message, a held message, a request for old ones, a proof, and bytes to be sent.
    broker.line.prove(now(1), std::time::Duration::from_secs(5)).expect("logged on");
    let _ = broker.drive(1);
    let _ = broker.hear("D", 4, 1, "11=AHEAD|");
    let request = broker.of_peer("2", 2, 1, "7=1|16=0|");
    broker.receive(&request);
    let order = broker.of_peer("D", 5, 1, "11=HALF|");
    broker.receive(&order[..40]);
    let abandoned = broker.line.abandon(now(2));
    assert!(matches!(abandoned.was, Status::LoggedOn { .. }) && abandoned.unsent > 0);
    assert_eq!(broker.line.proof(now(2)), None);
    assert!(broker.line.flushable().is_empty() && !broker.line.has_event());
    assert_eq!(broker.line.spare().len(), 0, "there is no transport");
    client.line.closed();
    let _ = client.drive(2);
    connect(&mut client, &mut broker, 3);
    let _ = settle(&mut client, &mut broker, 3);
    assert!(matches!(broker.line.status(), Status::LoggedOn { .. }), "{:?}", broker.line);
    let _ = carry(&mut client, &mut broker);
}

#[test]
fn edge_01_abandoning_is_possible_in_every_life() {
    let mut side = Side::closed(
        broker_config(),
        crate::disk::Disk::new(fixline::engine::MemoryStore::new()),
        ConnectionOptions::new(),
    );
    let _never_opened = side.line.abandon(now(0));
    assert_eq!(side.line.life(), Life::Closed, "it was never opened");
    assert!(side.script.calls().is_empty(), "and its store never asked");
    side.open();
    let _without_transport = side.line.abandon(now(0));
    assert_eq!(side.line.life(), Life::Ready);
    side.connect(1);
    let abandoned = side.line.abandon(now(1));
    assert_eq!(abandoned.was, Status::LoggingOn);
    side.connect(2);
    assert_eq!(side.log_on(1, 2), Vec::<String>::new());
    side.line.closed();
    assert_eq!(side.line.life(), Life::Draining);
    let _draining = side.line.abandon(now(3));
    side.connect(4);
    side.script.get().fails_in = Some(0);
    side.log_on(2, 4);
    let abandoned = side.line.abandon(now(5));
    assert!(abandoned.store_failed.is_none(), "its owner was told");
    assert_eq!(side.line.life(), Life::Closed);
    assert!(!side.line.has_event());
}

#[test]
fn edge_01_a_failure_that_nobody_was_told_of_is_told_by_the_abandon() {
    let (mut client, _broker) = logged_on();
    client.script.get().fails_in = Some(0);
    let _unknown = client.line.send(&order(1), now(1));
    let abandoned = client.line.abandon(now(2));
    assert_eq!(abandoned.store_failed.expect("told").to_string(), "disk full");
    assert_eq!(client.line.life(), Life::Closed);
    let refused = client.line.connected(now(3), Entry::PLAIN);
    assert!(refused.is_err(), "it is loaded first");
    client.script.get().fails_in = None;
    client.open();
    client.connect(4);
}

/// A reset at the end of a connection is told though nobody takes its notice.
#[test]
fn edge_01_an_abandon_says_from_which_numbers_the_session_goes_on() {
    let config = client_config().reset(ResetPolicy::NEVER.at_disconnect());
    let mut client = Side::new(config, ConnectionOptions::new());
    client.connect(0);
    let _ = client.drive(0);
    let _ = client.log_on(1, 1);
    let abandoned = client.line.abandon(now(2));
    assert_eq!(abandoned.numbers.epoch, 1);
    assert!(abandoned.missed > 0, "the notice of the reset, at least");
    assert_eq!(client.line.seq_nums(), abandoned.numbers);
}

/// EDGE-04: the bytes of strangers stayed in a connection's buffer where loading its store failed.
#[test]
fn edge_04_a_connection_that_is_not_open_takes_no_bytes() {
    let disk = crate::disk::Disk::new(fixline::engine::MemoryStore::new());
    let mut side = Side::closed(broker_config(), disk, ConnectionOptions::new());
    side.script.get().fails_in = Some(0);
    for stranger in ["TWO", "THREE"] {
        let logon = side.of_peer("A", 1, 0, &format!("98=0|108=30|553={stranger}|"));
        assert!(matches!(side.line.open(), Poll::Ready(Err(_))));
        let entry = Entry { first_bytes: &logon, ..Entry::PLAIN };
        assert!(side.line.connected(now(0), entry).is_err());
    }
    side.script.get().fails_in = None;
    side.open();
    let logon = side.of_peer("A", 1, 0, "98=0|108=30|553=FOUR|");
    side.line
        .connected(now(1), Entry { first_bytes: &logon, ..Entry::PLAIN })
        .expect("open, and down before");
    assert_eq!(side.line.advance(now(1)), Progress::Events);
    let Some(Event::Authenticate { logon, verdict, .. }) = side.line.event(now(1)) else {
        panic!("the first message is the Logon of FOUR");
    };
    assert_eq!(logon.get_str(fixline::wire::Tag::USERNAME), Some("FOUR"));
    verdict.accept(fixline::wire::Fields::EMPTY).expect("in time");
    assert_eq!(side.drive(1), Vec::<String>::new());
    assert_eq!(side.sent().len(), 1);
}

/// EDGE-31: a stored message that does not parse is not asked about; the line stays as it is.
#[test]
fn edge_31_what_cannot_be_read_is_not_asked_about() {
    let config = fixline::session::Config::initiator(
        fixline::session::Version::Fix44,
        "CLIENT",
        "BROKER",
        ResendPolicy::Ask,
    );
    let mut memory = fixline::engine::MemoryStore::new();
    memory.reset(fixline::session::SeqNums::FRESH, now(0).utc).expect("fresh");
    memory.append(0, crate::side::number(1), b"no message").expect("memory never fails");
    let mut client = Side::over(config, memory, ConnectionOptions::new());
    client.connect(0);
    let _ = client.drive(0);
    let _ = client.log_on(1, 0);
    assert!(client.sent()[0].contains("|35=A|34=2|"));
    assert_eq!(client.hear("2", 2, 1, "7=1|16=0|"), Vec::<String>::new());
    assert!(!client.line.has_event() && client.line.event(now(1)).is_none());
    let sent = client.sent();
    assert!(sent.len() == 1 && sent[0].contains("|35=4|34=1|43=Y|"), "{sent:?}");
    assert!(sent[0].contains("|36=3|123=Y|"), "{sent:?}");
    assert!(matches!(client.line.status(), Status::LoggedOn { .. }));
    client.line.closed();
    assert_eq!(client.drive(2), [format!("{:?}", Reason::Closed)]);
}

#[test]
fn first_bytes_may_fill_the_receive_buffer_and_no_more() {
    let mut side = Side::new(broker_config(), ConnectionOptions::new());
    let capacity = 2 * side.line.config().message_len_max();
    let bytes = vec![b'8'; capacity + 1];
    let entry = Entry { first_bytes: &bytes, ..Entry::PLAIN };
    let refused = side.line.connected(now(0), entry);
    assert!(matches!(refused, Err(fixline::engine::ConnectError::TooLong { .. })), "{refused:?}");
    assert_eq!(side.line.life(), Life::Ready, "nothing changed");
    let entry = Entry { first_bytes: &bytes[..capacity], ..Entry::PLAIN };
    side.line.connected(now(0), entry).expect("it fits");
}
