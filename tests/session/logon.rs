//! Opening a connection: S-LOGON, test cases 1B, 1S and 2S.

use std::time::Duration;

use fixline::session::{Input, Refusal, SeqNums, Status, Timer, Version};
use fixline::wire::{Body, Fields, Tag};

use crate::line::{Line, acceptor, initiator, nums};

fn waiting(in_out: (u64, u64)) -> Line {
    let mut line = Line::new(acceptor(Version::Fix44), nums(in_out.0, in_out.1));
    line.connect();
    line
}

fn logged_on_sent(in_out: (u64, u64)) -> Line {
    let mut line = Line::new(initiator(Version::Fix44), nums(in_out.0, in_out.1));
    line.connect();
    line
}

// The initiator.

#[test]
fn an_initiator_logs_on_first_and_is_up_with_the_answer() {
    // 1B.a to 1B.c, S-LOGON-01, S-LOGON-03
    let mut line = Line::new(initiator(Version::Fix44), SeqNums::FRESH);
    assert_eq!(line.connect(), ["> 35=A|34=1|98=0|108=30"]);
    assert_eq!(line.session.status(), Status::LoggingOn);
    assert!(line.send("D", "11=ORD-1").is_err());
    assert_eq!(line.receive("35=A|34=1|98=0|108=30"), ["deliver A 1"]);
    assert_eq!((line.next_in(), line.next_out()), (2, 2));
    assert_eq!(line.send("D", "11=ORD-1"), Ok(2));
}

#[test]
fn an_initiator_goes_on_with_the_stored_numbers() {
    // S-LOGON-40
    let mut line = Line::new(initiator(Version::Fix44), nums(5, 7));
    assert_eq!(line.connect(), ["> 35=A|34=7|98=0|108=30"]);
    assert_eq!(line.receive("35=A|34=5|98=0|108=30"), ["deliver A 5"]);
    assert_eq!(line.session.seq_nums(), nums(6, 8));
}

#[test]
fn an_answer_ahead_is_accepted_and_the_gap_asked_for() {
    // 1B.c, S-LOGON-41
    let mut line = logged_on_sent((5, 7));
    assert_eq!(line.receive("35=A|34=9|98=0|108=30"), ["> 35=2|34=8|7=5|16=0", "deliver A 9"]);
    assert_eq!(line.next_in(), 5);
    assert!(line.again("35=4|34=5|123=Y|36=9").is_empty());
    // The Logon's own number was used up when it came.
    assert_eq!(line.next_in(), 10);
    // The peer fills it all the same.
    assert!(line.again("35=4|34=9|123=Y|36=10").is_empty());
    assert_eq!(line.next_in(), 10);
}

#[test]
fn an_invalid_answer_gets_a_logout_and_the_end() {
    // 1B.d, S-LOGON-08, S-LOGON-09, S-LOGON-20, S-LOGON-29
    for (answer, text) in [
        ("35=A|34=4|98=0|108=30", "MsgSeqNum too low, expecting 5 but received 4"),
        ("35=A|34=5|98=0|108=31", "Invalid HeartBtInt(108), expected value 30 seconds"),
        ("35=A|34=5|98=0", "Required tag missing (108)"),
        ("35=A|34=5|108=30", "Required tag missing (98)"),
        ("35=A|34=5|98=1|108=30", "Unsupported EncryptMethod(98) = 1, expected 0"),
        ("35=A|34=5|98=0|108=30|58=", "Tag specified without a value (58)"),
        ("35=A|34=0|98=0|108=30", "Required tag missing: MsgSeqNum(34)"),
        ("35=A|98=0|108=30", "Required tag missing: MsgSeqNum(34)"),
        ("35=A|34=5|43=Y|122=20261122-09:29:00|98=0|108=30", "A Logon cannot be a repetition"),
        ("35=A|34=1000000006|98=0|108=30", "Sequence number 1000000006 in tag 34 is too far ahead"),
    ] {
        let mut line = logged_on_sent((5, 7));
        assert_eq!(
            line.receive(answer),
            [format!("> 35=5|34=8|58={text}"), format!("disconnect: {text}")]
        );
        assert_eq!(line.session.seq_nums(), nums(5, 9));
    }
}

