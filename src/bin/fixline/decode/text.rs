//! Messages as text for people: a line that says what it is, a line for each field.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use fixline::settings::Shown;
use fixline::wire::{Digits, Tag};

use super::layout::{Layout, Node};
use super::record::{Record, Verdict};
use super::secret::{MASK, Secrets};

/// Names are padded to this width at most.
const NAME_MAX: usize = 26;

/// Tags are padded to this width.
const TAG_WIDTH: usize = 5;

/// What is printed in colour, if at all.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    pub(super) colour: bool,
}

impl Paint {
    pub(super) const HEAD: &'static str = "\x1b[1;36m";
    pub(super) const DIM: &'static str = "\x1b[2m";
    pub(super) const MEANING: &'static str = "\x1b[32m";
    pub(super) const WRONG: &'static str = "\x1b[1;31m";

    pub(super) fn put(self, out: &mut impl Write, style: &str, text: &str) -> io::Result<()> {
        if self.colour { write!(out, "{style}{text}\x1b[0m") } else { put(out, text) }
    }
}

/// How messages are shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style<'s> {
    pub(super) paint: Paint,
    pub(super) secrets: &'s Secrets,
    /// Lines are cut at so many characters.
    pub(super) width: Option<usize>,
}

/// A message, where it stands, and what its dictionary knows.
#[derive(Clone, Copy)]
pub(super) struct Place<'p> {
    /// The file, where there are several.
    pub(super) file: Option<&'p str>,
    pub(super) line: u64,
}

/// Prints a message over several lines.
pub(super) fn print(
    out: &mut impl Write,
    style: Style<'_>,
    place: Place<'_>,
    record: &Record<'_>,
    layout: &Layout,
) -> io::Result<()> {
    let msg_type = record.get(Tag::MSG_TYPE).unwrap_or_default();
    title(out, style, place, record, layout.message_name(msg_type))?;
    if let Some(prefix) = shown_prefix(style.secrets, record.prefix) {
        put(out, "  ")?;
        style.paint.put(out, Paint::DIM, &prefix)?;
        put(out, "\n")?;
    }
    let nodes = layout.tree(msg_type, &record.fields);
    let mut printer = Printer { out, style, layout, msg_type, record };
    printer.nodes(&nodes, 1)?;
    put(out, "\n")
}

/// `line 3: FIX.4.4 NewOrderSingle (D)  CLIENT > BROKER  7  PossDup`
fn title(
    out: &mut impl Write,
    style: Style<'_>,
    place: Place<'_>,
    record: &Record<'_>,
    name: Option<&str>,
) -> io::Result<()> {
    let text = |tag| style.secrets.shown_text(record.get(tag).unwrap_or(b"?"));
    if let Some(file) = place.file {
        put(out, file)?;
        put(out, ": ")?;
    }
    put(out, "line ")?;
    out.write_all(Digits::new(place.line).as_bytes())?;
    put(out, ": ")?;
    put(out, &text(Tag::BEGIN_STRING))?;
    put(out, " ")?;
    let name = name.unwrap_or("message of an unknown type");
    let msg_type = record.get(Tag::MSG_TYPE).unwrap_or_default();
    let msg_type = style.secrets.shown_text(msg_type);
    style.paint.put(out, Paint::HEAD, &[name, " (", &msg_type, ")"].concat())?;
    for (before, tag) in
        [("  ", Tag::SENDER_COMP_ID), (" > ", Tag::TARGET_COMP_ID), ("  ", Tag::MSG_SEQ_NUM)]
    {
        put(out, before)?;
        put(out, &text(tag))?;
    }
    for (tag, flag) in [(Tag::POSS_DUP_FLAG, "  PossDup"), (Tag::POSS_RESEND, "  PossResend")] {
        if record.get(tag) == Some(b"Y") {
            put(out, flag)?;
        }
    }
    put(out, "\n")
}

/// Writes text as it is. A log has millions of fields: the machinery of `write!` would take most of
/// the time.
pub(super) fn put(out: &mut impl Write, text: &str) -> io::Result<()> {
    out.write_all(text.as_bytes())
}

/// Writes bytes of a log as [`printable`] shows them.
pub(super) fn put_printable(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    if bytes.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        return out.write_all(bytes);
    }
    put(out, &printable(bytes))
}

/// Writes so many spaces.
fn spaces(out: &mut impl Write, mut count: usize) -> io::Result<()> {
    const SPACES: &[u8; 32] = &[b' '; 32];
    while count > 0 {
        let piece = count.min(SPACES.len());
        out.write_all(&SPACES[..piece])?;
        count -= piece;
    }
    Ok(())
}

/// What stood before the message, unless fields of another one may be among it.
pub(super) fn shown_prefix<'l>(secrets: &Secrets, prefix: &'l [u8]) -> Option<Cow<'l, str>> {
    let prefix = prefix.trim_ascii();
    (!prefix.is_empty() && !secrets.are_before(prefix)).then(|| printable(prefix))
}

struct Printer<'p, 'l, W> {
    out: &'p mut W,
    style: Style<'p>,
    layout: &'p Layout,
    msg_type: &'p [u8],
    record: &'p Record<'l>,
}

