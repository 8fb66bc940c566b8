use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use crate::dictionary::{Datatype, FieldSpec, Member, Spec, ValueSpec};

const EVERYTHING: &str = "\
version FIX.4.4
field 54 Side char 1=Buy 2=Sell
field 27 IOIQty String S=Small%20one *
header 8! 9! 35!
trailer 10!
component Parties 453( 448! PtysSubGrp )
admin A Logon 98! 384!( 372 385 )
message D NewOrderSingle Parties! 54
";

#[test]
fn what_is_read_is_written_again() {
    let spec = Spec::from_text(EVERYTHING).unwrap();
    assert_eq!(spec.to_text(), EVERYTHING);
    assert_eq!(
        spec.fields[1],
        FieldSpec {
            tag: 27,
            name: "IOIQty".into(),
            datatype: Datatype::String,
            values: vec![ValueSpec { value: "S".into(), name: "Small one".into() }],
            open: true,
        }
    );
    assert_eq!(
        spec.components[0].members,
        [Member::Group {
            tag: 453,
            required: false,
            members: vec![
                Member::Field { tag: 448, required: true },
                Member::Component { name: "PtysSubGrp".into(), required: false },
            ],
        }]
    );
    assert!(spec.messages[0].admin && !spec.messages[1].admin);
}

#[test]
fn long_statements_are_continued() {
    let mut spec = Spec::from_text("message D Long").unwrap();
    spec.messages[0].members =
        (1000..1100).map(|tag| Member::Field { tag, required: true }).collect();
    let text = spec.to_text();
    assert!(text.lines().all(|line| line.len() <= 101), "{text}");
    assert_eq!(Spec::from_text(&text), Ok(spec));
}

#[test]
fn names_with_anything_in_them_survive() {
    for name in ["", "a b", "%", "50% (of *all*)!", "=", "#", "7th", "\u{e4}\n\t"] {
        let mut spec = Spec::from_text("field 1 A int 1=x\ncomponent C 1\nmessage D N C").unwrap();
        spec.version = name.to_string();
        spec.fields[0].name = name.to_string();
        spec.fields[0].values[0].value = name.to_string();
        spec.components[0].name = name.to_string();
        spec.messages[0].members = vec![Member::Component { name: name.into(), required: true }];
        assert_eq!(Spec::from_text(&spec.to_text()), Ok(spec), "{name:?}");
    }
}

#[test]
fn comments_and_empty_lines_say_nothing() {
    let spec = Spec::from_text("# a\n\nmessage D N 1\n# b\n  2\n").unwrap();
    assert_eq!(spec.messages[0].members.len(), 2);
}

#[test]
fn errors_name_the_line_and_the_thing_at_fault() {
    let deep = ["header", &"1(".repeat(33)].join(" ");
    let bad: Vec<(&str, &str)> = vec![
        ("\nfields 1", "line 2: `fields` is no statement, or lacks a part: write `version V`"),
        ("field x A int", "line 1: `x` is no tag: write a number"),
        ("field 1 A integer", "line 1: `integer` is no datatype"),
        ("field 1 A int 5", "line 1: `5` is no value: write `VALUE=NAME`"),
        ("header 1(2", "line 1: group 1 is not closed"),
        ("header 1)", "line 1: a `)` closes nothing"),
        ("header (1)", "line 1: `` is no tag"),
        ("header 99999999999", "line 1: `99999999999` is no tag"),
        ("version %4", "line 1: `%4`: behind `%` stand two hexadecimal digits"),
        ("version %4\u{e4}", "line 1: `%4\u{e4}`: behind `%`"),
        (&deep, "line 1: more than 32 groups within each other"),
    ];
    for (text, expected) in bad {
        let error = Spec::from_text(text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{text:?}: {error}");
    }
}

#[test]
fn no_text_brings_the_reader_down() {
    let long: String = "header ".chars().chain("((((%)))!!".chars().cycle().take(9999)).collect();
    for end in 0..EVERYTHING.len() {
        Spec::from_text(&EVERYTHING[..end]).ok();
        Spec::from_text(&long[..end]).ok();
    }
    Spec::from_text(&long).ok();
}
