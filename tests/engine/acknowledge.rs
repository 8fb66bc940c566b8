//! When a delivered message counts as handled.

use fixline::engine::{Acknowledge, ConnectionOptions, Event, MemoryStore, MessageId, Progress};
use fixline::session::SeqNums;
use fixline::wire::Message;

use crate::side::{Side, client_config, id, logged_on_with, now, number};

fn explicit() -> ConnectionOptions {
    ConnectionOptions::new().acknowledge(Acknowledge::Explicitly)
}

/// A client that expects this number.
fn client_at(next_in: u64, options: ConnectionOptions) -> Side {
    let numbers = SeqNums { next_in: number(next_in), ..SeqNums::FRESH };
    let memory = MemoryStore::new().from_numbers(numbers, now(0).utc);
    let mut client = Side::over(client_config(), memory, options);
    client.connect(0);
    let _ = client.drive(0);
    client
}

/// The ids of what is shown, with the numbers.
fn take(side: &mut Side, millis: u64) -> Vec<(u64, Option<MessageId>)> {
    let mut taken = Vec::new();
    while side.line.advance(now(millis)) == Progress::Events {
        while let Some(event) = side.line.event(now(millis)) {
            if let Event::Message { id, message, .. } = event {
                taken.push((message.msg_seq_num(), id));
            }
        }
    }
    taken
}

/// Fails where a Logon ahead of the gap enters the window: the number saved is then 130, or 131.
#[test]
fn edge_02_a_logon_ahead_of_a_gap_says_nothing_about_what_lies_below() {
    for (next_in, logon) in [(10, 12), (100, 130), (60, 70)] {
        let mut client = client_at(next_in, explicit());
        let bytes = client.of_peer("A", logon, 1, "98=0|108=30|");
        client.receive(&bytes);
        assert_eq!(take(&mut client, 1), [(logon, None)], "it did not use up a number");
        let orders: Vec<u8> = (next_in..logon).flat_map(repetition).collect();
        client.receive(&orders);
        let taken = take(&mut client, 1);
        let expected: Vec<_> = (next_in..logon).map(|seq| (seq, Some(id(0, seq)))).collect();
        assert_eq!(taken, expected);
        let _ = client.line.advance(now(5000));
        assert_eq!(client.next_in(), next_in, "nothing is handled");
        // The highest first: the others are open all the same.
        assert!(client.line.handled(id(0, logon - 1)));
        assert!(!client.line.handled(id(0, logon)), "it was never in the window");
        let _ = client.line.advance(now(9000));
        assert_eq!(client.next_in(), next_in);
        assert!(client.line.handled(id(0, next_in)));
        assert_eq!(client.next_in(), if logon - next_in == 2 { logon + 1 } else { next_in + 1 });
        client.line.handled_up_to(id(0, logon));
        assert_eq!(client.next_in(), logon + 1);
        let _ = client.line.advance(now(19_000));
        let calls = client.script.calls();
        assert!(calls.contains(&format!("in 0/{}", logon + 1)), "{calls:?}");
    }
}

fn repetition(seq: u64) -> Vec<u8> {
    fixline::wire::from_text(&format!(
        "8=FIX.4.4|35=D|34={seq}|43=Y|49=BROKER|52=20261122-09:30:00|56=CLIENT|\
         122=20261122-09:30:00|11={seq}|"
    ))
}

#[test]
fn edge_02_only_the_next_event_releases_by_itself() {
    let (mut client, mut broker) = logged_on_with(ConnectionOptions::new());
    crate::side::hand_over(&mut client, &mut broker, 2..4, 1);
    assert_eq!(broker.line.advance(now(1)), Progress::Events);
    assert!(matches!(broker.line.event(now(1)), Some(Event::Message { .. })));
    assert_eq!(broker.next_in(), 2, "the application holds 2");
    assert_eq!(broker.line.advance(now(1)), Progress::Lent);
    assert_eq!(broker.next_in(), 2);
    assert!(broker.line.event(now(1)).is_none());
    assert_eq!(broker.next_in(), 3, "it asked for the next");
    // From now on it says so itself.
    broker.line.set_acknowledge(Acknowledge::Explicitly);
    assert_eq!(broker.line.advance(now(1)), Progress::Events);
    assert!(matches!(broker.line.event(now(1)), Some(Event::Message { .. })));
    assert!(broker.line.event(now(1)).is_none());
    assert_eq!((broker.next_in(), broker.line.snapshot().unhandled), (3, 1));
    assert!(!broker.line.handled(id(0, 2)), "not open any more");
    assert!(!broker.line.handled(id(1, 3)), "of another epoch");
    assert!(broker.line.handled(id(0, 3)));
    assert_eq!((broker.next_in(), broker.line.snapshot().unhandled), (4, 0));
}

