//! What the repository has wrong, and what is right.

use std::collections::BTreeSet;

use fixline::dictionary::{Datatype, Member, Spec, Standard};

use super::repository::Record;

/// What is added and changed, in the text form, with the reasons.
pub(super) fn corrections(standard: Standard) -> &'static str {
    match standard {
        Standard::Fix40 => include_str!("../../../dictionary/shipped/corrections/FIX.4.0.txt"),
        Standard::Fix41 => include_str!("../../../dictionary/shipped/corrections/FIX.4.1.txt"),
        Standard::Fix42 => include_str!("../../../dictionary/shipped/corrections/FIX.4.2.txt"),
        Standard::Fix43 => include_str!("../../../dictionary/shipped/corrections/FIX.4.3.txt"),
        Standard::Fixt11 => include_str!("../../../dictionary/shipped/corrections/FIXT.1.1.txt"),
        Standard::Fix44 => include_str!("../../../dictionary/shipped/corrections/FIX.4.4.txt"),
        Standard::Fix50 | Standard::Fix50Sp1 | Standard::Fix50Sp2 | Standard::FixLatest => "",
    }
}

/// The fields of FIX.4.3 are missing: its Fields.xml is that of FIX.4.2. Every field that FIX.4.3
/// uses and FIX.4.4 has is taken from there; the corrections undo what FIX.4.4 changed.
pub(super) fn complete_fields(fields: &mut Vec<Record>, later: Vec<Record>, contents: &[Record]) {
    let used: BTreeSet<&String> =
        contents.iter().filter_map(|record| record.get("TagText")).collect();
    let is_used = |field: &Record| field.get("Tag").is_some_and(|tag| used.contains(tag));
    let later: Vec<Record> = later.into_iter().filter(is_used).collect();
    fields.retain(|field| later.iter().all(|other| other.get("Tag") != field.get("Tag")));
    fields.extend(later);
}

/// Values that are none, or not spelled as they are on the wire.
pub(super) fn correct_values(spec: &mut Spec) {
    for field in &mut spec.fields {
        // What stands there describes the values: any country code.
        let count = field.values.len();
        field
            .values
            .retain(|value| !matches!(&*value.value, "ISO Country Code" | "ISO_Country_Code"));
        field.open |= field.values.len() < count;
        for value in &mut field.values {
            if value.value == "VALUE1_32" {
                value.value = "VALUE1/32".to_owned();
            }
        }
        // A size or a quantity, in every version.
        if field.tag == 27 {
            (field.datatype, field.open) = (Datatype::Qty, true);
        }
        // Which messages there are, the messages say; those that begin with U are anyone's (S-VAL-35).
        field.open |= field.tag == 35 || field.tag == 372;
        // FIX.4.0 and 4.1 have no type for several values, but ExecInst has several.
        if field.tag == 18 && field.datatype == Datatype::String {
            field.datatype = Datatype::MultipleStringValue;
        }
    }
}

/// In FIX.4.0 the lines of News and Email are described as repeating, but not indented.
pub(super) fn group_lines_of_text(spec: &mut Spec) {
    const LINES_OF_TEXT: u32 = 33;
    for message in &mut spec.messages {
        let list = &mut message.members;
        let is_count = |member: &Member| matches!(member, Member::Field { tag: LINES_OF_TEXT, .. });
        let Some(at) = list.iter().position(is_count).filter(|at| at + 1 < list.len()) else {
            continue;
        };
        let text = list.remove(at + 1);
        list[at] = Member::Group { tag: LINES_OF_TEXT, required: true, members: vec![text] };
    }
}

/// A tag stands once at each level. FIX.5.0 has LegOptionRatio and LegPrice in InstrumentLeg, and
/// beside it as well; FIX.4.3 ends RegistrationInstructions with an OwnershipType that it had.
pub(super) fn drop_repeated(spec: &mut Spec) {
    let known = spec.clone();
    let components = spec.components.iter_mut().map(|component| &mut component.members);
    let messages = spec.messages.iter_mut().map(|message| &mut message.members);
    for list in components.chain(messages) {
        drop_repeated_of(list, &known);
    }
}

fn drop_repeated_of(list: &mut Vec<Member>, spec: &Spec) {
    let mut seen = BTreeSet::new();
    list.retain_mut(|member| match member {
        Member::Field { tag, .. } => seen.insert(*tag),
        Member::Group { tag, members, .. } => {
            drop_repeated_of(members, spec);
            seen.insert(*tag)
        }
        Member::Component { name, .. } => {
            collect_level(name, spec, &mut seen);
            true
        }
    });
}

/// The tags that a component brings to the level where it stands.
fn collect_level(name: &str, spec: &Spec, tags: &mut BTreeSet<u32>) {
    let found = spec.components.iter().find(|component| component.name == name);
    for member in found.iter().flat_map(|component| &component.members) {
        match member {
            Member::Field { tag, .. } | Member::Group { tag, .. } => {
                tags.insert(*tag);
            }
            Member::Component { name, .. } => collect_level(name, spec, tags),
        }
    }
}
