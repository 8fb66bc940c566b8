//! Who is at the other end of a transport.

use alloc::sync::Arc;
use core::fmt;
use core::net::SocketAddr;

/// Where a connection comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a peer has an address of the network or none")]
pub enum Peer {
    /// Over TCP.
    Ip(SocketAddr),
    /// From this machine, without an address: a Unix socket, a pipe, a test.
    Local,
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(address) => write!(f, "{address}"),
            Self::Local => f.write_str("this machine"),
        }
    }
}

/// Who is at the other end, as far as the transport knows.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a transport of one's own makes it")]
pub struct Origin {
    /// Its address.
    pub peer: Peer,
    /// Its certificate in DER, where the transport asked for one and verified it.
    pub certificate: Option<Arc<[u8]>>,
}

impl Origin {
    /// A peer without a certificate.
    #[must_use]
    pub const fn new(peer: Peer) -> Self {
        Self { peer, certificate: None }
    }
}
