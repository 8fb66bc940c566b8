//! Reading the text form.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::dictionary::finding::{Findings, Place};
use crate::dictionary::places::{Places, Thing};
use crate::dictionary::{
    ComponentSpec, Datatype, FieldSpec, Member, MessageSpec, Requirements, Spec, ValueSpec,
};

/// Groups within groups; FIX 5.0SP2 has 4.
const DEPTH_MAX: usize = 32;

/// Why a text is no dictionary, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct TextError {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it, and what to write instead.
    pub fault: String,
}

impl Spec {
    /// Reads the text form, which the module's documentation describes.
    ///
    /// Whether everything that is named exists is checked when the dictionary is compiled.
    ///
    /// # Errors
    ///
    /// [`TextError`] for the first line that cannot be read.
    ///
    /// ```
    /// use fixline::dictionary::Spec;
    ///
    /// let spec = Spec::from_text("version MY.VENUE\nfield 6001 Desk String A=Algo V=Voice\n")?;
    /// assert_eq!(spec.fields[0].values[1].name, "Voice");
    /// # Ok::<(), fixline::dictionary::TextError>(())
    /// ```
    pub fn from_text(text: &str) -> Result<Self, TextError> {
        let mut spec = Self::default();
        for (line, words) in statements(text) {
            statement(&mut spec, &words).map_err(|fault| TextError { line, fault })?;
        }
        Ok(spec)
    }
}

/// Reads what can be read, and says what cannot and where the rest stands.
pub(in crate::dictionary) fn read_all(
    text: &str,
    findings: &mut Findings,
    places: &mut Places,
) -> Spec {
    let mut spec = Spec::default();
    for (line, words) in statements(text) {
        let line = u32::try_from(line).unwrap_or(u32::MAX);
        let place = Place { line, column: 0 };
        if let Err(fault) = statement(&mut spec, &words) {
            findings.error(place, format_args!("{fault}"), "");
            continue;
        }
        let thing = match words.first() {
            Some(&"field") => spec.fields.last().map(|field| Thing::Field(field.tag)),
            Some(&"component") => {
                spec.components.last().map(|component| Thing::Component(component.name.clone()))
            }
            Some(&("admin" | "message")) => {
                spec.messages.last().map(|message| Thing::Message(message.msg_type.clone()))
            }
            Some(&"header") => Some(Thing::Header),
            Some(&"trailer") => Some(Thing::Trailer),
            Some(_) | None => None,
        };
        if let Some(thing) = thing {
            places.thing(thing, place);
        }
    }
    spec
}

/// The words of every statement, with the number of the line on which it begins.
fn statements(text: &str) -> impl Iterator<Item = (usize, Vec<&str>)> {
    let mut lines = (1..).zip(text.lines()).filter(|(_, line)| !line.starts_with('#')).peekable();
    core::iter::from_fn(move || {
        let (number, line) = lines.find(|(_, line)| !line.trim().is_empty())?;
        let mut words: Vec<&str> = line.split_ascii_whitespace().collect();
        while let Some((_, more)) = lines.next_if(|(_, next)| next.starts_with(' ')) {
            words.extend(more.split_ascii_whitespace());
        }
        Some((number, words))
    })
}

fn statement(spec: &mut Spec, words: &[&str]) -> Result<(), String> {
    match words {
        ["version", version] => spec.version = plain(version)?,
        ["field", tag, name, datatype, values @ ..] => {
            spec.fields.push(field(tag, name, datatype, values)?);
        }
        ["requirements", "without-condition"] => {
            spec.requirements = Requirements::WithoutCondition;
        }
        ["header", list @ ..] => spec.header = members(list)?,
        ["trailer", list @ ..] => spec.trailer = members(list)?,
        ["component", name, list @ ..] => {
            spec.components.push(ComponentSpec { name: plain(name)?, members: members(list)? });
        }
        [kind @ ("admin" | "message"), msg_type, name, list @ ..] => {
            spec.messages.push(MessageSpec {
                msg_type: plain(msg_type)?,
                name: plain(name)?,
                admin: *kind == "admin",
                members: members(list)?,
            });
        }
        [first, ..] => {
            return Err(format!(
                "`{}` is no statement, or lacks a part: write `version V`, `field TAG NAME TYPE \
                 VALUE=NAME..`, `header`, `trailer`, `component NAME` or `message TYPE NAME` with \
                 members",
                shown(first)
            ));
        }
        [] => {}
    }
    Ok(())
}

fn field(tag: &str, name: &str, datatype: &str, words: &[&str]) -> Result<FieldSpec, String> {
    let known = Datatype::from_name(datatype).ok_or_else(|| {
        format!("`{}` is no datatype: use one such as String, int or Price", shown(datatype))
    })?;
    let (open, words) = match words {
        [list @ .., "*"] => (true, list),
        list => (false, list),
    };
    let mut values = Vec::with_capacity(words.len());
    for word in words {
        let (value, name) = word
            .split_once('=')
            .ok_or_else(|| format!("`{}` is no value: write `VALUE=NAME`", shown(word)))?;
        values.push(ValueSpec { value: plain(value)?, name: plain(name)? });
    }
    let tag = number(tag)?;
    Ok(FieldSpec { tag, name: plain(name)?, datatype: known, values, open })
}

fn number(word: &str) -> Result<u32, String> {
    word.parse().map_err(|_| format!("`{}` is no tag: write a number", shown(word)))
}

/// A list of members, whose parentheses may stand alone or at a word.
fn members(words: &[&str]) -> Result<Vec<Member>, String> {
    // The lists that are open: that of the statement, and one for each group around this place.
    let mut open: Vec<(Vec<Member>, u32, bool)> = Vec::new();
    let mut list = Vec::new();
    for word in words {
        let mut rest = *word;
        while !rest.is_empty() {
            if let Some(after) = rest.strip_prefix(')') {
                let (outer, tag, required) =
                    open.pop().ok_or("a `)` closes nothing: take it out")?;
                let members = core::mem::replace(&mut list, outer);
                list.push(Member::Group { tag, required, members });
                rest = after;
                continue;
            }
            let end = rest.find(['(', ')']).unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            let (name, required) = name.strip_suffix('!').map_or((name, false), |n| (n, true));
            if let Some(inside) = after.strip_prefix('(') {
                if open.len() == DEPTH_MAX {
                    return Err(format!("more than {DEPTH_MAX} groups within each other"));
                }
                open.push((core::mem::take(&mut list), number(name)?, required));
                rest = inside;
                continue;
            }
            list.push(if name.starts_with(|char: char| char.is_ascii_digit()) {
                Member::Field { tag: number(name)?, required }
            } else {
                Member::Component { name: plain(name)?, required }
            });
            rest = after;
        }
    }
    match open.last() {
        Some((_, tag, _)) => Err(format!("group {tag} is not closed: write `)` behind it")),
        None => Ok(list),
    }
}

/// The word without its escapes.
fn plain(word: &str) -> Result<String, String> {
    if word == "%" {
        return Ok(String::new());
    }
    let mut parts = word.split('%');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let Some(code) = code.filter(u8::is_ascii) else {
            return Err(format!(
                "`{}`: behind `%` stand two hexadecimal digits of an ASCII character",
                shown(word)
            ));
        };
        text.push(char::from(code));
        text.push_str(&part[2..]);
    }
    Ok(text)
}

/// So much of a word that a message about it stays short.
fn shown(word: &str) -> String {
    word.chars().take(40).collect()
}
