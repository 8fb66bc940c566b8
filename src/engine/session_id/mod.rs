//! Who a session is: one name for configurations, acceptors, stores, settings and logs.

mod file_name;
mod sha256;
mod written;

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;

use crate::session::Config;

/// What tells one session from all others (S-ID-01, S-ID-05).
///
/// BeginString(8), the CompIDs of both sides, the SubIDs and LocationIDs that are configured, and a
/// qualifier where all of these are the same. The application version of FIX.5.0 and later is no
/// part of it: those sessions are all `FIXT.1.1`.
///
/// Cheap to clone. Printed as `FIX.4.4:BROKER/DESK->CLIENT`, our side first; see
/// [`parse`](Self::parse).
///
/// ```
/// use fixline::engine::SessionId;
/// use fixline::session::{Config, ResendPolicy, Version};
///
/// let config = Config::acceptor(Version::Fix50Sp2, "BROKER", "CLIENT", ResendPolicy::All)
///     .sender_sub_id("DESK")
///     .build()?;
/// let id = SessionId::of(&config);
/// assert_eq!(id.to_string(), "FIXT.1.1:BROKER/DESK->CLIENT");
/// assert_eq!(SessionId::parse("FIXT.1.1:BROKER/DESK->CLIENT"), Some(id.clone()));
/// assert_eq!(id.file_name(), "FIXT.1.1-BROKER+DESK-CLIENT");
/// # Ok::<(), fixline::session::ConfigError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(Arc<Parts>);

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Parts {
    begin_string: Box<str>,
    us: Party,
    peer: Party,
    qualifier: Option<Box<str>>,
}

/// One side of a session: its CompID, and its SubID and LocationID where these are configured.
///
/// An empty SubID or LocationID is one that is not there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Party {
    comp_id: Box<str>,
    sub_id: Option<Box<str>>,
    location_id: Option<Box<str>>,
}

impl Party {
    /// A side that has a CompID only.
    #[must_use]
    pub fn new(comp_id: &str) -> Self {
        Self { comp_id: comp_id.into(), sub_id: None, location_id: None }
    }

    /// The same side with this SubID; none if it is empty.
    #[must_use]
    pub fn with_sub_id(mut self, id: &str) -> Self {
        self.sub_id = unless_empty(id);
        self
    }

    /// The same side with this LocationID; none if it is empty.
    #[must_use]
    pub fn with_location_id(mut self, id: &str) -> Self {
        self.location_id = unless_empty(id);
        self
    }

    /// SenderCompID(49) of what this side sends.
    #[must_use]
    pub fn comp_id(&self) -> &str {
        &self.comp_id
    }

    /// SenderSubID(50) of what this side sends.
    #[must_use]
    pub fn sub_id(&self) -> Option<&str> {
        self.sub_id.as_deref()
    }

    /// SenderLocationID(142) of what this side sends.
    #[must_use]
    pub fn location_id(&self) -> Option<&str> {
        self.location_id.as_deref()
    }
}

impl SessionId {
    /// The session of a configuration.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        let us = Party::new(config.sender_comp_id())
            .with_sub_id(config.sender_sub_id().unwrap_or_default())
            .with_location_id(config.sender_location_id().unwrap_or_default());
        let peer = Party::new(config.target_comp_id())
            .with_sub_id(config.target_sub_id().unwrap_or_default())
            .with_location_id(config.target_location_id().unwrap_or_default());
        let id = Self::new(config.version().begin_string(), us, peer);
        match config.session_qualifier() {
            Some(qualifier) => id.with_qualifier(qualifier),
            None => id,
        }
    }

    /// The session between two sides.
    #[must_use]
    pub fn new(begin_string: &str, us: Party, peer: Party) -> Self {
        Self(Arc::new(Parts { begin_string: begin_string.into(), us, peer, qualifier: None }))
    }

    /// The same session with another qualifier; none if it is empty.
    #[must_use]
    pub fn with_qualifier(&self, qualifier: &str) -> Self {
        let qualifier = unless_empty(qualifier);
        if self.0.qualifier == qualifier {
            return self.clone();
        }
        Self(Arc::new(Parts { qualifier, ..Parts::clone(&self.0) }))
    }

    /// BeginString(8).
    #[must_use]
    pub fn begin_string(&self) -> &str {
        &self.0.begin_string
    }

    /// Our side.
    #[must_use]
    pub fn us(&self) -> &Party {
        &self.0.us
    }

    /// The counterparty.
    #[must_use]
    pub fn peer(&self) -> &Party {
        &self.0.peer
    }

    /// What tells this session from others of the same ids, within the application only.
    #[must_use]
    pub fn qualifier(&self) -> Option<&str> {
        self.0.qualifier.as_deref()
    }

    /// The session that this text names: what [`Display`](core::fmt::Display) prints.
    ///
    /// `BEGIN:US->PEER`, then `:QUALIFIER` if there is one. A side is `COMP`, `COMP/SUB` or
    /// `COMP/SUB/LOCATION`, where a SubID that is not there is empty. `%XX` stands for any byte;
    /// printed so are `%`, `/`, `:`, `>`, blanks and all that is not ASCII. `None` if the text
    /// does not have this form or is not UTF-8 once decoded.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        written::parse(text)
    }

    /// A name for files of this session, without folder and extension.
    ///
    /// Two sessions never have names that differ in case only, or not at all, so that they have
    /// files of their own on any file system. At most 120 bytes of ASCII letters, digits and
    /// `.-_+=%~`; never hidden, never a device of Windows. Where the ids are too long for that, the
    /// name ends with their SHA-256 sum.
    ///
    /// ```
    /// use fixline::engine::SessionId;
    ///
    /// let name = |text| SessionId::parse(text).unwrap().file_name();
    /// assert_eq!(name("FIX.4.4:BROKER->CLIENT"), "FIX.4.4-BROKER-CLIENT");
    /// assert_eq!(name("FIX.4.4:BROKER->Client"), "FIX.4.4-BROKER-Client=003e");
    /// ```
    #[must_use]
    pub fn file_name(&self) -> String {
        file_name::of(self)
    }
}

