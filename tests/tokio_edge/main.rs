//! The tokio adapter over real sockets and over streams in memory with paused time.

mod by_hand;
mod cancel;
mod compiles;
mod endings;
#[cfg(feature = "schedule")]
mod hours;
mod life;
mod load;
mod mailbox;
mod random;
mod streams;
mod support;
