#![no_main]

#[path = "../../tests/fuzz/agreement.rs"]
#[expect(dead_code, reason = "shared with the other target")]
mod agreement;
#[path = "../../tests/fuzz/pair.rs"]
mod pair;

libfuzzer_sys::fuzz_target!(|data: &[u8]| pair::check(data));
