//! How far a message is that was taken for sending, and what is known of it later.

use fixline::engine::{
    Acknowledge, ConnectError, ConnectionOptions, Delivery, Entry, Event, Fate, Operation,
    Progress, Refused, SendError, Ticket,
};
use fixline::session::{Header, SendError as NotSent};

use crate::side::{
    Bell, Side, break_line, client_config, hand_over, logged_on, logged_on_with, now, order,
};

/// A client whose peer has asked for old messages, over a store that takes its time: what is sent
/// now has to wait.
fn replaying(options: ConnectionOptions) -> Side {
    let (mut client, _broker) = logged_on_with(options);
    let _ = client.line.send(&order(1), now(1)).expect("logged on");
    let _ = client.drive(1);
    let _ = client.sent();
    let _bell = Bell::hang(&mut client);
    client.script.get().slow_read = true;
    assert_eq!(client.hear("2", 2, 1, "7=2|16=0|"), Vec::<String>::new());
    assert_eq!(client.line.advance(now(1)), Progress::Store);
    client
}

fn queued(client: &mut Side, id: u64) -> Ticket {
    match client.line.send(&order(id), now(2)) {
        Ok(Delivery::Queued(ticket)) => ticket,
        other => panic!("it has to wait: {other:?}"),
    }
}

/// The replay goes on to its end; what became of drafts.
fn finish(client: &mut Side) -> Vec<(Ticket, Result<Delivery, SendError>)> {
    client.script.get().slow_read = false;
    client.script.wake();
    let mut results = Vec::new();
    while client.line.advance(now(3)) == Progress::Events {
        while let Some(event) = client.line.event(now(3)) {
            if let Event::Sent { ticket, result } = event {
                results.push((ticket, result));
            }
        }
    }
    results
}

/// Fails where a draft that was taken back is sent.
#[test]
fn edge_22_what_was_withdrawn_is_not_sent() {
    let mut client = replaying(ConnectionOptions::new());
    let [first, second, third] = [11, 12, 13].map(|id| queued(&mut client, id));
    assert_eq!([first, second, third].map(Ticket::get), [1, 2, 3]);
    assert_eq!(client.line.snapshot().queued, 3);
    assert!(client.line.withdraw(second));
    assert!(!client.line.withdraw(second), "once");
    let results = finish(&mut client);
    let [(one, Ok(_)), (two, withdrawn), (three, Ok(_))] = results.as_slice() else {
        panic!("{results:?}");
    };
    assert_eq!((*one, *two, *three), (first, second, third));
    assert_eq!(*withdrawn, Err(SendError::Refused(Refused::Withdrawn)));
    let sent = client.sent().join(" ");
    assert!(sent.contains("|11=11|") && sent.contains("|11=13|"), "{sent}");
    assert!(!sent.contains("|11=12|"), "{sent}");
    for ticket in [first, second, third] {
        assert!(!client.line.withdraw(ticket), "it does not wait");
    }
}

#[test]
fn edge_22_the_only_draft_can_be_withdrawn_too() {
    let mut client = replaying(ConnectionOptions::new());
    let ticket = queued(&mut client, 11);
    assert!(client.line.withdraw(ticket));
    assert_eq!(finish(&mut client), [(ticket, Err(SendError::Refused(Refused::Withdrawn)))]);
    assert_eq!(client.line.seq_nums().next_out.get(), 3);
}

#[test]
fn what_waits_goes_first_and_too_much_is_refused() {
    let mut client = replaying(ConnectionOptions::new().outbox_bytes(20));
    let ticket = queued(&mut client, 11);
    let composed = client.line.compose(&Header::new("D"), now(2), |_| {});
    assert_eq!(composed, Err(SendError::Refused(Refused::Session(NotSent::Replaying))));
    let mut long = order(12);
    fixline::wire::PutField::str(
        &mut long,
        fixline::wire::Tag::TEXT,
        "more than there is room for",
    );
    let full = client.line.send(&long, now(2));
    assert_eq!(full, Err(SendError::Refused(Refused::QueueFull { bytes_max: 20 })));
    let results = finish(&mut client);
    assert!(matches!(results.as_slice(), [(of, Ok(Delivery::Pending(_)))] if *of == ticket));
}

