//! One message as a log shows it: its fields, and whether its length and sum are right.
//!
//! A log is no wire: the delimiter may be written in another way, the end of the line may stand for
//! the last one, and what is wrong with a message is what one reads logs for. So nothing is
//! refused here that can be shown.

use fixline::wire::{Tag, parse_uint};

/// The ways in which logs write the delimiter SOH.
pub(super) const DELIMITERS: [&[u8]; 7] =
    [b"\x01", b"|", b"^A", b"<SOH>", b"\\x01", b"\\u0001", b"\\001"];

/// What every message begins with.
const BEGIN: &[u8; 5] = b"8=FIX";

/// Room for the fields of most messages.
const FIELDS_USUAL: usize = 32;

/// A message on a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record<'l> {
    /// What the log wrote before it.
    pub(super) prefix: &'l [u8],
    /// Its fields, 8 to 10.
    pub(super) fields: Vec<Field<'l>>,
    /// How BodyLength(9) compares with what is there.
    pub(super) length: Verdict,
    /// How CheckSum(10) compares with the sum of what is there.
    pub(super) check_sum: Verdict,
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
    /// What it should be.
    Wrong(u64),
}

impl<'l> Record<'l> {
    /// Whether both length and sum are right.
    pub(super) const fn is_right(&self) -> bool {
        matches!((self.length, self.check_sum), (Verdict::Right(_), Verdict::Right(_)))
    }

    /// The first value of a tag.
    pub(super) fn get(&self, tag: Tag) -> Option<&'l [u8]> {
        self.fields.iter().find(|field| field.tag == tag.get()).map(|field| field.value)
    }
}

/// What begins as a message and cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Bad<'l> {
    pub(super) reason: &'static str,
    /// Where another message may begin.
    pub(super) rest: &'l [u8],
}

/// The first message of `line` and what follows it; `None` if there is none.
pub(super) fn first(line: &[u8]) -> Option<Result<(Record<'_>, &[u8]), Bad<'_>>> {
    let at = begin(line)?;
    let (prefix, message) = line.split_at(at);
    let bad = |reason| Bad { reason, rest: &message[BEGIN.len()..] };
    Some(read(prefix, message).map_err(bad))
}

/// Where the next message begins: `8=FIX` that is not the end of a longer tag.
fn begin(line: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let rest = line.get(from..)?;
        let at = from + rest.iter().position(|&byte| byte == BEGIN[0])?;
        let is_longer = at.checked_sub(1).is_some_and(|before| line[before].is_ascii_digit());
        if !is_longer && line[at..].starts_with(BEGIN) {
            return Some(at);
        }
        from = at + 1;
    }
}

fn read<'l>(prefix: &'l [u8], message: &'l [u8]) -> Result<(Record<'l>, &'l [u8]), &'static str> {
    let version = message[2..]
        .iter()
        .position(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'.'))
        .ok_or("nothing follows BeginString(8)")?;
    let delimiter = DELIMITERS
        .into_iter()
        .find(|delimiter| message[2 + version..].starts_with(delimiter))
        .ok_or("no delimiter follows BeginString(8): SOH, | and ^A are known")?;
    let mut pieces = Pieces { rest: message, delimiter };
    let mut fields: Vec<Field<'l>> = Vec::with_capacity(FIELDS_USUAL);
    let mut count = Count::default();
    while let Some(piece) = pieces.next(fields.last()) {
        let Some((tag, value)) = split(piece) else {
            join(message, piece, fields.last_mut(), delimiter, &mut count);
            continue;
        };
        if tag == 8 && !fields.is_empty() {
            return Err("the message ends without CheckSum(10): another begins");
        }
        if tag == 10 {
            let value = if pieces.rest.is_empty() { digits(value) } else { value };
            fields.push(Field { tag, value });
            let length = count.length_verdict(&fields);
            let check_sum = count.sum_verdict(value);
            return Ok((Record { prefix, fields, length, check_sum }, pieces.rest));
        }
        count.add(piece, fields.len());
        fields.push(Field { tag, value });
    }
    Err("the message ends without CheckSum(10): cut off")
}

/// A piece without tag belongs to the value before it, which holds what the log uses as delimiter.
fn join<'l>(
    message: &'l [u8],
    piece: &'l [u8],
    last: Option<&mut Field<'l>>,
    delimiter: &[u8],
    count: &mut Count,
) {
    let Some(last) = last else { return };
    let begin = offset(message, last.value);
    let end = offset(message, piece) + piece.len();
    last.value = &message[begin..end];
    count.join(piece, delimiter);
}

