//! The dictionaries that come with the crate.

use fixline::dictionary::{Dictionary, Standard};

#[test]
fn every_standard_dictionary_compiles() {
    for standard in Standard::ALL {
        let dictionary = Dictionary::compile(&standard.spec())
            .unwrap_or_else(|error| panic!("{standard}: {error}"));
        assert_eq!(dictionary.version(), standard.name());
    }
}
