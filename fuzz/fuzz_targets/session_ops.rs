#![no_main]

#[path = "../../tests/fuzz/agreement.rs"]
#[expect(dead_code, reason = "shared with the other target")]
mod agreement;
#[path = "../../tests/fuzz/bytes.rs"]
#[expect(dead_code, reason = "shared with targets that read bytes")]
mod bytes;
#[path = "../../tests/fuzz/line.rs"]
#[expect(dead_code, reason = "shared with targets that read bytes")]
mod line;
#[path = "../../tests/fuzz/session_ops.rs"]
mod session_ops;

libfuzzer_sys::fuzz_target!(|data: &[u8]| session_ops::check(data));
