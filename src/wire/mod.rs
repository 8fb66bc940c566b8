//! Tag=value bytes: framing, fields, numbers, timestamps, composing.
//!
//! This layer knows what a FIX message looks like on the wire and nothing of sessions. Reading
//! goes from bytes to a [`Frame`] ([`next_frame`]), from there in one pass over every field to a
//! [`Message`] ([`scan()`]). Writing goes through a [`Writer`] straight into the [`SendBuffer`].
//! No input can make any of it panic, allocate by a declared size, or loop.

mod buffer;
mod calendar;
mod class;
mod compose;
mod decimal;
mod delimiter;
mod field;
mod frame;
mod group;
mod lenient;
mod message;
#[cfg(test)]
mod museum;
mod number;
#[cfg(test)]
mod properties;
mod routing;
mod scan;
mod secret;
mod stamp;
mod tag;
mod text;
mod timestamp;
mod token;
mod writer;

pub use buffer::{ReceiveBuffer, SendBuffer, Span};
pub use compose::{Body, PutField};
pub use decimal::{Decimal, DecimalText};
pub use field::{Field, FieldError, FieldErrorKind, Fields, FieldsIter};
pub use frame::{Frame, Framed, Garbled, next_frame};
pub use group::{Entries, Group};
pub use lenient::{HeaderTags, Leniency, next_frame_leniently, salvage};
pub use message::{Facts, Message, MsgKind, ParseError};
pub use number::{Digits, SeqNum, parse_int, parse_uint, two_digit_numbers};
pub use scan::{Defect, DefectKind, Scan, scan, scan_leniently};
pub use secret::{MASK, Masked, Secret, SecretTags};
pub use stamp::{DateCache, Precision, Stamp};
pub use tag::Tag;
pub use text::{Pretty, from_text};
pub use timestamp::UtcTime;
pub use writer::{WriteError, Writer};

/// The field delimiter, ASCII SOH (S-FRAME-01).
pub const SOH: u8 = 0x01;
