//! Why a connection was closed before it had a session.

use alloc::sync::Arc;
use core::fmt;

use crate::wire::Garbled;

/// Why a connection is closed without a byte and without a session (S-LOGON-19, INV-13).
///
/// Each of them is reported with the address that the connection came from and, if it got as far,
/// with the session that it claimed to be.
#[derive(Clone, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum TurnedAway {
    /// Too many connections had not said who they are, and it was the oldest of them.
    #[error("made room for a newer connection")]
    MadeRoom,
    /// No complete Logon in time (S-LOGON-26).
    #[error("no Logon in time")]
    Late,
    /// The peer closed before its Logon was complete, as health checks do.
    #[error("closed before its Logon was complete")]
    Closed,
    /// The transport failed before the Logon was complete.
    #[error("the connection failed before its Logon was complete: {0}")]
    Failed(Arc<str>),
    /// What comes before FIX failed, such as a TLS handshake.
    #[error("not ready for FIX: {0}")]
    NotPrepared(Arc<str>),
    /// The first bytes do not begin a message.
    #[error("{0}")]
    NotFix(Protocol),
    /// The first message cannot be trusted (S-LOGON-25).
    #[error("the first message is garbled: {0}")]
    Garbled(Garbled),
    /// The first message is longer than
    /// [`first_message_max`](super::AdmissionOptions::first_message_max).
    #[error("the first message is longer than accepted")]
    TooLong,
    /// The first message is not a Logon (S-LOGON-23).
    #[error("the first message is not a Logon")]
    NotLogon,
    /// The Logon does not name both sides.
    #[error("the Logon does not say who it is from and for")]
    Nameless,
    /// No session is the one that the Logon is for (S-LOGON-19).
    #[error("there is no such session")]
    Unknown,
    /// The session is disabled.
    #[error("the session is disabled")]
    Disabled,
    /// The store of the session is being loaded.
    #[error("the session is being loaded")]
    Loading,
    /// The store of the session cannot be loaded.
    #[error("the store of the session failed")]
    StoreFailed,
    /// The session has a connection (S-LOGON-22).
    #[error("the session has a connection")]
    Busy,
    /// The session has a connection, and another one waits for it already.
    #[error("the session has a connection, and another one waits for it")]
    AnotherWaits,
    /// The session's connection proved to be alive while this one waited for it.
    #[error("the session's connection proved to be alive")]
    OldAlive,
    /// Nobody drives the session's connection, so that it can neither prove itself nor be closed.
    #[error("the session has a connection that nobody drives")]
    OldNotDriven,
    /// The session's connection does not read because its application is behind, which proves
    /// nothing about the peer.
    #[error("the session has a connection whose application is behind")]
    OldBehind,
    /// The template has made as many sessions as it may.
    #[error("no further session may be made")]
    TooManySessions,
    /// Logons of this address, or for this session, failed too often.
    #[error("too many failed Logons")]
    Throttled,
    /// No thread for it.
    #[error("no thread: {0}")]
    NoThread(Arc<str>),
    /// The acceptor shuts down.
    #[error("shutting down")]
    ShuttingDown,
}

/// What the first bytes of a connection look like when they are no FIX.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protocol {
    /// A request of HTTP.
    Http,
    /// The hello of TLS.
    Tls,
    /// A PROXY header, of version 1 or 2.
    Proxy,
    /// The greeting of SSH.
    Ssh,
    /// None of these.
    Unknown,
}

/// How the first bytes of what is no FIX begin.
const BEGINNINGS: [(&[u8], Protocol); 14] = [
    (b"GET ", Protocol::Http),
    (b"HEAD ", Protocol::Http),
    (b"POST ", Protocol::Http),
    (b"PUT ", Protocol::Http),
    (b"DELETE ", Protocol::Http),
    (b"OPTIONS ", Protocol::Http),
    (b"CONNECT ", Protocol::Http),
    (b"TRACE ", Protocol::Http),
    (b"PATCH ", Protocol::Http),
    (b"PRI * HTTP/2", Protocol::Http),
    (b"\x16\x03", Protocol::Tls),
    (b"PROXY ", Protocol::Proxy),
    (b"\r\n\r\n\0\r\nQUIT\n", Protocol::Proxy),
    (b"SSH-", Protocol::Ssh),
];

impl Protocol {
    /// What bytes that do not begin a message begin; `None` if a few more may tell.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let known = BEGINNINGS.iter().find(|(beginning, _)| bytes.starts_with(beginning));
        match known {
            Some((_, protocol)) => Some(*protocol),
            None if BEGINNINGS.iter().any(|(beginning, _)| beginning.starts_with(bytes)) => None,
            None => Some(Self::Unknown),
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "the first bytes are an HTTP request, not FIX",
            Self::Tls => "the first bytes are a TLS hello: the peer encrypts, this port does not",
            Self::Proxy => "the first bytes are a PROXY header, which this port does not read",
            Self::Ssh => "the first bytes are the greeting of SSH, not FIX",
            Self::Unknown => "the first bytes do not begin a FIX message",
        })
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    // EDGE-14: before, all of these were closed without a word.
    #[test]
    fn edge_14_other_protocols_are_recognised() {
        let cases: [(&[u8], Protocol); 12] = [
            (b"GET / HTTP/1.1\r\n", Protocol::Http),
            (b"OPTIONS * HTTP/1.1\r\n", Protocol::Http),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Protocol::Http),
            (b"\x16\x03\x01\x02\0\x01", Protocol::Tls),
            (b"\x16\x03\x03", Protocol::Tls),
            (b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n8=FIX.4.4", Protocol::Proxy),
            (b"\r\n\r\n\0\r\nQUIT\n\x21\x11", Protocol::Proxy),
            (b"SSH-2.0-OpenSSH_9.2\r\n", Protocol::Ssh),
            (b"hello", Protocol::Unknown),
            (b"\x16\x04", Protocol::Unknown),
            (b"GETTING", Protocol::Unknown),
            (b"\r\n\r\n8=FIX.4.4", Protocol::Unknown),
        ];
        for (bytes, protocol) in cases {
            assert_eq!(Protocol::of(bytes), Some(protocol), "{}", bytes.escape_ascii());
        }
    }

    // EDGE-14
    #[test]
    fn edge_14_each_protocol_is_named() {
        for (protocol, name) in [
            (Protocol::Http, "HTTP"),
            (Protocol::Tls, "TLS"),
            (Protocol::Proxy, "PROXY"),
            (Protocol::Ssh, "SSH"),
            (Protocol::Unknown, "do not begin a FIX message"),
        ] {
            let told = TurnedAway::NotFix(protocol).to_string();
            assert!(told.contains(name), "{told}");
        }
    }

    #[test]
    fn a_few_bytes_may_become_anything() {
        for (beginning, protocol) in BEGINNINGS {
            for len in 0..beginning.len() {
                let found = Protocol::of(&beginning[..len]);
                assert_eq!(found, None, "{} {len}", beginning.escape_ascii());
            }
            assert_eq!(Protocol::of(beginning), Some(protocol));
        }
    }
}
