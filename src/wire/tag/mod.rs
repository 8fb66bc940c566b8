//! Field tags.

#[cfg(feature = "dictionaries")]
mod more_names;
mod names;

use core::fmt;

use super::class::{Class, class_of, data_tag_of, length_tag_of};

/// A field's tag: a positive number (S-FRAME-01).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(u32);

impl Tag {
    /// The tag of this number; `None` for 0, which is no tag (S-FRAME-21).
    ///
    /// ```
    /// use fixline::wire::Tag;
    /// assert_eq!(Tag::new(34), Some(Tag::MSG_SEQ_NUM));
    /// assert_eq!(Tag::new(0), None);
    /// ```
    #[must_use]
    pub const fn new(number: u32) -> Option<Self> {
        match number {
            0 => None,
            number => Some(Self(number)),
        }
    }

    /// The tag's number, never 0.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }

    /// Whether the StandardHeader of some version has this field.
    #[must_use]
    pub const fn is_header(self) -> bool {
        self.class().is_header()
    }

    /// Whether this is a field of the StandardTrailer: 93, 89 or 10.
    #[must_use]
    pub const fn is_trailer(self) -> bool {
        self.class().is_trailer()
    }

    /// The data field whose octets this Length field counts (S-FRAME-08).
    ///
    /// ```
    /// use fixline::wire::Tag;
    /// assert_eq!(Tag::RAW_DATA_LENGTH.data_tag(), Some(Tag::RAW_DATA));
    /// assert_eq!(Tag::TEXT.data_tag(), None);
    /// ```
    #[must_use]
    pub const fn data_tag(self) -> Option<Self> {
        match data_tag_of(self.0) {
            Some(data) => Self::new(data),
            None => None,
        }
    }

    /// The Length field that must stand immediately before this data field (S-FRAME-07).
    #[must_use]
    pub const fn length_tag(self) -> Option<Self> {
        match length_tag_of(self.0) {
            Some(length) => Self::new(length),
            None => None,
        }
    }

    /// Whether the field's value must never be printed, in a message of this MsgType(35).
    ///
    /// Passwords are secret wherever they stand; RawData(96) may carry one on a Logon and on a
    /// UserRequest(BE).
    #[must_use]
    pub fn is_secret(self, msg_type: &[u8]) -> bool {
        match self {
            Self::PASSWORD
            | Self::NEW_PASSWORD
            | Self::ENCRYPTED_PASSWORD
            | Self::ENCRYPTED_NEW_PASSWORD => true,
            Self::RAW_DATA => matches!(msg_type, b"A" | b"BE"),
            Self(_) => false,
        }
    }

    /// The tag as written before a value, `34=`, and its length; `None` beyond four digits.
    ///
    /// For a constant tag this is a constant.
    #[inline]
    pub(super) const fn prefix(self) -> Option<([u8; 8], usize)> {
        let number = self.0;
        let [units, tens] = [digit(number % 10), digit(number / 10 % 10)];
        let [hundreds, thousands] = [digit(number / 100 % 10), digit(number / 1_000 % 10)];
        match number {
            ..=9 => Some(([units, b'=', 0, 0, 0, 0, 0, 0], 2)),
            10..=99 => Some(([tens, units, b'=', 0, 0, 0, 0, 0], 3)),
            100..=999 => Some(([hundreds, tens, units, b'=', 0, 0, 0, 0], 4)),
            1_000..=9_999 => Some(([thousands, hundreds, tens, units, b'=', 0, 0, 0], 5)),
            10_000.. => None,
        }
    }

    /// The tag's row of the class table.
    #[inline]
    pub(super) const fn class(self) -> Class {
        class_of(self.0)
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The ASCII digit of a number below 10.
const fn digit(number: u32) -> u8 {
    b'0' | number.to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::super::class::DATA_PAIRS;
    use super::*;

    fn tag(number: u32) -> Tag {
        Tag::new(number).unwrap()
    }

    fn tags_where(property: impl Fn(Tag) -> bool) -> Vec<u32> {
        (1..=50_000).filter(|&number| property(tag(number))).collect()
    }

    #[test]
    fn zero_is_no_tag() {
        assert_eq!(Tag::new(0), None);
        assert_eq!(Tag::new(u32::MAX).map(Tag::get), Some(u32::MAX));
    }

    #[test]
    fn header_tags_are_those_of_the_standard_header() {
        assert_eq!(
            tags_where(Tag::is_header),
            [
                8, 9, 34, 35, 43, 49, 50, 52, 56, 57, 90, 91, 97, 115, 116, 122, 128, 129, 142,
                143, 144, 145, 212, 213, 347, 369, 370, 627, 628, 629, 630, 1128, 1129, 1156
            ]
        );
    }

    #[test]
    fn trailer_tags_are_those_of_the_standard_trailer() {
        assert_eq!(tags_where(Tag::is_trailer), [10, 89, 93]);
    }

    #[test]
    fn only_tags_that_are_never_body_fields_are_owned() {
        assert_eq!(
            tags_where(|tag| tag.class().owned_bit() != 0),
            [
                8, 9, 10, 34, 35, 43, 49, 50, 52, 56, 57, 89, 93, 97, 115, 116, 122, 128, 129, 142,
                143, 144, 145, 369
            ]
        );
    }

    #[test]
    fn owned_tags_have_different_bits() {
        let all = (1..=5_000).map(|number| tag(number).class().owned_bit());
        assert_eq!(all.clone().fold(0, |set, bit| set | bit), all.sum::<u32>());
    }

    #[test]
    fn length_and_data_tags_name_each_other() {
        // S-FRAME-08
        let mut lengths = tags_where(|tag| tag.data_tag().is_some());
        lengths.retain(|&length| tag(length).data_tag() != Some(tag(length + 1)));
        assert_eq!(
            lengths,
            [93, 1525, 1678, 2372, 2494, 2522, 2802, 2809, 2815, 43109, 43110, 43111]
        );
        for property in [Tag::data_tag, Tag::length_tag] {
            assert_eq!(tags_where(|tag| property(tag).is_some()).len(), DATA_PAIRS.len());
        }
        for (length, data) in DATA_PAIRS {
            let (length, data) = (tag(length.into()), tag(data.into()));
            assert_eq!((length.data_tag(), data.length_tag()), (Some(data), Some(length)));
        }
    }

    #[test]
    fn other_tags_are_plain() {
        for number in [3_199, 3_200, 5_001, 39_999, 40_000, 43_199, 43_200, u32::MAX] {
            assert!(!tag(number).class().is_special());
        }
    }

    #[test]
    fn passwords_are_secret_everywhere_and_raw_data_on_a_logon() {
        assert_eq!(tags_where(|tag| tag.is_secret(b"D")), [554, 925, 1402, 1404]);
        for msg_type in [&b"A"[..], b"BE"] {
            assert_eq!(tags_where(|tag| tag.is_secret(msg_type)), [96, 554, 925, 1402, 1404]);
        }
    }
}
