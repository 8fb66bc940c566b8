//! Where the streams of an initiator come from.

use alloc::sync::Arc;
use core::net::SocketAddr;
use core::time::Duration;
use std::io;
use std::net::{TcpStream, ToSocketAddrs as _};

use super::stream::Stream;
use crate::adapters::clock::Clock;
use crate::adapters::tcp::{TcpConnector, set_up};

/// Makes streams for an initiator: TCP, TLS, a proxy, a Unix socket.
pub trait Connector: Send + Sync + 'static {
    /// What it makes.
    type Stream: Stream;

    /// What to call the addresses to try in turn; at least one.
    fn addresses(&self) -> &[Arc<str>];

    /// Connects to the address of this index. Runs in a thread of its own, and may block it: the
    /// initiator goes on meanwhile. It should come to an end, though: an attempt that was given up
    /// keeps its thread until then.
    ///
    /// # Errors
    ///
    /// The connection could not be made; the initiator says so, and tries again later.
    fn connect(&self, address: usize) -> io::Result<Self::Stream>;
}

impl Connector for TcpConnector {
    type Stream = TcpStream;

    fn addresses(&self) -> &[Arc<str>] {
        &self.hosts
    }

    fn connect(&self, address: usize) -> io::Result<TcpStream> {
        let host = self.hosts.get(address).ok_or(io::ErrorKind::NotFound)?;
        let clock = Clock::new();
        let until = clock.now().monotonic.after(self.timeout);
        let mut error = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for address in host.to_socket_addrs()? {
            match connect(address, clock.until(until)) {
                Ok(stream) => return Ok(stream),
                Err(failed) => error = failed,
            }
        }
        Err(error)
    }
}

fn connect(address: SocketAddr, patience: Duration) -> io::Result<TcpStream> {
    if patience.is_zero() {
        return Err(io::ErrorKind::TimedOut.into());
    }
    let stream = TcpStream::connect_timeout(&address, patience)?;
    set_up(&stream)?;
    Ok(stream)
}
