//! Messages as text for people: a line each.

use std::borrow::Cow;
use std::io::{self, Write};

use fixline::wire::{Digits, Tag};

use super::layout::Layout;
use super::moment::Moment;
use super::record::{Field, Record};
use super::secret::MASK;
use super::text::{Paint, Place, Style, printable, put, put_printable};

/// The fields that tell most messages apart: identifiers, what is traded, states and reasons.
const MATTER: [u32; 62] = [
    6, 7, 11, 14, 16, 17, 22, 31, 32, 36, 37, 38, 39, 40, 41, 44, 45, 48, 54, 55, 58, 66, 73, 99,
    102, 103, 108, 112, 117, 123, 131, 141, 146, 148, 150, 151, 167, 262, 263, 264, 268, 269, 270,
    271, 279, 297, 320, 322, 336, 340, 371, 372, 373, 379, 380, 390, 434, 553, 568, 571, 789, 1137,
];

/// The same as bits.
const MATTERS: [u64; 20] = bits();

const fn bits() -> [u64; 20] {
    let mut bits = [0; 20];
    let mut index = 0;
    while index < MATTER.len() {
        let tag = MATTER[index];
        bits[(tag / 64) as usize] |= 1 << (tag % 64);
        index += 1;
    }
    bits
}

fn is_set(bits: &[u64], tag: u32) -> bool {
    let word = usize::try_from(tag / 64).ok().and_then(|word| bits.get(word));
    word.is_some_and(|word| word >> (tag % 64) & 1 == 1)
}

/// A line has so many fields at most.
const FIELDS_MAX: usize = 20;

/// A value is cut after so many bytes.
const VALUE_MAX: usize = 200;

/// Which way a message went, as a log says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    In,
    Out,
    Unknown,
}

impl Way {
    /// What a log writes before a message that came or went.
    pub(super) fn of(prefix: &[u8]) -> Self {
        const WORDS: [(&[u8], Way); 26] = [
            (b"in", Way::In),
            (b"incoming", Way::In),
            (b"inbound", Way::In),
            (b"recv", Way::In),
            (b"received", Way::In),
            (b"receive", Way::In),
            (b"receiving", Way::In),
            (b"rx", Way::In),
            (b"fromapp", Way::In),
            (b"fromadmin", Way::In),
            (b"<<", Way::In),
            (b"<-", Way::In),
            (b"<--", Way::In),
            (b"<", Way::In),
            (b"out", Way::Out),
            (b"outgoing", Way::Out),
            (b"outbound", Way::Out),
            (b"send", Way::Out),
            (b"sent", Way::Out),
            (b"sending", Way::Out),
            (b"tx", Way::Out),
            (b"toapp", Way::Out),
            (b"toadmin", Way::Out),
            (b">>", Way::Out),
            (b"->", Way::Out),
            (b"-->", Way::Out),
        ];
        let tail = &prefix[prefix.len().saturating_sub(256)..];
        let is_word =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'<' | b'>' | b'-');
        let mut words = tail.split(|byte| !is_word(byte)).rev();
        let way = words.find_map(|word| {
            let found = WORDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
            found.map(|(_, way)| *way)
        });
        way.unwrap_or(Self::Unknown)
    }

    const fn text(self) -> &'static str {
        match self {
            Self::In => "IN  ",
            Self::Out => "OUT ",
            Self::Unknown => "    ",
        }
    }
}

/// Prints a message as a line.
pub(super) fn print(
    out: &mut impl Write,
    style: Style<'_>,
    place: Place<'_>,
    record: &Record<'_>,
    layout: &Layout,
) -> io::Result<()> {
    let Some(width) = style.width else {
        line(out, style, place, record, layout)?;
        return put(out, "\n");
    };
    let mut whole = Vec::new();
    line(&mut whole, style, place, record, layout)?;
    cut(out, &whole, width)?;
    put(out, if style.paint.colour { "\x1b[0m\n" } else { "\n" })
}

/// Writes the first characters of a line; escapes take no room.
fn cut(out: &mut impl Write, line: &[u8], width: usize) -> io::Result<()> {
    let text = String::from_utf8_lossy(line);
    let (mut column, mut is_escape) = (0, false);
    for (at, character) in text.char_indices() {
        match character {
            '\x1b' => is_escape = true,
            _ if is_escape => is_escape = character != 'm',
            _ => column += 1,
        }
        if column > width {
            let end = text[..at].char_indices().next_back().map_or(0, |(end, _)| end);
            put(out, &text[..end])?;
            return put(out, "…");
        }
    }
    out.write_all(line)
}

fn line(
    out: &mut impl Write,
    style: Style<'_>,
    place: Place<'_>,
    record: &Record<'_>,
    layout: &Layout,
) -> io::Result<()> {
    let paint = style.paint;
    if let Some(file) = place.file {
        paint.put(out, Paint::DIM, file)?;
        put(out, ":")?;
        out.write_all(Digits::new(place.line).as_bytes())?;
        put(out, " ")?;
    }
    paint.put(out, Paint::DIM, &time(record))?;
    put(out, " ")?;
    put(out, Way::of(record.prefix).text())?;
    for (tag, after) in
        [(Tag::SENDER_COMP_ID, ">"), (Tag::TARGET_COMP_ID, " "), (Tag::MSG_SEQ_NUM, " ")]
    {
        style.secrets.put_text(out, record.get(tag).unwrap_or(b"?"))?;
        put(out, after)?;
    }
    let msg_type = record.get(Tag::MSG_TYPE).unwrap_or_default();
    match layout.message_name(msg_type) {
        Some(name) => paint.put(out, Paint::HEAD, name)?,
        None => {
            let msg_type = style.secrets.shown_text(record.get(Tag::MSG_TYPE).unwrap_or(b"?"));
            paint.put(out, Paint::HEAD, &["35=", &msg_type].concat())?;
        }
    }
    for (tag, flag) in [(Tag::POSS_DUP_FLAG, " PossDup"), (Tag::POSS_RESEND, " PossResend")] {
        if record.get(tag) == Some(b"Y") {
            put(out, flag)?;
        }
    }
    fields(out, style, msg_type, record, layout)?;
    if !record.is_right() {
        paint.put(out, Paint::WRONG, " WRONG length or sum")?;
    }
    Ok(())
}

