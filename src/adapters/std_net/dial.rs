//! Making a connection in a thread of its own: the one that reads from it for as long as it lives.

use alloc::string::ToString as _;
use alloc::sync::Arc;
use core::panic::AssertUnwindSafe;
use core::task::{Poll, Waker};
use std::io;
use std::panic::catch_unwind;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use super::connector::Connector;
use super::pipe::Pipe;
use super::stream::Stream;

/// An attempt to connect. Dropped, it is given up: what comes of it is closed.
pub(super) struct Dial<T: Stream> {
    slot: Arc<Slot<T>>,
}

struct Slot<T: Stream>(Mutex<Inner<T>>);

struct Inner<T: Stream> {
    made: Option<io::Result<Pipe<T>>>,
    waker: Option<Waker>,
    given_up: bool,
}

impl<T: Stream> Dial<T> {
    /// Begins to connect.
    ///
    /// # Errors
    ///
    /// No thread can be made.
    pub(super) fn new<C: Connector<Stream = T>>(
        connector: Arc<C>,
        address: usize,
    ) -> io::Result<Self> {
        let inner = Inner { made: None, waker: None, given_up: false };
        let slot = Arc::new(Slot(Mutex::new(inner)));
        let puts = Arc::clone(&slot);
        let run = move || {
            let made =
                catch_unwind(AssertUnwindSafe(|| connector.connect(address).and_then(Pipe::new)));
            match made.unwrap_or_else(|_| Err(io::Error::other("the connector panicked"))) {
                Ok((pipe, mut reader)) => {
                    let inbox = Arc::clone(&pipe.inbox);
                    puts.put(Ok(pipe));
                    drop((puts, connector));
                    inbox.read_from(&mut reader);
                }
                Err(error) => puts.put(Err(error)),
            }
        };
        let name = "fixline reader".to_string();
        thread::Builder::new().name(name).spawn(run)?;
        Ok(Self { slot })
    }

    /// What came of it; otherwise `waker` is woken when something has.
    pub(super) fn poll(&self, waker: &Waker) -> Poll<io::Result<Pipe<T>>> {
        let mut inner = self.slot.lock();
        match inner.made.take() {
            Some(made) => Poll::Ready(made),
            None => {
                inner.waker = Some(waker.clone());
                Poll::Pending
            }
        }
    }
}

impl<T: Stream> Slot<T> {
    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, made: io::Result<Pipe<T>>) {
        let mut inner = self.lock();
        if inner.given_up {
            // Under no lock: what closes it is the user's.
            drop(inner);
            return drop(made);
        }
        inner.made = Some(made);
        if let Some(waker) = inner.waker.take() {
            waker.wake();
        }
    }
}

impl<T: Stream> Drop for Dial<T> {
    fn drop(&mut self) {
        let made = {
            let mut inner = self.slot.lock();
            inner.given_up = true;
            inner.made.take()
        };
        drop(made);
    }
}
