//! INV-06: what is sent again is what was asked for.

#![expect(clippy::wildcard_enum_match_arm, reason = "each part looks at what concerns it")]

use alloc::format;
use alloc::vec::Vec;

use super::checks::{parse, violation};
use super::history::{History, Record, Violation, readable};
use crate::wire::{Message, MsgKind, Tag};

/// INV-06: an answer to the peer's request covers what was asked for as a partition without
/// overlap: originals with PossDupFlag, the same body and their first SendingTime, and gap fills
/// between them.
///
/// # Errors
///
/// The first repetition that was not asked for, overlaps, leaves a hole or differs.
pub fn exact_replay(history: &History) -> Result<(), Violation> {
    let kept = history.kept();
    let mut answers = Answers::default();
    let mut of = None;
    for record in history.records() {
        match record {
            Record::Down => answers = Answers::default(),
            Record::Asked { from, to } => answers.ask(*from, *to),
            Record::Sent { epoch, message, .. } => {
                let message = parse(message)?;
                if of != Some(*epoch) {
                    of = Some(*epoch);
                    let asked = core::mem::take(&mut answers.asked);
                    // A Logon with 789 asks as it opens the epoch.
                    answers = Answers { asked, ..Answers::default() };
                }
                let seq = message.msg_seq_num();
                if !message.poss_dup() {
                    answers.high = answers.high.max(seq);
                    continue;
                }
                check_times(message)?;
                if message.kind() != MsgKind::SequenceReset {
                    let original = kept.get(&(*epoch, seq)).copied();
                    check_repetition(message, original)?;
                }
                answers.cover(message)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// What was asked for on a connection, and how far the answer is.
#[derive(Default)]
struct Answers {
    /// The first number, and the last that must be covered at least.
    asked: Vec<(u64, u64)>,
    /// The answer under way: what must be covered at least, and what comes next.
    run: Option<(u64, u64)>,
    /// The highest number that was sent.
    high: u64,
}

impl Answers {
    fn ask(&mut self, from: u64, to: u64) {
        self.asked.push((from, to.min(self.high)));
    }

    /// The next message of an answer, or the first of another one.
    fn cover(&mut self, message: Message<'_>) -> Result<(), Violation> {
        let seq = message.msg_seq_num();
        let next = if message.kind() == MsgKind::SequenceReset {
            message.get_uint(Tag::NEW_SEQ_NO).unwrap_or_default()
        } else {
            seq.saturating_add(1)
        };
        if next <= seq {
            return Err(violation("INV-06", format!("{} fills nothing", readable(message))));
        }
        let needs = |first| {
            let from_there = self.asked.iter().filter(move |(from, _)| *from == first);
            from_there.map(|(_, to)| *to).min()
        };
        if let Some((need, expected)) = self.run {
            if expected == seq {
                // What was asked for from here on may reach further.
                self.run = Some((needs(seq).map_or(need, |to| to.max(need)), next));
                return Ok(());
            }
            if expected <= need {
                let what = format!(
                    "{} where {expected} was to be repeated, up to {need}",
                    readable(message)
                );
                return Err(violation("INV-06", what));
            }
        }
        let Some(need) = needs(seq) else {
            return Err(violation("INV-06", format!("nobody asked for {}", readable(message))));
        };
        self.run = Some((need, next));
        Ok(())
    }
}

/// OrigSendingTime is there, and not after SendingTime.
fn check_times(message: Message<'_>) -> Result<(), Violation> {
    match message.header().get_time(Tag::ORIG_SENDING_TIME) {
        Some(orig) if orig <= message.sending_time() => Ok(()),
        Some(_) => {
            Err(violation("INV-06", format!("{} was sent before its original", readable(message))))
        }
        None => Err(violation("INV-06", format!("{} has no OrigSendingTime", readable(message)))),
    }
}

/// The body and the first SendingTime are those of the original.
fn check_repetition(message: Message<'_>, original: Option<&[u8]>) -> Result<(), Violation> {
    let Some(original) = original else {
        return Err(violation(
            "INV-06",
            format!("{} repeats what was never stored", readable(message)),
        ));
    };
    let original = parse(original)?;
    let same_time =
        message.header().get(Tag::ORIG_SENDING_TIME) == original.header().get(Tag::SENDING_TIME);
    let same = message.msg_type() == original.msg_type()
        && message.body().as_bytes() == original.body().as_bytes();
    if same && same_time {
        Ok(())
    } else {
        Err(violation(
            "INV-06",
            format!("{} is not the same as {}", readable(message), readable(original)),
        ))
    }
}
