//! What a specification must not say.

use alloc::string::String;

/// A [`Spec`](super::Spec) that makes no dictionary. Each error names what to look for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpecError {
    /// Tag 0 is no tag.
    #[error("field {name} has tag 0, which is no tag")]
    NoTag {
        /// The field.
        name: String,
    },
    /// Two fields have one tag.
    #[error("tag {tag} is defined twice, as {first} and as {second}")]
    DuplicateTag {
        /// The tag.
        tag: u32,
        /// The name of one.
        first: String,
        /// The name of the other.
        second: String,
    },
    /// Two components have one name.
    #[error("component {name} is defined twice")]
    DuplicateComponent {
        /// The name.
        name: String,
    },
    /// Two messages have one MsgType(35).
    #[error("MsgType {msg_type} is defined twice")]
    DuplicateMessage {
        /// The MsgType.
        msg_type: String,
    },
    /// A MsgType that cannot be a value.
    #[error("message {name} has a MsgType that is empty or holds the delimiter")]
    NoMsgType {
        /// The message.
        name: String,
    },
    /// An enumerated value that cannot be a value.
    #[error("an enumerated value of tag {tag} is empty or holds the delimiter")]
    NoValue {
        /// The field.
        tag: u32,
    },
    /// A member whose field is not defined.
    #[error("{within} has tag {tag}, which no field defines")]
    UnknownField {
        /// The tag.
        tag: u32,
        /// The message, component or group.
        within: String,
    },
    /// A member that names a component that is not defined.
    #[error("{within} has component {name}, which is not defined")]
    UnknownComponent {
        /// The component.
        name: String,
        /// The message, component or group.
        within: String,
    },
    /// A component that contains itself.
    #[error("component {name} contains itself")]
    Cycle {
        /// The component.
        name: String,
    },
    /// A tag that stands twice on one level.
    #[error("{within} has tag {tag} twice")]
    RepeatedMember {
        /// The tag.
        tag: u32,
        /// The message or group.
        within: String,
    },
    /// A group whose entries consist of nothing.
    #[error("group {tag} of {within} has no members")]
    EmptyGroup {
        /// The tag of its NumInGroup field.
        tag: u32,
        /// The message, component or group around it.
        within: String,
    },
    /// A group whose counting field does not count.
    #[error(
        "group {tag} of {within} is counted by a field that is no number: make it a NumInGroup"
    )]
    NotACount {
        /// The tag of its NumInGroup field.
        tag: u32,
        /// The message, component or group around it.
        within: String,
    },
    /// A data field without the field that counts its bytes before it.
    #[error("data field {tag} of {within} has no length field before it")]
    DataWithoutLength {
        /// The data field.
        tag: u32,
        /// The message or group.
        within: String,
    },
    /// Groups within groups beyond [`Dictionary::DEPTH_MAX`](super::Dictionary::DEPTH_MAX), or
    /// components within components beyond 64.
    #[error("{within} is nested too deeply")]
    TooDeep {
        /// The message, component or group.
        within: String,
    },
    /// More than the tables can hold.
    #[error("{what} exceeds what a dictionary can hold")]
    TooLarge {
        /// What is too large.
        what: String,
    },
}
