//! A specification as a file of FIX Orchestra, with all that real ones have around it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use fixline::dictionary::{Datatype, FieldSpec, Member, Spec, ValueSpec};

/// The text of a file that says what `spec` says. Every element has a documentation of `note`
/// bytes.
pub(crate) fn orchestra(spec: &Spec, note: usize) -> String {
    let file = File { spec, note, groups: Vec::new(), refs: 0 };
    file.write()
}

struct File<'s> {
    spec: &'s Spec,
    note: usize,
    /// The groups that were met, as elements; their ids count from [`GROUP_IDS`].
    groups: Vec<String>,
    /// How many references were written.
    refs: usize,
}

const GROUP_IDS: usize = 20_000;
const COMPONENT_IDS: usize = 1_000;

/// What stands in front of the code sets, and is no part of a dictionary but for the datatypes.
const HEAD: &str = r#"<fixr:metadata>
  <dcterms:title>Orchestra of a test</dcterms:title><dcterms:date>2026-11-23T09:30:00Z</dcterms:date>
 </fixr:metadata>
 <fixr:categories>
  <fixr:category name="Session" section="Session"><fixr:annotation/></fixr:category>
  <fixr:category name="Common" componentType="AggregatedBlock" section="Other"/>
 </fixr:categories>
 <fixr:sections><fixr:section name="Session" displayOrder="0" FIXMLFileName="session"/></fixr:sections>
 <fixr:actors>
  <fixr:actor name="Market">
   <fixr:field id="4001" name="NoSuchField" type="NoSuchType"/>
   <fixr:states name="Phase"><fixr:initial name="Closed"/></fixr:states>
  </fixr:actor>
 </fixr:actors>
"#;

/// A scenario other than the base one.
const OTHER_MESSAGE: &str = r#"<fixr:message name="Other" id="99" msgType="D" scenario="Cross" category="Common">
   <fixr:structure><fixr:fieldRef id="4002" presence="required"/></fixr:structure>
  </fixr:message>"#;

/// What stands behind the structure of a message.
const RESPONSES: &str = r#"<fixr:responses><fixr:response name="Ack">
    <fixr:messageRef name="Ack" msgType="8"/><fixr:when>$OrdType == ^Limit</fixr:when>
   </fixr:response></fixr:responses>"#;

