//! Collecting the settings of a configuration.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::String;
use core::fmt;
use core::ops::RangeInclusive;
use core::time::Duration;

use super::config::{Config, Encoded, HeaderTemplate, LogonTemplate};
use super::config_check::{
    ConfigError, HEART_BT_INT_MAX, check, encode, lone_data, refused_logon_field,
};
use super::dialect::Dialect;
use super::policy::{
    ResendPolicy, ResendRequestForm, ResetPermission, ResetPolicy, Role, ThirdParty,
};
use super::validation::{leave_to, own_versions};
use super::version::Version;
use crate::dictionary::ApplVersions;
use crate::wire::{Body, FieldError, FieldErrorKind, Precision, PutField as _, SecretTags, Tag};

/// Collects the settings of a [`Config`]. The rules on which they rest are explained in
/// [`rules`](crate::rules).
#[derive(Clone)]
#[must_use = "call build()"]
pub struct ConfigBuilder {
    config: Config,
    sender_sub_id: String,
    target_sub_id: String,
    sender_location_id: String,
    target_location_id: String,
    logon_fields: Body,
    /// Whether there were more of them than fit.
    too_many_secret_tags: bool,
}

impl fmt::Debug for ConfigBuilder {
    /// The further fields of a Logon may be credentials: they are left out until all that is
    /// secret was named.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigBuilder").field("config", &self.config).finish_non_exhaustive()
    }
}

impl ConfigBuilder {
    pub(super) fn new(
        role: Role,
        version: Version,
        sender: &str,
        target: &str,
        resend: ResendPolicy,
    ) -> Self {
        let code = version.default_appl_ver_id().unwrap_or_default();
        Self {
            config: Config {
                role,
                version,
                sender: sender.into(),
                target: target.into(),
                qualifier: Box::default(),
                resend,
                header: HeaderTemplate {
                    before_time: Encoded::default(),
                    after_time: Encoded::default(),
                    rest: Encoded::default(),
                },
                heart_bt_int_secs: 30,
                heart_bt_int_accepted: 0..=HEART_BT_INT_MAX,
                test_request_percent: 120,
                silence_percent: 120,
                logon_timeout: Duration::from_secs(10),
                logout_timeout: Duration::from_secs(10),
                logout_recovery_timeout: Duration::from_secs(10),
                logout_linger: Duration::from_secs(10),
                error_logout_wait: Duration::from_secs(2),
                recovery_timeout: None,
                idle_probe: None,
                resend_requests_max: 3,
                resend_request_form: ResendRequestForm::Open,
                sending_time_threshold: Some(Duration::from_secs(120)),
                precision: version.default_precision(),
                default_appl_ver_id: code.into(),
                logon_fields: LogonTemplate::default(),
                secret_tags: SecretTags::STANDARD,
                own_versions: ApplVersions::default(),
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
                refresh_on_logon: false,
                dialect: Dialect::default(),
                dictionaries: None,
                check_composed: false,
            },
            sender_sub_id: String::new(),
            target_sub_id: String::new(),
            sender_location_id: String::new(),
            target_location_id: String::new(),
            logon_fields: Body::new().raw_data_without_length(),
            too_many_secret_tags: false,
        }
    }

    pub(super) const fn version(&self) -> Version {
        self.config.version
    }

    pub(super) const fn config_mut(&mut self) -> &mut Config {
        &mut self.config
    }

    pub(super) const fn dialect(&mut self) -> &mut Dialect {
        &mut self.config.dialect
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
    /// 500 (S-HB-03). Default 120. See also [`Self::silence_counts_from`].
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

    /// Where there are no heartbeats, HeartBtInt(108)=0: after how long a silence the peer is asked
    /// with a TestRequest whether it is there, and how long it then has to answer before the
    /// connection ends. Default never.
    pub const fn idle_probe(mut self, silence: Duration) -> Self {
        self.config.idle_probe = Some(silence);
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
        self.config.default_appl_ver_id = code.into();
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

    /// What tells this session from others of the same ids, such as a second initiator to the same
    /// venue: within the application only, it is never sent. At most 64 bytes; default none.
    pub fn session_qualifier(mut self, qualifier: &str) -> Self {
        self.config.qualifier = qualifier.into();
        self
    }

    /// A further field on each of our Logons, such as Username(553). Ascending by tag.
    pub fn logon_field(mut self, tag: Tag, value: &str) -> Self {
        self.logon_fields.str(tag, value);
        self
    }

    /// Further fields whose values must never be printed, such as the token of a venue: 16 at most
    /// (INV-23). Nothing that this crate prints of a configuration or of a Logon's further fields
    /// shows them; whoever prints messages does so with [`Config::secret_tags`].
    pub fn secret_tags(mut self, tags: &[Tag]) -> Self {
        let secrets = SecretTags::new(tags);
        self.too_many_secret_tags = secrets.is_none();
        self.config.secret_tags = secrets.unwrap_or_default();
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
    /// What is longer ends the connection, and ends the next one when the peer sends it again.
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
    /// send what is missing without being asked (S-789-01). FIX.4.4 and later. Both sides must
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

    /// Whether a driver reads the numbers from its store again before each Logon, because another
    /// machine may have used it meanwhile ([`Session::rebuild`](super::Session::rebuild)). A
    /// session does nothing about it. Default no.
    pub const fn refresh_on_logon(mut self, refresh: bool) -> Self {
        self.config.refresh_on_logon = refresh;
        self
    }

    /// Checks everything together.
    ///
    /// # Errors
    ///
    /// The first setting that is out of range, contradicts another one or cannot be written.
    pub fn build(self) -> Result<Config, ConfigError> {
        let mut config = self.config;
        check(&config)?;
        if self.too_many_secret_tags {
            return Err(ConfigError::SecretTags);
        }
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
        let dialect = &mut config.dialect;
        let third_parties =
            dialect.on_behalf_of != ThirdParty::Any || dialect.deliver_to != ThirdParty::Any;
        dialect.looks_at_headers =
            third_parties || (config.version.is_fixt() && dialect.check_appl_ver_id);
        let sub_ids = [
            &self.sender_sub_id,
            &self.target_sub_id,
            &self.sender_location_id,
            &self.target_location_id,
        ];
        if dialect.sub_ids_are_identity && sub_ids.iter().all(|id| id.is_empty()) {
            return Err(ConfigError::NoSubIds);
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
        if let Some(tag) = lone_data(fields)
            && !config.dialect.framing.raw_data_without_length
        {
            let error = FieldError { tag: Some(tag), kind: FieldErrorKind::DataPair };
            return Err(ConfigError::BadLogonField(error));
        }
        if fields.as_bytes().len() > Config::LOGON_FIELDS_LEN_MAX {
            return Err(ConfigError::LogonFieldsTooLong);
        }
        config.logon_fields = LogonTemplate::new(fields);
        config.own_versions = own_versions(&config);
        if let Some(dictionaries) = &config.dictionaries {
            leave_to(dictionaries, &mut config.dialect.framing);
        }
        Ok(config)
    }
}
