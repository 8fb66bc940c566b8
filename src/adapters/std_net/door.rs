//! What comes in to an acceptor: connections from the thread that accepts, guests from theirs.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::panic::AssertUnwindSafe;
use core::task::Waker;
use core::time::Duration;
use std::io;
use std::panic::catch_unwind;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::guest::Guest;
use super::listener::Listener;
use super::stream::{Closer, Stream};
use crate::adapters::clock::Clock;
use crate::engine::{Origin, Peer};

/// How many connections wait for the acceptor; more wait in the listener's own backlog.
const WAITING_MAX: usize = 256;

/// Makes a connection ready for FIX.
pub(super) type Prepare<T> = Box<dyn FnOnce() -> io::Result<(T, Origin)> + Send>;

/// An accepted connection.
pub(super) struct Caller<T> {
    pub(super) peer: Peer,
    pub(super) closer: io::Result<Closer>,
    pub(super) prepare: Prepare<T>,
}

/// What the threads of an acceptor share.
pub(super) struct Door<T: Stream> {
    inner: Mutex<Inner<T>>,
    changed: Condvar,
}

struct Inner<T: Stream> {
    callers: VecDeque<Caller<T>>,
    guests: Vec<Guest<T>>,
    failed: Option<io::Error>,
    /// How long to pause after the failure; `None` before the acceptor has said so.
    pause: Option<Duration>,
    acceptor: Option<Waker>,
    /// Nobody comes in any more.
    closed: bool,
    /// The thread that accepts has ended.
    over: bool,
}

impl<T: Stream> Door<T> {
    pub(super) const fn new() -> Self {
        let inner = Inner {
            callers: VecDeque::new(),
            guests: Vec::new(),
            failed: None,
            pause: None,
            acceptor: None,
            closed: false,
            over: false,
        };
        Self { inner: Mutex::new(inner), changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Accepts until the door is closed. The thread that does it does nothing else.
    pub(super) fn accept_from<L: Listener<Stream = T>>(&self, mut listener: L) {
        let _over = SaysOver(self);
        while !self.lock().closed {
            // The listener is the user's: a panic is a failure to accept.
            let accepted = catch_unwind(AssertUnwindSafe(|| {
                let (raw, peer) = listener.accept()?;
                let closer = L::raw_closer(&raw);
                let prepare: Prepare<T> = Box::new(listener.prepare(raw, peer));
                Ok(Caller { peer, closer, prepare })
            }));
            match accepted.unwrap_or_else(|_| Err(io::Error::other("the listener panicked"))) {
                Ok(caller) => self.call(caller),
                Err(error) => self.fail(error),
            }
        }
    }

    fn call(&self, caller: Caller<T>) {
        let inner = self.lock();
        let full = |inner: &mut Inner<T>| !inner.closed && inner.callers.len() >= WAITING_MAX;
        let mut inner =
            self.changed.wait_while(inner, full).unwrap_or_else(PoisonError::into_inner);
        if inner.closed {
            // Under no lock: what closes it is the user's.
            drop(inner);
            return drop(caller);
        }
        inner.callers.push_back(caller);
        inner.wake();
    }

    /// Accepting failed: waits for as long as the acceptor says.
    fn fail(&self, error: io::Error) {
        let mut inner = self.lock();
        inner.failed = Some(error);
        inner.wake();
        let unanswered = |inner: &mut Inner<T>| !inner.closed && inner.pause.is_none();
        let mut inner =
            self.changed.wait_while(inner, unanswered).unwrap_or_else(PoisonError::into_inner);
        if let Some(pause) = inner.pause.take() {
            let waited = self.changed.wait_timeout_while(inner, pause, |inner| !inner.closed);
            drop(waited.unwrap_or_else(PoisonError::into_inner));
        }
    }

    /// A connection has said who it is, or will not.
    pub(super) fn came(&self, guest: Guest<T>) {
        let mut inner = self.lock();
        if inner.closed {
            drop(inner);
            return drop(guest);
        }
        inner.guests.push(guest);
        inner.wake();
    }

    /// From here on `waker` is woken when somebody comes.
    pub(super) fn wake_with(&self, waker: &Waker) {
        self.lock().acceptor = Some(waker.clone());
    }

    pub(super) fn callers(&self) -> VecDeque<Caller<T>> {
        let callers = core::mem::take(&mut self.lock().callers);
        if !callers.is_empty() {
            self.changed.notify_all();
        }
        callers
    }

    pub(super) fn guests(&self) -> Vec<Guest<T>> {
        core::mem::take(&mut self.lock().guests)
    }

    pub(super) fn failure(&self) -> Option<io::Error> {
        self.lock().failed.take()
    }

    /// Accepting goes on after so long.
    pub(super) fn pause_for(&self, pause: Duration) {
        self.lock().pause = Some(pause);
        self.changed.notify_all();
    }

    /// Nobody comes in any more; those who were about to are given back.
    pub(super) fn close(&self) -> VecDeque<Caller<T>> {
        let (callers, guests) = {
            let mut inner = self.lock();
            inner.closed = true;
            (core::mem::take(&mut inner.callers), core::mem::take(&mut inner.guests))
        };
        self.changed.notify_all();
        drop(guests);
        callers
    }

    /// Waits until the thread that accepts has ended, for so long at most.
    pub(super) fn wait_over(&self, patience: Duration) {
        let clock = Clock::new();
        let until = clock.now().monotonic.after(patience);
        let mut inner = self.lock();
        while !inner.over {
            let left = clock.until(until);
            if left.is_zero() {
                return;
            }
            let waited = self.changed.wait_timeout(inner, left);
            inner = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl<T: Stream> Inner<T> {
    fn wake(&mut self) {
        if let Some(acceptor) = self.acceptor.take() {
            acceptor.wake();
        }
    }
}

struct SaysOver<'a, T: Stream>(&'a Door<T>);

impl<T: Stream> Drop for SaysOver<'_, T> {
    fn drop(&mut self) {
        self.0.lock().over = true;
        self.0.changed.notify_all();
    }
}
