//! Asking for what is missing: S-SEQ and S-RR, test cases 2.a, 2.b, 10.a, 20.

use fixline::session::{ResendRequestForm, Version};

use crate::line::{Line, acceptor, initiator};

fn up() -> Line {
    Line::up(acceptor(Version::Fix44))
}

fn up_with(form: ResendRequestForm) -> Line {
    Line::up(acceptor(Version::Fix44).resend_request_form(form))
}

#[test]
fn what_comes_ahead_is_held_asked_for_once_and_delivered_in_order() {
    // 2.b, S-SEQ-02, S-SEQ-05, S-SEQ-06, S-SEQ-10, S-RR-01, S-RR-05
    let mut line = up();
    assert_eq!(line.receive("35=D|34=4|11=C"), ["> 35=2|34=2|7=2|16=0", "hold 4"]);
    assert_eq!(line.receive("35=D|34=5|11=D"), ["hold 5"]);
    assert_eq!(line.again("35=D|34=2|11=A"), ["deliver D 2 again"]);
    assert_eq!(line.again("35=D|34=3|11=B"), ["deliver D 3 again", "deliver D 4", "deliver D 5"]);
    assert_eq!(line.next_in(), 6);
    assert!(line.held.is_empty());
}

#[test]
fn an_open_answer_repeats_what_is_in_hand_and_nothing_is_delivered_twice() {
    let mut line = up();
    line.receive("35=D|34=4|11=C");
    line.again("35=D|34=2|11=A");
    line.again("35=D|34=3|11=B");
    assert!(line.again("35=D|34=4|11=C").is_empty());
    assert_eq!(line.take_rules().last(), Some(&"S-SEQ-08"));
    assert_eq!(line.receive("35=D|34=5|11=D"), ["deliver D 5"]);
}

#[test]
fn the_last_number_of_a_gap_closes_it_and_no_earlier_one() {
    let mut line = up();
    line.receive("35=D|34=5|11=D");
    // SEQ-21: one repetition is not the whole answer.
    assert_eq!(line.again("35=D|34=2|11=A"), ["deliver D 2 again"]);
    assert!(line.status_is_recovering());
    assert_eq!(line.again("35=D|34=3|11=B"), ["deliver D 3 again"]);
    assert_eq!(line.again("35=D|34=4|11=C"), ["deliver D 4 again", "deliver D 5"]);
    assert!(!line.status_is_recovering());
}

#[test]
fn a_gap_is_found_by_any_message_but_a_reset() {
    for (message, held) in [
        ("35=0|34=3", "hold 3"),
        ("35=1|34=3|112=T", "hold 3"),
        ("35=3|34=3|45=1", "hold 3"),
        ("35=D|34=3|11=B", "hold 3"),
        // Not to be served, so that it has to wait for its place (S-RSND-09).
        ("35=2|34=3|7=0|16=0", "hold 3"),
    ] {
        let mut line = up();
        assert_eq!(line.receive(message), ["> 35=2|34=2|7=2|16=0", held]);
        assert_eq!(line.next_in(), 2);
    }
}

#[test]
fn a_repetition_ahead_finds_a_gap_like_any_other_message() {
    let mut line = up();
    assert_eq!(line.again("35=D|34=3|11=B"), ["> 35=2|34=2|7=2|16=0", "hold 3"]);
    assert_eq!(line.again("35=D|34=2|11=A"), ["deliver D 2 again", "deliver D 3 again"]);
}

#[test]
fn a_gap_fill_ahead_is_asked_for_together_with_the_gap() {
    // 10.a, S-GAP-01, GAP-04: not applied, not held, comes again in its place.
    let mut line = up();
    assert_eq!(line.receive("35=4|34=4|123=Y|36=9"), ["> 35=2|34=2|7=2|16=0"]);
    assert_eq!(line.next_in(), 2);
    assert_eq!(line.again("35=D|34=2|11=A"), ["deliver D 2 again"]);
    assert_eq!(line.again("35=D|34=3|11=B"), ["deliver D 3 again"]);
    assert!(line.again("35=4|34=4|123=Y|36=9").is_empty());
    assert_eq!(line.next_in(), 9);
    assert!(!line.status_is_recovering());
}

