//! From a stream of bytes to frames: where a message begins and ends, and whether it is whole.
//!
//! Stateless: every call looks at the same readable bytes afresh, and jumps by BodyLength instead
//! of searching for the end. However a stream is cut into calls, the same frames and the same
//! garbled candidates come out of it.

use core::fmt;

use super::SOH;

/// What the readable bytes begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framed<'b> {
    /// A whole message with the right length and checksum.
    Frame(Frame<'b>),
    /// The message is not whole before at least this many more bytes are there (1 or more). That
    /// it is garbled may show earlier.
    NeedMore(usize),
    /// Bytes before the next `8=FIX`: to be dropped in silence (S-FRAME-17).
    Noise {
        /// How many bytes to drop.
        skip: usize,
    },
    /// What began with `8=FIX` is no message: to be dropped and ignored (S-FRAME-11).
    Garbled {
        /// How many bytes to drop, up to where the next message may begin.
        skip: usize,
        /// What is wrong with it.
        reason: Garbled,
    },
    /// BodyLength(9) is a number that makes the message longer than allowed (S-FRAME-19). Nothing
    /// can be read behind it.
    TooLong {
        /// The BodyLength; `u64::MAX` also stands for what exceeds it.
        declared: u64,
    },
}

/// Why bytes that began like a message are none (S-FRAME-10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Garbled {
    /// BeginString(8) is none of the six of S-FRAME-03.
    UnknownBeginString,
    /// The second field is not BodyLength(9).
    BodyLengthNotSecond,
    /// BodyLength(9) is not a positive number of at most 20 digits.
    BodyLengthInvalid,
    /// The third field is not MsgType(35).
    MsgTypeNotThird,
    /// Where the body ends by its declared length, no CheckSum(10) of three digits follows.
    CheckSumNotLast,
    /// CheckSum(10) is not the sum of the bytes before it.
    CheckSumWrong,
    /// Between two delimiters stands something without `tag=`.
    StrayToken,
    /// A Length field announces a data field and is not a number.
    LengthInvalid,
    /// A Length field of more than 0 is not followed by its data field.
    DataMissing,
    /// A data field stands without its Length field immediately before it.
    DataWithoutLength,
    /// A data field does not end where its length says.
    DataOverrun,
}

impl Garbled {
    /// The rule that the bytes break, by its id in [`rules`](crate::rules).
    #[must_use]
    pub const fn rule(self) -> &'static str {
        match self {
            Self::UnknownBeginString => "S-FRAME-13",
            Self::BodyLengthNotSecond | Self::MsgTypeNotThird => "S-FRAME-02",
            Self::BodyLengthInvalid => "S-FRAME-04",
            Self::CheckSumNotLast => "S-FRAME-06",
            Self::CheckSumWrong => "S-FRAME-05",
            Self::StrayToken => "S-FRAME-16",
            Self::LengthInvalid
            | Self::DataMissing
            | Self::DataWithoutLength
            | Self::DataOverrun => "S-FRAME-09",
        }
    }
}

impl fmt::Display for Garbled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownBeginString => "unknown BeginString(8)",
            Self::BodyLengthNotSecond => "second field is not BodyLength(9)",
            Self::BodyLengthInvalid => "BodyLength(9) is not a positive number",
            Self::MsgTypeNotThird => "third field is not MsgType(35)",
            Self::CheckSumNotLast => "no CheckSum(10) where the body ends by its length",
            Self::CheckSumWrong => "wrong CheckSum(10)",
            Self::StrayToken => "a field without tag=",
            Self::LengthInvalid => "length of a data field is not a number",
            Self::DataMissing => "length without its data field",
            Self::DataWithoutLength => "data field without its length",
            Self::DataOverrun => "data field does not end where its length says",
        })
    }
}

/// A message whose bounds and checksum are right; its fields are not looked at yet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Frame<'b> {
    bytes: &'b [u8],
    /// Where `35=` begins.
    body_start: usize,
}

