//! Where the connections of an acceptor come from.

use core::future::{Future, ready};
use core::task::{Context, Poll};
use std::io;

use tokio::net::{TcpListener, TcpStream};

use super::pipe::Stream;
use crate::adapters::tcp::set_up;
use crate::engine::{Origin, Peer};

/// Accepts connections, in two steps: no handshake of one holds up another.
pub trait Listener: Send + 'static {
    /// What is accepted.
    type Raw: Send + 'static;
    /// What it becomes: TCP, TLS, a Unix socket.
    type Stream: Stream;

    /// The next connection, and where it comes from. Nothing is awaited here, so that nothing can
    /// be lost.
    ///
    /// # Errors
    ///
    /// It could not be accepted; the acceptor says so, and tries again after a pause.
    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(Self::Raw, Peer)>>;

    /// Makes a connection ready for FIX: a handshake, a header of a proxy. Runs in the connection's
    /// own task, within the time that it has for its Logon.
    fn prepare(
        &self,
        raw: Self::Raw,
        peer: Peer,
    ) -> impl Future<Output = io::Result<(Self::Stream, Origin)>> + Send + use<Self>;
}

impl Listener for TcpListener {
    type Raw = TcpStream;
    type Stream = TcpStream;

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, Peer)>> {
        Self::poll_accept(self, cx).map_ok(|(stream, address)| (stream, Peer::from(address)))
    }

    fn prepare(
        &self,
        raw: TcpStream,
        peer: Peer,
    ) -> impl Future<Output = io::Result<(TcpStream, Origin)>> + Send + use<> {
        ready(set_up(&raw).map(|()| (raw, Origin::new(peer))))
    }
}
