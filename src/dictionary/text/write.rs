//! Writing the text form.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt::Write;

use crate::dictionary::{FieldSpec, Member, Requirements, Spec};

/// Lines are broken before they are longer.
const LINE_MAX: usize = 100;

impl Spec {
    /// The text form of the dictionary, for [`Spec::from_text`].
    pub fn to_text(&self) -> String {
        let mut text = Text::default();
        text.statement(&["version", &escaped(&self.version)]);
        if self.requirements == Requirements::WithoutCondition {
            text.statement(&["requirements", "without-condition"]);
        }
        for field in &self.fields {
            text.field(field);
        }
        text.statement(&["header"]);
        text.members(&self.header);
        text.statement(&["trailer"]);
        text.members(&self.trailer);
        for component in &self.components {
            text.statement(&["component", &escaped(&component.name)]);
            text.members(&component.members);
        }
        for message in &self.messages {
            let kind = if message.admin { "admin" } else { "message" };
            text.statement(&[kind, &escaped(&message.msg_type), &escaped(&message.name)]);
            text.members(&message.members);
        }
        text.done.push('\n');
        text.done
    }
}

#[derive(Default)]
struct Text {
    done: String,
    /// How long the last line is.
    column: usize,
}

impl Text {
    fn statement(&mut self, words: &[&str]) {
        if !self.done.is_empty() {
            self.done.push('\n');
        }
        self.column = 0;
        for (at, word) in words.iter().enumerate() {
            if at > 0 {
                self.done.push(' ');
            }
            self.done.push_str(word);
            self.column += word.len() + 1;
        }
    }

    fn word(&mut self, word: &str) {
        if self.column + word.len() > LINE_MAX {
            self.done.push_str("\n ");
            self.column = 1;
        }
        self.done.push(' ');
        self.done.push_str(word);
        self.column += word.len() + 1;
    }

    fn field(&mut self, field: &FieldSpec) {
        let tag = field.tag.to_string();
        self.statement(&["field", &tag, &escaped(&field.name), field.datatype.name()]);
        for value in &field.values {
            let mut word = escaped(&value.value);
            word.push('=');
            word.push_str(&escaped(&value.name));
            self.word(&word);
        }
        if field.open {
            self.word("*");
        }
    }

    fn members(&mut self, members: &[Member]) {
        for member in members {
            match member {
                Member::Field { tag, required } => self.word(&marked(tag.to_string(), *required)),
                Member::Component { name, required } => {
                    self.word(&marked(component(name), *required));
                }
                Member::Group { tag, required, members } => {
                    let mut word = marked(tag.to_string(), *required);
                    word.push('(');
                    self.word(&word);
                    self.members(members);
                    self.word(")");
                }
            }
        }
    }
}

fn marked(mut word: String, required: bool) -> String {
    if required {
        word.push('!');
    }
    word
}

/// A component among members, where a digit at the beginning would make it a tag.
fn component(name: &str) -> String {
    let mut text = escaped(name);
    if let Some(digit) = text.bytes().next().filter(u8::is_ascii_digit) {
        text.replace_range(..1, &format!("%{digit:02X}"));
    }
    text
}

/// The word with every character replaced that would be taken for something else.
fn escaped(word: &str) -> String {
    let mut text = String::with_capacity(word.len());
    for char in word.chars() {
        if char.is_ascii_whitespace() || char.is_ascii_control() || "%=()!*#".contains(char) {
            // Writing to a string does not fail.
            write!(text, "%{:02X}", u32::from(char)).unwrap_or_default();
        } else {
            text.push(char);
        }
    }
    // An empty word would not be there at all.
    if text.is_empty() {
        text.push('%');
    }
    text
}
