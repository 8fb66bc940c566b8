//! NextExpectedMsgSeqNum(789): S-789.

use fixline::session::{ConfigBuilder, ResetPermission, ResetPolicy, Version};

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
    // S-789-01
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
    // S-789-05
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
fn an_acceptor_in_step_sends_nothing_again() {
    // S-789-04
    let mut line = acceptor_after(2);
    line.receive("35=A|34=2|98=0|108=30|789=4");
    assert_eq!(line.accept(), ["> 35=A|34=4|98=0|108=30|789=3"]);
    assert_eq!(line.send("D", "11=NEW|"), Ok(5));
}

#[test]
fn an_initiator_sends_what_the_answer_misses_its_own_logon_included() {
    // S-789-09
    let mut line = Line::new(config(initiator(Version::Fix44)), nums(5, 7));
    line.connect();
    assert_eq!(
        line.receive("35=A|34=5|98=0|108=30|789=6"),
        [
            "fetch 5 to 5",
            "deliver A 5",
            "> 35=4|34=5|43=Y|122=20261122-09:30:00.000|36=6|123=Y",
            "fetch 6 to 7",
            "> 35=4|34=6|43=Y|122=20261122-09:30:00.000|36=8|123=Y",
        ]
    );
}

#[test]
fn an_initiator_whose_logon_alone_is_missed_fills_its_number() {
    // S-789-09
    let mut line = Line::new(config(initiator(Version::Fix44)), nums(5, 7));
    line.connect();
    assert_eq!(
        line.receive("35=A|34=5|98=0|108=30|789=7"),
        [
            "fetch 6 to 6",
            "deliver A 5",
            "> 35=4|34=6|43=Y|122=20261122-09:30:00.000|36=7|123=Y",
            "fetch 7 to 7",
            "> 35=4|34=7|43=Y|122=20261122-09:30:00.000|36=8|123=Y",
        ]
    );
}

#[test]
fn core_17_what_an_acceptor_lacks_that_counts_our_logon_too_early_comes_as_well() {
    // It lacks 41, our Logon is 50, and it says 42: its number and one, as if the Logon were in
    // sequence. It asks for nothing, so that 41 must come by itself.
    let mut line = Line::new(config(initiator(Version::Fix44)), nums(5, 50));
    line.store_message(41, "35=D|34=41", "11=A|");
    line.store_message(42, "35=D|34=42", "11=B|");
    line.connect();
    let again = "43=Y|122=20261122-09:30:00.000";
    assert_eq!(
        line.receive("35=A|34=5|98=0|108=30|789=42"),
        [
            "fetch 41 to 41".to_owned(),
            "deliver A 5".to_owned(),
            format!("> 35=D|34=41|{again}|11=A"),
            "fetch 42 to 50".to_owned(),
            format!("> 35=D|34=42|{again}|11=B"),
            format!("> 35=4|34=43|{again}|36=51|123=Y"),
        ]
    );
    // One that expects 1 cannot mean less.
    let mut line = Line::new(config(initiator(Version::Fix44)), nums(5, 3));
    line.connect();
    let log = line.receive("35=A|34=5|98=0|108=30|789=1");
    assert_eq!(log, ["fetch 1 to 3", "deliver A 5", &format!("> 35=4|34=1|{again}|36=4|123=Y")]);
}

#[test]
fn an_initiator_in_step_sends_nothing_again() {
    // S-789-09
    let mut line = Line::new(config(initiator(Version::Fix44)), nums(5, 7));
    line.connect();
    assert_eq!(line.receive("35=A|34=5|98=0|108=30|789=8"), ["deliver A 5"]);
}

#[test]
fn what_was_never_sent_cannot_be_expected() {
    // S-789-03
    let mut line = Line::new(config(acceptor(Version::Fix44)), nums(5, 7));
    line.connect();
    line.receive("35=A|34=5|98=0|108=30|789=8");
    let text = "Tag 789 (NextExpectedMsgSeqNum) is higher than expected. Expected 7, Received 8";
    assert_eq!(line.accept(), [format!("> 35=5|34=7|58={text}"), format!("disconnect: {text}")]);
    assert_eq!(line.next_in(), 5);
}

#[test]
fn zero_cannot_be_expected_nor_what_is_no_number() {
    // S-789-02
    for (expected, text) in [
        ("0", "Value is incorrect (out of range) for this tag (789)"),
        ("X", "Incorrect data format for value (789)"),
        ("-1", "Incorrect data format for value (789)"),
    ] {
        let mut line = Line::new(config(acceptor(Version::Fix44)), nums(5, 7));
        line.connect();
        line.receive(&format!("35=A|34=5|98=0|108=30|789={expected}"));
        assert_eq!(
            line.accept(),
            [format!("> 35=5|34=7|58={text}"), format!("disconnect: {text}")]
        );
        assert_eq!(line.session.seq_nums(), nums(5, 8));
    }
}

