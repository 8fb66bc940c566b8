//! FIX Orchestra as large as real files are: what the crate ships, written in it and read back.

use fixline::dictionary::xml::{self, Limits};
use fixline::dictionary::{
    Datatype, Dictionary, FieldSpec, Member, MessageSpec, Spec, Standard, ValueSpec,
};

use crate::orchestra_file::orchestra;

#[track_caller]
fn read(text: &str) -> Spec {
    xml::read(text, &Limits::new()).unwrap_or_else(|error| panic!("{error}"))
}

#[track_caller]
fn compiled(spec: &Spec) -> Dictionary {
    Dictionary::compile(spec).unwrap_or_else(|error| panic!("{}: {error}", spec.version))
}

/// FIX 5.0SP2 with its session profile in one file, as FIX Latest is.
fn latest() -> Spec {
    let mut spec = Standard::Fixt11.spec();
    spec.overlay(&Standard::Fix50Sp2.spec());
    spec.version = "FIX.Latest".into();
    spec
}

#[test]
fn every_standard_dictionary_comes_back_from_orchestra() {
    let shipped = Standard::ALL.map(Standard::spec);
    for spec in shipped.into_iter().chain([latest()]) {
        let back = read(&orchestra(&spec, 0));
        assert_eq!(back.version, spec.version);
        assert_eq!(back.messages.len(), spec.messages.len(), "{}", spec.version);
        for (back, field) in back.fields.iter().zip(&spec.fields) {
            assert_eq!(back, field);
        }
        assert_eq!(compiled(&back), compiled(&spec), "{}", spec.version);
    }
}

/// As many fields, codes, groups and references as FIX Latest has: those of a version since 5.0SP2
/// are made up.
fn as_large_as_latest() -> Spec {
    let mut spec = latest();
    for number in 0..4_500 {
        let values = ["A", "B"].map(|value| ValueSpec { value: value.into(), name: value.into() });
        let is_count = number % 10 == 0;
        spec.fields.push(FieldSpec {
            tag: 50_000 + number,
            name: format!("Made{number}"),
            datatype: if is_count { Datatype::NumInGroup } else { Datatype::String },
            values: if is_count { Vec::new() } else { values.into() },
            open: false,
        });
    }
    for number in 0..50 {
        let group = |group: u32| {
            let count = 50_000 + 90 * number + 10 * group;
            let members = (1..10).map(|at| Member::Field { tag: count + at, required: false });
            Member::Group { tag: count, required: false, members: members.collect() }
        };
        let frame = ["Instrument", "Parties"]
            .map(|name| Member::Component { name: name.into(), required: false });
        spec.messages.push(MessageSpec {
            msg_type: format!("U{number}"),
            name: format!("Made{number}"),
            admin: false,
            members: frame.into_iter().chain((0..9).map(group)).collect(),
        });
    }
    spec
}

#[test]
fn a_file_as_large_as_fix_latest_is_within_the_limits() {
    let spec = as_large_as_latest();
    let text = orchestra(&spec, 280);
    assert!(text.len() > 10_000_000, "{}", text.len());
    assert_eq!(compiled(&read(&text)), compiled(&spec));
}

#[test]
fn an_error_deep_in_a_large_file_names_the_line() {
    let text = orchestra(&latest(), 40);
    let at = text.rfind("<fixr:fieldRef id=\"58\"").expect("somebody has a Text");
    let line = text[..at].matches('\n').count() + 1;
    let broken = format!("{}{}", &text[..at], text[at..].replacen("\"58\"", "\"58000\"", 1));
    let error = xml::read(&broken, &Limits::new()).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("{line}:4: field 58000 is not defined: define it in <fields>, or correct the id")
    );
}
