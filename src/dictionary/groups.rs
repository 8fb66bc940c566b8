//! Reading repeating groups along the dictionary: which fields are whose, it says.

use core::fmt;

use super::dictionary::Dictionary;
use super::tables::{NONE, Scope, Tables};
use crate::wire::{Field, Fields, FieldsIter, Message, Tag, parse_uint};

/// The fields of one level: the body of a message, or an entry of a group. What stands in groups
/// within is read through [`group`](Self::group).
///
/// ```
/// # use fixline::dictionary::{Dictionary, Spec};
/// # use fixline::wire::{Message, Tag, from_text};
/// # let spec = Spec::from_text(
/// #     "field 453 NoPartyIDs NumInGroup\nfield 448 PartyID String\nfield 802 NoPartySubIDs NumInGroup\n\
/// #      field 523 PartySubID String\nfield 58 Text String\nmessage D Order 453(448 802(523) 58) 58")?;
/// # let dictionary = Dictionary::compile(&spec)?;
/// # let tag = |number| Tag::new(number).unwrap();
/// let order = from_text("8=FIX.4.4|35=D|453=2|448=A|802=2|523=x|523=y|448=B|58=own|58=all|");
/// let body = dictionary.body(Message::parse(&order)?).expect("an order is known");
/// assert_eq!(body.get(Tag::TEXT), Some(&b"all"[..]));
///
/// let parties = body.group(tag(453)).expect("it is there");
/// let mut parties = parties.into_iter();
/// let first = parties.next().expect("two entries");
/// assert_eq!(first.get(tag(448)), Some(&b"A"[..]));
/// let subs: Vec<_> = first.group(tag(802)).into_iter().flatten().map(|sub| sub.get(tag(523))).collect();
/// assert_eq!(subs, [Some(&b"x"[..]), Some(&b"y"[..])]);
/// assert_eq!(parties.next().and_then(|second| second.get(Tag::TEXT)), Some(&b"own"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy)]
pub struct EntryFields<'d, 'b> {
    tables: &'d Tables,
    scope: &'d Scope,
    fields: Fields<'b>,
}

impl Dictionary {
    /// The body of a message; `None` if its MsgType(35) is not known.
    #[must_use]
    pub fn body<'d, 'b>(&'d self, message: Message<'b>) -> Option<EntryFields<'d, 'b>> {
        self.level(message.msg_type(), message.body())
    }

    /// Fields as those of the body of a message; what is of the header is of this level, too.
    pub(super) fn level<'d, 'b>(
        &'d self,
        msg_type: &[u8],
        fields: Fields<'b>,
    ) -> Option<EntryFields<'d, 'b>> {
        let tables = self.tables();
        let known = tables.messages.find(msg_type)?;
        let scope = tables.scopes.scope(known.scope)?;
        Some(EntryFields::new(tables, scope, fields))
    }
}

impl<'d, 'b> EntryFields<'d, 'b> {
    pub(super) const fn new(tables: &'d Tables, scope: &'d Scope, fields: Fields<'b>) -> Self {
        Self { tables, scope, fields }
    }

