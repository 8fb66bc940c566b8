//! Holes in the answer to a ResendRequest: what shows one, and what does not (S-RR-08).

use std::time::Duration;

use fixline::session::{ResendRequestForm, Version};

use crate::line::{Line, acceptor};

fn up() -> Line {
    Line::up(acceptor(Version::Fix44))
}

#[test]
fn a_repetition_beyond_what_was_asked_for_shows_no_hole() {
    let form = ResendRequestForm::Closed;
    let mut line = Line::up(acceptor(Version::Fix44).resend_request_form(form));
    assert_eq!(line.receive("35=D|34=4|11=C"), ["> 35=2|34=2|7=2|16=3", "hold 4"]);
    // 5 to 7 were not asked for yet.
    assert_eq!(line.again("35=D|34=8|11=G"), ["hold 8"]);
    assert_eq!(line.again("35=D|34=2|11=A"), ["deliver D 2 again"]);
    assert_eq!(
        line.again("35=D|34=3|11=B"),
        ["deliver D 3 again", "> 35=2|34=3|7=5|16=7", "deliver D 4"]
    );
}

#[test]
fn progress_makes_the_next_request_the_first_one_for_its_number() {
    // S-RR-07, S-FRAME-14: only requests for the same number make a loop.
    let config =
        acceptor(Version::Fix44).recovery_timeout(Duration::from_secs(5)).resend_requests_max(2);
    let mut line = Line::up(config);
    assert_eq!(line.receive("35=D|34=5|11=D"), ["> 35=2|34=2|7=2|16=0", "hold 5"]);
    assert_eq!(line.wait(5.0), ["> 35=2|34=3|7=2|16=0"]);
    assert_eq!(line.again("35=D|34=2|11=A"), ["deliver D 2 again"]);
    assert_eq!(line.wait(5.0), ["> 35=2|34=4|7=3|16=0"]);
    assert_eq!(
        line.wait(5.0),
        [
            "> 35=5|34=5|58=Message 3 was requested and not resent",
            "disconnect: missing messages did not come"
        ]
    );
}

#[test]
fn while_our_own_answer_is_under_way_nothing_is_asked_for_again() {
    // S-SEQ-06: first the peer's request, then ours.
    let config = acceptor(Version::Fix44).recovery_timeout(Duration::from_secs(5));
    let mut line = Line::up(config);
    line.receive("35=D|34=3|11=B");
    line.serves = false;
    assert_eq!(line.receive("35=2|34=4|7=1|16=0"), ["fetch 1 to 2"]);
    assert!(line.wait(20.0).is_empty());
    assert_eq!(line.serve().len(), 1);
    assert_eq!(line.wait(0.0), ["> 35=2|34=3|7=2|16=0"]);
}

#[test]
fn a_hole_in_the_answer_is_asked_for_once() {
    let mut line = up();
    line.receive("35=D|34=6|11=E");
    assert!(line.garbled(&crate::line::repetition("35=D|34=2|11=A")).is_empty());
    assert_eq!(line.again("35=D|34=3|11=B"), ["> 35=2|34=3|7=2|16=0", "hold 3"]);
    assert_eq!(line.again("35=D|34=4|11=C"), ["hold 4"]);
    assert_eq!(line.again("35=D|34=5|11=D"), ["hold 5"]);
    // The second answer.
    assert_eq!(
        line.again("35=D|34=2|11=A"),
        [
            "deliver D 2 again",
            "deliver D 3 again",
            "deliver D 4 again",
            "deliver D 5 again",
            "deliver D 6"
        ]
    );
}

#[test]
fn a_hole_is_asked_for_again_only_when_the_answer_has_stepped_back() {
    let mut line = up();
    line.receive("35=D|34=6|11=E");
    assert_eq!(line.again("35=D|34=3|11=B"), ["> 35=2|34=3|7=2|16=0", "hold 3"]);
    // The second answer begins, and has a hole of its own.
    assert_eq!(line.again("35=D|34=2|11=A"), ["deliver D 2 again", "deliver D 3 again"]);
    assert_eq!(line.again("35=D|34=5|11=D"), ["> 35=2|34=4|7=4|16=0", "hold 5"]);
}

#[test]
fn a_gap_fill_shows_a_hole_as_well_and_is_not_held() {
    let mut line = up();
    line.receive("35=D|34=6|11=E");
    assert_eq!(line.again("35=4|34=3|123=Y|36=6"), ["> 35=2|34=3|7=2|16=0"]);
    assert_eq!(line.again("35=D|34=2|11=A"), ["deliver D 2 again"]);
    assert_eq!(line.again("35=4|34=3|123=Y|36=6"), ["deliver D 6"]);
}

#[test]
fn what_is_new_does_not_show_a_hole() {
    let mut line = up();
    line.receive("35=D|34=4|11=C");
    line.again("35=D|34=2|11=A");
    assert_eq!(line.receive("35=D|34=5|11=D"), ["hold 5"]);
    assert_eq!(line.receive("35=D|34=6|11=E"), ["hold 6"]);
}

#[test]
fn many_holes_end_in_a_logout_that_names_the_number() {
    // S-FRAME-14: the same number was asked for three times.
    let mut line = up();
    line.receive("35=D|34=9|11=H");
    assert_eq!(line.again("35=D|34=3|11=B"), ["> 35=2|34=3|7=2|16=0", "hold 3"]);
    line.keep_alive(71.0, 10);
    assert_eq!(line.wait(1.0), ["> 35=2|34=6|7=2|16=0"]);
    line.keep_alive(71.0, 20);
    assert_eq!(
        line.wait(1.0),
        [
            "> 35=5|34=9|58=Message 2 was requested and not resent",
            "disconnect: missing messages did not come"
        ]
    );
}
