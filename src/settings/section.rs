//! From the lines of `[DEFAULT]` and one `[SESSION]` to what they say together.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::context::Context;
use super::draft::Draft;
use super::expand::Sources;
use super::feature::Feature;
use super::file::Line;
use super::key::{Does, Key, Meant, When, find};
use super::keys::{APPLICATION, GROUPS};
use super::problem::Problem;
use crate::session::Role;

/// A line whose key is known, or the application's.
#[derive(Clone)]
pub(super) struct Entry<'f> {
    pub(super) key: &'static Key,
    pub(super) line: &'f Line,
    /// What stands for `<n>`.
    variable: &'f str,
    /// In `[SESSION]`, not in `[DEFAULT]`.
    pub(super) own: bool,
}

impl Entry<'_> {
    fn is_named(&self, name: &str) -> bool {
        self.line.key.eq_ignore_ascii_case(name)
    }

    /// Whether both set the same thing, even by different names.
    fn is_twin(&self, other: &Self) -> bool {
        let same_key = core::ptr::eq(self.key, other.key) && self.variable == other.variable;
        self.is_named(&other.line.key) || (self.key.sets() && same_key && !self.is_strange())
    }

    /// Whether nobody said that the key is the application's.
    fn is_strange(&self) -> bool {
        core::ptr::eq(self.key, &raw const APPLICATION) && self.variable.is_empty()
    }
}

/// The lines whose keys are known to this crate, or the application's. What is meant to be a key of
/// ours and is none is a problem.
pub(super) fn entries<'f>(
    lines: &'f [Line],
    applications: &'f [String],
    own: bool,
    context: &mut Context<'_>,
) -> Vec<Entry<'f>> {
    let mut entries: Vec<Entry<'f>> = Vec::new();
    for line in lines {
        let Some((key, variable)) = known(line, applications, context) else { continue };
        let entry = Entry { key, line, variable, own };
        if let Some(index) = entries.iter().position(|other| other.is_twin(&entry)) {
            let twin = entries.remove(index);
            said_twice(&twin, &entry, context);
        }
        entries.push(entry);
    }
    entries
}

/// The key of a line, and what stands for its `<n>`.
fn known<'f>(
    line: &'f Line,
    applications: &'f [String],
    context: &mut Context<'_>,
) -> Option<(&'static Key, &'f str)> {
    if let Some(name) = applications.iter().find(|name| name.eq_ignore_ascii_case(&line.key)) {
        return Some((&APPLICATION, name));
    }
    let meant = match find(GROUPS, &line.key) {
        Ok(found) => return Some(found),
        Err(meant) => meant,
    };
    let unknown = "no engine of the QuickFIX family has it";
    match meant {
        Meant::Surely(name) => {
            let advice = format!(
                "did you mean {name}? `--key {}` says that it is the application's",
                line.key
            );
            context.problem(line.number, &line.key, unknown, &advice);
            None
        }
        Meant::Maybe(_) | Meant::Own => {
            let what =
                format!("{unknown}: taken as the application's own, as `--key {}` says", line.key);
            let advice = match meant {
                Meant::Maybe(name) => format!("or did you mean {name}?"),
                Meant::Own | Meant::Surely(_) => String::new(),
            };
            // A line of a password file may end with `=` as well.
            let note = if line.written.is_empty() && advice.is_empty() {
                Problem::new(line.number, "no key of the QuickFIX family, and without a value")
            } else {
                Problem::new(line.number, what).key(&line.key).advice(advice)
            };
            context.notes.add(note);
            Some((&APPLICATION, ""))
        }
    }
}

/// All engines take the last of two lines with one key. Two keys for one thing are another matter:
/// engines know one of them.
fn said_twice(first: &Entry<'_>, last: &Entry<'_>, context: &mut Context<'_>) {
    let (number, key) = (last.line.number, &last.line.key);
    if first.is_named(key) {
        let what = format!("is in this section twice, first in line {}: this one holds", {
            first.line.number
        });
        context.note(number, key, &what);
        return;
    }
    let what = format!("sets what {} sets in line {}", first.line.key, first.line.number);
    if first.line.written == last.line.written {
        context.note(number, key, &what);
    } else {
        context.problem(number, key, &what, "keep one of them");
    }
}

/// What both sections say together.
#[derive(Clone)]
pub(super) struct Section<'f> {
    /// The line of `[SESSION]`.
    pub(super) line: usize,
    entries: Vec<Entry<'f>>,
}

impl<'f> Section<'f> {
    /// What stands in `[SESSION]` holds before what stands in `[DEFAULT]`. A text without a value
    /// is as if it did not stand there.
    pub(super) fn new(
        line: usize,
        default: &[Entry<'f>],
        own: Vec<Entry<'f>>,
        context: &mut Context<'_>,
    ) -> Self {
        let others = default.iter().filter(|entry| !own.iter().any(|other| other.is_twin(entry)));
        let mut entries: Vec<Entry<'f>> = others.cloned().collect();
        entries.extend(own);
        entries.retain(|entry| {
            let is_text = matches!(entry.key.does, Does::Text(..) | Does::Secret(..) | Does::Hours);
            let is_empty = is_text && entry.line.written.is_empty();
            if is_empty && !entry.is_strange() {
                let what = "has no value: as if it were not there";
                context.note(entry.line.number, &entry.line.key, what);
            }
            !is_empty || entry.is_strange()
        });
        Self { line, entries }
    }

    /// The entry of this key.
    pub(super) fn get(&self, name: &str) -> Option<&Entry<'f>> {
        self.entries.iter().find(|entry| entry.is_named(name))
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

    /// The entries of keys about hours.
    pub(super) fn hours(&self) -> impl Iterator<Item = &Entry<'f>> {
        self.entries.iter().filter(|entry| matches!(entry.key.does, Does::Hours))
    }

