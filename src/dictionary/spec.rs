//! What a dictionary says, as its sources say it: names, members, values. Heap and plain lists;
//! it is built at start-up, changed by overlays, and compiled into a dictionary for use.

use alloc::string::String;
use alloc::vec::Vec;

use super::Datatype;

/// The fields, components and messages of one version of FIX, or of one venue.
///
/// Members name components, so that a component is written down once; nothing here is checked
/// before it is compiled.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Spec {
    /// What the dictionary is of, `FIX.4.4` or `FIXT.1.1`, for people and for what is composed.
    pub version: String,
    /// Every field, in any order.
    pub fields: Vec<FieldSpec>,
    /// Every component that a member may name.
    pub components: Vec<ComponentSpec>,
    /// The members of the StandardHeader.
    pub header: Vec<Member>,
    /// The members of the StandardTrailer.
    pub trailer: Vec<Member>,
    /// Every message.
    pub messages: Vec<MessageSpec>,
    /// When what an optional component or group requires must be there.
    pub requirements: Requirements,
}

/// When what an optional component, or an optional group, requires must be there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "sources have one meaning or the other")]
pub enum Requirements {
    /// Where the component or another of its members is, and in each entry of the group, as FIX
    /// means it.
    #[default]
    WhereUsed,
    /// Never: only what is required all the way down must be there, and what a component requires
    /// of a component within it. So QuickFIX C++ reads its dictionaries, and so are they meant.
    WithoutCondition,
}

impl Spec {
    /// Whether it says nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
            && self.messages.is_empty()
            && self.components.is_empty()
            && self.header.is_empty()
            && self.trailer.is_empty()
    }
}

/// One field: its tag, its name, its type, its values.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FieldSpec {
    /// The tag.
    pub tag: u32,
    /// `OrdType`.
    pub name: String,
    /// What its value looks like.
    pub datatype: Datatype,
    /// The values it may have, in the order of the source; empty if it may have any.
    pub values: Vec<ValueSpec>,
    /// Whether it may have other values than `values` too, as far as its type allows: IOIQty is
    /// `S`, `M`, `L` or a quantity, a reject reason from 100 on is the venue's own.
    pub open: bool,
}

/// One value of an enumerated field.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ValueSpec {
    /// As it stands in a message: `2`.
    pub value: String,
    /// What it means, as a name: `LIMIT`.
    pub name: String,
}

/// A named list of members that others include.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ComponentSpec {
    /// `Instrument`.
    pub name: String,
    /// What it consists of.
    pub members: Vec<Member>,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MessageSpec {
    /// The value of MsgType (35).
    pub msg_type: String,
    /// `NewOrderSingle`.
    pub name: String,
    /// Whether it belongs to the session layer.
    pub admin: bool,
    /// Its body.
    pub members: Vec<Member>,
}

/// One member of a message, a component, a group, the header or the trailer, in order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Member {
    /// A field.
    Field {
        /// Its tag.
        tag: u32,
        /// Whether it must be there.
        required: bool,
    },
    /// A repeating group. Its first member, through components, is the delimiter.
    Group {
        /// The tag of its NumInGroup field.
        tag: u32,
        /// Whether the NumInGroup field must be there.
        required: bool,
        /// What one entry consists of.
        members: Vec<Self>,
    },
    /// All members of a component. What is required in it is required only where the component is
    /// required, or where another of its members is there.
    Component {
        /// Its name.
        name: String,
        /// Whether it must be there.
        required: bool,
    },
}
