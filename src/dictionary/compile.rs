//! From a specification to tables.

use alloc::borrow::ToOwned as _;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString as _};
use alloc::vec;
use alloc::vec::Vec;

use super::Datatype;
use super::content_id::ContentId;
use super::dictionary::Dictionary;
use super::flatten::Flattening;
use super::form::Form;
use super::level::{Conditional, Flat, Level};
use super::places::Thing;
use super::spec::{FieldSpec, Spec};
use super::spec_error::{SpecError, SpecFault};
use super::tables::{
    ConditionalDef, Demand, FieldDef, MemberDef, MessageDef, Messages, NONE, Scope, Scopes, Tables,
    TagIndex,
};
use super::values::{Value, Values};
use crate::wire::{SOH, Tag};

/// Words of all sets of slots that are open at once: a body, and a group within a group.
pub(super) const SEEN_WORDS: usize = 32;

/// Slots of all levels, of two bytes: each level has one for every index. No dictionary that ships
/// has more than a fiftieth of it.
const SLOTS_MAX: usize = 64 << 20;

/// The dictionary, and what is odd about the specification; or what makes it none.
pub(super) fn compile(spec: &Spec) -> (Option<Dictionary>, Vec<SpecFault>) {
    let mut flattening = Flattening::new(spec);
    let mut compiler = match Compiler::new(spec, &mut flattening.faults) {
        Ok(compiler) => compiler,
        Err(error) => {
            flattening.faults.push(SpecFault::new(Thing::Header, error));
            return (None, flattening.faults);
        }
    };
    let tables = tables(spec, &mut compiler, &mut flattening);
    flattening.unused_components();
    let mut faults = flattening.faults;
    match tables {
        Ok((header, trailer, messages)) => {
            if faults.iter().any(|fault| fault.made_of_it.is_none()) {
                return (None, faults);
            }
            let tables = compiler.finish(header, trailer, messages);
            (Some(Dictionary::new(spec.version.as_str().into(), tables)), faults)
        }
        Err(fault) => {
            faults.push(fault);
            (None, faults)
        }
    }
}

type Parts = (u16, u16, Vec<MessageDef>);

fn tables<'s>(
    spec: &'s Spec,
    compiler: &mut Compiler<'_>,
    flattening: &mut Flattening<'s>,
) -> Result<Parts, SpecFault> {
    let header = flattening.message(Thing::Header, &spec.header, "the header");
    let trailer = flattening.message(Thing::Trailer, &spec.trailer, "the trailer");
    let header = compiler.message_scope(&header, Thing::Header, "the header")?;
    let trailer = compiler.message_scope(&trailer, Thing::Trailer, "the trailer")?;
    let mut messages = Vec::with_capacity(spec.messages.len());
    for message in &spec.messages {
        let thing = Thing::Message(message.msg_type.clone());
        let msg_type = message.msg_type.as_bytes();
        if !is_value(msg_type) {
            let error = SpecError::NoMsgType { name: message.name.clone() };
            flattening.faults.push(SpecFault::new(thing, error));
            continue;
        }
        let level = flattening.message(thing.clone(), &message.members, &message.name);
        let scope = compiler.message_scope(&level, thing, &message.name)?;
        let (msg_type, name) = (msg_type.into(), message.name.as_str().into());
        messages.push(MessageDef { msg_type, name, admin: message.admin, scope });
    }
    messages.sort_by(|one, other| one.msg_type.cmp(&other.msg_type));
    for pair in messages.windows(2) {
        if let [one, other] = pair
            && one.msg_type == other.msg_type
        {
            let msg_type = String::from_utf8_lossy(&one.msg_type).into_owned();
            let thing = Thing::Message(msg_type);
            let msg_type = one.msg_type.escape_ascii().to_string();
            let error = SpecError::DuplicateMessage { msg_type };
            flattening.faults.push(SpecFault::new(thing, error));
        }
    }
    if messages.len() >= usize::from(NONE) {
        return Err(SpecFault::new(Thing::Header, too_large("the number of messages")));
    }
    Ok((header, trailer, messages))
}

fn too_large(what: &str) -> SpecError {
    SpecError::TooLarge { what: what.to_owned() }
}

fn is_value(bytes: &[u8]) -> bool {
    !bytes.is_empty() && !bytes.contains(&SOH)
}

fn small(number: usize, what: &str) -> Result<u16, SpecError> {
    u16::try_from(number).ok().filter(|&number| number < NONE).ok_or_else(|| too_large(what))
}

fn offset(number: usize) -> Result<u32, SpecError> {
    u32::try_from(number).map_err(|_| too_large("the tables"))
}

/// Tables under construction.
struct Compiler<'s> {
    version: &'s str,
    index: TagIndex,
    fields: Vec<FieldDef>,
    values: Vec<Values>,
    scopes: Vec<Scope>,
    slots: Vec<u16>,
    members: Vec<MemberDef>,
    masks: Vec<u64>,
    conditionals: Vec<ConditionalDef>,
    /// Groups that stand in more than one place are compiled once.
    groups: BTreeMap<Level, u16>,
}

