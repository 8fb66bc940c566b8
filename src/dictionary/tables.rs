//! A dictionary as tables: what the hot path reads.

use alloc::boxed::Box;

use super::Datatype;
use super::form::Form;
use super::values::Values;
use crate::wire::Tag;

/// No group, no enumeration.
pub(super) const NONE: u16 = u16::MAX;

/// From tags to indices: a tag below 4,096 is its own, others are searched for and come behind
/// them. Not every index has a field.
#[derive(Debug)]
pub(super) struct TagIndex {
    low: u32,
    /// Tags and indices, ascending.
    high: Box<[(u32, u32)]>,
}

/// Tags below this are their own index.
const LOW_TAGS: u32 = 4_096;

/// The index of a tag that no field has.
const NOWHERE: u32 = u32::MAX;

impl TagIndex {
    /// How many of the indices are tags.
    pub(super) const fn low(&self) -> usize {
        self.low as usize
    }

    /// For tags that ascend.
    pub(super) fn new(tags: impl Iterator<Item = u32> + Clone) -> Self {
        let low = tags.clone().filter(|&tag| tag < LOW_TAGS).max().map_or(0, |tag| tag + 1);
        let high = tags.filter(|&tag| tag >= LOW_TAGS).zip(low..).collect();
        Self { low, high }
    }

    /// How many indices there are.
    pub(super) fn len(&self) -> usize {
        (self.low as usize).saturating_add(self.high.len())
    }

    #[inline]
    pub(super) fn find(&self, tag: Tag) -> u32 {
        if tag.get() < self.low { tag.get() } else { self.find_high(tag) }
    }

    #[cold]
    fn find_high(&self, tag: Tag) -> u32 {
        let at = self.high.binary_search_by_key(&tag.get(), |&(tag, _)| tag);
        at.ok().and_then(|at| self.high.get(at)).map_or(NOWHERE, |&(_, index)| index)
    }
}

/// What is known of a field wherever it stands.
#[derive(Debug)]
pub(super) struct FieldDef {
    pub(super) tag: u32,
    pub(super) name: Box<str>,
    pub(super) datatype: Datatype,
    /// Its enumeration.
    pub(super) values: u16,
}

/// What is known of a field of one level.
#[derive(Clone, Copy, Debug)]
pub(super) struct MemberDef {
    pub(super) tag: u32,
    /// The scope of the group that it counts, or [`NONE`].
    pub(super) group: u16,
    /// Its enumeration, or [`NONE`].
    pub(super) values: u16,
    pub(super) form: Form,
    pub(super) demand: Demand,
}

/// How much there is to see to when a field has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Demand {
    /// Any value will do.
    Nothing,
    /// Its value is of a form, or listed.
    Value,
    /// That, and it counts a group, or is one of a length and its data.
    More,
}

/// One level: the header, the body of a message, an entry of a group.
///
/// A member's *slot* is its position in the order of the level, from 1 on; 0 is none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Scope {
    /// Where the slots of all indices begin.
    pub(super) slots: u32,
    /// Where its members begin.
    pub(super) members: u32,
    pub(super) len: u16,
    /// Words of a set of its slots.
    pub(super) words: u8,
    /// Where the set of required slots is.
    pub(super) required: u32,
    pub(super) conditionals: (u32, u32),
    /// Whether it can lack anything: an entry of a group has its delimiter.
    pub(super) demands: bool,
}

/// Where one of some slots is taken, some must be.
#[derive(Clone, Copy, Debug)]
pub(super) struct ConditionalDef {
    /// The first word of the scope's set that it is about.
    pub(super) word: u8,
    pub(super) words: u8,
    /// Where the sets are, word by word: which of, and which are required.
    pub(super) masks: u32,
}

/// Every scope of a dictionary, in a few arrays.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    pub(super) scopes: Box<[Scope]>,
    /// How many indices each scope has slots for.
    pub(super) indices: usize,
    /// Slots by index, scope after scope.
    pub(super) slots: Box<[u16]>,
    pub(super) members: Box<[MemberDef]>,
    pub(super) masks: Box<[u64]>,
    pub(super) conditionals: Box<[ConditionalDef]>,
}

impl Scopes {
    /// The slot that a field has in a scope; 0 if it is no member.
    #[inline]
    pub(super) fn find(&self, scope: &Scope, index: u32) -> u16 {
        self.slots(scope).get(index as usize).copied().unwrap_or(0)
    }

    /// The slots of a scope, by index.
    #[inline]
    pub(super) fn slots(&self, scope: &Scope) -> &[u16] {
        let from = scope.slots as usize;
        self.slots.get(from..from + self.indices).unwrap_or_default()
    }

    /// The member in a slot, which must be one of the scope's.
    #[inline]
    pub(super) fn member(&self, scope: &Scope, slot: u16) -> Option<&MemberDef> {
        let at = (scope.members as usize).wrapping_add(usize::from(slot)).wrapping_sub(1);
        self.members.get(at)
    }

