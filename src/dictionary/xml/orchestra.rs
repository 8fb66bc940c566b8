//! FIX Orchestra: `<repository>` with datatypes, code sets, fields, components, groups and messages.
//!
//! Fields, code sets and data types are read as the base scenario has them, and those that only
//! another scenario has as that one does. Messages are those of the base scenario; components and
//! groups of other scenarios are read, too, where something refers to them. What is for people or
//! for the application is passed over: metadata, categories, sections, actors, flows, annotations,
//! rules, expressions, responses, and the history of each element.

use alloc::borrow::ToOwned;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::components::{self, Trouble};
use super::document::{Node, Source};
use super::{Groups, Output};
use crate::dictionary::finding::short;
use crate::dictionary::places::Thing;
use crate::dictionary::{ComponentSpec, Datatype, FieldSpec, Member, MessageSpec, Spec, ValueSpec};

/// Reads the document; fields may be those of `base`.
pub(super) fn read(source: &Source<'_>, base: &Spec, out: Output<'_>) -> Spec {
    let mut reader = Reader::new(source, base, out);
    for node in reader.first_of_each("datatypes", "datatype", "name") {
        if let Some(name) = reader.attribute(node, "name") {
            reader.base_types.insert(name, node.attribute("baseType"));
        }
    }
    for node in reader.first_of_each("codeSets", "codeSet", "name") {
        reader.code_set(node);
    }
    for node in reader.first_of_each("fields", "field", "id") {
        reader.field(node);
    }
    let components = reader.section("components", "component");
    let groups = reader.section("groups", "group");
    for node in components.iter().chain(&groups) {
        reader.name(*node);
    }
    for node in components {
        reader.component(node);
    }
    for node in groups {
        reader.group(node);
    }
    for node in reader.section("messages", "message") {
        if scenario(node) == BASE {
            reader.message(node);
        }
    }
    reader.check();
    reader.spec
}

#[derive(Clone)]
struct CodeSet {
    datatype: Datatype,
    values: Vec<ValueSpec>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Component,
    Group,
}

struct Reader<'d, 't, 'o> {
    source: &'d Source<'t>,
    base: &'d Spec,
    out: Output<'o>,
    spec: Spec,
    /// The fields that may be named.
    groups: Groups,
    base_types: BTreeMap<&'d str, Option<&'d str>>,
    code_sets: BTreeMap<&'d str, CodeSet>,
    defined: BTreeSet<u32>,
    /// The names of components and of groups by their ids and scenarios, as references have them.
    names: BTreeMap<(Kind, &'d str, &'d str), String>,
    /// The names of components and groups.
    taken: BTreeMap<String, Node<'d, 't>>,
    /// Where the names and the MsgTypes of messages are.
    messages: BTreeMap<(&'d str, &'d str), Node<'d, 't>>,
}

/// What is meant where nothing else is said.
const BASE: &str = "base";

impl<'d, 't, 'o> Reader<'d, 't, 'o> {
    fn new(source: &'d Source<'t>, base: &'d Spec, out: Output<'o>) -> Self {
        let version = source.root().attribute("version").unwrap_or_default();
        // The version of a release is followed by that of its extension pack.
        let version = version.split('_').next().unwrap_or_default().to_owned();
        Self {
            source,
            base,
            out,
            spec: Spec { version, ..Spec::default() },
            groups: Groups::of(base),
            base_types: BTreeMap::new(),
            code_sets: BTreeMap::new(),
            defined: BTreeSet::new(),
            names: BTreeMap::new(),
            taken: BTreeMap::new(),
            messages: BTreeMap::new(),
        }
    }

    fn error(&mut self, node: Node<'_, '_>, subject: &str, cure: &str) {
        self.out.findings.error(node.place(), format_args!("{subject}"), cure);
    }

    fn note(&mut self, node: Node<'_, '_>, subject: &str, made_of_it: &str, cure: &str) {
        self.out.findings.note(node.place(), format_args!("{subject}"), made_of_it, cure);
    }

    /// Two things of one name.
    fn twice(&mut self, node: Node<'_, '_>, what: &str, name: &str) {
        let subject = format!("{what} {} is defined twice", short(name));
        self.error(node, &subject, "take one out");
    }

