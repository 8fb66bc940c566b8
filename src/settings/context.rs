//! What reading a file goes by, and what it finds.

use std::path::Path;

use super::expand::Sources;
use super::feature::Feature;
use super::problem::{Problem, Problems};
use super::read::Profile;

/// What the sections of a file are read with, and what has been found in them so far.
pub(super) struct Context<'a> {
    /// What relative paths start from.
    pub(super) folder: &'a Path,
    pub(super) profile: Profile,
    pub(super) sources: &'a Sources<'a>,
    pub(super) ignored: &'a [Feature],
    pub(super) problems: Problems,
    pub(super) notes: Problems,
}

impl Context<'_> {
    /// An error about a key.
    pub(super) fn problem(&mut self, line: usize, key: &str, what: &str, advice: &str) {
        self.problems.add(Problem::new(line, what).key(key).advice(advice));
    }

    /// A note about a key.
    pub(super) fn note(&mut self, line: usize, key: &str, what: &str) {
        self.notes.add(Problem::new(line, what).key(key));
    }
}
