//! `fixline decode`: a FIX log as text that people can read.

mod around;
mod crew;
mod decoder;
mod dictionaries;
mod filter;
mod frame;
mod html;
mod json;
mod layout;
mod logs;
mod moment;
mod names;
mod options;
mod progress;
mod reader;
mod record;
mod scan;
mod secret;
mod short;
mod source;
mod stats;
mod text;
mod told;

use std::cmp::Ordering;
use std::fs::File;
use std::io::{self, Write};
use std::mem;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use fixline::settings::Shown;
use fixline::wire::SecretTags;

use around::Around;
use decoder::{Counts, Decoder, Done, Sink};
use dictionaries::Given;
use filter::{Filter, Wanted};
use html::Page;
pub(super) use options::Options;
use progress::Progress;
use reader::Reader;
use secret::Secrets;

use super::tell::tell;

/// Bad lines are told one by one up to this many; the summary counts them all.
const TOLD_MAX: u64 = 1000;

/// What was found in all files together.
#[derive(Debug)]
struct Summary {
    counts: Counts,
    bad: u64,
    /// Files that could not be opened or understood.
    failed: u64,
}

/// Decodes as the options say.
pub(super) fn run(options: &Options) -> ExitCode {
    match decode(options) {
        Ok(summary) => {
            tell(&summary.text());
            let Counts { shown, filtered, .. } = summary.counts;
            if shown == 0 && filtered > 0 {
                dictionaries::hint(&options.types);
            }
            let is_failed = summary.failed > 0 || (options.strict && summary.bad > 0);
            ExitCode::from(if is_failed { 2 } else { u8::from(shown == 0) })
        }
        // Whoever reads has read enough: `fixline decode log | head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            tell(&format!("error: {}", Shown(&error.to_string())));
            ExitCode::from(2)
        }
    }
}

fn decode(options: &Options) -> io::Result<Summary> {
    let logs = logs::of(&options.files)?;
    if options.follow && logs.len() > 1 {
        return Err(invalid("--follow is for one file".to_owned()));
    }
    let dictionaries = dictionaries::read(options)?;
    let filter = filter(options, &dictionaries)?;
    let secrets = SecretTags::new(&options.secret).map(Secrets);
    let secrets = secrets
        .ok_or_else(|| invalid("--secret is given too often: 16 times at most".to_owned()))?;
    let mut around =
        options.around.as_deref().map(|order| Around::new(order, &logs)).transpose()?;
    let mut out: Box<dyn Write + Send> = match &options.html {
        Some(path) => Box::new(dictionaries::named(path, File::create(path))?),
        None => Box::new(io::stdout()),
    };
    let mut sink = Sink::Text(options.form());
    if options.html.is_some() {
        sink = Sink::Html(Page::begin(&mut out)?);
    } else if options.stats {
        sink = Sink::Stats(Box::default());
    }
    // What comes of a message hangs together with those before it.
    let is_one = around.is_some() || !matches!(sink, Sink::Text(_));
    let name = |log: &PathBuf| Shown(&log.display().to_string()).to_string();
    let names: Arc<[String]> = logs.iter().map(name).collect();
    let threads = options.threads();
    let workers = (0..if is_one { 1 } else { threads }).map(|_| Decoder {
        paint: options.color.paint(),
        width: options.line_width(),
        secrets,
        filter: filter.clone(),
        around: around.take(),
        names: dictionaries.names(),
        sink: mem::replace(&mut sink, Sink::Text(options.form())),
        files: (logs.len() > 1).then(|| Arc::clone(&names)),
    });
    let mut workers: Vec<_> =
        workers.map(|mut decoder| move |job, out: &mut _| decoder.work(job, out)).collect();
    let mut teller = Teller::new(&names);
    let finish = |done| teller.hear(done);
    let reader = Reader::new(logs.clone(), options.follow);
    match &mut workers[..] {
        [worker] if threads == 1 => crew::alone(reader, worker, out, finish)?,
        _ => crew::in_order(reader, workers, out, finish)?,
    }
    Ok(teller.summary)
}

fn filter(options: &Options, dictionaries: &Given) -> io::Result<Filter> {
    let fields = options.field.iter();
    let fields = fields.map(|text| Wanted::parse(text, |name| dictionaries.tags(name)));
    let fields: Result<_, _> = fields.collect();
    Ok(Filter {
        types: options.types.clone(),
        type_starts: dictionaries.type_starts(&options.types),
        sessions: options.session.clone(),
        numbers: options.number.clone(),
        fields: fields.map_err(|text| invalid(format!("--field: {text}")))?,
        since: options.since,
        until: options.until,
    })
}

fn invalid(text: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, text)
}

/// Says on standard error what comes of the logs besides their messages.
struct Teller<'n> {
    names: &'n [String],
    /// How far the log is that is being decoded, and which that is.
    progress: Option<(usize, Progress)>,
    summary: Summary,
}

impl<'n> Teller<'n> {
    const fn new(names: &'n [String]) -> Self {
        Self { names, progress: None, summary: Summary { counts: Counts::NONE, bad: 0, failed: 0 } }
    }

    fn hear(&mut self, done: Done) {
        let Done { log, len, read, counts, bad, failure } = done;
        self.summary.counts.add(&counts);
        if self.progress.as_ref().is_none_or(|(shown, _)| *shown != log) {
            self.progress = Some((log, Progress::new(len)));
        }
        bad.into_iter().for_each(|(line, reason)| self.bad(log, line, reason));
        if let Some((_, progress)) = &self.progress {
            progress.at(read);
        }
        if let Some(error) = failure {
            self.summary.failed += 1;
            self.progress = None;
            tell(&format!("error: {}: {}", self.names[log], Shown(&error.to_string())));
        }
    }

    fn bad(&mut self, log: usize, line: u64, reason: &str) {
        self.summary.bad += 1;
        let Some((_, progress)) = &self.progress else { return };
        let place =
            if self.names.len() > 1 { format!("{}: ", self.names[log]) } else { String::new() };
        match self.summary.bad.cmp(&TOLD_MAX) {
            Ordering::Less => progress.say(&format!("{place}line {line}: {reason}")),
            Ordering::Equal => progress.say("further bad lines are counted, but not listed"),
            Ordering::Greater => {}
        }
    }
}

impl Summary {
    /// One line for standard error.
    fn text(&self) -> String {
        let mut parts = vec![counted(self.counts.shown, "message", "messages")];
        let others = [
            (self.counts.wrong, "with a wrong length or sum", ""),
            (self.counts.filtered, "left out by the filters", ""),
            (self.bad, "could not be read", ""),
            (self.counts.silent, "line without a message", "lines without a message"),
        ];
        let told = others.into_iter().filter(|(count, ..)| *count > 0);
        parts.extend(told.map(|(count, one, many)| counted(count, one, many)));
        parts.join(", ")
    }
}

/// `1 line`, `2 lines`; the same words for both if `many` has none.
fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 || many.is_empty() { one } else { many })
}

#[cfg(test)]
mod tests;
