//! What a dictionary knows, in the form in which messages are printed: names, and which fields a
//! group repeats.

use std::collections::{BTreeMap, BTreeSet};

use fixline::dictionary::{Member, Spec};

use super::record::Field;

/// How deep groups are followed: deeper than any version of FIX nests them.
const DEPTH_MAX: usize = 16;

/// The names and groups of one dictionary.
#[derive(Debug, Default)]
pub(super) struct Layout {
    fields: BTreeMap<u32, Names>,
    messages: BTreeMap<Vec<u8>, (String, Groups)>,
    header: Groups,
}

#[derive(Debug)]
struct Names {
    name: String,
    values: BTreeMap<Vec<u8>, String>,
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

/// A field with the entries of the group that it counts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Node<'l> {
    pub(super) field: Field<'l>,
    pub(super) entries: Vec<Vec<Self>>,
}

impl Layout {
    pub(super) fn new(spec: &Spec) -> Self {
        let mut layout = Self { header: groups(spec, &spec.header, 0), ..Self::default() };
        for field in &spec.fields {
            let values = field.values.iter();
            let values = values.map(|value| (value.value.clone().into(), value.name.clone()));
            let names = Names { name: field.name.clone(), values: values.collect() };
            layout.fields.insert(field.tag, names);
        }
        for message in &spec.messages {
            let found = (message.name.clone(), groups(spec, &message.members, 0));
            layout.messages.insert(message.msg_type.clone().into(), found);
        }
        layout
    }

    /// `NewOrderSingle` for `D`.
    pub(super) fn message_name(&self, msg_type: &[u8]) -> Option<&str> {
        self.messages.get(msg_type).map(|(name, _)| name.as_str())
    }

    /// `OrdType` for 40.
    pub(super) fn field_name(&self, tag: u32) -> Option<&str> {
        self.fields.get(&tag).map(|names| names.name.as_str())
    }

    /// `LIMIT` for the value `2` of 40; each of several values that stand in one field.
    pub(super) fn meaning(&self, tag: u32, value: &[u8]) -> Option<String> {
        let values = &self.fields.get(&tag)?.values;
        if let Some(name) = values.get(value) {
            return Some(name.clone());
        }
        let mut words = value.split(|&byte| byte == b' ');
        let first = values.get(words.next()?)?.clone();
        words.try_fold(first, |all, word| Some(format!("{all}, {}", values.get(word)?)))
    }

    /// The fields of a message as a tree.
    pub(super) fn tree<'l>(&self, msg_type: &[u8], fields: &[Field<'l>]) -> Vec<Node<'l>> {
        let body = self.messages.get(msg_type).map(|(_, groups)| groups);
        let mut rest = fields;
        let mut nodes = Vec::new();
        while let Some((&field, after)) = rest.split_first() {
            rest = after;
            let group = body.and_then(|groups| groups.get(&field.tag));
            let group = group.or_else(|| self.header.get(&field.tag));
            let entries = group.map(|group| group.entries(&mut rest, 0)).unwrap_or_default();
            nodes.push(Node { field, entries });
        }
        nodes
    }
}

impl Group {
    /// Takes the entries from the front of `rest`. An entry begins with the delimiter; what else
    /// comes first begins one too, so that a wrong order is shown as it is.
    fn entries<'l>(&self, rest: &mut &[Field<'l>], depth: usize) -> Vec<Vec<Node<'l>>> {
        let mut entries: Vec<Vec<Node<'l>>> = Vec::new();
        while let Some((&field, after)) = rest.split_first() {
            if !self.members.contains(&field.tag) {
                break;
            }
            *rest = after;
            let nested = self.groups.get(&field.tag).filter(|_| depth < DEPTH_MAX);
            let nested = nested.map(|group| group.entries(rest, depth + 1)).unwrap_or_default();
            let node = Node { field, entries: nested };
            match entries.last_mut() {
                Some(entry) if field.tag != self.delimiter => entry.push(node),
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
    use fixline::dictionary::{ComponentSpec, Datatype, FieldSpec, MessageSpec, ValueSpec};

    use super::*;

    fn field(tag: u32) -> Member {
        Member::Field { tag, required: false }
    }

    fn group(tag: u32, members: Vec<Member>) -> Member {
        Member::Group { tag, required: false, members }
    }

    /// A List with orders (73: 11, parties), parties (453: 448, 447, 802: 523) in a component.
    fn layout() -> Layout {
        let parties = group(453, vec![field(448), field(447), group(802, vec![field(523)])]);
        let component = Member::Component { name: "Parties".into(), required: false };
        let values = [("1", "BUY"), ("2", "SELL")]
            .map(|(value, name)| ValueSpec { value: value.into(), name: name.into() });
        let side = FieldSpec {
            tag: 54,
            name: "Side".into(),
            datatype: Datatype::Char,
            open: false,
            values: values.into(),
        };
        let message = MessageSpec {
            msg_type: "E".into(),
            name: "NewOrderList".into(),
            admin: false,
            members: vec![field(66), group(73, vec![field(11), component]), field(58)],
        };
        Layout::new(&Spec {
            fields: vec![side],
            components: vec![ComponentSpec { name: "Parties".into(), members: vec![parties] }],
            messages: vec![message],
            ..Spec::default()
        })
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
        shown(&layout().tree(b"E", &fields))
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