#[test]
fn a_first_message_that_is_no_logon_gets_a_logout_and_the_end() {
    // 1B.e, S-LOGON-24, LOG-21
    for message in ["35=0|34=5", "35=1|34=5|112=T", "35=4|34=5|36=9", "35=D|34=5|11=A"] {
        let mut line = logged_on_sent((5, 7));
        assert_eq!(
            line.receive(message),
            ["> 35=5|34=8|58=First message not a Logon", "disconnect: First message not a Logon"]
        );
        assert_eq!(line.next_in(), 5);
    }
}

#[test]
fn a_logout_in_answer_is_a_refusal_and_not_answered() {
    // S-LOGON-24
    for (seq, next_in) in [(5, 6), (1, 5), (9, 5)] {
        let mut line = logged_on_sent((5, 7));
        assert_eq!(
            line.receive(&format!("35=5|34={seq}|58=GO AWAY")),
            [format!("deliver 5 {seq}"), "disconnect: the peer refused our Logon".into()]
        );
        assert_eq!(line.session.seq_nums(), nums(next_in, 8));
    }
}

#[test]
fn an_answer_is_waited_for_ten_seconds() {
    // S-LOGON-26, END-02
    let mut line = logged_on_sent((5, 7));
    assert_eq!(line.timer(), Some(Timer::Logon));
    assert!(line.wait(9.9).is_empty());
    assert_eq!(line.wait(0.1), ["disconnect: the peer did not answer our Logon"]);
    assert_eq!(line.session.seq_nums(), nums(5, 8));
}

#[test]
fn a_second_answer_is_the_end() {
    // S-LOGON-10, LOG-02, LOG-17: Logons do not answer each other without end.
    let mut line = logged_on_sent((5, 7));
    line.receive("35=A|34=5|98=0|108=30");
    assert_eq!(line.receive("35=A|34=6|98=0|108=30"), ["> 35=5|34=8|58=Already logged on"]);
}

// The acceptor.

#[test]
fn an_acceptor_asks_the_application_before_anything_has_an_effect() {
    // S-LOGON-02, INV-12
    let mut line = Line::new(acceptor(Version::Fix44), SeqNums::FRESH);
    assert!(line.connect().is_empty());
    assert_eq!(line.receive("35=A|34=1|98=0|108=20"), ["authenticate 1"]);
    assert_eq!(line.session.seq_nums(), SeqNums::FRESH);
    assert_eq!(line.accept(), ["> 35=A|34=1|98=0|108=20"]);
    assert_eq!((line.next_in(), line.next_out()), (2, 2));
    assert_eq!(line.session.status(), Status::LoggedOn { recovering: false, replaying: false });
}

#[test]
fn what_follows_the_logon_waits_for_the_verdict() {
    // S-LOGON-04
    let mut line = waiting((1, 1));
    let logon = line.peer_message("35=A|34=1|98=0|108=30");
    let order = line.peer_message("35=D|34=2|11=A");
    assert_eq!(line.receive_bytes(&[logon, order].concat()), ["authenticate 1"]);
    assert!(line.receive_bytes(b"").is_empty());
    assert_eq!(line.accept(), ["> 35=A|34=1|98=0|108=30"]);
    assert_eq!(line.receive_bytes(b""), ["deliver D 2"]);
}

#[test]
fn a_logon_ahead_is_answered_before_the_gap_is_asked_for() {
    // 1S.a, S-LOGON-41
    let mut line = waiting((5, 7));
    line.receive("35=A|34=9|98=0|108=30");
    assert_eq!(line.accept(), ["> 35=A|34=7|98=0|108=30", "> 35=2|34=8|7=5|16=0"]);
    assert_eq!(line.next_in(), 5);
    // The fill covers the Logon's own number, which was acted on.
    assert!(line.again("35=4|34=5|123=Y|36=10").is_empty());
    assert_eq!(line.next_in(), 10);
}

