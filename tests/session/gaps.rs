//! Numbers out of order: section 5 of the rules, test cases 2.a to 2.g, 10, 11 and 20.

use fixline::session::Version;

use crate::line::{Line, acceptor};

#[test]
fn what_comes_ahead_is_held_asked_for_once_and_delivered_in_order() {
    let mut line = Line::up(acceptor(Version::Fix44));
    assert_eq!(line.receive("35=D|34=4|11=C"), ["> 35=2|34=2|7=2|16=0", "hold 4"]);
    assert_eq!(line.receive("35=D|34=5|11=D"), ["hold 5"]);
    assert_eq!(line.receive("35=D|34=2|43=Y|122=20261122-09:29:59|11=A"), ["deliver D 2 again"]);
    assert_eq!(
        line.receive("35=D|34=3|43=Y|122=20261122-09:29:59|11=B"),
        ["deliver D 3 again", "deliver D 4", "deliver D 5"]
    );
    assert_eq!(line.next_in(), 6);
}
