//! `fixline decode`: a FIX log as text that people can read.

mod filter;
mod json;
mod layout;
mod line;
mod names;
mod progress;
mod record;
mod text;

use std::cmp::Ordering;
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, IsTerminal, Write};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use fixline::dictionary::{Dictionary, Spec, Standard};
use fixline::settings::{dictionary_file, nearest};
use fixline::wire::Tag;

use filter::{Filter, Parties, parse_numbers};
use line::{Line, Lines};
use names::Names;
use progress::Progress;
use record::Record;
use text::Paint;

/// Where a log is read in pieces of this size.
const PIECE: usize = 64 << 10;

/// Bad lines are told one by one up to this many; the summary counts them all.
const TOLD_MAX: u64 = 1000;

/// Print the messages of a FIX log so that people can read them
///
/// Reads logs line by line: SOH, `|` or `^A` between the fields, anything before and behind the
/// message. Prints names of messages, fields and values, groups indented, and whether BodyLength and
/// CheckSum are right. Passwords are not shown. What cannot be read is reported by line on standard
/// error, and counted there; the exit code is 1 then, and 2 if a file cannot be read.
///
/// Of several filters a message must pass each; of several values of one filter, any.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The logs; standard input if they are left out, or for `-`
    files: Vec<PathBuf>,
    /// Only messages of this type: `D` or `NewOrderSingle`, several with commas
    #[arg(long = "type", short = 't', value_name = "TYPE", value_delimiter = ',')]
    types: Vec<String>,
    /// Only messages of this CompID, or of one direction: `CLIENT>BROKER`
    #[arg(long, short, value_name = "ID", value_parser = Parties::parse)]
    session: Vec<Parties>,
    /// Only messages of this MsgSeqNum or range: `7`, `7-9`, `7-`
    #[arg(long, short = 'n', value_name = "RANGE", value_parser = parse_numbers)]
    number: Vec<RangeInclusive<u64>>,
    /// JSON, one message a line, as the guide describes it
    #[arg(long)]
    json: bool,
    /// Colour in the text
    #[arg(long, value_enum, default_value_t = Colour::Auto)]
    colour: Colour,
    /// The application version of FIXT.1.1 messages that do not say theirs
    #[arg(long, value_name = "VERSION", default_value = "FIX.5.0SP2")]
    default_version: String,
    /// A dictionary for all messages, in place of the shipped ones: XML of QuickFIX, FIX Orchestra, or
    /// fixline's text form
    #[arg(long, value_name = "FILE")]
    dictionary: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Colour {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Into a pager or a file as well
    Always,
    /// Nowhere
    Never,
}

impl Colour {
    fn paint(self) -> Paint {
        let colour = match self {
            Self::Auto => {
                io::stdout().is_terminal()
                    && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty())
            }
            Self::Always => true,
            Self::Never => false,
        };
        Paint { colour }
    }
}

/// What was found in all files together.
#[derive(Debug, Default)]
struct Summary {
    shown: u64,
    filtered: u64,
    bad: u64,
    silent: u64,
    wrong: u64,
}

/// Decodes as the options say. Fails if a file cannot be read, and if a line could not be decoded.
pub(super) fn run(options: &Options) -> ExitCode {
    match decode(options) {
        Ok(summary) => {
            summary.print();
            if summary.shown == 0 && summary.filtered > 0 {
                hint(&options.types);
            }
            if summary.bad == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) }
        }
        // Whoever reads has read enough: `fixline decode log | head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// What misspelt types were meant to be, when nothing was of any type that was asked for.
fn hint(types: &[String]) {
    let specs = Standard::ALL.map(Standard::spec);
    let messages = || specs.iter().flat_map(|spec| &spec.messages);
    for wanted in types {
        let is_known = messages().any(|message| {
            message.msg_type == *wanted || message.name.eq_ignore_ascii_case(wanted)
        });
        let meant = nearest(wanted, messages().map(|message| message.name.as_str()));
        if let Some(name) = meant.filter(|_| !is_known) {
            eprintln!("--type {wanted}: did you mean {name}?");
        }
    }
}

fn decode(options: &Options) -> io::Result<Summary> {
    if shipped(&options.default_version).is_none() {
        let known = Standard::ALL.map(Standard::name).join(", ");
        let text = format!("--default-version {}: give one of {known}", options.default_version);
        return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
    }
    let given = options.dictionary.as_deref().map(dictionary).transpose()?;
    let names = Names::new(given.as_ref(), &options.default_version, shipped);
    let mut decoder = Decoder {
        out: BufWriter::with_capacity(PIECE, io::stdout().lock()),
        paint: options.colour.paint(),
        json: options.json,
        filter: Filter {
            types: options.types.clone(),
            sessions: options.session.clone(),
            numbers: options.number.clone(),
        },
        names,
        summary: Summary::default(),
    };
    let standard_input = [PathBuf::from("-")];
    let files = if options.files.is_empty() { &standard_input[..] } else { &options.files };
    for path in files {
        let named = |error: io::Error| {
            if error.kind() == io::ErrorKind::BrokenPipe {
                return error;
            }
            io::Error::new(error.kind(), format!("{}: {error}", path.display()))
        };
        decode_file(path, files.len() > 1, &mut decoder).map_err(named)?;
    }
    decoder.out.flush()?;
    Ok(decoder.summary)
}

