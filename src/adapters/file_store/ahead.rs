//! What is read of a file ahead of who asks for it: an answer to a ResendRequest goes through
//! neighbours.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::task::{Poll, Waker, ready};
use std::fs::File;
use std::io;

use super::log::Entry;
use super::place::Locked;
use super::pool::{self, Kind};
use super::positional::read_exact_at;
use super::task::{Run, Task};

/// How much is read at once, unless one message is longer.
const PAGE: u64 = 64 << 10;

type Page = io::Result<(u64, Vec<u8>)>;

/// A page of the file.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    at: u64,
    bytes: Vec<u8>,
    /// The page that is being read.
    task: Option<Arc<Task<Page>>>,
}

impl Ahead {
    /// Sees to it that a message can be lent, from the part of the file that ends at `end`.
    pub(super) fn reach(
        &mut self,
        entry: Entry,
        end: u64,
        file: &Arc<Locked>,
        waker: Option<&Waker>,
    ) -> Poll<io::Result<()>> {
        while self.get(entry).is_none() {
            let task = match &self.task {
                Some(task) => Arc::clone(task),
                None => {
                    let file = Arc::clone(file);
                    let len = end.saturating_sub(entry.at).min(PAGE).max(entry.len.into());
                    let task = Arc::new(Task::new(move || read(&file, entry.at, len)));
                    self.task = Some(Arc::clone(&task));
                    if waker.is_some() {
                        pool::submit(Arc::clone(&task) as Arc<dyn Run>, Kind::Short);
                    }
                    task
                }
            };
            let page = ready!(task.poll(waker));
            self.task = None;
            (self.at, self.bytes) = page?;
        }
        Poll::Ready(Ok(()))
    }

    /// The bytes of a message, if they are there.
    pub(super) fn get(&self, entry: Entry) -> Option<&[u8]> {
        if entry.len == 0 {
            return Some(&[]);
        }
        let start = usize::try_from(entry.at.checked_sub(self.at)?).ok()?;
        let len = usize::try_from(entry.len).ok()?;
        self.bytes.get(start..start.checked_add(len)?)
    }

    /// What goes on.
    pub(super) fn task(&self) -> Option<Arc<dyn Run>> {
        self.task.clone().map(|task| task as Arc<dyn Run>)
    }
}

fn read(file: &File, at: u64, len: u64) -> Page {
    let len = usize::try_from(len).map_err(|_| io::ErrorKind::OutOfMemory)?;
    let mut bytes = Vec::new();
    // The length of a message is that of the file, which may be larger than the memory.
    bytes.try_reserve_exact(len).map_err(|_| io::ErrorKind::OutOfMemory)?;
    bytes.resize(len, 0);
    read_exact_at(file, &mut bytes, at)?;
    Ok((at, bytes))
}
