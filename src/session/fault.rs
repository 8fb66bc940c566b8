//! Every way in which a peer can be wrong, and what is done about it.
//!
//! This is the one table from fault to answer; the gate decides that there is a fault, the steps
//! that follow look only here.

use core::fmt;

use super::logout::{NEXT_EXPECTED_TOO_HIGH, SEQ_NUM_TOO_LOW};
use crate::dictionary::{Check, Violation};
use crate::wire::{Defect, DefectKind, Garbled, SeqNum, Tag};

/// Something the peer did wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Fault {
    /// The frame cannot be trusted; it is ignored and not counted.
    Garbled(Garbled),
    /// More garbled frames on one connection than the configuration allows.
    TooManyGarbled,
    /// BodyLength(9) announces more than the largest accepted message.
    MessageTooLong {
        /// The declared BodyLength.
        declared: u64,
    },
    /// The message has more fields than the configuration allows.
    TooManyFields,
    /// BeginString(8) is that of another version.
    BeginString,
    /// MsgSeqNum(34) is missing, or not a positive number.
    NoMsgSeqNum,
    /// MsgSeqNum(34) is lower than expected, and the message is not a repetition.
    MsgSeqNumTooLow {
        /// The next expected number.
        expected: SeqNum,
        /// What came.
        received: u64,
    },
    /// A number is too far ahead to be true, or beyond what can be counted.
    SeqNumJump {
        /// The field: 34 or 36.
        tag: Tag,
        /// Its value.
        received: u64,
    },
    /// SenderCompID(49) or TargetCompID(56) is not that of this session.
    CompId(Tag),
    /// OnBehalfOfCompID(115) or DeliverToCompID(128) is not one that was agreed on.
    ThirdParty(Tag),
    /// A session message states an application version with this field.
    VersionOfSessionMessage(Tag),
    /// SendingTime(52) is too far from our clock.
    SendingTime,
    /// A repetition whose OrigSendingTime(122) is later than its SendingTime(52).
    OrigSendingTime {
        /// Whether it ends the connection.
        fatal: bool,
    },
    /// A header field that the gate needs has no value.
    EmptyValue(Tag),
    /// A required field is missing.
    RequiredTagMissing(Tag),
    /// A field has a value that is not allowed here.
    IncorrectValue(Tag),
    /// A value does not have the form of its data type.
    IncorrectFormat(Tag),
    /// A field-level defect found by the scan of the whole message.
    Field(Defect),
    /// The message breaks a rule of its dictionary.
    Dictionary(Violation),
    /// NewSeqNo(36) would lower the expected number.
    NewSeqNoTooLow {
        /// Its value.
        new: u64,
        /// Whether in a gap fill rather than a Reset.
        gap_fill: bool,
    },
    /// A ResendRequest for numbers that were never sent, or a reversed range.
    ResendRange(Tag),
    /// The peer asks for the same messages again and again.
    ResendRequestLoop,
    /// The first message is not a Logon.
    NotLogon,
    /// A Logon with PossDupFlag(43)=Y opens no session.
    LogonRepeated,
    /// A Logon on an established session that does not ask for a reset.
    LogonWhileLoggedOn,
    /// HeartBtInt(108) is missing, malformed or outside what the configuration accepts.
    HeartBtInt {
        /// The lowest accepted number of seconds.
        min: u32,
        /// The highest.
        max: u32,
    },
    /// EncryptMethod(98) is not 0.
    EncryptMethod {
        /// Its value, if that is a number.
        method: Option<u64>,
    },
    /// MaxMessageSize(383) leaves no room for what must be sent.
    MaxMessageSize {
        /// Its value.
        size: usize,
        /// The least that must fit.
        needed: usize,
    },
    /// NextExpectedMsgSeqNum(789) asks for messages that were never sent.
    NextExpectedTooHigh {
        /// Our next number.
        expected: SeqNum,
        /// What came.
        received: SeqNum,
    },
    /// A reset that the configuration does not permit.
    ResetNotPermitted,
    /// ResetSeqNumFlag(141)=Y on a Logon that is not number 1.
    ResetNotOne,
    /// The answer to our reset lacks ResetSeqNumFlag(141)=Y.
    ResetNotAnswered,
    /// More resets in session within a minute than the configuration allows.
    TooManyResets,
    /// Something other than the answer to our reset, where the configuration is strict.
    ResetInterrupted,
}

