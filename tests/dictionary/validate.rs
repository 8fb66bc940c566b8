//! Each way to break a rule, and what is told about it.

use fixline::dictionary::{Check, Dictionary, Level, Policy, Violation};
use fixline::wire::{Message, Tag, from_text};

use crate::{FIX44, dictionary};

const HEAD: &str = "8=FIX.4.4|35=D|49=A|56=B|34=2|52=20261122-09:30:00|";
const ORDER: &str = "11=X|55=MSFT|54=1|60=20261122-09:30:00|40=1|";

fn held(
    dictionary: &Dictionary,
    policy: &Policy,
    text: &str,
) -> Result<Option<Violation>, Violation> {
    let bytes = from_text(text);
    let message = Message::parse(&bytes).expect("the test's message can be read");
    dictionary.validate(message, policy)
}

/// What the standard policy finds in an order with these fields.
fn check(body: &str) -> Option<(Check, u32)> {
    let found = held(&dictionary(FIX44), &Policy::STANDARD, &format!("{HEAD}{body}"));
    told(found.err())
}

fn told(violation: Option<Violation>) -> Option<(Check, u32)> {
    violation.map(|Violation { check, tag }| (check, tag.map_or(0, Tag::get)))
}

/// What it finds in an order with these fields added.
fn added(body: &str) -> Option<(Check, u32)> {
    check(&format!("{ORDER}{body}"))
}

#[test]
fn what_is_right_passes() {
    for body in [
        "",
        "58=text|44=-1.5|38=002000.00|21=3|18=1 6|167=FUT",
        "453=2|448=A|447=D|452=1|448=B|452=3|58=inner|58=outer",
        "453=1|448=A|452=1|802=2|523=x|803=1|523=y|386=2|336=X|336=Y|625=Z",
        "453=0|386=0|58=x",
        "354=3|355=a\\x01b|58=x",
        "5001=3|5002=abc|5003=-7",
        "93=3|89=a\\x01b",
        "50000=x",
    ] {
        assert_eq!(added(body), None, "{body}");
    }
    let hops = "8=FIX.4.4|35=D|49=A|627=2|628=H|629=20261122-09:30:00|628=I|56=B|34=2|52=20261122-09:30:00|";
    assert_eq!(held(&dictionary(FIX44), &Policy::STRICT, &format!("{hops}{ORDER}")), Ok(None));
}

#[test]
fn body_fields_may_stand_in_any_order() {
    assert_eq!(check("40=1|60=20261122-09:30:00|54=1|386=1|336=X|55=MSFT|11=X|"), None);
}

#[test]
fn a_tag_that_no_field_has_is_unknown() {
    assert_eq!(added("999=x"), Some((Check::UnknownTag, 999)));
    assert_eq!(added("40000=x"), Some((Check::UnknownTag, 40_000)));
    assert_eq!(added("4294967295=x"), Some((Check::UnknownTag, u32::MAX)));
    assert_eq!(added("453=1|448=A|999=x"), Some((Check::UnknownTag, 999)));
}

#[test]
fn user_defined_tags_pass_or_not_as_the_policy_says() {
    for body in ["5000=x", "39999=x", "453=1|448=A|5000=x|447=D|58=y|58=z"] {
        assert_eq!(added(body), None, "{body}");
        let text = format!("{HEAD}{ORDER}{body}");
        let found = held(&dictionary(FIX44), &Policy::STRICT, &text);
        assert_eq!(found.map_err(|violation| violation.check), Err(Check::UserDefinedTag));
    }
}

