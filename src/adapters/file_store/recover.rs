//! Reads a file back, and tells what a crash left unfinished from what is damaged.
//!
//! A commit is written only when the one before it is durable. So all that a crash can leave behind
//! the last whole frame is a part of *one* frame, and nothing whole stands behind it; that is cut
//! off. Where something does, bytes that were confirmed are gone, and that is for a person to mend.

use alloc::boxed::Box;
use core::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use crc32fast::Hasher;

use super::error::{damaged, failed_to, not_a_store};
use super::format::{
    FILE_HEAD, FRAME_HEAD, FrameHead, MAGIC, RECORD_BASE, RECORD_REST_MAX, Record, read_file_head,
};
use super::log::Log;
use crate::engine::StoreError;

/// What was cut off a file because no commit had confirmed it: the rest of a commit that a crash
/// interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Recovered {
    /// How many bytes were cut off.
    pub cut_bytes: u64,
    /// Where the file ends now.
    pub at: u64,
}

impl fmt::Display for Recovered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cut_bytes, at } = self;
        write!(f, "{cut_bytes} bytes of a commit that did not end were cut off at byte {at}")
    }
}

/// What a file holds.
#[derive(Debug)]
pub(super) struct Contents {
    pub(super) log: Log,
    pub(super) id: u64,
    /// Where the next frame begins.
    pub(super) end: u64,
    /// The check of the last frame.
    pub(super) last: u32,
    /// What is to be cut off.
    pub(super) cut: Option<Recovered>,
}

/// How much is read at once: the lengths in a file never say how much memory is taken.
const CHUNK: usize = 64 << 10;

/// The longest frame.
const FRAME_MAX: u64 = u32::MAX as u64 + FRAME_HEAD as u64;

/// Reads the file from its beginning.
pub(super) fn read(file: &File, path: &Path) -> Result<Contents, StoreError> {
    let io = |error| failed_to("read", path, error);
    let end = file.metadata().map_err(io)?.len();
    let mut reader = BufReader::with_capacity(CHUNK, file);
    reader.seek(SeekFrom::Start(0)).map_err(io)?;
    let (id, check) = read_head(&mut reader, path, end)?;
    let mut frames = Frames { reader, id, end, chunk: alloc::vec![0; CHUNK].into() };
    let mut contents =
        Contents { log: Log::EMPTY, id, end: FILE_HEAD as u64, last: check, cut: None };
    loop {
        let at = contents.end;
        let found = frames.read(at, &mut contents.log).map_err(io)?;
        let next_if_torn = match found {
            Found::Nothing => return Ok(contents),
            Found::Frame { before, .. } if before != contents.last => {
                return Err(damaged(path, at, "what came before this frame is missing"));
            }
            Found::Frame { makes_sense: false, .. } => {
                return Err(damaged(path, at, "the frame does not go on from what came before"));
            }
            Found::Frame { next, check, .. } => {
                (contents.end, contents.last) = (next, check);
                continue;
            }
            Found::Torn { next } => next,
        };
        if let Some(behind) = frames.look_behind(at, next_if_torn).map_err(io)? {
            return Err(damaged(path, at, behind));
        }
        contents.cut = Some(Recovered { cut_bytes: end.saturating_sub(at), at });
        return Ok(contents);
    }
}

fn read_head(
    reader: &mut BufReader<&File>,
    path: &Path,
    end: u64,
) -> Result<(u64, u32), StoreError> {
    let mut head = [0; FILE_HEAD];
    if end < FILE_HEAD as u64 {
        // A file is never without its head: it is put in place as a whole.
        return Err(match end {
            0 => damaged(path, 0, "it is empty"),
            _ => damaged(path, 0, "it is shorter than its head"),
        });
    }
    reader.read_exact(&mut head).map_err(|error| failed_to("read", path, error))?;
    if !head.starts_with(&MAGIC) {
        return Err(not_a_store(path, "is not a store of this version of fixline"));
    }
    read_file_head(head).ok_or_else(|| damaged(path, 0, "its head is not as it was written"))
}

