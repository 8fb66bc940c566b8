//! Text of others on a terminal or a page.

use core::fmt;

/// Prints text that comes from elsewhere, with `\u{..}` for what a terminal obeys and for what does
/// not show: control characters, separators of lines, marks that turn the direction of writing
/// around, characters without width.
///
/// ```
/// use fixline::settings::Shown;
/// assert_eq!(Shown("caf\u{e9}\u{1b}[2J\u{202e}").to_string(), r"café\u{1b}[2J\u{202e}");
/// ```
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a text under another name")]
pub struct Shown<'t>(pub &'t str);

impl Shown<'_> {
    /// Whether a character shows as itself and does nothing else.
    #[must_use]
    pub const fn is_plain(char: char) -> bool {
        !matches!(char,
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}'
            | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        while let Some((at, char)) = rest.char_indices().find(|(_, char)| !Self::is_plain(*char)) {
            f.write_str(rest.get(..at).unwrap_or_default())?;
            write!(f, "{}", char.escape_unicode())?;
            rest = rest.get(at.saturating_add(char.len_utf8())..).unwrap_or_default();
        }
        f.write_str(rest)
    }
}
