//! What extension packs have added to a version.

use std::collections::{BTreeMap, BTreeSet};

use fixline::dictionary::{FieldSpec, Member, Spec};

/// What `extended` has beyond `spec`: fields, values, and components that have more members, which come
/// whole, since a member has its place. Nothing is taken away: names and types stay those of `spec`.
pub(super) fn added(spec: &Spec, extended: &Spec) -> Spec {
    let known: BTreeMap<u32, &FieldSpec> =
        spec.fields.iter().map(|field| (field.tag, field)).collect();
    let mut added = Spec::default();
    for field in &extended.fields {
        match known.get(&field.tag) {
            None => added.fields.push(field.clone()),
            Some(known) => added.fields.extend(more_values(known, field)),
        }
    }
    for component in &extended.components {
        let own = spec.components.iter().find(|own| own.name == component.name);
        let has = |members: &[Member]| -> BTreeSet<String> {
            let mut paths = BTreeSet::new();
            collect("", members, &mut paths);
            paths
        };
        if own.is_some_and(|own| has(&component.members).is_superset(&has(&own.members)))
            && own.is_some_and(|own| has(&own.members) != has(&component.members))
        {
            added.components.push(component.clone());
        }
    }
    added
}

/// The field with the values that it has not yet.
fn more_values(known: &FieldSpec, field: &FieldSpec) -> Option<FieldSpec> {
    let mut more = FieldSpec { values: field.values.clone(), ..known.clone() };
    more.values.retain(|new| known.values.iter().all(|value| value.value != new.value));
    // A list where there was none leaves out what the version allows.
    more.open |= known.values.is_empty();
    (!more.values.is_empty()).then_some(more)
}

fn collect(path: &str, members: &[Member], paths: &mut BTreeSet<String>) {
    for member in members {
        match member {
            Member::Field { tag, .. } => drop(paths.insert(format!("{path} {tag}"))),
            Member::Component { name, .. } => drop(paths.insert(format!("{path} {name}"))),
            Member::Group { tag, members, .. } => {
                let path = format!("{path} {tag}");
                collect(&path, members, paths);
                paths.insert(path);
            }
        }
    }
}
