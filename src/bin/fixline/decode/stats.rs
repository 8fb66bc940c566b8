//! What a log comes to: how many messages of each type and session, what was rejected and why, gaps,
//! and how long answers took.

use std::collections::BTreeMap;
use std::io::{self, Write};

use fixline::settings::Shown;
use fixline::wire::{MsgKind, Tag, parse_uint};

use super::layout::Layout;
use super::moment::Moment;
use super::record::Record;
use super::secret::Secrets;

/// A table has so many rows at most; what else there is is counted together.
const ROWS_MAX: usize = 10_000;

/// So many requests wait for their answers.
const PENDING_MAX: usize = 200_000;

/// Longer identifiers are not kept.
const ID_MAX: usize = 256;

/// So many gaps are listed.
const GAPS_LISTED: usize = 20;

/// What has been counted.
#[derive(Default)]
pub(super) struct Stats {
    sessions: BTreeMap<Vec<u8>, Session>,
    /// Directions beyond those.
    others: u64,
    /// By message, reason and text.
    rejects: BTreeMap<String, u64>,
    gaps: Vec<String>,
    gap_count: u64,
    /// Requests by the side that sent them and ClOrdID.
    pending: BTreeMap<Vec<u8>, Times>,
    latencies: Latencies,
}

/// One direction of a session.
#[derive(Default)]
struct Session {
    types: BTreeMap<String, u64>,
    expected: Option<u64>,
    first: String,
    last: String,
}

/// When a message was: by the log, and by the sender.
#[derive(Clone, Copy)]
struct Times {
    log: Option<Moment>,
    sent: Option<Moment>,
}

impl Stats {
    pub(super) fn add(&mut self, record: &Record<'_>, layout: &Layout) {
        let id = |tag| record.get(tag).unwrap_or(b"?");
        let direction = [id(Tag::SENDER_COMP_ID), id(Tag::TARGET_COMP_ID)].join(&b'>');
        let msg_type = record.get(Tag::MSG_TYPE).unwrap_or_default();
        let name = || match layout.message_name(msg_type) {
            Some(name) => name.to_owned(),
            None => {
                format!("35={}", String::from_utf8_lossy(&msg_type[..msg_type.len().min(ID_MAX)]))
            }
        };
        let has_room = self.sessions.len() < ROWS_MAX && direction.len() <= 2 * ID_MAX;
        if has_room || self.sessions.contains_key(&direction) {
            let session = self.sessions.entry(direction.clone()).or_default();
            count(&mut session.types, name());
            session.see(record);
            if let Some(gap) = session.gap(record) {
                self.gap_count += 1;
                if self.gaps.len() < GAPS_LISTED {
                    self.gaps.push(format!("{}: {gap}", String::from_utf8_lossy(&direction)));
                }
            }
        } else {
            self.others += 1;
        }
        if let Some(reason) = reason(record, layout) {
            count(&mut self.rejects, format!("{}: {reason}", name()));
        }
        self.answer(record, msg_type);
    }

    /// Notes when a request was sent, and how long its first answer took.
    fn answer(&mut self, record: &Record<'_>, msg_type: &[u8]) {
        let Some(order) = record.get(Tag::CL_ORD_ID) else { return };
        let times = Times {
            log: Moment::find(record.prefix).map(|(moment, _)| moment),
            sent: record.get(Tag::SENDING_TIME).and_then(Moment::of_wire),
        };
        let key = |side| [record.get(side).unwrap_or_default(), order].join(&1);
        if matches!(msg_type, b"8" | b"9") {
            let Some(asked) = self.pending.remove(&key(Tag::TARGET_COMP_ID)) else { return };
            // Two clocks do not agree: the log's own is one.
            let passed = match (times.log, asked.log, times.sent, asked.sent) {
                (Some(now), Some(then), ..) => now.since(then),
                (.., Some(now), Some(then)) => now.since(then),
                _ => None,
            };
            passed.into_iter().for_each(|passed| self.latencies.add(passed));
            return;
        }
        let key = key(Tag::SENDER_COMP_ID);
        let is_again = record.get(Tag::POSS_DUP_FLAG) == Some(b"Y");
        if !is_again && key.len() <= 2 * ID_MAX && self.pending.len() < PENDING_MAX {
            self.pending.insert(key, times);
        }
    }

