//! Scripts that are not ours: `FIXLINE_DEFS` names a folder with them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fixline::session::Config;
use fixline::settings::{Profile, Settings, SettingsError, SettingsReader};

use crate::player::play;
use crate::script::{Action, find, parse, show};

/// What came of the scripts of a folder.
pub(crate) struct Outcome {
    /// Scripts as `folder/name`.
    pub(crate) passed: Vec<String>,
    /// And why they failed.
    pub(crate) failed: BTreeMap<String, String>,
}

/// The folder, or `None`, said aloud, where there is none.
pub(crate) fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("FIXLINE_DEFS").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: FIXLINE_DEFS names no folder with acceptance scripts");
    }
    folder
}

/// Plays every script below the folder.
pub(crate) fn play_all(folder: &Path, profile: Profile) -> Outcome {
    let mut outcome = Outcome { passed: Vec::new(), failed: BTreeMap::new() };
    let mut suites: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for path in scripts(folder) {
        let suite = path.parent().unwrap_or(folder).to_owned();
        suites.entry(suite).or_default().push(path);
    }
    for (suite, paths) in &suites {
        let configs = sessions(folder, paths, profile);
        for path in paths {
            let bytes = std::fs::read(path).expect("can be read");
            let name = path.strip_prefix(suite.parent().unwrap_or(suite)).unwrap_or(path);
            let name = name.display().to_string();
            match parse(&bytes).and_then(|steps| play(&steps, &configs)) {
                Ok(()) => outcome.passed.push(name),
                Err(reason) => {
                    outcome.failed.insert(name, reason);
                }
            }
        }
    }
    outcome
}

/// Every script below a folder, in order.
fn scripts(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{folder:?}: {error}"));
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.expect("can be listed").path()).collect();
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            found.extend(scripts(&path));
        } else if path.extension().is_some_and(|extension| extension == "def") {
            found.push(path);
        }
    }
    found
}

/// The sessions of `acceptance.cfg` in the folder, and those that the scripts of a suite expect to
/// log on to, with the crate's dictionaries, where that file has none for them.
fn sessions(folder: &Path, paths: &[PathBuf], profile: Profile) -> Vec<Config> {
    let file = folder.join("acceptance.cfg");
    let mut configs = Vec::new();
    if file.exists() {
        let settings = SettingsReader::new().profile(profile).read(&file);
        configs.extend(configs_of(settings));
    }
    let logons: BTreeSet<Vec<String>> = paths.iter().flat_map(|path| logons(path)).collect();
    for logon in logons {
        let text = format!(
            "[DEFAULT]\nConnectionType=acceptor\nSocketAcceptPort=1\nResetOnLogon=Y\n[SESSION]\n{}",
            logon.concat()
        );
        let settings = SettingsReader::new().profile(profile).parse("a script", &text);
        let config = configs_of(settings).remove(0);
        if !configs.iter().any(|known| known.has_identity_of(&config)) {
            configs.push(config);
        }
    }
    configs
}

fn configs_of(settings: Result<Settings, SettingsError>) -> Vec<Config> {
    let settings = settings.and_then(Settings::with_dictionaries);
    let settings = settings.unwrap_or_else(|error| panic!("{error}"));
    settings.sessions.into_iter().map(|session| session.config).collect()
}

/// The Logons that a script expects as an answer, as lines of a settings file.
fn logons(path: &Path) -> Vec<Vec<String>> {
    let steps = parse(&std::fs::read(path).expect("can be read")).unwrap_or_default();
    let mut logons = Vec::new();
    for step in steps {
        let Action::Expect(message) = step.action else { continue };
        if find(&message, b"\x0135=A\x01").is_none() {
            continue;
        }
        let text = show(&message);
        let field = |tag: &str| {
            text.split('|')
                .find_map(|field| field.strip_prefix(tag)?.strip_prefix('='))
                .map(str::to_owned)
        };
        let mut lines = Vec::new();
        for (key, tag) in [
            ("BeginString", "8"),
            ("SenderCompID", "49"),
            ("TargetCompID", "56"),
            ("DefaultApplVerID", "1137"),
        ] {
            if let Some(value) = field(tag) {
                lines.push(format!("{key}={value}\n"));
            }
        }
        logons.push(lines);
    }
    logons
}
