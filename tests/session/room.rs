//! All or nothing: a send buffer with too little room blocks a step and changes nothing. What
//! ends a connection never waits for room, nor do ticks (principle 4).

use std::time::Duration;

use fixline::session::{
    Input, Refusal, ResetPermission, ResetPolicy, SendError, SeqNums, Session, Version,
};
use fixline::wire::{Fields, Message};

use crate::line::{Line, acceptor, initiator, nums, seq};

/// Logged on, with next to no room in the send buffer and nobody who flushes it.
fn full() -> Line {
    full_of(Line::up(acceptor(Version::Fix44).reset_permission(ResetPermission::ALL)))
}

fn full_of(mut line: Line) -> Line {
    line.flushes = false;
    line.fill_up(50);
    line.tick();
    line
}

/// Fails unless `step` is blocked, changes nothing, and does something once there is room.
#[track_caller]
fn blocks(mut line: Line, step: impl Fn(&mut Line) -> Vec<String>) {
    let before: (Session, u64) = (line.session.clone(), line.out.end());
    assert_eq!(step(&mut line), ["blocked: room"]);
    assert_eq!((&line.session, line.out.end()), (&before.0, before.1));
    line.flush();
    let log = step(&mut line);
    assert!(!log.is_empty() && log[0] != "blocked: room", "{log:?}");
}

// What blocks.

#[test]
fn a_message_that_is_answered_waits_for_room() {
    for message in [
        "35=1|34=2|112=T",
        "35=D|34=4|11=C",
        "35=4|34=4|123=Y|36=9",
        "35=5|34=4",
        "35=D|34=2|11=",
        "35=2|34=2|7=0|16=0",
        "35=4|34=2|36=1",
        "35=D|34=2|43=Y|11=A",
        "35=A|34=1|98=0|108=30|141=Y",
    ] {
        let line = full();
        let bytes = line.peer_message(message);
        let first = std::cell::Cell::new(true);
        blocks(line, |line| {
            // The bytes are still there the second time.
            line.receive_bytes(if first.replace(false) { &bytes } else { b"" })
        });
    }
}

#[test]
fn a_message_that_closes_a_gap_waits_for_room() {
    let mut line = Line::up(acceptor(Version::Fix44));
    line.receive("35=5|34=3");
    let line = full_of(line);
    let bytes = line.peer_message("35=0|34=2");
    let first = std::cell::Cell::new(true);
    blocks(line, |line| line.receive_bytes(if first.replace(false) { &bytes } else { b"" }));
}

#[test]
fn a_long_test_request_waits_for_as_much_room() {
    let mut line = Line::up(acceptor(Version::Fix44));
    line.flushes = false;
    line.fill_up(5000);
    assert_eq!(line.receive("35=1|34=2|112=T"), ["> 35=0|34=2|112=T"]);
    let long = "x".repeat(3000);
    assert_eq!(line.receive(&format!("35=1|34=3|112={long}")), ["blocked: room"]);
    line.flush();
    assert_eq!(line.receive_bytes(b""), [format!("> 35=0|34=3|112={long}")]);
}

#[test]
fn what_is_recalled_waits_for_room() {
    let mut line = Line::up(acceptor(Version::Fix44));
    line.receive("35=1|34=3|112=T");
    line.gives_back = false;
    line.again("35=D|34=2|11=A");
    let line = full_of(line);
    let message = line.held[&3].clone();
    blocks(line, |line| line.input(Input::Held { seq: seq(3), message: Some(&message) }));
}

#[test]
fn what_is_lost_waits_for_room() {
    let config =
        acceptor(Version::Fix44).resend_request_form(fixline::session::ResendRequestForm::Closed);
    let mut line = Line::up(config);
    line.receive("35=D|34=3|11=B");
    line.gives_back = false;
    line.again("35=D|34=2|11=A");
    blocks(full_of(line), |line| line.input(Input::Held { seq: seq(3), message: None }));
}

#[test]
fn what_is_sent_again_waits_for_room() {
    let mut line = Line::up(acceptor(Version::Fix44));
    line.send("D", "11=A").unwrap();
    line.serves = false;
    line.receive("35=2|34=2|7=1|16=0");
    let (id, ..) = line.fetch.unwrap();
    blocks(full_of(line.clone()), |line| line.feed(2));
    blocks(full_of(line), |line| line.input(Input::StoreEnd { id }));
}

#[test]
fn what_an_operator_asks_for_waits_for_room() {
    let bytes = full().peer_message("35=D|34=2|11=A");
    let to = Message::parse(&bytes).unwrap();
    for input in [
        Input::TestRequest,
        Input::ResetSeqNums,
        Input::SequenceReset { new: seq(9) },
        Input::ResendRequest { from: seq(1), to: seq(1) },
        Input::Logout { text: "bye" },
        Input::Reject { to, reason: None, tag: None, text: "" },
    ] {
        blocks(full(), |line| line.input(input));
    }
}

