//! The scripts of the edge over tokio.
#![cfg(feature = "tokio")]

mod edge;
#[path = "edge/tokio_side.rs"]
mod tokio_side;

each_script!(tokio_side::Tokio);
