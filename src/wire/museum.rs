//! Bugs that other FIX engines had, where they concern the wire. The number is that of the row in
//! `docs/MUSEUM.md`; those of the session are in `tests/museum`.

use alloc::format;
use alloc::vec;
use alloc::vec::Vec;

use super::{
    Body, Defect, DefectKind, Framed, Garbled, Message, MsgKind, ParseError, PutField as _,
    SendBuffer, Tag, Writer, from_text, next_frame, parse_uint, scan,
};

const LEN_MAX: usize = 65_536;

/// The messages of a stream, and how many garbled candidates it has.
fn read(mut bytes: &[u8]) -> (Vec<&[u8]>, usize) {
    let (mut messages, mut garbled) = (Vec::new(), 0);
    loop {
        let consumed = match next_frame(bytes, LEN_MAX) {
            Framed::NeedMore(_) | Framed::TooLong { .. } => return (messages, garbled),
            Framed::Noise { skip } => skip,
            Framed::Garbled { skip, .. } => {
                garbled += 1;
                skip
            }
            Framed::Frame(frame) => {
                messages.push(frame.bytes());
                frame.bytes().len()
            }
        };
        bytes = &bytes[consumed..];
    }
}

fn heartbeat() -> Vec<u8> {
    from_text("8=FIX.4.4|35=0|34=7|49=A|52=20260722-13:45:12|56=B|")
}

fn garbled(bytes: &[u8]) -> Option<Garbled> {
    match Message::parse(bytes) {
        Err(ParseError::Garbled(reason)) => Some(reason),
        Err(_) | Ok(_) => None,
    }
}

/// QFJ-903, QFJ #432: an endless loop over what is no number.
#[test]
fn frm_01_02_a_body_length_that_is_no_number_is_passed_over() {
    for length in ["x", "1x", "-", "0x10", "1 ", "\u{661}"] {
        let mut bytes = from_text(&format!("8=FIX.4.4|9={length}|35=0|"));
        bytes.extend_from_slice(&heartbeat());
        assert_eq!(read(&bytes), (vec![&heartbeat()[..]], 1), "{length}");
    }
}

/// QFG #678: index arithmetic with a BodyLength near the largest number.
#[test]
fn frm_03_a_huge_body_length_overflows_nothing() {
    for length in [
        "2147483647",
        "4294967296",
        "9223372036854775807",
        "18446744073709551615",
        "18446744073709551616",
        "99999999999999999999",
    ] {
        let bytes = from_text(&format!("8=FIX.4.4|9={length}|35=0|"));
        for limit in [64, LEN_MAX, usize::MAX] {
            let framed = next_frame(&bytes, limit);
            let waits = limit == usize::MAX && matches!(framed, Framed::NeedMore(_));
            assert!(waits || matches!(framed, Framed::TooLong { .. }), "{length} {limit}");
        }
    }
}

/// IronFix #4: CheckSums above 255, and tags with leading zeros.
#[test]
fn frm_04_a_checksum_above_255_is_wrong() {
    // S-FRAME-01, S-FRAME-05, S-FRAME-06
    let accepted = (0..1_000).filter(|sum| {
        let bytes = from_text(&format!("8=FIX.4.4|35=0|34=7|10={sum:03}|"));
        Message::parse(&bytes).is_ok()
    });
    assert_eq!(accepted.collect::<Vec<_>>(), [171]);
    let zeros = from_text("8=FIX.4.4|9=10|35=0|34=7|010=171|10=000|");
    assert_eq!(garbled(&zeros), Some(Garbled::CheckSumNotLast));
}

/// IronFix #8: `8=` and an endless stream of anything grew the buffer for ever.
#[test]
fn frm_05_a_header_is_complete_within_64_bytes_or_garbled() {
    for start in
        ["8=", "8=FIX", "8=FIX.4.4", "8=FIX.4.4\x01", "8=FIX.4.4\x019=", "8=FIX.4.4\x019=5\x01"]
    {
        for filler in [b'x', b'0', b'9', b'=', 0x01, b'8'] {
            let mut bytes = start.as_bytes().to_vec();
            bytes.resize(64, filler);
            assert!(
                !matches!(next_frame(&bytes, LEN_MAX), Framed::NeedMore(_)),
                "{start} {filler}"
            );
        }
    }
}

/// IronFix #24: each call searched the whole buffer again. This takes hours if it is quadratic.
#[test]
fn frm_06_a_mebibyte_that_comes_by_single_bytes_is_read_in_linear_time() {
    let bytes = from_text(&format!("8=FIX.4.4|35=B|58={}|", "x".repeat(1 << 20)));
    let waits = (0..bytes.len())
        .all(|len| matches!(next_frame(&bytes[..len], 1 << 21), Framed::NeedMore(_)));
    assert!(waits);
    assert!(matches!(next_frame(&bytes, 1 << 21), Framed::Frame(_)));
}

