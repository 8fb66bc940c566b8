//! Fields: `tag=value` pairs, and a view over encoded ones.

use core::fmt;

use super::decimal::Decimal;
use super::delimiter::Delimiters;
use super::frame::Garbled;
use super::group::Group;
use super::number::{parse_int, parse_uint};
use super::secret::{SecretTags, write_value};
use super::tag::Tag;
use super::text::Pretty;
use super::timestamp::UtcTime;
use super::token::{Data, Name, Token, Tokens};

/// One field as received.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Field<'b> {
    /// The field's tag.
    pub tag: Tag,
    /// The value's bytes, without the SOH that ends it.
    pub value: &'b [u8],
}

impl fmt::Debug for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// `tag=value`, printable; the value of a secret is left out.
impl fmt::Display for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=", self.tag)?;
        write_value(f, self.value, SecretTags::STANDARD.hides(self.tag, None))
    }
}

/// A view over encoded fields, `tag=value<SOH>` one after the other.
///
/// Reading them all in one pass with [`iter`](Self::iter) is the fast way; [`get`](Self::get) and
/// the typed reads each search from the front.
///
/// ```
/// use fixline::wire::{Fields, Tag};
///
/// let fields = Fields::new(b"11=ORD-1\x0138=500\x0195=3\x0196=a\x01b\x01").unwrap();
/// assert_eq!(fields.get_uint(Tag::ORDER_QTY), Some(500));
/// assert_eq!(fields.get(Tag::RAW_DATA), Some(&b"a\x01b"[..]));
/// assert_eq!(fields.iter().count(), 4);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Fields<'b>(&'b [u8]);

impl<'b> Fields<'b> {
    /// No fields.
    pub const EMPTY: Fields<'static> = Fields(&[]);

    /// A view over these fields, each of which must have a valid tag and a value; data fields must
    /// follow their lengths.
    pub fn new(bytes: &'b [u8]) -> Result<Self, FieldError> {
        let mut tokens = Tokens::new(bytes);
        loop {
            tokens = tokens.pass_plain(|plain| !plain.class.is_pair());
            let malformed =
                |reason| FieldError { tag: None, kind: FieldErrorKind::Malformed(reason) };
            let Some((token, after)) = tokens.strict().map_err(malformed)? else {
                return Ok(Self(bytes));
            };
            if token.is_lone_data() {
                return Err(malformed(Garbled::DataWithoutLength));
            }
            token.check()?;
            tokens = after;
        }
    }

    /// A view over bytes that are known to be fields: part of a scanned message, or what was
    /// validated when it was encoded. Fields of invalid tags are passed over.
    #[inline]
    pub const fn trusted(bytes: &'b [u8]) -> Self {
        Self(bytes)
    }

