//! Words for Text(58), written without allocating.

use core::fmt::{self, Write};

/// The longest Text(58) that the session writes, in bytes.
const LEN_MAX: usize = 256;

/// A short text without control characters, cut at [`LEN_MAX`].
pub(super) struct Text {
    bytes: [u8; LEN_MAX],
    len: usize,
}

impl Text {
    pub(super) fn new(text: &dyn fmt::Display) -> Self {
        let mut words = Self { bytes: [0; LEN_MAX], len: 0 };
        // An error only says that the text was cut.
        let _cut = write!(words, "{text}");
        words
    }

    pub(super) fn as_str(&self) -> &str {
        self.bytes.get(..self.len).and_then(|bytes| str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for char in text.chars() {
            // No value may end a field or hide in a log.
            let char = if char.is_control() { ' ' } else { char };
            let end = self.len.saturating_add(char.len_utf8());
            let slot = self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?;
            char.encode_utf8(slot);
            self.len = end;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_become_spaces_so_that_no_text_can_end_a_field() {
        assert_eq!(Text::new(&"no\u{1}10=000\u{1}\r\n").as_str(), "no 10=000   ");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let long: alloc::string::String = core::iter::repeat_n('é', 200).collect();
        assert_eq!(Text::new(&long).as_str().len(), 256);
    }
}
