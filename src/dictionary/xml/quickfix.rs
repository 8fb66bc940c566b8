//! The form of QuickFIX: `<fix>` with header, trailer, messages, components and fields.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use roxmltree::Node;

use super::components;
use super::counts::Counts;
use super::document::{Source, XmlError, elements, short};
use super::limits::Limits;
use crate::dictionary::{ComponentSpec, Datatype, FieldSpec, Member, MessageSpec, Spec, ValueSpec};

/// Reads the document; `base` has the fields, components and messages that it need not define.
pub(super) fn read(source: &Source<'_>, base: &Spec, limits: &Limits) -> Result<Spec, XmlError> {
    let mut reader = Reader::new(source, base);
    let sections: Vec<_> = elements(source.root()).collect();
    let mut frame = BTreeMap::new();
    // Fields and components are named before they are defined.
    for section in &sections {
        match section.tag_name().name() {
            "fields" => reader.fields(*section)?,
            "components" => reader.component_names(*section)?,
            "messages" => {}
            name @ ("header" | "trailer") => {
                if let Some(first) = frame.insert(name, *section) {
                    return Err(reader.twice(*section, first, &format!("<{name}>")));
                }
            }
            _ => {
                let expected = "<fix> has <header>, <trailer>, <messages>, <components>, <fields>";
                return Err(source.misplaced(*section, expected));
            }
        }
    }
    for section in sections {
        match section.tag_name().name() {
            "header" => reader.spec.header = reader.members(section)?,
            "trailer" => reader.spec.trailer = reader.members(section)?,
            "messages" => reader.messages(section)?,
            "components" => reader.components(section)?,
            _ => {}
        }
    }
    reader.check(limits)?;
    Ok(reader.spec)
}

struct Reader<'d, 't> {
    source: &'d Source<'t>,
    base: &'d Spec,
    spec: Spec,
    /// The tags of the fields that may be named.
    tags: BTreeMap<&'d str, u32>,
    counts: Counts,
    /// Where the fields of this document are defined, by tag.
    places: BTreeMap<u32, Node<'d, 't>>,
    /// The same by name.
    field_names: BTreeMap<&'d str, Node<'d, 't>>,
    components: BTreeMap<&'d str, Option<Node<'d, 't>>>,
    /// The messages of this document by MsgType.
    messages: BTreeMap<&'d str, Node<'d, 't>>,
    /// The same by name.
    message_names: BTreeMap<&'d str, Node<'d, 't>>,
}

impl<'d, 't> Reader<'d, 't> {
    fn new(source: &'d Source<'t>, base: &'d Spec) -> Self {
        Self {
            source,
            base,
            spec: Spec { version: version(source.root()), ..Spec::default() },
            tags: base.fields.iter().map(|field| (field.name.as_str(), field.tag)).collect(),
            counts: Counts::of(base),
            places: BTreeMap::new(),
            field_names: BTreeMap::new(),
            components: base.components.iter().map(|c| (c.name.as_str(), None)).collect(),
            messages: BTreeMap::new(),
            message_names: BTreeMap::new(),
        }
    }

    fn fields(&mut self, section: Node<'d, 't>) -> Result<(), XmlError> {
        // The names of this document are the last word on which field is meant.
        for node in elements(section) {
            if !node.has_tag_name("field") {
                return Err(self.source.misplaced(node, "<fields> has <field>"));
            }
            let field = self.field(node)?;
            let name = self.source.attribute(node, "name")?;
            if let Some(first) = self.places.insert(field.tag, node) {
                let what = format!("field {}", field.tag);
                return Err(self.twice(node, first, &what));
            }
            if let Some(first) = self.field_names.insert(name, node) {
                return Err(self.twice(node, first, &format!("field {}", short(name))));
            }
            self.tags.insert(name, field.tag);
            self.counts.define(field.tag, field.datatype);
            self.spec.fields.push(field);
        }
        Ok(())
    }

