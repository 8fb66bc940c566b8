//! Answers to our ResendRequest that are not quite as they should be: none of them may hold up the
//! recovery, and none may go on for ever.

use std::time::Duration;

use fixline::dictionary::Dictionaries;
use fixline::session::{Input, ResendRequestForm, Timer, Version};

use crate::dictionary_text::{compiled, dictionaries};
use crate::line::{Line, acceptor, seq};

/// Orders that have GapFillFlag(123).
const ORDERS_WITH_A_FLAG: &str = "
field 8 BeginString String
field 9 BodyLength int
field 10 CheckSum String
field 34 MsgSeqNum int
field 35 MsgType String
field 49 SenderCompID String
field 52 SendingTime UTCTimestamp
field 56 TargetCompID String
field 11 ClOrdID String
field 98 EncryptMethod int
field 108 HeartBtInt int
field 123 GapFillFlag Boolean
header 8! 9! 35! 49! 56! 34! 52!
trailer 10!
admin A Logon 98! 108!
message D NewOrderSingle 11! 123
";

/// Held to a dictionary, strictly.
fn strict() -> Line {
    Line::up(acceptor(Version::Fix44).dictionaries(dictionaries(Version::Fix44)))
}

/// 12 is in hand, 2 to 11 were asked for.
fn waiting(mut line: Line) -> Line {
    assert_eq!(line.receive("35=D|34=12|11=K"), ["> 35=2|34=2|7=2|16=0", "hold 12"]);
    line.notices.clear();
    line
}

#[test]
fn core_01_a_gap_fill_with_a_field_too_many_fills_the_gap() {
    // Rejected and counted as one number, it was asked for again 72 s later, for the next number.
    for (extra, notice) in [
        ("58=gap|", "let pass: Tag not defined for this message type (58)"),
        ("1128=9|", ""),
        ("999=x|", "let pass: Invalid tag number (999)"),
        ("0=x|", "let pass: Invalid tag number"),
        ("58=|", "let pass: Tag specified without a value (58)"),
        ("112=T|", "let pass: Tag not defined for this message type (112)"),
        ("97=X|", "let pass: Incorrect data format for value (97)"),
    ] {
        let mut line = waiting(strict());
        let header = if extra.starts_with("97") { extra } else { "" };
        let body = if header.is_empty() { extra } else { "" };
        let fill = format!("35=4|34=2|43=Y|{header}122=20261122-09:30:00|36=12|{body}123=Y");
        assert_eq!(line.receive(&fill), ["deliver D 12"], "{extra}");
        assert_eq!(line.next_in(), 13);
        assert!(line.notices.iter().any(|it| it.starts_with(notice)), "{:?}", line.notices);
    }
}

#[test]
fn core_01_header_fields_behind_the_body_do_not_stop_a_fill() {
    // PossDupFlag behind NewSeqNo is a defect of any message (14.g), also without a dictionary.
    for mut line in [waiting(strict()), waiting(Line::up(acceptor(Version::Fix44)))] {
        let fill = "35=4|34=2|36=12|123=Y|43=Y|122=20261122-09:30:00";
        assert_eq!(line.receive(fill), ["deliver D 12"]);
        let notice = "let pass: Tag specified out of required order (43)";
        assert_eq!(line.notices[0], notice);
    }
}

#[test]
fn core_01_a_reset_with_a_field_too_many_moves_the_number() {
    for before in [false, true] {
        let config = acceptor(Version::Fix44).dictionaries(dictionaries(Version::Fix44));
        let mut line = waiting(Line::up(config.fields_before_sequence(before)));
        assert_eq!(line.receive("35=4|34=2|36=12|58=disaster"), ["deliver D 12"]);
        assert!(line.notices[0].starts_with("let pass: Tag not defined"), "{:?}", line.notices);
    }
}

#[test]
fn core_01_a_resend_request_with_a_field_too_many_is_served() {
    let mut line = strict();
    line.send("D", "11=A").unwrap();
    let repeated = "> 35=D|34=2|43=Y|122=20261122-09:30:00.000|11=A";
    assert_eq!(line.receive("35=2|34=2|7=2|16=0|58=please"), ["fetch 2 to 2", repeated]);
    assert!(line.notices[1].starts_with("let pass: Tag not defined"), "{:?}", line.notices);
}

