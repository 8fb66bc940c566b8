//! Sending again: S-RSND, test case 8, and the answers to Fetch.

use std::time::Duration;

use fixline::session::{ResendPolicy, SeqNums, Version};

use crate::line::{Line, acceptor};

pub(crate) const NOW: &str = "43=Y|122=20261122-09:30:00.000";

/// Logged on, with the orders 2 to `last` sent.
pub(crate) fn up_after(last: u64) -> Line {
    sent(Line::up(acceptor(Version::Fix44)), last)
}

fn sent(mut line: Line, last: u64) -> Line {
    for number in 2..=last {
        let order = format!("11=ORD-{number}");
        assert_eq!(line.send("D", &order), Ok(number));
    }
    line
}

pub(crate) fn order(number: u64) -> String {
    format!("> 35=D|34={number}|{NOW}|11=ORD-{number}")
}

pub(crate) fn fill(from: u64, to: u64) -> String {
    format!("> 35=4|34={from}|{NOW}|36={to}|123=Y")
}

// What is covered, and with what.

#[test]
fn application_messages_are_repeated_and_session_messages_are_filled() {
    // 8, S-RSND-02, S-RSND-03, S-RSND-05, S-RSND-07
    let mut line = up_after(3);
    line.receive("35=1|34=2|112=T");
    line.send("D", "11=ORD-5").unwrap();
    assert_eq!(
        line.receive("35=2|34=3|7=1|16=0"),
        ["fetch 1 to 5", &fill(1, 2), &order(2), &order(3), &fill(4, 5), &order(5)]
    );
    // GAP-03
    assert_eq!((line.next_in(), line.next_out()), (4, 6));
}

#[test]
fn a_range_is_answered_from_its_first_to_its_last_number() {
    let mut line = up_after(6);
    for (range, expected) in [
        ("7=3|16=3", vec!["fetch 3 to 3".into(), order(3)]),
        ("7=3|16=4", vec!["fetch 3 to 4".into(), order(3), order(4)]),
        ("7=5|16=0", vec!["fetch 5 to 6".into(), order(5), order(6)]),
        // S-RSND-08, SEQ-14: clipped to what was sent.
        ("7=5|16=7", vec!["fetch 5 to 6".into(), order(5), order(6)]),
        ("7=6|16=18446744073709551615", vec!["fetch 6 to 6".into(), order(6)]),
        // S-RR-02: since 4.3 a plain number.
        ("7=6|16=999999", vec!["fetch 6 to 6".into(), order(6)]),
        ("7=1|16=2", vec!["fetch 1 to 2".into(), fill(1, 2), order(2)]),
    ] {
        let number = line.next_in();
        assert_eq!(line.receive(&format!("35=2|34={number}|{range}")), expected, "{range}");
    }
}

#[test]
fn before_fix_4_3_999999_is_infinity() {
    for (version, range) in [
        (Version::Fix40, "fetch 1 to 1000001"),
        (Version::Fix41, "fetch 1 to 1000001"),
        (Version::Fix42, "fetch 1 to 1000001"),
        (Version::Fix43, "fetch 1 to 999999"),
        (Version::Fix50, "fetch 1 to 999999"),
    ] {
        let mut line = Line::new(acceptor(version), crate::line::nums(1, 1_000_001));
        line.serves = false;
        line.log_on(1);
        assert_eq!(line.receive("35=2|34=2|7=1|16=999999"), [range]);
    }
}

#[test]
fn a_fill_at_the_end_reaches_the_next_number() {
    // GAP-11, S-RSND-08
    let mut line = up_after(2);
    line.receive("35=1|34=2|112=T");
    line.receive("35=1|34=3|112=T");
    assert_eq!(line.receive("35=2|34=4|7=2|16=0"), ["fetch 2 to 4", &order(2), &fill(3, 5)]);
}

#[test]
fn a_fill_within_a_range_ends_with_the_range() {
    // GAP-05
    let mut line = Line::up(acceptor(Version::Fix44));
    for number in 2..6 {
        line.receive(&format!("35=1|34={number}|112=T"));
    }
    assert_eq!(line.receive("35=2|34=6|7=2|16=3"), ["fetch 2 to 3", &fill(2, 4)]);
}

#[test]
fn without_a_store_one_fill_covers_everything() {
    // S-RSND-11, GAP-02
    let mut line = up_after(4);
    line.stored.clear();
    assert_eq!(line.receive("35=2|34=2|7=1|16=0"), ["fetch 1 to 4", &fill(1, 5)]);
}

