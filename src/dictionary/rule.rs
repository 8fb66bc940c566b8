//! What is required under a condition: the part of a specification that stands in its prose.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::groups::EntryFields;
use super::violation::{Check, Violation};
use crate::wire::{Fields, Tag};

/// Where a field has one of some values, another must be there (14.m): in messages of one type or of
/// all, and in a group in the same entry.
///
/// Plain data.
///
/// ```
/// use fixline::dictionary::Rule;
/// use fixline::wire::Tag;
///
/// // Limit and stop limit orders have a price.
/// let rule = Rule::new("D", Tag::ORD_TYPE, &["2", "4"], Tag::PRICE);
/// assert_eq!(rule.requires(), Tag::PRICE);
///
/// // Encoded text says how it is encoded (S-VAL-37).
/// let [encoded_text_len, message_encoding] = [354, 347].map(|tag| Tag::new(tag).unwrap());
/// let rule = Rule::for_all(encoded_text_len, &[], message_encoding);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    msg_type: Option<String>,
    when: Tag,
    values: Vec<Box<[u8]>>,
    requires: Tag,
}

impl Rule {
    /// In messages with this MsgType(35), `requires` must be there where `when` has one of these
    /// values, be it among others (`18=1 6`); with no values, wherever `when` is.
    #[must_use]
    pub fn new(msg_type: &str, when: Tag, values: &[&str], requires: Tag) -> Self {
        Self { msg_type: Some(msg_type.into()), ..Self::for_all(when, values, requires) }
    }

    /// As [`new`](Self::new), for messages of all types.
    #[must_use]
    pub fn for_all(when: Tag, values: &[&str], requires: Tag) -> Self {
        let values = values.iter().map(|value| value.as_bytes().into()).collect();
        Self { msg_type: None, when, values, requires }
    }

    /// The field that must be there.
    #[must_use]
    pub const fn requires(&self) -> Tag {
        self.requires
    }

    /// `level` has the same fields as a dictionary knows them; without one, they are a plain list.
    pub(super) fn broken_by(
        &self,
        msg_type: &[u8],
        fields: Fields<'_>,
        level: Option<EntryFields<'_, '_>>,
    ) -> Option<Violation> {
        let concerns = self.msg_type.as_ref().is_none_or(|own| own.as_bytes() == msg_type);
        let broken = concerns
            && match level {
                Some(level) => self.is_broken_in(level),
                None => self.is_broken_by(fields.get(self.when), fields),
            };
        let violation = Violation { check: Check::ConditionallyRequired, tag: Some(self.requires) };
        broken.then_some(violation)
    }

    /// Groups are not deeper than [`Dictionary::DEPTH_MAX`](super::Dictionary::DEPTH_MAX).
    fn is_broken_in(&self, level: EntryFields<'_, '_>) -> bool {
        let mut groups = level.own_with_groups().filter_map(|(_, group)| group);
        self.is_broken_by(level.get(self.when), level.fields())
            || groups.any(|mut entries| entries.any(|entry| self.is_broken_in(entry)))
    }

    fn is_broken_by(&self, value: Option<&[u8]>, fields: Fields<'_>) -> bool {
        value.is_some_and(|value| self.applies_to(value)) && fields.get(self.requires).is_none()
    }

    fn applies_to(&self, value: &[u8]) -> bool {
        let lists = |word: &[u8]| self.values.iter().any(|one| **one == *word);
        self.values.is_empty() || lists(value) || value.split(|byte| *byte == b' ').any(lists)
    }
}
