//! What goes on for stores that were dropped: the file of each is theirs until it ends.

use alloc::sync::{Arc, Weak};
use alloc::vec::Vec;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::task::Run;

struct Left {
    /// How many tasks were ever left.
    count: u64,
    tasks: Vec<Task>,
}

struct Task {
    number: u64,
    path: PathBuf,
    task: Weak<dyn Run>,
}

static LEFT: Mutex<Left> = Mutex::new(Left { count: 0, tasks: Vec::new() });

fn lock() -> MutexGuard<'static, Left> {
    LEFT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Those who left up to now. Who waits for these only never waits for itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct SoFar(u64);

impl SoFar {
    pub(super) fn now() -> Self {
        Self(lock().count)
    }
}

/// Remembers that this still goes on for a file whose store is dropped.
pub(super) fn leave(path: &Path, task: &Arc<dyn Run>) {
    let mut left = lock();
    left.tasks.retain(|left| left.task.strong_count() > 0);
    left.count = left.count.saturating_add(1);
    let number = left.count;
    left.tasks.push(Task { number, path: path.to_path_buf(), task: Arc::downgrade(task) });
}

/// Comes back when nothing goes on any more for those of them who had this file.
pub(super) fn wait_for(path: &Path, those: SoFar) {
    let is_meant = |left: &&Task| left.number <= those.0 && left.path == path;
    let left = lock();
    let tasks: Vec<Arc<dyn Run>> =
        left.tasks.iter().filter(is_meant).filter_map(|left| left.task.upgrade()).collect();
    drop(left);
    for task in tasks {
        task.finish();
    }
}
