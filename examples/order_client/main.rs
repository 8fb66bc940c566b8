//! An initiator that sends orders and wants each of them back once: the counterpart of the
//! acceptance server, or of another engine's.

mod book;
mod desk;
mod options;

use std::error::Error;
use std::process::ExitCode;
use std::thread;

use fixline::adapters::{Clock, FileStore};
use fixline::engine::{MemoryStore, SessionId};
use fixline::settings::{Connect, Feature, Network, SessionSettings, Settings, SettingsReader};

use book::{Book, Summary};
use desk::Desk;
use options::{Options, USAGE};

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(error) if error.is_empty() => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("{error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    // It is up for as long as it runs, whatever the file says of hours.
    let settings =
        SettingsReader::new().profile(options.profile).ignore(Feature::Hours).read(&options.config);
    match settings.and_then(Settings::with_dictionaries) {
        Ok(settings) => run(&settings, &options),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs every initiator session on a thread of its own.
fn run(settings: &Settings, options: &Options) -> ExitCode {
    let sessions: Vec<(&SessionSettings, &Connect)> = settings
        .sessions
        .iter()
        .filter_map(|session| match &session.network {
            Network::Connect(connect) => Some((session, connect)),
            Network::Listen(_) => None,
        })
        .collect();
    if sessions.is_empty() {
        eprintln!("{}: no session has ConnectionType=initiator", options.config.display());
        return ExitCode::FAILURE;
    }
    let count = sessions.len();
    let clean = thread::scope(|scope| {
        let start = |(session, connect)| scope.spawn(move || trade(session, connect, options));
        let running: Vec<_> = sessions.into_iter().map(start).collect();
        // Every desk is waited for, also behind one that failed.
        running.into_iter().filter_map(|desk| desk.join().ok().filter(|&clean| clean)).count()
    });
    if clean == count { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs one session, and says whether every order came back once.
fn trade(session: &SessionSettings, connect: &Connect, options: &Options) -> bool {
    let config = &session.config;
    let (us, peer) = (config.sender_comp_id(), config.target_comp_id());
    let name = format!("{} {us} -> {peer}", config.version());
    match open_and_run(&name, session, connect, options) {
        Ok(summary) => {
            report(&name, &summary);
            summary.is_clean()
        }
        Err(error) => {
            println!("{name}: {error}");
            false
        }
    }
}

fn open_and_run(
    name: &str,
    session: &SessionSettings,
    connect: &Connect,
    options: &Options,
) -> Result<Summary, Box<dyn Error>> {
    let config = &session.config;
    let run = format!("{:x}", Clock::new().now().utc.as_nanos());
    let Some(folder) = &options.state else {
        let (store, book) = (MemoryStore::new(), Book::new(run));
        return Desk::new(name.to_owned(), config, connect, store, book, options)?.run();
    };
    let mut id = SessionId::of(config);
    if let Some(qualifier) = &session.qualifier {
        id = id.with_qualifier(qualifier);
    }
    let store = FileStore::open_or_create_in(folder, &id);
    std::fs::create_dir_all(folder)?;
    let book = Book::open(&store.path().with_extension("orders"), run)?;
    Desk::new(name.to_owned(), config, connect, store, book, options)?.run()
}

fn report(name: &str, summary: &Summary) {
    println!(
        "{name}: {} sent, {} back, {} repeated with PossDupFlag, {} missing, {} twice",
        summary.sent,
        summary.back,
        summary.repeated,
        summary.missing.len(),
        summary.twice.len(),
    );
    for (what, numbers) in [
        ("missing", &summary.missing),
        ("twice without PossDupFlag", &summary.twice),
        ("never sent", &summary.unknown),
    ] {
        if !numbers.is_empty() {
            println!("{name}: {what}: {numbers:?}");
        }
    }
}
