//! Properties that hold for any input, across the files of this layer.

use alloc::string::ToString as _;
use alloc::vec::Vec;

use proptest::collection::vec;
use proptest::prelude::*;

use super::token::{Name, Tokens};
use super::{
    Body, Defect, DefectKind, Fields, Framed, Garbled, Message, PutField as _, SOH, SendBuffer,
    Tag, Writer, from_text, next_frame, scan,
};

const MESSAGE_LEN_MAX: usize = 256;

/// What a stream of bytes amounts to.
#[derive(Debug, PartialEq, Eq, Clone)]
enum Event {
    Message(Vec<u8>),
    Garbled(Garbled),
    TooLong(u64),
}

/// Reads a stream that arrives in pieces, as a driver does.
fn read<'p>(pieces: impl Iterator<Item = &'p [u8]>) -> Vec<Event> {
    let mut events = Vec::new();
    let mut buffer = Vec::new();
    for piece in pieces {
        buffer.extend_from_slice(piece);
        loop {
            let consumed = match next_frame(&buffer, MESSAGE_LEN_MAX) {
                Framed::NeedMore(count) => {
                    assert!(count > 0);
                    break;
                }
                Framed::Noise { skip } => skip,
                Framed::Frame(frame) => {
                    events.push(Event::Message(frame.bytes().to_vec()));
                    frame.bytes().len()
                }
                Framed::Garbled { skip, reason } => {
                    events.push(Event::Garbled(reason));
                    skip
                }
                Framed::TooLong { declared } => {
                    events.push(Event::TooLong(declared));
                    return events;
                }
            };
            assert!(consumed > 0);
            buffer.drain(..consumed);
        }
        assert!(buffer.len() <= MESSAGE_LEN_MAX);
    }
    events
}

/// Pieces of a stream: messages, ruined messages, and what only looks like one.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let message = "[ -~]{1,40}".prop_map(|text| {
        let text = text.replace(['|', '\\'], " ");
        from_text(&["8=FIX.4.4|35=D|34=7|58=", &text, "|"].concat())
    });
    let ruined = (message.clone(), any::<prop::sample::Index>(), any::<u8>()).prop_map(
        |(mut bytes, at, with)| {
            let at = at.index(bytes.len());
            bytes[at] = with;
            bytes
        },
    );
    let cut = (message.clone(), any::<prop::sample::Index>()).prop_map(|(mut bytes, at)| {
        bytes.truncate(at.index(bytes.len()));
        bytes
    });
    let nested = message.clone().prop_map(|inner| {
        let mut bytes = b"8=FIX.4.4\x019=60\x0135=D\x01213=".to_vec();
        bytes.extend_from_slice(&inner);
        bytes
    });
    let look_alike = prop::sample::select(
        &[
            "8=FIX",
            "8=FI",
            "8",
            "8=FIX.4.4|",
            "8=FIX.4.4|9=",
            "8=FIX.4.4|9=5|35=0|10=163|",
            "10=000|",
            "8=FIX.4.4|9=5|35=0|10=1",
            "8=FIX.4.4|9=0|",
            "8=FIX.4.4|9=12|35=0|34=1|1|10=000|",
            "9=5|",
            "8=FIXT.1.1|9=99|",
            "8=FIX.4.2|9=5|34=1|",
            "|",
        ][..],
    )
    .prop_map(|text| text.replace('|', "\x01").into_bytes());
    let too_long = Just(b"8=FIX.4.4\x019=99999\x01".to_vec());
    prop_oneof![
        6 => message,
        3 => ruined,
        2 => cut,
        1 => nested,
        6 => look_alike,
        1 => too_long,
        1 => vec(any::<u8>(), 0..20),
    ]
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    vec(piece(), 0..8).prop_map(|pieces| pieces.concat())
}

/// One field as a composer is asked to write it.
#[derive(Debug, Clone)]
enum Put {
    Text(Tag, Vec<u8>),
    Data(Tag, Vec<u8>),
}

