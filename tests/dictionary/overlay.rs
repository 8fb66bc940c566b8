//! A venue's additions in force.

use fixline::dictionary::{Check, Dictionary, Policy, Spec, Standard, Violation};
use fixline::wire::{Message, from_text};

const ORDER: &str = "8=FIX.4.4|35=D|49=A|56=B|34=2|52=20261122-09:30:00|11=X|55=MSFT|54=1|\
                     60=20261122-09:30:00|38=1|40=1|";

fn check(spec: &Spec, body: &str) -> Result<(), (Check, Option<u32>)> {
    let bytes = from_text(&format!("{ORDER}{body}"));
    let message = Message::parse(&bytes).expect("the test's message can be read");
    let dictionary = Dictionary::compile(spec).expect("the overlay fits");
    let told = |Violation { check, tag }: Violation| (check, tag.map(|tag| tag.get()));
    dictionary.validate(message, &Policy::STRICT).map(|_| ()).map_err(told)
}

#[test]
fn a_venue_s_field_is_known_where_the_overlay_puts_it() {
    let mut spec = Standard::Fix44.spec();
    assert!(check(&spec, "").is_ok());
    assert!(check(&spec, "6001=A|").is_err());
    spec.overlay(
        &Spec::from_text("field 6001 Desk char A=Algo V=Voice\nmessage D NewOrderSingle 6001!")
            .expect("the overlay can be read"),
    );
    assert!(check(&spec, "6001=A|").is_ok());
    assert_eq!(check(&spec, ""), Err((Check::RequiredTagMissing, Some(6001))));
    assert_eq!(check(&spec, "6001=X|"), Err((Check::IncorrectValue, Some(6001))));
}

#[test]
fn a_message_says_whether_a_field_of_its_components_is_required() {
    let without_symbol = |overlay: &str| {
        let mut spec = Standard::Fix44.spec();
        spec.overlay(&Spec::from_text(overlay).expect("it can be read"));
        let bytes = from_text(&ORDER.replace("55=MSFT|", ""));
        let dictionary = Dictionary::compile(&spec).expect("the overlay fits");
        let order = Message::parse(&bytes).expect("the test's message can be read");
        let found = dictionary.validate(order, &Policy::STRICT).err();
        found.map(|Violation { check, tag }| (check, tag.map(|tag| tag.get())))
    };
    let missing = |tag| Some((Check::RequiredTagMissing, Some(tag)));
    assert_eq!(without_symbol(""), None);
    assert_eq!(without_symbol("message D NewOrderSingle 55!"), missing(55));
    assert_eq!(without_symbol("message D NewOrderSingle 453!"), missing(453));
    // What stands behind it, and what other components require, stays as it was.
    assert_eq!(without_symbol("message D NewOrderSingle 55 58!"), missing(58));
}

#[test]
fn a_field_keeps_its_place_and_its_component_where_the_message_settles_it() {
    let fields = "field 1 One String\nfield 2 Two String\nfield 3 Three String\nfield 4 Four String\n\
                  field 35 MsgType String\nfield 8 BeginString String\nheader 8! 35!\ncomponent C 1! 2 3!\n";
    let found = |members: &str, body: &str| {
        let spec = Spec::from_text(&format!("{fields}message D Order {members}")).unwrap();
        let dictionary = Dictionary::compile(&spec).unwrap();
        let bytes = from_text(&format!("8=FIX.4.4|35=D|{body}"));
        let found = dictionary.validate(Message::parse(&bytes).unwrap(), &Policy::STRICT);
        found.err().map(|Violation { check, tag }| (check, tag.map_or(0, |tag| tag.get())))
    };
    let missing = |tag| Some((Check::RequiredTagMissing, tag));
    for members in ["1 4! C", "4! C 1"] {
        assert_eq!(found(members, "4=d|"), None, "{members}");
        assert_eq!(found(members, "4=d|2=b|"), missing(3), "{members}");
        assert_eq!(found(members, "4=d|3=c|"), None, "{members}");
        assert_eq!(found(members, "3=c|"), missing(4), "{members}");
        assert_eq!(found(members, "4=d|1=a|1=a|3=c|"), Some((Check::Repeated, 1)), "{members}");
    }
    for members in ["2! 4 C", "C 4 2!", "C! 3 2!"] {
        assert_eq!(found(members, "1=a|3=c|"), missing(2), "{members}");
    }
    assert_eq!(found("1 4 3 C!", "4=d|"), None);
    assert_eq!(found("1 4 C!", "4=d|"), missing(3));
}

#[test]
fn sizes_and_quantities_are_both_right() {
    let mut spec = Standard::Fix44.spec();
    spec.overlay(&Spec::from_text("message D NewOrderSingle 27").expect("it can be read"));
    for right in ["27=S|", "27=1000|"] {
        assert_eq!(check(&spec, right), Ok(()), "{right}");
    }
    assert!(check(&spec, "27=many|").is_err());
}
