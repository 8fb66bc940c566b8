//! The constants of `Tag`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use fixline::dictionary::{Member, Spec};

use super::declaration;
use super::names::{Named, Names};

/// Fields of orders and fills that are there without the feature `dictionaries`, too.
const COMMON: [u32; 21] =
    [1, 6, 11, 14, 17, 21, 31, 32, 37, 38, 39, 40, 44, 54, 55, 59, 60, 150, 151, 379, 380];

/// The tags that are always there, and all others.
pub(super) fn sources(all: &[Spec]) -> Result<[String; 2], std::fmt::Error> {
    let mut always = of_sessions(all);
    always.extend(COMMON);
    let tags = distinct(all);
    let mut of_tag: BTreeMap<u32, Vec<&Named<u32>>> = BTreeMap::new();
    for tag in &tags {
        of_tag.entry(tag.meaning).or_default().push(tag);
    }
    let (common, other): (Vec<_>, Vec<_>) =
        of_tag.values().partition(|named| always.contains(&named[0].meaning));
    Ok([
        source(
            &common,
            all,
            "tags of sessions, and the commonest of orders",
            "tags that the session layer knows, and the commonest of orders",
        )?,
        source(
            &other,
            all,
            "tags of all other fields",
            "tags of all other fields of FIX, with the feature `dictionaries`",
        )?,
    ])
}

fn source(
    tags: &[&Vec<&Named<u32>>],
    all: &[Spec],
    title: &str,
    what: &str,
) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    writeln!(text, "{}the {title}.\n\nuse super::Tag;\n", super::GENERATED)?;
    writeln!(text, "/// The {what}.\nimpl Tag {{")?;
    for names in tags {
        for Named { meaning, spelling, constant, versions, .. } in *names {
            write!(text, "    /// {spelling}({meaning}): {}.", versions.text(all))?;
            for other in names.iter().filter(|other| other.constant != *constant) {
                write!(text, " Also [`{0}`](Self::{0}).", other.constant)?;
            }
            text.push('\n');
            let left = format!("pub const {constant}: Self =");
            declaration(&mut text, "    ", &left, &format!("Self({meaning});"))?;
        }
    }
    writeln!(text, "}}")?;
    Ok(text)
}

/// Every name of every tag, ascending.
pub(super) fn distinct(all: &[Spec]) -> Vec<Named<u32>> {
    let mut names = Names::default();
    for (version, spec) in all.iter().enumerate() {
        for field in &spec.fields {
            names.add(&field.name, field.tag, version);
        }
    }
    let mut tags = names.distinct(all);
    tags.sort();
    tags
}

/// The tags of headers, trailers and session messages.
fn of_sessions(all: &[Spec]) -> BTreeSet<u32> {
    let mut tags = BTreeSet::new();
    for spec in all {
        let admin = spec.messages.iter().filter(|message| message.admin);
        let lists = admin.map(|message| &message.members).chain([&spec.header, &spec.trailer]);
        lists.for_each(|list| insert(spec, list, &mut tags));
    }
    tags
}

fn insert(spec: &Spec, members: &[Member], tags: &mut BTreeSet<u32>) {
    for member in members {
        match member {
            Member::Field { tag, .. } => _ = tags.insert(*tag),
            Member::Group { tag, members, .. } => {
                tags.insert(*tag);
                insert(spec, members, tags);
            }
            Member::Component { name, .. } => {
                let known = spec.components.iter().find(|component| component.name == *name);
                insert(spec, known.map_or(&[], |known| &known.members), tags);
            }
        }
    }
}
