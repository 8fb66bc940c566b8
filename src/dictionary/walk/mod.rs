//! One pass over a message along its dictionary.

mod group;
mod place;

use crate::dictionary::compile::SEEN_WORDS;
use crate::dictionary::dictionary::Dictionary;
use crate::dictionary::form::Form;
use crate::dictionary::policy::{Level, Policy};
use crate::dictionary::tables::{Demand, MemberDef, NONE, Scope, Tables};
use crate::dictionary::violation::{Check, Violation};
use crate::wire::{Field, Fields, Tag, parse_uint};

/// What is known in the middle of a message.
///
/// The fast way is [`field`](Self::field): the field is a member of the level that is open, has
/// not been seen, and stands behind its predecessors. Everything else is [`place`](Self::place).
///
/// Small on purpose: it is made anew for each message.
pub(super) struct Walk<'a, 'b> {
    /// Header and trailer.
    transport: &'a Tables,
    /// Application messages.
    application: &'a Tables,
    /// This one's body.
    body: &'a Tables,
    policy: &'a Policy,
    /// Whether an entry must begin with its delimiter, whatever is only warned of now.
    keeps_order: bool,
    /// The tables of the part of the message that was reached.
    tables: &'a Tables,
    /// Of the level that is open, at hand: its slots by tag, for low tags, and its members.
    slots: &'a [u16],
    members: &'a [MemberDef],
    part: Part,
    /// The body may have any field: its MsgType is user-defined, or tolerated.
    is_free: bool,
    /// The level that is open.
    frame: Frame<'a>,
    /// Those around it, outermost first.
    around: [Option<Frame<'a>>; Dictionary::DEPTH_MAX],
    depth: usize,
    /// Which slots were seen, of every open level one behind the other.
    seen: [u64; SEEN_WORDS],
    /// The message, without what no search for a field needs again.
    fields: Fields<'b>,
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
    /// Of a group: the tag that counts it, how many entries it says it has, and how many there
    /// were.
    counter: Option<Tag>,
    declared: u32,
    entries: u32,
    /// The next field must have a higher slot. Before the first entry of a group no slot is, and
    /// within one its delimiter never is, but for an entry that began without it.
    floor: u16,
    /// Where its words of `seen` begin.
    base: u8,
    /// Whether the floor rises with each field.
    is_ordered: bool,
}

/// A count that is no number: what there is cannot be compared with it.
const UNCOUNTED: u32 = u32::MAX;

static NO_SCOPE: Scope = Scope {
    slots: 0,
    members: 0,
    len: 0,
    words: 0,
    required: 0,
    conditionals: (0, 0),
    demands: false,
};

impl<'a> Frame<'a> {
    /// The level of a part of the message.
    const fn part(scope: &'a Scope) -> Self {
        Self { scope, counter: None, declared: 0, entries: 0, floor: 0, base: 0, is_ordered: false }
    }

    /// Where its words of `seen` are.
    fn words(&self) -> core::ops::Range<usize> {
        let from = usize::from(self.base);
        from..from + usize::from(self.scope.words)
    }
}

impl<'a, 'b> Walk<'a, 'b> {
    pub(super) fn new(
        transport: &'a Dictionary,
        application: &'a Dictionary,
        policy: &'a Policy,
        keeps_order: bool,
    ) -> Self {
        let transport = transport.tables();
        let header = transport.scopes.scope(transport.header).unwrap_or(&NO_SCOPE);
        Self {
            transport,
            application: application.tables(),
            body: transport,
            policy,
            keeps_order,
            tables: transport,
            slots: transport.low_slots(header),
            members: transport.scopes.members(header),
            part: Part::Header,
            is_free: false,
            frame: Frame::part(header),
            around: [None; Dictionary::DEPTH_MAX],
            depth: 0,
            seen: [0; SEEN_WORDS],
            fields: Fields::EMPTY,
            warning: None,
        }
    }

    /// Holds fields to the dictionaries: those between MsgType(35) and CheckSum(10), for which the
    /// frame vouches.
    ///
    /// What breaks off does so with the level open that it stands in.
    pub(super) fn validate(
        &mut self,
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
        self.fields = fields;
        for framed in [Tag::BEGIN_STRING, Tag::BODY_LENGTH, Tag::MSG_TYPE] {
            self.vouch(framed);
        }
        let mut fields = fields.iter();
        loop {
            fields.each_plain(|field| self.field(field, body))?;
            match fields.next() {
                Some(field) => self.rare_field(field, body)?,
                None => return self.finish(body),
            }
        }
    }

    /// A copy of its own, so that the one for plain fields is part of the loop over them.
    #[cold]
    #[inline(never)]
    fn rare_field(&mut self, field: Field<'b>, body: &'a Scope) -> Result<(), Violation> {
        self.field(field, body)
    }

    /// Always inlined, and [`value`](Self::value) with it: as calls, they cost a fifth more.
    #[inline(always)]
    fn field(&mut self, field: Field<'b>, body: &'a Scope) -> Result<(), Violation> {
        let slot = self.slot(field.tag);
        let slot = if slot > self.frame.floor && self.take(slot) {
            slot
        } else if slot == 1 && self.frame.entries < self.frame.declared {
            self.next_entry()?;
            slot
        } else {
            self.place(field, slot, body)?
        };
        match self.members.get(usize::from(slot).wrapping_sub(1)) {
            Some(member) => self.value(field, member, slot),
            // It belongs nowhere, and may stand all the same.
            None => Ok(()),
        }
    }

