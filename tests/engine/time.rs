//! Time is an argument of everything that is done: whatever is written bears the time at which it
//! was asked for, however long ago the connection was last advanced (EDGE-09).

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use fixline::engine::{
    BusinessRejectReason, ConnectionOptions, Entry, Event, Operation, Progress, TimeSource,
};
use fixline::session::{Header, Now, Refusal, ResetPermission};
use fixline::wire::Fields;

use crate::side::{Side, broker_config, client_config, logged_on, now, number, order};

/// The transport is idle for so long before anything is asked for.
const IDLE: u64 = 20_000;
const STAMP: &str = "|52=20261122-09:30:20.000|";

/// What the side sends when it is asked now, after 20 idle seconds.
fn stamped(side: &mut Side, what: &str, ask: impl FnOnce(&mut Side)) {
    ask(side);
    side.line.commit(now(IDLE));
    let sent = side.sent();
    assert_eq!(sent.len(), 1, "{what}: {sent:?}");
    assert!(sent[0].contains(STAMP), "{what}: {sent:?}");
}

/// Each of these failed where the time of the last advance was used.
#[test]
fn edge_09_every_entry_writes_the_time_at_which_it_is_called() {
    let up = || {
        let (client, _broker) = logged_on();
        client
    };
    stamped(&mut up(), "send", |side| {
        let _ = side.line.send(&order(1), now(IDLE)).expect("logged on");
    });
    stamped(&mut up(), "compose", |side| {
        let _ = side.line.compose(&Header::new("D"), now(IDLE), |_| {}).expect("logged on");
    });
    stamped(&mut up(), "logout", |side| side.line.logout("bye", now(IDLE)).expect("logged on"));
    stamped(&mut up(), "prove", |side| {
        side.line.prove(now(IDLE), Duration::from_secs(1)).expect("logged on");
    });
    for operation in [
        Operation::TestRequest,
        Operation::SequenceReset { new: number(9) },
        Operation::ResendRequest { from: number(1), to: number(1) },
    ] {
        stamped(&mut up(), &format!("{operation:?}"), |side| {
            side.line.operate(operation, now(IDLE)).expect("logged on");
        });
    }
    let mut side = Side::new(client_config(), ConnectionOptions::new());
    stamped(&mut side, "connected", |side| side.connect(IDLE));
}

#[test]
fn edge_09_a_reset_bears_the_time_at_which_it_is_asked_for() {
    let config = client_config().reset_permission(ResetPermission::ALL);
    let mut side = Side::new(config, ConnectionOptions::new());
    side.connect(0);
    let _ = side.drive(0);
    let _ = side.log_on(1, 0);
    let _ = side.sent();
    side.line.operate(Operation::ResetSeqNums, now(IDLE)).expect("logged on");
    let _ = side.drive(IDLE);
    // A TestRequest first, to see that nothing of the peer is on its way.
    let sent = side.sent();
    assert!(!sent.is_empty() && sent.iter().all(|sent| sent.contains(STAMP)), "{sent:?}");
}

#[test]
fn edge_09_timers_run_from_the_time_at_which_something_was_asked_for() {
    let (mut client, _broker) = logged_on();
    client.line.logout("bye", now(IDLE)).expect("logged on");
    assert_eq!(client.drive(IDLE), Vec::<String>::new(), "no LogoutTimeout at once");
    assert_eq!(client.drive(IDLE + 9_999), Vec::<String>::new());
    assert_eq!(client.drive(IDLE + 10_000), ["LogoutTimeout"]);
}

fn asked_for_a_verdict(sign: bool) -> Side {
    let mut side = Side::new(broker_config().sign_logon(sign), ConnectionOptions::new());
    side.connect(15_000);
    let logon = side.of_peer("A", 1, 15_000, "98=0|108=30|");
    side.receive(&logon);
    assert_eq!(side.line.advance(now(15_000)), Progress::Events);
    side
}

