//! A stream whose reader is in a thread of its own.

use alloc::sync::Arc;
use core::time::Duration;
use std::io;

use super::inbox::Inbox;
use super::stream::{Closer, Halves, Stream};

/// How long a write may keep whoever drives from reading, and from the clock.
///
/// Writes are made by the thread that drives, and not by one of their own: a message leaves without
/// being handed to another thread first, which costs more than most writes. Only where a peer does
/// not read does a write block, and then nothing else is as urgent as this.
pub(super) const WRITE_PATIENCE: Duration = Duration::from_millis(50);

/// The driver's end of a stream: dropped, it closes the stream, and ends its reader.
pub(super) struct Pipe<T: Stream> {
    pub(super) writer: T::Writer,
    pub(super) inbox: Arc<Inbox>,
    closer: Closer,
}

impl<T: Stream> Pipe<T> {
    /// Splits a stream. Somebody has to [read](Inbox::read_from) with the other half.
    pub(super) fn new(stream: T) -> io::Result<(Self, T::Reader)> {
        let Halves { reader, writer, closer } = stream.split()?;
        let mut pipe = Self { writer, inbox: Arc::new(Inbox::new()), closer };
        T::set_patience(&mut pipe.writer, WRITE_PATIENCE)?;
        Ok((pipe, reader))
    }
}

impl<T: Stream> Drop for Pipe<T> {
    fn drop(&mut self) {
        self.inbox.close();
        self.closer.close();
    }
}