fn put() -> impl Strategy<Value = Put> {
    let text = (11u32..5_000, vec(any::<u8>(), 1..20)).prop_filter_map(
        "a plain body field without delimiter",
        |(number, value)| {
            let tag = Tag::new(number)?;
            let is_plain = !tag.class().is_special() && !value.contains(&SOH);
            is_plain.then_some(Put::Text(tag, value))
        },
    );
    let lengths: Vec<Tag> =
        (1..3_000).filter_map(Tag::new).filter(|tag| tag.data_tag().is_some()).collect();
    let data = (prop::sample::select(lengths), vec(any::<u8>(), 1..20))
        .prop_filter("not the trailer's", |(tag, _)| !tag.is_trailer())
        .prop_map(|(length, value)| Put::Data(length, value));
    prop_oneof![2 => text, 1 => data]
}

/// Bytes that are likely to make tokens of all kinds.
fn field_bytes() -> impl Strategy<Value = Vec<u8>> {
    let token = prop_oneof![
        "[0-9]{1,6}=[ -~]{0,12}\x01",
        "(95|354|93|212|90)=[0-9]{1,2}\x01",
        "(96|355|89|213|91)=[ -~\x01]{0,12}\x01",
        "(34|49|56|52|43|8|9|35|10|115)=[ -~]{0,6}\x01",
        "(0|-1|007|x|\\+5|)=v?\x01",
        "[ -~]{0,4}\x01",
    ];
    vec(token, 0..24).prop_map(|tokens| tokens.concat().into_bytes())
}

/// A frame of any bytes whatever.
fn framed(body: &[u8]) -> Vec<u8> {
    let mut bytes = b"8=FIX.4.4\x019=".to_vec();
    bytes.extend_from_slice(super::Digits::new(body.len() as u64 + 5).as_bytes());
    bytes.extend_from_slice(b"\x0135=D\x01");
    bytes.extend_from_slice(body);
    let sum = super::frame::sum(&bytes);
    bytes.extend_from_slice(b"10=");
    bytes.extend([b'0' + sum / 100, b'0' + sum / 10 % 10, b'0' + sum % 10, SOH]);
    bytes
}

