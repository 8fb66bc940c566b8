//! Whom a connection waits for: stores that answer later wake it, an application that is behind
//! makes nobody dead, and a peer that does not read is given up.

use std::task::Poll;
use std::time::Duration;

use fixline::engine::{
    ConnectionOptions, Draft, Event, Life, MemoryStore, Progress, Proof, WaitsFor,
};
use fixline::session::{Instant, Status};
use fixline::wire::{Message, PutField as _, Tag};

use crate::disk::Disk;
use crate::side::{Bell, Side, broker_config, client_config, hand_over, logged_on, now, order};

/// Fails where a commit in the background is polled: the store is asked twice, and wakes once.
#[test]
fn edge_33_a_store_that_commits_in_the_background_wakes_and_is_not_polled() {
    let (mut client, _broker) = logged_on();
    let bell = Bell::hang(&mut client);
    client.script.get().slow = true;
    let _ = client.line.send(&order(1), now(1)).expect("logged on");
    let _before = client.script.calls();
    assert_eq!(client.line.advance(now(1)), Progress::Idle);
    assert_eq!(client.script.calls(), ["sync"]);
    let far = client.line.wake_at().expect("the Heartbeat");
    assert_eq!(far, Instant::from_millis(30_001), "no time is named for the store");
    assert_eq!(client.line.snapshot().waits_for, Some(WaitsFor::Store(Instant::from_millis(1))));
    client.script.commit();
    assert_eq!(bell.rings(), 1);
    assert_eq!(client.line.advance(now(2)), Progress::Idle);
    assert_eq!(client.script.calls(), ["sync"]);
    assert!(!client.line.flushable().is_empty());
    let peer = Some(WaitsFor::Peer(Instant::from_millis(2)));
    assert_eq!(client.line.snapshot().waits_for, peer, "until the transport takes the bytes");
}

#[test]
fn edge_33_a_commit_that_was_over_before_anybody_waited_is_not_missed() {
    let (mut client, _broker) = logged_on();
    let _bell = Bell::hang(&mut client);
    client.script.get().slow = true;
    client.script.get().committed = true;
    let _ = client.line.send(&order(1), now(1)).expect("logged on");
    let _ = client.line.advance(now(1));
    assert!(client.line.is_settled());
}

#[test]
fn edge_33_a_hung_store_never_stops_reading() {
    let (mut client, mut broker) = logged_on();
    let _bell = Bell::hang(&mut broker);
    broker.script.get().slow = true;
    let _ = broker.line.send(&order(1), now(1)).expect("logged on");
    for round in 0..5_u64 {
        hand_over(&mut client, &mut broker, round..round + 1, 1);
        assert_eq!(broker.drive(2 + round), [format!("D {}", round + 2)]);
    }
    assert!(broker.line.flushable().is_empty(), "nothing is durable");
}

/// Fails where a connection is entered before its store is loaded.
#[test]
fn edge_34_the_store_is_loaded_before_a_transport_is_taken() {
    let mut side =
        Side::closed(client_config(), Disk::new(MemoryStore::new()), ConnectionOptions::new());
    assert_eq!(side.script.calls(), Vec::<String>::new(), "making a connection does no I/O");
    assert_eq!(side.line.life(), Life::Closed);
    let bell = Bell::hang(&mut side);
    side.script.get().slow_load = true;
    assert!(side.line.open().is_pending());
    assert!(side.line.open().is_pending());
    assert!(side.line.connected(now(0), fixline::engine::Entry::PLAIN).is_err());
    side.script.get().slow_load = false;
    side.script.wake();
    assert_eq!(bell.rings(), 1);
    side.open();
    assert_eq!(side.script.calls(), ["load", "load", "load"]);
    side.open();
    assert_eq!(side.script.calls(), Vec::<String>::new(), "harmless when it is open");
    assert_eq!(side.line.life(), Life::Ready);
    side.connect(1);
    assert_eq!(side.line.life(), Life::Up);
    // Without a waker the store answers at once, and blocks if need be.
    let mut side =
        Side::closed(client_config(), Disk::new(MemoryStore::new()), ConnectionOptions::new());
    side.script.get().slow_load = true;
    assert!(matches!(side.line.open(), Poll::Ready(Ok(()))));
}