impl<'s> Compiler<'s> {
    fn new(spec: &'s Spec, faults: &mut Vec<SpecFault>) -> Result<Self, SpecError> {
        let mut sorted: Vec<&FieldSpec> = spec.fields.iter().collect();
        sorted.sort_by_key(|field| field.tag);
        for pair in sorted.windows(2) {
            if let [one, other] = pair
                && one.tag == other.tag
            {
                let (first, second) = (one.name.clone(), other.name.clone());
                let error = SpecError::DuplicateTag { tag: one.tag, first, second };
                faults.push(SpecFault::new(Thing::Field(one.tag), error));
            }
        }
        small(sorted.len(), "the number of fields")?;
        let index = TagIndex::new(sorted.iter().map(|field| field.tag));
        let (mut fields, mut values) = (Vec::with_capacity(sorted.len()), Vec::new());
        // User-defined values came with FIX 5.0 and FIXT.1.1 (S-VAL-06).
        let has_user_defined = !spec.version.starts_with("FIX.4.");
        for field in sorted {
            if field.tag == 0 {
                let error = SpecError::NoTag { name: field.name.clone() };
                faults.push(SpecFault::new(Thing::Field(0), error));
            }
            let id = if field.values.is_empty() {
                NONE
            } else {
                values.push(enumeration(field, has_user_defined, faults));
                small(values.len() - 1, "the number of enumerations")?
            };
            let (tag, datatype) = (field.tag, field.datatype);
            fields.push(FieldDef { tag, name: field.name.as_str().into(), datatype, values: id });
        }
        Ok(Self {
            version: &spec.version,
            index,
            fields,
            values,
            scopes: Vec::new(),
            slots: Vec::new(),
            members: Vec::new(),
            masks: Vec::new(),
            conditionals: Vec::new(),
            groups: BTreeMap::new(),
        })
    }

    /// The scope of a message, the header or the trailer.
    fn message_scope(
        &mut self,
        level: &Level,
        thing: Thing,
        within: &str,
    ) -> Result<u16, SpecFault> {
        let scope = if words_open(level) > SEEN_WORDS {
            Err(too_large(within))
        } else {
            self.scope(level, 0)
        };
        scope.map_err(|error| SpecFault::new(thing, error))
    }

    /// `given` is how many of the first members are always there.
    fn scope(&mut self, level: &Level, given: usize) -> Result<u16, SpecError> {
        let mut compiled = Vec::with_capacity(level.members.len());
        for member in &level.members {
            let group = match &member.group {
                None => NONE,
                Some(group) => self.group(group)?,
            };
            compiled.push((member, group));
        }
        let members = offset(self.members.len())?;
        let first_slot = self.slots.len();
        let slots = offset(first_slot)?;
        let end = first_slot.saturating_add(self.index.len());
        if end > SLOTS_MAX {
            return Err(too_large("the number of messages and groups, times that of fields,"));
        }
        self.slots.resize(end, 0);
        for (slot, (member, group)) in (1..).zip(compiled) {
            let index = Tag::new(member.tag).map_or(0, |tag| self.index.find(tag)) as usize;
            if let Some(place) = self.slots.get_mut(first_slot.saturating_add(index)) {
                *place = slot;
            }
            let mut definition = self.member(member, group);
            if level.members.get(usize::from(slot)).is_some_and(|next| next.counted) {
                definition.demand = Demand::More;
            }
            self.members.push(definition);
        }
        let words = words(level);
        let required = offset(self.masks.len())?;
        let positions = (0..).zip(&level.members).filter(|(_, member)| member.required);
        self.masks.extend(set(positions.map(|(position, _)| position), 0, words));
        let from = offset(self.conditionals.len())?;
        for conditional in &level.conditionals {
            self.conditional(conditional)?;
        }
        let conditionals = (from, offset(self.conditionals.len())?);
        let id = small(self.scopes.len(), "the number of levels")?;
        let len = small(level.members.len(), "a level")?;
        let words = u8::try_from(words).map_err(|_| too_large("a level"))?;
        let demands = !level.conditionals.is_empty()
            || level.members.iter().skip(given).any(|member| member.required);
        self.scopes.push(Scope { slots, members, len, words, required, conditionals, demands });
        Ok(id)
    }

    fn group(&mut self, level: &Level) -> Result<u16, SpecError> {
        if let Some(&id) = self.groups.get(level) {
            return Ok(id);
        }
        let id = self.scope(level, 1)?;
        self.groups.insert(level.clone(), id);
        Ok(id)
    }

