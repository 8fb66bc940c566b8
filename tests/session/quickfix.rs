//! The QuickFIX profile: what its counterparties and its acceptance scripts are used to.

use fixline::session::{
    ConfigError, Input, RejectTexts, ResendRequestForm, ResetPolicy, SeqNums, SilenceFrom, Timer,
    Version,
};
use fixline::wire::from_text;

use crate::line::{Line, acceptor, initiator, nums};

fn quickfix(version: Version) -> Line {
    Line::up(acceptor(version).quickfix_profile())
}

// Logout.

#[test]
fn a_logout_ahead_of_a_gap_is_acknowledged_at_once() {
    // D-06, 1a_TooHigh, RejectResentMessage
    let mut line = quickfix(Version::Fix44);
    let log = line.receive("35=5|34=9");
    assert_eq!(log, ["> 35=5|34=2", "deliver 5 9", "disconnect: the peer logged us out"]);
    assert_eq!(line.next_in(), 2);
}

#[test]
fn a_logout_says_nothing_but_that_it_is_one() {
    // The scripts of FIX.5.0: no SessionStatus(1409).
    for version in Version::ALL {
        let log = quickfix(version).receive("35=5|34=2");
        assert_eq!(log[0], "> 35=5|34=2", "{version}");
    }
}

#[test]
fn a_logout_in_an_open_gap_is_acknowledged_at_once() {
    let mut line = quickfix(Version::Fix44);
    assert_eq!(line.receive("35=D|34=3|11=A"), ["> 35=2|34=2|7=2|16=0", "hold 3"]);
    let log = line.receive("35=5|34=4");
    assert_eq!(log, ["> 35=5|34=3", "deliver 5 4", "disconnect: the peer logged us out"]);
}

#[test]
fn a_logout_that_is_too_low_is_acknowledged_at_once() {
    // 10_MsgSeqNumEqual, 3b, 3c
    let mut line = quickfix(Version::Fix44);
    let log = line.receive("35=5|34=1");
    assert_eq!(log, ["> 35=5|34=2", "deliver 5 1", "disconnect: the peer logged us out"]);
    assert_eq!(line.next_in(), 2);
}

#[test]
fn a_logout_behind_a_resend_request_is_acknowledged_behind_its_answer() {
    let mut line = quickfix(Version::Fix44);
    line.send("D", "11=A").unwrap();
    line.serves = false;
    line.receive("35=2|34=2|7=1|16=0");
    assert_eq!(line.receive("35=5|34=9"), ["deliver 5 9"]);
    let log = line.serve();
    assert_eq!(log[0], "> 35=4|34=1|43=Y|122=20261122-09:30:00.000|36=2|123=Y");
    assert_eq!(log[1], "> 35=D|34=2|43=Y|122=20261122-09:30:00.000|11=A");
    assert_eq!(log[2..], ["> 35=5|34=3", "disconnect: the peer logged us out"]);
}

#[test]
fn an_unanswered_logout_is_given_up_after_two_seconds() {
    let mut line = quickfix(Version::Fix44);
    line.logout("");
    assert_eq!(line.wait(2.0), ["disconnect: the peer did not answer our Logout"]);
}

// Recovery.

#[test]
fn a_resend_request_that_is_too_low_is_served() {
    // S-RSND-13, 8_OnlyAdminMessages
    let mut line = quickfix(Version::Fix44);
    line.receive("35=0|34=2");
    line.receive("35=0|34=3");
    let log = line.receive("35=2|34=2|7=1|16=0");
    let fill = "> 35=4|34=1|43=Y|122=20261122-09:30:00.000|36=2|123=Y";
    assert_eq!(log, ["fetch 1 to 1", fill]);
    assert_eq!(line.next_in(), 4);
}