impl<'b> Frame<'b> {
    /// The whole message, from `8=` to the SOH of CheckSum(10).
    #[must_use]
    #[inline]
    pub const fn bytes(self) -> &'b [u8] {
        self.bytes
    }

    /// BeginString(8), one of the six of S-FRAME-03.
    #[must_use]
    pub fn begin_string(self) -> &'b [u8] {
        begin_string(self.bytes)
    }

    /// From `35=` to the SOH before `10=`: what BodyLength(9) counts.
    #[must_use]
    #[inline]
    pub fn body(self) -> &'b [u8] {
        let end = self.bytes.len().saturating_sub(TRAILER_LEN);
        self.bytes.get(self.body_start..end).unwrap_or_default()
    }

    /// MsgType(35); empty if the message has it without a value.
    #[must_use]
    pub fn msg_type(self) -> &'b [u8] {
        let value = self.bytes.get(self.body_start + 3..).unwrap_or_default();
        value.split(|&byte| byte == SOH).next().unwrap_or_default()
    }

    #[inline]
    pub(super) const fn body_start(self) -> usize {
        self.body_start
    }
}

impl fmt::Debug for Frame<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&super::Pretty(self.bytes), f)
    }
}

/// Looks for one message at the front of the readable bytes.
///
/// `message_len_max` bounds the message in bytes, from `8=` to the last SOH. Drop what the answer
/// says (a frame's own length, or `skip`) and call again.
///
/// A candidate that fails is searched for the next one, so a peer can make some bytes count for
/// several candidates; whoever reads from strangers should bound the garbled ones.
///
/// ```
/// use fixline::wire::{Framed, from_text, next_frame};
///
/// let stream = from_text("8=FIX.4.4|35=0|34=7|49=A|56=B|52=20260722-13:45:12|");
/// match next_frame(&stream, 4_096) {
///     Framed::Frame(frame) => assert_eq!(frame.msg_type(), b"0"),
///     other => panic!("{other:?}"),
/// }
/// assert_eq!(next_frame(&stream[..40], 4_096), Framed::NeedMore(stream.len() - 40));
/// ```
#[must_use]
#[inline]
pub fn next_frame(bytes: &[u8], message_len_max: usize) -> Framed<'_> {
    if !bytes.starts_with(CANDIDATE) {
        return before_candidate(bytes);
    }
    match read_candidate(bytes, message_len_max) {
        Ok(frame) => Framed::Frame(frame),
        Err(Stop::NeedMore(count)) => Framed::NeedMore(count),
        Err(Stop::TooLong(declared)) => Framed::TooLong { declared },
        Err(Stop::Garbled(reason)) => {
            let rest = bytes.get(1..).unwrap_or_default();
            Framed::Garbled { skip: 1 + bytes_before_candidate(rest), reason }
        }
    }
}

/// BeginString(8) of bytes that are known to be a frame.
pub(super) fn begin_string(frame: &[u8]) -> &[u8] {
    // All are `FIX.x.y`, but for `FIXT.1.1`.
    let end = if frame.get(9) == Some(&SOH) { 9 } else { 10 };
    frame.get(2..end).unwrap_or_default()
}

/// What every message starts with, and the least by which one is recognised (S-FRAME-17).
const CANDIDATE: &[u8] = b"8=FIX";

/// The six values of S-FRAME-03, as they stand at the front of a message.
const BEGIN_STRINGS: [&[u8]; 6] = [
    b"8=FIX.4.4\x01",
    b"8=FIXT.1.1\x01",
    b"8=FIX.4.2\x01",
    b"8=FIX.4.3\x01",
    b"8=FIX.4.1\x01",
    b"8=FIX.4.0\x01",
];

/// `u64::MAX` has 20 digits; more would only be leading zeros.
const LENGTH_DIGITS_MAX: usize = 20;

/// `10=ddd` and SOH (S-FRAME-06).
const TRAILER_LEN: usize = 7;

enum Stop {
    NeedMore(usize),
    TooLong(u64),
    Garbled(Garbled),
}

