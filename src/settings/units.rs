//! The values of options, as people write them in files.

use alloc::collections::BTreeMap;
use alloc::string::String;
#[cfg(feature = "serde")]
use alloc::string::ToString as _;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use crate::session::{
    ConfigBuilder, ResendPolicy, ResendRequestForm, ResetPermission, ResetPolicy, ThirdParty,
};
use crate::wire::Tag;

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

/// Further fields of the Logon by tag. Secrets are never printed, and never serialized.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct LogonFields(BTreeMap<Tag, String>);

impl LogonFields {
    /// No fields.
    #[must_use]
    pub const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// Sets a field; returns whether it was there already.
    pub fn set(&mut self, tag: Tag, value: impl Into<String>) -> bool {
        self.0.insert(tag, value.into()).is_some()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add_to(&self, builder: ConfigBuilder) -> ConfigBuilder {
        self.0.iter().fold(builder, |builder, (tag, value)| builder.logon_field(*tag, value))
    }

    /// What may be shown.
    fn shown(&self) -> impl Iterator<Item = (u32, &String)> {
        let shown = self.0.iter().filter(|(tag, _)| !tag.is_secret(b"A"));
        shown.map(|(tag, value)| (tag.get(), value))
    }
}

impl fmt::Debug for LogonFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.shown()).finish_non_exhaustive()
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for LogonFields {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.shown().map(|(tag, value)| (tag.to_string(), value)))
    }
}
