//! Reject, theirs and ours: S-VAL, test cases 7 and 14.

use fixline::session::{Input, Version};
use fixline::wire::{Message, Tag};

use crate::line::{Line, acceptor};

fn up() -> Line {
    Line::up(acceptor(Version::Fix44))
}

// Theirs.

#[test]
fn a_reject_is_counted_and_shown_to_the_application() {
    // 7, S-VAL-09
    let mut line = up();
    assert_eq!(line.receive("35=3|34=2|45=9|58=NO"), ["deliver 3 2"]);
    assert_eq!((line.next_in(), line.next_out()), (3, 2));
}

#[test]
fn a_reject_is_never_answered_with_a_reject() {
    let mut line = up();
    assert_eq!(line.receive("35=3|34=2|58="), ["deliver 3 2"]);
    assert_eq!(line.receive("35=3|34=3|43=X|45=1"), ["deliver 3 3"]);
    assert!(line.receive("35=3|34=4|43=Y|45=1").is_empty());
    assert!(line.receive_without("35=3|34=5|45=1", "49=").is_empty());
    assert_eq!((line.next_in(), line.next_out()), (6, 2));
    // What ends a session ends it all the same.
    assert_eq!(line.receive("35=3|34=6|49=STRANGER|45=1"), ["> 35=5|34=2|58=CompID problem (49)"]);
}

// Ours, for what the gate finds.

#[test]
fn a_faulty_field_is_rejected_and_the_message_is_counted() {
    // S-VAL-01 to S-VAL-04, S-VAL-03, S-VAL-08, S-VAL-30, S-FRAME-20, S-FRAME-21
    for (fields, text, tag, reason) in [
        // 14.a
        ("0=A", "Invalid tag number (0)", "371=0|", 0),
        ("-1=A", "Invalid tag number (-1)", "371=-1|", 0),
        ("011=A", "Invalid tag number (11)", "371=11|", 0),
        ("X=A", "Invalid tag number", "", 0),
        // 14.d
        ("11=", "Tag specified without a value (11)", "371=11|", 4),
        // 14.g
        ("11=A|50=X", "Tag specified out of required order (50)", "371=50|", 14),
        ("93=1|89=x|11=A", "Tag specified out of required order (11)", "371=11|", 14),
        // 14.h
        ("34=2|11=A", "Tag appears more than once (34)", "371=34|", 13),
        ("97=Y|97=Y|11=A", "Tag appears more than once (97)", "371=97|", 13),
    ] {
        let mut line = up();
        assert_eq!(
            line.receive(&format!("35=D|34=2|{fields}")),
            [format!("> 35=3|34=2|45=2|58={text}|{tag}372=D|373={reason}")],
        );
        assert_eq!(line.next_in(), 3);
        assert_eq!(line.receive("35=D|34=3|11=A"), ["deliver D 3"]);
    }
}

#[test]
fn what_no_rule_forbids_is_delivered() {
    // S-VAL-31, S-VAL-34, test case 15: unknown tags, any order within header and body, groups.
    let mut line = up();
    for (number, fields) in [
        (2, "9999=x|20001=y|55=A|11=B"),
        (3, "128=V|97=N|115=C|11=A"),
        (4, "453=2|448=X|447=D|448=Y|447=D"),
        (5, "453=0|11=A"),
        // Hops are an audit trail and steer nothing (S-ID-07).
        (6, "627=2|628=HUB|629=20261122-09:00:00|630=7|628=HUB|629=20261122-09:00:01|11=A"),
        (7, "627=0|11=A"),
    ] {
        assert_eq!(
            line.receive(&format!("35=D|34={number}|{fields}")),
            [format!("deliver D {number}")]
        );
    }
}

#[test]
fn a_type_that_is_user_defined_is_the_applications() {
    // 2.p, S-VAL-35
    let mut line = up();
    assert_eq!(line.receive("35=U|34=2|11=A"), ["deliver U 2"]);
    assert_eq!(line.receive("35=UABC|34=3|11=A"), ["deliver UABC 3"]);
}

#[test]
fn encoded_texts_are_counted_octets_and_come_through() {
    // S-VAL-37: that MessageEncoding(347) goes with them is for a dictionary to say.
    let mut line = up();
    assert_eq!(line.receive(r"35=B|34=2|347=UTF-8|354=3|355=\x01=\x01|58=A"), ["deliver B 2"]);
    // The Length field must stand right before its data (S-FRAME-07).
    let log = line.receive(r"35=B|34=3|354=3|58=A|355=ABC");
    assert_eq!((log.len(), line.next_in()), (0, 3));
}

#[test]
fn a_message_without_a_type_is_rejected() {
    let mut line = up();
    let bytes =
        fixline::wire::from_text("8=FIX.4.4|35=|34=2|49=PEER|52=20261122-09:30:00|56=US|11=A|");
    assert_eq!(
        line.receive_bytes(&bytes),
        ["> 35=3|34=2|45=2|58=Tag specified without a value (35)|371=35|373=4"]
    );
    assert_eq!(line.next_in(), 3);
}

#[test]
fn a_faulty_message_behind_the_expected_number_is_the_end_and_ahead_it_is_held() {
    let mut line = up();
    line.receive("35=0|34=2");
    assert_eq!(
        line.receive("35=D|34=2|11="),
        ["> 35=5|34=2|58=MsgSeqNum too low, expecting 3 but received 2"]
    );
    let mut line = up();
    assert_eq!(line.receive("35=D|34=3|11="), ["> 35=2|34=2|7=2|16=0", "hold 3"]);
}

