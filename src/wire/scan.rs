//! One pass over every field of a received frame.

use core::fmt;

use super::class::Class;
use super::frame::{Frame, Garbled};
use super::lenient::Leniency;
use super::message::{Facts, Message, MsgKind, offset};
use super::number::parse_uint;
use super::tag::Tag;
use super::timestamp::UtcTime;
use super::token::{Name, Token, Tokens};

/// A message whose every field was looked at, and its header as it was written.
///
/// Header fields count only where they belong: before the first field that is no header field,
/// and in their first occurrence, so that nothing in a body can pass for one. What every header must
/// have is read wherever it stands, so that its message can be rejected: out of place it is a
/// defect. A field that is there without a value is `Some(b"")`.
#[derive(Clone, Copy)]
pub struct Scan<'b> {
    /// The view of the message. Its MsgSeqNum, SendingTime and flags are read from the fields
    /// below, and are 0, the epoch and false where these are absent or invalid.
    pub message: Message<'b>,
    /// SenderCompID(49).
    pub sender: Option<&'b [u8]>,
    /// TargetCompID(56).
    pub target: Option<&'b [u8]>,
    /// MsgSeqNum(34).
    pub seq: Option<&'b [u8]>,
    /// SendingTime(52).
    pub sending_time: Option<&'b [u8]>,
    /// OrigSendingTime(122).
    pub orig_sending_time: Option<&'b [u8]>,
    /// PossDupFlag(43).
    pub poss_dup: Option<&'b [u8]>,
    /// PossResend(97).
    pub poss_resend: Option<&'b [u8]>,
    /// Whether any of these four that every header must have, 34, 49, 52 and 56, is read from
    /// behind the header: the message must not be processed, and there is a defect.
    pub displaced: bool,
    /// The first fault of a single field, in the order of the message.
    pub defect: Option<Defect>,
}

impl fmt::Debug for Scan<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scan")
            .field("message", &self.message)
            .field("defect", &self.defect)
            .finish_non_exhaustive()
    }
}

/// A fault of a single field: the message is framed, but not to be processed (S-VAL-01).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Defect {
    /// The number that stands where the tag should be, if it is one.
    pub tag: Option<i64>,
    /// What is wrong with the field.
    pub kind: DefectKind,
}

/// What is wrong with a field of a framed message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DefectKind {
    /// The tag is 0, negative, has a `+` or a leading zero, is too large, or is no number.
    InvalidTag,
    /// The tag has no value.
    EmptyValue,
    /// A header or trailer field, one that no message has in its body, stands a second time.
    Repeated,
    /// The field stands behind its part of the message: a header field behind the first body
    /// field, a body field behind the first trailer field, or a CheckSum(10) that is not last.
    Misplaced,
    /// The message has more fields than allowed; this is the first one too many.
    TooManyFields,
}

impl DefectKind {
    /// The rule that the field breaks, by its id in [`rules`](crate::rules), and the official test case
    /// where there is one.
    #[must_use]
    pub const fn rule(self) -> &'static str {
        match self {
            Self::InvalidTag => "S-FRAME-21 (14.a)",
            Self::EmptyValue => "S-FRAME-20 (14.d)",
            Self::Repeated => "S-VAL-30 (14.h)",
            Self::Misplaced => "S-VAL-31 (14.g)",
            Self::TooManyFields => "S-FRAME-19",
        }
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            DefectKind::InvalidTag => "invalid tag",
            DefectKind::EmptyValue => "empty value",
            DefectKind::Repeated => "field appears more than once",
            DefectKind::Misplaced => "field out of order",
            DefectKind::TooManyFields => "too many fields",
        })?;
        match self.tag {
            Some(tag) => write!(f, " (tag {tag})"),
            None => Ok(()),
        }
    }
}

