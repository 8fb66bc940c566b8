//! The question whether to welcome a peer, and its answers.

use fixline::engine::{Attempt, ConnectionOptions, Event, Progress, RequestError};
use fixline::session::{Reason, Refusal, Status};
use fixline::wire::Fields;

use crate::side::{Side, broker_config, now};

/// A broker that was asked about a Logon, and puts the decision off.
fn asked(side: &mut Side, seq: u64, millis: u64) -> Attempt {
    side.connect(millis);
    let logon = side.of_peer("A", seq, millis, "98=0|108=30|");
    side.receive(&logon);
    assert_eq!(side.line.advance(now(millis)), Progress::Events);
    let Some(Event::Authenticate { verdict, .. }) = side.line.event(now(millis)) else {
        panic!("a Logon came");
    };
    let attempt = verdict.attempt();
    assert_eq!(verdict.later(), attempt);
    attempt
}

fn broker() -> Side {
    Side::new(broker_config(), ConnectionOptions::new())
}

/// Fails where ids begin at 1 again after a reload: GOOD's verdict logs EVIL on then.
#[test]
fn edge_05_a_late_verdict_is_for_its_own_attempt_only() {
    for reloads in [false, true] {
        let mut broker = broker();
        let good = asked(&mut broker, 1, 0);
        if reloads {
            broker.script.get().fails_in = Some(0);
            broker.line.accept(good, Fields::EMPTY, now(1)).expect("the answer fails in the store");
            let _ = broker.drive(1);
            broker.line.closed();
            let _ = broker.drive(2);
            broker.script.get().fails_in = None;
            broker.open();
        } else {
            let _ = broker.line.abandon(now(1));
        }
        let evil = asked(&mut broker, 1, 3);
        assert_ne!(good, evil);
        let late = broker.line.accept(good, Fields::EMPTY, now(3));
        assert_eq!(late, Err(RequestError::Over));
        let late = broker.line.refuse(good, Refusal::Silent, now(3));
        assert_eq!(late, Err(RequestError::Over));
        let _ = broker.drive(3);
        assert_eq!(broker.line.status(), Status::LoggingOn);
        assert!(broker.line.flushable().is_empty());
        broker.line.accept(evil, Fields::EMPTY, now(4)).expect("its own");
        assert_eq!(broker.line.accept(evil, Fields::EMPTY, now(4)), Err(RequestError::Over));
    }
}

#[test]
fn edge_05_a_verdict_after_the_end_is_over() {
    let mut broker = broker();
    let attempt = asked(&mut broker, 1, 0);
    assert_eq!(broker.drive(10_001), [format!("{:?}", Reason::VerdictTimeout)]);
    let late = broker.line.accept(attempt, Fields::EMPTY, now(10_002));
    assert_eq!(late, Err(RequestError::Over));
}

/// Fails where a forgotten question waits for the logon timeout.
#[test]
fn edge_24_a_verdict_that_is_dropped_refuses() {
    let mut broker = broker();
    broker.connect(0);
    let logon = broker.of_peer("A", 1, 0, "98=0|108=30|");
    broker.receive(&logon);
    assert_eq!(broker.line.advance(now(0)), Progress::Events);
    assert!(matches!(broker.line.event(now(0)), Some(Event::Authenticate { .. })));
    // The application says nothing, and asks for the next event.
    let mut reasons = Vec::new();
    loop {
        while let Some(event) = broker.line.event(now(1)) {
            if let Event::Disconnected(reason) = event {
                reasons.push(reason);
            }
        }
        if broker.line.advance(now(1)) != Progress::Events {
            break;
        }
    }
    assert_eq!(reasons, [Reason::Undecided]);
    assert!(broker.sent()[0].contains("|58=Nobody decided about the Logon|"));
    assert_eq!(broker.line.seq_nums().next_in.get(), 1, "a refused Logon moves nothing");
}

#[test]
fn edge_24_a_question_stays_open_while_its_answer_cannot_be_given() {
    let mut broker = broker();
    broker.connect(0);
    let logon = broker.of_peer("A", 1, 0, "98=0|108=30|");
    broker.receive(&logon);
    let _ = broker.line.advance(now(0));
    let Some(Event::Authenticate { verdict, .. }) = broker.line.event(now(0)) else {
        panic!("a Logon came");
    };
    let attempt = verdict.later();
    let wrong = fixline::wire::from_text("34=9|");
    let wrong = Fields::new(&wrong).expect("one field");
    let refused = broker.line.accept(attempt, wrong, now(1));
    assert!(matches!(refused, Err(RequestError::Misuse(_))), "{refused:?}");
    assert_eq!(broker.line.advance(now(1)), Progress::Lent, "the Logon is still held");
    assert!(broker.line.event(now(1)).is_none());
    assert_eq!(broker.line.advance(now(1)), Progress::Idle);
    broker.line.accept(attempt, Fields::EMPTY, now(2)).expect("open");
    let _ = broker.drive(2);
    assert!(broker.sent()[0].contains("|35=A|34=1|"));
}

#[test]
fn a_refusal_says_what_it_is_told() {
    let mut broker = broker();
    let attempt = asked(&mut broker, 1, 0);
    let refusal = Refusal::Logout { status: None, text: "not today" };
    broker.line.refuse(attempt, refusal, now(1)).expect("open");
    assert_eq!(broker.drive(1), [format!("{:?}", Reason::LogonRefused)]);
    let sent = broker.sent();
    assert!(sent[0].contains("|35=5|34=1|") && sent[0].contains("|58=not today|"), "{sent:?}");
}
