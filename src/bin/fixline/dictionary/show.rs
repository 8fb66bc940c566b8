//! `fixline dictionary show`: a field, a message or a component, for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use clap::Args;
use fixline::dictionary::{FieldSpec, Member, MessageSpec, Spec, Standard};
use fixline::settings::nearest;

use super::load::{self, Source};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// A tag, a MsgType, or the name of a field, a message or a component in upper or lower case;
    /// `header`, `trailer`
    what: String,
    #[command(flatten)]
    source: Source,
}

pub(super) fn run(options: &Options) -> Result<(), String> {
    let spec = options.source.load()?;
    let name = options.source.name(&spec);
    let catalogue = Catalogue::new(&spec, &name);
    let text = catalogue.show(&options.what);
    if text.is_empty() {
        return Err(catalogue.missing(&options.what));
    }
    load::print(&text)
}

/// Room for a name with its tag in front of its type.
const NAME_WIDTH: usize = 50;

/// Lists are broken before they are wider.
const LINE_WIDTH: usize = 100;

struct Catalogue<'s> {
    /// What it is called.
    name: &'s str,
    spec: &'s Spec,
    fields: BTreeMap<u32, &'s FieldSpec>,
    components: BTreeMap<&'s str, &'s [Member]>,
}

impl<'s> Catalogue<'s> {
    fn new(spec: &'s Spec, name: &'s str) -> Self {
        Self {
            name,
            spec,
            fields: spec.fields.iter().map(|field| (field.tag, field)).collect(),
            components: spec
                .components
                .iter()
                .map(|component| (component.name.as_str(), component.members.as_slice()))
                .collect(),
        }
    }

    /// Everything that is called so, in other letters if nothing else is.
    fn show(&self, what: &str) -> String {
        let text = self.named(what);
        let other = self.names().find(|name| name.eq_ignore_ascii_case(what));
        match other {
            Some(name) if text.is_empty() => self.named(name),
            _ => text,
        }
    }

    /// Every name of a field, a message or a component.
    fn names(&self) -> impl Iterator<Item = &'s str> {
        let fields = self.spec.fields.iter().map(|field| field.name.as_str());
        let messages = self.spec.messages.iter().map(|message| message.name.as_str());
        let components = self.spec.components.iter().map(|component| component.name.as_str());
        fields.chain(messages).chain(components).chain(["header", "trailer"])
    }

    /// What to do about a name that is not there.
    fn missing(&self, what: &str) -> String {
        let has = |standard: &Standard| {
            !Catalogue::new(&standard.spec(), standard.name()).show(what).is_empty()
        };
        let elsewhere: Vec<_> = Standard::ALL.into_iter().filter(has).map(Standard::name).collect();
        let advice = match (elsewhere.as_slice(), nearest(what, self.names())) {
            ([], Some(name)) => format!("did you mean {name}?"),
            ([], None) => "no version has it".to_owned(),
            (versions, _) => format!("give --version with one of {}", versions.join(", ")),
        };
        format!("{} has no field, message or component {what}: {advice}", self.name)
    }

    /// Everything with exactly this name; a number may be a tag and a MsgType.
    fn named(&self, what: &str) -> String {
        let mut text = String::new();
        let fields = self.spec.fields.iter();
        for field in fields.filter(|field| field.name == what || field.tag.to_string() == what) {
            self.field(&mut text, field);
        }
        let messages = self.spec.messages.iter();
        for message in messages.filter(|message| message.name == what || message.msg_type == what) {
            let kind = if message.admin { "session message" } else { "message" };
            let title = format!("{}({})", message.name, message.msg_type);
            self.list(&mut text, &title, kind, &message.members);
        }
        if let Some(members) = self.components.get(what) {
            self.list(&mut text, what, "component", members);
        }
        match what {
            "header" => self.list(&mut text, "StandardHeader", "header", &self.spec.header),
            "trailer" => self.list(&mut text, "StandardTrailer", "trailer", &self.spec.trailer),
            _ => {}
        }
        text
    }

    fn title(&self, text: &mut String, name: &str, kind: &str) {
        if !text.is_empty() {
            text.push('\n');
        }
        line(text, format_args!("{name}, {kind} of {}", self.name));
    }

    fn field(&self, text: &mut String, field: &FieldSpec) {
        let kind = format!("{} field", field.datatype.name());
        self.title(text, &format!("{}({})", field.name, field.tag), &kind);
        let width = field.values.iter().map(|value| value.value.len()).max().unwrap_or(0);
        for value in &field.values {
            line(text, format_args!("  {:width$}  {}", value.value, value.name));
        }
        if field.open && !field.values.is_empty() {
            line(text, format_args!("  or any other {}", field.datatype.name()));
        }
        let has = |members: &[Member]| self.has(members, field.tag);
        let mut places = Vec::new();
        if has(&self.spec.header) {
            places.push("the header".to_owned());
        }
        if has(&self.spec.trailer) {
            places.push("the trailer".to_owned());
        }
        let messages = self.spec.messages.iter().filter(|message| has(&message.members));
        places.extend(
            messages.map(|MessageSpec { name, msg_type, .. }| format!("{name}({msg_type})")),
        );
        if !places.is_empty() {
            line(text, format_args!("  in {}", wrapped(&places)));
        }
    }

    /// Whether the field is somewhere in the list, in its groups or components.
    fn has(&self, members: &[Member], wanted: u32) -> bool {
        members.iter().any(|member| match member {
            Member::Field { tag, .. } => *tag == wanted,
            Member::Group { tag, members, .. } => *tag == wanted || self.has(members, wanted),
            Member::Component { name, .. } => self.has(self.component(name), wanted),
        })
    }

    fn component(&self, name: &str) -> &'s [Member] {
        self.components.get(name).copied().unwrap_or_default()
    }

    fn list(&self, text: &mut String, name: &str, kind: &str, members: &[Member]) {
        self.title(text, name, kind);
        self.members(text, members, 1);
    }

    fn members(&self, text: &mut String, members: &[Member], depth: usize) {
        for member in members {
            match member {
                Member::Field { tag, required } => {
                    let name = self.name(*tag);
                    let datatype = self.fields.get(tag).map_or("", |field| field.datatype.name());
                    member_line(text, depth, &name, datatype, *required);
                }
                Member::Group { tag, required, members } => {
                    member_line(text, depth, &self.name(*tag), "group", *required);
                    self.members(text, members, depth + 1);
                }
                Member::Component { name, required } => {
                    member_line(text, depth, name, "component", *required);
                    self.members(text, self.component(name), depth + 1);
                }
            }
        }
    }

    fn name(&self, tag: u32) -> String {
        let name = self.fields.get(&tag).map_or("", |field| field.name.as_str());
        format!("{name}({tag})")
    }
}

