//! From a settings file to running sessions: all of them start, or none.
//!
//! What can be wrong is looked for before anything runs: dictionaries are loaded, stores locked,
//! ports bound. A host that cannot be reached is nothing wrong: it may be reached later, and the
//! events of its session say how that goes.

mod plan;
mod running;
#[cfg(feature = "tokio")]
mod tasks;
mod threads;

pub use running::Running;
#[cfg(feature = "tokio")]
pub use tasks::Handler;