/// Where a part of the message stands in it.
fn offset(message: &[u8], part: &[u8]) -> usize {
    (part.as_ptr() as usize).saturating_sub(message.as_ptr() as usize)
}

/// Splits a message at the delimiters, but not within data of a stated length (S-FRAME-07).
struct Pieces<'l> {
    rest: &'l [u8],
    delimiter: &'static [u8],
}

impl<'l> Pieces<'l> {
    fn next(&mut self, last: Option<&Field<'l>>) -> Option<&'l [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        let len = self.data_len(last).or_else(|| self.delimiter_at(0));
        let len = len.unwrap_or(self.rest.len());
        let (piece, after) = self.rest.split_at(len);
        self.rest = after.strip_prefix(self.delimiter).unwrap_or(after);
        Some(piece)
    }

    /// How long the data field is that follows its length, if the delimiter stands where it ends.
    fn data_len(&self, last: Option<&Field<'l>>) -> Option<usize> {
        let last = last?;
        let data_tag = Tag::new(last.tag)?.data_tag()?;
        let (tag, value) = split(self.rest)?;
        let value_len = usize::try_from(parse_uint(last.value)?).ok()?;
        let len = (self.rest.len() - value.len()).checked_add(value_len)?;
        let ends = self.rest.get(len..)?.starts_with(self.delimiter);
        (tag == data_tag.get() && ends).then_some(len)
    }

    fn delimiter_at(&self, from: usize) -> Option<usize> {
        let first = *self.delimiter.first()?;
        let mut at = from;
        loop {
            at += self.rest.get(at..)?.iter().position(|&byte| byte == first)?;
            if self.rest[at..].starts_with(self.delimiter) {
                return Some(at);
            }
            at += 1;
        }
    }
}

/// Tag and value; `None` if what stands before the `=` is no tag.
fn split(piece: &[u8]) -> Option<(u32, &[u8])> {
    let at = piece.iter().position(|&byte| byte == b'=')?;
    let tag = u32::try_from(parse_uint(&piece[..at])?).ok()?;
    Some((tag, &piece[at + 1..]))
}

/// The digits at the beginning: what follows on the line is the log's.
fn digits(value: &[u8]) -> &[u8] {
    let len = value.iter().take_while(|byte| byte.is_ascii_digit()).count();
    &value[..len]
}

/// Length and sum as they would be with SOH for every delimiter (S-FRAME-04, S-FRAME-05).
#[derive(Debug, Default)]
struct Count {
    sum: u8,
    body: u64,
}

impl Count {
    /// Counts the `index`-th field; BodyLength counts from the third on.
    fn add(&mut self, piece: &[u8], index: usize) {
        self.sum = sum(piece).wrapping_add(self.sum).wrapping_add(1);
        if index >= 2 {
            self.body += piece.len() as u64 + 1;
        }
    }

    /// Counts what continues the last field.
    fn join(&mut self, piece: &[u8], delimiter: &[u8]) {
        self.sum = self.sum.wrapping_add(sum(delimiter)).wrapping_add(sum(piece));
        self.body += (piece.len() + delimiter.len()) as u64;
    }

    fn length_verdict(&self, fields: &[Field<'_>]) -> Verdict {
        let stated = fields.get(1).filter(|field| field.tag == 9);
        verdict(stated.and_then(|field| parse_uint(field.value)), self.body)
    }

    fn sum_verdict(&self, value: &[u8]) -> Verdict {
        let stated = if value.len() == 3 { parse_uint(value) } else { None };
        verdict(stated, u64::from(self.sum))
    }
}

fn sum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, &byte| sum.wrapping_add(byte))
}

fn verdict(stated: Option<u64>, counted: u64) -> Verdict {
    if stated == Some(counted) { Verdict::Right(counted) } else { Verdict::Wrong(counted) }
}

#[cfg(test)]
mod tests {
    use fixline::wire::from_text;

    use super::*;

    /// Every field as text.
    fn shown(record: &Record<'_>) -> String {
        let field =
            |field: &Field<'_>| format!("{}={}", field.tag, String::from_utf8_lossy(field.value));
        record.fields.iter().map(field).collect::<Vec<_>>().join(" ")
    }