    /// The encoded fields.
    #[must_use]
    pub const fn as_bytes(self) -> &'b [u8] {
        self.0
    }

    /// Whether there are no fields.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// The fields in the order in which they stand.
    #[must_use]
    #[inline]
    pub fn iter(self) -> FieldsIter<'b> {
        FieldsIter { tokens: Tokens::new(self.0), delimiters: Delimiters::from(0), data: None }
    }

    /// The value of the first field with this tag. Searches from the front.
    #[must_use]
    pub fn get(self, tag: Tag) -> Option<&'b [u8]> {
        let mut fields = self.iter();
        loop {
            let others = |field: Field<'b>| if field.tag == tag { Err(field) } else { Ok(()) };
            let found = match fields.each_plain(others) {
                Ok(()) => fields.next()?,
                Err(found) => found,
            };
            if found.tag == tag {
                return Some(found.value);
            }
        }
    }

    /// The field's value as text, if it is UTF-8.
    #[must_use]
    pub fn get_str(self, tag: Tag) -> Option<&'b str> {
        core::str::from_utf8(self.get(tag)?).ok()
    }

    /// The field's value as an unsigned number ([`parse_uint`]).
    #[must_use]
    pub fn get_uint(self, tag: Tag) -> Option<u64> {
        parse_uint(self.get(tag)?)
    }

    /// The field's value as a signed number ([`parse_int`]).
    #[must_use]
    pub fn get_int(self, tag: Tag) -> Option<i64> {
        parse_int(self.get(tag)?)
    }

    /// The field's value as a decimal number.
    #[must_use]
    pub fn get_decimal(self, tag: Tag) -> Option<Decimal> {
        Decimal::parse(self.get(tag)?)
    }

    /// The field's value as a UTC timestamp.
    #[must_use]
    pub fn get_time(self, tag: Tag) -> Option<UtcTime> {
        UtcTime::parse(self.get(tag)?)
    }

    /// The field's value as a Boolean: exactly `Y` or `N` (S-VAL-33).
    #[must_use]
    pub fn get_bool(self, tag: Tag) -> Option<bool> {
        match self.get(tag)? {
            b"Y" => Some(true),
            b"N" => Some(false),
            _ => None,
        }
    }

    /// The field's value as a single character.
    #[must_use]
    pub fn get_char(self, tag: Tag) -> Option<u8> {
        match self.get(tag)? {
            &[char] => Some(char),
            _ => None,
        }
    }

    /// The repeating group that this NumInGroup field counts; see [`Group`].
    ///
    /// `members` are the tags that its entries may have, those of nested groups included. `None`
    /// if the field is absent or not a number.
    #[must_use]
    pub fn group(self, count_tag: Tag, members: &[Tag]) -> Option<Group<'b>> {
        let mut fields = self.iter();
        let count = fields.find(|field| field.tag == count_tag)?;
        Some(Group::new(parse_uint(count.value)?, fields.rest(), members))
    }
}

impl<'b> IntoIterator for Fields<'b> {
    type Item = Field<'b>;
    type IntoIter = FieldsIter<'b>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Debug for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// As [`Pretty`] prints them.
impl fmt::Display for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Pretty(self.0), f)
    }
}

/// The fields of a [`Fields`] view, in order.
#[derive(Clone, Copy)]
pub struct FieldsIter<'b> {
    tokens: Tokens<'b>,
    /// The delimiters of the tokens.
    delimiters: Delimiters,
    /// The data field of the Length field handed out last.
    data: Option<Field<'b>>,
}

impl<'b> FieldsIter<'b> {
    /// The fields that were not handed out yet. Behind a Length field, its data field counts as
    /// handed out.
    #[must_use]
    pub fn rest(&self) -> Fields<'b> {
        Fields(self.tokens.rest())
    }

    /// The fields that `later`, the same iteration further on, has handed out since.
    #[must_use]
    pub fn until(self, later: Self) -> Fields<'b> {
        let (from, to) = (self.tokens.rest(), later.tokens.rest());
        let len = from.len().saturating_sub(to.len());
        Fields(from.get(..len).unwrap_or_default())
    }

    /// Hands out the next fields, the fastest way to look at many: up to one that takes more than a
    /// glance (a data field and its length, a tag of five digits), or one for which `take` fails.
    /// That one is what [`next`](Iterator::next) has.
    ///
    /// # Errors
    ///
    /// What `take` fails with.
    #[inline]
    pub fn each_plain<E>(
        &mut self,
        mut take: impl FnMut(Field<'b>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut outcome = Ok(());
        if self.data.is_none() {
            let bytes = self.tokens.bytes();
            self.tokens = self.tokens.pass_plain(|plain| {
                if plain.class.is_pair() {
                    return false;
                }
                let Some(value) = bytes.get(plain.value..plain.end) else {
                    return false;
                };
                // Nothing is written where nothing fails.
                match take(Field { tag: plain.tag, value }) {
                    Ok(()) => true,
                    Err(error) => {
                        outcome = Err(error);
                        false
                    }
                }
            });
            self.delimiters = Delimiters::from(self.tokens.offset());
        }
        outcome
    }

    #[inline]
    fn next_plain(&mut self) -> Option<Field<'b>> {
        let end = self.delimiters.next(self.tokens.bytes())?;
        let plain = self.tokens.plain(end)?;
        Some(Field { tag: plain.tag, value: plain.value(self.tokens.bytes()) })
    }

    /// The next field, whatever it is; by value, so that the iterator can stay in registers where
    /// the fields are plain.
    #[cold]
    fn next_strict(mut self) -> (Option<Field<'b>>, Self) {
        while let Ok(Some((token, after))) = self.tokens.strict() {
            self.tokens = after;
            self.delimiters = Delimiters::from(after.offset());
            if let Name::Tag(tag) = token.name {
                self.data = token.data.map(|Data { tag, value, .. }| Field { tag, value });
                return (Some(Field { tag, value: token.value }), self);
            }
        }
        (None, self)
    }
}

