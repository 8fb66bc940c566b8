//! The form of QuickFIX: `<fix>` with header, trailer, messages, components and fields.
//!
//! Files are read as QuickFIX C++ reads them, which passes over what it does not look for; each
//! such oddity is a note. Errors are what it refuses, too, or what would bring it down.

mod fields;
mod members;
mod messages;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::components::{self, Trouble};
use super::document::{Node, Source};
use super::{Groups, Output};
use crate::dictionary::finding::short;
use crate::dictionary::places::Thing;
use crate::dictionary::{ComponentSpec, Requirements, Spec};

/// Reads the document; `base` has the fields, components and messages that it need not define.
pub(super) fn read(source: &Source<'_>, base: &Spec, out: Output<'_>) -> Spec {
    let mut reader = Reader::new(source.root(), base, out);
    let mut sections: BTreeMap<&str, Vec<Node<'_, '_>>> = BTreeMap::new();
    for section in source.root().children() {
        let name = section.name();
        let known = ["header", "trailer", "messages", "components", "fields"];
        if !known.contains(&name) {
            reader.passed_over(section, "<fix> has header, trailer, messages, components, fields");
            continue;
        }
        let of_name = sections.entry(name).or_default();
        if matches!(name, "header" | "trailer" | "messages") && !of_name.is_empty() {
            let subject = format!("<{name}> is there twice");
            reader.note(section, &subject, "the first stands", "put them together");
            continue;
        }
        of_name.push(section);
    }
    let mut of = |name: &str| sections.remove(name).unwrap_or_default();
    // Fields and components are named before they are defined.
    for section in of("fields") {
        reader.fields(section);
    }
    for section in of("components") {
        reader.component_names(section);
    }
    for section in of("header") {
        reader.out.places.thing(Thing::Header, section.place());
        reader.spec.header = reader.used_members(section, &Thing::Header);
    }
    for section in of("trailer") {
        reader.out.places.thing(Thing::Trailer, section.place());
        reader.spec.trailer = reader.used_members(section, &Thing::Trailer);
    }
    for section in of("messages") {
        reader.messages(section);
    }
    reader.components();
    reader.check();
    reader.spec
}

struct Reader<'d, 't, 'o> {
    base: &'d Spec,
    out: Output<'o>,
    spec: Spec,
    /// The tags of the fields that may be named; none for a field without a tag that can be.
    tags: BTreeMap<&'d str, Option<u32>>,
    /// The fields of this document by name.
    field_names: BTreeMap<&'d str, Node<'d, 't>>,
    /// The positions of the fields of this document by tag.
    fields: BTreeMap<u32, usize>,
    groups: Groups,
    /// The components that may be named, with the element of those of this document.
    components: BTreeMap<&'d str, Option<Node<'d, 't>>>,
    /// Those of this document in their order.
    component_order: Vec<&'d str>,
    progress: Progress<'d>,
    /// The positions of the messages of this document by MsgType.
    messages: BTreeMap<&'d str, usize>,
    message_names: BTreeSet<&'d str>,
}

/// How far the components of the document are read.
#[derive(Default)]
struct Progress<'d> {
    /// Those that messages reach, and that are to be read.
    wanted: Vec<&'d str>,
    /// Those that messages reach.
    used: BTreeSet<&'d str>,
    /// Those that are read, or being read.
    begun: BTreeSet<&'d str>,
    /// Those that are being read because no message reaches them, outermost first.
    open: Vec<&'d str>,
    read: BTreeMap<&'d str, ComponentSpec>,
}

impl<'d, 't, 'o> Reader<'d, 't, 'o> {
    fn new(root: Node<'d, 't>, base: &'d Spec, out: Output<'o>) -> Self {
        let is_overlay = !base.is_empty();
        // What an overlay says is held to what it is laid over.
        let requirements =
            if is_overlay { base.requirements } else { Requirements::WithoutCondition };
        let spec = Spec { version: version(root), requirements, ..Spec::default() };
        let tags = base.fields.iter().map(|field| (field.name.as_str(), Some(field.tag)));
        Self {
            base,
            out,
            spec,
            tags: tags.collect(),
            field_names: BTreeMap::new(),
            fields: BTreeMap::new(),
            groups: Groups::of(base),
            components: base.components.iter().map(|c| (c.name.as_str(), None)).collect(),
            component_order: Vec::new(),
            progress: Progress::default(),
            messages: BTreeMap::new(),
            message_names: BTreeSet::new(),
        }
    }

    fn note(&mut self, node: Node<'_, '_>, subject: &str, made_of_it: &str, cure: &str) {
        self.out.findings.note(node.place(), format_args!("{subject}"), made_of_it, cure);
    }

