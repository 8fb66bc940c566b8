//! Work that a thread of the pool does, or whoever cannot wait for one.

use alloc::boxed::Box;
use core::fmt;
use core::mem;
use core::task::{Poll, Waker};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// One piece of work and what comes of it. Whoever comes first does it: a thread of the pool, or
/// who needs the result now.
pub(super) struct Task<T> {
    state: Mutex<State<T>>,
    ended: Condvar,
}

struct State<T> {
    stage: Stage<T>,
    /// Woken once, when the work is done.
    waker: Option<Waker>,
}

enum Stage<T> {
    Queued(Box<dyn FnOnce() -> T + Send>),
    Running,
    Done(T),
    /// The result was taken.
    Over,
}

/// What the pool knows of a task.
pub(super) trait Run: Send + Sync {
    /// Does the work, unless somebody else does.
    fn run(&self);

    /// Comes back when the work is over and nothing of it is left: not a file, not a lock.
    fn finish(&self);
}

impl<T: Send + 'static> Task<T> {
    pub(super) fn new(work: impl FnOnce() -> T + Send + 'static) -> Self {
        let state = State { stage: Stage::Queued(Box::new(work)), waker: None };
        Self { state: Mutex::new(state), ended: Condvar::new() }
    }

    /// The result. Without a waker it is waited for, and the work is done here if nobody began.
    /// `Pending` also for who asks again behind the result.
    pub(super) fn poll(&self, waker: Option<&Waker>) -> Poll<T> {
        let Some(waker) = waker else {
            self.run();
            return self.wait();
        };
        let mut state = self.lock();
        match mem::replace(&mut state.stage, Stage::Over) {
            Stage::Done(result) => Poll::Ready(result),
            stage @ (Stage::Queued(_) | Stage::Running | Stage::Over) => {
                state.stage = stage;
                let old = state.waker.replace(waker.clone());
                // Outside of the lock: the last waker of a task drops it.
                drop(state);
                drop(old);
                Poll::Pending
            }
        }
    }

    fn wait(&self) -> Poll<T> {
        let is_running = |state: &mut State<T>| matches!(state.stage, Stage::Running);
        let waited = self.ended.wait_while(self.lock(), is_running);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        match mem::replace(&mut state.stage, Stage::Over) {
            Stage::Done(result) => Poll::Ready(result),
            Stage::Queued(_) | Stage::Running | Stage::Over => Poll::Pending,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: Send + 'static> Run for Task<T> {
    fn run(&self) {
        let mut state = self.lock();
        match mem::replace(&mut state.stage, Stage::Running) {
            Stage::Queued(work) => {
                drop(state);
                let result = work();
                let mut state = self.lock();
                state.stage = Stage::Done(result);
                let waker = state.waker.take();
                drop(state);
                self.ended.notify_all();
                // Outside of the lock: who is woken may ask at once.
                if let Some(waker) = waker {
                    waker.wake();
                }
            }
            stage @ (Stage::Running | Stage::Done(_) | Stage::Over) => state.stage = stage,
        }
    }

    fn finish(&self) {
        self.run();
        drop(self.wait());
    }
}

impl<T> fmt::Debug for Task<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Task")
    }
}
