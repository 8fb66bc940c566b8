//! Where the connections of an acceptor come from.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::time::Duration;
use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};

use super::stream::{Closer, Stream};
use crate::adapters::tcp::set_up;
use crate::engine::{Origin, Peer};

/// How long an acceptor that shuts down may take to reach its own listener.
const REACH: Duration = Duration::from_millis(500);

/// Accepts connections, in two steps: no handshake of one holds up another.
pub trait Listener: Send + 'static {
    /// What is accepted.
    type Raw: Send + 'static;
    /// What it becomes: TCP, TLS, a Unix socket.
    type Stream: Stream;

    /// Waits for the next connection, and says where it comes from. Called again and again by one
    /// thread, which does nothing else.
    ///
    /// # Errors
    ///
    /// It could not be accepted; the acceptor says so, and tries again after a pause.
    fn accept(&mut self) -> io::Result<(Self::Raw, Peer)>;

    /// Makes an `accept` that waits return, whatever it returns: the acceptor shuts down.
    ///
    /// # Errors
    ///
    /// There is no way to; the acceptor does not begin.
    fn closer(&self) -> io::Result<Closer>;

    /// Closes one connection, also while it is being prepared.
    ///
    /// # Errors
    ///
    /// There is no way to, and the connection is turned away.
    fn raw_closer(raw: &Self::Raw) -> io::Result<Closer>;

    /// Makes a connection ready for FIX: a handshake, a header of a proxy. What it returns runs in
    /// the connection's own thread, and is cut off by the closer when the time is up that the
    /// connection has for its Logon.
    fn prepare(
        &self,
        raw: Self::Raw,
        peer: Peer,
    ) -> impl FnOnce() -> io::Result<(Self::Stream, Origin)> + Send + 'static + use<Self>;
}

impl Listener for TcpListener {
    type Raw = TcpStream;
    type Stream = TcpStream;

    fn accept(&mut self) -> io::Result<(TcpStream, Peer)> {
        Self::accept(self).map(|(stream, address)| (stream, Peer::from(address)))
    }

    fn closer(&self) -> io::Result<Closer> {
        // One that does not block would be asked without a pause.
        self.set_nonblocking(false)?;
        let address = reachable(self.local_addr()?);
        Ok(Closer::new(move || {
            // Where it cannot be reached, the next connection wakes it.
            let _woken = TcpStream::connect_timeout(&address, REACH);
        }))
    }

    fn raw_closer(raw: &TcpStream) -> io::Result<Closer> {
        let raw = raw.try_clone()?;
        Ok(Closer::new(move || {
            // The peer may have closed already.
            let _closed = raw.shutdown(Shutdown::Both);
        }))
    }

    fn prepare(
        &self,
        raw: TcpStream,
        peer: Peer,
    ) -> impl FnOnce() -> io::Result<(TcpStream, Origin)> + Send + 'static + use<> {
        move || set_up(&raw).map(|()| (raw, Origin::new(peer)))
    }
}

/// The address under which a listener on this machine is reached.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        IpAddr::V4(_) | IpAddr::V6(_) => {}
    }
    address
}
