//! Framing for counterparties that agreed on less than the standard.

use super::SOH;
use super::frame::{Framed, Garbled, declared_frame, declared_trailer, next_frame};
use super::number::parse_uint;
use super::tag::Tag;

/// What is let pass when a message is framed and scanned. The default is nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "each field is a decision that a caller must make")]
pub struct Leniency {
    /// A message whose BodyLength(9) does not lead to a CheckSum(10) reaches to the next one
    /// behind it, and is garbled as a whole, whatever it swallows (S-FRAME-18).
    pub trust_body_length: bool,
    /// CheckSum(10) must be there, and need not be right.
    pub any_check_sum: bool,
    /// RawData(96) may stand without RawDataLength(95), as text.
    pub raw_data_without_length: bool,
    /// A tag may stand without a value (S-FRAME-20).
    pub empty_values: bool,
    /// A field of header or trailer may stand a second time (S-VAL-30); the first one counts.
    pub repeated: bool,
    /// A field of the header may stand behind it, and one of the body in the trailer (S-VAL-31), where
    /// it does not count. Those that every header must have, and CheckSum(10), never may.
    pub misplaced: bool,
    /// Fields may stand in any order behind MsgType(35): one of the header counts wherever it
    /// stands. CheckSum(10) is last all the same.
    pub any_order: bool,
    /// What the header may have beyond the standard's.
    pub header_tags: HeaderTags,
}

/// Fields that a venue's header has beyond the standard's, between those or behind them.
///
/// Within the header they do not begin the body. Anywhere else they are what they were.
///
/// ```
/// use fixline::wire::{HeaderTags, Tag};
///
/// let desk = Tag::new(5050).unwrap();
/// assert!(HeaderTags::new(&[desk]).is_some());
/// assert!(HeaderTags::new(&[desk; 9]).is_none(), "8 at most");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct HeaderTags([u32; Self::MAX]);

impl HeaderTags {
    /// How many there may be.
    pub const MAX: usize = 8;

    /// None beyond the standard's.
    pub const NONE: Self = Self([0; Self::MAX]);

    /// These tags; `None` if there are too many.
    #[must_use]
    pub fn new(tags: &[Tag]) -> Option<Self> {
        let mut all = Self::default();
        for (place, tag) in all.0.get_mut(..tags.len())?.iter_mut().zip(tags) {
            *place = tag.get();
        }
        Some(all)
    }

    /// The tags of both; `None` if there are too many.
    #[must_use]
    pub fn union(mut self, other: Self) -> Option<Self> {
        for tag in other.0.into_iter().filter(|&tag| tag != 0) {
            if !self.0.contains(&tag) {
                *self.0.iter_mut().find(|place| **place == 0)? = tag;
            }
        }
        Some(self)
    }

    /// No tag is 0, with which the rest is filled up.
    pub(super) fn contains(&self, tag: Tag) -> bool {
        self.0.contains(&tag.get())
    }
}

/// [`next_frame`], with this leniency.
///
/// ```
/// use fixline::wire::{Framed, Leniency, next_frame_leniently};
///
/// let bytes = b"8=FIX.4.4\x019=5\x0135=0\x0110=000\x01";
/// let leniency = Leniency { any_check_sum: true, ..Leniency::default() };
/// assert!(matches!(next_frame_leniently(bytes, 4_096, leniency), Framed::Frame(_)));
/// ```
#[must_use]
pub fn next_frame_leniently(
    bytes: &[u8],
    message_len_max: usize,
    leniency: Leniency,
) -> Framed<'_> {
    let framed = next_frame(bytes, message_len_max);
    let Framed::Garbled { skip, reason } = framed else { return framed };
    let swallows = leniency.trust_body_length;
    let skip = match reason {
        Garbled::CheckSumWrong => match declared_frame(bytes, message_len_max) {
            Some(frame) if leniency.any_check_sum => return Framed::Frame(frame),
            Some(frame) if swallows => frame.bytes().len(),
            Some(_) | None => skip,
        },
        Garbled::CheckSumNotLast if swallows => match end_behind(bytes, message_len_max) {
            End::At(end) => end,
            End::Later => return Framed::NeedMore(1),
            End::Nowhere => skip,
        },
        Garbled::CheckSumNotLast
        | Garbled::UnknownBeginString
        | Garbled::BodyLengthNotSecond
        | Garbled::BodyLengthInvalid
        | Garbled::MsgTypeNotThird
        | Garbled::StrayToken
        | Garbled::LengthInvalid
        | Garbled::DataMissing
        | Garbled::DataWithoutLength
        | Garbled::DataOverrun => skip,
    };
    Framed::Garbled { skip, reason }
}

/// MsgSeqNum(34) and MsgType(35) of bytes that are no message, if both can be read.
///
/// What garbled the message may have been these; whoever uses them knows that.
#[must_use]
pub fn salvage(garbled: &[u8]) -> Option<(u64, &[u8])> {
    let mut fields = garbled.split(|&byte| byte == SOH);
    let msg_type = fields.find_map(|field| field.strip_prefix(b"35="))?;
    let seq = fields.find_map(|field| field.strip_prefix(b"34="))?;
    Some((parse_uint(seq)?, msg_type))
}

