//! Framing: however a stream is cut into reads, the same messages come out of it.
//!
//! The first bytes of the input choose how the stream is cut and how long a message may be. The
//! rest is the stream, in pieces: some verbatim, some put into a frame whose length and checksum
//! are right, so that a fuzzer gets behind the checksum.

use fixline::wire::{
    Framed, Garbled, Message, PutField as _, SendBuffer, Tag, Writer, next_frame, scan,
};

use super::bytes::{Choices, framed};

/// What was found, and at which offset of the stream.
#[derive(Debug, PartialEq, Eq)]
enum Found {
    Frame { at: usize, len: usize },
    Garbled { at: usize, reason: Garbled },
    TooLong { at: usize, declared: u64 },
}

/// Checks everything that must hold for `data`.
pub(crate) fn check(data: &[u8]) {
    let mut choices = Choices(data);
    let message_len_max = choices.pick(&[64, 256, 4096, usize::MAX]);
    let cuts_len = usize::from(choices.byte() % 16);
    let cuts = choices.take(cuts_len).to_vec();
    let stream = stream(&mut choices);

    let whole = read(&stream, &[], message_len_max);
    let cut = read(&stream, &cuts, message_len_max);
    assert_eq!(whole, cut, "cut as {cuts:?}, the stream reads differently");
    for found in whole {
        if let Found::Frame { at, len } = found {
            check_frame(&stream[at..at + len]);
        }
    }
}

/// The stream that the input describes.
fn stream(choices: &mut Choices<'_>) -> Vec<u8> {
    let begin_strings =
        ["FIX.4.0", "FIX.4.1", "FIX.4.2", "FIX.4.3", "FIX.4.4", "FIXT.1.1", "FIX.9.9", "FIX"];
    let mut stream = Vec::new();
    while !choices.is_empty() {
        let choice = choices.byte();
        let len = usize::from(choices.byte());
        if choice.is_multiple_of(3) {
            stream.extend_from_slice(choices.take(len));
        } else {
            let begin_string = begin_strings[usize::from(choice / 3) % begin_strings.len()];
            let mut body = b"35=".to_vec();
            // A body is written with '|' as well as with SOH, so that it can be read in a file.
            body.extend(choices.take(len).iter().map(|&byte| match byte {
                b'|' => 1,
                byte => byte,
            }));
            if choice.is_multiple_of(2) {
                body.push(1);
            }
            stream.extend_from_slice(&framed(begin_string, &body));
        }
    }
    stream
}

/// Reads the stream as it arrives in pieces of these lengths, then all that is left.
fn read(stream: &[u8], cuts: &[u8], message_len_max: usize) -> Vec<Found> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut arrived = 0;
    let mut cuts = cuts.iter();
    loop {
        arrived = match cuts.next() {
            Some(&cut) => stream.len().min(arrived + 1 + usize::from(cut)),
            None => stream.len(),
        };
        loop {
            let readable = &stream[at..arrived];
            match next_frame(readable, message_len_max) {
                Framed::NeedMore(count) => {
                    check_need(&stream[at..], readable.len(), count, message_len_max);
                    break;
                }
                Framed::Noise { skip } => {
                    assert!((1..=readable.len()).contains(&skip), "skips {skip} bytes");
                    at += skip;
                }
                Framed::Garbled { skip, reason } => {
                    assert!((1..=readable.len()).contains(&skip), "skips {skip} bytes");
                    found.push(Found::Garbled { at, reason });
                    at += skip;
                }
                Framed::TooLong { declared } => {
                    found.push(Found::TooLong { at, declared });
                    // Nothing can be read behind it.
                    return found;
                }
                Framed::Frame(frame) => {
                    let len = frame.bytes().len();
                    assert!(len <= message_len_max, "a frame of {len} bytes");
                    assert_eq!(frame.bytes(), &readable[..len]);
                    found.push(Found::Frame { at, len });
                    at += len;
                }
            }
        }
        if arrived == stream.len() {
            return found;
        }
    }
}

/// With fewer bytes than it asked for, no message is whole.
fn check_need(rest: &[u8], readable: usize, count: usize, message_len_max: usize) {
    assert!(count > 0, "needs no more, and did not go on");
    let one_less = readable.saturating_add(count - 1);
    if let Some(bytes) = rest.get(..one_less) {
        let again = next_frame(bytes, message_len_max);
        assert!(
            !matches!(again, Framed::Frame(_)),
            "asked for {count} more, and with one less: {again:?}"
        );
    }
}

/// What must hold for one frame on its own.
fn check_frame(bytes: &[u8]) {
    let Framed::Frame(frame) = next_frame(bytes, bytes.len()) else {
        panic!("a frame is one wherever it stands");
    };
    let (summed, trailer) = bytes.split_at(bytes.len() - 7);
    let sum = summed.iter().fold(0u8, |sum, &byte| sum.wrapping_add(byte));
    assert_eq!(trailer, format!("10={sum:03}\u{1}").as_bytes());
    let Ok(scanned) = scan(frame, 1000) else {
        return;
    };
    let message = scanned.message;
    assert_eq!(message.bytes(), bytes);
    assert_eq!(message.msg_type(), frame.msg_type());
    let parts = [message.header().as_bytes(), message.body_and_trailer().as_bytes()];
    assert_eq!(parts.concat(), summed);
    let _printable = message.to_string();
    if scanned.defect.is_none() {
        assert_eq!(Message::parse(bytes), Ok(message));
        check_written_again(message);
    }
}

/// What reads without a defect can be written, and comes out as it was.
fn check_written_again(message: Message<'_>) {
    let bytes = message.bytes();
    let mut out = SendBuffer::with_capacity(bytes.len() + 64);
    let room = out.room();
    let mut writer = Writer::begin(&mut out, room, message.begin_string(), message.msg_type())
        .expect("there is room");
    let own = [Tag::BEGIN_STRING, Tag::BODY_LENGTH, Tag::MSG_TYPE, Tag::CHECK_SUM];
    for field in message.fields() {
        if !own.contains(&field.tag) {
            writer.field(field);
        }
    }
    let span = writer.finish().expect("what was read can be written");
    // Leading zeros of a BodyLength are read, and not written.
    if message.get(Tag::BODY_LENGTH).is_some_and(|digits| !digits.starts_with(b"0")) {
        assert_eq!(out.bytes(span), bytes);
    }
}