#[test]
fn an_invalid_logon_gets_a_logout_and_the_end() {
    // S-VAL-12, S-VAL-13: no Reject before the Logout.
    // 1S.d, S-LOGON-07, S-LOGON-20, S-LOGON-42, LOG-13, LOG-20
    let interval = "Invalid HeartBtInt(108), expected value between 0 and 86400 seconds";
    for (logon, text) in [
        ("35=A|34=4|98=0|108=30", "MsgSeqNum too low, expecting 5 but received 4"),
        ("35=A|34=5|98=0", "Required tag missing (108)"),
        ("35=A|34=5|98=0|108=-1", interval),
        ("35=A|34=5|98=0|108=86401", interval),
        ("35=A|34=5|98=0|108=18446744073709551615", "Incorrect data format for value (108)"),
        ("35=A|34=5|98=0|108=X", "Incorrect data format for value (108)"),
        ("35=A|34=5|98=0|108=1.5", "Incorrect data format for value (108)"),
        ("35=A|34=5|98=6|108=30", "Unsupported EncryptMethod(98) = 6, expected 0"),
        ("35=A|34=5|98=X|108=30", "Unsupported EncryptMethod(98), expected 0"),
        ("35=A|34=5|43=Y|122=20261122-09:29:00|98=0|108=30", "A Logon cannot be a repetition"),
        ("35=A|34=5|52=X|98=0|108=30", "Incorrect data format for value (52)"),
    ] {
        let mut line = waiting((5, 7));
        assert_eq!(line.receive(logon), [format!("authenticate {}", &logon[8..9])]);
        assert_eq!(
            line.accept(),
            [format!("> 35=5|34=7|58={text}"), format!("disconnect: {text}")]
        );
        assert_eq!(line.session.seq_nums(), nums(5, 8));
    }
}

#[test]
fn a_logon_without_a_number_is_closed_in_silence() {
    // S-LOGON-43
    for logon in ["35=A|98=0|108=30", "35=A|34=0|98=0|108=30", "35=A|34=X|98=0|108=30"] {
        let mut line = waiting((5, 7));
        assert_eq!(line.receive(logon), ["disconnect: Required tag missing: MsgSeqNum(34)"]);
        assert_eq!(line.session.seq_nums(), nums(5, 7));
    }
}

#[test]
fn a_first_message_that_is_no_logon_is_closed_in_silence() {
    // 2S, S-LOGON-23; INV-11
    for message in ["35=0|34=5", "35=3|34=5|45=1", "35=4|34=5|36=9", "35=5|34=5", "35=D|34=5|11=A"]
    {
        let mut line = waiting((5, 7));
        assert_eq!(line.receive(message), ["disconnect: First message not a Logon"]);
        assert_eq!(line.session.seq_nums(), nums(5, 7));
    }
}

#[test]
fn an_acceptor_accepts_what_intervals_it_is_told_to() {
    // S-LOGON-05, S-LOGON-06
    for (range, interval, text) in [
        (10..=60, 10, None),
        (10..=60, 60, None),
        (10..=60, 9, Some("Invalid HeartBtInt(108), expected value between 10 and 60 seconds")),
        (30..=30, 31, Some("Invalid HeartBtInt(108), expected value 30 seconds")),
    ] {
        let config = acceptor(Version::Fix44).accept_heart_bt_int(range);
        let mut line = Line::new(config, SeqNums::FRESH);
        line.connect();
        line.receive(&format!("35=A|34=1|98=0|108={interval}"));
        let expected = match text {
            None => vec![format!("> 35=A|34=1|98=0|108={interval}")],
            Some(text) => {
                vec![format!("> 35=5|34=1|58={text}"), format!("disconnect: {text}")]
            }
        };
        assert_eq!(line.accept(), expected);
    }
}

#[test]
fn an_application_refuses_in_silence_or_with_a_logout() {
    // S-LOGON-19, S-LOGON-21, S-OUT-10, INV-12
    let mut line = waiting((5, 7));
    line.receive("35=A|34=5|98=0|108=30");
    assert_eq!(line.refuse(Refusal::Silent), ["disconnect: we refused the Logon"]);
    assert_eq!(line.session.seq_nums(), nums(5, 7));

    let mut line = waiting((5, 7));
    line.receive("35=A|34=5|98=0|108=30");
    let refusal = Refusal::Logout { status: Some(5), text: "WHO ARE YOU" };
    assert_eq!(
        line.refuse(refusal),
        ["> 35=5|34=7|58=WHO ARE YOU", "disconnect: we refused the Logon"]
    );
    // It costs one outbound number.
    assert_eq!(line.session.seq_nums(), nums(5, 8));
}

