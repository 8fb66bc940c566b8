//! The XML document below every form: elements, attributes, places, errors.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use core::fmt;

use roxmltree::{Document, Node, ParsingOptions};

use super::limits::Limits;

/// Why a text is no dictionary, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {fault}")]
pub struct XmlError {
    /// The line, counted from 1.
    pub line: u32,
    /// The column, counted in characters from 1.
    pub column: u32,
    /// The thing at fault, and what to do about it.
    pub fault: String,
}

/// No message is longer, whatever the file puts into it.
const FAULT_MAX: usize = 300;

impl XmlError {
    /// A fault at this byte of the text.
    pub(super) fn new(text: &str, at: usize, fault: fmt::Arguments<'_>) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Self {
            line: number(before.matches('\n').count().saturating_add(1)),
            column: number(before[line_start..].chars().count().saturating_add(1)),
            fault: shortened(&fault.to_string(), FAULT_MAX),
        }
    }
}

fn shortened(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((end, _)) => {
            let mut start = text[..end].to_owned();
            start.push_str("..");
            start
        }
        None => text.to_owned(),
    }
}

/// The text and what the XML reader made of it.
pub(super) struct Source<'t> {
    text: &'t str,
    document: Document<'t>,
}

impl<'t> Source<'t> {
    pub(super) fn parse(text: &'t str, limits: &Limits) -> Result<Self, XmlError> {
        let options = ParsingOptions { nodes_limit: limits.nodes, ..ParsingOptions::default() };
        match Document::parse_with_options(text, options) {
            Ok(document) => Ok(Self { text, document }),
            Err(roxmltree::Error::NodesLimitReached) => Err(XmlError::new(
                text,
                0,
                format_args!(
                    "more than {} nodes: raise `Limits::nodes` if the file is yours",
                    limits.nodes
                ),
            )),
            Err(
                error @ (roxmltree::Error::UnexpectedEndOfStream
                | roxmltree::Error::UnclosedRootNode),
            ) => Err(XmlError::new(text, text.len(), format_args!("{error}: the file is cut off"))),
            Err(error) => {
                let place = error.pos();
                let text = error.to_string();
                // The place stands in front already.
                let text = text.strip_suffix(&format!(" at {place}")).unwrap_or(&text);
                let fault = shortened(text, FAULT_MAX);
                Err(XmlError { line: place.row, column: place.col, fault })
            }
        }
    }

    pub(super) fn root(&self) -> Node<'_, 't> {
        self.document.root_element()
    }

    /// A fault of this element.
    pub(super) fn fault(&self, node: Node<'_, '_>, fault: fmt::Arguments<'_>) -> XmlError {
        XmlError::new(self.text, node.range().start, fault)
    }

    /// An attribute that must be there.
    pub(super) fn attribute<'d>(
        &self,
        node: Node<'d, 't>,
        name: &str,
    ) -> Result<&'d str, XmlError> {
        node.attribute(name).ok_or_else(|| {
            let element = node.tag_name().name();
            self.fault(node, format_args!("<{element}> has no `{name}`: add it"))
        })
    }

    /// An attribute that must be there and be a tag.
    pub(super) fn tag(&self, node: Node<'_, 't>, name: &str) -> Result<u32, XmlError> {
        let text = self.attribute(node, name)?;
        text.parse().ok().filter(|tag| *tag > 0).ok_or_else(|| {
            self.fault(node, format_args!("`{}` is no tag: write a number from 1 on", short(text)))
        })
    }

    /// An attribute that must be there and not be empty.
    pub(super) fn filled<'d>(&self, node: Node<'d, 't>, name: &str) -> Result<&'d str, XmlError> {
        let text = self.attribute(node, name)?;
        if text.is_empty() {
            return Err(self.fault(node, format_args!("`{name}` is empty: write what it is")));
        }
        Ok(text)
    }

    /// The element has no place here.
    pub(super) fn misplaced(&self, node: Node<'_, '_>, expected: &str) -> XmlError {
        let element = short(node.tag_name().name());
        self.fault(node, format_args!("<{element}> is not known here: {expected}"))
    }
}

/// The elements below, without texts and comments.
pub(super) fn elements<'d, 't: 'd>(node: Node<'d, 't>) -> impl Iterator<Item = Node<'d, 't>> {
    node.children().filter(Node::is_element)
}

/// So much of a text of the file that a message with it stays short.
pub(super) fn short(text: &str) -> String {
    shortened(text, 40)
}
