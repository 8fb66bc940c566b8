//! The values of options, as people write them in files.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
#[cfg(feature = "serde")]
use alloc::string::ToString as _;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use crate::session::{
    ConfigBuilder, ResendPolicy, ResendRequestForm, ResetPermission, ResetPolicy, ThirdParty,
};
use crate::wire::{Secret, SecretTags, Tag};

/// A time in seconds: a number, fractions allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a duration by another name")]
pub struct Seconds(pub Duration);

impl Seconds {
    /// So many whole seconds.
    #[must_use]
    pub const fn new(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }
}

/// How far clocks may differ: seconds, or the word `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "it is looked at or not")]
pub enum Threshold {
    /// At most so far.
    Within(Seconds),
    /// Nobody looks.
    Off,
}

impl Threshold {
    pub(super) fn duration(self) -> Option<Duration> {
        match self {
            Self::Within(seconds) => Some(seconds.0),
            Self::Off => None,
        }
    }
}

/// What is sent again when the peer asks: a [`ResendPolicy`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Resend {
    /// [`ResendPolicy::All`].
    All,
    /// [`ResendPolicy::NotOlderThan`].
    NotOlderThan(Seconds),
    /// [`ResendPolicy::Except`] these MsgTypes.
    Except(Vec<String>),
    /// [`ResendPolicy::Ask`].
    Ask,
}

impl Resend {
    pub(super) fn policy(&self) -> ResendPolicy {
        match self {
            Self::All => ResendPolicy::All,
            Self::NotOlderThan(age) => ResendPolicy::NotOlderThan(age.0),
            Self::Except(types) => {
                ResendPolicy::Except(types.iter().map(|name| name.as_bytes().into()).collect())
            }
            Self::Ask => ResendPolicy::Ask,
        }
    }
}

/// When this side resets, and whether it says so: a part of a [`ResetPolicy`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Reset {
    /// [`ResetPolicy::at_logon`].
    AtLogon,
    /// [`ResetPolicy::at_logout`].
    AtLogout,
    /// [`ResetPolicy::at_disconnect`].
    AtDisconnect,
    /// [`ResetPolicy::at_error`].
    AtError,
    /// [`ResetPolicy::unannounced`].
    Unannounced,
    /// [`ResetPolicy::announced_when_fresh`].
    AnnouncedWhenFresh,
}

pub(super) fn reset_policy(parts: &[Reset]) -> ResetPolicy {
    parts.iter().fold(ResetPolicy::NEVER, |policy, part| match part {
        Reset::AtLogon => policy.at_logon(),
        Reset::AtLogout => policy.at_logout(),
        Reset::AtDisconnect => policy.at_disconnect(),
        Reset::AtError => policy.at_error(),
        Reset::Unannounced => policy.unannounced(),
        Reset::AnnouncedWhenFresh => policy.announced_when_fresh(),
    })
}

/// Where the peer may reset: one place of a [`ResetPermission`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum PeerReset {
    /// [`ResetPermission::at_logon`].
    AtLogon,
    /// [`ResetPermission::in_session`].
    InSession,
}

pub(super) fn reset_permission(places: &[PeerReset]) -> ResetPermission {
    places.iter().fold(ResetPermission::NONE, |permission, place| match place {
        PeerReset::AtLogon => permission.at_logon(),
        PeerReset::InSession => permission.in_session(),
    })
}

/// How far a ResendRequest reaches: a [`ResendRequestForm`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum ResendForm {
    /// [`ResendRequestForm::Open`].
    Open,
    /// [`ResendRequestForm::Closed`].
    Closed,
    /// [`ResendRequestForm::Chunks`].
    Chunks(u32),
}

impl ResendForm {
    pub(super) const fn form(self) -> ResendRequestForm {
        match self {
            Self::Open => ResendRequestForm::Open,
            Self::Closed => ResendRequestForm::Closed,
            Self::Chunks(numbers) => ResendRequestForm::Chunks(numbers),
        }
    }
}

