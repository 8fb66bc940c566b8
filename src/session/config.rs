//! What a session is told once: identity, limits, timers, policies.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::ops::RangeInclusive;
use core::time::Duration;

use super::version::Version;
use crate::wire::{Body, FieldError, Fields, Precision, PutField, Tag};

/// Who opens the transport connection and sends the first Logon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "FIX knows these two")]
pub enum Role {
    /// Connects, and logs on first.
    Initiator,
    /// Is connected to, and answers the Logon.
    Acceptor,
}

/// What is sent again when the peer asks for old messages (S-RSND-04).
///
/// Stale orders are a trading decision: there is no default.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResendPolicy {
    /// Everything that was stored.
    All,
    /// What was first sent at most this long ago; the rest is gap-filled.
    NotOlderThan(Duration),
    /// Everything but messages of these types, which are gap-filled.
    Except(Vec<Vec<u8>>),
    /// The application decides message by message: the driver does not feed what it vetoes.
    Ask,
}

/// When this side restarts both numbers at 1 (S-RESET-13). Both sides must have agreed on it.
///
/// The default is never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ResetPolicy {
    pub(super) at_logon: bool,
    pub(super) at_logout: bool,
    pub(super) at_disconnect: bool,
    pub(super) at_error: bool,
}

impl ResetPolicy {
    /// Never by itself.
    pub const NEVER: Self =
        Self { at_logon: false, at_logout: false, at_disconnect: false, at_error: false };

    /// Whether a connection can begin with numbers that void those before.
    pub(super) const fn resets(self) -> bool {
        self.at_logon || self.at_logout || self.at_disconnect || self.at_error
    }

    /// With each Logon: an initiator announces it with ResetSeqNumFlag(141)=Y, an acceptor starts
    /// each Logon it accepts from 1 and repeats the flag that it received.
    #[must_use]
    pub const fn at_logon(mut self) -> Self {
        self.at_logon = true;
        self
    }

    /// After an orderly Logout.
    #[must_use]
    pub const fn at_logout(mut self) -> Self {
        self.at_logout = true;
        self
    }

    /// Whenever a connection ends, in whatever way.
    #[must_use]
    pub const fn at_disconnect(mut self) -> Self {
        self.at_disconnect = true;
        self
    }

    /// When a connection ends because the peer broke a rule.
    #[must_use]
    pub const fn at_error(mut self) -> Self {
        self.at_error = true;
        self
    }
}

/// Where the peer's ResetSeqNumFlag(141)=Y is obeyed (S-RESET-04, S-RESET-05).
///
/// The default is nowhere: a reset makes both sides forget what they owe each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ResetPermission {
    pub(super) at_logon: bool,
    pub(super) in_session: bool,
}

impl ResetPermission {
    /// Refused with a Logout.
    pub const NONE: Self = Self { at_logon: false, in_session: false };
    /// Obeyed everywhere.
    pub const ALL: Self = Self { at_logon: true, in_session: true };

    /// Obeyed on the Logon that opens a connection.
    #[must_use]
    pub const fn at_logon(mut self) -> Self {
        self.at_logon = true;
        self
    }

    /// Obeyed on a Logon within an established session.
    #[must_use]
    pub const fn in_session(mut self) -> Self {
        self.in_session = true;
        self
    }
}

/// How far a ResendRequest reaches (S-RR-03, S-RR-04).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResendRequestForm {
    /// To the end: EndSeqNo(16) = 0, or 999999 before FIX.4.2.
    #[default]
    Open,
    /// To the last number that is missing.
    Closed,
    /// At most so many numbers at a time; the next chunk when one is complete.
    Chunks(u32),
}

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
    pub(super) resend_requests_max: u8,
    pub(super) resend_request_form: ResendRequestForm,
    pub(super) sending_time_threshold: Option<Duration>,
    pub(super) precision: Precision,
    pub(super) default_appl_ver_id: Box<[u8]>,
    pub(super) logon_fields: Box<[u8]>,
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
}

/// The header fields that every message of a session carries, encoded once, in the order of the
/// wire: ascending by tag around MsgSeqNum(34) and SendingTime(52).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct HeaderTemplate {
    /// 49 and 50, which stand between 34 (or 43) and 52.
    pub(super) before_time: Box<[u8]>,
    /// 56 and 57, which stand behind 52.
    pub(super) after_time: Box<[u8]>,
    /// All above 57: location ids.
    pub(super) rest: Box<[u8]>,
}

