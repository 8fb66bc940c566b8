//! A stream whose reader is in a thread of its own.

use alloc::sync::Arc;
use core::task::{Poll, Waker};
use core::time::Duration;
use std::io::{self, ErrorKind, Write as _};
use std::thread;

use super::inbox::{End, Inbox, Taken};
use super::stream::{Closer, Halves, Stream};
use crate::adapters::driven::Way;
use crate::adapters::link::{self, Read};
use crate::session::Instant;

/// How long a write may keep whoever drives from reading, and from the clock.
///
/// Writes are made by the thread that drives, and not by one of their own: a message leaves without
/// being handed to another thread first, which costs more than most writes. Only where a peer does
/// not read does a write block, and then nothing else is as urgent as this.
const WRITE_PATIENCE: Duration = Duration::from_millis(50);

/// How long a reader gets that was not scheduled in time, before a deadline counts.
const READER_PATIENCE: Duration = Duration::from_millis(2);

/// The driver's end of a stream: dropped, it closes the stream, and ends its reader.
pub(super) struct Pipe<T: Stream> {
    writer: T::Writer,
    pub(super) inbox: Arc<Inbox>,
    closer: Closer,
    /// The deadline for which the reader was given time.
    looked_for: Option<Instant>,
}

impl<T: Stream> Pipe<T> {
    /// Splits a stream. Somebody has to [read](Inbox::read_from) with the other half.
    pub(super) fn new(stream: T) -> io::Result<(Self, T::Reader)> {
        let Halves { reader, writer, closer } = stream.split()?;
        let inbox = Arc::new(Inbox::new());
        let mut pipe = Self { writer, inbox, closer, looked_for: None };
        T::set_patience(&mut pipe.writer, WRITE_PATIENCE)?;
        Ok((pipe, reader))
    }
}

impl<T: Stream> link::Pipe for Pipe<T> {
    const RETRY: Option<Duration> = Some(WRITE_PATIENCE);

    fn read(&mut self, spare: &mut [u8], due: Option<Instant>, waker: &Waker) -> Read {
        let mut taken = self.inbox.take(spare, waker);
        let was_late = taken == Taken::Nothing && due.is_some() && self.looked_for != due;
        if was_late {
            // Its bytes may be there, and the machine too busy to have read them.
            self.looked_for = due;
            thread::park_timeout(READER_PATIENCE);
            taken = self.inbox.take(spare, waker);
        }
        match taken {
            Taken::Bytes(count) => Read::Bytes(count),
            // Something else may have woken the thread.
            Taken::Nothing if was_late => Read::NothingLate,
            Taken::Nothing => Read::Nothing,
            Taken::End(End::Finished) => Read::Finished,
            Taken::End(End::Failed) => Read::Failed,
        }
    }

    fn write(&mut self, bytes: &[u8], _: &Waker) -> Poll<io::Result<usize>> {
        in_time(|| self.writer.write(bytes))
    }

    fn flush(&mut self, _: &Waker) -> Poll<io::Result<()>> {
        in_time(|| self.writer.flush())
    }

    fn finish(&mut self, _: &Waker) -> Poll<()> {
        in_time(|| T::finish(&mut self.writer)).map(drop)
    }

    fn wakes_for_store(way: Way, waker: &Waker) -> Option<&Waker> {
        Some(waker).filter(|_| way == Way::Spawned)
    }
}

/// What came of it, unless the stream may do it later.
fn in_time<T>(mut try_it: impl FnMut() -> io::Result<T>) -> Poll<io::Result<T>> {
    loop {
        return match try_it().map_err(|error| (error.kind(), error)) {
            Err((ErrorKind::Interrupted, _)) => continue,
            Err((ErrorKind::WouldBlock | ErrorKind::TimedOut, _)) => Poll::Pending,
            Err((_, error)) => Poll::Ready(Err(error)),
            Ok(done) => Poll::Ready(Ok(done)),
        };
    }
}

impl<T: Stream> Drop for Pipe<T> {
    fn drop(&mut self) {
        self.inbox.close();
        self.closer.close();
    }
}
