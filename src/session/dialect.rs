//! What a peer may be used to beyond the standard: each deviation is agreed on, and set by itself.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::builder::ConfigBuilder;
use super::policy::{HeartBtIntAnswer, RejectTexts, SilenceFrom, ThirdParty};
use crate::wire::{HeaderTags, Leniency, SeqNum, Tag};

/// The deviations of one session. The default is the standard.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Dialect {
    pub(super) acknowledge_logout_at_once: bool,
    pub(super) serve_low_resend_request: bool,
    pub(super) heartbeat_while_probing: bool,
    pub(super) silence_from: SilenceFrom,
    pub(super) logout_on_silence: bool,
    /// Empty when each TestRequest has its own.
    pub(super) test_req_id: Box<str>,
    pub(super) reject_texts: RejectTexts,
    pub(super) plain_logout_after_reject: bool,
    pub(super) omit_session_status: bool,
    pub(super) omit_ref_tag_id: bool,
    pub(super) silent_logon_refusal: bool,
    pub(super) framing: Leniency,
    /// Whether there were more of them than fit.
    pub(super) too_many_header_tags: bool,
    pub(super) fields_before_sequence: bool,
    pub(super) orig_sending_time_in_sequence: bool,
    pub(super) open_last_chunk: bool,
    pub(super) infer_reset: bool,
    pub(super) adopt_first_msg_seq_num: bool,
    pub(super) require_matching_heartbeat: bool,
    pub(super) check_comp_ids: bool,
    pub(super) check_begin_string: bool,
    pub(super) heart_bt_int_answer: HeartBtIntAnswer,
    pub(super) optional_logon_fields: bool,
    pub(super) ask_about_logons: bool,
    pub(super) end_seq_no_zero: bool,
    pub(super) ignore_poss_dup_resend_requests: bool,
    pub(super) reject_garbled: bool,
    pub(super) resend_request_before_logon: bool,
    pub(super) identical_resend_requests_max: u32,
    pub(super) resets_per_minute_max: u32,
    pub(super) warn_at_msg_seq_num: Option<SeqNum>,
    pub(super) sub_ids_are_identity: bool,
    pub(super) on_behalf_of: ThirdParty,
    pub(super) deliver_to: ThirdParty,
    /// Codes beside the default one.
    pub(super) appl_ver_ids: Vec<Box<str>>,
    pub(super) check_appl_ver_id: bool,
    /// Whether any of the checks of `identity::header_fault` is on; computed by `build()`.
    pub(super) looks_at_headers: bool,
    pub(super) ref_appl_ver_id: bool,
    pub(super) next_expected_on_logout: bool,
    pub(super) compose_poss_dup: bool,
    /// The least digits; 0 for no leading zeros.
    pub(super) msg_seq_num_digits: u8,
    pub(super) body_length_digits: u8,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            acknowledge_logout_at_once: false,
            serve_low_resend_request: false,
            heartbeat_while_probing: true,
            silence_from: SilenceFrom::TestRequest,
            logout_on_silence: true,
            test_req_id: Box::default(),
            reject_texts: RejectTexts::Detailed,
            plain_logout_after_reject: false,
            omit_session_status: false,
            omit_ref_tag_id: false,
            silent_logon_refusal: false,
            framing: Leniency::default(),
            too_many_header_tags: false,
            fields_before_sequence: false,
            orig_sending_time_in_sequence: true,
            open_last_chunk: false,
            infer_reset: false,
            adopt_first_msg_seq_num: false,
            require_matching_heartbeat: false,
            check_comp_ids: true,
            check_begin_string: true,
            heart_bt_int_answer: HeartBtIntAnswer::Refused,
            optional_logon_fields: false,
            ask_about_logons: true,
            end_seq_no_zero: false,
            ignore_poss_dup_resend_requests: true,
            reject_garbled: false,
            resend_request_before_logon: false,
            identical_resend_requests_max: 100,
            resets_per_minute_max: 10,
            warn_at_msg_seq_num: None,
            sub_ids_are_identity: false,
            on_behalf_of: ThirdParty::Any,
            deliver_to: ThirdParty::Any,
            appl_ver_ids: Vec::new(),
            check_appl_ver_id: true,
            looks_at_headers: false,
            ref_appl_ver_id: true,
            next_expected_on_logout: false,
            compose_poss_dup: false,
            msg_seq_num_digits: 0,
            body_length_digits: 0,
        }
    }
}

