//! Settings files of the QuickFIX family, and configurations through serde.

mod document;
mod files;
mod serde;
