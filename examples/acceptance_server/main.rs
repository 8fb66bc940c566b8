//! An acceptor that gives orders back: every `[SESSION]` of a settings file, on one port.
//!
//! It is what acceptance scripts of FIX engines are played against, and what other engines can talk
//! to. With `--state` it keeps its sessions in files and can be killed at any time.

mod app;
mod control;
mod numbers;
mod options;
mod serve;

use std::error::Error;
use std::net::TcpListener;
use std::process::ExitCode;

use fixline::adapters::FileStore;
use fixline::engine::{MemoryStore, SessionId};
use fixline::session::Config;
use fixline::settings::{Network, Settings, SettingsReader};

use options::{Options, USAGE};
use serve::{Ports, serve};

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
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let settings = SettingsReader::new().profile(options.profile).read(&options.config)?;
    let settings = settings.with_dictionaries()?;
    for note in &settings.notes {
        println!("{}:{note}", options.config.display());
    }
    let (sessions, address) = acceptors(&settings)?;
    let address = options.port.map_or(address, |port| format!("127.0.0.1:{port}"));
    let listen = |address: &str| {
        TcpListener::bind(address).map_err(|error| format!("cannot listen on {address}: {error}"))
    };
    let control = options.control.map(|port| listen(&format!("127.0.0.1:{port}"))).transpose()?;
    let ports = Ports { fix: listen(&address)?, control };
    match &options.state {
        None => serve(&sessions, ports, |_| MemoryStore::new()),
        Some(folder) => serve(&sessions, ports, |config| {
            FileStore::open_or_create_in(folder, &SessionId::of(config))
        }),
    }
}

/// The sessions to be served, and the address that the file gives the first of them.
fn acceptors(settings: &Settings) -> Result<(Vec<Config>, String), Box<dyn Error>> {
    let mut sessions = Vec::new();
    let mut first = None;
    for session in &settings.sessions {
        if let Network::Listen(listen) = &session.network {
            sessions.push(session.config.clone());
            first.get_or_insert_with(|| listen.address.clone());
        }
    }
    let address = first.ok_or("the file has no session with ConnectionType=acceptor")?;
    Ok((sessions, address))
}
