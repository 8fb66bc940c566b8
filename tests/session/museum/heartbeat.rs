//! Signs of life.

use std::time::Duration;

use fixline::session::{ConfigError, Instant, Now, SeqNums, Status, Timer, Version};
use fixline::wire::{Message, Tag, from_text};

use crate::line::{Line, acceptor, initiator};

const SECOND: u64 = 1_000_000_000;

/// HB-07: arithmetic that was off by a fraction cut connections too early.
#[test]
fn every_interval_is_exact_to_the_nanosecond() {
    let mut line = Line::up(acceptor(Version::Fix44));
    let start = line.now;
    let at = |nanos: u64| {
        let passed = Duration::from_nanos(nanos);
        Now::new(start.monotonic.after(passed), start.utc.saturating_add(passed))
    };
    for interval in 1..=20 {
        line.now = at(interval * 30 * SECOND - 1);
        assert!(line.tick().is_empty(), "{interval}");
        line.now = at(interval * 30 * SECOND);
        assert_eq!(line.tick(), [format!("> 35=0|34={}", interval + 1)]);
        line.receive(&format!("35=0|34={}", interval + 1));
    }
    // The last Heartbeat came at 600 seconds; 36 more are silence, and 36 behind that the end.
    for (nanos, expected) in [
        (630 * SECOND, vec!["> 35=0|34=22"]),
        (636 * SECOND - 1, vec![]),
        (636 * SECOND, vec!["> 35=1|34=23|112=23"]),
        (666 * SECOND, vec!["> 35=0|34=24"]),
        (672 * SECOND - 1, vec![]),
        (
            672 * SECOND,
            vec!["> 35=5|34=25|58=No answer to TestRequest", "disconnect: the peer fell silent"],
        ),
    ] {
        line.now = at(nanos);
        assert_eq!(line.tick(), expected, "{nanos}");
    }
}

/// HB-08: the answer had no id, or another one.
#[test]
fn any_id_of_a_test_request_comes_back_byte_for_byte() {
    let long = "x".repeat(3000);
    for id in ["T", "a=b", "=", " ", "0001", r"\xff\x80\x7f", "8=FIX.4.4", &long] {
        let mut line = Line::up(acceptor(Version::Fix44));
        line.flushes = false;
        line.flush();
        let bytes =
            from_text(&format!("8=FIX.4.4|35=1|34=2|49=PEER|52=20261122-09:30:00|56=US|112={id}|"));
        line.receive_bytes(&bytes);
        let asked = Message::parse(&bytes).expect("well formed").get(Tag::TEST_REQ_ID);
        let answer = Message::parse(line.out.flushable()).expect("one message");
        assert_eq!(answer.msg_type(), b"0");
        assert_eq!(answer.get(Tag::TEST_REQ_ID), asked, "{id}");
    }
}

/// HB-09: the session was not told of the broken line, and began the next one with a TestRequest.
#[test]
fn a_new_connection_begins_with_a_logon_and_a_clock_of_its_own() {
    for config in [acceptor(Version::Fix44), initiator(Version::Fix44)] {
        let mut line = Line::up(config);
        line.wait(40.0);
        assert_eq!(line.timer(), Some(Timer::Heartbeat));
        line.sleep(1000.0);
        line.close();
        assert_eq!(line.timer(), None);
        let log = line.log_on(2);
        assert!(log.iter().any(|entry| entry.starts_with("> 35=A|")), "{log:?}");
        assert!(!log.iter().any(|entry| entry.starts_with("> 35=1|")), "{log:?}");
        assert!(line.tick().is_empty());
        let log = line.wait(29.9);
        assert!(log.is_empty(), "{log:?}");
    }
}

/// HB-10: the answer came before the session had noted that it had asked.
#[test]
fn an_answer_within_the_same_instant_counts() {
    let mut line = Line::up(acceptor(Version::Fix44));
    line.wait(36.0);
    assert_eq!(line.timer(), Some(Timer::Heartbeat));
    line.receive("35=0|34=2|112=3");
    let log = line.wait(35.9);
    assert!(!log.iter().any(|entry| entry.starts_with("> 35=1|")), "{log:?}");
    assert!(matches!(line.session.status(), Status::LoggedOn { .. }));
}

/// HB-13: an interval below a second became 0, which means none.
#[test]
fn an_interval_that_is_not_whole_seconds_is_refused() {
    for interval in [Duration::from_millis(500), Duration::from_millis(1500), Duration::MAX] {
        let config = initiator(Version::Fix44).heart_bt_int(interval);
        assert_eq!(config.build(), Err(ConfigError::HeartBtInt), "{interval:?}");
    }
    assert!(initiator(Version::Fix44).heart_bt_int(Duration::ZERO).build().is_ok());
}

/// HB-15: every message with a wrong time had a Reject and a Logout of its own.
#[test]
fn a_stream_of_late_messages_gets_one_answer() {
    let mut line = Line::up(acceptor(Version::Fix44));
    let mut log = Vec::new();
    for number in 2..102 {
        log.extend(line.receive(&format!("35=D|34={number}|52=20261122-08:00:00|11=A")));
    }
    assert_eq!(
        log,
        [
            "> 35=3|34=2|45=2|58=SendingTime accuracy problem|371=52|372=D|373=10",
            "> 35=5|34=3|58=SendingTime accuracy problem"
        ]
    );
    assert_eq!(line.wait(2.0), ["disconnect: SendingTime accuracy problem"]);
}

/// HB-05, HB-06: clocks that begin at 0, and clocks near their end.
#[test]
fn it_does_not_matter_where_a_clock_begins() {
    for start in [0, 1, u64::from(u32::MAX) * 1_000_000, u64::MAX / 2] {
        let mut line = Line::new(acceptor(Version::Fix44), SeqNums::FRESH);
        line.now = Now::new(Instant::from_nanos(start), line.now.utc);
        assert!(line.tick().is_empty());
        line.log_on(1);
        assert!(line.wait(29.9).is_empty(), "{start}");
        assert_eq!(line.wait(0.1), ["> 35=0|34=2"], "{start}");
    }
}