/// Looks at every field of a frame.
///
/// `fields_max` bounds their number, 8, 9, 35 and 10 included.
///
/// An error means that the fields cannot be told apart with certainty, and the message counts as
/// garbled (S-FRAME-09, S-FRAME-16); anything milder is a [`Defect`].
pub fn scan(frame: Frame<'_>, fields_max: usize) -> Result<Scan<'_>, Garbled> {
    scan_leniently(frame, fields_max, Leniency::default())
}

/// [`scan()`], with this leniency.
///
/// # Errors
///
/// As of [`scan()`].
pub fn scan_leniently(
    frame: Frame<'_>,
    fields_max: usize,
    leniency: Leniency,
) -> Result<Scan<'_>, Garbled> {
    let body_end = frame.body_start() + frame.body().len();
    let (fields, _) = frame.bytes().split_at_checked(body_end).unwrap_or_default();
    let mut pass = Pass::new(leniency);
    let mut tokens = Tokens::starting_at(fields, frame.body_start());
    loop {
        tokens = pass.read_plain(tokens);
        let start = tokens.offset();
        if start >= body_end {
            break;
        }
        if let Some((token, after)) = tokens.strict()? {
            if token.is_lone_data() && !leniency.raw_data_without_length {
                return Err(Garbled::DataWithoutLength);
            }
            pass.token(token, start);
            tokens = after;
        }
    }
    // Counting is left to messages that are long enough to have too many fields.
    if body_end / TOKEN_LEN_MIN >= fields_max {
        pass.limit(Tokens::new(fields), fields_max.saturating_sub(1));
    }
    Ok(pass.finish(frame, body_end))
}

/// What no message can be answered without.
const REQUIRED: [Tag; 4] =
    [Tag::MSG_SEQ_NUM, Tag::SENDER_COMP_ID, Tag::TARGET_COMP_ID, Tag::SENDING_TIME];

/// A tag, `=` and a delimiter.
const TOKEN_LEN_MIN: usize = 3;

/// Where in the message the pass is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Region {
    Header,
    Body,
    Trailer,
}

struct Pass<'b> {
    /// The header fields that a [`Scan`] tells of, by [`Class::index`].
    header: [Option<&'b [u8]>; 9],
    /// The first defect, and the offset of its field.
    defect: Option<(usize, Defect)>,
    region: Region,
    /// Where the body and the trailer begin, once the region is reached.
    body_start: usize,
    trailer_start: usize,
    /// The owned tags met so far ([`Class::owned_bit`]).
    seen: u32,
    displaced: bool,
    leniency: Leniency,
}

impl<'b> Pass<'b> {
    fn new(leniency: Leniency) -> Self {
        Self {
            header: [None; 9],
            defect: None,
            region: Region::Header,
            body_start: 0,
            trailer_start: 0,
            // The frame vouches for these: the pass does not meet them.
            seen: Tag::BEGIN_STRING.class().owned_bit() | Tag::BODY_LENGTH.class().owned_bit(),
            displaced: false,
            leniency,
        }
    }

