//! Where messages begin and end in a log.
//!
//! A log is no wire: the delimiter may be written in any way, a text may hold line ends, and what is
//! wrong with a message is what one reads logs for. Each byte is looked at a bounded number of times,
//! whatever stands there.

use std::ops::Range;

use fixline::wire::parse_uint;
use memchr::{memchr, memmem};

/// What every message begins with.
pub(super) const BEGIN: &[u8; 5] = b"8=FIX";

/// A longer message is passed over: no message that anyone agreed on is as long.
pub(super) const MESSAGE_MAX: usize = 4 << 20;

/// How long BeginString may be, and how long the delimiter.
const VERSION_MAX: usize = 24;
const DELIMITER_MAX: usize = 16;

/// More than any number of a message takes.
const NUMBER_MAX: usize = 20;

/// What comes next in the bytes of a log.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    Message(Frame),
    /// What begins as a message and cannot be read.
    Bad {
        begin: usize,
        after: usize,
        reason: &'static str,
    },
    /// Nothing in what is there: what is before `keep` is done with.
    More {
        keep: usize,
    },
}

/// The places of a message in the bytes of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) begin: usize,
    /// What stands between its fields.
    pub(super) delimiter: Range<usize>,
    /// Where CheckSum(10) begins.
    pub(super) trailer: usize,
    /// Behind the value of CheckSum(10).
    pub(super) end: usize,
    /// Behind the delimiter that may follow it.
    pub(super) after: usize,
}

/// The next message from `from` on. `is_end` says that no more bytes will come. `searched` is how far
/// a message that needs more was searched already; it is kept from call to call, as a place in
/// `bytes`.
pub(super) fn next(bytes: &[u8], from: usize, searched: &mut usize, is_end: bool) -> Found {
    let Some(begin) = begin(bytes, from) else {
        // The end may be half of a beginning.
        let keep = if is_end { bytes.len() } else { bytes.len().saturating_sub(BEGIN.len()) };
        return Found::More { keep: keep.max(from) };
    };
    let bad = |reason| Found::Bad { begin, after: begin + BEGIN.len(), reason };
    let head = &bytes[begin..];
    let is_cut = !is_end && head.len() < VERSION_MAX + DELIMITER_MAX + NUMBER_MAX;
    let Some(delimiter) = delimiter(head) else {
        if is_cut {
            return Found::More { keep: begin };
        }
        return bad("no BodyLength(9) follows BeginString(8), so that the delimiter is not known");
    };
    if is_cut && memchr(b'\n', head).is_none() && body(head, &delimiter).is_none() {
        return Found::More { keep: begin };
    }
    let message = Message { bytes, begin, delimiter, is_end };
    match message.by_length() {
        Some(Ok(frame)) => Found::Message(frame),
        Some(Err(Cut)) => message.by_sum(searched),
        None => message.by_search(searched),
    }
}

/// Where the next message begins: `8=FIX` that is not the end of a longer tag.
fn begin(bytes: &[u8], mut from: usize) -> Option<usize> {
    loop {
        let at = from + memmem::find(bytes.get(from..)?, BEGIN)?;
        let is_longer = at.checked_sub(1).is_some_and(|before| bytes[before].is_ascii_digit());
        if !is_longer {
            return Some(at);
        }
        from = at + 1;
    }
}

/// What stands between the value of BeginString(8) and `9=`.
fn delimiter(head: &[u8]) -> Option<Range<usize>> {
    let value = head.get(2..head.len().min(2 + VERSION_MAX))?;
    let digit = |at: usize| value.get(at).is_some_and(u8::is_ascii_digit);
    // A version as the standard writes it ends by itself: letters may follow as a delimiter.
    let t = usize::from(value.get(3) == Some(&b'T'));
    let is_standard = value.get(3 + t) == Some(&b'.') && digit(4 + t) && digit(6 + t);
    let mut len = if is_standard && value.get(5 + t) == Some(&b'.') {
        let pack = value.get(7 + t..9 + t) == Some(b"SP") && digit(9 + t);
        7 + t + if pack { 3 } else { 0 }
    } else {
        0
    };
    let is_begun = |at: usize| {
        let rest = &head[2 + at..];
        let window = &rest[..rest.len().min(DELIMITER_MAX + 3)];
        let gap = (1..=DELIMITER_MAX).find(|gap| {
            let field = window.get(*gap..).unwrap_or_default();
            field.starts_with(b"9=") && field.get(2).is_some_and(u8::is_ascii_digit)
        });
        // What another message begins in is no delimiter of this one.
        gap.filter(|gap| begin(&rest[..*gap], 0).is_none())
    };
    if len == 0 {
        let is_version = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'.';
        len = value.iter().take_while(|byte| is_version(byte)).count();
    }
    let gap = is_begun(len)?;
    Some(2 + len..2 + len + gap)
}

/// Where the body begins, and how long it is said to be.
fn body(head: &[u8], delimiter: &Range<usize>) -> Option<(usize, usize)> {
    let value = delimiter.end + 2;
    let rest = head.get(value..)?;
    let digits = rest.iter().take(NUMBER_MAX).take_while(|byte| byte.is_ascii_digit()).count();
    let len = usize::try_from(parse_uint(&rest[..digits])?).ok()?;
    rest[digits..].starts_with(&head[delimiter.clone()]).then_some(())?;
    Some((value + digits + delimiter.len(), len))
}