/// The frames of a file.
struct Frames<'f> {
    reader: BufReader<&'f File>,
    id: u64,
    /// The length of the file.
    end: u64,
    chunk: Box<[u8]>,
}

/// What stands at a place.
enum Found {
    /// The end of the file.
    Nothing,
    Frame {
        before: u32,
        check: u32,
        next: u64,
        makes_sense: bool,
    },
    /// Not a whole frame; where it would end, if its head is whole.
    Torn {
        next: Option<u64>,
    },
}

impl Frames<'_> {
    /// Reads what stands where the reader is, which is `at`, and adds it to the log if it is whole.
    fn read(&mut self, at: u64, log: &mut Log) -> io::Result<Found> {
        let room = match self.end.saturating_sub(at).checked_sub(FRAME_HEAD as u64) {
            Some(room) => room,
            None if at == self.end => return Ok(Found::Nothing),
            None => return Ok(Found::Torn { next: None }),
        };
        let mut head = [0; FRAME_HEAD];
        self.reader.read_exact(&mut head)?;
        let Some((FrameHead { len, before, sum }, check)) = FrameHead::read(head, self.id, at)
        else {
            return Ok(Found::Torn { next: None });
        };
        let records_at = at.saturating_add(FRAME_HEAD as u64);
        let next = records_at.saturating_add(len.into());
        if u64::from(len) > room {
            return Ok(Found::Torn { next: Some(next) });
        }
        let mark = log.mark();
        let mut records = Records { frames: self, left: len, next, hasher: Hasher::new() };
        let makes_sense = records.read(log)?;
        if records.hasher.finalize() != sum {
            log.go_back(mark);
            return Ok(Found::Torn { next: Some(next) });
        }
        Ok(Found::Frame { before, check, next, makes_sense })
    }

    /// What stands behind a torn frame, if that is something.
    fn look_behind(&mut self, at: u64, next: Option<u64>) -> io::Result<Option<&'static str>> {
        if self.end.saturating_sub(at) > FRAME_MAX {
            return Ok(Some("more stands behind it than one commit writes"));
        }
        let Some(next) = next else {
            let found = self.has_frame_behind(at.saturating_add(1))?;
            return Ok(found.then_some("whole frames stand behind it"));
        };
        // Space that the file system gave and nobody wrote to is zero.
        let mut from = next;
        while from < self.end {
            let chunk = self.chunk_at(from)?;
            if chunk.iter().any(|&byte| byte != 0) {
                return Ok(Some("something was written behind it"));
            }
            from = from.saturating_add(chunk.len() as u64);
        }
        Ok(None)
    }

    /// Whether a whole frame begins anywhere from here on.
    fn has_frame_behind(&mut self, mut from: u64) -> io::Result<bool> {
        // Nobody but an attacker makes heads without frames.
        let mut heads_left = 64_u32;
        loop {
            let (id, end) = (self.id, self.end);
            let chunk = self.chunk_at(from)?;
            let mut candidates = (from..).zip(chunk.windows(FRAME_HEAD));
            let found =
                candidates.find_map(|(at, head)| Some((at, FrameHead::look(head, id, at, end)?)));
            let windows = chunk.len().saturating_sub(FRAME_HEAD - 1) as u64;
            let Some((at, head)) = found else {
                if windows == 0 {
                    return Ok(false);
                }
                from = from.saturating_add(windows);
                continue;
            };
            if heads_left == 0 || self.is_whole(at, head)? {
                return Ok(true);
            }
            heads_left = heads_left.saturating_sub(1);
            from = at.saturating_add(1);
        }
    }

    /// Whether the records of the frame at this place are as they were written.
    fn is_whole(&mut self, at: u64, head: FrameHead) -> io::Result<bool> {
        let mut hasher = Hasher::new();
        let mut from = at.saturating_add(FRAME_HEAD as u64);
        let next = from.saturating_add(head.len.into());
        while from < next {
            let chunk = self.chunk_at(from)?;
            let left = usize::try_from(next.saturating_sub(from)).unwrap_or(usize::MAX);
            let part = chunk.get(..left).unwrap_or(chunk);
            if part.is_empty() {
                return Ok(false);
            }
            hasher.update(part);
            from = from.saturating_add(part.len() as u64);
        }
        Ok(hasher.finalize() == head.sum)
    }

    /// The bytes from a place on, at most [`CHUNK`]; fewer only at the end of the file.
    fn chunk_at(&mut self, at: u64) -> io::Result<&[u8]> {
        let left = usize::try_from(self.end.saturating_sub(at)).unwrap_or(usize::MAX);
        let chunk = self.chunk.get_mut(..left.min(CHUNK)).unwrap_or_default();
        super::positional::read_exact_at(self.reader.get_ref(), chunk, at)?;
        Ok(chunk)
    }
}

