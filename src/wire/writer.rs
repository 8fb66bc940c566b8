//! Whole messages, written in place.

use core::fmt;

use super::SOH;
use super::buffer::{SendBuffer, Span, Tail};
use super::compose::{PutField, Rules};
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
    /// The least digits that it has.
    length_digits: u8,
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
        let mut writer = Self {
            space,
            tail,
            len: 0,
            length_start: 0,
            length_digits: 0,
            rules: Rules::new(true),
        };
        writer.rules.inspect(Tag::BEGIN_STRING, begin_string);
        writer.rules.inspect(Tag::MSG_TYPE, msg_type);
        writer.raw(b"8=").raw(begin_string).raw(b"\x019=");
        writer.length_start = writer.len;
        writer.raw(LENGTH_PLACEHOLDER).raw(b"\x0135=").raw(msg_type).raw(&[SOH]);
        Some(writer)
    }

    /// Appends fields that are encoded already, from the configuration or a stored message. They
    /// are trusted to be fields, and to stand where they may.
    #[inline]
    pub fn raw(&mut self, encoded: &[u8]) -> &mut Self {
        let end = self.len.saturating_add(encoded.len());
        if let Some(target) = self.space.get_mut(self.len..end) {
            target.copy_from_slice(encoded);
        }
        self.len = end;
        self
    }

    /// From here on no field of the header may be put, but those that bodies are known to have as
    /// well. Without it, the first body field ends the header.
    #[inline]
    pub const fn end_header(&mut self) {
        self.rules.end_header();
    }

    /// Gives BodyLength(9) at least so many digits, up to 20.
    #[inline]
    pub const fn pad_body_length(&mut self, digits: u8) {
        self.length_digits = digits;
    }

    /// Whether RawData(96) may stand without RawDataLength(95), as text.
    pub const fn raw_data_without_length(&mut self, pass: bool) {
        self.rules.raw_data_without_length(pass);
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
        let digits = Digits::padded(body_len as u64, self.length_digits);
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

    /// The fields written so far, BodyLength(9) as three zeros. [`finish`](Self::finish) may still
    /// refuse them.
    #[must_use]
    pub fn written(&self) -> &[u8] {
        self.space.get(..self.len).unwrap_or_default()
    }

    /// How many bytes were written so far, three taken for BodyLength(9).
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
            Some((prefix, len)) if Rules::are_plain_for(tag) && self.rules.pass(tag) => {
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
        let is_written = write_word(space, prefix)
            && write_value(space.get_mut(prefix_len..).unwrap_or_default(), value);
        if is_written {
            self.len += prefix_len + value.len() + 1;
        } else {
            self.put_passed(tag, value);
        }
    }

    /// Appends a field that may stand here, or refuses its value.
    #[cold]
    fn put_passed(&mut self, tag: Tag, value: &[u8]) {
        if self.rules.admit_passed(tag, value) {
            self.append(tag, value);
        }
    }

    /// Appends any field, or refuses it.
    #[cold]
    fn put_any(&mut self, tag: Tag, value: &[u8]) {
        if self.rules.admit(tag, value) {
            self.append(tag, value);
        }
    }

    fn append(&mut self, tag: Tag, value: &[u8]) {
        let digits = Digits::new(u64::from(tag.get()));
        self.raw(digits.as_bytes()).raw(b"=").raw(value).raw(&[SOH]);
    }
}

/// Bytes that are copied and checked at once.
const WORD: usize = 8;

/// Writes a value and a delimiter, and maybe more bytes behind them. `false` if there is not
/// space enough for whole words, if the value is empty or has a delimiter in it.
#[inline]
fn write_value(space: &mut [u8], value: &[u8]) -> bool {
    if value.len() >= WORD {
        return write_long_value(space, value);
    }
    match short_value(value) {
        Some(word) => write_word(space, (word | delimiter_at(value.len())).to_le_bytes()),
        None => false,
    }
}

/// Writes a value of a word or more. Its last word reaches back into the one before.
#[inline(never)]
fn write_long_value(space: &mut [u8], value: &[u8]) -> bool {
    let Some((start, end)) = space.split_at_mut_checked(value.len()) else {
        return false;
    };
    let (words, _) = value.as_chunks::<WORD>();
    let (targets, _) = start.as_chunks_mut::<WORD>();
    let mut is_found = false;
    for (target, word) in targets.iter_mut().zip(words) {
        is_found |= has_delimiter(u64::from_le_bytes(*word));
        *target = *word;
    }
    if let (Some(target), Some(word)) = (start.last_chunk_mut(), value.last_chunk::<WORD>()) {
        is_found |= has_delimiter(u64::from_le_bytes(*word));
        *target = *word;
    }
    !is_found && write_word(end, delimiter_at(0).to_le_bytes())
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
    (!has_delimiter(word)).then_some(word)
}

