#![no_main]

#[path = "../../tests/fuzz/bytes.rs"]
mod bytes;
#[path = "../../tests/fuzz/line.rs"]
mod line;
#[path = "../../tests/fuzz/session_bytes.rs"]
mod session_bytes;

libfuzzer_sys::fuzz_target!(|data: &[u8]| session_bytes::check(data));
