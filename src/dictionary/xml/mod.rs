//! Dictionaries from XML at run time: those of QuickFIX, and FIX Orchestra.
//!
//! An XML file may come from anywhere, so that what it can cost is limited: its size, its elements,
//! their depth, their attributes, and what its components expand to. A DOCTYPE is refused, and with
//! it every entity. Errors name the line, the column and the thing at fault.

mod components;
mod counts;
mod document;
mod guard;
mod limits;
mod orchestra;
mod quickfix;

#[cfg(test)]
mod tests;

pub use document::XmlError;
pub use limits::Limits;

use document::Source;

use super::Spec;

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
    let base = Spec::default();
    let spec = read_over(&base, text, limits)?;
    Ok(spec)
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
    let overlay = read_over(spec, text, limits)?;
    spec.overlay(&overlay);
    Ok(())
}

fn read_over(base: &Spec, text: &str, limits: &Limits) -> Result<Spec, XmlError> {
    guard::check(text, limits)?;
    let source = Source::parse(text, limits)?;
    let root = source.root();
    match root.tag_name().name() {
        "fix" => quickfix::read(&source, base, limits),
        "repository" => orchestra::read(&source, base, limits),
        other => Err(source.fault(
            root,
            format_args!(
                "<{other}> begins no dictionary: QuickFIX's begin with <fix>, FIX Orchestra's \
                 with <repository>"
            ),
        )),
    }
}
