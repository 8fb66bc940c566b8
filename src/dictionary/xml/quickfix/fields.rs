//! `<fields>`: tags, names, types and values.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::Reader;
use crate::dictionary::finding::short;
use crate::dictionary::places::Thing;
use crate::dictionary::xml::document::Node;
use crate::dictionary::{Datatype, FieldSpec, ValueSpec};
use crate::wire::SOH;

impl<'d, 't> Reader<'d, 't, '_> {
    pub(super) fn fields(&mut self, section: Node<'d, 't>) {
        for node in section.children() {
            if node.name() == "field" {
                self.field(node);
            } else {
                self.passed_over(node, "<fields> has <field>");
            }
        }
    }

    fn field(&mut self, node: Node<'d, 't>) {
        let tag = self.tag(node);
        let name = match (node.attribute("name"), tag) {
            (Some(name), _) => name,
            (None, Some(tag)) => {
                let subject = format!("field {tag} has no `name`");
                self.note(node, &subject, "no member can name it", "give it one");
                ""
            }
            (None, None) => return,
        };
        let first = self.field_names.get(name).copied().filter(|_| !name.is_empty());
        if let Some(first) = first {
            let known = self.tags.get(name).copied().flatten();
            if known != tag && known.is_some() && tag.is_some() {
                let (line, name) = (first.place().line, short(name));
                let subject = format!("field {name} has two tags, the first in line {line}");
                self.error(node, &subject, "give one of them another name");
                return;
            }
        }
        self.field_names.insert(name, node);
        // The names of this document are the last word on which field is meant.
        self.tags.insert(name, tag);
        let Some(tag) = tag else { return };
        let field = self.field_spec(node, tag, name);
        self.groups.define(tag);
        self.out.places.thing(Thing::Field(tag), node.place());
        match self.fields.get(&tag).and_then(|at| self.spec.fields.get_mut(*at)) {
            None => {
                self.fields.insert(tag, self.spec.fields.len());
                self.spec.fields.push(field);
            }
            Some(known) => {
                let subject = format!(
                    "tag {tag} is defined twice, as {} and as {}",
                    short(&known.name),
                    short(name)
                );
                let values = field.values.into_iter();
                let is_new =
                    |value: &ValueSpec| known.values.iter().all(|v| v.value != value.value);
                let new: Vec<_> = values.filter(is_new).collect();
                known.values.extend(new);
                (known.name, known.datatype) = (field.name, field.datatype);
                known.open |= field.open;
                let made = "both names mean it, with the last type and the values of both";
                self.note(node, &subject, made, "take one out");
            }
        }
    }

    /// The tag as QuickFIX C++ reads numbers: digits behind blanks and a sign, and no look at what stands behind them.
    fn tag(&mut self, node: Node<'d, 't>) -> Option<u32> {
        let Some(text) = node.attribute("number") else {
            let name = short(node.attribute("name").unwrap_or_default());
            let subject = format!("field {name} has no `number`");
            self.note(node, &subject, "left out, and where it is named, too", "give it one");
            return None;
        };
        if let Some(tag) = exact(text) {
            return Some(tag);
        }
        let trimmed = text.trim_start();
        let trimmed = trimmed.strip_prefix('+').unwrap_or(trimmed);
        let digits = trimmed.find(|char: char| !char.is_ascii_digit()).unwrap_or(trimmed.len());
        let tag = trimmed.get(..digits).and_then(|digits| digits.parse().ok());
        let tag = tag.filter(|tag| *tag > 0);
        let subject = format!("`{}` is no tag", short(text));
        let made_of_it = match tag {
            Some(tag) => format!("taken for {tag}"),
            None => "left out, and where it is named, too".to_string(),
        };
        self.note(node, &subject, &made_of_it, "write a number from 1 on");
        tag
    }

    fn field_spec(&mut self, node: Node<'d, 't>, tag: u32, name: &str) -> FieldSpec {
        let mut field = FieldSpec {
            tag,
            name: name.into(),
            datatype: self.datatype(node, name),
            values: Vec::new(),
            open: allows_others(node),
        };
        let mut known = BTreeSet::new();
        for child in node.children() {
            match child.name() {
                "value" => field.values.extend(self.value(child, tag, &mut known)),
                "values" => {
                    field.open |= allows_others(child);
                    for value in child.children() {
                        field.values.extend(self.value(value, tag, &mut known));
                    }
                }
                _ => self.passed_over(child, "<field> has <value>"),
            }
        }
        field
    }

    fn datatype(&mut self, node: Node<'d, 't>, field: &str) -> Datatype {
        let field = short(field);
        let Some(name) = node.attribute("type") else {
            let subject = format!("field {field} has no `type`");
            self.note(node, &subject, "taken for STRING, which is any text", "give it one");
            return Datatype::String;
        };
        // In these two, CHAR is text of any length.
        let is_old = matches!(&*self.spec.version, "FIX.4.0" | "FIX.4.1");
        let (datatype, oddity) = match known_as(name) {
            Known::Exactly(Datatype::Char) if is_old => return Datatype::String,
            Known::Exactly(datatype) => return datatype,
            Known::Loosely(Datatype::Char) if is_old => (Datatype::String, "is misspelt"),
            Known::Loosely(datatype) => (datatype, "is misspelt"),
            Known::Not => (Datatype::String, "is no datatype"),
        };
        let capitals = datatype.name().to_ascii_uppercase();
        let subject = format!("type `{}` of field {field} {oddity}", short(name));
        let made_of_it = match oddity {
            "is misspelt" => format!("taken for {capitals}"),
            _ => "taken for STRING, which is any text".to_string(),
        };
        let cure = match oddity {
            "is misspelt" => format!("write {capitals}"),
            _ => "use one such as STRING, INT or PRICE".to_string(),
        };
        self.note(node, &subject, &made_of_it, &cure);
        datatype
    }

    /// A value, unless there is none, or it is there already.
    fn value(
        &mut self,
        node: Node<'d, 't>,
        tag: u32,
        known: &mut BTreeSet<&'d str>,
    ) -> Option<ValueSpec> {
        if node.name() != "value" {
            self.passed_over(node, "<values> has <value>");
            return None;
        }
        let Some(mut value) = node.attribute("enum") else {
            self.note(node, "a value has no `enum`", "left out", "give it one");
            return None;
        };
        let name = node.attribute("description").unwrap_or(value);
        if value.bytes().any(|byte| byte == SOH) {
            value = "";
        }
        if value.is_empty() {
            // What becomes of it is told when the dictionary is compiled.
            self.out.places.member(Thing::Field(tag), 0, node.place());
        }
        if !known.insert(value) {
            let subject = format!("value {} is there twice", short(value));
            self.note(node, &subject, "the first stands", "take one out");
            return None;
        }
        Some(ValueSpec { value: value.into(), name: name.into() })
    }
}

/// How well the name of a type is known.
enum Known {
    Exactly(Datatype),
    /// But for what stands around it, or between its words.
    Loosely(Datatype),
    Not,
}

/// The type that is called so, or called so by whoever does not look closely: with blanks around it,
/// with hyphens, underscores or blanks between its words.
fn known_as(name: &str) -> Known {
    if let Some(datatype) = Datatype::from_name(name) {
        return Known::Exactly(datatype);
    }
    let joined: String = name.chars().filter(char::is_ascii_alphanumeric).take(40).collect();
    // Only old files call it so.
    if joined.eq_ignore_ascii_case("Quantity") {
        return Known::Loosely(Datatype::Qty);
    }
    Datatype::from_name(&joined).map_or(Known::Not, Known::Loosely)
}

/// A tag as it ought to be written.
fn exact(text: &str) -> Option<u32> {
    let is_plain = !text.starts_with(['+', '0']);
    text.parse().ok().filter(|tag| *tag > 0 && is_plain)
}

/// The values of the field are not all that it may have.
fn allows_others(node: Node<'_, '_>) -> bool {
    matches!(node.attribute("allowOtherValues"), Some("Y" | "y" | "true"))
}
