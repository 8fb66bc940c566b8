//! SequenceReset: S-GAP and S-RST, test cases 10 and 11.

use fixline::session::Version;

use crate::line::{Line, acceptor};

/// Logged on, with 5 as the next number.
fn up() -> Line {
    let mut line = Line::up(acceptor(Version::Fix44));
    assert!(line.receive("35=4|34=2|123=Y|36=5").is_empty());
    line
}

// Gap fills.

#[test]
fn a_fill_in_sequence_moves_the_expected_number() {
    // 10.b, S-GAP-02, S-GAP-08: unsolicited as well, with or without PossDupFlag.
    let mut line = up();
    assert!(line.receive("35=4|34=5|123=Y|36=9").is_empty());
    assert_eq!(line.next_in(), 9);
    assert!(line.again("35=4|34=9|123=Y|36=10").is_empty());
    assert_eq!(line.next_in(), 10);
    assert_eq!(line.notices.last().map(String::as_str), Some("gap fill: from 9 to 10"));
    assert_eq!(line.take_rules().last(), Some(&"S-GAP-02"));
}

#[test]
fn a_fill_ahead_is_a_gap() {
    // 10.a, S-GAP-01
    let mut line = up();
    assert_eq!(line.receive("35=4|34=7|123=Y|36=9"), ["> 35=2|34=2|7=5|16=0"]);
    assert_eq!(line.next_in(), 5);
}

#[test]
fn a_repeated_fill_behind_is_ignored() {
    // 10.c, S-GAP-03, GAP-08
    let mut line = up();
    assert!(line.again("35=4|34=2|123=Y|36=4").is_empty());
    // S-GAP-07: even if it reaches further.
    assert!(line.again("35=4|34=2|123=Y|36=9").is_empty());
    assert_eq!(line.next_in(), 5);
}

#[test]
fn a_fill_behind_that_is_no_repetition_is_the_end() {
    // 10.d, S-GAP-04
    let mut line = up();
    assert_eq!(
        line.receive("35=4|34=4|123=Y|36=9"),
        ["> 35=5|34=2|58=MsgSeqNum too low, expecting 5 but received 4"]
    );
    assert_eq!(line.next_in(), 5);
}

#[test]
fn a_fill_that_does_not_rise_is_rejected_and_not_counted() {
    // 10.e, S-GAP-05, S-GAP-06, D-24
    for new in [5, 4, 1, 0] {
        let mut line = up();
        assert_eq!(
            line.receive(&format!("35=4|34=5|123=Y|36={new}")),
            [format!(
                "> 35=3|34=2|45=5|58=attempt to lower sequence number, invalid value \
                 NewSeqNo(36)={new}|371=36|372=4|373=5"
            )]
        );
        assert_eq!(line.next_in(), 5);
        assert_eq!(line.take_rules().last(), Some(&"S-GAP-05 (10.e)"));
    }
}

#[test]
fn a_fill_without_a_new_number_is_rejected_and_not_counted() {
    // S-GAP-10
    let mut line = up();
    assert_eq!(
        line.receive("35=4|34=5|123=Y"),
        ["> 35=3|34=2|45=5|58=Required tag missing (36)|371=36|372=4|373=1"]
    );
    assert_eq!(
        line.receive("35=4|34=5|123=Y|36=X"),
        ["> 35=3|34=3|45=5|58=Incorrect data format for value (36)|371=36|372=4|373=6"]
    );
    assert_eq!(line.next_in(), 5);
}

#[test]
fn a_flag_that_is_neither_y_nor_n_does_not_reset() {
    // GAP-14
    let mut line = up();
    assert_eq!(
        line.receive("35=4|34=5|123=X|36=9"),
        ["> 35=3|34=2|45=5|58=Incorrect data format for value (123)|371=123|372=4|373=6"]
    );
    // It is subject to its number, like a fill.
    assert_eq!(line.receive("35=4|34=7|123=X|36=9"), ["> 35=2|34=3|7=5|16=0"]);
    assert_eq!(line.next_in(), 5);
}