    fn field(&self, node: Node<'d, 't>) -> Result<FieldSpec, XmlError> {
        let name = self.source.attribute(node, "name")?.to_owned();
        let datatype = self.datatype(node)?;
        let mut field = FieldSpec {
            tag: self.source.tag(node, "number")?,
            name,
            datatype,
            values: Vec::new(),
            open: allows_others(node),
        };
        let mut known = BTreeMap::new();
        for child in elements(node) {
            match child.tag_name().name() {
                "value" => field.values.push(self.value(child, &mut known)?),
                "values" => {
                    field.open |= allows_others(child);
                    for value in elements(child) {
                        field.values.push(self.value(value, &mut known)?);
                    }
                }
                _ => return Err(self.source.misplaced(child, "<field> has <value>")),
            }
        }
        Ok(field)
    }

    fn datatype(&self, node: Node<'d, 't>) -> Result<Datatype, XmlError> {
        let name = self.source.attribute(node, "type")?;
        // In these two, CHAR is text of any length.
        if name.eq_ignore_ascii_case("char") && matches!(&*self.spec.version, "FIX.4.0" | "FIX.4.1")
        {
            return Ok(Datatype::String);
        }
        Datatype::from_name(name).ok_or_else(|| {
            let name = short(name);
            self.source.fault(
                node,
                format_args!("`{name}` is no datatype: use one such as STRING, INT or PRICE"),
            )
        })
    }

    /// A value, which is none of the `known` ones.
    fn value(
        &self,
        node: Node<'d, 't>,
        known: &mut BTreeMap<&'d str, Node<'d, 't>>,
    ) -> Result<ValueSpec, XmlError> {
        if !node.has_tag_name("value") {
            return Err(self.source.misplaced(node, "<values> has <value>"));
        }
        let value = self.source.filled(node, "enum")?;
        if let Some(first) = known.insert(value, node) {
            return Err(self.twice(node, first, &format!("value {}", short(value))));
        }
        let name = node.attribute("description").unwrap_or(value);
        Ok(ValueSpec { value: value.to_owned(), name: name.to_owned() })
    }

    fn component_names(&mut self, section: Node<'d, 't>) -> Result<(), XmlError> {
        for node in elements(section) {
            if !node.has_tag_name("component") {
                return Err(self.source.misplaced(node, "<components> has <component>"));
            }
            let name = self.source.attribute(node, "name")?;
            if let Some(Some(first)) = self.components.insert(name, Some(node)) {
                return Err(self.twice(node, first, &format!("component {}", short(name))));
            }
        }
        Ok(())
    }

    fn components(&mut self, section: Node<'d, 't>) -> Result<(), XmlError> {
        for node in elements(section) {
            let name = self.source.attribute(node, "name")?.to_owned();
            let members = self.members(node)?;
            self.spec.components.push(ComponentSpec { name, members });
        }
        Ok(())
    }

    fn messages(&mut self, section: Node<'d, 't>) -> Result<(), XmlError> {
        for node in elements(section) {
            if !node.has_tag_name("message") {
                return Err(self.source.misplaced(node, "<messages> has <message>"));
            }
            let msg_type = self.source.filled(node, "msgtype")?;
            if let Some(first) = self.messages.insert(msg_type, node) {
                return Err(self.twice(node, first, &format!("message {}", short(msg_type))));
            }
            let known = self.base.messages.iter().find(|known| known.msg_type == msg_type);
            let name = match (node.attribute("name"), known) {
                (None, Some(known)) => known.name.as_str(),
                _ => self.source.attribute(node, "name")?,
            };
            if let Some(first) = self.message_names.insert(name, node) {
                return Err(self.twice(node, first, &format!("message {}", short(name))));
            }
            let admin = self.is_admin(node, msg_type, known)?;
            let members = self.members(node)?;
            self.spec.messages.push(MessageSpec {
                msg_type: msg_type.to_owned(),
                name: name.to_owned(),
                admin,
                members,
            });
        }
        Ok(())
    }

