//! Repeating groups.

use core::fmt;

use super::field::{Fields, FieldsIter};
use super::tag::Tag;

/// A repeating group: a declared count, and the entries that are really there.
///
/// The first tag behind the NumInGroup field is the delimiter; every entry begins with it. The
/// group ends at the first tag that is not one of its members. The count is what the peer
/// claims: nothing is allocated or trusted by it, and a mismatch is for the caller to judge
/// (373=16).
#[derive(Clone, Copy)]
pub struct Group<'b> {
    count: u64,
    delimiter: Option<Tag>,
    fields: Fields<'b>,
}

impl<'b> Group<'b> {
    /// The group whose fields stand at the front of `following`.
    pub(super) fn new(count: u64, following: &'b [u8], members: &[Tag]) -> Self {
        let mut rest = Fields::scanned(following).iter();
        let mut members_end = rest;
        let mut delimiter = None;
        while let Some(field) = rest.next() {
            // Where no entries are declared, what follows is not the group's (S-VAL-32).
            if count == 0 || !members.contains(&field.tag) {
                break;
            }
            delimiter.get_or_insert(field.tag);
            members_end = rest;
        }
        let len = following
            .len()
            .saturating_sub(members_end.rest().as_bytes().len());
        let fields = Fields::scanned(following.get(..len).unwrap_or_default());
        Self {
            count,
            delimiter,
            fields,
        }
    }

    /// The number of entries that the NumInGroup field declares.
    #[must_use]
    pub const fn count(self) -> u64 {
        self.count
    }

    /// The entries in order, each as the fields from its delimiter on.
    #[must_use]
    pub const fn iter(self) -> Entries<'b> {
        Entries {
            delimiter: self.delimiter,
            fields: self.fields.iter(),
        }
    }
}

impl<'b> IntoIterator for Group<'b> {
    type Item = Fields<'b>;
    type IntoIter = Entries<'b>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Debug for Group<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(*self).finish()
    }
}

/// The entries of a [`Group`], in order.
#[derive(Clone, Copy)]
pub struct Entries<'b> {
    delimiter: Option<Tag>,
    /// Stands at the front of an entry.
    fields: FieldsIter<'b>,
}

impl<'b> Iterator for Entries<'b> {
    type Item = Fields<'b>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.fields.rest().as_bytes();
        self.fields.next()?;
        let mut rest = self.fields;
        while let Some(field) = rest.next() {
            if Some(field.tag) == self.delimiter {
                break;
            }
            self.fields = rest;
        }
        let len = entry
            .len()
            .saturating_sub(self.fields.rest().as_bytes().len());
        entry.get(..len).map(Fields::scanned)
    }
}

impl fmt::Debug for Entries<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(*self).finish()
    }
}
