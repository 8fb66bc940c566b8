//! What a specification must not say.

use alloc::format;
use alloc::string::String;
use core::fmt;

use super::places::Thing;

/// What is wrong with a [`Spec`](super::Spec), or odd about it. Each names the thing and the cure.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpecError {
    /// Tag 0 is no tag.
    NoTag {
        /// The field.
        name: String,
    },
    /// Two fields have one tag.
    DuplicateTag {
        /// The tag.
        tag: u32,
        /// The name of one.
        first: String,
        /// The name of the other.
        second: String,
    },
    /// Two components have one name.
    DuplicateComponent {
        /// The name.
        name: String,
    },
    /// Two messages have one MsgType(35).
    DuplicateMessage {
        /// The MsgType.
        msg_type: String,
    },
    /// A MsgType that cannot be a value.
    NoMsgType {
        /// The message.
        name: String,
    },
    /// An enumerated value that cannot be a value.
    NoValue {
        /// The field.
        tag: u32,
    },
    /// A member whose field is not defined.
    UnknownField {
        /// The tag.
        tag: u32,
        /// The message, component or group.
        within: String,
    },
    /// A member that names a component that is not defined.
    UnknownComponent {
        /// The component.
        name: String,
        /// The message, component or group.
        within: String,
    },
    /// A component that contains itself.
    Cycle {
        /// The component.
        name: String,
    },
    /// A tag that stands twice on one level.
    RepeatedMember {
        /// The tag.
        tag: u32,
        /// The message or group.
        within: String,
    },
    /// A group whose entries consist of nothing.
    EmptyGroup {
        /// The tag of its NumInGroup field.
        tag: u32,
        /// The message, component or group around it.
        within: String,
    },
    /// A group whose counting field does not count.
    NotACount {
        /// The tag of its NumInGroup field.
        tag: u32,
        /// The message, component or group around it.
        within: String,
    },
    /// A data field without the field that counts its bytes before it.
    DataWithoutLength {
        /// The data field.
        tag: u32,
        /// The message or group.
        within: String,
    },
    /// Groups within groups beyond [`Dictionary::DEPTH_MAX`](super::Dictionary::DEPTH_MAX), or
    /// components within components beyond 64.
    TooDeep {
        /// The message, component or group.
        within: String,
    },
    /// More than the tables can hold.
    TooLarge {
        /// What is too large.
        what: String,
    },
}

impl SpecError {
    /// The thing, and what is wrong with it.
    pub(super) fn subject(&self) -> String {
        match self {
            Self::NoTag { name } => format!("field {name} has tag 0, which is no tag"),
            Self::DuplicateTag { tag, first, second } => {
                format!("tag {tag} is defined twice, as {first} and as {second}")
            }
            Self::DuplicateComponent { name } => format!("component {name} is defined twice"),
            Self::DuplicateMessage { msg_type } => format!("MsgType {msg_type} is defined twice"),
            Self::NoMsgType { name } => {
                format!("message {name} has a MsgType that is empty or holds the delimiter")
            }
            Self::NoValue { tag } => {
                format!("an enumerated value of tag {tag} is empty or holds the delimiter")
            }
            Self::UnknownField { tag, within } => {
                format!("{within} has tag {tag}, which no field defines")
            }
            Self::UnknownComponent { name, within } => {
                format!("{within} has component {name}, which is not defined")
            }
            Self::Cycle { name } => format!("component {name} contains itself"),
            Self::RepeatedMember { tag, within } => format!("{within} has tag {tag} twice"),
            Self::EmptyGroup { tag, within } => format!("group {tag} of {within} has no members"),
            Self::NotACount { tag, within } => {
                format!("group {tag} of {within} is counted by a field that is no number")
            }
            Self::DataWithoutLength { tag, within } => {
                format!("data field {tag} of {within} has no length field before it")
            }
            Self::TooDeep { within } => format!("{within} is nested too deeply"),
            Self::TooLarge { what } => format!("{what} exceeds what a dictionary can hold"),
        }
    }

    /// What to do about it.
    pub(super) const fn cure(&self) -> &'static str {
        match self {
            Self::NoTag { .. } => "give it a number from 1 on",
            Self::DuplicateTag { .. }
            | Self::DuplicateComponent { .. }
            | Self::DuplicateMessage { .. }
            | Self::RepeatedMember { .. } => "take one out",
            Self::NoMsgType { .. } => "write what it is",
            Self::NoValue { .. } => "take it out",
            Self::UnknownField { .. } | Self::UnknownComponent { .. } => {
                "define it, or correct the name"
            }
            Self::Cycle { .. } => "break the circle",
            Self::EmptyGroup { .. } => "say what it repeats",
            Self::NotACount { .. } => "make it a NumInGroup",
            Self::DataWithoutLength { .. } => "put its length before it",
            Self::TooDeep { .. } => "nest less: 8 groups and 64 components are the limits",
            Self::TooLarge { .. } => "take out what nobody needs",
        }
    }

    /// What a dictionary makes of it; `None` if there is none that could.
    pub(super) const fn made_of_it(&self) -> Option<&'static str> {
        match self {
            Self::RepeatedMember { .. } => Some("the first stands, required where one of them is"),
            Self::NoValue { .. } => Some("no message can have it"),
            Self::EmptyGroup { .. } => Some("taken for a field, which repeats nothing"),
            Self::NotACount { .. } => Some("taken for a NumInGroup there"),
            Self::DataWithoutLength { .. } => Some("read as text there"),
            Self::NoTag { .. }
            | Self::DuplicateTag { .. }
            | Self::DuplicateComponent { .. }
            | Self::DuplicateMessage { .. }
            | Self::NoMsgType { .. }
            | Self::UnknownField { .. }
            | Self::UnknownComponent { .. }
            | Self::Cycle { .. }
            | Self::TooDeep { .. }
            | Self::TooLarge { .. } => None,
        }
    }
}

/// `group 453 of D has no members: say what it repeats`
impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.subject(), self.cure())
    }
}

impl core::error::Error for SpecError {}

/// What is wrong, or odd, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SpecFault {
    /// What has it.
    pub(super) owner: Thing,
    /// The member at fault.
    pub(super) tag: Option<u32>,
    pub(super) error: SpecError,
    /// What was made of it; `None` where nothing can be.
    pub(super) made_of_it: Option<&'static str>,
}

impl SpecFault {
    pub(super) fn new(owner: Thing, error: SpecError) -> Self {
        let tag = match &error {
            SpecError::UnknownField { tag, .. }
            | SpecError::RepeatedMember { tag, .. }
            | SpecError::EmptyGroup { tag, .. }
            | SpecError::NotACount { tag, .. }
            | SpecError::DataWithoutLength { tag, .. } => Some(*tag),
            // Values have no tags of their own.
            SpecError::NoValue { .. } => Some(0),
            SpecError::NoTag { .. }
            | SpecError::DuplicateTag { .. }
            | SpecError::DuplicateComponent { .. }
            | SpecError::DuplicateMessage { .. }
            | SpecError::NoMsgType { .. }
            | SpecError::UnknownComponent { .. }
            | SpecError::Cycle { .. }
            | SpecError::TooDeep { .. }
            | SpecError::TooLarge { .. } => None,
        };
        let made_of_it = error.made_of_it();
        Self { owner, tag, error, made_of_it }
    }
}
