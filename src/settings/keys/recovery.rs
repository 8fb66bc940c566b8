//! Numbers, resets, what is asked for and sent again; what messages say, and what is wrong.

use alloc::format;
use alloc::string::String;

use crate::settings::draft::Draft;
use crate::settings::key::{Key, flag, noted, only, secret, text, whole};
use crate::settings::{LogonFields, Resend, ResendForm, Reset, Seconds};
use crate::wire::{Precision, Tag};

pub(super) const NUMBERS: &[Key] = &[
    flag("ResetOnLogon", "CJNG", "reset", |draft, yes| draft.reset(Reset::AtLogon, yes)),
    flag("ResetOnLogout", "CJNG", "reset", |draft, yes| draft.reset(Reset::AtLogout, yes)),
    flag("ResetOnDisconnect", "CJNG", "reset", |draft, yes| {
        draft.reset(Reset::AtDisconnect, yes);
    }),
    flag("ResetOnError", "J", "reset", |draft, yes| draft.reset(Reset::AtError, yes)),
    only(
        "SendResetSeqNumFlag",
        "C",
        "N",
        "the flag goes out with the reset that it announces",
        "ResetOnLogon=Y",
    ),
    flag("RefreshOnLogon", "CJNG", "refresh_on_logon", |draft, yes| {
        draft.options.refresh_on_logon = Some(yes);
    }),
    flag("EnableLastMsgSeqNumProcessed", "JNG", "last_msg_seq_num_processed", |draft, yes| {
        draft.options.last_msg_seq_num_processed = Some(yes);
    }),
    flag(
        "EnableNextExpectedMsgSeqNum SendNextExpectedMsgSeqNum",
        "CJNG",
        "next_expected_msg_seq_num",
        |draft, yes| draft.options.next_expected_msg_seq_num = Some(yes),
    ),
    whole(
        "ResendRequestChunkSize MaxMessagesInResendRequest",
        "JNG",
        "resend_request_form",
        (0, 1_000_000_000),
        |draft, numbers| draft.chunk = Some(numbers),
    ),
    flag("ClosedResendInterval", "J", "resend_request_form", |draft, yes| {
        draft.options.resend_request_form =
            Some(if yes { ResendForm::Closed } else { ResendForm::Open });
    }),
    flag("SendRedundantResendRequests", "CJN", "redundant_resend_requests", |draft, yes| {
        draft.options.redundant_resend_requests = Some(yes);
    }),
    flag("ResendSessionLevelRejects", "N", "retransmit_rejects", |draft, yes| {
        draft.options.retransmit_rejects = Some(yes);
    }),
    flag("PersistMessages", "CJNG", "resend", |draft, yes| {
        // Every message has been sent before it is asked for again, so that all are gap-filled.
        draft.options.resend =
            if yes { Resend::All } else { Resend::NotOlderThan(Seconds::new(0)) };
    }),
    noted("ForceResendWhenCorruptedStore", "J", "N", "what the store has lost is gap-filled"),
    flag("IgnorePossDupResendRequests", "N", "ignore_poss_dup_resend_requests", |draft, yes| {
        draft.options.ignore_poss_dup_resend_requests = Some(yes);
    }),
    only("CmeEnhancedResend", "N", "N", "it is a venue's own protocol", "ResendRequestChunkSize"),
    only("ValidateSequenceNumbers", "J", "Y", "a session without numbers recovers nothing", ""),
];

pub(super) const MESSAGES: &[Key] = &[
    secret(
        "LogonTag LogonTag<n>",
        "J",
        "logon_field",
        "`TAG=VALUE`, a further field on our Logon",
        logon_tag,
    ),
    flag("CheckLatency", "CJNG", "sending_time_threshold", |draft, yes| {
        draft.check_latency = Some(yes);
    }),
    whole("MaxLatency", "CJNG", "sending_time_threshold", (1, 86_400), |draft, seconds| {
        draft.max_latency = Some(seconds);
    }),
    text(
        "TimeStampPrecision",
        "CJNG",
        "precision",
        "`SECONDS`, `MILLIS`, `MICROS`, `NANOS`, or 0 to 9 digits",
        precision,
    ),
    flag("MillisecondsInTimestamp", "CN", "precision", |draft, yes| {
        draft.millis = Some(if yes { Precision::MILLIS } else { Precision::SECONDS });
    }),
    flag("CheckCompID", "CJNG", "check_comp_ids", |draft, yes| {
        draft.options.check_comp_ids = Some(yes);
    }),
    flag("RequiresOrigSendingTime", "JN", "require_orig_sending_time", |draft, yes| {
        draft.options.require_orig_sending_time = Some(yes);
        if yes {
            draft.options.orig_sending_time_in_sequence = Some(true);
        }
    }),
    flag("AllowPosDup", "J", "compose_poss_dup", |draft, yes| {
        draft.options.compose_poss_dup = Some(yes);
    }),
    flag("ValidateChecksum", "J", "validate_check_sum", |draft, yes| {
        draft.options.validate_check_sum = Some(yes);
    }),
    flag("ValidateLengthAndChecksum", "CN", "validate_check_sum", |draft, yes| {
        // Without its length nobody knows where a message ends (S-FRAME-11).
        draft.options.validate_check_sum = Some(yes);
    }),
    flag("RejectGarbledMessage", "J", "reject_garbled", |draft, yes| {
        draft.options.reject_garbled = Some(yes);
    }),
    noted(
        "RejectMessageOnUnhandledException",
        "J",
        "N",
        "the application answers each message itself; nearest: Reply::business_reject in the \
         handler",
    ),
    only(
        "DisconnectOnError",
        "J",
        "N",
        "each fault has the answer that FIX gives it",
        "Operation::Disconnect when a Notice reports one",
    ),
    flag("SendLogoutBeforeDisconnectFromTimeout", "N", "logout_on_silence", |draft, yes| {
        draft.options.logout_on_silence = Some(yes);
    }),
    noted("PreserveMessageFieldsOrder", "C", "Y", "fields go out as the application writes them"),
    noted("Encoding", "N", "", "text is bytes here, and the application's to encode"),
    noted(
        "InChanCapacity",
        "G",
        "",
        "there is no queue between line and application; nearest: \
         ConnectionOptions::receive_bytes",
    ),
];

fn logon_tag(draft: &mut Draft, _: &str, value: &str) -> Result<(), String> {
    let (tag, value) = value.split_once('=').ok_or("is not TAG=VALUE, such as 553=user")?;
    let tag = tag.trim().parse().ok().and_then(Tag::new);
    let tag = tag.ok_or("what stands before the second `=` is no tag, such as 553")?;
    let fields = draft.options.logon_field.get_or_insert_with(LogonFields::new);
    if draft.from_elsewhere {
        // What does not stand in the file is not to be shown.
        fields.hide(tag);
    }
    if fields.set(tag, value.trim()) {
        return Err(format!("there are two values for tag {tag}"));
    }
    Ok(())
}

fn precision(draft: &mut Draft, _: &str, value: &str) -> Result<(), String> {
    let name = value.to_ascii_uppercase();
    let precision = match name.trim_end_matches('S') {
        "SECOND" => Some(Precision::SECONDS),
        "MILLI" => Some(Precision::MILLIS),
        "MICRO" => Some(Precision::MICROS),
        "NANO" => Some(Precision::NANOS),
        digits => digits.parse().ok().and_then(Precision::new),
    };
    if precision.is_none() {
        return Err("is none of SECONDS, MILLIS, MICROS, NANOS and 0 to 9".into());
    }
    draft.precision = precision;
    Ok(())
}
