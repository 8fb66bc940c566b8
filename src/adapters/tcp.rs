//! TCP: where an initiator finds its counterparty, and how both sides set their sockets.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;
use std::io;

use socket2::{SockRef, TcpKeepalive};

/// After how long a silence the system asks whether the other end is there.
const KEEPALIVE_AFTER: Duration = Duration::from_secs(60);

/// How often it asks again before it gives up; some ten times.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);

/// Sets a socket as trading wants it: nothing waits to be sent with something else, and a peer whose
/// machine is gone is noticed where no heartbeat would tell.
pub(super) fn set_up<'s, T>(stream: &'s T) -> io::Result<()>
where
    SockRef<'s>: From<&'s T>,
{
    let socket = SockRef::from(stream);
    socket.set_tcp_nodelay(true)?;
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE_AFTER);
    socket.set_tcp_keepalive(&keepalive.with_interval(KEEPALIVE_INTERVAL))
}

/// Connects over TCP, for both adapters.
#[derive(Clone, Debug)]
pub struct TcpConnector {
    pub(super) hosts: Vec<Arc<str>>,
    pub(super) timeout: Duration,
}

impl TcpConnector {
    /// Connects to one host, as `name:port`.
    #[must_use]
    pub fn new(host: impl Into<String>) -> Self {
        Self { hosts: alloc::vec![host.into().into()], timeout: Duration::from_secs(10) }
    }

    /// A further host, tried when those before it fail.
    #[must_use]
    pub fn or(mut self, host: impl Into<String>) -> Self {
        self.hosts.push(host.into().into());
        self
    }

    /// How long making a connection may take. Default 10 s.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}