/// What the session does about a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Response {
    /// Nothing goes out, nothing is counted.
    Ignore,
    /// A Reject, and the number is used up; the session stays up. But for a SequenceReset, which does
    /// nothing when it is rejected (S-GAP-06, S-GAP-10).
    Reject { with: Rejection },
    /// A Reject, then a Logout.
    RejectAndLogout { with: Rejection, counted: Counted },
    /// A BusinessMessageReject of conditionally required fields, or a Reject where the version has
    /// none; the session stays up.
    BusinessReject { with: Rejection },
    /// A Logout with the reason; then its answer, or a short wait, ends the connection.
    Logout { counted: Counted },
}

impl Response {
    /// Whether a Reject goes out before the Logout.
    pub(super) const fn rejects(self) -> bool {
        matches!(self, Self::RejectAndLogout { .. })
    }

    /// Whether it ends the connection.
    pub(super) const fn ends(self) -> bool {
        matches!(self, Self::RejectAndLogout { .. } | Self::Logout { .. })
    }
}

/// Whether the offending message uses up its number when it is the expected one (S-VAL-02).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    Yes,
    No,
}

/// SessionRejectReason(373) and RefTagID(371).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rejection {
    pub(super) reason: u16,
    pub(super) tag: Option<i64>,
}

impl Rejection {
    const fn new(reason: u16, tag: Tag) -> Self {
        Self { reason, tag: Some(tag.get() as i64) }
    }
}

impl Fault {
    /// What an established session does about it.
    pub(super) const fn response(self) -> Response {
        use Counted::{No, Yes};
        match self {
            Self::Garbled(_) => Response::Ignore,
            Self::CompId(tag) => {
                Response::RejectAndLogout { with: Rejection::new(9, tag), counted: Yes }
            }
            Self::ThirdParty(tag) => Response::Reject { with: Rejection::new(9, tag) },
            Self::VersionOfSessionMessage(tag) => Response::Reject { with: Rejection::new(2, tag) },
            Self::SendingTime => Response::RejectAndLogout {
                with: Rejection::new(10, Tag::SENDING_TIME),
                counted: Yes,
            },
            Self::OrigSendingTime { fatal } => {
                let with = Rejection::new(10, Tag::ORIG_SENDING_TIME);
                if fatal {
                    Response::RejectAndLogout { with, counted: Yes }
                } else {
                    Response::Reject { with }
                }
            }
            Self::RequiredTagMissing(tag) => Response::Reject { with: Rejection::new(1, tag) },
            Self::EmptyValue(tag) => Response::Reject { with: Rejection::new(4, tag) },
            Self::IncorrectValue(tag) | Self::ResendRange(tag) => {
                Response::Reject { with: Rejection::new(5, tag) }
            }
            Self::IncorrectFormat(tag) => Response::Reject { with: Rejection::new(6, tag) },
            Self::NewSeqNoTooLow { .. } => {
                Response::Reject { with: Rejection::new(5, Tag::NEW_SEQ_NO) }
            }
            Self::Field(defect) => {
                let reason = match defect.kind {
                    DefectKind::InvalidTag => 0,
                    DefectKind::EmptyValue => 4,
                    DefectKind::Repeated => 13,
                    DefectKind::Misplaced => 14,
                    DefectKind::TooManyFields => return Response::Logout { counted: No },
                };
                Response::Reject { with: Rejection { reason, tag: defect.tag } }
            }
            Self::Dictionary(violation) => by_dictionary(violation),
            Self::BeginString => Response::Logout { counted: Yes },
            Self::TooManyGarbled
            | Self::MessageTooLong { .. }
            | Self::TooManyFields
            | Self::NoMsgSeqNum
            | Self::MsgSeqNumTooLow { .. }
            | Self::SeqNumJump { .. }
            | Self::ResendRequestLoop
            | Self::NotLogon
            | Self::LogonRepeated
            | Self::LogonWhileLoggedOn
            | Self::HeartBtInt { .. }
            | Self::EncryptMethod { .. }
            | Self::MaxMessageSize { .. }
            | Self::NextExpectedTooHigh { .. }
            | Self::ResetNotPermitted
            | Self::ResetNotOne
            | Self::ResetNotAnswered
            | Self::TooManyResets
            | Self::ResetInterrupted => Response::Logout { counted: No },
        }
    }

