//! The dictionaries that come with the crate.

use fixline::dictionary::{Check, Dictionary, Policy, Standard};
use fixline::wire::{Message, from_text};

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