    fn message(text: &str) -> String {
        String::from_utf8(from_text(text)).unwrap()
    }

    #[test]
    fn every_way_to_write_the_delimiter_is_read_as_one() {
        let wire = message("8=FIX.4.4|35=0|34=2|112=x|");
        for delimiter in ["\x01", "|", "^A", "<SOH>", "\\x01", "\\u0001", "\\001"] {
            let line = format!("12:00:01 IN [{}]", wire.replace('\x01', delimiter));
            let (record, rest) = first(line.as_bytes()).unwrap().unwrap();
            assert_eq!(shown(&record), "8=FIX.4.4 9=16 35=0 34=2 112=x 10=246");
            assert_eq!(
                (record.length, record.check_sum),
                (Verdict::Right(16), Verdict::Right(246))
            );
            assert_eq!((record.prefix, rest), (&b"12:00:01 IN ["[..], &b"]"[..]));
        }
    }

    #[test]
    fn the_last_delimiter_may_be_left_out() {
        let wire = message("8=FIX.4.4|35=0|34=2|").replace('\x01', "|");
        for end in ["", "\"", " <-- sent", "]"] {
            let line = format!("{}{end}", wire.trim_end_matches('|'));
            let (record, rest) = first(line.as_bytes()).unwrap().unwrap();
            assert_eq!(shown(&record), "8=FIX.4.4 9=10 35=0 34=2 10=166", "{line}");
            assert!(rest.is_empty());
        }
    }

    #[test]
    fn wrong_lengths_and_sums_are_told_with_the_right_ones() {
        let line = b"8=FIX.4.4|9=11|35=0|34=2|10=18|";
        let (record, _) = first(line).unwrap().unwrap();
        assert_eq!((record.length, record.check_sum), (Verdict::Wrong(10), Verdict::Wrong(167)));
    }

    #[test]
    fn a_value_may_hold_what_the_log_uses_as_delimiter() {
        let line = message("8=FIX.4.4|35=B|34=2|58=a\\x7cb|148=c|").replace('\x01', "|");
        let (record, _) = first(line.as_bytes()).unwrap().unwrap();
        assert!(shown(&record).contains("58=a|b 148=c"), "{}", shown(&record));
        assert!(matches!(record.length, Verdict::Right(_)), "{record:?}");
        assert!(matches!(record.check_sum, Verdict::Right(_)), "{record:?}");
    }

    #[test]
    fn data_is_read_by_its_length() {
        let line = message("8=FIX.4.4|35=B|34=2|95=5|96=a\\x0110=|58=c|");
        let (record, _) = first(line.as_bytes()).unwrap().unwrap();
        assert!(shown(&record).contains("96=a\x0110= 58=c"), "{}", shown(&record));
        assert!(matches!(record.check_sum, Verdict::Right(_)), "{record:?}");
    }

    #[test]
    fn several_messages_on_a_line_follow_each_other() {
        let line = [message("8=FIX.4.4|35=0|34=2|"), message("8=FIX.4.4|35=0|34=3|")].concat();
        let (record, rest) = first(line.as_bytes()).unwrap().unwrap();
        assert_eq!(record.get(Tag::MSG_SEQ_NUM), Some(&b"2"[..]));
        let (record, rest) = first(rest).unwrap().unwrap();
        assert_eq!(record.get(Tag::MSG_SEQ_NUM), Some(&b"3"[..]));
        assert!(first(rest).is_none());
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let reason =
            |line: &str| first(line.as_bytes()).map(|found| found.err().map(|bad| bad.reason));
        assert_eq!(reason("no message here, 18=FIX.4.4|"), None);
        let cut = Some(Some("the message ends without CheckSum(10): cut off"));
        assert_eq!(reason("8=FIX.4.4|9=5|35=0|"), cut);
        let next = Some(Some("the message ends without CheckSum(10): another begins"));
        assert_eq!(reason("8=FIX.4.4|9=5|8=FIX.4.4|"), next);
        assert_eq!(reason("8=FIX.4.4"), Some(Some("nothing follows BeginString(8)")));
        let delimiter = "no delimiter follows BeginString(8): SOH, | and ^A are known";
        assert_eq!(reason("8=FIX.4.4;9=5;"), Some(Some(delimiter)));
    }
}
