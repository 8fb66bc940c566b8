//! Writing fields.

use alloc::vec::Vec;
use core::fmt;

use super::SOH;
use super::class::Closed;
use super::decimal::Decimal;
use super::field::{Field, FieldError, FieldErrorKind, Fields};
use super::number::{Digits, parse_uint};
use super::stamp::{Precision, Stamp};
use super::tag::Tag;
use super::text::{Pretty, encoded};
use super::timestamp::UtcTime;

/// Something that fields can be appended to.
///
/// A field that must not be written is left out, and whoever completes the message gets the
/// first such error: an empty value, a delimiter in a value that is not of type data, a Length
/// field without its data or the other way round, and the fields 8, 9, 35 and 10. So no value
/// can create a field. In a message also a field in the wrong part of it, and a second one of
/// header or trailer: what can be completed can be read.
pub trait PutField: Sized {
    /// Appends a field.
    ///
    /// A data field must follow its Length field and have that length; see [`data`](Self::data).
    fn put(&mut self, tag: Tag, value: &[u8]) -> &mut Self;

    /// Appends a field that was read elsewhere.
    #[inline]
    fn field(&mut self, field: Field<'_>) -> &mut Self {
        self.put(field.tag, field.value)
    }

    /// Appends a text.
    #[inline]
    fn str(&mut self, tag: Tag, value: &str) -> &mut Self {
        self.put(tag, value.as_bytes())
    }

    /// Appends a single character.
    #[inline]
    fn char(&mut self, tag: Tag, value: u8) -> &mut Self {
        self.put(tag, &[value])
    }

    /// Appends a Boolean: `Y` or `N`.
    #[inline]
    fn bool(&mut self, tag: Tag, value: bool) -> &mut Self {
        self.put(tag, if value { b"Y" } else { b"N" })
    }

    /// Appends an unsigned number.
    #[inline]
    fn uint(&mut self, tag: Tag, value: u64) -> &mut Self {
        self.put(tag, Digits::new(value).as_bytes())
    }

    /// Appends a signed number.
    fn int(&mut self, tag: Tag, value: i64) -> &mut Self {
        let digits = Digits::new(value.unsigned_abs());
        if value >= 0 {
            return self.put(tag, digits.as_bytes());
        }
        let mut text = [b'-'; 20];
        let len = 1 + digits.as_bytes().len();
        if let Some(target) = text.get_mut(1..len) {
            target.copy_from_slice(digits.as_bytes());
        }
        self.put(tag, text.get(..len).unwrap_or_default())
    }

    /// Appends a decimal number, written as it was read or made.
    #[inline]
    fn decimal(&mut self, tag: Tag, value: Decimal) -> &mut Self {
        self.put(tag, value.to_text().as_bytes())
    }

    /// Appends a UTC timestamp.
    #[inline]
    fn time(&mut self, tag: Tag, value: UtcTime, precision: Precision) -> &mut Self {
        self.put(tag, Stamp::new(value, precision).as_bytes())
    }

    /// Appends a Length field and the data field that it counts, which may hold any bytes
    /// (S-FRAME-07).
    fn data(&mut self, length_tag: Tag, value: &[u8]) -> &mut Self {
        match length_tag.data_tag() {
            Some(data_tag) => self.uint(length_tag, value.len() as u64).put(data_tag, value),
            // There is no field for the value; an empty one gets the tag refused.
            None => self.put(length_tag, b""),
        }
    }
}

/// Encoded fields that one owns: a message's body, or fields to be added to one.
///
/// ```
/// use fixline::wire::{Body, PutField as _, Tag};
///
/// let mut body = Body::new();
/// body.str(Tag::CL_ORD_ID, "ORD-1").uint(Tag::ORDER_QTY, 500);
/// assert_eq!(body.as_fields().unwrap().as_bytes(), b"11=ORD-1\x0138=500\x01");
///
/// body.str(Tag::TEXT, "one\x0158=two");
/// assert!(body.as_fields().is_err());
/// ```
#[derive(Clone, Default)]
pub struct Body {
    bytes: Vec<u8>,
    rules: Rules,
}

