//! The invariants of a session, judged by what happened on the way from a sender to its peer.
//!
//! Each is a function over a [`History`] that says the first thing that does not fit, in words.

#![expect(clippy::wildcard_enum_match_arm, reason = "each part looks at what concerns it")]

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::ToString;

pub use super::exact_replay::exact_replay;
use super::history::{History, Record, Violation, readable};
use crate::session::SeqNums;
use crate::wire::{Message, MsgKind, SeqNum, Tag};

/// Judges a history.
pub type Check = fn(&History) -> Result<(), Violation>;

/// Every check with the invariant that it stands for.
pub const ALL: [(&str, Check); 6] = [
    ("INV-01", unique_numbers),
    ("INV-02", contiguous_numbers),
    ("INV-03", ordered_delivery),
    ("INV-04", write_ahead),
    ("INV-05", monotone_numbers),
    ("INV-06", exact_replay),
];

/// INV-01: in an epoch at most one message per number is ever sent without PossDupFlag, over any
/// crash and reconnect.
///
/// # Errors
///
/// The first number that was used twice, or the first bytes that are no message.
pub fn unique_numbers(history: &History) -> Result<(), Violation> {
    let mut originals = BTreeMap::new();
    each_sent(history, |epoch, message, _| {
        if message.poss_dup() {
            return Ok(());
        }
        let key = (epoch, message.msg_seq_num());
        match originals.insert(key, message) {
            Some(earlier) if earlier.bytes() != message.bytes() => Err(violation(
                "INV-01",
                format!(
                    "number {key:?} was used twice: {} and {}",
                    readable(earlier),
                    readable(message)
                ),
            )),
            _ => Ok(()),
        }
    })
}

/// INV-02: what is sent without PossDupFlag is numbered without a gap, in the order of sending. A
/// gap is in order behind a SequenceReset in Reset mode, and where a new connection begins: what
/// was numbered and never reached the wire is seen first with PossDupFlag.
///
/// # Errors
///
/// The first number that is out of line.
pub fn contiguous_numbers(history: &History) -> Result<(), Violation> {
    let mut next = None;
    let mut opening = true;
    for record in history.records() {
        let (epoch, message) = match record {
            Record::Up => {
                opening = true;
                continue;
            }
            Record::Sent { epoch, message, .. } => (*epoch, parse(message)?),
            _ => continue,
        };
        if message.poss_dup() {
            continue;
        }
        let seq = message.msg_seq_num();
        let fits = match next {
            Some((of, next)) if of == epoch && opening => seq >= next,
            Some((of, next)) if of == epoch => seq == next,
            // Another epoch, or the first that is seen.
            Some(_) | None => opening || seq == 1,
        };
        if !fits {
            let what =
                format!("{} behind {next:?} as the next epoch and number", readable(message));
            return Err(violation("INV-02", what));
        }
        next = Some((epoch, reset_to(message).unwrap_or_else(|| seq.saturating_add(1))));
        opening = false;
    }
    Ok(())
}

/// INV-03: what the application is shown rises by epoch and number; the same again comes with
/// PossDupFlag. So does what a SequenceReset in Reset mode gave up and an operator asked for later.
///
/// # Errors
///
/// The first delivery that is out of order or not flagged.
pub fn ordered_delivery(history: &History) -> Result<(), Violation> {
    let mut seen = BTreeSet::new();
    let mut given_up = 0;
    for record in history.records() {
        let (epoch, message) = match record {
            Record::Delivered { epoch, message } => (epoch, parse(message)?),
            Record::Sent { message, .. } => {
                given_up = given_up.max(reset_to(parse(message)?).unwrap_or_default());
                continue;
            }
            _ => continue,
        };
        let key = (*epoch, message.msg_seq_num());
        let last = seen.last().copied();
        if !seen.insert(key) {
            if !message.poss_dup() {
                return Err(violation("INV-03", format!("{key:?} came again without PossDupFlag")));
            }
        } else if last.is_some_and(|last| key < last) && !(message.poss_dup() && key.1 < given_up) {
            return Err(violation("INV-03", format!("{key:?} came behind {last:?}")));
        }
    }
    Ok(())
}

