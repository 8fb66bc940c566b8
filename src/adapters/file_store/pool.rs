//! The threads that wait for disks, few and shared by all stores of the process.

use alloc::collections::VecDeque;
use alloc::string::ToString as _;
use alloc::sync::Arc;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::task::Run;

/// More do not make a disk faster; fewer would let one slow file hold up the others.
const THREADS_MAX: usize = 4;

/// A file is read as a whole when its store is loaded. So many threads may be busy with that, the
/// others are free for commits.
const LOADS_MAX: usize = 2;

/// What a task is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Reading a file as a whole.
    Load,
    /// A commit, or reading a page.
    Short,
}

struct State {
    loads: VecDeque<Arc<dyn Run>>,
    loading: usize,
    /// First come, first served: a store has one commit and one page in it at most.
    short: VecDeque<Arc<dyn Run>>,
    threads: usize,
    idle: usize,
}

static STATE: Mutex<State> = Mutex::new(State {
    loads: VecDeque::new(),
    loading: 0,
    short: VecDeque::new(),
    threads: 0,
    idle: 0,
});
static WORK: Condvar = Condvar::new();

fn lock() -> MutexGuard<'static, State> {
    STATE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Has a task done. Where no thread can be made at all, it is done here.
pub(super) fn submit(task: Arc<dyn Run>, kind: Kind) {
    let mut state = lock();
    match kind {
        Kind::Load => state.loads.push_back(Arc::clone(&task)),
        Kind::Short => state.short.push_back(Arc::clone(&task)),
    }
    let waiting = state.loads.len().saturating_add(state.short.len());
    let is_short_of_threads = waiting > state.idle && state.threads < THREADS_MAX;
    if is_short_of_threads {
        state.threads = state.threads.saturating_add(1);
    }
    drop(state);
    WORK.notify_one();
    if is_short_of_threads {
        let made = thread::Builder::new().name("fixline-store".to_string()).spawn(work);
        if made.is_err() {
            let mut state = lock();
            state.threads = state.threads.saturating_sub(1);
            let nobody_works = state.threads == 0;
            drop(state);
            if nobody_works {
                task.run();
            }
        }
    }
}

fn work() {
    let _worker = Worker;
    loop {
        let (task, _begun) = next();
        task.run();
    }
}

/// Waits for a task that may be begun.
fn next() -> (Arc<dyn Run>, Begun) {
    let mut state = lock();
    loop {
        if state.loading < LOADS_MAX
            && let Some(task) = state.loads.pop_front()
        {
            state.loading = state.loading.saturating_add(1);
            return (task, Begun(Kind::Load));
        }
        if let Some(task) = state.short.pop_front() {
            return (task, Begun(Kind::Short));
        }
        state.idle = state.idle.saturating_add(1);
        state = WORK.wait(state).unwrap_or_else(PoisonError::into_inner);
        state.idle = state.idle.saturating_sub(1);
    }
}

/// Counts the loads under way.
struct Begun(Kind);

impl Drop for Begun {
    fn drop(&mut self) {
        if self.0 == Kind::Load {
            let mut state = lock();
            state.loading = state.loading.saturating_sub(1);
        }
    }
}

/// Counts a thread of the pool, also one that a waker's panic ends.
struct Worker;

impl Drop for Worker {
    fn drop(&mut self) {
        let mut state = lock();
        state.threads = state.threads.saturating_sub(1);
    }
}