/// The bytes that are there do not say it.
struct Cut;

/// A message whose end is sought.
struct Message<'b> {
    bytes: &'b [u8],
    begin: usize,
    /// From `begin` on.
    delimiter: Range<usize>,
    is_end: bool,
}

impl Message<'_> {
    fn head(&self) -> &[u8] {
        &self.bytes[self.begin..]
    }

    fn delimiter(&self) -> &[u8] {
        &self.head()[self.delimiter.clone()]
    }

    /// The end that BodyLength(9) says, if CheckSum(10) stands there. What is between may hold
    /// anything.
    fn by_length(&self) -> Option<Result<Frame, Cut>> {
        if self.delimiter.len() != 1 {
            return None;
        }
        let (from, len) = body(self.head(), &self.delimiter)?;
        let trailer = from.checked_add(len).filter(|trailer| *trailer <= MESSAGE_MAX)?;
        let is_delimited = self.head().get(trailer.checked_sub(1)?);
        let Some(byte) = is_delimited else { return (!self.is_end).then_some(Err(Cut)) };
        if self.delimiter() != [*byte] {
            return None;
        }
        match self.check_sum(self.begin + trailer) {
            Some(Ok(frame)) => Some(Ok(frame)),
            Some(Err(cut)) => Some(Err(cut)),
            None => None,
        }
    }

    /// The message that ends with the CheckSum(10) at a place, if one is there.
    fn check_sum(&self, trailer: usize) -> Option<Result<Frame, Cut>> {
        let field = self.bytes.get(trailer..)?;
        if !self.is_end && field.len() < 3 && b"10=".starts_with(field) {
            return Some(Err(Cut));
        }
        let value = field.strip_prefix(b"10=")?;
        let digits = value.iter().take(NUMBER_MAX).take_while(|byte| byte.is_ascii_digit()).count();
        let delimiter = self.delimiter();
        let rest = &value[digits..];
        let is_cut =
            rest.is_empty() || (rest.len() < delimiter.len() && delimiter.starts_with(rest));
        if !self.is_end && is_cut {
            return Some(Err(Cut));
        }
        // What is no number ends at the delimiter, if one is near.
        let other = rest[..rest.len().min(NUMBER_MAX)].iter().take_while(|byte| **byte != b'\n');
        let other = other.count();
        let far = memmem::find(&rest[..other], delimiter).unwrap_or(0);
        let end = trailer + 3 + digits + far;
        let follows = self.bytes[end..].starts_with(delimiter);
        let after = if follows { end + delimiter.len() } else { end };
        let delimiter = self.begin + self.delimiter.start..self.begin + self.delimiter.end;
        Some(Ok(Frame { begin: self.begin, delimiter, trailer, end, after }))
    }

    /// BodyLength(9) leads behind what is there: a CheckSum(10) that is right ends the message
    /// before that.
    fn by_sum(&self, searched: &mut usize) -> Found {
        match self.by_search(searched) {
            Found::Message(frame) if self.is_right(&frame) => Found::Message(frame),
            _ => Found::More { keep: self.begin },
        }
    }

    fn is_right(&self, frame: &Frame) -> bool {
        let sum = self.bytes[self.begin..frame.trailer].iter().fold(0_u8, |sum, byte| {
            let byte = if [*byte] == *self.delimiter() { 1 } else { *byte };
            sum.wrapping_add(byte)
        });
        parse_uint(&self.bytes[frame.trailer + 3..frame.end]) == Some(sum.into())
    }

    /// The first CheckSum(10) before the next message begins. A text may hold line ends.
    fn by_search(&self, searched: &mut usize) -> Found {
        let from = self.begin + self.delimiter.end;
        let delimiter = self.delimiter();
        let needle = [delimiter, b"10="].concat();
        let overlap = needle.len() + BEGIN.len();
        let mut at = from.max(searched.saturating_sub(overlap));
        let limit = self.bytes.len().min(self.begin + MESSAGE_MAX);
        let next = begin(&self.bytes[..limit], at.max(self.begin + BEGIN.len()));
        let bound = next.unwrap_or(limit);
        while let Some(found) = memmem::find(&self.bytes[at..bound], &needle) {
            let trailer = at + found + delimiter.len();
            match self.check_sum(trailer) {
                Some(Ok(frame)) => return Found::Message(frame),
                Some(Err(Cut)) => return Found::More { keep: self.begin },
                None => at = trailer,
            }
        }
        self.without_end(next, limit, searched)
    }

    /// No CheckSum(10) is there.
    fn without_end(&self, next: Option<usize>, limit: usize, searched: &mut usize) -> Found {
        let is_too_long = limit == self.begin + MESSAGE_MAX;
        if next.is_none() && !self.is_end && !is_too_long {
            *searched = self.bytes.len();
            return Found::More { keep: self.begin };
        }
        let bound = next.unwrap_or(limit);
        let line = memchr(b'\n', &self.bytes[self.begin..bound]).map(|len| self.begin + len);
        let (after, reason) = match (line, next) {
            (Some(line), _) => (line, "the message ends without CheckSum(10): cut off"),
            (None, Some(next)) => (next, "the message ends without CheckSum(10): another begins"),
            (None, None) if is_too_long => (limit, "longer than 4 MiB"),
            (None, None) => (bound, "the message ends without CheckSum(10): cut off"),
        };
        Found::Bad { begin: self.begin, after, reason }
    }
}