#[test]
fn edge_34_what_is_read_from_a_remote_store_holds_up_nothing_else() {
    let (mut client, _broker) = logged_on();
    let _ = client.line.send(&order(1), now(1)).expect("logged on");
    let _ = client.drive(1);
    let _ = client.sent();
    let bell = Bell::hang(&mut client);
    client.script.get().slow_read = true;
    assert_eq!(client.hear("2", 2, 2, "7=1|16=0|"), Vec::<String>::new());
    assert_eq!(client.line.advance(now(2)), Progress::Store);
    // Reading goes on meanwhile, and our answers go out.
    assert_eq!(client.hear("D", 3, 3, "11=A|"), ["D 3"]);
    assert_eq!(client.hear("1", 4, 3, "112=PING|"), Vec::<String>::new());
    let sent = client.sent();
    assert!(sent.iter().any(|sent| sent.contains("|112=PING|")), "{sent:?}");
    assert!(!sent.iter().any(|sent| sent.contains("|43=Y|")), "{sent:?}");
    client.script.get().slow_read = false;
    client.script.wake();
    assert_eq!(bell.rings(), 1);
    let _ = client.drive(4);
    let sent = client.sent();
    assert!(
        sent[0].contains("|35=4|34=1|43=Y|") && sent[1].contains("|35=D|34=2|43=Y|"),
        "{sent:?}"
    );
}

/// Fails where next_in is made durable only together with something that is sent.
#[test]
fn edge_35_what_was_handled_is_saved_within_a_second() {
    let (mut client, mut broker) = logged_on();
    let quiet = |side: &mut Side, millis| {
        while side.line.advance(now(millis)) == Progress::Events {
            while side.line.event(now(millis)).is_some() {}
        }
    };
    hand_over(&mut client, &mut broker, 2..5, 5_000);
    quiet(&mut broker, 5_000);
    let calls = broker.script.calls();
    assert_eq!(calls.last().map(String::as_str), Some("in 0/5"), "{calls:?}");
    assert_eq!(broker.line.wake_at(), Some(Instant::from_millis(6_000)));
    quiet(&mut broker, 5_999);
    assert_eq!(broker.script.calls(), Vec::<String>::new());
    quiet(&mut broker, 6_000);
    assert_eq!(broker.script.calls(), ["sync"]);
    assert_eq!(broker.line.wake_at(), Some(Instant::from_millis(30_000)), "the Heartbeat");
    let _ = client.drive(6_000);
}

/// Fails where silence is counted while the application holds what was received.
#[test]
fn behind_an_application_that_is_behind_nobody_is_called_silent() {
    let (mut client, mut broker) = logged_on();
    hand_over(&mut client, &mut broker, 2..4, 1);
    let mut heartbeats = 0;
    for second in 0..110_u64 {
        let at = 1_000 * second + 2;
        let _ = broker.line.advance(now(at));
        if second == 0 {
            // From now on it holds the first order.
            assert!(matches!(broker.line.event(now(at)), Some(Event::Message { .. })));
        }
        for sent in broker.sent() {
            assert!(sent.contains("|35=0|"), "only Heartbeats: {sent}");
            heartbeats += 1;
        }
    }
    assert_eq!(heartbeats, 3, "ours go on");
    assert!(matches!(broker.line.status(), Status::LoggedOn { .. }));
    let waits_for = broker.line.snapshot().waits_for;
    assert_eq!(waits_for, Some(WaitsFor::Application(Instant::from_millis(2))));
    // Once it goes on, so does the clock.
    assert_eq!(broker.drive(110_000), Vec::<String>::new());
    assert!(broker.line.event(now(110_000)).is_none());
    assert_eq!(broker.drive(110_000), ["D 3"]);
    let _ = broker.drive(150_000);
    let sent = broker.sent();
    assert!(sent.iter().any(|sent| sent.contains("|35=1|")), "a TestRequest: {sent:?}");
}

/// Fails where only the send buffer bounds how long a peer may leave our bytes unread.
#[test]
fn safe_07_a_peer_that_takes_no_byte_is_given_up() {
    let config = broker_config();
    let mut broker = Side::new(config, ConnectionOptions::new());
    broker.connect(0);
    assert_eq!(broker.hear("A", 1, 0, "98=0|108=2|"), Vec::<String>::new());
    let _ = broker.sent();
    let mut ended = None;
    for millis in (0..20_000).step_by(100) {
        // It keeps sending, and reads nothing from now on.
        let seq = 2 + millis / 100;
        let seen = broker.hear("1", seq, millis, "112=PING|");
        // A transport that takes nothing may say so.
        broker.line.flushed(0);
        if let Some(end) = seen.iter().find(|seen| seen.contains("PeerDoesNotRead")) {
            ended = Some((millis, end.clone()));
            break;
        }
    }
    let (millis, _) = ended.expect("it is given up");
    assert!((6_000..=6_200).contains(&millis), "three intervals: {millis}");
    assert!(broker.line.has_ended());
}

