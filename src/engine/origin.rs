//! Who is at the other end of a transport.

use alloc::sync::Arc;

use super::accepting::Peer;

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
