//! The end of a session: S-OUT, test cases 12 and 13.

use std::time::Duration;

use fixline::session::{Input, ResetPermission, SendError, SeqNums, Status, Version};

use crate::line::{Line, acceptor, initiator, nums};

fn up() -> Line {
    Line::up(acceptor(Version::Fix44))
}

fn is_logging_out(line: &Line) -> bool {
    line.session.status() == Status::LoggingOut
}

// Ours.

#[test]
fn our_logout_is_answered_and_we_close() {
    // 12, 13.a, S-OUT-01, S-OUT-03, S-OUT-08: nothing is sent on the acknowledgement.
    let mut line = up();
    assert_eq!(line.logout("bye"), ["> 35=5|34=2|58=bye"]);
    assert!(is_logging_out(&line));
    assert_eq!(line.receive("35=5|34=2"), ["deliver 5 2", "disconnect: logged out"]);
    assert_eq!((line.next_in(), line.next_out()), (3, 3));
    assert!(line.close().is_empty());
    assert_eq!(line.session.status(), Status::Disconnected);
}

#[test]
fn a_logout_without_a_text_has_none() {
    let mut line = up();
    assert_eq!(line.logout(""), ["> 35=5|34=2"]);
}

#[test]
fn our_logout_waits_ten_seconds_for_its_answer() {
    // S-OUT-04
    let mut line = up();
    line.logout("bye");
    assert!(line.wait(9.9).is_empty());
    assert_eq!(line.wait(0.1), ["disconnect: the peer did not answer our Logout"]);
}

#[test]
fn the_wait_for_the_answer_can_be_set() {
    let mut line = Line::up(acceptor(Version::Fix44).logout_timeout(Duration::from_secs(3)));
    line.logout("bye");
    assert_eq!(line.wait(3.0), ["disconnect: the peer did not answer our Logout"]);
}

#[test]
fn a_second_logout_of_ours_is_not_sent() {
    // END-03
    let mut line = up();
    line.logout("bye");
    assert!(line.logout("bye again").is_empty());
    assert_eq!(line.next_out(), 3);
}

#[test]
fn behind_our_logout_nothing_can_be_composed() {
    // S-OUT-03
    let mut line = up();
    line.logout("bye");
    assert_eq!(line.send("D", "11=A"), Err(SendError::LoggingOut));
    assert_eq!(line.next_out(), 3);
}

#[test]
fn behind_our_logout_messages_in_sequence_are_still_delivered() {
    // S-OUT-05, END-07
    let mut line = up();
    line.logout("bye");
    assert_eq!(line.receive("35=D|34=2|11=A"), ["deliver D 2"]);
    assert_eq!(line.receive("35=3|34=3|45=1"), ["deliver 3 3"]);
    assert!(line.receive("35=0|34=4").is_empty());
    assert_eq!(line.next_in(), 5);
}

#[test]
fn behind_our_logout_a_test_request_is_counted_and_not_answered() {
    let mut line = up();
    line.logout("bye");
    assert!(line.receive("35=1|34=2|112=T").is_empty());
    assert_eq!(line.next_in(), 3);
}

#[test]
fn behind_our_logout_nothing_is_asked_for() {
    let mut line = up();
    line.logout("bye");
    assert!(line.receive("35=D|34=4|11=C").is_empty());
    assert!(line.held.is_empty());
    assert_eq!(line.next_in(), 2);
    assert_eq!(line.receive("35=5|34=5"), ["deliver 5 5", "disconnect: logged out"]);
    // Still missing, and asked for after the next Logon.
    assert_eq!(line.next_in(), 2);
}

#[test]
fn behind_our_logout_a_gap_that_was_asked_for_is_still_closed() {
    let mut line = up();
    line.receive("35=D|34=3|11=B");
    assert_eq!(line.logout("bye"), ["> 35=5|34=3|58=bye"]);
    assert_eq!(line.again("35=D|34=2|11=A"), ["deliver D 2 again", "deliver D 3"]);
    assert_eq!(line.next_in(), 4);
}

#[test]
fn behind_our_logout_resend_requests_are_served() {
    // S-RSND-16
    let mut line = up();
    line.send("8", "37=X").unwrap();
    line.logout("bye");
    assert_eq!(
        line.receive("35=2|34=2|7=2|16=0"),
        [
            "fetch 2 to 3",
            "> 35=8|34=2|43=Y|122=20261122-09:30:00.000|37=X",
            "> 35=4|34=3|43=Y|122=20261122-09:30:00.000|36=4|123=Y",
        ]
    );
    // Ahead of a gap as well, which is not asked for.
    assert_eq!(
        line.receive("35=2|34=5|7=2|16=2"),
        ["fetch 2 to 2", "> 35=8|34=2|43=Y|122=20261122-09:30:00.000|37=X"]
    );
    assert_eq!(line.next_in(), 3);
}