impl File<'_> {
    fn write(mut self) -> String {
        let version = &self.spec.version;
        let mut text = format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<fixr:repository xmlns:fixr="http://fixprotocol.io/2020/orchestra/repository"
  xmlns:dcterms="http://purl.org/dc/terms/" name="{version}" version="{version}_EP269"
  hasComponents="true">
 "#
        );
        text += HEAD;
        self.datatypes(&mut text);
        let sets = self.code_sets(&mut text);
        self.fields(&sets, &mut text);
        let components = self.components();
        let messages = self.messages();
        section("components", &components, &mut text);
        section("groups", &self.groups.concat(), &mut text);
        section("messages", &messages, &mut text);
        text + "</fixr:repository>\n"
    }

    /// The documentation of an element.
    fn note(&self) -> String {
        if self.note == 0 {
            return String::new();
        }
        let words = "It says what the element before it is for. ".repeat(self.note / 43 + 1);
        format!(
            "\n    <fixr:annotation>\n     <fixr:documentation purpose=\"SYNOPSIS\">\n      {}\n     \
             </fixr:documentation>\n    </fixr:annotation>\n   ",
            &words[..self.note]
        )
    }

    fn datatypes(&self, text: &mut String) {
        let names = self.spec.fields.iter().map(|field| field.datatype.name());
        let mut types: Vec<_> = names.map(|name| (name, "")).collect();
        types.sort_unstable();
        types.dedup();
        types.extend([("Reserved100Plus", " baseType=\"Pattern\""), ("Pattern", "")]);
        let mut items = String::new();
        for (name, base) in types {
            writeln!(
                items,
                "<fixr:datatype name=\"{name}\"{base} added=\"FIX.2.7\" issue=\"SPEC-1\"><fixr:mappedDatatype \
                 standard=\"XML\" base=\"xs:string\" builtin=\"0\"/>{}</fixr:datatype>",
                self.note()
            )
            .unwrap();
        }
        section("datatypes", &items, text);
    }

    /// Writes the code sets; fields with the same ones share them.
    fn code_sets(&self, text: &mut String) -> BTreeMap<(String, String), String> {
        let (mut sets, mut items) = (BTreeMap::new(), String::new());
        for field in self.spec.fields.iter().filter(|field| !field.values.is_empty()) {
            let key = (code_set_type(field).to_owned(), format!("{:?}", field.values));
            if sets.contains_key(&key) {
                continue;
            }
            let name = format!("{}CodeSet", field.name);
            let (id, datatype) = (field.tag, code_set_type(field));
            write!(items, "<fixr:codeSet name=\"{name}\" id=\"{id}\" type=\"{datatype}\">")
                .unwrap();
            for (number, ValueSpec { value, name }) in field.values.iter().enumerate() {
                let (value, name) = (escaped(value), escaped(name));
                writeln!(
                    items,
                    "\n   <fixr:code name=\"{name}\" id=\"{id}{number:03}\" value=\"{value}\" sort=\"{number}\" \
                     added=\"FIX.4.2\" addedEP=\"-1\" updated=\"FIX.5.0SP2\">{}</fixr:code>",
                    self.note()
                )
                .unwrap();
            }
            items += "</fixr:codeSet>\n";
            sets.insert(key, name);
        }
        section("codeSets", &items, text);
        sets
    }

    fn fields(&self, sets: &BTreeMap<(String, String), String>, text: &mut String) {
        let mut items = String::new();
        for field in &self.spec.fields {
            let key = (code_set_type(field).to_owned(), format!("{:?}", field.values));
            let kind = sets.get(&key).map_or_else(|| field.datatype.name(), String::as_str);
            let union = match field.datatype {
                _ if !field.open => String::new(),
                Datatype::Qty | Datatype::Tenor => {
                    format!(" unionDataType=\"{}\"", field.datatype.name())
                }
                _ => " unionDataType=\"Reserved100Plus\"".to_owned(),
            };
            let (tag, name) = (field.tag, &field.name);
            writeln!(
                items,
                "<fixr:field id=\"{tag}\" name=\"{name}\" type=\"{kind}\"{union} abbrName=\"Abbr\" \
                 baseCategory=\"Common\" added=\"FIX.2.7\" replaced=\"FIX.4.0\" lengthId=\"9\">{}</fixr:field>",
                self.note()
            )
            .unwrap();
        }
        section("fields", &items, text);
    }

    fn components(&mut self) -> String {
        let spec = self.spec;
        let mut items = String::new();
        let listed = spec.components.iter().map(|component| (&*component.name, &component.members));
        let frame = [("StandardHeader", &spec.header), ("StandardTrailer", &spec.trailer)];
        for (name, members) in frame.into_iter().chain(listed) {
            let id = self.component_id(name);
            let members = self.members(members);
            let note = self.note();
            writeln!(
                items,
                "<fixr:component name=\"{name}\" id=\"{id}\" category=\"Common\" abbrName=\"A\">{note}{members}\
                 </fixr:component>"
            )
            .unwrap();
        }
        items
    }

    fn messages(&mut self) -> String {
        let mut items = String::new();
        let (header, trailer) =
            (self.component_id("StandardHeader"), self.component_id("StandardTrailer"));
        for (id, message) in self.spec.messages.iter().enumerate() {
            let (name, msg_type) = (&message.name, &message.msg_type);
            // XMLnonFIX is among the session messages there.
            let is_session = message.admin || msg_type == "n";
            let category = if is_session { "Session" } else { "Common" };
            let members = self.members(&message.members);
            let note = self.note();
            writeln!(
                items,
                "<fixr:message name=\"{name}\" id=\"{id}\" msgType=\"{msg_type}\" category=\"{category}\" \
                 section=\"Trade\" flow=\"Both\" added=\"FIX.4.0\">{note}<fixr:structure>\n\
                 <fixr:componentRef id=\"{header}\" presence=\"required\"/>\n{members}\
                 <fixr:componentRef id=\"{trailer}\" presence=\"required\"/>\n\
                 </fixr:structure>{RESPONSES}</fixr:message>"
            )
            .unwrap();
        }
        items + OTHER_MESSAGE
    }

    fn component_id(&self, name: &str) -> usize {
        match name {
            "StandardHeader" => COMPONENT_IDS,
            "StandardTrailer" => COMPONENT_IDS + 1,
            _ => {
                let at = self.spec.components.iter().position(|component| component.name == name);
                COMPONENT_IDS + 2 + at.unwrap()
            }
        }
    }

    /// References to these members; groups are put aside.
    fn members(&mut self, members: &[Member]) -> String {
        let mut items = String::new();
        for member in members {
            let (kind, id, required) = match member {
                Member::Field { tag, required } => ("fieldRef", *tag as usize, *required),
                Member::Component { name, required } => {
                    ("componentRef", self.component_id(name), *required)
                }
                Member::Group { tag, required, members } => {
                    ("groupRef", self.group(*tag, members), *required)
                }
            };
            self.refs += 1;
            let presence = match (required, self.refs % 4) {
                (true, 0) => " presence=\"constant\" value=\"1\"",
                (true, _) => " presence=\"required\"",
                (false, 0) => "",
                (false, 1) => " presence=\"ignored\"",
                (false, 2) => " presence=\"conditional\"",
                (false, _) => " presence=\"optional\"",
            };
            let rule = match self.refs % 16 {
                0 => {
                    "<fixr:rule name=\"r\" presence=\"required\"><fixr:when>$OrdType == ^Limit</fixr:when></fixr:rule>"
                }
                1 => "<fixr:assign>in.x</fixr:assign>",
                _ => "",
            };
            let note = self.note();
            writeln!(
                items,
                "   <fixr:{kind} id=\"{id}\"{presence} added=\"FIX.4.0\" updated=\"FIX.4.4\" \
                 updatedEP=\"4\">{rule}{note}</fixr:{kind}>"
            )
            .unwrap();
            if self.refs.is_multiple_of(10) && kind == "fieldRef" {
                writeln!(items, "   <fixr:fieldRef id=\"{id}\" presence=\"forbidden\"/>").unwrap();
            }
        }
        items
    }

    /// The id of a new group.
    fn group(&mut self, tag: u32, members: &[Member]) -> usize {
        let at = self.groups.len();
        let id = GROUP_IDS + at;
        self.groups.push(String::new());
        let members = self.members(members);
        let note = self.note();
        self.groups[at] = format!(
            "<fixr:group name=\"Grp{id}\" id=\"{id}\" category=\"Common\" abbrName=\"G\">{note}\n   \
             <fixr:numInGroup id=\"{tag}\"/>\n{members}  </fixr:group>\n"
        );
        id
    }
}

fn section(name: &str, items: &str, text: &mut String) {
    write!(text, " <fixr:{name}>\n{items} </fixr:{name}>\n").unwrap();
}

/// The listed values of a field that may also be a quantity are none.
fn code_set_type(field: &FieldSpec) -> &'static str {
    match field.datatype {
        Datatype::Qty | Datatype::Tenor if field.open => "String",
        datatype => datatype.name(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
