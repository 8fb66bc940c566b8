//! A log from its beginning to its end, at constant memory: messages with the lines on which they
//! begin.

use std::io::{self, Read};

use memchr::{memchr_iter, memrchr};

use super::frame::{self, Found, Frame};

/// A log is read in pieces of this size.
const PIECE: usize = 256 << 10;

/// Of what a log writes before a message so much is kept.
const PREFIX_MAX: usize = 1 << 10;

/// Reads the messages of a log.
pub(super) struct Scanner<R> {
    source: R,
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

/// What stands in a log.
pub(super) enum Item<'b> {
    /// A message, what stands before it on its line, and the bytes that its places are in.
    Message { line: u64, bytes: &'b [u8], prefix: &'b [u8], frame: Frame },
    /// What begins as a message and cannot be read.
    Bad { line: u64, reason: &'static str },
}

impl<R: Read> Scanner<R> {
    pub(super) const fn new(source: R) -> Self {
        Self {
            source,
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

    /// The next message that is there already; `None` if more must be [read](Self::fill).
    pub(super) fn next(&mut self) -> Option<Item<'_>> {
        match frame::next(&self.bytes, self.from, &mut self.searched, self.is_end) {
            Found::Message(frame) => {
                self.begin(frame.begin);
                let line = self.line;
                let start = self.line_start(frame.begin);
                self.end(frame.after);
                let prefix = &self.bytes[start..frame.begin];
                Some(Item::Message { line, bytes: &self.bytes, prefix, frame })
            }
            Found::Bad { begin, after, reason } => {
                self.begin(begin);
                let line = self.line;
                self.end(after);
                Some(Item::Bad { line, reason })
            }
            Found::More { keep } => {
                let start = self.line_start(keep);
                if !self.is_end {
                    self.discard(start);
                } else if self.from < self.bytes.len() {
                    self.finish();
                }
                None
            }
        }
    }

    /// Reads more; whether there is more. May wait for it.
    pub(super) fn fill(&mut self) -> io::Result<bool> {
        if self.is_end {
            return Ok(false);
        }
        let len = self.bytes.len();
        self.bytes.resize(len + PIECE, 0);
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

    /// Forgets what is done with, and keeps what stands before what may be a message.
    fn discard(&mut self, start: usize) {
        let ends = memchr_iter(b'\n', &self.bytes[self.counted..start.max(self.counted)]).count();
        let ends = ends as u64;
        if ends > 0 {
            self.silent += ends - u64::from(self.has_message);
            self.has_message = false;
            self.line += ends;
        }
        self.counted = self.counted.max(start);
        self.from = start;
        let begin = self.counted.min(start);
        if begin > 0 {
            let kept = self.bytes.len() - begin;
            self.bytes.copy_within(begin.., 0);
            self.bytes.truncate(kept);
            self.from -= begin;
            self.counted -= begin;
            self.searched = self.searched.saturating_sub(begin);
        }
    }

    /// Counts the lines behind the last message.
    fn finish(&mut self) {
        let rest = &self.bytes[self.counted..];
        let ends = memchr_iter(b'\n', rest).count() as u64;
        let has_more = rest.last().is_some_and(|last| *last != b'\n');
        let lines = ends + u64::from(has_more);
        self.silent += lines - u64::from(self.has_message && lines > 0);
        self.counted = self.bytes.len();
        self.from = self.bytes.len();
    }
}
