//! Which orders were sent, and which came back.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;

/// The orders of one session: ClOrdID(11) is a name that no other run has, and a number from 1 on.
#[derive(Debug)]
pub(crate) struct Book {
    name: String,
    /// Orders 1 to here have a MsgSeqNum.
    sent: u64,
    back: BTreeMap<u64, Back>,
    /// Where all this is written down before it counts.
    journal: Option<File>,
}

/// How often an order came back.
#[derive(Clone, Copy, Debug, Default)]
struct Back {
    plain: u32,
    repeated: u32,
}

/// What became of all orders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) sent: u64,
    pub(crate) back: u64,
    /// Came again with PossDupFlag.
    pub(crate) repeated: u64,
    pub(crate) missing: Vec<u64>,
    /// Came again without PossDupFlag.
    pub(crate) twice: Vec<u64>,
    /// Came back and were never sent.
    pub(crate) unknown: Vec<u64>,
}

impl Book {
    /// A book without a journal, under a name that no other run has.
    pub(crate) fn new(name: String) -> Self {
        Self { name, sent: 0, back: BTreeMap::new(), journal: None }
    }

    /// The book whose journal is in this file; a new one under `name` if there is none.
    pub(crate) fn open(path: &Path, name: String) -> io::Result<Self> {
        let mut book = Self::new(name);
        let journal = OpenOptions::new().create(true).append(true).read(true).open(path)?;
        let mut is_new = true;
        for line in BufReader::new(&journal).lines() {
            is_new = false;
            book.replay(&line?);
        }
        book.journal = Some(journal);
        if is_new {
            let name = book.name.clone();
            book.write(format_args!("name {name}"))?;
        }
        Ok(book)
    }

    /// Takes a line of the journal over. One that a kill cut off means nothing.
    fn replay(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        match (words.as_slice(), words.get(1).and_then(|word| word.parse().ok())) {
            (["name", name], _) => self.name = (*name).to_owned(),
            (["sent", _, "."], Some(number)) => self.sent = self.sent.max(number),
            (["back", _, how, "."], Some(number)) => self.count(number, *how == "again"),
            _ => {}
        }
    }

    fn write(&mut self, line: std::fmt::Arguments<'_>) -> io::Result<()> {
        match &mut self.journal {
            Some(journal) => journal.write_all(format!("{line}\n").as_bytes()),
            None => Ok(()),
        }
    }

    /// ClOrdID(11) of the order that is to be sent next.
    pub(crate) fn next_id(&self) -> String {
        format!("{}-{}", self.name, self.sent + 1)
    }

    /// The number of an order of this book.
    pub(crate) fn number_of(&self, id: &[u8]) -> Option<u64> {
        let id = str::from_utf8(id).ok()?;
        id.strip_prefix(&self.name)?.strip_prefix('-')?.parse().ok()
    }

    /// Orders up to this one have numbers in the session.
    pub(crate) fn sent_to(&mut self, number: u64) -> io::Result<()> {
        if number > self.sent {
            self.write(format_args!("sent {number} ."))?;
            self.sent = number;
        }
        Ok(())
    }

    pub(crate) const fn sent(&self) -> u64 {
        self.sent
    }

    /// An order came back, marked as a repetition or not.
    pub(crate) fn came_back(&mut self, number: u64, repeated: bool) -> io::Result<()> {
        let how = if repeated { "again" } else { "plain" };
        self.write(format_args!("back {number} {how} ."))?;
        self.count(number, repeated);
        Ok(())
    }

    fn count(&mut self, number: u64, repeated: bool) {
        let back = self.back.entry(number).or_default();
        let count = if repeated { &mut back.repeated } else { &mut back.plain };
        *count = count.saturating_add(1);
    }

    /// How many of those that were sent have not come back.
    pub(crate) fn open_orders(&self) -> u64 {
        self.sent.saturating_sub(self.back.range(1..=self.sent).count() as u64)
    }

    pub(crate) fn summary(&self, wanted: u64) -> Summary {
        let mut summary = Summary { sent: self.sent, ..Summary::default() };
        let last = wanted.max(self.sent);
        summary.missing = (1..=last).filter(|number| !self.back.contains_key(number)).collect();
        for (number, back) in &self.back {
            summary.back += 1;
            // The first time may carry the flag: what was lost on the way is sent again.
            let first_repeated = u32::from(back.plain == 0);
            summary.repeated += u64::from(back.repeated.saturating_sub(first_repeated));
            if back.plain > 1 {
                summary.twice.push(*number);
            }
            if *number > self.sent {
                summary.unknown.push(*number);
            }
        }
        summary
    }
}

impl Summary {
    /// Every order came back, once unless it was marked as a repetition.
    pub(crate) const fn is_clean(&self) -> bool {
        self.missing.is_empty() && self.twice.is_empty() && self.unknown.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_goes_on_where_it_was_cut_off() {
        let path = std::env::temp_dir().join(format!("fixline-book-{}", std::process::id()));
        let mut book = Book::open(&path, "RUN1".to_owned()).expect("opens");
        book.sent_to(2).expect("written");
        book.came_back(1, false).expect("written");
        drop(book);
        let mut bytes = std::fs::read(&path).expect("there");
        bytes.extend_from_slice(b"back 2 pla");
        std::fs::write(&path, bytes).expect("written");
        let book = Book::open(&path, "RUN2".to_owned()).expect("opens");
        std::fs::remove_file(path).expect("removed");
        assert_eq!(book.next_id(), "RUN1-3");
        assert_eq!(book.summary(2).missing, [2]);
    }

    #[test]
    fn what_came_twice_without_the_flag_is_told() {
        let mut book = Book::new("RUN".to_owned());
        book.sent_to(3).expect("no journal");
        for (number, repeated) in [(1, false), (1, true), (2, false), (2, false), (3, true)] {
            book.came_back(number, repeated).expect("no journal");
        }
        let summary = book.summary(3);
        assert_eq!((summary.back, summary.repeated), (3, 1));
        assert_eq!(summary.twice, [2]);
        assert!(!summary.is_clean());
    }
}