/// The dictionary in a file. What cannot be compiled, components that contain themselves for
/// one, is not printed with either.
fn dictionary(path: &Path) -> io::Result<Spec> {
    let spec = dictionary_file(path)?;
    Dictionary::compile(&spec).map_err(|error| {
        io::Error::new(io::ErrorKind::InvalidData, format!("{}: {error}", path.display()))
    })?;
    Ok(spec)
}

fn shipped(version: &str) -> Option<Spec> {
    Standard::from_name(version).map(Standard::spec)
}

fn decode_file(path: &Path, several: bool, decoder: &mut Decoder<impl Write>) -> io::Result<()> {
    let name = several.then(|| path.display().to_string());
    if path == Path::new("-") {
        let source = BufReader::with_capacity(PIECE, io::stdin().lock());
        return decoder.file(source, name.as_deref(), &Progress::new(None));
    }
    let file = File::open(path)?;
    let found = file.metadata()?;
    // Of a pipe nobody knows the length: `fixline decode <(zcat log.gz)`.
    let progress = Progress::new(found.is_file().then_some(found.len()));
    decoder.file(BufReader::with_capacity(PIECE, file), name.as_deref(), &progress)
}

struct Decoder<W> {
    out: W,
    paint: Paint,
    json: bool,
    filter: Filter,
    names: Names,
    summary: Summary,
}

impl<W: Write> Decoder<W> {
    /// Decodes a file; its name is told with what is bad in it.
    fn file(
        &mut self,
        source: impl BufRead,
        name: Option<&str>,
        progress: &Progress,
    ) -> io::Result<()> {
        let mut lines = Lines::new(source);
        while let Some((number, line)) = lines.next()? {
            match line {
                Line::Read(line) => self.line(line, number, name, progress)?,
                Line::TooLong => self.bad(number, name, progress, "longer than 4 MiB"),
            }
            progress.at(lines.bytes());
        }
        Ok(())
    }

    /// Prints every message of a line.
    fn line(
        &mut self,
        line: &[u8],
        number: u64,
        name: Option<&str>,
        progress: &Progress,
    ) -> io::Result<()> {
        let mut rest = line;
        let mut any = false;
        while let Some(found) = record::first(rest) {
            any = true;
            rest = match found {
                Ok((record, after)) => {
                    self.message(&record, number)?;
                    after
                }
                Err(bad) => {
                    self.bad(number, name, progress, bad.reason);
                    bad.rest
                }
            };
        }
        self.summary.silent += u64::from(!any);
        Ok(())
    }

    fn message(&mut self, record: &Record<'_>, number: u64) -> io::Result<()> {
        let layout = self.names.of(record);
        let msg_type = record.get(Tag::MSG_TYPE).unwrap_or_default();
        if !self.filter.passes(record, layout.message_name(msg_type)) {
            self.summary.filtered += 1;
            return Ok(());
        }
        self.summary.shown += 1;
        self.summary.wrong += u64::from(!record.is_right());
        if self.json {
            json::print(&mut self.out, number, record, layout)
        } else {
            text::print(&mut self.out, self.paint, number, record, layout)
        }
    }

    fn bad(&mut self, number: u64, name: Option<&str>, progress: &Progress, reason: &str) {
        self.summary.bad += 1;
        let place = name.map(|name| format!("{name}: ")).unwrap_or_default();
        match self.summary.bad.cmp(&TOLD_MAX) {
            Ordering::Less => progress.say(&format!("{place}line {number}: {reason}")),
            Ordering::Equal => progress.say("further bad lines are counted, but not listed"),
            Ordering::Greater => {}
        }
    }
}

impl Summary {
    /// One line on standard error.
    fn print(&self) {
        let mut parts = vec![counted(self.shown, "message", "messages")];
        let others = [
            (self.wrong, "with a wrong length or sum", ""),
            (self.filtered, "left out by the filters", ""),
            (self.bad, "could not be read", ""),
            (self.silent, "line without a message", "lines without a message"),
        ];
        let told = others.into_iter().filter(|(count, ..)| *count > 0);
        parts.extend(told.map(|(count, one, many)| counted(count, one, many)));
        eprintln!("{}", parts.join(", "));
    }
}

/// `1 line`, `2 lines`; the same words for both if `many` has none.
fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 || many.is_empty() { one } else { many })
}
