//! A stream of `tokio`, as a link moves bytes through it: no future is ever dropped half way, since
//! none is made.

use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::io;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::adapters::driven::Way;
use crate::adapters::link::{self, Read};
use crate::session::Instant;

/// A byte stream: TCP, TLS, a Unix socket, one in memory.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> Stream for T {}

/// The driver's end of a stream.
pub(super) struct Pipe<T>(pub(super) T);

impl<T: Stream> link::Pipe for Pipe<T> {
    const RETRY: Option<Duration> = None;

    fn read(&mut self, spare: &mut [u8], _: Option<Instant>, waker: &Waker) -> Read {
        let (mut cx, mut buffer) = (Context::from_waker(waker), ReadBuf::new(spare));
        match Pin::new(&mut self.0).poll_read(&mut cx, &mut buffer) {
            Poll::Pending => Read::Nothing,
            Poll::Ready(Ok(())) => match buffer.filled().len() {
                0 => Read::Finished,
                count => Read::Bytes(count),
            },
            Poll::Ready(Err(_)) => Read::Failed,
        }
    }

    fn write(&mut self, bytes: &[u8], waker: &Waker) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(&mut Context::from_waker(waker), bytes)
    }

    fn flush(&mut self, waker: &Waker) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(&mut Context::from_waker(waker))
    }

    fn finish(&mut self, waker: &Waker) -> Poll<()> {
        Pin::new(&mut self.0).poll_shutdown(&mut Context::from_waker(waker)).map(drop)
    }

    fn wakes_for_store(_: Way, waker: &Waker) -> Option<&Waker> {
        Some(waker)
    }
}