#[test]
fn a_test_request_ahead_is_answered_when_the_gap_closes() {
    // S-HB-10
    let mut line = up();
    assert_eq!(line.receive("35=1|34=3|112=T"), ["> 35=2|34=2|7=2|16=0", "hold 3"]);
    assert_eq!(line.again("35=D|34=2|11=A"), ["deliver D 2 again", "> 35=0|34=3|112=T"]);
    assert_eq!(line.next_in(), 4);
}

#[test]
fn a_reject_ahead_waits_for_its_place() {
    // SEQ-26: its number must not be counted out of turn.
    let mut line = up();
    line.receive("35=3|34=3|45=1|58=NO");
    assert_eq!(line.again("35=D|34=2|11=A"), ["deliver D 2 again", "deliver 3 3"]);
}

#[test]
fn a_faulty_message_ahead_is_rejected_in_its_place_only() {
    // S-VAL-36: sequence first, fields second.
    let mut line = up();
    assert_eq!(line.receive("35=D|34=3|11="), ["> 35=2|34=2|7=2|16=0", "hold 3"]);
    assert_eq!(
        line.again("35=D|34=2|11=A"),
        [
            "deliver D 2 again",
            "> 35=3|34=3|45=3|58=Tag specified without a value (11)|371=11|372=D|373=4"
        ]
    );
    assert_eq!(line.next_in(), 4);
}

#[test]
fn the_same_number_ahead_a_second_time_is_not_held_again() {
    let mut line = up();
    line.receive("35=D|34=4|11=C");
    assert!(line.receive("35=D|34=4|11=C").is_empty());
    assert_eq!(line.held.len(), 1);
}

// What a ResendRequest reaches (S-RR-03, S-RR-04).

#[test]
fn infinity_is_999999_before_fix_4_2() {
    for (version, request) in [
        (Version::Fix40, "> 35=2|34=2|7=2|16=999999"),
        (Version::Fix41, "> 35=2|34=2|7=2|16=999999"),
        (Version::Fix42, "> 35=2|34=2|7=2|16=0"),
        (Version::Fix50Sp2, "> 35=2|34=2|7=2|16=0"),
    ] {
        let mut line = Line::up(acceptor(version));
        assert_eq!(line.receive("35=D|34=3|11=B"), [request, "hold 3"]);
    }
}

#[test]
fn a_closed_request_ends_with_what_is_missing_and_each_hole_gets_its_own() {
    let mut line = up_with(ResendRequestForm::Closed);
    assert_eq!(line.receive("35=D|34=4|11=C"), ["> 35=2|34=2|7=2|16=3", "hold 4"]);
    assert_eq!(line.receive("35=D|34=7|11=F"), ["hold 7"]);
    assert_eq!(line.again("35=D|34=2|11=A"), ["deliver D 2 again"]);
    assert_eq!(
        line.again("35=D|34=3|11=B"),
        ["deliver D 3 again", "> 35=2|34=3|7=5|16=6", "deliver D 4"]
    );
    assert_eq!(line.again("35=4|34=5|123=Y|36=7"), ["deliver D 7"]);
    assert_eq!(line.next_in(), 8);
}

#[test]
fn chunks_are_asked_for_one_after_the_other() {
    // SEQ-10, SEQ-12
    let mut line = up_with(ResendRequestForm::Chunks(2));
    assert_eq!(line.receive("35=D|34=7|11=F"), ["> 35=2|34=2|7=2|16=3", "hold 7"]);
    assert_eq!(line.again("35=D|34=2|11=A"), ["deliver D 2 again"]);
    assert_eq!(line.again("35=D|34=3|11=B"), ["> 35=2|34=3|7=4|16=5", "deliver D 3 again"]);
    assert_eq!(line.again("35=4|34=4|123=Y|36=6"), ["> 35=2|34=4|7=6|16=6"]);
    assert_eq!(line.again("35=D|34=6|11=E"), ["deliver D 6 again", "deliver D 7"]);
}

#[test]
fn a_fill_beyond_the_end_of_a_chunk_goes_on_behind_it() {
    // SEQ-11
    let mut line = up_with(ResendRequestForm::Chunks(2));
    line.receive("35=D|34=9|11=H");
    assert_eq!(line.again("35=4|34=2|123=Y|36=6"), ["> 35=2|34=3|7=6|16=7"]);
    assert_eq!(line.again("35=4|34=6|123=Y|36=9"), ["deliver D 9"]);
}