#[test]
fn a_hole_in_the_store_is_filled() {
    let mut line = up_after(6);
    line.stored.remove(&(0, 3));
    line.stored.remove(&(0, 4));
    assert_eq!(
        line.receive("35=2|34=2|7=2|16=0"),
        ["fetch 2 to 6", &order(2), &fill(3, 5), &order(5), &order(6)]
    );
}

#[test]
fn a_reject_is_repeated_unless_configured_otherwise() {
    // D-10
    let reject = |again: &str| {
        format!("> 35=3|34=2|{again}45=2|58=Tag specified without a value (11)|371=11|372=D|373=4")
    };
    let mut line = Line::up(acceptor(Version::Fix44));
    assert_eq!(line.receive("35=D|34=2|11="), [reject("")]);
    assert_eq!(line.receive("35=2|34=3|7=2|16=0"), ["fetch 2 to 2", &reject(&format!("{NOW}|"))]);
    let mut line = Line::up(acceptor(Version::Fix44).retransmit_rejects(false));
    line.receive("35=D|34=2|11=");
    assert_eq!(line.receive("35=2|34=3|7=2|16=0"), ["fetch 2 to 2", &fill(2, 3)]);
}

#[test]
fn no_session_message_is_repeated_whatever_the_store_holds() {
    // SEQ-29
    for (msg_type, body) in [
        ("0", "112=T"),
        ("1", "112=T"),
        ("2", "7=1|16=0"),
        ("4", "36=9"),
        ("5", "58=bye"),
        ("A", "98=0|108=30"),
    ] {
        let mut line = up_after(2);
        line.store_message(2, &format!("35={msg_type}|34=2"), body);
        assert_eq!(line.receive("35=2|34=2|7=2|16=0"), ["fetch 2 to 2", &fill(2, 3)]);
    }
}

#[test]
fn damaged_bytes_are_filled_and_the_rest_is_repeated() {
    // SEQ-33
    let mut line = up_after(4);
    line.stored.get_mut(&(0, 3)).unwrap()[20] ^= 1;
    assert_eq!(
        line.receive("35=2|34=2|7=2|16=0"),
        ["fetch 2 to 4", &order(2), &fill(3, 4), &order(4)]
    );
    assert!(line.notices.contains(&"3 is gap-filled: the stored bytes are damaged".to_owned()));
}

#[test]
fn the_message_of_another_number_or_version_is_filled() {
    let mut line = up_after(3);
    let other = line.stored[&(0, 3)].clone();
    line.stored.insert((0, 2), other);
    assert_eq!(line.receive("35=2|34=2|7=2|16=2"), ["fetch 2 to 2", &fill(2, 3)]);
    let mut line = up_after(2);
    line.store_message(2, "8=FIX.4.2|35=D|34=2", "11=A");
    assert_eq!(line.receive("35=2|34=2|7=2|16=2"), ["fetch 2 to 2", &fill(2, 3)]);
}

#[test]
fn what_is_not_fed_is_the_applications_veto() {
    // S-RSND-04
    let mut line = up_after(4);
    line.serves = false;
    line.receive("35=2|34=2|7=2|16=0");
    assert!(line.feed(2).last().unwrap().ends_with("ORD-2"));
    assert_eq!(line.feed(4), [fill(3, 4), order(4)]);
    assert!(line.store_end().is_empty());
}

#[test]
fn what_is_too_old_is_filled_by_policy() {
    let config = fixline::session::Config::acceptor(
        Version::Fix44,
        "US",
        "PEER",
        ResendPolicy::NotOlderThan(Duration::from_secs(60)),
    );
    let mut line = sent(Line::up(config), 2);
    line.sleep(10.0);
    line.send("D", "11=ORD-3").unwrap();
    line.sleep(51.0);
    assert_eq!(
        line.receive("35=2|34=2|7=2|16=0"),
        [
            "fetch 2 to 3",
            "> 35=4|34=2|43=Y|122=20261122-09:31:01.000|36=3|123=Y",
            "> 35=D|34=3|43=Y|122=20261122-09:30:10.000|11=ORD-3",
        ]
    );
    // Sixty seconds are not too old, sixty-one are.
    assert!(line.notices.contains(&"2 is gap-filled: too old".to_owned()));
}

#[test]
fn what_is_of_an_excepted_type_is_filled_by_policy() {
    let config = fixline::session::Config::acceptor(
        Version::Fix44,
        "US",
        "PEER",
        ResendPolicy::Except(vec![b"D".to_vec()]),
    );
    let mut line = sent(Line::up(config), 3);
    line.send("8", "37=X").unwrap();
    assert_eq!(
        line.receive("35=2|34=2|7=2|16=0"),
        ["fetch 2 to 4", &fill(2, 4), &format!("> 35=8|34=4|{NOW}|37=X")]
    );
}

