//! Testing without sockets, clocks or luck: two connections joined by a line that exists in memory
//! and in virtual time, breaks where it is told to, and does everything again from the same seed.

mod crash_store;
mod history;
mod options;
mod pair;
mod pipe;
mod random;

pub use crash_store::{CrashStore, StoreDown};
pub use history::{History, Violation};
pub use options::{PairOptions, Side};
pub use pair::Pair;
pub use random::Random;
