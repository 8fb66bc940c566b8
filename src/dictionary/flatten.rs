//! From members that name components to plain levels: what a message or an entry of a group
//! consists of.

use alloc::borrow::ToOwned as _;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::{mem, slice};

use super::spec::{Member, Spec};
use super::spec_error::SpecError;
use super::{Datatype, Dictionary};
use crate::wire::Tag;

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
    /// A field that stands in the list of the level itself and is brought by a component, too,
    /// keeps the place that it has in the component, and is required as the list says.
    ///
    /// `direct` has the positions of the fields of the list, and whether they are required;
    /// `required` has the positions of all members that are.
    fn settle(&mut self, direct: &BTreeMap<usize, bool>, required: &mut Vec<usize>) {
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
                settled.insert(place, direct.get(&position).copied().unwrap_or(false));
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

    /// Removes members that no component brings, and moves what stands behind them up.
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
    }
}

/// Components within components.
const CHAIN_MAX: usize = 64;

/// Fields of one level.
const LEVEL_LEN_MAX: usize = 2_000;

/// Members looked at for one dictionary, so that components that double one another end.
const WORK_MAX: usize = 2_000_000;

/// Flattens the lists of one specification.
pub(super) struct Flattening<'s> {
    components: BTreeMap<&'s str, &'s [Member]>,
    datatypes: BTreeMap<u32, Datatype>,
    /// The components that are being expanded, outermost first.
    chain: Vec<&'s str>,
    work: usize,
}

impl<'s> Flattening<'s> {
    pub(super) fn new(spec: &'s Spec) -> Result<Self, SpecError> {
        let mut components = BTreeMap::new();
        for component in &spec.components {
            if components.insert(&*component.name, &*component.members).is_some() {
                return Err(SpecError::DuplicateComponent { name: component.name.clone() });
            }
        }
        let datatypes = spec.fields.iter().map(|field| (field.tag, field.datatype)).collect();
        Ok(Self { components, datatypes, chain: Vec::new(), work: 0 })
    }

    /// Checks what no message uses, too.
    pub(super) fn check_components(&mut self) -> Result<(), SpecError> {
        let names: Vec<&'s str> = self.components.keys().copied().collect();
        for name in names {
            let reference = [Member::Component { name: name.to_owned(), required: true }];
            let mut level = Level::default();
            self.expand_borrowed(&reference, &mut level, &format!("component {name}"))?;
        }
        Ok(())
    }

    fn expand_borrowed(
        &mut self,
        list: &[Member],
        level: &mut Level,
        within: &str,
    ) -> Result<(), SpecError> {
        for member in list {
            if let Member::Component { name, .. } = member {
                self.component(name, within, level, &mut Vec::new(), 0)?;
            }
        }
        Ok(())
    }

    /// The level that a list of members makes.
    pub(super) fn level(
        &mut self,
        list: &'s [Member],
        within: &str,
        depth: usize,
    ) -> Result<Level, SpecError> {
        if depth > Dictionary::DEPTH_MAX {
            return Err(SpecError::TooDeep { within: within.to_owned() });
        }
        let mut level = Level::default();
        let (mut direct, mut required) = (BTreeMap::new(), Vec::new());
        for member in list {
            if let Member::Field { required, .. } = member {
                direct.insert(level.members.len(), *required);
            }
            self.expand(slice::from_ref(member), within, &mut level, &mut required, depth)?;
        }
        level.settle(&direct, &mut required);
        for position in required {
            if let Some(member) = level.members.get_mut(position) {
                member.required = true;
            }
        }
        self.check(&mut level, within)?;
        Ok(level)
    }

