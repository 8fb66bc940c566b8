//! The dictionaries that a settings file names, loaded once for all its sessions.

use alloc::borrow::ToOwned as _;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use std::path::{Path, PathBuf};

use super::overlay_file::read_dictionary_file;
use super::problem::{Problem, Problems, SettingsError};
use super::read::Settings;
use super::session_settings::SessionSettings;
use crate::dictionary::{ApplVerId, Dictionaries, Dictionary, Reader, Severity, Standard};
use crate::session::Config;

impl Settings {
    /// The same sessions with configurations that hold messages to their dictionaries: the files
    /// that are named, else the crate's own of the version (features `dictionaries` and `xml`).
    ///
    /// Files are QuickFIX's XML, FIX Orchestra, or this crate's text form. One that is not there but
    /// has the name of one that QuickFIX ships, such as `FIX44.xml`, is the crate's own; a note
    /// says so, and what is odd about the files that are there.
    ///
    /// # Errors
    ///
    /// Every dictionary that cannot be read, makes no sense or does not fit its session.
    pub fn with_dictionaries(mut self) -> Result<Self, SettingsError> {
        let mut problems = Problems::default();
        let folder = Path::new(&self.file).parent().unwrap_or_else(|| Path::new("")).to_owned();
        let mut shelf = Shelf { folder, kept: BTreeMap::new(), notes: Problems::default() };
        for session in &mut self.sessions {
            match load(session, &mut shelf) {
                Ok(Some(config)) => session.config = config,
                Ok(None) => {}
                Err(faults) => faults.into_iter().for_each(|fault| problems.add(fault)),
            }
        }
        if problems.is_empty() {
            self.notes.extend(shelf.notes.into_sorted());
            self.notes.sort_by_key(|note| note.line);
            Ok(self)
        } else {
            Err(SettingsError { file: self.file, problems: problems.into_sorted() })
        }
    }
}

/// All that is wrong with one dictionary.
type Faults = Vec<Problem>;

/// The configuration with its dictionaries, if there are any.
fn load(session: &SessionSettings, shelf: &mut Shelf) -> Result<Option<Config>, Faults> {
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
    let place = Place::of(session, key);
    let of_session = shelf.get(own.as_deref(), standard, &place)?;
    let mut dictionaries = Dictionaries::new(of_session).policy(settings.checks.policy());
    if version.is_fixt() {
        dictionaries = applications(session, dictionaries, shelf)?;
    }
    let config = session.options.builder().dictionaries(dictionaries).build();
    config.map(Some).map_err(|error| vec![place.problem(error.to_string())])
}

/// Adds the dictionaries of the application versions over FIXT.1.1.
fn applications(
    session: &SessionSettings,
    mut dictionaries: Dictionaries,
    shelf: &mut Shelf,
) -> Result<Dictionaries, Faults> {
    let settings = &session.dictionaries;
    let options = &session.options;
    let version = options.version;
    let code = options.default_appl_ver_id.as_deref().or_else(|| version.default_appl_ver_id());
    let default = code.and_then(|code| ApplVerId::parse(code.as_bytes())).unwrap_or_default();
    let known = default.name().filter(|name| Standard::from_name(name).is_some());
    let name = known.unwrap_or_else(|| version.name());
    let (path, place) = match settings.application.get("") {
        Some(path) => (Some(path), Place::of(session, "AppDataDictionary")),
        None => (settings.application.get(name), Place::of_version(session, name)),
    };
    let dictionary = shelf.get(path.map(PathBuf::as_path), name, &place)?;
    dictionaries = dictionaries.application(default, dictionary);
    for (name, path) in settings.application.iter().filter(|(name, _)| !name.is_empty()) {
        let place = Place::of_version(session, name);
        let version = ApplVerId::from_name(name)
            .ok_or_else(|| vec![place.problem(format!("`{name}` is no version of FIX"))])?;
        dictionaries = dictionaries.application(version, shelf.get(Some(path), name, &place)?);
    }
    Ok(dictionaries)
}

/// Where the key stands that names a dictionary.
struct Place {
    line: usize,
    key: String,
}

impl Place {
    /// That of this key, else that of the session.
    fn of(session: &SessionSettings, key: &str) -> Self {
        Self { line: session.line_of(key).unwrap_or(session.line), key: key.into() }
    }

    fn of_version(session: &SessionSettings, version: &str) -> Self {
        let key = format!("AppDataDictionary.{version}");
        let is_there = session.line_of(&key).is_some();
        Self::of(session, if is_there { &key } else { "AppDataDictionary" })
    }

    fn problem(&self, message: impl Into<String>) -> Problem {
        Problem::new(self.line, message).key(&self.key)
    }
}

