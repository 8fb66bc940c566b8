//! Groups: from their counting field, entry by entry, to the first field that is not theirs.

use super::{Frame, UNCOUNTED, Walk};
use crate::dictionary::form::Form;
use crate::dictionary::policy::Level;
use crate::dictionary::tables::MemberDef;
use crate::dictionary::violation::{Check, Violation};
use crate::wire::{Tag, parse_uint};

impl Walk<'_, '_> {
    #[inline]
    pub(super) fn open_group(&mut self, tag: Tag, value: &[u8], member: &MemberDef) {
        let Some(scope) = self.tables.scopes.scope(member.group) else {
            return;
        };
        let Some(place) = self.around.get_mut(self.depth) else {
            return;
        };
        *place = Some(self.frame);
        self.depth = self.depth.wrapping_add(1);
        let declared = parse_uint(value).map(|count| u32::try_from(count).ok());
        let declared = match declared {
            Some(count) => count.unwrap_or(UNCOUNTED).min(UNCOUNTED - 1),
            // More than any number, if it is one.
            None if Form::Number.accepts(value) => UNCOUNTED - 1,
            None => UNCOUNTED,
        };
        let base = self.frame.base.wrapping_add(self.frame.scope.words);
        let counter = Some(tag);
        self.frame = Frame { counter, declared, base, floor: u16::MAX, ..Frame::part(scope) };
        self.open_level();
    }

    /// Has what the open level consists of at hand.
    #[inline]
    pub(super) fn open_level(&mut self) {
        self.slots = self.tables.low_slots(self.frame.scope);
        self.members = self.tables.scopes.members(self.frame.scope);
    }

    /// The delimiter: an entry ends, and one begins.
    #[inline]
    pub(super) fn next_entry(&mut self) -> Result<(), Violation> {
        if self.frame.entries > 0 {
            self.close_level()?;
        }
        self.frame.entries = self.frame.entries.wrapping_add(1);
        if self.frame.entries > self.frame.declared {
            self.report(Check::GroupCount, self.frame.counter)?;
        }
        // Only the delimiter was seen: the first slot. A call that clears nothing is saved.
        let seen = self.seen.get_mut(self.frame.words()).unwrap_or_default();
        if let Some((first, rest)) = seen.split_first_mut() {
            *first = 1;
            if !rest.is_empty() {
                rest.fill(0);
            }
        }
        self.frame.is_ordered = self.policy.level(Check::GroupOrder) != Level::Off;
        self.frame.floor = 1;
        Ok(())
    }

    /// The entry began with another member: it has no delimiter yet, nor any order.
    pub(super) fn await_delimiter(&mut self) {
        if let Some(first) = self.seen.get_mut(usize::from(self.frame.base)) {
            *first &= !1;
        }
        self.frame.is_ordered = false;
        self.frame.floor = 0;
    }

    /// Back to the level around the group.
    pub(super) fn close_group(&mut self) -> Result<(), Violation> {
        if self.frame.entries > 0 {
            self.close_level()?;
        }
        let is_counted = self.frame.declared != UNCOUNTED;
        if self.frame.entries != self.frame.declared && is_counted {
            self.report(Check::GroupCount, self.frame.counter)?;
        }
        self.depth = self.depth.saturating_sub(1);
        if let Some(&Some(frame)) = self.around.get(self.depth) {
            self.frame = frame;
            self.open_level();
        }
        Ok(())
    }

    /// Whether a level around the group can take a field.
    pub(super) fn fits_around(&self, index: u32) -> bool {
        let around = self.around.get(..self.depth).unwrap_or_default();
        around.iter().flatten().any(|frame| {
            let slot = self.tables.scopes.find(frame.scope, index);
            slot > frame.floor && !self.has_seen(frame, slot)
                || slot == 1 && frame.counter.is_some()
        })
    }

    pub(super) fn has_seen(&self, frame: &Frame<'_>, slot: u16) -> bool {
        let position = usize::from(slot).wrapping_sub(1);
        let word = self
            .seen
            .get(usize::from(frame.base).wrapping_add(position / 64))
            .copied()
            .unwrap_or(0);
        word >> (position % 64) & 1 == 1
    }
}
