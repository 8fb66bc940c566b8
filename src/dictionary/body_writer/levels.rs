//! What was put so far, level by level: the body, a group of it, an entry of that, and so on.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::error::{BodyError, BodyFault};
use crate::dictionary::dictionary::Dictionary;
use crate::dictionary::form::Form;
use crate::dictionary::tables::{MemberDef, MessageDef, NONE, Scope, Tables};
use crate::wire::{Body, FieldErrorKind, Fields, Tag};

/// The open levels, outermost first. A level is closed when something is put into one around it.
pub(super) struct Levels<'d> {
    pub(super) tables: &'d Tables,
    message: &'d MessageDef,
    pub(super) open: Vec<Level<'d>>,
    /// The fields of the open entries, innermost last.
    pub(super) pieces: Vec<Piece>,
    /// Their values. That of a group is its closed entries.
    pub(super) bytes: Vec<u8>,
    /// An entry in its order, while it is being closed.
    pub(super) arranged: Body,
    error: Option<BodyError>,
}

/// The body, a group, or an entry.
#[derive(Clone, Copy)]
pub(super) struct Level<'d> {
    /// What the body, or an entry, consists of.
    pub(super) scope: &'d Scope,
    /// Of a group: the field that counts it, to be completed.
    pub(super) group: Option<Piece>,
    /// Where its pieces begin.
    pub(super) pieces: usize,
    /// Where its values begin.
    pub(super) bytes: usize,
}

/// A field of an entry or of the body.
#[derive(Clone, Copy)]
pub(super) struct Piece {
    pub(super) tag: Tag,
    pub(super) slot: u16,
    /// Where it stands among the others.
    pub(super) rank: u32,
    /// The scope of the group that it counts, or [`NONE`].
    pub(super) group: u16,
    pub(super) entries: u64,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// A fault, and the field at fault.
pub(super) type Found = (BodyFault, Option<Tag>);

impl<'d> Levels<'d> {
    pub(super) fn new(dictionary: &'d Dictionary, msg_type: &str) -> Result<Self, BodyError> {
        let tables = dictionary.tables();
        let message = tables.messages.find(msg_type.as_bytes());
        let known = message
            .and_then(|message| tables.scopes.scope(message.scope).map(|scope| (message, scope)));
        let Some((message, scope)) = known else {
            let field = format!("MsgType {} ", msg_type.escape_debug());
            let fault = BodyFault::UnknownMessage;
            return Err(BodyError::new(fault, Some(Tag::MSG_TYPE), dictionary.version(), field));
        };
        Ok(Self {
            tables,
            message,
            open: Vec::from([Level { scope, group: None, pieces: 0, bytes: 0 }]),
            pieces: Vec::new(),
            bytes: Vec::new(),
            arranged: Body::new(),
            error: None,
        })
    }

    pub(super) fn clear(&mut self) {
        self.open.truncate(1);
        self.pieces.clear();
        self.bytes.clear();
        self.arranged.clear();
        self.error = None;
    }

    pub(super) fn put(&mut self, depth: usize, tag: Tag, value: &[u8]) {
        let Some((slot, member)) = self.member(depth, tag) else { return };
        if member.group != NONE {
            return self.refuse((BodyFault::CountByHand, Some(tag)));
        }
        let from = self.bytes.len();
        self.bytes.extend_from_slice(value);
        let (rank, to) = (self.rank(depth, tag, slot), self.bytes.len());
        self.pieces.push(Piece { tag, slot, rank, group: NONE, entries: 0, from, to });
    }

    /// The data field whose bytes this Length field of the entry, or the body, at `depth` counts.
    pub(super) fn data_tag(&mut self, depth: usize, length_tag: Tag) -> Option<Tag> {
        let (slot, _) = self.member(depth, length_tag)?;
        let next = self.open.get(depth).and_then(|level| self.behind(level.scope, slot));
        let counted = next.filter(|member| member.form == Form::Counted);
        let counted = counted.and_then(|member| Tag::new(member.tag));
        let data_tag = length_tag.data_tag().or(counted);
        if data_tag.is_none() {
            let fault = BodyFault::Field(FieldErrorKind::DataPair);
            self.refuse((fault, Some(length_tag)));
        }
        data_tag
    }

    /// Opens a group of the entry, or the body, at `depth`.
    pub(super) fn open_group(&mut self, depth: usize, tag: Tag) {
        let Some((slot, &MemberDef { group, .. })) = self.member(depth, tag) else { return };
        let Some(scope) = self.tables.scopes.scope(group) else {
            return self.refuse((BodyFault::NotAGroup, Some(tag)));
        };
        let (rank, from) = (self.rank(depth, tag, slot), self.bytes.len());
        let counter = Piece { tag, slot, rank, group, entries: 0, from, to: from };
        let (group, pieces) = (Some(counter), self.pieces.len());
        self.open.push(Level { scope, group, pieces, bytes: from });
    }

