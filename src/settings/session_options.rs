//! Every option of a session as plain data: what settings files are read into.

use alloc::string::String;
use alloc::vec::Vec;

use super::units::{
    LogonFields, Party, PeerReset, Resend, ResendForm, Reset, Seconds, Threshold, reset_permission,
    reset_policy,
};
use crate::session::{
    Config, ConfigBuilder, ConfigError, HeartBtIntAnswer, RejectTexts, Role, SilenceFrom, Version,
};
use crate::wire::{Precision, SeqNum, Tag};

/// What is known of an option besides its value.
#[cfg(feature = "settings")]
#[derive(Clone, Copy, Debug)]
pub(super) struct OptionRow {
    pub(super) name: &'static str,
    /// As JSON where it is a value, else in words.
    pub(super) default: &'static str,
    pub(super) rules: &'static str,
    pub(super) what: &'static str,
}

/// Declares the struct, the way into the builder and the rows of `docs/SETTINGS.md` at once.
macro_rules! options {
    ($($(#[doc = $doc:literal])+ $name:ident: $type:ty = $set:expr, $default:literal, $rules:literal;)+) => {
        /// The options of a session, named as the setters of [`ConfigBuilder`], which says more of
        /// each; `None` is the default.
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
        #[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
        #[non_exhaustive]
        pub struct SessionOptions {
            /// Who connects.
            pub role: Role,
            /// The version of FIX.
            pub version: Version,
            /// SenderCompID(49) of what we send.
            pub sender_comp_id: String,
            /// TargetCompID(56) of what we send.
            pub target_comp_id: String,
            /// What is sent again when the peer asks.
            pub resend: Resend,
            $(
                $(#[doc = $doc])+
                #[cfg_attr(
                    feature = "serde",
                    serde(default, skip_serializing_if = "Option::is_none")
                )]
                pub $name: Option<$type>,
            )+
        }

        impl SessionOptions {
            /// What must be decided; all else has a default.
            pub fn new(
                role: Role,
                version: Version,
                sender_comp_id: impl Into<String>,
                target_comp_id: impl Into<String>,
                resend: Resend,
            ) -> Self {
                Self {
                    role,
                    version,
                    sender_comp_id: sender_comp_id.into(),
                    target_comp_id: target_comp_id.into(),
                    resend,
                    $($name: None,)+
                }
            }

            /// Takes an option back; whether it was set.
            #[cfg(feature = "settings")]
            pub(super) fn clear(&mut self, option: &str) -> bool {
                match option {
                    $(stringify!($name) => self.$name.take().is_some(),)+
                    _ => false,
                }
            }

            /// A builder with these options, for what only code can say.
            pub fn builder(&self) -> ConfigBuilder {
                let (sender, target) = (&self.sender_comp_id, &self.target_comp_id);
                let resend = self.resend.policy();
                let mut builder = match self.role {
                    Role::Initiator => Config::initiator(self.version, sender, target, resend),
                    Role::Acceptor => Config::acceptor(self.version, sender, target, resend),
                };
                $(
                    if let Some(value) = &self.$name {
                        builder = apply(builder, value, $set);
                    }
                )+
                builder
            }
        }

        #[cfg(feature = "settings")]
        /// Every option, in the order in which it is documented.
        pub(super) const OPTIONS: &[OptionRow] = &[
            $(OptionRow {
                name: stringify!($name),
                default: $default,
                rules: $rules,
                what: concat!($($doc),+),
            },)+
        ];
    };
}

fn apply<T>(
    builder: ConfigBuilder,
    value: &T,
    set: fn(ConfigBuilder, &T) -> ConfigBuilder,
) -> ConfigBuilder {
    set(builder, value)
}

impl SessionOptions {
    /// The configuration, checked by its builder.
    ///
    /// # Errors
    ///
    /// The first option that is out of range, contradicts another one or cannot be written.
    pub fn build(&self) -> Result<Config, ConfigError> {
        self.builder().build()
    }
}

options! {
    /// Whether the defaults are what QuickFIX does; what else is set holds all the same.
    quickfix_profile: bool = |it, value| if *value { it.quickfix_profile() } else { it },
        "false", "";
    /// HeartBtInt(108) that an initiator proposes.
    heart_bt_int: Seconds = |it, value| it.heart_bt_int(value.0), "30", "S-LOGON-05";
    /// The least and the largest HeartBtInt(108) that an acceptor accepts, in seconds.
    accept_heart_bt_int: (u32, u32) = |it, value| it.accept_heart_bt_int(value.0..=value.1),
        "[0, 86400]", "S-LOGON-06";
    /// Silence before a TestRequest, in percent of HeartBtInt, 100 to 200.
    test_request_after: u32 = |it, value| it.test_request_after(*value), "120", "S-HB-02";
    /// Silence before the peer is lost, in percent of HeartBtInt, 100 to 500.
    silence_after: u32 = |it, value| it.silence_after(*value), "120", "S-HB-03";
    /// From when on that silence counts: `test_request` or `last_receipt`.
    silence_counts_from: SilenceFrom = |it, value| it.silence_counts_from(*value),
        "\"test_request\"", "S-HB-03, D-02";
    /// Whether a silent peer is told with a Logout before the connection is cut.
    logout_on_silence: bool = |it, value| it.logout_on_silence(*value), "true", "S-HB-03, D-02";
    /// Whether only the Heartbeat with its TestReqID(112) answers our TestRequest.
    require_matching_heartbeat: bool = |it, value| it.require_matching_heartbeat(*value),
        "false", "S-HB-04, D-03";
    /// What an initiator makes of another HeartBtInt(108): `refused`, `adopted` or `ignored`.
    heart_bt_int_answer: HeartBtIntAnswer = |it, value| it.heart_bt_int_answer(*value),
        "\"refused\"", "S-LOGON-08";
    /// Whether Heartbeats go on while our TestRequest awaits its answer.
    heartbeat_while_test_request_open: bool =
        |it, value| it.heartbeat_while_test_request_open(*value), "true", "S-HB-01";
    /// One TestReqID(112) for all our TestRequests; each has its own without it.
    test_req_id: String = |it, value| it.test_req_id(value), "\"\"", "S-HB-08";
    /// Whether the peer's Logon may lack EncryptMethod(98) and HeartBtInt(108).
    optional_logon_fields: bool = |it, value| it.optional_logon_fields(*value),
        "false", "S-LOGON-05, S-LOGON-09";
    /// Whether the application is asked about each Logon that fits the session.
    ask_about_logons: bool = |it, value| it.ask_about_logons(*value), "true", "S-LOGON-02";
    /// How long a Logon, and the verdict on it, may take.
    logon_timeout: Seconds = |it, value| it.logon_timeout(value.0), "10", "S-LOGON-26";
    /// How long the answer to our Logout may take.
    logout_timeout: Seconds = |it, value| it.logout_timeout(value.0), "10", "S-OUT-04";
    /// How long the peer's Logout waits for what is missing.
    logout_recovery_timeout: Seconds = |it, value| it.logout_recovery_timeout(value.0), "10", "D-06";
    /// How long the peer has to close after its Logout was acknowledged.
    logout_linger: Seconds = |it, value| it.logout_linger(value.0), "10", "S-OUT-06, D-04";
    /// Whether the peer's Logout is acknowledged whatever is missing.
    acknowledge_logout_at_once: bool = |it, value| it.acknowledge_logout_at_once(*value),
        "false", "S-OUT-06, D-06";
    /// How long a Logout that names the peer's fault waits for its answer.
    error_logout_wait: Seconds = |it, value| it.error_logout_wait(value.0), "2", "S-OUT-11";
    /// How long missing messages may fail to come before they are asked for again.
    recovery_timeout: Seconds = |it, value| it.recovery_timeout(value.0),
        "2.4 heartbeat intervals, 30 s without", "S-RR-07";
    /// Where there are no heartbeats: after how long a silence the peer is asked whether it is there.
    idle_probe: Seconds = |it, value| it.idle_probe(value.0), "never", "S-HB-09";
    /// How many ResendRequests may begin with the same number.
    resend_requests_max: u8 = |it, value| it.resend_requests_max(*value), "3", "S-FRAME-14";
    /// How far a ResendRequest reaches: `open`, `closed`, or chunks.
    resend_request_form: ResendForm = |it, value| it.resend_request_form(value.form()),
        "\"open\"", "S-RR-03";
    /// Whether the last of several chunks reaches to the end.
    open_last_chunk: bool = |it, value| it.open_last_chunk(*value), "false", "S-RR-04";
    /// Whether a ResendRequest whose own number is too low is served.
    serve_low_resend_request: bool = |it, value| it.serve_low_resend_request(*value),
        "false", "S-RSND-13, D-14";
    /// Whether a ResendRequest before the peer's Logon is served behind it.
    resend_request_before_logon: bool = |it, value| it.resend_request_before_logon(*value),
        "false", "S-LOGON-24";
    /// Whether a ResendRequest with PossDupFlag(43)=Y only uses up its number.
    ignore_poss_dup_resend_requests: bool =
        |it, value| it.ignore_poss_dup_resend_requests(*value), "true", "S-RSND-14";
    /// Whether an open ResendRequest ends with EndSeqNo(16)=0 before FIX.4.2 as well.
    end_seq_no_zero: bool = |it, value| it.end_seq_no_zero(*value), "false", "S-RR-02";
    /// How often the peer may ask for messages from the same number on.
    identical_resend_requests_max: u32 = |it, value| it.identical_resend_requests_max(*value),
        "100", "S-RSND-01";
    /// From which number on the application is told that a reset should be planned.
    warn_at_msg_seq_num: SeqNum = |it, value| it.warn_at_msg_seq_num(*value),
        "never", "S-SEQ-12";
    /// How far the peer's SendingTime(52) may be from our clock, or `off`.
    sending_time_threshold: Threshold = |it, value| it.sending_time_threshold(value.duration()),
        "120", "S-TIME-02";
    /// The fraction digits of the timestamps that we send, 0 to 9.
    precision: Precision = |it, value| it.precision(*value),
        "3, and 0 before FIX.4.2", "S-TIME-06";
    /// DefaultApplVerID(1137), when it is not that of the version.
    default_appl_ver_id: String = |it, value| it.default_appl_ver_id(value),
        "that of the version", "S-FIXT-02";
    /// Whether the CompIDs of each message must be those of the session.
    check_comp_ids: bool = |it, value| it.check_comp_ids(*value), "true", "S-ID-01, S-ID-02";
    /// Whether BeginString(8) of each message must be that of the session.
    check_begin_string: bool = |it, value| it.check_begin_string(*value), "true", "S-ID-04";
    /// SenderSubID(50) on every message.
    sender_sub_id: String = |it, value| it.sender_sub_id(value), "\"\"", "S-ID-01";
    /// TargetSubID(57) on every message.
    target_sub_id: String = |it, value| it.target_sub_id(value), "\"\"", "S-ID-01";
    /// SenderLocationID(142) on every message.
    sender_location_id: String = |it, value| it.sender_location_id(value), "\"\"", "S-ID-01";
    /// TargetLocationID(143) on every message.
    target_location_id: String = |it, value| it.target_location_id(value), "\"\"", "S-ID-01";
    /// What tells sessions of the same ids apart, within the application only.
    session_qualifier: String = |it, value| it.session_qualifier(value), "\"\"", "S-ID-01";
    /// Whether SubIDs and LocationIDs are part of the session's identity.
    sub_ids_are_identity: bool = |it, value| it.sub_ids_are_identity(*value), "false", "S-ID-05";
    /// Which OnBehalfOfCompID(115) application messages may have: `any`, `nobody`, `somebody`, or
    /// `{ one_of = [..] }`.
    on_behalf_of_comp_ids: Party = |it, value| it.on_behalf_of_comp_ids(value.allowed()),
        "\"any\"", "S-ID-06";
    /// Which DeliverToCompID(128) application messages may have, in the same words.
    deliver_to_comp_ids: Party = |it, value| it.deliver_to_comp_ids(value.allowed()),
        "\"any\"", "S-ID-06";
    /// Further codes that the peer may have in DefaultApplVerID(1137) and ApplVerID(1128).
    accept_appl_ver_ids: Vec<String> = |it, value| {
        let codes: Vec<&str> = value.iter().map(String::as_str).collect();
        it.accept_appl_ver_ids(&codes)
    }, "those of the dictionaries", "S-FIXT-07";
    /// Whether a message of a version that is not accepted is rejected.
    check_appl_ver_id: bool = |it, value| it.check_appl_ver_id(*value),
        "true", "S-FIXT-06, S-FIXT-07";
    /// Whether Rejects of application messages always have RefApplVerID(1130).
    ref_appl_ver_id: bool = |it, value| it.ref_appl_ver_id(*value), "true", "S-VAL-07";
    /// Further fields on each of our Logons, by tag.
    logon_field: LogonFields = |it, value| value.add_to(it), "{}", "S-LOGON-01";
    /// Whether the application is asked for the Logon's last fields, as signatures need.
    sign_logon: bool = |it, value| it.sign_logon(*value), "false", "S-LOGON-01";
    /// When this side resets.
    reset: Vec<Reset> = |it, value| it.reset(reset_policy(value)), "[]", "S-RESET-13";
    /// Where the peer may reset.
    reset_permission: Vec<PeerReset> = |it, value| it.reset_permission(reset_permission(value)),
        "[]", "S-RESET-04, S-RESET-05";
    /// How often in a minute the peer may reset both numbers in session.
    resets_per_minute_max: u32 = |it, value| it.resets_per_minute_max(*value), "10", "INV-18";
    /// Whether the driver reads the numbers from its store again before each Logon.
    refresh_on_logon: bool = |it, value| it.refresh_on_logon(*value), "false", "INV-13";
    /// Whether anything but the answer to our in-session reset ends the session.
    strict_reset: bool = |it, value| it.strict_reset(*value), "false", "S-RESET-07";
    /// Whether a Logon number 1 without 141=Y counts as the answer to ours that had it.
    infer_reset: bool = |it, value| it.infer_reset(*value), "false", "S-RESET-09, D-20";
    /// Whether a side that has received nothing yet takes the number of the peer's Logon.
    adopt_first_msg_seq_num: bool = |it, value| it.adopt_first_msg_seq_num(*value),
        "false", "S-789-17";
    /// Whether stored Rejects are sent again rather than gap-filled.
    retransmit_rejects: bool = |it, value| it.retransmit_rejects(*value), "true", "S-RSND-03";
    /// The largest message that is accepted or sent, in bytes, 1 KiB to 64 MiB; 1 MiB by default with
    /// `quickfix_profile`.
    message_len_max: usize = |it, value| it.message_len_max(*value), "65536", "S-FRAME-19";
    /// The most fields in an accepted message.
    fields_max: usize = |it, value| it.fields_max(*value), "10000", "S-FRAME-19";
    /// Whether CheckSum(10) must be right.
    validate_check_sum: bool = |it, value| it.validate_check_sum(*value), "true", "S-FRAME-10";
    /// Whether a garbled message is rejected if its number can be read.
    reject_garbled: bool = |it, value| it.reject_garbled(*value), "false", "S-FRAME-11, D-25";
    /// The most garbled frames on one connection before it ends.
    garbled_max: u32 = |it, value| it.garbled_max(*value), "1000", "S-FRAME-14";
    /// Whether Logons exchange NextExpectedMsgSeqNum(789).
    next_expected_msg_seq_num: bool = |it, value| it.next_expected_msg_seq_num(*value),
        "false", "S-789-01";
    /// Whether a Logout over numbers has NextExpectedMsgSeqNum(789).
    next_expected_on_logout: bool = |it, value| it.next_expected_on_logout(*value),
        "false", "S-789-16";
    /// Whether every message has LastMsgSeqNumProcessed(369).
    last_msg_seq_num_processed: bool = |it, value| it.last_msg_seq_num_processed(*value),
        "false", "S-SEQ-13";
    /// Whether our Logon has MaxMessageSize(383).
    announce_max_message_size: bool = |it, value| it.announce_max_message_size(*value),
        "false", "S-LOGON-16";
    /// Whether this is a test session or a production session.
    test_message_indicator: bool = |it, value| it.test_message_indicator(*value),
        "neither said nor looked at", "S-LOGON-15";
    /// Whether a repetition without OrigSendingTime(122) is rejected.
    require_orig_sending_time: bool = |it, value| it.require_orig_sending_time(*value),
        "true", "S-PD-02";
    /// Whether an OrigSendingTime(122) after SendingTime(52) is rejected without a Logout.
    reject_only_bad_orig_sending_time: bool =
        |it, value| it.reject_only_bad_orig_sending_time(*value), "false", "S-PD-03";
    /// Whether OrigSendingTime(122) of a repetition in sequence is checked too.
    orig_sending_time_in_sequence: bool = |it, value| it.orig_sending_time_in_sequence(*value),
        "true", "S-PD-05, D-12";
    /// What Text(58) of our Rejects says: `detailed` or `standard`.
    reject_texts: RejectTexts = |it, value| it.reject_texts(*value), "\"detailed\"", "S-VAL-04";
    /// Whether the Logout behind a Reject says nothing.
    plain_logout_after_reject: bool = |it, value| it.plain_logout_after_reject(*value),
        "false", "D-28";
    /// Whether our Logouts leave out SessionStatus(1409).
    omit_session_status: bool = |it, value| it.omit_session_status(*value), "false", "S-OUT-13";
    /// Whether Rejects of header fields leave out RefTagID(371).
    omit_ref_tag_id: bool = |it, value| it.omit_ref_tag_id(*value), "false", "S-VAL-08, D-28";
    /// Whether a wrong Logon, or a second one, ends the connection without a Logout.
    silent_logon_refusal: bool = |it, value| it.silent_logon_refusal(*value),
        "false", "S-LOGON-28, D-23, D-27";
    /// Whether a message with a wrong BodyLength(9) swallows what lies before its CheckSum(10).
    trust_body_length: bool = |it, value| it.trust_body_length(*value), "false", "S-FRAME-18";
    /// Whether fields are checked before numbers.
    fields_before_sequence: bool = |it, value| it.fields_before_sequence(*value),
        "false", "S-VAL-36, D-29";
    /// Whether every message ahead of a gap is answered with a ResendRequest.
    redundant_resend_requests: bool = |it, value| it.redundant_resend_requests(*value),
        "false", "S-RR-05, D-08";
    /// Whether the application may write PossDupFlag(43) and OrigSendingTime(122).
    compose_poss_dup: bool = |it, value| it.compose_poss_dup(*value), "false", "S-PD-09";
    /// The least digits of MsgSeqNum(34), up to 18.
    msg_seq_num_digits: u8 = |it, value| it.msg_seq_num_digits(*value), "0", "S-VAL-33";
    /// The least digits of BodyLength(9), up to 18.
    body_length_digits: u8 = |it, value| it.body_length_digits(*value), "0", "S-FRAME-04";
    /// Whether RawData(96) may stand without its length.
    raw_data_without_length: bool = |it, value| it.raw_data_without_length(*value),
        "false", "S-FRAME-09";
    /// Fields that the venue's header has beyond the standard's, by tag, 8 at most.
    header_tags: Vec<Tag> = |it, value| it.header_tags(value), "[]", "S-VAL-31";
    /// Whether fields of header, body and trailer may be mixed.
    fields_out_of_order: bool = |it, value| it.fields_out_of_order(*value), "false", "S-VAL-31";
    /// Further fields that are secret, by tag, 16 at most.
    secret_tags: Vec<Tag> = |it, value| it.secret_tags(value), "[]", "INV-23";
    /// Whether a tag may stand without a value.
    empty_values: bool = |it, value| it.empty_values(*value), "false", "S-FRAME-20";
    /// Whether messages can be composed while there is no connection.
    offline_sends: bool = |it, value| it.offline_sends(*value), "false", "S-Q-01";
}
