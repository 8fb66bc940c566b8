//! Lines of a log, one after the other, at constant memory.

use std::io::{self, BufRead, Read as _};

/// A longer line is passed over: no message that anyone agreed on is as long.
const LINE_MAX: usize = 4 << 20;

/// Reads the lines of a log.
pub(super) struct Lines<R> {
    source: R,
    buffer: Vec<u8>,
    number: u64,
    bytes: u64,
}

/// What stands on a line.
pub(super) enum Line<'l> {
    /// Its bytes, without the end of line.
    Read(&'l [u8]),
    /// More than can be read at once.
    TooLong,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(source: R) -> Self {
        Self { source, buffer: Vec::new(), number: 0, bytes: 0 }
    }

    /// How many bytes have been read.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The next line and its number, from 1 on; `None` behind the last.
    pub(super) fn next(&mut self) -> io::Result<Option<(u64, Line<'_>)>> {
        self.buffer.clear();
        // One byte more, and the end of line.
        let mut piece = self.source.by_ref().take(LINE_MAX as u64 + 2);
        self.bytes += piece.read_until(b'\n', &mut self.buffer)? as u64;
        if self.buffer.is_empty() {
            return Ok(None);
        }
        self.number += 1;
        let line = match self.buffer.strip_suffix(b"\n") {
            Some(line) => line,
            None if self.buffer.len() <= LINE_MAX => &self.buffer,
            None => {
                self.bytes += self.source.skip_until(b'\n')? as u64;
                return Ok(Some((self.number, Line::TooLong)));
            }
        };
        let is_too_long = line.len() > LINE_MAX;
        let line = if is_too_long { Line::TooLong } else { Line::Read(trimmed(line)) };
        Ok(Some((self.number, line)))
    }
}

/// Without the carriage return of other systems.
fn trimmed(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn read(text: &[u8], capacity: usize) -> Vec<(u64, Option<Vec<u8>>)> {
        let mut lines = Lines::new(BufReader::with_capacity(capacity, text));
        let mut found = Vec::new();
        while let Some((number, line)) = lines.next().unwrap() {
            let line = match line {
                Line::Read(line) => Some(line.to_vec()),
                Line::TooLong => None,
            };
            found.push((number, line));
        }
        assert_eq!(lines.bytes(), text.len() as u64);
        found
    }

    #[test]
    fn lines_are_numbered_from_one_whatever_the_pieces() {
        for capacity in [1, 2, 64] {
            let line = |number, text: &str| (number, Some(text.as_bytes().to_vec()));
            assert_eq!(read(b"a\r\n\nbc", capacity), [line(1, "a"), line(2, ""), line(3, "bc")]);
            assert_eq!(read(b"a\n", capacity), [line(1, "a")]);
            assert_eq!(read(b"", capacity), []);
        }
    }

    #[test]
    fn a_line_without_end_takes_no_more_memory_than_the_limit() {
        let mut text = vec![b'x'; LINE_MAX + 1];
        text.extend_from_slice(b"\nnext");
        assert_eq!(read(&text, 8192), [(1, None), (2, Some(b"next".to_vec()))]);
    }
}
