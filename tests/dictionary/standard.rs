//! The dictionaries that come with the crate.

use fixline::dictionary::{Check, Datatype, Dictionary, FieldSpec, Policy, Standard};
use fixline::wire::{Message, Tag, from_text};

#[test]
fn every_standard_dictionary_compiles() {
    for standard in Standard::ALL {
        let dictionary = Dictionary::compile(&standard.spec())
            .unwrap_or_else(|error| panic!("{standard}: {error}"));
        assert_eq!(dictionary.version(), standard.name());
    }
}

#[test]
fn every_version_requires_what_an_entry_of_no_msg_types_has() {
    for standard in [Standard::Fix42, Standard::Fix43, Standard::Fix44] {
        let dictionary = Dictionary::compile(&standard.spec()).unwrap();
        let found = |entry: &str| {
            let logon = from_text(&format!(
                "8={standard}|35=A|49=A|56=B|34=1|52=20261122-09:30:00|98=0|108=30|384=1|{entry}"
            ));
            let found = dictionary.validate(Message::parse(&logon).unwrap(), &Policy::STANDARD);
            found.err().map(|violation| (violation.check, violation.tag.map_or(0, |tag| tag.get())))
        };
        assert_eq!(found("372=D|385=S|"), None, "{standard}");
        assert_eq!(found("372=D|"), Some((Check::RequiredTagMissing, 385)), "{standard}");
    }
}

/// The sizes that docs/DICTIONARIES.md tells, and a ceiling: who adds a dictionary thinks of the package.
#[test]
fn the_tables_are_as_large_as_they_are_said_to_be() {
    const CEILING: usize = 1_700_000;
    let size: usize = Standard::ALL.iter().map(|standard| standard.text().len()).sum();
    assert!(size < CEILING, "{size} bytes of tables");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/DICTIONARIES.md");
    let told = format!("{:.1} MB together", size as f64 / 1e6);
    assert!(std::fs::read_to_string(path).unwrap().contains(&told), "{told}");
}

#[test]
fn each_dictionary_has_a_header_or_goes_over_one_that_has() {
    use std::sync::Arc;

    use fixline::dictionary::{ApplVerId, Dictionaries};

    for standard in Standard::ALL {
        let dictionary = Arc::new(Dictionary::compile(&standard.spec()).unwrap());
        assert_eq!(dictionary.has_header(), standard.transport() == standard, "{standard}");
        let dictionaries = Dictionaries::standing_alone(dictionary.clone());
        assert_eq!(dictionaries.session().version(), standard.transport().name());
        if let Some(version) = ApplVerId::from_name(standard.name()) {
            assert_eq!(dictionaries.of(version).is_some(), standard.transport() != standard);
        }
    }
    assert_eq!(ApplVerId::from_name(Standard::FixLatest.name()).unwrap().code(), 10);
}

#[test]
fn extension_packs_add_and_take_nothing_away() {
    for standard in Standard::ALL {
        let (plain, extended) = (standard.spec(), standard.spec_with_extension_packs());
        let is_extended = matches!(standard, Standard::Fix42 | Standard::Fix44);
        assert_eq!(plain != extended, is_extended, "{standard}");
        assert!(extended.findings().is_empty(), "{standard}: {:?}", extended.findings());
        for field in &plain.fields {
            let more = extended.fields.iter().find(|more| more.tag == field.tag).unwrap();
            assert_eq!((&more.name, more.datatype), (&field.name, field.datatype));
            assert!(field.values.iter().all(|value| more.values.contains(value)), "{}", field.name);
            assert!(more.open || !field.values.is_empty() || more.values.is_empty());
        }
    }
    // A cross order says when what it replaces was changed, between the fields around it.
    let spec = Standard::Fix44.spec_with_extension_packs();
    let sides = spec.components.iter().find(|component| component.name == "SideCrossOrdModGrp");
    assert!(format!("{sides:?}").contains("tag: 583, required: false }, Field { tag: 586"));
}

/// Otherwise the delimiters within such data would end the field on the wire.
#[test]
fn the_wire_knows_every_pair_of_length_and_data_in_the_dictionaries() {
    // S-FRAME-08
    for standard in Standard::ALL {
        let spec = standard.spec_with_extension_packs();
        let fields = || spec.fields.iter();
        let tag = |field: &FieldSpec| Tag::new(field.tag).unwrap();
        for field in fields() {
            let is_data = matches!(field.datatype, Datatype::Data | Datatype::XmlData);
            let length = tag(field).length_tag();
            assert_eq!(length.is_some(), is_data, "{standard} {}", field.name);
            let has = |length: Tag| fields().any(|field| tag(field) == length);
            assert!(length.is_none_or(has), "{standard} {}", field.name);
            // BodyLength(9) and MaxMessageSize(383) count no field.
            if field.datatype == Datatype::Length && !matches!(field.tag, 9 | 383) {
                assert!(tag(field).data_tag().is_some(), "{standard} {}", field.name);
            }
        }
    }
}