#[test]
fn a_resend_request_that_is_too_low_and_asks_for_nothing_is_rejected_and_not_counted() {
    let mut line = quickfix(Version::Fix44);
    line.receive("35=0|34=2");
    let log = line.receive("35=2|34=2|7=9|16=0");
    let text = "Value is incorrect (out of range) for this tag";
    assert_eq!(log, [format!("> 35=3|34=2|45=2|58={text}|371=7|372=2|373=5")]);
    assert_eq!(line.next_in(), 3);
}

#[test]
fn stored_rejects_are_gap_filled() {
    let mut line = quickfix(Version::Fix44);
    line.receive("35=D|34=2|11=");
    let log = line.receive("35=2|34=3|7=1|16=0");
    let fill = "> 35=4|34=1|43=Y|122=20261122-09:30:00.000|36=3|123=Y";
    assert_eq!(log, ["fetch 1 to 2", fill]);
}

#[test]
fn gaps_are_asked_for_to_the_end() {
    for (version, end) in
        [(Version::Fix40, 999_999), (Version::Fix41, 999_999), (Version::Fix44, 0)]
    {
        let mut line = quickfix(version);
        let log = line.receive("35=D|34=5|11=A");
        assert_eq!(log, [format!("> 35=2|34=2|7=2|16={end}"), "hold 5".into()]);
    }
}

#[test]
fn the_last_chunk_reaches_to_the_end() {
    let form = ResendRequestForm::Chunks(3);
    let mut line = Line::up(acceptor(Version::Fix44).quickfix_profile().resend_request_form(form));
    assert_eq!(line.receive("35=D|34=7|11=F"), ["> 35=2|34=2|7=2|16=4", "hold 7"]);
    assert_eq!(line.again("35=4|34=2|123=Y|36=5"), ["> 35=2|34=3|7=5|16=0"]);
    assert_eq!(line.again("35=4|34=5|123=Y|36=7"), ["deliver D 7"]);
}

#[test]
fn a_wrong_field_ahead_of_a_gap_is_rejected_at_once_and_again_in_its_place() {
    // S-VAL-36, RejectResentMessage
    let mut line = quickfix(Version::Fix44);
    let text = "Tag specified without a value";
    let log = line.receive("35=D|34=3|11=");
    assert_eq!(log, [format!("> 35=3|34=2|45=3|58={text}|371=11|372=D|373=4")]);
    assert_eq!(line.next_in(), 2);
    line.receive("35=D|34=2|11=A");
    let log = line.again("35=D|34=3|11=");
    assert_eq!(log, [format!("> 35=3|34=3|45=3|58={text}|371=11|372=D|373=4")]);
    assert_eq!(line.next_in(), 4);
}

#[test]
fn a_repetition_in_sequence_needs_no_original_time() {
    // D-12
    let mut line = quickfix(Version::Fix44);
    assert_eq!(line.receive("35=D|34=2|43=Y|11=A"), ["deliver D 2 again"]);
    // Below the expected number it does (2g).
    let log = line.receive("35=D|34=2|43=Y|11=A");
    let text = "Required tag missing";
    assert_eq!(log, [format!("> 35=3|34=2|45=2|58={text}|371=122|372=D|373=1")]);
}

// Signs of life.

#[test]
fn no_heartbeat_while_our_test_request_is_open_and_the_end_without_a_word() {
    // 6_SendTestRequest
    let mut line = Line::new(acceptor(Version::Fix44).quickfix_profile(), SeqNums::FRESH);
    line.connect();
    line.receive("35=A|34=1|98=0|108=10");
    line.accept();
    assert_eq!(line.wait(10.0), ["> 35=0|34=2"]);
    assert_eq!(line.timer(), Some(Timer::TestRequest));
    assert_eq!(line.wait(2.0), ["> 35=1|34=3|112=TEST"]);
    assert_eq!(line.timer(), Some(Timer::Silence));
    assert!(line.wait(11.9).is_empty());
    assert_eq!(line.wait(0.1), ["disconnect: the peer fell silent"]);
}

#[test]
fn whatever_comes_ends_the_waiting_for_an_answer() {
    let mut line = quickfix(Version::Fix44);
    assert_eq!(line.wait(36.0), ["> 35=0|34=2", "> 35=1|34=3|112=TEST"]);
    line.receive("35=0|34=2");
    assert_eq!(line.wait(30.0), ["> 35=0|34=4"]);
}