/// A window that is full lends nothing more, and everything else goes on.
#[test]
fn edge_02_a_full_window_stops_reading_and_nothing_else() {
    let (mut client, mut broker) = logged_on_with(explicit().unhandled_max(3));
    // The Logons of both sides are open, too.
    client.line.handled_up_to(id(0, 1));
    crate::side::hand_over(&mut client, &mut broker, 2..9, 1);
    assert_eq!(take(&mut broker, 1).len(), 3);
    assert_eq!(broker.line.advance(now(1)), Progress::WindowFull);
    assert_eq!(broker.line.snapshot().unhandled, 3);
    let _ = broker.line.advance(now(30_000));
    let sent = broker.line.flushable().to_vec();
    let heartbeat = Message::parse(&sent).expect("one message");
    assert_eq!(heartbeat.msg_type(), b"0", "our Heartbeats go on");
    broker.line.flushed(sent.len());
    for second in 31..110 {
        // Its bytes are unread: that makes nobody silent.
        let _ = broker.line.advance(now(1000 * second));
        for sent in broker.sent() {
            assert!(sent.contains("|35=0|"), "{sent}");
        }
    }
    assert!(broker.line.handled(id(0, 3)));
    assert_eq!(broker.line.advance(now(30_000)), Progress::WindowFull, "2 is the lowest");
    assert!(broker.line.handled(id(0, 2)));
    assert_eq!(take(&mut broker, 110_000).len(), 2, "5 and 6, from 4 on");
    // The transport goes: what the window has no place for is dropped, and asked for again.
    broker.line.closed();
    let mut seen = Vec::new();
    while broker.line.advance(now(110_001)) == Progress::Events {
        while let Some(event) = broker.line.event(now(110_001)) {
            seen.push(matches!(event, Event::Disconnected(_)));
        }
    }
    assert_eq!(seen, [true]);
    assert_eq!(broker.line.seq_nums().next_in.get(), 7);
    assert_eq!(broker.next_in(), 4);
}

/// A refusal of our Logon is shown whatever its number; it uses up none that was used before.
#[test]
fn edge_02_a_refusal_with_a_low_number_says_nothing_about_it() {
    let mut client = client_at(100, explicit());
    let logout = client.of_peer("5", 1, 1, "58=not today|");
    client.receive(&logout);
    assert_eq!(take(&mut client, 1), [(1, None)]);
    assert_eq!(client.line.snapshot().unhandled, 0);
    assert_eq!(client.line.abandon(now(2)).numbers.next_in, number(100));
}

/// An id kept from the connection before names the message that is about to be shown again.
#[test]
fn edge_02_what_is_not_shown_yet_cannot_be_handled() {
    let (mut client, mut broker) = logged_on_with(explicit());
    broker.line.handled_up_to(id(0, 1));
    crate::side::hand_over(&mut client, &mut broker, 2..4, 1);
    assert_eq!(broker.line.advance(now(1)), Progress::Events);
    assert!(!broker.line.handled(id(0, 2)), "2 is next");
    broker.line.handled_up_to(id(0, 9));
    assert_eq!(broker.next_in(), 2);
    assert!(matches!(broker.line.event(now(1)), Some(Event::Message { .. })));
    assert_eq!(broker.line.advance(now(1)), Progress::Lent);
    assert!(broker.line.event(now(1)).is_none());
    assert_eq!(broker.line.advance(now(1)), Progress::Events);
    broker.line.handled_up_to(id(0, 9));
    assert_eq!(broker.next_in(), 3, "2 was shown, and 3 is next");
    assert!(matches!(broker.line.event(now(1)), Some(Event::Message { .. })));
    assert!(broker.line.handled(id(0, 3)));
    assert_eq!(broker.next_in(), 4);
}