#[test]
fn safe_07_a_peer_that_reads_slowly_is_not_given_up() {
    let config = broker_config();
    let mut broker = Side::new(config, ConnectionOptions::new());
    broker.connect(0);
    let _ = broker.hear("A", 1, 0, "98=0|108=2|");
    let _ = broker.sent();
    for millis in (0..30_000).step_by(100) {
        let _ = broker.hear("1", 2 + millis / 100, millis, "112=PING|");
        if millis % 5_000 == 0 {
            broker.line.flushed(1);
        }
        assert!(!broker.line.has_ended(), "at {millis}");
    }
    // Nor is one for whom there is nothing.
    let all = broker.line.flushable().len();
    broker.line.flushed(all);
    assert_eq!(broker.line.wake_at(), broker.line.deadline().map(|deadline| deadline.at));
}

#[test]
fn safe_07_the_wait_is_among_the_reasons_to_wake_up() {
    let (mut client, _broker) = logged_on();
    let _ = client.line.send(&order(1), now(1)).expect("logged on");
    let _ = client.line.advance(now(1));
    let mut late = now(89_000).monotonic;
    // Heartbeats, a TestRequest, and 90 seconds after the order the end.
    for _ in 0..20 {
        let at = client.line.wake_at().expect("something is due");
        let millis = at.since(Instant::from_millis(0)).as_millis();
        let millis = u64::try_from(millis).expect("little");
        let request = client.of_peer("0", client.line.seq_nums().next_in.get(), millis, "");
        client.receive(&request);
        late = at;
        if !client.drive(millis).is_empty() {
            break;
        }
    }
    assert_eq!(late, Instant::from_millis(90_001));
    assert!(client.line.has_ended());
}

#[test]
fn inv_13_any_byte_proves_that_somebody_is_there() {
    let (mut client, _broker) = logged_on();
    assert_eq!(client.line.proof(now(1)), None);
    client.line.prove(now(1), Duration::from_secs(5)).expect("logged on");
    client.line.commit(now(1));
    assert!(client.sent()[0].contains("|35=1|"));
    let until = Instant::from_millis(5_001);
    assert_eq!(client.line.proof(now(5_000)), None, "under way");
    assert_eq!(client.line.wake_at(), Some(until));
    // Another newcomer: the proof that is under way goes on.
    client.line.prove(now(4_000), Duration::from_secs(5)).expect("logged on");
    client.line.commit(now(4_000));
    assert!(client.sent().is_empty());
    assert_eq!(client.line.proof(now(5_001)), Some(Proof::Stale));
    client.receive(b"8");
    assert_eq!(client.line.proof(now(5_002)), Some(Proof::Alive));
    client.line.prove(now(6_000), Duration::from_secs(5)).expect("logged on");
    assert_eq!(client.line.proof(now(11_000)), Some(Proof::Stale), "asked for anew");
}

#[test]
fn inv_13_a_line_whose_bytes_wait_for_the_application_is_alive() {
    let (mut client, mut broker) = logged_on();
    hand_over(&mut client, &mut broker, 2..3, 1);
    let _ = broker.line.advance(now(1));
    assert!(matches!(broker.line.event(now(1)), Some(Event::Message { .. })));
    broker.line.prove(now(1), Duration::from_secs(5)).expect("logged on");
    assert_eq!(broker.line.proof(now(60_000)), Some(Proof::Behind));
    assert!(broker.line.event(now(60_000)).is_none());
    assert_eq!(broker.line.proof(now(60_000)), Some(Proof::Stale));
    let mut nobody = Side::new(client_config(), ConnectionOptions::new());
    assert!(nobody.line.prove(now(1), Duration::from_secs(5)).is_err());
    assert_eq!(nobody.line.proof(now(1)), None);
}

