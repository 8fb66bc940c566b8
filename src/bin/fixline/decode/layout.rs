//! What a dictionary knows, in the form in which messages are printed: names, and which fields a
//! group repeats.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use fixline::dictionary::{Dictionary, Member, Spec};
use fixline::settings::Shown;
use fixline::wire::{Tag, parse_uint};

use super::record::Field;

/// How deep groups are followed: deeper than any version of FIX nests them.
const DEPTH_MAX: usize = 16;

/// The names and groups of a version: the names are the library's, the groups our own. A log may
/// have entries in a wrong order, and shows them all the same.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// That of the application before that of the transport.
    dictionaries: Vec<Dictionary>,
    /// What they know of the fields with small tags, by the tag: nearly all that a log has.
    known: Vec<Known>,
    bodies: BTreeMap<Vec<u8>, Level>,
    header: Level,
}

/// How many tags stand in a table.
const KNOWN: u32 = 4096;

/// What is known of a field.
#[derive(Debug, Clone, Default)]
struct Known {
    name: Option<Box<str>>,
    /// Whether its values have names.
    has_values: bool,
    /// The names of values of one byte, from the blank on: nearly all that have names.
    short: Vec<Option<Box<str>>>,
}

impl Known {
    fn of(dictionaries: &[Dictionary], tag: Tag) -> Self {
        let name = dictionaries.iter().find_map(|dictionary| dictionary.field_name(tag));
        let mut known = Self { name: name.map(Box::from), ..Self::default() };
        for dictionary in dictionaries {
            for (value, name) in dictionary.values(tag) {
                known.has_values = true;
                let &[byte] = value else { continue };
                let at = usize::from(byte.saturating_sub(b' '));
                if known.short.len() <= at {
                    known.short.resize(at + 1, None);
                }
                // What stands first holds.
                if let Some(place @ None) = known.short.get_mut(at) {
                    *place = Some(name.into());
                }
            }
        }
        known
    }

    fn short(&self, byte: u8) -> Option<&str> {
        self.short.get(usize::from(byte.checked_sub(b' ')?))?.as_deref()
    }
}

/// What stands in a message, in the header, or in an entry of a group.
#[derive(Debug, Default)]
struct Level {
    /// The first field: of every entry, if this is a group's.
    delimiter: u32,
    members: BTreeSet<u32>,
    /// The groups among them, by the tags of their counts.
    groups: BTreeMap<u32, Self>,
}

/// The levels around an entry, from the nearest outwards.
#[derive(Clone, Copy)]
struct Around<'a> {
    level: &'a Level,
    outer: Option<&'a Self>,
}

/// A field with its name, and with the entries of the group that it counts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Node<'n> {
    pub(super) field: Field<'n>,
    pub(super) name: Option<&'n str>,
    pub(super) entries: Vec<Vec<Self>>,
}

impl Layout {
    /// Adds what a specification has that those before it lack. One that cannot be compiled has
    /// no names.
    pub(super) fn add(&mut self, spec: &Spec) {
        self.dictionaries.extend(Dictionary::compile(&plain(spec)).ok());
        self.known.clear();
        let known = (0..KNOWN).map(|tag| match Tag::new(tag) {
            Some(tag) => Known::of(&self.dictionaries, tag),
            None => Known::default(),
        });
        self.known = known.collect();
        let components = Components::of(spec);
        for message in &spec.messages {
            let body = self.bodies.entry(message.msg_type.clone().into());
            body.or_insert_with(|| components.level(&message.members));
        }
        components.collect(&spec.header, 0, &mut self.header);
    }

    /// `NewOrderSingle` for `D`.
    pub(super) fn message_name(&self, msg_type: &[u8]) -> Option<&str> {
        self.dictionaries.iter().find_map(|dictionary| dictionary.message_name(msg_type))
    }

    /// `OrdType` for 40.
    pub(super) fn field_name(&self, tag: u32) -> Option<&str> {
        match self.known.get(usize::try_from(tag).ok()?) {
            Some(known) => known.name.as_deref(),
            None => self.search_name(tag),
        }
    }

    fn search_name(&self, tag: u32) -> Option<&str> {
        let tag = Tag::new(tag)?;
        self.dictionaries.iter().find_map(|dictionary| dictionary.field_name(tag))
    }

