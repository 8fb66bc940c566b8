//! Holes in the answer to a ResendRequest: what shows one, and what does not (S-RR-08).

use std::time::Duration;

use fixline::session::{ResendRequestForm, Version};

use crate::line::{Line, acceptor};

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
    // Section 5.2: first the peer's request, then ours.
    let config = acceptor(Version::Fix44).recovery_timeout(Duration::from_secs(5));
    let mut line = Line::up(config);
    line.receive("35=D|34=3|11=B");
    line.serves = false;
    assert_eq!(line.receive("35=2|34=4|7=1|16=0"), ["fetch 1 to 2"]);
    assert!(line.wait(20.0).is_empty());
    assert_eq!(line.serve().len(), 1);
    assert_eq!(line.wait(0.0), ["> 35=2|34=3|7=2|16=0"]);
}
