//! What there is to say of the source of a dictionary: its oddities, and its faults.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// Something that is odd or wrong in the source of a dictionary, and what became of it.
///
/// Printed as `FILE:LINE:COLUMN: SUBJECT: MADE_OF_IT; CURE`, without what is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// Whether a dictionary comes out of it all the same.
    pub severity: Severity,
    /// The name of the file, as the reader was given it; empty if there is none.
    pub file: String,
    /// The line, counted from 1; 0 if it has no place.
    pub line: u32,
    /// The column, counted in characters from 1; 0 if only the line is known.
    pub column: u32,
    /// The thing, and what is odd about it: `group NoThings(604) is counted by a String`.
    pub subject: String,
    /// What was made of it: `taken for a NumInGroup`.
    pub made_of_it: String,
    /// How to mend it: `write type='NUMINGROUP'`.
    pub cure: String,
}

/// How much a [`Finding`] matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a dictionary comes out of it, or none does")]
pub enum Severity {
    /// There is a dictionary, in which the thing means what was made of it.
    Note,
    /// No dictionary comes out of it.
    Error,
}

/// What becomes of what is odd in the source of a dictionary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "oddities pass or do not")]
pub enum Strictness {
    /// Whatever QuickFIX C++ loads is loaded, with the meaning that it has there. Each oddity is a
    /// note.
    #[default]
    Lenient,
    /// Every oddity is an error: for dictionaries that one maintains oneself.
    Strict,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.file.is_empty() {
            write!(f, "{}:", self.file)?;
        }
        if self.line > 0 {
            write!(f, "{}:", self.line)?;
        }
        if self.column > 0 {
            write!(f, "{}:", self.column)?;
        }
        if !self.file.is_empty() || self.line > 0 {
            f.write_str(" ")?;
        }
        f.write_str(&self.subject)?;
        if !self.made_of_it.is_empty() {
            write!(f, ": {}", self.made_of_it)?;
        }
        match (self.cure.is_empty(), self.made_of_it.is_empty()) {
            (true, _) => Ok(()),
            (false, true) => write!(f, ": {}", self.cure),
            (false, false) => write!(f, "; {}", self.cure),
        }
    }
}

/// Where something stands: its line and its column, both counted from 1, 0 if not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: u32,
    pub(super) column: u32,
}

/// More of one file would tell nobody anything.
const FINDINGS_MAX: usize = 1_000;

/// No text of a finding is longer, whatever the file puts into it.
pub(super) const TEXT_MAX: usize = 300;

/// What is found while one file is read.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) strictness: Strictness,
    pub(super) file: String,
    pub(super) list: Vec<Finding>,
    /// How many there were beyond the limit, and whether one of them was an error.
    more: usize,
    more_errors: bool,
}

impl Findings {
    pub(super) fn new(file: &str, strictness: Strictness) -> Self {
        Self { strictness, file: file.into(), ..Self::default() }
    }

    /// Something that has a meaning all the same.
    pub(super) fn note(
        &mut self,
        place: Place,
        subject: fmt::Arguments<'_>,
        made_of_it: &str,
        cure: &str,
    ) {
        let severity = match self.strictness {
            Strictness::Lenient => Severity::Note,
            Strictness::Strict => Severity::Error,
        };
        self.add(severity, place, subject, made_of_it, cure);
    }

    /// Something that has none.
    pub(super) fn error(&mut self, place: Place, subject: fmt::Arguments<'_>, cure: &str) {
        self.add(Severity::Error, place, subject, "", cure);
    }

    fn add(
        &mut self,
        severity: Severity,
        place: Place,
        subject: fmt::Arguments<'_>,
        made_of_it: &str,
        cure: &str,
    ) {
        if self.list.len() >= FINDINGS_MAX {
            self.more = self.more.saturating_add(1);
            self.more_errors |= severity == Severity::Error;
            return;
        }
        self.list.push(Finding {
            severity,
            file: self.file.clone(),
            line: place.line,
            column: place.column,
            subject: shortened(&alloc::format!("{subject}"), TEXT_MAX),
            made_of_it: made_of_it.into(),
            cure: cure.into(),
        });
    }

    /// All of them in the order of their places, and a word about those beyond the limit.
    pub(super) fn finish(mut self) -> Vec<Finding> {
        self.list.sort_by_key(|finding| (finding.line, finding.column));
        if self.more > 0 {
            let severity = if self.more_errors { Severity::Error } else { Severity::Note };
            self.list.push(Finding {
                severity,
                file: self.file,
                line: 0,
                column: 0,
                subject: alloc::format!("{} more findings", self.more),
                made_of_it: "not listed".into(),
                cure: String::new(),
            });
        }
        self.list
    }
}

pub(super) fn shortened(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((end, _)) => alloc::format!("{}..", text.get(..end).unwrap_or_default()),
        None => text.into(),
    }
}

/// So much of a text of the file that a message with it stays short.
#[cfg(feature = "xml")]
pub(super) fn short(text: &str) -> String {
    shortened(text, 40)
}