impl<'b> Iterator for FieldsIter<'b> {
    type Item = Field<'b>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if let Some(data) = self.data.take() {
            return Some(data);
        }
        if let Some(field) = self.next_plain() {
            return Some(field);
        }
        if self.tokens.rest().is_empty() {
            return None;
        }
        let field;
        (field, *self) = self.next_strict();
        field
    }
}

impl fmt::Debug for FieldsIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.rest(), f)
    }
}

impl Token<'_> {
    /// Whether the token is made of valid fields.
    fn check(self) -> Result<(), FieldError> {
        let refused = |tag, kind| Err(FieldError { tag, kind });
        match (self.name, self.data) {
            (Name::Invalid(_), _) => refused(None, FieldErrorKind::InvalidTag),
            (Name::Tag(tag), _) if self.value.is_empty() => {
                refused(Some(tag), FieldErrorKind::EmptyValue)
            }
            (Name::Tag(_), Some(data)) if data.value.is_empty() => {
                refused(Some(data.tag), FieldErrorKind::EmptyValue)
            }
            (Name::Tag(_), _) => Ok(()),
        }
    }
}

/// A field that cannot be read or must not be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{kind}{}", ForTag(*.tag))]
pub struct FieldError {
    /// The field's tag, if it has a valid one.
    pub tag: Option<Tag>,
    /// What is wrong with the field.
    pub kind: FieldErrorKind,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum FieldErrorKind {
    /// The tag is 0, negative, with a sign or leading zeros, too large, or no number (S-FRAME-01).
    #[error("invalid tag")]
    InvalidTag,
    /// There is no value (S-FRAME-20).
    #[error("empty value")]
    EmptyValue,
    /// The value holds the delimiter SOH and the field is not of type data (S-FRAME-16).
    #[error("delimiter in the value")]
    DelimiterInValue,
    /// The field is not the caller's to write: 8, 9, 35 and 10 belong to the frame.
    #[error("field is not the caller's to write")]
    Reserved,
    /// A header field behind the first body field, or a body field behind the first trailer field
    /// (S-VAL-31).
    #[error("field out of order")]
    Misplaced,
    /// A header or trailer field that stands there already (S-VAL-30).
    #[error("field appears more than once")]
    Repeated,
    /// A data field without its Length field immediately before it, or of another length than it
    /// says; or a Length field without its data field (S-FRAME-07).
    #[error("length and data do not belong together")]
    DataPair,
    /// The bytes are not `tag=value<SOH>` one after the other.
    #[error("{0}")]
    Malformed(Garbled),
}

/// ` (tag n)`, if there is one.
struct ForTag(Option<Tag>);

impl fmt::Display for ForTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(tag) => write!(f, " (tag {tag})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString as _;
    use alloc::vec::Vec;

    use super::*;

    fn fields(bytes: &[u8]) -> Fields<'_> {
        Fields::new(bytes).unwrap()
    }

    fn refused(bytes: &[u8]) -> (Option<u32>, FieldErrorKind) {
        let error = Fields::new(bytes).unwrap_err();
        (error.tag.map(Tag::get), error.kind)
    }

    #[test]
    fn fields_come_in_the_order_in_which_they_stand() {
        let fields = fields(b"55=MSFT\x0111=ORD-1\x0138=500\x01");
        let listed: Vec<_> = fields.iter().map(|field| (field.tag.get(), field.value)).collect();
        assert_eq!(listed, [(55, &b"MSFT"[..]), (11, b"ORD-1"), (38, b"500")]);
    }

