//! Dictionaries from files of any form, and all that there is to say of these.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

use super::compile::compile;
use super::dictionary::Dictionary;
use super::encoding::decode;
use super::finding::{Finding, Findings, Place, Severity, Strictness};
use super::places::Places;
use super::spec::Spec;
use super::spec_error::SpecFault;
use super::text::read::read_all;
#[cfg(feature = "xml")]
use super::xml::{self, Limits};

/// Reads dictionaries of any form, one laid over the other, and collects what there is to say of
/// them: XML of QuickFIX and FIX Orchestra (feature `xml`), and this crate's text form. The text shows
/// which it is; UTF-8, UTF-16 and Latin-1 are understood.
///
/// ```
/// use fixline::dictionary::{Reader, Severity};
///
/// let mut reader = Reader::new();
/// reader.add("base.txt", b"field 11 ClOrdID String\nfield 58 Text String\nmessage D Order 11! 58 58");
/// let reading = reader.finish();
/// assert_eq!(
///     reading.findings[0].to_string(),
///     "base.txt:3: Order has tag 58 twice: the first stands, required where one of them is; take one out"
/// );
/// assert_eq!(reading.findings[0].severity, Severity::Note);
/// let dictionary = reading.dictionary.expect("notes do no harm");
/// assert!(dictionary.has_message(b"D"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Reader {
    spec: Spec,
    strictness: Strictness,
    #[cfg(feature = "xml")]
    limits: Limits,
    places: Places,
    files: Vec<String>,
    findings: Vec<Finding>,
}

/// What came of reading.
#[derive(Debug)]
#[non_exhaustive]
pub struct Reading {
    /// What the files say together, without what nothing could be made of.
    pub spec: Spec,
    /// The dictionary, if there are no errors among the findings.
    pub dictionary: Option<Dictionary>,
    /// All that is odd or wrong, file by file, in the order of the lines.
    pub findings: Vec<Finding>,
}

impl Reader {
    /// Nothing is read yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What is read is laid over this.
    #[must_use]
    pub fn over(spec: Spec) -> Self {
        Self { spec, ..Self::default() }
    }

    /// What becomes of oddities. Default [`Strictness::Lenient`].
    #[must_use]
    pub const fn strictness(mut self, strictness: Strictness) -> Self {
        self.strictness = strictness;
        self
    }

    /// What an XML file may cost. Default [`Limits::new`].
    #[cfg(feature = "xml")]
    #[must_use]
    pub const fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Lays what a file says over what was read before, whose fields and components it may name. The
    /// name of the file is for the findings.
    pub fn add(&mut self, file: &str, bytes: &[u8]) {
        self.places.next_file();
        self.files.push(file.to_owned());
        let mut findings = Findings::new(file, self.strictness);
        let (text, is_guess) = decode(bytes);
        if is_guess {
            findings.note(
                Place::default(),
                format_args!("the file is neither UTF-8 nor UTF-16"),
                "taken for Latin-1",
                "write it in UTF-8",
            );
        }
        if let Some(spec) = self.read(&text, &mut findings) {
            self.spec.overlay(&spec);
        }
        self.findings.extend(findings.finish());
    }

    #[cfg(feature = "xml")]
    fn read(&mut self, text: &str, findings: &mut Findings) -> Option<Spec> {
        if !text.trim_start().starts_with('<') {
            return Some(read_all(text, findings, &mut self.places));
        }
        let out = xml::Output { findings, places: &mut self.places, limits: &self.limits };
        match xml::read_over(&self.spec, text, out) {
            Ok(spec) => Some(spec),
            Err(error) => {
                let place = Place { line: error.line, column: error.column };
                findings.error(place, format_args!("{}", error.fault), "");
                None
            }
        }
    }

    #[cfg(not(feature = "xml"))]
    fn read(&mut self, text: &str, findings: &mut Findings) -> Option<Spec> {
        if text.trim_start().starts_with('<') {
            let place = Place { line: 1, column: 0 };
            let subject = format_args!("the file is XML");
            findings.error(place, subject, "build with the feature `xml`");
            return None;
        }
        Some(read_all(text, findings, &mut self.places))
    }

    /// What was read so far.
    #[must_use]
    pub const fn spec(&self) -> &Spec {
        &self.spec
    }

    /// The first error of what was read so far. What is wrong as a whole is found at the end.
    #[must_use]
    pub fn first_error(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.severity == Severity::Error)
    }

    /// What was read so far, as it is.
    #[must_use]
    pub fn into_spec(self) -> Spec {
        self.spec
    }

    /// Compiles what was read.
    #[must_use]
    pub fn finish(self) -> Reading {
        let Self { spec, strictness, places, files, mut findings, .. } = self;
        let (dictionary, faults) = compile(&spec);
        for fault in faults {
            let (file, place) = places.of(&fault.owner, fault.tag);
            let file = usize::from(file).checked_sub(1).and_then(|at| files.get(at));
            let mut found = Findings::new(file.map_or("", String::as_str), strictness);
            tell(&mut found, place, &fault);
            // What was said while it was read is not said again.
            let is_told = |new: &Finding| {
                let place = (&new.file, new.line, new.column);
                let is_same = |known: &Finding| (&known.file, known.line, known.column) == place;
                new.line > 0 && findings.iter().any(is_same)
            };
            let new: Vec<Finding> = found.list.into_iter().filter(|new| !is_told(new)).collect();
            findings.extend(new);
        }
        let order = |finding: &Finding| files.iter().position(|file| *file == finding.file);
        findings.sort_by_key(|finding| (order(finding), finding.line, finding.column));
        let is_sound = findings.iter().all(|finding| finding.severity == Severity::Note);
        Reading { spec, dictionary: dictionary.filter(|_| is_sound), findings }
    }
}

fn tell(findings: &mut Findings, place: Place, fault: &SpecFault) {
    let subject = fault.error.subject();
    match fault.made_of_it {
        Some(made_of_it) => {
            findings.note(place, format_args!("{subject}"), made_of_it, fault.error.cure());
        }
        None => findings.error(place, format_args!("{subject}"), fault.error.cure()),
    }
}

impl Spec {
    /// What is odd or wrong about the specification as a whole, in the order of compiling it. None of
    /// it has a place.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings = Findings::default();
        for fault in compile(self).1 {
            tell(&mut findings, Place::default(), &fault);
        }
        findings.list
    }
}
