//! Reading a Logon(A): whose it is, what it says, and the first thing that is wrong with it.

use super::config::Config;
use super::config_check::HEART_BT_INT_MAX;
use super::fault::Fault;
use super::fields::field_fault;
use super::identity;
use super::inbound;
use super::policy::{HeartBtIntAnswer, Role};
use super::state::{LogonFacts, SeqNums};
use super::validation::{check_logon, serves};
use crate::wire::{Message, Scan, SeqNum, Tag, UtcTime, parse_int, parse_uint};

/// A Logon may be ahead of what is expected, within reason, and never behind (S-LOGON-42); and it
/// cannot expect what was never sent (S-789-03, S-789-09).
pub(super) fn number_fault(logon: LogonFacts, nums: SeqNums) -> Option<Fault> {
    let (expected, received) = (nums.next_in, logon.seq.get());
    if logon.seq < expected {
        return Some(Fault::MsgSeqNumTooLow { expected, received });
    }
    let too_high = logon.next_expected.filter(|next_expected| *next_expected > nums.next_out);
    if let Some(received) = too_high {
        return Some(Fault::NextExpectedTooHigh { expected: nums.next_out, received });
    }
    inbound::check_jump(expected, Tag::MSG_SEQ_NUM, received).err()
}

/// The numbers by which a Logon is judged: a side that has received nothing yet may take the
/// peer's as it comes (S-789-17), within reason.
pub(super) fn adopted(config: &Config, logon: LogonFacts, mut nums: SeqNums) -> SeqNums {
    let fresh = nums.next_in == SeqNum::MIN;
    if config.dialect.adopt_first_msg_seq_num && fresh && logon.seq.get() <= inbound::JUMP_MAX {
        nums.next_in = logon.seq;
    }
    nums
}

/// BeginString and CompIDs of a first message: whose session is this?
pub(super) fn identify_logon(config: &Config, scan: &Scan<'_>) -> Result<(), Fault> {
    identity::check_begin_string(config, scan.message)?;
    identity::check_sub_ids(config, scan.message)?;
    identity::check_places(scan)?;
    identity::check_comp_ids(config, scan).map_err(|fault| {
        if let Fault::RequiredTagMissing(tag) | Fault::EmptyValue(tag) = fault {
            Fault::CompId(tag)
        } else {
            fault
        }
    })
}

/// What matters of a Logon, with the first thing that is wrong with it.
pub(super) fn facts(config: &Config, scan: &Scan<'_>, seq: SeqNum, utc: UtcTime) -> LogonFacts {
    let message = scan.message;
    let heart_bt_int = heart_bt_int(config, message);
    let next_expected = next_expected(config, message);
    let max_message_size = max_message_size(message);
    let fault = field_fault(scan)
        .or_else(|| message.poss_dup().then_some(Fault::LogonRepeated))
        .or_else(|| inbound::check_sending_time(config, scan, utc, utc).err())
        .or_else(|| check_encrypt_method(config, message).err())
        .or_else(|| heart_bt_int.err())
        .or_else(|| check_reset_flag(config, message).err())
        .or_else(|| check_default_appl_ver_id(config, message).err())
        .or_else(|| check_test_message_indicator(config, message).err())
        .or_else(|| next_expected.err())
        .or_else(|| max_message_size.err());
    let checked = fault.map_or_else(|| check_logon(config, message), Err);
    LogonFacts {
        seq,
        heart_bt_int_secs: heart_bt_int.unwrap_or_default(),
        reset: asks_for_reset(config, message),
        next_expected: next_expected.unwrap_or_default(),
        max_message_size: max_message_size.unwrap_or_default(),
        fault: checked.err(),
        warning: checked.unwrap_or_default(),
    }
}

/// Only no encryption is spoken here (S-LOGON-09).
fn check_encrypt_method(config: &Config, message: Message<'_>) -> Result<(), Fault> {
    let tag = Tag::ENCRYPT_METHOD;
    match message.get(tag) {
        Some(b"0") => Ok(()),
        Some(value) => Err(Fault::EncryptMethod { method: parse_uint(value) }),
        None if may_lack(config, tag) => Ok(()),
        None => Err(Fault::RequiredTagMissing(tag)),
    }
}

/// Whether the peer's Logon may come without this field, which every version requires.
pub(super) fn may_lack(config: &Config, tag: Tag) -> bool {
    let dialect = &config.dialect;
    match tag {
        Tag::ENCRYPT_METHOD => dialect.optional_logon_fields,
        Tag::HEART_BT_INT => dialect.optional_logon_fields || ignores_heart_bt_int(config),
        _ => false,
    }
}

