//! Bytes that are no messages: S-FRAME, test cases 2.d, 2.m, 2.t, 3.

use fixline::session::{SeqNums, Version};
use fixline::wire::from_text;

use crate::line::{Line, acceptor, initiator};

fn up() -> Line {
    Line::up(acceptor(Version::Fix44))
}

fn raw(text: &str) -> Vec<u8> {
    text.replace('|', "\x01").into_bytes()
}

#[test]
fn what_is_garbled_is_ignored_and_not_counted() {
    // S-FRAME-10, S-FRAME-11
    for (text, rule) in [
        ("8=FIX.9.9|9=5|35=0|10=163|", "S-FRAME-13"),
        // 2.t: the first three fields out of order.
        ("8=FIX.4.4|35=0|9=5|34=2|10=000|", "S-FRAME-02"),
        ("8=FIX.4.4|9=10|34=2|35=0|10=000|", "S-FRAME-02"),
        // 2.m: BodyLength too short, no number, zero.
        ("8=FIX.4.4|9=4|35=0|34=2|10=000|", "S-FRAME-06"),
        ("8=FIX.4.4|9=X|35=0|34=2|10=000|", "S-FRAME-04"),
        ("8=FIX.4.4|9=-5|35=0|34=2|10=000|", "S-FRAME-04"),
        ("8=FIX.4.4|9=0|35=0|34=2|10=000|", "S-FRAME-04"),
        ("8=FIX.4.4|9=|35=0|34=2|10=000|", "S-FRAME-04"),
        // 3.b, 3.e: CheckSum wrong, short, no number.
        ("8=FIX.4.4|9=10|35=0|34=2|10=000|", "S-FRAME-05"),
        ("8=FIX.4.4|9=10|35=0|34=2|10=16|", "S-FRAME-06"),
        ("8=FIX.4.4|9=10|35=0|34=2|10=XYZ|", "S-FRAME-06"),
        ("8=FIX.4.4|9=10|35=0|34=2|10=0163|", "S-FRAME-06"),
    ] {
        let mut line = up();
        let good = line.peer_message("35=D|34=2|11=A");
        let bytes = [raw(text), good].concat();
        assert_eq!(line.receive_bytes(&bytes), ["deliver D 2"], "{text}");
        assert!(line.rules.contains(&rule), "{text}: {:?}", line.rules);
        assert_eq!((line.next_in(), line.next_out()), (3, 2));
    }
}

#[test]
fn fields_that_cannot_be_told_apart_are_garbled() {
    // S-FRAME-09, S-FRAME-16; the CheckSum is right.
    for (body, rule) in [
        ("35=D|34=2|11=A|stray|", "S-FRAME-16"),
        ("35=D|34=2|95=3|96=ab|", "S-FRAME-09"),
        ("35=D|34=2|95=X|96=ab|", "S-FRAME-09"),
        ("35=D|34=2|95=2|58=ab|", "S-FRAME-09"),
        ("35=D|34=2|96=ab|", "S-FRAME-09"),
    ] {
        let mut line = up();
        assert!(line.receive(body).is_empty(), "{body}");
        assert!(line.rules.contains(&rule), "{body}: {:?}", line.rules);
        assert_eq!(line.next_in(), 2);
    }
}

#[test]
fn the_next_good_message_reveals_the_hole() {
    let mut line = up();
    assert!(line.garbled("35=D|34=2|11=A").is_empty());
    assert_eq!(line.receive("35=D|34=3|11=B"), ["> 35=2|34=2|7=2|16=0", "hold 3"]);
}

#[test]
fn noise_between_messages_is_silent() {
    // S-FRAME-17
    let mut line = up();
    let good = line.peer_message("35=D|34=2|11=A");
    line.take_rules();
    let bytes = [b"\r\n8=FI 10=000\x01".to_vec(), good].concat();
    assert_eq!(line.receive_bytes(&bytes), ["deliver D 2"]);
    assert!(line.take_rules().is_empty());
}

#[test]
fn a_message_within_a_garbled_one_is_found() {
    let mut line = up();
    let good = line.peer_message("35=D|34=2|11=A");
    // Its BodyLength claims the good one.
    let bytes = [raw("8=FIX.4.4|9=150|35=B|58="), good, raw("|10=000|")].concat();
    let more = line.peer_message(&format!("35=D|34=3|58={}", "x".repeat(100)));
    assert_eq!(line.receive_bytes(&[bytes, more].concat()), ["deliver D 2", "deliver D 3"]);
}

