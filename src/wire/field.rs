//! Fields: `tag=value` pairs, and a view over encoded ones.

use core::fmt;

use super::decimal::Decimal;
use super::frame::Garbled;
use super::group::Group;
use super::number::{parse_int, parse_uint};
use super::tag::Tag;
use super::text::Pretty;
use super::timestamp::UtcTime;
use super::token::{Name, Tokens};

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
        Pretty::write_field(f, self.tag, self.value, None)
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
        while let Some(token) = tokens.next() {
            let token = token.map_err(|reason| FieldError {
                tag: None,
                kind: FieldErrorKind::Malformed(reason),
            })?;
            match token.name {
                Name::Tag(tag) if token.value.is_empty() => {
                    return Err(FieldError {
                        tag: Some(tag),
                        kind: FieldErrorKind::EmptyValue,
                    });
                }
                Name::Tag(_) => {}
                Name::Invalid(_) => {
                    return Err(FieldError {
                        tag: None,
                        kind: FieldErrorKind::InvalidTag,
                    });
                }
            }
        }
        Ok(Self(bytes))
    }

    /// A view over bytes that are known to be fields: part of a scanned message, or what was
    /// validated when it was encoded. Fields of invalid tags are passed over.
    #[inline]
    pub(crate) const fn scanned(bytes: &'b [u8]) -> Self {
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
    pub const fn iter(self) -> FieldsIter<'b> {
        FieldsIter {
            tokens: Tokens::new(self.0),
        }
    }

    /// The value of the first field with this tag. Searches from the front.
    #[must_use]
    pub fn get(self, tag: Tag) -> Option<&'b [u8]> {
        self.iter()
            .find(|field| field.tag == tag)
            .map(|field| field.value)
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
        let mut tokens = Tokens::new(self.0);
        while let Some(Ok(token)) = tokens.next() {
            if matches!(token.name, Name::Tag(tag) if tag == count_tag) {
                return Some(Group::new(parse_uint(token.value)?, tokens.rest(), members));
            }
        }
        None
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
}

impl<'b> FieldsIter<'b> {
    /// The fields that were not handed out yet.
    #[must_use]
    pub const fn rest(&self) -> Fields<'b> {
        Fields(self.tokens.rest())
    }
}

impl<'b> Iterator for FieldsIter<'b> {
    type Item = Field<'b>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let token = self.tokens.next()?.ok()?;
            if let Name::Tag(tag) = token.name {
                return Some(Field {
                    tag,
                    value: token.value,
                });
            }
        }
    }
}

impl fmt::Debug for FieldsIter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.rest(), f)
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
    /// The field is written by the layer below or above the caller: 8, 9, 35 and 10 here.
    #[error("field is not the caller's to write")]
    Reserved,
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