    /// An attribute that must be there.
    fn attribute(&mut self, node: Node<'d, 't>, name: &str) -> Option<&'d str> {
        let value = node.attribute(name);
        if value.is_none() {
            let subject = format!("<{}> has no `{name}`", short(node.name()));
            self.error(node, &subject, "add it");
        }
        value
    }

    /// An attribute that must be there and not be empty.
    fn filled(&mut self, node: Node<'d, 't>, name: &str) -> Option<&'d str> {
        let value = self.attribute(node, name)?;
        if value.is_empty() {
            self.error(node, &format!("`{name}` is empty"), "write what it is");
            return None;
        }
        Some(value)
    }

    /// An attribute that must be there and be a tag.
    fn tag(&mut self, node: Node<'d, 't>, name: &str) -> Option<u32> {
        let text = self.attribute(node, name)?;
        let tag = text.trim().parse().ok().filter(|tag| *tag > 0);
        if tag.is_none() {
            let subject = format!("`{}` is no tag", short(text));
            self.error(node, &subject, "write a number from 1 on");
        }
        tag
    }

    /// The elements of a section.
    fn section(&self, section: &str, item: &str) -> Vec<Node<'d, 't>> {
        let sections = self.source.root().children().filter(|node| node.name() == section);
        sections.flat_map(Node::children).filter(|node| node.name() == item).collect()
    }

    /// Those of them that belong to the base scenario, and of those that do not the first with each
    /// key.
    fn first_of_each(&self, section: &str, item: &str, key: &str) -> Vec<Node<'d, 't>> {
        let all = self.section(section, item);
        let is_of_base = |node: &Node<'d, 't>| scenario(*node) == BASE;
        let of_base = all.iter().filter(|node| is_of_base(node));
        let mut known: BTreeSet<&str> = of_base.filter_map(|node| node.attribute(key)).collect();
        let is_wanted = |node: &Node<'d, 't>| {
            is_of_base(node) || node.attribute(key).is_some_and(|key| known.insert(key))
        };
        all.into_iter().filter(is_wanted).collect()
    }

    fn code_set(&mut self, node: Node<'d, 't>) {
        let (Some(name), Some(kind)) = (self.attribute(node, "name"), self.attribute(node, "type"))
        else {
            return;
        };
        let datatype = self.datatype(node, kind);
        let mut values: Vec<ValueSpec> = Vec::new();
        let mut known = BTreeSet::new();
        for code in node.children().filter(|code| code.name() == "code") {
            let value = self.filled(code, "value").map(ToOwned::to_owned);
            let name = self.attribute(code, "name").map(ToOwned::to_owned);
            let (Some(value), Some(name)) = (value, name) else { continue };
            if !known.insert(value.clone()) {
                let subject = format!("value {} is there twice", short(&value));
                self.note(code, &subject, "the first stands", "take one out");
                continue;
            }
            values.push(ValueSpec { value, name });
        }
        if self.code_sets.insert(name, CodeSet { datatype, values }).is_some() {
            self.twice(node, "code set", name);
        }
    }

    fn datatype(&mut self, node: Node<'d, 't>, name: &'d str) -> Datatype {
        self.based_on(name).unwrap_or_else(|| {
            let subject = format!("`{}` is no code set and no datatype", short(name));
            let made_of_it = "taken for String, which is any text";
            self.note(node, &subject, made_of_it, "define it, or correct its name");
            Datatype::String
        })
    }

    /// The type of this name, or that which it is based on.
    fn based_on(&self, name: &'d str) -> Option<Datatype> {
        const BASED_ON_MAX: usize = 8;
        let bases = core::iter::successors(Some(name), |name| *self.base_types.get(*name)?);
        bases.take(BASED_ON_MAX).find_map(Datatype::from_name)
    }

    fn field(&mut self, node: Node<'d, 't>) {
        let tag = self.tag(node, "id");
        let (Some(name), Some(kind)) = (self.attribute(node, "name"), self.attribute(node, "type"))
        else {
            return;
        };
        let Some(tag) = tag else { return };
        let CodeSet { datatype, values } = match self.code_sets.get(kind) {
            Some(set) => set.clone(),
            None => CodeSet { datatype: self.datatype(node, kind), values: Vec::new() },
        };
        let union = node.attribute("unionDataType");
        // The listed sizes, or a quantity. `Reserved100Plus` and its like are patterns, no types.
        let datatype = union.and_then(|name| self.based_on(name)).unwrap_or(datatype);
        let open = union.is_some();
        self.groups.define(tag);
        self.out.places.thing(Thing::Field(tag), node.place());
        if !self.defined.insert(tag) {
            self.twice(node, "field", name);
            return;
        }
        self.spec.fields.push(FieldSpec { tag, name: name.to_owned(), datatype, values, open });
    }

    fn name(&mut self, node: Node<'d, 't>) {
        let (Some(name), Some(id)) = (self.attribute(node, "name"), self.attribute(node, "id"))
        else {
            return;
        };
        let kind = if node.name() == "group" { Kind::Group } else { Kind::Component };
        let scenario = scenario(node);
        let own = match scenario {
            BASE => name.to_owned(),
            scenario => format!("{name}.{scenario}"),
        };
        self.out.places.thing(Thing::Component(own.clone()), node.place());
        let is_known = self.names.insert((kind, id, scenario), own.clone()).is_some();
        if self.taken.insert(own, node).is_some() || is_known {
            self.twice(node, "component or group", name);
        }
    }

    /// What [`name`](Self::name) has called it.
    fn name_of(&mut self, node: Node<'d, 't>, kind: Kind) -> Option<String> {
        let id = self.attribute(node, "id")?;
        let name = self.names.get(&(kind, id, scenario(node))).cloned();
        if name.is_none() {
            let within = match scenario(node) {
                BASE => String::new(),
                other => format!(" in the scenario {}", short(other)),
            };
            let subject = format!("{} is the id of nothing that is defined{within}", short(id));
            self.error(node, &subject, "correct it");
        }
        name
    }

    fn component(&mut self, node: Node<'d, 't>) {
        let Some(name) = self.name_of(node, Kind::Component) else { return };
        let members = self.members(node, &Thing::Component(name.clone()));
        match &*name {
            "StandardHeader" => self.spec.header = members,
            "StandardTrailer" => self.spec.trailer = members,
            _ => self.spec.components.push(ComponentSpec { name, members }),
        }
    }

    /// A group becomes a component of which it is the only member, since others refer to it.
    fn group(&mut self, node: Node<'d, 't>) {
        let Some(name) = self.name_of(node, Kind::Group) else { return };
        let Some(count) = node.children().find(|child| child.name() == "numInGroup") else {
            self.error(node, "a group has no <numInGroup>", "add it");
            return;
        };
        let Some(tag) = self.field_of(count) else { return };
        let thing = Thing::Component(name.clone());
        self.out.places.member(thing.clone(), tag, node.place());
        let members = self.members(node, &thing);
        let member = if members.is_empty() && !self.groups.has(tag) {
            let subject = format!("group {tag} has no members");
            let made_of_it = "taken for a field, which repeats nothing";
            self.note(node, &subject, made_of_it, "say what it repeats");
            Member::Field { tag, required: true }
        } else {
            Member::Group { tag, required: true, members }
        };
        self.spec.components.push(ComponentSpec { name, members: vec![member] });
    }

    fn message(&mut self, node: Node<'d, 't>) {
        let (name, msg_type) = (self.attribute(node, "name"), self.filled(node, "msgType"));
        let (Some(name), Some(msg_type)) = (name, msg_type) else { return };
        for (what, named) in [("message", name), ("MsgType", msg_type)] {
            if self.messages.insert((what, named), node).is_some() {
                self.twice(node, what, named);
            }
        }
        let thing = Thing::Message(msg_type.to_owned());
        self.out.places.thing(thing.clone(), node.place());
        let mut members = Vec::new();
        for structure in node.children().filter(|child| child.name() == "structure") {
            members.extend(self.members(structure, &thing));
        }
        self.spec.messages.push(MessageSpec {
            msg_type: msg_type.to_owned(),
            name: name.to_owned(),
            // XMLnonFIX is listed with the session messages, but carries what others say.
            admin: node.attribute("category") == Some("Session") && msg_type != "n",
            members,
        });
    }

    /// The references of a component, a group or a message, in their order.
    fn members(&mut self, list: Node<'d, 't>, owner: &Thing) -> Vec<Member> {
        let mut members = Vec::new();
        for node in list.children() {
            let kind = match node.name() {
                "fieldRef" => None,
                "componentRef" => Some(Kind::Component),
                "groupRef" => Some(Kind::Group),
                _ => continue,
            };
            let Some(required) = self.presence(node) else { continue };
            let member = match kind {
                None => self.field_of(node).map(|tag| {
                    self.out.places.member(owner.clone(), tag, node.place());
                    Member::Field { tag, required }
                }),
                Some(kind) => {
                    self.name_of(node, kind).map(|name| Member::Component { name, required })
                }
            };
            // Every message has the header and the trailer, those of the base scenario.
            let is_frame = match &member {
                Some(Member::Component { name, .. }) => {
                    let name = name.split('.').next().unwrap_or_default();
                    matches!(name, "StandardHeader" | "StandardTrailer")
                }
                Some(Member::Field { .. } | Member::Group { .. }) | None => false,
            };
            members.extend(member.filter(|_| !is_frame));
        }
        members
    }

    /// Whether what is referred to must be there; `None` if it must not. Conditions are rules of
    /// the application.
    fn presence(&mut self, node: Node<'_, '_>) -> Option<bool> {
        match node.attribute("presence") {
            Some("required" | "constant") => Some(true),
            Some("optional" | "conditional" | "ignored") | None => Some(false),
            Some("forbidden") => None,
            Some(other) => {
                let subject = format!("presence='{}'", short(other));
                let cure = "write required, optional, forbidden, ignored, conditional or constant";
                self.note(node, &subject, "taken for optional", cure);
                Some(false)
            }
        }
    }

    fn field_of(&mut self, node: Node<'d, 't>) -> Option<u32> {
        let tag = self.tag(node, "id")?;
        if self.groups.is_defined(tag) {
            return Some(tag);
        }
        let subject = format!("field {tag} is not defined");
        self.error(node, &subject, "define it in <fields>, or correct the id");
        None
    }

    fn check(&mut self) {
        let found = components::check(&self.spec, self.base, self.out.limits, |_| true);
        for Trouble { owner, subject, cure, .. } in found {
            let place = self.out.places.of(&owner, None).1;
            self.out.findings.error(place, format_args!("{subject}"), cure);
        }
    }
}

/// The scenario that an element is of, or refers to.
fn scenario<'d>(node: Node<'d, '_>) -> &'d str {
    node.attribute("scenario").unwrap_or(BASE)
}
