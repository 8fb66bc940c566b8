//! The view of one received message.

use core::fmt;

use super::decimal::Decimal;
use super::field::Fields;
use super::frame::{Framed, Garbled, begin_string, next_frame};
use super::group::Group;
use super::scan::{Defect, Scan, scan};
use super::tag::Tag;
use super::text::Pretty;
use super::timestamp::UtcTime;

/// A view of one framed and scanned message: its bytes, and what the session needs of its header,
/// read once.
///
/// Every other field is found on request: in one pass with [`fields`](Self::fields) or
/// [`body`](Self::body), or one at a time with [`get`](Self::get) and the typed reads, each of
/// which searches from the front.
///
/// ```
/// use fixline::wire::{Message, MsgKind, Tag, from_text};
///
/// let bytes = from_text("8=FIX.4.4|35=D|34=7|49=A|52=20260722-13:45:12|56=B|11=ORD-1|38=500|");
/// let message = Message::parse(&bytes).unwrap();
/// assert_eq!(message.kind(), MsgKind::Application);
/// assert_eq!(message.msg_seq_num(), 7);
/// assert_eq!(message.get_uint(Tag::ORDER_QTY), Some(500));
/// assert_eq!(message.body().as_bytes(), b"11=ORD-1\x0138=500\x01");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Message<'b> {
    bytes: &'b [u8],
    facts: Facts,
}

/// What a [`Message`] knows besides its bytes, for who keeps the bytes and wants the view back.
///
/// Plain data; offsets count from the first byte of the message.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Facts {
    pub(super) seq: u64,
    pub(super) sending_time: UtcTime,
    /// Behind `35=`.
    pub(super) type_start: u32,
    pub(super) type_len: u32,
    /// The first field behind the header.
    pub(super) body_start: u32,
    /// The first field of the trailer.
    pub(super) trailer_start: u32,
    pub(super) kind: MsgKind,
    pub(super) poss_dup: bool,
    pub(super) poss_resend: bool,
}

/// What the session layer tells MsgTypes(35) apart by.
///
/// XMLnonFIX (`n`) counts as an application message: it may be retransmitted (S-RSND-03).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum MsgKind {
    /// `0`
    Heartbeat,
    /// `1`
    TestRequest,
    /// `2`
    ResendRequest,
    /// `3`
    Reject,
    /// `4`
    SequenceReset,
    /// `5`
    Logout,
    /// `A`
    Logon,
    /// Everything else.
    Application,
}

/// The length of `10=ddd<SOH>`.
const CHECK_SUM_LEN: usize = 7;

impl fmt::Display for MsgKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Heartbeat => "Heartbeat",
            Self::TestRequest => "TestRequest",
            Self::ResendRequest => "ResendRequest",
            Self::Reject => "Reject",
            Self::SequenceReset => "SequenceReset",
            Self::Logout => "Logout",
            Self::Logon => "Logon",
            Self::Application => "application message",
        })
    }
}

impl MsgKind {
    /// The kind of a MsgType(35).
    #[must_use]
    #[inline]
    pub const fn of(msg_type: &[u8]) -> Self {
        match msg_type {
            b"0" => Self::Heartbeat,
            b"1" => Self::TestRequest,
            b"2" => Self::ResendRequest,
            b"3" => Self::Reject,
            b"4" => Self::SequenceReset,
            b"5" => Self::Logout,
            b"A" => Self::Logon,
            _ => Self::Application,
        }
    }

    /// Whether this is a session message.
    #[must_use]
    pub const fn is_admin(self) -> bool {
        match self {
            Self::Heartbeat
            | Self::TestRequest
            | Self::ResendRequest
            | Self::Reject
            | Self::SequenceReset
            | Self::Logout
            | Self::Logon => true,
            Self::Application => false,
        }
    }
}

/// Why bytes are not exactly one message without a defect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// The bytes do not begin with `8=FIX`, or something follows the message.
    #[error("not exactly one message")]
    NotOneMessage,
    /// The message does not end within the bytes.
    #[error("the message is cut short")]
    Incomplete,
    /// The message is garbled.
    #[error("{0}")]
    Garbled(Garbled),
    /// A field of the message is at fault.
    #[error("{0}")]
    Defect(Defect),
}