#[test]
fn core_01_what_a_fill_needs_must_be_right_and_is_asked_for_again() {
    let reject = |text: &str, tag: u32, reason: u32| {
        format!("> 35=3|34=3|45=2|58={text}|371={tag}|372=4|373={reason}")
    };
    for (body, expected) in [
        ("123=Y|58=gap", reject("Required tag missing (36)", 36, 1)),
        ("36=|123=Y", reject("Tag specified without a value (36)", 36, 4)),
        ("36=x|123=Y|58=gap", reject("Incorrect data format for value (36)", 36, 6)),
        ("36=12|123=X", reject("Incorrect data format for value (123)", 123, 6)),
        ("36=12|36=5|123=Y", reject("Tag appears more than once (36)", 36, 13)),
        ("36=12|123=Y|123=N", reject("Tag appears more than once (123)", 123, 13)),
    ] {
        let mut line = waiting(Line::up(acceptor(Version::Fix44)));
        assert_eq!(line.again(&format!("35=4|34=2|{body}")), [expected], "{body}");
        // It did nothing: not even its own number is done (S-GAP-10).
        assert_eq!(line.next_in(), 2);
        // Said twice the same, it is clear.
        assert_eq!(line.again("35=4|34=2|36=12|123=Y|36=12|123=Y"), ["deliver D 12"]);
    }
}

#[test]
fn core_01_a_fill_that_says_not_whose_it_is_is_not_counted_as_one_number() {
    let mut line = waiting(Line::up(acceptor(Version::Fix44)));
    let log = line.receive_without("35=4|34=2|43=Y|122=20261122-09:30:00|36=12|123=Y", "52=");
    assert!(log[0].starts_with("> 35=3|34=3|45=2|58=Required tag missing (52)"), "{log:?}");
    assert_eq!(line.next_in(), 2);
}

#[test]
fn core_01_other_messages_with_a_tag_of_a_fill_are_counted() {
    // Not counted, an order with a wrong GapFillFlag was asked for again, and came again.
    let known = Dictionaries::new(compiled("FIX.4.4", &[ORDERS_WITH_A_FLAG]));
    let mut line = Line::up(acceptor(Version::Fix44).dictionaries(known));
    let log = line.receive("35=D|34=2|11=A|123=X");
    assert!(log[0].starts_with("> 35=3|34=2|45=2|58=Incorrect data format"), "{log:?}");
    assert_eq!(line.next_in(), 3);
}

#[test]
fn core_01_one_number_each_time_is_no_progress() {
    let config = acceptor(Version::Fix44).recovery_timeout(Duration::from_secs(5));
    let mut line = Line::up(config);
    line.receive("35=D|34=1000|11=K");
    let mut rounds = 0;
    let end = loop {
        let next = line.next_in();
        line.again(&format!("35=D|34={next}|11=A"));
        let log = line.wait(5.0);
        if log.iter().any(|it| it.starts_with("disconnect")) {
            break log;
        }
        assert_eq!(log.len(), 1, "{log:?}");
        rounds += 1;
        assert!(rounds < 10, "it goes on and on");
    };
    assert_eq!(end[1], "disconnect: missing messages did not come");
    assert!(end[0].contains("|58=Message 9 was requested and not resent"), "{end:?}");
}

#[test]
fn core_01_an_answer_in_slices_is_progress() {
    // A peer that sends so many at a time and then waits to be asked for more.
    let config = acceptor(Version::Fix44).recovery_timeout(Duration::from_secs(5));
    let mut line = Line::up(config);
    line.receive("35=D|34=502|11=K");
    for round in 0..49 {
        for _ in 0..10 {
            let next = line.next_in();
            line.again(&format!("35=D|34={next}|11=A"));
        }
        let log = line.wait(5.0);
        assert!(log.len() == 1 && log[0].starts_with("> 35=2|"), "{round}: {log:?}");
    }
}

#[test]
fn core_01_a_heartbeat_that_a_reset_waits_for_may_have_a_field_too_many() {
    let mut line = strict();
    assert_eq!(line.input(Input::ResetSeqNums), ["> 35=1|34=2|112=2"]);
    let log = line.receive("35=0|34=2|112=2|58=here");
    assert_eq!(log, ["reset to epoch 1, pending", "> 35=A|34=1|98=0|108=30|141=Y"]);
    // Any other one is rejected like any message.
    let log = strict().receive("35=0|34=2|58=here");
    assert!(log[0].starts_with("> 35=3|34=2|45=2|58=Tag not defined"), "{log:?}");
}