/// EDGE-27: what a driver says it has read where it was given no room is not read.
#[test]
fn edge_27_bytes_that_nobody_gave_room_for_are_not_read() {
    let (mut client, mut broker) = logged_on();
    hand_over(&mut client, &mut broker, 2..4, 1);
    assert_eq!(broker.drive(1), ["D 2", "D 3"]);
    broker.line.closed();
    // A late read: the memory still holds what came before.
    broker.line.filled(200);
    let mut seen = Vec::new();
    while broker.line.advance(now(2)) == Progress::Events {
        while let Some(event) = broker.line.event(now(2)) {
            seen.push(format!("{event:?}"));
        }
    }
    assert_eq!(seen, ["Disconnected(Closed)"], "nobody is blamed");
    broker.line.filled(200);
    broker.connect(3);
    assert_eq!(broker.drive(3), Vec::<String>::new());
    assert_eq!(broker.line.status(), Status::LoggingOn);
}

/// SAFE-04: the password of a Logon stays no longer than the question whether to welcome it.
#[test]
fn safe_04_a_logon_is_erased_behind_the_verdict() {
    let holds = |side: &mut Side, secret: &str| {
        let spare = side.line.spare();
        spare.windows(secret.len()).any(|bytes| bytes == secret.as_bytes())
    };
    for later in [false, true] {
        let mut broker = Side::new(broker_config(), ConnectionOptions::new());
        broker.connect(0);
        let logon = broker.of_peer("A", 1, 0, "98=0|108=30|553=me|554=canary-0815|");
        broker.receive(&logon);
        assert_eq!(broker.line.advance(now(0)), Progress::Events);
        let Some(Event::Authenticate { logon, verdict, .. }) = broker.line.event(now(0)) else {
            panic!("a Logon came");
        };
        assert_eq!(logon.get(Tag::PASSWORD), Some(&b"canary-0815"[..]));
        if later {
            let _attempt = verdict.later();
        } else {
            verdict.accept(fixline::wire::Fields::EMPTY).expect("open");
        }
        assert!(!format!("{:?}", broker.line).contains("canary"));
        assert!(broker.line.event(now(0)).is_none() || !later);
        let _ = broker.drive(0);
        assert!(!holds(&mut broker, "canary-0815"), "later: {later}");
    }
    // A Logon that was refused before anybody was asked goes with its connection.
    let mut broker = Side::new(broker_config(), ConnectionOptions::new());
    broker.connect(0);
    let wrong = fixline::wire::from_text(
        "8=FIX.4.4|35=A|34=1|49=ELSE|52=20261122-09:30:00|56=BROKER|98=0|108=30|554=canary-0815|",
    );
    broker.receive(&wrong);
    let _ = broker.drive(1);
    broker.line.closed();
    let _ = broker.drive(2);
    broker.connect(3);
    assert!(!holds(&mut broker, "canary-0815"), "nothing of it in the next connection");
}

/// A window of notices that nobody takes is bounded, and says what it dropped.
#[test]
fn notices_that_nobody_takes_are_counted() {
    let (mut client, _broker) = logged_on();
    let mut draft = Draft::new("D");
    draft.str(Tag::TEXT, "a notice each");
    for millis in 0..200 {
        // Each TestRequest of an operator is no notice; garbled bytes are.
        let garbled = fixline::wire::from_text("8=FIX.4.4|9=5|35=0|34=9|10=000|");
        client.receive(&garbled);
        let _ = client.line.advance(now(millis));
    }
    let (mut notices, mut missed) = (0, 0);
    while client.line.advance(now(300)) == Progress::Events {
        while let Some(event) = client.line.event(now(300)) {
            match event {
                Event::Notice(_) => notices += 1,
                Event::Missed(count) => missed += count,
                _ => {}
            }
        }
    }
    assert_eq!(notices + missed, 200, "none without a word");
    assert!(Message::parse(client.line.flushable()).is_err(), "nothing was sent");
}

