//! From members that name components to plain levels.

use alloc::borrow::ToOwned as _;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::vec::Vec;
use core::slice;

use super::level::{Conditional, Flat, Level};
use super::places::Thing;
use super::spec::{Member, Requirements, Spec};
use super::spec_error::{SpecError, SpecFault};
use super::{Datatype, Dictionary};
use crate::wire::Tag;

/// Components within components.
const CHAIN_MAX: usize = 64;

/// Fields of one level.
const LEVEL_LEN_MAX: usize = 2_000;

/// Members looked at for one dictionary, so that components that double one another end.
const WORK_MAX: usize = 2_000_000;

/// What is wrong or odd beyond this is not told.
const FAULTS_MAX: usize = 1_000;

/// Flattens the lists of one specification.
pub(super) struct Flattening<'s> {
    components: BTreeMap<&'s str, &'s [Member]>,
    datatypes: BTreeMap<u32, Datatype>,
    requirements: Requirements,
    /// The components that are being expanded, outermost first.
    chain: Vec<&'s str>,
    /// Those that were.
    reached: BTreeSet<&'s str>,
    work: usize,
    /// What is being flattened.
    owner: Thing,
    /// Whether a message has it.
    is_used: bool,
    /// What was found.
    pub(super) faults: Vec<SpecFault>,
    /// What has it, at which member, and what the cure is: messages share components.
    told: BTreeSet<(Thing, Option<u32>, &'static str)>,
}

/// Where a list of members stands.
#[derive(Clone, Copy)]
struct Site<'w> {
    within: &'w str,
    /// How many groups are around it.
    depth: usize,
    /// Whether what the list requires is required.
    applies: bool,
}

impl<'s> Flattening<'s> {
    pub(super) fn new(spec: &'s Spec) -> Self {
        let mut faults = Vec::new();
        let mut components = BTreeMap::new();
        for component in &spec.components {
            if components.insert(&*component.name, &*component.members).is_some() {
                let error = SpecError::DuplicateComponent { name: component.name.clone() };
                let owner = Thing::Component(component.name.clone());
                faults.push(SpecFault::new(owner, error));
            }
        }
        let datatypes = spec.fields.iter().map(|field| (field.tag, field.datatype)).collect();
        Self {
            components,
            datatypes,
            requirements: spec.requirements,
            chain: Vec::new(),
            reached: BTreeSet::new(),
            work: 0,
            owner: Thing::Header,
            is_used: true,
            faults,
            told: BTreeSet::new(),
        }
    }

    /// The level of a message, the header or the trailer. What is wrong with it is among the faults.
    pub(super) fn message(&mut self, owner: Thing, list: &'s [Member], name: &str) -> Level {
        self.owner = owner;
        self.chain.clear();
        let level = self.level(list, Site { within: name, depth: 0, applies: true });
        self.chain.clear();
        match level {
            Ok(mut level) => {
                self.mark_counted(&mut level);
                level
            }
            Err(error) => {
                self.fault(error);
                Level::default()
            }
        }
    }

    /// Looks at the components that no message has: what is wrong with them does no harm, unless
    /// nobody could walk them.
    pub(super) fn unused_components(&mut self) {
        self.is_used = false;
        self.work = 0;
        let names: Vec<&'s str> = self.components.keys().copied().collect();
        for name in names {
            if !self.reached.contains(name) {
                self.owner = Thing::Component(name.to_owned());
                self.chain.clear();
                let within = format!("component {name}");
                let site = Site { within: &within, depth: 0, applies: true };
                let found = self.component(name, site, &mut Level::default(), &mut Vec::new());
                if let Err(error) = found {
                    self.fault(error);
                }
            }
        }
    }

    fn fault(&mut self, error: SpecError) {
        // What a component has is at fault there, whichever message has the component.
        let owner = match self.chain.last() {
            Some(name) => Thing::Component((*name).to_owned()),
            None => self.owner.clone(),
        };
        let mut fault = SpecFault::new(owner, error);
        let is_lost = matches!(
            fault.error,
            SpecError::UnknownField { .. } | SpecError::UnknownComponent { .. }
        );
        if is_lost && !self.is_used {
            fault.made_of_it = Some("left out, no message has it");
        }
        let key = (fault.owner.clone(), fault.tag, fault.error.cure());
        // What makes a dictionary impossible is always told.
        let has_room = self.faults.len() < FAULTS_MAX || fault.made_of_it.is_none();
        if has_room && self.told.insert(key) {
            self.faults.push(fault);
        }
    }

    /// The level that a list of members makes.
    fn level(&mut self, list: &'s [Member], site: Site<'_>) -> Result<Level, SpecError> {
        if site.depth > Dictionary::DEPTH_MAX && !self.is_used {
            return Ok(Level::default());
        }
        if site.depth > Dictionary::DEPTH_MAX {
            return Err(SpecError::TooDeep { within: site.within.to_owned() });
        }
        let mut level = Level::default();
        let (mut direct, mut required) = (BTreeMap::new(), Vec::new());
        for member in list {
            if let Member::Field { required, .. } | Member::Group { required, .. } = member {
                direct.insert(level.members.len(), *required && site.applies);
            }
            self.expand(slice::from_ref(member), site, &mut level, &mut required)?;
        }
        let either = self.requirements == Requirements::WithoutCondition;
        level.settle(&direct, &mut required, either);
        let within = site.within;
        for tag in level.dedup(&mut required) {
            self.fault(SpecError::RepeatedMember { tag, within: within.to_owned() });
        }
        for position in required {
            if let Some(member) = level.members.get_mut(position) {
                member.required = true;
            }
        }
        self.check(&mut level, within);
        Ok(level)
    }

