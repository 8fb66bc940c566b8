//! FIX Orchestra: `<repository>` with datatypes, code sets, fields, components, groups and messages.
//!
//! Code sets, fields and messages are read as the base scenario has them; components and groups of
//! other scenarios, too, where something refers to them. What is for people or for the
//! application is passed over: metadata, categories, sections, actors, flows, annotations, rules,
//! expressions, responses, and the history of each element.

use alloc::borrow::ToOwned;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use roxmltree::Node;

use super::components;
use super::counts::Counts;
use super::document::{Source, XmlError, elements, short};
use super::limits::Limits;
use crate::dictionary::{ComponentSpec, Datatype, FieldSpec, Member, MessageSpec, Spec, ValueSpec};

/// Reads the document; fields may be those of `base`.
pub(super) fn read(source: &Source<'_>, base: &Spec, limits: &Limits) -> Result<Spec, XmlError> {
    let mut reader = Reader::new(source, base);
    for node in reader.base_section("datatypes", "datatype") {
        reader.base_types.insert(source.attribute(node, "name")?, node.attribute("baseType"));
    }
    for node in reader.base_section("codeSets", "codeSet") {
        reader.code_set(node)?;
    }
    for node in reader.base_section("fields", "field") {
        reader.field(node)?;
    }
    let components = reader.section("components", "component");
    let groups = reader.section("groups", "group");
    for node in components.iter().chain(&groups) {
        reader.name(*node)?;
    }
    for node in components {
        reader.component(node)?;
    }
    for node in groups {
        reader.group(node)?;
    }
    for node in reader.base_section("messages", "message") {
        reader.message(node)?;
    }
    components::check(&reader.spec, base, limits).map_err(|(name, fault)| {
        let node = reader.places.get(name.as_str()).copied().unwrap_or_else(|| source.root());
        source.fault(node, format_args!("{fault}"))
    })?;
    Ok(reader.spec)
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

struct Reader<'d, 't> {
    source: &'d Source<'t>,
    spec: Spec,
    /// The fields that may be named.
    counts: Counts,
    base_types: BTreeMap<&'d str, Option<&'d str>>,
    code_sets: BTreeMap<&'d str, CodeSet>,
    defined: BTreeSet<u32>,
    /// The names of components and of groups by their ids and scenarios, as references have them.
    names: BTreeMap<(Kind, &'d str, &'d str), String>,
    /// Where components and groups are defined, and messages that are not called as one of these.
    places: BTreeMap<String, Node<'d, 't>>,
    /// The names and the MsgTypes of messages.
    messages: BTreeSet<(&'d str, &'d str)>,
}

/// What is meant where nothing else is said.
const BASE: &str = "base";

impl<'d, 't> Reader<'d, 't> {
    fn new(source: &'d Source<'t>, base: &Spec) -> Self {
        let version = source.root().attribute("version").unwrap_or_default();
        // The version of a release is followed by that of its extension pack.
        let version = version.split('_').next().unwrap_or_default().to_owned();
        Self {
            source,
            spec: Spec { version, ..Spec::default() },
            counts: Counts::of(base),
            base_types: BTreeMap::new(),
            code_sets: BTreeMap::new(),
            defined: BTreeSet::new(),
            names: BTreeMap::new(),
            places: BTreeMap::new(),
            messages: BTreeSet::new(),
        }
    }

    /// The elements of a section.
    fn section(&self, section: &str, item: &str) -> Vec<Node<'d, 't>> {
        elements(self.source.root())
            .filter(|node| node.tag_name().name() == section)
            .flat_map(elements)
            .filter(|node| node.tag_name().name() == item)
            .collect()
    }

    /// Those of them that belong to the base scenario.
    fn base_section(&self, section: &str, item: &str) -> Vec<Node<'d, 't>> {
        let mut nodes = self.section(section, item);
        nodes.retain(|node| scenario(*node) == BASE);
        nodes
    }

    fn code_set(&mut self, node: Node<'d, 't>) -> Result<(), XmlError> {
        let name = self.source.attribute(node, "name")?;
        let datatype = self.datatype(node, self.source.attribute(node, "type")?)?;
        let mut values = Vec::new();
        for code in elements(node).filter(|code| code.tag_name().name() == "code") {
            values.push(ValueSpec {
                value: self.source.filled(code, "value")?.to_owned(),
                name: self.source.attribute(code, "name")?.to_owned(),
            });
        }
        match self.code_sets.insert(name, CodeSet { datatype, values }) {
            Some(_) => Err(self.twice(node, "code set", name)),
            None => Ok(()),
        }
    }

    fn datatype(&self, node: Node<'d, 't>, name: &'d str) -> Result<Datatype, XmlError> {
        self.based_on(name).ok_or_else(|| {
            let name = short(name);
            self.source.fault(
                node,
                format_args!(
                    "`{name}` is no code set and no datatype: define it, or correct its name"
                ),
            )
        })
    }

    /// The type of this name, or that which it is based on.
    fn based_on(&self, name: &'d str) -> Option<Datatype> {
        const BASED_ON_MAX: usize = 8;
        let bases = core::iter::successors(Some(name), |name| *self.base_types.get(*name)?);
        bases.take(BASED_ON_MAX).find_map(Datatype::from_name)
    }

    fn field(&mut self, node: Node<'d, 't>) -> Result<(), XmlError> {
        let tag = self.source.tag(node, "id")?;
        let name = self.source.attribute(node, "name")?;
        let kind = self.source.attribute(node, "type")?;
        let CodeSet { datatype, values } = match self.code_sets.get(kind) {
            Some(set) => set.clone(),
            None => CodeSet { datatype: self.datatype(node, kind)?, values: Vec::new() },
        };
        let union = node.attribute("unionDataType");
        // The listed sizes, or a quantity. `Reserved100Plus` and its like are patterns, no types.
        let datatype = union.and_then(|name| self.based_on(name)).unwrap_or(datatype);
        let open = union.is_some();
        self.counts.define(tag, datatype);
        if !self.defined.insert(tag) {
            return Err(self.twice(node, "field", name));
        }
        self.spec.fields.push(FieldSpec { tag, name: name.to_owned(), datatype, values, open });
        Ok(())
    }

    fn name(&mut self, node: Node<'d, 't>) -> Result<(), XmlError> {
        let name = self.source.attribute(node, "name")?;
        let id = self.source.attribute(node, "id")?;
        let is_group = node.tag_name().name() == "group";
        let kind = if is_group { Kind::Group } else { Kind::Component };
        let scenario = scenario(node);
        let own = match scenario {
            BASE => name.to_owned(),
            scenario => format!("{name}.{scenario}"),
        };
        let is_known = self.names.insert((kind, id, scenario), own.clone()).is_some();
        if self.places.insert(own, node).is_some() || is_known {
            return Err(self.twice(node, "component or group", name));
        }
        Ok(())
    }

    /// What [`name`](Self::name) has called it.
    fn name_of(&self, node: Node<'d, 't>, kind: Kind) -> Result<&str, XmlError> {
        let id = self.source.attribute(node, "id")?;
        self.names.get(&(kind, id, scenario(node))).map(String::as_str).ok_or_else(|| {
            let id = short(id);
            let scenario = match scenario(node) {
                BASE => String::new(),
                other => format!(" in the scenario {}", short(other)),
            };
            self.source.fault(
                node,
                format_args!("{id} is the id of nothing that is defined{scenario}: correct it"),
            )
        })
    }

    fn component(&mut self, node: Node<'d, 't>) -> Result<(), XmlError> {
        let members = self.members(node)?;
        match self.name_of(node, Kind::Component)? {
            "StandardHeader" => self.spec.header = members,
            "StandardTrailer" => self.spec.trailer = members,
            name => {
                let name = name.to_owned();
                self.spec.components.push(ComponentSpec { name, members });
            }
        }
        Ok(())
    }

    /// A group becomes a component of which it is the only member, since others refer to it.
    fn group(&mut self, node: Node<'d, 't>) -> Result<(), XmlError> {
        let counts = elements(node).find(|child| child.tag_name().name() == "numInGroup");
        let Some(count) = counts else {
            return Err(self
                .source
                .fault(node, format_args!("a group has no <numInGroup>: add it")));
        };
        let tag = self.field_of(count)?;
        let members = self.members(node)?;
        self.counts.check(self.source, node, tag, &members)?;
        let group = Member::Group { tag, required: true, members };
        let name = self.name_of(node, Kind::Group)?.to_owned();
        self.spec.components.push(ComponentSpec { name, members: vec![group] });
        Ok(())
    }

    fn message(&mut self, node: Node<'d, 't>) -> Result<(), XmlError> {
        let name = self.source.attribute(node, "name")?;
        let msg_type = self.source.filled(node, "msgType")?;
        for (what, named) in [("message", name), ("MsgType", msg_type)] {
            if !self.messages.insert((what, named)) {
                return Err(self.twice(node, what, named));
            }
        }
        self.places.entry(name.to_owned()).or_insert(node);
        let mut members = Vec::new();
        for structure in elements(node).filter(|child| child.tag_name().name() == "structure") {
            members.extend(self.members(structure)?);
        }
        self.spec.messages.push(MessageSpec {
            msg_type: msg_type.to_owned(),
            name: name.to_owned(),
            // XMLnonFIX is listed with the session messages, but carries what others say.
            admin: node.attribute("category") == Some("Session") && msg_type != "n",
            members,
        });
        Ok(())
    }

    /// The references of a component, a group or a message, in their order.
    fn members(&self, list: Node<'d, 't>) -> Result<Vec<Member>, XmlError> {
        let mut members = Vec::new();
        for node in elements(list) {
            let kind = match node.tag_name().name() {
                "fieldRef" => None,
                "componentRef" => Some(Kind::Component),
                "groupRef" => Some(Kind::Group),
                _ => continue,
            };
            let Some(required) = self.presence(node)? else { continue };
            let member = match kind {
                None => Member::Field { tag: self.field_of(node)?, required },
                Some(kind) => {
                    Member::Component { name: self.name_of(node, kind)?.to_owned(), required }
                }
            };
            // Every message has the header and the trailer, those of the base scenario.
            let is_frame = match &member {
                Member::Component { name, .. } => {
                    let name = name.split('.').next().unwrap_or_default();
                    matches!(name, "StandardHeader" | "StandardTrailer")
                }
                Member::Field { .. } | Member::Group { .. } => false,
            };
            if !is_frame {
                members.push(member);
            }
        }
        Ok(members)
    }

    /// Whether what is referred to must be there; `None` if it must not. Conditions are rules of
    /// the application.
    fn presence(&self, node: Node<'_, '_>) -> Result<Option<bool>, XmlError> {
        match node.attribute("presence") {
            Some("required" | "constant") => Ok(Some(true)),
            Some("optional" | "conditional" | "ignored") | None => Ok(Some(false)),
            Some("forbidden") => Ok(None),
            Some(other) => Err(self.source.fault(
                node,
                format_args!(
                    "presence='{}': write required, optional, forbidden, ignored, conditional or \
                     constant",
                    short(other)
                ),
            )),
        }
    }

    fn field_of(&self, node: Node<'d, 't>) -> Result<u32, XmlError> {
        let tag = self.source.tag(node, "id")?;
        if self.counts.has(tag) {
            return Ok(tag);
        }
        Err(self.source.fault(
            node,
            format_args!("field {tag} is not defined: define it in <fields>, or correct the id"),
        ))
    }

    fn twice(&self, node: Node<'_, '_>, what: &str, name: &str) -> XmlError {
        let name = short(name);
        self.source.fault(node, format_args!("{what} {name} is defined twice: take one out"))
    }
}

/// The scenario that an element is of, or refers to.
fn scenario<'d>(node: Node<'d, '_>) -> &'d str {
    node.attribute("scenario").unwrap_or(BASE)
}
