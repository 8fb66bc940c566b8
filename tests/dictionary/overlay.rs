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
fn sizes_and_quantities_are_both_right() {
    let mut spec = Standard::Fix44.spec();
    spec.overlay(&Spec::from_text("message D NewOrderSingle 27").expect("it can be read"));
    for right in ["27=S|", "27=1000|"] {
        assert_eq!(check(&spec, right), Ok(()), "{right}");
    }
    assert!(check(&spec, "27=many|").is_err());
}