#[test]
fn what_comes_before_the_answer_is_part_of_an_open_request() {
    let mut line = up();
    line.receive("35=D|34=3|11=B");
    line.receive("35=D|34=6|11=E");
    // 2, 4 and 5 are missing; the answer to 7=2, 16=0 has them all (SEQ-06).
    assert_eq!(line.again("35=D|34=2|11=A"), ["deliver D 2 again", "deliver D 3"]);
    assert!(line.again("35=D|34=3|11=B").is_empty());
    assert_eq!(line.again("35=D|34=4|11=C"), ["deliver D 4 again"]);
    assert_eq!(line.again("35=D|34=5|11=D"), ["deliver D 5 again", "deliver D 6"]);
}

#[test]
fn a_gap_behind_the_answer_is_asked_for_when_the_answer_is_complete() {
    // S-RR-06
    let mut line = up();
    line.receive("35=D|34=4|11=C");
    assert_eq!(line.again("35=D|34=2|11=A"), ["deliver D 2 again"]);
    // Sent after the answer began, so that the answer ends before 5.
    assert_eq!(line.receive("35=D|34=6|11=E"), ["hold 6"]);
    assert_eq!(
        line.again("35=D|34=3|11=B"),
        ["deliver D 3 again", "> 35=2|34=3|7=5|16=0", "deliver D 4"]
    );
}

// Held messages that are lost.

#[test]
fn a_lost_message_is_asked_for_again() {
    let mut line = up_with(ResendRequestForm::Closed);
    line.receive("35=D|34=3|11=B");
    line.receive("35=D|34=4|11=C");
    line.held.remove(&3);
    assert_eq!(line.again("35=D|34=2|11=A"), ["deliver D 2 again", "> 35=2|34=3|7=3|16=3"]);
    assert_eq!(line.again("35=D|34=3|11=B"), ["deliver D 3 again", "deliver D 4"]);
}

#[test]
fn a_lost_message_that_the_open_answer_brings_is_not_asked_for_again() {
    let mut line = up();
    line.receive("35=D|34=3|11=B");
    line.receive("35=D|34=4|11=C");
    line.held.clear();
    assert_eq!(line.again("35=D|34=2|11=A"), ["deliver D 2 again"]);
    assert_eq!(line.again("35=D|34=3|11=B"), ["deliver D 3 again"]);
    assert_eq!(line.again("35=D|34=4|11=C"), ["deliver D 4 again"]);
    assert!(!line.status_is_recovering());
}

#[test]
fn a_lost_message_at_the_end_of_the_gap_is_asked_for() {
    let mut line = up_with(ResendRequestForm::Closed);
    line.receive("35=D|34=3|11=B");
    line.held.clear();
    assert_eq!(line.again("35=D|34=2|11=A"), ["deliver D 2 again", "> 35=2|34=3|7=3|16=3"]);
    assert_eq!(line.again("35=D|34=3|11=B"), ["deliver D 3 again"]);
}

#[test]
fn a_driver_that_holds_nothing_still_gets_everything_once() {
    let mut line = up();
    line.holds = false;
    line.receive("35=D|34=3|11=B");
    line.receive("35=D|34=5|11=D");
    for (seq, body) in [(2, "A"), (3, "B"), (4, "C"), (5, "D")] {
        assert_eq!(
            line.again(&format!("35=D|34={seq}|11={body}")),
            [format!("deliver D {seq} again")]
        );
    }
    assert!(!line.status_is_recovering());
}

#[test]
fn a_damaged_message_that_was_held_counts_as_lost() {
    let mut line = up_with(ResendRequestForm::Closed);
    line.receive("35=D|34=3|11=B");
    line.held.insert(3, b"8=FIX".to_vec());
    assert_eq!(line.again("35=D|34=2|11=A"), ["deliver D 2 again", "> 35=2|34=3|7=3|16=3"]);
}