/// The tokens of fields by the strict reading alone, and why it stopped.
fn strictly(bytes: &[u8]) -> (Vec<(Name<'_>, &[u8])>, Option<Garbled>) {
    let mut tokens = Tokens::new(bytes);
    let mut read = Vec::new();
    loop {
        match tokens.strict() {
            Ok(Some((token, _))) if token.is_lone_data() => {
                return (read, Some(Garbled::DataWithoutLength));
            }
            Ok(Some((token, after))) => {
                read.push((token.name, token.value));
                read.extend(token.data.map(|data| (Name::Tag(data.tag), data.value)));
                tokens = after;
            }
            Ok(None) => return (read, None),
            Err(reason) => return (read, Some(reason)),
        }
    }
}

/// The first defect of a message, told the slow way: every rule on its own, over all fields.
fn first_defect(tokens: &[(Name<'_>, &[u8])], fields_max: usize) -> Option<Defect> {
    /// Header fields that no body has.
    const OWNED: [u32; 21] = [
        8, 9, 34, 35, 43, 49, 50, 52, 56, 57, 97, 115, 116, 122, 128, 129, 142, 143, 144, 145, 369,
    ];
    let tag_of = |name: &Name<'_>| match name {
        Name::Tag(tag) => Some(*tag),
        Name::Invalid(_) => None,
    };
    let is_body = |tag: Tag| !tag.is_header() && !tag.is_trailer();
    tokens.iter().enumerate().find_map(|(at, (name, value))| {
        let before = || tokens[..at].iter().filter_map(|(name, _)| tag_of(name));
        let kind = match tag_of(name) {
            None => Some(DefectKind::InvalidTag),
            Some(tag) => {
                let is_owned = OWNED.contains(&tag.get());
                let in_trailer = before().any(Tag::is_trailer);
                let behind_header = in_trailer || before().any(is_body);
                if tag == Tag::CHECK_SUM
                    || is_owned && behind_header
                    || !tag.is_trailer() && in_trailer
                {
                    Some(DefectKind::Misplaced)
                } else if (is_owned || tag.is_trailer()) && before().any(|other| other == tag) {
                    Some(DefectKind::Repeated)
                } else {
                    value.is_empty().then_some(DefectKind::EmptyValue)
                }
            }
        };
        // CheckSum is not among the tokens.
        let too_many = (at + 1 >= fields_max).then_some(DefectKind::TooManyFields);
        Some(Defect { tag: name.number(), kind: kind.or(too_many)? })
    })
}

proptest! {
    #[test]
    fn one_byte_at_a_time_reads_the_same(stream in stream()) {
        let whole = read([&stream[..]].into_iter());
        prop_assert_eq!(read(stream.chunks(1)), whole);
    }

    #[test]
    fn any_pieces_read_the_same(stream in stream(), sizes in vec(1usize..40, 1..8)) {
        let whole = read([&stream[..]].into_iter());
        let mut rest = &stream[..];
        let pieces = sizes.iter().cycle().map_while(|&size| {
            let (piece, after) = rest.split_at(size.min(rest.len()));
            rest = after;
            (!piece.is_empty()).then_some(piece)
        });
        prop_assert_eq!(read(pieces), whole);
    }

    #[test]
    fn a_message_is_found_behind_anything_complete(stream in stream()) {
        let message = from_text("8=FIX.4.4|35=0|34=7|");
        let mut bytes = stream;
        // Longer than any message that the stream may have left unfinished.
        bytes.extend_from_slice(&[b'x'; MESSAGE_LEN_MAX]);
        bytes.extend_from_slice(&message);
        let events = read([&bytes[..]].into_iter());
        let is_over = events.iter().any(|event| matches!(event, Event::TooLong(_)));
        prop_assert!(is_over || events.last() == Some(&Event::Message(message)));
    }

    #[test]
    fn what_is_written_is_read(puts in vec(put(), 0..12)) {
        let mut out = SendBuffer::with_capacity(4_096);
        let mut writer = Writer::begin(&mut out, 4_096, b"FIX.4.4", b"D").unwrap();
        let mut expected = Vec::new();
        for put in &puts {
            match put {
                Put::Text(tag, value) => {
                    writer.put(*tag, value);
                    expected.push((*tag, value.clone()));
                }
                Put::Data(length, value) => {
                    writer.data(*length, value);
                    expected.push((*length, value.len().to_string().into_bytes()));
                    expected.push((length.data_tag().unwrap(), value.clone()));
                }
            }
        }
        let span = writer.finish().unwrap();
        let message = Message::parse(out.bytes(span)).unwrap();
        let fields = message.fields().iter().skip(3).map(|field| (field.tag, field.value.to_vec()));
        let mut read: Vec<_> = fields.collect();
        prop_assert_eq!(read.pop().map(|(tag, _)| tag), Some(Tag::CHECK_SUM));
        prop_assert_eq!(read, expected);
    }

    /// One grammar (INV-20): what the scan finds nothing wrong with can be written, and what it does
    /// find something wrong with cannot.
    #[test]
    fn edge_30_a_writer_takes_what_the_scan_takes_and_nothing_else(body in field_bytes()) {
        let bytes = framed(&body);
        let Framed::Frame(frame) = next_frame(&bytes, bytes.len()) else {
            return Err(TestCaseError::fail("no frame"));
        };
        let Ok(scanned) = scan(frame, usize::MAX) else {
            return Ok(());
        };
        let mut out = SendBuffer::with_capacity(4_096);
        let mut writer = Writer::begin(&mut out, 4_096, b"FIX.4.4", b"D").unwrap();
        let mut owned = Body::in_order();
        let count = scanned.message.fields().iter().count();
        for field in scanned.message.fields().iter().take(count - 1).skip(3) {
            writer.field(field);
            owned.field(field);
        }
        let written = writer.finish();
        prop_assert_eq!(written.is_ok(), owned.as_fields().is_ok());
        match scanned.defect {
            None => prop_assert_eq!(out.bytes(written.unwrap()), &bytes[..]),
            // What is no tag cannot be put.
            Some(Defect { kind: DefectKind::InvalidTag, .. }) => {}
            Some(_) => prop_assert!(written.is_err()),
        }
    }

    #[test]
    fn a_scan_agrees_with_the_strict_reading(body in field_bytes(), fields_max in 4usize..20) {
        let bytes = framed(&body);
        let Framed::Frame(frame) = next_frame(&bytes, bytes.len()) else {
            return Err(TestCaseError::fail("no frame"));
        };
        let all = &bytes[..bytes.len() - "10=000|".len()];
        let (strict, failed) = strictly(all);
        let scanned = scan(frame, fields_max);
        prop_assert_eq!(scanned.err(), failed);
        let Ok(scanned) = scanned else {
            return Ok(());
        };
        prop_assert_eq!(scanned.defect, first_defect(&strict, fields_max));
        let valid = strict.iter().filter_map(|(name, value)| match name {
            Name::Tag(tag) => Some((*tag, *value)),
            Name::Invalid(_) => None,
        });
        let message = scanned.message;
        let check_sum = message.get(Tag::CHECK_SUM).map(|_| message.fields().iter().last());
        let expected: Vec<_> = valid.clone().collect();
        let fields: Vec<_> = message.fields().iter().map(|field| (field.tag, field.value)).collect();
        prop_assert_eq!(&fields[..fields.len() - 1], &expected[..]);
        prop_assert_eq!(check_sum.flatten().map(|field| field.tag), Some(Tag::CHECK_SUM));
        for (tag, _) in valid.clone() {
            let first = valid.clone().find(|(other, _)| *other == tag).map(|(_, value)| value);
            prop_assert_eq!(message.get(tag), first);
        }
        let header: Vec<_> = valid.clone().take_while(|(tag, _)| tag.is_header()).collect();
        let kept = |tag| header.iter().find(|(other, _)| *other == tag).map(|(_, value)| *value);
        // What every header must have is read from wherever it stands.
        let found = |tag| valid.clone().find(|(other, _)| *other == tag).map(|(_, value)| value);
        prop_assert_eq!(scanned.seq, found(Tag::MSG_SEQ_NUM));
        prop_assert_eq!(scanned.sender, found(Tag::SENDER_COMP_ID));
        prop_assert_eq!(scanned.target, found(Tag::TARGET_COMP_ID));
        prop_assert_eq!(scanned.sending_time, found(Tag::SENDING_TIME));
        let needed = [Tag::MSG_SEQ_NUM, Tag::SENDER_COMP_ID, Tag::TARGET_COMP_ID, Tag::SENDING_TIME];
        let displaced = needed.into_iter().any(|tag| found(tag).is_some() && kept(tag).is_none());
        prop_assert_eq!(scanned.displaced, displaced);
        prop_assert!(!displaced || scanned.defect.is_some());
        prop_assert_eq!(scanned.poss_dup, kept(Tag::POSS_DUP_FLAG));
        let in_header = message.header().iter().map(|field| (field.tag, field.value));
        prop_assert_eq!(in_header.collect::<Vec<_>>(), header);
    }

    #[test]
    fn views_never_fail_on_any_bytes(bytes in vec(any::<u8>(), 0..80), body in field_bytes()) {
        for bytes in [&bytes[..], &body] {
            if let Ok(fields) = Fields::new(bytes) {
                prop_assert!(fields.iter().all(|field| !field.value.is_empty()));
            }
            let fields = Fields::trusted(bytes);
            let members: Vec<Tag> = fields.iter().map(|field| field.tag).skip(1).collect();
            for field in fields {
                if let Some(group) = fields.group(field.tag, &members) {
                    prop_assert!(group.iter().count() <= members.len());
                }
            }
            let framed = framed(bytes);
            if let Ok(message) = Message::parse(&framed) {
                prop_assert_eq!(message.bytes(), &framed[..]);
            }
        }
    }
}