#[test]
fn a_fill_too_far_ahead_to_be_true_is_the_end() {
    // GAP-13, INV-05
    let mut line = up();
    assert!(line.receive("35=4|34=5|123=Y|36=1000000005").is_empty());
    assert_eq!(line.next_in(), 1_000_000_005);
    let mut line = up();
    assert_eq!(
        line.receive("35=4|34=5|123=Y|36=1000000006"),
        ["> 35=5|34=2|58=Sequence number 1000000006 in tag 36 is too far ahead"]
    );
    assert_eq!(line.next_in(), 5);
}

// Reset mode.

#[test]
fn a_reset_moves_the_expected_number_whatever_its_own_is() {
    // 11.a, S-RST-01, S-RST-02, S-RST-05, GAP-15
    for head in ["35=4|34=5", "35=4|34=0", "35=4|34=1", "35=4|34=500", "35=4|34=X", "35=4"] {
        for flag in ["", "123=N|"] {
            let mut line = up();
            assert!(line.receive(&format!("{head}|{flag}36=9")).is_empty());
            assert_eq!(line.next_in(), 9);
            assert_eq!(line.session.seq_nums().epoch, 0);
            assert_eq!(line.receive("35=D|34=9|11=A"), ["deliver D 9"]);
        }
    }
}

#[test]
fn a_reset_to_the_expected_number_is_accepted_with_a_notice() {
    // 11.b, S-RST-03
    let mut line = up();
    assert!(line.receive("35=4|34=5|36=5").is_empty());
    assert_eq!(line.next_in(), 5);
    assert_eq!(line.notices.last().map(String::as_str), Some("sequence reset: from 5 to 5"));
}

#[test]
fn a_reset_that_lowers_is_rejected_and_the_session_goes_on() {
    // 11.c, S-RST-04, GAP-12
    for new in [4, 1, 0] {
        let mut line = up();
        assert_eq!(
            line.receive(&format!("35=4|34=5|36={new}")),
            ["> 35=3|34=2|45=5|58=Value is incorrect (out of range) for this tag \
                 (36)|371=36|372=4|373=5"]
        );
        assert_eq!(line.next_in(), 5);
        assert_eq!(line.take_rules().last(), Some(&"S-RST-04 (11.c)"));
        assert_eq!(line.receive("35=D|34=5|11=A"), ["deliver D 5"]);
    }
}

#[test]
fn a_rejected_reset_without_a_number_is_referred_to_as_zero() {
    // As AT 11c has it.
    let mut line = up();
    let log = line.receive("35=4|34=0|36=4");
    assert!(log[0].starts_with("> 35=3|34=2|45=0|"));
}

#[test]
fn a_reset_without_a_new_number_is_rejected_and_not_counted() {
    for (fields, text, reason) in [
        ("123=N", "Required tag missing (36)", 1),
        ("36=X", "Incorrect data format for value (36)", 6),
        ("36=", "Tag specified without a value (36)", 4),
    ] {
        let mut line = up();
        assert_eq!(
            line.receive(&format!("35=4|34=5|{fields}")),
            [format!("> 35=3|34=2|45=5|58={text}|371=36|372=4|373={reason}")]
        );
        assert_eq!(line.next_in(), 5);
    }
}

#[test]
fn a_reset_too_far_ahead_to_be_true_is_the_end() {
    let mut line = up();
    assert_eq!(
        line.receive("35=4|34=5|36=18446744073709551615"),
        ["> 35=5|34=2|58=Sequence number 18446744073709551615 in tag 36 is too far ahead"]
    );
    assert_eq!(line.next_in(), 5);
}

#[test]
fn a_reset_of_a_stranger_moves_nothing() {
    // S-RST-08
    let mut line = up();
    let log = line.receive("35=4|34=5|49=STRANGER|36=9");
    assert!(log[0].starts_with("> 35=3|"));
    assert_eq!(line.next_in(), 6);

    let mut line = Line::new(acceptor(Version::Fix44), crate::line::nums(5, 7));
    line.connect();
    assert_eq!(line.receive("35=4|34=5|36=9"), ["disconnect: First message not a Logon"]);
    assert_eq!(line.next_in(), 5);
}
