//! Bytes that are written or read differently by agreement.

use fixline::session::{ConfigError, SeqNums, Version};
use fixline::wire::{Pretty, Tag, from_text};

use crate::line::{Line, acceptor, initiator};

#[test]
fn numbers_and_lengths_can_have_leading_zeros() {
    let config = initiator(Version::Fix44).msg_seq_num_digits(6).body_length_digits(5);
    let mut line = Line::new(config, SeqNums::FRESH);
    assert_eq!(line.connect(), ["> 35=A|34=000001|98=0|108=30"]);
    line.receive("35=A|34=1|98=0|108=30");
    line.send("D", "11=A").unwrap();
    let sent = Pretty(&line.stored[&(0, 2)]).to_string();
    let head = "8=FIX.4.4|9=00059|35=D|34=000002|49=US|52=20261122-09:30:00.000|56=PEER|11=A|";
    assert!(sent.starts_with(head), "{sent}");
    // Sent again, and in what fills gaps.
    let log = line.receive("35=2|34=2|7=1|16=0");
    assert_eq!(log[1], "> 35=4|34=000001|43=Y|122=20261122-09:30:00.000|36=2|123=Y");
    assert_eq!(log[2], "> 35=D|34=000002|43=Y|122=20261122-09:30:00.000|11=A");
}

#[test]
fn more_digits_than_any_number_has_are_refused() {
    for config in [
        acceptor(Version::Fix44).msg_seq_num_digits(19),
        acceptor(Version::Fix44).body_length_digits(19),
    ] {
        assert_eq!(config.build().err(), Some(ConfigError::Digits));
    }
}

#[test]
fn raw_data_may_come_without_its_length() {
    let config = acceptor(Version::Fix44).raw_data_without_length(true);
    let mut line = Line::new(config, SeqNums::FRESH);
    line.connect();
    assert_eq!(line.receive("35=A|34=1|98=0|108=30|96=1700000000.nonce"), ["authenticate 1"]);
    line.accept();
    assert_eq!(line.receive("35=D|34=2|11=A|96=x"), ["deliver D 2"]);
    // With a length it is data.
    assert_eq!(line.receive("35=D|34=3|11=A|95=3|96=a=b"), ["deliver D 3"]);
    // Other data fields need theirs.
    assert!(line.receive("35=D|34=4|11=A|89=x").is_empty());
    assert_eq!(line.next_in(), 4);
}

#[test]
fn a_tag_may_stand_without_a_value_where_agreed_on() {
    // S-FRAME-20
    let mut line = Line::up(acceptor(Version::Fix44).empty_values(true));
    assert_eq!(line.receive("35=D|34=2|11=|58="), ["deliver D 2"]);
    // CORE-12: a Heartbeat without a TestReqID answers one that is empty.
    assert_eq!(line.receive("35=1|34=3|112="), ["> 35=0|34=2"]);
    // Other defects are found all the same.
    let log = line.receive("35=D|34=4|11=|0=x");
    assert_eq!(log, ["> 35=3|34=3|45=4|58=Invalid tag number (0)|371=0|372=D|373=0"]);
}

#[test]
fn a_standard_field_may_stand_behind_a_venues_where_agreed_on() {
    // S-VAL-31
    let venue = |tags: &[u32]| {
        let tags: Vec<Tag> = tags.iter().map(|&tag| Tag::new(tag).unwrap()).collect();
        acceptor(Version::Fix44).header_tags(&tags)
    };
    let mut line = Line::up(venue(&[5050, 6000]));
    assert_eq!(line.receive("35=D|6000=x|34=2|5050=y|50=z|11=A"), ["deliver D 2"]);
    let mut line = Line::up(venue(&[6000]));
    let log = line.receive("35=D|6000=x|34=2|5050=y|50=z|11=A");
    assert_eq!(
        log,
        ["> 35=3|34=2|45=2|58=Tag specified out of required order (50)|371=50|372=D|373=14"]
    );
    assert_eq!(venue(&[5050; 9]).build().unwrap_err(), ConfigError::HeaderTags);
}

#[test]
fn raw_data_without_its_length_is_garbled_unless_agreed_on() {
    let mut line = Line::up(acceptor(Version::Fix44));
    assert!(line.receive("35=D|34=2|11=A|96=x").is_empty());
    assert_eq!(line.next_in(), 2);
}

#[test]
fn what_was_received_may_be_passed_on_with_its_flag_and_time() {
    // S-PD-09
    let mut line = Line::up(acceptor(Version::Fix44).compose_poss_dup(true));
    let header = "43=Y|122=20261122-09:00:00|";
    assert_eq!(line.send_with("D", &header.replace('|', "\u{1}"), "11=A\u{1}"), Ok(2));
    assert_eq!(line.sent(2), "35=D|34=2|43=Y|122=20261122-09:00:00|11=A");
    // Sent again it keeps the first time.
    let log = line.receive("35=2|34=2|7=2|16=0");
    assert_eq!(log[1], "> 35=D|34=2|43=Y|122=20261122-09:00:00|11=A");
}

#[test]
fn the_flag_and_time_of_a_repetition_are_the_sessions_unless_agreed_on() {
    let mut line = Line::up(acceptor(Version::Fix44));
    let refused = line.send_with("D", &from_header("43=Y|"), "11=A\u{1}");
    assert!(refused.is_err());
    assert_eq!(line.next_out(), 2);
}

fn from_header(text: &str) -> String {
    text.replace('|', "\u{1}")
}

#[test]
fn a_check_sum_of_another_form_is_garbled_even_where_it_is_not_looked_at() {
    let mut line = Line::up(acceptor(Version::Fix44).validate_check_sum(false));
    let bytes = from_text("8=FIX.4.4|35=D|34=2|49=PEER|52=20261122-09:30:00|56=US|11=A|10=0x0|");
    assert!(line.receive_bytes(&bytes).is_empty());
    assert_eq!(line.next_in(), 2);
}
