//! Who a message is from and for (S-ID), and which application version it is of (S-FIXT).

use super::builder::ConfigBuilder;
use super::config::Config;
use super::fault::Fault;
use super::inbound::{check_sending_time, is_gap_fill};
use super::policy::ThirdParty;
use super::validation;
use crate::dictionary::{ApplVersions, Check, Violation};
use crate::wire::{Fields, Message, MsgKind, Scan, Tag, UtcTime};

impl ConfigBuilder {
    /// Whether the SubIDs and LocationIDs that this configuration has are part of the session's
    /// identity: those of the peer must be the same on each message, as its CompIDs (S-ID-05).
    /// Default no: they inform.
    pub const fn sub_ids_are_identity(mut self, are: bool) -> Self {
        self.dialect().sub_ids_are_identity = are;
        self
    }

    /// Which OnBehalfOfCompID(115) application messages may have; any other is rejected, and the
    /// session goes on (S-ID-06). Default [`ThirdParty::Any`].
    pub fn on_behalf_of_comp_ids(mut self, allowed: ThirdParty) -> Self {
        self.dialect().on_behalf_of = allowed;
        self
    }

    /// Which DeliverToCompID(128) application messages may have; any other is rejected, and the
    /// session goes on (S-ID-06). Default [`ThirdParty::Any`].
    pub fn deliver_to_comp_ids(mut self, allowed: ThirdParty) -> Self {
        self.dialect().deliver_to = allowed;
        self
    }

    /// Further codes that the peer may have in DefaultApplVerID(1137) and ApplVerID(1128), as
    /// `"7"` (S-FIXT-07). FIX 5.0 and later. Default those of the dictionaries, and
    /// [`default_appl_ver_id`](Self::default_appl_ver_id) in any case.
    pub fn accept_appl_ver_ids(mut self, codes: &[&str]) -> Self {
        self.dialect().appl_ver_ids = codes.iter().map(|&code| code.into()).collect();
        self
    }

    /// Whether a message of a version that is not accepted is rejected, and a session message that
    /// names one (S-FIXT-06, S-FIXT-07). Default yes.
    pub const fn check_appl_ver_id(mut self, check: bool) -> Self {
        self.dialect().check_appl_ver_id = check;
        self
    }
}

/// BeginString, MsgSeqNum, CompIDs, SendingTime, in this order.
///
/// The message came between `since` and `utc`.
pub(super) fn identify(
    config: &Config,
    scan: &Scan<'_>,
    since: UtcTime,
    utc: UtcTime,
) -> Result<(), Fault> {
    let message = scan.message;
    check_begin_string(config, message)?;
    let resets = message.kind() == MsgKind::SequenceReset && !is_gap_fill(message);
    if message.msg_seq_num() == 0 && !resets {
        return Err(Fault::NoMsgSeqNum);
    }
    check_comp_ids(config, scan)?;
    check_sub_ids(config, message)?;
    check_places(scan)?;
    check_sending_time(config, scan, since, utc)
}

/// SenderCompID(49) and TargetCompID(56) (S-ID-01, S-ID-09).
pub(super) fn check_comp_ids(config: &Config, scan: &Scan<'_>) -> Result<(), Fault> {
    check_comp_id(config, scan.sender, &config.target, Tag::SENDER_COMP_ID)?;
    check_comp_id(config, scan.target, &config.sender, Tag::TARGET_COMP_ID)
}

pub(super) fn check_begin_string(config: &Config, message: Message<'_>) -> Result<(), Fault> {
    let same = message.begin_string() == config.version.begin_string().as_bytes();
    if same || !config.dialect.check_begin_string { Ok(()) } else { Err(Fault::BeginString) }
}

fn check_comp_id(
    config: &Config,
    value: Option<&[u8]>,
    expected: &str,
    tag: Tag,
) -> Result<(), Fault> {
    match value {
        Some(value) if value == expected.as_bytes() => Ok(()),
        Some([]) => Err(Fault::EmptyValue(tag)),
        Some(_) if !config.dialect.check_comp_ids => Ok(()),
        Some(_) => Err(Fault::CompId(tag)),
        None => Err(Fault::RequiredTagMissing(tag)),
    }
}

/// Nothing in a body passes for a header field, whatever the message (FRM-23, 14.g).
pub(super) fn check_places(scan: &Scan<'_>) -> Result<(), Fault> {
    scan.defect.filter(|_| scan.displaced).map_or(Ok(()), |defect| Err(Fault::Field(defect)))
}