/// The dictionary of which QuickFIX ships a file with this name.
fn shipped(path: &Path) -> Option<Standard> {
    let name = path.to_str()?.rsplit(['/', '\\']).next()?.to_ascii_lowercase();
    let stem = name.strip_suffix(".xml").unwrap_or(&name);
    let plain = |name: &str| -> String {
        let chars = name.chars().filter(char::is_ascii_alphanumeric);
        chars.map(|char| char.to_ascii_lowercase()).collect()
    };
    Standard::ALL.into_iter().find(|standard| plain(standard.name()) == plain(stem))
}

/// What is loaded already, by path or by name.
struct Shelf {
    /// That of the settings file.
    folder: PathBuf,
    kept: BTreeMap<PathBuf, Arc<Dictionary>>,
    notes: Problems,
}

impl Shelf {
    fn get(
        &mut self,
        path: Option<&Path>,
        standard: &str,
        place: &Place,
    ) -> Result<Arc<Dictionary>, Faults> {
        // No file is called like a version without a folder or an extension.
        let at = path.map_or_else(|| PathBuf::from(standard), |path| self.find(path));
        let shipped = path.filter(|_| !at.exists()).and_then(shipped);
        if let Some(standard) = shipped {
            let name = standard.name();
            let what = format!("`{}` is not there", at.display());
            let advice = format!("the crate's own dictionary of {name} is taken");
            self.notes.add(place.problem(what).advice(advice));
        }
        if path.is_some_and(|path| path != at) {
            self.notes.add(place.problem(format!("is in `{}`", at.display())));
        }
        if let Some(dictionary) = self.kept.get(&at) {
            return Ok(Arc::clone(dictionary));
        }
        let dictionary = match (path, shipped.or_else(|| Standard::from_name(standard))) {
            (Some(_), _) if shipped.is_none() => self.read(&at, place)?,
            (_, Some(standard)) => {
                let wrong = |error| vec![place.problem(format!("{}: {error}", at.display()))];
                Dictionary::compile(&standard.spec()).map_err(wrong)?
            }
            (_, None) => {
                return Err(vec![place.problem(format!("there is no dictionary of {standard}"))]);
            }
        };
        let dictionary = Arc::new(dictionary);
        self.kept.insert(at, Arc::clone(&dictionary));
        Ok(dictionary)
    }

    /// The dictionary in a file. What is odd about it is noted.
    fn read(&mut self, path: &Path, place: &Place) -> Result<Dictionary, Faults> {
        let one = |message: String| vec![place.problem(message)];
        let bytes = read_dictionary_file(path).map_err(|error| one(error.to_string()))?;
        let name = path.display().to_string();
        let mut reader = Reader::new();
        reader.add(&name, &bytes);
        if reader.spec().is_empty() && reader.first_error().is_none() {
            let fault = "has neither fields nor messages: give a file with a dictionary";
            return Err(one(format!("{name}: {fault}")));
        }
        // What is no dictionary may be anything, and its lines are not repeated.
        if reader.spec().is_empty() && !bytes.trim_ascii_start().starts_with(b"<") {
            let fault = "is no dictionary: give XML of QuickFIX, FIX Orchestra, or a text of ours";
            return Err(one(format!("{name}: {fault}")));
        }
        let reading = reader.finish();
        let (notes, errors): (Vec<_>, Vec<_>) =
            reading.findings.iter().partition(|found| found.severity == Severity::Note);
        notes.iter().for_each(|note| self.notes.add(place.problem(note.to_string())));
        let errors = errors.iter().map(|error| place.problem(error.to_string())).collect();
        reading.dictionary.ok_or(errors)
    }

    /// Where the file is: by the folder of the settings file, else by the current one, as QuickFIX
    /// looks for it; folders may have been parted as on another system.
    fn find(&self, path: &Path) -> PathBuf {
        let parted = path.to_string_lossy().replace('\\', "/");
        let here = path.strip_prefix(&self.folder).unwrap_or(path);
        let here_parted = here.to_string_lossy().replace('\\', "/");
        let places = [path.to_owned(), parted.into(), here.to_owned(), here_parted.into()];
        places.into_iter().find(|place| place.is_file()).unwrap_or_else(|| path.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // FILE-11
    #[test]
    fn the_names_of_the_dictionaries_that_quickfix_ships_are_known_wherever_they_stand() {
        for (path, version) in [
            ("FIX44.xml", "FIX.4.4"),
            ("../spec/fix40.XML", "FIX.4.0"),
            ("C:\\fix\\spec\\FIX50SP2.xml", "FIX.5.0SP2"),
            ("/usr/share/quickfix/FIXT11.xml", "FIXT.1.1"),
            ("FIX.4.2.xml", "FIX.4.2"),
        ] {
            assert_eq!(shipped(Path::new(path)).map(Standard::name), Some(version), "{path}");
        }
        for path in ["FIX44-venue.xml", "absent.xml", "FIX44.txt", "", "FIX44.xml/"] {
            assert_eq!(shipped(Path::new(path)), None, "{path}");
        }
    }
}
