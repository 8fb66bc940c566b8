//! What is to be done about a fault that ended a connection: by the next attempt, and by a person.

use super::fault::Fault;
use super::reason::Recovery;
use crate::wire::{DefectKind, Tag};

impl Fault {
    /// What it means for the next connection when it ended one (INV-25).
    pub(super) const fn recovery(self) -> Recovery {
        match self {
            // Identity and numbers that do not fit, and a Logon that would be the same again: most
            // of these end a connection on a Logon only.
            Self::BeginString
            | Self::MsgSeqNumTooLow { .. }
            | Self::SeqNumJump { .. }
            | Self::ResendRequestLoop
            | Self::CompId(_)
            | Self::ThirdParty(_)
            | Self::VersionOfSessionMessage(_)
            | Self::EmptyValue(_)
            | Self::RequiredTagMissing(_)
            | Self::IncorrectValue(_)
            | Self::IncorrectFormat(_)
            | Self::Dictionary(_)
            | Self::HeartBtInt { .. }
            | Self::EncryptMethod { .. }
            | Self::MaxMessageSize { .. }
            | Self::NextExpectedTooHigh { .. }
            | Self::ResetNotPermitted
            | Self::ResetNotOne
            | Self::ResetNotAnswered => Recovery::Operator,
            Self::Field(defect) => match defect.kind {
                DefectKind::TooManyFields => Recovery::RetryLater,
                DefectKind::InvalidTag
                | DefectKind::EmptyValue
                | DefectKind::Repeated
                | DefectKind::Misplaced => Recovery::Operator,
            },
            // The peer sends the same again once we are logged on, or a clock has to be set.
            Self::Garbled(_)
            | Self::TooManyGarbled
            | Self::MessageTooLong { .. }
            | Self::TooManyFields
            | Self::NoMsgSeqNum
            | Self::SendingTime
            | Self::OrigSendingTime { .. }
            | Self::NewSeqNoTooLow { .. }
            | Self::ResendRange(_)
            | Self::NotLogon
            | Self::LogonRepeated
            | Self::LogonWhileLoggedOn
            | Self::TooManyResets
            | Self::ResetInterrupted => Recovery::RetryLater,
        }
    }

    /// What to do about it when it ended a connection, for a person: half a sentence, without a
    /// full stop. It names the option that lets it pass where there is one.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Garbled(_) | Self::TooManyGarbled => {
                "look at the line: bytes are lost or changed on it, or the peer does not speak FIX; \
                 garbled_max says how many garbled messages are borne"
            }
            Self::MessageTooLong { .. } => {
                "raise message_len_max (settings key MaxMessageSize): the peer sends the same \
                 message again after each Logon"
            }
            Self::TooManyFields => TOO_MANY_FIELDS,
            Self::BeginString => "agree with the peer on one version of FIX",
            Self::NoMsgSeqNum | Self::NotLogon | Self::LogonRepeated => NOT_BY_THE_RULES,
            Self::MsgSeqNumTooLow { .. } => {
                "the peer sends numbers that it used before: have it set its next number, or agree \
                 on a reset"
            }
            Self::SeqNumJump { .. } => {
                "the peer's number cannot be true: have it set its next number, or agree on a reset"
            }
            Self::CompId(_) => "compare the CompIDs with what the peer has: they change places",
            Self::ThirdParty(_) => "agree on on_behalf_of and deliver_to with the peer",
            Self::SendingTime => {
                "set the clocks of both sides, or raise sending_time_threshold (settings key \
                 MaxLatency)"
            }
            Self::OrigSendingTime { .. } => {
                "the peer's repetitions are dated after themselves: \
                 reject_only_bad_orig_sending_time lets the session go on"
            }
            Self::RequiredTagMissing(Tag::ENCRYPT_METHOD | Tag::HEART_BT_INT) => {
                "if the peer leaves EncryptMethod(98) or HeartBtInt(108) out of its Logons, set \
                 optional_logon_fields (settings key OptionalLogonFields)"
            }
            Self::Field(defect) => match defect.kind {
                DefectKind::TooManyFields => TOO_MANY_FIELDS,
                DefectKind::Misplaced => {
                    "if the peer mixes header and body, set fields_out_of_order (settings key \
                     ValidateFieldsOutOfOrder=N)"
                }
                DefectKind::InvalidTag | DefectKind::EmptyValue | DefectKind::Repeated => {
                    WRONG_LOGON
                }
            },
            Self::VersionOfSessionMessage(_)
            | Self::EmptyValue(_)
            | Self::RequiredTagMissing(_)
            | Self::IncorrectValue(_)
            | Self::IncorrectFormat(_) => WRONG_LOGON,
            Self::Dictionary(_) => {
                "compare the dictionary with the peer's Logon, or lay an overlay over it"
            }
            Self::NewSeqNoTooLow { .. } | Self::ResendRange(_) => NOT_BY_THE_RULES,
            Self::ResendRequestLoop => {
                "the peer does not take what it asks for: have it look at our answer"
            }
            Self::LogonWhileLoggedOn => "ask the peer why it logs on twice on one connection",
            Self::HeartBtInt { .. } => {
                "agree on HeartBtInt(108), or set heart_bt_int_answer or accept_heart_bt_int"
            }
            Self::EncryptMethod { .. } => "have the peer send EncryptMethod(98)=0; use TLS",
            Self::MaxMessageSize { .. } => "have the peer raise its MaxMessageSize(383)",
            Self::NextExpectedTooHigh { .. } => {
                "the peer has messages that our store does not know of: restore the store, or \
                 agree on a reset"
            }
            Self::ResetNotPermitted => {
                "if the peer may reset both numbers, set reset_permission; else have it send \
                 ResetSeqNumFlag(141)=N"
            }
            Self::ResetNotOne => "have the peer begin at MsgSeqNum(34)=1 when it resets",
            Self::ResetNotAnswered => {
                "if the peer resets without saying so, set infer_reset; else agree on resets"
            }
            Self::TooManyResets => {
                "ask the peer why it resets again and again; resets_per_minute_max says how often \
                 it may"
            }
            Self::ResetInterrupted => {
                "without strict_reset, what was on its way when we reset is let pass"
            }
        }
    }
}

const WRONG_LOGON: &str = "have the peer mend the field of its Logon that the fault names";
const NOT_BY_THE_RULES: &str = "ask the peer what it meant: no rule of FIX allows it";
const TOO_MANY_FIELDS: &str = "raise fields_max";
