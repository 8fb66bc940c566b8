//! One pass over a message along its dictionary.

use super::compile::SEEN_WORDS;
use super::dictionary::Dictionary;
use super::form::Form;
use super::policy::{Level, Policy};
use super::tables::{MemberDef, NONE, Scope, Tables};
use super::violation::{Check, Violation};
use crate::wire::{Field, Fields, Tag, parse_uint};

/// What is known in the middle of a message.
///
/// The fast way is [`field`](Self::field): the field is a member of the level that is open, has
/// not been seen, and stands behind its predecessors. Everything else is [`place`](Self::place).
pub(super) struct Walk<'a, 'b> {
    /// Header and trailer.
    transport: &'a Tables,
    /// Application messages.
    application: &'a Tables,
    /// This one's body.
    body: &'a Tables,
    policy: &'a Policy,
    /// The tables of the part of the message that was reached.
    tables: &'a Tables,
    part: Part,
    /// The body may have any field: its MsgType is user-defined, or tolerated.
    is_free: bool,
    /// The level that is open.
    frame: Frame<'a>,
    /// Those around it, outermost first.
    around: [Frame<'a>; Dictionary::DEPTH_MAX],
    depth: usize,
    /// Which slots were seen, of every open level one behind the other.
    seen: [u64; SEEN_WORDS],
    previous: Option<Field<'b>>,
    warning: Option<Violation>,
}

/// Where in the message the walk is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Header,
    Body,
    Trailer,
}

/// An open level.
#[derive(Clone, Copy)]
struct Frame<'a> {
    scope: &'a Scope,
    /// Where its words of `seen` begin.
    base: usize,
    /// The next field must have a higher slot. Before the first entry of a group no slot is, and
    /// within one its delimiter never is.
    floor: u16,
    /// Whether the floor rises with each field.
    is_ordered: bool,
    /// Of a group: the tag that counts it, how many entries it says it has, and how many there
    /// were.
    counter: Option<Tag>,
    declared: u64,
    entries: u64,
}

static NO_SCOPE: Scope =
    Scope { pages: 0, members: 0, len: 0, words: 0, required: 0, conditionals: (0, 0) };

impl<'a> Frame<'a> {
    /// The level of a part of the message.
    const fn part(scope: &'a Scope) -> Self {
        Self { scope, base: 0, floor: 0, is_ordered: false, counter: None, declared: 0, entries: 0 }
    }
}

impl<'a, 'b> Walk<'a, 'b> {
    pub(super) fn new(
        transport: &'a Dictionary,
        application: &'a Dictionary,
        policy: &'a Policy,
    ) -> Self {
        let transport = transport.tables();
        let header = transport.scopes.scope(transport.header).unwrap_or(&NO_SCOPE);
        Self {
            transport,
            application: application.tables(),
            body: transport,
            policy,
            tables: transport,
            part: Part::Header,
            is_free: false,
            frame: Frame::part(header),
            around: [Frame::part(&NO_SCOPE); Dictionary::DEPTH_MAX],
            depth: 0,
            seen: [0; SEEN_WORDS],
            previous: None,
            warning: None,
        }
    }

    pub(super) fn validate(
        mut self,
        msg_type: &[u8],
        fields: Fields<'b>,
    ) -> Result<Option<Violation>, Violation> {
        // Session messages are the transport's (S-FIXT-09), and so is XMLnonFIX.
        let of_transport = self.transport.messages.find(msg_type);
        let is_admin = of_transport.is_some_and(|message| message.admin);
        let of_application = self.application.messages.find(msg_type).filter(|_| !is_admin);
        let known = match of_application {
            Some(message) => Some((self.application, message)),
            None => of_transport.map(|message| (self.transport, message)),
        };
        let body = known.and_then(|(tables, message)| tables.scopes.scope(message.scope));
        if body.is_none() && msg_type.first() != Some(&b'U') {
            self.report(Check::UnknownMsgType, Some(Tag::MSG_TYPE))?;
        }
        self.body = known.map_or(self.application, |(tables, _)| tables);
        self.is_free = body.is_none();
        let body = body.unwrap_or(&NO_SCOPE);
        for field in fields {
            self.field(field, body)?;
        }
        self.finish(body)
    }

    #[inline]
    fn field(&mut self, field: Field<'b>, body: &'a Scope) -> Result<(), Violation> {
        let index = self.tables.index.find(field.tag);
        let slot = self.tables.scopes.find(self.frame.scope, index);
        let slot = if slot > self.frame.floor && self.take(slot) {
            slot
        } else {
            self.place(field, index, slot, body)?
        };
        if slot != 0
            && let Some(member) = self.tables.scopes.member(self.frame.scope, slot)
        {
            self.value(field, member, slot)?;
        }
        self.previous = Some(field);
        Ok(())
    }

