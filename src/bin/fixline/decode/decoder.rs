//! What becomes of each piece of a log: its messages are read, judged by the filters, and printed.

use std::io;
use std::sync::Arc;

use fixline::wire::Tag;

use super::around::Around;
use super::crew::Out;
use super::filter::Filter;
use super::html::Page;
use super::json;
use super::names::Names;
use super::options::Form;
use super::reader::{Job, Part};
use super::record::Record;
use super::scan::What;
use super::secret::Secrets;
use super::short;
use super::stats::Stats;
use super::text::{self, Paint, Place, Style};
use super::told::Told;

/// How much was found.
#[derive(Debug)]
pub(super) struct Counts {
    pub(super) shown: u64,
    pub(super) filtered: u64,
    pub(super) silent: u64,
    pub(super) wrong: u64,
}

impl Counts {
    pub(super) const NONE: Self = Self { shown: 0, filtered: 0, silent: 0, wrong: 0 };

    pub(super) fn add(&mut self, other: &Self) {
        self.shown += other.shown;
        self.filtered += other.filtered;
        self.silent += other.silent;
        self.wrong += other.wrong;
    }
}

/// What comes of a job besides text.
pub(super) struct Done {
    /// The place of the log among all.
    pub(super) log: usize,
    /// How long the log is, if that is known, and how much of it is done.
    pub(super) len: Option<u64>,
    pub(super) read: u64,
    pub(super) counts: Counts,
    /// The lines on which messages begin that cannot be read, and why not.
    pub(super) bad: Vec<(u64, &'static str)>,
    /// Why the log cannot be read any further.
    pub(super) failure: Option<io::Error>,
}

/// Where messages go.
pub(super) enum Sink {
    Text(Form),
    Html(Page),
    Stats(Box<Stats>),
}

/// Decodes pieces.
pub(super) struct Decoder {
    pub(super) paint: Paint,
    pub(super) width: Option<usize>,
    pub(super) secrets: Secrets,
    pub(super) filter: Filter,
    pub(super) around: Option<Around>,
    pub(super) names: Names,
    pub(super) sink: Sink,
    /// What the logs are called, where there are several.
    pub(super) files: Option<Arc<[String]>>,
}

impl Decoder {
    pub(super) fn work(&mut self, job: Job, out: &mut Out) -> io::Result<Done> {
        let mut done = Done {
            log: 0,
            len: None,
            read: 0,
            counts: Counts::NONE,
            bad: Vec::new(),
            failure: None,
        };
        match job {
            Job::Piece(part) => {
                (done.log, done.len, done.read) = (part.log, part.len, part.read);
                self.part(part, out, &mut done)?;
            }
            Job::Ended { log, silent, failure } => {
                (done.log, done.counts.silent, done.failure) = (log, silent, failure);
            }
            Job::Finished => match &self.sink {
                Sink::Text(_) => {}
                Sink::Html(page) => page.end(out)?,
                Sink::Stats(stats) => stats.print(out, &self.secrets)?,
            },
        }
        Ok(done)
    }

    fn part(&mut self, part: Part, out: &mut Out, done: &mut Done) -> io::Result<()> {
        let Part { log, piece, mut told, .. } = part;
        let files = self.files.clone();
        let file = files.as_ref().and_then(|files| files.get(log)).map(String::as_str);
        for find in &piece.finds {
            let frame = match &find.what {
                What::Message(frame) => frame,
                What::Bad(reason) => {
                    done.bad.push((find.line, reason));
                    continue;
                }
            };
            let raw = piece.raw(frame);
            let may_pass = self.filter.may_pass(raw);
            if !may_pass && !Told::may_tell(raw) {
                done.counts.filtered += 1;
                continue;
            }
            let record = piece.record(find, frame);
            told.learn(&record);
            let place = Place { file, line: find.line };
            self.message(&told, &record, place, out, &mut done.counts)?;
        }
        Ok(())
    }

    fn message(
        &mut self,
        told: &Told,
        record: &Record<'_>,
        place: Place<'_>,
        out: &mut Out,
        counts: &mut Counts,
    ) -> io::Result<()> {
        let layout = self.names.of(told, record);
        let msg_type = record.get(Tag::MSG_TYPE).unwrap_or_default();
        let passes = self.filter.passes(record, || layout.message_name(msg_type))
            && self.around.as_mut().is_none_or(|around| around.passes(record));
        if !passes {
            counts.filtered += 1;
            return Ok(());
        }
        counts.shown += 1;
        counts.wrong += u64::from(!record.is_right());
        let secrets = &self.secrets;
        let style = Style { paint: self.paint, secrets, width: self.width };
        match &mut self.sink {
            Sink::Text(Form::Short) => short::print(out, style, place, record, layout),
            Sink::Text(Form::Long) => text::print(out, style, place, record, layout),
            Sink::Text(Form::Json) => json::print(out, secrets, place, record, layout),
            Sink::Html(page) => page.message(out, secrets, place, record, layout),
            Sink::Stats(stats) => {
                stats.add(record, layout);
                Ok(())
            }
        }
    }
}
