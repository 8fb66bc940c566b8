//! Any text as a dictionary: it is refused within bounds, or it is one that can be written, read
//! again, laid over another, and compiled.

use fixline::dictionary::xml::{self, Limits};
use fixline::dictionary::{Dictionary, FieldSpec, Reader, Severity, Spec, Strictness};

/// What overlays are laid over.
const BASE: &str = "version FIX.4.4
field 11 ClOrdID String
field 54 Side char 1=Buy 2=Sell
field 448 PartyID String
field 453 NoPartyIDs NumInGroup
component Parties 453( 448 )
message D NewOrderSingle 11! 54! Parties
";

/// Messages about a text are short, whatever is in it.
const FAULT_LEN_MAX: usize = 2000;

pub(crate) fn check(data: &[u8]) {
    let limits = Limits::new().bytes(64 * 1024).nodes(4096).depth(12).attributes(8).members(2000);
    let base = Spec::from_text(BASE).expect("the base is a dictionary");
    for spec in [Spec::default(), base] {
        check_reader(&spec, data, &limits);
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    match xml::read(text, &limits) {
        Ok(spec) => check_spec(&spec),
        Err(error) => {
            assert!(error.fault.len() < FAULT_LEN_MAX && error.line > 0 && error.column > 0);
            let lines = u32::try_from(text.lines().count()).expect("the text is short");
            assert!(error.line <= lines + 1, "line {} of {lines}", error.line);
        }
    }
    let base = Spec::from_text(BASE).expect("the base is a dictionary");
    let mut laid_over = base.clone();
    match xml::overlay(&mut laid_over, text, &limits) {
        Ok(()) => {
            check_spec(&laid_over);
            // Once more, it may miss a name that it has taken away from a tag itself.
            let mut twice = laid_over.clone();
            match xml::overlay(&mut twice, text, &limits) {
                Ok(()) => check_spec(&twice),
                Err(_) => assert_eq!(twice, laid_over, "what is refused changes nothing"),
            }
        }
        Err(_) => assert_eq!(laid_over, base, "an overlay that is refused changes nothing"),
    }
    match Spec::from_text(text) {
        Ok(spec) => check_spec(&spec),
        Err(error) => assert!(error.fault.len() < FAULT_LEN_MAX && error.line > 0),
    }
}

/// Findings are short and have places in the file; there is a dictionary unless one of them is an error.
fn check_reader(base: &Spec, data: &[u8], limits: &Limits) {
    let mut reader = Reader::over(base.clone()).limits(limits.clone());
    reader.add("file", data);
    let reading = reader.finish();
    // No encoding has more lines than it has bytes.
    let lines = u32::try_from(data.len()).expect("the data is short");
    for finding in &reading.findings {
        assert!(finding.line <= lines + 1, "{finding}");
        assert!(
            !finding.subject.is_empty() && finding.to_string().len() < FAULT_LEN_MAX,
            "{finding}"
        );
    }
    let has_error = reading.findings.iter().any(|finding| finding.severity == Severity::Error);
    assert_eq!(reading.dictionary.is_some(), !has_error, "{:?}", reading.findings);
    check_spec(&reading.spec);
    let mut strict =
        Reader::over(base.clone()).limits(limits.clone()).strictness(Strictness::Strict);
    strict.add("file", data);
    assert_eq!(strict.finish().dictionary.is_some(), reading.findings.is_empty());
}

fn check_spec(spec: &Spec) {
    let text = spec.to_text();
    assert_eq!(Spec::from_text(&text).as_ref(), Ok(spec), "{text}");
    if let Ok(dictionary) = Dictionary::compile(spec) {
        for field in &spec.fields {
            // An overlay may give a name to another tag as well: one of them is found.
            let found = dictionary.tag(&field.name).map(|tag| tag.get());
            let named = |other: &&FieldSpec| other.name == field.name;
            let mut tags = spec.fields.iter().filter(named).map(|other| Some(other.tag));
            assert!(tags.any(|tag| tag == found), "{} is {found:?}", field.name);
        }
    }
}
