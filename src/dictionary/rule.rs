//! What is required under a condition: the part of a specification that stands in its prose.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::violation::{Check, Violation};
use crate::wire::{Fields, Tag};

/// In messages of one type, where a field has one of some values, another must be there (14.m).
///
/// It looks at the first field with each tag, wherever that stands. Plain data.
///
/// ```
/// use fixline::dictionary::Rule;
/// use fixline::wire::Tag;
///
/// // Limit and stop limit orders have a price.
/// let rule = Rule::new("D", Tag::ORD_TYPE, &["2", "4"], Tag::PRICE);
/// assert_eq!(rule.requires(), Tag::PRICE);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    msg_type: String,
    when: Tag,
    values: Vec<Box<[u8]>>,
    requires: Tag,
}

impl Rule {
    /// In messages with this MsgType(35), `requires` must be there where `when` has one of these
    /// values; with no values, wherever `when` is.
    #[must_use]
    pub fn new(msg_type: &str, when: Tag, values: &[&str], requires: Tag) -> Self {
        let values = values.iter().map(|value| value.as_bytes().into()).collect();
        Self { msg_type: msg_type.into(), when, values, requires }
    }

    /// The field that must be there.
    #[must_use]
    pub const fn requires(&self) -> Tag {
        self.requires
    }

    pub(super) fn broken_by(&self, msg_type: &[u8], fields: Fields<'_>) -> Option<Violation> {
        if self.msg_type.as_bytes() != msg_type {
            return None;
        }
        let value = fields.get(self.when)?;
        let applies = self.values.is_empty() || self.values.iter().any(|one| **one == *value);
        let broken = applies && fields.get(self.requires).is_none();
        let violation = Violation { check: Check::ConditionallyRequired, tag: Some(self.requires) };
        broken.then_some(violation)
    }
}