#[test]
fn a_rejected_repetition_in_sequence_is_counted_and_what_is_held_is_drained() {
    // AT RejectResentMessage
    let mut line = up();
    line.receive("35=D|34=3|11=B");
    assert_eq!(
        line.again("35=D|34=2|11="),
        [
            "> 35=3|34=3|45=2|58=Tag specified without a value (11)|371=11|372=D|373=4",
            "deliver D 3"
        ]
    );
    assert_eq!(line.next_in(), 4);
}

#[test]
fn a_reject_goes_back_the_way_the_message_came() {
    // S-VAL-11; empty and overlong values are left out.
    let mut line = up();
    assert_eq!(
        line.receive("35=D|34=2|115=CLIENT|116=TRADER|128=VENUE|129=DESK|144=LDN|145=NY|11="),
        ["> 35=3|34=2|115=VENUE|116=DESK|128=CLIENT|129=TRADER|144=NY|145=LDN|45=2|58=Tag \
          specified without a value (11)|371=11|372=D|373=4"]
    );
    let long = "x".repeat(65);
    assert_eq!(
        line.receive(&format!("35=D|34=3|115=|128={long}|11=A")),
        ["> 35=3|34=3|45=3|58=Tag specified without a value (115)|371=115|372=D|373=4"]
    );
}

#[test]
fn fix_4_0_has_no_location_ids() {
    let mut line = Line::up(acceptor(Version::Fix40));
    assert_eq!(
        line.receive("35=D|34=2|115=CLIENT|144=LDN|145=NY|11="),
        ["> 35=3|34=2|128=CLIENT|45=2|58=Tag specified without a value (11)"]
    );
}

#[test]
fn an_overlong_type_is_not_repeated_in_the_reject() {
    let mut line = up();
    let msg_type = "U".repeat(65);
    assert_eq!(
        line.receive(&format!("35={msg_type}|34=2|11=")),
        ["> 35=3|34=2|45=2|58=Tag specified without a value (11)|371=11|373=4"]
    );
}

// Ours, for what the application finds.

/// The application rejects a message, number 2.
fn reject(line: &mut Line, reason: Option<u16>, tag: Option<Tag>, text: &str) -> Vec<String> {
    let bytes = line.peer_message("35=D|34=2|11=A");
    let to = Message::parse(&bytes).unwrap();
    line.input(Input::Reject { to, reason, tag, text })
}

#[test]
fn the_application_rejects_what_was_delivered_to_it() {
    let mut line = up();
    line.receive("35=D|34=2|11=A");
    assert_eq!(
        reject(&mut line, Some(5), Some(Tag::CL_ORD_ID), "NO SUCH THING"),
        ["> 35=3|34=2|45=2|58=NO SUCH THING|371=11|372=D|373=5"]
    );
    assert_eq!(reject(&mut line, None, None, ""), ["> 35=3|34=3|45=2|372=D"]);
    assert_eq!(line.next_in(), 3);
}

#[test]
fn a_reason_that_the_version_lacks_is_left_out() {
    // S-VAL-05, S-VAL-06
    for (version, reason, expected) in [
        (Version::Fix40, 5, "58=T"),
        (Version::Fix41, 5, "58=T"),
        (Version::Fix42, 11, "58=T|371=11|372=D|373=11"),
        (Version::Fix42, 13, "58=T|371=11|372=D"),
        (Version::Fix43, 17, "58=T|371=11|372=D|373=17"),
        (Version::Fix43, 99, "58=T|371=11|372=D"),
        (Version::Fix44, 99, "58=T|371=11|372=D|373=99"),
        (Version::Fix44, 18, "58=T|371=11|372=D"),
        (Version::Fix50, 18, "58=T|371=11|372=D|373=18|1130=7"),
        (Version::Fix50Sp2, 100, "58=T|371=11|372=D|373=100|1130=9"),
        (Version::Fix50Sp2, 19, "58=T|371=11|372=D|1130=9"),
    ] {
        let mut line = Line::up(acceptor(version));
        assert_eq!(
            reject(&mut line, Some(reason), Some(Tag::CL_ORD_ID), "T"),
            [format!("> 35=3|34=2|45=2|{expected}")]
        );
    }
}

#[test]
fn a_text_cannot_end_its_field_and_is_cut() {
    let mut line = up();
    assert_eq!(
        reject(&mut line, None, None, "a\u{1}10=000\u{1}\n\u{e9}"),
        [r"> 35=3|34=2|45=2|58=a 10=000  \xc3\xa9|372=D"]
    );
    let log = reject(&mut line, None, None, &"x".repeat(1000));
    assert_eq!(log, [format!("> 35=3|34=3|45=2|58={}|372=D", "x".repeat(256))]);
}

#[test]
fn nothing_is_rejected_without_a_session() {
    let mut line = Line::new(acceptor(Version::Fix44), fixline::session::SeqNums::FRESH);
    assert_eq!(reject(&mut line, None, None, ""), ["misuse: the session is not logged on"]);
    let mut line = up();
    line.logout("bye");
    assert_eq!(
        reject(&mut line, None, None, ""),
        ["misuse: not now: the session is logging out or resetting its numbers"]
    );
}
