//! Two sessions, any agreement between them, everything that an operator may ask for, and a line that
//! breaks: both sides get in step, in order, and nothing comes twice unflagged. Resets make both
//! sides forget what they owe each other, so that here the last messages before one may be lost;
//! `pair.rs` sees that none is where nobody resets.

#[path = "../fuzz/pair.rs"]
#[expect(dead_code, reason = "shared with the fuzz targets")]
mod pair;

use std::cell::RefCell;
use std::time::Duration;

use fixline::engine::ConnectionOptions;
use fixline::testing::{PairOptions, Reach, strategy};
use proptest::prelude::*;
use proptest::test_runner::{FileFailurePersistence, TestRunner};

use crate::agreement::Agreement;
use crate::situations::Situations;

fn options() -> impl Strategy<Value = PairOptions> {
    let chunks = prop_oneof![Just(1_usize), 2..40_usize, Just(usize::MAX)];
    let pipes = prop_oneof![300..2000_usize, Just(64 * 1024)];
    let polls = prop_oneof![2 => Just(0_u32), 1 => 1..20_u32];
    (any::<u64>(), chunks, pipes, 0..200_u64, 0..2_usize, polls).prop_map(
        |(seed, chunk_max, pipe_bytes, latency, holds, polls)| {
            PairOptions::new()
                .connection(ConnectionOptions::new().held_messages(holds * 1000))
                .commit_polls(polls)
                .seed(seed)
                .chunk_max(chunk_max)
                .pipe_bytes(pipe_bytes)
                .latency(Duration::from_millis(latency))
        },
    )
}

#[test]
fn whatever_an_operator_does_both_sides_get_in_step() {
    let situations = RefCell::new(Situations::default());
    let cases = std::env::var("PAIR_CASES").ok().and_then(|cases| cases.parse().ok());
    let config = ProptestConfig {
        cases: cases.unwrap_or(150),
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        source_file: Some(file!()),
        ..ProptestConfig::default()
    };
    let agreements = any::<u64>().prop_map(Agreement::new);
    let given = (agreements, options(), strategy::ops(Reach::Operators, 40));
    let result = TestRunner::new(config).run(&given, |(agreement, options, ops)| {
        situations.borrow_mut().note(&pair::play(agreement, options, &ops));
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
    situations.borrow().check(&[
        "a Logon that resets",
        "a Logout",
        "a crash",
        "a gap fill",
        "a line that broke",
        "a repetition",
        "a repetition that was delivered",
        "a request for old messages",
        "a reset",
        "numbers that were skipped",
    ]);
}
