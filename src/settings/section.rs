//! From the lines of `[DEFAULT]` and one `[SESSION]` to what they say together.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use std::path::Path;

use super::draft::Draft;
use super::file::Line;
use super::key::{Does, Key, find};
use super::keys::{APPLICATION, GROUPS};
use super::problem::{Problem, Problems};
use crate::session::Role;

/// A line whose key is known.
#[derive(Clone)]
pub(super) struct Entry<'f> {
    pub(super) key: &'static Key,
    pub(super) line: &'f Line,
    /// What stands for `<n>`.
    variable: &'f str,
    /// In `[SESSION]`, not in `[DEFAULT]`.
    own: bool,
}

impl Entry<'_> {
    /// Whether both set the same thing, even by different names.
    fn is_twin(&self, other: &Self) -> bool {
        let sets = matches!(
            self.key.does,
            Does::Flag(_) | Does::Whole(..) | Does::Text(..) | Does::Secret(..)
        );
        let same_name = self.line.key.eq_ignore_ascii_case(&other.line.key);
        let same_key = core::ptr::eq(self.key, other.key) && self.variable == other.variable;
        same_name || (sets && same_key)
    }
}

/// The lines whose keys are known, to this crate or as the application's; the others are problems.
pub(super) fn entries<'f>(
    lines: &'f [Line],
    applications: &'f [String],
    own: bool,
    problems: &mut Problems,
) -> Vec<Entry<'f>> {
    let mut entries: Vec<Entry<'f>> = Vec::new();
    for line in lines {
        let named = applications.iter().find(|name| name.eq_ignore_ascii_case(&line.key));
        let found = match named {
            Some(name) => Ok((&APPLICATION, name.as_str())),
            None => find(GROUPS, &line.key),
        };
        match found {
            Ok((key, variable)) => {
                let entry = Entry { key, line, variable, own };
                if let Some(twin) = entries.iter().find(|other| other.is_twin(&entry)) {
                    let message =
                        format!("sets what {} sets in line {}", twin.line.key, twin.line.number);
                    let problem = Problem::new(line.number, message).key(&line.key);
                    problems.add(problem.advice("keep one of them"));
                }
                entries.push(entry);
            }
            Err(meant) => {
                let advice = meant.map(|name| format!("did you mean {name}?")).unwrap_or_default();
                let problem = Problem::new(line.number, "no engine of the QuickFIX family has it");
                // A line of a password file may end with `=` as well.
                let is_key = !(line.written.is_empty() && advice.is_empty());
                let problem = if is_key { problem.key(&line.key) } else { problem };
                problems.add(problem.advice(advice));
            }
        }
    }
    entries
}

/// What both sections say together.
#[derive(Clone)]
pub(super) struct Section<'f> {
    /// The line of `[SESSION]`.
    pub(super) line: usize,
    entries: Vec<Entry<'f>>,
}

impl<'f> Section<'f> {
    pub(super) fn new(line: usize, default: &[Entry<'f>], own: Vec<Entry<'f>>) -> Self {
        let inherited =
            default.iter().filter(|entry| !own.iter().any(|other| other.is_twin(entry)));
        let mut entries: Vec<Entry<'f>> = inherited.cloned().collect();
        entries.extend(own);
        Self { line, entries }
    }

    /// The entry of this key.
    pub(super) fn get(&self, name: &str) -> Option<&Entry<'f>> {
        self.entries.iter().find(|entry| entry.line.key.eq_ignore_ascii_case(name))
    }

    /// The entry of this key, if `[SESSION]` itself has it.
    pub(super) fn own(&self, name: &str) -> Option<&Entry<'f>> {
        self.get(name).filter(|entry| entry.own)
    }

    /// The line of this key, else that of the section.
    pub(super) fn line_of(&self, name: &str) -> usize {
        self.get(name).map_or(self.line, |entry| entry.line.number)
    }

    /// An entry that sets this option.
    pub(super) fn setting(&self, option: &str) -> Option<&Entry<'f>> {
        self.entries.iter().find(|entry| entry.key.option == option)
    }

    /// Who connects: ConnectionType, or what the keys of one role alone say, as files for
    /// QuickFIX/Go have it.
    pub(super) fn role(&self) -> Option<Role> {
        let named = |name: &str| self.get(name).is_some();
        if let Some(entry) = self.get("ConnectionType") {
            let value = entry.line.value.as_deref().unwrap_or_default();
            return match value.to_ascii_lowercase().as_str() {
                "initiator" => Some(Role::Initiator),
                "acceptor" => Some(Role::Acceptor),
                _ => None,
            };
        }
        match (named("SocketConnectHost"), named("SocketAcceptPort")) {
            (true, false) => Some(Role::Initiator),
            (false, true) => Some(Role::Acceptor),
            _ => None,
        }
    }

    /// Does what the keys say, and collects what they say wrong.
    pub(super) fn apply(
        &self,
        folder: &Path,
        problems: &mut Problems,
        notes: &mut Problems,
    ) -> Draft {
        let mut draft = Draft::new(folder.into());
        let role = self.role();
        for Entry { key, line, variable, own } in &self.entries {
            if let (Some(owner), Some(role)) = (key.role, role)
                && owner != role
            {
                // [DEFAULT] may be for sessions of both roles.
                if *own {
                    let others = if role == Role::Acceptor { "initiators" } else { "acceptors" };
                    let note = format!("has no effect: it is for {others}");
                    notes.add(Problem::new(line.number, note).key(&line.key));
                }
                continue;
            }
            let Some(value) = &line.value else { continue };
            if let Err((message, advice)) = key.apply(&mut draft, variable, value, &line.written) {
                let problem = Problem::new(line.number, message);
                problems.add(problem.key(&line.key).advice(advice));
            }
        }
        draft.role = role;
        draft
    }
}