/// 3 was held and is handled, 4 is missing, 5 is in hand.
fn overlapped(line: &mut Line) {
    assert_eq!(line.receive("35=0|34=3"), ["> 35=2|34=2|7=2|16=0", "hold 3"]);
    assert!(line.garbled("35=D|34=4|11=C").is_empty());
    assert_eq!(line.receive("35=D|34=5|11=D"), ["hold 5"]);
    assert_eq!(line.again("35=D|34=2|11=A"), ["deliver D 2 again"]);
    assert_eq!(line.next_in(), 4);
}

#[test]
fn core_07_a_fill_that_begins_below_and_reaches_beyond_is_the_answer() {
    // The peer fills 3 and 4 together. Dropped, 4 was asked for again after 72 s.
    let mut line = Line::up(acceptor(Version::Fix44));
    overlapped(&mut line);
    assert_eq!(line.again("35=4|34=3|36=5|123=Y"), ["deliver D 5"]);
    assert_eq!(line.next_in(), 6);
    assert!(!line.status_is_recovering());
    assert!(line.held.is_empty());
}

#[test]
fn core_07_a_fill_over_a_logon_that_was_acted_on_early_goes_on_behind_it() {
    let mut line = Line::new(acceptor(Version::Fix44), crate::line::nums(2, 2));
    line.connect();
    line.receive("35=A|34=3|98=0|108=30");
    assert_eq!(line.accept(), ["> 35=A|34=2|98=0|108=30", "> 35=2|34=3|7=2|16=0"]);
    line.garbled("35=0|34=4");
    assert_eq!(line.receive("35=D|34=5|11=D"), ["hold 5"]);
    assert_eq!(line.again("35=D|34=2|11=A"), ["deliver D 2 again"]);
    assert_eq!(line.again("35=4|34=3|36=5|123=Y"), ["deliver D 5"]);
}

#[test]
fn core_07_what_was_not_asked_for_is_still_a_duplicate() {
    // 10.c, S-GAP-03: no gap is known, and the next message ahead will find one.
    let mut line = Line::up(acceptor(Version::Fix44));
    line.receive("35=D|34=2|11=A");
    assert!(line.again("35=4|34=1|36=9|123=Y").is_empty());
    assert_eq!((line.next_in(), line.take_rules().last()), (3, Some(&"S-SEQ-08")));
    // Nor is one that says nothing of use, whatever is missing.
    overlapped(&mut Line::up(acceptor(Version::Fix44)));
    for body in ["36=4|123=Y", "36=x|123=Y", "123=Y", "36=5|36=9|123=Y", "36=99999999999|123=Y"] {
        let mut line = Line::up(acceptor(Version::Fix44));
        overlapped(&mut line);
        assert!(line.again(&format!("35=4|34=3|{body}")).is_empty(), "{body}");
        assert_eq!(line.next_in(), 4);
    }
}

#[test]
fn core_10_a_fill_that_ends_at_the_end_of_a_chunk_ends_the_answer() {
    let form = ResendRequestForm::Chunks(5);
    let mut line = Line::up(acceptor(Version::Fix44).resend_request_form(form));
    assert_eq!(line.receive("35=D|34=12|11=K"), ["> 35=2|34=2|7=2|16=6", "hold 12"]);
    // One number short of what was asked for: the rest is asked for at once, by the tick behind it.
    assert!(line.again("35=4|34=2|36=6|123=Y").is_empty());
    assert_eq!(line.timer(), Some(Timer::Recovery));
    assert_eq!(line.wait(0.0), ["> 35=2|34=3|7=6|16=10"]);
    assert!(line.again("35=4|34=6|36=10|123=Y").is_empty());
    assert_eq!(line.wait(0.0), ["> 35=2|34=4|7=10|16=11"]);
    assert_eq!(line.again("35=4|34=10|36=12|123=Y"), ["deliver D 12"]);
}

