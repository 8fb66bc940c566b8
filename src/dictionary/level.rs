//! Plain levels: what a message or an entry of a group consists of, its components expanded.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::mem;

/// One level of fields, in their order: the body of a message, the header, the trailer, or one
/// entry of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Level {
    pub(super) members: Vec<Flat>,
    pub(super) conditionals: Vec<Conditional>,
}

/// A field of a level.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Flat {
    pub(super) tag: u32,
    /// Whether it must be there whenever the level is.
    pub(super) required: bool,
    /// Whether it is data counted by the member before it, as the wire does not know.
    pub(super) counted: bool,
    /// Whether it is called a group and has no members; an overlay may leave out what it repeats.
    pub(super) hollow: bool,
    pub(super) group: Option<Level>,
}

/// An optional component: where one of its members is, those that it requires must be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Conditional {
    /// The positions of its members.
    pub(super) first: usize,
    pub(super) end: usize,
    /// The positions of those required.
    pub(super) required: Vec<usize>,
}

impl Level {
    /// A field or group that stands in the list of the level itself and is brought by a component,
    /// too, keeps the place that it has in the component, and is required as the list says. A group
    /// has the members of both.
    ///
    /// `direct` has the positions of what stands in the list, and whether it is required; `required`
    /// has the positions of all members that are. `either` is whether what the component requires
    /// stays required whatever the list says.
    pub(super) fn settle(
        &mut self,
        direct: &BTreeMap<usize, bool>,
        required: &mut Vec<usize>,
        either: bool,
    ) {
        let members = self.members.iter().map(|member| member.tag).enumerate();
        let (listed, brought): (Vec<_>, Vec<_>) =
            members.partition(|(position, _)| direct.contains_key(position));
        let mut brought: BTreeMap<u32, usize> =
            brought.into_iter().map(|(position, tag)| (tag, position)).collect();
        let (mut gone, mut settled) = (BTreeSet::new(), BTreeMap::new());
        for (position, tag) in listed {
            // Only the first in the list finds it: a second one is one too many.
            if let Some(place) = brought.remove(&tag) {
                gone.insert(position);
                let is_kept = either && required.contains(&place);
                settled.insert(place, is_kept || direct.get(&position).copied().unwrap_or(false));
                self.join(place, position);
            }
        }
        if gone.is_empty() {
            return;
        }
        required.retain(|at| !gone.contains(at) && !settled.contains_key(at));
        required.extend(settled.iter().filter(|&(_, &is_required)| is_required).map(|(at, _)| *at));
        for conditional in &mut self.conditionals {
            conditional.required.retain(|at| !settled.contains_key(at));
        }
        self.remove(&gone, required);
    }

    /// Adds what the member at `from` repeats to what that at `to` does.
    fn join(&mut self, to: usize, from: usize) {
        let Some(new) = self.members.get_mut(from).and_then(|member| member.group.take()) else {
            return;
        };
        if let Some(member) = self.members.get_mut(to) {
            match &mut member.group {
                Some(known) => known.add(new),
                None => (member.group, member.hollow) = (Some(new), false),
            }
        }
    }

    /// Adds the members of a level of which this one may have some: they become required as the new
    /// one says; the others come last, so that a group does not change its delimiter.
    fn add(&mut self, new: Self) {
        let known = self.members.iter().map(|member| member.tag).zip(0..);
        let mut known: BTreeMap<u32, usize> = known.collect();
        let mut moved = Vec::with_capacity(new.members.len());
        for member in new.members {
            let at = *known.entry(member.tag).or_insert(self.members.len());
            moved.push(at);
            match self.members.get_mut(at) {
                None => self.members.push(member),
                Some(there) => {
                    there.required = member.required;
                    match (&mut there.group, member.group) {
                        (Some(there), Some(new)) => there.add(new),
                        (None, Some(new)) => (there.group, there.hollow) = (Some(new), false),
                        (_, None) => {}
                    }
                }
            }
        }
        for Conditional { first, end, required } in new.conditionals {
            let places = moved.get(first..end).unwrap_or_default();
            // Where its members are torn apart, it is no condition any more.
            let is_whole = places.windows(2).all(|pair| matches!(pair, [a, b] if a + 1 == *b));
            if let (Some(&first), Some(&last), true) = (places.first(), places.last(), is_whole) {
                let required = required.iter().filter_map(|at| moved.get(*at).copied()).collect();
                self.conditionals.push(Conditional {
                    first,
                    end: last.saturating_add(1),
                    required,
                });
            }
        }
    }

    /// Leaves each tag once, where it stands first, and required where one of them is; a group has the
    /// members of all. Gives the tags that stood there more often.
    pub(super) fn dedup(&mut self, required: &mut [usize]) -> BTreeSet<u32> {
        let mut first: BTreeMap<u32, usize> = BTreeMap::new();
        let mut gone: BTreeMap<usize, usize> = BTreeMap::new();
        for (position, member) in self.members.iter().enumerate() {
            let place = *first.entry(member.tag).or_insert(position);
            if place != position {
                gone.insert(position, place);
            }
        }
        if gone.is_empty() {
            return BTreeSet::new();
        }
        let mut tags = BTreeSet::new();
        for (&from, &to) in &gone {
            tags.extend(self.members.get(from).map(|member| member.tag));
            self.join(to, from);
        }
        for at in required.iter_mut() {
            *at = gone.get(at).copied().unwrap_or(*at);
        }
        for conditional in &mut self.conditionals {
            conditional.required.retain(|at| !gone.contains_key(at));
        }
        self.remove(&gone.into_keys().collect(), required);
        tags
    }

    /// Removes members, and moves what stands behind them up.
    fn remove(&mut self, gone: &BTreeSet<usize>, required: &mut [usize]) {
        let mut moved = Vec::with_capacity(self.members.len().saturating_add(1));
        let mut members = Vec::with_capacity(self.members.len());
        for (position, member) in mem::take(&mut self.members).into_iter().enumerate() {
            moved.push(members.len());
            if !gone.contains(&position) {
                members.push(member);
            }
        }
        moved.push(members.len());
        self.members = members;
        let shift = |at: &mut usize| *at = moved.get(*at).copied().unwrap_or(*at);
        required.iter_mut().for_each(shift);
        for Conditional { first, end, required } in &mut self.conditionals {
            required.iter_mut().chain([first, end]).for_each(shift);
        }
        self.conditionals.retain(|conditional| !conditional.required.is_empty());
    }
}