impl Body {
    /// No fields. They may be put in any order, and those of a header may be among them.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: Vec::new(), rules: Rules::new(false) }
    }

    /// No fields, and a field that could not follow the others in a message is refused: a header
    /// field behind one of the body, a body field behind one of the trailer, and a field of header
    /// or trailer that is there already (S-VAL-30, S-VAL-31).
    ///
    /// ```
    /// use fixline::wire::{Body, FieldErrorKind, PutField as _, Tag};
    ///
    /// let mut fields = Body::in_order();
    /// fields.str(Tag::CL_ORD_ID, "ORD-1").bool(Tag::POSS_RESEND, true);
    /// assert_eq!(fields.as_fields().unwrap_err().kind, FieldErrorKind::Misplaced);
    /// ```
    #[must_use]
    pub const fn in_order() -> Self {
        Self { bytes: Vec::new(), rules: Rules::new(true) }
    }

    /// No fields, and memory for this many bytes of them. As of [`new`](Self::new).
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        Self { bytes: Vec::with_capacity(bytes), rules: Rules::new(false) }
    }

    /// Lets RawData(96) stand without RawDataLength(95), as text, where the peer wants its Logons
    /// so: see
    /// [`raw_data_without_length`](crate::session::ConfigBuilder::raw_data_without_length).
    #[must_use]
    pub const fn raw_data_without_length(mut self) -> Self {
        self.rules.raw_data_without_length(true);
        self
    }

    /// Reads fields from text with `|` or SOH between them, for people and tests. `\xNN` stands
    /// for any byte.
    ///
    /// ```
    /// use fixline::wire::{Body, Tag};
    /// let body = Body::parse("11=ORD-1|55=MSFT").unwrap();
    /// assert_eq!(body.as_fields().unwrap().get_str(Tag::SYMBOL), Some("MSFT"));
    /// ```
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let encoded = encoded(text);
        let mut body = Self::with_capacity(encoded.len());
        for field in Fields::new(&encoded)? {
            body.put(field.tag, field.value);
        }
        body.as_fields()?;
        Ok(body)
    }

    /// Drops all fields, and the error if there was one. Keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.rules = self.rules.anew();
    }

    /// Becomes a copy of another body, in the same memory.
    pub fn copy_from(&mut self, other: &Self) {
        self.bytes.clone_from(&other.bytes);
        self.rules.clone_from(&other.rules);
    }

    /// How many bytes the fields take.
    pub const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there are no fields.
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The fields, unless one of them was refused.
    pub fn as_fields(&self) -> Result<Fields<'_>, FieldError> {
        self.rules.verdict()?;
        Ok(Fields::trusted(&self.bytes))
    }
}

impl PutField for Body {
    fn put(&mut self, tag: Tag, value: &[u8]) -> &mut Self {
        if self.rules.admit(tag, value) {
            self.bytes.extend_from_slice(Digits::new(u64::from(tag.get())).as_bytes());
            self.bytes.push(b'=');
            self.bytes.extend_from_slice(value);
            self.bytes.push(SOH);
        }
        self
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Pretty(&self.bytes), f)
    }
}

/// Decides which fields may be written, and remembers the first that may not.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules {
    error: Option<FieldError>,
    /// The data field that must come next, and its length, never 0.
    due: Option<(Tag, u64)>,
    /// Whether RawData(96) may stand without its length, as text.
    lone_raw_data: bool,
    /// What may not follow.
    closed: Closed,
    /// Whether the order of a message is kept, and not only that of length and data.
    is_ordered: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self::new(false)
    }
}

impl Rules {
    pub(super) const fn new(is_ordered: bool) -> Self {
        Self { error: None, due: None, lone_raw_data: false, closed: Closed::NOTHING, is_ordered }
    }

    /// Whether RawData(96) may stand without its length, as text.
    pub(super) const fn raw_data_without_length(&mut self, pass: bool) {
        self.lone_raw_data = pass;
    }

    /// The same rules, before anything was written.
    const fn anew(self) -> Self {
        Self { lone_raw_data: self.lone_raw_data, ..Self::new(self.is_ordered) }
    }

    /// Whether a field of this tag may be written whenever it may [stand](Self::pass) here and its
    /// value is neither empty nor has a delimiter in it. For a constant tag this is a constant.
    #[inline]
    pub(super) const fn are_plain_for(tag: Tag) -> bool {
        !tag.class().is_pair() && !Self::is_reserved(tag)
    }

    const fn is_reserved(tag: Tag) -> bool {
        matches!(tag, Tag::BEGIN_STRING | Tag::BODY_LENGTH | Tag::MSG_TYPE | Tag::CHECK_SUM)
    }

    /// Whether a plain field may stand here, where the order is kept. Notes that it does.
    #[inline]
    pub(super) const fn pass(&mut self, tag: Tag) -> bool {
        self.closed.pass(tag.class())
    }