/// Whom application messages may name as a third party: a [`ThirdParty`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Party {
    /// [`ThirdParty::Any`].
    Any,
    /// [`ThirdParty::Nobody`].
    Nobody,
    /// [`ThirdParty::Somebody`].
    Somebody,
    /// [`ThirdParty::OneOf`] these ids.
    OneOf(Vec<String>),
}

impl Party {
    pub(super) fn allowed(&self) -> ThirdParty {
        match self {
            Self::Any => ThirdParty::Any,
            Self::Nobody => ThirdParty::Nobody,
            Self::Somebody => ThirdParty::Somebody,
            Self::OneOf(ids) => {
                ThirdParty::OneOf(ids.iter().map(|id| id.as_bytes().into()).collect())
            }
        }
    }
}

/// Further fields of the Logon by tag. What may be a credential is never printed, and never
/// serialized: the secrets of the standard, what is a venue's own (from tag 5000 on), and what
/// [`hide`](Self::hide) was told of.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct LogonFields {
    values: BTreeMap<Tag, Secret>,
    hidden: BTreeSet<Tag>,
}

impl LogonFields {
    /// No fields.
    #[must_use]
    pub const fn new() -> Self {
        Self { values: BTreeMap::new(), hidden: BTreeSet::new() }
    }

    /// Sets a field; returns whether it was there already.
    pub fn set(&mut self, tag: Tag, value: impl Into<Secret>) -> bool {
        self.values.insert(tag, value.into()).is_some()
    }

    /// Keeps the value of this field secret; a settings file does so with `SecretTags`, and with
    /// every value that it takes from elsewhere.
    pub fn hide(&mut self, tag: Tag) {
        self.hidden.insert(tag);
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub(super) fn add_to(&self, builder: ConfigBuilder) -> ConfigBuilder {
        let add = |builder: ConfigBuilder, (tag, value): (&Tag, &Secret)| {
            builder.logon_field(*tag, value.expose())
        };
        self.values.iter().fold(builder, add)
    }

    /// What may be shown.
    fn shown(&self) -> impl Iterator<Item = (u32, &str)> {
        let may_be_shown =
            |tag: &Tag| SecretTags::STANDARD.shows_on_logon(*tag) && !self.hidden.contains(tag);
        let shown = self.values.iter().filter(move |(tag, _)| may_be_shown(tag));
        shown.map(|(tag, value)| (tag.get(), value.expose()))
    }
}

impl fmt::Debug for LogonFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.shown()).finish_non_exhaustive()
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for LogonFields {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let values = BTreeMap::<Tag, LogonValue>::deserialize(deserializer)?;
        let values = values.into_iter().map(|(tag, LogonValue(value))| (tag, value));
        Ok(Self { values: values.collect(), hidden: BTreeSet::new() })
    }
}

/// A text, or a number that was meant as one. What it is instead is not repeated by the error: it
/// may be a password.
#[cfg(feature = "serde")]
struct LogonValue(Secret);

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for LogonValue {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor).map(Self)
    }
}

#[cfg(feature = "serde")]
struct ValueVisitor;

#[cfg(feature = "serde")]
impl serde::de::Visitor<'_> for ValueVisitor {
    type Value = Secret;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E>(self, text: &str) -> Result<Secret, E> {
        Ok(Secret::new(text))
    }

    fn visit_string<E>(self, text: String) -> Result<Secret, E> {
        Ok(Secret::new(text))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Secret, E> {
        Ok(Secret::new(number.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Secret, E> {
        Ok(Secret::new(number.to_string()))
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Secret, E> {
        Err(E::custom("the value of a Logon field must be a text"))
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<Secret, E> {
        Err(E::custom("the value of a Logon field must be a text"))
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for LogonFields {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.shown().map(|(tag, value)| (tag.to_string(), value)))
    }
}
