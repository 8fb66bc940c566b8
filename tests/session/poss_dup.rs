//! Repetitions and numbers that are too low: S-SEQ and S-PD, test cases 2.c, 2.e to 2.g, 19.

use fixline::session::Version;

use crate::line::{Line, acceptor};

/// Logged on, with the order 2 received.
fn up() -> Line {
    let mut line = Line::up(acceptor(Version::Fix44));
    line.receive("35=D|34=2|11=A");
    line
}

#[test]
fn a_number_that_is_too_low_is_the_end() {
    // 2.c, S-SEQ-07, D-35
    for message in [
        "35=0|34=2",
        "35=1|34=2|112=T",
        "35=2|34=2|7=1|16=0",
        "35=3|34=2|45=1",
        "35=4|34=2|123=Y|36=9",
        "35=D|34=2|11=A",
        "35=D|34=2|43=N|11=A",
        "35=D|34=1|11=A",
    ] {
        let mut line = up();
        let log = line.receive(message);
        let received = if message.contains("34=1|") { 1 } else { 2 };
        let text = format!("MsgSeqNum too low, expecting 3 but received {received}");
        assert_eq!(log, [format!("> 35=5|34=2|58={text}")]);
        assert_eq!(line.wait(2.0), [format!("disconnect: {text}")]);
        assert_eq!(line.next_in(), 3);
        assert_eq!(line.take_rules().last(), Some(&"S-SEQ-07 (2.c)"));
    }
}

#[test]
fn fixt_says_with_a_status_that_the_number_is_too_low() {
    let mut line = Line::up(acceptor(Version::Fix50));
    assert_eq!(
        line.receive("35=D|34=1|11=A"),
        ["> 35=5|34=2|58=MsgSeqNum too low, expecting 2 but received 1|1409=9"]
    );
}

#[test]
fn a_repetition_of_what_was_received_is_dropped() {
    // 2.e, S-SEQ-08, D-11
    for message in [
        "35=0|34=2",
        "35=1|34=2|112=T",
        "35=2|34=2|7=1|16=0",
        "35=3|34=2|45=1",
        "35=4|34=2|123=Y|36=9",
        "35=5|34=2",
        "35=A|34=1|98=0|108=30",
        "35=D|34=2|11=A",
    ] {
        let mut line = up();
        assert!(line.again(message).is_empty(), "{message}");
        assert_eq!((line.next_in(), line.next_out()), (3, 2));
        assert_eq!(line.take_rules().last(), Some(&"S-SEQ-08"));
    }
}

#[test]
fn a_repetition_of_what_was_not_received_is_processed() {
    // 2.e, S-PD-06: the application sees the flag and decides.
    let mut line = up();
    assert_eq!(line.again("35=D|34=3|11=B"), ["deliver D 3 again"]);
    assert_eq!(line.next_in(), 4);
}

#[test]
fn a_repeated_session_message_in_sequence_only_counts() {
    // S-PD-06, S-RESET-11
    for message in [
        "35=0|34=3",
        "35=1|34=3|112=T",
        "35=2|34=3|7=1|16=0",
        "35=5|34=3",
        "35=A|34=3|98=0|108=30",
        "35=A|34=3|98=0|108=30|141=Y",
    ] {
        let mut line = up();
        assert!(line.again(message).is_empty(), "{message}");
        assert_eq!((line.next_in(), line.next_out()), (4, 2));
        assert_eq!(line.session.seq_nums().epoch, 0);
        assert_eq!(line.receive("35=D|34=4|11=B"), ["deliver D 4"]);
    }
}

#[test]
fn a_repeated_reject_and_a_repeated_fill_in_sequence_count_in_full() {
    let mut line = up();
    assert_eq!(line.again("35=3|34=3|45=1"), ["deliver 3 3 again"]);
    assert!(line.again("35=4|34=4|123=Y|36=9").is_empty());
    assert_eq!(line.next_in(), 9);
}

#[test]
fn a_repetition_without_its_first_time_is_rejected() {
    // 2.g, S-PD-02, D-12
    let reject =
        |seq| format!("> 35=3|34=2|45={seq}|58=Required tag missing (122)|371=122|372=D|373=1");
    let mut line = up();
    assert_eq!(line.receive("35=D|34=3|43=Y|11=B"), [reject(3)]);
    assert_eq!(line.next_in(), 4);
    assert_eq!(line.take_rules().last(), Some(&"S-PD-02 (2.g)"));
    // Not counted where its number is not the expected one (S-VAL-02).
    let mut line = up();
    assert_eq!(line.receive("35=D|34=2|43=Y|11=B"), [reject(2)]);
    assert_eq!(line.next_in(), 3);
}

