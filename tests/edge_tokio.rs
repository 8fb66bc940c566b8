//! The scripts of the edge over tokio.
#![cfg(feature = "tokio")]

mod edge;

each_script!(edge::tokio_side::Tokio);
