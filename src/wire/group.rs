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
    pub(super) fn new(count: u64, following: Fields<'b>, members: &[Tag]) -> Self {
        let mut rest = following.iter();
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
        Self { count, delimiter, fields: following.iter().until(members_end) }
    }

    /// The number of entries that the NumInGroup field declares.
    #[must_use]
    pub const fn count(self) -> u64 {
        self.count
    }

    /// The entries in order, each as the fields from its delimiter on.
    #[must_use]
    pub fn iter(self) -> Entries<'b> {
        Entries { delimiter: self.delimiter, fields: self.fields.iter() }
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
        let start = self.fields;
        self.fields.next()?;
        let mut ahead = self.fields;
        while let Some(field) = ahead.next() {
            if Some(field.tag) == self.delimiter {
                break;
            }
            self.fields = ahead;
        }
        Some(start.until(self.fields))
    }
}

impl fmt::Debug for Entries<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(*self).finish()
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::vec::Vec;

    use super::*;

    const NO_ENTRIES: Tag = tag(268);
    const MEMBERS: &[Tag] = &[tag(269), tag(270), tag(271), tag(453), tag(448), tag(447)];

    const fn tag(number: u32) -> Tag {
        match Tag::new(number) {
            Some(tag) => tag,
            None => Tag::TEXT,
        }
    }

    fn fields(bytes: &[u8]) -> Fields<'_> {
        Fields::new(bytes).unwrap()
    }

    fn entries(bytes: &[u8]) -> (u64, Vec<&[u8]>) {
        let group = fields(bytes).group(NO_ENTRIES, MEMBERS).unwrap();
        (group.count(), group.iter().map(Fields::as_bytes).collect())
    }

    #[test]
    fn every_entry_begins_with_the_first_tag() {
        let (count, entries) = entries(
            b"55=MSFT\x01268=3\x01269=0\x01270=1.5\x01269=1\x01269=1\x01271=9\x01270=2\x0158=x\x01269=7\x01",
        );
        assert_eq!(count, 3);
        assert_eq!(
            entries,
            [&b"269=0\x01270=1.5\x01"[..], b"269=1\x01", b"269=1\x01271=9\x01270=2\x01"]
        );
    }

    #[test]
    fn nested_groups_are_read_from_their_entry() {
        const PARTIES: &[Tag] = &[tag(448), tag(447)];
        let bytes = b"268=2\x01269=0\x01453=2\x01448=A\x01447=D\x01448=B\x01270=1\x01269=1\x01453=1\x01448=C\x01";
        let group = fields(bytes).group(NO_ENTRIES, MEMBERS).unwrap();
        let nested: Vec<Vec<_>> = group
            .iter()
            .map(|entry| {
                entry.group(tag(453), PARTIES).unwrap().iter().map(Fields::as_bytes).collect()
            })
            .collect();
        assert_eq!(nested[0], [&b"448=A\x01447=D\x01"[..], b"448=B\x01"]);
        assert_eq!(nested[1], [&b"448=C\x01"[..]]);
    }

    #[test]
    fn a_count_that_lies_changes_nothing_but_the_count() {
        let (count, found) = entries(b"268=2000000000\x01269=0\x01270=1\x01");
        assert_eq!((count, found.len()), (2_000_000_000, 1));
        let (count, found) = entries(b"268=1\x01269=0\x01269=1\x01");
        assert_eq!((count, found.len()), (1, 2));
    }

    #[test]
    fn a_count_of_zero_has_no_entries() {
        // S-VAL-32
        assert_eq!(entries(b"268=0\x01269=0\x01"), (0, Vec::new()));
        assert_eq!(entries(b"268=0\x01"), (0, Vec::new()));
    }

    #[test]
    fn a_group_that_is_not_there_or_not_counted_is_none() {
        for bytes in [&b"55=MSFT\x01"[..], b"268=x\x01269=0\x01", b"268=-1\x01269=0\x01"] {
            assert!(fields(bytes).group(NO_ENTRIES, MEMBERS).is_none());
        }
    }

    #[test]
    fn a_first_tag_that_is_no_member_makes_no_entries() {
        assert_eq!(entries(b"268=1\x0158=x\x01269=0\x01"), (1, Vec::new()));
    }

    #[test]
    fn data_in_entries_may_hold_delimiters() {
        const MEMBERS: &[Tag] = &[Tag::TEXT, Tag::ENCODED_TEXT_LEN, Tag::ENCODED_TEXT];
        let bytes = b"268=2\x0158=a\x01354=6\x01355=\x0158=x\x01\x0158=b\x01";
        let group = fields(bytes).group(NO_ENTRIES, MEMBERS).unwrap();
        let texts: Vec<_> = group.iter().map(|entry| entry.get(Tag::ENCODED_TEXT)).collect();
        assert_eq!(texts, [Some(&b"\x0158=x\x01"[..]), None]);
    }

    #[test]
    fn groups_print_their_entries() {
        let group = fields(b"268=2\x01269=0\x01269=1\x01").group(NO_ENTRIES, MEMBERS).unwrap();
        assert_eq!(format!("{group:?}"), "[269=0|, 269=1|]");
    }
}