#[test]
fn required_fields_are_missed_where_their_level_ends() {
    assert_eq!(check(&ORDER.replace("11=X|", "")), Some((Check::RequiredTagMissing, 11)));
    assert_eq!(check(&ORDER.replace("55=MSFT|", "")), Some((Check::RequiredTagMissing, 55)));
    assert_eq!(check(""), Some((Check::RequiredTagMissing, 11)));
    let no_time = "8=FIX.4.4|35=D|49=A|56=B|34=2|11=X|";
    let found = held(&dictionary(FIX44), &Policy::STANDARD, no_time);
    assert_eq!(told(found.err()), Some((Check::RequiredTagMissing, 52)));
    let empty = "8=FIX.4.4|35=D|49=A|56=B|34=2|";
    let found = held(&dictionary(FIX44), &Policy::STANDARD, empty);
    assert_eq!(told(found.err()), Some((Check::RequiredTagMissing, 52)));
}

#[test]
fn what_an_optional_component_requires_is_required_where_it_is_used() {
    assert_eq!(added("218=1"), Some((Check::RequiredTagMissing, 220)));
    assert_eq!(added("219=1|38=5"), Some((Check::RequiredTagMissing, 220)));
    assert_eq!(added("218=1|220=USD"), None);
    assert_eq!(added("38=5"), None);
}

#[test]
fn a_tag_that_the_message_does_not_have_is_told_apart_from_an_unknown_one() {
    assert_eq!(added("112=x"), Some((Check::TagNotInMessage, 112)));
    assert_eq!(added("336=x"), Some((Check::TagNotInMessage, 336)));
    assert_eq!(added("453=1|448=A|112=x"), Some((Check::TagNotInMessage, 112)));
    let heartbeat = "8=FIX.4.4|35=0|49=A|56=B|34=2|52=20261122-09:30:00|55=x|";
    let found = held(&dictionary(FIX44), &Policy::STANDARD, heartbeat);
    assert_eq!(told(found.err()), Some((Check::TagNotInMessage, 55)));
}

#[test]
fn enumerated_values_are_the_only_ones() {
    assert_eq!(added("21=4"), Some((Check::IncorrectValue, 21)));
    assert_eq!(added("167=BOO"), Some((Check::IncorrectValue, 167)));
    assert_eq!(added("27=S"), None, "the enumeration has a value that is no quantity");
    assert_eq!(added("27=500"), None, "it is open: other quantities will do");
    assert_eq!(added("27=X"), Some((Check::IncorrectFormat, 27)));
    assert_eq!(added("18=1 7"), Some((Check::IncorrectValue, 18)));
    assert_eq!(added("453=1|448=A|452=2"), Some((Check::IncorrectValue, 452)));
    assert_eq!(added("453=1|448=A|452=03"), None);
}

#[test]
fn numbers_from_100_on_are_user_defined_from_fix_5_on() {
    let text = format!("{HEAD}{ORDER}453=1|448=A|452=999|");
    let found = |version: &str, policy: &Policy| {
        let dictionary =
            dictionary(&FIX44.replace("version FIX.4.4", &format!("version {version}")));
        told(held(&dictionary, policy, &text).err())
    };
    let wrong = Some((Check::IncorrectValue, 452));
    for version in ["FIX.4.0", "FIX.4.2", "FIX.4.4"] {
        assert_eq!(found(version, &Policy::STANDARD), wrong, "{version}");
    }
    for version in ["FIX.5.0", "FIX.5.0SP2", "FIX.Latest", "FIXT.1.1"] {
        assert_eq!(found(version, &Policy::STANDARD), None, "{version}");
        assert_eq!(found(version, &Policy::STRICT), wrong, "{version}");
    }
}

#[test]
fn values_have_the_form_of_their_types() {
    assert_eq!(added("38=+200.00"), Some((Check::IncorrectFormat, 38)));
    assert_eq!(added("21=ab"), Some((Check::IncorrectFormat, 21)));
    assert_eq!(added("220=EUR/USD"), Some((Check::IncorrectFormat, 220)));
    assert_eq!(added("386=x"), Some((Check::IncorrectFormat, 386)));
    assert_eq!(added("453=1|448=A|802=1|523=x|803=y"), Some((Check::IncorrectFormat, 803)));
    assert_eq!(check("11=X|55=MSFT|54=1|60=20261122|40=1|"), Some((Check::IncorrectFormat, 60)));
}

