//! The dictionaries that a settings file names, loaded once for all its sessions.

use alloc::borrow::ToOwned as _;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::sync::Arc;
use alloc::vec::Vec;
use std::path::{Path, PathBuf};

use super::overlay_file::dictionary_reading;
use super::problem::{Problem, Problems, SettingsError};
use super::read::Settings;
use super::session_settings::SessionSettings;
use crate::dictionary::{ApplVerId, Dictionaries, Dictionary, Finding, Severity, Standard};
use crate::session::{Config, Version};

impl Settings {
    /// The same sessions with configurations that hold messages to their dictionaries: the files
    /// that are named, else the crate's own of the version (features `dictionaries` and `xml`).
    ///
    /// Files are QuickFIX's XML, FIX Orchestra, or this crate's text form.
    ///
    /// # Errors
    ///
    /// Every dictionary that cannot be read, makes no sense or does not fit its session.
    pub fn with_dictionaries(mut self) -> Result<Self, SettingsError> {
        let mut problems = Problems::default();
        let mut shelf = Shelf::default();
        for session in &mut self.sessions {
            shelf.line = session.line;
            match load(session, &mut shelf) {
                Ok(Some(config)) => session.config = config,
                Ok(None) => {}
                Err((key, message)) => {
                    problems.add(Problem::new(session.line, message).key(key));
                }
            }
        }
        if problems.is_empty() {
            self.notes.extend(shelf.notes.into_sorted());
            Ok(self)
        } else {
            Err(SettingsError { file: self.file, problems: problems.into_sorted() })
        }
    }
}

/// What is wrong, and by which key.
type Fault = (&'static str, String);

/// The configuration with its dictionaries, if there are any.
fn load(session: &SessionSettings, shelf: &mut Shelf) -> Result<Option<Config>, Fault> {
    let settings = &session.dictionaries;
    if !settings.used {
        return Ok(None);
    }
    let version = session.options.version;
    let (key, own, standard) = if version.is_fixt() {
        ("TransportDataDictionary", &settings.transport, "FIXT.1.1")
    } else {
        ("DataDictionary", &settings.session, version.name())
    };
    let of_session = shelf.get(own.as_deref(), standard).map_err(|message| (key, message))?;
    let mut dictionaries = Dictionaries::new(of_session).policy(settings.checks.policy());
    if version.is_fixt() {
        dictionaries = applications(session, dictionaries, shelf)
            .map_err(|message| ("AppDataDictionary", message))?;
    }
    let config = session.options.builder().dictionaries(dictionaries).build();
    config.map(Some).map_err(|error| (key, error.to_string()))
}

/// Adds the dictionaries of the application versions over FIXT.1.1.
fn applications(
    session: &SessionSettings,
    mut dictionaries: Dictionaries,
    shelf: &mut Shelf,
) -> Result<Dictionaries, String> {
    let settings = &session.dictionaries;
    let options = &session.options;
    let version = options.version;
    let code = options.default_appl_ver_id.as_deref().or_else(|| version.default_appl_ver_id());
    let default = code.and_then(|code| ApplVerId::parse(code.as_bytes())).unwrap_or_default();
    let name = default.name().and_then(Version::from_name).unwrap_or(version).name();
    let path = settings.application.get("").or_else(|| settings.application.get(name));
    dictionaries = dictionaries.application(default, shelf.get(path.map(PathBuf::as_path), name)?);
    for (name, path) in settings.application.iter().filter(|(name, _)| !name.is_empty()) {
        let version =
            ApplVerId::from_name(name).ok_or_else(|| format!("`{name}` is no version of FIX"))?;
        dictionaries = dictionaries.application(version, shelf.get(Some(path), name)?);
    }
    Ok(dictionaries)
}

/// What is loaded already, by path or by name.
#[derive(Default)]
struct Shelf {
    kept: BTreeMap<PathBuf, Arc<Dictionary>>,
    /// What is odd about them, once for each file.
    notes: Problems,
    /// That of the session whose dictionaries are loaded.
    line: usize,
}

impl Shelf {
    fn get(&mut self, path: Option<&Path>, standard: &str) -> Result<Arc<Dictionary>, String> {
        // No file is called like a version without a folder or an extension.
        let place = path.unwrap_or_else(|| Path::new(standard));
        if let Some(dictionary) = self.kept.get(place) {
            return Ok(Arc::clone(dictionary));
        }
        let dictionary = match path {
            Some(path) => self.read(path)?,
            None => {
                let spec = Standard::from_name(standard).map(Standard::spec);
                let spec = spec.ok_or_else(|| format!("there is no dictionary of {standard}"))?;
                Dictionary::compile(&spec).map_err(|error| format!("{standard}: {error}"))?
            }
        };
        let dictionary = Arc::new(dictionary);
        self.kept.insert(place.to_owned(), Arc::clone(&dictionary));
        Ok(dictionary)
    }

    /// Reads a file; what is odd about it becomes notes, what is wrong one text.
    fn read(&mut self, path: &Path) -> Result<Dictionary, String> {
        let reading = dictionary_reading(path).map_err(|error| error.to_string())?;
        let (errors, notes): (Vec<Finding>, Vec<Finding>) =
            reading.findings.into_iter().partition(|finding| finding.severity == Severity::Error);
        for note in notes {
            self.notes.add(Problem::new(self.line, note.to_string()));
        }
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        reading.dictionary.ok_or_else(|| errors.join("; "))
    }
}
