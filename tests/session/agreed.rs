//! Deviations from the standard, each of which both sides must have agreed on.

use fixline::session::{ConfigBuilder, HeartBtIntAnswer, Input, SeqNums, Version};

use crate::line::{Line, acceptor, initiator, nums, seq};

fn up(config: ConfigBuilder) -> Line {
    Line::up(config)
}

// Resets.

#[test]
fn a_logon_number_1_may_stand_for_the_answer_to_our_reset() {
    // S-RESET-09, D-20
    let mut line = Line::new(initiator(Version::Fix44).infer_reset(true), pending());
    assert_eq!(line.connect(), ["reset to epoch 1, pending", "> 35=A|34=1|98=0|108=30|141=Y"]);
    assert_eq!(line.receive("35=A|34=1|98=0|108=30"), ["deliver A 1/1"]);
    assert!(!line.session.seq_nums().reset_pending);

    let mut line = Line::new(initiator(Version::Fix44).infer_reset(true), pending());
    line.connect();
    let text = "Expected a Logon with ResetSeqNumFlag(141)=Y and MsgSeqNum(34)=1";
    let log = line.receive("35=A|34=2|98=0|108=30");
    assert_eq!(log, [format!("> 35=5|34=2|58={text}"), format!("disconnect: {text}")]);
}

fn pending() -> SeqNums {
    SeqNums { reset_pending: true, ..nums(5, 7) }
}

#[test]
fn a_logon_number_1_may_stand_for_the_answer_to_our_reset_in_session() {
    let mut line = up(acceptor(Version::Fix44).infer_reset(true));
    line.input(Input::ResetSeqNums);
    line.receive("35=0|34=2|112=2");
    assert!(line.receive("35=A|34=1|98=0|108=30").is_empty());
    assert_eq!((line.next_in(), line.next_out()), (2, 2));
}

#[test]
fn a_reset_asked_for_without_a_connection_comes_once_with_the_next_logon() {
    let mut line = Line::new(initiator(Version::Fix44), nums(5, 7));
    assert_eq!(line.input(Input::ResetSeqNums), ["reset to epoch 1, pending"]);
    assert_eq!(line.connect(), ["reset to epoch 2, pending", "> 35=A|34=1|98=0|108=30|141=Y"]);
    line.receive("35=A|34=1|98=0|108=30|141=Y");
    line.close();
    assert_eq!(line.connect(), ["> 35=A|34=2|98=0|108=30"]);
}

#[test]
fn fix_4_0_has_no_reset_to_ask_for() {
    let mut line = Line::new(initiator(Version::Fix40), nums(5, 7));
    let log = line.input(Input::ResetSeqNums);
    assert_eq!(log, ["misuse: this version of FIX has no ResetSeqNumFlag"]);
}

// First numbers.

#[test]
fn a_side_without_a_past_may_take_the_peers_number() {
    // S-789-17
    let mut line = Line::new(acceptor(Version::Fix44).adopt_first_msg_seq_num(true), nums(1, 7));
    assert_eq!(line.log_on(40), ["authenticate 40", "> 35=A|34=7|98=0|108=30"]);
    assert_eq!(line.next_in(), 41);
    assert!(line.notices.iter().any(|notice| notice == "took the peer's number, 40"));
    let mut line = Line::new(initiator(Version::Fix44).adopt_first_msg_seq_num(true), nums(1, 7));
    assert_eq!(line.log_on(40), ["> 35=A|34=7|98=0|108=30", "deliver A 40"]);
    assert_eq!(line.next_in(), 41);
}

#[test]
fn a_side_with_a_past_asks_for_what_is_missing() {
    let mut line = Line::new(acceptor(Version::Fix44).adopt_first_msg_seq_num(true), nums(2, 7));
    let log = line.log_on(40);
    assert_eq!(log[1..], ["> 35=A|34=7|98=0|108=30", "> 35=2|34=8|7=2|16=0"]);
}

#[test]
fn a_first_number_that_is_too_far_to_be_true_is_refused() {
    let mut line = Line::new(acceptor(Version::Fix44).adopt_first_msg_seq_num(true), nums(1, 7));
    let log = line.log_on(2_000_000_000);
    let text = "Sequence number 2000000000 in tag 34 is too far ahead";
    assert_eq!(log[1..], [format!("> 35=5|34=7|58={text}"), format!("disconnect: {text}")]);
    assert_eq!(line.next_in(), 1);
}

// Signs of life.

