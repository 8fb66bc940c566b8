//! Bytes on their way from the thread that reads to the one that drives.

use alloc::vec::Vec;
use core::task::Waker;
use core::time::Duration;
use std::io::{self, ErrorKind, Read};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// How much is read at once. Twice as much waits at most: what is handed over, and what was read
/// meanwhile.
const CHUNK: usize = 64 << 10;

/// How long a reader pauses that does not block as it should.
const PAUSE: Duration = Duration::from_millis(10);

/// What the reader and the driver of a stream share.
pub(super) struct Inbox {
    inner: Mutex<Inner>,
    changed: Condvar,
}

struct Inner {
    /// Room for a chunk, once there was one.
    bytes: Vec<u8>,
    /// How many bytes of it came.
    len: usize,
    /// How many of them were taken.
    taken: usize,
    end: Option<End>,
    /// Nobody takes any more.
    closed: bool,
    driver: Option<Waker>,
}

/// How reading came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The peer will send nothing more.
    Finished,
    /// The transport failed.
    Failed,
}

/// What a look into the inbox came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    Bytes(usize),
    /// Nothing is there; the waker is woken when something is.
    Nothing,
    /// Everything was taken, and nothing more will come.
    End(End),
}

impl Inbox {
    pub(super) const fn new() -> Self {
        let inner =
            Inner { bytes: Vec::new(), len: 0, taken: 0, end: None, closed: false, driver: None };
        Self { inner: Mutex::new(inner), changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what is there, as far as it fits.
    pub(super) fn take(&self, into: &mut [u8], waker: &Waker) -> Taken {
        let mut inner = self.lock();
        let inner = &mut *inner;
        let there = inner.bytes.get(inner.taken..inner.len).unwrap_or_default();
        if there.is_empty() {
            if let Some(end) = inner.end {
                return Taken::End(end);
            }
            match &mut inner.driver {
                Some(old) => old.clone_from(waker),
                none => *none = Some(waker.clone()),
            }
            return Taken::Nothing;
        }
        let count = there.len().min(into.len());
        if let (Some(into), Some(there)) = (into.get_mut(..count), there.get(..count)) {
            into.copy_from_slice(there);
        }
        inner.taken = inner.taken.saturating_add(count);
        if inner.taken >= inner.len {
            inner.len = 0;
            inner.taken = 0;
            self.changed.notify_all();
        }
        Taken::Bytes(count)
    }

    /// Nobody takes any more: the reader is to end.
    pub(super) fn close(&self) {
        let mut inner = self.lock();
        inner.closed = true;
        inner.bytes = Vec::new();
        inner.len = 0;
        inner.taken = 0;
        self.changed.notify_all();
    }

    /// Reads until the end, or until nobody takes any more. While what was read is not taken,
    /// nothing more is read than fits: the peer feels it.
    pub(super) fn read_from(&self, reader: &mut impl Read) {
        // Whatever happens in here, whoever drives learns that nothing more will come.
        let ends = EndsReading(self);
        let mut bytes = Vec::with_capacity(CHUNK);
        loop {
            // Two buffers change places: each is made once.
            if bytes.len() < CHUNK {
                bytes.resize(CHUNK, 0);
            }
            let count = match reader.read(&mut bytes) {
                Ok(0) => return ends.with(End::Finished),
                Ok(count) => count.min(CHUNK),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if is_early(&error) && !self.pause() => continue,
                Err(_) => return ends.with(End::Failed),
            };
            if !self.put(&mut bytes, count) {
                return;
            }
        }
    }

    /// Hands bytes over when there is room; whether anybody takes them.
    fn put(&self, bytes: &mut Vec<u8>, count: usize) -> bool {
        let mut inner = self
            .changed
            .wait_while(self.lock(), |inner| !inner.closed && inner.len > 0)
            .unwrap_or_else(PoisonError::into_inner);
        if inner.closed {
            return false;
        }
        core::mem::swap(&mut inner.bytes, bytes);
        inner.len = count;
        inner.wake_driver();
        true
    }

    /// Waits a moment; whether nobody takes any more.
    fn pause(&self) -> bool {
        let inner = self.lock();
        let waited = self.changed.wait_timeout_while(inner, PAUSE, |inner| !inner.closed);
        waited.unwrap_or_else(PoisonError::into_inner).0.closed
    }

    fn end(&self, end: End) {
        let mut inner = self.lock();
        if inner.end.is_none() {
            inner.end = Some(end);
            inner.wake_driver();
        }
    }
}

impl Inner {
    fn wake_driver(&mut self) {
        if let Some(driver) = self.driver.take() {
            driver.wake();
        }
    }
}

/// Whether a read gave up although more may come: the stream has a timeout, or does not block.
fn is_early(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

struct EndsReading<'a>(&'a Inbox);

impl EndsReading<'_> {
    fn with(&self, end: End) {
        self.0.end(end);
    }
}

impl Drop for EndsReading<'_> {
    fn drop(&mut self) {
        self.0.end(End::Failed);
    }
}

