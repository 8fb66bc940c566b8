//! What a dictionary knows, in the form in which messages are printed: names, and which fields a
//! group repeats.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use fixline::dictionary::{Dictionary, Member, Spec};
use fixline::wire::Tag;

use super::record::Field;

/// How deep groups are followed: deeper than any version of FIX nests them.
const DEPTH_MAX: usize = 16;

/// The names and groups of a version: the names are the library's, the groups our own. A log may
/// have entries in a wrong order, and shows them all the same.
#[derive(Debug, Default)]
pub(super) struct Layout {
    /// That of the application before that of the transport.
    dictionaries: Vec<Dictionary>,
    bodies: BTreeMap<Vec<u8>, Groups>,
    header: Groups,
}

/// The groups of a message or of an entry, by the tags of their counts.
type Groups = BTreeMap<u32, Group>;

#[derive(Debug, Default)]
struct Group {
    /// The first field of every entry.
    delimiter: u32,
    members: BTreeSet<u32>,
    groups: Groups,
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
        self.dictionaries.extend(Dictionary::compile(spec).ok());
        for message in &spec.messages {
            let body = self.bodies.entry(message.msg_type.clone().into());
            body.or_insert_with(|| groups(spec, &message.members, 0));
        }
        self.header.extend(groups(spec, &spec.header, 0));
    }

    /// `NewOrderSingle` for `D`.
    pub(super) fn message_name(&self, msg_type: &[u8]) -> Option<&str> {
        self.dictionaries.iter().find_map(|dictionary| dictionary.message_name(msg_type))
    }

    /// `OrdType` for 40.
    fn field_name(&self, tag: u32) -> Option<&str> {
        let tag = Tag::new(tag)?;
        self.dictionaries.iter().find_map(|dictionary| dictionary.field_name(tag))
    }

    /// `LIMIT` for the value `2` of 40; each of several values that stand in one field.
    pub(super) fn meaning(&self, tag: u32, value: &[u8]) -> Option<Cow<'_, str>> {
        let tag = Tag::new(tag)?;
        let name = |value| {
            self.dictionaries.iter().find_map(|dictionary| dictionary.value_name(tag, value))
        };
        let found = name(value);
        if found.is_some() || !value.contains(&b' ') {
            return found.map(Cow::Borrowed);
        }
        let mut words = value.split(|&byte| byte == b' ');
        let first = name(words.next()?)?.to_owned();
        let all = words.try_fold(first, |all, word| Some(format!("{all}, {}", name(word)?)));
        all.map(Cow::Owned)
    }

    /// The fields of a message as a tree.
    pub(super) fn tree<'n>(&'n self, msg_type: &[u8], fields: &[Field<'n>]) -> Vec<Node<'n>> {
        let body = self.bodies.get(msg_type);
        let mut rest = fields;
        let mut nodes = Vec::with_capacity(fields.len());
        while let Some((&field, after)) = rest.split_first() {
            rest = after;
            let group = body.and_then(|groups| groups.get(&field.tag));
            let group = group.or_else(|| self.header.get(&field.tag));
            let entries = group.map(|group| self.entries(group, &mut rest, 0)).unwrap_or_default();
            nodes.push(Node { field, name: self.field_name(field.tag), entries });
        }
        nodes
    }

    /// Takes the entries of a group from the front of `rest`. An entry begins with the delimiter;
    /// what else comes first begins one too, so that a wrong order is shown as it is.
    fn entries<'n>(
        &'n self,
        group: &Group,
        rest: &mut &[Field<'n>],
        depth: usize,
    ) -> Vec<Vec<Node<'n>>> {
        let mut entries: Vec<Vec<Node<'n>>> = Vec::new();
        while let Some((&field, after)) = rest.split_first() {
            if !group.members.contains(&field.tag) {
                break;
            }
            *rest = after;
            let nested = group.groups.get(&field.tag).filter(|_| depth < DEPTH_MAX);
            let nested = nested.map(|nested| self.entries(nested, rest, depth + 1));
            let name = self.field_name(field.tag);
            let node = Node { field, name, entries: nested.unwrap_or_default() };
            match entries.last_mut() {
                Some(entry) if field.tag != group.delimiter => entry.push(node),
                _ => entries.push(vec![node]),
            }
        }
        entries
    }
}

/// The groups among `members`, through components.
fn groups(spec: &Spec, members: &[Member], depth: usize) -> Groups {
    let mut found = Groups::new();
    collect(spec, members, depth, &mut |member_tag, group| {
        if let Some(group) = group {
            found.insert(member_tag, group);
        }
    });
    found
}

/// Tells `each` of every field among `members`, of groups with what they repeat.
fn collect(
    spec: &Spec,
    members: &[Member],
    depth: usize,
    each: &mut dyn FnMut(u32, Option<Group>),
) {
    if depth > DEPTH_MAX {
        return;
    }
    for member in members {
        match member {
            Member::Field { tag, .. } => each(*tag, None),
            Member::Group { tag, members, .. } => {
                let mut group = Group::default();
                collect(spec, members, depth + 1, &mut |tag, nested| {
                    if group.members.is_empty() {
                        group.delimiter = tag;
                    }
                    group.members.insert(tag);
                    group.groups.extend(nested.map(|nested| (tag, nested)));
                });
                each(*tag, Some(group));
            }
            Member::Component { name, .. } => {
                let component = spec.components.iter().find(|found| found.name == *name);
                let members = component.map_or(&[][..], |component| &component.members);
                collect(spec, members, depth + 1, each);
            }
        }
    }
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
message E NewOrderList 66 73( 11 Parties ) 58
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
        let fields: Vec<Field<'_>> = tags.iter().map(|&tag| Field { tag, value: b"1" }).collect();
        let layout = layout();
        shown(&layout.tree(b"E", &fields))
    }

    #[test]
    fn groups_nest_through_components() {
        assert_eq!(
            tree(&[66, 73, 11, 453, 448, 447, 802, 523, 523, 448, 11, 58]),
            "66 73[11 453[448 447 802[523 | 523] | 448] | 11] 58"
        );
    }

    #[test]
    fn a_wrong_first_member_is_shown_where_it_stands() {
        assert_eq!(tree(&[73, 453, 447, 448, 58]), "73[453[447 | 448]] 58");
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
