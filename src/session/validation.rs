//! Holding messages to dictionaries: settings, and the check itself.

use alloc::sync::Arc;

use super::Session;
use super::builder::ConfigBuilder;
use super::config::Config;
use super::config_check::ConfigError;
use super::fault::Fault;
use super::logon_facts::may_lack;
use super::state::State;
use crate::dictionary::{ApplVerId, ApplVersions, Check, Dictionaries, Level, Violation};
use crate::wire::{Body, Digits, Fields, Leniency, Message, MsgKind, PutField as _, Tag};

impl ConfigBuilder {
    /// What messages of the peer are held to: those in sequence, and its Logons, of which a wrong
    /// one ends the session and resets nothing (S-LOGON-20). A Logout or a Reject is taken as it is
    /// (S-VAL-09). Before the numbers are looked at with
    /// [`fields_before_sequence`](Self::fields_before_sequence) (S-VAL-36). Default nothing beyond
    /// what every session message must have.
    pub fn dictionaries(mut self, dictionaries: impl Into<Arc<Dictionaries>>) -> Self {
        self.config_mut().dictionaries = Some(dictionaries.into());
        self
    }

    /// Whether what the application composes is held to the dictionaries as well, and refused with
    /// [`SendError::Dictionary`](super::SendError::Dictionary) before it is numbered. Default no.
    pub const fn check_composed(mut self, check: bool) -> Self {
        self.config_mut().check_composed = check;
        self
    }
}

/// The dictionaries of a configuration can serve its version.
pub(super) fn check_dictionaries(config: &Config) -> Result<(), ConfigError> {
    let Some(dictionaries) = &config.dictionaries else {
        return if config.check_composed { Err(ConfigError::CheckComposed) } else { Ok(()) };
    };
    if !dictionaries.session().has_header() {
        return Err(ConfigError::NoHeader);
    }
    let served = dictionaries.of(default_version(config)).is_some();
    if config.version.is_fixt() && !served {
        return Err(ConfigError::NoApplicationDictionary);
    }
    if !config.version.is_fixt() && dictionaries.has_applications() {
        return Err(ConfigError::ApplicationDictionaries);
    }
    Ok(())
}

/// DefaultApplVerID(1137) of what we send.
fn default_version(config: &Config) -> ApplVerId {
    ApplVerId::parse(config.default_appl_ver_id.as_bytes()).unwrap_or_default()
}

/// The versions of what we send, as our Logon says (S-FIXT-05).
pub(super) fn own_versions(config: &Config) -> ApplVersions {
    ApplVersions::of_logon(default_version(config), config.logon_fields.fields())
}

/// What the scan lets pass, since the dictionaries have the same check, and it is not to reject:
/// they warn of it or leave it.
pub(super) fn leave_to(dictionaries: &Dictionaries, framing: &mut Leniency) {
    let leaves = |check| dictionaries.level(check) != Level::Reject;
    framing.empty_values |= leaves(Check::EmptyValue);
    framing.repeated |= leaves(Check::Repeated);
    framing.misplaced |= leaves(Check::OutOfOrder);
}

/// Whether the peer may send messages of this version by default (S-FIXT-05, S-FIXT-07).
pub(super) fn serves(config: &Config, code: &[u8]) -> bool {
    let known = || config.dictionaries.as_ref().zip(ApplVerId::parse(code));
    code == config.default_appl_ver_id.as_bytes()
        || config.dialect.appl_ver_ids.iter().any(|accepted| accepted.as_bytes() == code)
        || known().is_some_and(|(dictionaries, version)| dictionaries.of(version).is_some())
}

/// As [`serves`], for what the peer's Logon says of its messages.
pub(super) fn serves_version(config: &Config, version: ApplVerId) -> bool {
    serves(config, Digits::new(version.code().into()).as_bytes())
}

/// What the peer's Logon says about the versions of its messages, where that matters.
pub(super) fn versions_of_logon(config: &Config, logon: Message<'_>) -> ApplVersions {
    let stated = logon.get(Tag::DEFAULT_APPL_VER_ID).and_then(ApplVerId::parse);
    let default = stated.unwrap_or_else(|| default_version(config));
    if config.version.is_fixt() {
        ApplVersions::of_logon(default, logon.fields())
    } else {
        ApplVersions::new(default)
    }
}

/// Holds a message of the peer to the dictionaries; `Ok` may have something to warn of.
#[inline]
pub(super) fn check(
    config: &Config,
    versions: &ApplVersions,
    message: Message<'_>,
) -> Result<Option<Violation>, Fault> {
    match &config.dictionaries {
        None => Ok(None),
        Some(dictionaries) => dictionaries.validate(message, versions).map_err(Fault::Dictionary),
    }
}