    /// Marks a slot; false if it was.
    #[inline]
    fn take(&mut self, slot: u16) -> bool {
        let position = usize::from(slot).wrapping_sub(1);
        let bit = 1_u64 << (position % 64);
        let Some(word) = self.seen.get_mut(self.frame.base.wrapping_add(position / 64)) else {
            return false;
        };
        let fresh = *word & bit == 0;
        *word |= bit;
        if self.frame.is_ordered {
            self.frame.floor = slot;
        }
        fresh
    }

    #[inline]
    fn value(
        &mut self,
        field: Field<'b>,
        member: &'a MemberDef,
        slot: u16,
    ) -> Result<(), Violation> {
        if field.value.is_empty() {
            return self.report(Check::EmptyValue, Some(field.tag));
        }
        let values = self.tables.values(member.values);
        if !member.form.accepts(field.value) {
            if !values.is_some_and(|values| values.allow_formless(field.value)) {
                self.report(Check::IncorrectFormat, Some(field.tag))?;
            }
        } else if let Some(values) = values
            && !values.allow(field.value, member.form, self.policy)
        {
            self.report(Check::IncorrectValue, Some(field.tag))?;
        }
        if member.group != NONE {
            self.open_group(field, member);
        } else if member.form == Form::Counted {
            self.data(field, slot)?;
        }
        Ok(())
    }

    /// A data field that the wire does not know to be one stands directly behind its length,
    /// which must be true.
    #[cold]
    fn data(&mut self, field: Field<'b>, slot: u16) -> Result<(), Violation> {
        let length = self.tables.scopes.member(self.frame.scope, slot.saturating_sub(1));
        let length = length.and_then(|length| Tag::new(length.tag));
        let fits = self.previous.is_some_and(|previous| {
            Some(previous.tag) == length
                && parse_uint(previous.value) == u64::try_from(field.value.len()).ok()
        });
        if fits { Ok(()) } else { self.report(Check::DataLength, length) }
    }

    /// Refuses, remembers or passes over what is wrong.
    #[cold]
    fn report(&mut self, check: Check, tag: Option<Tag>) -> Result<(), Violation> {
        let violation = Violation { check, tag };
        match self.policy.level(check) {
            Level::Reject => return Err(violation),
            Level::Warn => {
                self.warning.get_or_insert(violation);
            }
            Level::Off => {}
        }
        Ok(())
    }

    // --- groups -----------------------------------------------------------------------------

    #[inline]
    fn open_group(&mut self, field: Field<'b>, member: &MemberDef) {
        let Some(scope) = self.tables.scopes.scope(member.group) else {
            return;
        };
        let Some(place) = self.around.get_mut(self.depth) else {
            return;
        };
        *place = self.frame;
        self.depth = self.depth.wrapping_add(1);
        self.frame = Frame {
            scope,
            base: self.frame.base.wrapping_add(usize::from(self.frame.scope.words)),
            floor: u16::MAX,
            is_ordered: false,
            counter: Some(field.tag),
            declared: parse_uint(field.value).unwrap_or(u64::MAX),
            entries: 0,
        };
    }

    /// The delimiter: an entry ends, and one begins.
    #[inline]
    fn next_entry(&mut self) -> Result<(), Violation> {
        if self.frame.entries > 0 {
            self.close_level()?;
        }
        self.frame.entries = self.frame.entries.wrapping_add(1);
        if self.frame.entries > self.frame.declared {
            self.report(Check::GroupCount, self.frame.counter)?;
        }
        let from = self.frame.base;
        let words = self.seen.get_mut(from..from.wrapping_add(usize::from(self.frame.scope.words)));
        words.unwrap_or_default().fill(0);
        self.frame.is_ordered = self.policy.level(Check::GroupOrder) != Level::Off;
        self.frame.floor = 1;
        self.take(1);
        Ok(())
    }

    /// Back to the level around the group.
    fn close_group(&mut self) -> Result<(), Violation> {
        if self.frame.entries > 0 {
            self.close_level()?;
        }
        let is_counted = self.frame.declared != u64::MAX;
        if self.frame.entries != self.frame.declared && is_counted {
            self.report(Check::GroupCount, self.frame.counter)?;
        }
        self.depth = self.depth.saturating_sub(1);
        if let Some(frame) = self.around.get(self.depth) {
            self.frame = *frame;
        }
        Ok(())
    }

    /// Whether a level around the group can take a field.
    fn fits_around(&self, index: u16) -> bool {
        let around = self.around.get(..self.depth).unwrap_or_default();
        around.iter().any(|frame| {
            let slot = self.tables.scopes.find(frame.scope, index);
            slot > frame.floor && !self.has_seen(frame, slot)
                || slot == 1 && frame.counter.is_some()
        })
    }

    fn has_seen(&self, frame: &Frame<'_>, slot: u16) -> bool {
        let position = usize::from(slot).wrapping_sub(1);
        let word = self.seen.get(frame.base.wrapping_add(position / 64)).copied().unwrap_or(0);
        word >> (position % 64) & 1 == 1
    }

