//! `fixline check`: what a settings file says, and what is wrong with it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum};
use fixline::session::Role;
use fixline::settings::{
    DictionarySettings, Feature, Network, Profile, Reset, SessionSettings, Settings, SettingsError,
    SettingsReader, Shown,
};
use fixline::wire::UtcTime;

/// Reads settings files of the QuickFIX family. Prints what each session will do, or everything
/// that is wrong, with its line. Passwords are not shown. `${secret:NAME}` is taken to be there.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The settings files
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    reading: Reading,
    /// Print problems only, no sessions and notes
    #[arg(long, short)]
    quiet: bool,
}

/// How a settings file is meant.
#[derive(Debug, Args)]
pub(super) struct Reading {
    /// What a file means where it says nothing
    #[arg(long, value_enum, default_value_t = Meaning::Quickfix)]
    profile: Meaning,
    /// A key that is the application's own
    #[arg(long = "key", value_name = "KEY")]
    keys: Vec<String>,
    /// Take a file that asks for what is not there
    #[arg(long, value_name = "WHAT", value_delimiter = ',', value_parser = feature())]
    ignore: Vec<Feature>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Meaning {
    /// What QuickFIX does
    Quickfix,
    /// The defaults of fixline, which follow the standard
    Standard,
}

/// What `--ignore` takes.
fn feature() -> impl TypedValueParser<Value = Feature> {
    PossibleValuesParser::new(Feature::ALL.map(Feature::name)).try_map(|name| {
        let feature = Feature::ALL.into_iter().find(|feature| feature.name() == name);
        feature.ok_or("is nothing that can be ignored")
    })
}

impl Meaning {
    fn profile(self) -> Profile {
        match self {
            Self::Quickfix => Profile::QuickFix,
            Self::Standard => Profile::Standard,
        }
    }
}

/// 0 when nothing is wrong, 1 when something is.
pub(super) fn run(options: &Options) -> ExitCode {
    let mut are_right = true;
    for file in &options.files {
        match read(file, options) {
            Ok(settings) if options.quiet => drop(settings),
            // Nobody reads on.
            Ok(settings) => match print(&mut io::stdout().lock(), file, &settings) {
                Ok(()) => {}
                Err(_) => return ExitCode::FAILURE,
            },
            Err(error) => {
                are_right = false;
                // Who closed it does not want to know.
                let _closed = writeln!(io::stderr(), "{error}");
            }
        }
    }
    if are_right { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn read(file: &Path, options: &Options) -> Result<Settings, SettingsError> {
    options.reading.read(file)?.with_dictionaries()
}

impl Reading {
    /// What the file says, without the dictionaries that it names.
    pub(super) fn read(&self, file: &Path) -> Result<Settings, SettingsError> {
        let reader = SettingsReader::new().profile(self.profile.profile());
        let reader = self.keys.iter().fold(reader, SettingsReader::application_key);
        let reader = self.ignore.iter().copied().fold(reader, SettingsReader::ignore);
        reader.secrets(|_| Some("secret".into())).read(file)
    }
}

fn print(out: &mut impl Write, file: &Path, settings: &Settings) -> io::Result<()> {
    let count = settings.sessions.len();
    let sessions = if count == 1 { "session" } else { "sessions" };
    writeln!(out, "{}: OK, {count} {sessions}", Shown(&file.display().to_string()))?;
    for session in &settings.sessions {
        writeln!(out, "  line {}: {}", session.line, Shown(&session.to_string()))?;
        if !session.schedule.is_always() {
            writeln!(out, "    has hours: `fixline schedule` prints them")?;
        }
        for detail in [timing(session), resets(session), store(session), dictionary(session)] {
            writeln!(out, "    {}", Shown(&detail))?;
        }
    }
    for note in &settings.notes {
        writeln!(out, "  note, line {}: {note}", note.line)?;
    }
    Ok(())
}

fn timing(session: &SessionSettings) -> String {
    let heartbeat = match (session.config.role(), session.options.heart_bt_int) {
        (Role::Acceptor, _) => "takes the peer's HeartBtInt".to_owned(),
        (Role::Initiator, Some(interval)) => format!("heartbeats every {:?}", interval.0),
        (Role::Initiator, None) => "heartbeats every 30s".to_owned(),
    };
    match &session.network {
        Network::Connect(connect) => match connect.reconnect_interval {
            Some(pause) if connect.reconnect_longest.is_some_and(|longest| longest > pause) => {
                let longest = connect.reconnect_longest.unwrap_or(pause);
                format!("{heartbeat}, reconnects after {pause:?} to {longest:?}")
            }
            Some(pause) => format!("{heartbeat}, reconnects after {pause:?}"),
            None => format!("{heartbeat}, reconnects after 1s to 30s"),
        },
        Network::Listen(_) => heartbeat,
    }
}

fn resets(session: &SessionSettings) -> String {
    let occasions = session.options.reset.iter().flatten().filter_map(|reset| match reset {
        Reset::AtLogon => Some("at each Logon"),
        Reset::AtLogout => Some("after a Logout"),
        Reset::AtDisconnect => Some("after each connection"),
        Reset::AtError => Some("after a fault of the peer"),
        _ => None,
    });
    let by_hours = session.schedule.next_boundary(UtcTime::EPOCH).map(|_| "by its hours");
    let occasions: Vec<&str> = occasions.chain(by_hours).collect();
    if occasions.is_empty() {
        "never resets its numbers by itself".to_owned()
    } else {
        format!("resets its numbers {}", occasions.join(", "))
    }
}

fn store(session: &SessionSettings) -> String {
    match &session.store {
        Some(folder) => format!("keeps numbers and messages in {}", folder.display()),
        None => "keeps numbers and messages in memory: a restart begins at 1".to_owned(),
    }
}

fn dictionary(session: &SessionSettings) -> String {
    let DictionarySettings { used, session: own, transport, application, .. } =
        &session.dictionaries;
    let paths: Vec<String> = own
        .iter()
        .chain(transport)
        .chain(application.values())
        .map(|path| path.display().to_string())
        .collect();
    match (used, paths.as_slice()) {
        (false, _) => "no dictionary".to_owned(),
        (true, []) => format!("dictionary of {}", session.config.version()),
        (true, paths) => format!("dictionary {}", paths.join(", ")),
    }
}
