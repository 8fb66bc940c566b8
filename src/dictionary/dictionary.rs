//! What is compiled from a specification, ready for use.

use alloc::boxed::Box;
use core::fmt;
use core::hash::{Hash, Hasher};

use super::Datatype;
use super::compile;
use super::content_id::ContentId;
use super::policy::{Level, Policy};
use super::spec::Spec;
use super::spec_error::SpecError;
use super::tables::Tables;
use super::violation::{Check, Violation};
use super::walk::Walk;
use crate::wire::{Fields, Message, Tag};

/// The fields, messages and groups of one version of FIX, or of one venue, in tables.
///
/// Immutable: one dictionary behind an [`Arc`](alloc::sync::Arc) serves all sessions. Two
/// dictionaries are equal when their [`ContentId`]s are.
///
/// Validation allocates nothing, looks every field up by index, and takes one pass.
///
/// ```
/// use fixline::dictionary::{
///     Check, Datatype, Dictionary, FieldSpec, Member, MessageSpec, Policy, Spec,
/// };
/// use fixline::wire::{Message, from_text};
///
/// let field = |tag, name: &str, datatype| FieldSpec {
///     tag, name: name.into(), datatype, values: Vec::new(), open: false,
/// };
/// let spec = Spec {
///     version: "FIX.4.4".into(),
///     fields: vec![
///         field(8, "BeginString", Datatype::String),
///         field(9, "BodyLength", Datatype::Length),
///         field(35, "MsgType", Datatype::String),
///         field(10, "CheckSum", Datatype::String),
///         field(38, "OrderQty", Datatype::Qty),
///     ],
///     header: [8, 9, 35].map(|tag| Member::Field { tag, required: true }).into(),
///     trailer: vec![Member::Field { tag: 10, required: true }],
///     messages: vec![MessageSpec {
///         msg_type: "D".into(),
///         name: "NewOrderSingle".into(),
///         admin: false,
///         members: vec![Member::Field { tag: 38, required: true }],
///     }],
///     ..Spec::default()
/// };
/// let dictionary = Dictionary::compile(&spec)?;
///
/// let order = from_text("8=FIX.4.4|35=D|38=+200.00|");
/// let message = Message::parse(&order)?;
/// let violation = dictionary.validate(message, &Policy::STANDARD).unwrap_err();
/// assert_eq!(violation.check, Check::IncorrectFormat);
/// assert_eq!(violation.to_string(), "Incorrect data format for value (38)");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Dictionary {
    version: Box<str>,
    id: ContentId,
    tables: Tables,
}

impl Dictionary {
    /// How deep groups may stand within groups.
    pub const DEPTH_MAX: usize = 8;

    /// Checks a specification and makes tables of it. What is merely odd passes, as it does with
    /// QuickFIX C++; [`Spec::findings`] names it.
    ///
    /// # Errors
    ///
    /// [`SpecError`] names the first thing that does not fit the rest.
    pub fn compile(spec: &Spec) -> Result<Self, SpecError> {
        let (dictionary, faults) = compile::compile(spec);
        dictionary.ok_or_else(|| {
            let fatal = faults.into_iter().find(|fault| fault.made_of_it.is_none());
            let unknown = || SpecError::TooLarge { what: "the dictionary".into() };
            fatal.map_or_else(unknown, |fault| fault.error)
        })
    }

    pub(super) fn new(version: Box<str>, tables: Tables) -> Self {
        let id = compile::content_id(&version, &tables);
        Self { version, id, tables }
    }

    pub(super) const fn tables(&self) -> &Tables {
        &self.tables
    }

    /// What the dictionary is of, as its source says: `FIX.4.4`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What tells this dictionary from others.
    #[must_use]
    pub const fn id(&self) -> ContentId {
        self.id
    }

    /// Holds a message to this dictionary: header, body and trailer.
    ///
    /// `Ok` has the first thing that the policy only warns of.
    ///
    /// # Errors
    ///
    /// A violation that the policy does not let pass: a field out of place before a missing one,
    /// for which it would be taken, and both before what else is wrong, in the order of the message;
    /// but for a value in a group, before which comes what is wrong with the structure of groups.
    pub fn validate(
        &self,
        message: Message<'_>,
        policy: &Policy,
    ) -> Result<Option<Violation>, Violation> {
        self.validate_within(self, message, policy)
    }

    /// As [`validate`](Self::validate), for a body of this dictionary within the header and the
    /// trailer of `transport`: FIX 5.0 and later over FIXT.1.1 (S-FIXT-09).
    ///
    /// # Errors
    ///
    /// As of [`validate`](Self::validate).
    pub fn validate_within(
        &self,
        transport: &Self,
        message: Message<'_>,
        policy: &Policy,
    ) -> Result<Option<Violation>, Violation> {
        let fields = message.behind_msg_type();
        self.validate_fields_within(transport, message.msg_type(), fields, policy)
    }