    /// Appends the members of a list; `required` collects the positions of those that must be
    /// there if the list is.
    fn expand(
        &mut self,
        list: &'s [Member],
        within: &str,
        level: &mut Level,
        required: &mut Vec<usize>,
        depth: usize,
    ) -> Result<(), SpecError> {
        for member in list {
            self.work = self.work.saturating_add(1);
            if self.work > WORK_MAX || level.members.len() > LEVEL_LEN_MAX {
                return Err(SpecError::TooLarge { what: within.to_owned() });
            }
            let position = level.members.len();
            let (tag, is_required, group) = match member {
                Member::Field { tag, required } => (*tag, *required, None),
                Member::Group { tag, required, members } => {
                    (*tag, *required, Some(self.group(*tag, members, within, depth)?))
                }
                Member::Component { name, required: true } => {
                    self.component(name, within, level, required, depth)?;
                    continue;
                }
                Member::Component { name, required: false } => {
                    let mut own = Vec::new();
                    self.component(name, within, level, &mut own, depth)?;
                    let end = level.members.len();
                    if !own.is_empty() && end.saturating_sub(position) > 1 {
                        level.conditionals.push(Conditional {
                            first: position,
                            end,
                            required: own,
                        });
                    }
                    continue;
                }
            };
            if !self.datatypes.contains_key(&tag) {
                return Err(SpecError::UnknownField { tag, within: within.to_owned() });
            }
            if is_required {
                required.push(position);
            }
            level.members.push(Flat { tag, required: false, counted: false, group });
        }
        Ok(())
    }

    fn component(
        &mut self,
        name: &str,
        within: &str,
        level: &mut Level,
        required: &mut Vec<usize>,
        depth: usize,
    ) -> Result<(), SpecError> {
        let Some((&name, &members)) = self.components.get_key_value(name) else {
            let (name, within) = (name.to_owned(), within.to_owned());
            return Err(SpecError::UnknownComponent { name, within });
        };
        if self.chain.contains(&name) {
            return Err(SpecError::Cycle { name: name.to_owned() });
        }
        if self.chain.len() >= CHAIN_MAX {
            return Err(SpecError::TooDeep { within: format!("component {name}") });
        }
        self.chain.push(name);
        self.expand(members, within, level, required, depth)?;
        self.chain.pop();
        Ok(())
    }

    fn group(
        &mut self,
        tag: u32,
        members: &'s [Member],
        within: &str,
        depth: usize,
    ) -> Result<Level, SpecError> {
        let counts = [Datatype::NumInGroup, Datatype::Int, Datatype::Length];
        match self.datatypes.get(&tag) {
            Some(datatype) if !counts.contains(datatype) => {
                return Err(SpecError::NotACount { tag, within: within.to_owned() });
            }
            Some(_) | None => {}
        }
        let name = format!("group {tag} of {within}");
        let level = self.level(members, &name, depth.saturating_add(1))?;
        if level.members.is_empty() {
            return Err(SpecError::EmptyGroup { tag, within: within.to_owned() });
        }
        Ok(level)
    }

    /// No tag stands twice, and data fields have their lengths.
    fn check(&self, level: &mut Level, within: &str) -> Result<(), SpecError> {
        let mut tags = BTreeSet::new();
        for member in &level.members {
            if !tags.insert(member.tag) {
                let within = within.to_owned();
                return Err(SpecError::RepeatedMember { tag: member.tag, within });
            }
        }
        let mut before = None;
        for member in &mut level.members {
            if self.is(member.tag, &[Datatype::Data, Datatype::XmlData]) {
                // Where the wire knows the pair, it has seen to it already (S-FRAME-07).
                let length = Tag::new(member.tag).and_then(Tag::length_tag);
                let known = length.is_some_and(|length| tags.contains(&length.get()));
                let counts = |tag| self.is(tag, &[Datatype::Length, Datatype::Int]);
                if !known && !before.is_some_and(counts) {
                    let within: String = within.to_owned();
                    return Err(SpecError::DataWithoutLength { tag: member.tag, within });
                }
                member.counted = !known;
            }
            before = Some(member.tag);
        }
        Ok(())
    }

    fn is(&self, tag: u32, types: &[Datatype]) -> bool {
        self.datatypes.get(&tag).is_some_and(|datatype| types.contains(datatype))
    }
}