#[test]
fn a_verdict_comes_in_ten_seconds_of_the_connection() {
    let mut line = waiting((1, 1));
    line.wait(6.0);
    line.receive("35=A|34=1|98=0|108=30");
    assert!(line.wait(3.9).is_empty());
    assert_eq!(line.wait(0.1), ["disconnect: the application did not decide about the Logon"]);
    assert!(line.accept().is_empty());
    assert_eq!(line.session.seq_nums(), SeqNums::FRESH);
}

#[test]
fn bytes_do_not_prolong_the_wait_for_a_logon() {
    // T2
    let mut line = waiting((1, 1));
    let logon = line.peer_message("35=A|34=1|98=0|108=30");
    for byte in &logon[..9] {
        line.wait(1.0);
        assert!(line.receive_bytes(&[*byte]).is_empty());
    }
    assert_eq!(line.wait(1.0), ["disconnect: no Logon in time"]);
}

#[test]
fn the_wait_for_a_logon_can_be_set() {
    let config = acceptor(Version::Fix44).logon_timeout(Duration::from_secs(3));
    let mut line = Line::new(config, SeqNums::FRESH);
    line.connect();
    assert_eq!(line.wait(3.0), ["disconnect: no Logon in time"]);
}

#[test]
fn verdicts_of_another_attempt_are_ignored() {
    let mut line = waiting((1, 1));
    line.receive("35=A|34=1|98=0|108=30");
    let old = line.attempt;
    line.close();
    line.connect();
    line.receive("35=A|34=1|98=0|108=30");
    let logon = Fields::EMPTY;
    assert!(line.input(Input::Accept { attempt: old, logon }).is_empty());
    let refusal = Refusal::Silent;
    assert!(line.input(Input::Refuse { attempt: old, refusal }).is_empty());
    assert_eq!(line.take_rules().last(), Some(&"INV-16"));
    assert_eq!(line.accept(), ["> 35=A|34=1|98=0|108=30"]);
    // And a second verdict on the same attempt.
    assert!(line.accept().is_empty());
    assert!(line.refuse(Refusal::Silent).is_empty());
}

// Further fields.

fn fields(text: &str) -> Body {
    Body::parse(text).unwrap()
}

#[test]
fn a_logon_has_the_fields_of_the_configuration_and_of_the_attempt_in_their_places() {
    let config = initiator(Version::Fix44).logon_field(Tag::USERNAME, "ME");
    let mut line = Line::new(config, SeqNums::FRESH);
    let body = fields("95=3|96=\\x01=\\x01|384=1|372=D|385=R|1400=1");
    let logon = body.as_fields().unwrap();
    assert_eq!(
        line.input(Input::Connected { logon }),
        [r"> 35=A|34=1|95=3|96=***|98=0|108=30|384=1|372=D|385=R|553=ME|1400=1"]
    );
}

#[test]
fn an_acceptors_logon_has_the_fields_of_its_verdict() {
    let mut line = Line::new(acceptor(Version::Fix50Sp2), SeqNums::FRESH);
    line.connect();
    line.receive("35=A|34=1|98=0|108=30|1137=9");
    let body = fields("58=WELCOME|1409=1");
    assert_eq!(
        line.accept_with(body.as_fields().unwrap()),
        ["> 35=A|34=1|58=WELCOME|98=0|108=30|1137=9|1409=1"]
    );
}