#[cfg(test)]
mod tests {
    use alloc::sync::Arc;
    use std::thread;

    use super::*;

    #[test]
    fn bytes_are_handed_over_in_order_and_bounded() {
        let inbox = Arc::new(Inbox::new());
        let all: Vec<u8> = (0..1_000_000_u32).map(|n| n.to_le_bytes()[0]).collect();
        let (reads, bytes) = (Arc::clone(&inbox), all.clone());
        let reader = thread::spawn(move || reads.read_from(&mut &*bytes));
        let (mut got, mut chunk) = (Vec::new(), [0; 1000]);
        loop {
            match inbox.take(&mut chunk, Waker::noop()) {
                Taken::Bytes(count) => got.extend_from_slice(&chunk[..count]),
                Taken::Nothing => thread::yield_now(),
                Taken::End(end) => break assert_eq!(end, End::Finished),
            }
            assert!(inbox.lock().len <= CHUNK, "more waits than fits");
        }
        reader.join().expect("no panic");
        assert!(got == all, "other bytes");
    }

    #[test]
    fn a_stream_that_does_not_block_as_it_should_is_read_all_the_same() {
        struct Early(Vec<io::Result<usize>>);
        impl Read for Early {
            fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
                let count = self.0.pop().unwrap_or(Ok(0))?;
                bytes[..count].fill(7);
                Ok(count)
            }
        }
        let kinds = [ErrorKind::WouldBlock, ErrorKind::TimedOut, ErrorKind::Interrupted];
        let mut reads: Vec<_> = kinds.into_iter().map(|kind| Err(kind.into())).collect();
        reads.insert(0, Ok(3));
        let inbox = Inbox::new();
        inbox.read_from(&mut Early(reads));
        let mut bytes = [0; 10];
        assert_eq!(inbox.take(&mut bytes, Waker::noop()), Taken::Bytes(3));
        assert_eq!(inbox.take(&mut bytes, Waker::noop()), Taken::End(End::Finished));
    }

    #[test]
    fn a_reader_that_panics_has_ended() {
        struct Panics;
        impl Read for Panics {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                panic!("as a stream of a user's might");
            }
        }
        let inbox = Arc::new(Inbox::new());
        let reads = Arc::clone(&inbox);
        assert!(thread::spawn(move || reads.read_from(&mut Panics)).join().is_err());
        assert_eq!(inbox.take(&mut [0], Waker::noop()), Taken::End(End::Failed));
    }

    #[test]
    fn a_closed_inbox_ends_its_reader() {
        let inbox = Arc::new(Inbox::new());
        let reads = Arc::clone(&inbox);
        let reader = thread::spawn(move || reads.read_from(&mut io::repeat(7)));
        inbox.close();
        reader.join().expect("no panic");
    }
}
