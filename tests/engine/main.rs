//! A connection: how it is entered and left, what it lends and when that counts as handled, what it
//! asks of its store, how far a message is that was sent, and whom it waits for.

mod acknowledge;
mod delivery;
mod disk;
mod exchange;
#[cfg(feature = "schedule")]
mod hours;
mod leave;
mod numbers;
mod random;
mod secrets;
mod side;
mod store;
mod time;
mod verdict;
mod waits;