#[test]
fn silence_may_count_from_the_last_receipt_and_still_be_named() {
    let config =
        acceptor(Version::Fix44).silence_after(150).silence_counts_from(SilenceFrom::LastReceipt);
    let mut line = Line::up(config);
    assert_eq!(line.wait(44.9), ["> 35=0|34=2", "> 35=1|34=3|112=3"]);
    let log = line.wait(0.1);
    let last = "> 35=5|34=4|58=No answer to TestRequest";
    assert_eq!(log, [last, "disconnect: the peer fell silent"]);
}

#[test]
fn one_test_req_id_serves_for_a_reset_too() {
    let mut line = Line::up(initiator(Version::Fix44).test_req_id("TEST"));
    assert_eq!(line.input(Input::ResetSeqNums), ["> 35=1|34=2|112=TEST"]);
    assert!(line.receive("35=0|34=2|112=OTHER").is_empty());
    let log = line.receive("35=0|34=3|112=TEST");
    assert_eq!(log, ["reset to epoch 1, pending", "> 35=A|34=1|98=0|108=30|141=Y"]);
}

// Rejects and Logouts.

#[test]
fn a_comp_id_that_differs_is_rejected_in_few_words() {
    // 2k
    let mut line = quickfix(Version::Fix44);
    let log = line.receive("35=D|34=2|49=OTHER|11=A");
    let reject = "> 35=3|34=2|45=2|58=CompID problem|372=D|373=9";
    assert_eq!(log, [reject, "> 35=5|34=3"]);
    assert_eq!(line.receive("35=5|34=3")[1..], ["disconnect: CompID problem (49)"]);
}

#[test]
fn a_sending_time_that_is_far_off_is_rejected_in_few_words() {
    // 2o
    let mut line = quickfix(Version::Fix44);
    let log = line.receive("35=0|34=2|52=20261122-09:27:59");
    let reject = "> 35=3|34=2|45=2|58=SendingTime accuracy problem|372=0|373=10";
    assert_eq!(log, [reject, "> 35=5|34=3"]);
    assert_eq!(line.wait(2.0), ["disconnect: SendingTime accuracy problem"]);
}

#[test]
fn an_original_time_that_is_too_late_is_rejected_in_few_words() {
    // 2f
    let mut line = quickfix(Version::Fix44);
    line.receive("35=D|34=2|11=A");
    let log = line.receive("35=D|34=2|43=Y|122=20261122-09:30:10|11=A");
    let reject = "> 35=3|34=2|45=2|58=SendingTime accuracy problem|372=D|373=10";
    assert_eq!(log, [reject, "> 35=5|34=3"]);
}

#[test]
fn a_sequence_reset_backwards_is_rejected_in_few_words() {
    // 11c
    let mut line = quickfix(Version::Fix44);
    let log = line.receive("35=4|34=0|36=1");
    let text = "Value is incorrect (out of range) for this tag";
    assert_eq!(log, [format!("> 35=3|34=2|45=0|58={text}|372=4|373=5")]);
}

#[test]
fn before_fix_4_2_the_text_names_the_tag() {
    // S-VAL-04
    let mut line = quickfix(Version::Fix40);
    let log = line.receive("35=D|34=2|11=");
    assert_eq!(log, ["> 35=3|34=2|45=2|58=Tag specified without a value (11)"]);
    let log = line.receive("35=4|34=0|36=1");
    assert_eq!(log, ["> 35=3|34=3|45=0|58=Value is incorrect (out of range) for this tag"]);
    let log = line.receive("35=D|34=3|49=OTHER|11=A");
    assert_eq!(log, ["> 35=3|34=4|45=3|58=CompID problem", "> 35=5|34=5"]);
}

