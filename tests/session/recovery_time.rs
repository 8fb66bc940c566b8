//! How long a recovery may take, and what becomes of it (S-RR-07).

use std::time::Duration;

use fixline::session::Version;

use crate::line::{Line, acceptor};

fn up() -> Line {
    Line::up(acceptor(Version::Fix44))
}

#[test]
fn a_request_without_progress_is_repeated_and_then_given_up() {
    let mut line = up();
    line.receive("35=D|34=3|11=B");
    line.keep_alive(71.0, 4);
    assert_eq!(line.wait(1.0), ["> 35=2|34=5|7=2|16=0"]);
    line.keep_alive(71.0, 14);
    assert_eq!(line.wait(1.0), ["> 35=2|34=8|7=2|16=0"]);
    line.keep_alive(71.0, 24);
    // SEQ-20: messages that do not help keep the peer alive, not the request.
    assert_eq!(
        line.wait(1.0),
        [
            "> 35=5|34=11|58=Message 2 was requested and not resent",
            "disconnect: missing messages did not come"
        ]
    );
    assert_eq!(line.next_in(), 2);
}

#[test]
fn progress_starts_the_recovery_clock_anew() {
    let mut line = up();
    line.receive("35=D|34=5|11=D");
    line.keep_alive(60.0, 6);
    assert_eq!(line.again("35=D|34=2|11=A"), ["deliver D 2 again"]);
    line.keep_alive(71.0, 16);
    assert_eq!(line.wait(1.0), ["> 35=2|34=7|7=3|16=0"]);
}

#[test]
fn without_heartbeats_a_request_is_repeated_after_thirty_seconds() {
    let mut line = Line::new(acceptor(Version::Fix44), crate::line::nums(1, 1));
    line.connect();
    line.receive("35=A|34=1|98=0|108=0");
    line.accept();
    line.receive("35=D|34=3|11=B");
    assert!(line.wait(29.9).is_empty());
    assert_eq!(line.wait(0.1), ["> 35=2|34=3|7=2|16=0"]);
}

#[test]
fn the_recovery_timeout_and_the_number_of_requests_can_be_set() {
    let config =
        acceptor(Version::Fix44).recovery_timeout(Duration::from_secs(5)).resend_requests_max(1);
    let mut line = Line::up(config);
    line.receive("35=D|34=3|11=B");
    assert_eq!(
        line.wait(5.0),
        [
            "> 35=5|34=3|58=Message 2 was requested and not resent",
            "disconnect: missing messages did not come"
        ]
    );
}

#[test]
fn spurious_ticks_do_not_disturb_a_recovery() {
    // SEQ-05
    let mut line = up();
    line.receive("35=D|34=4|11=C");
    let before = line.session.clone();
    for _ in 0..100 {
        assert!(line.tick().is_empty());
    }
    assert_eq!(line.session, before);
}

#[test]
fn a_message_ahead_is_a_sign_of_life() {
    // SEQ-09
    let mut line = up();
    line.receive("35=D|34=4|11=C");
    line.wait(30.0);
    line.receive("35=0|34=5");
    // No TestRequest after 36 s, nor a disconnect after 72 s.
    assert!(line.wait(29.0).is_empty());
}

#[test]
fn a_gap_dies_with_its_connection_and_is_found_again() {
    // S-RR-09, SEQ-08
    let mut line = up();
    line.receive("35=D|34=4|11=C");
    line.close();
    assert_eq!(
        line.log_on(5),
        ["authenticate 5", "> 35=A|34=3|98=0|108=30", "> 35=2|34=4|7=2|16=0"]
    );
    assert_eq!(line.again("35=D|34=2|11=A"), ["deliver D 2 again"]);
    assert_eq!(line.again("35=D|34=3|11=B"), ["deliver D 3 again"]);
    assert_eq!(line.again("35=D|34=4|11=C"), ["deliver D 4 again"]);
    // The new Logon's own number was used up when it came.
    assert_eq!(line.next_in(), 6);
}
