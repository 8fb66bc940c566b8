//! What a group must have: a field that counts its entries, and something to repeat.

use alloc::collections::{BTreeMap, BTreeSet};

use roxmltree::Node;

use super::document::{Source, XmlError};
use crate::dictionary::{Datatype, Member, Spec};

/// What is known of groups and of the fields that count them.
pub(super) struct Counts {
    /// The types of fields by their tags: those of the document before those of its base.
    datatypes: BTreeMap<u32, Datatype>,
    /// The groups of the base: an overlay need not repeat what they have.
    groups: BTreeSet<u32>,
}

impl Counts {
    pub(super) fn of(base: &Spec) -> Self {
        let datatypes = base.fields.iter().map(|field| (field.tag, field.datatype)).collect();
        let mut groups = BTreeSet::new();
        let components = base.components.iter().map(|component| &component.members);
        let messages = base.messages.iter().map(|message| &message.members);
        for list in components.chain(messages).chain([&base.header, &base.trailer]) {
            collect(list, &mut groups);
        }
        Self { datatypes, groups }
    }

    /// The document defines a field.
    pub(super) fn define(&mut self, tag: u32, datatype: Datatype) {
        self.datatypes.insert(tag, datatype);
    }

    /// Whether a field of this tag is defined.
    pub(super) fn has(&self, tag: u32) -> bool {
        self.datatypes.contains_key(&tag)
    }

    /// Checks the group that `node` is.
    pub(super) fn check(
        &self,
        source: &Source<'_>,
        node: Node<'_, '_>,
        tag: u32,
        members: &[Member],
    ) -> Result<(), XmlError> {
        const COUNTS: [Datatype; 3] = [Datatype::NumInGroup, Datatype::Int, Datatype::Length];
        if self.datatypes.get(&tag).is_some_and(|datatype| !COUNTS.contains(datatype)) {
            return Err(source.fault(
                node,
                format_args!(
                    "group {tag} is counted by a field that is no number: make it a NUMINGROUP"
                ),
            ));
        }
        if members.is_empty() && !self.groups.contains(&tag) {
            return Err(
                source.fault(node, format_args!("group {tag} has no members: say what it repeats"))
            );
        }
        Ok(())
    }
}

fn collect(members: &[Member], groups: &mut BTreeSet<u32>) {
    for member in members {
        if let Member::Group { tag, members, .. } = member {
            groups.insert(*tag);
            collect(members, groups);
        }
    }
}
