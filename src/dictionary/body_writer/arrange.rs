//! Closing an entry, or the body: is everything there, and in which order does it stand?

use super::error::BodyFault;
use super::levels::{Found, Level, Levels, Piece};
use crate::dictionary::compile::SEEN_WORDS;
use crate::dictionary::form::Form;
use crate::dictionary::groups::EntryFields;
use crate::dictionary::tables::{NONE, Scope, Tables};
use crate::wire::{FieldErrorKind, Fields, PutField as _, Tag, parse_uint};

impl Levels<'_> {
    /// Has the fields of the innermost level, the body or an entry, in `arranged`. `is_whole`: what
    /// it requires must be there.
    pub(super) fn arrange(&mut self, is_whole: bool) -> Result<(), Found> {
        let is_body = self.open.len() == 1;
        let Some(&Level { scope, pieces: first, .. }) = self.open.last() else {
            return Ok(());
        };
        let pieces = self.pieces.get_mut(first..).unwrap_or_default();
        pieces.sort_unstable_by_key(|piece| piece.rank);
        none_twice(pieces)?;
        if !is_body && pieces.first().is_none_or(|first| first.slot != 1) {
            let delimiter = self.tables.scopes.members(scope).first();
            let tag = delimiter.and_then(|member| Tag::new(member.tag));
            return Err((BodyFault::DelimiterMissing, tag));
        }
        if is_whole {
            all_there(self.tables, scope, pieces)?;
        }
        if is_body {
            disentangle(self.tables, pieces);
        }
        self.pairs_fit(scope, first)?;
        self.encode(first)?;
        self.reads_back(scope, first)
    }

    /// Data that the wire does not know to be data stands behind its length, which is true.
    fn pairs_fit(&self, scope: &Scope, first: usize) -> Result<(), Found> {
        let is_counted = |piece: &Piece| {
            let member = self.tables.scopes.member(scope, piece.slot);
            member.is_some_and(|member| member.form == Form::Counted)
        };
        let fault = BodyFault::Field(FieldErrorKind::DataPair);
        let pieces = self.pieces.get(first..).unwrap_or_default();
        let mut due = None;
        for piece in pieces {
            let len = u64::try_from(piece.to.saturating_sub(piece.from)).ok();
            if due.is_some_and(|(slot, _)| slot != piece.slot)
                || (due.is_none() && is_counted(piece))
            {
                return Err((fault, Some(piece.tag)));
            }
            if let Some((_, counted)) = due.take()
                && counted != len
            {
                return Err((fault, Some(piece.tag)));
            }
            let next = self.behind(scope, piece.slot);
            if next.is_some_and(|next| next.form == Form::Counted) {
                let counted = parse_uint(self.value(piece));
                due = (counted != Some(0)).then_some((piece.slot.saturating_add(1), counted));
            }
        }
        match (due, pieces.last()) {
            (Some(_), Some(length)) => Err((fault, Some(length.tag))),
            _ => Ok(()),
        }
    }

    fn value(&self, piece: &Piece) -> &[u8] {
        self.bytes.get(piece.from..piece.to).unwrap_or_default()
    }

    fn encode(&mut self, first: usize) -> Result<(), Found> {
        self.arranged.clear();
        for piece in self.pieces.get(first..).unwrap_or_default() {
            let value = self.bytes.get(piece.from..piece.to).unwrap_or_default();
            if piece.group == NONE {
                self.arranged.put(piece.tag, value);
                continue;
            }
            self.arranged.uint(piece.tag, piece.entries);
            for field in Fields::trusted(value) {
                self.arranged.field(field);
            }
        }
        match self.arranged.as_fields() {
            Ok(_) => Ok(()),
            Err(error) => Err((BodyFault::Field(error.kind), error.tag)),
        }
    }

    /// Whoever reads along the dictionary finds the same fields and as many entries.
    fn reads_back(&self, scope: &Scope, first: usize) -> Result<(), Found> {
        let fields = self.arranged.as_fields().unwrap_or(Fields::EMPTY);
        let mut own = EntryFields::new(self.tables, scope, fields).own_with_groups();
        for piece in self.pieces.get(first..).unwrap_or_default() {
            let (tag, entries) = match own.next() {
                Some((field, group)) => (Some(field.tag), group.map_or(0, Iterator::count)),
                None => (None, 0),
            };
            if tag != Some(piece.tag) || u64::try_from(entries) != Ok(piece.entries) {
                return Err((BodyFault::Ambiguous, Some(piece.tag)));
            }
        }
        Ok(())
    }
}

fn none_twice(pieces: &[Piece]) -> Result<(), Found> {
    for pair in pieces.windows(2) {
        if let [one, other] = pair
            && one.slot == other.slot
        {
            return Err((BodyFault::Repeated, Some(one.tag)));
        }
    }
    Ok(())
}

fn all_there(tables: &Tables, scope: &Scope, pieces: &[Piece]) -> Result<(), Found> {
    let mut seen = [0_u64; SEEN_WORDS];
    for piece in pieces {
        let position = usize::from(piece.slot).saturating_sub(1);
        if let Some(word) = seen.get_mut(position / 64) {
            *word |= 1 << (position % 64);
        }
    }
    match tables.scopes.missing(scope, &seen) {
        None => Ok(()),
        Some(slot) => {
            let member = tables.scopes.member(scope, slot);
            Err((BodyFault::Missing, member.and_then(|member| Tag::new(member.tag))))
        }
    }
}

/// The order of a body is free: what a reader would take for a part of a group stands before it.
fn disentangle(tables: &Tables, pieces: &mut [Piece]) {
    let mut at = 0;
    while let Some(&Piece { tag, group, .. }) = pieces.get(at) {
        if group != NONE {
            for later in at.saturating_add(1)..pieces.len() {
                let is_taken = pieces.get(later).is_some_and(|other| {
                    has(tables, group, other.tag) && !has(tables, other.group, tag)
                });
                if is_taken && let Some(between) = pieces.get_mut(at..=later) {
                    between.rotate_right(1);
                    at = at.saturating_add(1);
                }
            }
        }
        at = at.saturating_add(1);
    }
}

/// Whether the entries of a group, or of groups within, can have a field.
fn has(tables: &Tables, group: u16, tag: Tag) -> bool {
    let Some(scope) = tables.scopes.scope(group) else {
        return false;
    };
    tables.scopes.find(scope, tables.index.find(tag)) != 0
        || tables.scopes.members(scope).iter().any(|member| has(tables, member.group, tag))
}