/// Fails where a number that was lost with its store, and given out again since, is called durable.
#[test]
fn edge_26_a_message_lost_with_its_store_is_never_durable() {
    let (mut client, mut broker) = logged_on();
    let Ok(Delivery::Pending(kept)) = client.line.send(&order(1), now(1)) else {
        panic!("logged on");
    };
    client.line.commit(now(1));
    assert_eq!(client.line.fate(kept), Fate::Durable);
    client.script.get().fails_in = Some(0);
    let Err(SendError::Unknown(lost)) = client.line.send(&order(2), now(1)) else {
        panic!("the disk is full");
    };
    assert_eq!((client.line.fate(lost), client.line.fate(kept)), (Fate::Unknown, Fate::Durable));
    assert_eq!(client.line.delivery(lost), Err(SendError::Unknown(lost)));
    let _ = client.drive(2);
    let _ = break_line(&mut client, &mut broker, 2);
    client.script.get().fails_in = None;
    client.open();
    crate::side::connect(&mut client, &mut broker, 3);
    let _ = crate::side::settle(&mut client, &mut broker, 3);
    // The Logon has taken the number 3, and is durable.
    assert_eq!(lost.seq.get(), 3);
    assert!(client.line.seq_nums().next_out.get() > 3);
    let Ok(Delivery::Pending(next)) = client.line.send(&order(3), now(4)) else {
        panic!("logged on");
    };
    client.line.commit(now(4));
    assert_eq!(client.line.fate(next), Fate::Durable);
    assert_eq!(client.line.fate(lost), Fate::Unknown, "its number was used for another message");
    assert_eq!(client.line.fate(kept), Fate::Durable, "it was, before");
}

#[test]
fn edge_26_what_a_failed_commit_covered_is_unknown() {
    let (mut client, _broker) = logged_on();
    let _bell = Bell::hang(&mut client);
    client.script.get().slow = true;
    let Ok(Delivery::Pending(sent)) = client.line.send(&order(1), now(1)) else {
        panic!("logged on");
    };
    let _ = client.line.advance(now(1));
    assert_eq!(client.line.fate(sent), Fate::Pending);
    client.script.get().fails_in = Some(0);
    client.script.commit();
    assert_eq!(client.line.advance(now(2)), Progress::Events);
    assert_eq!(client.line.fate(sent), Fate::Unknown);
    assert!(client.line.flushable().is_empty(), "nothing of it leaves");
    assert!(client.line.is_settled(), "nobody waits any more");
}

/// A line that breaks makes nothing unknown.
#[test]
fn edge_26_a_broken_line_makes_nothing_unknown() {
    let (mut client, mut broker) = logged_on();
    let _bell = Bell::hang(&mut client);
    client.script.get().slow = true;
    let Ok(Delivery::Pending(sent)) = client.line.send(&order(1), now(1)) else {
        panic!("logged on");
    };
    let _ = break_line(&mut client, &mut broker, 2);
    assert_eq!(client.line.fate(sent), Fate::Pending);
    client.script.commit();
    let _ = client.line.advance(now(3));
    assert_eq!(client.line.fate(sent), Fate::Durable);
}

#[test]
fn edge_26_a_logout_by_reply_counts_as_asked_for() {
    let (mut client, _broker) = logged_on();
    assert!(!client.line.logout_asked());
    let bytes = client.of_peer("D", 2, 1, "11=A|");
    client.receive(&bytes);
    let _ = client.line.advance(now(1));
    let Some(Event::Message { mut reply, .. }) = client.line.event(now(1)) else {
        panic!("an order came");
    };
    reply.logout("enough").expect("logged on");
    assert!(client.line.logout_asked());
    assert!(client.line.event(now(1)).is_none(), "the order is handled");
    client.line.closed();
    let _ = client.drive(2);
    assert!(client.line.logout_asked(), "what ended it");
    client.connect(3);
    assert!(!client.line.logout_asked(), "another connection");
}

#[test]
fn edge_26_a_logout_that_was_refused_was_not_asked_for() {
    let mut client = Side::new(client_config(), ConnectionOptions::new());
    assert!(client.line.logout("", now(1)).is_err());
    assert!(!client.line.logout_asked());
}

/// What is taken is told apart from what is not, whatever the session is doing.
#[test]
fn a_send_without_a_logon_has_no_number() {
    let mut client = Side::new(client_config(), ConnectionOptions::new());
    let refused = Err(SendError::Refused(Refused::Session(NotSent::NotLoggedOn)));
    assert_eq!(client.line.send(&order(1), now(1)), refused);
    client.connect(2);
    assert_eq!(client.line.send(&order(1), now(2)), refused);
    assert!(client.line.operate(Operation::TestRequest, now(2)).is_err());
    client.line.set_acknowledge(Acknowledge::Explicitly);
    assert_eq!(client.line.seq_nums().next_out.get(), 2, "the Logon alone");
}