    /// From here on no header field may be written.
    pub(super) const fn end_header(&mut self) {
        self.closed.end_header();
    }

    /// Whether the field may be appended. After an error none may.
    #[inline]
    pub(super) fn admit(&mut self, tag: Tag, value: &[u8]) -> bool {
        if tag.class().is_special() || self.closed.is_all() {
            self.admit_special(tag, value);
        } else if self.find_place(tag) {
            self.inspect(tag, value);
        }
        self.error.is_none()
    }

    /// As [`admit`](Self::admit), for a plain field that passed.
    pub(super) fn admit_passed(&mut self, tag: Tag, value: &[u8]) -> bool {
        self.inspect(tag, value);
        self.error.is_none()
    }

    /// Checks the value of a field that is not of type data.
    #[inline]
    pub(super) fn inspect(&mut self, tag: Tag, value: &[u8]) {
        if value.is_empty() {
            self.refuse(tag, FieldErrorKind::EmptyValue);
        } else if value.contains(&SOH) {
            self.refuse(tag, FieldErrorKind::DelimiterInValue);
        }
    }

    fn admit_special(&mut self, tag: Tag, value: &[u8]) {
        if self.error.is_some() {
            return;
        }
        let due = self.due.take();
        self.closed.set_all(false);
        match tag {
            Tag::BEGIN_STRING | Tag::BODY_LENGTH | Tag::MSG_TYPE | Tag::CHECK_SUM => {
                self.refuse(tag, FieldErrorKind::Reserved);
            }
            Tag::RAW_DATA if due.is_none() && self.lone_raw_data => self.inspect(tag, value),
            _ if due.is_some() || tag.class().is_data() => {
                if value.is_empty() {
                    self.refuse(tag, FieldErrorKind::EmptyValue);
                } else if due != Some((tag, value.len() as u64)) {
                    self.refuse(tag, FieldErrorKind::DataPair);
                } else {
                    self.find_place(tag);
                }
            }
            _ => {
                if self.find_place(tag) {
                    self.inspect(tag, value);
                }
                if let Some(data) = tag.data_tag() {
                    match parse_uint(value) {
                        Some(0) => {}
                        Some(len) => {
                            self.due = Some((data, len));
                            self.closed.set_all(true);
                        }
                        None => self.refuse(tag, FieldErrorKind::DataPair),
                    }
                }
            }
        }
    }

    /// Whether the field may stand here, if that matters; it is refused if not.
    fn find_place(&mut self, tag: Tag) -> bool {
        let stands = !self.is_ordered || self.closed.pass(tag.class());
        if !stands {
            let is_misplaced = self.closed.is_misplaced(tag.class());
            let kind =
                if is_misplaced { FieldErrorKind::Misplaced } else { FieldErrorKind::Repeated };
            self.refuse(tag, kind);
        }
        stands
    }

    #[cold]
    fn refuse(&mut self, tag: Tag, kind: FieldErrorKind) {
        self.error.get_or_insert(FieldError { tag: Some(tag), kind });
        self.closed.set_all(true);
    }

