//! Opening a connection: section 3 of the rules, test cases 1B, 1S and 2S.

use fixline::session::{SeqNums, Version};

use crate::line::{Line, acceptor, initiator, nums};

#[test]
fn an_initiator_logs_on_first_and_is_up_with_the_answer() {
    let mut line = Line::new(initiator(Version::Fix44), SeqNums::FRESH);
    assert_eq!(line.connect(), ["> 35=A|34=1|98=0|108=30"]);
    assert_eq!(line.receive("35=A|34=1|98=0|108=30"), ["deliver A 1"]);
    assert_eq!((line.next_in(), line.next_out()), (2, 2));
    assert_eq!(line.send("D", "11=ORD-1"), Ok(2));
}

#[test]
fn an_acceptor_asks_the_application_before_anything_has_an_effect() {
    let mut line = Line::new(acceptor(Version::Fix44), SeqNums::FRESH);
    assert!(line.connect().is_empty());
    assert_eq!(line.receive("35=A|34=1|98=0|108=20"), ["authenticate 1"]);
    assert_eq!(line.session.seq_nums(), SeqNums::FRESH);
    assert_eq!(line.accept(), ["> 35=A|34=1|98=0|108=20"]);
    assert_eq!((line.next_in(), line.next_out()), (2, 2));
}

#[test]
fn a_logon_ahead_is_answered_before_the_gap_is_asked_for() {
    let mut line = Line::new(acceptor(Version::Fix44), nums(5, 7));
    assert_eq!(
        line.log_on(9),
        ["authenticate 9", "> 35=A|34=7|98=0|108=30", "> 35=2|34=8|7=5|16=0"]
    );
    assert_eq!(line.next_in(), 5);
    // The fill covers the Logon's own number, which was acted on.
    assert!(line.receive("35=4|34=5|43=Y|122=20261122-09:29:00|123=Y|36=10").is_empty());
    assert_eq!(line.next_in(), 10);
}

#[test]
fn a_logon_that_is_too_low_is_refused_with_a_logout() {
    let mut line = Line::new(acceptor(Version::Fix44), nums(5, 7));
    assert_eq!(
        line.log_on(4),
        [
            "authenticate 4",
            "> 35=5|34=7|58=MsgSeqNum too low, expecting 5 but received 4",
            "disconnect: MsgSeqNum too low, expecting 5 but received 4",
        ]
    );
    assert_eq!((line.next_in(), line.next_out()), (5, 8));
}
