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

/// FILE-08: a group written in line is the one that a component brings, in that message alone.
#[test]
fn file_08_a_group_in_line_is_merged_into_that_of_a_component() {
    let wide = |required: &str| {
        let mut spec = Standard::Fix44.spec();
        let overlay = format!(
            "field 6001 Desk String\nfield 6002 Floor String\n\
             message D NewOrderSingle 453{required}( 448! 447 452 6001 802( 6002 ) )"
        );
        spec.overlay(&Spec::from_text(&overlay).expect("it can be read"));
        spec
    };
    let spec = wide("");
    for right in [
        "",
        "453=1|448=A|447=D|452=1|6001=X|",
        "453=2|448=A|452=1|802=1|523=s|803=1|6002=F|448=B|447=D|452=3|6001=Y|",
    ] {
        assert_eq!(check(&spec, right), Ok(()), "{right}");
    }
    assert_eq!(check(&spec, "453=1|447=D|448=A|"), Err((Check::GroupOrder, Some(447))));
    assert_eq!(check(&wide("!"), ""), Err((Check::RequiredTagMissing, Some(453))));
    // Elsewhere the group is what it was.
    let cancel = "8=FIX.4.4|35=F|49=A|56=B|34=2|52=20261122-09:30:00|41=W|11=X|55=MSFT|54=1|\
                  60=20261122-09:30:00|38=1|453=1|448=A|6001=X|";
    let bytes = from_text(cancel);
    let dictionary = Dictionary::compile(&spec).expect("the overlay fits");
    let found = dictionary.validate(Message::parse(&bytes).unwrap(), &Policy::STRICT);
    assert_eq!(found.unwrap_err().check, Check::TagNotInMessage);
}

/// The same in XML, in the header, in a component, and where it says again what is there.
#[cfg(feature = "xml")]
#[test]
fn file_08_overlays_in_xml_need_not_know_where_the_standard_has_components() {
    use fixline::dictionary::Reader;

    let hops = "<field name='HopCompID' required='Y'/><field name='HopNote'/>";
    let parties = "<field name='PartyID'/><field name='PartyRole'/><field name='HopNote'/>";
    let text = format!(
        "<fix><header><group name='NoHops' required='N'>{hops}</group></header>
         <messages>
          <message msgtype='D'><group name='NoPartyIDs' required='N'>{parties}</group></message>
          <message msgtype='8'><group name='NoPartyIDs' required='N'/></message>
         </messages>
         <components>
          <component name='Parties'><group name='NoPartyIDs'><component name='PtysSubGrp'/></group></component>
          <component name='Instrument'><group name='NoEvents'><field name='HopNote'/></group></component>
         </components>
         <fields><field number='6003' name='HopNote' type='STRING'/></fields></fix>"
    );
    let mut reader = Reader::over(Standard::Fix44.spec());
    reader.add("venue.xml", text.as_bytes());
    let reading = reader.finish();
    assert!(reading.dictionary.is_some(), "{:?}", reading.findings);
    let spec = reading.spec;
    for right in ["453=1|448=A|452=1|6003=n|", "864=1|865=1|6003=n|", ""] {
        assert_eq!(check(&spec, right), Ok(()), "{right}");
    }
    let hopped = ORDER.replacen("11=X|", "627=1|628=H|6003=n|11=X|", 1);
    let bytes = from_text(&hopped);
    let dictionary = Dictionary::compile(&spec).unwrap();
    assert_eq!(dictionary.validate(Message::parse(&bytes).unwrap(), &Policy::STANDARD), Ok(None));
}