/// What is over is no reason to wake up, or a driver spins.
#[test]
fn nothing_that_is_over_is_a_reason_to_wake_up() {
    // A peer that was given up for not reading, with bytes that never left.
    let (mut client, _broker) = logged_on();
    let _ = client.line.send(&order(1), now(1)).expect("logged on");
    let _ = client.drive(1);
    for second in 1..100 {
        let heartbeat = client.of_peer("0", second + 1, second * 1000, "");
        if !client.line.has_ended() {
            client.receive(&heartbeat);
        }
        let _ = client.drive(second * 1000);
    }
    assert!(client.line.has_ended() && !client.line.wants_close());
    assert_eq!(client.line.wake_at(), None);
    // A proof that nobody gave.
    let (mut client, _broker) = logged_on();
    client.line.prove(now(1), Duration::from_secs(1)).expect("logged on");
    let _ = client.drive(2_000);
    assert_eq!(client.line.proof(now(2_000)), Some(Proof::Stale));
    assert_eq!(client.line.wake_at(), Some(Instant::from_millis(30_001)));
    // A number to be saved, behind a store that hangs.
    let (mut client, _broker) = logged_on();
    let _bell = Bell::hang(&mut client);
    client.script.get().slow = true;
    let _ = client.line.send(&order(1), now(1)).expect("logged on");
    let _ = client.drive(1);
    assert_eq!(client.hear("D", 2, 2, "11=A|"), ["D 2"]);
    let _ = client.drive(3_000);
    assert_eq!(client.line.wake_at(), Some(Instant::from_millis(30_002)));
}

/// A line that always has something for its application is not behind by that: fails where the
/// first wait counts for all that follow.
#[test]
fn a_busy_line_that_is_read_in_time_takes_no_old_time() {
    let (mut client, _broker) = logged_on();
    for minute in 1..=10 {
        let at = 60_000 * minute;
        client.line.nothing_came(now(at));
        let news = client.of_peer("D", minute + 1, at, "11=A|");
        client.receive(&news);
        loop {
            assert_eq!(client.line.advance(now(at)), Progress::Events);
            if let Some(Event::Message { .. }) = client.line.event(now(at)) {
                break;
            }
        }
        // It holds the message for half a minute, which is no harm to those behind it.
        let _ = client.line.advance(now(at + 30_000));
        let _ = client.sent();
        client.line.release(now(at + 30_000));
    }
    let at = 11 * 60_000;
    client.line.nothing_came(now(at));
    let old = client.of_peer("D", 12, at - 121_000, "11=OLD|");
    client.receive(&old);
    let _ = client.drive(at);
    let sent = client.sent().join(" ");
    assert!(sent.contains("|373=10|"), "{sent}");
}

/// A peer that is back on another connection ends this one without a word.
#[test]
fn inv_13_a_line_that_is_replaced_ends_once_and_says_nothing() {
    let (mut client, mut broker) = logged_on();
    broker.line.replace(now(1));
    assert!(broker.line.has_ended());
    assert_eq!(broker.drive(1), ["Replaced"]);
    assert!(broker.sent().is_empty());
    broker.line.replace(now(1));
    assert_eq!(broker.drive(1), Vec::<String>::new(), "it is over");
    // Without a connection there is nothing to replace.
    broker.line.closed();
    let _ = broker.drive(2);
    broker.line.replace(now(2));
    assert_eq!((broker.line.life(), broker.drive(2)), (Life::Ready, Vec::new()));
    // What has ended otherwise ends as it did.
    client.line.closed();
    let _ = client.drive(2);
    client.line.replace(now(2));
    assert_eq!(client.drive(2), Vec::<String>::new());
}

/// What waits behind an application that is slow came in time: its SendingTime(52) is not to blame
/// (S-TIME-03). Fails where it is compared with the time at which it is read.
#[test]
fn what_was_right_when_it_came_is_right_when_it_is_read() {
    let (mut client, mut broker) = logged_on();
    hand_over(&mut client, &mut broker, 2..5, 1);
    let _ = broker.line.advance(now(1));
    for order in 2..5 {
        let at = 180_000 * (order - 2);
        loop {
            match broker.line.event(now(at)) {
                Some(Event::Message { message, .. }) => {
                    break assert_eq!(
                        (message.msg_type(), message.msg_seq_num()),
                        (&b"D"[..], order)
                    );
                }
                Some(Event::Notice(_)) => {}
                None => assert_eq!(broker.line.advance(now(at)), Progress::Events),
                other => panic!("{other:?}"),
            }
        }
        // Three minutes for each; our Heartbeats go on.
        for minute in 1..=3 {
            let _ = broker.line.advance(now(at + 60_000 * minute));
            let _ = broker.sent();
        }
    }
    while broker.line.event(now(540_000)).is_some() {}
    // Once it has caught up, an old time is a wrong one.
    let _ = broker.drive(540_000);
    let old = broker.of_peer("D", 5, 541_000 - 121_000, "11=OLD|");
    broker.receive(&old);
    let _ = broker.drive(541_000);
    let sent = broker.sent().join(" ");
    assert!(sent.contains("|373=10|"), "{sent}");
}
