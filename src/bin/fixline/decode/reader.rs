//! Logs one after the other, in pieces that can be decoded each for itself.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::scan::{Piece, Scanner, What};
use super::source::{self, Source};
use super::told::Told;

/// The next thing to do with the logs.
pub(super) enum Job {
    Piece(Part),
    /// A log has ended, or cannot be read any further; so many of its lines had no message.
    Ended {
        log: usize,
        silent: u64,
        failure: Option<io::Error>,
    },
    /// No log is left.
    Finished,
}

/// A piece, and what must be known to decode it.
pub(super) struct Part {
    /// The place of the log among all.
    pub(super) log: usize,
    /// How long the log is, if that is known, and how much of it has been read.
    pub(super) len: Option<u64>,
    pub(super) read: u64,
    pub(super) piece: Piece,
    /// What Logons before the piece told.
    pub(super) told: Told,
}

/// Reads the logs.
pub(super) struct Reader {
    logs: Vec<PathBuf>,
    follow: bool,
    /// The place of the log that is read, or of the next.
    at: usize,
    open: Option<Open>,
    told: Told,
    is_finished: bool,
}

struct Open {
    scanner: Scanner<Box<dyn Read + Send>>,
    len: Option<u64>,
}

impl Reader {
    pub(super) fn new(logs: Vec<PathBuf>, follow: bool) -> Self {
        Self { logs, follow, at: 0, open: None, told: Told::default(), is_finished: false }
    }

    /// The rest of the log is left.
    fn end(&mut self, silent: u64, failure: Option<io::Error>) -> Job {
        let log = self.at;
        self.at += 1;
        self.open = None;
        Job::Ended { log, silent, failure }
    }

    /// What stands behind what has been read. May wait for it.
    fn part(&mut self, mut open: Open) -> Job {
        match open.scanner.fill() {
            Ok(true) => {}
            Ok(false) => return self.end(open.scanner.silent(), None),
            Err(error) => return self.end(open.scanner.silent(), Some(error)),
        }
        let piece = open.scanner.piece();
        let (told, read) = (self.told.clone(), open.scanner.total());
        for find in &piece.finds {
            if let What::Message(frame) = &find.what
                && Told::may_tell(piece.raw(frame))
            {
                self.told.learn(&piece.record(find, frame));
            }
        }
        let part = Part { log: self.at, len: open.len, read, piece, told };
        self.open = Some(open);
        Job::Piece(part)
    }
}

impl Iterator for Reader {
    type Item = Job;

    fn next(&mut self) -> Option<Job> {
        if let Some(open) = self.open.take() {
            return Some(self.part(open));
        }
        let Some(log) = self.logs.get(self.at) else {
            let was_finished = std::mem::replace(&mut self.is_finished, true);
            return (!was_finished).then_some(Job::Finished);
        };
        let source = if log == Path::new("-") {
            source::standard_input()
        } else {
            source::open(log, self.follow)
        };
        Some(match source {
            Ok(Source { reader, len }) => self.part(Open { scanner: Scanner::new(reader), len }),
            Err(error) => self.end(0, Some(error)),
        })
    }
}