/// IronFix #8, NEX #543: cut by BodyLength alone, the stream fell out of step for good.
#[test]
fn frm_07_behind_a_lying_body_length_the_next_message_is_found() {
    let body_len = 41;
    for lie in [-10, -1, 1, 10] {
        let mut bytes = from_text(&format!(
            "8=FIX.4.4|9={}|35=0|34=7|49=A|52=20260722-13:45:12|56=B|",
            body_len + lie
        ));
        bytes.extend_from_slice(&heartbeat());
        assert_eq!(read(&bytes), (vec![&heartbeat()[..]], 1), "{lie}");
    }
}

/// rust-finance #49: a malformed message took its valid followers with it.
#[test]
fn frm_08_a_garbled_message_between_two_valid_ones_costs_only_itself() {
    let valid = heartbeat();
    let ruined = from_text("8=FIX.4.4|35=0|34=8|10=000|");
    let bytes = [&valid[..], &ruined, &valid].concat();
    assert_eq!(read(&bytes), (vec![&valid[..], &valid], 1));
}

/// QFJ-322: a bad checksum passed.
#[test]
fn frm_09_a_message_with_any_bit_flipped_is_not_accepted() {
    let valid =
        from_text(r"8=FIX.4.4|35=A|34=7|49=A|52=20260722-13:45:12|56=B|95=3|96=a\x01=|98=0|");
    assert!(Message::parse(&valid).is_ok());
    for at in 0..valid.len() {
        for bit in 0..8 {
            let mut flipped = valid.clone();
            flipped[at] ^= 1 << bit;
            assert!(read(&flipped).0.is_empty(), "byte {at} bit {bit}");
        }
    }
}

/// QFJ-760: `10=` in the middle of a value was taken for the trailer.
#[test]
fn frm_10_a_checksum_behind_no_delimiter_is_none() {
    let bytes = b"8=FIX.4.4\x019=9\x0135=0\x0158=x10=123\x01";
    assert!(matches!(
        next_frame(bytes, LEN_MAX),
        Framed::Garbled { reason: Garbled::CheckSumNotLast, .. }
    ));
}

/// IronFix #23, QFJ #591: a data length that swallowed the trailer, or the fields behind.
#[test]
fn frm_11_15_a_data_length_that_lies_garbles_the_message() {
    for (length, reason) in [
        ("0", Some(Garbled::DataOverrun)),
        ("1", Some(Garbled::DataOverrun)),
        ("4", None),
        ("5", Some(Garbled::DataOverrun)),
        // To the SOH before the trailer, to its digits, to its end, and beyond.
        ("9", None),
        ("13", Some(Garbled::DataOverrun)),
        ("16", Some(Garbled::DataOverrun)),
        ("17", Some(Garbled::DataOverrun)),
        ("18446744073709551615", Some(Garbled::DataOverrun)),
    ] {
        let bytes = from_text(&format!("8=FIX.4.4|35=B|34=7|95={length}|96=abcd|58=x|"));
        assert_eq!(garbled(&bytes), reason, "{length}");
    }
}

/// QF #62, QFN #155, NEX #429, SFX #6, IronFix #7: data with delimiters made phantom fields.
#[test]
fn frm_12_data_with_delimiters_makes_no_fields() {
    // S-FRAME-07
    for length in (1..50_000).filter_map(Tag::new).filter(|tag| tag.data_tag().is_some()) {
        let data = b"x\x0134=999\x01=\x0110=000\x01";
        let mut out = SendBuffer::with_capacity(256);
        let mut writer = Writer::begin(&mut out, 256, b"FIX.4.4", b"B").unwrap();
        writer.uint(Tag::MSG_SEQ_NUM, 7).data(length, data);
        let span = writer.finish().unwrap();
        let message = Message::parse(out.bytes(span)).unwrap();
        assert_eq!(message.get(length.data_tag().unwrap()), Some(&data[..]));
        assert_eq!(message.get_uint(Tag::MSG_SEQ_NUM), Some(7));
        assert_eq!(message.fields().iter().count(), 7);
    }
}

/// SFX #64, SFX #16: data that ended with a segment, and a whole message inside of one.
#[test]
fn frm_13_14_a_message_inside_of_data_is_data_however_it_is_cut() {
    let inner = heartbeat();
    let mut out = SendBuffer::with_capacity(512);
    let mut writer = Writer::begin(&mut out, 512, b"FIX.4.4", b"n").unwrap();
    writer.data(Tag::XML_DATA_LEN, &inner);
    writer.finish().unwrap();
    let bytes = out.flushable();
    for cut in 0..bytes.len() {
        assert!(matches!(next_frame(&bytes[..cut], LEN_MAX), Framed::NeedMore(_)));
    }
    assert_eq!(read(bytes), (vec![bytes], 0));
    assert_eq!(Message::parse(bytes).unwrap().get(Tag::XML_DATA), Some(&inner[..]));
}

