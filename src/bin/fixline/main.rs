//! `fixline`: what one does with FIX on a command line.

mod check;
mod decode;
mod dictionary;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tools for FIX: read logs, look up dictionaries, check settings.
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
    Decode(decode::Options),
    /// Look up fields, messages and components, and compile dictionaries
    Dictionary(dictionary::Options),
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Check(options) => check::run(&options),
        Command::Decode(options) => decode::run(&options),
        Command::Dictionary(options) => dictionary::run(&options),
    }
}