/// FILE-09: what both engines compared take is taken, and the letter of the standard is a switch
/// for formats alone.
#[test]
fn file_09_a_currency_is_what_real_traffic_says() {
    let dictionary = dictionary(FIX44);
    let to_the_letter = Policy::STANDARD.with(Check::LooseFormat, Level::Reject);
    for currency in ["GBX", "BTC", "GBp", "ZAc", "ILs", "USDT", "usd"] {
        let text = format!("{HEAD}{ORDER}218=1|220={currency}|");
        assert_eq!(held(&dictionary, &Policy::STANDARD, &text), Ok(None), "{currency}");
        let is_code = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_uppercase());
        let strict = told(held(&dictionary, &to_the_letter, &text).err());
        assert_eq!(strict, (!is_code).then_some((Check::LooseFormat, 220)), "{currency}");
        let text = format!("{HEAD}{ORDER}218=1|220={currency}|5000=x|");
        let strict = told(held(&dictionary, &Policy::STRICT, &text).err());
        let first =
            if is_code { (Check::UserDefinedTag, 5_000) } else { (Check::LooseFormat, 220) };
        assert_eq!(strict, Some(first), "{currency}");
    }
    for currency in ["G P", "GBP!", "ABCDEFGHIJKLMNOPQ"] {
        let found = added(&format!("218=1|220={currency}"));
        assert_eq!(found, Some((Check::IncorrectFormat, 220)), "{currency}");
    }
    assert_eq!(Check::LooseFormat.reason(), Some(6));
}

/// CORE-11: as long as it is not sure which entry a value belongs to, it is not to blame.
#[test]
fn core_11_the_structure_of_groups_is_judged_before_the_values_in_them() {
    for (body, expected) in [
        // Three sides announced, two there, one of them with a value that is none.
        ("453=3|448=A|452=2|448=B|452=1", (Check::GroupCount, 453)),
        ("453=1|448=A|452=2|448=B|452=1", (Check::GroupCount, 453)),
        ("453=2|448=A|447=DD|448=B|452=1|447=D", (Check::GroupOrder, 447)),
        ("453=1|448=A|802=2|523=x|803=y", (Check::GroupCount, 802)),
        ("453=2|448=A|802=1|523=x|803=y", (Check::GroupCount, 453)),
        // The structure is sound.
        ("453=2|448=A|452=2|448=B|452=1", (Check::IncorrectValue, 452)),
        // The value stands outside of groups.
        ("21=4|453=2|448=A", (Check::IncorrectValue, 21)),
        ("453=x|448=A", (Check::IncorrectFormat, 453)),
    ] {
        assert_eq!(added(body), Some(expected), "{body}");
    }
    // Where counts are not enforced, the value is what is wrong.
    let policy = Policy::STANDARD.with(Check::GroupCount, Level::Warn);
    let text = format!("{HEAD}{ORDER}453=3|448=A|452=2|448=B|452=1|");
    let found = held(&dictionary(FIX44), &policy, &text);
    assert_eq!(told(found.err()), Some((Check::IncorrectValue, 452)));
}

#[test]
fn a_tag_stands_once() {
    assert_eq!(added("40=2"), Some((Check::Repeated, 40)));
    assert_eq!(added("386=1|336=X|386=1|336=Y"), Some((Check::Repeated, 386)));
    assert_eq!(added("453=1|448=A|447=D|447=D"), Some((Check::Repeated, 447)));
    assert_eq!(added("453=1|448=A|802=1|523=x|803=1|803=1"), Some((Check::Repeated, 803)));
    assert_eq!(added("453=1|448=A|58=a|58=b|58=c"), Some((Check::Repeated, 58)));
}

#[test]
fn many_fields_are_looked_at_once_each() {
    let many = "58=x|".repeat(3_000);
    assert_eq!(added(&many), Some((Check::Repeated, 58)));
    let many = "336=X|".repeat(3_000);
    assert_eq!(added(&format!("386=3000|{many}")), None);
}

