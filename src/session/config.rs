//! What a session is told once: identity, limits, timers, policies.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;
use core::ops::RangeInclusive;
use core::time::Duration;

use super::builder::ConfigBuilder;
use super::config_check::{lone_data, refused_logon_field};
use super::dialect::Dialect;
use super::input::Misuse;
use super::policy::{ResendPolicy, ResendRequestForm, ResetPermission, ResetPolicy, Role};
use super::version::Version;
use crate::dictionary::{ApplVersions, Dictionaries};
use crate::wire::{Fields, Leniency, Precision, SecretTags, Tag};

/// The configuration of one session. Immutable; shared by reference count.
///
/// Built by [`Config::initiator`] or [`Config::acceptor`]: what must be decided is an argument,
/// everything else has a default that the setter documents.
///
/// ```
/// use fixline::session::{Config, ResendPolicy, Version};
/// use core::time::Duration;
///
/// let config = Config::initiator(Version::Fix44, "CLIENT", "BROKER", ResendPolicy::All)
///     .heart_bt_int(Duration::from_secs(20))
///     .build()?;
/// assert_eq!(config.sender_comp_id(), "CLIENT");
/// # Ok::<(), fixline::session::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Config {
    pub(super) role: Role,
    pub(super) version: Version,
    pub(super) sender: Box<str>,
    pub(super) target: Box<str>,
    pub(super) qualifier: Box<str>,
    pub(super) resend: ResendPolicy,
    pub(super) header: HeaderTemplate,
    pub(super) heart_bt_int_secs: u32,
    pub(super) heart_bt_int_accepted: RangeInclusive<u32>,
    pub(super) test_request_percent: u32,
    pub(super) silence_percent: u32,
    pub(super) logon_timeout: Duration,
    pub(super) logout_timeout: Duration,
    pub(super) logout_recovery_timeout: Duration,
    pub(super) logout_linger: Duration,
    pub(super) error_logout_wait: Duration,
    pub(super) recovery_timeout: Option<Duration>,
    pub(super) idle_probe: Option<Duration>,
    pub(super) resend_requests_max: u8,
    pub(super) resend_request_form: ResendRequestForm,
    pub(super) sending_time_threshold: Option<Duration>,
    pub(super) precision: Precision,
    pub(super) default_appl_ver_id: Box<str>,
    pub(super) logon_fields: LogonTemplate,
    pub(super) secret_tags: SecretTags,
    /// The application versions of what we send.
    pub(super) own_versions: ApplVersions,
    pub(super) sign_logon: bool,
    pub(super) reset: ResetPolicy,
    pub(super) reset_permission: ResetPermission,
    pub(super) strict_reset: bool,
    pub(super) retransmit_rejects: bool,
    pub(super) message_len_max: usize,
    pub(super) fields_max: usize,
    pub(super) garbled_max: u32,
    pub(super) next_expected_msg_seq_num: bool,
    pub(super) last_msg_seq_num_processed: bool,
    pub(super) announce_max_message_size: bool,
    pub(super) test_message_indicator: Option<bool>,
    pub(super) require_orig_sending_time: bool,
    pub(super) reject_only_bad_orig_sending_time: bool,
    pub(super) redundant_resend_requests: bool,
    pub(super) offline_sends: bool,
    pub(super) refresh_on_logon: bool,
    pub(super) dialect: Dialect,
    pub(super) dictionaries: Option<Arc<Dictionaries>>,
    pub(super) check_composed: bool,
}

/// The header fields that every message of a session carries, encoded once, in the order of the
/// wire: ascending by tag around MsgSeqNum(34) and SendingTime(52).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct HeaderTemplate {
    /// 49 and 50, which stand between 34 (or 43) and 52.
    pub(super) before_time: Encoded,
    /// 56 and 57, which stand behind 52.
    pub(super) after_time: Encoded,
    /// All above 57: location ids.
    pub(super) rest: Encoded,
}

/// Fields as they stand on the wire, and printed as people write them, secrets left out.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Encoded(Box<[u8]>);

impl Encoded {
    pub(super) fn new(fields: Fields<'_>) -> Self {
        Self(fields.as_bytes().into())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn fields(&self) -> Fields<'_> {
        Fields::trusted(&self.0)
    }

    /// The value of a field that was text when it was encoded.
    fn text(&self, tag: Tag) -> Option<&str> {
        self.fields().get(tag).and_then(|value| str::from_utf8(value).ok())
    }
}

impl fmt::Debug for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.fields(), f)
    }
}

/// The further fields of our Logons. Any of them may be a credential, named as secret or not: only
/// their tags are printed.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct LogonTemplate(Encoded);

impl LogonTemplate {
    pub(super) fn new(fields: Fields<'_>) -> Self {
        Self(Encoded::new(fields))
    }

    pub(super) fn fields(&self) -> Fields<'_> {
        self.0.fields()
    }
}

impl fmt::Debug for LogonTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.fields().iter().map(|field| field.tag)).finish()
    }
}