/// What counterparties of other engines may be used to.
impl ConfigBuilder {
    /// Whether the peer's Logout is acknowledged at once, whatever its number and whatever is
    /// missing, without a ResendRequest (D-06). Default no: what is missing is recovered first
    /// (S-OUT-06).
    pub const fn acknowledge_logout_at_once(mut self, at_once: bool) -> Self {
        self.dialect().acknowledge_logout_at_once = at_once;
        self
    }

    /// Whether a ResendRequest whose own number is too low is served all the same (S-RSND-13,
    /// D-14). Default no: it ends the connection, as every number that is too low.
    pub const fn serve_low_resend_request(mut self, serve: bool) -> Self {
        self.dialect().serve_low_resend_request = serve;
        self
    }

    /// Whether Heartbeats go on while our TestRequest awaits its answer (S-HB-01). Default yes.
    pub const fn heartbeat_while_test_request_open(mut self, go_on: bool) -> Self {
        self.dialect().heartbeat_while_probing = go_on;
        self
    }

    /// From when on [`silence_after`](Self::silence_after) counts (S-HB-03, D-02). Default from
    /// the TestRequest.
    pub const fn silence_counts_from(mut self, start: SilenceFrom) -> Self {
        self.dialect().silence_from = start;
        self
    }

    /// Whether a silent peer is told with a Logout before the connection is cut (S-HB-03, D-02).
    /// Default yes.
    pub const fn logout_on_silence(mut self, say: bool) -> Self {
        self.dialect().logout_on_silence = say;
        self
    }

    /// One TestReqID(112) for all our TestRequests, at most 64 bytes. Default each has its own,
    /// which is its number (S-HB-08).
    pub fn test_req_id(mut self, id: &str) -> Self {
        self.dialect().test_req_id = id.into();
        self
    }

    /// What Text(58) of our Rejects says (S-VAL-04). Default [`RejectTexts::Detailed`].
    pub const fn reject_texts(mut self, texts: RejectTexts) -> Self {
        self.dialect().reject_texts = texts;
        self
    }

    /// Whether the Logout behind a Reject says nothing, because the Reject did (D-28). Default no:
    /// it repeats the reason (S-OUT-11).
    pub const fn plain_logout_after_reject(mut self, plain: bool) -> Self {
        self.dialect().plain_logout_after_reject = plain;
        self
    }

    /// Whether our Logouts leave out SessionStatus(1409), which they have from FIX.5.0 on
    /// (S-OUT-13). Default no.
    pub const fn omit_session_status(mut self, omit: bool) -> Self {
        self.dialect().omit_session_status = omit;
        self
    }

    /// Whether a Reject for a CompID, for a SendingTime or OrigSendingTime, for a MsgType or for a
    /// SequenceReset backwards leaves out RefTagID(371) (D-28). Default no (S-VAL-08).
    pub const fn omit_ref_tag_id(mut self, omit: bool) -> Self {
        self.dialect().omit_ref_tag_id = omit;
        self
    }

    /// Whether a Logon of known identity with wrong content, or a second Logon on a connection,
    /// ends it without a Logout (S-LOGON-28, D-23, D-27). A wrong number is answered all the same.
    /// Default no (S-LOGON-20).
    pub const fn silent_logon_refusal(mut self, silent: bool) -> Self {
        self.dialect().silent_logon_refusal = silent;
        self
    }

    /// Whether a message with a wrong BodyLength(9) reaches to the next CheckSum(10) behind it,
    /// swallowing what lies between (S-FRAME-18). Default no: the next message begins wherever one
    /// can (S-FRAME-17).
    pub const fn trust_body_length(mut self, trust: bool) -> Self {
        self.dialect().framing.trust_body_length = trust;
        self
    }

    /// Whether fields are checked before numbers, so that a message ahead of a gap with a wrong
    /// field is rejected at once, and again when it is repeated (S-VAL-36, D-29). Default no.
    pub const fn fields_before_sequence(mut self, before: bool) -> Self {
        self.dialect().fields_before_sequence = before;
        self
    }

    /// Whether OrigSendingTime(122) of a repetition is also checked when its number is the
    /// expected one, not only when it is too low (S-PD-05, D-12). Default yes.
    pub const fn orig_sending_time_in_sequence(mut self, check: bool) -> Self {
        self.dialect().orig_sending_time_in_sequence = check;
        self
    }