fn unless_empty(id: &str) -> Option<Box<str>> {
    (!id.is_empty()).then(|| id.into())
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;
    use alloc::vec::Vec;

    use super::*;
    use crate::session::{ConfigBuilder, ResendPolicy, Version};

    fn builder(version: Version) -> ConfigBuilder {
        Config::acceptor(version, "US", "PEER", ResendPolicy::All)
    }

    fn id(builder: ConfigBuilder) -> SessionId {
        SessionId::of(&builder.build().expect("valid"))
    }

    #[test]
    fn each_id_of_a_configuration_is_in_its_place() {
        let all = id(builder(Version::Fix44)
            .sender_sub_id("US2")
            .sender_location_id("US3")
            .target_sub_id("PEER2")
            .target_location_id("PEER3")
            .session_qualifier("Q"));
        assert_eq!(all.begin_string(), "FIX.4.4");
        assert_eq!(all.us().comp_id(), "US");
        assert_eq!(all.us().sub_id(), Some("US2"));
        assert_eq!(all.us().location_id(), Some("US3"));
        assert_eq!(all.peer().comp_id(), "PEER");
        assert_eq!(all.peer().sub_id(), Some("PEER2"));
        assert_eq!(all.peer().location_id(), Some("PEER3"));
        assert_eq!(all.qualifier(), Some("Q"));
        assert_eq!(all.to_string(), "FIX.4.4:US/US2/US3->PEER/PEER2/PEER3:Q");
    }

    // EDGE-06: before, names were made of BeginString and CompIDs alone.
    #[test]
    fn edge_06_whatever_differs_makes_another_session() {
        let base = || builder(Version::Fix44);
        let all: Vec<SessionId> = [
            base(),
            builder(Version::Fix42),
            Config::acceptor(Version::Fix44, "PEER", "US", ResendPolicy::All),
            base().sender_sub_id("X"),
            base().target_sub_id("X"),
            base().sender_location_id("X"),
            base().target_location_id("X"),
            base().session_qualifier("X"),
        ]
        .into_iter()
        .map(id)
        .collect();
        for (at, one) in all.iter().enumerate() {
            for other in &all[at + 1..] {
                assert_ne!(one, other);
                assert_ne!(one.file_name(), other.file_name());
            }
        }
    }

    #[test]
    fn what_is_no_identity_makes_no_other_session() {
        assert_eq!(id(builder(Version::Fix50)), id(builder(Version::Fix50Sp2)));
        let initiator = Config::initiator(Version::Fix44, "US", "PEER", ResendPolicy::All);
        assert_eq!(
            id(initiator.heart_bt_int(core::time::Duration::from_secs(7))),
            id(builder(Version::Fix44))
        );
        let empty = builder(Version::Fix44).sender_sub_id("").session_qualifier("");
        assert_eq!(id(empty), id(builder(Version::Fix44)));
    }

    #[test]
    fn a_qualifier_comes_and_goes() {
        let plain = id(builder(Version::Fix44));
        let qualified = plain.with_qualifier("Q");
        assert_ne!(plain, qualified);
        assert_eq!(qualified.qualifier(), Some("Q"));
        assert_eq!(qualified.with_qualifier("Q"), qualified);
        assert_eq!(qualified.with_qualifier(""), plain);
        assert_eq!(plain.qualifier(), None);
    }
}