/// What the log says of the time, else when the message was sent.
fn time<'r>(record: &Record<'r>) -> Cow<'r, str> {
    if let Some((_, text)) = Moment::find(record.prefix) {
        return String::from_utf8_lossy(text);
    }
    let sent = record.get(Tag::SENDING_TIME).unwrap_or_default();
    let clock = match sent {
        [_, _, _, _, _, _, _, _, b'-', clock @ ..] if Moment::of_wire(sent).is_some() => clock,
        _ => b"--:--:--",
    };
    printable(clock)
}

fn fields(
    out: &mut impl Write,
    style: Style<'_>,
    msg_type: &[u8],
    record: &Record<'_>,
    layout: &Layout,
) -> io::Result<()> {
    let body = || record.fields.iter().filter(|field| !is_frame(field.tag));
    let matters = |field: &&Field<'_>| is_set(&MATTERS, field.tag);
    let known = body().any(|field| matters(&field));
    let shown = body().filter(|field| !known || matters(field));
    for (index, field) in shown.enumerate() {
        if index == FIELDS_MAX {
            return put(out, " …");
        }
        put(out, " ")?;
        match layout.field_name(field.tag) {
            Some(name) => style.paint.put(out, Paint::DIM, name)?,
            None => out.write_all(Digits::new(field.tag.into()).as_bytes())?,
        }
        put(out, "=")?;
        value(out, style, msg_type, *field, layout)?;
    }
    Ok(())
}

fn value(
    out: &mut impl Write,
    style: Style<'_>,
    msg_type: &[u8],
    field: Field<'_>,
    layout: &Layout,
) -> io::Result<()> {
    if style.secrets.hides(field, msg_type) {
        return put(out, MASK);
    }
    if let Some(meaning) = layout.meaning(field.tag, field.value) {
        return style.paint.put(out, Paint::MEANING, &meaning);
    }
    let shown = &field.value[..field.value.len().min(VALUE_MAX)];
    let more = if shown.len() < field.value.len() { "…" } else { "" };
    let quote = if shown.contains(&b' ') { "\"" } else { "" };
    put(out, quote)?;
    put_printable(out, shown)?;
    put(out, more)?;
    put(out, quote)
}

/// Whether a field belongs to the head of a line, or to what every message has.
const fn is_frame(tag: u32) -> bool {
    matches!(
        tag,
        8 | 9
            | 10
            | 34
            | 35
            | 43
            | 49
            | 50
            | 52
            | 56
            | 57
            | 89
            | 90
            | 91
            | 93
            | 97
            | 115
            | 116
            | 122
            | 128
            | 129
            | 142
            | 143
            | 144
            | 145
            | 347
            | 369
            | 627..=630 | 1128 | 1129 | 1156
    )
}

#[cfg(test)]
mod tests {
    use super::super::secret::Secrets;
    use super::super::tests::first;
    use super::*;

    fn shown(line: &[u8], width: Option<usize>, colour: bool) -> String {
        let mut out = Vec::new();
        let secrets = Secrets::default();
        let style = Style { paint: Paint { colour }, secrets: &secrets, width };
        let place = Place { file: None, line: 1 };
        print(&mut out, style, place, &first(line), &Layout::default()).unwrap();
        String::from_utf8(out).unwrap()
    }

    // FILE-13
    #[test]
    fn a_message_is_a_line() {
        let line =
            b"10:00:01.5 IN 8=FIX.4.4|9=1|35=D|49=A|56=B|34=7|43=Y|11=O1|58=to be|21=1|10=1|";
        assert_eq!(
            shown(line, None, false),
            "10:00:01.5 IN  A>B 7 35=D PossDup 11=O1 58=\"to be\" WRONG length or sum\n"
        );
        assert_eq!(shown(line, Some(20), false), "10:00:01.5 IN  A>B …\n");
        assert!(shown(line, Some(20), true).ends_with("…\x1b[0m\n"));
        let unknown = b"8=FIX.4.4|9=1|35=U|52=20261123-09:00:00|5001=x|554=y|10=000|";
        assert!(shown(unknown, None, false).starts_with("09:00:00     ?>? ? 35=U 5001=x 554=***"));
    }

    #[test]
    fn the_way_is_what_the_log_says_last() {
        for (prefix, way) in [
            ("INFO in: ", Way::In),
            ("[sending] ", Way::Out),
            ("in A -> ", Way::Out),
            ("<-- ", Way::In),
            ("FIX.4.4:A->B toAdmin", Way::Out),
            ("main", Way::Unknown),
        ] {
            assert_eq!(Way::of(prefix.as_bytes()), way, "{prefix}");
        }
    }

    #[test]
    fn what_matters_is_sorted() {
        assert!(MATTER.is_sorted());
    }
}
