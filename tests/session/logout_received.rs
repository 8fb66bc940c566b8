//! The peer's Logout: S-OUT.

use std::time::Duration;

use fixline::session::{SendError, Status, Version};

use crate::line::{Line, acceptor};

fn up() -> Line {
    Line::up(acceptor(Version::Fix44))
}

fn is_logging_out(line: &Line) -> bool {
    line.session.status() == Status::LoggingOut
}

#[test]
fn the_peers_logout_is_acknowledged_and_the_peer_closes() {
    // 13.b
    let mut line = up();
    assert_eq!(line.receive("35=5|34=2|58=END OF DAY"), ["> 35=5|34=2", "deliver 5 2"]);
    assert!(is_logging_out(&line));
    assert_eq!(line.close(), ["disconnect: the peer logged us out"]);
    assert_eq!((line.next_in(), line.next_out()), (3, 3));
}

#[test]
fn a_peer_that_does_not_close_is_closed_after_ten_seconds() {
    // S-OUT-06
    let mut line = up();
    line.receive("35=5|34=2");
    assert!(line.wait(9.9).is_empty());
    assert_eq!(line.wait(0.1), ["disconnect: the peer did not close after the Logouts"]);
}

#[test]
fn without_lingering_we_close_at_once() {
    // S-OUT-07
    let mut line = Line::up(acceptor(Version::Fix44).logout_linger(Duration::ZERO));
    assert_eq!(
        line.receive("35=5|34=2"),
        ["> 35=5|34=2", "deliver 5 2", "disconnect: the peer logged us out"]
    );
}

#[test]
fn a_logout_that_is_too_low_is_acknowledged_and_not_counted() {
    // S-OUT-14, D-15
    let mut line = up();
    line.receive("35=0|34=2");
    assert_eq!(line.receive("35=5|34=1"), ["> 35=5|34=2", "deliver 5 1"]);
    assert_eq!(line.next_in(), 3);
}

#[test]
fn a_repeated_logout_only_counts() {
    // S-PD-06
    let mut line = up();
    assert!(line.again("35=5|34=2").is_empty());
    assert_eq!(line.next_in(), 3);
    assert!(line.again("35=5|34=1").is_empty());
    assert_eq!(line.send("D", "11=A"), Ok(2));
    assert_eq!(line.again("35=5|34=4"), ["> 35=2|34=3|7=3|16=0", "hold 4"]);
    assert_eq!(line.again("35=D|34=3|11=B"), ["deliver D 3 again"]);
    assert_eq!(line.next_in(), 5);
}

#[test]
fn a_logout_with_a_faulty_field_is_a_logout() {
    let mut line = up();
    assert_eq!(line.receive("35=5|34=2|58="), ["> 35=5|34=2", "deliver 5 2"]);
}

#[test]
fn a_logout_ahead_is_acknowledged_when_what_was_missing_has_come() {
    // S-OUT-06, SEQ-25
    let mut line = up();
    assert_eq!(line.receive("35=5|34=4"), ["> 35=2|34=2|7=2|16=0", "deliver 5 4"]);
    assert!(is_logging_out(&line));
    assert_eq!(line.send("D", "11=A"), Err(SendError::LoggingOut));
    assert_eq!(line.again("35=D|34=2|11=A"), ["deliver D 2 again"]);
    assert_eq!(line.again("35=D|34=3|11=B"), ["> 35=5|34=3", "deliver D 3 again"]);
    // The Logout's own number was used up when it came.
    assert_eq!(line.next_in(), 5);
    assert_eq!(line.close(), ["disconnect: the peer logged us out"]);
}

#[test]
fn a_logout_ahead_is_acknowledged_when_the_gap_is_filled_over_its_own_number() {
    let mut line = up();
    line.receive("35=5|34=4");
    assert_eq!(line.again("35=4|34=2|123=Y|36=5"), ["> 35=5|34=3"]);
    assert_eq!(line.next_in(), 5);
}

