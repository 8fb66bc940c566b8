//! What was sent and what was delivered, and whether the two fit.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::crash_store::CrashStore;
use crate::wire::{Framed, Message, Pretty, Tag, next_frame};

/// Everything that one side put onto the wire and the other was shown.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// Bodies of application messages with their epoch and number, and whether they were flagged
    /// as repetitions.
    delivered: Vec<((u32, u64), bool, Vec<u8>)>,
    /// Every original that went onto the wire, without its trailer.
    originals: BTreeMap<(u32, u64), Vec<u8>>,
    /// Bytes on the wire that are no whole message yet.
    partial: Vec<u8>,
    violations: Vec<String>,
}

/// What must not happen did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation(String);

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for Violation {}

impl History {
    /// The peer's application was shown this.
    pub(super) fn delivered(&mut self, epoch: u32, message: Message<'_>) {
        let key = (epoch, message.msg_seq_num());
        if Message::parse(message.bytes()) != Ok(message) {
            self.violations.push(format!("{key:?} was shown with other bytes than its own"));
        }
        self.delivered.push((key, message.poss_dup(), message.body().as_bytes().into()));
    }

    /// These bytes went onto the wire, in this epoch of the sender.
    pub(super) fn on_the_wire(&mut self, epoch: u32, bytes: &[u8]) {
        self.partial.extend_from_slice(bytes);
        while let Framed::Frame(frame) = next_frame(&self.partial, usize::MAX) {
            let len = frame.bytes().len();
            let Ok(message) = Message::parse(frame.bytes()) else {
                self.violations.push(format!("not well formed: {}", Pretty(frame.bytes())));
                self.partial.drain(..len);
                continue;
            };
            let seq = message.msg_seq_num();
            if !message.poss_dup() {
                // A reset Logon begins the next epoch before the pair knows of it.
                let content: Vec<u8> = message.bytes().into();
                let known = self.originals.entry((epoch, seq)).or_insert_with(|| content.clone());
                if *known != content {
                    let (one, other) = (Pretty(known), Pretty(&content));
                    self.violations
                        .push(format!("number {seq} was used twice (INV-01): {one} {other}"));
                }
            } else if message.get(Tag::ORIG_SENDING_TIME).is_none() {
                self.violations.push(format!("{seq} repeated without OrigSendingTime (INV-06)"));
            }
            self.partial.drain(..len);
        }
    }

    /// The line broke: what was on it is gone.
    pub(super) fn line_broke(&mut self) {
        self.partial.clear();
    }

    /// How many messages were delivered, repetitions included.
    #[must_use]
    pub const fn delivered_len(&self) -> usize {
        self.delivered.len()
    }

    /// Whether everything that the sender's store promised was delivered, as it was sent, in
    /// order, once or flagged (INV-01, INV-03, INV-04).
    ///
    /// # Errors
    ///
    /// The first thing that does not fit.
    pub fn check(&self, store: &CrashStore) -> Result<(), Violation> {
        if let Some(violation) = self.violations.first() {
            return Err(Violation(violation.clone()));
        }
        let promised = store.promised().filter_map(|(epoch, seq, bytes)| {
            let message = Message::parse(bytes).ok().filter(|message| !message.is_admin())?;
            Some(((epoch, seq.get()), message.body().as_bytes()))
        });
        let sent: BTreeMap<(u32, u64), &[u8]> = promised.collect();
        let mut seen: BTreeMap<(u32, u64), u32> = BTreeMap::new();
        let mut last = None;
        for (key, poss_dup, body) in &self.delivered {
            let (epoch, seq) = key;
            match sent.get(key) {
                None => return Err(Violation(format!("{epoch}/{seq} was never sent"))),
                Some(original) if *original != body.as_slice() => {
                    return Err(Violation(format!("{epoch}/{seq} is not what was sent")));
                }
                Some(_) => {}
            }
            let times = seen.entry(*key).or_default();
            *times = times.saturating_add(1);
            if *times > 1 {
                if !poss_dup {
                    return Err(Violation(format!("{epoch}/{seq} came again without PossDupFlag")));
                }
            } else if last.is_some_and(|last| *key <= last) {
                return Err(Violation(format!("{epoch}/{seq} is out of order")));
            } else {
                last = Some(*key);
            }
        }
        match sent.keys().find(|key| !seen.contains_key(key)) {
            Some((epoch, seq)) => Err(Violation(format!("{epoch}/{seq} was lost"))),
            None => Ok(()),
        }
    }
}
