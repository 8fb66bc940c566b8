//! What the benchmarks share: the clock, and the loop that they compare with.

use core::hint::black_box;
use std::time::Duration;

/// The first argument that is none of cargo's: the only case to run.
pub(crate) fn only_case() -> Option<String> {
    std::env::args().nth(1).filter(|argument| !argument.starts_with('-'))
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
pub(crate) fn time(work: impl FnOnce()) -> Duration {
    let start = std::time::Instant::now();
    work();
    start.elapsed()
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// The least that any decoder does: sum the bytes of each message and note where each field stands.
pub(crate) fn plain_loop(messages: &[Vec<u8>], index: &mut [(usize, usize)]) {
    for message in messages {
        let mut slots = index.iter_mut();
        let (mut sum, mut start) = (0_u8, 0);
        for (at, &byte) in message.iter().enumerate() {
            sum = sum.wrapping_add(byte);
            if byte == 0x01 {
                if let Some(slot) = slots.next() {
                    *slot = (start, at);
                }
                start = at + 1;
            }
        }
        black_box((sum, &index));
    }
}
