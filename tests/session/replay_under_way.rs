//! While an answer to a ResendRequest is under way: what waits, what ends it, what it may take.

use fixline::session::{Input, SendError, Version};

use crate::line::{Line, acceptor, seq};
use crate::replay::{fill, order, up_after};

#[test]
fn nothing_can_be_composed_before_the_answer_is_complete() {
    // S-RSND-12, SEQ-04
    let mut line = up_after(3);
    line.serves = false;
    line.receive("35=2|34=2|7=2|16=0");
    assert_eq!(line.send("D", "11=NEW"), Err(SendError::Replaying));
    line.feed(2);
    line.feed(3);
    assert_eq!(line.send("D", "11=NEW"), Err(SendError::Replaying));
    line.store_end();
    assert_eq!(
        line.notices.last().map(String::as_str),
        Some("answered: 2 sent again, 0 gap-filled")
    );
    assert_eq!(line.send("D", "11=NEW"), Ok(4));
}

#[test]
fn our_own_answers_go_out_between_repetitions() {
    let mut line = up_after(3);
    line.serves = false;
    line.receive("35=2|34=2|7=2|16=0");
    assert_eq!(line.feed(2), [order(2)]);
    assert_eq!(line.receive("35=1|34=3|112=T"), ["> 35=0|34=4|112=T"]);
    assert_eq!(
        line.receive("35=D|34=4|11="),
        ["> 35=3|34=5|45=4|58=Tag specified without a value (11)|371=11|372=D|373=4"]
    );
    assert_eq!(line.receive("35=D|34=5|11=A"), ["deliver D 5"]);
    assert_eq!(line.feed(3), [order(3)]);
    // The answer ends where it ended when it was asked for.
    assert!(line.store_end().is_empty());
    assert_eq!(line.next_out(), 6);
}

#[test]
fn a_further_request_is_answered_afterwards() {
    // SEQ-37, S-RSND-01
    let mut line = up_after(4);
    line.serves = false;
    line.receive("35=2|34=2|7=2|16=3");
    assert_eq!(line.feed(2), [order(2)]);
    assert!(line.receive("35=2|34=3|7=3|16=0").is_empty());
    assert_eq!(line.feed(3), [order(3)]);
    assert_eq!(line.store_end(), ["fetch 3 to 4"]);
    assert_eq!(line.serve(), [order(3), order(4)]);
    assert_eq!(line.send("D", "11=ORD-5"), Ok(5));
}

#[test]
fn further_requests_become_one() {
    let mut line = up_after(6);
    line.serves = false;
    line.receive("35=2|34=2|7=6|16=6");
    line.receive("35=2|34=3|7=4|16=4");
    line.receive("35=2|34=4|7=2|16=3");
    line.receive("35=2|34=5|7=3|16=3");
    line.feed(6);
    assert_eq!(line.store_end(), ["fetch 2 to 4"]);
    assert_eq!(line.serve(), [order(2), order(3), order(4)]);
}

#[test]
fn stored_messages_must_rise_within_the_range() {
    let mut line = up_after(5);
    line.serves = false;
    line.receive("35=2|34=2|7=3|16=4");
    let misuse = "misuse: Input::Stored must come in rising order, within the range that was \
                  fetched";
    assert_eq!(line.feed(2), [misuse]);
    assert_eq!(line.feed(5), [misuse]);
    assert_eq!(line.feed(4), [fill(3, 4), order(4)]);
    assert_eq!(line.feed(3), [misuse]);
    assert_eq!(line.feed(4), [misuse]);
    assert!(line.store_end().is_empty());
}

#[test]
fn answers_to_a_fetch_that_is_over_are_ignored() {
    let mut line = up_after(2);
    line.serves = false;
    line.receive("35=2|34=2|7=2|16=0");
    let (id, ..) = line.fetch.unwrap();
    line.close();
    line.connect();
    let message = line.stored[&(0, 2)].clone();
    let stored = Input::Stored { id, seq: seq(2), message: &message };
    assert!(line.input(stored).is_empty());
    assert!(line.input(Input::StoreEnd { id }).is_empty());
    assert_eq!(line.take_rules().last(), Some(&"INV-16"));
    // In the next connection as well.
    line.receive("35=A|34=3|98=0|108=30");
    line.accept();
    assert!(line.input(stored).is_empty());
    assert!(line.input(Input::StoreEnd { id }).is_empty());
}