    /// Whether the last of several [`ResendRequestForm::Chunks`](super::ResendRequestForm::Chunks)
    /// reaches to the end rather than to the last number that is missing (S-RR-04). Default no.
    pub const fn open_last_chunk(mut self, open: bool) -> Self {
        self.dialect().open_last_chunk = open;
        self
    }

    /// Whether a Logon number 1 without ResetSeqNumFlag(141)=Y counts as the answer to ours that
    /// had it (S-RESET-09, D-20). Default no: the connection ends.
    pub const fn infer_reset(mut self, infer: bool) -> Self {
        self.dialect().infer_reset = infer;
        self
    }

    /// Whether a side that has received nothing yet takes the number of the peer's Logon as it
    /// comes, without asking for those before it, as one does that lost its state (S-789-17).
    /// Default no.
    pub const fn adopt_first_msg_seq_num(mut self, adopt: bool) -> Self {
        self.dialect().adopt_first_msg_seq_num = adopt;
        self
    }

    /// Whether only the Heartbeat with its TestReqID(112) answers our TestRequest; everything else
    /// puts off the end, and no further TestRequest goes out (S-HB-04, D-03). Default no: any
    /// message shows that the peer is there.
    pub const fn require_matching_heartbeat(mut self, require: bool) -> Self {
        self.dialect().require_matching_heartbeat = require;
        self
    }

    /// Whether SenderCompID(49) and TargetCompID(56) of each message must be those of the session
    /// (S-ID-01, S-ID-02). Default yes; without it they must only be there.
    pub const fn check_comp_ids(mut self, check: bool) -> Self {
        self.dialect().check_comp_ids = check;
        self
    }

    /// Whether BeginString(8) of each message must be that of the session (S-ID-04). Default yes.
    pub const fn check_begin_string(mut self, check: bool) -> Self {
        self.dialect().check_begin_string = check;
        self
    }

    /// What an initiator makes of a HeartBtInt(108) that it did not propose (S-LOGON-08). Default
    /// [`HeartBtIntAnswer::Refused`].
    pub const fn heart_bt_int_answer(mut self, answer: HeartBtIntAnswer) -> Self {
        self.dialect().heart_bt_int_answer = answer;
        self
    }

    /// Whether the peer's Logon may come without EncryptMethod(98), which then is 0, and without
    /// HeartBtInt(108), which then is [ours](Self::heart_bt_int). Default no: every version
    /// requires them (S-LOGON-05, S-LOGON-09).
    pub const fn optional_logon_fields(mut self, optional: bool) -> Self {
        self.dialect().optional_logon_fields = optional;
        self
    }

    /// Whether the application is asked about each Logon that fits the session
    /// ([`Action::Authenticate`](super::Action::Authenticate)). Acceptors only. Default yes;
    /// without it whoever fits is welcome, as where TLS or the network has said who it is, and the
    /// Logon is delivered.
    pub const fn ask_about_logons(mut self, ask: bool) -> Self {
        self.dialect().ask_about_logons = ask;
        self
    }

    /// Whether an open ResendRequest ends with EndSeqNo(16)=0 before FIX.4.2 as well. Default no:
    /// it ends with 999999 there (S-RR-02).
    pub const fn end_seq_no_zero(mut self, zero: bool) -> Self {
        self.dialect().end_seq_no_zero = zero;
        self
    }

    /// Whether a ResendRequest with PossDupFlag(43)=Y only uses up its number. Default yes
    /// (S-RSND-14); without it, it is served as any other.
    pub const fn ignore_poss_dup_resend_requests(mut self, ignore: bool) -> Self {
        self.dialect().ignore_poss_dup_resend_requests = ignore;
        self
    }

    /// Whether fields may stand in any order behind MsgType(35): those of the header among those
    /// of the body, where they count as well, and those of the body behind the trailer. Default no
    /// (S-VAL-31).
    pub const fn fields_out_of_order(mut self, pass: bool) -> Self {
        self.dialect().framing.any_order = pass;
        self
    }

    /// Whether a garbled message is rejected if its number can be read, and uses that number up if
    /// it is the expected one (D-25). Default no: it is ignored (S-FRAME-11). What was garbled may
    /// have been the number.
    pub const fn reject_garbled(mut self, reject: bool) -> Self {
        self.dialect().reject_garbled = reject;
        self
    }

    /// Whether CheckSum(10) must be right (S-FRAME-10). Default yes; without it three digits must
    /// stand where the message ends by its length.
    pub const fn validate_check_sum(mut self, validate: bool) -> Self {
        self.dialect().framing.any_check_sum = !validate;
        self
    }

