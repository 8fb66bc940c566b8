//! A log from its beginning to its end, at constant memory: pieces of it, and in each the messages with
//! the lines on which they begin.

use std::io::{self, Read};
use std::mem;

use memchr::{memchr_iter, memrchr};

use super::frame::{self, Found, Frame};
use super::record::Record;

/// A log is read in pieces of up to this size; in smaller ones where no more comes at once, for which
/// so much room would be made in vain.
const PIECE: usize = 256 << 10;
const PIECE_MIN: usize = 4 << 10;

/// Of what a log writes before a message so much is kept.
const PREFIX_MAX: usize = 1 << 10;

/// Reads the messages of a log.
pub(super) struct Scanner<R> {
    source: R,
    /// How much room the next read gets.
    room: usize,
    bytes: Vec<u8>,
    /// What is before it has been looked at.
    from: usize,
    /// Lines are counted up to here.
    counted: usize,
    /// How far a message without end was searched.
    searched: usize,
    is_end: bool,
    line: u64,
    silent: u64,
    /// Whether the line has a message, so far.
    has_message: bool,
    total: u64,
}

/// A piece of a log, which ends between messages.
#[derive(Default)]
pub(super) struct Piece {
    bytes: Vec<u8>,
    pub(super) finds: Vec<Find>,
}

/// What stands in a piece.
pub(super) struct Find {
    pub(super) line: u64,
    /// Where what the log writes before it begins.
    prefix: usize,
    pub(super) what: What,
}

pub(super) enum What {
    Message(Frame),
    /// What begins as a message and cannot be read.
    Bad(&'static str),
}

impl Piece {
    /// A message from BeginString to the value of CheckSum.
    pub(super) fn raw(&self, frame: &Frame) -> &[u8] {
        &self.bytes[frame.begin..frame.end]
    }

    /// The fields of a message that was found at `find`.
    pub(super) fn record(&self, find: &Find, frame: &Frame) -> Record<'_> {
        Record::read(&self.bytes, &self.bytes[find.prefix..frame.begin], frame)
    }
}

impl<R: Read> Scanner<R> {
    pub(super) const fn new(source: R) -> Self {
        Self {
            source,
            room: PIECE,
            bytes: Vec::new(),
            from: 0,
            counted: 0,
            searched: 0,
            is_end: false,
            line: 1,
            silent: 0,
            has_message: false,
            total: 0,
        }
    }

    /// How many bytes have been read.
    pub(super) const fn total(&self) -> u64 {
        self.total
    }

    /// How many lines had no message.
    pub(super) const fn silent(&self) -> u64 {
        self.silent
    }

    /// What is there already; more must be [read](Self::fill) before the next piece.
    pub(super) fn piece(&mut self) -> Piece {
        let mut finds = Vec::new();
        let start = loop {
            let next = frame::next(&self.bytes, self.from, &mut self.searched, self.is_end);
            let (begin, after, what) = match next {
                Found::Message(frame) => (frame.begin, frame.after, What::Message(frame)),
                Found::Bad { begin, after, reason } => (begin, after, What::Bad(reason)),
                Found::More { keep } => break self.line_start(keep),
            };
            self.begin(begin);
            finds.push(Find { line: self.line, prefix: self.line_start(begin), what });
            self.end(after);
        };
        if self.is_end {
            self.finish();
            return Piece { bytes: mem::take(&mut self.bytes), finds };
        }
        self.pass(start);
        let kept = self.bytes.len() - start;
        if finds.is_empty() {
            self.bytes.copy_within(start.., 0);
            self.bytes.truncate(kept);
            return Piece::default();
        }
        let mut rest = Vec::with_capacity(kept + self.room);
        rest.extend_from_slice(&self.bytes[start..]);
        Piece { bytes: mem::replace(&mut self.bytes, rest), finds }
    }

    /// Reads more; whether there is more. May wait for it.
    pub(super) fn fill(&mut self) -> io::Result<bool> {
        if self.is_end {
            return Ok(false);
        }
        let len = self.bytes.len();
        self.bytes.resize(len + self.room, 0);
        let read = loop {
            match self.source.read(&mut self.bytes[len..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        self.bytes.truncate(len + *read.as_ref().unwrap_or(&0));
        // What is there is read to its end, whatever comes after it.
        let read = match read {
            Ok(read) => read,
            Err(error) => {
                self.is_end = true;
                return Err(error);
            }
        };
        self.room = (2 * read).clamp(PIECE_MIN, PIECE);
        self.total += read as u64;
        self.is_end = read == 0;
        // What waited for more is looked at once more at the end.
        Ok(true)
    }

    /// Counts the lines up to where a message begins.
    fn begin(&mut self, at: usize) {
        let ends = memchr_iter(b'\n', &self.bytes[self.counted..at]).count() as u64;
        self.line += ends;
        // The first end is that of a line with a message, if that has one.
        self.silent += ends - u64::from(self.has_message && ends > 0);
        self.has_message = true;
        self.counted = at;
    }

    /// Goes on behind a message.
    fn end(&mut self, at: usize) {
        self.line += memchr_iter(b'\n', &self.bytes[self.counted..at]).count() as u64;
        self.counted = at;
        self.from = at;
        self.searched = 0;
    }

    /// Where the line of a place begins, or the part of it that is kept.
    fn line_start(&self, at: usize) -> usize {
        let from = self.from.max(at.saturating_sub(PREFIX_MAX)).min(at);
        memrchr(b'\n', &self.bytes[from..at]).map_or(from, |end| from + end + 1)
    }

    /// Goes on at the beginning of what may be a message, as the first of what is kept.
    fn pass(&mut self, start: usize) {
        let counted = self.counted.max(start);
        let ends = memchr_iter(b'\n', &self.bytes[self.counted..counted]).count() as u64;
        if ends > 0 {
            self.silent += ends - u64::from(self.has_message);
            self.has_message = false;
            self.line += ends;
        }
        self.counted = counted - start;
        self.from = 0;
        self.searched = self.searched.saturating_sub(start);
    }

    /// Counts the lines behind the last message.
    fn finish(&mut self) {
        let rest = &self.bytes[self.counted..];
        let ends = memchr_iter(b'\n', rest).count() as u64;
        let has_more = rest.last().is_some_and(|last| *last != b'\n');
        let lines = ends + u64::from(has_more);
        self.silent += lines - u64::from(self.has_message && lines > 0);
        self.counted = 0;
        self.from = 0;
    }
}