impl<'b> Scan<'b> {
    /// As [`Message::parse`], for who also needs the header as it was written.
    pub fn parse(bytes: &'b [u8]) -> Result<Self, ParseError> {
        let frame = match next_frame(bytes, bytes.len()) {
            Framed::Frame(frame) if frame.bytes().len() == bytes.len() => frame,
            Framed::Frame(_) | Framed::Noise { .. } => return Err(ParseError::NotOneMessage),
            Framed::NeedMore(_) | Framed::TooLong { .. } => return Err(ParseError::Incomplete),
            Framed::Garbled { reason, .. } => return Err(ParseError::Garbled(reason)),
        };
        let scan = scan(frame, usize::MAX).map_err(ParseError::Garbled)?;
        match scan.defect {
            None => Ok(scan),
            Some(defect) => Err(ParseError::Defect(defect)),
        }
    }
}

impl<'b> Message<'b> {
    /// The view of exactly one message, for stores, tests and tools.
    ///
    /// A session reads with [`next_frame`] and [`scan`] and judges faults itself.
    pub fn parse(bytes: &'b [u8]) -> Result<Self, ParseError> {
        Scan::parse(bytes).map(|scan| scan.message)
    }

    /// The whole message, from `8=` to the SOH of CheckSum(10).
    #[must_use]
    pub const fn bytes(self) -> &'b [u8] {
        self.bytes
    }

    /// What is known of the message besides its bytes; see [`Facts::view`].
    #[must_use]
    pub const fn facts(self) -> Facts {
        self.facts
    }

    /// BeginString(8).
    #[must_use]
    pub fn begin_string(self) -> &'b [u8] {
        begin_string(self.bytes)
    }

    /// MsgType(35).
    #[must_use]
    pub fn msg_type(self) -> &'b [u8] {
        let start = self.facts.type_start;
        self.part(start, start.saturating_add(self.facts.type_len))
    }

    /// What the session layer tells the MsgType by.
    #[must_use]
    pub const fn kind(self) -> MsgKind {
        self.facts.kind
    }

    /// Whether this is a session message.
    #[must_use]
    pub const fn is_admin(self) -> bool {
        self.facts.kind.is_admin()
    }

    /// MsgSeqNum(34); 0 if it is absent or no number. A SequenceReset-Reset may say anything here.
    #[must_use]
    pub const fn msg_seq_num(self) -> u64 {
        self.facts.seq
    }

    /// SendingTime(52); the epoch if it is absent or no timestamp.
    #[must_use]
    pub const fn sending_time(self) -> UtcTime {
        self.facts.sending_time
    }

    /// Whether PossDupFlag(43) is `Y`: the same number may have been received before.
    #[must_use]
    pub const fn poss_dup(self) -> bool {
        self.facts.poss_dup
    }

    /// Whether PossResend(97) is `Y`: the same content may have been received under another number.
    #[must_use]
    pub const fn poss_resend(self) -> bool {
        self.facts.poss_resend
    }

    /// All fields, from BeginString(8) to CheckSum(10).
    #[must_use]
    pub const fn fields(self) -> Fields<'b> {
        Fields::trusted(self.bytes)
    }

    /// The fields before the first one that is no header field, 8, 9 and 35 included.
    #[must_use]
    pub fn header(self) -> Fields<'b> {
        Fields::trusted(self.part(0, self.facts.body_start))
    }

    /// The fields between header and trailer.
    #[must_use]
    pub fn body(self) -> Fields<'b> {
        Fields::trusted(self.part(self.facts.body_start, self.facts.trailer_start))
    }

    /// Everything between MsgType(35) and CheckSum(10): what the frame does not vouch for.
    #[must_use]
    #[inline]
    pub fn behind_msg_type(self) -> Fields<'b> {
        let start = self.facts.type_start.saturating_add(self.facts.type_len).saturating_add(1);
        let end = offset(self.bytes.len().saturating_sub(CHECK_SUM_LEN));
        Fields::trusted(self.part(start, end))
    }

    /// Everything between header and CheckSum(10): what a repetition must not change.
    #[must_use]
    pub fn body_and_trailer(self) -> Fields<'b> {
        let end = offset(self.bytes.len().saturating_sub(CHECK_SUM_LEN));
        Fields::trusted(self.part(self.facts.body_start, end))
    }

    /// The value of the message's first field with this tag. Searches from the front.
    #[must_use]
    pub fn get(self, tag: Tag) -> Option<&'b [u8]> {
        self.fields().get(tag)
    }

    /// As [`Fields::get_str`], over all fields.
    #[must_use]
    pub fn get_str(self, tag: Tag) -> Option<&'b str> {
        self.fields().get_str(tag)
    }

    /// As [`Fields::get_uint`], over all fields.
    #[must_use]
    pub fn get_uint(self, tag: Tag) -> Option<u64> {
        self.fields().get_uint(tag)
    }

    /// As [`Fields::get_int`], over all fields.
    #[must_use]
    pub fn get_int(self, tag: Tag) -> Option<i64> {
        self.fields().get_int(tag)
    }

    /// As [`Fields::get_decimal`], over all fields.
    #[must_use]
    pub fn get_decimal(self, tag: Tag) -> Option<Decimal> {
        self.fields().get_decimal(tag)
    }

    /// As [`Fields::get_time`], over all fields.
    #[must_use]
    pub fn get_time(self, tag: Tag) -> Option<UtcTime> {
        self.fields().get_time(tag)
    }

    /// As [`Fields::get_bool`], over all fields.
    #[must_use]
    pub fn get_bool(self, tag: Tag) -> Option<bool> {
        self.fields().get_bool(tag)
    }

    /// As [`Fields::get_char`], over all fields.
    #[must_use]
    pub fn get_char(self, tag: Tag) -> Option<u8> {
        self.fields().get_char(tag)
    }

    /// As [`Fields::group`], over all fields.
    #[must_use]
    pub fn group(self, count_tag: Tag, members: &[Tag]) -> Option<Group<'b>> {
        self.fields().group(count_tag, members)
    }

    fn part(self, start: u32, end: u32) -> &'b [u8] {
        self.bytes.get(start as usize..end as usize).unwrap_or_default()
    }
}