    /// Whether a ResendRequest that comes before the peer's Logon is served behind it. Initiators
    /// only. Default no: the first message must be a Logon (S-LOGON-24).
    pub const fn resend_request_before_logon(mut self, serve: bool) -> Self {
        self.dialect().resend_request_before_logon = serve;
        self
    }

    /// How often the peer may ask for messages from the same number on, without asking for others
    /// in between, before the connection ends. Three times as often where it asks for others, but
    /// never from a higher number on than before; and so often for each number, in the mean. Not
    /// counted are the requests of a peer that asks once for each message ahead of a gap, before it
    /// has read the answer (S-RSND-01). Default 100.
    pub const fn identical_resend_requests_max(mut self, requests: u32) -> Self {
        self.dialect().identical_resend_requests_max = requests;
        self
    }

    /// How often in a minute the peer may reset both numbers in session, where it may, before the
    /// connection ends (INV-18). Default 10.
    pub const fn resets_per_minute_max(mut self, resets: u32) -> Self {
        self.dialect().resets_per_minute_max = resets;
        self
    }

    /// From which number on, in either direction, each connection is told once with
    /// [`Notice::NumbersRunOut`](super::Notice::NumbersRunOut) that a reset should be planned
    /// (S-SEQ-12). Default never.
    pub const fn warn_at_msg_seq_num(mut self, number: SeqNum) -> Self {
        self.dialect().warn_at_msg_seq_num = Some(number);
        self
    }

    /// Whether a Reject of an application message that does not state its version has that of the
    /// peer's Logon in RefApplVerID(1130) (S-VAL-07). FIX 5.0 and later. Default yes.
    pub const fn ref_appl_ver_id(mut self, state: bool) -> Self {
        self.dialect().ref_appl_ver_id = state;
        self
    }

    /// Whether a Logout over numbers says with NextExpectedMsgSeqNum(789) what we expect, and what
    /// the peer's says is told with [`Notice::PeerExpects`](super::Notice::PeerExpects)
    /// (S-789-16). FIX 5.0 and later. Default no.
    pub const fn next_expected_on_logout(mut self, exchange: bool) -> Self {
        self.dialect().next_expected_on_logout = exchange;
        self
    }

    /// Whether the application may put PossDupFlag(43) and OrigSendingTime(122) into the header of
    /// a new message, as one does that passes on what it received (S-PD-09). Default no.
    pub const fn compose_poss_dup(mut self, allow: bool) -> Self {
        self.dialect().compose_poss_dup = allow;
        self
    }

    /// The least number of digits of MsgSeqNum(34), filled up with zeros, up to 18. Default no
    /// more than it has (S-VAL-33).
    pub const fn msg_seq_num_digits(mut self, digits: u8) -> Self {
        self.dialect().msg_seq_num_digits = digits;
        self
    }

    /// The least number of digits of BodyLength(9), filled up with zeros, up to 18. Default no
    /// more than it has (S-FRAME-04).
    pub const fn body_length_digits(mut self, digits: u8) -> Self {
        self.dialect().body_length_digits = digits;
        self
    }

    /// Whether RawData(96) may stand without RawDataLength(95), as text up to the next delimiter,
    /// in what comes in and on our Logons. Default no: what comes in so is garbled (S-FRAME-09).
    pub const fn raw_data_without_length(mut self, accept: bool) -> Self {
        self.dialect().framing.raw_data_without_length = accept;
        self
    }

    /// Whether a tag may stand without a value. Default no: the message is rejected (S-FRAME-20).
    /// Dictionaries have a check of their own for it, [`Check::EmptyValue`].
    ///
    /// [`Check::EmptyValue`]: crate::dictionary::Check::EmptyValue
    pub const fn empty_values(mut self, accept: bool) -> Self {
        self.dialect().framing.empty_values = accept;
        self
    }

    /// Fields that the venue's header has beyond the standard's, 8 at most: a field of the standard
    /// may stand behind them (S-VAL-31). Default none: the first field that is not the standard's
    /// begins the body. Which messages have them, a dictionary says. An acceptor's
    /// [`engine::FirstMessage`](crate::engine::FirstMessage) must allow them, too.
    pub fn header_tags(mut self, tags: &[Tag]) -> Self {
        let header_tags = HeaderTags::new(tags);
        let dialect = self.dialect();
        dialect.too_many_header_tags = header_tags.is_none();
        dialect.framing.header_tags = header_tags.unwrap_or_default();
        self
    }
}