impl<W: Write> Printer<'_, '_, W> {
    fn nodes(&mut self, nodes: &[Node<'_>], indent: usize) -> io::Result<()> {
        let name_len = |node: &Node<'_>| node.name.map_or(0, str::len);
        let width = nodes.iter().map(name_len).max().unwrap_or(0).min(NAME_MAX);
        for node in nodes {
            self.field(node, width, indent)?;
            for (index, entry) in node.entries.iter().enumerate() {
                spaces(self.out, 2 * indent + 6)?;
                self.style.paint.put(self.out, Paint::DIM, &format!("[{}]", index + 1))?;
                put(self.out, "\n")?;
                self.nodes(entry, indent + 4)?;
            }
        }
        Ok(())
    }

    fn field(&mut self, node: &Node<'_>, width: usize, indent: usize) -> io::Result<()> {
        let field = node.field;
        let tag = Digits::new(field.tag.into());
        let tag = tag.as_bytes();
        spaces(self.out, 2 * indent + TAG_WIDTH.saturating_sub(tag.len()))?;
        self.out.write_all(tag)?;
        put(self.out, " ")?;
        let name = node.name.unwrap_or("");
        self.style.paint.put(self.out, Paint::DIM, name)?;
        spaces(self.out, width.saturating_sub(name.len()) + 2)?;
        if self.style.secrets.hides(field, self.msg_type) {
            put(self.out, MASK)?;
        } else {
            put_printable(self.out, field.value)?;
            if let Some(meaning) = self.layout.meaning(field.tag, field.value) {
                put(self.out, "  ")?;
                self.style.paint.put(self.out, Paint::MEANING, &meaning)?;
            }
        }
        match field.tag {
            9 => self.verdict(self.record.length(), "the length is")?,
            10 => self.verdict(self.record.check_sum(), "the sum is")?,
            _ => {}
        }
        put(self.out, "\n")
    }

    fn verdict(&mut self, verdict: Verdict, what: &str) -> io::Result<()> {
        match verdict {
            Verdict::Right(_) => self.style.paint.put(self.out, Paint::MEANING, "  right"),
            Verdict::Over(_) => {
                let delimiter = printable(self.record.delimiter);
                let text = format!("  right, counted over `{delimiter}` in place of SOH");
                self.style.paint.put(self.out, Paint::MEANING, &text)
            }
            Verdict::Wrong(counted) => {
                let width = if what.contains("sum") { 3 } else { 1 };
                let text = format!("  WRONG: {what} {counted:0width$}");
                self.style.paint.put(self.out, Paint::WRONG, &text)
            }
        }
    }
}

/// UTF-8 as it is; `\xNN` for control characters, and for every byte beyond ASCII of what is not
/// UTF-8; `\u{..}` for what does not show, or turns the direction of writing around.
pub(super) fn printable(bytes: &[u8]) -> Cow<'_, str> {
    let is_plain = bytes.iter().all(|byte| matches!(byte, b' '..=b'~'));
    if is_plain && let Ok(plain) = str::from_utf8(bytes) {
        return Cow::Borrowed(plain);
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if character.is_control() {
                let _ = write!(text, "\\x{:02x}", u32::from(character));
            } else if Shown::is_plain(character) {
                text.push(character);
            } else {
                let _ = write!(text, "{}", character.escape_unicode());
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::super::tests::first;
    use super::*;

    fn printed(line: &[u8], colour: bool) -> String {
        let record = first(line);
        let mut out = Vec::new();
        let secrets = Secrets::default();
        let style = Style { paint: Paint { colour }, secrets: &secrets, width: None };
        print(&mut out, style, Place { file: None, line: 3 }, &record, &Layout::default()).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_message_is_a_title_and_its_fields() {
        let line = b"10:00 in 8=FIX.4.4|9=31|35=0|49=A|56=B|34=7|43=Y|112=x\x07y|10=001|";
        assert_eq!(
            printed(line, false),
            "line 3: FIX.4.4 message of an unknown type (0)  A > B  7  PossDup\n  10:00 in\n      \
             8   FIX.4.4\n      9   31  WRONG: the length is 33\n     35   0\n     49   A\n     \
             56   B\n     34   7\n     43   Y\n    112   x\\x07y\n     10   001  WRONG: the sum \
             is 077\n\n"
        );
    }

    #[test]
    fn secrets_are_not_shown() {
        let line = b"554=hunter2 8=FIX.4.4|9=5|35=A|96=hunter2|554=hunter2|925=hunter2|10=000|";
        for colour in [false, true] {
            assert!(!printed(line, colour).contains("hunter2"));
        }
        assert!(printed(line, false).contains("554   ***\n"));
        let swallowed = b"8=FIX.4.4|9=5|35=A|354=15|355=abc|554=hunter2|10=000|";
        assert!(printed(swallowed, false).contains("355   ***\n"), "{}", printed(swallowed, false));
        let spaced =
            b"8=FIX.4.4|9=5|35=A|49=A| 554=hunter2|56=B| 554 =hunter2|58=x|+554=hunter2|10=000|";
        assert!(!printed(spaced, false).contains("hunter2"), "{}", printed(spaced, false));
    }

    // SAFE-05
    #[test]
    fn control_characters_cannot_reach_the_terminal() {
        let text = printable("a\u{1b}[2J\u{9b}é".as_bytes());
        assert_eq!(text, "a\\x1b[2J\\x9bé");
        assert_eq!(printable(b"\xff\xe9x"), "\\xff\\xe9x");
        let text = printable("\u{202e}\u{2028}\u{200b}\u{feff}\u{2067}é".as_bytes());
        assert_eq!(text, r"\u{202e}\u{2028}\u{200b}\u{feff}\u{2067}é");
    }
}
