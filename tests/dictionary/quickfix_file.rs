//! A specification as a file in QuickFIX's form, an element a line.

use std::collections::BTreeMap;

use fixline::dictionary::{Member, Spec};

/// The lines of a file that says what `spec` says.
pub(crate) fn lines(spec: &Spec) -> Vec<String> {
    let names = spec.fields.iter().map(|field| (field.tag, &*field.name)).collect();
    let mut file = File { names, lines: Vec::new() };
    // QuickFIX has no numbers for FIX Latest.
    let version = spec.version.replace("FIX.Latest", "FIX.5.0SP3");
    let (kind, numbers) = version.split_once('.').expect("FIX.4.4");
    let (numbers, pack) = numbers.split_once("SP").unwrap_or((numbers, "0"));
    let (major, minor) = numbers.split_once('.').expect("4.4");
    file.line(
        0,
        &format!("<fix type='{kind}' major='{major}' minor='{minor}' servicepack='{pack}'>"),
    );
    for (name, members) in [("header", &spec.header), ("trailer", &spec.trailer)] {
        // A dictionary of application messages alone has neither.
        if !members.is_empty() {
            file.line(1, &format!("<{name}>"));
            file.members(2, members);
            file.line(1, &format!("</{name}>"));
        }
    }
    file.line(1, "<messages>");
    for message in &spec.messages {
        let category = if message.admin { "admin" } else { "app" };
        let (name, msg_type) = (&message.name, &message.msg_type);
        file.line(2, &format!("<message name='{name}' msgtype='{msg_type}' msgcat='{category}'>"));
        file.members(3, &message.members);
        file.line(2, "</message>");
    }
    file.line(1, "</messages>");
    file.line(1, "<components>");
    for component in &spec.components {
        file.line(2, &format!("<component name='{}'>", component.name));
        file.members(3, &component.members);
        file.line(2, "</component>");
    }
    file.line(1, "</components>");
    file.fields(spec);
    file.line(0, "</fix>");
    file.lines
}

struct File<'s> {
    names: BTreeMap<u32, &'s str>,
    lines: Vec<String>,
}

impl File<'_> {
    fn line(&mut self, depth: usize, text: &str) {
        self.lines.push(format!("{:depth$}{text}", ""));
    }

    fn members(&mut self, depth: usize, members: &[Member]) {
        let letter = |required: bool| if required { 'Y' } else { 'N' };
        for member in members {
            match member {
                Member::Field { tag, required } => {
                    let (name, required) = (self.names[tag], letter(*required));
                    self.line(depth, &format!("<field name='{name}' required='{required}'/>"));
                }
                Member::Group { tag, required, members } => {
                    let (name, required) = (self.names[tag], letter(*required));
                    self.line(depth, &format!("<group name='{name}' required='{required}'>"));
                    self.members(depth + 1, members);
                    self.line(depth, "</group>");
                }
                Member::Component { name, required } => {
                    let required = letter(*required);
                    self.line(depth, &format!("<component name='{name}' required='{required}'/>"));
                }
            }
        }
    }

    fn fields(&mut self, spec: &Spec) {
        self.line(1, "<fields>");
        for field in &spec.fields {
            let (tag, name) = (field.tag, &field.name);
            let datatype = field.datatype.name().to_ascii_uppercase();
            let other = if field.open { " allowOtherValues='Y'" } else { "" };
            self.line(2, &format!("<field number='{tag}' name='{name}' type='{datatype}'{other}>"));
            for value in &field.values {
                let (value, name) = (escaped(&value.value), escaped(&value.name));
                self.line(3, &format!("<value enum='{value}' description='{name}'/>"));
            }
            self.line(2, "</field>");
        }
        self.line(1, "</fields>");
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('\'', "&apos;")
}