    /// Reads on up to a token that is not plain.
    #[inline]
    fn read_plain(&mut self, tokens: Tokens<'b>) -> Tokens<'b> {
        let bytes = tokens.bytes();
        tokens.pass_plain(|plain| {
            let class = plain.class;
            if self.region == Region::Body && !class.is_special() {
                // Most fields are read here, and not so much as looked at but for their tags.
                return true;
            }
            if class.is_pair() {
                return false;
            }
            if self.region == Region::Header && class.is_header() && !self.has_seen(class) {
                self.keep(class, plain.value(bytes));
            } else {
                self.field(plain.tag, plain.value(bytes), plain.start);
            }
            true
        })
    }

    /// Takes note of a token, whatever it is, that begins at offset `start`.
    fn token(&mut self, token: Token<'b>, start: usize) {
        match token.name {
            Name::Tag(tag) => self.field(tag, token.value, start),
            Name::Invalid(_) => self.defect(start, token.name.number(), DefectKind::InvalidTag),
        }
        if let Some(data) = token.data {
            self.field(data.tag, data.value, data.start);
        }
    }

    fn field(&mut self, tag: Tag, value: &'b [u8], start: usize) {
        let number = Some(i64::from(tag.get()));
        if let Err(kind) = self.place(tag, value, start) {
            self.defect(start, number, kind);
        }
        if value.is_empty() && !self.leniency.empty_values {
            self.defect(start, number, DefectKind::EmptyValue);
        }
    }

    /// Judges whether the field may stand here, and keeps what the header says.
    fn place(&mut self, tag: Tag, value: &'b [u8], start: usize) -> Result<(), DefectKind> {
        let class = tag.class();
        let is_owned = class.owned_bit() != 0;
        let home = if class.is_trailer() {
            Region::Trailer
        } else if class.is_header() && (is_owned || self.region == Region::Header)
            // Asked of the field that would begin the body, and of no other.
            || self.region == Region::Header && self.leniency.header_tags.contains(tag)
        {
            Region::Header
        } else {
            Region::Body
        };
        if home < self.region {
            if self.leniency.any_order && tag != Tag::CHECK_SUM {
                return self.keep_once(class, value);
            }
            if REQUIRED.contains(&tag) && !self.has_seen(class) {
                // They say which message to reject, and that it is the peer's.
                self.keep(class, value);
                self.displaced = true;
            } else if self.leniency.misplaced && tag != Tag::CHECK_SUM {
                return Ok(());
            }
            return Err(DefectKind::Misplaced);
        }
        if home > self.region {
            self.enter(home, start);
        }
        if tag == Tag::CHECK_SUM {
            // The frame ends with the one that counts.
            return Err(DefectKind::Misplaced);
        }
        self.keep_once(class, value)
    }

    /// Keeps what a field says unless it stood before.
    fn keep_once(&mut self, class: Class, value: &'b [u8]) -> Result<(), DefectKind> {
        if self.has_seen(class) {
            return if self.leniency.repeated { Ok(()) } else { Err(DefectKind::Repeated) };
        }
        self.keep(class, value);
        Ok(())
    }

    /// Goes on to a later part of the message, which begins at offset `start`.
    fn enter(&mut self, region: Region, start: usize) {
        if self.region == Region::Header {
            self.body_start = start;
        }
        if region == Region::Trailer {
            self.trailer_start = start;
        }
        self.region = region;
    }

    #[inline]
    fn has_seen(&self, class: Class) -> bool {
        self.seen & class.owned_bit() != 0
    }

    #[inline]
    fn keep(&mut self, class: Class, value: &'b [u8]) {
        self.seen |= class.owned_bit();
        if let Some(kept) = self.header.get_mut(class.index()) {
            *kept = Some(value);
        }
    }

    /// Notes a defect of the field at offset `start`, unless there is one before it.
    #[cold]
    fn defect(&mut self, start: usize, tag: Option<i64>, kind: DefectKind) {
        if self.defect.is_none_or(|(first, _)| start < first) {
            self.defect = Some((start, Defect { tag, kind }));
        }
    }

    /// Notes the first field beyond so many as a defect.
    #[cold]
    fn limit(&mut self, mut tokens: Tokens<'b>, count_max: usize) {
        let mut left = count_max;
        while let Ok(Some((token, after))) = tokens.strict() {
            let data = token.data.map(|data| (data.start, Some(i64::from(data.tag.get()))));
            let fields = [Some((tokens.offset(), token.name.number())), data];
            for (start, number) in fields.into_iter().flatten() {
                match left.checked_sub(1) {
                    Some(fewer) => left = fewer,
                    None => return self.defect(start, number, DefectKind::TooManyFields),
                }
            }
            tokens = after;
        }
    }

    /// The result, for a message whose body ends at offset `end` at the latest.
    fn finish(mut self, frame: Frame<'b>, end: usize) -> Scan<'b> {
        if self.region < Region::Trailer {
            self.enter(Region::Trailer, end);
        }
        let [
            _,
            msg_type,
            seq,
            sender,
            target,
            sending_time,
            poss_dup,
            poss_resend,
            orig_sending_time,
        ] = self.header;
        let msg_type = msg_type.unwrap_or_default();
        let facts = Facts {
            seq: seq.and_then(parse_uint).unwrap_or(0),
            sending_time: sending_time.and_then(UtcTime::parse).unwrap_or_default(),
            type_start: offset(frame.body_start() + 3),
            type_len: offset(msg_type.len()),
            body_start: offset(self.body_start),
            trailer_start: offset(self.trailer_start),
            kind: MsgKind::of(msg_type),
            poss_dup: poss_dup == Some(b"Y"),
            poss_resend: poss_resend == Some(b"Y"),
        };
        Scan {
            message: facts.view(frame.bytes()),
            sender,
            target,
            seq,
            sending_time,
            orig_sending_time,
            poss_dup,
            poss_resend,
            displaced: self.displaced,
            defect: self.defect.map(|(_, defect)| defect),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;
    use alloc::vec::Vec;

    use super::*;
    use crate::wire::{Framed, HeaderTags, from_text, next_frame};

    const HEADER: &str = "8=FIX.4.4|35=D|34=7|49=A|52=20260722-13:45:12.123|56=B|";

    /// A message of `HEADER` and more fields.
    fn order(more: &str) -> Vec<u8> {
        from_text(&[HEADER, more].concat())
    }

    fn frame(bytes: &[u8]) -> Frame<'_> {
        let Framed::Frame(frame) = next_frame(bytes, bytes.len()) else {
            panic!("no frame");
        };
        frame
    }

    fn scanned(bytes: &[u8]) -> Scan<'_> {
        scan(frame(bytes), usize::MAX).unwrap()
    }

    fn defect(more: &str) -> Option<(Option<i64>, DefectKind)> {
        scanned(&order(more)).defect.map(|defect| (defect.tag, defect.kind))
    }

    fn garbled(more: &str) -> Option<Garbled> {
        scan(frame(&order(more)), usize::MAX).err()
    }

    #[test]
    fn the_header_is_picked_up_as_written() {
        let bytes = from_text(
            "8=FIX.4.4|35=D|56=B|43=Y|34=007|97=N|52=20260722-13:45:12.123|122=20260722-13:45:11|49=A|11=x|",
        );
        let scan = scanned(&bytes);
        assert_eq!(scan.sender, Some(&b"A"[..]));
        assert_eq!(scan.target, Some(&b"B"[..]));
        assert_eq!(scan.seq, Some(&b"007"[..]));
        assert_eq!(scan.sending_time, Some(&b"20260722-13:45:12.123"[..]));
        assert_eq!(scan.orig_sending_time, Some(&b"20260722-13:45:11"[..]));
        assert_eq!(scan.poss_dup, Some(&b"Y"[..]));
        assert_eq!(scan.poss_resend, Some(&b"N"[..]));
        assert_eq!(scan.defect, None);
        let message = scan.message;
        assert_eq!(message.msg_seq_num(), 7);
        assert_eq!(Some(message.sending_time()), UtcTime::parse(b"20260722-13:45:12.123"));
        assert!(message.poss_dup() && !message.poss_resend());
    }

    #[test]
    fn an_absent_header_field_is_none_and_an_empty_one_is_empty() {
        let bytes = from_text("8=FIX.4.4|35=D|49=|11=x|");
        let scan = scanned(&bytes);
        assert_eq!((scan.sender, scan.target, scan.seq), (Some(&b""[..]), None, None));
        assert_eq!(scan.message.msg_seq_num(), 0);
        assert_eq!(scan.message.sending_time(), UtcTime::EPOCH);
        assert_eq!(scan.defect, Some(Defect { tag: Some(49), kind: DefectKind::EmptyValue }));
    }

    #[test]
    fn header_fields_behind_the_first_body_field_do_not_count() {
        let bytes = from_text("8=FIX.4.4|35=D|49=A|11=x|34=5|49=EVIL|56=B|43=Y|");
        let scan = scanned(&bytes);
        assert_eq!(scan.sender, Some(&b"A"[..]));
        assert_eq!(scan.poss_dup, None);
        // They say which message to reject, and whose it is.
        assert_eq!((scan.seq, scan.target), (Some(&b"5"[..]), Some(&b"B"[..])));
        assert!(scan.displaced);
        assert_eq!(scan.defect, Some(Defect { tag: Some(34), kind: DefectKind::Misplaced }));
    }

    #[test]
    fn a_venues_header_fields_do_not_begin_the_body() {
        let agreed = |tags: &[u32]| {
            let tags: Vec<Tag> = tags.iter().filter_map(|&tag| Tag::new(tag)).collect();
            let header_tags = HeaderTags::new(&tags).unwrap();
            Leniency { header_tags, ..Leniency::default() }
        };
        let bytes =
            from_text("8=FIX.4.4|35=D|5050=a|34=7|49=A|6000=b|56=B|5050=c|11=x|5050=d|58=y|");
        let found = scan_leniently(frame(&bytes), 100, agreed(&[6000, 5050])).unwrap();
        assert_eq!(found.defect, None);
        assert_eq!(found.seq, Some(&b"7"[..]));
        assert_eq!(found.message.body().as_bytes(), b"11=x\x015050=d\x0158=y\x01");
        let found = scan_leniently(frame(&bytes), 100, agreed(&[5050])).unwrap();
        assert_eq!(found.defect, Some(Defect { tag: Some(56), kind: DefectKind::Misplaced }));
        assert_eq!(scanned(&bytes).defect.unwrap().tag, Some(34));
    }

    #[test]
    fn a_second_header_field_does_not_override_the_first() {
        let bytes = from_text("8=FIX.4.4|35=D|34=5|49=A|34=6|56=B|11=x|");
        let scan = scanned(&bytes);
        assert_eq!(scan.seq, Some(&b"5"[..]));
        assert_eq!(scan.defect, Some(Defect { tag: Some(34), kind: DefectKind::Repeated }));
    }

    #[test]
    fn tags_that_are_none_are_defects() {
        for (more, number) in [
            ("0=x|", Some(0)),
            ("-1=x|", Some(-1)),
            ("007=x|", Some(7)),
            ("034=x|", Some(34)),
            ("4294967296=x|", Some(4_294_967_296)),
            ("9223372036854775807=x|", Some(i64::MAX)),
            ("9223372036854775808=x|", None),
            ("+1=x|", None),
            ("abc=x|", None),
            ("1a=x|", None),
            (" 1=x|", None),
        ] {
            assert_eq!(defect(more), Some((number, DefectKind::InvalidTag)), "{more}");
        }
    }

    #[test]
    fn a_tag_that_is_none_does_not_end_the_header() {
        let bytes = from_text("8=FIX.4.4|35=D|0=x|34=7|49=A|56=B|11=x|");
        let scan = scanned(&bytes);
        assert_eq!(scan.seq, Some(&b"7"[..]));
        assert_eq!(scan.message.body().as_bytes(), b"11=x\x01");
        assert_eq!(scan.defect, Some(Defect { tag: Some(0), kind: DefectKind::InvalidTag }));
    }

    #[test]
    fn empty_values_are_defects() {
        assert_eq!(defect("11=|"), Some((Some(11), DefectKind::EmptyValue)));
        assert_eq!(defect("58=x|354=|"), Some((Some(354), DefectKind::EmptyValue)));
        assert_eq!(defect("95=0|96=|"), Some((Some(96), DefectKind::EmptyValue)));
        let no_type = from_text("8=FIX.4.4|35=|34=7|");
        let expected = Defect { tag: Some(35), kind: DefectKind::EmptyValue };
        assert_eq!(scanned(&no_type).defect, Some(expected));
    }

    #[test]
    fn header_and_trailer_fields_stand_once() {
        for (more, tag) in [
            ("8=FIX.4.4|11=x|", 8),
            ("9=5|11=x|", 9),
            ("35=D|11=x|", 35),
            ("49=A|11=x|", 49),
            ("50=x|50=y|11=x|", 50),
            ("11=x|93=1|89=y|93=1|89=z|", 93),
        ] {
            assert_eq!(defect(more), Some((Some(tag), DefectKind::Repeated)), "{more}");
        }
    }

    #[test]
    fn body_fields_may_repeat_without_being_judged_here() {
        assert_eq!(defect("11=x|11=y|58=a|58=a|"), None);
    }

    #[test]
    fn header_fields_stand_before_the_body() {
        for tag in [
            8, 9, 34, 35, 43, 49, 50, 52, 56, 57, 97, 115, 116, 122, 128, 129, 142, 143, 144, 145,
            369,
        ] {
            let bytes = from_text(&alloc::format!("8=FIX.4.4|35=D|11=x|{tag}=y|"));
            let expected = Defect { tag: Some(tag), kind: DefectKind::Misplaced };
            assert_eq!(scanned(&bytes).defect, Some(expected));
        }
    }

    #[test]
    fn header_fields_that_custom_bodies_have_are_not_judged() {
        assert_eq!(defect("11=x|347=UTF-8|627=1|628=H|629=x|630=1|1128=9|370=x|"), None);
        assert_eq!(defect("11=x|212=3|213=<a>|90=1|91=x|"), None);
    }

    #[test]
    fn the_trailer_stands_behind_the_body() {
        assert_eq!(defect("11=x|93=3|89=abc|"), None);
        assert_eq!(defect("11=x|93=3|89=abc|58=late|"), Some((Some(58), DefectKind::Misplaced)));
        assert_eq!(defect("11=x|93=3|89=abc|50=late|"), Some((Some(50), DefectKind::Misplaced)));
        assert_eq!(defect("10=000|11=x|"), Some((Some(10), DefectKind::Misplaced)));
        assert_eq!(defect("11=x|10=000|58=y|"), Some((Some(10), DefectKind::Misplaced)));
    }

    #[test]
    fn the_first_defect_in_the_message_is_told() {
        assert_eq!(defect("11=|0=x|49=B|"), Some((Some(11), DefectKind::EmptyValue)));
        assert_eq!(defect("0=x|11=|49=B|"), Some((Some(0), DefectKind::InvalidTag)));
    }

    #[test]
    fn fields_are_counted_from_8_to_10() {
        let bytes = order("11=x|");
        let count = scanned(&bytes).message.fields().iter().count();
        assert_eq!(scan(frame(&bytes), count).unwrap().defect, None);
        let expected = Defect { tag: Some(11), kind: DefectKind::TooManyFields };
        assert_eq!(scan(frame(&bytes), count - 1).unwrap().defect, Some(expected));
        let expected = Defect { tag: Some(8), kind: DefectKind::TooManyFields };
        assert_eq!(scan(frame(&bytes), 0).unwrap().defect, Some(expected));
    }

    #[test]
    fn tokens_without_a_tag_garble_the_message() {
        for more in ["11=x|oops|", "oops|", "|", "11=x||", "=x|", "58=a|b|", "11=|x|"] {
            assert_eq!(garbled(more), Some(Garbled::StrayToken), "{more}");
        }
    }

    #[test]
    fn data_that_does_not_fit_its_length_garbles_the_message() {
        for (more, reason) in [
            ("96=x|", Garbled::DataWithoutLength),
            ("95=1|58=y|96=x|", Garbled::DataMissing),
            ("95=1|", Garbled::DataMissing),
            ("95=2|96=x|", Garbled::DataOverrun),
            ("95=3|96=x|58=y|", Garbled::DataOverrun),
            ("95=7|96=x|", Garbled::DataOverrun),
            ("95=8|96=x|", Garbled::DataOverrun),
            ("95=4000000000|96=x|", Garbled::DataOverrun),
            ("95=x|96=x|", Garbled::LengthInvalid),
            ("95=|96=x|", Garbled::DataWithoutLength),
        ] {
            assert_eq!(garbled(more), Some(reason), "{more}");
        }
    }

    #[test]
    fn data_may_hold_what_looks_like_fields() {
        let bytes = order(r"95=12|96=49=X\x01\x0134=1\x01=|58=y|");
        let scan = scanned(&bytes);
        assert_eq!(scan.defect, None);
        assert_eq!(scan.message.get(Tag::RAW_DATA), Some(&b"49=X\x01\x0134=1\x01="[..]));
        assert_eq!(scan.message.get(Tag::TEXT), Some(&b"y"[..]));
    }

    #[test]
    fn defects_name_a_rule_and_print() {
        let defect = Defect { tag: Some(58), kind: DefectKind::EmptyValue };
        assert_eq!(defect.to_string(), "empty value (tag 58)");
        assert_eq!(defect.kind.rule(), "S-FRAME-20 (14.d)");
        // CORE-14
        assert_eq!(DefectKind::TooManyFields.rule(), "S-FRAME-19");
        let defect = Defect { tag: None, kind: DefectKind::InvalidTag };
        assert_eq!(defect.to_string(), "invalid tag");
    }
}