#[test]
fn groups_have_as_many_entries_as_they_say() {
    for (body, tag) in [
        ("386=3|336=X|336=Y", 386),
        ("386=1|336=X|336=Y", 386),
        ("386=2|58=x", 386),
        ("386=2", 386),
        ("386=0|336=X", 386),
        ("453=2|448=A|802=1|523=x|523=y|448=B", 802),
        ("453=1|448=A|802=2|523=x|448=B", 802),
        ("453=2|448=A|802=1|523=x|58=y|54=1", 453),
        ("386=99999999999999999999|336=X", 386),
    ] {
        let expected = Some((Check::GroupCount, tag));
        assert_eq!(added(body), expected, "{body}");
    }
}

#[test]
fn counts_are_never_negative_even_where_they_are_of_type_int() {
    let dictionary = dictionary(&FIX44.replace("NoTradingSessions NumInGroup", "NoSessions int"));
    let text = format!("{HEAD}{ORDER}386=-1|336=X|");
    let found = held(&dictionary, &Policy::STRICT.with(Check::GroupCount, Level::Off), &text);
    assert_eq!(told(found.err()), Some((Check::IncorrectFormat, 386)));
}

#[test]
fn entries_begin_with_their_delimiter() {
    assert_eq!(added("386=1|625=X"), Some((Check::GroupOrder, 625)));
    assert_eq!(added("453=1|447=D|448=A"), Some((Check::GroupOrder, 447)));
    assert_eq!(added("453=1|448=A|802=1|803=1|523=x"), Some((Check::GroupOrder, 803)));
}

#[test]
fn a_field_before_its_delimiter_is_told_even_where_entries_require_it() {
    let dictionary = dictionary(&FIX44.replace("448! 447 452", "448! 447! 452"));
    let text = format!("{HEAD}{ORDER}453=2|447=D|448=A|448=B|447=D");
    let found = held(&dictionary, &Policy::STRICT, &text);
    assert_eq!(told(found.err()), Some((Check::GroupOrder, 447)));
}

#[test]
fn the_fields_of_an_entry_stand_in_their_order() {
    assert_eq!(added("453=1|448=A|452=1|447=D"), Some((Check::GroupOrder, 447)));
    assert_eq!(added("453=1|448=A|58=x|802=1|523=x"), Some((Check::GroupOrder, 802)));
    assert_eq!(added("453=1|448=A|452=1|802=1|523=x|447=D"), Some((Check::GroupOrder, 447)));
}

#[test]
fn any_member_begins_an_entry_where_order_is_not_enforced() {
    let dictionary = dictionary(FIX44);
    let found = |level: Level, body: &str| {
        let policy = Policy::STRICT.with(Check::GroupOrder, level);
        let found = held(&dictionary, &policy, &format!("{HEAD}{ORDER}{body}"));
        found.map(told).map_err(|violation| told(Some(violation)))
    };
    for (body, first) in [
        ("453=2|447=D|448=A|447=D|448=B", 447),
        ("453=2|447=D|448=A|448=B|447=D", 447),
        ("453=2|447=D|452=1|448=A|447=D|448=B|452=1", 447),
        ("453=2|448=A|452=1|447=D|447=D|452=1|448=B", 447),
        ("453=2|58=x|448=A|58=y|448=B|58=around", 58),
        ("453=2|447=D|802=2|803=1|523=x|803=2|523=y|448=A|447=D|448=B", 447),
    ] {
        assert_eq!(found(Level::Off, body), Ok(None), "{body}");
        assert_eq!(found(Level::Warn, body), Ok(Some((Check::GroupOrder, first))), "{body}");
        assert!(found(Level::Reject, body).is_err(), "{body}");
    }
    for (body, expected) in [
        ("453=1|447=D|448=A|447=D", (Check::Repeated, 447)),
        ("453=3|447=D|448=A|447=D|448=B", (Check::GroupCount, 453)),
        ("453=1|447=D|448=A|448=B", (Check::GroupCount, 453)),
        ("453=0|447=D|448=A", (Check::GroupCount, 453)),
        ("453=1|447=D", (Check::RequiredTagMissing, 448)),
        ("453=2|448=A|447=D|447=D", (Check::RequiredTagMissing, 448)),
    ] {
        assert_eq!(found(Level::Off, body), Err(Some(expected)), "{body}");
        assert_eq!(found(Level::Warn, body), Err(Some(expected)), "{body}");
    }
}