    /// Where the keys stand that set something: key, line.
    pub(super) fn places(&self) -> Vec<(String, usize)> {
        let setting = self.entries.iter().filter(|entry| entry.key.sets());
        setting.map(|entry| (entry.line.key.clone(), entry.line.number)).collect()
    }

    /// Who connects: ConnectionType, or what the keys of one role alone say, as files for
    /// QuickFIX/Go have it; those of `[SESSION]` before those of `[DEFAULT]`.
    pub(super) fn role(&self, sources: &Sources<'_>) -> Option<Role> {
        if let Some(entry) = self.get("ConnectionType") {
            let value = sources.expand(&entry.line.written, false).unwrap_or_default();
            return match value.to_ascii_lowercase().as_str() {
                "initiator" => Some(Role::Initiator),
                "acceptor" => Some(Role::Acceptor),
                _ => None,
            };
        }
        let connects = ["SocketConnectHost", "SocketConnectPort"];
        let accepts = ["SocketAcceptPort"];
        let any = |names: &[&str], own: bool| {
            names.iter().any(|name| self.get(name).is_some_and(|entry| entry.own || !own))
        };
        for own in [true, false] {
            match (any(&connects, own), any(&accepts, own)) {
                (true, false) => return Some(Role::Initiator),
                (false, true) => return Some(Role::Acceptor),
                _ => {}
            }
        }
        None
    }

    /// Does what the keys say, and collects what they say wrong.
    pub(super) fn apply(&self, context: &mut Context<'_>) -> Draft {
        let mut draft = Draft::new(context.folder.into());
        let role = self.role(context.sources);
        for entry in &self.entries {
            if let (Some(owner), Some(role)) = (entry.key.role, role)
                && owner != role
            {
                // [DEFAULT] may be for sessions of both roles.
                if entry.own {
                    let others = if role == Role::Acceptor { "initiators" } else { "acceptors" };
                    let note = format!("has no effect: it is for {others}");
                    context.note(entry.line.number, &entry.line.key, &note);
                }
                continue;
            }
            match entry.key.does {
                Does::Noted { quiet, instead } => {
                    if quiet.is_empty() || !entry.line.written.eq_ignore_ascii_case(quiet) {
                        context.note(entry.line.number, &entry.line.key, instead);
                    }
                    keep(entry, &mut draft, context);
                }
                Does::Asks(feature, ref when) => {
                    self.asks(entry, feature, when, context);
                    keep(entry, &mut draft, context);
                }
                Does::Hours => keep(entry, &mut draft, context),
                _ if entry.is_strange() => keep(entry, &mut draft, context),
                Does::Flag(_)
                | Does::Whole(..)
                | Does::Text(..)
                | Does::Secret(..)
                | Does::Only { .. } => set(entry, &mut draft, context),
            }
        }
        draft.role = role;
        draft
    }

    /// A key that asks for what this crate does not do.
    fn asks(&self, entry: &Entry<'_>, feature: Feature, when: &When, context: &mut Context<'_>) {
        let Line { number, key, written } = entry.line;
        match when {
            When::Not(value) if written.eq_ignore_ascii_case(value) => {}
            When::With(keys) if !keys.iter().any(|key| self.is_on(key)) => {
                let what = format!("has no effect without {}", keys.join(" or "));
                context.note(*number, key, &what);
            }
            When::Always | When::Not(_) | When::With(_) => refuse(*number, key, feature, context),
        }
    }

    fn is_on(&self, name: &str) -> bool {
        self.get(name).is_some_and(|entry| !entry.line.written.eq_ignore_ascii_case("N"))
    }
}

/// An error that says what is missing; a note if it is to be ignored.
pub(super) fn refuse(line: usize, key: &str, feature: Feature, context: &mut Context<'_>) {
    let (name, instead) = (feature.name(), feature.instead());
    if context.ignored.contains(&feature) {
        context.note(line, key, &format!("ignored, as asked for: {instead}"));
        return;
    }
    let yet = if feature.is_to_come() { " yet" } else { "" };
    let what = format!("not supported{yet}: {instead}");
    let nearest = feature.nearest();
    let advice = format!("`--ignore {name}` takes the file all the same; nearest: {nearest}");
    context.problem(line, key, &what, &advice);
}

/// Sets what a key of ours says.
fn set(entry: &Entry<'_>, draft: &mut Draft, context: &mut Context<'_>) {
    let Entry { key, line, variable, .. } = entry;
    if line.written.is_empty() {
        return context.problem(line.number, &line.key, "has no value", "");
    }
    if line.written.contains(char::REPLACEMENT_CHARACTER) {
        let advice = "write the file in UTF-8";
        return context.problem(line.number, &line.key, "is no text of UTF-8", advice);
    }
    let value = match context.sources.expand(&line.written, key.is_secret()) {
        Ok(value) => value,
        Err(message) => return context.problem(line.number, &line.key, &message, ""),
    };
    if let Err((message, advice)) = key.apply(draft, variable, &value, &line.written) {
        context.problem(line.number, &line.key, &message, &advice);
    }
}

/// Keeps for the application what says nothing to a session.
fn keep(entry: &Entry<'_>, draft: &mut Draft, context: &mut Context<'_>) {
    match context.sources.expand(&entry.line.written, true) {
        Ok(value) => draft.application.insert(&entry.line.key, &value),
        Err(message) => {
            let note = format!("the application cannot read it: {message}");
            context.note(entry.line.number, &entry.line.key, &note);
        }
    }
}
