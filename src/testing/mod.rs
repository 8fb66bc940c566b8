//! Testing without sockets, clocks or luck: two connections joined by a line that exists in memory
//! and in virtual time, breaks where it is told to, and does everything again from the same seed.
//!
//! What happens is an [`Op`], what happened a [`History`], and whether it may is said by the
//! [`checks`]. To fuzz a driver or an application of yours, take the operations from a fuzzer
//! (feature `arbitrary`) or from proptest (feature `proptest`, [`strategy`]), play them, and ask
//! [`Pair::check`].

mod apply;
pub mod checks;
mod crash_store;
mod exact_replay;
mod forged;
mod history;
mod model;
mod op;
mod options;
mod pair;
mod pipe;
mod random;
#[cfg(feature = "proptest")]
pub mod strategy;
mod wake_flag;

pub use crash_store::CrashStore;
pub use forged::{Flaw, Forged, ForgedKind};
pub use history::{History, Record, Violation};
pub use op::{Op, Reach, Wish};
pub use options::{PairOptions, Side};
pub use pair::Pair;
pub use random::Random;
