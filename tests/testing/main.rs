//! What `fixline::testing` offers, and what it shows of our own engine.
#![cfg(feature = "testing")]

#[cfg(all(feature = "proptest", feature = "arbitrary"))]
#[path = "../fuzz/agreement.rs"]
#[expect(dead_code, reason = "the fuzzers use the rest")]
mod agreement;
mod audited;
mod checkers;
#[cfg(feature = "proptest")]
mod pair;
#[cfg(all(feature = "proptest", feature = "arbitrary"))]
mod pair_operations;
mod replay_deadlocks;
#[cfg(feature = "proptest")]
#[path = "../fuzz/situations.rs"]
mod situations;
mod store_suite;
