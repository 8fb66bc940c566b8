//! The XML below every form, read as leniently as QuickFIX C++ reads it, and in one pass.
//!
//! A dictionary is elements and attributes. Whatever else XML has is passed over: declarations,
//! comments, CDATA, text, namespaces. No entity but the five of XML and characters by number is
//! replaced, so that nothing expands.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use super::XmlError;
use super::limits::Limits;
use super::lines::Lines;
use crate::dictionary::finding::{Findings, TEXT_MAX, short, shortened};

/// An element, in the order of the document.
#[derive(Debug)]
pub(super) struct Element<'t> {
    /// Without its prefix.
    pub(super) name: &'t str,
    /// With it, as its end must have it.
    full_name: &'t str,
    /// Where it begins in the text.
    pub(super) at: usize,
    /// The attributes, as positions in the list of all.
    pub(super) attributes: Range<usize>,
    /// The position of what stands behind the element and all that it contains.
    pub(super) end: usize,
}

/// An attribute, its value as it is meant.
#[derive(Debug)]
pub(super) struct Attribute<'t> {
    pub(super) name: &'t str,
    pub(super) value: Cow<'t, str>,
}

/// What a text consists of.
#[derive(Debug, Default)]
pub(super) struct Parsed<'t> {
    pub(super) elements: Vec<Element<'t>>,
    pub(super) attributes: Vec<Attribute<'t>>,
}

/// Reads the text; what only a lenient reader takes is noted.
pub(super) fn parse<'t>(
    lines: &Lines<'t>,
    text: &'t str,
    limits: &Limits,
    findings: &mut Findings,
) -> Result<Parsed<'t>, XmlError> {
    if text.len() > limits.bytes {
        let (len, limit) = (text.len(), limits.bytes);
        return Err(fault(
            lines,
            0,
            format_args!(
                "{len} bytes are more than the limit of {limit}: raise `Limits::bytes` if the file is \
             yours"
            ),
        ));
    }
    let parsed = Parsed::default();
    let mut parser = Parser { lines, text, at: 0, limits, findings, parsed, open: Vec::new() };
    parser.document()?;
    Ok(parser.parsed)
}

fn fault(lines: &Lines<'_>, at: usize, words: fmt::Arguments<'_>) -> XmlError {
    let place = lines.place(at);
    let fault = shortened(&alloc::format!("{words}"), TEXT_MAX);
    XmlError { line: place.line, column: place.column, fault }
}

struct Parser<'p, 't> {
    lines: &'p Lines<'t>,
    text: &'t str,
    /// What is read next.
    at: usize,
    limits: &'p Limits,
    findings: &'p mut Findings,
    parsed: Parsed<'t>,
    /// The positions of the elements that are open, outermost first.
    open: Vec<usize>,
}