#[test]
fn only_its_own_answer_may_close_a_test_request() {
    // S-HB-04, D-03
    let mut line = up(acceptor(Version::Fix44).require_matching_heartbeat(true));
    assert_eq!(line.wait(36.0), ["> 35=0|34=2", "> 35=1|34=3|112=3"]);
    // Other messages put off the end, and bring no further TestRequest.
    line.receive("35=0|34=2|112=OTHER");
    assert_eq!(line.wait(35.9), ["> 35=0|34=4"]);
    line.receive("35=D|34=3|11=A");
    assert_eq!(line.wait(35.9), ["> 35=0|34=5"]);
    line.receive("35=0|34=4|112=3");
    assert_eq!(line.wait(36.0), ["> 35=0|34=6", "> 35=1|34=7|112=7"]);
    let end = ["> 35=0|34=8", "> 35=5|34=9|58=No answer to TestRequest"];
    let log = line.wait(36.0);
    assert_eq!(log[..2], end);
    assert_eq!(log[2..], ["disconnect: the peer fell silent"]);
}

// Identity.

#[test]
fn comp_ids_may_go_unchecked_but_not_be_missing() {
    let mut line = up(acceptor(Version::Fix44).check_comp_ids(false));
    assert_eq!(line.receive("35=D|34=2|49=OTHER|56=ELSE|11=A"), ["deliver D 2"]);
    let log = line.receive_without("35=D|34=3|11=A", "49=");
    assert_eq!(log, ["> 35=3|34=2|45=3|58=Required tag missing (49)|371=49|372=D|373=1"]);
}

#[test]
fn a_logon_of_any_name_may_be_accepted() {
    for mut line in [
        Line::new(acceptor(Version::Fix44).check_comp_ids(false), SeqNums::FRESH),
        Line::new(initiator(Version::Fix44).check_comp_ids(false), SeqNums::FRESH),
    ] {
        line.connect();
        let log = line.receive("35=A|34=1|49=OTHER|56=ELSE|98=0|108=30");
        assert!(log == ["authenticate 1"] || log == ["deliver A 1"], "{log:?}");
    }
}

#[test]
fn another_begin_string_may_pass() {
    let mut line = up(acceptor(Version::Fix44).check_begin_string(false));
    assert_eq!(line.receive("8=FIX.4.2|35=D|34=2|11=A"), ["deliver D 2"]);
}

// HeartBtInt.

#[test]
fn an_initiator_may_take_the_acceptors_interval() {
    // S-LOGON-08
    let config = initiator(Version::Fix44).heart_bt_int_answer(HeartBtIntAnswer::Adopted);
    let mut line = Line::new(config, SeqNums::FRESH);
    line.connect();
    line.receive("35=A|34=1|98=0|108=10");
    assert_eq!(line.wait(10.0), ["> 35=0|34=2"]);
}

#[test]
fn an_interval_of_more_than_a_day_is_not_taken() {
    let config = initiator(Version::Fix44).heart_bt_int_answer(HeartBtIntAnswer::Adopted);
    let mut line = Line::new(config, SeqNums::FRESH);
    line.connect();
    let text = "Invalid HeartBtInt(108), expected value between 0 and 86400 seconds";
    let log = line.receive("35=A|34=1|98=0|108=86401");
    assert_eq!(log, [format!("> 35=5|34=2|58={text}"), format!("disconnect: {text}")]);
}

#[test]
fn an_initiator_may_keep_its_interval_whatever_the_answer_says() {
    let config = initiator(Version::Fix44).heart_bt_int_answer(HeartBtIntAnswer::Ignored);
    let mut line = Line::new(config, SeqNums::FRESH);
    line.connect();
    line.receive("35=A|34=1|98=0|108=10");
    assert!(line.wait(29.9).is_empty());
    assert_eq!(line.wait(0.1), ["> 35=0|34=2"]);
}

// Garbled messages.

#[test]
fn a_garbled_message_may_be_rejected_and_use_up_its_number() {
    // D-25
    let mut line = up(acceptor(Version::Fix44).reject_garbled(true));
    let text = "Message failed basic validity check";
    let log = line.garbled("35=D|34=2|11=A");
    assert_eq!(log, [format!("> 35=3|34=2|45=2|58={text}|372=D")]);
    assert_eq!(line.next_in(), 3);
    // Ahead of a gap it is rejected, and asked for with the rest.
    let log = line.garbled("35=D|34=9|11=A");
    assert_eq!(log, [format!("> 35=3|34=3|45=9|58={text}|372=D")]);
    assert_eq!(line.next_in(), 3);
}

