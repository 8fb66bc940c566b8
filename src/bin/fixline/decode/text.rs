//! Messages as text for people: a line that says what it is, a line for each field.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, Write};

use fixline::wire::{Digits, Tag};

use super::layout::{Layout, Node};
use super::record::{DELIMITERS, Field, Record, Verdict};

/// Names are padded to this width at most.
const NAME_MAX: usize = 26;

/// Stands for what is not shown.
const MASK: Cow<'static, str> = Cow::Borrowed("***");

/// Tags are padded to this width.
const TAG_WIDTH: usize = 5;

/// What is printed in colour, if at all.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    pub(super) colour: bool,
}

impl Paint {
    const HEAD: &'static str = "\x1b[1;36m";
    const DIM: &'static str = "\x1b[2m";
    const MEANING: &'static str = "\x1b[32m";
    const WRONG: &'static str = "\x1b[1;31m";

    fn put(self, out: &mut impl Write, style: &str, text: &str) -> io::Result<()> {
        if self.colour { write!(out, "{style}{text}\x1b[0m") } else { put(out, text) }
    }
}

/// Prints a message that stands on line `number`.
pub(super) fn print(
    out: &mut impl Write,
    paint: Paint,
    number: u64,
    record: &Record<'_>,
    layout: &Layout,
) -> io::Result<()> {
    let msg_type = record.get(Tag::MSG_TYPE).unwrap_or_default();
    title(out, paint, number, record, layout.message_name(msg_type))?;
    if let Some(prefix) = shown_prefix(record.prefix) {
        put(out, "  ")?;
        paint.put(out, Paint::DIM, &prefix)?;
        put(out, "\n")?;
    }
    let nodes = layout.tree(msg_type, &record.fields);
    let mut printer = Printer { out, paint, layout, msg_type, record };
    printer.nodes(&nodes, 1)?;
    put(out, "\n")
}

/// `line 3: FIX.4.4 NewOrderSingle (D)  CLIENT > BROKER  7  PossDup`
fn title(
    out: &mut impl Write,
    paint: Paint,
    number: u64,
    record: &Record<'_>,
    name: Option<&str>,
) -> io::Result<()> {
    let text = |tag| shown_text(record.get(tag).unwrap_or(b"?"));
    put(out, "line ")?;
    out.write_all(Digits::new(number).as_bytes())?;
    put(out, ": ")?;
    put(out, &text(Tag::BEGIN_STRING))?;
    put(out, " ")?;
    let name = name.unwrap_or("message of an unknown type");
    let msg_type = shown_text(record.get(Tag::MSG_TYPE).unwrap_or_default());
    paint.put(out, Paint::HEAD, &[name, " (", &msg_type, ")"].concat())?;
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
fn put(out: &mut impl Write, text: &str) -> io::Result<()> {
    out.write_all(text.as_bytes())
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
pub(super) fn shown_prefix(prefix: &[u8]) -> Option<Cow<'_, str>> {
    let prefix = prefix.trim_ascii();
    let secret = before_secrets(prefix).next().is_some();
    (!prefix.is_empty() && !secret).then(|| printable(prefix))
}

/// What stands in `text` before each field that may be a secret, by its tag.
fn before_secrets(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    const BEGINS: [&[u8]; 5] = [b"554=", b"925=", b"1402=", b"1404=", b"96="];
    let ends = text.iter().enumerate().filter(|(_, byte)| **byte == b'=').map(|(at, _)| at);
    ends.flat_map(move |end| {
        let piece = text.get(..=end).unwrap_or_default();
        BEGINS.into_iter().filter_map(move |begin| piece.strip_suffix(begin))
    })
}

/// Whether a value has swallowed a secret: a wrong data length covers the fields that follow, and
/// what a log writes around its delimiters hides a tag. Letters before it are no delimiter, unless a
/// log uses them as such: what looks like a tag in encoded data is none.
fn holds_secret(value: &[u8]) -> bool {
    before_secrets(value).any(|before| {
        let zeros = before.iter().rev().take_while(|&&byte| byte == b'0').count();
        let before = before.get(..before.len() - zeros).unwrap_or_default();
        let is_data = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
        DELIMITERS.iter().any(|delimiter| before.ends_with(delimiter))
            || before.last().is_none_or(|byte| !is_data(byte))
    })
}

struct Printer<'p, 'l, W> {
    out: &'p mut W,
    paint: Paint,
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
                self.paint.put(self.out, Paint::DIM, &format!("[{}]", index + 1))?;
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
        self.paint.put(self.out, Paint::DIM, name)?;
        spaces(self.out, width.saturating_sub(name.len()) + 2)?;
        put(self.out, &shown_value(field, self.msg_type))?;
        if let Some(meaning) = self.layout.meaning(field.tag, field.value) {
            put(self.out, "  ")?;
            self.paint.put(self.out, Paint::MEANING, &meaning)?;
        }
        match field.tag {
            9 => self.verdict(self.record.length, "the length is")?,
            10 => self.verdict(self.record.check_sum, "the sum is")?,
            _ => {}
        }
        put(self.out, "\n")
    }

    fn verdict(&mut self, verdict: Verdict, what: &str) -> io::Result<()> {
        match verdict {
            Verdict::Right(_) => self.paint.put(self.out, Paint::MEANING, "  right"),
            Verdict::Wrong(counted) => {
                let width = if what.contains("sum") { 3 } else { 1 };
                let text = format!("  WRONG: {what} {counted:0width$}");
                self.paint.put(self.out, Paint::WRONG, &text)
            }
        }
    }
}

