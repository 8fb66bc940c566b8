//! The strict reading of `tag=value<SOH>` sequences, one token after the other.
//!
//! Every other way to read fields must agree with this one.

use super::SOH;
use super::frame::Garbled;
use super::number::{parse_int, parse_uint};
use super::tag::Tag;

/// Walks over tokens, taking data fields by the length before them (S-FRAME-07).
#[derive(Clone, Copy)]
pub(super) struct Tokens<'b> {
    rest: &'b [u8],
    /// The data field that must come next, and the number of its octets.
    due: Option<(Tag, usize)>,
}

/// One token.
#[derive(Clone, Copy)]
pub(super) struct Token<'b> {
    pub(super) name: Name,
    pub(super) value: &'b [u8],
}

/// What stands before the `=`.
#[derive(Clone, Copy)]
pub(super) enum Name {
    /// A positive number without leading zeros (S-FRAME-01).
    Tag(Tag),
    /// Anything else, with its number if it represents one (S-FRAME-21).
    Invalid(Option<i64>),
}

impl Name {
    /// The number that the name represents.
    pub(super) fn number(self) -> Option<i64> {
        match self {
            Self::Tag(tag) => Some(i64::from(tag.get())),
            Self::Invalid(number) => number,
        }
    }
}

impl<'b> Tokens<'b> {
    pub(super) const fn new(bytes: &'b [u8]) -> Self {
        Self {
            rest: bytes,
            due: None,
        }
    }

    /// The bytes that were not read yet.
    pub(super) const fn rest(&self) -> &'b [u8] {
        self.rest
    }

    /// The next token; `None` at the end. After an error the walk is over.
    pub(super) fn next(&mut self) -> Option<Result<Token<'b>, Garbled>> {
        if self.rest.is_empty() {
            return match self.due.take() {
                Some((_, 1..)) => Some(Err(Garbled::DataMissing)),
                Some((_, 0)) | None => None,
            };
        }
        let token = self.read();
        if token.is_err() {
            *self = Self::new(&[]);
        }
        Some(token)
    }

    fn read(&mut self) -> Result<Token<'b>, Garbled> {
        let (name, after) = split_name(self.rest).ok_or(Garbled::StrayToken)?;
        match (name, self.due.take()) {
            (Name::Tag(tag), Some((data, len))) if tag == data => self.take_data(name, after, len),
            // A length of 0 may also stand alone.
            (_, Some((_, 1..))) => Err(Garbled::DataMissing),
            (Name::Tag(tag), _) if tag.class().is_data() => Err(Garbled::DataWithoutLength),
            (Name::Tag(tag), _) => {
                let token = self.take_text(name, after)?;
                self.due = announced(tag, token.value)?;
                Ok(token)
            }
            (Name::Invalid(_), _) => self.take_text(name, after),
        }
    }

    fn take_text(&mut self, name: Name, after: &'b [u8]) -> Result<Token<'b>, Garbled> {
        let end = after
            .iter()
            .position(|&byte| byte == SOH)
            .ok_or(Garbled::StrayToken)?;
        self.take(name, after, end).ok_or(Garbled::StrayToken)
    }

    fn take_data(&mut self, name: Name, after: &'b [u8], len: usize) -> Result<Token<'b>, Garbled> {
        match after.get(len) {
            Some(&SOH) => self.take(name, after, len).ok_or(Garbled::DataOverrun),
            Some(_) | None => Err(Garbled::DataOverrun),
        }
    }

    fn take(&mut self, name: Name, after: &'b [u8], len: usize) -> Option<Token<'b>> {
        let (value, rest) = after.split_at_checked(len)?;
        self.rest = rest.get(1..)?;
        Some(Token { name, value })
    }
}

/// The data field that a field of this tag and value announces, and its octets.
///
/// A Length field without a value announces nothing: that it is empty is a fault of its own
/// (S-FRAME-20).
fn announced(tag: Tag, value: &[u8]) -> Result<Option<(Tag, usize)>, Garbled> {
    let Some(data) = tag.data_tag() else {
        return Ok(None);
    };
    if value.is_empty() {
        return Ok(None);
    }
    let octets = parse_uint(value).ok_or(Garbled::LengthInvalid)?;
    let octets = usize::try_from(octets).map_err(|_| Garbled::DataOverrun)?;
    Ok(Some((data, octets)))
}

/// Splits `name=...` behind the `=`; `None` if there is no name or no `=` before the next SOH.
pub(super) fn split_name(bytes: &[u8]) -> Option<(Name, &[u8])> {
    let end = bytes.iter().position(|&byte| byte == b'=' || byte == SOH)?;
    let (name, after) = bytes.split_at_checked(end)?;
    let after = after.strip_prefix(b"=")?;
    if name.is_empty() {
        return None;
    }
    Some((parse_name(name), after))
}

fn parse_name(name: &[u8]) -> Name {
    let canonical = name.first() != Some(&b'0');
    let number = parse_uint(name).and_then(|number| u32::try_from(number).ok());
    match number.and_then(Tag::new) {
        Some(tag) if canonical => Name::Tag(tag),
        Some(_) | None => Name::Invalid(parse_int(name)),
    }
}