    /// Appends the members of a list; `required` collects the positions of those that must be
    /// there if the list is.
    fn expand(
        &mut self,
        list: &'s [Member],
        site: Site<'_>,
        level: &mut Level,
        required: &mut Vec<usize>,
    ) -> Result<(), SpecError> {
        for member in list {
            self.work = self.work.saturating_add(1);
            if self.work > WORK_MAX || level.members.len() > LEVEL_LEN_MAX {
                return Err(SpecError::TooLarge { what: site.within.to_owned() });
            }
            let (tag, is_required, members) = match member {
                Member::Field { tag, required } => (*tag, *required, None),
                Member::Group { tag, required, members } => (*tag, *required, Some(members)),
                Member::Component { name, required: is_required } => {
                    self.reference(name, *is_required, site, level, required)?;
                    continue;
                }
            };
            let within = site.within;
            if !self.datatypes.contains_key(&tag) {
                self.fault(SpecError::UnknownField { tag, within: within.to_owned() });
                continue;
            }
            let is_required = is_required && site.applies;
            let group = match members {
                None => None,
                Some(members) => Some(self.group(tag, members, is_required, site)?),
            };
            if is_required {
                required.push(level.members.len());
            }
            let hollow = group.as_ref().is_some_and(|group| group.members.is_empty());
            let group = group.filter(|_| !hollow);
            level.members.push(Flat { tag, required: false, counted: false, hollow, group });
        }
        Ok(())
    }

    /// What a component brings to a level.
    fn reference(
        &mut self,
        name: &str,
        is_required: bool,
        site: Site<'_>,
        level: &mut Level,
        required: &mut Vec<usize>,
    ) -> Result<(), SpecError> {
        if self.requirements == Requirements::WithoutCondition {
            // Of a component in an entry nothing is required.
            let applies = is_required && site.depth == 0;
            return self.component(name, Site { applies, ..site }, level, required);
        }
        if is_required {
            return self.component(name, site, level, required);
        }
        let mut own = Vec::new();
        let first = level.members.len();
        self.component(name, site, level, &mut own)?;
        let end = level.members.len();
        if !own.is_empty() && end.saturating_sub(first) > 1 {
            level.conditionals.push(Conditional { first, end, required: own });
        }
        Ok(())
    }

    fn component(
        &mut self,
        name: &str,
        site: Site<'_>,
        level: &mut Level,
        required: &mut Vec<usize>,
    ) -> Result<(), SpecError> {
        let Some((&name, &members)) = self.components.get_key_value(name) else {
            let (name, within) = (name.to_owned(), site.within.to_owned());
            self.fault(SpecError::UnknownComponent { name, within });
            return Ok(());
        };
        if self.chain.contains(&name) {
            return Err(SpecError::Cycle { name: name.to_owned() });
        }
        if self.chain.len() >= CHAIN_MAX {
            return Err(SpecError::TooDeep { within: format!("component {name}") });
        }
        self.reached.insert(name);
        self.chain.push(name);
        self.expand(members, site, level, required)?;
        self.chain.pop();
        Ok(())
    }

    fn group(
        &mut self,
        tag: u32,
        members: &'s [Member],
        is_required: bool,
        site: Site<'_>,
    ) -> Result<Level, SpecError> {
        let within = site.within;
        let counts = [Datatype::NumInGroup, Datatype::Int, Datatype::Length];
        if !members.is_empty() && !self.is(tag, &counts) {
            self.fault(SpecError::NotACount { tag, within: within.to_owned() });
        }
        let name = format!("group {tag} of {within}");
        let applies = is_required || self.requirements == Requirements::WhereUsed;
        let depth = site.depth.saturating_add(1);
        self.level(members, Site { within: &name, depth, applies })
    }

    /// What groups repeat, and data fields that have their lengths.
    fn check(&mut self, level: &mut Level, within: &str) {
        let tags = tags(level);
        let mut before = None;
        for member in &mut level.members {
            let (tag, name) = (member.tag, || within.to_owned());
            if core::mem::take(&mut member.hollow) {
                self.fault(SpecError::EmptyGroup { tag, within: name() });
            }
            let is_counted = || before.is_some_and(|tag| self.counts(tag));
            if self.is_data(tag) && !has_length(tag, &tags).unwrap_or_else(is_counted) {
                self.fault(SpecError::DataWithoutLength { tag, within: name() });
            }
            before = Some(tag);
        }
    }

    /// Marks the data that is counted by the field before it: where the wire knows the pair, it has
    /// seen to it already (S-FRAME-07).
    fn mark_counted(&self, level: &mut Level) {
        let tags = tags(level);
        let mut before = None;
        for member in &mut level.members {
            let tag = member.tag;
            let is_counted = before.is_some_and(|tag| self.counts(tag));
            member.counted = is_counted && self.is_data(tag) && has_length(tag, &tags).is_none();
            before = Some(tag);
            if let Some(group) = &mut member.group {
                self.mark_counted(group);
            }
        }
    }

    fn is_data(&self, tag: u32) -> bool {
        self.is(tag, &[Datatype::Data, Datatype::XmlData])
    }

    fn counts(&self, tag: u32) -> bool {
        self.is(tag, &[Datatype::Length, Datatype::Int])
    }

    fn is(&self, tag: u32, types: &[Datatype]) -> bool {
        self.datatypes.get(&tag).is_some_and(|datatype| types.contains(datatype))
    }
}

fn tags(level: &Level) -> BTreeSet<u32> {
    level.members.iter().map(|member| member.tag).collect()
}

/// Whether the length that the wire knows a data field to have is on the level; `None` if it knows
/// none, and any length before it is its own.
fn has_length(tag: u32, tags: &BTreeSet<u32>) -> Option<bool> {
    let length = Tag::new(tag).and_then(Tag::length_tag);
    length.map(|length| tags.contains(&length.get()))
}
