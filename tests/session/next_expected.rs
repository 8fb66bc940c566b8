//! NextExpectedMsgSeqNum(789): section 3.3 of the rules.

use fixline::session::{ConfigBuilder, Version};

use crate::line::{Line, acceptor, initiator, nums};

fn config(builder: ConfigBuilder) -> ConfigBuilder {
    builder.next_expected_msg_seq_num(true)
}

/// An acceptor that has sent `sent` orders from number 2 on and is disconnected again.
fn acceptor_after(sent: u64) -> Line {
    let mut line = Line::up(config(acceptor(Version::Fix44)));
    for order in 0..sent {
        assert_eq!(line.send("D", &format!("11=ORD-{order}|")), Ok(order + 2));
    }
    line.close();
    line.connect();
    line
}

#[test]
fn both_logons_say_what_is_expected() {
    let mut line = Line::new(config(initiator(Version::Fix44)), nums(5, 7));
    assert_eq!(line.connect(), ["> 35=A|34=7|98=0|108=30|789=5"]);
    let mut line = Line::new(config(acceptor(Version::Fix44)), nums(5, 7));
    line.connect();
    line.receive("35=A|34=5|98=0|108=30|789=7");
    // The Logon itself is counted (S-789-06).
    assert_eq!(line.accept(), ["> 35=A|34=7|98=0|108=30|789=6"]);
}

#[test]
fn an_acceptor_sends_what_the_logon_misses_without_being_asked() {
    let mut line = acceptor_after(2);
    line.receive("35=A|34=2|98=0|108=30|789=3");
    assert_eq!(
        line.accept(),
        [
            "> 35=A|34=4|98=0|108=30|789=3",
            "fetch 3 to 4",
            "> 35=D|34=3|43=Y|122=20261122-09:30:00.000|11=ORD-1",
            "> 35=4|34=4|43=Y|122=20261122-09:30:00.000|36=5|123=Y",
        ]
    );
    assert_eq!(line.next_out(), 5);
}

#[test]
fn an_initiator_sends_what_the_answer_misses_its_own_logon_included() {
    let mut line = Line::new(config(initiator(Version::Fix44)), nums(5, 7));
    line.connect();
    assert_eq!(
        line.receive("35=A|34=5|98=0|108=30|789=6"),
        ["fetch 6 to 7", "deliver A 5", "> 35=4|34=6|43=Y|122=20261122-09:30:00.000|36=8|123=Y",]
    );
}

#[test]
fn an_initiator_in_step_sends_nothing_again() {
    let mut line = Line::new(config(initiator(Version::Fix44)), nums(5, 7));
    line.connect();
    assert_eq!(line.receive("35=A|34=5|98=0|108=30|789=8"), ["deliver A 5"]);
}

#[test]
fn what_was_never_sent_cannot_be_expected() {
    let mut line = Line::new(config(acceptor(Version::Fix44)), nums(5, 7));
    line.connect();
    line.receive("35=A|34=5|98=0|108=30|789=8");
    let text = "Tag 789 (NextExpectedMsgSeqNum) is higher than expected. Expected 7, Received 8";
    assert_eq!(line.accept(), [format!("> 35=5|34=7|58={text}"), format!("disconnect: {text}")]);
    assert_eq!(line.next_in(), 5);
}

#[test]
fn zero_cannot_be_expected() {
    let mut line = Line::new(config(acceptor(Version::Fix44)), nums(5, 7));
    line.connect();
    line.receive("35=A|34=5|98=0|108=30|789=0");
    let text = "Value is incorrect (out of range) for this tag (789)";
    assert_eq!(line.accept(), [format!("> 35=5|34=7|58={text}"), format!("disconnect: {text}")]);
}

#[test]
fn a_logon_ahead_is_not_asked_for_because_the_peer_fills_by_itself() {
    let mut line = Line::new(config(acceptor(Version::Fix44)), nums(5, 7));
    line.connect();
    line.receive("35=A|34=9|98=0|108=30|789=7");
    // Not counted yet, so that the peer knows where to begin (S-789-06).
    assert_eq!(line.accept(), ["> 35=A|34=7|98=0|108=30|789=5"]);
    // What comes meanwhile asks for nothing either (S-789-07).
    assert_eq!(line.receive("35=D|34=10|11=B"), ["hold 10"]);
    assert_eq!(line.receive("35=D|34=5|43=Y|122=20261122-09:29:00|11=A"), ["deliver D 5 again"]);
    assert_eq!(line.receive("35=4|34=6|43=Y|122=20261122-09:30:00|123=Y|36=10"), ["deliver D 10"]);
    assert_eq!(line.next_in(), 11);
}

#[test]
fn a_fill_that_does_not_come_is_asked_for() {
    let mut line = Line::new(config(acceptor(Version::Fix44)), nums(5, 7));
    line.connect();
    line.receive("35=A|34=9|98=0|108=30|789=7");
    line.accept();
    assert_eq!(line.wait(35.9), ["> 35=0|34=8"]);
    line.receive("35=0|34=10");
    // 1.2 intervals after the Logon (S-789-13).
    assert_eq!(line.wait(0.1), ["> 35=2|34=9|7=5|16=0"]);
}

#[test]
fn a_peer_that_does_not_say_what_it_expects_is_asked_as_usual() {
    let mut line = Line::new(config(acceptor(Version::Fix44)), nums(5, 7));
    line.connect();
    line.receive("35=A|34=9|98=0|108=30");
    assert_eq!(line.accept(), ["> 35=A|34=7|98=0|108=30|789=5", "> 35=2|34=8|7=5|16=0"]);
}

#[test]
fn where_it_was_not_agreed_on_it_is_not_looked_at() {
    let mut line = Line::new(acceptor(Version::Fix44), nums(5, 7));
    line.connect();
    line.receive("35=A|34=5|98=0|108=30|789=999");
    assert_eq!(line.accept(), ["> 35=A|34=7|98=0|108=30"]);
}
