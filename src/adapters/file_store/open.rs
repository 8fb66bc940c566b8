//! A store whose file is open: what was written since the last commit, and the commit under way.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::task::{Poll, Waker, ready};
use std::io;

use super::Held;
use super::ahead::Ahead;
use super::disk::{Commit, Disk};
use super::format::{FILE_HEAD, FRAME_HEAD, Record};
use super::log::{Entry, Log};
use super::place::{Locked, Place};
use super::pool::{self, Kind};
use super::recover::Contents;
use super::task::{Run, Task};
use crate::engine::{Saved, StoreError};
use crate::session::SeqNums;
use crate::wire::{SeqNum, UtcTime};

/// What a commit gives back.
pub(super) type Committed = (Disk, Result<(), StoreError>);

/// A buffer that grew larger for one commit is not kept.
const BUFFER_KEPT_MAX: usize = 1 << 20;

/// A store whose file is open.
pub(super) struct Open {
    place: Arc<Place>,
    log: Log,
    file: Arc<Locked>,
    writer: Writer,
    /// Where the frame begins that the next commit writes.
    frame_at: u64,
    /// That frame: room for its head, and what was written since the last commit began.
    frame: Vec<u8>,
    /// Whether the frame begins an epoch, and with it a new file.
    begins_file: bool,
    /// A buffer for the frame behind that one.
    spare: Vec<u8>,
    ahead: Ahead,
}

/// Who has the file.
enum Writer {
    /// Nobody: the next commit takes it.
    Idle(Disk),
    /// The commit of the frame at this place.
    Busy { task: Arc<Task<Committed>>, frame: Arc<Vec<u8>>, at: u64 },
    /// Nobody any more: a commit could not begin.
    Gone,
}

impl Open {
    pub(super) fn new(place: &Arc<Place>, disk: Disk, contents: Contents) -> Self {
        Self {
            place: Arc::clone(place),
            log: contents.log,
            file: Arc::clone(&disk.file),
            writer: Writer::Idle(disk),
            frame_at: contents.end,
            frame: alloc::vec![0; FRAME_HEAD],
            begins_file: false,
            spare: Vec::new(),
            ahead: Ahead::default(),
        }
    }

    pub(super) const fn saved(&self) -> Saved {
        self.log.saved
    }

    /// Adds a record that was checked, and the bytes of its message.
    pub(super) fn write(&mut self, record: Record, message: &[u8]) -> Result<(), StoreError> {
        // Much more than a record's own bytes, and a frame stays below 4 GiB.
        const RECORD_MAX: usize = 1 << 10;
        let len = self.frame.len().saturating_add(message.len()).saturating_add(RECORD_MAX);
        if u32::try_from(len).is_err() {
            return Err(too_much());
        }
        record.write(&mut self.frame);
        self.log.apply(record, self.frame_at.saturating_add(self.frame.len() as u64));
        self.frame.extend_from_slice(message);
        Ok(())
    }

    pub(super) fn reset(&mut self, begin: SeqNums, at: UtcTime) -> Result<(), StoreError> {
        // All that came before is void.
        self.frame.truncate(FRAME_HEAD);
        self.frame_at = FILE_HEAD as u64;
        self.begins_file = true;
        self.forget_page();
        self.write(Record::Reset { begin, at }, &[])
    }

    pub(super) fn sync(&mut self, waker: Option<&Waker>) -> Poll<Result<(), StoreError>> {
        if matches!(self.writer, Writer::Idle(_)) {
            if self.frame.len() <= FRAME_HEAD {
                return Poll::Ready(Ok(()));
            }
            self.begin_commit(waker)?;
        }
        self.end_commit(waker)
    }

    /// What comes of the commit that goes on, if one does.
    pub(super) fn end_commit(&mut self, waker: Option<&Waker>) -> Poll<Result<(), StoreError>> {
        let task = match &self.writer {
            Writer::Busy { task, .. } => task,
            Writer::Idle(_) => return Poll::Ready(Ok(())),
            Writer::Gone => return Poll::Ready(Err(StoreError::failed())),
        };
        let (disk, written) = ready!(task.poll(waker));
        self.file = Arc::clone(&disk.file);
        let busy = core::mem::replace(&mut self.writer, Writer::Idle(disk));
        if let Writer::Busy { frame, .. } = busy
            && let Ok(mut frame) = Arc::try_unwrap(frame)
            && frame.capacity() <= BUFFER_KEPT_MAX
        {
            frame.truncate(FRAME_HEAD);
            self.spare = frame;
        }
        Poll::Ready(written)
    }

