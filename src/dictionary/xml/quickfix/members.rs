//! What messages, components, groups, the header and the trailer consist of.

use alloc::borrow::ToOwned as _;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::Reader;
use crate::dictionary::Member;
use crate::dictionary::finding::short;
use crate::dictionary::places::Thing;
use crate::dictionary::xml::document::Node;

/// Whose members are read.
#[derive(Clone, Copy)]
struct Within<'w> {
    owner: &'w Thing,
    /// Whether a message, the header or the trailer has them: else nothing is lost with them.
    is_used: bool,
}

/// What makes two members the same.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Tag(u32),
    Component(String),
}

impl<'d, 't> Reader<'d, 't, '_> {
    pub(super) fn used_members(&mut self, list: Node<'d, 't>, owner: &Thing) -> Vec<Member> {
        let mut members = Members::default();
        self.members(list, Within { owner, is_used: true }, &mut members);
        members.list
    }

    pub(super) fn unused_members(&mut self, list: Node<'d, 't>, owner: &Thing) -> Vec<Member> {
        let mut members = Members::default();
        self.members(list, Within { owner, is_used: false }, &mut members);
        members.list
    }

    /// Adds the members of a message that is there twice to those that it has.
    pub(super) fn more_members(
        &mut self,
        list: Node<'d, 't>,
        owner: &Thing,
        known: Vec<Member>,
    ) -> Vec<Member> {
        let mut members = Members::default();
        for member in known {
            members.add(member);
        }
        self.members(list, Within { owner, is_used: true }, &mut members);
        members.list
    }

    /// Recursion is limited by the depth of the document.
    fn members(&mut self, list: Node<'d, 't>, within: Within<'_>, members: &mut Members) {
        for node in list.children() {
            let is_known = matches!(node.name(), "field" | "group" | "component");
            if !is_known {
                self.passed_over(node, "members are <field>, <group> and <component>");
                continue;
            }
            let Some(name) = node.attribute("name") else {
                self.lost(
                    node,
                    within,
                    format!("a <{}> has no `name`", node.name()),
                    "give it one",
                );
                continue;
            };
            let Some(member) = self.member(node, name, within) else { continue };
            if let Some(tag) = tag_of(&member) {
                self.out.places.member(within.owner.clone(), tag, node.place());
            }
            if let Some(made_of_it) = members.add(member) {
                let subject = format!("member {} is there twice", short(name));
                self.note(node, &subject, made_of_it, "take one out");
            }
        }
    }

    fn member(&mut self, node: Node<'d, 't>, name: &'d str, within: Within<'_>) -> Option<Member> {
        let required = self.required(node, within);
        match node.name() {
            "component" => {
                if !self.components.contains_key(name) {
                    self.unknown(node, within, "component", name);
                    return None;
                }
                if within.is_used {
                    self.want(name);
                } else if !self.unused_reference(node, name) {
                    return None;
                }
                Some(Member::Component { name: name.to_owned(), required })
            }
            "group" => {
                let tag = self.named(node, within, name)?;
                let mut members = Members::default();
                self.members(node, within, &mut members);
                let members = members.list;
                // An overlay need not repeat what a group has.
                if members.is_empty() && !self.groups.has(tag) {
                    let subject = format!("group {} has no members", short(name));
                    let made_of_it = "taken for a field, which repeats nothing";
                    self.note(node, &subject, made_of_it, "say what it repeats");
                    return Some(Member::Field { tag, required });
                }
                Some(Member::Group { tag, required, members })
            }
            _ => Some(Member::Field { tag: self.named(node, within, name)?, required }),
        }
    }

    fn required(&mut self, node: Node<'d, 't>, within: Within<'_>) -> bool {
        match node.attribute("required") {
            Some("Y" | "y") => true,
            Some("N" | "n") | None => false,
            Some("true") if matches!(within.owner, Thing::Header | Thing::Trailer) => true,
            Some(other) => {
                let subject = format!("required='{}'", short(other));
                self.note(node, &subject, "taken for N", "write Y or N");
                false
            }
        }
    }

    fn named(&mut self, node: Node<'d, 't>, within: Within<'_>, name: &'d str) -> Option<u32> {
        match self.tags.get(name) {
            // What became of it was said where it is defined.
            Some(tag) => *tag,
            None => {
                self.unknown(node, within, "field", name);
                None
            }
        }
    }

    fn unknown(&mut self, node: Node<'_, '_>, within: Within<'_>, what: &str, name: &str) {
        let subject = format!("{what} {} is not defined", short(name));
        let cure = format!("define it in <{what}s>, or correct its name");
        self.lost(node, within, subject, &cure);
    }

    /// Nothing can be made of a member.
    fn lost(&mut self, node: Node<'_, '_>, within: Within<'_>, subject: String, cure: &str) {
        if within.is_used {
            self.error(node, &subject, cure);
        } else {
            self.note(node, &subject, "left out, no message has it", cure);
        }
    }
}

fn tag_of(member: &Member) -> Option<u32> {
    match member {
        Member::Field { tag, .. } | Member::Group { tag, .. } => Some(*tag),
        Member::Component { .. } => None,
    }
}

/// A list in which each member stands once.
#[derive(Default)]
struct Members {
    list: Vec<Member>,
    known: BTreeMap<Key, usize>,
}

impl Members {
    /// Appends the member; where it is there already, what became of the two.
    fn add(&mut self, member: Member) -> Option<&'static str> {
        let key = match &member {
            Member::Field { tag, .. } | Member::Group { tag, .. } => Key::Tag(*tag),
            Member::Component { name, .. } => Key::Component(name.clone()),
        };
        let at = *self.known.entry(key).or_insert(self.list.len());
        let Some(known) = self.list.get_mut(at) else {
            self.list.push(member);
            return None;
        };
        // Required where one of them is, as QuickFIX C++ has it; and the last group is the group.
        let is_required = required_of(known) || required_of(&member);
        let made_of_it = match (&known, member) {
            (Member::Group { .. } | Member::Field { .. }, member @ Member::Group { .. }) => {
                *known = member;
                "the last group stands, where the first is"
            }
            _ => "the first stands, required where one of them is",
        };
        match known {
            Member::Field { required, .. }
            | Member::Group { required, .. }
            | Member::Component { required, .. } => *required = is_required,
        }
        Some(made_of_it)
    }
}

const fn required_of(member: &Member) -> bool {
    match member {
        Member::Field { required, .. }
        | Member::Group { required, .. }
        | Member::Component { required, .. } => *required,
    }
}
