//! What `fixline decode` is asked for.

use std::io::{self, IsTerminal};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::thread;

use clap::{Args, ValueEnum};
use fixline::wire::Tag;

use super::filter::{Parties, parse_numbers};
use super::moment::Moment;
use super::text::Paint;

/// Print the messages of FIX logs so that people can read them
///
/// Finds messages wherever they stand in a log, with any delimiter between their fields; logs may be
/// packed by gzip or zstd, and be in UTF-16. On a terminal each message is a line; elsewhere, or with
/// --long, each field is one, with groups indented and BodyLength and CheckSum judged. Passwords are
/// not shown. What cannot be read is reported by line on standard error.
///
/// Of several filters a message must pass each; of several values of one filter, any; but of several
/// fields, each.
///
/// The exit code is 0 if a message was shown, 1 if none was, 2 if a file could not be opened or
/// understood.
#[derive(Debug, Args)]
pub(in super::super) struct Options {
    /// The logs, and folders of logs; standard input if they are left out, or for `-`
    pub(super) files: Vec<PathBuf>,
    /// Only messages of this type: `D` or `NewOrderSingle`, several with commas
    #[arg(long = "type", short = 't', value_name = "TYPE", value_delimiter = ',')]
    pub(super) types: Vec<String>,
    /// Only messages of this CompID, or of one direction: `CLIENT>BROKER`
    #[arg(long, short, value_name = "ID", value_parser = Parties::parse)]
    pub(super) session: Vec<Parties>,
    /// Only messages of this MsgSeqNum or range: `7`, `7-9`, `7-`
    #[arg(long, short = 'n', value_name = "RANGE", value_parser = parse_numbers)]
    pub(super) number: Vec<RangeInclusive<u64>>,
    /// Only messages with this field: `11=O17`, `ClOrdID=O17`, or `11` with any value
    #[arg(long, short = 'f', value_name = "FIELD=VALUE")]
    pub(super) field: Vec<String>,
    /// Only messages sent at this time or later: `10:00`, `2026-11-23`, `20261123-10:00:00.123`, UTC
    #[arg(long, value_name = "TIME", value_parser = Moment::parse)]
    pub(super) since: Option<Moment>,
    /// Only messages sent before this time
    #[arg(long, value_name = "TIME", value_parser = Moment::parse)]
    pub(super) until: Option<Moment>,
    /// Only messages about an order, by one of its ClOrdIDs or its OrderID: replacements and
    /// cancellations are followed
    #[arg(long, value_name = "ORDER", conflicts_with = "follow")]
    pub(super) around: Option<String>,
    /// A message a line: the time, where from and to, the number, the type, and what matters
    #[arg(long, conflicts_with_all = ["long", "json"])]
    pub(super) short: bool,
    /// A field a line
    #[arg(long, short = 'l', conflicts_with = "json")]
    pub(super) long: bool,
    /// JSON, one message a line, as the guide describes it
    #[arg(long)]
    pub(super) json: bool,
    /// Counts and times in place of the messages
    #[arg(long, conflicts_with_all = ["short", "long", "json", "follow"])]
    pub(super) stats: bool,
    /// Write a page for a browser to this file in place of the messages
    #[arg(long, value_name = "FILE", conflicts_with_all = ["short", "long", "json", "stats", "follow"])]
    pub(super) html: Option<PathBuf>,
    /// Wait for what is written to the log later on, as `tail -f` does
    #[arg(long, short = 'F')]
    pub(super) follow: bool,
    /// Colour in the text
    #[arg(long, visible_alias = "colour", value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    pub(super) color: Colour,
    /// Cut the lines of --short after so many characters; 0 for never [default: the terminal's width]
    #[arg(long, value_name = "COLUMNS")]
    pub(super) width: Option<usize>,
    /// How many threads decode; what is printed is the same [default: as many as the machine runs at
    /// once]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u8).range(1..))]
    pub(super) threads: Option<u8>,
    /// A line that cannot be read makes the exit code 2
    #[arg(long)]
    pub(super) strict: bool,
    /// The application version of FIXT.1.1 messages that do not say theirs [default: that of a
    /// --dictionary of FIX.5.0 and later, else FIX.5.0SP2]
    #[arg(long, value_name = "VERSION")]
    pub(super) default_version: Option<String>,
    /// A dictionary that stands before the shipped ones, for messages of its version: XML of QuickFIX,
    /// FIX Orchestra, or fixline's text form
    #[arg(long, value_name = "FILE")]
    pub(super) dictionary: Vec<PathBuf>,
    /// What is laid over every dictionary: a venue's own fields and messages, in the same forms
    #[arg(long, value_name = "FILE")]
    pub(super) overlay: Vec<PathBuf>,
    /// A field whose value is never shown, beyond those that FIX has for passwords and keys
    #[arg(long, value_name = "TAG", value_parser = tag)]
    pub(super) secret: Vec<Tag>,
}

fn tag(text: &str) -> Result<Tag, String> {
    let tag = text.parse().ok().and_then(Tag::new);
    tag.ok_or_else(|| format!("`{text}` is no tag such as 9001"))
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Colour {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Into a pager or a file as well
    Always,
    /// Nowhere
    Never,
}

impl Colour {
    pub(super) fn paint(self) -> Paint {
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

/// How messages are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Short,
    Long,
    Json,
}

impl Options {
    pub(super) fn form(&self) -> Form {
        match (self.short, self.long, self.json) {
            (_, _, true) => Form::Json,
            (_, true, _) => Form::Long,
            (true, ..) => Form::Short,
            _ if io::stdout().is_terminal() => Form::Short,
            _ => Form::Long,
        }
    }

    /// How many threads decode.
    pub(super) fn threads(&self) -> usize {
        /// One thread reads: more than these would wait for it.
        const USEFUL: usize = 8;
        match self.threads {
            Some(threads) => threads.into(),
            None => thread::available_parallelism().map_or(1, |most| most.get().min(USEFUL)),
        }
    }

    /// How long a line may be, in characters.
    pub(super) fn line_width(&self) -> Option<usize> {
        match self.width {
            Some(0) => None,
            Some(width) => Some(width),
            None if io::stdout().is_terminal() => {
                terminal_size::terminal_size().map(|(width, _)| usize::from(width.0))
            }
            None => None,
        }
    }
}
