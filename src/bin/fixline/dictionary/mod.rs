//! `fixline dictionary`: what dictionaries say, and how those of the crate are made.

mod check;
mod compile;
mod constants;
mod extensions;
mod load;
mod repository;
mod show;
mod slips;
mod text;

use std::process::ExitCode;

use clap::{Args, Subcommand};

#[derive(Debug, Args)]
#[command(arg_required_else_help = true)]
pub(super) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show a field, a message or a component
    Show(show::Options),
    Check(check::Options),
    /// Print a dictionary in fixline's text form
    Text(text::Options),
    /// Make the tables and constants of the crate from the FIX Unified Repository, 2010 Edition, and
    /// from FIX Orchestra
    Compile(compile::Options),
}

pub(super) fn run(options: &Options) -> ExitCode {
    let result = match &options.command {
        Command::Check(options) => return check::run(options),
        Command::Show(options) => show::run(options),
        Command::Text(options) => text::run(options),
        Command::Compile(options) => compile::run(options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}
