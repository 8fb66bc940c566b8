//! Groups read along the dictionary, and messages printed with its names.

use fixline::dictionary::EntryFields;
use fixline::wire::{Message, Tag, from_text};

use crate::{FIX44, dictionary};

fn tag(number: u32) -> Tag {
    Tag::new(number).unwrap()
}

const HEAD: &str = "8=FIX.4.4|35=D|49=A|56=B|34=2|52=20261122-09:30:00|";

/// The entries of a group of an order with this body, as text.
fn entries(body: &str, count_tag: u32) -> Option<Vec<String>> {
    let dictionary = dictionary(FIX44);
    let bytes = from_text(&format!("{HEAD}{body}"));
    let order = dictionary.body(Message::parse(&bytes).unwrap()).unwrap();
    let text = |entry: EntryFields<'_, '_>| entry.fields().to_string();
    Some(order.group(tag(count_tag))?.map(text).collect())
}

#[test]
fn entries_are_told_apart_by_the_dictionary() {
    assert_eq!(
        entries("11=X|386=2|336=A|625=a|336=B|58=x|", 386).unwrap(),
        ["336=A|625=a|", "336=B|"]
    );
    assert_eq!(
        entries("453=2|448=A|452=1|802=2|523=x|803=1|523=y|448=B|11=X|", 453).unwrap(),
        ["448=A|452=1|802=2|523=x|803=1|523=y|", "448=B|"]
    );
    assert_eq!(entries("11=X|", 386), None);
    assert_eq!(entries("386=0|11=X|", 386).unwrap(), [""; 0]);
    assert_eq!(entries("386=5|11=X|", 386).unwrap(), [""; 0]);
}

#[test]
fn a_field_that_the_body_has_as_well_belongs_to_the_entry_once() {
    assert_eq!(entries("453=1|448=A|58=inner|58=outer|", 453).unwrap(), ["448=A|58=inner|"]);
    let dictionary = dictionary(FIX44);
    let bytes = from_text(&format!("{HEAD}453=1|448=A|58=inner|58=outer|"));
    let order = dictionary.body(Message::parse(&bytes).unwrap()).unwrap();
    assert_eq!(order.get(Tag::TEXT), Some(&b"outer"[..]));
    assert_eq!(order.get(tag(448)), None, "it is of an entry");
    assert_eq!(order.own().count(), 2);
}

#[test]
fn a_count_that_lies_changes_no_entry_that_is_there() {
    assert_eq!(entries("386=9|336=A|336=B|11=X|", 386).unwrap(), ["336=A|", "336=B|"]);
    assert_eq!(entries("386=1|336=A|336=B|11=X|", 386).unwrap(), ["336=A|"]);
    assert_eq!(entries("386=18446744073709551615|336=A|", 386).unwrap(), ["336=A|"]);
}

#[test]
fn messages_print_with_names_and_without_secrets() {
    let text = FIX44.replace("field 58 ", "field 554 Password String\nfield 58 ");
    let dictionary = dictionary(&text);
    let bytes = from_text("8=FIX.4.4|35=D|54=1|554=secret|77=x|");
    assert_eq!(
        dictionary.named(Message::parse(&bytes).unwrap()).to_string(),
        "BeginString 8=FIX.4.4|BodyLength 9=26|MsgType 35=D NewOrderSingle|Side 54=1 BUY|Password 554=***|77=x|CheckSum 10=072|"
    );
}