/// INV-04: a number, and the bytes of what may have to be repeated, are durable before a byte goes
/// onto the wire.
///
/// # Errors
///
/// The first message that a crash could have undone.
pub fn write_ahead(history: &History) -> Result<(), Violation> {
    let mut kept = BTreeMap::new();
    for record in history.records() {
        let (epoch, message, durable) = match record {
            Record::Kept { epoch, seq, message } => {
                kept.insert((*epoch, seq.get()), message.as_slice());
                continue;
            }
            Record::Sent { epoch, message, durable } => (*epoch, parse(message)?, durable),
            _ => continue,
        };
        let seq = message.msg_seq_num();
        if message.poss_dup() {
            continue;
        }
        let SeqNums { epoch: saved, next_out, .. } = *durable;
        if saved < epoch || (saved == epoch && next_out.get() <= seq) {
            let what =
                format!("{} was sent when {saved}/{next_out} was durable", readable(message));
            return Err(violation("INV-04", what));
        }
        if !message.is_admin() && kept.get(&(epoch, seq)) != Some(&message.bytes()) {
            return Err(violation(
                "INV-04",
                format!("{} was sent and not stored as such", readable(message)),
            ));
        }
    }
    Ok(())
}

/// INV-05: within an epoch no number goes back, and each epoch is announced. A crash may take a
/// session back to what its store had confirmed, and giving a connection up takes its expected
/// number back to what the application has not handled.
///
/// # Errors
///
/// The first change that must not be.
pub fn monotone_numbers(history: &History) -> Result<(), Violation> {
    let mut last: Option<SeqNums> = None;
    let mut announced = BTreeSet::new();
    for record in history.records() {
        match record {
            Record::Crashed => last = None,
            Record::Abandoned => {
                last = last.map(|last| SeqNums { next_in: SeqNum::MIN, ..last });
            }
            Record::Reset { epoch } => {
                announced.insert(*epoch);
            }
            Record::Numbers(now) => {
                if let Some(last) = last {
                    monotone(last, *now, announced.contains(&now.epoch))?;
                }
                last = Some(*now);
            }
            _ => {}
        }
    }
    Ok(())
}

fn monotone(last: SeqNums, now: SeqNums, announced: bool) -> Result<(), Violation> {
    let what = if now.epoch < last.epoch {
        "the epoch went back"
    } else if now.epoch > last.epoch {
        if announced {
            return Ok(());
        }
        "an epoch began and nobody said so"
    } else if now.next_in < last.next_in {
        "the expected number went back"
    } else if now.next_out < last.next_out {
        "the next number went back"
    } else {
        return Ok(());
    };
    Err(violation("INV-05", format!("{what}: {last:?}, then {now:?}")))
}

/// Goes through everything that was sent.
pub(super) fn each_sent<'h>(
    history: &'h History,
    mut check: impl FnMut(u32, Message<'h>, SeqNums) -> Result<(), Violation>,
) -> Result<(), Violation> {
    history.records().iter().try_for_each(|record| match record {
        Record::Sent { epoch, message, durable } => check(*epoch, parse(message)?, *durable),
        _ => Ok(()),
    })
}

/// The NewSeqNo of a SequenceReset in Reset mode.
pub(super) fn reset_to(message: Message<'_>) -> Option<u64> {
    let resets =
        message.kind() == MsgKind::SequenceReset && message.get(Tag::GAP_FILL_FLAG) != Some(b"Y");
    message.get_uint(Tag::NEW_SEQ_NO).filter(|_| resets)
}

/// The message that these bytes are.
pub(super) fn parse(bytes: &[u8]) -> Result<Message<'_>, Violation> {
    Message::parse(bytes).map_err(|defect| violation("INV-20", defect.to_string()))
}

pub(super) const fn violation(invariant: &'static str, what: alloc::string::String) -> Violation {
    Violation::new(invariant, what)
}
