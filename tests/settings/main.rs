//! Settings files of the QuickFIX family, and configurations through serde.

#[cfg(feature = "cli")]
mod check;
#[cfg(all(feature = "dictionaries", feature = "xml"))]
mod dictionaries;
mod document;
mod files;
mod foreign;
#[cfg(feature = "schedule")]
mod hours;
mod secrets;
mod serde;