/// The records of a frame, read and summed up piece by piece.
struct Records<'a, 'f> {
    frames: &'a mut Frames<'f>,
    left: u32,
    /// Where the frame ends.
    next: u64,
    hasher: Hasher,
}

impl Records<'_, '_> {
    /// Adds all of them to the log. False when one makes no sense there; the rest is summed up.
    fn read(&mut self, log: &mut Log) -> io::Result<bool> {
        let mut makes_sense = true;
        while self.left > 0 && makes_sense {
            makes_sense = self.read_one(log)?;
        }
        self.pass(self.left)?;
        Ok(makes_sense)
    }

    fn read_one(&mut self, log: &mut Log) -> io::Result<bool> {
        let mut bytes = [0; RECORD_BASE + RECORD_REST_MAX];
        let (base, rest) = bytes.split_at_mut(RECORD_BASE);
        if !self.take(base)? {
            return Ok(false);
        }
        let rest_len = base.first().and_then(|&kind| Record::rest_len(kind));
        let Some(rest) = rest_len.and_then(|len| rest.get_mut(..len)) else { return Ok(false) };
        if !self.take(rest)? {
            return Ok(false);
        }
        let Some(record) = Record::read(&bytes) else { return Ok(false) };
        let at = self.next.saturating_sub(self.left.into());
        match record {
            Record::Message { len, .. } if len > self.left => Ok(false),
            Record::Message { len, .. } => {
                let follows = log.follow(record, at);
                self.pass(len)?;
                Ok(follows)
            }
            // A reset begins a file.
            Record::Reset { .. } => {
                let is_first =
                    at == (FILE_HEAD + FRAME_HEAD + RECORD_BASE + RECORD_REST_MAX) as u64;
                Ok(is_first && log.follow(record, at))
            }
            Record::Out { .. } | Record::In { .. } => Ok(log.follow(record, at)),
        }
    }

    /// False when so much is not left.
    fn take(&mut self, bytes: &mut [u8]) -> io::Result<bool> {
        let Some(left) = u32::try_from(bytes.len()).ok().and_then(|len| self.left.checked_sub(len))
        else {
            return Ok(false);
        };
        self.frames.reader.read_exact(bytes)?;
        self.hasher.update(bytes);
        self.left = left;
        Ok(true)
    }

    /// Sums up so many bytes, of which so many are left, without a look at them.
    fn pass(&mut self, len: u32) -> io::Result<()> {
        let mut passing = len;
        while passing > 0 {
            let most = usize::try_from(passing).unwrap_or(usize::MAX);
            let part = self.frames.chunk.get_mut(..most.min(CHUNK)).unwrap_or_default();
            self.frames.reader.read_exact(part)?;
            self.hasher.update(part);
            passing = passing.saturating_sub(u32::try_from(part.len()).unwrap_or(u32::MAX));
        }
        self.left = self.left.saturating_sub(len);
        Ok(())
    }
}
