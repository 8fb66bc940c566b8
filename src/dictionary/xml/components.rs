//! Components that contain themselves, or that expand to more than anyone wants.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::limits::Limits;
use crate::dictionary::{Member, Spec};

/// Components within components; FIX 5.0SP2 has 5.
const DEPTH_MAX: usize = 64;

/// What is known of a component.
#[derive(Clone, Copy)]
enum Size {
    /// Its members are being counted.
    Open,
    /// So many members, all expanded.
    Known(usize),
}

/// The name of the component or message at fault, and the fault.
pub(super) type Fault = (String, String);

/// Checks every component and message of `spec`; components may be those of `base`.
pub(super) fn check(spec: &Spec, base: &Spec, limits: &Limits) -> Result<(), Fault> {
    let mut lists: BTreeMap<&str, Vec<&[Member]>> = BTreeMap::new();
    for component in spec.components.iter().chain(&base.components) {
        lists.entry(&component.name).or_default().push(&component.members);
    }
    let mut expansion = Expansion { lists, sizes: BTreeMap::new(), limit: limits.members };
    for component in &spec.components {
        expansion.component(&component.name, 0)?;
    }
    for message in &spec.messages {
        let size = expansion.members(&message.members, 0)?;
        expansion.within_limit(&message.name, size)?;
    }
    for list in [&spec.header, &spec.trailer] {
        expansion.members(list, 0)?;
    }
    Ok(())
}

struct Expansion<'s> {
    /// The members of each component; an overlay adds to those of its base.
    lists: BTreeMap<&'s str, Vec<&'s [Member]>>,
    sizes: BTreeMap<&'s str, Size>,
    limit: usize,
}

impl<'s> Expansion<'s> {
    fn component(&mut self, name: &'s str, depth: usize) -> Result<usize, Fault> {
        match self.sizes.get(name) {
            Some(Size::Known(size)) => return Ok(*size),
            Some(Size::Open) => {
                let fault = format!("component {name} contains itself: break the circle");
                return Err((name.into(), fault));
            }
            None => {}
        }
        if depth > DEPTH_MAX {
            let fault = format!("more than {DEPTH_MAX} components within each other at {name}");
            return Err((name.into(), fault));
        }
        self.sizes.insert(name, Size::Open);
        let mut size = 0_usize;
        for list in self.lists.remove(name).unwrap_or_default() {
            size = size.saturating_add(self.members(list, depth + 1)?);
        }
        self.within_limit(name, size)?;
        self.sizes.insert(name, Size::Known(size));
        Ok(size)
    }

    fn members(&mut self, list: &'s [Member], depth: usize) -> Result<usize, Fault> {
        let mut size = 0_usize;
        for member in list {
            size = size.saturating_add(match member {
                Member::Field { .. } => 1,
                Member::Group { members, .. } => self.members(members, depth)?.saturating_add(1),
                Member::Component { name, .. } => self.component(name, depth)?,
            });
        }
        Ok(size)
    }

    fn within_limit(&self, name: &str, size: usize) -> Result<(), Fault> {
        if size <= self.limit {
            return Ok(());
        }
        let fault = format!(
            "{name} has more than {} members, its components expanded: raise `Limits::members` if \
             the file is yours",
            self.limit
        );
        Err((name.into(), fault))
    }
}
