//! What a settings file says of one session.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;
use std::path::PathBuf;

use super::session_options::SessionOptions;
use crate::dictionary::{Check, Level, Policy};
use crate::engine::Reconnect;
#[cfg(feature = "schedule")]
use crate::schedule::Schedule;
use crate::session::Config;
use crate::wire::Secret;

/// A session as its settings file describes it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SessionSettings {
    /// The line of its `[SESSION]`.
    pub line: usize,
    /// The configuration of the session layer.
    pub config: Config,
    /// The same as plain data: change it and [`build`](SessionOptions::build) it again for what no
    /// key says.
    pub options: SessionOptions,
    /// SessionQualifier: tells initiators of the same CompIDs apart, within the application only.
    pub qualifier: Option<String>,
    /// Description: a text for people.
    pub description: Option<String>,
    /// Where the connection goes to, or comes from.
    pub network: Network,
    /// When it is open, and when its numbers begin at 1 again (feature `schedule`).
    /// [`Settings::start`](super::Settings::start) obeys it; whoever makes the connections gives it to
    /// each with [`Connection::set_hours`](crate::engine::Connection::set_hours).
    #[cfg(feature = "schedule")]
    pub schedule: Schedule,
    /// Which dictionaries it has.
    pub dictionaries: DictionarySettings,
    /// FileStorePath: the folder of a `FileStore`; nothing outlives the process without one.
    pub store: Option<PathBuf>,
    /// The keys that are the application's own, and those that have no effect here.
    pub application: ApplicationKeys,
    /// Where its keys stand: key, line.
    pub(super) places: Vec<(String, usize)>,
}

impl SessionSettings {
    /// The line in which a key stands that sets something of this session, in its own section or in
    /// `[DEFAULT]`; upper and lower case are the same.
    #[must_use]
    pub fn line_of(&self, key: &str) -> Option<usize> {
        let mut places = self.places.iter();
        let found = places.find(|(written, _)| written.eq_ignore_ascii_case(key));
        found.map(|(_, line)| *line)
    }
}

/// The values of keys that say nothing to a session: those that
/// [`SettingsReader::application_key`](super::SettingsReader::application_key) names, those that no
/// engine knows, and those of which a note says that they have no effect. They may be secrets, and
/// are not printed.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct ApplicationKeys(BTreeMap<String, Secret>);

impl ApplicationKeys {
    /// The value of a key, in upper or lower case; `None` if the session does not have it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut pairs = self.0.iter();
        pairs.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.expose())
    }

    /// The names of the keys, as the file writes them.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(super) fn insert(&mut self, name: &str, value: &str) {
        self.0.insert(name.into(), value.into());
    }
}

impl fmt::Debug for ApplicationKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// Where the connection goes to, or comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "one for each role")]
pub enum Network {
    /// An initiator's.
    Connect(Connect),
    /// An acceptor's.
    Listen(Listen),
}

/// Where an initiator connects to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Connect {
    /// At least one, as `name:port`, in the order in which they are tried.
    pub hosts: Vec<String>,
    /// The pause between two attempts.
    pub reconnect_interval: Option<Duration>,
    /// What it grows to while attempts fail; the same for ever if there is none.
    pub reconnect_longest: Option<Duration>,
    /// How long making a connection may take.
    pub timeout: Option<Duration>,
}

impl Connect {
    /// When to try again: after the `reconnect_interval` if there is one, which grows to the
    /// `reconnect_longest`, whatever ended the last connection; else as [`Reconnect`] does by itself.
    /// `seed` makes the jitter.
    #[must_use]
    pub fn reconnect(&self, seed: u64) -> Reconnect {
        let policy = Reconnect::new(self.hosts.len(), seed);
        match self.reconnect_interval {
            Some(pause) => {
                let longest = self.reconnect_longest.unwrap_or(pause).max(pause);
                let policy = policy.pauses(pause, longest).later_pauses(pause, longest);
                policy.waits(pause, longest).without_attempt_limit()
            }
            None => policy,
        }
    }
}

/// Where an acceptor is connected to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Listen {
    /// `address:port` to bind.
    pub address: String,
}

