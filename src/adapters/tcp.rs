//! Where an initiator finds its counterparty over TCP.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

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