/// The application may be waiting for just that, in a send of its own.
#[test]
fn what_is_to_be_sent_goes_on_while_a_message_waits_to_be_shown() {
    let mut client = replaying(ConnectionOptions::new());
    let [first, second] = [11, 12].map(|id| queued(&mut client, id));
    let news = client.of_peer("D", 3, 2, "11=NEWS|");
    client.receive(&news);
    assert_eq!(client.line.advance(now(2)), Progress::Events);
    assert_eq!(client.line.seq_nums().next_out.get(), 3, "the store has not answered");
    client.script.get().slow_read = false;
    client.script.wake();
    let mut told = Vec::new();
    while told.len() < 2 {
        assert_eq!(client.line.advance(now(3)), Progress::Events);
        assert!(client.line.seq_nums().next_out.get() - 3 <= 1 + told.len() as u64, "one by one");
        match client.line.event(now(3)) {
            Some(Event::Sent { ticket, result: Ok(_) }) => told.push(ticket),
            Some(Event::Message { .. }) => panic!("it is shown behind what was known before"),
            _ => {}
        }
    }
    assert_eq!((told, client.line.seq_nums().next_out.get()), (vec![first, second], 5));
    assert_eq!(client.line.next_in_released().get(), 3, "it was not shown");
    let _ = client.line.advance(now(9_000));
    let sent = client.sent().join(" ");
    let [at_2, at_11, at_12] =
        ["|34=2|43=Y|", "|11=11|", "|11=12|"].map(|part| sent.find(part).expect("it was sent"));
    assert!(at_2 < at_11 && at_11 < at_12, "{sent}");
    assert!(matches!(client.line.event(now(9_000)), Some(Event::Message { .. })));
}

/// Neither what was not shown, nor what waits to be sent, gets into another connection.
#[test]
fn a_connection_that_is_not_over_takes_no_other_transport() {
    let (mut client, mut broker) = logged_on();
    hand_over(&mut client, &mut broker, 2..3, 1);
    assert_eq!(broker.line.advance(now(1)), Progress::Events);
    broker.line.closed();
    let _ = broker.line.advance(now(2));
    let enters = |side: &mut Side| side.line.connected(now(2), Entry::PLAIN);
    assert!(matches!(enters(&mut broker), Err(ConnectError::NotOver)), "a message waits");
    assert!(matches!(broker.line.event(now(2)), Some(Event::Message { .. })));
    assert!(matches!(enters(&mut broker), Err(ConnectError::NotOver)), "it is held");
    while broker.line.event(now(2)).is_some() || broker.line.advance(now(2)) == Progress::Events {}
    assert!(enters(&mut broker).is_ok());
    client.line.closed();
    assert_eq!(client.line.advance(now(2)), Progress::Events);
    assert_eq!(client.line.life(), fixline::engine::Life::Ready);
    assert!(matches!(enters(&mut client), Err(ConnectError::NotOver)), "its end was not taken");
    let _ = client.drive(2);
    assert!(enters(&mut client).is_ok());
}

#[test]
fn what_is_released_is_handled_and_its_room_is_free() {
    let (mut client, mut broker) = logged_on();
    hand_over(&mut client, &mut broker, 2..3, 1);
    assert_eq!(broker.line.advance(now(1)), Progress::Events);
    broker.line.release(now(1));
    assert_eq!(broker.next_in(), 2, "it was not shown");
    assert!(matches!(broker.line.event(now(1)), Some(Event::Message { .. })));
    assert!(broker.line.spare().is_empty());
    broker.line.release(now(1));
    assert_eq!(broker.next_in(), 3);
    assert!(!broker.line.spare().is_empty());
    assert!(broker.line.event(now(1)).is_none());
}

#[test]
fn a_draft_says_how_long_it_is() {
    assert_eq!(order(1).len(), "D".len() + "11=1|".len());
    assert!(!order(1).is_empty() && fixline::engine::Draft::default().is_empty());
}

/// A store that fails meanwhile ends the connection, and nothing is numbered any more.
#[test]
fn a_store_that_fails_while_a_message_waits_stops_what_is_to_be_sent() {
    let mut client = replaying(ConnectionOptions::new());
    let ticket = queued(&mut client, 11);
    let news = client.of_peer("D", 3, 2, "11=NEWS|");
    client.receive(&news);
    assert_eq!(client.line.advance(now(2)), Progress::Events);
    client.script.get().slow_read = false;
    client.script.get().fails_in = Some(0);
    assert_eq!(client.line.advance(now(3)), Progress::Events);
    assert_eq!(client.line.seq_nums().next_out.get(), 3);
    let mut results = Vec::new();
    while let Some(event) = client.line.event(now(3)) {
        if let Event::Sent { ticket, result } = event {
            results.push((ticket, result.is_err()));
        }
    }
    while client.line.advance(now(3)) == Progress::Events {
        while let Some(event) = client.line.event(now(3)) {
            if let Event::Sent { ticket, result } = event {
                results.push((ticket, result.is_err()));
            }
        }
    }
    assert_eq!(results, [(ticket, true)]);
    assert!(client.sent().is_empty());
}

#[test]
fn what_was_received_can_be_taken_before_anything_is_due() {
    let (mut client, _broker) = logged_on();
    assert!(!client.line.read_on(now(1)), "nothing is there");
    let news = client.of_peer("D", 2, 2, "11=NEWS|");
    client.receive(&news);
    // Far behind the limit of silence: what has come is read first.
    assert!(client.line.read_on(now(100_000)));
    assert!(client.line.read_on(now(100_000)), "it stays");
    assert_eq!(client.drive(100_000), ["D 2"]);
}