    fn begin_commit(&mut self, waker: Option<&Waker>) -> Result<(), StoreError> {
        let disk = match core::mem::replace(&mut self.writer, Writer::Gone) {
            Writer::Idle(disk) => disk,
            writer @ (Writer::Busy { .. } | Writer::Gone) => {
                self.writer = writer;
                return Ok(());
            }
        };
        let mut next = core::mem::take(&mut self.spare);
        next.resize(FRAME_HEAD, 0);
        let frame = core::mem::replace(&mut self.frame, next);
        let (at, len) = (self.frame_at, frame.len());
        match Commit::new(disk, Arc::clone(&self.place), frame, self.begins_file) {
            Ok((commit, frame)) => {
                let task = Arc::new(Task::new(move || commit.run()));
                if waker.is_some() {
                    pool::submit(Arc::clone(&task) as Arc<dyn Run>, Kind::Short);
                }
                self.writer = Writer::Busy { task, frame, at };
                self.frame_at = at.saturating_add(len as u64);
                self.begins_file = false;
                Ok(())
            }
            Err(disk) => {
                self.writer = Writer::Idle(disk);
                Err(too_much())
            }
        }
    }

    pub(super) fn find(&self, epoch: u32, from: SeqNum, to: SeqNum) -> Option<Entry> {
        if epoch != self.log.saved.numbers.epoch {
            return None;
        }
        self.log.find(from, to)
    }

    /// Gives back the memory that an answer to a ResendRequest took.
    pub(super) fn forget_page(&mut self) {
        self.ahead = Ahead::default();
    }

    /// Sees to it that the bytes of a message are in memory.
    pub(super) fn reach(&mut self, entry: Entry, waker: Option<&Waker>) -> Poll<io::Result<()>> {
        let (_, end) = self.in_buffers(entry);
        if entry.at >= end {
            return Poll::Ready(Ok(()));
        }
        self.ahead.reach(entry, end, &self.file, waker)
    }

    /// The bytes of a message that was reached.
    pub(super) fn bytes(&self, entry: Entry) -> Option<&[u8]> {
        let (bytes, end) = self.in_buffers(entry);
        if entry.at < end { self.ahead.get(entry) } else { bytes }
    }

    /// The bytes of a message that is not in the file yet, and where the part of the file ends that
    /// can be read.
    fn in_buffers(&self, entry: Entry) -> (Option<&[u8]>, u64) {
        if entry.at >= self.frame_at {
            return (part(&self.frame, self.frame_at, entry), self.frame_at);
        }
        match &self.writer {
            Writer::Busy { frame, at, .. } => (part(frame, *at, entry), *at),
            Writer::Idle(_) | Writer::Gone => (None, self.frame_at),
        }
    }

    /// What goes on.
    pub(super) fn tasks(&self) -> [Option<Arc<dyn Run>>; 2] {
        let commit = match &self.writer {
            Writer::Busy { task, .. } => Some(Arc::clone(task) as Arc<dyn Run>),
            Writer::Idle(_) | Writer::Gone => None,
        };
        [commit, self.ahead.task()]
    }

    /// What is left of the file when the store is not used any more.
    pub(super) fn close(self: Box<Self>) -> Held {
        match self.writer {
            Writer::Idle(disk) => Held::Disk(disk),
            Writer::Busy { task, .. } => Held::Busy(task),
            Writer::Gone => Held::Nothing,
        }
    }
}

/// The bytes of a message in the frame that begins at a place of the file.
fn part(frame: &[u8], at: u64, entry: Entry) -> Option<&[u8]> {
    let start = usize::try_from(entry.at.checked_sub(at)?).ok()?;
    frame.get(start..start.checked_add(usize::try_from(entry.len).ok()?)?)
}

pub(super) fn too_much() -> StoreError {
    StoreError::misuse("a message, or a commit, of 4 GiB or more cannot be kept")
}
