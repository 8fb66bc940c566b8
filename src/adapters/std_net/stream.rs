//! Where bytes come from and go to.

use alloc::boxed::Box;
use alloc::fmt;
use alloc::sync::Arc;
use core::time::Duration;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
#[cfg(unix)]
use std::os::unix::net::UnixStream;

/// A blocking byte stream of two halves: TCP, TLS, a Unix socket, one in memory.
///
/// A thread of its own reads, and whoever drives the session writes.
pub trait Stream: Send + Sized + 'static {
    /// What is read from. A read may take for ever, until the [`Closer`] ends it.
    type Reader: Read + Send + 'static;
    /// What is written to. It is flushed whenever everything was written.
    type Writer: Write + Send + 'static;

    /// The halves, and what closes them.
    ///
    /// # Errors
    ///
    /// The stream cannot be split, and is closed.
    fn split(self) -> io::Result<Halves<Self>>;

    /// How long a write, a flush or a [`finish`](Self::finish) may block: then it fails with
    /// [`io::ErrorKind::WouldBlock`] or [`io::ErrorKind::TimedOut`], and is tried again when other
    /// things were done. It must not lose count: `write` says how much it took before.
    ///
    /// # Errors
    ///
    /// The stream cannot be bounded, and must not be used.
    fn set_patience(writer: &mut Self::Writer, patience: Duration) -> io::Result<()>;

    /// Says goodbye, when everything was flushed: FIN for TCP, `close_notify` for TLS.
    ///
    /// # Errors
    ///
    /// It would block, and is tried again; or it cannot be said, which does not matter any more.
    fn finish(writer: &mut Self::Writer) -> io::Result<()>;
}

/// A stream in two halves.
#[derive(Debug)]
#[expect(clippy::exhaustive_structs, reason = "a stream of one's own makes it")]
pub struct Halves<T: Stream> {
    /// What is read from.
    pub reader: T::Reader,
    /// What is written to.
    pub writer: T::Writer,
    /// Ends whatever blocks in either of them.
    pub closer: Closer,
}

/// Closes a stream from any thread: reads and writes that block return, and so do later ones.
pub struct Closer(Box<dyn Fn() + Send + Sync>);

impl Closer {
    /// Closes by calling this, which must not block. It may be called more than once.
    #[must_use]
    pub fn new(close: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Box::new(close))
    }

    /// Closes.
    pub fn close(&self) {
        (self.0)();
    }
}

impl fmt::Debug for Closer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Closer").finish_non_exhaustive()
    }
}

/// One half of a socket, which both halves own.
#[derive(Debug)]
pub struct Half<T>(Arc<T>);

macro_rules! socket {
    ($socket:ty) => {
        impl Read for Half<$socket> {
            fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
                (&*self.0).read(bytes)
            }
        }

        impl Write for Half<$socket> {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                (&*self.0).write(bytes)
            }

            fn flush(&mut self) -> io::Result<()> {
                (&*self.0).flush()
            }
        }

        impl Stream for $socket {
            type Reader = Half<Self>;
            type Writer = Half<Self>;

            fn split(self) -> io::Result<Halves<Self>> {
                // A read or a write that does not block, or gives up, is not what is waited for.
                self.set_nonblocking(false)?;
                self.set_read_timeout(None)?;
                let socket = Arc::new(self);
                let closes = Arc::clone(&socket);
                let closer = Closer::new(move || {
                    // The peer may have closed already.
                    let _closed = closes.shutdown(Shutdown::Both);
                });
                Ok(Halves { reader: Half(Arc::clone(&socket)), writer: Half(socket), closer })
            }

            fn set_patience(writer: &mut Half<Self>, patience: Duration) -> io::Result<()> {
                writer.0.set_write_timeout(Some(patience))
            }

            fn finish(writer: &mut Half<Self>) -> io::Result<()> {
                writer.0.shutdown(Shutdown::Write)
            }
        }
    };
}

socket!(TcpStream);
#[cfg(unix)]
socket!(UnixStream);