impl Config {
    /// Checks further fields for a Logon of ours, as every input that brings some does.
    ///
    /// # Errors
    ///
    /// [`Misuse::LogonField`] for one that is the session's own, [`Misuse::LogonFieldsTooLong`].
    pub fn check_logon_fields(&self, logon: Fields<'_>) -> Result<(), Misuse> {
        let lone = lone_data(logon).filter(|_| !self.dialect.framing.raw_data_without_length);
        if let Some(tag) = refused_logon_field(logon).or(lone) {
            return Err(Misuse::LogonField(tag));
        }
        let len =
            self.logon_fields.fields().as_bytes().len().saturating_add(logon.as_bytes().len());
        if len > Self::LOGON_FIELDS_LEN_MAX {
            return Err(Misuse::LogonFieldsTooLong);
        }
        Ok(())
    }

    /// How many bytes the Logon fields may take together, those of the configuration and those
    /// of one attempt.
    pub const LOGON_FIELDS_LEN_MAX: usize = 1024;
    /// Room that application messages and retransmissions leave free in the send buffer, so that
    /// the session's own answers never wait for a peer that waits for us.
    pub const RESERVE: usize = 4096;

    /// Starts the configuration of the side that connects.
    pub fn initiator(
        version: Version,
        sender_comp_id: &str,
        target_comp_id: &str,
        resend: ResendPolicy,
    ) -> ConfigBuilder {
        ConfigBuilder::new(Role::Initiator, version, sender_comp_id, target_comp_id, resend)
    }

    /// Starts the configuration of the side that is connected to.
    pub fn acceptor(
        version: Version,
        sender_comp_id: &str,
        target_comp_id: &str,
        resend: ResendPolicy,
    ) -> ConfigBuilder {
        ConfigBuilder::new(Role::Acceptor, version, sender_comp_id, target_comp_id, resend)
    }

    /// Who connects.
    pub const fn role(&self) -> Role {
        self.role
    }

    /// The version of FIX.
    pub const fn version(&self) -> Version {
        self.version
    }

    /// SenderCompID(49) of what we send.
    pub fn sender_comp_id(&self) -> &str {
        &self.sender
    }

    /// TargetCompID(56) of what we send.
    pub fn target_comp_id(&self) -> &str {
        &self.target
    }

    /// SenderSubID(50) of what we send.
    #[must_use]
    pub fn sender_sub_id(&self) -> Option<&str> {
        self.header.before_time.text(Tag::SENDER_SUB_ID)
    }

    /// TargetSubID(57) of what we send.
    #[must_use]
    pub fn target_sub_id(&self) -> Option<&str> {
        self.header.after_time.text(Tag::TARGET_SUB_ID)
    }

    /// SenderLocationID(142) of what we send.
    #[must_use]
    pub fn sender_location_id(&self) -> Option<&str> {
        self.header.rest.text(Tag::SENDER_LOCATION_ID)
    }

    /// TargetLocationID(143) of what we send.
    #[must_use]
    pub fn target_location_id(&self) -> Option<&str> {
        self.header.rest.text(Tag::TARGET_LOCATION_ID)
    }

    /// What tells this session from others of the same ids, within the application only.
    #[must_use]
    pub fn session_qualifier(&self) -> Option<&str> {
        Some(&*self.qualifier).filter(|qualifier| !qualifier.is_empty())
    }

    /// Whether SubIDs and LocationIDs are part of the identity on each message (S-ID-05).
    #[must_use]
    pub const fn sub_ids_are_identity(&self) -> bool {
        self.dialect.sub_ids_are_identity
    }

    /// What is let pass when messages are framed and read.
    #[must_use]
    pub const fn leniency(&self) -> Leniency {
        self.dialect.framing
    }

    /// Whether both are for the same session: BeginString and CompIDs are equal (S-ID-01), and
    /// SubIDs and LocationIDs where these are part of the identity (S-ID-05).
    pub fn has_identity_of(&self, other: &Self) -> bool {
        self.version.begin_string() == other.version.begin_string()
            && self.sender == other.sender
            && self.target == other.target
            && !(self.dialect.sub_ids_are_identity
                && other.dialect.sub_ids_are_identity
                && self.header != other.header)
    }

    /// What is sent again when the peer asks.
    pub const fn resend_policy(&self) -> &ResendPolicy {
        &self.resend
    }

    /// The largest message that is accepted or sent, in bytes.
    pub const fn message_len_max(&self) -> usize {
        self.message_len_max
    }

    /// What messages are held to.
    pub const fn dictionaries(&self) -> Option<&Arc<Dictionaries>> {
        self.dictionaries.as_ref()
    }

    /// Which fields must not be printed: for whoever writes logs
    /// ([`SecretTags::pretty`]).
    pub const fn secret_tags(&self) -> SecretTags {
        self.secret_tags
    }

    /// Whether the driver reads the numbers from its store before each Logon.
    pub const fn refresh_on_logon(&self) -> bool {
        self.refresh_on_logon
    }

    /// The fraction digits of SendingTime(52).
    pub const fn precision(&self) -> Precision {
        self.precision
    }

    /// How many bytes the send buffer must hold at least.
    pub const fn send_buffer_min(&self) -> usize {
        self.message_len_max.saturating_add(Self::RESERVE).saturating_add(1024)
    }
}
