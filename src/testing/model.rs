//! What an application must see: a small reference for the whole of a session, its recovery and its
//! resets.
//!
//! It knows nothing of sequence numbers but that they name messages: whatever the sender's store
//! confirmed is shown to the peer, in order, and what comes again is flagged. A message may be
//! missing only where the sender began another epoch or moved its numbers ahead by hand, and then
//! only the last ones before.

#![expect(clippy::wildcard_enum_match_arm, reason = "each part looks at what concerns it")]

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;

use super::checks::{parse, reset_to, violation};
use super::history::{History, Record, Violation, readable};
use crate::wire::{Message, MsgKind, Tag};

const NAME: &str = "INV-04";

/// Plays a history. `complete` says that the conversation is over, so that nothing can still come.
pub(super) fn judge(history: &History, complete: bool) -> Result<(), Violation> {
    let mut model = Model::default();
    for record in history.records() {
        model.play(record, history.withholds())?;
    }
    if complete { model.finish() } else { Ok(()) }
}

/// The sender's epoch and number.
type Key = (u32, u64);

#[derive(Default)]
struct Model<'h> {
    /// What is to be shown, by epoch and number of the sender.
    kept: BTreeMap<Key, Message<'h>>,
    shown: BTreeSet<Key>,
    /// What the sender filled rather than send it again.
    withheld: BTreeSet<Key>,
    /// The sender's epoch for each of the peer's.
    epochs: BTreeMap<u32, u32>,
    /// Up to which number nothing need be shown, by epoch.
    skipped: BTreeMap<u32, u64>,
    /// The epoch that goes on.
    epoch: u32,
}

impl<'h> Model<'h> {
    fn play(&mut self, record: &'h Record, withholds: bool) -> Result<(), Violation> {
        match record {
            Record::Kept { epoch, seq, message } => {
                let message = parse(message)?;
                if !message.is_admin() {
                    self.kept.insert((*epoch, seq.get()), message);
                }
            }
            Record::Sent { epoch, message, .. } => self.sent(*epoch, parse(message)?, withholds),
            Record::Delivered { epoch, message } => self.delivered(*epoch, parse(message)?)?,
            Record::Reset { epoch } => self.epoch = *epoch,
            Record::Numbers(numbers) => self.epoch = numbers.epoch,
            _ => {}
        }
        Ok(())
    }

    /// A SequenceReset in Reset mode gives up what came before; so does a gap fill, of what the
    /// sender withholds.
    fn sent(&mut self, epoch: u32, message: Message<'_>, withholds: bool) {
        if let Some(new) = reset_to(message) {
            let skipped = self.skipped.entry(epoch).or_default();
            *skipped = new.max(*skipped);
        } else if withholds && message.kind() == MsgKind::SequenceReset {
            let new = message.get_uint(Tag::NEW_SEQ_NO).unwrap_or_default();
            let filled = (epoch, message.msg_seq_num())..(epoch, new);
            self.withheld.extend(self.kept.range(filled).map(|(key, _)| *key));
        }
    }

    fn delivered(&mut self, epoch: u32, message: Message<'_>) -> Result<(), Violation> {
        let seq = message.msg_seq_num();
        let Some(of) = self.epoch_of(epoch, message) else {
            let what = format!("{} was shown in epoch {epoch} and never sent", readable(message));
            return Err(violation(NAME, what));
        };
        self.shown.insert((of, seq));
        Ok(())
    }

    /// The sender's epoch of a message that was shown: the last one that can be, and then the same
    /// for all of the peer's epoch.
    fn epoch_of(&mut self, epoch: u32, message: Message<'_>) -> Option<u32> {
        let seq = message.msg_seq_num();
        let is_it = |of: u32| {
            self.kept.get(&(of, seq)).is_some_and(|kept| {
                kept.msg_type() == message.msg_type()
                    && kept.body().as_bytes() == message.body().as_bytes()
            })
        };
        if let Some(&of) = self.epochs.get(&epoch) {
            return is_it(of).then_some(of);
        }
        // A peer may restart on its own, and then gets the same epoch once more.
        let first = self.epochs.range(..epoch).next_back().map_or(0, |(_, of)| *of);
        let of = (first..=self.epoch).rev().find(|of| is_it(*of))?;
        self.epochs.insert(epoch, of);
        Some(of)
    }

    /// Nothing can still come.
    fn finish(&self) -> Result<(), Violation> {
        for &(epoch, seq) in self.kept.keys() {
            let skipped = self.skipped.get(&epoch).is_some_and(|to| seq < *to);
            let came_later = || self.shown.range((epoch, seq)..=(epoch, u64::MAX)).next().is_some();
            let was_reset = epoch < self.epoch && !came_later();
            let seen = self.shown.contains(&(epoch, seq)) || self.withheld.contains(&(epoch, seq));
            if !(seen || skipped || was_reset) {
                return Err(violation(NAME, format!("{epoch}/{seq} was lost")));
            }
        }
        Ok(())
    }
}
