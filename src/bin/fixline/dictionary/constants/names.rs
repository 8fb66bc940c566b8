//! One name for each thing, out of what all versions call it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use fixline::dictionary::Spec;

use super::name::constant_name;
use super::versions::Versions;

/// What each name means, and in which versions.
#[derive(Debug)]
pub(super) struct Names<M>(BTreeMap<String, BTreeMap<M, Use>>);

/// How the versions spell a name that they give to something.
#[derive(Debug, Default)]
struct Use {
    spelling: String,
    versions: Versions,
}

/// A name that means one thing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Named<M> {
    pub(super) meaning: M,
    /// As FIX spells it; the latest version, if they differ.
    pub(super) spelling: String,
    pub(super) constant: String,
    pub(super) versions: Versions,
    /// What tells it from others of the same name.
    pub(super) mark: String,
}

impl<M> Default for Names<M> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<M: Clone + Ord + Display> Names<M> {
    pub(super) fn add(&mut self, spelling: &str, meaning: M, version: usize) {
        let used = self.0.entry(constant_name(spelling)).or_default().entry(meaning).or_default();
        spelling.clone_into(&mut used.spelling);
        used.versions.insert(version);
    }

    /// All names. What has the same one as something else has behind it the version that named it
    /// first; where that does not tell them apart, the meaning.
    pub(super) fn distinct(&self, all: &[Spec]) -> Vec<Named<M>> {
        let mut distinct = Vec::new();
        for (name, meanings) in &self.0 {
            let first = |used: &Use| used.versions.first(all);
            let versions: BTreeSet<String> = meanings.values().map(first).collect();
            for (meaning, Use { spelling, versions: used_in }) in meanings {
                let mark = if meanings.len() == 1 {
                    String::new()
                } else if versions.len() == meanings.len() {
                    used_in.first(all)
                } else {
                    constant_name(&meaning.to_string())
                };
                let behind = if mark.is_empty() { "" } else { "_" };
                distinct.push(Named {
                    meaning: meaning.clone(),
                    spelling: spelling.clone(),
                    constant: format!("{name}{behind}{}", mark.to_ascii_uppercase()),
                    versions: *used_in,
                    mark,
                });
            }
        }
        distinct
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn constants(uses: &[(&str, &str, usize)]) -> Vec<(String, String)> {
        let all = ["A.1", "A.2"].map(|version| Spec { version: version.into(), ..Spec::default() });
        let mut names = Names::default();
        for &(name, meaning, version) in uses {
            names.add(name, meaning, version);
        }
        let pair = |named: Named<&str>| (named.constant, named.meaning.to_owned());
        names.distinct(&all).into_iter().map(pair).collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(name, meaning)| (name.to_string(), meaning.to_string())).collect()
    }

    #[test]
    fn a_name_with_one_meaning_stands_once() {
        assert_eq!(constants(&[("Buy", "1", 0), ("Buy", "1", 1)]), pairs(&[("BUY", "1")]));
    }

    #[test]
    fn a_name_with_two_meanings_has_its_first_version_behind_it() {
        assert_eq!(
            constants(&[("New", "N", 0), ("New", "0", 1)]),
            pairs(&[("NEW_A2", "0"), ("NEW_A1", "N")])
        );
    }

    #[test]
    fn a_name_with_two_meanings_since_one_version_has_the_meaning_behind_it() {
        assert_eq!(
            constants(&[("Cross", "5", 0), ("Cross", "63", 0)]),
            pairs(&[("CROSS_5", "5"), ("CROSS_63", "63")])
        );
    }

    #[test]
    fn two_names_for_one_thing_are_two_constants() {
        assert_eq!(
            constants(&[("LastShares", "32", 0), ("LastQty", "32", 1)]),
            pairs(&[("LAST_QTY", "32"), ("LAST_SHARES", "32")])
        );
    }
}
