//! The dictionaries that messages are read with: those that are named, the shipped ones, and what is
//! laid over all.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use fixline::dictionary::{Dictionary, Spec, Standard};
use fixline::settings::{dictionary_file, nearest, overlay_file};

use super::super::tell::tell;
use super::names::Names;
use super::options::Options;

/// What was named.
pub(super) struct Given {
    specs: Vec<Spec>,
    overlays: Vec<PathBuf>,
    default_version: String,
}

/// Reads what the options name.
pub(super) fn read(options: &Options) -> io::Result<Given> {
    let mut specs = Vec::new();
    for path in &options.dictionary {
        let mut spec = dictionary_file(path)?;
        lay(&mut spec, &options.overlay)?;
        // What cannot be compiled, components that contain themselves for one, is not printed with
        // either.
        Dictionary::compile(&spec).map_err(|error| {
            io::Error::new(io::ErrorKind::InvalidData, format!("{}: {error}", path.display()))
        })?;
        specs.push(spec);
    }
    // What fits no dictionary at all is a mistake.
    if specs.is_empty() && !options.overlay.is_empty() {
        let fits = |standard: Standard| lay(&mut standard.spec(), &options.overlay);
        let mut tried = Standard::ALL.into_iter().map(fits);
        if let Some(Err(error)) = tried.next()
            && tried.all(|tried| tried.is_err())
        {
            return Err(error);
        }
    }
    let is_application =
        |version: &str| version.starts_with("FIX.5") || version == Standard::FixLatest.name();
    let of_application = specs.iter().find(|spec| is_application(&spec.version));
    let of_application = of_application.map(|spec| spec.version.clone());
    let known = Standard::ALL.map(Standard::name);
    let default_version = match &options.default_version {
        Some(version) if !known.contains(&version.as_str()) => {
            let text = format!("--default-version {version}: give one of {}", known.join(", "));
            return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
        }
        Some(version) => version.clone(),
        None => of_application.unwrap_or_else(|| "FIX.5.0SP2".to_owned()),
    };
    Ok(Given { specs, overlays: options.overlay.clone(), default_version })
}

fn lay(spec: &mut Spec, overlays: &[PathBuf]) -> io::Result<()> {
    overlays.iter().try_for_each(|path| overlay_file(spec, path))
}

impl Given {
    /// The dictionaries of all versions.
    fn all(&self) -> impl Iterator<Item = Cow<'_, Spec>> {
        let shipped = Standard::ALL
            .into_iter()
            .filter_map(|standard| shipped(standard.name(), &self.overlays).map(Cow::Owned));
        self.specs.iter().map(Cow::Borrowed).chain(shipped)
    }

    /// The tags of the fields of this name, in whatever version, in upper or lower case.
    pub(super) fn tags(&self, name: &str) -> Vec<u32> {
        let mut tags = BTreeSet::new();
        for spec in self.all() {
            let named = spec.fields.iter().filter(|field| field.name.eq_ignore_ascii_case(name));
            tags.extend(named.map(|field| field.tag));
        }
        tags.into_iter().collect()
    }

    /// How MsgType(35) begins in messages of these types or names, in whatever version.
    pub(super) fn type_starts(&self, types: &[String]) -> Vec<Vec<u8>> {
        let start = |msg_type: &str| [b"35=", msg_type.as_bytes()].concat();
        let mut starts: BTreeSet<_> = types.iter().map(|wanted| start(wanted)).collect();
        for spec in self.all().take_while(|_| !types.is_empty()) {
            let is_meant =
                |name: &str| types.iter().any(|wanted| name.eq_ignore_ascii_case(wanted));
            let named = spec.messages.iter().filter(|message| is_meant(&message.name));
            starts.extend(named.map(|message| start(&message.msg_type)));
        }
        starts.into_iter().collect()
    }

    pub(super) fn names(&self) -> Names {
        let overlays = self.overlays.clone();
        let shipped = Box::new(move |version: &str| shipped(version, &overlays));
        Names::new(self.specs.clone(), &self.default_version, shipped)
    }
}

/// The dictionary of a version that the program has, with what is laid over it where that fits.
fn shipped(version: &str, overlays: &[PathBuf]) -> Option<Spec> {
    let mut spec = Standard::from_name(version)?.spec();
    if overlays.is_empty() {
        return Some(spec);
    }
    let plain = spec.clone();
    let fits = lay(&mut spec, overlays).is_ok() && Dictionary::compile(&spec).is_ok();
    Some(if fits { spec } else { plain })
}

/// What misspelt types were meant to be, when nothing was of any type that was asked for.
pub(super) fn hint(types: &[String]) {
    let specs = Standard::ALL.map(Standard::spec);
    let messages = || specs.iter().flat_map(|spec| &spec.messages);
    for wanted in types {
        let is_known = messages().any(|message| {
            message.msg_type == *wanted || message.name.eq_ignore_ascii_case(wanted)
        });
        let meant = nearest(wanted, messages().map(|message| message.name.as_str()));
        if let Some(name) = meant.filter(|_| !is_known) {
            tell(&format!("--type {wanted}: did you mean {name}?"));
        }
    }
}

/// An error that names the file.
pub(super) fn named<T>(path: &Path, result: io::Result<T>) -> io::Result<T> {
    result.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}
