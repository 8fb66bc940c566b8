//! Messages as JSON, one a line.

use std::borrow::Cow;
use std::io::{self, Write};

use fixline::wire::Tag;
use serde::Serialize;

use super::layout::{Layout, Node};
use super::record::{Record, Verdict};
use super::secret::{MASK, Secrets};
use super::text::{Place, printable, shown_prefix};

#[derive(Serialize)]
struct Message<'j> {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'j str>,
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix: Option<Cow<'j, str>>,
    version: Cow<'j, str>,
    msg_type: Cow<'j, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'j str>,
    body_length: Judged<'j>,
    check_sum: Judged<'j>,
    fields: Vec<JsonField<'j>>,
}

/// Whether the stated number is right, and what it should be.
#[derive(Serialize)]
struct Judged<'j> {
    right: bool,
    counted: u64,
    /// What stands for SOH where it is right with that.
    #[serde(skip_serializing_if = "Option::is_none")]
    over: Option<Cow<'j, str>>,
}

#[derive(Serialize)]
struct JsonField<'j> {
    tag: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'j str>,
    value: Cow<'j, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meaning: Option<Cow<'j, str>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    entries: Vec<Vec<Self>>,
}

/// Prints a message as a line of JSON.
pub(super) fn print(
    out: &mut impl Write,
    secrets: &Secrets,
    place: Place<'_>,
    record: &Record<'_>,
    layout: &Layout,
) -> io::Result<()> {
    let msg_type = record.get(Tag::MSG_TYPE).unwrap_or_default();
    let nodes = layout.tree(msg_type, &record.fields);
    let message = Message {
        file: place.file,
        line: place.line,
        prefix: shown_prefix(secrets, record.prefix),
        version: secrets.shown_text(record.get(Tag::BEGIN_STRING).unwrap_or_default()),
        msg_type: secrets.shown_text(msg_type),
        name: layout.message_name(msg_type),
        body_length: judged(record.length(), record),
        check_sum: judged(record.check_sum(), record),
        fields: fields(&nodes, msg_type, secrets, layout),
    };
    serde_json::to_writer(&mut *out, &message)?;
    out.write_all(b"\n")
}

fn judged<'j>(verdict: Verdict, record: &Record<'j>) -> Judged<'j> {
    match verdict {
        Verdict::Right(counted) => Judged { right: true, counted, over: None },
        Verdict::Over(counted) => {
            Judged { right: true, counted, over: Some(printable(record.delimiter)) }
        }
        Verdict::Wrong(counted) => Judged { right: false, counted, over: None },
    }
}

fn fields<'j>(
    nodes: &[Node<'j>],
    msg_type: &[u8],
    secrets: &Secrets,
    layout: &'j Layout,
) -> Vec<JsonField<'j>> {
    let field = |node: &Node<'j>| {
        let hides = secrets.hides(node.field, msg_type);
        let meaning = layout.meaning(node.field.tag, node.field.value);
        let entries = node.entries.iter();
        JsonField {
            tag: node.field.tag,
            name: node.name,
            value: if hides { Cow::Borrowed(MASK) } else { printable(node.field.value) },
            meaning: meaning.filter(|_| !hides),
            entries: entries.map(|entry| fields(entry, msg_type, secrets, layout)).collect(),
        }
    };
    nodes.iter().map(field).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::first;
    use super::*;

    #[test]
    fn a_value_that_swallowed_a_secret_is_not_shown() {
        let line = b"8=FIX.4.4|9=10|35=A|354=15|355=abc|554=hunter2|10=001|";
        let record = first(line);
        let mut out = Vec::new();
        let place = Place { file: None, line: 3 };
        print(&mut out, &Secrets::default(), place, &record, &Layout::default()).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.contains(r#"{"tag":355,"value":"***"}"#), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }

    #[test]
    fn a_message_is_a_line_of_json() {
        let line = b"in: 8=FIX.4.4|9=10|35=A|554=hunter2|58=\"\x07|10=001|";
        let record = first(line);
        let mut out = Vec::new();
        let place = Place { file: None, line: 3 };
        print(&mut out, &Secrets::default(), place, &record, &Layout::default()).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            concat!(
                r#"{"line":3,"prefix":"in:","version":"FIX.4.4","msg_type":"A","#,
                r#""body_length":{"right":false,"counted":23},"#,
                r#""check_sum":{"right":false,"counted":88},"fields":["#,
                r#"{"tag":8,"value":"FIX.4.4"},{"tag":9,"value":"10"},{"tag":35,"value":"A"},"#,
                r#"{"tag":554,"value":"***"},{"tag":58,"value":"\"\\x07"},"#,
                r#"{"tag":10,"value":"001"}]}"#,
                "\n"
            )
        );
    }
}
