//! Resets in session that must not go on for ever, and what their Logons say.

use fixline::session::{Input, Reason, Recovery, Status, Version};

use crate::line::{Line, acceptor, initiator, nums};
use crate::reset::{RESET_LOGON, numbers, permitting};

const ANSWER: &str = "> 35=A|34=1|98=0|108=30|141=Y";

fn up() -> Line {
    Line::up(permitting(acceptor(Version::Fix44)))
}

#[test]
fn core_04_a_peer_that_answers_our_answer_does_not_begin_another_reset() {
    for role in [acceptor, initiator] {
        let mut line = Line::up(permitting(role(Version::Fix44)));
        line.receive("35=0|34=2");
        assert_eq!(line.receive(RESET_LOGON), ["reset to epoch 1", ANSWER]);
        for _ in 0..100 {
            assert!(line.receive(RESET_LOGON).is_empty());
        }
        assert_eq!(line.session.seq_nums(), numbers(1, 2, 2, false));
        assert_eq!(line.receive("35=D|34=2|11=A"), ["deliver D 1/2"]);
        // Then it is a new reset.
        assert_eq!(line.receive(RESET_LOGON), ["reset to epoch 2", ANSWER]);
    }
}

#[test]
fn core_04_what_we_sent_meanwhile_is_not_lost_by_the_answer_to_our_answer() {
    let mut line = up();
    line.receive("35=0|34=2");
    line.receive(RESET_LOGON);
    assert_eq!(line.send("8", "37=X"), Ok(2));
    assert!(line.receive(RESET_LOGON).is_empty());
    assert_eq!(line.session.seq_nums(), numbers(1, 2, 3, false));
    assert_eq!(
        line.receive("35=2|34=2|7=2|16=0"),
        ["fetch 2 to 2", "> 35=8|34=2|43=Y|122=20261122-09:30:00.000|37=X"]
    );
}

#[test]
fn core_04_a_second_logon_behind_a_reset_at_the_opening_is_the_answer() {
    // S-RESET-10: an engine that answers every reset with one, whoever asked for it.
    let mut line = Line::new(permitting(acceptor(Version::Fix44)), nums(5, 7));
    line.connect();
    line.receive(RESET_LOGON);
    assert_eq!(line.accept(), ["reset to epoch 1", ANSWER]);
    assert!(line.receive(RESET_LOGON).is_empty());

    let mut line = Line::new(permitting(initiator(Version::Fix44)), nums(5, 7));
    line.connect();
    assert_eq!(line.receive(RESET_LOGON), ["reset to epoch 1", ANSWER, "deliver A 1/1"]);
    assert!(line.receive(RESET_LOGON).is_empty());

    // Nothing is reset, so that it needs no permission.
    let mut line = Line::new(initiator(Version::Fix44), nums(5, 7));
    line.input(Input::ResetSeqNums);
    line.connect();
    assert_eq!(line.receive(RESET_LOGON), ["deliver A 2/1"]);
    assert!(line.receive(RESET_LOGON).is_empty());
    assert_eq!(line.session.seq_nums(), numbers(2, 2, 2, false));
}

#[test]
fn core_04_an_answer_in_the_middle_of_a_gap_is_a_reset() {
    let mut line = up();
    line.receive("35=0|34=2");
    line.receive(RESET_LOGON);
    line.receive("35=D|34=3|11=B");
    assert_eq!(line.receive(RESET_LOGON), ["reset to epoch 2", ANSWER]);
}

#[test]
fn core_04_resets_are_bounded_by_the_minute() {
    let mut line = Line::up(permitting(acceptor(Version::Fix44)).resets_per_minute_max(3));
    for epoch in 1..=3 {
        line.receive("35=0|34=2");
        assert_eq!(line.receive(RESET_LOGON), [format!("reset to epoch {epoch}"), ANSWER.into()]);
    }
    line.receive("35=0|34=2");
    line.sleep(59.0);
    let mut patient = line.clone();
    assert_eq!(line.receive(RESET_LOGON), ["> 35=5|34=2|58=Too many resets"]);
    assert_eq!(line.wait(2.0), ["disconnect: Too many resets"]);
    let Status::Ended(Reason::Fault(fault)) = line.session.status() else { panic!("ended") };
    assert_eq!(Reason::Fault(fault).recovery(), Recovery::RetryLater);

    patient.sleep(1.0);
    assert_eq!(patient.receive(RESET_LOGON)[0], "reset to epoch 4");
}