    pub(super) fn scope(&self, id: u16) -> Option<&Scope> {
        self.scopes.get(usize::from(id))
    }

    pub(super) fn members(&self, scope: &Scope) -> &[MemberDef] {
        let from = scope.members as usize;
        self.members.get(from..from + usize::from(scope.len)).unwrap_or_default()
    }

    pub(super) fn required(&self, scope: &Scope) -> &[u64] {
        let from = scope.required as usize;
        self.masks.get(from..from + usize::from(scope.words)).unwrap_or_default()
    }

    pub(super) fn conditionals(&self, scope: &Scope) -> &[ConditionalDef] {
        let (from, to) = scope.conditionals;
        self.conditionals.get(from as usize..to as usize).unwrap_or_default()
    }

    /// The sets of a conditional: its members, and those of them that it requires.
    pub(super) fn sets(&self, conditional: &ConditionalDef) -> (&[u64], &[u64]) {
        let from = conditional.masks as usize;
        let words = usize::from(conditional.words);
        let both = self.masks.get(from..from + 2 * words).unwrap_or_default();
        both.split_at_checked(words).unwrap_or_default()
    }

    /// The first slot that a scope requires, always or for what else is there, and that a set of
    /// its slots lacks.
    pub(super) fn missing(&self, scope: &Scope, seen: &[u64]) -> Option<u16> {
        let always = lacking(0, self.required(scope), seen);
        always.or_else(|| {
            self.conditionals(scope).iter().find_map(|conditional| {
                let (members, required) = self.sets(conditional);
                let seen = seen.get(usize::from(conditional.word)..).unwrap_or_default();
                let applies = members.iter().zip(seen).any(|(members, seen)| members & seen != 0);
                if applies { lacking(conditional.word, required, seen) } else { None }
            })
        })
    }
}

/// The first slot of `required` that is not `seen`, both from this word of a set on.
fn lacking(word: u8, required: &[u64], seen: &[u64]) -> Option<u16> {
    let mut words = (u16::from(word)..).zip(required.iter().zip(seen));
    words.find_map(|(word, (required, seen))| {
        let bit = u16::try_from((required & !seen).trailing_zeros()).ok();
        let bit = bit.filter(|&bit| bit < 64)?;
        Some(word.saturating_mul(64).saturating_add(bit).saturating_add(1))
    })
}

/// One message.
#[derive(Debug)]
pub(super) struct MessageDef {
    pub(super) msg_type: Box<[u8]>,
    pub(super) name: Box<str>,
    pub(super) admin: bool,
    pub(super) scope: u16,
}

/// Every message, by MsgType.
#[derive(Debug)]
pub(super) struct Messages {
    /// Positions in `listed`, by a MsgType of one byte.
    single: [u16; 128],
    /// Ascending by MsgType.
    pub(super) listed: Box<[MessageDef]>,
}

impl Messages {
    /// Of messages that ascend by MsgType.
    pub(super) fn new(listed: Box<[MessageDef]>) -> Self {
        let mut single = [NONE; 128];
        for (at, message) in (0..NONE).zip(&listed) {
            if let &[byte] = &*message.msg_type
                && let Some(slot) = single.get_mut(usize::from(byte))
            {
                *slot = at;
            }
        }
        Self { single, listed }
    }

    #[inline]
    pub(super) fn find(&self, msg_type: &[u8]) -> Option<&MessageDef> {
        match msg_type {
            &[byte] if byte < 128 => {
                let at = self.single.get(usize::from(byte))?;
                self.listed.get(usize::from(*at))
            }
            _ => {
                let at = self.listed.binary_search_by(|known| (*known.msg_type).cmp(msg_type));
                self.listed.get(at.ok()?)
            }
        }
    }
}

/// All tables.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) index: TagIndex,
    /// Ascending by tag.
    pub(super) fields: Box<[FieldDef]>,
    pub(super) values: Box<[Values]>,
    pub(super) scopes: Scopes,
    pub(super) messages: Messages,
    pub(super) header: u16,
    pub(super) trailer: u16,
}

impl Tables {
    /// The slots of a scope, by tag, as far as tags are indices.
    #[inline]
    pub(super) fn low_slots(&self, scope: &Scope) -> &[u16] {
        self.scopes.slots(scope).get(..self.index.low()).unwrap_or_default()
    }

    pub(super) fn field(&self, tag: Tag) -> Option<&FieldDef> {
        // Tags ascend from 1 at least, so that none stands behind the position of its number.
        let before = usize::try_from(tag.get()).ok().and_then(|tag| self.fields.get(..tag));
        let fields = before.unwrap_or(&self.fields);
        let at = fields.binary_search_by_key(&tag.get(), |field| field.tag).ok()?;
        fields.get(at)
    }

    #[inline]
    pub(super) fn values(&self, id: u16) -> Option<&Values> {
        self.values.get(usize::from(id))
    }
}