/// JSP #143: memory by a declared count, and tags without end.
#[test]
fn frm_17_counts_and_field_numbers_allocate_nothing() {
    let no_entries = Tag::new(268).unwrap();
    let bytes = from_text("8=FIX.4.4|35=W|34=7|268=2000000000|269=0|");
    let message = Message::parse(&bytes).unwrap();
    let group = message.group(no_entries, &[Tag::new(269).unwrap()]).unwrap();
    assert_eq!((group.count(), group.iter().count()), (2_000_000_000, 1));
    let many = from_text(&format!("8=FIX.4.4|35=W|{}", "58=x|".repeat(10_000)));
    let Framed::Frame(frame) = next_frame(&many, LEN_MAX) else {
        panic!("no frame");
    };
    let expected = Defect { tag: Some(58), kind: DefectKind::TooManyFields };
    assert_eq!(scan(frame, 1_000).unwrap().defect, Some(expected));
}

/// QFN #683: characters were counted, and a byte that is no UTF-8 blocked the session.
#[test]
fn frm_18_octets_are_counted_and_any_byte_is_a_value() {
    let value: Vec<u8> = (0..=255).filter(|&byte| byte != 0x01).collect();
    let mut body = Body::new();
    body.put(Tag::TEXT, &value);
    let mut out = SendBuffer::with_capacity(512);
    let mut writer = Writer::begin(&mut out, 512, b"FIX.4.4", b"B").unwrap();
    writer.raw(body.as_fields().unwrap().as_bytes());
    let span = writer.finish().unwrap();
    let message = Message::parse(out.bytes(span)).unwrap();
    assert_eq!(message.get(Tag::TEXT), Some(&value[..]));
    assert_eq!(message.get_str(Tag::TEXT), None);
}

/// F8 1.4.1, IronFix #23, QF 1.10: sums of large messages, and of bytes from 0x80 on.
#[test]
fn frm_19_28_the_sum_of_large_and_high_bytes_is_right() {
    for len in [1, 63, 64, 65, 255, 256, 65_537, 20 << 20] {
        let mut bytes = b"8=FIX.4.4\x019=".to_vec();
        bytes.extend_from_slice(format!("{}\x0135=B\x0158=", len + 9).as_bytes());
        bytes.resize(bytes.len() + len, 0xff);
        bytes.push(0x01);
        let sum = bytes.iter().map(|&byte| u64::from(byte)).sum::<u64>() % 256;
        bytes.extend_from_slice(format!("10={sum:03}\x01").as_bytes());
        assert!(matches!(next_frame(&bytes, usize::MAX), Framed::Frame(_)), "{len}");
    }
}

/// IronFix #12: a delimiter in a value injected fields under a valid checksum.
#[test]
fn frm_20_an_injected_field_is_refused() {
    let mut out = SendBuffer::with_capacity(256);
    let mut writer = Writer::begin(&mut out, 256, b"FIX.4.4", b"D").unwrap();
    writer.str(Tag::TEXT, "fill\x0154=2");
    assert!(writer.finish().is_err());
    assert!(out.is_empty());
}

/// QF 1.16, PHI 2.1.0: numbers that wrapped, and `-` for 0.
#[test]
fn frm_22_what_is_no_number_is_none() {
    for text in ["-", "", "+1", " 1", "1.0", "18446744073709551616"] {
        assert_eq!(parse_uint(text.as_bytes()), None, "{text}");
        let bytes = from_text(&format!("8=FIX.4.4|35=D|34={text}|"));
        let Framed::Frame(frame) = next_frame(&bytes, LEN_MAX) else {
            panic!("no frame");
        };
        let scan = scan(frame, 100).unwrap();
        assert_eq!(scan.seq, Some(text.as_bytes()));
        assert_eq!(scan.message.msg_seq_num(), 0);
    }
}

/// IronFix #50: MsgSeqNum and CompIDs were read wherever they stood.
#[test]
fn frm_23_a_header_field_in_the_body_is_no_header_field() {
    let bytes = from_text("8=FIX.4.4|35=D|34=7|49=A|56=B|11=x|34=999|49=EVIL|");
    let Framed::Frame(frame) = next_frame(&bytes, LEN_MAX) else {
        panic!("no frame");
    };
    let scan = scan(frame, 100).unwrap();
    assert_eq!((scan.seq, scan.sender), (Some(&b"7"[..]), Some(&b"A"[..])));
    assert_eq!(scan.defect, Some(Defect { tag: Some(34), kind: DefectKind::Misplaced }));
}

/// QFN #93, IronFix #31: XMLnonFIX was taken for a session message.
#[test]
fn frm_26_only_seven_types_are_session_messages() {
    let admin: Vec<u8> = (0..=255).filter(|&byte| MsgKind::of(&[byte]).is_admin()).collect();
    assert_eq!(admin, b"012345A");
}

/// ART #499: an oversized message stalled the session.
#[test]
fn frm_27_a_message_one_byte_over_the_limit_is_told_before_it_is_read() {
    let bytes = heartbeat();
    let framed = |len: usize| next_frame(&bytes[..len], bytes.len() - 1);
    assert!(matches!(framed(14), Framed::NeedMore(_)));
    assert_eq!(framed(15), Framed::TooLong { declared: 41 });
    assert_eq!(framed(bytes.len()), Framed::TooLong { declared: 41 });
}