#[test]
fn another_message_than_the_one_recalled_counts_as_lost() {
    let mut line = up_with(ResendRequestForm::Closed);
    line.receive("35=D|34=3|11=B");
    let other = line.peer_message("35=D|34=9|11=X");
    line.held.insert(3, other);
    assert_eq!(line.again("35=D|34=2|11=A"), ["deliver D 2 again", "> 35=2|34=3|7=3|16=3"]);
}

#[test]
fn only_eight_ranges_are_remembered_and_the_rest_comes_with_the_answer() {
    let mut line = up();
    for seq in (3..=17).step_by(2) {
        line.receive(&format!("35=D|34={seq}|11=X"));
    }
    assert_eq!(line.held.len(), 8);
    assert!(line.receive("35=D|34=19|11=X").is_empty());
    assert_eq!(line.held.len(), 8);
    // What touches a range needs no other one.
    assert_eq!(line.receive("35=D|34=18|11=X"), ["hold 18"]);
    let mut delivered = Vec::new();
    for seq in 2..=19 {
        delivered.extend(line.again(&format!("35=D|34={seq}|11=X")));
    }
    assert_eq!(delivered.len(), 18);
    assert_eq!(line.next_in(), 20);
    assert!(!line.status_is_recovering());
}

// Fills and resets over what is held.

#[test]
fn a_fill_drops_what_is_held_below_it_and_drains_what_is_held_behind() {
    // GAP-10
    let mut line = up();
    line.receive("35=D|34=3|11=B");
    line.receive("35=D|34=5|11=D");
    line.receive("35=D|34=7|11=F");
    assert_eq!(line.again("35=4|34=2|123=Y|36=5"), ["deliver D 5"]);
    assert_eq!(line.next_in(), 6);
    assert_eq!(line.held.keys().collect::<Vec<_>>(), [&5, &7]);
    assert_eq!(line.again("35=D|34=6|11=E"), ["deliver D 6 again", "deliver D 7"]);
    assert!(line.held.is_empty());
}

#[test]
fn a_fill_beyond_everything_that_is_known_ends_the_gap() {
    // S-GAP-09
    let mut line = up();
    line.receive("35=D|34=4|11=C");
    assert!(line.again("35=4|34=2|123=Y|36=20").is_empty());
    assert_eq!(line.next_in(), 20);
    assert!(line.held.is_empty());
    assert!(!line.status_is_recovering());
}

#[test]
fn a_reset_ends_the_gap_below_it_and_drains_what_is_behind() {
    // S-RST-02, D-30
    let mut line = up();
    line.receive("35=D|34=4|11=C");
    line.receive("35=D|34=6|11=E");
    assert_eq!(line.receive("35=4|34=7|36=6"), ["deliver D 6"]);
    assert_eq!(line.next_in(), 7);
    assert!(!line.status_is_recovering());
}

#[test]
fn a_reset_into_the_gap_asks_for_what_is_still_missing() {
    let mut line = up_with(ResendRequestForm::Closed);
    assert_eq!(line.receive("35=D|34=9|11=H"), ["> 35=2|34=2|7=2|16=8", "hold 9"]);
    // Covered by the request that is out.
    assert!(line.receive("35=4|34=10|36=5").is_empty());
    assert_eq!(line.next_in(), 5);
    assert!(line.status_is_recovering());
    assert_eq!(line.again("35=4|34=5|123=Y|36=9"), ["deliver D 9"]);
}

// ResendRequests of both sides (INV-08).

#[test]
fn a_resend_request_ahead_is_served_before_ours_goes_out() {
    // SEQ-01, S-SEQ-06
    let mut line = up();
    line.send("8", "37=X").unwrap();
    assert_eq!(
        line.receive("35=2|34=4|7=2|16=0"),
        ["fetch 2 to 2", "> 35=8|34=2|43=Y|122=20261122-09:30:00.000|37=X", "> 35=2|34=3|7=2|16=0"]
    );
    assert_eq!(line.next_in(), 2);
    assert_eq!(line.again("35=D|34=2|11=A"), ["deliver D 2 again"]);
    assert_eq!(line.again("35=D|34=3|11=B"), ["deliver D 3 again"]);
    // Its number is used up, and it is not served a second time.
    assert_eq!(line.next_in(), 5);
    assert!(line.again("35=4|34=4|123=Y|36=5").is_empty());
    assert_eq!(line.receive("35=D|34=5|11=D"), ["deliver D 5"]);
}