    pub(super) fn print(&self, out: &mut impl Write, secrets: &Secrets) -> io::Result<()> {
        let shown = |text: &str| secrets.shown_text(text.as_bytes()).into_owned();
        for (direction, session) in &self.sessions {
            let direction = secrets.shown_text(direction);
            let total: u64 = session.types.values().sum();
            let (first, last) = (shown(&session.first), shown(&session.last));
            writeln!(out, "{direction}  {total} messages, {first} to {last}")?;
            for (name, count) in sorted(&session.types) {
                writeln!(out, "  {count:>10}  {}", shown(name))?;
            }
        }
        if self.others > 0 {
            writeln!(out, "other sessions  {} messages", self.others)?;
        }
        if !self.rejects.is_empty() {
            writeln!(out, "\nrejects")?;
            for (reason, count) in sorted(&self.rejects) {
                writeln!(out, "  {count:>10}  {}", shown(reason))?;
            }
        }
        if self.gap_count > 0 {
            writeln!(out, "\ngaps")?;
            for gap in &self.gaps {
                writeln!(out, "  {}", shown(gap))?;
            }
            let more = self.gap_count - self.gaps.len() as u64;
            if more > 0 {
                writeln!(out, "  and {more} more")?;
            }
        }
        self.latencies.print(out)?;
        if !self.pending.is_empty() {
            writeln!(out, "  {} requests without an answer", self.pending.len())?;
        }
        Ok(())
    }
}

impl Session {
    fn see(&mut self, record: &Record<'_>) {
        let sent = record.get(Tag::SENDING_TIME).unwrap_or(b"?");
        let sent = Shown(&String::from_utf8_lossy(&sent[..sent.len().min(32)])).to_string();
        if self.first.is_empty() {
            self.first.clone_from(&sent);
        }
        self.last = sent;
    }

    /// Numbers that were passed over.
    fn gap(&mut self, record: &Record<'_>) -> Option<String> {
        let number = record.get(Tag::MSG_SEQ_NUM).and_then(parse_uint)?;
        if record.get(Tag::POSS_DUP_FLAG) == Some(b"Y") {
            return None;
        }
        let is_reset = record.get(Tag::RESET_SEQ_NUM_FLAG) == Some(b"Y");
        let is_jump = MsgKind::of(record.get(Tag::MSG_TYPE)?) == MsgKind::SequenceReset;
        let next = match record.get(Tag::NEW_SEQ_NO).and_then(parse_uint) {
            Some(next) if is_jump => next,
            _ => number.saturating_add(1),
        };
        // A log may have a message twice, and sessions begin anew.
        let expected = self.expected.replace(next)?;
        let is_gap = number > expected && !is_reset && !is_jump;
        is_gap.then(|| format!("expected {expected}, got {number}"))
    }
}

/// Why something was rejected, in the words of the message.
fn reason(record: &Record<'_>, layout: &Layout) -> Option<String> {
    let msg_type = record.get(Tag::MSG_TYPE)?;
    let tag = match msg_type {
        b"3" => 373,
        b"j" => 380,
        b"9" => 102,
        b"Y" => 281,
        b"8" if record.get(Tag::EXEC_TYPE) == Some(b"8")
            || record.get(Tag::ORD_STATUS) == Some(b"8") =>
        {
            103
        }
        _ => return None,
    };
    let code = record.get(Tag::new(tag)?).unwrap_or(b"no reason");
    let code = &code[..code.len().min(ID_MAX)];
    let code = layout.meaning(tag, code).unwrap_or_else(|| String::from_utf8_lossy(code));
    let text = record.get(Tag::TEXT).unwrap_or_default();
    let text = String::from_utf8_lossy(&text[..text.len().min(ID_MAX)]);
    Some(if text.is_empty() { code.into_owned() } else { format!("{code}: {text}") })
}

/// Counts in a table that does not grow without bounds.
fn count(table: &mut BTreeMap<String, u64>, row: String) {
    let row = if table.len() < ROWS_MAX || table.contains_key(&row) { row } else { "other".into() };
    *table.entry(row).or_default() += 1;
}

/// The largest first.
fn sorted(table: &BTreeMap<String, u64>) -> Vec<(&str, u64)> {
    let mut rows: Vec<_> = table.iter().map(|(row, count)| (row.as_str(), *count)).collect();
    rows.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    rows
}