    /// Whether the message is the session's; without a category, as the base has it.
    fn is_admin(
        &self,
        node: Node<'d, 't>,
        msg_type: &str,
        known: Option<&MessageSpec>,
    ) -> Result<bool, XmlError> {
        match node.attribute("msgcat") {
            None => Ok(known.is_some_and(|known| known.admin)),
            // XMLnonFIX is listed with the session messages, but carries what others say.
            Some(category) if category.eq_ignore_ascii_case("admin") => Ok(msg_type != "n"),
            Some(category) if category.eq_ignore_ascii_case("app") => Ok(false),
            Some(other) => {
                let other = short(other);
                Err(self.source.fault(node, format_args!("msgcat='{other}': write admin or app")))
            }
        }
    }

    /// Recursion is limited by the depth of the document.
    fn members(&self, list: Node<'d, 't>) -> Result<Vec<Member>, XmlError> {
        let mut members = Vec::new();
        let mut named: BTreeMap<&str, Node<'_, '_>> = BTreeMap::new();
        for node in elements(list) {
            let required = self.required(node)?;
            let name = node.attribute("name").unwrap_or_default();
            if let Some(first) = named.insert(name, node) {
                return Err(self.twice(node, first, &format!("member {}", short(name))));
            }
            members.push(match node.tag_name().name() {
                "field" => Member::Field { tag: self.named(node)?, required },
                "group" => {
                    let tag = self.named(node)?;
                    let members = self.members(node)?;
                    self.counts.check(self.source, node, tag, &members)?;
                    Member::Group { tag, required, members }
                }
                "component" => {
                    let name = self.source.attribute(node, "name")?;
                    if !self.components.contains_key(name) {
                        return Err(self.unknown(node, "component", name));
                    }
                    Member::Component { name: name.to_owned(), required }
                }
                _ => {
                    let expected = "members are <field>, <group> and <component>";
                    return Err(self.source.misplaced(node, expected));
                }
            });
        }
        Ok(members)
    }

    fn required(&self, node: Node<'d, 't>) -> Result<bool, XmlError> {
        match node.attribute("required") {
            Some("Y" | "y") => Ok(true),
            Some("N" | "n") | None => Ok(false),
            Some(other) => {
                let other = short(other);
                Err(self.source.fault(node, format_args!("required='{other}': write Y or N")))
            }
        }
    }

    fn named(&self, node: Node<'d, 't>) -> Result<u32, XmlError> {
        let name = self.source.attribute(node, "name")?;
        self.tags.get(name).copied().ok_or_else(|| self.unknown(node, "field", name))
    }

    fn unknown(&self, node: Node<'d, 't>, what: &str, name: &str) -> XmlError {
        let name = short(name);
        self.source.fault(
            node,
            format_args!(
                "{what} {name} is not defined: define it in <{what}s>, or correct its name"
            ),
        )
    }

    fn twice(&self, node: Node<'d, 't>, first: Node<'_, '_>, what: &str) -> XmlError {
        let line = self.source.fault(first, format_args!("")).line;
        self.source
            .fault(node, format_args!("{what} is there twice, first in line {line}: take one out"))
    }

    fn check(&self, limits: &Limits) -> Result<(), XmlError> {
        components::check(&self.spec, self.base, limits).map_err(|(name, fault)| {
            let component = self.components.get(name.as_str()).copied().flatten();
            let message = self.messages.values().find(|m| m.attribute("name") == Some(&*name));
            let node = component.or_else(|| message.copied()).unwrap_or_else(|| self.source.root());
            self.source.fault(node, format_args!("{fault}"))
        })
    }
}

/// The values of the field are not all that it may have.
fn allows_others(node: Node<'_, '_>) -> bool {
    matches!(node.attribute("allowOtherValues"), Some("Y" | "y" | "true"))
}

/// `FIX.5.0SP2`, from the attributes of the root; empty for an overlay without them.
fn version(root: Node<'_, '_>) -> String {
    let (Some(major), Some(minor)) = (root.attribute("major"), root.attribute("minor")) else {
        return String::new();
    };
    let kind = root.attribute("type").unwrap_or("FIX");
    let pack = match root.attribute("servicepack") {
        Some("0") | None => String::new(),
        Some(pack) => format!("SP{pack}"),
    };
    format!("{kind}.{major}.{minor}{pack}")
}