#[test]
fn core_06_a_reset_logon_in_session_is_judged_as_at_the_opening() {
    let wrong = [
        ("35=A|34=1|141=Y", "Required tag missing (98)"),
        ("35=A|34=1|98=0|141=Y", "Required tag missing (108)"),
        ("35=A|34=1|98=1|108=30|141=Y", "Unsupported EncryptMethod(98) = 1, expected 0"),
        ("35=A|34=1|98=0|108=31|141=Y", "Invalid HeartBtInt(108), expected value 30 seconds"),
        ("35=A|34=1|98=0|108=x|141=Y", "Incorrect data format for value (108)"),
        (
            "35=A|34=1|98=0|108=30|141=Y|383=10",
            "MaxMessageSize(383) = 10 < required message size 512",
        ),
        (
            "35=A|34=1|98=0|108=30|141=Y|464=Y",
            "Value is incorrect (out of range) for this tag (464)",
        ),
        (
            "35=A|34=1|98=0|108=30|141=Y|789=9",
            "Tag 789 (NextExpectedMsgSeqNum) is higher than expected.",
        ),
    ];
    for (logon, text) in wrong {
        // The peer's reset.
        let config = || {
            permitting(acceptor(Version::Fix44))
                .accept_heart_bt_int(30..=30)
                .test_message_indicator(false)
                .next_expected_msg_seq_num(true)
        };
        let mut line = Line::up(config());
        line.receive("35=0|34=2");
        let before = line.session.seq_nums();
        let log = line.receive(logon);
        assert!(log[0].contains(text), "{logon}: {log:?}");
        assert!(log[0].starts_with("> 35=5"), "{logon}: {log:?}");
        assert_eq!(line.session.seq_nums().epoch, before.epoch, "{logon}");
        assert_eq!(line.session.seq_nums().next_in, before.next_in, "{logon}");

        // The answer to ours.
        let mut line = Line::up(config());
        line.input(Input::ResetSeqNums);
        line.receive("35=0|34=2|112=2");
        let log = line.receive(logon);
        assert!(log[0].contains(text), "{logon}: {log:?}");
        assert!(line.session.seq_nums().reset_pending, "{logon}");
    }
}

#[test]
fn core_06_an_application_version_that_is_not_served_resets_nothing() {
    let mut line = Line::up(permitting(acceptor(Version::Fix50Sp2)));
    line.receive("35=0|34=2");
    let log = line.receive("35=A|34=1|98=0|108=30|141=Y|1137=2");
    assert!(log[0].starts_with("> 35=5"), "{log:?}");
    assert_eq!(line.session.seq_nums().epoch, 0);
}

#[test]
fn core_06_what_a_reset_logon_says_counts_from_then_on() {
    let mut line = up();
    line.receive("35=0|34=2");
    assert_eq!(
        line.receive("35=A|34=1|98=0|108=5|141=Y|383=600"),
        ["reset to epoch 1", "> 35=A|34=1|98=0|108=5|141=Y"]
    );
    // Its HeartBtInt: ours goes out after 5 s.
    assert_eq!(line.wait(5.0), ["> 35=0|34=2"]);
    // Its MaxMessageSize.
    assert!(line.send("B", &format!("148={}", "x".repeat(600))).is_err());
}

#[test]
fn core_06_a_reset_logon_says_what_it_expects_of_the_new_series() {
    // S-789-14: the request 1, the answer 2.
    let config = || permitting(acceptor(Version::Fix44)).next_expected_msg_seq_num(true);
    let mut line = Line::up(config());
    line.receive("35=0|34=2");
    assert_eq!(
        line.receive("35=A|34=1|98=0|108=30|141=Y|789=1"),
        ["reset to epoch 1", "> 35=A|34=1|98=0|108=30|141=Y|789=2"]
    );
    let mut line = Line::up(config());
    line.receive("35=0|34=2");
    assert!(line.receive("35=A|34=1|98=0|108=30|141=Y|789=2")[0].starts_with("> 35=5"));

    let mut line = Line::up(config());
    line.input(Input::ResetSeqNums);
    line.receive("35=0|34=2|112=2");
    assert!(line.receive("35=A|34=1|98=0|108=30|141=Y|789=2").is_empty());
    assert!(!line.session.seq_nums().reset_pending);
}
