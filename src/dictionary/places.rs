//! Where in a file stands what a dictionary says.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::finding::Place;

/// Something that a specification defines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Thing {
    Header,
    Trailer,
    /// By its tag.
    Field(u32),
    /// By its name.
    Component(String),
    /// By its MsgType(35).
    Message(String),
}

/// The places of things, and of the members that they list.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    things: BTreeMap<Thing, (u16, Place)>,
    members: BTreeMap<(Thing, u32), (u16, Place)>,
    /// The file that is being read, by the order of reading.
    file: u16,
}

impl Places {
    /// What comes now is of the next file.
    pub(super) fn next_file(&mut self) {
        self.file = self.file.saturating_add(1);
    }

    /// The last file that defines it has it.
    pub(super) fn thing(&mut self, thing: Thing, place: Place) {
        self.things.insert(thing, (self.file, place));
    }

    /// The last one that stands there: where a field stands twice, it is the one too many.
    pub(super) fn member(&mut self, owner: Thing, tag: u32, place: Place) {
        self.members.insert((owner, tag), (self.file, place));
    }

    /// Where a thing has a member, else where the thing is; the file by the order of reading.
    pub(super) fn of(&self, thing: &Thing, tag: Option<u32>) -> (u16, Place) {
        let member = tag.and_then(|tag| self.members.get(&(thing.clone(), tag)));
        member.or_else(|| self.things.get(thing)).copied().unwrap_or_default()
    }
}

/// Where the lines of a text begin.
#[derive(Debug)]
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

/// Columns beyond this are counted in bytes, so that a file of one line costs no more than others.
const COLUMN_MAX: usize = 4_096;

impl<'t> Lines<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let starts = core::iter::once(0).chain(ends.map(|(at, _)| at.saturating_add(1))).collect();
        Self { text, starts }
    }

    /// The line and the column of this byte of the text.
    pub(super) fn place(&self, at: usize) -> Place {
        let line = self.starts.partition_point(|start| *start <= at);
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let before = self.text.get(start..at.min(self.text.len())).unwrap_or_default();
        let column = match before.len() {
            len if len <= COLUMN_MAX => before.chars().count(),
            len => len,
        };
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Place { line: number(line.max(1)), column: number(column.saturating_add(1)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_are_counted_from_1_and_in_characters() {
        let lines = Lines::of("ab\n\u{e4}b\n");
        for (at, line, column) in
            [(0, 1, 1), (2, 1, 3), (3, 2, 1), (5, 2, 2), (7, 3, 1), (99, 3, 1)]
        {
            assert_eq!(lines.place(at), Place { line, column }, "{at}");
        }
    }
}