#[test]
fn edge_09_verdicts_are_given_at_the_time_of_the_verdict() {
    let later = |side: &mut Side| {
        let Some(Event::Authenticate { verdict, .. }) = side.line.event(now(15_000)) else {
            panic!("a Logon came");
        };
        verdict.later()
    };
    stamped(&mut asked_for_a_verdict(false), "accept", |side| {
        let attempt = later(side);
        side.line.accept(attempt, Fields::EMPTY, now(IDLE)).expect("open");
    });
    stamped(&mut asked_for_a_verdict(false), "refuse", |side| {
        let attempt = later(side);
        let refusal = Refusal::Logout { status: None, text: "" };
        side.line.refuse(attempt, refusal, now(IDLE)).expect("open");
    });
    stamped(&mut asked_for_a_verdict(false), "at once", |side| {
        let Some(Event::Authenticate { verdict, .. }) = side.line.event(now(IDLE)) else {
            panic!("a Logon came");
        };
        verdict.accept(Fields::EMPTY).expect("open");
    });
    let mut side = Side::new(client_config().sign_logon(true), ConnectionOptions::new());
    side.connect(IDLE);
    assert_eq!(side.line.advance(now(IDLE)), Progress::Events);
    let Some(Event::Sign { attempt, sending_time, .. }) = side.line.event(now(IDLE)) else {
        panic!("it asks for a signature");
    };
    assert_eq!(sending_time, now(IDLE).utc);
    stamped(&mut side, "sign", |side| {
        // What was signed stands; only the timer moves on.
        side.line.sign(attempt, Fields::EMPTY, now(IDLE)).expect("open");
    });
}

/// A clock that the test sets.
struct Clock(AtomicU64);

impl TimeSource for Clock {
    fn now(&self) -> Now {
        now(self.0.load(Ordering::Relaxed))
    }
}

type Answer = fn(&mut fixline::engine::Reply<'_>);

const ANSWERS: [(&str, Answer); 5] = [
    ("send", |reply| {
        let _ = reply.send(&order(1)).expect("logged on");
    }),
    ("compose", |reply| {
        let _ = reply.compose(&Header::new("8"), |_| {}).expect("logged on");
    }),
    ("reject", |reply| reply.reject(Some(99), None, "no").expect("logged on")),
    ("business_reject", |reply| {
        reply.business_reject(BusinessRejectReason::Other, None, "no").expect("logged on");
    }),
    ("logout", |reply| reply.logout("no").expect("logged on")),
];

#[test]
fn edge_09_replies_bear_the_time_at_which_their_event_was_taken() {
    for (what, answer) in ANSWERS {
        let (mut client, _broker) = logged_on();
        let bytes = client.of_peer("D", 2, 1, "11=A|");
        client.receive(&bytes);
        assert_eq!(client.line.advance(now(1)), Progress::Events);
        stamped(&mut client, what, |side| {
            let Some(Event::Message { mut reply, .. }) = side.line.event(now(IDLE)) else {
                panic!("an order came");
            };
            assert_eq!(reply.now(), now(IDLE));
            answer(&mut reply);
        });
    }
}

#[test]
fn edge_09_replies_bear_the_time_of_the_clock_where_there_is_one() {
    for (what, answer) in ANSWERS {
        let (mut client, _broker) = logged_on();
        let bytes = client.of_peer("D", 2, 1, "11=A|");
        client.receive(&bytes);
        assert_eq!(client.line.advance(now(1)), Progress::Events);
        let clock = Clock(AtomicU64::new(1));
        stamped(&mut client, what, |side| {
            let Some(Event::Message { mut reply, .. }) = side.line.event_by(&clock) else {
                panic!("an order came");
            };
            clock.0.store(IDLE, Ordering::Relaxed);
            answer(&mut reply);
        });
    }
}

#[test]
fn edge_09_an_entry_with_first_bytes_is_read_at_its_own_time() {
    let mut side = Side::new(broker_config(), ConnectionOptions::new());
    let logon = side.of_peer("A", 1, IDLE, "98=0|108=30|");
    side.line
        .connected(now(IDLE), Entry { first_bytes: &logon, ..Entry::PLAIN })
        .expect("down before");
    let _ = side.drive(IDLE);
    let sent = side.sent();
    assert!(sent[0].contains(STAMP), "{sent:?}");
}