#[test]
fn a_resend_request_is_served_while_ours_is_outstanding() {
    // Test case 20, S-RSND-15
    let mut line = up();
    line.send("8", "37=X").unwrap();
    assert_eq!(line.receive("35=D|34=4|11=C"), ["> 35=2|34=3|7=2|16=0", "hold 4"]);
    assert_eq!(
        line.receive("35=2|34=5|7=2|16=3"),
        [
            "fetch 2 to 3",
            "> 35=8|34=2|43=Y|122=20261122-09:30:00.000|37=X",
            "> 35=4|34=3|43=Y|122=20261122-09:30:00.000|36=4|123=Y",
        ]
    );
    line.again("35=D|34=2|11=A");
    assert_eq!(line.again("35=D|34=3|11=B"), ["deliver D 3 again", "deliver D 4"]);
    assert_eq!(line.next_in(), 6);
}

#[test]
fn our_request_waits_until_our_own_answer_is_complete() {
    let mut line = up();
    line.send("8", "37=X").unwrap();
    line.serves = false;
    assert_eq!(line.receive("35=2|34=2|7=2|16=2"), ["fetch 2 to 2"]);
    assert_eq!(line.receive("35=D|34=5|11=C"), ["hold 5"]);
    assert_eq!(
        line.serve(),
        ["> 35=8|34=2|43=Y|122=20261122-09:30:00.000|37=X", "> 35=2|34=3|7=3|16=0"]
    );
}

#[test]
fn a_hole_that_shows_while_we_answer_is_asked_for_afterwards() {
    let mut line = up();
    line.send("8", "37=X").unwrap();
    assert_eq!(line.receive("35=D|34=6|11=E"), ["> 35=2|34=3|7=2|16=0", "hold 6"]);
    line.serves = false;
    assert_eq!(line.receive("35=2|34=7|7=2|16=2"), ["fetch 2 to 2"]);
    assert_eq!(line.again("35=D|34=3|11=B"), ["hold 3"]);
    assert_eq!(
        line.serve(),
        ["> 35=8|34=2|43=Y|122=20261122-09:30:00.000|37=X", "> 35=2|34=4|7=2|16=0"]
    );
}

#[test]
fn both_logons_ahead_are_recovered_by_both_sides() {
    // SEQ-03: numbers stay linear in the order of emission.
    let mut line = Line::new(initiator(Version::Fix44), crate::line::nums(3, 5));
    assert_eq!(line.connect(), ["> 35=A|34=5|98=0|108=30"]);
    assert_eq!(line.receive("35=A|34=7|98=0|108=30"), ["> 35=2|34=6|7=3|16=0", "deliver A 7"]);
    assert_eq!(
        line.receive("35=2|34=8|7=2|16=0"),
        ["fetch 2 to 6", "> 35=4|34=2|43=Y|122=20261122-09:30:00.000|36=7|123=Y"]
    );
    assert!(line.again("35=4|34=3|123=Y|36=9").is_empty());
    assert_eq!((line.next_in(), line.next_out()), (9, 7));
    assert!(!line.status_is_recovering());
}

// Numbers that cannot be true (INV-05).

#[test]
fn a_number_a_billion_ahead_is_a_gap_and_one_more_is_the_end() {
    let mut line = up();
    assert_eq!(line.receive("35=0|34=1000000002"), ["> 35=2|34=2|7=2|16=0", "hold 1000000002"]);
    let mut line = up();
    assert_eq!(
        line.receive("35=0|34=1000000003"),
        ["> 35=5|34=2|58=Sequence number 1000000003 in tag 34 is too far ahead"]
    );
    assert_eq!(line.next_in(), 2);
    assert_eq!(
        line.wait(2.0),
        ["disconnect: Sequence number 1000000003 in tag 34 is too far ahead"]
    );
}

#[test]
fn a_number_that_64_bits_cannot_hold_is_no_number() {
    let mut line = up();
    assert_eq!(
        line.receive("35=0|34=18446744073709551616"),
        ["> 35=5|34=2|58=Required tag missing: MsgSeqNum(34)"]
    );
}
