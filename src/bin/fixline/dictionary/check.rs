//! `fixline dictionary check`: what is odd or wrong about a dictionary, and what messages would be held
//! to.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use fixline::dictionary::{
    ApplVerId, Dictionary, Reader, Reading, Requirements, Severity, Spec, Standard, Strictness,
};

use super::load;

/// Say what is odd or wrong about a dictionary, line by line, and what messages would be held to
///
/// Whatever QuickFIX C++ loads is loaded, with the meaning that it has there; what is odd about it is
/// a note. Errors are what leaves no dictionary.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The dictionary: XML of QuickFIX, FIX Orchestra, or fixline's text form
    file: PathBuf,
    /// What a venue adds, in the same forms, laid over the dictionary; may be given several times
    #[arg(long, value_name = "FILE")]
    overlay: Vec<PathBuf>,
    /// The version that comes with the program and that FILE is laid over
    #[arg(long, value_name = "VERSION")]
    over: Option<String>,
    /// Take every note for an error
    #[arg(long)]
    strict: bool,
    /// Print the findings only
    #[arg(long, short)]
    quiet: bool,
}

/// 0 when there is a dictionary, 1 when there is none.
pub(super) fn run(options: &Options) -> ExitCode {
    let reading = match read(options) {
        Ok(reading) => reading,
        Err(message) => {
            eprintln!("error: {message}");
            return ExitCode::FAILURE;
        }
    };
    let mut text = String::new();
    for finding in &reading.findings {
        let severity = match finding.severity {
            Severity::Note => "note",
            Severity::Error => "error",
        };
        line(&mut text, format_args!("{severity}: {finding}"));
    }
    match &reading.dictionary {
        Some(dictionary) if !options.quiet => {
            summary(&mut text, options, &reading, dictionary);
        }
        Some(_) => {}
        None => line(
            &mut text,
            format_args!("{}: no dictionary comes out of it", options.file.display()),
        ),
    }
    if let Err(message) = load::print(&text) {
        eprintln!("error: {message}");
        return ExitCode::FAILURE;
    }
    if reading.dictionary.is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn read(options: &Options) -> Result<Reading, String> {
    let base = match &options.over {
        Some(version) => load::standard(version)?.spec(),
        None => Spec::default(),
    };
    let strictness = if options.strict { Strictness::Strict } else { Strictness::Lenient };
    let mut reader = Reader::over(base).strictness(strictness);
    for path in std::iter::once(&options.file).chain(&options.overlay) {
        load::add(&mut reader, path)?;
    }
    if reader.spec().is_empty() && reader.first_error().is_none() {
        let fault = "has neither fields nor messages: give a file with a dictionary";
        return Err(format!("{}: {fault}", options.file.display()));
    }
    Ok(reader.finish())
}

/// What a message would be judged by.
fn summary(text: &mut String, options: &Options, reading: &Reading, dictionary: &Dictionary) {
    let spec = &reading.spec;
    let version = if spec.version.is_empty() { "no version" } else { &spec.version };
    let notes = match reading.findings.len() {
        0 => "nothing odd".to_owned(),
        1 => "1 note".to_owned(),
        count => format!("{count} notes"),
    };
    line(text, format_args!("{}: {version}, {notes}", options.file.display()));
    let admin = spec.messages.iter().filter(|message| message.admin).count();
    line(
        text,
        format_args!(
            "  {} fields, {} application messages, {admin} session messages",
            spec.fields.len(),
            spec.messages.len().saturating_sub(admin),
        ),
    );
    let is_standing_alone = dictionary.has_header();
    let frame = if is_standing_alone {
        "its own".to_owned()
    } else {
        format!("that of {}, which comes with the program", Standard::Fixt11)
    };
    line(text, format_args!("  header, trailer and session messages: {frame}"));
    if let Some(code) = ApplVerId::from_name(version).filter(|_| !is_standing_alone) {
        line(text, format_args!("  under FIXT.1.1: ApplVerID {}", code.code()));
    }
    let requirements = match spec.requirements {
        Requirements::WhereUsed => {
            "required in optional components and groups: where these are used"
        }
        Requirements::WithoutCondition => {
            "required in optional components and groups: nothing, as QuickFIX C++ has it"
        }
    };
    line(text, format_args!("  {requirements}"));
    line(text, format_args!("  content id {}", dictionary.id()));
}

fn line(text: &mut String, words: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    writeln!(text, "{words}").unwrap_or_default();
}
