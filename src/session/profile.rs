//! Settings that belong together because one engine has them so.

use core::time::Duration;

use super::builder::ConfigBuilder;
use super::policy::{
    HeartBtIntAnswer, RejectTexts, ResendRequestForm, ResetPermission, SilenceFrom,
};

/// Its counterparties do not know of a limit: large enough for their lists and news.
const MESSAGE_LEN_MAX: usize = 1 << 20;

impl ConfigBuilder {
    /// Everything that QuickFIX does differently from this crate's defaults, so that its
    /// counterparties and its acceptance scripts are matched to the letter. Each setting can be
    /// set again afterwards.
    ///
    /// A peer whose resets are obeyed can make both sides forget what they owe each other: set
    /// [`reset_permission`](Self::reset_permission) again where that was not agreed on.
    pub fn quickfix_profile(self) -> Self {
        let permission = if self.version().has_reset_seq_num_flag() {
            ResetPermission::ALL
        } else {
            ResetPermission::NONE
        };
        self.acknowledge_logout_at_once(true)
            .logout_timeout(Duration::from_secs(2))
            .logout_linger(Duration::ZERO)
            .serve_low_resend_request(true)
            .resend_request_form(ResendRequestForm::Open)
            .open_last_chunk(true)
            .retransmit_rejects(false)
            .heartbeat_while_test_request_open(false)
            .test_request_after(120)
            .silence_after(240)
            .silence_counts_from(SilenceFrom::LastReceipt)
            .logout_on_silence(false)
            .test_req_id("TEST")
            .reject_texts(RejectTexts::Standard)
            .plain_logout_after_reject(true)
            .omit_session_status(true)
            .omit_ref_tag_id(true)
            .silent_logon_refusal(true)
            .trust_body_length(true)
            .fields_before_sequence(true)
            .orig_sending_time_in_sequence(false)
            .reset_permission(permission)
            .check_appl_ver_id(false)
            .ref_appl_ver_id(false)
            .infer_reset(true)
            .heart_bt_int_answer(HeartBtIntAnswer::Ignored)
            .message_len_max(MESSAGE_LEN_MAX)
    }
}
