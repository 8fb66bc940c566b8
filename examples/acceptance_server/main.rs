//! An acceptor that gives orders back: every acceptor `[SESSION]` of a settings file.
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

use fixline::settings::{Feature, Network, SettingsReader};

use options::{Options, USAGE};
use serve::serve;

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
    // It is up for as long as it runs, whatever the file says of hours.
    let settings = SettingsReader::new()
        .profile(options.profile)
        .ignore(Feature::Hours)
        .read(&options.config)?;
    let mut settings = settings.with_dictionaries()?;
    for note in &settings.notes {
        println!("{}:{note}", options.config.display());
    }
    settings.sessions.retain_mut(|session| {
        session.store.clone_from(&options.state);
        let Network::Listen(listen) = &mut session.network else { return false };
        if let Some(port) = options.port {
            listen.address = format!("127.0.0.1:{port}");
        }
        true
    });
    if settings.sessions.is_empty() {
        return Err("the file has no session with ConnectionType=acceptor".into());
    }
    let listen = |port| {
        TcpListener::bind(("127.0.0.1", port))
            .map_err(|error| format!("cannot listen on 127.0.0.1:{port}: {error}"))
    };
    let control = options.control.map(listen).transpose()?;
    serve(settings, control)
}
