//! The reading of `tag=value<SOH>` sequences, one token after the other.
//!
//! There is one way to read them. Plain tokens, which most are, take a short cut that accepts
//! nothing the strict reading would not accept, and reads it the same.

use super::SOH;
use super::class::Class;
use super::delimiter::{BLOCK, mask_at};
use super::frame::Garbled;
use super::number::{parse_int, parse_uint};
use super::tag::Tag;

/// A walk over tokens, taking data fields by the length before them (S-FRAME-07).
#[derive(Clone, Copy)]
pub(super) struct Tokens<'b> {
    bytes: &'b [u8],
    /// Where the next token begins.
    start: usize,
}

/// A token, with the data field behind it if it is a Length field.
#[derive(Clone, Copy)]
pub(super) struct Token<'b> {
    pub(super) name: Name<'b>,
    pub(super) value: &'b [u8],
    pub(super) data: Option<Data<'b>>,
}

/// A data field, taken by its length.
#[derive(Clone, Copy)]
pub(super) struct Data<'b> {
    pub(super) tag: Tag,
    pub(super) value: &'b [u8],
    /// Where it begins.
    pub(super) start: usize,
}

/// A token read by the short cut: it has a tag of up to four digits, and a value that is not empty.
#[derive(Clone, Copy)]
pub(super) struct Plain {
    pub(super) tag: Tag,
    pub(super) class: Class,
    /// Where the token begins, its value, and the delimiter behind it.
    pub(super) start: usize,
    pub(super) value: usize,
    pub(super) end: usize,
}

/// What stands before the `=`.
#[derive(Clone, Copy)]
pub(super) enum Name<'b> {
    /// A positive number without leading zeros (S-FRAME-01).
    Tag(Tag),
    /// Anything else (S-FRAME-21).
    Invalid(&'b [u8]),
}

impl Token<'_> {
    /// Whether it is a data field that stands without its length.
    pub(super) fn is_lone_data(&self) -> bool {
        matches!(self.name, Name::Tag(tag) if tag.class().is_data())
    }
}

impl Name<'_> {
    /// The number that the name represents, if it is one.
    pub(super) fn number(self) -> Option<i64> {
        match self {
            Self::Tag(tag) => Some(i64::from(tag.get())),
            Self::Invalid(name) => parse_int(name),
        }
    }
}

impl<'b> Tokens<'b> {
    #[inline]
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self::starting_at(bytes, 0)
    }

    /// The tokens of these bytes from an offset on.
    #[inline]
    pub(super) fn starting_at(bytes: &'b [u8], start: usize) -> Self {
        Self { bytes, start }
    }

    /// All bytes, from the first token to the last.
    #[inline]
    pub(super) const fn bytes(self) -> &'b [u8] {
        self.bytes
    }

    /// Where the next token begins.
    #[inline]
    pub(super) const fn offset(self) -> usize {
        self.start
    }

    /// The bytes that were not read yet.
    #[inline]
    pub(super) fn rest(self) -> &'b [u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    /// The next token if it is plain, no part of a data pair, and ends at the delimiter `end`.
    #[inline]
    pub(super) fn plain(&mut self, end: usize) -> Option<Plain> {
        let plain = Plain::read(self.bytes, self.start, end)?;
        if plain.class.is_pair() {
            return None;
        }
        self.start = end + 1;
        Some(plain)
    }

    /// Passes over plain tokens for as long as `take` takes them, which must not take part of a
    /// data pair.
    ///
    /// Offsets do not exceed the length of a slice by more than a block, so that none of the sums
    /// wraps; checking them costs 5%.
    #[inline]
    pub(super) fn pass_plain(self, mut take: impl FnMut(Plain) -> bool) -> Self {
        let Self { bytes, mut start } = self;
        let mut block = start;
        while block < bytes.len() {
            let mut mask = mask_at(bytes, block);
            while mask != 0 {
                let end = block.wrapping_add(mask.trailing_zeros() as usize);
                match Plain::read(bytes, start, end) {
                    Some(plain) if take(plain) => {}
                    Some(_) | None => return Self { bytes, start },
                }
                start = end.wrapping_add(1);
                mask &= mask.wrapping_sub(1);
            }
            block = block.wrapping_add(BLOCK);
        }
        Self { bytes, start }
    }

    /// The next token, whatever it is; `None` at the end.
    #[cold]
    pub(super) fn strict(self) -> Result<Option<(Token<'b>, Self)>, Garbled> {
        if self.rest().is_empty() {
            return Ok(None);
        }
        let (name, start) = self.name().ok_or(Garbled::StrayToken)?;
        let (value, mut end) = self.text(start).ok_or(Garbled::StrayToken)?;
        let mut data = None;
        if let Name::Tag(tag) = name {
            // This one is known to come alone: whoever reads it decides.
            if tag.class().is_data() && tag != Tag::RAW_DATA {
                return Err(Garbled::DataWithoutLength);
            }
            if let Some(data_tag) = tag.data_tag() {
                (data, end) = self.data(data_tag, value, end)?;
            }
        }
        Ok(Some((Token { name, value, data }, Self::starting_at(self.bytes, end))))
    }

    /// The name of the next token, and where its value begins.
    fn name(self) -> Option<(Name<'b>, usize)> {
        let (name, value) = split_name(self.rest())?;
        Some((name, self.bytes.len() - value.len()))
    }

    /// The value that begins at `start` and ends at the next delimiter, and what is behind that.
    fn text(self, start: usize) -> Option<(&'b [u8], usize)> {
        let rest = self.bytes.get(start..)?;
        let value = rest.split(|&byte| byte == SOH).next()?;
        (value.len() < rest.len()).then_some((value, start + value.len() + 1))
    }

    /// The data field at `start`, whose Length field had the value `length`; and what is behind.
    ///
    /// A length of 0 may also stand alone. So may one without a value: that it has none is a fault
    /// of its own (S-FRAME-20).
    fn data(
        self,
        tag: Tag,
        length: &[u8],
        start: usize,
    ) -> Result<(Option<Data<'b>>, usize), Garbled> {
        if length.is_empty() {
            return Ok((None, start));
        }
        let length = parse_uint(length).ok_or(Garbled::LengthInvalid)?;
        let value_start = match Self::starting_at(self.bytes, start).name() {
            Some((Name::Tag(found), value_start)) if found == tag => value_start,
            Some(_) | None if length == 0 => return Ok((None, start)),
            Some(_) | None => return Err(Garbled::DataMissing),
        };
        let after = self.bytes.get(value_start..).unwrap_or_default();
        let length = usize::try_from(length).map_err(|_| Garbled::DataOverrun)?;
        match after.split_at_checked(length) {
            Some((value, [SOH, ..])) => {
                Ok((Some(Data { tag, value, start }), value_start + length + 1))
            }
            Some(_) | None => Err(Garbled::DataOverrun),
        }
    }
}

