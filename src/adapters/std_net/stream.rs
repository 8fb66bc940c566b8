//! Where bytes come from and go to.

use core::net::SocketAddr;
use core::time::Duration;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};

use crate::adapters::tcp::TcpConnector;

/// A blocking byte stream whose reads and writes can be bounded in time.
///
/// TCP is one; TLS, a proxy or a Unix socket become one in a few lines.
pub trait Stream: Read + Write + Send {
    /// Bounds every read and every write; a read or write that takes longer fails with
    /// [`io::ErrorKind::WouldBlock`] or [`io::ErrorKind::TimedOut`].
    ///
    /// # Errors
    ///
    /// The stream cannot be bounded, and must not be used.
    fn set_timeouts(&mut self, read: Duration, write: Duration) -> io::Result<()>;

    /// Closes both directions; errors do not matter any more.
    fn close(&mut self);
}

impl Stream for TcpStream {
    fn set_timeouts(&mut self, read: Duration, write: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(read))?;
        self.set_write_timeout(Some(write))
    }

    fn close(&mut self) {
        // The peer may have closed already.
        let _closed = self.shutdown(Shutdown::Both);
    }
}

/// Makes connections for an initiator.
pub trait Connector {
    /// What it makes.
    type Stream: Stream;

    /// How many hosts there are to try in turn; at least 1.
    fn hosts(&self) -> usize;

    /// Connects to the host of this index, below [`hosts`](Self::hosts).
    ///
    /// # Errors
    ///
    /// The connection could not be made; the initiator tries again later.
    fn connect(&mut self, host: usize) -> io::Result<Self::Stream>;
}

impl Connector for TcpConnector {
    type Stream = TcpStream;

    fn hosts(&self) -> usize {
        self.hosts.len()
    }

    fn connect(&mut self, host: usize) -> io::Result<TcpStream> {
        let host = self.hosts.get(host).ok_or(io::ErrorKind::NotFound)?;
        let mut error = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for address in host.to_socket_addrs()? {
            match connect(address, self.timeout) {
                Ok(stream) => return Ok(stream),
                Err(failed) => error = failed,
            }
        }
        Err(error)
    }
}

fn connect(address: SocketAddr, timeout: Duration) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, timeout)?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
