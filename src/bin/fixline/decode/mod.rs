//! `fixline decode`: a FIX log as text that people can read.

mod around;
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
mod record;
mod scan;
mod secret;
mod short;
mod source;
mod stats;
mod text;

use std::cmp::Ordering;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use fixline::settings::Shown;
use fixline::wire::{SecretTags, Tag};

use around::Around;
use filter::{Filter, Wanted};
use html::Page;
use names::Names;
use options::Form;
pub(super) use options::Options;
use progress::Progress;
use record::Record;
use scan::{Item, Scanner};
use secret::Secrets;
use source::Source;
use stats::Stats;
use text::{Place, Style};

use super::tell::tell;

/// What is printed is gathered up to this size.
const GATHERED: usize = 64 << 10;

/// Bad lines are told one by one up to this many; the summary counts them all.
const TOLD_MAX: u64 = 1000;

/// What was found in all files together.
#[derive(Debug, Default)]
struct Summary {
    shown: u64,
    filtered: u64,
    bad: u64,
    silent: u64,
    wrong: u64,
    /// Files that could not be opened or understood.
    failed: u64,
}

/// Decodes as the options say.
pub(super) fn run(options: &Options) -> ExitCode {
    match decode(options) {
        Ok(summary) => {
            tell(&summary.text());
            if summary.shown == 0 && summary.filtered > 0 {
                dictionaries::hint(&options.types);
            }
            let is_failed = summary.failed > 0 || (options.strict && summary.bad > 0);
            ExitCode::from(if is_failed { 2 } else { u8::from(summary.shown == 0) })
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
    let invalid = |text| io::Error::new(io::ErrorKind::InvalidInput, text);
    if options.follow && logs.len() > 1 {
        return Err(invalid("--follow is for one file"));
    }
    let dictionaries = dictionaries::read(options)?;
    let fields = options.field.iter();
    let fields = fields.map(|text| Wanted::parse(text, |name| dictionaries.tags(name)));
    let filter = Filter {
        types: options.types.clone(),
        sessions: options.session.clone(),
        numbers: options.number.clone(),
        fields: fields.collect::<Result<_, _>>().map_err(|text| invalid_text(&text))?,
        since: options.since,
        until: options.until,
    };
    let secrets = SecretTags::new(&options.secret).map(Secrets);
    let secrets =
        secrets.ok_or_else(|| invalid("--secret is given too often: 16 times at most"))?;
    let style =
        Style { paint: options.color.paint(), secrets: &secrets, width: options.line_width() };
    let around = options.around.as_deref().map(|order| Around::new(order, &logs)).transpose()?;
    let out: Box<dyn Write> = match &options.html {
        Some(path) => Box::new(dictionaries::named(path, std::fs::File::create(path))?),
        None => Box::new(io::stdout().lock()),
    };
    let sink = match (&options.html, options.stats) {
        (Some(_), _) => Sink::Html(Page::new()),
        (None, true) => Sink::Stats(Box::default()),
        (None, false) => Sink::Text(options.form()),
    };
    let mut decoder = Decoder {
        out: BufWriter::with_capacity(GATHERED, out),
        style,
        filter,
        around,
        names: dictionaries.names(),
        sink,
        summary: Summary::default(),
    };
    decoder.begin()?;
    for log in &logs {
        let name = (logs.len() > 1).then(|| Shown(&log.display().to_string()).to_string());
        match decoder.log(log, name.as_deref(), options.follow) {
            Ok(()) => {}
            Err(Failure::Output(error)) => return Err(error),
            Err(Failure::Input(error)) => {
                decoder.summary.failed += 1;
                let log = log.display().to_string();
                tell(&format!("error: {}: {}", Shown(&log), Shown(&error.to_string())));
            }
        }
    }
    decoder.end()?;
    Ok(decoder.summary)
}

fn invalid_text(text: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("--field: {text}"))
}

/// Which side of the program failed: one log is no reason not to read the next.
enum Failure {
    Input(io::Error),
    Output(io::Error),
}

/// Where messages go.
enum Sink {
    Text(Form),
    Html(Page),
    Stats(Box<Stats>),
}

struct Decoder<'d, W: Write> {
    out: BufWriter<W>,
    style: Style<'d>,
    filter: Filter,
    around: Option<Around>,
    names: Names,
    sink: Sink,
    summary: Summary,
}