#[test]
fn a_logon_waits_for_room() {
    let mut line = Line::new(initiator(Version::Fix44).sign_logon(true), nums(5, 7));
    line.connect();
    let attempt = line.attempt;
    blocks(full_of(line), |line| line.input(Input::Signed { attempt, logon: Fields::EMPTY }));

    let mut line = Line::new(acceptor(Version::Fix44), nums(5, 7));
    line.connect();
    line.receive("35=A|34=9|98=0|108=30");
    blocks(full_of(line), Line::accept);

    // The answer may be ahead.
    let mut line = Line::new(initiator(Version::Fix44), nums(5, 7));
    line.connect();
    let bytes = line.peer_message("35=A|34=9|98=0|108=30");
    let first = std::cell::Cell::new(true);
    blocks(full_of(line), |line| {
        line.receive_bytes(if first.replace(false) { &bytes } else { b"" })
    });
}

#[test]
fn the_probes_answer_waits_for_room_for_the_logon() {
    let mut line = Line::up(acceptor(Version::Fix44));
    line.input(Input::ResetSeqNums);
    let bytes = line.peer_message("35=0|34=2|112=2");
    let first = std::cell::Cell::new(true);
    blocks(full_of(line), |line| {
        line.receive_bytes(if first.replace(false) { &bytes } else { b"" })
    });
}

#[test]
fn composing_leaves_the_reserve_free() {
    let mut line = Line::up(acceptor(Version::Fix44));
    line.flushes = false;
    line.fill_up(4096 + 100);
    let before = (line.session.clone(), line.out.end());
    assert_eq!(line.send("D", &format!("58={}", "x".repeat(100))), Err(SendError::NoRoom));
    assert_eq!((&line.session, line.out.end()), (&before.0, before.1));
    assert_eq!(line.send("D", "11=A"), Ok(2));
    assert_eq!(line.send("D", "11=A"), Err(SendError::NoRoom));
    line.flush();
    assert_eq!(line.send("D", "11=A"), Ok(3));
}

// What needs no room.

#[test]
fn a_message_that_is_not_answered_does_not_wait() {
    let mut line = full();
    assert_eq!(line.receive("35=D|34=2|11=A"), ["deliver D 2"]);
    assert!(line.again("35=D|34=2|11=A").is_empty());
    assert!(line.garbled("35=D|34=3|11=A").is_empty());
    assert!(line.receive("35=0|34=3").is_empty());
    assert_eq!(line.receive("35=3|34=4|45=1"), ["deliver 3 4"]);
    assert!(line.receive("35=4|34=5|123=Y|36=7").is_empty());
    assert!(line.receive("35=4|34=0|36=8").is_empty());
    // What is sent again waits in the store, and our own request for that (S-SEQ-06).
    line.serves = false;
    assert_eq!(line.receive("35=2|34=8|7=1|16=0"), ["fetch 1 to 1"]);
    let mut ahead = full();
    ahead.serves = false;
    assert_eq!(ahead.receive("35=2|34=9|7=1|16=0"), ["fetch 1 to 1"]);
    ahead.flush();
    assert_eq!(ahead.serve().last().unwrap(), "> 35=2|34=2|7=2|16=0");
}

// What ends a connection.

#[test]
fn the_peers_logout_does_not_wait() {
    let mut line = full();
    assert_eq!(line.receive("35=5|34=2"), ["deliver 5 2", "disconnect: the peer logged us out"]);
    assert!(line.notices.contains(&"no room for a Logout; left out".to_owned()));
    assert_eq!((line.next_in(), line.next_out()), (3, 2));
}

#[test]
fn the_answer_to_our_logout_does_not_wait() {
    for answer in ["35=5|34=2", "35=5|34=9", "35=5|34=1"] {
        let mut line = Line::up(acceptor(Version::Fix44));
        line.receive("35=D|34=4|11=C");
        line.logout("bye");
        let mut line = full_of(line);
        let log = line.receive(answer);
        assert_eq!(log.last().unwrap(), "disconnect: logged out");
    }
}

#[test]
fn a_fault_that_ends_a_connection_does_not_wait() {
    for message in [
        "35=D|34=1|11=A",
        "35=D|34=2|49=STRANGER|11=A",
        "35=D|34=2|52=20260101-00:00:00|11=A",
        "8=FIX.4.2|35=D|34=2|11=A",
        "35=A|34=2|98=0|108=30",
        "35=D|11=A",
        "35=D|34=9999999999|11=A",
    ] {
        let mut line = full();
        let log = line.receive(message);
        assert_eq!(log.len(), 1);
        assert!(log[0].starts_with("disconnect: "), "{log:?}");
        assert_eq!(line.next_out(), 2);
        assert!(line.notices.contains(&"no room for a Logout; left out".to_owned()));
    }
}