fn member_line(text: &mut String, depth: usize, name: &str, kind: &str, required: bool) {
    let indent = depth * 2;
    let width = NAME_WIDTH.saturating_sub(indent);
    let required = if required { ", required" } else { "" };
    line(text, format_args!("{:indent$}{name:width$} {kind}{required}", ""));
}

fn wrapped(words: &[String]) -> String {
    let mut text = String::new();
    let mut column = 5;
    for (at, word) in words.iter().enumerate() {
        let comma = if at + 1 < words.len() { "," } else { "" };
        if column + word.len() > LINE_WIDTH {
            text.push_str("\n    ");
            column = 5;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
        text.push_str(comma);
        column += word.len() + 2;
    }
    text
}

fn line(text: &mut String, words: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    writeln!(text, "{words}").unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: &str = "version FIX.4.4
field 8 BeginString String
field 27 IOIQty String S=Small M=Medium *
field 448 PartyID String
field 453 NoPartyIDs NumInGroup
header 8!
component Parties 453( 448! )
message 8 ExecutionReport 27! Parties
admin A Logon
";

    fn shown(what: &str) -> String {
        Catalogue::new(&Spec::from_text(SPEC).unwrap(), "FIX.4.4").show(what)
    }

    #[test]
    fn a_field_is_shown_with_its_values_and_where_it_is() {
        assert_eq!(
            shown("27"),
            "IOIQty(27), String field of FIX.4.4\n  S  Small\n  M  Medium\n  or any other String\n  \
             in ExecutionReport(8)\n"
        );
        assert_eq!(shown("IOIQty"), shown("27"));
        assert!(shown("448").ends_with("  in ExecutionReport(8)\n"));
    }

    #[test]
    fn a_message_is_shown_with_its_groups_indented() {
        let expected = "\
ExecutionReport(8), message of FIX.4.4
  IOIQty(27)                                       String, required
  Parties                                          component
    NoPartyIDs(453)                                group
      PartyID(448)                                 String, required
";
        assert_eq!(shown("ExecutionReport"), expected);
        assert_eq!(shown("A"), "Logon(A), session message of FIX.4.4\n");
    }

    #[test]
    fn a_number_may_be_a_tag_and_a_message() {
        let text = shown("8");
        assert!(text.starts_with("BeginString(8), String field of FIX.4.4\n  in the header\n\n"));
        assert!(text.contains("\nExecutionReport(8), message of FIX.4.4\n"));
        assert!(shown("header").starts_with("StandardHeader, header of FIX.4.4\n  BeginString(8)"));
        assert_eq!(shown("nothing"), "");
    }

    #[test]
    fn names_are_found_in_other_letters_but_types_and_exact_names_come_first() {
        assert_eq!(shown("ioiqty"), shown("27"));
        assert_eq!(shown("PARTIES"), shown("Parties"));
        assert_eq!(shown("a"), "");
        assert!(!shown("A").is_empty());
    }

    #[test]
    fn what_is_missing_is_explained() {
        let spec = Spec::from_text(SPEC).unwrap();
        let missing = |what| Catalogue::new(&spec, "FIX.4.4").missing(what);
        let is = "FIX.4.4 has no field, message or component";
        assert_eq!(missing("IOIQyt"), format!("{is} IOIQyt: did you mean IOIQty?"));
        assert_eq!(missing("99999"), format!("{is} 99999: no version has it"));
        assert_eq!(
            missing("1128"),
            format!(
                "{is} 1128: give --version with one of FIX.5.0, FIX.5.0SP1, FIX.5.0SP2, FIX.Latest, \
                 FIXT.1.1"
            )
        );
    }
}