#[test]
fn entries_have_what_they_require() {
    let dictionary = dictionary(&FIX44.replace("448! 447 452", "448! 447! 452"));
    let found = |body: &str| {
        let text = format!("{HEAD}{ORDER}{body}");
        told(held(&dictionary, &Policy::STANDARD, &text).err())
    };
    assert_eq!(found("453=2|448=A|447=D|448=B|447=D"), None);
    assert_eq!(found("453=2|448=A|448=B|447=D"), Some((Check::RequiredTagMissing, 447)));
    assert_eq!(found("453=2|448=A|447=D|448=B|44=1"), Some((Check::RequiredTagMissing, 447)));
}

#[test]
fn a_message_type_is_one_of_the_dictionary_or_user_defined() {
    let found = |msg_type: &str, body: &str| {
        let text = HEAD.replace("35=D", &format!("35={msg_type}"));
        let found = held(&dictionary(FIX44), &Policy::STRICT, &format!("{text}{body}"));
        told(found.err())
    };
    assert_eq!(found("*", "11=x"), Some((Check::UnknownMsgType, 35)));
    assert_eq!(found("AD", "11=x"), Some((Check::UnknownMsgType, 35)));
    assert_eq!(found("AE", "11=x"), None);
    assert_eq!(found("U1", "11=x|11=x|386=9|999=y"), None);
}

#[test]
fn header_body_and_trailer_stand_one_behind_the_other() {
    // What the scan of a message finds without a dictionary does not come here.
    let text = FIX44
        .replace("header 8!", "header 8! 5555")
        .replace("field 58 ", "field 5555 Extra String\nfield 58 ");
    let dictionary = dictionary(&text);
    let found = |body: &str| {
        let text = format!("{HEAD}{body}");
        told(held(&dictionary, &Policy::STRICT, &text).err())
    };
    assert_eq!(found(&format!("5555=x|{ORDER}")), None);
    assert_eq!(found(&format!("{ORDER}5555=x|")), Some((Check::OutOfOrder, 5_555)));
    assert_eq!(found(&format!("{ORDER}386=1|336=x|5555=x|")), Some((Check::OutOfOrder, 5_555)));
}

#[test]
fn data_of_a_venue_has_its_length_before_it() {
    assert_eq!(added("5001=4|5002=abc"), Some((Check::DataLength, 5_001)));
    assert_eq!(added("5002=abc"), Some((Check::DataLength, 5_001)));
    assert_eq!(added("5001=3|58=x|5002=abc"), Some((Check::DataLength, 5_001)));
}

#[test]
fn the_length_of_a_venue_has_its_data_behind_it_unless_it_is_0() {
    assert_eq!(added("5001=3|58=x"), Some((Check::DataLength, 5_001)));
    assert_eq!(added("58=x|5001=3"), Some((Check::DataLength, 5_001)));
    assert_eq!(added("5001=0|58=x"), None);
    assert_eq!(added("58=x|5001=0"), None);
    assert_eq!(added("5001=0|5002=abc"), Some((Check::DataLength, 5_001)));
}

/// A search from the front for each of them would take minutes.
#[test]
fn the_lengths_of_very_much_data_are_looked_at_once() {
    const ENTRIES: usize = 200_000;
    let text = FIX44.replace("336 625)", "336 625 5001 5002)");
    let dictionary = dictionary(&text.replace(" 5001 5002 5003 ", " "));
    let with = |last: &str| {
        let entries = "336=X|5001=1|5002=a|".repeat(ENTRIES - 1);
        let text = format!("{HEAD}{ORDER}386={ENTRIES}|{entries}336=X|5001={last}|5002=a|");
        told(held(&dictionary, &Policy::STRICT, &text).err())
    };
    assert_eq!(with("1"), None);
    assert_eq!(with("2"), Some((Check::DataLength, 5_001)));
}

