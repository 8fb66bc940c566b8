//! `fixline`: what one does with FIX on a command line.

mod check;
mod decode;
mod dictionary;
mod rule;
mod schedule;
mod tell;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use clap_complete::Shell;

/// Tools for FIX: read logs, look up dictionaries and rules, check settings.
#[derive(Debug, Parser)]
#[command(name = "fixline", version, arg_required_else_help = true, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say what a settings file of the QuickFIX family does, or what is wrong with it
    Check(check::Options),
    Decode(Box<decode::Options>),
    /// Look up fields, messages and components, and compile dictionaries
    Dictionary(dictionary::Options),
    Rule(rule::Options),
    /// Print when the sessions of a settings file are open, and when their numbers begin at 1 again
    Schedule(schedule::Options),
    /// Print what a shell needs to complete the arguments: `source <(fixline completions bash)`
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Print the manual page of `fixline`, or of one of its commands: `fixline man decode | man -l -`
    Man {
        /// The command
        command: Option<String>,
    },
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Check(options) => check::run(&options),
        Command::Decode(options) => decode::run(&options),
        Command::Dictionary(options) => dictionary::run(&options),
        Command::Rule(options) => rule::run(&options),
        Command::Schedule(options) => schedule::run(&options),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "fixline", &mut text);
            print(&text)
        }
        Command::Man { command } => man(command.as_deref()),
    }
}

fn man(command: Option<&str>) -> ExitCode {
    let mut all = Arguments::command();
    all.build();
    let page = match command {
        Some(name) => all.find_subcommand(name).cloned(),
        None => Some(all),
    };
    let Some(page) = page else {
        tell::tell("error: there is no such command");
        return ExitCode::from(2);
    };
    let mut text = Vec::new();
    match clap_mangen::Man::new(page).render(&mut text) {
        Ok(()) => print(&text),
        Err(_) => ExitCode::from(2),
    }
}

/// Whoever reads may have read enough.
fn print(text: &[u8]) -> ExitCode {
    match io::stdout().write_all(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::from(2),
        _ => ExitCode::SUCCESS,
    }
}
