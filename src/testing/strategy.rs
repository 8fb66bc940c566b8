//! Random [`Op`]s for proptest, with more of what happens more often.

use alloc::vec::Vec;

use proptest::prelude::*;

use super::forged::{Flaw, Forged, ForgedKind};
use super::op::{Op, Reach, Wish};
use super::options::Side;

/// Between 1 and `most` things that can happen to a pair, by whoever `reach` says.
///
/// ```
/// use core::time::Duration;
/// use fixline::session::{Config, ResendPolicy, Version};
/// use fixline::testing::{Pair, PairOptions, Reach, strategy};
/// use proptest::prelude::*;
/// use proptest::test_runner::{Config as Cases, TestRunner};
///
/// let mut runner = TestRunner::new(Cases::with_cases(20));
/// runner.run(&strategy::ops(Reach::Faults, 30), |ops| {
///     let client = Config::initiator(Version::Fix44, "C", "B", ResendPolicy::All).build()?;
///     let broker = Config::acceptor(Version::Fix44, "B", "C", ResendPolicy::All).build()?;
///     let mut pair = Pair::new(client, broker, PairOptions::new());
///     for op in &ops {
///         pair.apply(op);
///     }
///     prop_assert!(pair.converge(Duration::from_secs(600)), "{pair:#?}");
///     Ok(pair.check()?)
/// })?;
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub fn ops(reach: Reach, most: usize) -> impl Strategy<Value = Vec<Op>> {
    prop::collection::vec(op(reach), 1..=most)
}

/// One of them.
pub fn op(reach: Reach) -> BoxedStrategy<Op> {
    let faults = faults();
    match reach {
        Reach::Faults => faults,
        Reach::Operators => prop_oneof![3 => faults, 1 => operators()].boxed(),
        Reach::Peers => prop_oneof![3 => faults, 1 => operators(), 3 => peers()].boxed(),
    }
}

fn side() -> impl Strategy<Value = Side> + Clone {
    prop_oneof![Just(Side::Initiator), Just(Side::Acceptor)]
}

fn faults() -> BoxedStrategy<Op> {
    prop_oneof![
        6 => (side(), 1..12_u8, any::<u8>())
            .prop_map(|(side, count, text_len)| Op::Send { side, count, text_len }),
        6 => (0..5000_u16).prop_map(|millis| Op::Wait { millis }),
        1 => Just(Op::Cut),
        2 => (side(), 0..2000_u16).prop_map(|(side, bytes)| Op::CutAfter { side, bytes }),
        1 => (side(), 0..2000_u16, 0..8_u8)
            .prop_map(|(side, after, bit)| Op::Garble { side, after, bit }),
        1 => side().prop_map(|side| Op::Crash { side }),
        1 => side().prop_map(|side| Op::Abandon { side }),
        1 => side().prop_map(|side| Op::FailStore { side }),
    ]
    .boxed()
}

fn operators() -> BoxedStrategy<Op> {
    let wish = prop_oneof![
        1 => Just(Wish::TestRequest),
        2 => Just(Wish::ResetSeqNums),
        1 => (1..9_u8).prop_map(|numbers| Wish::Skip { numbers }),
        1 => (1..9_u8, 0..9_u8).prop_map(|(from, more)| Wish::AskAgain { from, more }),
        1 => Just(Wish::Logout),
        1 => Just(Wish::Disconnect),
    ];
    (side(), wish).prop_map(|(side, wish)| Op::Operate { side, wish }).boxed()
}

fn peers() -> BoxedStrategy<Op> {
    let kind = prop::sample::select(&ForgedKind::ALL[..]);
    let flaw = prop::sample::select(&Flaw::ALL[..]);
    let flaw = prop_oneof![2 => Just(Flaw::None), 1 => flaw];
    let near = || prop_oneof![2 => Just(0_i8), 1 => -6..7_i8];
    (side(), kind, near(), prop::bool::weighted(0.2), near(), near(), flaw)
        .prop_map(|(side, kind, seq, poss_dup, from, to, flaw)| {
            let message = Forged { kind, seq, poss_dup, from, to, flaw };
            Op::Forge { side, message }
        })
        .boxed()
}