#[test]
fn fields_that_are_the_sessions_own_are_refused() {
    for field in
        ["98=0", "108=30", "141=Y", "789=1", "1137=9", "383=1", "464=Y", "34=1", "50=X", "89=x"]
    {
        let body = if field == "89=x" { fields("93=1|89=x") } else { fields(field) };
        let tag: u32 =
            if field == "89=x" { 93 } else { field.split('=').next().unwrap().parse().unwrap() };
        let expected = [format!("misuse: tag {tag} cannot be added to a Logon here")];
        let mut line = Line::new(initiator(Version::Fix44), SeqNums::FRESH);
        let logon = body.as_fields().unwrap();
        assert_eq!(line.input(Input::Connected { logon }), expected);
        assert_eq!(line.session.status(), Status::Disconnected);

        let mut line = waiting((1, 1));
        line.receive("35=A|34=1|98=0|108=30");
        assert_eq!(line.accept_with(logon), expected);
        assert_eq!(line.accept(), ["> 35=A|34=1|98=0|108=30"]);
    }
}

#[test]
fn too_many_fields_are_refused() {
    let body = fields(&format!("58={}", "x".repeat(1024)));
    let mut line = Line::new(initiator(Version::Fix44), SeqNums::FRESH);
    let logon = body.as_fields().unwrap();
    assert_eq!(
        line.input(Input::Connected { logon }),
        ["misuse: the extra Logon fields are too long"]
    );
}

// Signed Logons.

fn signing() -> Line {
    Line::new(initiator(Version::Fix44).sign_logon(true), nums(5, 7))
}

#[test]
fn a_signed_logon_goes_out_as_it_was_signed() {
    let mut line = signing();
    assert_eq!(line.connect(), ["sign 7"]);
    assert_eq!(line.session.status(), Status::LoggingOn);
    assert_eq!(line.next_out(), 7);
    line.sleep(2.0);
    let body = fields("95=3|96=SIG");
    let log = line.sign(body.as_fields().unwrap(), "20261122-09:30:00.000");
    assert_eq!(log, ["> 35=A|34=7|95=3|96=***|98=0|108=30"]);
    assert_eq!(line.receive("35=A|34=5|98=0|108=30"), ["deliver A 5"]);
}

#[test]
fn a_signature_is_waited_for_ten_seconds() {
    let mut line = signing();
    line.connect();
    assert!(line.receive_bytes(b"8=FIX").is_empty());
    assert!(line.wait(9.9).is_empty());
    assert_eq!(line.wait(0.1), ["disconnect: the application did not sign our Logon"]);
    assert_eq!(line.session.seq_nums(), nums(5, 7));
}

#[test]
fn a_signature_of_another_attempt_is_ignored() {
    let mut line = signing();
    line.connect();
    let old = line.attempt;
    line.close();
    line.connect();
    assert!(line.input(Input::Signed { attempt: old, logon: Fields::EMPTY }).is_empty());
    assert_eq!(line.take_rules().last(), Some(&"INV-16"));
    assert_eq!(line.next_out(), 7);
}

#[test]
fn fields_of_a_signed_logon_come_with_the_signature() {
    let mut line = signing();
    let body = fields("553=ME");
    assert_eq!(
        line.input(Input::Connected { logon: body.as_fields().unwrap() }),
        ["misuse: tag 553 cannot be added to a Logon here"]
    );
}

// One connection after the other.

#[test]
fn a_connection_needs_its_end_before_the_next_one() {
    let mut line = waiting((1, 1));
    let log = line.connect();
    assert_eq!(
        log,
        ["misuse: there is a connection already: feed Input::Closed before the next Connected"]
    );
}

#[test]
fn nothing_of_one_connection_is_left_in_the_next() {
    // INV-16
    let mut line = Line::up(acceptor(Version::Fix44));
    line.serves = false;
    line.receive("35=D|34=4|11=C");
    line.receive("35=2|34=5|7=1|16=0");
    line.garbled("35=0|34=6");
    line.wait(36.0);
    line.close();
    let mut fresh = Line::new(acceptor(Version::Fix44), line.session.seq_nums());
    fresh.now = line.now;
    line.log_on(6);
    fresh.log_on(6);
    // But for the ids, which go on.
    let debug = |line: &Line| {
        let text = format!("{:?}", line.session);
        let (before, rest) = text.split_once("attempts: ").unwrap();
        let (_, after) = rest.split_once(" overdue: ").unwrap();
        format!("{before}{after}")
    };
    assert_eq!(debug(&line), debug(&fresh));
}
