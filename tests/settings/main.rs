//! Settings files of the QuickFIX family, and configurations through serde.

#[cfg(feature = "cli")]
mod check;
mod document;
mod files;
mod serde;
