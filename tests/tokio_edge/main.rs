//! The tokio adapter over real sockets and over streams in memory with paused time.

mod life;
mod support;