impl<'t> Parser<'_, 't> {
    fn document(&mut self) -> Result<(), XmlError> {
        while let Some(found) = self.rest().find('<') {
            self.at = self.at.saturating_add(found);
            let rest = self.rest();
            if rest.starts_with("<!--") {
                self.skip("<!--", "-->")?;
            } else if rest.starts_with("<![CDATA[") {
                self.skip("<![CDATA[", "]]>")?;
            } else if rest.starts_with("<?") {
                self.skip("<?", "?>")?;
            } else if rest.starts_with("<!") {
                self.declaration()?;
            } else if rest.starts_with("</") {
                self.end_tag()?;
            } else {
                self.start_tag()?;
            }
        }
        match self.open.last() {
            None if self.parsed.elements.is_empty() => {
                Err(self.fault(self.text.len(), format_args!("there is no element: no dictionary")))
            }
            None => Ok(()),
            Some(_) => Err(self.cut_off()),
        }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn fault(&self, at: usize, words: fmt::Arguments<'_>) -> XmlError {
        fault(self.lines, at, words)
    }

    fn cut_off(&self) -> XmlError {
        let element = self.open.last().and_then(|at| self.parsed.elements.get(*at));
        let end = self.text.len();
        match element {
            Some(open) => self.fault(
                end,
                format_args!("<{}> does not end: the file is cut off", short(open.full_name)),
            ),
            None => self.fault(end, format_args!("the file is cut off")),
        }
    }

    fn note(&mut self, at: usize, subject: fmt::Arguments<'_>, made_of_it: &str, cure: &str) {
        self.findings.note(self.lines.place(at), subject, made_of_it, cure);
    }

    fn skip(&mut self, begin: &str, end: &str) -> Result<(), XmlError> {
        let inside = self.at.saturating_add(begin.len());
        let found = self.text.get(inside..).unwrap_or_default().find(end);
        let found = found.ok_or_else(|| self.cut_off())?;
        self.at = inside.saturating_add(found).saturating_add(end.len());
        Ok(())
    }

    /// A DOCTYPE, with all that it declares.
    fn declaration(&mut self) -> Result<(), XmlError> {
        let start = self.at;
        let (mut depth, mut quote) = (0_usize, None);
        let mut bytes = self.rest().bytes().enumerate();
        while let Some((at, byte)) = bytes.next() {
            match (quote, byte) {
                (Some(open), byte) if byte == open => quote = None,
                (Some(_), _) => {}
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'<') => {
                    let comment = self.rest().get(at..).filter(|rest| rest.starts_with("<!--"));
                    if let Some(comment) = comment {
                        let len = comment.find("-->").ok_or_else(|| self.cut_off())?;
                        // On to its last byte.
                        bytes.nth(len.saturating_add(1));
                    } else {
                        depth = depth.saturating_add(1);
                    }
                }
                (None, b'>') => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        self.at = start.saturating_add(at).saturating_add(1);
                        self.note(
                            start,
                            format_args!("a DOCTYPE"),
                            "passed over, and no entity of it is replaced",
                            "take it out",
                        );
                        return Ok(());
                    }
                }
                (None, _) => {}
            }
        }
        Err(self.cut_off())
    }

    fn end_tag(&mut self) -> Result<(), XmlError> {
        let start = self.at;
        let inside = start.saturating_add(2);
        let rest = self.text.get(inside..).unwrap_or_default();
        let len = rest.find('>').ok_or_else(|| self.cut_off())?;
        let name = rest.get(..len).unwrap_or_default().trim_end();
        let end = self.parsed.elements.len();
        let element = self.open.last().and_then(|at| self.parsed.elements.get_mut(*at));
        match element {
            Some(open) if open.full_name == name => open.end = end,
            Some(open) => {
                let (open, name) = (short(open.full_name), short(name));
                return Err(self.fault(
                    start,
                    format_args!("</{name}> stands where <{open}> is open: end that one first"),
                ));
            }
            None => {
                let name = short(name);
                return Err(self.fault(start, format_args!("</{name}> ends nothing: take it out")));
            }
        }
        self.open.pop();
        self.at = inside.saturating_add(len).saturating_add(1);
        Ok(())
    }

    fn start_tag(&mut self) -> Result<(), XmlError> {
        let start = self.at;
        self.at = start.saturating_add(1);
        let full_name = self.word();
        if full_name.is_empty() {
            return Err(self.fault(start, format_args!("a `<` begins no element: write &lt;")));
        }
        if self.parsed.elements.len() >= self.limits.nodes as usize {
            let limit = self.limits.nodes;
            return Err(self.fault(
                start,
                format_args!(
                    "more than {limit} elements: raise `Limits::nodes` if the file is yours"
                ),
            ));
        }
        let name = full_name.rsplit(':').next().unwrap_or(full_name);
        let first = self.parsed.attributes.len();
        let is_empty = self.attributes(start, first)?;
        let position = self.parsed.elements.len();
        let attributes = first..self.parsed.attributes.len();
        let end = position.saturating_add(1);
        self.parsed.elements.push(Element { name, full_name, at: start, attributes, end });
        if is_empty {
            return Ok(());
        }
        self.open.push(position);
        let limit = self.limits.depth;
        if self.open.len() > limit {
            return Err(self.fault(
                start,
                format_args!(
                    "more than {limit} elements within each other: raise `Limits::depth` if the \
                     file is yours"
                ),
            ));
        }
        Ok(())
    }

    /// Reads to the end of the tag; whether the element ends with it.
    fn attributes(&mut self, start: usize, first: usize) -> Result<bool, XmlError> {
        let mut count = 0_usize;
        loop {
            let at = self.at;
            self.blanks();
            let is_set_off = self.at > at;
            let rest = self.rest();
            if rest.starts_with('>') {
                self.at = self.at.saturating_add(1);
                return Ok(false);
            }
            if rest.starts_with("/>") {
                self.at = self.at.saturating_add(2);
                return Ok(true);
            }
            if rest.is_empty() {
                return Err(self.cut_off());
            }
            let at = self.at;
            let name = self.word();
            if name.is_empty() || !is_set_off {
                return Err(self.fault(
                    at,
                    format_args!(
                        "no attribute begins here: write a space, a name, `=` and a value"
                    ),
                ));
            }
            let value = self.value(at, name)?;
            count = count.saturating_add(1);
            if count > self.limits.attributes {
                let limit = self.limits.attributes;
                return Err(self.fault(
                    start,
                    format_args!(
                        "an element has more than {limit} attributes: raise `Limits::attributes` \
                         if the file is yours"
                    ),
                ));
            }
            let known = self.parsed.attributes.get(first..).unwrap_or_default();
            if known.iter().any(|attribute| attribute.name == name) {
                let name = short(name);
                self.note(
                    at,
                    format_args!("attribute `{name}` is there twice"),
                    "the first stands",
                    "take one out",
                );
                continue;
            }
            self.parsed.attributes.push(Attribute { name, value });
        }
    }

    /// The value of an attribute, from its `=` on.
    fn value(&mut self, start: usize, name: &str) -> Result<Cow<'t, str>, XmlError> {
        self.blanks();
        let has_value = self.rest().starts_with('=');
        if has_value {
            self.at = self.at.saturating_add(1);
            self.blanks();
        }
        let quote = self.rest().chars().next().filter(|quote| has_value && "'\"".contains(*quote));
        let Some(quote) = quote else {
            if self.rest().is_empty() {
                return Err(self.cut_off());
            }
            let name = short(name);
            return Err(self.fault(start, format_args!("{name} has no value in quotes: write one")));
        };
        let inside = self.at.saturating_add(1);
        let rest = self.text.get(inside..).unwrap_or_default();
        let len = rest.find(quote).ok_or_else(|| self.cut_off())?;
        let raw = rest.get(..len).unwrap_or_default();
        self.at = inside.saturating_add(len).saturating_add(1);
        if raw.contains('<') {
            self.note(inside, format_args!("a `<` within a value"), "taken as it is", "write &lt;");
        }
        Ok(self.meant(inside, raw))
    }

    /// The value with its characters replaced that are written in another way.
    fn meant(&mut self, start: usize, raw: &'t str) -> Cow<'t, str> {
        if !raw.bytes().any(|byte| matches!(byte, b'&' | b'\t' | b'\n' | b'\r')) {
            return Cow::Borrowed(raw);
        }
        let mut text = String::with_capacity(raw.len());
        let mut at = 0;
        while let Some(char) = raw.get(at..).and_then(|rest| rest.chars().next()) {
            let mut len = char.len_utf8();
            match char {
                '\t' | '\n' | '\r' => text.push(' '),
                '&' => match reference(raw.get(at..).unwrap_or_default()) {
                    Some((char, whole)) => {
                        text.push(char);
                        len = whole;
                    }
                    None => {
                        text.push('&');
                        let place = start.saturating_add(at);
                        self.note(
                            place,
                            format_args!("an `&` that is none of &amp; &lt; &gt; &quot; &apos;"),
                            "taken as it is",
                            "write &amp;",
                        );
                    }
                },
                char => text.push(char),
            }
            at = at.saturating_add(len);
        }
        Cow::Owned(text)
    }

    fn blanks(&mut self) {
        let rest = self.rest();
        let len = rest.len().saturating_sub(rest.trim_ascii_start().len());
        self.at = self.at.saturating_add(len);
    }

    /// Up to the next character that ends a name.
    fn word(&mut self) -> &'t str {
        let rest = self.rest();
        let ends = |char: char| char.is_ascii_whitespace() || "/>=<'\"".contains(char);
        let word = rest.get(..rest.find(ends).unwrap_or(rest.len())).unwrap_or_default();
        self.at = self.at.saturating_add(word.len());
        word
    }
}

/// The character that a reference stands for, and the length of the reference.
fn reference(text: &str) -> Option<(char, usize)> {
    /// `&#1114111;`, the longest that anyone needs.
    const LEN_MAX: usize = 12;
    let end = text.bytes().take(LEN_MAX).position(|byte| byte == b';')?;
    let char = match text.get(1..end)? {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        name => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    };
    Some((char, end.saturating_add(1)))
}
