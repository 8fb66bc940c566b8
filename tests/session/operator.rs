//! What an operator asks for by hand.

use fixline::session::{Input, SendError, SeqNums, Version};

use crate::line::{Line, acceptor, nums, seq};

fn up() -> Line {
    Line::up(acceptor(Version::Fix44))
}

// TestRequest.

#[test]
fn a_test_request_has_its_number_as_id() {
    // S-HB-08
    let mut line = up();
    assert_eq!(line.input(Input::TestRequest), ["> 35=1|34=2|112=2"]);
    assert!(line.receive("35=0|34=2|112=2").is_empty());
    assert_eq!(line.input(Input::TestRequest), ["> 35=1|34=3|112=3"]);
}

#[test]
fn an_operators_test_request_starts_no_countdown() {
    let mut line = up();
    line.input(Input::TestRequest);
    line.receive("35=0|34=2");
    assert_eq!(line.wait(30.0), ["> 35=0|34=3"]);
    assert_eq!(line.wait(6.0), ["> 35=1|34=4|112=4"]);
}

// SequenceReset.

#[test]
fn a_sequence_reset_goes_on_with_the_new_number() {
    // S-RST-07, S-RST-09, test case 9
    let mut line = up();
    assert_eq!(line.input(Input::SequenceReset { new: seq(100) }), ["> 35=4|34=2|36=100"]);
    assert_eq!(line.next_out(), 100);
    assert_eq!(line.send("D", "11=A"), Ok(100));
    // SequenceReset never changes the epoch.
    assert_eq!(line.session.seq_nums().epoch, 0);
    // What lies between was never sent.
    assert_eq!(
        line.receive("35=2|34=2|7=2|16=0"),
        [
            "fetch 2 to 100",
            "> 35=4|34=2|43=Y|122=20261122-09:30:00.000|36=100|123=Y",
            "> 35=D|34=100|43=Y|122=20261122-09:30:00.000|11=A",
        ]
    );
}

#[test]
fn a_sequence_reset_only_raises() {
    // S-RST-06
    let mut line = up();
    for new in [1, 2] {
        assert_eq!(
            line.input(Input::SequenceReset { new: seq(new) }),
            ["misuse: NewSeqNo must be higher than the next number, 2"]
        );
    }
    assert_eq!(line.input(Input::SequenceReset { new: seq(3) }), ["> 35=4|34=2|36=3"]);
}

#[test]
fn a_sequence_reset_cannot_use_up_the_numbers() {
    // S-SEQ-12, SEQ-22
    let mut line = up();
    let max = i64::MAX as u64;
    for new in [max + 1, u64::MAX] {
        assert_eq!(
            line.input(Input::SequenceReset { new: seq(new) }),
            [format!("misuse: NewSeqNo must be {max} at most")]
        );
    }
    assert_eq!(line.session.seq_nums(), nums(2, 2));
    line.input(Input::SequenceReset { new: seq(max - 1) });
    assert_eq!(line.send("D", "11=A"), Ok(max - 1));
    assert_eq!(line.send("D", "11=A"), Err(SendError::Exhausted));
}

#[test]
fn a_sequence_reset_waits_for_a_replay() {
    let mut line = up();
    line.serves = false;
    line.receive("35=2|34=2|7=1|16=0");
    assert_eq!(
        line.input(Input::SequenceReset { new: seq(100) }),
        ["misuse: not now: the session is logging out or resetting its numbers"]
    );
}

#[test]
fn used_up_numbers_end_the_session_and_never_wrap() {
    // S-SEQ-12: start near the end.
    let max = i64::MAX as u64;
    let mut line = Line::new(acceptor(Version::Fix44), nums(1, max - 2));
    line.log_on(1);
    assert_eq!(line.send("D", "11=A"), Ok(max - 1));
    assert_eq!(line.send("D", "11=A"), Err(SendError::Exhausted));
    // One number is left for an answer, and one for the Logout.
    assert_eq!(
        line.receive("35=1|34=2|112=T"),
        [
            format!("> 35=0|34={max}|112=T"),
            format!("> 35=5|34={}|58=our sequence numbers are used up", max + 1),
            "disconnect: our sequence numbers are used up".into()
        ]
    );
}

