//! What settings files ask for and this crate does not do.

/// Something that a settings file may ask for and this crate does not do. A file that asks for it is
/// refused, unless [`SettingsReader::ignore`](super::SettingsReader::ignore) says that the
/// application sees to it itself, or can do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Feature {
    /// StartTime, EndTime, days, and resets at a time of the day: without the feature `schedule`
    /// sessions are always up.
    Hours,
    /// TLS: connections are plain TCP.
    Tls,
    /// ProxyType and the like: connections are made and taken directly.
    Proxy,
    /// Sessions that do not stand in the file, or are made later.
    Dynamic,
    /// AllowedRemoteAddresses: connections are taken from everywhere.
    Addresses,
}

impl Feature {
    /// Every one of them.
    pub const ALL: [Self; 5] =
        [Self::Hours, Self::Tls, Self::Proxy, Self::Dynamic, Self::Addresses];

    /// The name that `fixline check --ignore` takes: `hours`, `tls`, `proxy`, `dynamic`, `addresses`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hours => "hours",
            Self::Tls => "tls",
            Self::Proxy => "proxy",
            Self::Dynamic => "dynamic",
            Self::Addresses => "addresses",
        }
    }

    /// What happens in place of it.
    pub(super) const fn instead(self) -> &'static str {
        match self {
            Self::Hours => "a session is up all the time, and resets at no time of the day",
            Self::Tls => "connections are plain TCP",
            Self::Proxy => "connections are made and taken directly",
            Self::Dynamic => "each session stands in the file, and is there from the start",
            Self::Addresses => "connections are taken from any address",
        }
    }

    /// What does it today.
    pub(super) const fn nearest(self) -> &'static str {
        match self {
            Self::Hours => "fixline's feature `schedule`, with which it is",
            Self::Tls => "a Connector or Listener of your own that speaks TLS, or stunnel",
            Self::Proxy => "a Connector or Listener of your own that goes through the proxy",
            Self::Dynamic => {
                "Lobby, which shows who asks, and Connection::open for whom you let in"
            }
            Self::Addresses => "a Listener of your own that looks at them, or the firewall",
        }
    }

    /// Whether it is to come; else it is left to the application.
    pub(super) const fn is_to_come(self) -> bool {
        matches!(self, Self::Tls)
    }
}