/// Whether one of the eight bytes is a delimiter. Exact for the word as a whole: the lowest byte
/// whose highest bit comes out set was one, since nothing was borrowed from it.
#[inline]
fn has_delimiter(word: u64) -> bool {
    const LOWEST: u64 = u64::from_ne_bytes([1; WORD]);
    const HIGHEST: u64 = u64::from_ne_bytes([0x80; WORD]);
    let differing = word ^ u64::from_ne_bytes([SOH; WORD]);
    differing.wrapping_sub(LOWEST) & !differing & HIGHEST != 0
}

/// A word of zeros, but for the delimiter at this place below 8.
#[inline]
fn delimiter_at(place: usize) -> u64 {
    u64::from(SOH) << (8 * place)
}

/// Writes to the front of the space, if it is large enough.
#[inline]
fn write_word(space: &mut [u8], word: [u8; WORD]) -> bool {
    match space.first_chunk_mut() {
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

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;
    use crate::wire::{Decimal, FieldErrorKind, Message, Precision, Pretty, UtcTime};

    fn begin(out: &mut SendBuffer, limit: usize) -> Writer<'_> {
        Writer::begin(out, limit, b"FIX.4.4", b"D").unwrap()
    }

    #[test]
    fn a_message_is_written_in_place() {
        let mut out = SendBuffer::with_capacity(512);
        let mut writer = begin(&mut out, 256);
        writer
            .uint(Tag::MSG_SEQ_NUM, 7)
            .str(Tag::SENDER_COMP_ID, "A")
            .time(Tag::SENDING_TIME, UtcTime::from_nanos(0), Precision::MILLIS)
            .put(Tag::TARGET_COMP_ID, b"B")
            .raw(b"11=ORD-1\x0155=MSFT\x01")
            .char(Tag::SIDE, b'1')
            .decimal(Tag::PRICE, Decimal::new(41_235, 2).unwrap())
            .int(Tag::AVG_PX, -12)
            .bool(Tag::GAP_FILL_FLAG, true)
            .data(Tag::ENCODED_TEXT_LEN, b"a\x01=b");
        let span = writer.finish().unwrap();
        assert!(Message::parse(out.bytes(span)).is_ok());
        assert_eq!(
            Pretty(out.flushable()).to_string(),
            "8=FIX.4.4|9=104|35=D|34=7|49=A|52=19700101-00:00:00.000|56=B|11=ORD-1|55=MSFT|54=1|\
             44=412.35|6=-12|123=Y|354=4|355=a\\x01=b|10=012|"
        );
    }

    #[test]
    fn body_length_has_as_many_digits_as_it_takes() {
        let mut out = SendBuffer::with_capacity(20_000);
        let span = begin(&mut out, 64).finish().unwrap();
        assert_eq!(out.bytes(span), b"8=FIX.4.4\x019=5\x0135=D\x0110=183\x01");
        for (text_len, body_len) in [(1, 10), (90, 99), (91, 100), (990, 999), (991, 1_000)] {
            let text = vec![b'x'; text_len];
            let mut writer = begin(&mut out, 2_000);
            writer.put(Tag::TEXT, &text);
            let span = writer.finish().unwrap();
            let message = Message::parse(out.bytes(span)).unwrap();
            assert_eq!(message.get_uint(Tag::BODY_LENGTH), Some(body_len));
            assert_eq!(message.get(Tag::TEXT), Some(&text[..]));
        }
    }

    #[test]
    fn a_message_fits_its_limit_to_the_byte() {
        for text_len in [1, 84, 85, 86, 984, 985, 986, 987] {
            let text = vec![b'x'; text_len];
            let mut out = SendBuffer::with_capacity(2_000);
            let mut writer = begin(&mut out, 2_000);
            writer.put(Tag::TEXT, &text);
            let len = writer.finish().unwrap().len();
            for (limit, fits) in [(len, true), (len - 1, false), (len / 2, false), (0, false)] {
                let mut out = SendBuffer::with_capacity(limit);
                let mut writer = begin(&mut out, limit);
                writer.put(Tag::TEXT, &text);
                let written = writer.finish();
                assert_eq!(written.is_ok(), fits, "{text_len} in {limit}");
                assert_eq!(written.err(), (!fits).then_some(WriteError::NoRoom));
                assert_eq!(out.is_empty(), !fits);
            }
        }
    }

    #[test]
    fn no_writer_begins_without_room_for_its_limit() {
        let mut out = SendBuffer::with_capacity(100);
        assert!(Writer::begin(&mut out, 101, b"FIX.4.4", b"0").is_none());
        assert!(Writer::begin(&mut out, 100, b"FIX.4.4", b"0").is_some());
    }

    #[test]
    fn an_unfinished_message_leaves_no_trace() {
        let mut out = SendBuffer::with_capacity(256);
        let span = begin(&mut out, 64).finish().unwrap();
        let before = out.flushable().to_vec();
        begin(&mut out, 64).str(Tag::TEXT, "never sent");
        assert_eq!(out.flushable(), before);
        assert_eq!(out.end(), span.end());
        assert_eq!(begin(&mut out, 64).finish().map(Span::start), Ok(span.end()));
    }

    #[test]
    fn begin_string_and_msg_type_are_checked_like_any_value() {
        let mut out = SendBuffer::with_capacity(256);
        for (begin_string, msg_type, tag, kind) in [
            (&b""[..], &b"0"[..], 8, FieldErrorKind::EmptyValue),
            (b"FIX.4.4\x01", b"0", 8, FieldErrorKind::DelimiterInValue),
            (b"FIX.4.4", b"", 35, FieldErrorKind::EmptyValue),
            (b"FIX.4.4", b"D\x0149=EVIL", 35, FieldErrorKind::DelimiterInValue),
        ] {
            let writer = Writer::begin(&mut out, 256, begin_string, msg_type).unwrap();
            let error = FieldError { tag: Tag::new(tag), kind };
            assert_eq!(writer.finish(), Err(WriteError::Field(error)));
        }
    }

    #[test]
    fn values_of_any_length_are_written_in_any_space() {
        for len in 1..80 {
            let value: Vec<u8> = (0..len).map(|at| b'A' + at % 26).collect();
            let message_len = usize::from(len) + "8=FIX.4.4|9=00|35=D|58=|10=000|".len();
            for spare in 0..20 {
                let limit = message_len + 1 + spare;
                let mut out = SendBuffer::with_capacity(limit);
                let mut writer = begin(&mut out, limit);
                writer.put(Tag::TEXT, &value);
                let span = writer.finish().unwrap();
                let message = Message::parse(out.bytes(span)).unwrap();
                assert_eq!(message.get(Tag::TEXT), Some(&value[..]));
                assert_eq!(message.fields().iter().count(), 5);
            }
        }
    }

    #[test]
    fn a_delimiter_is_found_at_any_place_of_any_value() {
        for len in 1..40 {
            for place in 0..len {
                let mut value = vec![0x81; len];
                value[place] = SOH;
                let mut out = SendBuffer::with_capacity(256);
                let mut writer = begin(&mut out, 256);
                writer.put(Tag::TEXT, &value).put(Tag::ACCOUNT, b"x");
                let error =
                    FieldError { tag: Some(Tag::TEXT), kind: FieldErrorKind::DelimiterInValue };
                assert_eq!(writer.finish(), Err(WriteError::Field(error)), "{place} of {len}");
                assert!(out.is_empty());
            }
        }
    }

    #[test]
    fn tags_of_any_length_are_written() {
        for number in [1, 58, 999, 1_000, 9_999, 10_000, 65_536, u32::MAX] {
            let tag = Tag::new(number).unwrap();
            let mut out = SendBuffer::with_capacity(256);
            let mut writer = begin(&mut out, 256);
            writer.put(tag, b"x");
            let span = writer.finish().unwrap();
            assert_eq!(Message::parse(out.bytes(span)).unwrap().get(tag), Some(&b"x"[..]));
        }
    }

    #[test]
    fn header_fields_are_the_callers_to_write() {
        let mut out = SendBuffer::with_capacity(256);
        let mut writer = begin(&mut out, 256);
        writer.str(Tag::SENDER_COMP_ID, "A").data(Tag::XML_DATA_LEN, b"<a\x01/>");
        let span = writer.finish().unwrap();
        let message = Message::parse(out.bytes(span)).unwrap();
        assert_eq!(message.header().to_string(), r"8=FIX.4.4|9=26|35=D|49=A|212=5|213=<a\x01/>|");
    }
}