#[test]
fn a_garbled_message_that_would_move_numbers_is_rejected_and_not_counted() {
    let mut line = up(acceptor(Version::Fix44).reject_garbled(true));
    assert_eq!(line.garbled("35=4|34=2|123=Y|36=9").len(), 1);
    assert_eq!(line.next_in(), 2);
}

#[test]
fn a_garbled_message_without_a_number_is_ignored() {
    let mut line = up(acceptor(Version::Fix44).reject_garbled(true));
    assert!(line.garbled("35=D|34=x|11=A").is_empty());
}

#[test]
fn garbled_messages_are_not_rejected_behind_our_logout() {
    let mut line = up(acceptor(Version::Fix44).reject_garbled(true));
    line.logout("");
    assert!(line.garbled("35=D|34=2|11=A").is_empty());
    assert_eq!(line.next_in(), 2);
}

#[test]
fn a_garbled_message_that_closes_a_gap_brings_what_was_held() {
    let mut line = up(acceptor(Version::Fix44).reject_garbled(true));
    line.receive("35=D|34=3|11=B");
    let log = line.garbled("35=D|34=2|11=A");
    assert_eq!(log[1..], ["deliver D 3"]);
}

#[test]
fn a_wrong_check_sum_may_pass() {
    let mut line = up(acceptor(Version::Fix44).validate_check_sum(false));
    assert_eq!(line.garbled("35=D|34=2|11=A"), ["deliver D 2"]);
    // Held messages too.
    line.garbled("35=D|34=4|11=B");
    assert_eq!(line.receive("35=D|34=3|11=A"), ["deliver D 3", "deliver D 4"]);
}

#[test]
fn garbled_messages_before_the_answer_to_our_logon_are_counted() {
    let mut line = Line::new(initiator(Version::Fix44).garbled_max(2), SeqNums::FRESH);
    line.connect();
    assert!(line.garbled("35=A|34=1|98=0|108=30").is_empty());
    assert!(line.garbled("35=A|34=1|98=0|108=30").is_empty());
    let log = line.garbled("35=A|34=1|98=0|108=30");
    assert_eq!(log, ["disconnect: Too many garbled messages"]);
}

// ResendRequests.

#[test]
fn a_resend_request_before_the_logon_may_be_served_behind_it() {
    let config = initiator(Version::Fix44).resend_request_before_logon(true);
    let mut line = Line::new(config, nums(5, 7));
    line.connect();
    assert!(line.receive("35=2|34=5|7=6|16=0").is_empty());
    let log = line.receive("35=A|34=6|98=0|108=30");
    let fill = "> 35=4|34=6|43=Y|122=20261122-09:30:00.000|36=8|123=Y";
    assert_eq!(log, ["fetch 6 to 7", "deliver A 6", fill]);
    assert_eq!(line.next_in(), 7);
}

#[test]
fn a_resend_request_before_the_logon_is_the_end_unless_agreed_on() {
    let mut line = Line::new(initiator(Version::Fix44), nums(5, 7));
    line.connect();
    let text = "First message not a Logon";
    let log = line.receive("35=2|34=5|7=6|16=0");
    assert_eq!(log, [format!("> 35=5|34=8|58={text}"), format!("disconnect: {text}")]);
}

#[test]
fn a_peer_that_asks_for_the_same_again_and_again_is_left() {
    // S-RSND-01
    let mut line = up(acceptor(Version::Fix44).identical_resend_requests_max(3));
    for number in 2..5 {
        assert_eq!(line.receive(&format!("35=2|34={number}|7=1|16=0")).len(), 2);
    }
    let text = "The same messages were requested again and again";
    assert_eq!(line.receive("35=2|34=5|7=1|16=0"), [format!("> 35=5|34=2|58={text}")]);
    assert_eq!(line.take_rules().last(), Some(&"S-RSND-01"));
}

#[test]
fn a_peer_that_asks_for_something_else_in_between_is_served() {
    let mut line = up(acceptor(Version::Fix44).identical_resend_requests_max(2));
    line.send("D", "11=A").unwrap();
    for (number, begin) in [1, 1, 2, 1, 1, 2, 2].into_iter().enumerate() {
        let log = line.receive(&format!("35=2|34={}|7={begin}|16=0", number + 2));
        assert!(log[0].starts_with("fetch"), "{log:?}");
    }
}

#[test]
fn core_05_a_peer_that_asks_for_two_things_in_turn_is_left_as_well() {
    let mut line = up(acceptor(Version::Fix44));
    line.send("D", "11=A").unwrap();
    let mut answers = 0;
    for number in 2.. {
        let log = line.receive(&format!("35=2|34={number}|7={}|16=0", number % 2 + 1));
        if log[0].starts_with("> 35=5|") {
            assert!(log[0].ends_with("58=The same messages were requested again and again"));
            break;
        }
        answers += 1;
        assert!(answers < 1000, "for ever");
    }
    assert!(answers > 250, "{answers}");
}

