//! Where a field belongs that is not simply next.

use super::{Frame, NO_SCOPE, Part, Walk};
use crate::dictionary::tables::{Scope, Tables};
use crate::dictionary::violation::{Check, Violation};
use crate::wire::{Field, Tag};

impl<'a, 'b> Walk<'a, 'b> {
    /// The slot of a field in the level that it belongs to, which is open afterwards; 0 if it
    /// belongs nowhere and may stand all the same.
    pub(super) fn place(
        &mut self,
        field: Field<'b>,
        slot: u16,
        body: &'a Scope,
    ) -> Result<u16, Violation> {
        let mut slot = slot;
        let mut index = self.tables.index.find(field.tag);
        loop {
            if self.depth > 0 {
                let goes_on = slot == 1
                    && (self.frame.entries < self.frame.declared || !self.fits_around(index));
                if goes_on {
                    self.next_entry()?;
                    return Ok(slot);
                }
                let stays = slot != 0 && (self.may_begin() || !self.fits_around(index));
                if stays {
                    return self.out_of_order(field.tag, slot);
                }
                if slot == 0 && self.part == Part::Body && self.is_stranger(field.tag, index) {
                    return self.stranger(field);
                }
                self.close_group()?;
            } else {
                if slot != 0 {
                    self.report(Check::Repeated, Some(field.tag))?;
                    return Ok(slot);
                }
                if !self.next_part(field.tag, body)? {
                    return self.stranger(field);
                }
                index = self.tables.index.find(field.tag);
            }
            slot = self.slot(field.tag);
            if slot > self.frame.floor && self.take(slot) {
                return Ok(slot);
            }
        }
    }

    /// Whether any member may begin the next entry: order is not enforced, and there are to be
    /// more entries.
    fn may_begin(&self) -> bool {
        !self.keeps_order && self.frame.entries < self.frame.declared
    }

    /// A member of the group that cannot stand here.
    #[cold]
    fn out_of_order(&mut self, tag: Tag, slot: u16) -> Result<u16, Violation> {
        let began = self.frame.entries > 0;
        let repeated = began && self.has_seen(&self.frame, slot);
        let begins = !began || (repeated && self.may_begin());
        let check = if repeated && !begins { Check::Repeated } else { Check::GroupOrder };
        self.report(check, Some(tag))?;
        if begins {
            self.next_entry()?;
            if !self.keeps_order {
                self.await_delimiter();
            }
        }
        self.take(slot);
        Ok(slot)
    }

    /// Whether no level around, and no other part of the message, has this field.
    fn is_stranger(&self, tag: Tag, index: u32) -> bool {
        let around = self.around.get(..self.depth).unwrap_or_default();
        let scopes = &self.tables.scopes;
        !around.iter().flatten().any(|frame| scopes.find(frame.scope, index) != 0)
            && !has(self.transport, self.transport.trailer, tag)
            && !has(self.transport, self.transport.header, tag)
    }

    /// Goes on to the part of the message that may have this field; false if it is a stranger to
    /// all that can still come.
    fn next_part(&mut self, tag: Tag, body: &'a Scope) -> Result<bool, Violation> {
        match self.part {
            Part::Header => {
                self.close_level()?;
                self.enter(Part::Body, self.body, body);
                Ok(true)
            }
            Part::Body if has(self.transport, self.transport.trailer, tag) => {
                self.close_level()?;
                let trailer = self.transport.scopes.scope(self.transport.trailer);
                self.enter(Part::Trailer, self.transport, trailer.unwrap_or(&NO_SCOPE));
                self.vouch(Tag::CHECK_SUM);
                Ok(true)
            }
            Part::Body | Part::Trailer => Ok(false),
        }
    }

    pub(super) fn enter(&mut self, part: Part, tables: &'a Tables, scope: &'a Scope) {
        self.part = part;
        self.tables = tables;
        self.frame = Frame::part(scope);
        self.open_level();
        self.seen.get_mut(..usize::from(scope.words)).unwrap_or_default().fill(0);
    }

    /// A field that the level does not have, nor what is around it or behind it.
    #[cold]
    fn stranger(&mut self, field: Field<'b>) -> Result<u16, Violation> {
        if self.part == Part::Body && self.is_free {
            return Ok(0);
        }
        let tag = field.tag;
        let known = [self.tables, self.application, self.transport]
            .into_iter()
            .any(|tables| tables.field(tag).is_some());
        let late = has(self.transport, self.transport.header, tag)
            || (self.part == Part::Trailer && known);
        let check = if late {
            Check::OutOfOrder
        } else if known {
            Check::TagNotInMessage
        } else if is_user_defined(tag) {
            Check::UserDefinedTag
        } else {
            Check::UnknownTag
        };
        self.report(check, Some(tag))?;
        if field.value.is_empty() {
            self.report(Check::EmptyValue, Some(tag))?;
        }
        Ok(0)
    }
}

/// Whether a level has a field.
fn has(tables: &Tables, scope: u16, tag: Tag) -> bool {
    let index = tables.index.find(tag);
    tables.scopes.scope(scope).is_some_and(|scope| tables.scopes.find(scope, index) != 0)
}

/// 5000 to 9999 registered, 10000 to 19999 internal, 20000 to 39999 by agreement (S-VAL-34).
fn is_user_defined(tag: Tag) -> bool {
    (5_000..40_000).contains(&tag.get())
}
