//! Components that contain themselves, or that expand to more than anyone wants.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::limits::Limits;
use crate::dictionary::finding::short;
use crate::dictionary::places::Thing;
use crate::dictionary::{Member, Spec};

/// Components within components; FIX 5.0SP2 has 5.
pub(super) const DEPTH_MAX: usize = 64;

/// What is known of a component.
#[derive(Clone, Copy)]
enum Size {
    /// Its members are being counted.
    Open,
    /// So many members, all expanded.
    Known(usize),
}

/// A component or message that is at fault.
pub(super) struct Trouble {
    pub(super) owner: Thing,
    pub(super) name: String,
    pub(super) subject: String,
    pub(super) cure: &'static str,
    /// Whether a message has it.
    pub(super) is_used: bool,
}

/// Looks at every component and message of `spec`; components may be those of `base`.
pub(super) fn check(
    spec: &Spec,
    base: &Spec,
    limits: &Limits,
    is_used: impl Fn(&str) -> bool,
) -> Vec<Trouble> {
    let mut lists: BTreeMap<&str, Vec<&[Member]>> = BTreeMap::new();
    for component in spec.components.iter().chain(&base.components) {
        lists.entry(&component.name).or_default().push(&component.members);
    }
    let (sizes, told) = (BTreeMap::new(), BTreeSet::new());
    let mut expansion = Expansion { lists, sizes, limit: limits.members, told, found: Vec::new() };
    for component in &spec.components {
        expansion.component(&component.name, 0);
    }
    for message in &spec.messages {
        let size = expansion.members(&message.members, 0);
        expansion.within_limit(Thing::Message(message.msg_type.clone()), &message.name, size);
    }
    for (thing, list) in [(Thing::Header, &spec.header), (Thing::Trailer, &spec.trailer)] {
        let size = expansion.members(list, 0);
        expansion.within_limit(thing, "the header or trailer", size);
    }
    let mut found = expansion.found;
    for trouble in &mut found {
        trouble.is_used = !matches!(trouble.owner, Thing::Component(_)) || is_used(&trouble.name);
    }
    found
}

struct Expansion<'s> {
    /// The members of each component; an overlay adds to those of its base.
    lists: BTreeMap<&'s str, Vec<&'s [Member]>>,
    sizes: BTreeMap<&'s str, Size>,
    limit: usize,
    /// The components of which something was found.
    told: BTreeSet<&'s str>,
    found: Vec<Trouble>,
}

impl<'s> Expansion<'s> {
    fn component(&mut self, name: &'s str, depth: usize) -> usize {
        match self.sizes.get(name) {
            Some(Size::Known(size)) => return *size,
            Some(Size::Open) => {
                self.tell(name, "contains itself", "break the circle");
                return 0;
            }
            None => {}
        }
        if depth > DEPTH_MAX {
            self.tell(name, "is nested too deeply", "nest less: 64 components are the limit");
            return 0;
        }
        self.sizes.insert(name, Size::Open);
        let mut size = 0_usize;
        for list in self.lists.remove(name).unwrap_or_default() {
            size = size.saturating_add(self.members(list, depth.saturating_add(1)));
        }
        self.within_limit(Thing::Component(name.into()), name, size);
        self.sizes.insert(name, Size::Known(size));
        size
    }

    fn members(&mut self, list: &'s [Member], depth: usize) -> usize {
        let mut size = 0_usize;
        for member in list {
            size = size.saturating_add(match member {
                Member::Field { .. } => 1,
                Member::Group { members, .. } => self.members(members, depth).saturating_add(1),
                Member::Component { name, .. } => self.component(name, depth),
            });
        }
        size
    }

    fn tell(&mut self, name: &'s str, fault: &str, cure: &'static str) {
        if self.told.insert(name) {
            let subject = format!("component {} {fault}", short(name));
            let owner = Thing::Component(name.into());
            self.found.push(Trouble { owner, name: name.into(), subject, cure, is_used: true });
        }
    }

    fn within_limit(&mut self, owner: Thing, name: &str, size: usize) {
        if size <= self.limit {
            return;
        }
        let (name_shown, limit) = (short(name), self.limit);
        let subject =
            format!("{name_shown} has more than {limit} members, its components expanded");
        let cure = "raise `Limits::members` if the file is yours";
        self.found.push(Trouble { owner, name: name.into(), subject, cure, is_used: true });
    }
}