#[test]
fn an_answer_cannot_expect_more_than_the_number_behind_our_logon() {
    // S-789-09, 1B.d
    let mut line = Line::new(config(initiator(Version::Fix44)), nums(5, 7));
    line.connect();
    let text = "Tag 789 (NextExpectedMsgSeqNum) is higher than expected. Expected 8, Received 9";
    assert_eq!(
        line.receive("35=A|34=5|98=0|108=30|789=9"),
        [format!("> 35=5|34=8|58={text}"), format!("disconnect: {text}")]
    );
    assert_eq!(line.next_in(), 5);
}

#[test]
fn a_logon_that_is_too_low_is_the_end_whatever_it_expects() {
    // S-789-08, S-789-10
    let text = "MsgSeqNum too low, expecting 5 but received 4";
    for expected in [3, 7] {
        let mut line = Line::new(config(acceptor(Version::Fix44)), nums(5, 7));
        line.connect();
        line.receive(&format!("35=A|34=4|98=0|108=30|789={expected}"));
        assert_eq!(
            line.accept(),
            [format!("> 35=5|34=7|58={text}"), format!("disconnect: {text}")]
        );
        let mut line = Line::new(config(initiator(Version::Fix44)), nums(5, 7));
        line.connect();
        assert_eq!(
            line.receive(&format!("35=A|34=4|98=0|108=30|789={expected}")),
            [format!("> 35=5|34=8|58={text}"), format!("disconnect: {text}")]
        );
    }
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
fn an_answer_ahead_is_not_asked_for_either() {
    // S-789-10
    let mut line = Line::new(config(initiator(Version::Fix44)), nums(5, 7));
    line.connect();
    assert_eq!(line.receive("35=A|34=7|98=0|108=30|789=8"), ["deliver A 7"]);
    assert_eq!(line.next_in(), 5);
    assert_eq!(line.again("35=D|34=5|11=A"), ["deliver D 5 again"]);
    assert!(line.again("35=4|34=6|123=Y|36=8").is_empty());
    assert_eq!(line.next_in(), 8);
    // A gap that is found later is asked for as usual (S-789-11).
    assert_eq!(line.receive("35=D|34=9|11=C"), ["> 35=2|34=8|7=8|16=0", "hold 9"]);
}

#[test]
fn a_reset_expects_one_and_its_answer_two() {
    // S-789-14: compared with the numbers behind the reset, not with those before it.
    let reset = |builder: ConfigBuilder| config(builder).reset_permission(ResetPermission::ALL);
    let ours = reset(initiator(Version::Fix44)).reset(ResetPolicy::NEVER.at_logon());
    let mut line = Line::new(ours, nums(5, 7));
    assert_eq!(
        line.connect(),
        ["reset to epoch 1, pending", "> 35=A|34=1|98=0|108=30|141=Y|789=1"]
    );
    assert_eq!(line.receive("35=A|34=1|98=0|108=30|141=Y|789=2"), ["deliver A 1/1"]);
    assert_eq!((line.next_in(), line.next_out()), (2, 2));

    let mut line = Line::new(reset(acceptor(Version::Fix44)), nums(5, 7));
    line.connect();
    line.receive("35=A|34=1|98=0|108=30|141=Y|789=1");
    assert_eq!(line.accept(), ["reset to epoch 1", "> 35=A|34=1|98=0|108=30|141=Y|789=2"]);

    // 7 was right before the reset.
    let mut line = Line::new(reset(acceptor(Version::Fix44)), nums(5, 7));
    line.connect();
    line.receive("35=A|34=1|98=0|108=30|141=Y|789=7");
    let text = "Tag 789 (NextExpectedMsgSeqNum) is higher than expected. Expected 1, Received 7";
    assert_eq!(line.accept(), [format!("> 35=5|34=7|58={text}"), format!("disconnect: {text}")]);
    assert_eq!(line.session.seq_nums(), nums(5, 8));

    // In session as well.
    let mut line = Line::new(reset(acceptor(Version::Fix44)), nums(5, 7));
    line.connect();
    line.receive("35=A|34=5|98=0|108=30|789=7");
    line.accept();
    assert_eq!(
        line.receive("35=A|34=1|98=0|108=30|141=Y|789=1"),
        ["reset to epoch 1", "> 35=A|34=1|98=0|108=30|141=Y|789=2"]
    );
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
    // S-789-12, D-19
    let mut line = Line::new(config(acceptor(Version::Fix44)), nums(5, 7));
    line.connect();
    line.receive("35=A|34=9|98=0|108=30");
    assert_eq!(line.accept(), ["> 35=A|34=7|98=0|108=30|789=5", "> 35=2|34=8|7=5|16=0"]);
}

#[test]
fn where_it_was_not_agreed_on_it_is_not_looked_at() {
    // S-789-15
    let mut line = Line::new(acceptor(Version::Fix44), nums(5, 7));
    line.connect();
    line.receive("35=A|34=5|98=0|108=30|789=999");
    assert_eq!(line.accept(), ["> 35=A|34=7|98=0|108=30"]);
}