#[test]
fn core_05_what_is_asked_for_during_an_answer_counts_once() {
    // One request for each message ahead, all of one round trip (S-RR-05).
    let mut line = up(acceptor(Version::Fix44).identical_resend_requests_max(3));
    line.serves = false;
    assert_eq!(line.receive("35=2|34=2|7=1|16=0"), ["fetch 1 to 1"]);
    for number in 3..300 {
        assert!(line.receive(&format!("35=2|34={number}|7=1|16=0")).is_empty());
    }
    // All of them together are the second answer, and the third request is one of its own.
    assert_eq!(line.serve().last().unwrap(), "fetch 1 to 1");
    line.serves = true;
    line.serve();
    assert_eq!(line.receive("35=2|34=300|7=1|16=0")[0], "fetch 1 to 1");
    assert!(line.receive("35=2|34=301|7=1|16=0")[0].starts_with("> 35=5|"));
}

#[test]
fn core_05_one_request_for_each_message_ahead_is_no_loop_while_it_can_be_one() {
    let config = || acceptor(Version::Fix44).identical_resend_requests_max(3);
    let sent = |seconds: f64| {
        let mut line = up(config());
        for _ in 0..50 {
            line.send("D", "11=A").unwrap();
        }
        let mut answers = 0;
        for number in 2.. {
            if line.receive(&format!("35=2|34={number}|7=2|16=0"))[0].starts_with("> 35=5|") {
                break;
            }
            answers += 1;
            assert!(answers < 1000, "for ever");
            line.sleep(seconds);
        }
        answers
    };
    // Fifty messages, 49 of them ahead, and three that are counted.
    assert_eq!(sent(0.0), 52);
    assert_eq!(sent(0.05), 52);
    // Not what comes when the answer was long read.
    assert_eq!(sent(10.0), 3);
}

#[test]
fn core_05_a_peer_whose_number_rises_may_ask_as_often_as_it_likes() {
    let mut line = up(acceptor(Version::Fix44).identical_resend_requests_max(2));
    for _ in 0..200 {
        line.send("D", "11=A").unwrap();
    }
    for number in 2..200 {
        let log = line.receive(&format!("35=2|34={number}|7={number}|16={number}"));
        assert!(log[0].starts_with("fetch"), "{log:?}");
    }
}

#[test]
fn core_05_asking_for_all_behind_every_number_is_bounded() {
    let mut line = up(acceptor(Version::Fix44).identical_resend_requests_max(10));
    for _ in 0..200 {
        line.send("D", "11=A").unwrap();
    }
    let mut answers = 0;
    for number in 2.. {
        let log = line.receive(&format!("35=2|34={number}|7={number}|16=0"));
        if log[0].starts_with("> 35=5|") {
            break;
        }
        answers += 1;
    }
    // Each number 30 times in the mean: 6,030 of 20,100.
    assert!((30..40).contains(&answers), "{answers}");
}

#[test]
fn core_05_a_reset_begins_the_count_anew() {
    let config = acceptor(Version::Fix44).identical_resend_requests_max(2);
    let mut line = up(crate::reset::permitting(config));
    for number in 2..4 {
        assert_eq!(line.receive(&format!("35=2|34={number}|7=1|16=0"))[0], "fetch 1 to 1");
    }
    line.receive(crate::reset::RESET_LOGON);
    for number in 2..4 {
        assert_eq!(line.receive(&format!("35=2|34={number}|7=1|16=0"))[0], "fetch 1 to 1");
    }
    assert!(line.receive("35=2|34=4|7=1|16=0")[0].starts_with("> 35=5|"));
}

// Numbers that run out.

#[test]
fn a_number_from_which_on_to_plan_a_reset_is_told_once_for_each_connection() {
    // S-SEQ-12
    let config = acceptor(Version::Fix44).warn_at_msg_seq_num(seq(5));
    let mut line = Line::new(config, nums(3, 1));
    line.log_on(3);
    line.notices.clear();
    line.receive("35=0|34=4");
    let warning = "plan a reset: 5 is next in, 2 is next out";
    assert!(line.notices.iter().any(|notice| notice == warning), "{:?}", line.notices);
    line.notices.clear();
    line.receive("35=0|34=5");
    assert!(!line.notices.iter().any(|notice| notice.starts_with("plan")), "{:?}", line.notices);
}
