//! Whole messages, written in place.

use core::fmt;

use super::SOH;
use super::buffer::{SendBuffer, Span, Tail};
use super::compose::{PutField, Rules};
use super::delimiter::marks;
use super::field::FieldError;
use super::frame::sum;
use super::number::Digits;
use super::tag::Tag;

/// A message under construction, in its final place in a [`SendBuffer`].
///
/// Nothing is appended before [`finish`](Self::finish): a writer that is dropped leaves no trace.
///
/// ```
/// use fixline::wire::{PutField as _, SendBuffer, Tag, Writer};
///
/// let mut out = SendBuffer::with_capacity(1_024);
/// let mut writer = Writer::begin(&mut out, 256, b"FIX.4.2", b"0").unwrap();
/// writer.uint(Tag::MSG_SEQ_NUM, 7);
/// let span = writer.finish().unwrap();
/// assert_eq!(out.bytes(span), b"8=FIX.4.2\x019=10\x0135=0\x0134=7\x0110=169\x01");
/// ```
pub struct Writer<'a> {
    /// As many bytes as the message may take.
    space: &'a mut [u8],
    tail: Tail<'a>,
    /// Bytes written so far; more than there is space for once something did not fit.
    len: usize,
    /// Where BodyLength's placeholder begins.
    length_start: usize,
    rules: Rules,
}

/// Digits that BodyLength is expected to have: bodies of 100 to 999 bytes.
const LENGTH_PLACEHOLDER: &[u8] = b"000";

/// `10=ddd` and SOH.
const TRAILER_LEN: usize = 7;

/// Why a message could not be completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum WriteError {
    /// The message takes more bytes than it may.
    #[error("no room for the message")]
    NoRoom,
    /// A field was refused.
    #[error("refused: {0}")]
    Field(FieldError),
}

impl<'a> Writer<'a> {
    /// Begins a message of at most `limit` bytes, from `8=` to the SOH of CheckSum(10).
    ///
    /// `None` if the buffer has less room than that.
    #[inline]
    pub fn begin(
        out: &'a mut SendBuffer,
        limit: usize,
        begin_string: &[u8],
        msg_type: &[u8],
    ) -> Option<Self> {
        let (space, tail) = out.reserve(limit)?;
        let mut writer = Self { space, tail, len: 0, length_start: 0, rules: Rules::new() };
        writer.rules.inspect(Tag::BEGIN_STRING, begin_string);
        writer.rules.inspect(Tag::MSG_TYPE, msg_type);
        writer.raw(b"8=").raw(begin_string).raw(b"\x019=");
        writer.length_start = writer.len;
        writer.raw(LENGTH_PLACEHOLDER).raw(b"\x0135=").raw(msg_type).raw(&[SOH]);
        Some(writer)
    }

    /// Appends fields that are encoded already, from the configuration or a stored message. They
    /// are trusted to be fields.
    #[inline]
    pub fn raw(&mut self, encoded: &[u8]) -> &mut Self {
        let end = self.len.saturating_add(encoded.len());
        if let Some(target) = self.space.get_mut(self.len..end) {
            target.copy_from_slice(encoded);
        }
        self.len = end;
        self
    }

    /// Completes the message: writes BodyLength(9) and CheckSum(10), and appends it.
    #[inline]
    pub fn finish(self) -> Result<Span, WriteError> {
        let (tail, len) = self.complete()?;
        Ok(tail.append(len))
    }

    /// As [`finish`](Self::finish), and marks the message as [kept](SendBuffer::keep).
    #[inline]
    pub fn finish_kept(self) -> Result<Span, WriteError> {
        let (tail, len) = self.complete()?;
        Ok(tail.append_kept(len))
    }

    fn complete(mut self) -> Result<(Tail<'a>, usize), WriteError> {
        self.rules.verdict().map_err(WriteError::Field)?;
        let body_start = self.length_start + LENGTH_PLACEHOLDER.len() + 1;
        let body_len = self.len.saturating_sub(body_start);
        let digits = Digits::new(body_len as u64);
        let moved_start = self.length_start + digits.as_bytes().len() + 1;
        let check_sum_start = moved_start + body_len;
        let len = check_sum_start + TRAILER_LEN;
        if len > self.space.len() {
            return Err(WriteError::NoRoom);
        }
        if moved_start != body_start {
            self.space.copy_within(body_start..self.len, moved_start);
        }
        self.len = self.length_start;
        self.raw(digits.as_bytes()).raw(&[SOH]);
        self.len = check_sum_start;
        let sum = sum(self.space.get(..check_sum_start).unwrap_or_default());
        let [hundreds, tens, units] =
            [sum / 100, sum / 10 % 10, sum % 10].map(|digit| b'0' + digit);
        self.raw(&[b'1', b'0', b'=', hundreds, tens, units, SOH]);
        Ok((self.tail, len))
    }