    // --- where a field belongs that is not simply next --------------------------------------

    /// The slot of a field in the level that it belongs to, which is open afterwards; 0 if it
    /// belongs nowhere and may stand all the same.
    fn place(
        &mut self,
        field: Field<'b>,
        index: u16,
        slot: u16,
        body: &'a Scope,
    ) -> Result<u16, Violation> {
        let (mut index, mut slot) = (index, slot);
        loop {
            if self.depth > 0 {
                let goes_on = slot == 1
                    && (self.frame.entries < self.frame.declared || !self.fits_around(index));
                if goes_on {
                    self.next_entry()?;
                    return Ok(slot);
                }
                if slot != 0 && !self.fits_around(index) {
                    return self.out_of_order(field.tag, slot);
                }
                if slot == 0 && self.part == Part::Body && self.is_stranger(field.tag, index) {
                    return self.stranger(field, index);
                }
                self.close_group()?;
            } else {
                if slot != 0 {
                    self.report(Check::Repeated, Some(field.tag))?;
                    return Ok(slot);
                }
                if !self.next_part(field.tag, body)? {
                    return self.stranger(field, index);
                }
                index = self.tables.index.find(field.tag);
            }
            slot = self.tables.scopes.find(self.frame.scope, index);
            if slot > self.frame.floor && self.take(slot) {
                return Ok(slot);
            }
        }
    }

    /// A member of the group that cannot stand here.
    #[cold]
    fn out_of_order(&mut self, tag: Tag, slot: u16) -> Result<u16, Violation> {
        let began = self.frame.entries > 0;
        let repeated = began && self.has_seen(&self.frame, slot);
        let check = if repeated { Check::Repeated } else { Check::GroupOrder };
        self.report(check, Some(tag))?;
        if !began {
            self.next_entry()?;
        }
        self.take(slot);
        Ok(slot)
    }

    /// Whether no level around, and no other part of the message, has this field.
    fn is_stranger(&self, tag: Tag, index: u16) -> bool {
        let around = self.around.get(..self.depth).unwrap_or_default();
        let scopes = &self.tables.scopes;
        !around.iter().any(|frame| scopes.find(frame.scope, index) != 0)
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
                Ok(true)
            }
            Part::Body | Part::Trailer => Ok(false),
        }
    }

    fn enter(&mut self, part: Part, tables: &'a Tables, scope: &'a Scope) {
        self.part = part;
        self.tables = tables;
        self.frame = Frame::part(scope);
        self.seen.get_mut(..usize::from(scope.words)).unwrap_or_default().fill(0);
    }

    /// A field that the level does not have, nor what is around it or behind it.
    #[cold]
    fn stranger(&mut self, field: Field<'b>, index: u16) -> Result<u16, Violation> {
        if self.part == Part::Body && self.is_free {
            return Ok(0);
        }
        let tag = field.tag;
        let known = index != 0
            || self.application.index.find(tag) != 0
            || self.transport.index.find(tag) != 0;
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

    // --- what must be there -----------------------------------------------------------------

    /// Everything that the open level requires is there.
    #[inline]
    fn close_level(&mut self) -> Result<(), Violation> {
        let (scope, base, scopes) = (self.frame.scope, self.frame.base, &self.tables.scopes);
        let seen = self.seen.get(base..).unwrap_or_default();
        for (word, (required, seen)) in (0_u16..).zip(scopes.required(scope).iter().zip(seen)) {
            if required & !seen != 0 {
                return self.missing(required & !seen, word);
            }
        }
        for conditional in scopes.conditionals(scope) {
            let (members, required) = scopes.sets(conditional);
            let seen = seen.get(usize::from(conditional.word)..).unwrap_or_default();
            if !members.iter().zip(seen).any(|(members, seen)| members & seen != 0) {
                continue;
            }
            let first = u16::from(conditional.word);
            for (word, (required, seen)) in (first..).zip(required.iter().zip(seen)) {
                if required & !seen != 0 {
                    return self.missing(required & !seen, word);
                }
            }
        }
        Ok(())
    }

    #[cold]
    fn missing(&mut self, missing: u64, word: u16) -> Result<(), Violation> {
        let bit = u16::try_from(missing.trailing_zeros()).unwrap_or_default();
        let slot = word.saturating_mul(64).saturating_add(bit).saturating_add(1);
        let member = self.tables.scopes.member(self.frame.scope, slot);
        self.report(Check::RequiredTagMissing, member.and_then(|member| Tag::new(member.tag)))
    }

    fn finish(mut self, body: &'a Scope) -> Result<Option<Violation>, Violation> {
        while self.depth > 0 {
            self.close_group()?;
        }
        self.close_level()?;
        if self.part == Part::Header {
            self.enter(Part::Body, self.body, body);
            self.close_level()?;
        }
        Ok(self.warning)
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
