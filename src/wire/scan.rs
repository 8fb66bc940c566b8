//! One pass over every field of a received frame.

use core::fmt;

use super::frame::{Frame, Garbled};
use super::message::{Facts, Message, offset};
use super::number::parse_uint;
use super::tag::Tag;
use super::timestamp::UtcTime;
use super::token::{Name, Token, Tokens};

/// A message whose every field was looked at, and its header as it was written.
///
/// Header fields count only where they belong: before the first field that is no header field,
/// and in their first occurrence, so that nothing in a body can pass for one. A field that is
/// there without a value is `Some(b"")`.
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
    /// The rule that the field breaks, as numbered in the rule catalogue.
    #[must_use]
    pub const fn rule(self) -> &'static str {
        match self {
            Self::InvalidTag => "S-FRAME-21",
            Self::EmptyValue => "S-FRAME-20",
            Self::Repeated => "S-VAL-30",
            Self::Misplaced => "S-VAL-31",
            Self::TooManyFields => "S-FRAME-17",
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
    let mut pass = Pass::new(frame, fields_max);
    let body_end = frame.body_start() + frame.body().len();
    let (fields, _) = frame.bytes().split_at_checked(body_end).unwrap_or_default();
    let mut tokens = Tokens::new(fields);
    let mut start = 0;
    while let Some(token) = tokens.next() {
        pass.field(token?, start);
        start = body_end - tokens.rest().len();
    }
    Ok(pass.finish(body_end))
}

/// Where in the message the pass is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Region {
    Header,
    Body,
    Trailer,
}

struct Pass<'b> {
    scan: Scan<'b>,
    region: Region,
    /// Where the body and the trailer begin, once the region is reached.
    body_start: usize,
    trailer_start: usize,
    /// The owned tags met so far ([`super::tag::Class::owned_bit`]).
    seen: u32,
    /// How many more fields the message may have.
    fields_left: usize,
}

impl<'b> Pass<'b> {
    fn new(frame: Frame<'b>, fields_max: usize) -> Self {
        Self {
            scan: Scan {
                message: Message::of_frame(frame),
                sender: None,
                target: None,
                seq: None,
                sending_time: None,
                orig_sending_time: None,
                poss_dup: None,
                poss_resend: None,
                defect: None,
            },
            region: Region::Header,
            body_start: 0,
            trailer_start: 0,
            seen: 0,
            // The pass does not meet the CheckSum.
            fields_left: fields_max.saturating_sub(1),
        }
    }

    /// Takes note of one field that begins at offset `start`.
    fn field(&mut self, token: Token<'b>, start: usize) {
        match token.name {
            Name::Invalid(number) => self.defect(number, DefectKind::InvalidTag),
            Name::Tag(tag) => {
                self.place(tag, start, token.value);
                if token.value.is_empty() {
                    self.defect(Some(i64::from(tag.get())), DefectKind::EmptyValue);
                }
            }
        }
        match self.fields_left.checked_sub(1) {
            Some(left) => self.fields_left = left,
            None => self.defect(token.name.number(), DefectKind::TooManyFields),
        }
    }

    /// Judges whether the field may stand here, and keeps what the header says.
    fn place(&mut self, tag: Tag, start: usize, value: &'b [u8]) {
        let class = tag.class();
        let number = Some(i64::from(tag.get()));
        let owned = class.owned_bit();
        if class.is_trailer() {
            if tag == Tag::CHECK_SUM {
                self.defect(number, DefectKind::Misplaced);
            } else if self.seen & owned != 0 {
                self.defect(number, DefectKind::Repeated);
            } else if self.region < Region::Trailer {
                self.enter(Region::Trailer, start);
            }
        } else if class.is_header() && self.region == Region::Header {
            if self.seen & owned != 0 {
                self.defect(number, DefectKind::Repeated);
            } else {
                self.keep(tag, value);
            }
        } else if owned != 0 || self.region == Region::Trailer {
            self.defect(number, DefectKind::Misplaced);
        } else if self.region == Region::Header {
            self.enter(Region::Body, start);
        }
        self.seen |= owned;
    }

    fn enter(&mut self, region: Region, start: usize) {
        if self.region == Region::Header {
            self.body_start = start;
        }
        if region == Region::Trailer {
            self.trailer_start = start;
        }
        self.region = region;
    }

    fn keep(&mut self, tag: Tag, value: &'b [u8]) {
        let kept = match tag {
            Tag::SENDER_COMP_ID => &mut self.scan.sender,
            Tag::TARGET_COMP_ID => &mut self.scan.target,
            Tag::MSG_SEQ_NUM => &mut self.scan.seq,
            Tag::SENDING_TIME => &mut self.scan.sending_time,
            Tag::ORIG_SENDING_TIME => &mut self.scan.orig_sending_time,
            Tag::POSS_DUP_FLAG => &mut self.scan.poss_dup,
            Tag::POSS_RESEND => &mut self.scan.poss_resend,
            _ => return,
        };
        *kept = Some(value);
    }

    fn defect(&mut self, tag: Option<i64>, kind: DefectKind) {
        self.scan.defect.get_or_insert(Defect { tag, kind });
    }

    /// Completes the view of the message, whose body ends at offset `end` at the latest.
    fn finish(mut self, end: usize) -> Scan<'b> {
        if self.region < Region::Trailer {
            self.enter(Region::Trailer, end);
        }
        let scan = &mut self.scan;
        let facts = Facts {
            seq: scan.seq.and_then(parse_uint).unwrap_or(0),
            sending_time: scan
                .sending_time
                .and_then(UtcTime::parse)
                .unwrap_or_default(),
            body_start: offset(self.body_start),
            trailer_start: offset(self.trailer_start),
            poss_dup: scan.poss_dup == Some(b"Y"),
            poss_resend: scan.poss_resend == Some(b"Y"),
            ..scan.message.facts()
        };
        scan.message = facts.view(scan.message.bytes());
        self.scan
    }
}