    /// What is known of a member, whose group is compiled already.
    fn member(&self, member: &Flat, group: u16) -> MemberDef {
        let field = self.fields.binary_search_by_key(&member.tag, |field| field.tag);
        let field = field.ok().and_then(|at| self.fields.get(at));
        let datatype = field.map_or(Datatype::String, |field| field.datatype);
        let form = if group != NONE {
            // A count is never negative, though NumInGroup was an int once (S-VAL-32).
            Form::Number
        } else if member.counted {
            Form::Counted
        } else {
            Form::of(datatype, self.version)
        };
        // A MsgType is looked up among the messages.
        let is_enumerated = member.tag != Tag::MSG_TYPE.get();
        let values = field.filter(|_| is_enumerated).map_or(NONE, |field| field.values);
        let demand = if group != NONE || form == Form::Counted {
            Demand::More
        } else if form == Form::Text && values == NONE {
            Demand::Nothing
        } else {
            Demand::Value
        };
        MemberDef { tag: member.tag, group, values, form, demand }
    }

    fn conditional(&mut self, conditional: &Conditional) -> Result<(), SpecError> {
        let word = conditional.first / 64;
        let words = conditional.end.div_ceil(64).saturating_sub(word);
        let masks = offset(self.masks.len())?;
        self.masks.extend(set(conditional.first..conditional.end, word, words));
        self.masks.extend(set(conditional.required.iter().copied(), word, words));
        let byte = |number| u8::try_from(number).map_err(|_| too_large("a level"));
        let (word, words) = (byte(word)?, byte(words)?);
        self.conditionals.push(ConditionalDef { word, words, masks });
        Ok(())
    }

    fn finish(self, header: u16, trailer: u16, messages: Vec<MessageDef>) -> Tables {
        Tables {
            fields: self.fields.into(),
            values: self.values.into(),
            scopes: Scopes {
                scopes: self.scopes.into(),
                indices: self.index.len(),
                slots: self.slots.into(),
                members: self.members.into(),
                masks: self.masks.into(),
                conditionals: self.conditionals.into(),
            },
            index: self.index,
            messages: Messages::new(messages.into()),
            header,
            trailer,
        }
    }
}

/// The values that a message can have; a field may have listed none of these.
fn enumeration(field: &FieldSpec, has_user_defined: bool, faults: &mut Vec<SpecFault>) -> Values {
    let mut listed = Vec::with_capacity(field.values.len());
    for value in &field.values {
        if !is_value(value.value.as_bytes()) {
            let error = SpecError::NoValue { tag: field.tag };
            faults.push(SpecFault::new(Thing::Field(field.tag), error));
            continue;
        }
        let (value, name) = (value.value.as_bytes().into(), value.name.as_str().into());
        listed.push(Value { value, name });
    }
    // The first name of a value counts.
    listed.sort_by(|one, other| one.value.cmp(&other.value));
    listed.dedup_by(|later, earlier| later.value == earlier.value);
    Values::new(listed.into(), field.open, has_user_defined)
}

fn words(level: &Level) -> usize {
    level.members.len().div_ceil(64)
}

/// How many words of sets are open at once within a level.
fn words_open(level: &Level) -> usize {
    let groups = level.members.iter().filter_map(|member| member.group.as_ref());
    words(level) + groups.map(words_open).max().unwrap_or(0)
}

/// A set of positions, from a word on.
fn set(positions: impl Iterator<Item = usize>, from: usize, words: usize) -> Vec<u64> {
    let mut set = vec![0; words];
    for position in positions {
        if let Some(word) = set.get_mut((position / 64).saturating_sub(from)) {
            *word |= 1_u64 << (position % 64);
        }
    }
    set
}

/// The content in a fixed order: fields by tag, messages by MsgType, levels as they are.
pub(super) fn content_id(version: &str, tables: &Tables) -> ContentId {
    let mut id = ContentId::new();
    id.add(version.as_bytes());
    for field in &tables.fields {
        id.number(field.tag.into());
        id.number(field.datatype as u64);
        id.add(field.name.as_bytes());
        let values = tables.values(field.values);
        id.number(values.is_some_and(Values::is_open).into());
        for (value, name) in values.into_iter().flat_map(Values::iter) {
            id.add(value);
            id.add(name.as_bytes());
        }
    }
    scope_id(tables, tables.header, &mut id);
    scope_id(tables, tables.trailer, &mut id);
    for message in &tables.messages.listed {
        id.add(&message.msg_type);
        id.add(message.name.as_bytes());
        id.number(message.admin.into());
        scope_id(tables, message.scope, &mut id);
    }
    id
}

/// Groups are as deep as [`Dictionary::DEPTH_MAX`] at most.
fn scope_id(tables: &Tables, scope: u16, id: &mut ContentId) {
    let Some(scope) = tables.scopes.scope(scope) else {
        return;
    };
    id.number(scope.len.into());
    for &word in tables.scopes.required(scope) {
        id.number(word);
    }
    for conditional in tables.scopes.conditionals(scope) {
        id.number(conditional.word.into());
        let (members, required) = tables.scopes.sets(conditional);
        members.iter().chain(required).for_each(|&word| id.number(word));
    }
    for member in tables.scopes.members(scope) {
        id.number(member.tag.into());
        if member.group != NONE {
            scope_id(tables, member.group, id);
        }
    }
}