impl Plain {
    /// Reads the token at `start`, which the delimiter at `end` ends.
    ///
    /// Always inlined: as a call, it costs as much again.
    #[inline(always)]
    fn read(bytes: &[u8], start: usize, end: usize) -> Option<Self> {
        let (number, len) = plain_tag(bytes.get(start..)?.first_chunk()?)?;
        let (tag, value) = (Tag::new(number)?, start.wrapping_add(len));
        let class = tag.class();
        (value < end).then_some(Self { tag, class, start, value, end })
    }

    /// The token's value among the bytes that it was read from.
    #[inline]
    pub(super) fn value(self, bytes: &[u8]) -> &[u8] {
        bytes.get(self.value..self.end).unwrap_or_default()
    }
}

/// The number of up to four digits that stands before a `=`, and the length of both.
///
/// Spelled out digit by digit, which costs a third of a loop.
#[inline(always)]
fn plain_tag(token: &[u8; 5]) -> Option<(u32, usize)> {
    /// What `=` is where digits are their own values.
    const EQUALS: u32 = (b'=' ^ b'0') as u32;
    let [a, b, c, d, e] = token.map(|byte| u32::from(byte ^ b'0'));
    if a == 0 || a > 9 {
        return None;
    }
    if b == EQUALS {
        return Some((a, 2));
    }
    if b > 9 {
        return None;
    }
    let number = a * 10 + b;
    if c == EQUALS {
        return Some((number, 3));
    }
    if c > 9 {
        return None;
    }
    let number = number * 10 + c;
    if d == EQUALS {
        return Some((number, 4));
    }
    if d > 9 || e != EQUALS {
        return None;
    }
    Some((number * 10 + d, 5))
}

/// Splits `name=...` behind the `=`; `None` if there is no name or no `=` before the next SOH.
pub(super) fn split_name(bytes: &[u8]) -> Option<(Name<'_>, &[u8])> {
    let end = bytes.iter().position(|&byte| byte == b'=' || byte == SOH)?;
    let (name, after) = bytes.split_at_checked(end)?;
    let after = after.strip_prefix(b"=")?;
    if name.is_empty() {
        return None;
    }
    Some((parse_name(name), after))
}

fn parse_name(name: &[u8]) -> Name<'_> {
    let canonical = name.first() != Some(&b'0');
    let number = parse_uint(name).and_then(|number| u32::try_from(number).ok());
    match number.and_then(Tag::new) {
        Some(tag) if canonical => Name::Tag(tag),
        Some(_) | None => Name::Invalid(name),
    }
}
