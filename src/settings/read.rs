//! Reading a whole file.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use std::path::Path;

use super::assemble::{assemble, is_same, share_store};
use super::bounded;
use super::context::Context;
use super::encoding;
use super::expand::Sources;
use super::feature::Feature;
use super::file::File;
use super::problem::{Problem, Problems, SettingsError};
use super::section::{Section, entries};
use super::session_settings::SessionSettings;

/// What a file means where it says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Profile {
    /// What QuickFIX does.
    #[default]
    QuickFix,
    /// This crate's defaults, which follow the standard.
    Standard,
}

/// The sessions of a settings file.
///
/// ```
/// use fixline::settings::SettingsReader;
///
/// let text = "\
/// [DEFAULT]
/// ConnectionType=initiator
/// SocketConnectHost=fix.example.com
/// SocketConnectPort=5001
/// HeartBtInt=30
/// SenderCompID=CLIENT
/// [SESSION]
/// BeginString=FIX.4.4
/// TargetCompID=BROKER
/// ";
/// let settings = SettingsReader::new().parse("client.cfg", text)?;
/// let session = &settings.sessions[0];
/// assert_eq!(session.to_string(), "FIX.4.4 CLIENT -> BROKER, connects to fix.example.com:5001");
///
/// let error = SettingsReader::new().parse("client.cfg", &text.replace("HeartBt", "HeartBeat"));
/// assert!(error.unwrap_err().to_string().starts_with(
///     "client.cfg:5: HeartBeatInt: no engine of the QuickFIX family has it; did you mean HeartBtInt?"
/// ));
/// # Ok::<(), fixline::settings::SettingsError>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// The file, as it was named.
    pub file: String,
    /// In the order of the file; at least one.
    pub sessions: Vec<SessionSettings>,
    /// What is worth knowing and no error, such as keys without effect.
    pub notes: Vec<Problem>,
}

impl Settings {
    /// Reads a file of QuickFIX as [`SettingsReader`] does by default.
    ///
    /// # Errors
    ///
    /// Everything that is wrong in it.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, SettingsError> {
        SettingsReader::new().read(path)
    }
}

/// Reads settings files.
///
/// `${NAME}` in a value is an environment variable. In LogonTag and the application's own keys, whose
/// values are never shown, `${file:PATH}` is the first line of a file (up to 64 KiB), and
/// `${secret:NAME}` whatever [`secrets`](Self::secrets) says. Relative paths start from the folder
/// of the settings file.
#[derive(Debug)]
#[must_use = "call read() or parse()"]
pub struct SettingsReader<'a> {
    profile: Profile,
    sources: Sources<'a>,
    applications: Vec<String>,
    ignored: Vec<Feature>,
}

/// How long a settings file may be, in bytes.
const LEN_MAX: usize = 4 << 20;

impl<'a> SettingsReader<'a> {
    /// With the environment of the process, as QuickFIX means it, without secrets.
    pub fn new() -> Self {
        Self {
            profile: Profile::default(),
            sources: Sources::of_process(),
            applications: Vec::new(),
            ignored: Vec::new(),
        }
    }

    /// What the file means where it says nothing. Default [`Profile::QuickFix`].
    pub const fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Where `${NAME}` comes from. Default the environment of the process.
    pub fn variables(mut self, look_up: impl Fn(&str) -> Option<String> + 'a) -> Self {
        self.sources.variables = Box::new(look_up);
        self
    }

    /// Where `${secret:NAME}` comes from: a vault, a prompt. Default there are none.
    pub fn secrets(mut self, look_up: impl Fn(&str) -> Option<String> + 'a) -> Self {
        self.sources.secrets = Some(Box::new(look_up));
        self
    }

    /// A key that is the application's own: its value is in [`SessionSettings::application`], and
    /// there is no note about it.
    pub fn application_key(mut self, name: impl Into<String>) -> Self {
        self.applications.push(name.into());
        self
    }

    /// Takes a file that asks for this all the same, with a note for each of its keys: the
    /// application sees to it, or can do without. The values of the keys are in
    /// [`SessionSettings::application`].
    pub fn ignore(mut self, feature: Feature) -> Self {
        self.ignored.push(feature);
        self
    }

    /// Reads a file: a regular one of up to 4 MiB, in UTF-8 or UTF-16.
    ///
    /// # Errors
    ///
    /// It cannot be read, or everything that is wrong in it.
    pub fn read(mut self, path: impl AsRef<Path>) -> Result<Settings, SettingsError> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let text = match bounded::read(path, LEN_MAX, "settings") {
            // What is no text is as often as not a comment; in a value it is a problem.
            Ok(bytes) => encoding::text(bytes)
                .unwrap_or_else(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) => {
                let problem = Problem::new(0, format!("cannot be read: {error}"));
                return Err(SettingsError { file: name, problems: alloc::vec![problem] });
            }
        };
        self.sources.folder = path.parent().unwrap_or_else(|| Path::new("")).into();
        self.parse(&name, &text)
    }

    /// Reads what a file says; `name` is what errors call it. Relative paths start from the
    /// current directory.
    ///
    /// # Errors
    ///
    /// Everything that is wrong in it.
    pub fn parse(self, name: &str, text: &str) -> Result<Settings, SettingsError> {
        let mut context = Context {
            folder: &self.sources.folder,
            profile: self.profile,
            sources: &self.sources,
            ignored: &self.ignored,
            problems: Problems::default(),
            notes: Problems::default(),
        };
        let file = File::read(text, &mut context.problems, &mut context.notes);
        let default = entries(&file.default, &self.applications, false, &mut context);
        let mut sessions: Vec<SessionSettings> = Vec::new();
        for (line, lines) in &file.sessions {
            let own = entries(lines, &self.applications, true, &mut context);
            let section = Section::new(*line, &default, own, &mut context);
            let Some(session) = assemble(&section, &mut context) else { continue };
            if let Some(twin) = sessions.iter().find(|other| is_same(other, &session)) {
                let message = format!("the session of line {} once more", twin.line);
                let advice = "CompIDs, SubIDs or LocationIDs must tell sessions apart, or \
                              the SessionQualifier of initiators";
                context.problems.add(Problem::new(*line, message).advice(advice));
            } else if let Some(twin) = sessions.iter().find(|other| share_store(other, &session)) {
                let what =
                    format!("keeps its numbers in the file of the session of line {}", twin.line);
                let line = section.line_of("FileStorePath");
                context.problem(line, "FileStorePath", &what, "give each a folder of its own");
            }
            sessions.push(session);
        }
        let file = name.to_string();
        if context.problems.is_empty() {
            Ok(Settings { file, sessions, notes: context.notes.into_sorted() })
        } else {
            Err(SettingsError { file, problems: context.problems.into_sorted() })
        }
    }
}

impl Default for SettingsReader<'_> {
    fn default() -> Self {
        Self::new()
    }
}