/// Reads the message that begins at the front. Each check is made as soon as its bytes are
/// there, and always in the same order, so that the verdict does not depend on how many more
/// there are.
#[inline]
fn read_candidate(bytes: &[u8], message_len_max: usize) -> Result<Frame<'_>, Stop> {
    let (body_start, len) = read_extent(bytes, message_len_max)?;
    let Some(trailer) = bytes.get(len - TRAILER_LEN - 1..) else {
        return Err(Stop::NeedMore(len - bytes.len()));
    };
    let written = read_trailer(trailer)?;
    let (summed, _) = bytes.split_at_checked(len - TRAILER_LEN).unwrap_or_default();
    if written != u16::from(sum(summed)) {
        return Err(Stop::Garbled(Garbled::CheckSumWrong));
    }
    let bytes = bytes.get(..len).unwrap_or_default();
    Ok(Frame { bytes, body_start })
}

/// Where `35=` begins, and how long the message is by its own account.
#[inline]
fn read_extent(bytes: &[u8], message_len_max: usize) -> Result<(usize, usize), Stop> {
    let after_begin = read_begin_string(bytes)?;
    let after_tag = expect(after_begin, b"9=", Garbled::BodyLengthNotSecond)?;
    let (declared, body) = read_body_length(after_tag)?;
    let body_start = bytes.len() - body.len();
    let body_len = usize::try_from(declared).map_err(|_| Stop::TooLong(declared))?;
    let len = body_len
        .checked_add(body_start + TRAILER_LEN)
        .filter(|&len| len <= message_len_max && u32::try_from(len).is_ok())
        .ok_or(Stop::TooLong(declared))?;
    expect(body, b"35=", Garbled::MsgTypeNotThird)?;
    Ok((body_start, len))
}

/// The frame that the front of `bytes` claims to be, whatever stands at its end; `None` when it is
/// not there, or has no such claim.
pub(super) fn declared_frame(bytes: &[u8], message_len_max: usize) -> Option<Frame<'_>> {
    let (body_start, len) = read_extent(bytes, message_len_max).ok()?;
    Some(Frame { bytes: bytes.get(..len)?, body_start })
}

/// Where SOH and `10=` must stand by what the front of `bytes` says.
pub(super) fn declared_trailer(bytes: &[u8], message_len_max: usize) -> Option<usize> {
    let (_, len) = read_extent(bytes, message_len_max).ok()?;
    Some(len - TRAILER_LEN - 1)
}

/// Returns what follows BeginString(8).
fn read_begin_string(bytes: &[u8]) -> Result<&[u8], Stop> {
    for expected in BEGIN_STRINGS {
        if let Some(rest) = bytes.strip_prefix(expected) {
            return Ok(rest);
        }
    }
    if BEGIN_STRINGS.iter().any(|expected| expected.starts_with(bytes)) {
        Err(Stop::NeedMore(1))
    } else {
        Err(Stop::Garbled(Garbled::UnknownBeginString))
    }
}

/// Returns what follows `expected`, as far as it is there.
fn expect<'b>(bytes: &'b [u8], expected: &[u8], otherwise: Garbled) -> Result<&'b [u8], Stop> {
    match bytes.strip_prefix(expected) {
        Some(rest) => Ok(rest),
        None if expected.starts_with(bytes) => Err(Stop::NeedMore(expected.len() - bytes.len())),
        None => Err(Stop::Garbled(otherwise)),
    }
}

/// Reads digits and SOH; returns the number and what follows (S-FRAME-04).
fn read_body_length(bytes: &[u8]) -> Result<(u64, &[u8]), Stop> {
    let mut declared = 0u64;
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        let count = bytes.len() - rest.len();
        match byte {
            b'0'..=b'9' if count < LENGTH_DIGITS_MAX => {
                declared = declared.saturating_mul(10).saturating_add(u64::from(byte - b'0'));
            }
            SOH if declared > 0 => return Ok((declared, after)),
            _ => return Err(Stop::Garbled(Garbled::BodyLengthInvalid)),
        }
        rest = after;
    }
    Err(Stop::NeedMore(1))
}

/// Reads SOH `10=ddd` SOH; returns the number (S-FRAME-06).
fn read_trailer(bytes: &[u8]) -> Result<u16, Stop> {
    let digits = expect(bytes, b"\x0110=", Garbled::CheckSumNotLast)?;
    let mut written = 0;
    for place in 0..3 {
        match digits.get(place) {
            Some(digit @ b'0'..=b'9') => written = written * 10 + u16::from(digit - b'0'),
            Some(_) => return Err(Stop::Garbled(Garbled::CheckSumNotLast)),
            None => return Err(Stop::NeedMore(4 - place)),
        }
    }
    match digits.get(3) {
        Some(&SOH) => Ok(written),
        Some(_) => Err(Stop::Garbled(Garbled::CheckSumNotLast)),
        None => Err(Stop::NeedMore(1)),
    }
}

