//! What both acceptors share: their sessions, who may come in, and what their owner is told.

mod events;
mod handle;
mod reception;
mod served;
mod told;

pub(in crate::adapters) use events::Queue;
pub use events::{AcceptorEvent, AcceptorEvents};
pub use handle::{AcceptorHandle, SessionError};
pub(in crate::adapters) use reception::{Arrived, Came, Entered, Reception};
pub use served::Made;
#[cfg(feature = "settings")]
pub(in crate::adapters) use told::Tellings;
pub use told::Told;