/// Where a message ends that does not end where it says.
enum End {
    At(usize),
    Later,
    /// Not within the longest message.
    Nowhere,
}

/// The end of the first CheckSum(10) at or behind the declared end.
fn end_behind(bytes: &[u8], message_len_max: usize) -> End {
    let within = bytes.get(..message_len_max).unwrap_or(bytes);
    let from = declared_trailer(bytes, message_len_max).unwrap_or_default();
    match end_from(within, from) {
        Some(end) => End::At(end),
        None if bytes.len() < message_len_max => End::Later,
        None => End::Nowhere,
    }
}

fn end_from(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let tag = rest.windows(TRAILER_START.len()).position(|found| found == TRAILER_START)?;
    let value = from + tag + TRAILER_START.len();
    let len = bytes.get(value..)?.iter().position(|&byte| byte == SOH)?;
    Some(value + len + 1)
}

const TRAILER_START: &[u8] = b"\x0110=";

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::wire::from_text;

    const STRICT: Leniency = Leniency {
        trust_body_length: false,
        any_check_sum: false,
        raw_data_without_length: false,
        empty_values: false,
        repeated: false,
        misplaced: false,
        any_order: false,
        header_tags: HeaderTags([0; HeaderTags::MAX]),
    };
    const TRUSTING: Leniency = Leniency { trust_body_length: true, ..STRICT };
    const UNCHECKED: Leniency = Leniency { any_check_sum: true, ..STRICT };

    fn two_heartbeats() -> (Vec<u8>, usize) {
        let mut bytes = from_text("8=FIX.4.4|35=0|34=7|49=A|56=B|");
        let len = bytes.len();
        bytes.extend_from_slice(&from_text("8=FIX.4.4|35=0|34=8|49=A|56=B|"));
        (bytes, len)
    }

    /// The first answer that is not "need more", when the bytes come one at a time.
    fn verdict(bytes: &[u8], message_len_max: usize, leniency: Leniency) -> Option<Framed<'_>> {
        (0..=bytes.len())
            .map(|len| next_frame_leniently(&bytes[..len], message_len_max, leniency))
            .find(|framed| !matches!(framed, Framed::NeedMore(_)))
    }

    fn with_length(bytes: &[u8], length: &[u8; 2]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        bytes[12..14].copy_from_slice(length);
        bytes
    }

    #[test]
    fn header_tags_are_united_as_far_as_there_is_room() {
        let tags = |all: &[u32]| {
            let tags: Vec<Tag> = all.iter().filter_map(|&tag| Tag::new(tag)).collect();
            HeaderTags::new(&tags).expect("not too many")
        };
        assert_eq!(tags(&[1, 2]).union(tags(&[2, 3])), Some(tags(&[1, 2, 3])));
        assert_eq!(tags(&[]).union(tags(&[7])), Some(tags(&[7])));
        let seven = tags(&[1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(seven.union(tags(&[7, 8])), Some(tags(&[1, 2, 3, 4, 5, 6, 7, 8])));
        assert_eq!(seven.union(tags(&[8, 9])), None);
    }

    #[test]
    fn a_length_that_is_too_long_swallows_the_next_message() {
        let (bytes, first) = two_heartbeats();
        let bytes = with_length(&bytes, b"34");
        let reason = Garbled::CheckSumNotLast;
        let swallowed = Framed::Garbled { skip: bytes.len(), reason };
        assert_eq!(verdict(&bytes, 4_096, TRUSTING), Some(swallowed));
        let found = Framed::Garbled { skip: first, reason };
        assert_eq!(verdict(&bytes, 4_096, UNCHECKED), Some(found));
    }

    #[test]
    fn a_length_that_is_too_short_swallows_nothing() {
        let (bytes, first) = two_heartbeats();
        let bytes = with_length(&bytes, b"12");
        let garbled = Framed::Garbled { skip: first, reason: Garbled::CheckSumNotLast };
        assert_eq!(verdict(&bytes, 4_096, TRUSTING), Some(garbled));
    }

    #[test]
    fn nothing_is_waited_for_beyond_the_longest_message() {
        let (bytes, first) = two_heartbeats();
        let bytes = with_length(&bytes, b"34");
        let garbled = Framed::Garbled { skip: first, reason: Garbled::CheckSumNotLast };
        assert_eq!(verdict(&bytes, 60, TRUSTING), Some(garbled));
    }

    #[test]
    fn a_message_with_a_wrong_check_sum_is_dropped_whole_or_taken() {
        let (mut bytes, first) = two_heartbeats();
        let digit = first - 2;
        bytes[digit] = if bytes[digit] == b'0' { b'1' } else { b'0' };
        let garbled = Framed::Garbled { skip: first, reason: Garbled::CheckSumWrong };
        assert_eq!(verdict(&bytes, 4_096, TRUSTING), Some(garbled));
        assert!(matches!(verdict(&bytes, 4_096, UNCHECKED), Some(Framed::Frame(_))));
    }
}