    fn error(&mut self, node: Node<'_, '_>, subject: &str, cure: &str) {
        self.out.findings.error(node.place(), format_args!("{subject}"), cure);
    }

    /// An element that has no place here.
    fn passed_over(&mut self, node: Node<'_, '_>, expected: &str) {
        let subject = format!("<{}> is not known here", short(node.name()));
        let cure = format!("take it out: {expected}");
        self.note(node, &subject, "passed over", &cure);
    }

    fn component_names(&mut self, section: Node<'d, 't>) {
        for node in section.children() {
            if node.name() != "component" {
                self.passed_over(node, "<components> has <component>");
                continue;
            }
            let Some(name) = node.attribute("name") else {
                self.note(node, "a component has no `name`", "passed over", "give it one");
                continue;
            };
            match self.components.get(name) {
                Some(Some(first)) => {
                    let line = first.place().line;
                    let name = short(name);
                    let subject = format!("component {name} is there twice, first in line {line}");
                    self.note(node, &subject, "the first stands", "take one out");
                }
                Some(None) | None => {
                    self.components.insert(name, Some(node));
                    self.component_order.push(name);
                    self.out.places.thing(Thing::Component(name.into()), node.place());
                }
            }
        }
    }

    /// The members of the components: first of those that messages reach, then of the others.
    fn components(&mut self) {
        let is_overlay = !self.base.is_empty();
        if is_overlay {
            // Those that add to one of the base are used where that is.
            let known = &self.base.components;
            let names: BTreeSet<&str> = known.iter().map(|known| known.name.as_str()).collect();
            let adds = self.component_order.iter().filter(|name| names.contains(**name));
            let adds: Vec<&str> = adds.copied().collect();
            adds.into_iter().for_each(|name| self.want(name));
        }
        while let Some(name) = self.progress.wanted.pop() {
            if let Some(Some(node)) = self.components.get(name).copied()
                && self.progress.begun.insert(name)
            {
                let members = self.used_members(node, &Thing::Component(name.into()));
                self.progress.read.insert(name, ComponentSpec { name: name.into(), members });
            }
        }
        for name in self.component_order.clone() {
            self.unused_component(name);
        }
        for name in &self.component_order {
            self.spec.components.extend(self.progress.read.remove(name));
        }
    }

    fn want(&mut self, name: &'d str) {
        if self.progress.used.insert(name) {
            self.progress.wanted.push(name);
        }
    }

    fn unused_component(&mut self, name: &'d str) {
        let Some(Some(node)) = self.components.get(name).copied() else { return };
        if !self.progress.begun.insert(name) {
            return;
        }
        self.progress.open.push(name);
        let members = self.unused_members(node, &Thing::Component(name.into()));
        self.progress.open.pop();
        self.progress.read.insert(name, ComponentSpec { name: name.into(), members });
    }

    /// Whether a component that no message reaches may contain this one, which is read if so.
    fn unused_reference(&mut self, node: Node<'d, 't>, name: &'d str) -> bool {
        if self.progress.open.contains(&name) {
            let subject = format!("component {} contains itself", short(name));
            self.note(node, &subject, "left out, no message has it", "break the circle");
            return false;
        }
        if self.progress.open.len() >= components::DEPTH_MAX {
            let subject = format!("component {} is nested too deeply", short(name));
            self.note(node, &subject, "left out, no message has it", "nest less");
            return false;
        }
        self.unused_component(name);
        true
    }

    /// Nothing contains itself, or expands to more than anyone wants.
    fn check(&mut self) {
        let used = &self.progress.used;
        let is_used = |name: &str| used.contains(name);
        let found = components::check(&self.spec, self.base, self.out.limits, is_used);
        for Trouble { owner, name, subject, cure, is_used } in found {
            let place = self.out.places.of(&owner, None).1;
            if is_used {
                self.out.findings.error(place, format_args!("{subject}"), cure);
                continue;
            }
            let made_of_it = "taken to be empty, no message has it";
            self.out.findings.note(place, format_args!("{subject}"), made_of_it, cure);
            if let Some(known) = self.spec.components.iter_mut().find(|known| known.name == name) {
                known.members.clear();
            }
        }
    }
}

/// `FIX.5.0SP2`, from the attributes of the root; empty for an overlay without them.
fn version(root: Node<'_, '_>) -> String {
    let (Some(major), Some(minor)) = (root.attribute("major"), root.attribute("minor")) else {
        return String::new();
    };
    let kind = root.attribute("type").unwrap_or("FIX");
    let pack = match root.attribute("servicepack") {
        Some("0" | "") | None => String::new(),
        Some(pack) => format!("SP{pack}"),
    };
    format!("{kind}.{major}.{minor}{pack}")
}