/// As [`Pretty`] prints it: `|` between the fields, secrets left out.
impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Pretty(self.bytes), f)
    }
}

impl fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Facts {
    /// MsgSeqNum(34) of the message.
    #[must_use]
    pub const fn msg_seq_num(self) -> u64 {
        self.seq
    }

    /// The view of the message with these facts.
    ///
    /// `bytes` must be those that the facts were read from; with others, the view reads
    /// whatever stands there.
    #[must_use]
    pub const fn view(self, bytes: &[u8]) -> Message<'_> {
        Message { bytes, facts: self }
    }
}

/// An offset into a message; a frame has at most `u32::MAX` bytes.
pub(super) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString as _;

    use super::*;
    use crate::wire::{DefectKind, from_text};

    #[test]
    fn header_body_and_trailer_are_told_apart() {
        let bytes = from_text("8=FIX.4.4|35=D|49=A|627=1|628=HUB|34=7|11=x|55=y|93=3|89=abc|");
        let message = Message::parse(&bytes).unwrap();
        assert_eq!(message.header().to_string(), "8=FIX.4.4|9=51|35=D|49=A|627=1|628=HUB|34=7|");
        assert_eq!(message.body().to_string(), "11=x|55=y|");
        assert_eq!(message.fields().as_bytes(), bytes);
        assert_eq!(
            message.behind_msg_type().to_string(),
            "49=A|627=1|628=HUB|34=7|11=x|55=y|93=3|89=abc|"
        );
        assert_eq!(message.get(Tag::SIGNATURE), Some(&b"abc"[..]));
        assert!(message.get(Tag::CHECK_SUM).is_some());
    }

    #[test]
    fn a_message_may_have_no_body() {
        let bytes = from_text("8=FIX.4.4|35=0|34=7|");
        let message = Message::parse(&bytes).unwrap();
        assert!(message.body().is_empty());
        assert_eq!(message.header().to_string(), "8=FIX.4.4|9=10|35=0|34=7|");
        let signed = from_text("8=FIX.4.4|35=0|34=7|93=1|89=x|");
        let message = Message::parse(&signed).unwrap();
        assert!(message.body().is_empty());
        assert_eq!(message.header().to_string(), "8=FIX.4.4|9=20|35=0|34=7|");
    }

    #[test]
    fn msg_types_have_their_kinds() {
        for (msg_type, kind) in [
            ("0", MsgKind::Heartbeat),
            ("1", MsgKind::TestRequest),
            ("2", MsgKind::ResendRequest),
            ("3", MsgKind::Reject),
            ("4", MsgKind::SequenceReset),
            ("5", MsgKind::Logout),
            ("A", MsgKind::Logon),
        ] {
            let bytes = from_text(&format!("8=FIX.4.4|35={msg_type}|34=7|"));
            let message = Message::parse(&bytes).unwrap();
            assert_eq!((message.kind(), message.is_admin()), (kind, true));
            assert_eq!(message.msg_type(), msg_type.as_bytes());
        }
        for msg_type in ["D", "n", "h", "j", "6", "a", "00", "AA", "AE", "U1"] {
            let bytes = from_text(&format!("8=FIX.4.4|35={msg_type}|34=7|"));
            let message = Message::parse(&bytes).unwrap();
            assert_eq!((message.kind(), message.is_admin()), (MsgKind::Application, false));
            assert_eq!(message.msg_type(), msg_type.as_bytes());
        }
    }

    #[test]
    fn bytes_that_are_not_exactly_one_message_are_told_why() {
        let whole = from_text("8=FIX.4.4|35=0|34=7|");
        let twice = [&whole[..], &whole[..]].concat();
        assert_eq!(Message::parse(&twice), Err(ParseError::NotOneMessage));
        assert_eq!(Message::parse(b"x"), Err(ParseError::NotOneMessage));
        for len in 0..whole.len() {
            assert_eq!(Message::parse(&whole[..len]), Err(ParseError::Incomplete), "{len}");
        }
        let wrong_sum = from_text("8=FIX.4.4|35=0|34=7|10=000|");
        assert_eq!(Message::parse(&wrong_sum), Err(ParseError::Garbled(Garbled::CheckSumWrong)));
        let stray = from_text("8=FIX.4.4|35=0|34=7|x|");
        assert_eq!(Message::parse(&stray), Err(ParseError::Garbled(Garbled::StrayToken)));
        let empty = from_text("8=FIX.4.4|35=0|34=|");
        let defect = Defect { tag: Some(34), kind: DefectKind::EmptyValue };
        assert_eq!(Message::parse(&empty), Err(ParseError::Defect(defect)));
    }

    #[test]
    fn a_view_is_rebuilt_from_its_facts() {
        let bytes = from_text("8=FIXT.1.1|35=D|34=7|43=Y|11=x|");
        let message = Message::parse(&bytes).unwrap();
        let copy = bytes.clone();
        assert_eq!(message.facts().view(&copy), message);
        assert_eq!(message.begin_string(), b"FIXT.1.1");
    }

    #[test]
    fn a_view_of_other_bytes_reads_what_is_there() {
        let bytes = from_text("8=FIX.4.4|35=D|34=7|11=x|");
        let facts = Message::parse(&bytes).unwrap().facts();
        for other in [&b""[..], b"8", b"95=3\x0196=", b"\x01\x01\x01\x01\x01\x01\x01\x01\x01"] {
            let message = facts.view(other);
            assert_eq!(message.get(Tag::CL_ORD_ID), None);
            assert!(message.body().iter().count() + message.header().iter().count() < 3);
            assert!(message.msg_type().len() <= other.len());
            assert!(message.begin_string().len() <= other.len());
        }
    }

    #[test]
    fn a_view_is_small_enough_to_be_handed_around() {
        assert!(size_of::<Message<'_>>() <= 64, "{}", size_of::<Message<'_>>());
    }

    #[test]
    fn secrets_are_not_printed() {
        let logon = from_text("8=FIX.4.4|35=A|34=1|95=4|96=pass|554=pass|925=pass|");
        let printed = format!("{:?}", Message::parse(&logon).unwrap());
        assert!(printed.contains("|95=4|96=***|554=***|925=***|"), "{printed}");
        let news = from_text("8=FIX.4.4|35=B|34=1|95=4|96=news|");
        let printed = Message::parse(&news).unwrap().to_string();
        assert!(printed.contains("|95=4|96=news|"), "{printed}");
    }
}