impl Config {
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

    /// Whether both are for the same session: BeginString and CompIDs are equal (S-ID-01).
    pub fn has_identity_of(&self, other: &Self) -> bool {
        self.version.begin_string() == other.version.begin_string()
            && self.sender == other.sender
            && self.target == other.target
    }

    /// What is sent again when the peer asks.
    pub const fn resend_policy(&self) -> &ResendPolicy {
        &self.resend
    }

    /// The largest message that is accepted or sent, in bytes.
    pub const fn message_len_max(&self) -> usize {
        self.message_len_max
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

/// Collects the settings of a [`Config`].
#[derive(Clone, Debug)]
#[must_use = "call build()"]
pub struct ConfigBuilder {
    config: Config,
    sender_sub_id: String,
    target_sub_id: String,
    sender_location_id: String,
    target_location_id: String,
    logon_fields: Body,
}

impl ConfigBuilder {
    fn new(role: Role, version: Version, sender: &str, target: &str, resend: ResendPolicy) -> Self {
        let code = version.default_appl_ver_id().unwrap_or_default();
        Self {
            config: Config {
                role,
                version,
                sender: sender.into(),
                target: target.into(),
                resend,
                header: HeaderTemplate {
                    before_time: Box::default(),
                    after_time: Box::default(),
                    rest: Box::default(),
                },
                heart_bt_int_secs: 30,
                heart_bt_int_accepted: 0..=86_400,
                test_request_percent: 120,
                silence_percent: 120,
                logon_timeout: Duration::from_secs(10),
                logout_timeout: Duration::from_secs(10),
                logout_recovery_timeout: Duration::from_secs(10),
                logout_linger: Duration::from_secs(10),
                error_logout_wait: Duration::from_secs(2),
                recovery_timeout: None,
                resend_requests_max: 3,
                resend_request_form: ResendRequestForm::Open,
                sending_time_threshold: Some(Duration::from_secs(120)),
                precision: version.default_precision(),
                default_appl_ver_id: code.as_bytes().into(),
                logon_fields: Box::default(),
                sign_logon: false,
                reset: ResetPolicy::NEVER,
                reset_permission: ResetPermission::NONE,
                strict_reset: false,
                retransmit_rejects: true,
                message_len_max: 64 * 1024,
                fields_max: 10_000,
                garbled_max: 1000,
                next_expected_msg_seq_num: false,
                last_msg_seq_num_processed: false,
                announce_max_message_size: false,
                test_message_indicator: None,
                require_orig_sending_time: true,
                reject_only_bad_orig_sending_time: false,
                redundant_resend_requests: false,
                offline_sends: false,
            },
            sender_sub_id: String::new(),
            target_sub_id: String::new(),
            sender_location_id: String::new(),
            target_location_id: String::new(),
            logon_fields: Body::new(),
        }
    }

    /// HeartBtInt(108) that an initiator proposes: whole seconds, 0 for none. Default 30 s.
    /// An acceptor takes the initiator's; see [`Self::accept_heart_bt_int`].
    pub fn heart_bt_int(mut self, interval: Duration) -> Self {
        let whole = interval.subsec_nanos() == 0;
        let seconds = u32::try_from(interval.as_secs()).ok().filter(|_| whole);
        // A fraction of a second is refused by build(), not rounded away (HB-13).
        self.config.heart_bt_int_secs = seconds.unwrap_or(u32::MAX);
        self
    }

    /// Which HeartBtInt(108) an acceptor accepts, in seconds (S-LOGON-06). Default 0 to 86,400.
    pub const fn accept_heart_bt_int(mut self, seconds: RangeInclusive<u32>) -> Self {
        self.config.heart_bt_int_accepted = seconds;
        self
    }

    /// After how much silence a TestRequest goes out, in percent of HeartBtInt, 100 to 200
    /// (S-HB-02). Default 120.
    pub const fn test_request_after(mut self, percent: u32) -> Self {
        self.config.test_request_percent = percent;
        self
    }

    /// How long after the TestRequest the peer counts as lost, in percent of HeartBtInt, 100 to
    /// 500 (S-HB-03). Default 120.
    pub const fn silence_after(mut self, percent: u32) -> Self {
        self.config.silence_percent = percent;
        self
    }

    /// How long a Logon, and the verdict on it, may take (S-LOGON-26). Default 10 s.
    pub const fn logon_timeout(mut self, timeout: Duration) -> Self {
        self.config.logon_timeout = timeout;
        self
    }

    /// How long the answer to our Logout may take (S-OUT-04). Default 10 s.
    pub const fn logout_timeout(mut self, timeout: Duration) -> Self {
        self.config.logout_timeout = timeout;
        self
    }

    /// How long the peer's Logout waits for what is missing before it is acknowledged all the
    /// same (D-06). Default 10 s.
    pub const fn logout_recovery_timeout(mut self, timeout: Duration) -> Self {
        self.config.logout_recovery_timeout = timeout;
        self
    }

    /// How long the peer has to close after we acknowledged its Logout (S-OUT-06, D-04). Zero
    /// closes at once. Default 10 s.
    pub const fn logout_linger(mut self, timeout: Duration) -> Self {
        self.config.logout_linger = timeout;
        self
    }

    /// How long a Logout that names the peer's fault waits for its answer (S-OUT-11). Default 2 s.
    pub const fn error_logout_wait(mut self, timeout: Duration) -> Self {
        self.config.error_logout_wait = timeout;
        self
    }

    /// How long missing messages may fail to come before they are asked for again (S-RR-07).
    /// Default 2.4 heartbeat intervals, 30 s when there are none.
    pub const fn recovery_timeout(mut self, timeout: Duration) -> Self {
        self.config.recovery_timeout = Some(timeout);
        self
    }

    /// How many ResendRequests may begin with the same number (S-FRAME-14). Default 3.
    pub const fn resend_requests_max(mut self, requests: u8) -> Self {
        self.config.resend_requests_max = requests;
        self
    }

    /// How far a ResendRequest reaches (S-RR-03). Default open.
    pub const fn resend_request_form(mut self, form: ResendRequestForm) -> Self {
        self.config.resend_request_form = form;
        self
    }

    /// How far the peer's SendingTime(52) may be from our clock; `None` does not look
    /// (S-TIME-02). Default 120 s.
    pub const fn sending_time_threshold(mut self, threshold: Option<Duration>) -> Self {
        self.config.sending_time_threshold = threshold;
        self
    }

    /// The fraction digits of the timestamps that we send (S-TIME-06). Default 3, and 0 before
    /// FIX.4.2.
    pub const fn precision(mut self, precision: Precision) -> Self {
        self.config.precision = precision;
        self
    }

    /// DefaultApplVerID(1137) when it is not that of the version (S-FIXT-02).
    pub fn default_appl_ver_id(mut self, code: &str) -> Self {
        self.config.default_appl_ver_id = code.as_bytes().into();
        self
    }

    /// SenderSubID(50) on every message.
    pub fn sender_sub_id(mut self, id: &str) -> Self {
        self.sender_sub_id = id.to_owned();
        self
    }

    /// TargetSubID(57) on every message.
    pub fn target_sub_id(mut self, id: &str) -> Self {
        self.target_sub_id = id.to_owned();
        self
    }

    /// SenderLocationID(142) on every message.
    pub fn sender_location_id(mut self, id: &str) -> Self {
        self.sender_location_id = id.to_owned();
        self
    }

    /// TargetLocationID(143) on every message.
    pub fn target_location_id(mut self, id: &str) -> Self {
        self.target_location_id = id.to_owned();
        self
    }

    /// A further field on each of our Logons, such as Username(553). Ascending by tag.
    pub fn logon_field(mut self, tag: Tag, value: &str) -> Self {
        self.logon_fields.str(tag, value);
        self
    }

    /// Asks with [`Action::Sign`](super::Action::Sign) for the Logon's further fields when its
    /// MsgSeqNum and SendingTime are known. Initiators only. Default no.
    pub const fn sign_logon(mut self, sign: bool) -> Self {
        self.config.sign_logon = sign;
        self
    }

    /// When this side resets. Default never.
    pub const fn reset(mut self, policy: ResetPolicy) -> Self {
        self.config.reset = policy;
        self
    }

    /// Where the peer may reset. Default nowhere.
    pub const fn reset_permission(mut self, permission: ResetPermission) -> Self {
        self.config.reset_permission = permission;
        self
    }

    /// Whether anything but the answer to our in-session reset ends the session, messages in
    /// flight included (S-RESET-07). Default no: those in sequence are still delivered.
    pub const fn strict_reset(mut self, strict: bool) -> Self {
        self.config.strict_reset = strict;
        self
    }

    /// Whether stored Rejects are sent again rather than gap-filled (S-RSND-03). Default yes.
    pub const fn retransmit_rejects(mut self, retransmit: bool) -> Self {
        self.config.retransmit_rejects = retransmit;
        self
    }

    /// The largest message that is accepted or sent, in bytes, 1 KiB to 64 MiB. Default 64 KiB.
    pub const fn message_len_max(mut self, bytes: usize) -> Self {
        self.config.message_len_max = bytes;
        self
    }

    /// The most fields in an accepted message. Default 10,000.
    pub const fn fields_max(mut self, fields: usize) -> Self {
        self.config.fields_max = fields;
        self
    }

    /// The most garbled frames on one connection before it ends. Default 1,000.
    pub const fn garbled_max(mut self, frames: u32) -> Self {
        self.config.garbled_max = frames;
        self
    }

    /// Whether the Logons say with NextExpectedMsgSeqNum(789) what each side expects, so that both
    /// send what is missing without being asked (section 3.3). FIX.4.4 and later. Both sides must
    /// have agreed on it; default no.
    pub const fn next_expected_msg_seq_num(mut self, exchange: bool) -> Self {
        self.config.next_expected_msg_seq_num = exchange;
        self
    }

    /// Whether every message says with LastMsgSeqNumProcessed(369) how far we are (S-SEQ-13).
    /// FIX.4.2 and later. Default no.
    pub const fn last_msg_seq_num_processed(mut self, state: bool) -> Self {
        self.config.last_msg_seq_num_processed = state;
        self
    }

    /// Whether our Logon says with MaxMessageSize(383) what we accept (S-LOGON-16). FIX.4.2 and
    /// later. The peer's is obeyed in any case. Default no.
    pub const fn announce_max_message_size(mut self, announce: bool) -> Self {
        self.config.announce_max_message_size = announce;
        self
    }

    /// Whether this is a test session (`true`) or a production session (`false`): our Logon says
    /// so with TestMessageIndicator(464), and a peer that means the other one is refused
    /// (S-LOGON-15). FIX.4.3 and later. Default: neither said nor looked at.
    pub const fn test_message_indicator(mut self, test: bool) -> Self {
        self.config.test_message_indicator = Some(test);
        self
    }

    /// Whether a repetition without OrigSendingTime(122) is rejected (S-PD-02). Default yes.
    pub const fn require_orig_sending_time(mut self, require: bool) -> Self {
        self.config.require_orig_sending_time = require;
        self
    }

    /// Whether a repetition with an OrigSendingTime(122) after its SendingTime(52) is rejected
    /// only, without a Logout (S-PD-03). Default no.
    pub const fn reject_only_bad_orig_sending_time(mut self, reject_only: bool) -> Self {
        self.config.reject_only_bad_orig_sending_time = reject_only;
        self
    }

    /// Whether every message ahead of a gap is answered with a ResendRequest, even while one is
    /// outstanding (S-RR-05, D-08). Default no.
    pub const fn redundant_resend_requests(mut self, redundant: bool) -> Self {
        self.config.redundant_resend_requests = redundant;
        self
    }

    /// Whether messages can be composed while there is no connection: they are numbered and kept,
    /// and the peer's ResendRequest pulls them after the next Logon, with PossDupFlag(43)=Y and
    /// the composing time as OrigSendingTime(122) (S-Q-01). Not together with a reset policy.
    /// Default no.
    pub const fn offline_sends(mut self, keep: bool) -> Self {
        self.config.offline_sends = keep;
        self
    }

    /// Checks everything together.
    ///
    /// # Errors
    ///
    /// The first setting that is out of range, contradicts another one or cannot be written.
    pub fn build(self) -> Result<Config, ConfigError> {
        let mut config = self.config;
        check_ranges(&config)?;
        let before = [
            (Tag::SENDER_COMP_ID, &*config.sender),
            (Tag::SENDER_SUB_ID, self.sender_sub_id.as_str()),
        ];
        let after = [
            (Tag::TARGET_COMP_ID, &*config.target),
            (Tag::TARGET_SUB_ID, self.target_sub_id.as_str()),
        ];
        let rest = [
            (Tag::SENDER_LOCATION_ID, self.sender_location_id.as_str()),
            (Tag::TARGET_LOCATION_ID, self.target_location_id.as_str()),
        ];
        if rest.iter().any(|(_, id)| !id.is_empty()) && !config.version.has_location_ids() {
            return Err(ConfigError::NoLocationIds);
        }
        config.header = HeaderTemplate {
            before_time: encode(&before)?,
            after_time: encode(&after)?,
            rest: encode(&rest)?,
        };
        let fields = self.logon_fields.as_fields().map_err(ConfigError::BadLogonField)?;
        if let Some(tag) = refused_logon_field(fields) {
            return Err(ConfigError::LogonField(tag));
        }
        if fields.as_bytes().len() > Config::LOGON_FIELDS_LEN_MAX {
            return Err(ConfigError::LogonFieldsTooLong);
        }
        config.logon_fields = fields.as_bytes().into();
        Ok(config)
    }
}

/// The first field that may not be added to a Logon: those that the session writes itself, and
/// everything that belongs into header or trailer.
pub(super) fn refused_logon_field(fields: Fields<'_>) -> Option<Tag> {
    let own = [
        Tag::ENCRYPT_METHOD,
        Tag::HEART_BT_INT,
        Tag::RESET_SEQ_NUM_FLAG,
        Tag::NEXT_EXPECTED_MSG_SEQ_NUM,
        Tag::DEFAULT_APPL_VER_ID,
        Tag::MAX_MESSAGE_SIZE,
        Tag::TEST_MESSAGE_INDICATOR,
    ];
    fields
        .iter()
        .map(|field| field.tag)
        .find(|tag| own.contains(tag) || tag.is_header() || tag.is_trailer())
}

const ID_LEN_MAX: usize = 64;

fn encode(fields: &[(Tag, &str)]) -> Result<Box<[u8]>, ConfigError> {
    let mut body = Body::new();
    for &(tag, value) in fields {
        if value.is_empty() && tag != Tag::SENDER_COMP_ID && tag != Tag::TARGET_COMP_ID {
            continue;
        }
        if value.len() > ID_LEN_MAX {
            return Err(ConfigError::IdTooLong { tag });
        }
        body.str(tag, value);
    }
    match body.as_fields() {
        Ok(fields) => Ok(fields.as_bytes().into()),
        Err(error) => Err(ConfigError::Id(error)),
    }
}

fn check_ranges(config: &Config) -> Result<(), ConfigError> {
    if config.heart_bt_int_secs > 86_400 {
        return Err(ConfigError::HeartBtInt);
    }
    if config.heart_bt_int_accepted.is_empty() {
        return Err(ConfigError::HeartBtIntAccepted);
    }
    if !(100..=200).contains(&config.test_request_percent) {
        return Err(ConfigError::TestRequestAfter);
    }
    if !(100..=500).contains(&config.silence_percent) {
        return Err(ConfigError::SilenceAfter);
    }
    let positive = [
        ("logon_timeout", config.logon_timeout),
        ("logout_timeout", config.logout_timeout),
        ("recovery_timeout", config.recovery_timeout.unwrap_or(Duration::MAX)),
    ];
    if let Some((name, _)) = positive.into_iter().find(|(_, timeout)| timeout.is_zero()) {
        return Err(ConfigError::ZeroTimeout { name });
    }
    if config.resend_requests_max == 0 || config.resend_request_form == ResendRequestForm::Chunks(0)
    {
        return Err(ConfigError::NoResendRequests);
    }
    if !(1024..=64 << 20).contains(&config.message_len_max) {
        return Err(ConfigError::MessageLenMax);
    }
    if config.fields_max < 16 {
        return Err(ConfigError::FieldsMax);
    }
    let code = &config.default_appl_ver_id;
    if config.version.is_fixt() == code.is_empty()
        || code.iter().any(|byte| !byte.is_ascii_digit())
        || code.len() > 2
    {
        return Err(ConfigError::DefaultApplVerId);
    }
    if config.sign_logon && config.role == Role::Acceptor {
        return Err(ConfigError::SignLogon);
    }
    check_version(config)?;
    if config.offline_sends && config.reset.resets() {
        return Err(ConfigError::OfflineSends);
    }
    let resets = config.reset.at_logon
        || config.reset_permission.at_logon
        || config.reset_permission.in_session;
    if resets && config.role == Role::Initiator && !config.version.has_reset_seq_num_flag() {
        return Err(ConfigError::NoResetSeqNumFlag);
    }
    Ok(())
}

/// Fields that older versions do not have are an error, not left out in silence.
fn check_version(config: &Config) -> Result<(), ConfigError> {
    let needs = [
        (config.next_expected_msg_seq_num, Version::Fix44, "next_expected_msg_seq_num"),
        (config.last_msg_seq_num_processed, Version::Fix42, "last_msg_seq_num_processed"),
        (config.announce_max_message_size, Version::Fix42, "announce_max_message_size"),
        (config.test_message_indicator.is_some(), Version::Fix43, "test_message_indicator"),
    ];
    let lacking = needs.into_iter().find(|(set, since, _)| *set && config.version < *since);
    match lacking {
        Some((_, since, setting)) => Err(ConfigError::Version { setting, since }),
        None => Ok(()),
    }
}

/// A setting that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A CompID, SubID or LocationID that cannot be written.
    #[error("an id cannot be written: {0}")]
    Id(FieldError),
    /// An id of more than 64 bytes.
    #[error("the id for tag {tag} is longer than 64 bytes")]
    IdTooLong {
        /// The header field.
        tag: Tag,
    },
    /// Location ids in FIX.4.0.
    #[error("FIX.4.0 has no location ids; use a later version or leave them out")]
    NoLocationIds,
    /// Not whole seconds, or more than a day.
    #[error("heart_bt_int must be whole seconds from 0 to 86,400")]
    HeartBtInt,
    /// An empty range.
    #[error("accept_heart_bt_int must be a range that is not empty")]
    HeartBtIntAccepted,
    /// Out of range.
    #[error("test_request_after must be from 100 to 200 percent")]
    TestRequestAfter,
    /// Out of range.
    #[error("silence_after must be from 100 to 500 percent")]
    SilenceAfter,
    /// A timeout of zero would end every connection at once.
    #[error("{name} must be longer than zero")]
    ZeroTimeout {
        /// The setter.
        name: &'static str,
    },
    /// No recovery would be possible.
    #[error("resend_requests_max and the chunk of resend_request_form must be at least 1")]
    NoResendRequests,
    /// Out of range.
    #[error("message_len_max must be from 1,024 bytes to 64 MiB")]
    MessageLenMax,
    /// Too few for a header.
    #[error("fields_max must be at least 16")]
    FieldsMax,
    /// Missing under FIXT.1.1, present elsewhere, or not a number.
    #[error("default_appl_ver_id must be a code such as 9, and only with FIX 5.0 and later")]
    DefaultApplVerId,
    /// Only the initiator's Logon is signed.
    #[error("sign_logon is for initiators only")]
    SignLogon,
    /// A reset would void what was composed offline.
    #[error("offline_sends and a reset policy exclude each other: a reset voids what was kept")]
    OfflineSends,
    /// The version does not have the field that this needs.
    #[error("{setting} needs {since} or later")]
    Version {
        /// The setter.
        setting: &'static str,
        /// The first version that has it.
        since: Version,
    },
    /// FIX.4.0 cannot announce a reset.
    #[error("FIX.4.0 has no ResetSeqNumFlag; reset at logout or disconnect instead")]
    NoResetSeqNumFlag,
    /// A Logon field that is the session's own, or belongs into header or trailer.
    #[error("tag {0} cannot be a logon_field: the session writes it, or it is no body field")]
    LogonField(Tag),
    /// A Logon field that cannot be written.
    #[error("a logon_field cannot be written: {0}")]
    BadLogonField(FieldError),
    /// Too many bytes.
    #[error("the logon fields take more than 1,024 bytes together")]
    LogonFieldsTooLong,
}
