//! What is required under a condition, level by level.

use std::sync::Arc;

use fixline::dictionary::{ApplVersions, Check, Dictionaries, Rule, Violation};
use fixline::wire::{Message, Tag, from_text};

use crate::dictionary;

const LIST: &str = "
version FIX.4.4
field 8 BeginString String
field 9 BodyLength Length
field 10 CheckSum String
field 35 MsgType String
field 11 ClOrdID String
field 18 ExecInst MultipleCharValue 1=NotHeld 6=Participate
field 40 OrdType char 1=Market 2=Limit
field 44 Price Price
field 58 Text String
field 73 NoOrders NumInGroup
field 347 MessageEncoding String
field 354 EncodedTextLen Length
field 355 EncodedText data
header 8! 9! 35! 347
trailer 10!
message D NewOrderSingle 11 18 40 44 58 354 355
message E NewOrderList 73(11 18 40 44 58 354 355) 58
";

fn tag(number: u32) -> Tag {
    Tag::new(number).expect("a tag")
}

/// Which field is missing.
fn lacks(rule: Rule, text: &str) -> Option<u32> {
    let dictionaries = Dictionaries::new(Arc::new(dictionary(LIST))).rule(rule);
    let bytes = from_text(&format!("8=FIX.4.4|{text}|"));
    let message = Message::parse(&bytes).expect("a message");
    match dictionaries.validate(message, &ApplVersions::default()) {
        Ok(None) => None,
        Err(Violation { check: Check::ConditionallyRequired, tag }) => tag.map(Tag::get),
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_entry_of_a_group_is_judged_by_itself() {
    let rule = || Rule::new("E", Tag::ORD_TYPE, &["2"], Tag::PRICE);
    assert_eq!(lacks(rule(), "35=E|73=2|11=A|40=2|44=1|11=B|40=2|44=2"), None);
    assert_eq!(lacks(rule(), "35=E|73=2|11=A|40=2|44=1|11=B|40=2"), Some(44));
    assert_eq!(lacks(rule(), "35=E|73=2|11=A|40=2|11=B|40=1|44=2"), Some(44));
    assert_eq!(lacks(rule(), "35=E|73=2|11=A|40=1|11=B|40=2|44=2"), None);
    assert_eq!(lacks(rule(), "35=D|11=A|40=2"), None, "of another type");
}

#[test]
fn a_value_may_be_one_of_several() {
    let rule = || Rule::new("D", tag(18), &["6"], Tag::TEXT);
    for (exec_inst, missing) in [("6", Some(58)), ("1 6", Some(58)), ("1", None)] {
        assert_eq!(lacks(rule(), &format!("35=D|11=A|18={exec_inst}")), missing, "{exec_inst}");
    }
    assert_eq!(lacks(rule(), "35=D|11=A|18=1 6|58=x"), None);
}

#[test]
fn a_rule_may_be_about_messages_of_all_types() {
    let rule = || Rule::for_all(tag(354), &[], tag(347));
    assert_eq!(lacks(rule(), "35=D|347=UTF-8|11=A|354=1|355=x"), None);
    assert_eq!(lacks(rule(), "35=D|11=A|354=1|355=x"), Some(347));
    assert_eq!(lacks(rule(), "35=E|73=1|11=A|354=1|355=x"), Some(347));
}
