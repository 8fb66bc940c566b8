//! The text form of a [`Spec`](super::Spec): compact, one statement a line, made to be read, compared and kept
//! under version control.
//!
//! ```text
//! # A comment.
//! version FIX.4.4
//! field 54 Side char 1=Buy 2=Sell
//! field 27 IOIQty Qty S=Small M=Medium L=Large *
//! header 8! 9! 35! 49! 56! 34! 52!
//! trailer 93 89 10!
//! component Parties 453(448 447 452 PtysSubGrp)
//! admin A Logon 98! 108! 384(372 385)
//! message D NewOrderSingle 11! Parties Instrument! 54!
//!   60! 40!
//! ```
//!
//! `!` marks what is required, parentheses hold the members of a group, a name among members is a
//! component, and `*` at the end of the values says that others may occur. A line that begins with
//! a space continues the one before. `requirements without-condition` stands in dictionaries that were
//! read from QuickFIX's XML, see [`Requirements`](super::Requirements). In names and values `%20` stands for a space, and so on for
//! every byte that would be taken for something else.

pub(super) mod read;
mod write;

#[cfg(test)]
mod tests;

pub use read::TextError;