    /// `LIMIT` for the value `2` of 40; each of several values that stand in one field.
    pub(super) fn meaning(&self, tag: u32, value: &[u8]) -> Option<Cow<'_, str>> {
        if let Some(known) = self.known.get(usize::try_from(tag).ok()?) {
            match value {
                _ if !known.has_values => return None,
                [byte] => return known.short(*byte).map(Cow::Borrowed),
                _ => {}
            }
        }
        let tag = Tag::new(tag)?;
        let name = |value| {
            self.dictionaries.iter().find_map(|dictionary| dictionary.value_name(tag, value))
        };
        let found = name(value);
        if found.is_some() || !value.contains(&b' ') {
            return found.map(Cow::Borrowed);
        }
        let mut all = String::new();
        for word in value.split(|&byte| byte == b' ') {
            let between = if all.is_empty() { "" } else { ", " };
            all.push_str(between);
            all.push_str(name(word)?);
        }
        Some(Cow::Owned(all))
    }

    /// The fields of a message as a tree.
    pub(super) fn tree<'n>(&'n self, msg_type: &[u8], fields: &[Field<'n>]) -> Vec<Node<'n>> {
        let header = Around { level: &self.header, outer: None };
        let body = self.bodies.get(msg_type).map(|level| Around { level, outer: Some(&header) });
        let top = body.unwrap_or(header);
        let mut rest = fields;
        let mut nodes = Vec::with_capacity(fields.len());
        while let Some((&field, after)) = rest.split_first() {
            rest = after;
            let group = top.levels().find_map(|level| level.groups.get(&field.tag));
            let entries = group.map(|group| self.entries(group, field, &mut rest, top, 0));
            let name = self.field_name(field.tag);
            nodes.push(Node { field, name, entries: entries.unwrap_or_default() });
        }
        nodes
    }

    /// Takes the entries of a group from the front of `rest`. An entry begins with the delimiter;
    /// what else comes first begins one too, so that a wrong order is shown as it is. What the last
    /// of the declared entries has already is the next level's, if one around has it.
    fn entries<'n>(
        &'n self,
        group: &Level,
        count: Field<'_>,
        rest: &mut &[Field<'n>],
        around: Around<'_>,
        depth: usize,
    ) -> Vec<Vec<Node<'n>>> {
        let declared = parse_uint(count.value).unwrap_or(u64::MAX);
        let inside = Around { level: group, outer: Some(&around) };
        let mut entries: Vec<Vec<Node<'n>>> = Vec::new();
        while let Some((&field, after)) = rest.split_first() {
            let tag = field.tag;
            let is_whole = || {
                let has = |entry: &Vec<Node<'_>>| entry.iter().any(|node| node.field.tag == tag);
                entries.len() as u64 >= declared
                    && around.levels().any(|level| level.members.contains(&tag))
                    && entries.last().is_none_or(has)
            };
            if !group.members.contains(&tag) || is_whole() {
                break;
            }
            *rest = after;
            let nested = group.groups.get(&tag).filter(|_| depth < DEPTH_MAX);
            let nested = nested.map(|nested| self.entries(nested, field, rest, inside, depth + 1));
            let name = self.field_name(tag);
            let node = Node { field, name, entries: nested.unwrap_or_default() };
            match entries.last_mut() {
                Some(entry) if tag != group.delimiter => entry.push(node),
                _ => entries.push(vec![node]),
            }
        }
        entries
    }
}

impl<'a> Around<'a> {
    fn levels(&'a self) -> impl Iterator<Item = &'a Level> {
        core::iter::successors(Some(self), |around| around.outer).map(|around| around.level)
    }
}

/// The components of a specification by name.
struct Components<'s>(BTreeMap<&'s str, &'s [Member]>);

impl<'s> Components<'s> {
    fn of(spec: &'s Spec) -> Self {
        // Of two with one name the first holds.
        let components = spec.components.iter().rev();
        Self(components.map(|found| (found.name.as_str(), found.members.as_slice())).collect())
    }

    /// What stands among `members`, through components.
    fn level(&self, members: &[Member]) -> Level {
        let mut found = Level::default();
        self.collect(members, 0, &mut found);
        found
    }