#[test]
fn a_fill_needs_no_first_time() {
    // GAP-16
    let mut line = up();
    assert!(line.receive("35=4|34=3|43=Y|123=Y|36=9").is_empty());
    assert_eq!(line.next_in(), 9);
    assert!(line.receive("35=4|34=3|43=Y|123=Y|36=9").is_empty());
}

#[test]
fn a_first_time_behind_the_sending_time_is_rejected_and_the_end() {
    // 2.f, S-PD-03, D-13
    let text = "OrigSendingTime(122) is after SendingTime(52)";
    for (seq, next_in) in [(3, 4), (2, 3)] {
        let mut line = up();
        assert_eq!(
            line.receive(&format!("35=D|34={seq}|43=Y|122=20261122-09:30:01|11=B")),
            [
                format!("> 35=3|34=2|45={seq}|58={text}|371=122|372=D|373=10"),
                format!("> 35=5|34=3|58={text}")
            ]
        );
        assert_eq!(line.next_in(), next_in);
        assert_eq!(line.wait(2.0), [format!("disconnect: {text}")]);
    }
}

#[test]
fn a_first_time_equal_to_the_sending_time_is_right() {
    // S-PD-04, S-TIME-07: compared at the coarser precision.
    for times in [
        "52=20261122-09:30:00|43=Y|122=20261122-09:30:00",
        "52=20261122-09:30:00|43=Y|122=20261122-09:30:00.999",
        "52=20261122-09:30:00.500|43=Y|122=20261122-09:30:00.500999999",
        "52=20261122-09:30:00.001|43=Y|122=20261122-09:30:00",
    ] {
        let mut line = up();
        assert_eq!(line.receive(&format!("35=D|34=3|{times}|11=B")), ["deliver D 3 again"]);
    }
    let mut line = up();
    let log =
        line.receive("35=D|34=3|52=20261122-09:30:00.500|43=Y|122=20261122-09:30:00.501|11=B");
    assert_eq!(log.len(), 2);
}

#[test]
fn a_first_time_that_is_no_time_is_rejected() {
    let mut line = up();
    assert_eq!(
        line.receive("35=D|34=3|43=Y|122=yesterday|11=B"),
        ["> 35=3|34=2|45=3|58=Incorrect data format for value (122)|371=122|372=D|373=6"]
    );
    assert_eq!(
        line.receive("35=D|34=4|43=Y|122=|11=B"),
        ["> 35=3|34=3|45=4|58=Tag specified without a value (122)|371=122|372=D|373=4"]
    );
    assert_eq!(line.next_in(), 5);
}

#[test]
fn a_repetition_ahead_is_held_whatever_its_first_time_says() {
    // S-PD-05: too high first, the first time when it is its turn.
    let mut line = up();
    assert_eq!(line.receive("35=D|34=4|43=Y|11=C"), ["> 35=2|34=2|7=3|16=0", "hold 4"]);
    assert_eq!(
        line.again("35=D|34=3|11=B"),
        ["deliver D 3 again", "> 35=3|34=3|45=4|58=Required tag missing (122)|371=122|372=D|373=1"]
    );
    assert_eq!(line.next_in(), 5);
}

#[test]
fn a_flag_that_is_neither_y_nor_n_is_rejected() {
    // S-VAL-33
    for (flag, tag) in [("43=X", 43), ("43=y", 43), ("97=YES", 97)] {
        let mut line = up();
        assert_eq!(
            line.receive(&format!("35=D|34=3|{flag}|11=B")),
            [format!(
                "> 35=3|34=2|45=3|58=Incorrect data format for value ({tag})|371={tag}|372=D|373=6"
            )]
        );
        assert_eq!(line.next_in(), 4);
    }
}

#[test]
fn what_is_sent_under_a_new_number_again_is_the_applications_to_judge() {
    // 19, S-PD-07
    let mut line = up();
    assert_eq!(line.receive("35=D|34=3|97=Y|11=A"), ["deliver D 3 resent"]);
    assert_eq!(line.next_in(), 4);
}

#[test]
fn a_flag_of_n_makes_no_repetition() {
    // S-PD-01
    let mut line = up();
    assert_eq!(line.receive("35=D|34=3|43=N|97=N|11=A"), ["deliver D 3"]);
    assert_eq!(
        line.receive("35=D|34=3|43=N|122=20261122-09:29:00|11=A"),
        ["> 35=5|34=2|58=MsgSeqNum too low, expecting 4 but received 3"]
    );
}

#[test]
fn the_repetition_flag_goes_before_the_resend_flag() {
    // S-PD-08
    let mut line = up();
    assert_eq!(line.again("35=D|34=3|97=Y|11=A"), ["deliver D 3 again"]);
    assert!(line.again("35=D|34=3|97=Y|11=A").is_empty());
}