#[test]
fn a_logout_in_sequence_with_messages_missing_behind_it_waits_for_them() {
    let mut line = up();
    line.receive("35=D|34=4|11=C");
    assert_eq!(line.receive("35=5|34=2"), ["deliver 5 2"]);
    assert_eq!(line.again("35=D|34=3|11=B"), ["deliver D 3 again", "> 35=5|34=3", "deliver D 4"]);
}

#[test]
fn a_logout_ahead_is_acknowledged_after_ten_seconds_all_the_same() {
    // D-06
    let mut line = up();
    line.receive("35=5|34=4");
    assert!(line.wait(9.9).is_empty());
    assert_eq!(line.wait(0.1), ["> 35=5|34=3"]);
    // What is missing stays missing, and is asked for after the next Logon.
    assert_eq!(line.next_in(), 2);
    line.close();
    assert_eq!(
        line.log_on(5),
        ["authenticate 5", "> 35=A|34=4|98=0|108=30", "> 35=2|34=5|7=2|16=0"]
    );
}

#[test]
fn while_a_logout_waits_for_its_gap_the_session_goes_on_answering() {
    let config = acceptor(Version::Fix44).logout_recovery_timeout(Duration::from_secs(40));
    let mut line = Line::up(config);
    line.receive("35=5|34=4");
    assert_eq!(line.receive("35=1|34=2|112=T"), ["> 35=0|34=3|112=T"]);
    assert_eq!(line.wait(30.0), ["> 35=0|34=4"]);
    assert_eq!(
        line.receive("35=2|34=5|7=2|16=3"),
        ["fetch 2 to 3", "> 35=4|34=2|43=Y|122=20261122-09:30:30.000|36=4|123=Y"]
    );
}

#[test]
fn the_peers_logout_is_acknowledged_when_our_answer_is_complete() {
    let mut line = up();
    line.send("8", "37=X").unwrap();
    line.serves = false;
    line.receive("35=2|34=2|7=2|16=2");
    assert_eq!(line.receive("35=5|34=3"), ["deliver 5 3"]);
    assert_eq!(line.serve(), ["> 35=8|34=2|43=Y|122=20261122-09:30:00.000|37=X", "> 35=5|34=3"]);
}

#[test]
fn behind_our_acknowledgement_resend_requests_are_served_and_logouts_acknowledged() {
    // S-OUT-18
    let mut line = up();
    line.send("8", "37=X").unwrap();
    line.receive("35=5|34=2");
    assert_eq!(
        line.receive("35=2|34=3|7=2|16=0"),
        [
            "fetch 2 to 3",
            "> 35=8|34=2|43=Y|122=20261122-09:30:00.000|37=X",
            "> 35=4|34=3|43=Y|122=20261122-09:30:00.000|36=4|123=Y",
        ]
    );
    assert_eq!(line.receive("35=5|34=4"), ["> 35=5|34=4", "deliver 5 4"]);
    assert_eq!(line.next_in(), 5);
}

#[test]
fn further_logouts_do_not_keep_the_connection_open() {
    // INV-15
    let mut line = up();
    line.receive("35=5|34=2");
    line.wait(6.0);
    line.receive("35=5|34=3");
    assert_eq!(line.wait(4.0), ["disconnect: the peer did not close after the Logouts"]);
}

#[test]
fn behind_our_acknowledgement_nothing_is_delivered_and_nothing_is_lost() {
    let mut line = up();
    line.receive("35=5|34=2");
    assert!(line.receive("35=D|34=3|11=B").is_empty());
    assert!(line.receive("35=3|34=3|45=1").is_empty());
    assert_eq!(line.next_in(), 3);
    assert!(line.receive("35=D|34=5|11=D").is_empty());
    assert!(line.held.is_empty());
}

#[test]
fn fixt_says_that_the_logout_is_complete() {
    // S-OUT-13
    let mut line = Line::up(acceptor(Version::Fix50Sp2));
    assert_eq!(line.receive("35=5|34=2"), ["> 35=5|34=2|1409=4", "deliver 5 2"]);
    let mut line = Line::up(acceptor(Version::Fix50Sp2));
    assert_eq!(line.logout("bye"), ["> 35=5|34=2|58=bye"]);
}