    /// The bytes written so far, three taken for BodyLength(9).
    #[must_use]
    #[expect(
        clippy::len_without_is_empty,
        reason = "a message under construction has its first fields"
    )]
    pub const fn len(&self) -> usize {
        self.len
    }
}

impl PutField for Writer<'_> {
    #[inline]
    fn put(&mut self, tag: Tag, value: &[u8]) -> &mut Self {
        match tag.prefix() {
            Some((prefix, len)) if Rules::are_plain_for(tag) => {
                self.put_plain(tag, prefix, len, value);
            }
            Some(_) | None => self.put_any(tag, value),
        }
        self
    }
}

impl Writer<'_> {
    /// Appends a field whose tag needs no more than a look at the value.
    ///
    /// The space behind the message is free, so that whole words can be written.
    fn put_plain(&mut self, tag: Tag, prefix: [u8; WORD], prefix_len: usize, value: &[u8]) {
        let space = self.space.get_mut(self.len..).unwrap_or_default();
        let is_written = self.rules.is_clear()
            && write_word(space, 0, prefix)
            && write_value(space.get_mut(prefix_len..).unwrap_or_default(), value);
        if is_written {
            self.len += prefix_len + value.len() + 1;
        } else {
            self.put_any(tag, value);
        }
    }

    /// Appends any field, or refuses it.
    #[cold]
    fn put_any(&mut self, tag: Tag, value: &[u8]) {
        if self.rules.admit(tag, value) {
            let digits = Digits::new(u64::from(tag.get()));
            self.raw(digits.as_bytes()).raw(b"=").raw(value).raw(&[SOH]);
        }
    }
}

/// Bytes that are copied and checked at once.
const WORD: usize = 8;

/// Writes a value and a delimiter, and maybe more bytes behind them. `false` if there is not
/// space enough for whole words, if the value is empty or has a delimiter in it.
#[inline]
fn write_value(space: &mut [u8], value: &[u8]) -> bool {
    let Some(last) = value.last_chunk::<WORD>() else {
        return match short_value(value) {
            Some(word) => write_word(space, 0, (word | delimiter_at(value.len())).to_le_bytes()),
            None => false,
        };
    };
    let (words, _) = value.as_chunks::<WORD>();
    let mut marks_found = marks(u64::from_le_bytes(*last));
    let mut is_written = true;
    for (number, word) in words.iter().enumerate() {
        marks_found |= marks(u64::from_le_bytes(*word));
        is_written &= write_word(space, number * WORD, *word);
    }
    // The last word reaches back into the one before.
    is_written
        && marks_found == 0
        && write_word(space, value.len() - WORD, *last)
        && write_word(space, value.len(), delimiter_at(0).to_le_bytes())
}

/// A value of one to seven bytes as the low bytes of a word, unless it has a delimiter in it.
#[inline]
fn short_value(value: &[u8]) -> Option<u64> {
    let word = match (value.first_chunk(), value.last_chunk(), value) {
        (Some(first), Some(last), _) => {
            let last = u64::from(u32::from_le_bytes(*last)) << (8 * (value.len() - 4));
            u64::from(u32::from_le_bytes(*first)) | last
        }
        (_, _, &[a, b, c]) => u64::from_le_bytes([a, b, c, 0, 0, 0, 0, 0]),
        (_, _, &[a, b]) => u64::from_le_bytes([a, b, 0, 0, 0, 0, 0, 0]),
        (_, _, &[a]) => u64::from(a),
        _ => return None,
    };
    (marks(word) == 0).then_some(word)
}

/// A word of zeros, but for the delimiter at this place below 8.
#[inline]
fn delimiter_at(place: usize) -> u64 {
    u64::from(SOH) << (8 * place)
}

#[inline]
fn write_word(space: &mut [u8], at: usize, word: [u8; WORD]) -> bool {
    match space.get_mut(at..).and_then(|space| space.first_chunk_mut()) {
        Some(target) => {
            *target = word;
            true
        }
        None => false,
    }
}

impl fmt::Debug for Writer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("limit", &self.space.len())
            .field("len", &self.len)
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}