#[test]
fn core_10_an_answer_that_goes_on_is_not_asked_for_twice() {
    let form = ResendRequestForm::Chunks(5);
    let mut line = Line::up(acceptor(Version::Fix44).resend_request_form(form));
    line.receive("35=D|34=9|11=K");
    assert!(line.again("35=4|34=2|36=6|123=Y").is_empty());
    assert_eq!(line.again("35=D|34=6|11=E"), ["> 35=2|34=3|7=7|16=8", "deliver D 6 again"]);
    assert!(line.wait(20.0).is_empty());
    // Nor is an open request, which has no end.
    let mut line = Line::up(acceptor(Version::Fix44));
    line.receive("35=D|34=9|11=K");
    assert!(line.again("35=4|34=2|36=8|123=Y").is_empty());
    assert!(line.wait(20.0).is_empty());
}

#[test]
fn core_10_a_closed_request_that_is_answered_one_short_goes_on_as_well() {
    let form = ResendRequestForm::Closed;
    let mut line = Line::up(acceptor(Version::Fix44).resend_request_form(form));
    assert_eq!(line.receive("35=D|34=9|11=H"), ["> 35=2|34=2|7=2|16=8", "hold 9"]);
    assert!(line.again("35=4|34=2|36=8|123=Y").is_empty());
    assert_eq!(line.wait(0.0), ["> 35=2|34=3|7=8|16=8"]);
    assert_eq!(line.again("35=4|34=8|36=9|123=Y"), ["deliver D 9"]);
}

#[test]
fn core_19_a_fill_without_poss_dup_inside_what_was_asked_for_is_no_end() {
    // Behind the answer: 12 is a Heartbeat that was held.
    let mut line = Line::up(acceptor(Version::Fix44));
    line.receive("35=0|34=4");
    line.again("35=D|34=2|11=A");
    line.again("35=D|34=3|11=B");
    assert_eq!((line.next_in(), line.status_is_recovering()), (5, false));
    assert!(line.receive("35=4|34=4|36=5|123=Y").is_empty());
    assert_eq!(line.take_rules().last(), Some(&"S-SEQ-08"));
    // While it is under way, and reaching beyond (CORE-07).
    let mut line = Line::up(acceptor(Version::Fix44));
    overlapped(&mut line);
    assert_eq!(line.receive("35=4|34=3|36=5|123=Y"), ["deliver D 5"]);
}

#[test]
fn core_19_outside_of_it_a_number_that_is_too_low_is_the_end() {
    // 10.d, S-GAP-04
    let text = |expected: u64, received: u64| {
        format!("58=MsgSeqNum too low, expecting {expected} but received {received}")
    };
    let mut line = Line::up(acceptor(Version::Fix44));
    line.receive("35=D|34=2|11=A");
    let log = line.receive("35=4|34=2|36=3|123=Y");
    assert!(log[0].contains(&text(3, 2)), "{log:?}");
    // Before and behind what was asked for.
    for low in [2, 6] {
        let mut line = Line::up(acceptor(Version::Fix44));
        line.receive("35=D|34=2|11=A");
        line.receive("35=D|34=4|11=C");
        line.again("35=D|34=3|11=B");
        line.receive("35=D|34=5|11=D");
        line.receive("35=D|34=6|11=E");
        let log = line.receive(&format!("35=4|34={low}|36=7|123=Y"));
        assert!(log[0].contains(&text(7, low)), "{log:?}");
    }
    // And anything but a fill.
    let mut line = Line::up(acceptor(Version::Fix44));
    overlapped(&mut line);
    let log = line.receive("35=0|34=3");
    assert!(log[0].contains(&text(4, 3)), "{log:?}");
}

#[test]
fn core_19_so_is_one_in_what_the_operator_asked_for() {
    let mut line = Line::up(acceptor(Version::Fix44));
    for number in 2..6 {
        line.receive(&format!("35=D|34={number}|11=A"));
    }
    assert_eq!(
        line.input(Input::ResendRequest { from: seq(2), to: seq(4) }),
        ["> 35=2|34=2|7=2|16=4"]
    );
    assert_eq!(line.again("35=D|34=2|11=A"), ["deliver D 2 again"]);
    assert!(line.receive("35=4|34=3|36=5|123=Y").is_empty());
    assert!(line.receive("35=D|34=6|11=A").len() == 1);
}
