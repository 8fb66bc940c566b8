//! What happened in the cases of a run: a green run must not be an empty one.

use std::collections::BTreeMap;

use fixline::testing::{Pair, Record, Side};
use fixline::wire::{Message, MsgKind, Tag};

/// Counts what happened in many cases.
#[derive(Default)]
pub(crate) struct Situations {
    seen: BTreeMap<&'static str, u64>,
}

impl Situations {
    /// Looks at one case.
    pub(crate) fn note(&mut self, pair: &Pair) {
        for side in Side::BOTH {
            for record in pair.history(side).expect("there").records() {
                let what = match record {
                    Record::Down => Some("a line that broke"),
                    Record::Crashed => Some("a crash"),
                    Record::Abandoned => Some("a connection that was given up"),
                    Record::Reset { .. } => Some("a reset"),
                    Record::Asked { .. } => Some("a request for old messages"),
                    Record::Sent { message, .. } => sent(message),
                    Record::Delivered { message, .. } => Message::parse(message)
                        .is_ok_and(|message| message.poss_dup())
                        .then_some("a repetition that was delivered"),
                    _ => None,
                };
                if let Some(what) = what {
                    *self.seen.entry(what).or_default() += 1;
                }
            }
        }
    }

    /// Each of these must have happened.
    pub(crate) fn check(&self, expected: &[&str]) {
        println!("{:#?}", self.seen);
        for what in expected {
            assert!(self.seen.contains_key(what), "{what} never happened: {:?}", self.seen);
        }
    }
}

fn sent(message: &[u8]) -> Option<&'static str> {
    let message = Message::parse(message).ok()?;
    match message.kind() {
        MsgKind::SequenceReset if message.poss_dup() => Some("a gap fill"),
        MsgKind::SequenceReset => Some("numbers that were skipped"),
        MsgKind::Logout => Some("a Logout"),
        MsgKind::Logon if message.get(Tag::RESET_SEQ_NUM_FLAG) == Some(b"Y") => {
            Some("a Logon that resets")
        }
        _ => message.poss_dup().then_some("a repetition"),
    }
}