#[test]
fn behind_our_logout_no_heartbeat_is_sent() {
    let config = acceptor(Version::Fix44).logout_timeout(Duration::from_secs(100));
    let mut line = Line::up(config);
    line.logout("bye");
    assert!(line.wait(99.0).is_empty());
}

#[test]
fn behind_our_logout_a_faulty_message_is_neither_rejected_nor_counted() {
    let mut line = up();
    line.logout("bye");
    assert!(line.receive("35=D|34=2|11=").is_empty());
    assert_eq!(line.next_in(), 2);
}

#[test]
fn a_fault_that_ends_a_session_ends_it_behind_our_logout_without_another_one() {
    // INV-18
    let mut line = up();
    line.logout("bye");
    assert_eq!(
        line.receive("35=D|34=1|11=Z"),
        ["disconnect: MsgSeqNum too low, expecting 2 but received 1"]
    );
    assert_eq!(line.next_out(), 3);
}

#[test]
fn any_logout_answers_ours() {
    // S-OUT-14: whatever its number; one ahead ignores the gap.
    for (answer, log, next_in) in [
        ("35=5|34=1", "deliver 5 1", 2),
        ("35=5|34=2", "deliver 5 2", 3),
        ("35=5|34=7", "deliver 5 7", 2),
    ] {
        let mut line = up();
        line.logout("bye");
        assert_eq!(line.receive(answer), [log, "disconnect: logged out"]);
        assert_eq!(line.next_in(), next_in);
    }
}

#[test]
fn crossing_logouts_answer_each_other() {
    // S-OUT-09
    let mut line = up();
    line.logout("bye");
    assert_eq!(line.receive("35=5|34=2|58=ME TOO"), ["deliver 5 2", "disconnect: logged out"]);
    assert_eq!(line.next_out(), 3);
}

#[test]
fn a_logon_is_not_accepted_while_a_logout_is_pending() {
    // S-OUT-17: not even one that resets and may.
    let config = acceptor(Version::Fix44).reset_permission(ResetPermission::ALL);
    let mut line = Line::up(config);
    line.logout("bye");
    assert_eq!(line.receive("35=A|34=1|98=0|108=30|141=Y"), ["disconnect: Already logged on"]);
    assert_eq!(line.session.seq_nums(), nums(2, 3));
}

#[test]
fn before_the_logons_a_logout_only_disconnects() {
    // END-05
    let mut line = Line::new(initiator(Version::Fix44), SeqNums::FRESH);
    line.connect();
    assert_eq!(line.logout("bye"), ["disconnect: disconnected on request"]);
    assert_eq!(line.next_out(), 2);
}

#[test]
fn a_logout_without_a_connection_is_misuse() {
    let mut line = Line::new(initiator(Version::Fix44), SeqNums::FRESH);
    assert_eq!(line.logout("bye"), ["misuse: there is no connection: feed Input::Connected first"]);
}

#[test]
fn our_logout_waits_until_our_answer_to_a_resend_request_is_complete() {
    let mut line = up();
    line.send("8", "37=X").unwrap();
    line.serves = false;
    line.receive("35=2|34=2|7=2|16=2");
    assert!(line.logout("bye").is_empty());
    assert!(is_logging_out(&line));
    assert_eq!(line.send("D", "11=A"), Err(SendError::LoggingOut));
    assert_eq!(
        line.serve(),
        ["> 35=8|34=2|43=Y|122=20261122-09:30:00.000|37=X", "> 35=5|34=3|58=bye"]
    );
    assert_eq!(line.receive("35=5|34=3"), ["deliver 5 3", "disconnect: logged out"]);
}

#[test]
fn a_logout_that_waits_for_our_answer_waits_ten_seconds_at_most() {
    let mut line = up();
    line.send("8", "37=X").unwrap();
    line.serves = false;
    line.receive("35=2|34=2|7=2|16=2");
    line.logout("bye");
    assert!(line.wait(9.9).is_empty());
    assert_eq!(line.wait(0.1), ["> 35=5|34=3|58=bye"]);
    // What the store still gives belongs to a replay that is over.
    assert!(line.serve().is_empty());
    assert_eq!(line.wait(10.0), ["disconnect: the peer did not answer our Logout"]);
}

#[test]
fn the_peers_logout_takes_the_place_of_ours_that_waits() {
    let mut line = up();
    line.send("8", "37=X").unwrap();
    line.serves = false;
    line.receive("35=2|34=2|7=2|16=2");
    line.logout("bye");
    assert_eq!(line.receive("35=5|34=3"), ["deliver 5 3"]);
    assert_eq!(line.serve(), ["> 35=8|34=2|43=Y|122=20261122-09:30:00.000|37=X", "> 35=5|34=3"]);
}

