//! What the wire layer must know of each tag: where it stands, and whether it is one of a pair.

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
        if !class.is_special() {
            // Nearly every field of a body: as below, without the sums.
            let passes = self.0 & (Self::BODY | Self::ALL) == 0;
            if passes {
                self.0 |= Self::HEADER;
            }
            return passes;
        }
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

/// The class of a tag number, in one load for nearly all that there are.
#[inline]
pub(super) const fn class_of(number: u32) -> Class {
    // A u32 fits usize wherever this crate is of use; what does not fit is a plain tag as well.
    let index = number as usize;
    if index < CLASSES.len() { CLASSES[index] } else { far_class_of(number) }
}

/// The class of a tag that is not among the first.
#[inline]
const fn far_class_of(number: u32) -> Class {
    let index = number.wrapping_sub(FAR as u32) as usize;
    if index < FAR_CLASSES.len() { FAR_CLASSES[index] } else { Class(0) }
}

/// FIX numbers its fields in two ranges, each so long so far; the second begins at [`FAR`].
const RANGE: usize = 3_200;
const FAR: u16 = 40_000;

static CLASSES: [Class; RANGE] = with_pairs(header_and_trailer(), 0);

static FAR_CLASSES: [Class; RANGE] = with_pairs([Class(0); RANGE], FAR);

const fn header_and_trailer() -> [Class; RANGE] {
    let mut table = [Class(0); RANGE];
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
    table
}

/// Marks the pairs among the tags from `first` on, whose classes these are.
const fn with_pairs(mut table: [Class; RANGE], first: u16) -> [Class; RANGE] {
    let mut i = 0;
    while i < DATA_PAIRS.len() {
        let (length, data) = DATA_PAIRS[i];
        if length >= first && data >= first && ((length - first) as usize) < RANGE {
            table[(length - first) as usize].0 |= Class::LENGTH;
            table[(data - first) as usize].0 |= Class::DATA;
        }
        i += 1;
    }
    table
}

/// Header fields that no message of any version has in its body. Those that a scan
/// picks up come first, in its order.
const OWNED_HEADER: [u16; 21] =
    [35, 34, 49, 56, 52, 43, 97, 122, 8, 9, 50, 57, 115, 116, 128, 129, 142, 143, 144, 145, 369];

const TRAILER: [u16; 3] = [93, 89, 10];

/// Header fields that may also be met behind the header: pairs, groups and what custom
/// messages are known to carry in their bodies. Never judged misplaced or repeated.
const SHARED_HEADER: [u16; 13] = [90, 91, 212, 213, 347, 370, 627, 628, 629, 630, 1128, 1129, 1156];

/// Length fields and the data fields they count: FIX Latest, which has those of all versions
/// (S-FRAME-08).
pub(super) const DATA_PAIRS: [(u16, u16); 85] = [
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
    (1525, 1527),
    (1578, 1579),
    (1620, 1621),
    (1664, 1665),
    (1678, 1697),
    (1733, 1734),
    (1871, 1872),
    (1874, 1875),
    (2072, 2073),
    (2074, 2075),
    (2111, 2112),
    (2179, 2180),
    (2287, 2288),
    (2351, 2352),
    (2372, 2371),
    (2481, 2482),
    (2494, 2493),
    (2522, 2521),
    (2637, 2638),
    (2651, 2652),
    (2665, 2666),
    (2715, 2716),
    (2718, 2719),
    (2721, 2722),
    (2797, 2798),
    (2802, 2801),
    (2809, 2808),
    (2815, 2814),
    (2971, 2972),
    (3108, 3109),
    (40_004, 40_005),
    (40_008, 40_009),
    (40_978, 40_979),
    (40_980, 40_981),
    (40_982, 40_983),
    (40_984, 40_985),
    (40_986, 40_987),
    (40_988, 40_989),
    (41_083, 41_084),
    (41_101, 41_102),
    (41_107, 41_108),
    (41_256, 41_257),
    (41_320, 41_321),
    (41_324, 41_325),
    (41_458, 41_459),
    (41_476, 41_477),
    (41_482, 41_483),
    (41_653, 41_654),
    (41_710, 41_711),
    (41_806, 41_807),
    (41_811, 41_812),
    (41_873, 41_874),
    (41_969, 41_970),
    (42_025, 42_026),
    (42_171, 42_172),
    (42_451, 42_452),
    (42_652, 42_653),
    (42_947, 42_948),
    (43_109, 42_684),
    (43_110, 42_486),
    (43_111, 42_982),
];

/// The data field that this Length field counts.
pub(super) const fn data_tag_of(length: u32) -> Option<u32> {
    if !class_of(length).is_length() {
        return None;
    }
    // Nearly every pair is numbered n, n + 1.
    let next = length.wrapping_add(1);
    if class_of(next).is_data() {
        return Some(next);
    }
    let mut i = 0;
    while i < DATA_PAIRS.len() {
        if DATA_PAIRS[i].0 as u32 == length {
            return Some(DATA_PAIRS[i].1 as u32);
        }
        i += 1;
    }
    None
}

/// The Length field that counts this data field.
pub(super) const fn length_tag_of(data: u32) -> Option<u32> {
    if !class_of(data).is_data() {
        return None;
    }
    let before = data.wrapping_sub(1);
    if class_of(before).is_length() {
        return Some(before);
    }
    let mut i = 0;
    while i < DATA_PAIRS.len() {
        if DATA_PAIRS[i].1 as u32 == data {
            return Some(DATA_PAIRS[i].0 as u32);
        }
        i += 1;
    }
    None
}