#[test]
fn used_up_numbers_end_the_session_on_a_tick_as_well() {
    let max = i64::MAX as u64;
    let mut line = Line::new(acceptor(Version::Fix44), nums(1, max - 1));
    line.log_on(1);
    assert_eq!(
        line.wait(30.0),
        [
            format!("> 35=0|34={max}"),
            format!("> 35=5|34={}|58=our sequence numbers are used up", max + 1),
            "disconnect: our sequence numbers are used up".into()
        ]
    );
}

// ResendRequest.

#[test]
fn messages_that_were_received_can_be_asked_for_again() {
    // S-RR-10
    let mut line = up();
    for number in 2..6 {
        line.receive(&format!("35=D|34={number}|11=A"));
    }
    let input = Input::ResendRequest { from: seq(2), to: seq(4) };
    assert_eq!(line.input(input), ["> 35=2|34=2|7=2|16=4"]);
    assert_eq!(line.again("35=D|34=2|11=A"), ["deliver D 2 again"]);
    assert!(line.again("35=4|34=3|123=Y|36=4").is_empty());
    assert_eq!(line.again("35=D|34=4|11=A"), ["deliver D 4 again"]);
    assert_eq!(line.next_in(), 6);
    // Each once, and nothing that was not asked for.
    assert!(line.again("35=D|34=2|11=A").is_empty());
    assert!(line.again("35=D|34=4|11=A").is_empty());
    assert!(line.again("35=D|34=5|11=A").is_empty());
}

#[test]
fn an_empty_range_cannot_be_asked_for() {
    let mut line = up();
    let input = Input::ResendRequest { from: seq(3), to: seq(2) };
    assert_eq!(line.input(input), ["misuse: the range ends before it begins"]);
}

#[test]
fn what_an_operator_asks_for_again_is_forgotten_with_the_connection() {
    let mut line = up();
    line.receive("35=D|34=2|11=A");
    line.input(Input::ResendRequest { from: seq(2), to: seq(2) });
    line.close();
    line.log_on(3);
    assert!(line.again("35=D|34=2|11=A").is_empty());
}

#[test]
fn what_is_missing_is_still_asked_for_beside_an_operators_request() {
    let mut line = up();
    line.receive("35=D|34=2|11=A");
    line.input(Input::ResendRequest { from: seq(2), to: seq(2) });
    assert_eq!(line.receive("35=D|34=4|11=C"), ["> 35=2|34=3|7=3|16=0", "hold 4"]);
    assert_eq!(line.again("35=D|34=2|11=A"), ["deliver D 2 again"]);
    assert_eq!(line.again("35=D|34=3|11=B"), ["deliver D 3 again", "deliver D 4"]);
}

// Disconnect.

#[test]
fn a_disconnect_says_nothing_to_the_peer() {
    let mut line = up();
    assert_eq!(line.input(Input::Disconnect), ["disconnect: disconnected on request"]);
    assert_eq!(line.session.seq_nums(), nums(2, 2));
}

#[test]
fn without_a_session_an_operator_can_do_nothing() {
    let mut line = Line::new(acceptor(Version::Fix44), SeqNums::FRESH);
    let nothing = "misuse: the session is not logged on";
    for input in [
        Input::TestRequest,
        Input::SequenceReset { new: seq(9) },
        Input::ResendRequest { from: seq(1), to: seq(1) },
    ] {
        assert_eq!(line.input(input), [nothing]);
        line.connect();
        assert_eq!(line.input(input), [nothing]);
        line.close();
    }
    assert_eq!(
        line.input(Input::Disconnect),
        ["misuse: there is no connection: feed Input::Connected first"]
    );
}