#[test]
fn numbers_of_an_older_epoch_are_not_fetched() {
    // SEQ-19: the driver looks in the epoch of the session, where nothing was kept.
    let mut line = up_after(4);
    line.close();
    let config = acceptor(Version::Fix44);
    let numbers = SeqNums { epoch: 1, ..SeqNums::FRESH };
    let stored = line.stored;
    let mut line = Line::new(config, numbers);
    line.stored = stored;
    line.log_on(1);
    assert_eq!(line.receive("35=2|34=2|7=1|16=0"), ["fetch 1 to 1", &fill(1, 2)]);
}

// The bytes.

#[test]
fn a_repetition_has_a_new_head_and_the_same_body() {
    // S-RSND-06, SEQ-30
    let mut line = Line::up(acceptor(Version::Fix44).sender_location_id("LDN"));
    let body = "11=A|453=2|448=X|447=D|448=Y|447=D|95=3|96=\\x01=\\x01|9999=x|58=a\\x7cb";
    assert_eq!(line.send("D", body), Ok(2));
    line.sleep(5.0);
    assert_eq!(
        line.receive("35=2|34=2|7=2|16=0"),
        ["fetch 2 to 2".to_owned(), format!("> 35=D|34=2|{NOW}|142=LDN|{body}")]
    );
}

#[test]
fn the_first_sending_time_stays_whenever_a_message_is_repeated() {
    let mut line = up_after(2);
    for number in 2..5 {
        line.sleep(7.0);
        assert_eq!(
            line.receive(&format!("35=2|34={number}|7=2|16=2")),
            ["fetch 2 to 2", &order(2)]
        );
    }
}

#[test]
fn a_stored_repetition_is_not_doubled() {
    // SEQ-32: a store may hold a message that was kept with 43 and 122.
    let mut line = up_after(2);
    line.store_message(2, "35=D|34=2", "43=Y|122=20261122-08:00:00.000|11=ORD-2");
    assert_eq!(
        line.receive("35=2|34=2|7=2|16=2"),
        ["fetch 2 to 2", "> 35=D|34=2|43=Y|122=20261122-08:00:00.000|11=ORD-2"]
    );
}

#[test]
fn header_fields_of_the_caller_keep_their_places() {
    let mut line = Line::up(acceptor(Version::Fix44));
    let header = "57=DESK|97=Y|115=CLIENT|128=VENUE";
    line.send_with("D", header, "11=A").unwrap();
    assert_eq!(
        line.receive("35=2|34=2|7=2|16=2"),
        [
            "fetch 2 to 2",
            "> 35=D|34=2|43=Y|57=DESK|97=Y|115=CLIENT|122=20261122-09:30:00.000|128=VENUE|11=A"
        ]
    );
}

// What is not served.

#[test]
fn a_range_that_cannot_be_is_rejected() {
    // S-RSND-09, S-RSND-10, SEQ-13, GAP-06
    let text = |tag| format!("58=Value is incorrect (out of range) for this tag ({tag})");
    for (range, text, tag, reason) in [
        ("7=0|16=0", text(7), 7, 5),
        ("7=3|16=2", text(16), 16, 5),
        ("7=4|16=0", text(7), 7, 5),
        ("7=4|16=9", text(7), 7, 5),
        ("7=18446744073709551615|16=0", text(7), 7, 5),
        ("16=0", "58=Required tag missing (7)".into(), 7, 1),
        ("7=1", "58=Required tag missing (16)".into(), 16, 1),
        ("7=X|16=0", "58=Incorrect data format for value (7)".into(), 7, 6),
        ("7=1|16=-1", "58=Incorrect data format for value (16)".into(), 16, 6),
        ("7=1|16=18446744073709551616", "58=Incorrect data format for value (16)".into(), 16, 6),
    ] {
        let mut line = up_after(3);
        assert_eq!(
            line.receive(&format!("35=2|34=2|{range}")),
            [format!("> 35=3|34=4|45=2|{text}|371={tag}|372=2|373={reason}")],
        );
        assert_eq!(line.next_in(), 3);
    }
}

#[test]
fn a_repeated_request_is_counted_and_not_served() {
    // S-RSND-14
    let mut line = up_after(2);
    assert!(line.again("35=2|34=2|7=2|16=0").is_empty());
    assert_eq!(line.next_in(), 3);
}

#[test]
fn a_request_that_is_too_low_is_the_end() {
    // S-RSND-13, D-14
    let mut line = up_after(2);
    assert_eq!(
        line.receive("35=2|34=1|7=2|16=0"),
        ["> 35=5|34=3|58=MsgSeqNum too low, expecting 2 but received 1"]
    );
}
