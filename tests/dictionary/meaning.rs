//! What files in QuickFIX's form mean. What is expected here is what the live QuickFIX C++ 1.15.1 says of
//! the same files and messages.

use fixline::dictionary::{Check, Level, Policy, Reader, Violation};
use fixline::wire::{Message, from_text};

/// What is found in a message `U1` with this body, by a dictionary with these members and components.
#[track_caller]
fn judged(members: &str, components: &str, more: &str, body: &str) -> Option<(u16, u32)> {
    let text = format!(
        "<fix major='4' minor='4'>
          <header><field name='BeginString' required='Y'/><field name='BodyLength' required='Y'/>
           <field name='MsgType' required='Y'/></header>
          <trailer><field name='CheckSum' required='Y'/></trailer>
          <messages><message name='Ping' msgtype='U1' msgcat='app'>{members}</message>{more}</messages>
          <components>{components}</components>
          <fields>
           <field number='8' name='BeginString' type='STRING'/>
           <field number='9' name='BodyLength' type='LENGTH'/>
           <field number='35' name='MsgType' type='STRING'/>
           <field number='10' name='CheckSum' type='STRING'/>
           <field number='600' name='A' type='STRING'/><field number='601' name='B' type='STRING'/>
           <field number='602' name='C' type='INT'/>
           <field number='604' name='NoThings' type='NUMINGROUP'/>
          </fields></fix>"
    );
    let mut reader = Reader::new();
    reader.add("", text.as_bytes());
    let reading = reader.finish();
    let dictionary = reading.dictionary.unwrap_or_else(|| panic!("{:?}", reading.findings));
    let bytes = from_text(&format!("8=FIX.4.4|35=U1|{body}"));
    let policy = Policy::STRICT.with(Check::GroupOrder, Level::Off);
    let found = dictionary.validate(Message::parse(&bytes).unwrap(), &policy).err();
    found.map(|Violation { check, tag }| {
        (check.reason().unwrap_or(0), tag.map_or(0, |tag| tag.get()))
    })
}

const MISSING: u16 = 1;
const FOREIGN: u16 = 2;

#[test]
fn an_optional_component_requires_nothing() {
    let component =
        "<component name='K'><field name='A' required='Y'/><field name='B'/></component>";
    for (required, body, expected) in [
        ("N", "601=x|", None),
        ("N", "", None),
        ("Y", "601=x|", Some((MISSING, 600))),
        ("Y", "", Some((MISSING, 600))),
        ("Y", "600=x|", None),
    ] {
        let members = format!("<component name='K' required='{required}'/>");
        assert_eq!(judged(&members, component, "", body), expected, "{required} {body}");
    }
}

#[test]
fn what_a_component_requires_of_another_is_required_even_if_it_is_optional_itself() {
    for (required, body, expected) in
        [("N", "602=1|", None), ("Y", "602=1|", Some((MISSING, 600))), ("Y", "600=x|", None)]
    {
        let components = format!(
            "<component name='K'><field name='A' required='Y'/><field name='B'/></component>\
             <component name='L'><component name='K' required='{required}'/><field name='C'/></component>"
        );
        let members = "<component name='L' required='N'/>";
        assert_eq!(judged(members, &components, "", body), expected, "{required} {body}");
    }
}

#[test]
fn an_optional_group_requires_nothing_of_its_entries() {
    for (required, body, expected) in [
        ("N", "604=1|600=x|", None),
        ("N", "", None),
        ("Y", "604=1|600=x|", Some((MISSING, 601))),
        ("Y", "604=1|600=x|601=y|", None),
        ("Y", "", Some((MISSING, 604))),
        ("Y", "604=2|600=x|601=y|", Some((16, 604))),
    ] {
        let members = format!(
            "<group name='NoThings' required='{required}'><field name='A' required='Y'/>\
             <field name='B' required='Y'/><field name='C'/></group>"
        );
        assert_eq!(judged(&members, "", "", body), expected, "{required} {body}");
    }
    // Nor does a component within them.
    let component =
        "<component name='K'><field name='A' required='Y'/><field name='B'/></component>";
    let members = "<group name='NoThings' required='Y'><field name='C'/>\
                   <component name='K' required='Y'/></group>";
    assert_eq!(judged(members, component, "", "604=1|602=1|601=x|"), None);
}

#[test]
fn what_is_there_twice_is_required_where_one_of_them_is() {
    let twice = |one: &str, other: &str| {
        format!("<field name='A' required='{one}'/><field name='A' required='{other}'/>")
    };
    for (one, other, expected) in
        [("N", "N", None), ("N", "Y", Some((MISSING, 600))), ("Y", "N", Some((MISSING, 600)))]
    {
        assert_eq!(judged(&twice(one, other), "", "", ""), expected, "{one} {other}");
    }
    let component = "<component name='K'><field name='A' required='Y'/></component>";
    let members = "<field name='A' required='N'/><component name='K' required='Y'/>";
    assert_eq!(judged(members, component, "", ""), Some((MISSING, 600)));
    // A message twice has the members of both.
    let again =
        "<message name='Ping2' msgtype='U1' msgcat='app'><field name='B' required='Y'/></message>";
    let members = "<field name='A'/>";
    assert_eq!(judged(members, "", again, "600=x|"), Some((MISSING, 601)));
    assert_eq!(judged(members, "", again, "600=x|601=y|"), None);
}

#[test]
fn the_first_component_and_the_last_group_of_a_name_stand() {
    let components = "<component name='K'><field name='A'/></component>\
                      <component name='K'><field name='B'/></component>";
    let members = "<component name='K'/>";
    assert_eq!(judged(members, components, "", "600=x|"), None);
    assert_eq!(judged(members, components, "", "601=x|"), Some((FOREIGN, 601)));
    let members = "<group name='NoThings'><field name='A'/></group>\
                   <group name='NoThings'><field name='B'/></group>";
    assert_eq!(judged(members, "", "", "604=1|601=x|"), None);
    assert_eq!(judged(members, "", "", "604=1|600=x|").map(|(reason, _)| reason), Some(FOREIGN));
    // A group without members counts nothing.
    let members = "<group name='NoThings'/>";
    assert_eq!(judged(members, "", "", "604=1|"), None);
    assert_eq!(judged(members, "", "", "604=1|600=x|"), Some((FOREIGN, 600)));
}
