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

/// The answer under way.
#[derive(Clone, Copy)]
struct Run {
    /// What must be covered at least.
    need: u64,
    /// The same, with what was asked for meanwhile: the two may have one answer or two.
    reach: u64,
    /// What comes next.
    next: u64,
    /// The place of the request that it answers: those before it are answered.
    request: usize,
}

/// What was asked for on a connection, and how far the answer is.
#[derive(Default)]
struct Answers {
    /// The first number, and the last that must be covered at least.
    asked: Vec<(u64, u64)>,
    run: Option<Run>,
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
        // What was asked for from here on, behind the request at this place.
        let asked = |behind: Option<usize>| {
            let places = self.asked.iter().enumerate();
            places.filter(move |(place, (from, _))| *from == seq && Some(*place) > behind)
        };
        let need = |behind| asked(behind).map(|(_, (_, to))| *to).min();
        if let Some(run) = self.run {
            if run.next == seq {
                let reach = need(Some(run.request)).map_or(run.reach, |to| to.max(run.reach));
                self.run = Some(Run { reach, next, ..run });
                return Ok(());
            }
            let another = run.next > run.need && need(Some(run.request)).is_some();
            if run.next <= run.reach && !another {
                let Run { reach: need, next: expected, .. } = run;
                let what = format!(
                    "{} where {expected} was to be repeated, up to {need}",
                    readable(message)
                );
                return Err(violation("INV-06", what));
            }
        }
        let (Some(need), Some((request, _))) = (need(None), asked(None).next_back()) else {
            return Err(violation("INV-06", format!("nobody asked for {}", readable(message))));
        };
        self.run = Some(Run { need, reach: need, next, request });
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
