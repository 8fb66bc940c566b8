//! A stream in memory with as much room as the script says, for threads and for tasks.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
#[cfg(feature = "tokio")]
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
#[cfg(feature = "tokio")]
use std::task::{Context, Poll};
use std::time::Duration;

#[cfg(feature = "tokio")]
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// One direction.
#[derive(Default)]
struct Way {
    inner: Mutex<Inner>,
    changed: Condvar,
}

#[derive(Default)]
struct Inner {
    bytes: VecDeque<u8>,
    room: usize,
    closed: bool,
    wakers: Vec<Waker>,
}

/// One end of a stream in memory. Dropping it does not close it; [`close`](Self::close) does.
#[derive(Clone)]
pub(crate) struct End {
    reads: Arc<Way>,
    writes: Arc<Way>,
    read_patience: Option<Duration>,
    /// How long a write may block; for ever if `None`.
    pub(crate) write_patience: Option<Duration>,
}

/// Both ends of a stream in which so many bytes wait at most in each direction. The second is for
/// a peer: its reads take 20 ms at most.
pub(crate) fn pair(room: usize) -> (End, End) {
    let way = || {
        let way = Arc::new(Way::default());
        way.lock().room = room;
        way
    };
    let (one, other) = (way(), way());
    let (read_patience, write_patience) = (None, None);
    let ours =
        End { reads: Arc::clone(&one), writes: Arc::clone(&other), read_patience, write_patience };
    let peer = Some(Duration::from_millis(20));
    (ours, End { reads: other, writes: one, read_patience: peer, write_patience })
}

impl Way {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn changed(&self, inner: &mut Inner) {
        inner.wakers.drain(..).for_each(Waker::wake);
        self.changed.notify_all();
    }

    fn close(&self) {
        let mut inner = self.lock();
        inner.closed = true;
        self.changed(&mut inner);
    }

    fn take(&self, inner: &mut Inner, into: &mut [u8]) -> Option<usize> {
        let count = inner.bytes.len().min(into.len());
        for (into, byte) in into.iter_mut().zip(inner.bytes.drain(..count)) {
            *into = byte;
        }
        self.changed(inner);
        (count > 0 || inner.closed).then_some(count)
    }

    fn put(&self, inner: &mut Inner, from: &[u8]) -> Option<io::Result<usize>> {
        if inner.closed {
            return Some(Err(ErrorKind::BrokenPipe.into()));
        }
        let count = inner.room.saturating_sub(inner.bytes.len()).min(from.len());
        inner.bytes.extend(&from[..count]);
        self.changed(inner);
        (count > 0).then_some(Ok(count))
    }

    /// Tries, waits, tries again.
    fn wait<R>(
        &self,
        patience: Option<Duration>,
        mut attempt: impl FnMut(&mut Inner) -> Option<R>,
    ) -> io::Result<R> {
        let mut inner = self.lock();
        loop {
            if let Some(result) = attempt(&mut inner) {
                return Ok(result);
            }
            let Some(patience) = patience else {
                inner = self.changed.wait(inner).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let waited = self.changed.wait_timeout(inner, patience);
            let (again, late) = waited.unwrap_or_else(PoisonError::into_inner);
            inner = again;
            if late.timed_out() {
                return attempt(&mut inner).ok_or_else(|| ErrorKind::TimedOut.into());
            }
        }
    }
}

impl End {
    /// Closes both directions.
    pub(crate) fn close(&self) {
        self.reads.close();
        self.writes.close();
    }

    /// Nothing more is written.
    pub(crate) fn finish(&self) {
        self.writes.close();
    }
}

#[cfg(feature = "tokio")]
impl AsyncRead for End {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut inner = self.reads.lock();
        match self.reads.take(&mut inner, buffer.initialize_unfilled()) {
            Some(count) => {
                buffer.advance(count);
                Poll::Ready(Ok(()))
            }
            None => {
                inner.wakers.push(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

#[cfg(feature = "tokio")]
impl AsyncWrite for End {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut inner = self.writes.lock();
        match self.writes.put(&mut inner, from) {
            Some(written) => Poll::Ready(written),
            None => {
                inner.wakers.push(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.finish();
        Poll::Ready(Ok(()))
    }
}

impl Read for End {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.reads.wait(self.read_patience, |inner| self.reads.take(inner, into))
    }
}

impl Write for End {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.writes.wait(self.write_patience, |inner| self.writes.put(inner, from))?
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
