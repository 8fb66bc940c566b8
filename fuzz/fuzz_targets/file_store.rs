#![no_main]

#[path = "../../tests/fuzz/bytes.rs"]
mod bytes;
#[path = "../../tests/fuzz/file_store.rs"]
mod file_store;

libfuzzer_sys::fuzz_target!(|data: &[u8]| file_store::check(data));
