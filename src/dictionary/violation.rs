//! What a message can do that its dictionary forbids.

use core::fmt;

use crate::wire::Tag;

/// A message breaks a rule of its dictionary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Violation {
    /// Which rule.
    pub check: Check,
    /// The field at fault, or the one that is missing.
    pub tag: Option<Tag>,
}

/// What a dictionary checks. Each has its switch in a [`Policy`](super::Policy).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Check {
    /// No field has this tag, and it is no user-defined one (14.a).
    UnknownTag,
    /// No field has this tag, which is of the range for user-defined ones (S-VAL-34).
    UserDefinedTag,
    /// A required field is missing (14.b).
    RequiredTagMissing,
    /// The message does not have this field (14.c).
    TagNotInMessage,
    /// The field has no value (14.d).
    EmptyValue,
    /// The value is none of those enumerated (14.e).
    IncorrectValue,
    /// The value does not have the form of its data type, nor one that is in use for it (14.f).
    IncorrectFormat,
    /// The value has a form that the standard does not give to its data type, but that is in use:
    /// `GBp` or `USDT` for a Currency, days in a MonthYear of FIX.4.2, fractions of seconds in
    /// FIX.4.1. Nothing else depends on this: turn it on to hold formats alone to the letter.
    LooseFormat,
    /// A data field does not directly follow its length, or is not of that length; a length other
    /// than 0 has no data.
    DataLength,
    /// There is no message of this MsgType(35) (2.q).
    UnknownMsgType,
    /// The field stands twice (14.h).
    Repeated,
    /// Header, body and trailer are not one behind the other (14.g).
    OutOfOrder,
    /// An entry of a group does not begin with its delimiter, or its fields are not in their
    /// order (14.j). Where this is not rejected, any member may begin an entry: one that the entry
    /// has already begins the next, as far as the group counts more. Groups are
    /// [read](super::EntryFields::group) by their delimiters all the same.
    GroupOrder,
    /// A group has not as many entries as it says (14.i).
    GroupCount,
    /// No dictionary is known for the application version of the message (S-FIXT-07).
    ApplVersion,
    /// A field is missing that what else is in the message makes necessary (14.m).
    ConditionallyRequired,
}

impl Check {
    /// Every check.
    pub const ALL: [Self; 16] = [
        Self::UnknownTag,
        Self::UserDefinedTag,
        Self::RequiredTagMissing,
        Self::TagNotInMessage,
        Self::EmptyValue,
        Self::IncorrectValue,
        Self::IncorrectFormat,
        Self::LooseFormat,
        Self::DataLength,
        Self::UnknownMsgType,
        Self::Repeated,
        Self::OutOfOrder,
        Self::GroupOrder,
        Self::GroupCount,
        Self::ApplVersion,
        Self::ConditionallyRequired,
    ];

    /// SessionRejectReason(373), or `None` where a business reject answers (S-VAL-24).
    #[must_use]
    pub const fn reason(self) -> Option<u16> {
        Some(match self {
            Self::UnknownTag | Self::UserDefinedTag => 0,
            Self::RequiredTagMissing => 1,
            Self::TagNotInMessage => 2,
            Self::EmptyValue => 4,
            Self::IncorrectValue | Self::DataLength => 5,
            Self::IncorrectFormat | Self::LooseFormat => 6,
            Self::UnknownMsgType => 11,
            Self::Repeated => 13,
            Self::OutOfOrder => 14,
            Self::GroupOrder => 15,
            Self::GroupCount => 16,
            Self::ApplVersion => 18,
            Self::ConditionallyRequired => return None,
        })
    }

    /// The rule, by its id in [`rules`](crate::rules), and the official test case where there is one.
    #[must_use]
    pub const fn rule(self) -> &'static str {
        match self {
            Self::UnknownTag => "S-VAL-30 (14.a)",
            Self::UserDefinedTag => "S-VAL-34 (14.a)",
            Self::RequiredTagMissing => "S-VAL-30 (14.b)",
            Self::TagNotInMessage => "S-VAL-30 (14.c)",
            Self::EmptyValue => "S-FRAME-20 (14.d)",
            Self::IncorrectValue => "S-VAL-30 (14.e)",
            Self::IncorrectFormat | Self::LooseFormat => "S-VAL-33 (14.f)",
            Self::DataLength => "S-FRAME-07",
            Self::UnknownMsgType => "S-VAL-35 (2.q)",
            Self::Repeated => "S-VAL-30 (14.h)",
            Self::OutOfOrder => "S-VAL-31 (14.g)",
            Self::GroupOrder => "S-VAL-31 (14.j)",
            Self::GroupCount => "S-VAL-32 (14.i)",
            Self::ApplVersion => "S-FIXT-07",
            Self::ConditionallyRequired => "S-VAL-24 (14.m)",
        }
    }

    /// What the check looks at, as a word for settings and reports.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::UnknownTag | Self::UserDefinedTag => "Invalid tag number",
            Self::RequiredTagMissing => "Required tag missing",
            Self::TagNotInMessage => "Tag not defined for this message type",
            Self::EmptyValue => "Tag specified without a value",
            Self::IncorrectValue => "Value is incorrect (out of range) for this tag",
            Self::IncorrectFormat | Self::LooseFormat => "Incorrect data format for value",
            Self::DataLength => "Data field and its length do not belong together",
            Self::UnknownMsgType => "Invalid MsgType",
            Self::Repeated => "Tag appears more than once",
            Self::OutOfOrder => "Tag specified out of required order",
            Self::GroupOrder => "Repeating group fields out of order",
            Self::GroupCount => "Incorrect NumInGroup count for repeating group",
            Self::ApplVersion => "Unsupported application version",
            Self::ConditionallyRequired => "Conditionally required field missing",
        }
    }
}

impl Check {
    /// Whether it is about a value as such, not about where fields stand.
    pub(super) const fn is_of_values(self) -> bool {
        matches!(
            self,
            Self::EmptyValue | Self::IncorrectValue | Self::IncorrectFormat | Self::LooseFormat
        )
    }
}

/// The words that go into Text(58), with the tag, which is all that FIX.4.0 and 4.1 have to tell
/// it (S-VAL-04).
impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.check.words())?;
        match self.tag {
            Some(tag) if self.check != Check::UnknownMsgType => write!(f, " ({tag})"),
            Some(_) | None => Ok(()),
        }
    }
}