    /// Adds to `level` what it lacks of `members`.
    fn collect(&self, members: &[Member], depth: usize, level: &mut Level) {
        if depth > DEPTH_MAX {
            return;
        }
        for member in members {
            if let Member::Field { tag, .. } | Member::Group { tag, .. } = member {
                if level.members.is_empty() {
                    level.delimiter = *tag;
                }
                level.members.insert(*tag);
            }
            match member {
                Member::Field { .. } => {}
                Member::Group { tag, members, .. } => {
                    let group = level.groups.entry(*tag).or_default();
                    self.collect(members, depth + 1, group);
                }
                Member::Component { name, .. } => {
                    let members = self.0.get(name.as_str()).copied().unwrap_or_default();
                    self.collect(members, depth + 1, level);
                }
            }
        }
    }
}

/// A specification with names that do nothing to a terminal, whoever wrote it.
fn plain(spec: &Spec) -> Cow<'_, Spec> {
    let is_plain = |name: &str| name.chars().all(Shown::is_plain);
    let fields = spec.fields.iter();
    let values = fields.clone().flat_map(|field| &field.values).map(|value| &value.name);
    let names = fields.map(|field| &field.name).chain(values);
    let names = names.chain(spec.messages.iter().map(|message| &message.name));
    if names.into_iter().all(|name| is_plain(name)) {
        return Cow::Borrowed(spec);
    }
    let mut spec = spec.clone();
    let escape = |name: &mut String| *name = Shown(name).to_string();
    for field in &mut spec.fields {
        escape(&mut field.name);
        field.values.iter_mut().for_each(|value| escape(&mut value.name));
    }
    spec.messages.iter_mut().for_each(|message| escape(&mut message.name));
    Cow::Owned(spec)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A List with orders (73: 11, parties), parties (453: 448, 447, 802: 523) in a component.
    const SPEC: &str = "
field 8 BeginString String
field 11 ClOrdID String
field 54 Side char 1=BUY 2=SELL
field 58 Text String
field 66 ListID String
field 73 NoOrders NumInGroup
field 447 PartyIDSource char
field 448 PartyID String
field 453 NoPartyIDs NumInGroup
field 523 PartySubID String
field 802 NoPartySubIDs NumInGroup
header 8!
component Parties 453( 448 447 802( 523 ) )
message E NewOrderList 66 73( 11 58 Parties ) 58 54
";

    fn layout() -> Layout {
        let mut layout = Layout::default();
        layout.add(&Spec::from_text(SPEC).unwrap());
        assert_eq!(layout.message_name(b"E"), Some("NewOrderList"));
        layout
    }

    /// `11 453[448 447 | 448] 58` for a tree.
    fn shown(nodes: &[Node<'_>]) -> String {
        let node = |node: &Node<'_>| {
            let entries: Vec<String> = node.entries.iter().map(|entry| shown(entry)).collect();
            match entries.as_slice() {
                [] => node.field.tag.to_string(),
                entries => format!("{}[{}]", node.field.tag, entries.join(" | ")),
            }
        };
        nodes.iter().map(node).collect::<Vec<_>>().join(" ")
    }

    fn tree(tags: &[u32]) -> String {
        counted(1, tags)
    }

    /// The tree of fields that all have this number as their value.
    fn counted(number: usize, tags: &[u32]) -> String {
        let value = number.to_string();
        let value = value.as_bytes();
        let fields: Vec<Field<'_>> = tags.iter().map(|&tag| Field { tag, value }).collect();
        let layout = layout();
        shown(&layout.tree(b"E", &fields))
    }

    #[test]
    fn groups_nest_through_components() {
        assert_eq!(
            tree(&[66, 73, 11, 453, 448, 447, 802, 523, 523, 448, 11, 54]),
            "66 73[11 453[448 447 802[523 | 523] | 448] | 11] 54"
        );
    }

    #[test]
    fn the_last_declared_entry_ends_at_what_it_has_and_a_level_around_has_too() {
        let two = [66, 73, 11, 58, 11, 58, 453, 448, 58, 54];
        assert_eq!(counted(2, &two), "66 73[11 58 | 11 58 453[448]] 58 54");
        // Beyond what is declared, as it stands.
        assert_eq!(counted(1, &two), "66 73[11 58 | 11 58 453[448]] 58 54");
        assert_eq!(counted(3, &two), "66 73[11 58 | 11 58 453[448] 58] 54");
        assert_eq!(counted(0, &[73, 58, 54]), "73 58 54");
    }

    #[test]
    fn a_wrong_first_member_is_shown_where_it_stands() {
        assert_eq!(tree(&[73, 453, 447, 448, 54]), "73[453[447 | 448]] 54");
    }

    #[test]
    fn an_unknown_message_is_flat() {
        let fields = [Field { tag: 73, value: b"1" }, Field { tag: 11, value: b"1" }];
        assert_eq!(shown(&layout().tree(b"?", &fields)), "73 11");
    }

    #[test]
    fn values_have_names_one_by_one() {
        assert_eq!(layout().meaning(54, b"1").as_deref(), Some("BUY"));
        assert_eq!(layout().meaning(54, b"1 2").as_deref(), Some("BUY, SELL"));
        assert_eq!(layout().meaning(54, b"1 3"), None);
        assert_eq!(layout().meaning(55, b"1"), None);
    }
}