/// The ids of the peer, and ours that they must be equal to.
const SUB_IDS: [(Tag, Tag); 4] = [
    (Tag::SENDER_SUB_ID, Tag::TARGET_SUB_ID),
    (Tag::TARGET_SUB_ID, Tag::SENDER_SUB_ID),
    (Tag::SENDER_LOCATION_ID, Tag::TARGET_LOCATION_ID),
    (Tag::TARGET_LOCATION_ID, Tag::SENDER_LOCATION_ID),
];

impl Config {
    /// Whether the SubIDs and LocationIDs of a peer's header are those of this session, where they
    /// are part of its identity (S-ID-05).
    #[must_use]
    pub fn has_sub_ids_of(&self, header: Fields<'_>) -> bool {
        !self.dialect.sub_ids_are_identity || self.other_sub_id(header).is_none()
    }

    fn other_sub_id(&self, header: Fields<'_>) -> Option<Tag> {
        let template = [&self.header.before_time, &self.header.after_time, &self.header.rest];
        let own = |tag| template.iter().find_map(|encoded| encoded.fields().get(tag));
        let mut ids = SUB_IDS.into_iter();
        ids.find(|&(tag, ours)| own(ours).is_some_and(|id| header.get(tag) != Some(id)))
            .map(|(tag, _)| tag)
    }
}

pub(super) fn check_sub_ids(config: &Config, message: Message<'_>) -> Result<(), Fault> {
    if !config.dialect.sub_ids_are_identity {
        return Ok(());
    }
    config.other_sub_id(message.header()).map_or(Ok(()), |tag| Err(Fault::CompId(tag)))
}

/// What the header alone shows to be wrong with a message, apart from its session.
#[inline]
pub(super) fn header_fault(
    config: &Config,
    versions: &ApplVersions,
    message: Message<'_>,
    warning: &mut Option<Violation>,
) -> Option<Fault> {
    if !config.dialect.looks_at_headers {
        return None;
    }
    third_party_fault(config, message).or_else(|| version_fault(config, versions, message, warning))
}

/// S-ID-06: used on all application messages, or as agreed.
fn third_party_fault(config: &Config, message: Message<'_>) -> Option<Fault> {
    if message.kind() != MsgKind::Application {
        return None;
    }
    let parties = [
        (Tag::ON_BEHALF_OF_COMP_ID, &config.dialect.on_behalf_of),
        (Tag::DELIVER_TO_COMP_ID, &config.dialect.deliver_to),
    ];
    let other =
        parties.into_iter().find(|(tag, allowed)| !allowed.allows(message.header().get(*tag)));
    other.map(|(tag, _)| Fault::ThirdParty(tag))
}

impl ThirdParty {
    fn allows(&self, id: Option<&[u8]>) -> bool {
        match self {
            Self::Any => true,
            Self::Nobody => id.is_none(),
            Self::Somebody => id.is_some(),
            Self::OneOf(ids) => id.is_some_and(|id| ids.iter().any(|known| known == id)),
        }
    }
}

/// A session message has no application version, and an application message one that is served
/// (S-FIXT-06, S-FIXT-07).
fn version_fault(
    config: &Config,
    versions: &ApplVersions,
    message: Message<'_>,
    warning: &mut Option<Violation>,
) -> Option<Fault> {
    if !config.version.is_fixt() || !config.dialect.check_appl_ver_id {
        return None;
    }
    if message.is_admin() {
        return version_of_session_message(config, message, warning);
    }
    // With dictionaries, it is theirs to say.
    if config.dictionaries.is_some() {
        return None;
    }
    let (served, tag) = match message.header().get(Tag::APPL_VER_ID) {
        Some(code) => (validation::serves(config, code), Tag::APPL_VER_ID),
        None => {
            let code = versions.of(message.msg_type());
            (validation::serves_version(config, code), Tag::DEFAULT_APPL_VER_ID)
        }
    };
    let violation = Violation { check: Check::ApplVersion, tag: Some(tag) };
    (!served).then_some(Fault::Dictionary(violation))
}

/// A session message has no version. Engines that state theirs on every message say nothing wrong
/// with it, as long as it is one that is served; the session would be lost to them.
fn version_of_session_message(
    config: &Config,
    message: Message<'_>,
    warning: &mut Option<Violation>,
) -> Option<Fault> {
    let tag = validation::stated_version(message)?;
    let is_served = || {
        let header = message.header();
        header.get(Tag::CSTM_APPL_VER_ID).is_none()
            && header.get(Tag::APPL_EXT_ID).is_none()
            && header.get(tag).is_some_and(|code| validation::serves(config, code))
    };
    if tag == Tag::APPL_VER_ID && is_served() {
        *warning = Some(Violation { check: Check::TagNotInMessage, tag: Some(tag) });
        return None;
    }
    Some(Fault::VersionOfSessionMessage(tag))
}
