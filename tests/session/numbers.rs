//! What each direction counts, and what it does not: S-SEQ.

use fixline::session::{SeqNums, Version};

use crate::line::{Line, acceptor, initiator, nums};

#[test]
fn both_directions_begin_at_one_and_count_every_message_of_their_own() {
    // S-SEQ-01
    let mut line = Line::new(initiator(Version::Fix44), SeqNums::FRESH);
    assert_eq!(line.session.seq_nums(), nums(1, 1));
    let steps: [(&str, u64, u64); 5] = [
        ("35=A|34=1|98=0|108=30", 2, 2),
        ("35=0|34=2", 3, 2),
        ("35=1|34=3|112=T", 4, 3),
        ("35=D|34=4|11=", 5, 4),
        ("35=3|34=5|45=1", 6, 4),
    ];
    line.connect();
    for (message, next_in, next_out) in steps {
        line.receive(message);
        assert_eq!(line.session.seq_nums(), nums(next_in, next_out), "{message}");
    }
    assert_eq!(line.send("D", "11=A"), Ok(4));
    // What goes out again has old numbers, and so has what fills.
    line.receive("35=2|34=6|7=1|16=0");
    assert_eq!(line.session.seq_nums(), nums(7, 5));
    // What comes again is not counted twice.
    line.again("35=D|34=4|11=A");
    line.again("35=4|34=1|123=Y|36=4");
    assert_eq!(line.session.seq_nums(), nums(7, 5));
}

#[test]
fn a_message_is_counted_with_the_step_that_hands_it_over() {
    // S-SEQ-09, D-33: what the application makes of it cannot bring it back.
    let mut line = Line::up(acceptor(Version::Fix44));
    assert_eq!(line.receive("35=D|34=2|11=A"), ["deliver D 2"]);
    assert_eq!(line.next_in(), 3);
    // What is not handed over yet is not counted yet.
    line.gives_back = false;
    line.receive("35=D|34=4|11=C");
    line.again("35=D|34=3|11=B");
    assert_eq!(line.next_in(), 4);
    line.gives_back = true;
    assert_eq!(line.receive_bytes(b""), ["deliver D 4"]);
    assert_eq!(line.next_in(), 5);
}

#[test]
fn numbers_beyond_32_bits_are_numbers_like_any_other() {
    // S-SEQ-11
    let high = u64::from(u32::MAX);
    let mut line = Line::new(acceptor(Version::Fix44), nums(high, high));
    assert_eq!(
        line.log_on(high),
        [format!("authenticate {high}"), format!("> 35=A|34={high}|98=0|108=30")]
    );
    assert_eq!(line.send("D", "11=A"), Ok(high + 1));
    assert_eq!(
        line.receive(&format!("35=D|34={}|11=C", high + 3)),
        [format!("> 35=2|34={}|7={}|16=0", high + 2, high + 1), format!("hold {}", high + 3)]
    );
    line.again(&format!("35=4|34={}|123=Y|36={}", high + 1, high + 3));
    assert_eq!(line.next_in(), high + 4);
}

#[test]
fn a_number_that_leaves_none_behind_it_is_the_end_however_near_it_is() {
    // S-SEQ-12: it could not be counted.
    let max = i64::MAX as u64;
    for message in ["35=0|34=", "35=4|123=N|34=1|36=", "35=4|34=9223372036854775800|123=Y|36="] {
        let mut line = Line::new(acceptor(Version::Fix44), nums(max - 7, 5));
        line.log_on(max - 7);
        assert!(
            line.receive("35=4|34=9223372036854775801|123=Y|36=9223372036854775803").is_empty()
        );
        let tag = if message.contains("36=") { 36 } else { 34 };
        let message = message.replace("9223372036854775800", "9223372036854775803");
        let text = format!("Sequence number {} in tag {tag} is too far ahead", max + 1);
        assert_eq!(
            line.receive(&format!("{message}{}", max + 1)),
            [format!("> 35=5|34=6|58={text}")]
        );
        assert_eq!(line.next_in(), 9_223_372_036_854_775_803);
    }
}