#[test]
fn the_words_of_the_standard_go_with_all_else_as_it_is() {
    let mut line = Line::up(acceptor(Version::Fix44).reject_texts(RejectTexts::Standard));
    let log = line.receive("35=D|34=2|49=OTHER|11=A");
    let reject = "> 35=3|34=2|45=2|58=CompID problem|371=49|372=D|373=9";
    assert_eq!(log, [reject, "> 35=5|34=3|58=CompID problem (49)"]);
}

#[test]
fn another_begin_string_is_named_in_the_logout() {
    // 2i
    let mut line = quickfix(Version::Fix44);
    let log = line.receive("8=FIX.4.1|35=1|34=2|112=id");
    assert_eq!(log, ["> 35=5|34=2|58=Incorrect BeginString"]);
    assert_eq!(line.wait(2.0), ["disconnect: Incorrect BeginString"]);
}

#[test]
fn a_number_that_is_too_low_is_named_in_the_logout() {
    // 2c
    let mut line = quickfix(Version::Fix44);
    let log = line.receive("35=0|34=1");
    assert_eq!(log, ["> 35=5|34=2|58=MsgSeqNum too low, expecting 2 but received 1"]);
}

// Logon.

#[test]
fn a_wrong_logon_ends_the_connection_without_a_word() {
    // 1d_BadSendingTime
    for logon in ["35=A|34=1|52=20010101-00:00:00|98=0|108=30", "35=A|34=1|98=0", "35=A|34=1|108=5"]
    {
        let mut line = Line::new(acceptor(Version::Fix44).quickfix_profile(), SeqNums::FRESH);
        line.connect();
        line.receive(logon);
        let log = line.accept();
        assert!(log.len() == 1 && log[0].starts_with("disconnect: "), "{log:?}");
        assert_eq!(line.next_out(), 1);
    }
}

#[test]
fn a_logon_whose_number_is_too_low_is_told_so() {
    let mut line = Line::new(acceptor(Version::Fix44).quickfix_profile(), nums(5, 7));
    line.connect();
    line.receive("35=A|34=4|98=0|108=30");
    let text = "MsgSeqNum too low, expecting 5 but received 4";
    assert_eq!(line.accept(), [format!("> 35=5|34=7|58={text}"), format!("disconnect: {text}")]);
}

#[test]
fn an_initiator_leaves_without_a_word_when_the_answer_is_no_logon() {
    let mut line = Line::new(initiator(Version::Fix44).quickfix_profile(), SeqNums::FRESH);
    line.connect();
    let log = line.receive("35=0|34=1");
    assert_eq!(log, ["disconnect: First message not a Logon"]);
}

#[test]
fn a_second_logon_ends_the_connection_without_a_word() {
    // D-23
    let mut line = quickfix(Version::Fix44);
    assert_eq!(line.receive("35=A|34=2|98=0|108=30"), ["disconnect: Already logged on"]);
    assert_eq!(line.next_out(), 2);
}

#[test]
fn the_peers_resets_are_obeyed() {
    let mut line = quickfix(Version::Fix44);
    line.receive("35=0|34=2");
    let log = line.receive("35=A|34=1|98=0|108=30|141=Y");
    assert_eq!(log, ["reset to epoch 1", "> 35=A|34=1|98=0|108=30|141=Y"]);
}

#[test]
fn a_number_behind_the_body_is_rejected_and_used_up() {
    // 14g
    let text = "Tag specified out of required order";
    let mut line = quickfix(Version::Fix44);
    let log = line.receive_bytes(&from_text(
        "8=FIX.4.4|35=D|11=A|34=2|49=PEER|52=20261122-09:30:00|56=US|55=INTC|",
    ));
    assert_eq!(log, [format!("> 35=3|34=2|45=2|58={text}|371=34|372=D|373=14")]);
    assert_eq!(line.next_in(), 3);
}

// Framing.