    /// The rule that was broken, by its id in [`rules`](crate::rules), and the official test case
    /// where there is one.
    pub const fn rule(self) -> &'static str {
        match self {
            Self::Garbled(garbled) => garbled.rule(),
            Self::TooManyGarbled => "S-FRAME-14",
            Self::MessageTooLong { .. } => "S-FRAME-19",
            Self::TooManyFields => DefectKind::TooManyFields.rule(),
            Self::BeginString => "S-ID-04 (2.i)",
            Self::NoMsgSeqNum => "S-SEQ-03",
            Self::MsgSeqNumTooLow { .. } => "S-SEQ-07 (2.c)",
            Self::SeqNumJump { .. } => "S-SEQ-12",
            Self::CompId(_) => "S-ID-02 (2.k)",
            Self::ThirdParty(_) => "S-ID-06 (18.b)",
            Self::VersionOfSessionMessage(_) => "S-FIXT-06",
            Self::SendingTime => "S-TIME-02 (2.o)",
            Self::OrigSendingTime { .. } => "S-PD-03 (2.f)",
            Self::RequiredTagMissing(tag) => {
                if tag.get() == Tag::ORIG_SENDING_TIME.get() {
                    "S-PD-02 (2.g)"
                } else if tag.get() == Tag::NEW_SEQ_NO.get() {
                    "S-GAP-10"
                } else {
                    "S-VAL-30 (14.b)"
                }
            }
            Self::EmptyValue(_) => DefectKind::EmptyValue.rule(),
            Self::IncorrectValue(_) => "S-VAL-30 (14.e)",
            Self::IncorrectFormat(_) => "S-VAL-33 (14.f)",
            Self::Field(defect) => defect.kind.rule(),
            Self::Dictionary(violation) => violation.check.rule(),
            Self::NewSeqNoTooLow { gap_fill: true, .. } => "S-GAP-05 (10.e)",
            Self::NewSeqNoTooLow { gap_fill: false, .. } => "S-RST-04 (11.c)",
            Self::ResendRange(_) => "S-RSND-09",
            Self::ResendRequestLoop => "S-RSND-01",
            Self::NotLogon => "S-LOGON-23 (1B.e, 2S)",
            Self::LogonRepeated => "S-LOGON-29",
            Self::LogonWhileLoggedOn => "S-LOGON-27",
            Self::HeartBtInt { .. } => "S-LOGON-06",
            Self::EncryptMethod { .. } => "S-LOGON-09 (17.b)",
            Self::MaxMessageSize { .. } => "S-LOGON-16",
            Self::NextExpectedTooHigh { .. } => "S-789-03",
            Self::ResetNotPermitted => "S-RESET-05",
            Self::ResetNotOne => "S-RESET-08",
            Self::ResetNotAnswered => "S-RESET-09",
            Self::TooManyResets => "INV-18",
            Self::ResetInterrupted => "S-RESET-07",
        }
    }

    /// Whether a Reject of it has a RefTagID(371) even where that is left out for what no field is
    /// wrong in but the message as a whole (D-28).
    pub(super) const fn has_ref_tag_id(self) -> bool {
        !matches!(
            self,
            Self::CompId(_)
                | Self::SendingTime
                | Self::OrigSendingTime { .. }
                | Self::NewSeqNoTooLow { .. }
                | Self::Dictionary(Violation { check: Check::UnknownMsgType, .. })
        )
    }

    /// Whether it is the content of a Logon, or a Logon where none may be, rather than its number.
    pub(super) const fn is_wrong_logon(self, established: bool) -> bool {
        let is_number = matches!(
            self,
            Self::MsgSeqNumTooLow { .. }
                | Self::SeqNumJump { .. }
                | Self::NextExpectedTooHigh { .. }
                | Self::ResetNotPermitted
                | Self::ResetNotOne
                | Self::ResetNotAnswered
        );
        if established { matches!(self, Self::LogonWhileLoggedOn) } else { !is_number }
    }

    /// SessionStatus(1409) of the Logout that answers this (S-OUT-13).
    pub(super) const fn session_status(self) -> Option<u16> {
        if matches!(self, Self::MsgSeqNumTooLow { .. }) {
            Some(SEQ_NUM_TOO_LOW)
        } else if matches!(self, Self::NextExpectedTooHigh { .. }) {
            Some(NEXT_EXPECTED_TOO_HIGH)
        } else {
            None
        }
    }

    /// Whether it is doubtful that the message is the peer's at all; such a message is no sign of
    /// life (HB-14).
    pub(super) const fn is_identity(self) -> bool {
        matches!(
            self,
            Self::Garbled(_)
                | Self::BeginString
                | Self::NoMsgSeqNum
                | Self::CompId(_)
                | Self::RequiredTagMissing(Tag::SENDER_COMP_ID | Tag::TARGET_COMP_ID)
                | Self::EmptyValue(Tag::SENDER_COMP_ID | Tag::TARGET_COMP_ID)
        )
    }
}

/// What the session does about a broken rule of a dictionary.
const fn by_dictionary(violation: Violation) -> Response {
    let tag = match violation.tag {
        Some(tag) => Some(tag.get() as i64),
        None => None,
    };
    match violation.check.reason() {
        Some(reason) => Response::Reject { with: Rejection { reason, tag } },
        None => Response::BusinessReject { with: Rejection { reason: 1, tag } },
    }
}

