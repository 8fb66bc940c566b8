//! An XML document as its readers walk it: elements, attributes, places.

use core::fmt;

use super::XmlError;
use super::limits::Limits;
use super::lines::Lines;
use super::parse::{Element, Parsed, parse};
use crate::dictionary::finding::{Findings, Place};

/// The text and what was made of it.
pub(super) struct Source<'t> {
    pub(super) lines: Lines<'t>,
    parsed: Parsed<'t>,
}

impl<'t> Source<'t> {
    pub(super) fn parse(
        text: &'t str,
        limits: &Limits,
        findings: &mut Findings,
    ) -> Result<Self, XmlError> {
        let lines = Lines::of(text);
        let parsed = parse(&lines, text, limits, findings)?;
        let source = Self { lines, parsed };
        if let Some(other) = source.siblings_of_root().nth(1) {
            findings.note(
                other.place(),
                format_args!("<{}> stands behind the end of the dictionary", other.name()),
                "passed over",
                "take it out",
            );
        }
        Ok(source)
    }

    fn siblings_of_root(&self) -> Children<'_, 't> {
        Children { source: self, next: 0, end: self.parsed.elements.len() }
    }

    /// The first element; there is one.
    pub(super) fn root(&self) -> Node<'_, 't> {
        Node { source: self, position: 0 }
    }
}

/// An element of a document.
#[derive(Clone, Copy)]
pub(super) struct Node<'d, 't> {
    source: &'d Source<'t>,
    position: usize,
}

impl<'d, 't> Node<'d, 't> {
    fn element(self) -> Option<&'d Element<'t>> {
        self.source.parsed.elements.get(self.position)
    }

    /// Without its prefix.
    pub(super) fn name(self) -> &'t str {
        self.element().map_or("", |element| element.name)
    }

    pub(super) fn attribute(self, name: &str) -> Option<&'d str> {
        let range = self.element()?.attributes.clone();
        let attributes = self.source.parsed.attributes.get(range)?;
        attributes.iter().find(|attribute| attribute.name == name).map(|found| &*found.value)
    }

    /// The elements directly within.
    pub(super) fn children(self) -> Children<'d, 't> {
        let end = self.element().map_or(0, |element| element.end);
        Children { source: self.source, next: self.position.saturating_add(1), end }
    }

    pub(super) fn place(self) -> Place {
        self.source.lines.place(self.element().map_or(0, |element| element.at))
    }

    /// What makes the file no dictionary at all.
    pub(super) fn fault(self, fault: fmt::Arguments<'_>) -> XmlError {
        XmlError::new(self.place(), fault)
    }
}

/// Elements one behind the other.
pub(super) struct Children<'d, 't> {
    source: &'d Source<'t>,
    next: usize,
    end: usize,
}

impl<'d, 't> Iterator for Children<'d, 't> {
    type Item = Node<'d, 't>;

    fn next(&mut self) -> Option<Node<'d, 't>> {
        if self.next >= self.end {
            return None;
        }
        let node = Node { source: self.source, position: self.next };
        self.next = node.element()?.end;
        Some(node)
    }
}