#[test]
fn a_length_that_is_too_long_swallows_the_next_message() {
    // S-FRAME-18, 2m
    let mut line = quickfix(Version::Fix44);
    let first = String::from_utf8(line.peer_message("35=D|34=2|11=A")).unwrap();
    let (head, rest) = first.split_once("9=").unwrap();
    let (length, rest) = rest.split_once('\u{1}').unwrap();
    let longer = length.parse::<u32>().unwrap() + 10;
    let mut bytes = format!("{head}9={longer}\u{1}{rest}").into_bytes();
    bytes.extend(line.peer_message("35=D|34=3|11=B"));
    assert!(line.receive_bytes(&bytes).is_empty());
    assert_eq!(line.receive("35=D|34=2|11=A"), ["deliver D 2"]);
}

#[test]
fn a_garbled_first_logon_ends_the_connection() {
    // 1d_LengthInvalid
    let mut line = Line::new(acceptor(Version::Fix44).quickfix_profile(), SeqNums::FRESH);
    line.connect();
    let bytes = from_text("8=FIX.4.4|9=20|35=A|34=1|49=PEER|56=US|98=0|108=30|10=000|");
    let log = line.receive_bytes(&bytes);
    assert_eq!(log.len(), 1);
    assert!(log[0].starts_with("disconnect: Garbled message"), "{log:?}");
}

// What cannot be.

#[test]
fn the_profile_can_be_built_for_every_version_and_role() {
    for version in Version::ALL {
        assert!(acceptor(version).quickfix_profile().build().is_ok(), "{version}");
        assert!(initiator(version).quickfix_profile().build().is_ok(), "{version}");
    }
}

#[test]
fn silence_cannot_end_a_connection_before_the_test_request() {
    let config = acceptor(Version::Fix44).silence_counts_from(SilenceFrom::LastReceipt);
    assert_eq!(config.build().err(), Some(ConfigError::SilenceBeforeTestRequest));
}

#[test]
fn a_test_req_id_cannot_end_its_field() {
    for id in ["A\u{1}B".to_owned(), "x".repeat(65)] {
        let config = acceptor(Version::Fix44).test_req_id(&id);
        assert_eq!(config.build().err(), Some(ConfigError::TestReqId));
    }
}

// Resets that the policy wants, and what is said of them (S-RESET-13).

#[test]
fn an_initiator_may_reset_without_a_word() {
    let config = initiator(Version::Fix44).reset(ResetPolicy::NEVER.at_logon().unannounced());
    let mut line = Line::new(config, nums(5, 7));
    assert_eq!(line.connect(), ["reset to epoch 1", "> 35=A|34=1|98=0|108=30"]);
    assert_eq!(line.receive("35=A|34=1|98=0|108=30"), ["deliver A 1/1"]);
}

#[test]
fn fix_4_0_resets_at_logon_without_a_word() {
    let config = initiator(Version::Fix40).reset(ResetPolicy::NEVER.at_logon().unannounced());
    let mut line = Line::new(config, nums(5, 7));
    assert_eq!(line.connect(), ["reset to epoch 1", "> 35=A|34=1|98=0|108=30"]);
}

#[test]
fn an_initiator_may_say_that_its_numbers_are_fresh() {
    let policy = ResetPolicy::NEVER.at_disconnect().announced_when_fresh();
    let mut line = Line::new(initiator(Version::Fix44).reset(policy), SeqNums::FRESH);
    let log = line.connect();
    assert_eq!(log, ["reset to epoch 1, pending", "> 35=A|34=1|98=0|108=30|141=Y"]);
    let mut line = Line::new(initiator(Version::Fix44).reset(policy), nums(5, 7));
    assert_eq!(line.connect(), ["> 35=A|34=7|98=0|108=30"]);
}

#[test]
fn an_acceptor_that_resets_at_logon_repeats_the_flag_it_was_sent() {
    let policy = ResetPolicy::NEVER.at_logon();
    let config = || acceptor(Version::Fix44).quickfix_profile().reset(policy);
    let mut line = Line::new(config(), nums(5, 7));
    let log = line.log_on(1);
    assert_eq!(log, ["authenticate 1", "reset to epoch 1", "> 35=A|34=1|98=0|108=30"]);
}