    /// The slot of a field in the level that is open; 0 if it has none.
    #[inline]
    fn slot(&self, tag: Tag) -> u16 {
        match self.slots.get(tag.get() as usize) {
            Some(slot) => *slot,
            None => self.slot_of_high(tag),
        }
    }

    #[cold]
    fn slot_of_high(&self, tag: Tag) -> u16 {
        self.tables.scopes.find(self.frame.scope, self.tables.index.find(tag))
    }

    /// Marks what the frame vouches for.
    fn vouch(&mut self, tag: Tag) {
        let slot = self.slot(tag);
        if slot > 0 {
            self.take(slot);
        }
    }

    /// Marks a slot; false if it was.
    #[inline]
    fn take(&mut self, slot: u16) -> bool {
        let position = usize::from(slot).wrapping_sub(1);
        let bit = 1_u64 << (position % 64);
        let Some(word) =
            self.seen.get_mut(usize::from(self.frame.base).wrapping_add(position / 64))
        else {
            return false;
        };
        let fresh = *word & bit == 0;
        *word |= bit;
        if self.frame.is_ordered {
            self.frame.floor = slot;
        }
        fresh
    }

    /// Passes what is right at a glance.
    #[inline(always)]
    fn value(
        &mut self,
        field: Field<'b>,
        member: &'a MemberDef,
        slot: u16,
    ) -> Result<(), Violation> {
        let Field { tag, value } = field;
        if value.is_empty() {
            return self.report(Check::EmptyValue, Some(tag));
        }
        let passes = match member.demand {
            Demand::Nothing => return Ok(()),
            Demand::Value | Demand::More => match self.tables.values(member.values) {
                None => member.form.accepts(value),
                Some(values) => values.has_single(value),
            },
        };
        if !passes {
            self.inspect(tag, value, member)?;
        }
        if member.demand == Demand::More { self.follow(tag, value, member, slot) } else { Ok(()) }
    }

    /// What is listed is right, even if it is not of the type: IOIQty is `S` or a quantity.
    #[inline(never)]
    fn inspect(&mut self, tag: Tag, value: &[u8], member: &MemberDef) -> Result<(), Violation> {
        let values = self.tables.values(member.values);
        if values.is_some_and(|values| values.contains(value)) {
            return Ok(());
        }
        if !member.form.accepts(value) {
            if !member.form.tolerates(value) {
                return self.report(Check::IncorrectFormat, Some(tag));
            }
            self.report(Check::LooseFormat, Some(tag))?;
        }
        match values {
            Some(values) if !values.allow(value, member.form, self.policy) => {
                self.report(Check::IncorrectValue, Some(tag))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// What follows from a field: a group, or the truth of a length.
    #[inline(never)]
    fn follow(
        &mut self,
        tag: Tag,
        value: &'b [u8],
        member: &MemberDef,
        slot: u16,
    ) -> Result<(), Violation> {
        if member.group == NONE {
            return if member.form == Form::Counted {
                self.data(value, slot)
            } else {
                self.length(tag, value, slot)
            };
        }
        self.open_group(tag, value, member);
        Ok(())
    }

    /// A data field that the wire does not know to be one stands directly behind its length,
    /// which must be true.
    #[cold]
    fn data(&mut self, value: &'b [u8], slot: u16) -> Result<(), Violation> {
        let length = self.tables.scopes.member(self.frame.scope, slot.saturating_sub(1));
        let length = length.and_then(|length| Tag::new(length.tag));
        let (before, _) = self.neighbors(value);
        let fits = before.is_some_and(|before| {
            Some(before.tag) == length
                && parse_uint(before.value) == u64::try_from(value.len()).ok()
        });
        if fits { Ok(()) } else { self.report(Check::DataLength, length) }
    }

    /// A length has its data directly behind it, unless it is 0 (S-FRAME-07).
    #[cold]
    fn length(&mut self, tag: Tag, value: &'b [u8], slot: u16) -> Result<(), Violation> {
        let data = self.tables.scopes.member(self.frame.scope, slot.saturating_add(1));
        let (_, behind) = self.neighbors(value);
        let fits = behind.zip(data).is_some_and(|(behind, data)| behind.tag.get() == data.tag);
        if fits || parse_uint(value) == Some(0) {
            return Ok(());
        }
        self.report(Check::DataLength, Some(tag))
    }

    /// The fields before and behind the one with this value. Later searches begin at the one
    /// before, so that all of them together look at each field a few times at most.
    fn neighbors(&mut self, value: &'b [u8]) -> (Option<Field<'b>>, Option<Field<'b>>) {
        let mut fields = self.fields.iter();
        let mut before = None;
        loop {
            let from = fields.rest();
            match fields.next() {
                Some(field) if core::ptr::eq(field.value, value) => return (before, fields.next()),
                Some(field) => before = Some(field),
                None => return (before, None),
            }
            self.fields = from;
        }
    }

    /// Whether it broke off within a group.
    pub(super) const fn is_in_group(&self) -> bool {
        self.depth > 0
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

    /// Everything that the open level requires is there.
    #[inline]
    fn close_level(&mut self) -> Result<(), Violation> {
        let scope = self.frame.scope;
        let has_first = self.frame.floor > 0 || self.frame.counter.is_none();
        if !scope.demands && has_first {
            return Ok(());
        }
        let seen = self.seen.get(self.frame.words()).unwrap_or_default();
        let Some(slot) = self.tables.scopes.missing(scope, seen) else {
            return Ok(());
        };
        let member = self.tables.scopes.member(scope, slot);
        self.report(Check::RequiredTagMissing, member.and_then(|member| Tag::new(member.tag)))
    }

    fn finish(&mut self, body: &'a Scope) -> Result<Option<Violation>, Violation> {
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
