//! The values of fields, and those of MsgType(35).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use fixline::dictionary::Spec;

use super::declaration;
use super::name::constant_name;
use super::names::{Named, Names};

/// The fields that share a type, by the names that it has for them, lowest tag first; and its values.
#[derive(Debug)]
pub(super) struct CodeSet<'s> {
    fields: Vec<(String, Named<u32>)>,
    pub(super) values: Vec<Named<&'s str>>,
}

/// The constants of `MsgType`.
pub(super) fn msg_type(all: &[Spec]) -> Result<String, std::fmt::Error> {
    let mut names = Names::default();
    for (version, spec) in all.iter().enumerate() {
        for message in &spec.messages {
            names.add(&message.name, message.msg_type.as_str(), version);
        }
    }
    let mut text = format!("{}the values of MsgType(35).\n\n", super::GENERATED);
    writeln!(text, "/// The values of MsgType(35).\npub enum MsgType {{}}\n\nimpl MsgType {{")?;
    for named in ascending(names.distinct(all)) {
        let Named { meaning, spelling, versions, .. } = &named;
        writeln!(text, "    /// {spelling}({meaning}): {}.", versions.text(all))?;
        constant(&mut text, &named)?;
    }
    writeln!(text, "}}")?;
    Ok(text)
}

/// The types of all fields that have values, in one file for each letter that their names begin with.
pub(super) fn sources(all: &[Spec]) -> Result<BTreeMap<char, String>, std::fmt::Error> {
    let mut texts = BTreeMap::new();
    for CodeSet { fields, values } in code_sets(all) {
        let Some(((home, field), others)) = fields.split_first() else { continue };
        let text = file_of(home, &mut texts);
        write!(text, "\n/// Values of {}", told(field, all))?;
        for (at, (_, other)) in others.iter().enumerate() {
            let begin =
                if at == 0 { "///\n/// Those of other fields are the same:\n///\n" } else { "" };
            write!(text, "{begin}/// - {}", told(other, all))?;
        }
        writeln!(text, "pub enum {home} {{}}\n\nimpl {home} {{")?;
        for value in &values {
            writeln!(text, "    /// `{}`: {}.", value.meaning, value.versions.text(all))?;
            constant(text, value)?;
        }
        writeln!(text, "}}")?;
        for (name, _) in others {
            writeln!(file_of(name, &mut texts), "\npub use self::{home} as {name};")?;
        }
    }
    Ok(texts)
}

/// The text of the file that has the name of a type.
fn file_of<'t>(name: &str, texts: &'t mut BTreeMap<char, String>) -> &'t mut String {
    let letter = name.chars().next().unwrap_or('x').to_ascii_lowercase();
    texts.entry(letter).or_insert_with(|| {
        let capital = letter.to_ascii_uppercase();
        format!("{}the values of fields that begin with {capital}.\n", super::GENERATED)
    })
}

/// `Side(54): FIX.4.0 to FIX.Latest.`
fn told(field: &Named<u32>, all: &[Spec]) -> String {
    format!("{}({}): {}.\n", field.spelling, field.meaning, field.versions.text(all))
}

/// All types, those of the lowest tags first. MsgType has a file of its own.
pub(super) fn code_sets(all: &[Spec]) -> Vec<CodeSet<'_>> {
    let mut names = Names::default();
    let mut values: BTreeMap<(String, u32), Names<&str>> = BTreeMap::new();
    for (version, spec) in all.iter().enumerate() {
        for field in spec.fields.iter().filter(|field| field.tag != 35) {
            names.add(&field.name, field.tag, version);
            for value in &field.values {
                let names = values.entry((constant_name(&field.name), field.tag)).or_default();
                names.add(&value.name, value.value.as_str(), version);
            }
        }
    }
    let mut fields = names.distinct(all);
    fields.sort();
    let mut sets: Vec<CodeSet<'_>> = Vec::new();
    for field in fields {
        let Some(values) = values.get(&(constant_name(&field.spelling), field.meaning)) else {
            continue;
        };
        let values = ascending(values.distinct(all));
        let named = (format!("{}{}", field.spelling, field.mark), field);
        match sets.iter_mut().find(|set| set.values == values) {
            Some(set) => set.fields.push(named),
            None => sets.push(CodeSet { fields: vec![named], values }),
        }
    }
    sets
}

/// Short values first, as lists of FIX have them.
fn ascending(mut values: Vec<Named<&str>>) -> Vec<Named<&str>> {
    values.sort_by(|a, b| (a.meaning.len(), a).cmp(&(b.meaning.len(), b)));
    values
}

fn constant(text: &mut String, named: &Named<&str>) -> std::fmt::Result {
    let left = format!("pub const {}: &'static str =", named.constant);
    declaration(text, "    ", &left, &format!("{:?};", named.meaning))
}