/// What venues put into Logons of versions that do not have it: tolerated (S-LOGON-12).
const TOLERATED_IN_LOGONS: [Tag; 4] =
    [Tag::USERNAME, Tag::PASSWORD, Tag::TEXT, Tag::NEXT_EXPECTED_MSG_SEQ_NUM];

/// As [`check`], for a Logon: no application version has a say in it (S-FIXT-09).
pub(super) fn check_logon(config: &Config, logon: Message<'_>) -> Result<Option<Violation>, Fault> {
    let versions = ApplVersions::default();
    let checked = check(config, &versions, logon);
    let (Some(dictionaries), Err(Fault::Dictionary(violation))) = (&config.dictionaries, checked)
    else {
        return checked;
    };
    let is_foreign = matches!(violation.check, Check::UnknownTag | Check::TagNotInMessage);
    let is_missing = violation.check == Check::RequiredTagMissing;
    let passes = violation.tag.is_some_and(|tag| {
        (is_foreign && TOLERATED_IN_LOGONS.contains(&tag)) || (is_missing && may_lack(config, tag))
    });
    if !passes {
        return checked;
    }
    // The first thing that is wrong passes; look whether that is all.
    let rest = as_agreed(config, logon);
    let rest = rest.as_fields().unwrap_or(Fields::EMPTY);
    match dictionaries.validate_fields(logon.msg_type(), rest, &versions) {
        Ok(_) => Ok(Some(violation)),
        Err(violation) => Err(Fault::Dictionary(violation)),
    }
}

/// The fields of a Logon behind its MsgType(35), without those that are tolerated, and with those
/// that may be left out.
fn as_agreed(config: &Config, logon: Message<'_>) -> Body {
    let mut agreed = Body::new();
    let mut lacking = [(Tag::ENCRYPT_METHOD, 0), (Tag::HEART_BT_INT, config.heart_bt_int_secs)]
        .into_iter()
        .filter(|&(tag, _)| logon.get(tag).is_none() && may_lack(config, tag));
    for field in logon.behind_msg_type() {
        if !field.tag.is_header() {
            put_all(&mut agreed, &mut lacking);
        }
        if !TOLERATED_IN_LOGONS.contains(&field.tag) {
            agreed.field(field);
        }
    }
    put_all(&mut agreed, &mut lacking);
    agreed
}

fn put_all(body: &mut Body, fields: &mut dyn Iterator<Item = (Tag, u32)>) {
    for (tag, value) in fields {
        body.uint(tag, value.into());
    }
}

/// Holds what the application composed to the dictionaries, where that is wanted.
#[inline]
pub(super) fn check_composed(
    config: &Config,
    msg_type: &[u8],
    fields: Fields<'_>,
) -> Result<(), Violation> {
    match &config.dictionaries {
        Some(dictionaries) if config.check_composed => {
            dictionaries.validate_fields(msg_type, fields, &config.own_versions).map(|_| ())
        }
        Some(_) | None => Ok(()),
    }
}

impl Session {
    /// The application version of a message of the peer: what it says itself, or what the peer's
    /// Logon says of its type, or of all (S-FIXT-04, S-FIXT-05). `None` before FIX 5.0, of a session
    /// message (S-FIXT-09), and for a code that is no number.
    #[must_use]
    pub fn appl_ver_id(&self, message: Message<'_>) -> Option<ApplVerId> {
        if !self.config.version.is_fixt() || message.is_admin() {
            return None;
        }
        match message.header().get(Tag::APPL_VER_ID) {
            Some(code) => ApplVerId::parse(code),
            None => Some(self.state.peer_versions.of(message.msg_type())),
        }
    }
}

/// The field by which a message says itself which version it is of (S-FIXT-06).
pub(super) fn stated_version(message: Message<'_>) -> Option<Tag> {
    let tags = [Tag::APPL_VER_ID, Tag::CSTM_APPL_VER_ID, Tag::APPL_EXT_ID];
    tags.into_iter().find(|&tag| message.header().get(tag).is_some())
}

/// What RefApplVerID(1130) of a Reject says where the message does not: the version in force
/// (S-VAL-07).
pub(super) fn unstated_version(
    config: &Config,
    versions: &ApplVersions,
    to: Message<'_>,
) -> Option<ApplVerId> {
    let wanted = config.version.is_fixt()
        && config.dialect.ref_appl_ver_id
        && to.kind() == MsgKind::Application;
    (wanted && stated_version(to).is_none()).then(|| versions.of(to.msg_type()))
}

impl State {
    /// The versions of the peer's messages, as its Logon says.
    pub(super) fn learn_versions(&mut self, config: &Config, logon: Message<'_>) {
        self.peer_versions = versions_of_logon(config, logon);
    }
}