#[test]
fn a_refused_logon_does_not_wait() {
    let mut line = Line::new(acceptor(Version::Fix44), nums(5, 7));
    line.connect();
    line.receive("35=A|34=4|98=0|108=30");
    let mut refused = full_of(line.clone());
    let refusal = Refusal::Logout { status: None, text: "NO" };
    assert_eq!(refused.refuse(refusal), ["disconnect: we refused the Logon"]);
    assert_eq!(
        full_of(line).accept(),
        ["disconnect: MsgSeqNum too low, expecting 5 but received 4"]
    );

    for (answer, expected) in [
        ("35=5|34=5", "disconnect: the peer refused our Logon"),
        ("35=0|34=5", "disconnect: First message not a Logon"),
        ("35=A|34=5|98=1|108=30", "disconnect: Unsupported EncryptMethod(98) = 1, expected 0"),
    ] {
        let mut line = Line::new(initiator(Version::Fix44), nums(5, 7));
        line.connect();
        let mut line = full_of(line);
        assert_eq!(line.receive(answer).last().unwrap(), expected);
    }
}

#[test]
fn closing_does_not_wait() {
    let config = acceptor(Version::Fix44).reset(ResetPolicy::NEVER.at_disconnect());
    let mut line = full_of(Line::up(config));
    assert_eq!(
        line.close(),
        ["reset to epoch 1", "disconnect: the transport closed without a Logout"]
    );
}

#[test]
fn a_disconnect_does_not_wait() {
    let mut line = full();
    assert_eq!(line.input(Input::Disconnect), ["disconnect: disconnected on request"]);
}

// Ticks.

#[test]
fn a_heartbeat_without_room_counts_as_sent() {
    let mut line = full();
    assert!(line.wait(30.0).is_empty());
    assert_eq!(line.notices.last().unwrap(), "no room for a Heartbeat; left out");
    assert_eq!(line.next_out(), 2);
    line.receive("35=0|34=2");
    line.flush();
    assert!(line.wait(29.9).is_empty());
    assert_eq!(line.wait(0.1), ["> 35=0|34=2"]);
}

#[test]
fn a_peer_that_neither_reads_nor_writes_is_still_found_dead() {
    let mut line = full();
    assert_eq!(line.wait(72.0), ["disconnect: the peer fell silent"]);
    assert!(line.notices.contains(&"no room for a TestRequest; left out".to_owned()));
    assert_eq!(line.next_out(), 2);
}

#[test]
fn a_request_without_room_is_no_try() {
    let config = acceptor(Version::Fix44).recovery_timeout(Duration::from_secs(5));
    let mut line = Line::up(config);
    line.receive("35=D|34=3|11=B");
    let mut line = full_of(line);
    assert!(line.wait(25.0).is_empty());
    assert_eq!(line.notices.last().unwrap(), "no room for a ResendRequest; left out");
    line.flush();
    assert_eq!(line.wait(5.0), ["> 35=2|34=3|7=2|16=0"]);
}

#[test]
fn every_wait_ends_without_room() {
    let ends = |line: Line, seconds: f64, last: &str| {
        let mut line = full_of(line);
        let log = line.wait(seconds);
        assert_eq!(log.last().map(String::as_str), Some(last), "{log:?}");
    };
    let up = || Line::up(acceptor(Version::Fix44));

    let mut line = Line::new(acceptor(Version::Fix44), SeqNums::FRESH);
    line.connect();
    ends(line, 10.0, "disconnect: no Logon in time");

    let mut line = up();
    line.logout("bye");
    ends(line, 10.0, "disconnect: the peer did not answer our Logout");

    let mut line = up();
    line.receive("35=5|34=2");
    ends(line, 10.0, "disconnect: the peer did not close after the Logouts");

    let mut line = up();
    line.receive("35=5|34=3");
    ends(line, 10.0, "disconnect: the peer logged us out");

    let mut line = up();
    line.input(Input::ResetSeqNums);
    ends(line, 10.0, "disconnect: the peer did not take part in the reset");

    let mut line = up();
    line.input(Input::ResetSeqNums);
    line.receive("35=0|34=2|112=2");
    ends(line, 10.0, "disconnect: the peer did not take part in the reset");

    let mut line = up();
    line.serves = false;
    line.receive("35=2|34=2|7=1|16=0");
    line.logout("bye");
    ends(line, 10.0, "disconnect: the peer did not answer our Logout");

    let mut line = up();
    line.receive("35=D|34=1|11=A");
    ends(line, 2.0, "disconnect: MsgSeqNum too low, expecting 2 but received 1");
}