#[test]
fn a_replay_that_stalls_behind_our_logout_sends_no_second_one() {
    // INV-18: with an interval of 1 s the replay is given up before the Logout.
    let mut line = Line::new(acceptor(Version::Fix44), SeqNums::FRESH);
    line.connect();
    line.receive("35=A|34=1|98=0|108=1");
    line.accept();
    line.logout("bye");
    line.serves = false;
    assert_eq!(line.receive("35=2|34=2|7=1|16=0"), ["fetch 1 to 2"]);
    assert_eq!(line.wait(10.0), ["disconnect: the store gave no message for too long"]);
}

// For a fault.

#[test]
fn a_logout_for_a_fault_waits_two_seconds_for_its_answer() {
    // S-OUT-11
    let mut line = up();
    assert_eq!(
        line.receive("35=D|34=1|11=Z"),
        ["> 35=5|34=2|58=MsgSeqNum too low, expecting 2 but received 1"]
    );
    assert!(line.wait(1.9).is_empty());
    assert_eq!(line.wait(0.1), ["disconnect: MsgSeqNum too low, expecting 2 but received 1"]);
}

#[test]
fn the_answer_to_a_logout_for_a_fault_may_have_the_same_fault() {
    let text = "MsgSeqNum too low, expecting 2 but received 1";
    for (answer, next_in) in [
        ("35=5|34=1", 2),
        ("35=5|34=1|49=STRANGER", 2),
        ("35=5|34=9|52=20200101-00:00:00", 2),
        ("8=FIX.4.2|35=5|34=1", 2),
    ] {
        let mut line = up();
        line.receive("35=D|34=1|11=Z");
        let log = line.receive(answer);
        assert_eq!(log.last(), Some(&format!("disconnect: {text}")));
        assert_eq!(line.next_in(), next_in);
    }
}

#[test]
fn behind_a_logout_for_a_fault_nothing_is_delivered_counted_or_answered() {
    // HB-15: one Logout, however many faults follow.
    let mut line = up();
    line.receive("35=D|34=1|11=Z");
    assert!(line.receive("35=D|34=2|11=A").is_empty());
    assert!(line.receive("35=D|34=1|11=A").is_empty());
    assert!(line.receive("35=1|34=2|112=T").is_empty());
    assert!(line.receive("35=2|34=2|7=1|16=0").is_empty());
    assert!(line.receive("35=4|34=2|36=9").is_empty());
    assert!(line.receive("35=A|34=2|98=0|108=30").is_empty());
    assert!(line.garbled("35=D|34=2|11=A").is_empty());
    assert_eq!((line.next_in(), line.next_out()), (2, 3));
}

#[test]
fn without_a_wait_a_fault_closes_at_once() {
    let mut line = Line::up(acceptor(Version::Fix44).error_logout_wait(Duration::ZERO));
    assert_eq!(
        line.receive("35=D|34=1|11=Z"),
        [
            "> 35=5|34=2|58=MsgSeqNum too low, expecting 2 but received 1",
            "disconnect: MsgSeqNum too low, expecting 2 but received 1"
        ]
    );
}

#[test]
fn a_fault_ends_a_recovery_and_a_replay() {
    let mut line = up();
    line.send("8", "37=X").unwrap();
    line.serves = false;
    line.receive("35=D|34=4|11=C");
    line.receive("35=2|34=5|7=2|16=2");
    assert_eq!(
        line.receive("35=D|34=1|11=Z"),
        ["> 35=5|34=4|58=MsgSeqNum too low, expecting 2 but received 1"]
    );
    assert!(line.serve().is_empty());
    assert_eq!(
        line.notices.last().map(String::as_str),
        Some("an answer to something that is over; ignored")
    );
}

// Without a Logout.

#[test]
fn a_transport_that_closes_keeps_the_numbers() {
    // S-OUT-16
    let mut line = up();
    assert_eq!(line.close(), ["disconnect: the transport closed without a Logout"]);
    assert_eq!(line.session.seq_nums(), nums(2, 2));
    assert_eq!(line.log_on(2), ["authenticate 2", "> 35=A|34=2|98=0|108=30"]);
}

#[test]
fn a_transport_that_closes_behind_our_logout_is_no_orderly_end() {
    let mut line = up();
    line.logout("bye");
    assert_eq!(line.close(), ["disconnect: the transport closed without a Logout"]);
}

#[test]
fn behind_the_disconnect_nothing_happens_any_more() {
    // SEQ-18, END-04, END-09
    let mut line = up();
    assert_eq!(line.input(Input::Disconnect), ["disconnect: disconnected on request"]);
    assert!(line.receive("35=D|34=2|11=A").is_empty());
    assert!(line.receive("35=5|34=2").is_empty());
    assert!(line.tick().is_empty());
    assert!(line.wait(1000.0).is_empty());
    assert!(line.logout("bye").is_empty());
    assert!(line.input(Input::Disconnect).is_empty());
    assert_eq!(line.session.deadline(), None);
    assert_eq!(line.send("D", "11=A"), Err(SendError::NotLoggedOn));
    assert_eq!(line.session.seq_nums(), nums(2, 2));
    assert!(line.close().is_empty());
}
