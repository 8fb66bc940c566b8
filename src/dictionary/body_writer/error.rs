//! Why a body cannot be written.

use alloc::boxed::Box;
use core::fmt;

use crate::wire::{FieldErrorKind, Tag};

/// A body, or a group, that the dictionary does not allow. Prints where, which field, and what to
/// do; never a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {field}{fault}")]
pub struct BodyError {
    fault: BodyFault,
    tag: Option<Tag>,
    /// `entry 2 of NoPartyIDs(453) in NewOrderSingle(D)`
    place: Box<str>,
    /// `PartyRole(452) `
    field: Box<str>,
}

impl BodyError {
    pub(super) fn new(
        fault: BodyFault,
        tag: Option<Tag>,
        place: impl Into<Box<str>>,
        field: impl Into<Box<str>>,
    ) -> Self {
        Self { fault, tag, place: place.into(), field: field.into() }
    }

    /// What is wrong.
    #[must_use]
    pub const fn fault(&self) -> BodyFault {
        self.fault
    }

    /// The field at fault, or the one that is missing.
    #[must_use]
    pub const fn tag(&self) -> Option<Tag> {
        self.tag
    }
}

/// What is wrong with a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BodyFault {
    /// The dictionary has no message of this MsgType(35).
    UnknownMessage,
    /// The message, or the group, does not have this field.
    NotAMember,
    /// The field counts a group and was put by hand.
    CountByHand,
    /// The field counts no group.
    NotAGroup,
    /// The field, or the group, is there twice.
    Repeated,
    /// The field is required, or what else is there makes it necessary.
    Missing,
    /// An entry does not have the field that every entry begins with.
    DelimiterMissing,
    /// The field must not be written so: an empty value, a delimiter in it, a length without its
    /// data.
    Field(FieldErrorKind),
    /// A group within this entry ends with an entry that could have this field, too, so that
    /// whoever reads the message takes it for that entry's.
    Ambiguous,
}

impl fmt::Display for BodyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownMessage => "is not in the dictionary: correct it, or lay an overlay over",
            Self::NotAMember => "does not belong there: take it out, or lay an overlay over",
            Self::CountByHand => "counts a group: give its entries with `group`",
            Self::NotAGroup => "counts no group: put its value",
            Self::Repeated => "is put twice: put it once",
            Self::Missing => "is required and missing",
            Self::DelimiterMissing => "begins every entry and is missing",
            Self::Field(kind) => return write!(f, "must not be written: {kind}"),
            Self::Ambiguous => {
                "would be read as a field of the group before it: give that group's last entry its own"
            }
        })
    }
}