#[test]
fn too_many_garbled_messages_are_the_end() {
    // S-FRAME-14
    let mut line = Line::up(acceptor(Version::Fix44).garbled_max(2));
    assert!(line.garbled("35=0|34=2").is_empty());
    assert!(line.garbled("35=0|34=2").is_empty());
    assert_eq!(line.garbled("35=0|34=2"), ["> 35=5|34=2|58=Too many garbled messages"]);
    // Counted for one connection only.
    line.wait(2.0);
    line.close();
    line.log_on(2);
    assert!(line.garbled("35=0|34=3").is_empty());
}

#[test]
fn a_garbled_first_message_ends_an_acceptors_connection() {
    // S-LOGON-25, D-26
    let mut line = Line::new(acceptor(Version::Fix44), SeqNums::FRESH);
    line.connect();
    assert_eq!(
        line.garbled("35=A|34=1|98=0|108=30"),
        ["disconnect: Garbled message: wrong CheckSum(10)"]
    );
    assert_eq!(line.next_out(), 1);
}

#[test]
fn a_garbled_answer_is_ignored_by_an_initiator() {
    let mut line = Line::new(initiator(Version::Fix44), SeqNums::FRESH);
    line.connect();
    assert!(line.garbled("35=A|34=1|98=0|108=30").is_empty());
    assert_eq!(line.receive("35=A|34=1|98=0|108=30"), ["deliver A 1"]);
}

#[test]
fn noise_before_the_first_message_is_waited_out() {
    let mut line = Line::new(acceptor(Version::Fix44), SeqNums::FRESH);
    line.connect();
    assert!(line.receive_bytes(b"GET / HTTP/1.1\r\n\r\n").is_empty());
    assert_eq!(line.receive("35=A|34=1|98=0|108=30"), ["authenticate 1"]);
}

// Too long.

#[test]
fn a_message_that_is_too_long_is_the_end_and_not_waited_for() {
    // S-FRAME-19
    let mut line = Line::up(acceptor(Version::Fix44).message_len_max(1024));
    let text = "BodyLength(9) = 2000 exceeds the maximum message size";
    assert_eq!(
        line.receive_bytes(&raw("8=FIX.4.4|9=2000|35=D|34=2|")),
        [format!("> 35=5|34=2|58={text}"), format!("disconnect: {text}")]
    );
    assert_eq!(line.next_in(), 2);
    // Nothing can be read behind it, however the bytes were cut.
    assert!(line.receive("35=5|34=2").is_empty());
}

#[test]
fn the_longest_message_is_accepted() {
    let mut line = Line::up(acceptor(Version::Fix44).message_len_max(1024));
    let mut len = 900;
    let longest = loop {
        let message = line.peer_message(&format!("35=B|34=2|58={}", "x".repeat(len)));
        if message.len() == 1024 {
            break message;
        }
        len += 1;
    };
    assert_eq!(line.receive_bytes(&longest), ["deliver B 2"]);
    let longer = line.peer_message(&format!("35=B|34=3|58={}", "x".repeat(len + 1)));
    let log = line.receive_bytes(&longer);
    assert!(log[0].contains("exceeds the maximum message size"), "{log:?}");
}

#[test]
fn an_absurd_length_before_the_logon_ends_the_connection_in_silence() {
    for length in ["2000", "18446744073709551615", "99999999999999999999"] {
        for config in [acceptor(Version::Fix44), initiator(Version::Fix44)] {
            let mut line = Line::new(config.message_len_max(1024), SeqNums::FRESH);
            line.connect();
            let log = line.receive_bytes(&raw(&format!("8=FIX.4.4|9={length}|35=A|")));
            assert_eq!(log.len(), 1);
            assert!(log[0].starts_with("disconnect: BodyLength(9) = "), "{log:?}");
        }
    }
}

#[test]
fn a_message_with_too_many_fields_is_the_end() {
    let mut line = Line::up(acceptor(Version::Fix44).fields_max(20));
    let fields = "58=x|".repeat(12);
    assert_eq!(line.receive(&format!("35=B|34=2|{fields}")), ["deliver B 2"]);
    let fields = "58=x|".repeat(13);
    assert_eq!(line.receive(&format!("35=B|34=3|{fields}")), ["> 35=5|34=2|58=Too many fields"]);
    assert_eq!(line.next_in(), 3);
}

#[test]
fn the_first_byte_of_a_message_waits_for_the_rest() {
    let mut line = up();
    let message = from_text(&String::from_utf8(line.peer_message("35=D|34=2|11=A")).unwrap());
    let (last, first) = message.split_last().unwrap();
    for byte in first {
        assert!(line.receive_bytes(&[*byte]).is_empty());
    }
    assert_eq!(line.receive_bytes(&[*last]), ["deliver D 2"]);
}