/// The value as text, `***` for a secret.
pub(super) fn shown_value<'l>(field: Field<'l>, msg_type: &[u8]) -> Cow<'l, str> {
    let secret = Tag::new(field.tag).is_some_and(|tag| tag.is_secret(msg_type));
    if secret && !field.value.is_empty() { MASK } else { shown_text(field.value) }
}

/// The value of a field that is no secret by its tag.
pub(super) fn shown_text(value: &[u8]) -> Cow<'_, str> {
    if holds_secret(value) { MASK } else { printable(value) }
}

/// UTF-8 as it is; `\xNN` for control characters, and for every byte beyond ASCII of what is not
/// UTF-8.
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
            } else {
                text.push(character);
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
    use super::super::record::first;
    use super::*;

    fn printed(line: &[u8], colour: bool) -> String {
        let (record, _) = first(line).unwrap().unwrap();
        let mut out = Vec::new();
        print(&mut out, Paint { colour }, 3, &record, &Layout::default()).unwrap();
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
    }

    #[test]
    fn a_value_that_swallowed_a_secret_is_not_shown() {
        let swallowed = b"8=FIX.4.4|9=5|35=A|354=15|355=abc|554=hunter2|10=000|";
        assert!(printed(swallowed, false).contains("355   ***\n"), "{}", printed(swallowed, false));
        let spaced = b"8=FIX.4.4|9=5|35=A|49=A| 554=hunter2|56=B| 554=hunter2|10=000|";
        assert!(!printed(spaced, false).contains("hunter2"), "{}", printed(spaced, false));
        for value in
            ["|554=x", "a\x01925=x", "a^A1402=x", "\\x011404=x", "<SOH>96=x", "|0554=x", "554="]
        {
            assert_eq!(shown_text(value.as_bytes()), "***", "{value}");
        }
        for value in ["a|1554=x", "c2VjcmV0Cg96=", "a+96==", "554", "a|5540=x", "="] {
            assert_eq!(shown_text(value.as_bytes()), value);
        }
    }

    #[test]
    fn control_characters_cannot_reach_the_terminal() {
        let text = printable("a\u{1b}[2J\u{9b}é".as_bytes());
        assert_eq!(text, "a\\x1b[2J\\x9bé");
        assert_eq!(printable(b"\xff\xe9x"), "\\xff\\xe9x");
    }
}