impl<W: Write> Decoder<'_, W> {
    fn begin(&mut self) -> io::Result<()> {
        if let Sink::Html(page) = &self.sink { page.begin(&mut self.out) } else { Ok(()) }
    }

    fn end(&mut self) -> io::Result<()> {
        match &mut self.sink {
            Sink::Text(_) => {}
            Sink::Html(page) => page.end(&mut self.out)?,
            Sink::Stats(stats) => stats.print(&mut self.out, self.style.secrets)?,
        }
        self.out.flush()
    }

    /// Decodes a log; its name is told with what is in it.
    fn log(&mut self, path: &Path, name: Option<&str>, follow: bool) -> Result<(), Failure> {
        let source = if path == Path::new("-") {
            source::standard_input()
        } else {
            source::open(path, follow)
        };
        let Source { reader, len } = source.map_err(Failure::Input)?;
        let progress = Progress::new(len);
        let mut scanner = Scanner::new(reader);
        let read = self.scan(&mut scanner, name, &progress);
        self.summary.silent += scanner.silent();
        read
    }

    fn scan(
        &mut self,
        scanner: &mut Scanner<impl Read>,
        name: Option<&str>,
        progress: &Progress,
    ) -> Result<(), Failure> {
        loop {
            let filled = scanner.fill();
            while let Some(item) = scanner.next() {
                match item {
                    Item::Message { line, bytes, prefix, frame } => {
                        if !self.filter.may_pass(&bytes[frame.begin..frame.end])
                            && !dictionaries::may_be_logon(&bytes[frame.begin..frame.end])
                        {
                            self.summary.filtered += 1;
                            continue;
                        }
                        let record = Record::read(bytes, prefix, &frame);
                        let place = Place { file: name, line };
                        self.message(&record, place).map_err(Failure::Output)?;
                    }
                    Item::Bad { line, reason } => self.bad(line, name, progress, reason),
                }
            }
            progress.at(scanner.total());
            // Whoever waits for more has seen what is there.
            self.out.flush().map_err(Failure::Output)?;
            if !filled.map_err(Failure::Input)? {
                return Ok(());
            }
        }
    }

    fn message(&mut self, record: &Record<'_>, place: Place<'_>) -> io::Result<()> {
        let layout = self.names.of(record);
        let msg_type = record.get(Tag::MSG_TYPE).unwrap_or_default();
        let passes = self.filter.passes(record, || layout.message_name(msg_type))
            && self.around.as_mut().is_none_or(|around| around.passes(record));
        if !passes {
            self.summary.filtered += 1;
            return Ok(());
        }
        self.summary.shown += 1;
        self.summary.wrong += u64::from(!record.is_right());
        let (out, style) = (&mut self.out, self.style);
        match &mut self.sink {
            Sink::Text(Form::Short) => short::print(out, style, place, record, layout),
            Sink::Text(Form::Long) => text::print(out, style, place, record, layout),
            Sink::Text(Form::Json) => json::print(out, style.secrets, place, record, layout),
            Sink::Html(page) => page.message(out, style.secrets, place, record, layout),
            Sink::Stats(stats) => {
                stats.add(record, layout);
                Ok(())
            }
        }
    }

    fn bad(&mut self, line: u64, name: Option<&str>, progress: &Progress, reason: &str) {
        self.summary.bad += 1;
        let place = name.map(|name| format!("{name}: ")).unwrap_or_default();
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
        let mut parts = vec![counted(self.shown, "message", "messages")];
        let others = [
            (self.wrong, "with a wrong length or sum", ""),
            (self.filtered, "left out by the filters", ""),
            (self.bad, "could not be read", ""),
            (self.silent, "line without a message", "lines without a message"),
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