/// The order of an entry is judged as before where it is another fault that is told.
#[test]
fn what_stands_behind_a_group_out_of_order_changes_nothing_that_is_told() {
    assert_eq!(added("386=2|336=X|453=1|447=D"), Some((Check::GroupCount, 386)));
    assert_eq!(
        check("11=X|55=MSFT|54=1|60=20261122-09:30:00|386=1|625=Y|336=X"),
        Some((Check::GroupOrder, 625))
    );
}

#[test]
fn each_check_can_be_a_warning_or_nothing() {
    let cases = [
        ("999=x", Check::UnknownTag, 999),
        ("5000=x", Check::UserDefinedTag, 5_000),
        ("112=x", Check::TagNotInMessage, 112),
        ("218=1", Check::RequiredTagMissing, 220),
        ("21=4", Check::IncorrectValue, 21),
        ("38=x", Check::IncorrectFormat, 38),
        ("218=1|220=usd", Check::LooseFormat, 220),
        ("5001=4|5002=abc", Check::DataLength, 5_001),
        ("40=2", Check::Repeated, 40),
        ("386=1|625=X", Check::GroupOrder, 625),
        ("386=2|336=X", Check::GroupCount, 386),
    ];
    let dictionary = dictionary(FIX44);
    for (body, check, tag) in cases {
        let text = format!("{HEAD}{ORDER}{body}");
        let with = |level| held(&dictionary, &Policy::STRICT.with(check, level), &text);
        let violation = Violation { check, tag: Tag::new(tag) };
        assert_eq!(with(Level::Reject), Err(violation), "{body}");
        assert_eq!(with(Level::Warn), Ok(Some(violation)), "{body}");
        assert_eq!(with(Level::Off), Ok(None), "{body}");
    }
}

#[test]
fn the_first_warning_is_told() {
    let text = format!("{HEAD}{ORDER}999=x|21=4|38=x|");
    let found = held(&dictionary(FIX44), &Policy::WARN, &text).unwrap();
    assert_eq!(told(found), Some((Check::UnknownTag, 999)));
}

#[test]
fn a_body_may_be_of_another_dictionary_than_its_header() {
    let transport: String =
        FIX44.lines().filter(|line| !line.starts_with("message")).collect::<Vec<_>>().join("\n");
    let application: String = FIX44
        .lines()
        .filter(|line| !line.starts_with("header") && !line.starts_with("trailer"))
        .filter(|line| !line.starts_with("field 49") && !line.starts_with("admin"))
        .collect::<Vec<_>>()
        .join("\n");
    let (transport, application) = (dictionary(&transport), dictionary(&application));
    let found = |text: &str| {
        let bytes = from_text(text);
        let message = Message::parse(&bytes).unwrap();
        told(application.validate_within(&transport, message, &Policy::STRICT).err())
    };
    let order = format!("{HEAD}{ORDER}453=1|448=A|58=x|58=y|");
    assert_eq!(found(&order), None);
    assert_eq!(found(&format!("{order}112=x")), Some((Check::TagNotInMessage, 112)));
    assert_eq!(found(&order.replace("56=B", "56=B|43=x")), Some((Check::IncorrectFormat, 43)));
    assert_eq!(found(&HEAD.replace("35=D", "35=0")), None);
    assert_eq!(found(&HEAD.replace("35=D", "35=*")), Some((Check::UnknownMsgType, 35)));
}

#[test]
fn words_name_the_tag() {
    let violation = Violation { check: Check::UnknownTag, tag: Tag::new(999) };
    assert_eq!(violation.to_string(), "Invalid tag number (999)");
    let violation = Violation { check: Check::UnknownMsgType, tag: Tag::new(35) };
    assert_eq!(violation.to_string(), "Invalid MsgType");
}
