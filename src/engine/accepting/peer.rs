//! Where a connection comes from.

use core::fmt;
use core::net::{IpAddr, Ipv6Addr, SocketAddr};

/// The other end of a connection, as the transport knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a connection comes from the network or it does not")]
pub enum Peer {
    /// An address and a port.
    Ip(IpAddr, u16),
    /// A process of this machine: a Unix socket, a pipe, a test.
    Local,
}

impl Peer {
    /// Whom this counts as: one for each IPv4 address, one for each IPv6 prefix of so many bits,
    /// within which one machine has more addresses than can be counted. `None` if it is local.
    pub(super) fn source(self, ipv6_prefix: u8) -> Option<Source> {
        let Self::Ip(address, _) = self else { return None };
        // One machine may come as 192.0.2.1 and as ::ffff:192.0.2.1.
        Some(Source(match address.to_canonical() {
            IpAddr::V6(address) => {
                let rest = 128u32.saturating_sub(ipv6_prefix.into());
                let mask = u128::MAX.checked_shl(rest).unwrap_or_default();
                IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask))
            }
            v4 => v4,
        }))
    }
}

/// What counts as one source of connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Source(IpAddr);

impl From<SocketAddr> for Peer {
    fn from(address: SocketAddr) -> Self {
        Self::Ip(address.ip(), address.port())
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Ip(address, port) => fmt::Display::fmt(&SocketAddr::new(address, port), f),
            Self::Local => f.write_str("local"),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    fn source(text: &str, prefix: u8) -> Option<Source> {
        Peer::Ip(text.parse().expect("an address"), 7).source(prefix)
    }

    #[test]
    fn each_ipv4_address_is_a_source() {
        assert_eq!(source("192.0.2.1", 64), source("192.0.2.1", 0));
        assert_ne!(source("192.0.2.1", 64), source("192.0.2.2", 64));
        assert_eq!(source("::ffff:192.0.2.1", 64), source("192.0.2.1", 64));
    }

    #[test]
    fn ipv6_addresses_of_one_prefix_are_one_source() {
        assert_eq!(source("2001:db8::1", 64), source("2001:db8::ffff:1", 64));
        assert_ne!(source("2001:db8::1", 64), source("2001:db8:0:1::1", 64));
        assert_eq!(source("2001:db8::1", 48), source("2001:db8:0:1::1", 48));
        assert_ne!(source("2001:db8::1", 128), source("2001:db8::2", 128));
        assert_eq!(source("2001:db8::1", 255), source("2001:db8::1", 128));
        assert_eq!(source("2001:db8::1", 0), source("fe80::2", 0));
    }

    #[test]
    fn peers_print_as_addresses() {
        let at =
            |text: &str| Peer::from(text.parse::<SocketAddr>().expect("an address")).to_string();
        assert_eq!(at("192.0.2.1:80"), "192.0.2.1:80");
        assert_eq!(at("[2001:db8::1]:80"), "[2001:db8::1]:80");
        assert_eq!(Peer::Local.to_string(), "local");
        assert_eq!(Peer::Local.source(64), None);
    }
}
