//! What a configuration must not be.

use core::time::Duration;

use super::config::{Config, Encoded};
use super::policy::{ResendRequestForm, Role, SilenceFrom};
use super::validation::check_dictionaries;
use super::version::Version;
use crate::wire::{Body, FieldError, Fields, HeaderTags, PutField as _, SOH, SecretTags, Tag};

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

/// The first data field that stands without its length.
pub(super) fn lone_data(fields: Fields<'_>) -> Option<Tag> {
    let mut before = None;
    fields.iter().map(|field| field.tag).find(|tag| {
        let before = before.replace(*tag);
        tag.length_tag().is_some_and(|length| before != Some(length))
    })
}

const ID_LEN_MAX: usize = 64;

/// More leading zeros than any number needs.
const DIGITS_MAX: u8 = 18;

/// A day, in seconds.
pub(super) const HEART_BT_INT_MAX: u32 = 86_400;

/// Encodes the ids that there are.
pub(super) fn encode(fields: &[(Tag, &str)]) -> Result<Encoded, ConfigError> {
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
        Ok(fields) => Ok(Encoded::new(fields)),
        Err(error) => Err(ConfigError::Id(error)),
    }
}

/// Every setting is possible, and fits the others.
pub(super) fn check(config: &Config) -> Result<(), ConfigError> {
    if config.heart_bt_int_secs > HEART_BT_INT_MAX {
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
    if config.dialect.silence_from == SilenceFrom::LastReceipt
        && config.silence_percent <= config.test_request_percent
    {
        return Err(ConfigError::SilenceBeforeTestRequest);
    }
    let id = &config.dialect.test_req_id;
    if id.len() > ID_LEN_MAX || id.bytes().any(|byte| byte == SOH) {
        return Err(ConfigError::TestReqId);
    }
    if config.qualifier.len() > ID_LEN_MAX {
        return Err(ConfigError::SessionQualifier);
    }
    if config.dialect.msg_seq_num_digits.max(config.dialect.body_length_digits) > DIGITS_MAX {
        return Err(ConfigError::Digits);
    }
    if config.dialect.too_many_header_tags {
        return Err(ConfigError::HeaderTags);
    }
    let codes = &config.dialect.appl_ver_ids;
    let are_codes = config.version.is_fixt() && codes.iter().all(|code| is_appl_ver_id(code));
    if !(codes.is_empty() || are_codes) {
        return Err(ConfigError::ApplVerIds);
    }
    let positive = [
        ("logon_timeout", config.logon_timeout),
        ("logout_timeout", config.logout_timeout),
        ("recovery_timeout", config.recovery_timeout.unwrap_or(Duration::MAX)),
        ("idle_probe", config.idle_probe.unwrap_or(Duration::MAX)),
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
    let fits = if config.version.is_fixt() { is_appl_ver_id(code) } else { code.is_empty() };
    if !fits {
        return Err(ConfigError::DefaultApplVerId);
    }
    if config.sign_logon && config.role == Role::Acceptor {
        return Err(ConfigError::SignLogon);
    }
    check_version(config)?;
    check_dictionaries(config)?;
    if config.offline_sends && config.reset.resets() {
        return Err(ConfigError::OfflineSends);
    }
    let resets = config.reset.announces(true)
        || config.reset_permission.at_logon
        || config.reset_permission.in_session;
    if resets && config.role == Role::Initiator && !config.version.has_reset_seq_num_flag() {
        return Err(ConfigError::NoResetSeqNumFlag);
    }
    Ok(())
}

/// Whether this is a code such as 9 (S-FIXT-03).
fn is_appl_ver_id(code: &str) -> bool {
    (1..=2).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit())
}

/// Fields that older versions do not have are an error, not left out in silence.
fn check_version(config: &Config) -> Result<(), ConfigError> {
    let needs = [
        (config.next_expected_msg_seq_num, Version::Fix44, "next_expected_msg_seq_num"),
        (config.last_msg_seq_num_processed, Version::Fix42, "last_msg_seq_num_processed"),
        (config.dialect.next_expected_on_logout, Version::Fix50, "next_expected_on_logout"),
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
    /// A qualifier of more than 64 bytes.
    #[error("session_qualifier is longer than 64 bytes")]
    SessionQualifier,
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
    /// The TestRequest would come too late to be answered.
    #[error(
        "silence_after must be more than test_request_after when it counts from the last receipt"
    )]
    SilenceBeforeTestRequest,
    /// Too long, or with a delimiter.
    #[error("test_req_id must have at most 64 bytes, none of them SOH")]
    TestReqId,
    /// Nothing that could be part of the identity.
    #[error("sub_ids_are_identity needs a SubID or a LocationID")]
    NoSubIds,
    /// Too many.
    #[error("msg_seq_num_digits and body_length_digits must be at most 18")]
    Digits,
    /// Too many.
    #[error("header_tags takes {} tags at most", HeaderTags::MAX)]
    HeaderTags,
    /// Too many.
    #[error("secret_tags takes {} tags at most", SecretTags::MAX)]
    SecretTags,
    /// No codes, or not FIX 5.0.
    #[error("accept_appl_ver_ids takes codes such as 9, and only with FIX 5.0 and later")]
    ApplVerIds,
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
    /// A dictionary without the StandardHeader.
    #[error("the session's dictionary has no header: under FIXT.1.1 give that of FIXT.1.1 first")]
    NoHeader,
    /// FIXT.1.1 without a dictionary of the default application version.
    #[error("there is no dictionary of default_appl_ver_id: add it with Dictionaries::application")]
    NoApplicationDictionary,
    /// Dictionaries of application versions without FIXT.1.1.
    #[error("application dictionaries are for FIX.5.0 and later only")]
    ApplicationDictionaries,
    /// Nothing to check composed messages with.
    #[error("check_composed needs dictionaries")]
    CheckComposed,
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