/// What a dictionary would say of it, in the standard's words.
const fn by(check: Check, tag: Tag) -> Violation {
    Violation { check, tag: Some(tag) }
}

impl fmt::Display for Fault {
    /// The words that go into Text(58); never anything that the peer sent but numbers.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Garbled(garbled) => write!(f, "Garbled message: {garbled}"),
            Self::TooManyGarbled => f.write_str("Too many garbled messages"),
            Self::MessageTooLong { declared } => {
                write!(f, "BodyLength(9) = {declared} exceeds the maximum message size")
            }
            Self::TooManyFields => f.write_str("Too many fields"),
            Self::BeginString => f.write_str("Incorrect BeginString"),
            Self::NoMsgSeqNum => f.write_str("Required tag missing: MsgSeqNum(34)"),
            Self::MsgSeqNumTooLow { expected, received } => {
                write!(f, "MsgSeqNum too low, expecting {expected} but received {received}")
            }
            Self::SeqNumJump { tag, received } => {
                write!(f, "Sequence number {received} in tag {tag} is too far ahead")
            }
            Self::CompId(tag) | Self::ThirdParty(tag) => write!(f, "CompID problem ({tag})"),
            Self::VersionOfSessionMessage(tag) => by(Check::TagNotInMessage, *tag).fmt(f),
            Self::SendingTime => f.write_str("SendingTime accuracy problem"),
            Self::OrigSendingTime { .. } => {
                f.write_str("OrigSendingTime(122) is after SendingTime(52)")
            }
            Self::EmptyValue(tag) => by(Check::EmptyValue, *tag).fmt(f),
            Self::RequiredTagMissing(tag) => by(Check::RequiredTagMissing, *tag).fmt(f),
            Self::IncorrectValue(tag) | Self::ResendRange(tag) => {
                by(Check::IncorrectValue, *tag).fmt(f)
            }
            Self::IncorrectFormat(tag) => by(Check::IncorrectFormat, *tag).fmt(f),
            Self::Field(defect) => {
                f.write_str(match defect.kind {
                    DefectKind::InvalidTag => Check::UnknownTag.words(),
                    DefectKind::EmptyValue => Check::EmptyValue.words(),
                    DefectKind::Repeated => Check::Repeated.words(),
                    DefectKind::Misplaced => Check::OutOfOrder.words(),
                    DefectKind::TooManyFields => "Too many fields",
                })?;
                defect.tag.map_or(Ok(()), |tag| write!(f, " ({tag})"))
            }
            Self::Dictionary(violation) => violation.fmt(f),
            Self::NewSeqNoTooLow { new, gap_fill: true } => {
                write!(f, "attempt to lower sequence number, invalid value NewSeqNo(36)={new}")
            }
            Self::NewSeqNoTooLow { gap_fill: false, .. } => {
                by(Check::IncorrectValue, Tag::NEW_SEQ_NO).fmt(f)
            }
            Self::ResendRequestLoop => {
                f.write_str("The same messages were requested again and again")
            }
            Self::NotLogon => f.write_str("First message not a Logon"),
            Self::LogonRepeated => f.write_str("A Logon cannot be a repetition"),
            Self::LogonWhileLoggedOn => f.write_str("Already logged on"),
            Self::HeartBtInt { min, max } if min == max => {
                write!(f, "Invalid HeartBtInt(108), expected value {min} seconds")
            }
            Self::HeartBtInt { min, max } => {
                write!(f, "Invalid HeartBtInt(108), expected value between {min} and {max} seconds")
            }
            Self::EncryptMethod { method: Some(method) } => {
                write!(f, "Unsupported EncryptMethod(98) = {method}, expected 0")
            }
            Self::EncryptMethod { method: None } => {
                f.write_str("Unsupported EncryptMethod(98), expected 0")
            }
            Self::MaxMessageSize { size, needed } => {
                write!(f, "MaxMessageSize(383) = {size} < required message size {needed}")
            }
            Self::NextExpectedTooHigh { expected, received } => write!(
                f,
                "Tag 789 (NextExpectedMsgSeqNum) is higher than expected. Expected {expected}, \
                 Received {received}"
            ),
            Self::ResetNotPermitted => f.write_str("ResetSeqNumFlag(141)=Y is not permitted"),
            Self::ResetNotOne => f.write_str("ResetSeqNumFlag(141)=Y requires MsgSeqNum(34)=1"),
            Self::ResetNotAnswered => {
                f.write_str("Expected a Logon with ResetSeqNumFlag(141)=Y and MsgSeqNum(34)=1")
            }
            Self::TooManyResets => f.write_str("Too many resets"),
            Self::ResetInterrupted => f.write_str("Expected the answer to our reset"),
        }
    }
}
