#![no_main]

#[path = "../../tests/fuzz/dictionary_xml.rs"]
mod dictionary_xml;

libfuzzer_sys::fuzz_target!(|data: &[u8]| dictionary_xml::check(data));