/// Times in microseconds, each to one part in sixteen.
#[derive(Default)]
struct Latencies {
    buckets: BTreeMap<u64, u64>,
    count: u64,
    longest: u64,
}

impl Latencies {
    fn add(&mut self, micros: u64) {
        let bits = u64::BITS - micros.leading_zeros();
        let dropped = bits.saturating_sub(5);
        *self.buckets.entry(micros >> dropped << dropped).or_default() += 1;
        self.count += 1;
        self.longest = self.longest.max(micros);
    }

    /// The time that so many in a thousand do not exceed.
    fn quantile(&self, thousandth: u64) -> u64 {
        let wanted = (self.count * thousandth).div_ceil(1000);
        let mut seen = 0;
        for (&bucket, &count) in &self.buckets {
            seen += count;
            if seen >= wanted {
                return bucket;
            }
        }
        self.longest
    }

    fn print(&self, out: &mut impl Write) -> io::Result<()> {
        const WIDTH: u64 = 40;
        if self.count == 0 {
            return Ok(());
        }
        writeln!(out, "\nfirst answers by ClOrdID: {}", self.count)?;
        for (name, thousandth) in [("50%", 500), ("90%", 900), ("99%", 990), ("99.9%", 999)] {
            writeln!(out, "  {name:>6}  {}", duration(self.quantile(thousandth)))?;
        }
        writeln!(out, "  {:>6}  {}", "most", duration(self.longest))?;
        // A row for each doubling.
        let mut rows: BTreeMap<u32, u64> = BTreeMap::new();
        for (&bucket, &count) in &self.buckets {
            *rows.entry(u64::BITS - bucket.leading_zeros()).or_default() += count;
        }
        let most = rows.values().copied().max().unwrap_or(1).max(1);
        for (bits, count) in rows {
            let below = duration(1_u64.checked_shl(bits).unwrap_or(u64::MAX));
            let bar = "#".repeat(usize::try_from((count * WIDTH).div_ceil(most)).unwrap_or(0));
            writeln!(out, "  < {below:>9}  {count:>9}  {bar}")?;
        }
        Ok(())
    }
}

/// Microseconds as people write them.
fn duration(micros: u64) -> String {
    match micros {
        0..1_000 => format!("{micros}us"),
        1_000..1_000_000 => format!("{}.{:03}ms", micros / 1_000, micros % 1_000),
        _ => format!("{}.{:03}s", micros / 1_000_000, micros / 1_000 % 1_000),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::first;
    use super::*;

    fn stats(lines: &[&str]) -> String {
        let mut stats = Stats::default();
        for line in lines {
            stats.add(&first(line.as_bytes()), &Layout::default());
        }
        let mut out = Vec::new();
        stats.print(&mut out, &Secrets::default()).unwrap();
        String::from_utf8(out).unwrap()
    }

    // FILE-13
    #[test]
    fn a_log_is_counted() {
        let text = stats(&[
            "10:00:00.000 8=FIX.4.4|9=1|35=D|49=A|56=B|34=1|52=20261123-10:00:00|11=1|10=000|",
            "10:00:00.001 8=FIX.4.4|9=1|35=8|49=B|56=A|34=1|52=20261123-10:00:00|11=1|10=000|",
            "10:00:01.000 8=FIX.4.4|9=1|35=D|49=A|56=B|34=4|52=20261123-10:00:01|11=2|10=000|",
            "10:00:01.512 8=FIX.4.4|9=1|35=8|49=B|56=A|34=2|52=20261123-10:00:01|11=2|150=8|103=0|\
             58=no\u{1b}|10=000|",
            "10:00:02.000 8=FIX.4.4|9=1|35=D|49=A|56=B|34=5|52=20261123-10:00:02|11=3|10=000|",
        ]);
        let expected = "\
A>B  3 messages, 20261123-10:00:00 to 20261123-10:00:02
           3  35=D
B>A  2 messages, 20261123-10:00:00 to 20261123-10:00:01
           2  35=8

rejects
           1  35=8: 0: no\\x1b

gaps
  A>B: expected 2, got 4

first answers by ClOrdID: 2
     50%  992us
     90%  507.904ms
     99%  507.904ms
   99.9%  507.904ms
    most  512.000ms
  <   1.024ms          1  ########################################
  < 524.288ms          1  ########################################
  1 requests without an answer
";
        assert_eq!(text, expected, "{text}");
    }
}
