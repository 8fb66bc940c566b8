//! One message as a log shows it: its fields, and whether its length and sum are right. Nothing is
//! refused here that can be shown.

use fixline::wire::{Tag, parse_uint};
use memchr::memchr;

use super::frame::Frame;

/// The ways in which logs commonly write the delimiter SOH.
pub(super) const DELIMITERS: [&[u8]; 7] =
    [b"\x01", b"|", b"^A", b"<SOH>", b"\\x01", b"\\u0001", b"\\001"];

/// Room for the fields of most messages.
const FIELDS_USUAL: usize = 32;

/// A message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record<'l> {
    /// What the log wrote before it.
    pub(super) prefix: &'l [u8],
    /// The message as it stands there, from BeginString to the value of CheckSum.
    pub(super) raw: &'l [u8],
    /// What stands between its fields.
    pub(super) delimiter: &'l [u8],
    /// Its fields, 8 to 10.
    pub(super) fields: Vec<Field<'l>>,
    /// Where BodyLength counts from, and where it ends.
    body: (usize, usize),
    /// The delimiters within that, and those before.
    delimiters: (usize, usize),
}

/// A field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field<'l> {
    pub(super) tag: u32,
    pub(super) value: &'l [u8],
}

/// Whether a number in a message is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Right(u64),
    /// With the delimiter that the log writes; over SOH it would be this.
    Over(u64),
    /// What it should be.
    Wrong(u64),
}

impl Verdict {
    pub(super) const fn is_wrong(self) -> bool {
        matches!(self, Self::Wrong(_))
    }
}

impl<'l> Record<'l> {
    /// Reads the fields of a message that was found in `bytes`.
    pub(super) fn read(bytes: &'l [u8], prefix: &'l [u8], frame: &Frame) -> Self {
        let raw = &bytes[frame.begin..frame.end];
        let delimiter = &bytes[frame.delimiter.clone()];
        let trailer = frame.trailer - frame.begin;
        let mut pieces = Pieces { rest: &raw[..trailer], delimiter };
        let mut fields: Vec<Field<'l>> = Vec::with_capacity(FIELDS_USUAL);
        let (mut begin, mut head, mut count) = (trailer, 0, 0);
        while let Some(piece) = pieces.next(fields.last()) {
            count += 1;
            if let Some((tag, value)) = split(piece) {
                fields.push(Field { tag, value });
            } else if let Some(last) = fields.last_mut() {
                // A piece without tag belongs to the value before it, which holds what the log uses
                // as delimiter.
                let from = offset(raw, last.value);
                last.value = &raw[from..offset(raw, piece) + piece.len()];
                count -= 1;
            }
            // The third field is the first that BodyLength counts.
            if fields.len() == 2 {
                begin = trailer - pieces.rest.len();
                head = count;
            }
        }
        fields.push(Field { tag: 10, value: &raw[trailer + 3..] });
        let delimiters = (count - head, head);
        Self { prefix, raw, delimiter, fields, body: (begin, trailer), delimiters }
    }

    /// The first value of a tag.
    pub(super) fn get(&self, tag: Tag) -> Option<&'l [u8]> {
        self.fields.iter().find(|field| field.tag == tag.get()).map(|field| field.value)
    }

    /// Whether both length and sum are right.
    pub(super) fn is_right(&self) -> bool {
        !self.length().is_wrong() && !self.check_sum().is_wrong()
    }

    /// How BodyLength(9) compares with what is there, with SOH for every delimiter (S-FRAME-04).
    pub(super) fn length(&self) -> Verdict {
        let (begin, end) = self.body;
        let over = end - begin;
        let more = self.delimiters.0 * (self.delimiter.len() - 1);
        let stated = self.fields.get(1).filter(|field| field.tag == 9);
        let stated = stated.and_then(|field| parse_uint(field.value));
        verdict(stated, over.saturating_sub(more) as u64, over as u64)
    }

    /// How CheckSum(10) compares with the sum of what is there (S-FRAME-05).
    pub(super) fn check_sum(&self) -> Verdict {
        let over = sum(&self.raw[..self.body.1]);
        let more = sum(self.delimiter).wrapping_sub(1);
        // Only the last eight bits count.
        let [count, ..] = (self.delimiters.0 + self.delimiters.1).to_le_bytes();
        let counted = over.wrapping_sub(more.wrapping_mul(count));
        let value = self.fields.last().map(|field| field.value).unwrap_or_default();
        let stated = if value.len() == 3 { parse_uint(value) } else { None };
        verdict(stated, counted.into(), over.into())
    }
}

fn verdict(stated: Option<u64>, counted: u64, over: u64) -> Verdict {
    match stated {
        Some(stated) if stated == counted => Verdict::Right(counted),
        Some(stated) if stated == over => Verdict::Over(counted),
        _ => Verdict::Wrong(counted),
    }
}

/// Where a part of the message stands in it.
fn offset(message: &[u8], part: &[u8]) -> usize {
    (part.as_ptr() as usize).saturating_sub(message.as_ptr() as usize)
}

/// Splits a message at the delimiters, but not within data of a stated length (S-FRAME-07).
struct Pieces<'l> {
    rest: &'l [u8],
    delimiter: &'l [u8],
}

impl<'l> Pieces<'l> {
    fn next(&mut self, last: Option<&Field<'l>>) -> Option<&'l [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let len = self.data_len(last).or_else(|| self.delimiter_at());
        let len = len.unwrap_or(self.rest.len());
        let (piece, after) = self.rest.split_at(len);
        self.rest = after.strip_prefix(self.delimiter).unwrap_or(after);
        Some(piece)
    }

    /// How long the data field is that follows its length, if the delimiter stands where it ends.
    fn data_len(&self, last: Option<&Field<'l>>) -> Option<usize> {
        let last = last?;
        let data_tag = Tag::new(last.tag)?.data_tag()?;
        // No further than a tag is long: the next `=` may be anywhere.
        let head = &self.rest[..self.rest.len().min(12)];
        let (tag, _) = split(head)?;
        let begin = memchr(b'=', head)?.checked_add(1)?;
        let len = begin.checked_add(usize::try_from(parse_uint(last.value)?).ok()?)?;
        let ends = self.rest.get(len..)?.starts_with(self.delimiter);
        (tag == data_tag.get() && ends).then_some(len)
    }

    fn delimiter_at(&self) -> Option<usize> {
        let first = *self.delimiter.first()?;
        if self.delimiter.len() == 1 {
            return memchr(first, self.rest);
        }
        let mut at = 0;
        loop {
            at += memchr(first, self.rest.get(at..)?)?;
            if self.rest[at..].starts_with(self.delimiter) {
                return Some(at);
            }
            at += 1;
        }
    }
}

/// Tag and value; `None` if what stands before the `=` is no tag.
fn split(piece: &[u8]) -> Option<(u32, &[u8])> {
    let mut tag = 0_u32;
    for (at, byte) in piece.iter().enumerate() {
        match byte {
            b'0'..=b'9' => {
                tag = tag.checked_mul(10)?.checked_add(u32::from(byte - b'0'))?;
            }
            b'=' if at > 0 => return Some((tag, &piece[at + 1..])),
            _ => return None,
        }
    }
    None
}

fn sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, &byte| sum.wrapping_add(byte))
}
