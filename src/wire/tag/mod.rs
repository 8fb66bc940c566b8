//! Field tags, and what the wire layer must know of each.

#[cfg(feature = "dictionaries")]
mod more_names;
mod names;

use core::fmt;

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

    /// Whether the StandardHeader of some version has this field (table 13.1 of the rules).
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
        if !self.class().is_length() {
            return None;
        }
        match self {
            Self::SIGNATURE_LENGTH => Some(Self::SIGNATURE),
            // Every other pair of the standard is numbered n, n + 1.
            Self(length) => Some(Self(length.wrapping_add(1))),
        }
    }

    /// The Length field that must stand immediately before this data field (S-FRAME-07).
    #[must_use]
    pub const fn length_tag(self) -> Option<Self> {
        if !self.class().is_data() {
            return None;
        }
        match self {
            Self::SIGNATURE => Some(Self::SIGNATURE_LENGTH),
            Self(data) => Some(Self(data.wrapping_sub(1))),
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

/// What the scan of a message must know of a tag, in one byte.
///
/// The low five bits number the tags that stand at most once and never in a body, so that a
/// 32-bit set can tell which were seen; 0 for all others.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Class(u8);

impl Class {
    const INDEX: u8 = 0x1f;
    const HEADER: u8 = 0x20;
    const DATA: u8 = 0x40;
    const LENGTH: u8 = 0x80;

    /// Anything but a body field without a counted length or value.
    #[inline]
    pub(super) const fn is_special(self) -> bool {
        self.0 != 0
    }

    #[inline]
    pub(super) const fn is_header(self) -> bool {
        self.0 & Self::HEADER != 0
    }

    #[inline]
    pub(super) const fn is_trailer(self) -> bool {
        self.0 & (Self::INDEX | Self::HEADER) != 0 && !self.is_header()
    }

    #[inline]
    pub(super) const fn is_length(self) -> bool {
        self.0 & Self::LENGTH != 0
    }

    #[inline]
    pub(super) const fn is_data(self) -> bool {
        self.0 & Self::DATA != 0
    }

    /// A Length or a data field.
    #[inline]
    pub(super) const fn is_pair(self) -> bool {
        self.0 & (Self::LENGTH | Self::DATA) != 0
    }

    /// The tag's number among the owned ones; 0 if it is none of them.
    #[inline]
    pub(super) const fn index(self) -> usize {
        (self.0 & Self::INDEX) as usize
    }

    /// The tag's bit in a set of owned tags; 0 if it is none of them.
    #[inline]
    pub(super) const fn owned_bit(self) -> u32 {
        (1 << self.index()) & !1
    }
}

/// Which fields may stand behind what was written, in one word: whoever writes keeps to the order of
/// header, body and trailer that the scan of a message asks for, and writes nothing twice that stands
/// once (S-VAL-30, S-VAL-31).
///
/// A bit that is set forbids what needs it. The low ones are those of [`Class::owned_bit`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Closed(u32);

impl Closed {
    /// Every owned header field.
    const HEADER: u32 = (2 << OWNED_HEADER.len()) - 2;
    /// What stands in a body.
    const BODY: u32 = 1 << 30;
    /// Anything: a field was refused, or a certain one must come next.
    const ALL: u32 = 1 << 31;

    pub(super) const NOTHING: Self = Self(0);

    /// Whether a field may stand here. Closes what may not follow it.
    #[inline]
    pub(super) const fn pass(&mut self, class: Class) -> bool {
        if self.0 & (Self::needed_by(class) | Self::ALL) != 0 {
            return false;
        }
        self.0 |= Self::closed_by(class);
        true
    }

    /// Whether a field that may not stand here stands in the wrong place, rather than twice.
    pub(super) const fn is_misplaced(self, class: Class) -> bool {
        let header_is_over = self.0 & Self::HEADER == Self::HEADER;
        if class.is_header() { header_is_over } else { class.owned_bit() == 0 }
    }

    /// Nothing may follow, or anything that could before.
    pub(super) const fn set_all(&mut self, closed: bool) {
        if closed {
            self.0 |= Self::ALL;
        } else {
            self.0 &= !Self::ALL;
        }
    }

    /// Whether nothing may follow.
    pub(super) const fn is_all(self) -> bool {
        self.0 & Self::ALL != 0
    }

    /// The header is over.
    pub(super) const fn end_header(&mut self) {
        self.0 |= Self::HEADER;
    }

    #[inline]
    const fn needed_by(class: Class) -> u32 {
        if class.owned_bit() == 0 { Self::BODY } else { class.owned_bit() }
    }

    #[inline]
    const fn closed_by(class: Class) -> u32 {
        if class.is_trailer() {
            class.owned_bit() | Self::HEADER | Self::BODY
        } else if class.is_header() {
            class.owned_bit()
        } else {
            Self::HEADER
        }
    }
}

/// The ASCII digit of a number below 10.
const fn digit(number: u32) -> u8 {
    b'0' | number.to_le_bytes()[0]
}

/// The class of a tag number, in one load.
#[inline]
pub(super) const fn class_of(number: u32) -> Class {
    // A u32 fits usize wherever this crate is of use; what does not fit is a plain tag as well.
    let index = number as usize;
    if index < CLASSES.len() { CLASSES[index] } else { Class(0) }
}

static CLASSES: [Class; 2176] = class_table();

const fn class_table() -> [Class; 2176] {
    let mut table = [Class(0); 2176];
    let mut i = 0;
    while i < OWNED_HEADER.len() {
        table[OWNED_HEADER[i] as usize].0 = Class::HEADER | (i + 1).to_le_bytes()[0];
        i += 1;
    }
    let mut i = 0;
    while i < TRAILER.len() {
        table[TRAILER[i] as usize].0 = (OWNED_HEADER.len() + i + 1).to_le_bytes()[0];
        i += 1;
    }
    let mut i = 0;
    while i < SHARED_HEADER.len() {
        table[SHARED_HEADER[i] as usize].0 = Class::HEADER;
        i += 1;
    }
    let mut i = 0;
    while i < DATA_PAIRS.len() {
        let (length, data) = DATA_PAIRS[i];
        table[length as usize].0 |= Class::LENGTH;
        table[data as usize].0 |= Class::DATA;
        i += 1;
    }
    table
}

/// Header fields of table 13.1 that no message of any version has in its body. Those that a scan
/// picks up come first, in its order.
const OWNED_HEADER: [u16; 21] =
    [35, 34, 49, 56, 52, 43, 97, 122, 8, 9, 50, 57, 115, 116, 128, 129, 142, 143, 144, 145, 369];

const TRAILER: [u16; 3] = [93, 89, 10];

/// Header fields that may also be met behind the header: pairs, groups and what custom
/// messages are known to carry in their bodies. Never judged misplaced or repeated.
const SHARED_HEADER: [u16; 13] = [90, 91, 212, 213, 347, 370, 627, 628, 629, 630, 1128, 1129, 1156];

/// Length fields and the data fields they count: FIX Unified Repository 2010, all versions, and
/// 2111/2112 of later extension packs (S-FRAME-08).
const DATA_PAIRS: [(u16, u16); 25] = [
    (90, 91),
    (93, 89),
    (95, 96),
    (212, 213),
    (348, 349),
    (350, 351),
    (352, 353),
    (354, 355),
    (356, 357),
    (358, 359),
    (360, 361),
    (362, 363),
    (364, 365),
    (445, 446),
    (618, 619),
    (621, 622),
    (1184, 1185),
    (1277, 1278),
    (1280, 1281),
    (1282, 1283),
    (1397, 1398),
    (1401, 1402),
    (1403, 1404),
    (1468, 1469),
    (2111, 2112),
];

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn tag(number: u32) -> Tag {
        Tag::new(number).unwrap()
    }

    fn tags_where(property: impl Fn(Tag) -> bool) -> Vec<u32> {
        (1..=5_000).filter(|&number| property(tag(number))).collect()
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
        let lengths = tags_where(|tag| tag.data_tag().is_some());
        assert_eq!(
            lengths,
            [
                90, 93, 95, 212, 348, 350, 352, 354, 356, 358, 360, 362, 364, 445, 618, 621, 1184,
                1277, 1280, 1282, 1397, 1401, 1403, 1468, 2111
            ]
        );
        for length in lengths.into_iter().map(tag) {
            assert_eq!(length.data_tag().and_then(Tag::length_tag), Some(length));
        }
        assert_eq!(tags_where(|tag| tag.length_tag().is_some()).len(), DATA_PAIRS.len());
        for (length, data) in DATA_PAIRS {
            assert_eq!(tag(length.into()).data_tag(), Tag::new(data.into()));
        }
    }

    #[test]
    fn tags_beyond_the_table_are_plain() {
        for number in [2_175, 2_176, 5_001, u32::MAX] {
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