/// Which dictionaries a session has. Paths start from the folder of the settings file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct DictionarySettings {
    /// Whether messages are compared with a dictionary at all.
    pub used: bool,
    /// That of a FIX.4.x session; the crate's own for the version if there is none.
    pub session: Option<PathBuf>,
    /// That of the FIXT.1.1 session messages.
    pub transport: Option<PathBuf>,
    /// Those of the application messages over FIXT.1.1, by version as the file writes it; empty
    /// for that of DefaultApplVerID.
    pub application: BTreeMap<String, PathBuf>,
    /// What is compared.
    pub checks: Checks,
}

/// What is compared with the dictionary, or with what follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Checks {
    /// ValidateIncomingMessage: anything at all.
    pub incoming: bool,
    /// ValidateUserDefinedFields: user-defined fields are known.
    pub user_defined_fields: bool,
    /// ValidateUnorderedGroupFields: the fields of group entries in their order.
    pub unordered_group_fields: bool,
    /// AllowUnknownMsgFields: known fields may stand in any message.
    pub unknown_fields_allowed: bool,
    /// AllowUnknownEnumValues: fields may have values that the dictionary does not list.
    pub unknown_values_allowed: bool,
    /// Numbers from 100 on pass in enumerations of numbers, where FIX leaves them to agreements.
    pub user_defined_values: bool,
    /// ValidateFieldsHaveValues, turned round: tags may stand without values.
    pub empty_values_allowed: bool,
    /// ValidateFieldsOutOfOrder, turned round: fields of header, body and trailer may be mixed.
    pub out_of_order_allowed: bool,
    /// ValidateLooseFormats: values have the form of their type to the letter, so that `GBp` is no
    /// currency.
    pub loose_formats: bool,
    /// RejectInvalidMessage: what is wrong is rejected, not only reported.
    pub invalid_rejected: bool,
}

impl Checks {
    /// How strictly messages are held to the dictionary.
    #[must_use]
    pub fn policy(self) -> Policy {
        if !self.incoming {
            return Check::ALL.into_iter().fold(Policy::STRICT, |all, it| all.with(it, Level::Off));
        }
        let off = [
            (!self.user_defined_fields, Check::UserDefinedTag),
            (!self.unordered_group_fields, Check::GroupOrder),
            (self.unknown_fields_allowed, Check::UnknownTag),
            (self.unknown_fields_allowed, Check::TagNotInMessage),
            (self.unknown_values_allowed, Check::IncorrectValue),
            (self.empty_values_allowed, Check::EmptyValue),
            (self.out_of_order_allowed, Check::OutOfOrder),
            (!self.loose_formats, Check::LooseFormat),
        ];
        let on = if self.invalid_rejected { Policy::STRICT } else { Policy::WARN };
        let on = on.user_defined_values(self.user_defined_values);
        let off = off.into_iter().filter(|(is_off, _)| *is_off);
        off.fold(on, |policy, (_, check)| policy.with(check, Level::Off))
    }
}

impl Default for DictionarySettings {
    fn default() -> Self {
        Self {
            used: true,
            session: None,
            transport: None,
            application: BTreeMap::new(),
            checks: Checks {
                incoming: true,
                user_defined_fields: true,
                unordered_group_fields: true,
                unknown_fields_allowed: false,
                unknown_values_allowed: false,
                empty_values_allowed: false,
                out_of_order_allowed: false,
                user_defined_values: false,
                loose_formats: false,
                invalid_rejected: true,
            },
        }
    }
}

/// `FIX.4.4 CLIENT -> BROKER, connects to fix.example.com:5001`.
impl fmt::Display for SessionSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { config, .. } = self;
        let (sender, target) = (config.sender_comp_id(), config.target_comp_id());
        write!(f, "{} {sender} -> {target}", config.version())?;
        if let Some(qualifier) = &self.qualifier {
            write!(f, " ({qualifier})")?;
        }
        match &self.network {
            Network::Connect(connect) => {
                f.write_str(", connects to ")?;
                for (index, host) in connect.hosts.iter().enumerate() {
                    let or = if index == 0 { "" } else { " or " };
                    write!(f, "{or}{host}")?;
                }
                Ok(())
            }
            Network::Listen(listen) => write!(f, ", listens on {}", listen.address),
        }
    }
}