    #[test]
    fn plain_fields_are_handed_out_until_one_is_refused() {
        let bytes = b"11=ORD-1\x0138=5\x0195=4\x0196=a\x01b=\x0158=x\x01123456=y\x0155=z\x01";
        let plain = |fields: &mut FieldsIter<'_>, refused: u32| {
            let mut seen = Vec::new();
            let outcome = fields.each_plain(|Field { tag, .. }| {
                seen.push(tag.get());
                if tag.get() == refused { Err(refused) } else { Ok(()) }
            });
            (seen, outcome)
        };
        let mut fields = fields(bytes).iter();
        assert_eq!(plain(&mut fields, 38), (Vec::from([11, 38]), Err(38)));
        assert_eq!(plain(&mut fields, 0), (Vec::from([38]), Ok(())));
        let mut next = |tag, rest: &[u32]| {
            assert_eq!(fields.next().map(|field| field.tag.get()), Some(tag));
            assert_eq!(plain(&mut fields, 0), (rest.to_vec(), Ok(())));
        };
        next(95, &[]);
        next(96, &[58]);
        next(123_456, &[55]);
        assert_eq!(fields.next(), None);
    }

    #[test]
    fn a_value_may_hold_an_equals_sign() {
        assert_eq!(fields(b"58=a=b\x01").get(Tag::TEXT), Some(&b"a=b"[..]));
    }

    #[test]
    fn data_is_taken_by_its_length_whatever_it_holds() {
        let fields = fields(b"95=9\x0196=\x0110=000\x01=\x0158=x\x01");
        assert_eq!(fields.get(Tag::RAW_DATA), Some(&b"\x0110=000\x01="[..]));
        assert_eq!(fields.get(Tag::TEXT), Some(&b"x"[..]));
        assert_eq!(fields.get(Tag::CHECK_SUM), None);
    }

    #[test]
    fn the_signature_is_counted_by_the_tag_behind_its_own() {
        assert_eq!(
            fields(b"93=3\x0189=\x01\x01\x01\x01").get(Tag::SIGNATURE),
            Some(&b"\x01\x01\x01"[..])
        );
    }

    #[test]
    fn the_first_of_several_is_found() {
        assert_eq!(fields(b"11=one\x0111=two\x01").get_str(Tag::CL_ORD_ID), Some("one"));
        assert_eq!(fields(b"11=one\x01").get(Tag::SYMBOL), None);
    }

    #[test]
    fn typed_reads_accept_their_type_only() {
        let fields = fields(b"1=\xff\x0138=500\x016=-4.50\x0143=Y\x0197=y\x0154=1\x0155=AB\x0160=20260722-13:45:12\x01");
        assert_eq!(fields.get_uint(Tag::ORDER_QTY), Some(500));
        assert_eq!(fields.get_int(Tag::ORDER_QTY), Some(500));
        assert_eq!(fields.get_uint(Tag::AVG_PX), None);
        assert_eq!(fields.get_decimal(Tag::AVG_PX), Decimal::parse(b"-4.50"));
        assert_eq!(fields.get_bool(Tag::POSS_DUP_FLAG), Some(true));
        assert_eq!(fields.get_bool(Tag::POSS_RESEND), None);
        assert_eq!(fields.get_char(Tag::SIDE), Some(b'1'));
        assert_eq!(fields.get_char(Tag::SYMBOL), None);
        assert_eq!(fields.get_str(Tag::SYMBOL), Some("AB"));
        assert_eq!(fields.get_str(Tag::ACCOUNT), None);
        assert_eq!(fields.get_time(Tag::TRANSACT_TIME), UtcTime::parse(b"20260722-13:45:12"));
        assert_eq!(fields.get_time(Tag::SYMBOL), None);
    }

    #[test]
    fn tags_are_positive_numbers_without_leading_zeros() {
        for name in ["0", "-1", "+1", "011", "4294967296", "99999999999999999999", "x", "1 ", "1x"]
        {
            let text = format!("{name}=v\x01");
            assert_eq!(refused(text.as_bytes()), (None, FieldErrorKind::InvalidTag), "{name}");
        }
        assert_eq!(fields(b"4294967295=v\x01").iter().count(), 1);
    }

    #[test]
    fn values_are_not_empty() {
        assert_eq!(refused(b"11=A\x0158=\x01"), (Some(58), FieldErrorKind::EmptyValue));
        assert_eq!(refused(b"95=\x01"), (Some(95), FieldErrorKind::EmptyValue));
        assert_eq!(refused(b"95=0\x0196=\x01"), (Some(96), FieldErrorKind::EmptyValue));
    }

    #[test]
    fn tokens_without_a_tag_are_malformed() {
        for text in ["\x01", "58\x01", "=x\x01", "58=a\x01b\x01", "58=a", "58", "58=a\x01\x01"] {
            let expected = FieldErrorKind::Malformed(Garbled::StrayToken);
            assert_eq!(refused(text.as_bytes()), (None, expected), "{text:?}");
        }
    }

    #[test]
    fn length_and_data_must_belong_together() {
        for (text, reason) in [
            ("96=abc\x01", Garbled::DataWithoutLength),
            ("95=3\x0158=x\x0196=abc\x01", Garbled::DataMissing),
            ("95=3\x01", Garbled::DataMissing),
            ("95=3\x0191=abc\x01", Garbled::DataMissing),
            ("95=3\x0195=3\x0196=abc\x01", Garbled::DataMissing),
            ("95=3\x01096=abc\x01", Garbled::DataMissing),
            ("95=2\x0196=abc\x01", Garbled::DataOverrun),
            ("95=4\x0196=abc\x01", Garbled::DataOverrun),
            ("95=5\x0196=abc\x01", Garbled::DataOverrun),
            ("95=18446744073709551615\x0196=abc\x01", Garbled::DataOverrun),
            ("95=18446744073709551616\x0196=abc\x01", Garbled::LengthInvalid),
            ("95=-3\x0196=abc\x01", Garbled::LengthInvalid),
            ("95=x\x01", Garbled::LengthInvalid),
            ("95=0\x0196=abc\x01", Garbled::DataOverrun),
        ] {
            let expected = FieldErrorKind::Malformed(reason);
            assert_eq!(refused(text.as_bytes()), (None, expected), "{text:?}");
        }
    }

    #[test]
    fn a_length_of_zero_may_stand_alone() {
        assert_eq!(fields(b"95=0\x0158=x\x01").iter().count(), 2);
        assert_eq!(fields(b"95=000\x01").iter().count(), 1);
    }

    #[test]
    fn no_fields_are_fine() {
        assert!(fields(b"").is_empty());
        assert_eq!(Fields::EMPTY.iter().next(), None);
        assert_eq!(Fields::default(), Fields::EMPTY);
    }

    #[test]
    fn fields_print_without_their_secrets() {
        let fields = fields(b"553=me\x01554=pass\x0195=4\x0196=pass\x0158=a|b\x7f\xe9\x01");
        let text = r"553=me|554=***|95=4|96=***|58=a\x7cb\x7f\xe9|";
        assert_eq!(fields.to_string(), text);
        assert_eq!(format!("{fields:?}"), text);
        let printed: Vec<_> = fields.iter().map(|field| format!("{field:?}")).collect();
        assert_eq!(printed.join("|") + "|", text);
    }

    #[test]
    fn errors_name_the_tag() {
        let error = Fields::new(b"58=\x01").unwrap_err();
        assert_eq!(error.to_string(), "empty value (tag 58)");
        let error = Fields::new(b"58\x01").unwrap_err();
        assert_eq!(error.to_string(), "a field without tag=");
    }

    #[test]
    fn the_rest_of_an_iteration_is_a_view_of_its_own() {
        let mut iter = fields(b"11=A\x0155=B\x0138=1\x01").iter();
        iter.next();
        assert_eq!(iter.rest().as_bytes(), b"55=B\x0138=1\x01");
    }
}
