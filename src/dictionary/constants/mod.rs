//! Constants for what the dictionaries of the crate name: tags, message types and values, for each
//! version.
//!
//! ```
//! use fixline::dictionary::constants::fix44::{msg_type, tag, value};
//! use fixline::wire::{Body, PutField as _};
//!
//! let mut order = Body::new();
//! order.str(tag::CL_ORD_ID, "ORD-1").str(tag::SIDE, value::side::BUY);
//! assert_eq!(order.as_fields()?.as_bytes(), b"11=ORD-1\x0154=1\x01");
//! assert_eq!(msg_type::NEW_ORDER_SINGLE, "D");
//! # Ok::<(), fixline::wire::FieldError>(())
//! ```
//!
//! They are generated from the same tables as [`Standard`](super::Standard), and cost nothing but
//! the time to compile them.

use crate::wire::Tag;

#[rustfmt::skip]
#[expect(missing_docs, reason = "the names are those of FIX")]
pub mod fix40;
#[rustfmt::skip]
#[expect(missing_docs, reason = "the names are those of FIX")]
pub mod fix41;
#[rustfmt::skip]
#[expect(missing_docs, reason = "the names are those of FIX")]
pub mod fix42;
#[rustfmt::skip]
#[expect(missing_docs, reason = "the names are those of FIX")]
pub mod fix43;
#[rustfmt::skip]
#[expect(missing_docs, reason = "the names are those of FIX")]
pub mod fix44;
#[rustfmt::skip]
#[expect(missing_docs, reason = "the names are those of FIX")]
pub mod fix50;
#[rustfmt::skip]
#[expect(missing_docs, reason = "the names are those of FIX")]
pub mod fix50sp1;
#[rustfmt::skip]
#[expect(missing_docs, reason = "the names are those of FIX")]
pub mod fix50sp2;
#[rustfmt::skip]
#[expect(missing_docs, reason = "the names are those of FIX")]
pub mod fixlatest;
#[rustfmt::skip]
#[expect(missing_docs, reason = "the names are those of FIX")]
pub mod fixt11;

/// Every tag of the tables is one.
const fn tag(number: u32) -> Tag {
    match Tag::new(number) {
        Some(tag) => tag,
        None => Tag::MSG_TYPE,
    }
}
