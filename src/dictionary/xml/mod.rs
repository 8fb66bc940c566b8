//! Dictionaries from XML at run time: those of QuickFIX, and FIX Orchestra.
//!
//! An XML file may come from anywhere, so that what it can cost is limited: its size, its elements,
//! their depth, their attributes, and what its components expand to. No entity is replaced but those
//! that stand for one character.
//!
//! What QuickFIX C++ loads is loaded, with the meaning that it has there. The functions here say
//! nothing of what is odd in such a file; [`Reader`](crate::dictionary::Reader) does.

mod components;
mod document;
mod limits;
mod lines;
mod orchestra;
mod parse;
mod quickfix;

#[cfg(test)]
mod tests;

use alloc::collections::BTreeSet;
use alloc::string::String;
use core::fmt;

pub use limits::Limits;

use document::Source;

use super::finding::{Findings, Place, Severity, TEXT_MAX, shortened};
use super::places::Places;
use super::{Member, Spec, Strictness};

/// Why a text is no dictionary, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {fault}")]
pub struct XmlError {
    /// The line, counted from 1.
    pub line: u32,
    /// The column, counted in characters from 1.
    pub column: u32,
    /// The thing at fault, and what to do about it.
    pub fault: String,
}

impl XmlError {
    fn new(place: Place, fault: fmt::Arguments<'_>) -> Self {
        let fault = shortened(&alloc::format!("{fault}"), TEXT_MAX);
        Self { line: place.line, column: place.column, fault }
    }
}

/// Reads a dictionary. The root element tells its form: `<fix>` is QuickFIX's, `<repository>` is
/// FIX Orchestra's.
///
/// What is named must be there: fields, components. Whether the dictionary makes sense as a whole
/// is checked when it is compiled.
///
/// # Errors
///
/// [`XmlError`] if the text goes beyond the limits, is no XML or no dictionary.
///
/// ```
/// use fixline::dictionary::xml::{self, Limits};
///
/// let spec = xml::read(
///     "<fix type='FIX' major='4' minor='4'>
///        <header/><trailer/><components/>
///        <messages><message name='Ping' msgtype='U1' msgcat='app'>
///          <field name='Text' required='Y'/>
///        </message></messages>
///        <fields><field number='58' name='Text' type='STRING'/></fields>
///      </fix>",
///     &Limits::new(),
/// )?;
/// assert_eq!(spec.version, "FIX.4.4");
/// assert_eq!(spec.messages[0].name, "Ping");
/// # Ok::<(), xml::XmlError>(())
/// ```
pub fn read(text: &str, limits: &Limits) -> Result<Spec, XmlError> {
    first_error(&Spec::default(), text, limits)
}

/// Lays what the text says over `spec`, as [`Spec::overlay`] does. The text has only what is new:
/// it may name fields and components of `spec`, and add members to messages of `spec`, known by
/// their `msgtype` in the form of QuickFIX.
///
/// # Errors
///
/// [`XmlError`] as for [`read`]; `spec` is as it was then.
///
/// ```
/// use fixline::dictionary::Spec;
/// use fixline::dictionary::xml::{self, Limits};
///
/// let mut spec = Spec::from_text("field 11 ClOrdID String\nmessage D NewOrderSingle 11!")?;
/// xml::overlay(
///     &mut spec,
///     "<fix>
///        <messages><message msgtype='D'><field name='Desk' required='Y'/></message></messages>
///        <fields><field number='6001' name='Desk' type='STRING'/></fields>
///      </fix>",
///     &Limits::new(),
/// )?;
/// assert!(spec.to_text().contains("message D NewOrderSingle 11! 6001!"));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub fn overlay(spec: &mut Spec, text: &str, limits: &Limits) -> Result<(), XmlError> {
    let overlay = first_error(spec, text, limits)?;
    spec.overlay(&overlay);
    Ok(())
}

/// The dictionary, or the first error of it.
fn first_error(base: &Spec, text: &str, limits: &Limits) -> Result<Spec, XmlError> {
    let mut findings = Findings::new("", Strictness::Lenient);
    let mut places = Places::default();
    let out = Output { findings: &mut findings, places: &mut places, limits };
    let spec = read_over(base, text, out)?;
    let found = findings.finish();
    match found.into_iter().find(|finding| finding.severity == Severity::Error) {
        Some(error) => Err(XmlError {
            line: error.line,
            column: error.column,
            fault: alloc::format!("{}: {}", error.subject, error.cure),
        }),
        None => Ok(spec),
    }
}

/// What is told while a document is read, and what it may cost.
pub(super) struct Output<'o> {
    pub(super) findings: &'o mut Findings,
    pub(super) places: &'o mut Places,
    pub(super) limits: &'o Limits,
}

/// Reads a document of either form, whose names may be those of `base`. What nothing can be made of
/// is among the findings, and left out.
///
/// # Errors
///
/// The text goes beyond the limits, is no XML, or no dictionary.
pub(super) fn read_over(base: &Spec, text: &str, out: Output<'_>) -> Result<Spec, XmlError> {
    let source = Source::parse(text, out.limits, out.findings)?;
    let root = source.root();
    match root.name() {
        "fix" => Ok(quickfix::read(&source, base, out)),
        "repository" => Ok(orchestra::read(&source, base, out)),
        other => Err(root.fault(format_args!(
            "<{other}> begins no dictionary: QuickFIX's begin with <fix>, FIX Orchestra's with \
             <repository>"
        ))),
    }
}

/// The fields that may be named by tag, and the groups of what lies below: an overlay need not
/// repeat what they have.
struct Groups {
    defined: BTreeSet<u32>,
    groups: BTreeSet<u32>,
}

impl Groups {
    fn of(base: &Spec) -> Self {
        let defined = base.fields.iter().map(|field| field.tag).collect();
        let mut groups = BTreeSet::new();
        let components = base.components.iter().map(|component| &component.members);
        let messages = base.messages.iter().map(|message| &message.members);
        for list in components.chain(messages).chain([&base.header, &base.trailer]) {
            collect(list, &mut groups);
        }
        Self { defined, groups }
    }

    fn define(&mut self, tag: u32) {
        self.defined.insert(tag);
    }

    fn is_defined(&self, tag: u32) -> bool {
        self.defined.contains(&tag)
    }

    /// Whether this is a group of the base.
    fn has(&self, tag: u32) -> bool {
        self.groups.contains(&tag)
    }
}

fn collect(members: &[Member], groups: &mut BTreeSet<u32>) {
    for member in members {
        if let Member::Group { tag, members, .. } = member {
            groups.insert(*tag);
            collect(members, groups);
        }
    }
}
