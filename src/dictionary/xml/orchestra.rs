//! FIX Orchestra: `<repository>` with code sets, fields, components, groups and messages. What is
//! in the base scenario is read; other scenarios, rules and expressions are passed over.

use alloc::borrow::ToOwned;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use roxmltree::Node;

use super::components;
use super::document::{Source, XmlError, elements, short};
use super::limits::Limits;
use crate::dictionary::{ComponentSpec, Datatype, FieldSpec, Member, MessageSpec, Spec, ValueSpec};

/// Reads the document; fields may be those of `base`.
pub(super) fn read(source: &Source<'_>, base: &Spec, limits: &Limits) -> Result<Spec, XmlError> {
    let mut reader = Reader::new(source, base);
    for node in reader.section("datatypes", "datatype") {
        reader.base_types.insert(source.attribute(node, "name")?, node.attribute("baseType"));
    }
    for node in reader.section("codeSets", "codeSet") {
        reader.code_set(node)?;
    }
    for node in reader.section("fields", "field") {
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
    for node in reader.section("messages", "message") {
        reader.message(node)?;
    }
    components::check(&reader.spec, base, limits).map_err(|(name, fault)| {
        let node = reader.names.get(name.as_str()).copied().unwrap_or_else(|| source.root());
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
    /// The tags of the fields that may be named.
    tags: BTreeSet<u32>,
    base_types: BTreeMap<&'d str, Option<&'d str>>,
    code_sets: BTreeMap<&'d str, CodeSet>,
    defined: BTreeSet<u32>,
    /// The names of components and of groups by their ids, as references have them.
    ids: BTreeMap<(Kind, &'d str), &'d str>,
    /// Where components, groups and messages are defined.
    names: BTreeMap<&'d str, Node<'d, 't>>,
}

impl<'d, 't> Reader<'d, 't> {
    fn new(source: &'d Source<'t>, base: &Spec) -> Self {
        let version = source.root().attribute("version").unwrap_or_default();
        // The version of a release is followed by that of its extension pack.
        let version = version.split('_').next().unwrap_or_default().to_owned();
        Self {
            source,
            spec: Spec { version, ..Spec::default() },
            tags: base.fields.iter().map(|field| field.tag).collect(),
            base_types: BTreeMap::new(),
            code_sets: BTreeMap::new(),
            defined: BTreeSet::new(),
            ids: BTreeMap::new(),
            names: BTreeMap::new(),
        }
    }

    /// The elements of a section that belong to the base scenario.
    fn section(&self, section: &str, item: &str) -> Vec<Node<'d, 't>> {
        elements(self.source.root())
            .filter(|node| node.tag_name().name() == section)
            .flat_map(elements)
            .filter(|node| node.tag_name().name() == item)
            .filter(|node| node.attribute("scenario").is_none_or(|name| name == "base"))
            .collect()
    }

    fn code_set(&mut self, node: Node<'d, 't>) -> Result<(), XmlError> {
        let name = self.source.attribute(node, "name")?;
        let datatype = self.datatype(node, self.source.attribute(node, "type")?)?;
        let mut values = Vec::new();
        for code in elements(node).filter(|code| code.tag_name().name() == "code") {
            values.push(ValueSpec {
                value: self.source.attribute(code, "value")?.to_owned(),
                name: self.source.attribute(code, "name")?.to_owned(),
            });
        }
        match self.code_sets.insert(name, CodeSet { datatype, values }) {
            Some(_) => Err(self.twice(node, "code set", name)),
            None => Ok(()),
        }
    }

    /// The type of this name, or that which it is based on.
    fn datatype(&self, node: Node<'d, 't>, name: &str) -> Result<Datatype, XmlError> {
        const BASED_ON_MAX: usize = 8;
        let mut next = Some(name);
        for _ in 0..BASED_ON_MAX {
            let Some(name) = next else { break };
            if let Some(datatype) = Datatype::from_name(name) {
                return Ok(datatype);
            }
            next = self.base_types.get(name).copied().flatten();
        }
        let name = short(name);
        Err(self.source.fault(
            node,
            format_args!("`{name}` is no code set and no datatype: define it, or correct its name"),
        ))
    }

    fn field(&mut self, node: Node<'d, 't>) -> Result<(), XmlError> {
        let tag = self.source.tag(node, "id")?;
        let name = self.source.attribute(node, "name")?;
        let kind = self.source.attribute(node, "type")?;
        let CodeSet { datatype, values } = match self.code_sets.get(kind) {
            Some(set) => set.clone(),
            None => CodeSet { datatype: self.datatype(node, kind)?, values: Vec::new() },
        };
        let open = node.attribute("unionDataType").is_some();
        self.tags.insert(tag);
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
        let is_known = self.ids.insert((kind, id), name).is_some();
        if self.names.insert(name, node).is_some() || is_known {
            return Err(self.twice(node, "component or group", name));
        }
        Ok(())
    }

    fn component(&mut self, node: Node<'d, 't>) -> Result<(), XmlError> {
        let members = self.members(node)?;
        match self.source.attribute(node, "name")? {
            "StandardHeader" => self.spec.header = members,
            "StandardTrailer" => self.spec.trailer = members,
            name => self.spec.components.push(ComponentSpec { name: name.to_owned(), members }),
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
        let group = Member::Group { tag, required: true, members: self.members(node)? };
        let name = self.source.attribute(node, "name")?.to_owned();
        self.spec.components.push(ComponentSpec { name, members: vec![group] });
        Ok(())
    }

    fn message(&mut self, node: Node<'d, 't>) -> Result<(), XmlError> {
        let name = self.source.attribute(node, "name")?;
        let msg_type = self.source.attribute(node, "msgType")?;
        if self.names.insert(name, node).is_some() {
            return Err(self.twice(node, "message", name));
        }
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
            let presence = node.attribute("presence").unwrap_or("optional");
            let required = matches!(presence, "required" | "constant");
            if presence == "forbidden" {
                continue;
            }
            match node.tag_name().name() {
                "fieldRef" => members.push(Member::Field { tag: self.field_of(node)?, required }),
                kind @ ("componentRef" | "groupRef") => {
                    let is_group = kind == "groupRef";
                    let kind = if is_group { Kind::Group } else { Kind::Component };
                    let name = self.component_of(node, kind)?;
                    // Every message has the header and the trailer.
                    if name != "StandardHeader" && name != "StandardTrailer" {
                        members.push(Member::Component { name, required });
                    }
                }
                _ => {}
            }
        }
        Ok(members)
    }

    fn field_of(&self, node: Node<'d, 't>) -> Result<u32, XmlError> {
        let tag = self.source.tag(node, "id")?;
        if self.tags.contains(&tag) {
            return Ok(tag);
        }
        Err(self.source.fault(
            node,
            format_args!("field {tag} is not defined: define it in <fields>, or correct the id"),
        ))
    }

    fn component_of(&self, node: Node<'d, 't>, kind: Kind) -> Result<String, XmlError> {
        let id = self.source.attribute(node, "id")?;
        match self.ids.get(&(kind, id)) {
            Some(name) => Ok((*name).to_owned()),
            None => {
                let id = short(id);
                Err(self.source.fault(
                    node,
                    format_args!("{id} is the id of nothing that is defined: correct it"),
                ))
            }
        }
    }

    fn twice(&self, node: Node<'_, '_>, what: &str, name: &str) -> XmlError {
        let name = short(name);
        self.source.fault(node, format_args!("{what} {name} is defined twice: take one out"))
    }
}