    /// Opens an entry of the group at `depth`.
    pub(super) fn open_entry(&mut self, depth: usize) {
        self.close_down_to(depth);
        if self.error.is_some() {
            return;
        }
        if let Some(Level { scope, group: Some(group), .. }) = self.open.get_mut(depth) {
            group.entries = group.entries.saturating_add(1);
            let (pieces, bytes) = (self.pieces.len(), self.bytes.len());
            let entry = Level { scope, group: None, pieces, bytes };
            self.open.push(entry);
        }
    }

    /// Closes everything; the fields of the body in their order.
    pub(super) fn finish(&mut self, is_whole: bool) -> Result<Fields<'_>, BodyError> {
        self.close_down_to(0);
        if self.error.is_none()
            && let Err(found) = self.arrange(is_whole)
        {
            self.refuse(found);
        }
        match self.error.take() {
            Some(error) => Err(error),
            None => Ok(self.arranged.as_fields().unwrap_or(Fields::EMPTY)),
        }
    }

    /// Closes what is open within the level at `depth`.
    fn close_down_to(&mut self, depth: usize) {
        while self.error.is_none()
            && self.open.len() > depth.saturating_add(1)
            && let Some(&Level { group, pieces, bytes, .. }) = self.open.last()
        {
            match group {
                Some(counter) if counter.entries > 0 => {
                    self.pieces.push(Piece { to: self.bytes.len(), ..counter });
                }
                Some(_) => {}
                None => match self.arrange(true) {
                    Ok(()) => {
                        self.pieces.truncate(pieces);
                        self.bytes.truncate(bytes);
                        let fields = self.arranged.as_fields().unwrap_or(Fields::EMPTY);
                        self.bytes.extend_from_slice(fields.as_bytes());
                    }
                    Err(found) => return self.refuse(found),
                },
            }
            self.open.pop();
        }
    }

    /// The slot of a field in the entry, or the body, at `depth`, which is the innermost open level
    /// then; `None` if something is wrong.
    fn member(&mut self, depth: usize, tag: Tag) -> Option<(u16, &'d MemberDef)> {
        self.close_down_to(depth);
        if self.error.is_some() {
            return None;
        }
        let scope = self.open.get(depth)?.scope;
        let slot = self.slot(scope, tag);
        let member = self.tables.scopes.member(scope, slot).filter(|_| slot > 0);
        if member.is_none() {
            self.refuse((BodyFault::NotAMember, Some(tag)));
        }
        member.map(|member| (slot, member))
    }

    fn slot(&self, scope: &Scope, tag: Tag) -> u16 {
        self.tables.scopes.find(scope, self.tables.index.find(tag))
    }

    /// The member behind this slot.
    pub(super) fn behind(&self, scope: &Scope, slot: u16) -> Option<&'d MemberDef> {
        self.tables.scopes.members(scope).get(usize::from(slot))
    }

    /// Fields stand in the order of their slots, but data directly behind its length (S-FRAME-07).
    fn rank(&self, depth: usize, tag: Tag, slot: u16) -> u32 {
        let length = tag.length_tag().zip(self.open.get(depth));
        match length.map_or(0, |(length, level)| self.slot(level.scope, length)) {
            0 => 2 * u32::from(slot),
            length => 2 * u32::from(length) + 1,
        }
    }

    /// Remembers the first fault, with its place.
    fn refuse(&mut self, (fault, tag): Found) {
        let field = tag.map_or_else(String::new, |tag| format!("{} ", self.named(tag)));
        let place = self.place();
        self.error.get_or_insert_with(|| BodyError::new(fault, tag, place, field));
    }

    /// `PartyID(448)`
    fn named(&self, tag: Tag) -> String {
        match self.tables.field(tag) {
            Some(field) => format!("{}({tag})", field.name),
            None => format!("tag {tag}"),
        }
    }

    /// `entry 1 of NoPartySubIDs(802) in entry 2 of NoPartyIDs(453) in NewOrderSingle(D)`
    fn place(&self) -> Box<str> {
        let mut place = String::new();
        for counter in self.open.iter().rev().filter_map(|level| level.group) {
            place += &format!("entry {} of {} in ", counter.entries, self.named(counter.tag));
        }
        let msg_type = self.message.msg_type.escape_ascii();
        place += &format!("{}({msg_type})", self.message.name);
        place.into()
    }
}

impl fmt::Debug for Levels<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BodyWriter({}, {} bytes)", self.place(), self.bytes.len())
    }
}
