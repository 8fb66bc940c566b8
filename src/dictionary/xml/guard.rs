//! Looks over the text before the XML reader does, and stops at what would cost too much.
//!
//! The XML reader limits the nodes, but not the attributes of an element, which it compares with
//! each other. This pass is linear, keeps nothing, and agrees with the reader on where tags,
//! quotes and comments begin and end as long as the text is well-formed; the reader stops where it
//! is not.

use super::document::XmlError;
use super::limits::Limits;

pub(super) fn check(text: &str, limits: &Limits) -> Result<(), XmlError> {
    if text.len() > limits.bytes {
        return Err(XmlError::new(
            text,
            0,
            format_args!(
                "{} bytes are more than the limit of {}: raise `Limits::bytes` if the file is yours",
                text.len(),
                limits.bytes
            ),
        ));
    }
    let mut at = 0;
    let mut depth = 0_usize;
    while let Some(found) = text[at..].find('<') {
        let start = at + found;
        let rest = &text[start..];
        let len = if let Some(len) = skipped(rest) {
            len
        } else if rest.starts_with("<!DOCTYPE") {
            return Err(XmlError::new(
                text,
                start,
                format_args!("a DOCTYPE is refused, no dictionary needs its entities: take it out"),
            ));
        } else {
            let tag = Tag::of(rest);
            if tag.attributes > limits.attributes {
                return Err(XmlError::new(
                    text,
                    start,
                    format_args!(
                        "an element has more than {} attributes: raise `Limits::attributes` if \
                         the file is yours",
                        limits.attributes
                    ),
                ));
            }
            depth = if rest.starts_with("</") {
                depth.saturating_sub(1)
            } else {
                depth + usize::from(!tag.is_empty)
            };
            tag.len
        };
        if depth > limits.depth {
            return Err(XmlError::new(
                text,
                start,
                format_args!(
                    "more than {} elements within each other: raise `Limits::depth` if the file \
                     is yours",
                    limits.depth
                ),
            ));
        }
        at = start + len;
    }
    Ok(())
}

/// The length of a comment, of CDATA or of a processing instruction.
fn skipped(rest: &str) -> Option<usize> {
    [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")].into_iter().find_map(|(begin, end)| {
        let inside = rest.strip_prefix(begin)?;
        let len = inside.find(end).map_or(inside.len(), |at| at + end.len());
        Some(begin.len() + len)
    })
}

struct Tag {
    len: usize,
    attributes: usize,
    /// `<tag/>`
    is_empty: bool,
}

impl Tag {
    fn of(rest: &str) -> Self {
        let mut quote = None;
        let mut attributes = 0;
        let mut before = b'<';
        for (at, byte) in rest.bytes().enumerate() {
            match quote {
                Some(open) if byte == open => quote = None,
                Some(_) => {}
                None if byte == b'>' => {
                    return Self { len: at + 1, attributes, is_empty: before == b'/' };
                }
                None if byte == b'"' || byte == b'\'' => {
                    quote = Some(byte);
                    attributes += 1;
                }
                None => {}
            }
            before = byte;
        }
        Self { len: rest.len(), attributes, is_empty: false }
    }
}