/// Whether the peer's HeartBtInt(108) is not looked at.
fn ignores_heart_bt_int(config: &Config) -> bool {
    config.role == Role::Initiator
        && config.dialect.heart_bt_int_answer == HeartBtIntAnswer::Ignored
}

/// An acceptor accepts what its configuration says, an initiator what it proposed (S-LOGON-05 to
/// S-LOGON-08).
fn heart_bt_int(config: &Config, message: Message<'_>) -> Result<u32, Fault> {
    let tag = Tag::HEART_BT_INT;
    let own = config.heart_bt_int_secs;
    let seconds = match message.get(tag) {
        _ if ignores_heart_bt_int(config) => return Ok(own),
        Some(value) => parse_int(value).ok_or(Fault::IncorrectFormat(tag))?,
        None if may_lack(config, tag) => own.into(),
        None => return Err(Fault::RequiredTagMissing(tag)),
    };
    let (min, max) = match config.role {
        Role::Initiator => match config.dialect.heart_bt_int_answer {
            HeartBtIntAnswer::Refused | HeartBtIntAnswer::Ignored => (own, own),
            HeartBtIntAnswer::Adopted => (0, HEART_BT_INT_MAX),
        },
        Role::Acceptor => {
            (*config.heart_bt_int_accepted.start(), *config.heart_bt_int_accepted.end())
        }
    };
    u32::try_from(seconds)
        .ok()
        .filter(|seconds| (min..=max).contains(seconds))
        .ok_or(Fault::HeartBtInt { min, max })
}

/// Whether both numbers restart at 1 with this Logon (S-RESET-01).
pub(super) fn asks_for_reset(config: &Config, message: Message<'_>) -> bool {
    config.version.has_reset_seq_num_flag() && message.get(Tag::RESET_SEQ_NUM_FLAG) == Some(b"Y")
}

fn check_reset_flag(config: &Config, message: Message<'_>) -> Result<(), Fault> {
    if !config.version.has_reset_seq_num_flag() {
        return Ok(());
    }
    match message.get(Tag::RESET_SEQ_NUM_FLAG) {
        None | Some(b"Y" | b"N") => Ok(()),
        Some(_) => Err(Fault::IncorrectFormat(Tag::RESET_SEQ_NUM_FLAG)),
    }
}

/// Under FIXT.1.1 each Logon names the version of its sender's messages (S-FIXT-02, S-FIXT-07).
fn check_default_appl_ver_id(config: &Config, message: Message<'_>) -> Result<(), Fault> {
    if !config.version.is_fixt() {
        return Ok(());
    }
    let tag = Tag::DEFAULT_APPL_VER_ID;
    let code = message.get(tag).ok_or(Fault::RequiredTagMissing(tag))?;
    if serves(config, code) { Ok(()) } else { Err(Fault::IncorrectValue(tag)) }
}

/// Both sides must mean the same environment; absent is production (S-LOGON-15).
fn check_test_message_indicator(config: &Config, message: Message<'_>) -> Result<(), Fault> {
    let tag = Tag::TEST_MESSAGE_INDICATOR;
    let test = match message.get(tag) {
        None | Some(b"N") => false,
        Some(b"Y") => true,
        Some(_) => return Err(Fault::IncorrectFormat(tag)),
    };
    match config.test_message_indicator {
        Some(ours) if ours != test => Err(Fault::IncorrectValue(tag)),
        _ => Ok(()),
    }
}

/// NextExpectedMsgSeqNum(789), where it was agreed on; else it is not looked at (S-789-02,
/// S-789-15).
fn next_expected(config: &Config, message: Message<'_>) -> Result<Option<SeqNum>, Fault> {
    let tag = Tag::NEXT_EXPECTED_MSG_SEQ_NUM;
    match message.get(tag) {
        Some(value) if config.next_expected_msg_seq_num => {
            let number = parse_uint(value).ok_or(Fault::IncorrectFormat(tag))?;
            SeqNum::new(number).map(Some).ok_or(Fault::IncorrectValue(tag))
        }
        _ => Ok(None),
    }
}

/// MaxMessageSize(383): what the peer can receive (S-LOGON-16).
fn max_message_size(message: Message<'_>) -> Result<Option<usize>, Fault> {
    let tag = Tag::MAX_MESSAGE_SIZE;
    let Some(value) = message.get(tag) else {
        return Ok(None);
    };
    let size = parse_uint(value).ok_or(Fault::IncorrectFormat(tag))?;
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if size < SIZE_MIN {
        Err(Fault::MaxMessageSize { size, needed: SIZE_MIN })
    } else {
        Ok(Some(size))
    }
}

/// No session can go on with less: session messages must fit.
const SIZE_MIN: usize = 512;