/// The sum of all bytes modulo 256 (S-FRAME-05).
#[inline]
pub(super) fn sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, &byte| sum.wrapping_add(byte))
}

fn before_candidate(bytes: &[u8]) -> Framed<'_> {
    match bytes_before_candidate(bytes) {
        0 => Framed::NeedMore(CANDIDATE.len().saturating_sub(bytes.len()).max(1)),
        skip => Framed::Noise { skip },
    }
}

/// How many bytes stand before the first candidate, or before a suffix that may begin one.
fn bytes_before_candidate(bytes: &[u8]) -> usize {
    let mut searched = 0;
    while let Some(rest) = bytes.get(searched..) {
        let Some(at) = rest.iter().position(|byte| CANDIDATE.starts_with(&[*byte])) else {
            break;
        };
        searched += at;
        let found = rest.get(at..).unwrap_or_default();
        if found.starts_with(CANDIDATE) || CANDIDATE.starts_with(found) {
            return searched;
        }
        searched += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString as _;
    use alloc::vec::Vec;

    use super::*;
    use crate::wire::from_text;

    const HEARTBEAT: &str = "8=FIX.4.4|35=0|34=7|49=A|52=20260722-13:45:12|56=B|";

    /// The first answer that is not "need more", and the number of bytes it took, when the bytes
    /// come one at a time.
    fn verdict(bytes: &[u8]) -> Option<(usize, Framed<'_>)> {
        let prefixes = (0..=bytes.len()).map(|len| (len, next_frame(&bytes[..len], 4_096)));
        prefixes.into_iter().find(|(_, framed)| !matches!(framed, Framed::NeedMore(_)))
    }

    fn garbled(text: &str) -> Option<(usize, Garbled)> {
        match verdict(text.replace('|', "\x01").as_bytes())? {
            (len, Framed::Garbled { reason, .. }) => Some((len, reason)),
            (_, other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_whole_message_is_a_frame() {
        let bytes = from_text(HEARTBEAT);
        let Framed::Frame(frame) = next_frame(&bytes, 4_096) else {
            panic!("no frame");
        };
        assert_eq!(frame.bytes(), bytes);
        assert_eq!(frame.begin_string(), b"FIX.4.4");
        assert_eq!(frame.msg_type(), b"0");
        assert_eq!(frame.body(), b"35=0\x0134=7\x0149=A\x0152=20260722-13:45:12\x0156=B\x01");
        assert_eq!(
            format!("{frame:?}"),
            "8=FIX.4.4|9=41|35=0|34=7|49=A|52=20260722-13:45:12|56=B|10=145|"
        );
    }

    #[test]
    fn what_follows_a_message_is_left_alone() {
        let mut bytes = from_text(HEARTBEAT);
        let len = bytes.len();
        bytes.extend_from_slice(b"garbage");
        let Framed::Frame(frame) = next_frame(&bytes, len) else {
            panic!("no frame");
        };
        assert_eq!(frame.bytes().len(), len);
    }

    #[test]
    fn the_six_begin_strings_are_known_and_no_others() {
        for known in ["FIX.4.0", "FIX.4.1", "FIX.4.2", "FIX.4.3", "FIX.4.4", "FIXT.1.1"] {
            let bytes = from_text(&format!("8={known}|35=0|"));
            let Framed::Frame(frame) = next_frame(&bytes, 4_096) else {
                panic!("{known} is no frame");
            };
            assert_eq!(frame.begin_string(), known.as_bytes());
        }
        for (text, len) in [
            ("8=FIX.5.0|", 7),
            ("8=FIX.9.9|", 7),
            ("8=FIX.4.5|", 9),
            ("8=FIX.4.44|", 10),
            ("8=FIX4", 6),
            ("8=FIXT.1.0|", 10),
            ("8=FIX|", 6),
        ] {
            assert_eq!(garbled(text), Some((len, Garbled::UnknownBeginString)), "{text}");
        }
    }

    #[test]
    fn the_first_three_fields_have_their_places() {
        for (text, len, reason) in [
            ("8=FIX.4.4|35=0|9=5|", 11, Garbled::BodyLengthNotSecond),
            ("8=FIX.4.4|09=5|", 11, Garbled::BodyLengthNotSecond),
            ("8=FIX.4.4|99=5|", 12, Garbled::BodyLengthNotSecond),
            ("8=FIX.4.4||9=5|", 11, Garbled::BodyLengthNotSecond),
            ("8=FIX.4.4|9=5|34=1|", 16, Garbled::MsgTypeNotThird),
            ("8=FIX.4.4|9=5|035=0|", 15, Garbled::MsgTypeNotThird),
            ("8=FIX.4.4|9=5|10=000|", 15, Garbled::MsgTypeNotThird),
        ] {
            assert_eq!(garbled(text), Some((len, reason)), "{text}");
        }
    }

    #[test]
    fn body_length_is_a_positive_number() {
        for (length, bytes_needed) in [
            ("", 13),
            ("0|", 14),
            ("000|", 16),
            ("-5|", 13),
            ("+5|", 13),
            ("5x", 14),
            (" 5", 13),
            ("5.0|", 14),
        ] {
            let text = format!("8=FIX.4.4|9={length}|35=0|10=000|");
            let expected = Some((bytes_needed, Garbled::BodyLengthInvalid));
            assert_eq!(garbled(&text), expected, "{text}");
        }
    }

    #[test]
    fn leading_zeros_of_body_length_are_accepted_up_to_twenty_digits() {
        assert!(matches!(next_frame(&from_text("8=FIX.4.4|9=005|35=0|"), 64), Framed::Frame(_)));
        let twenty = from_text("8=FIX.4.4|9=00000000000000000005|35=0|");
        assert!(matches!(next_frame(&twenty, 64), Framed::Frame(_)));
        let endless = format!("8=FIX.4.4|9={}", "0".repeat(1_000));
        assert_eq!(garbled(&endless), Some((33, Garbled::BodyLengthInvalid)));
    }

    #[test]
    fn body_length_beyond_the_limit_is_told_at_once() {
        for (length, declared) in [
            ("70", 70),
            ("2147483647", 2_147_483_647),
            ("4294967296", 4_294_967_296),
            ("9223372036854775807", 9_223_372_036_854_775_807),
            ("18446744073709551615", u64::MAX),
            ("18446744073709551616", u64::MAX),
            ("99999999999999999999", u64::MAX),
        ] {
            let text = format!("8=FIX.4.4\x019={length}\x01");
            assert_eq!(next_frame(text.as_bytes(), 64), Framed::TooLong { declared });
            assert!(matches!(
                next_frame(&text.as_bytes()[..text.len() - 1], 64),
                Framed::NeedMore(_)
            ));
        }
        let unlimited = next_frame(b"8=FIX.4.4\x019=18446744073709551615\x01", usize::MAX);
        assert_eq!(unlimited, Framed::TooLong { declared: u64::MAX });
    }

    #[test]
    fn the_limit_counts_the_whole_message() {
        let bytes = from_text(HEARTBEAT);
        assert!(matches!(next_frame(&bytes, bytes.len()), Framed::Frame(_)));
        assert_eq!(next_frame(&bytes, bytes.len() - 1), Framed::TooLong { declared: 41 });
    }

    #[test]
    fn the_body_must_end_where_its_length_says() {
        for text in [
            "8=FIX.4.4|9=4|35=0|10=160|",
            "8=FIX.4.4|9=6|35=0|10=162|",
            "8=FIX.4.4|9=5|35=0|10=1|",
            "8=FIX.4.4|9=5|35=0|10=18|8=",
            "8=FIX.4.4|9=5|35=0|10=0161|",
            "8=FIX.4.4|9=5|35=0|10=16x|",
            "8=FIX.4.4|9=5|35=0|010=161|",
            "8=FIX.4.4|9=5|35=0|11=161|",
            "8=FIX.4.4|9=9|35=0|58=x10=161|",
        ] {
            assert_eq!(
                garbled(text).map(|(_, reason)| reason),
                Some(Garbled::CheckSumNotLast),
                "{text}"
            );
        }
    }

    #[test]
    fn all_checksums_but_one_are_wrong() {
        let mut accepted = Vec::new();
        for sum in 0..1_000 {
            let bytes = from_text(&format!("8=FIX.4.4|9=5|35=0|10={sum:03}|"));
            let framed = next_frame(&bytes, 64);
            if matches!(framed, Framed::Frame(_)) {
                accepted.push(sum);
            } else {
                let reason = Garbled::CheckSumWrong;
                assert_eq!(framed, Framed::Garbled { skip: bytes.len(), reason });
            }
        }
        assert_eq!(accepted, [163]);
    }

    #[test]
    fn the_sum_wraps_and_takes_bytes_for_unsigned() {
        for len in [0usize, 1, 255, 4_096, 131_072] {
            let bytes = alloc::vec![0xff; len];
            let expected = bytes.iter().map(|&byte| u64::from(byte)).sum::<u64>() % 256;
            assert_eq!(u64::from(sum(&bytes)), expected);
        }
    }

    #[test]
    fn noise_is_skipped_up_to_what_may_be_a_message() {
        for (text, skip) in [
            ("x", 1),
            ("garbage", 7),
            ("garbage8", 7),
            ("garbage8=FI", 7),
            ("garbage8=FIX", 7),
            ("8=FI8=FIX", 4),
            ("888=F", 2),
            ("8=F8", 3),
            ("8=FAX8=FUX", 10),
        ] {
            assert_eq!(next_frame(text.as_bytes(), 64), Framed::Noise { skip }, "{text}");
        }
    }

    #[test]
    fn a_candidate_is_awaited() {
        for (text, count) in [("", 5), ("8", 4), ("8=FI", 1), ("8=FIX", 1), ("8=FIX.4.4", 1)] {
            assert_eq!(next_frame(text.as_bytes(), 64), Framed::NeedMore(count), "{text}");
        }
    }

    #[test]
    fn the_wait_for_a_body_jumps_by_its_length() {
        let bytes = from_text(HEARTBEAT);
        let mut calls = 0;
        let mut len = 0;
        while let Framed::NeedMore(count) = next_frame(&bytes[..len], 4_096) {
            assert!(count > 0 && len + count <= bytes.len());
            len += count;
            calls += 1;
        }
        assert_eq!(len, bytes.len());
        assert!(calls < 20, "{calls}");
    }

    #[test]
    fn after_a_garbled_candidate_comes_the_next_one_wherever_it_stands() {
        for (text, skip) in [
            ("8=FIX8=FIX.4.4|", 5),
            ("8=FIX.4.4|9=x8=FIX.4.4|", 13),
            ("8=FIX.4.4|9=x|35=0|10=000|8=FIX.4.4|9=5|", 26),
            ("8=FIX.4.4|9=x|35=0|10=000|8=F", 26),
            ("8=FIX.4.4|9=x|35=0|10=000|", 26),
        ] {
            let bytes = text.replace('|', "\x01");
            let Framed::Garbled { skip: found, .. } = next_frame(bytes.as_bytes(), 64) else {
                panic!("{text}");
            };
            assert_eq!(found, skip, "{text}");
        }
    }

    #[test]
    fn a_valid_message_inside_a_garbled_one_is_found() {
        let inner = from_text(HEARTBEAT);
        let mut bytes = b"8=FIX.4.4\x019=90\x0135=n\x01213=".to_vec();
        bytes.extend_from_slice(&inner);
        bytes.extend_from_slice(&[b'x'; 64]);
        let Framed::Garbled { skip, .. } = next_frame(&bytes, 4_096) else {
            panic!("not garbled");
        };
        assert!(
            matches!(next_frame(&bytes[skip..], 4_096), Framed::Frame(frame) if frame.bytes() == inner)
        );
    }

    #[test]
    fn reasons_name_a_rule_and_print() {
        assert_eq!(Garbled::CheckSumWrong.rule(), "S-FRAME-05");
        assert_eq!(Garbled::CheckSumWrong.to_string(), "wrong CheckSum(10)");
    }
}
