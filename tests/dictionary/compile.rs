//! What a specification may not say, and how dictionaries are told apart.

use fixline::dictionary::{Dictionary, Severity};
use fixline::wire::Tag;

use crate::{FIX44, dictionary, spec};

/// The words of the error that a text gives.
fn refused(text: &str) -> String {
    Dictionary::compile(&spec(text)).expect_err("it is wrong").to_string()
}

const FIELDS: &str = "
field 1 One String
field 2 Two NumInGroup
field 3 Three data
field 4 Four Length
field 5 Five char
";

fn refused_with_fields(text: &str) -> String {
    refused(&format!("{FIELDS}{text}"))
}

#[test]
fn errors_name_what_is_wrong_and_the_cure() {
    for (text, error) in [
        ("field 1 Again String", "tag 1 is defined twice, as One and as Again: take one out"),
        (
            "field 0 Zero String",
            "field Zero has tag 0, which is no tag: give it a number from 1 on",
        ),
        ("component A 1\ncomponent A 2", "component A is defined twice: take one out"),
        ("message X A 1\nmessage X B 1", "MsgType X is defined twice: take one out"),
        ("message X A 9", "A has tag 9, which no field defines: define it, or correct the name"),
        (
            "message X A 2(9)",
            "group 2 of A has tag 9, which no field defines: define it, or correct the name",
        ),
        (
            "message X A B",
            "A has component B, which is not defined: define it, or correct the name",
        ),
        ("component A B\ncomponent B A", "component A contains itself: break the circle"),
        ("component A 2(1 A)", "component A contains itself: break the circle"),
    ] {
        assert_eq!(refused_with_fields(text), error, "{text}");
    }
}

/// What is told of a specification that makes a dictionary all the same.
fn noted(text: &str) -> Vec<String> {
    let spec = spec(&format!("{FIELDS}{text}"));
    Dictionary::compile(&spec).unwrap_or_else(|error| panic!("{text}: {error}"));
    let notes = spec.findings();
    assert!(notes.iter().all(|note| note.severity == Severity::Note), "{notes:?}");
    notes.iter().map(ToString::to_string).collect()
}

#[test]
fn what_is_merely_odd_is_told_with_what_is_made_of_it() {
    let twice = "A has tag 1 twice: the first stands, required where one of them is; take one out";
    let count = "group 5 of A is counted by a field that is no number: taken for a NumInGroup there; make it a NumInGroup";
    let lengthless = "data field 3 of A has no length field before it: read as text there; put its length before it";
    for (text, note) in [
        ("message X A 1 1", twice),
        ("component C 1\nmessage X A C C", twice),
        ("component C 1\nmessage X A 1 C 1", twice),
        ("component C 1\nmessage X A C 2(1) C 1", twice),
        ("message X A 2(1 1)", &format!("group 2 of {twice}")),
        (
            "message X A 2()",
            "group 2 of A has no members: taken for a field, which repeats nothing; say what it repeats",
        ),
        ("message X A 5(1)", count),
        ("message X A 3", lengthless),
        ("message X A 4 1 3", lengthless),
        (
            "field 6 Six char %=None",
            "an enumerated value of tag 6 is empty or holds the delimiter: no message can have it; take it out",
        ),
        (
            "component A 9",
            "component A has tag 9, which no field defines: left out, no message has it; define it, or correct the name",
        ),
        (
            "component A B",
            "component A has component B, which is not defined: left out, no message has it; define it, or correct the name",
        ),
    ] {
        assert_eq!(noted(text), [note], "{text}");
    }
    assert!(noted("message X A 1 4 3 2(1 5)").is_empty());
}

#[test]
fn one_tag_may_stand_on_several_levels() {
    dictionary(&format!("{FIELDS}message X A 1 2(1 5)"));
}

#[test]
fn groups_nest_to_a_depth_that_is_told() {
    let nested = |depth: u32| {
        let fields: String =
            (1..=depth).map(|tag| format!("field {tag} F{tag} NumInGroup\n")).collect();
        let open: String = (1..=depth).map(|tag| format!("{tag}(")).collect();
        format!("{fields}field 99 Leaf String\nmessage X A {open}99{}", ")".repeat(depth as usize))
    };
    let deepest = u32::try_from(Dictionary::DEPTH_MAX).unwrap();
    dictionary(&nested(deepest));
    assert!(refused(&nested(deepest + 1)).contains("of A is nested too deeply"));
}

#[test]
fn components_that_double_one_another_end() {
    let mut text = String::from("component C0\n");
    for level in 1..60 {
        let below = level - 1;
        text.push_str(&format!("component C{level} C{below} C{below}\n"));
    }
    assert!(refused(&text).contains("exceeds what a dictionary can hold"));
    let chain: String = (0..70).map(|at| format!("component C{at} C{}\n", at + 1)).collect();
    assert!(refused(&format!("{chain}component C70\n")).contains("is nested too deeply"));
}

#[test]
fn many_messages_of_many_fields_are_refused_before_they_take_memory() {
    let many = |messages: usize| {
        let mut text = String::from("field 1 One String\n");
        (5_000..65_000).for_each(|tag| text.push_str(&format!("field {tag} F{tag} String\n")));
        (0..messages).for_each(|at| text.push_str(&format!("message M{at} M{at} 1\n")));
        text
    };
    dictionary(&many(100));
    assert_eq!(
        refused(&many(1_200)),
        "the number of messages and groups, times that of fields, exceeds what a dictionary can hold: \
         take out what nobody needs"
    );
}

#[test]
fn names_are_found_by_tag_and_value() {
    let dictionary = dictionary(FIX44);
    let tag = |number| Tag::new(number).unwrap();
    assert_eq!(dictionary.version(), "FIX.4.4");
    assert_eq!(dictionary.message_name(b"D"), Some("NewOrderSingle"));
    assert_eq!(dictionary.message_name(b"AE"), Some("Report"));
    assert_eq!(dictionary.message_name(b"A"), None);
    assert_eq!(dictionary.is_admin(b"0"), Some(true));
    assert_eq!(dictionary.field_name(tag(40)), Some("OrdType"));
    assert_eq!(dictionary.field_name(tag(50_000)), Some("Extension"));
    assert_eq!(dictionary.field_name(tag(50_001)), None);
    assert_eq!(dictionary.field_name(tag(4_000)), None);
    assert_eq!(dictionary.value_name(tag(40), b"2"), Some("LIMIT"));
    assert_eq!(dictionary.value_name(tag(40), b"9"), None);
    assert_eq!(dictionary.tag("OrdType"), Some(tag(40)));
    assert_eq!(dictionary.tag("Nothing"), None);
    assert_eq!(dictionary.values(tag(167)).count(), 2);
}

#[test]
fn the_content_id_stands_for_the_content_and_not_for_its_order() {
    let one = dictionary(FIX44);
    let mut lines: Vec<&str> = FIX44.lines().collect();
    lines.reverse();
    assert_eq!(one, dictionary(&lines.join("\n")));
    assert_eq!(one.id(), dictionary(FIX44).id());
    for (what, other) in [
        ("40! 44", "40 44"),
        ("1=BUY", "1=BOUGHT"),
        ("1=BUY", "3=BUY"),
        ("38 OrderQty Qty", "38 OrderQty Int"),
        ("336 625", "625 336"),
        ("220!", "220"),
        ("AE Report", "AF Report"),
        ("FIX.4.4", "FIX.4.3"),
    ] {
        assert!(FIX44.contains(what), "{what}");
        assert_ne!(one, dictionary(&FIX44.replace(what, other)), "{what}");
    }
}
