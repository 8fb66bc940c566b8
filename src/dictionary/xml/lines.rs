//! The lines and columns of a text.

use alloc::vec::Vec;

use crate::dictionary::finding::Place;

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
