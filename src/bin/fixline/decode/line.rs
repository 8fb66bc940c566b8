//! Lines of a log, one after the other, at constant memory.

use std::io::{self, BufRead};

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
        let mut too_long = false;
        loop {
            let available = match self.source.fill_buf() {
                Ok(available) => available,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let end = available.iter().position(|&byte| byte == b'\n');
            let taken = end.unwrap_or(available.len());
            let is_last = available.is_empty();
            if is_last && self.buffer.is_empty() && !too_long {
                return Ok(None);
            }
            if self.buffer.len() + taken > LINE_MAX {
                too_long = true;
                self.buffer.clear();
            } else if !too_long {
                self.buffer.extend_from_slice(&available[..taken]);
            }
            let consumed = taken + usize::from(end.is_some());
            self.source.consume(consumed);
            self.bytes += consumed as u64;
            if end.is_some() || is_last {
                break;
            }
        }
        self.number += 1;
        let line = if too_long { Line::TooLong } else { Line::Read(trimmed(&self.buffer)) };
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