    /// `fields` are those between MsgType(35) and CheckSum(10).
    pub(super) fn validate_fields_within(
        &self,
        transport: &Self,
        msg_type: &[u8],
        fields: Fields<'_>,
        policy: &Policy,
    ) -> Result<Option<Violation>, Violation> {
        let keeps_order = policy.level(Check::GroupOrder) == Level::Reject;
        let mut walk = Walk::new(transport, self, policy, keeps_order);
        walk.validate(msg_type, fields).map_err(|first| {
            let again = |policy: &Policy| {
                Walk::new(transport, self, policy, keeps_order).validate(msg_type, fields).err()
            };
            gravest(first, walk.is_in_group(), policy, again)
        })
    }

    /// Whether there is a message of this MsgType(35).
    #[must_use]
    pub fn has_message(&self, msg_type: &[u8]) -> bool {
        self.tables.messages.find(msg_type).is_some()
    }

    /// Whether there is a header, without which a dictionary cannot serve a session alone.
    #[must_use]
    pub fn has_header(&self) -> bool {
        self.tables.scopes.scope(self.tables.header).is_some_and(|header| header.len > 0)
    }

    /// The name of the message with this MsgType(35): `NewOrderSingle`.
    #[must_use]
    pub fn message_name(&self, msg_type: &[u8]) -> Option<&str> {
        self.tables.messages.find(msg_type).map(|message| &*message.name)
    }

    /// Whether a message of this MsgType(35) belongs to the session layer.
    #[must_use]
    pub fn is_admin(&self, msg_type: &[u8]) -> Option<bool> {
        self.tables.messages.find(msg_type).map(|message| message.admin)
    }

    /// Every MsgType(35) with its name, ascending.
    pub fn messages(&self) -> impl Iterator<Item = (&[u8], &str)> {
        self.tables.messages.listed.iter().map(|message| (&*message.msg_type, &*message.name))
    }

    /// The name of a field: `OrdType`.
    #[must_use]
    pub fn field_name(&self, tag: Tag) -> Option<&str> {
        self.tables.field(tag).map(|field| &*field.name)
    }

    /// The data type of a field.
    #[must_use]
    pub fn datatype(&self, tag: Tag) -> Option<Datatype> {
        self.tables.field(tag).map(|field| field.datatype)
    }

    /// The field of this name. Searches them all.
    #[must_use]
    pub fn tag(&self, name: &str) -> Option<Tag> {
        let field = self.tables.fields.iter().find(|field| *field.name == *name)?;
        Tag::new(field.tag)
    }

    /// The name of an enumerated value: `LIMIT` for 40=2.
    #[must_use]
    pub fn value_name(&self, tag: Tag, value: &[u8]) -> Option<&str> {
        let field = self.tables.field(tag)?;
        self.tables.values(field.values)?.find(value)
    }

    /// The values that a field may have, with their names; none if it may have any.
    pub fn values(&self, tag: Tag) -> impl Iterator<Item = (&[u8], &str)> {
        let field = self.tables.field(tag);
        let values = field.and_then(|field| self.tables.values(field.values));
        values.into_iter().flat_map(super::values::Values::iter)
    }
}

impl PartialEq for Dictionary {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

impl Eq for Dictionary {}

impl Hash for Dictionary {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.id.hash(state);
    }
}

impl fmt::Debug for Dictionary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dictionary({}, {})", self.version, self.id)
    }
}

/// What is to be said first of a message whose first fault in the order of its fields is `first`,
/// which may stand in a group.
#[cold]
fn gravest(
    first: Violation,
    is_in_group: bool,
    policy: &Policy,
    walk: impl Fn(&Policy) -> Option<Violation>,
) -> Violation {
    // Behind a group that is out of order, what an entry lacks may stand in its neighbour.
    if matches!(first.check, Check::UnknownMsgType | Check::GroupOrder) {
        return first;
    }
    let graver = [Check::OutOfOrder, Check::RequiredTagMissing];
    // As long as it is not sure which entry a value belongs to, the value is not to blame.
    let structure: &[Check] = if is_in_group && first.check.is_of_values() {
        &[Check::GroupOrder, Check::GroupCount]
    } else {
        &[]
    };
    let graver = graver.into_iter().chain(structure.iter().copied());
    let found = graver
        .take_while(|check| *check != first.check)
        .filter(|check| policy.level(*check) == Level::Reject)
        .find_map(|check| walk(&policy.reject_only(check)));
    found.unwrap_or(first)
}
