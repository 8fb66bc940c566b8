//! What both acceptors share: their sessions, who may come in, and what their owner is told.

mod handle;
mod served;
mod told;

pub use handle::{AcceptorHandle, SessionError};
pub use served::Made;
pub(crate) use served::{Decision, Effect, Served, Template};
pub(crate) use told::Tellings;
pub use told::Told;