    /// The first error, if there was one.
    pub(super) fn verdict(&self) -> Result<(), FieldError> {
        match (self.error, self.due) {
            (Some(error), _) => Err(error),
            (None, Some((tag, _))) => {
                Err(FieldError { tag: Some(tag), kind: FieldErrorKind::DataPair })
            }
            (None, None) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{SendBuffer, WriteError, Writer};

    fn begin(out: &mut SendBuffer, limit: usize) -> Writer<'_> {
        Writer::begin(out, limit, b"FIX.4.4", b"D").unwrap()
    }

    /// What a field is refused for, by a body and by a writer alike.
    fn refused(put: impl Fn(&mut Body), write: impl Fn(&mut Writer<'_>)) -> (u32, FieldErrorKind) {
        let mut body = Body::new();
        put(&mut body);
        let error = body.as_fields().unwrap_err();
        let mut out = SendBuffer::with_capacity(512);
        let mut writer = begin(&mut out, 512);
        write(&mut writer);
        assert_eq!(writer.finish(), Err(WriteError::Field(error)));
        assert!(out.is_empty());
        (error.tag.unwrap().get(), error.kind)
    }

    macro_rules! refused {
        ($($call:tt)*) => {
            refused(|body| { body$($call)*; }, |writer| { writer$($call)*; })
        };
    }

    #[test]
    fn no_value_can_create_a_field() {
        use FieldErrorKind::{DelimiterInValue, EmptyValue};
        assert_eq!(refused!(.str(Tag::TEXT, "a\x0149=EVIL")), (58, DelimiterInValue));
        assert_eq!(refused!(.str(Tag::SENDER_COMP_ID, "A\x01")), (49, DelimiterInValue));
        assert_eq!(refused!(.char(Tag::SIDE, 1)), (54, DelimiterInValue));
        assert_eq!(refused!(.str(Tag::TEXT, "")), (58, EmptyValue));
        assert_eq!(refused!(.data(Tag::RAW_DATA_LENGTH, b"")), (96, EmptyValue));
    }

    #[test]
    fn the_frame_is_not_the_callers_to_write() {
        for tag in [Tag::BEGIN_STRING, Tag::BODY_LENGTH, Tag::MSG_TYPE, Tag::CHECK_SUM] {
            assert_eq!(refused!(.str(tag, "x")), (tag.get(), FieldErrorKind::Reserved));
        }
    }

    #[test]
    fn length_and_data_are_written_together_or_not_at_all() {
        let pair = FieldErrorKind::DataPair;
        assert_eq!(refused!(.str(Tag::RAW_DATA, "x")), (96, pair));
        assert_eq!(refused!(.uint(Tag::RAW_DATA_LENGTH, 1)), (96, pair));
        assert_eq!(refused!(.uint(Tag::RAW_DATA_LENGTH, 1).str(Tag::TEXT, "x")), (58, pair));
        assert_eq!(refused!(.uint(Tag::RAW_DATA_LENGTH, 2).str(Tag::RAW_DATA, "x")), (96, pair));
        assert_eq!(refused!(.uint(Tag::RAW_DATA_LENGTH, 1).str(Tag::SIGNATURE, "x")), (89, pair));
        assert_eq!(refused!(.str(Tag::RAW_DATA_LENGTH, "x").str(Tag::RAW_DATA, "x")), (95, pair));
        assert_eq!(refused!(.data(Tag::TEXT, b"x")), (58, FieldErrorKind::EmptyValue));
        let mut body = Body::new();
        body.uint(Tag::RAW_DATA_LENGTH, 0).str(Tag::TEXT, "x");
        assert!(body.as_fields().is_ok());
    }

    #[test]
    fn the_first_error_is_told_and_nothing_is_appended_after_it() {
        let mut body = Body::new();
        body.str(Tag::SYMBOL, "A").str(Tag::TEXT, "").str(Tag::ACCOUNT, "\x01").str(Tag::SIDE, "1");
        let error = body.as_fields().unwrap_err();
        assert_eq!((error.tag, error.kind), (Some(Tag::TEXT), FieldErrorKind::EmptyValue));
        assert_eq!(alloc::format!("{body:?}"), "55=A|");
        body.clear();
        assert_eq!(body.as_fields(), Ok(Fields::EMPTY));
    }

    #[test]
    fn bodies_are_read_from_text() {
        let body = Body::parse(r"11=A|95=3|96=a\x01b|58=x\x7cy").unwrap();
        let fields = body.as_fields().unwrap();
        assert_eq!(fields.as_bytes(), b"11=A\x0195=3\x0196=a\x01b\x0158=x|y\x01");
        assert!(Body::parse("").unwrap().as_fields().unwrap().is_empty());
        for text in ["11", "11=", "0=x", "35=D", "10=000", "96=x", "11=A||"] {
            assert!(Body::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn signed_numbers_reach_both_ends() {
        let mut body = Body::new();
        body.int(Tag::AVG_PX, i64::MIN).int(Tag::PRICE, i64::MAX).int(Tag::ORDER_QTY, 0);
        assert_eq!(
            body.as_fields().unwrap().as_bytes(),
            b"6=-9223372036854775808\x0144=9223372036854775807\x0138=0\x01"
        );
    }

    #[test]
    fn secrets_are_not_printed() {
        let mut body = Body::new();
        body.str(Tag::USERNAME, "me").str(Tag::PASSWORD, "pass");
        assert_eq!(alloc::format!("{body:?}"), "553=me|554=***|");
        let mut out = SendBuffer::with_capacity(256);
        let mut writer = begin(&mut out, 256);
        writer.str(Tag::PASSWORD, "pass");
        assert!(!alloc::format!("{writer:?}").contains("pass"));
    }
}