    /// Every field, those of groups within included.
    #[must_use]
    pub const fn fields(self) -> Fields<'b> {
        self.fields
    }

    /// The fields of this level only, in order.
    pub fn own(self) -> impl Iterator<Item = Field<'b>> {
        self.own_with_groups().map(|(field, _)| field)
    }

    /// The fields of this level only, each with the group that it counts.
    pub(super) fn own_with_groups(
        self,
    ) -> impl Iterator<Item = (Field<'b>, Option<GroupEntries<'d, 'b>>)> {
        let mut rest = self.fields.iter();
        core::iter::from_fn(move || {
            let field = rest.next()?;
            let group = self.group_at(field, rest);
            if let Some(group) = group {
                rest = group.end;
            }
            Some((field, group))
        })
    }

    /// The value of a field of this level.
    #[must_use]
    pub fn get(self, tag: Tag) -> Option<&'b [u8]> {
        self.own().find(|field| field.tag == tag).map(|field| field.value)
    }

    /// The group that this NumInGroup field of the level counts.
    #[must_use]
    pub fn group(self, count_tag: Tag) -> Option<GroupEntries<'d, 'b>> {
        self.own_with_groups().find(|(field, _)| field.tag == count_tag)?.1
    }

    /// The group that a field of this level counts, whose entries stand at the front of `rest`.
    fn group_at(self, field: Field<'b>, rest: FieldsIter<'b>) -> Option<GroupEntries<'d, 'b>> {
        let scopes = &self.tables.scopes;
        let slot = scopes.find(self.scope, self.tables.index.find(field.tag));
        let at = usize::from(slot).checked_sub(1)?;
        let member = scopes.members(self.scope).get(at).filter(|member| member.group != NONE)?;
        let scope = scopes.scope(member.group)?;
        let count = parse_uint(field.value)?;
        let around = |index| scopes.find(self.scope, index) != 0;
        let end = Extent { tables: self.tables, scope, count }.end(rest, &around);
        let entries = rest.until(end);
        Some(GroupEntries { tables: self.tables, scope, count, rest: entries, end })
    }
}

impl fmt::Debug for EntryFields<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.fields, f)
    }
}

/// A repeating group along its dictionary: what it says of its length, and an iterator over the
/// entries that are there.
#[derive(Clone, Copy)]
pub struct GroupEntries<'d, 'b> {
    tables: &'d Tables,
    scope: &'d Scope,
    count: u64,
    /// The entries that were not handed out yet.
    rest: Fields<'b>,
    /// What stands behind the group.
    end: FieldsIter<'b>,
}

impl GroupEntries<'_, '_> {
    /// The number of entries that the NumInGroup field declares.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }
}

impl<'d, 'b> Iterator for GroupEntries<'d, 'b> {
    type Item = EntryFields<'d, 'b>;

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.rest.iter();
        let one = Extent { tables: self.tables, scope: self.scope, count: 1 };
        let end = one.end(start, &|_| false);
        self.rest = end.rest();
        let fields = start.until(end);
        (!fields.is_empty()).then(|| EntryFields::new(self.tables, self.scope, fields))
    }
}

impl fmt::Debug for GroupEntries<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(*self).finish()
    }
}

/// So many entries of a group.
#[derive(Clone, Copy)]
struct Extent<'d> {
    tables: &'d Tables,
    scope: &'d Scope,
    count: u64,
}

impl Extent<'_> {
    /// Behind the last field of these entries. A field that cannot be theirs ends them, and so does
    /// one that is out of order if there is a place for it `around`.
    fn end<'b>(self, from: FieldsIter<'b>, around: &dyn Fn(u32) -> bool) -> FieldsIter<'b> {
        let (tables, scopes) = (self.tables, &self.tables.scopes);
        let (mut entries, mut last) = (0_u64, 0);
        let mut end = from;
        let mut ahead = from;
        while let Some(field) = ahead.next() {
            let index = tables.index.find(field.tag);
            let slot = scopes.find(self.scope, index);
            if slot == 1 && entries < self.count {
                entries = entries.saturating_add(1);
                last = 1;
            } else if entries == 0
                || slot == 1
                || (slot <= last && around(index))
                || (slot == 0 && tables.field(field.tag).is_some())
            {
                break;
            }
            last = last.max(slot);
            end = ahead;
            let member = usize::from(slot).checked_sub(1);
            let member = member.and_then(|at| scopes.members(self.scope).get(at));
            let inner = member.and_then(|member| scopes.scope(member.group));
            if let Some((scope, count)) = inner.zip(parse_uint(field.value)) {
                let around = |index| scopes.find(self.scope, index) != 0 || around(index);
                end = Extent { tables, scope, count }.end(ahead, &around);
                ahead = end;
            }
        }
        end
    }
}