#[test]
fn a_replay_dies_with_its_connection() {
    // SEQ-36
    let mut line = up_after(3);
    line.serves = false;
    line.receive("35=2|34=2|7=2|16=0");
    line.feed(2);
    line.close();
    line.log_on(3);
    assert_eq!(line.send("D", "11=NEW"), Ok(5));
}

#[test]
fn repetitions_are_traffic() {
    // S-HB-01
    let mut line = up_after(4);
    line.serves = false;
    line.receive("35=2|34=2|7=2|16=0");
    line.wait(20.0);
    line.feed(2);
    line.receive("35=0|34=3");
    assert!(line.wait(29.9).is_empty());
    assert_eq!(line.wait(0.1), ["> 35=0|34=5"]);
}

#[test]
fn a_store_that_gives_nothing_ends_the_connection_after_2_4_intervals() {
    let mut line = up_after(4);
    line.serves = false;
    line.receive("35=2|34=2|7=2|16=0");
    line.keep_alive(60.0, 3);
    line.feed(2);
    line.keep_alive(71.0, 20);
    assert_eq!(
        line.wait(1.0),
        ["> 35=5|34=9|58=The replay stalled", "disconnect: the store gave no message for too long"]
    );
}

#[test]
fn a_long_answer_waits_for_room_and_leaves_the_reserve_free() {
    let mut line = Line::up(acceptor(Version::Fix44).message_len_max(2048));
    for number in 2..=8 {
        let text = format!("58={}", "x".repeat(1500));
        assert_eq!(line.send("B", &text), Ok(number));
    }
    line.serves = false;
    line.flushes = false;
    line.receive("35=2|34=2|7=2|16=0");
    let log = line.feed(2);
    assert_eq!(log.len(), 1);
    let before = line.session.clone();
    let end = line.out.end();
    assert_eq!(line.feed(3), ["blocked: room"]);
    assert_eq!((&line.session, line.out.end()), (&before, end));
    // There is room for an answer of our own.
    assert_eq!(line.receive("35=1|34=3|112=T"), ["> 35=0|34=9|112=T"]);
    line.flush();
    for number in 3..=8 {
        let log = line.feed(number);
        assert!(log[0].starts_with(&format!("> 35=B|34={number}|43=Y")));
        line.flush();
    }
    assert!(line.store_end().is_empty());
}

#[test]
fn the_longest_message_finds_room_in_an_empty_buffer_behind_the_longest_fill() {
    let id = "I".repeat(64);
    let config = acceptor(Version::Fix44)
        .message_len_max(1024)
        .sender_sub_id(&id)
        .target_sub_id(&id)
        .sender_location_id(&id)
        .target_location_id(&id)
        .last_msg_seq_num_processed(true);
    let mut line = Line::up(config);
    let longest =
        (1..1024).rev().find(|&len| line.send("B", &format!("58={}", "x".repeat(len))).is_ok());
    assert!(longest > Some(500));
    assert_eq!(line.stored[&(0, 2)].len(), 1024);
    let log = line.receive("35=2|34=2|7=1|16=0");
    assert_eq!(log.len(), 3);
    assert!(log[1].starts_with("> 35=4|34=1|43=Y"));
    assert!(log[2].starts_with("> 35=B|34=2|43=Y"));
}

#[test]
fn what_is_longer_than_the_configuration_allows_by_now_is_filled() {
    let mut line = up_after(3);
    let text = "x".repeat(70_000);
    line.store_message(2, "35=B|34=2", &format!("58={text}"));
    assert_eq!(line.receive("35=2|34=2|7=2|16=0"), ["fetch 2 to 3", &fill(2, 3), &order(3)]);
}
