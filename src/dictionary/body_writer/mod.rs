//! Writing bodies and repeating groups along the dictionary: the order, the delimiters and the
//! counts, it knows.

mod arrange;
mod error;
mod levels;

use core::fmt;

use super::dictionary::Dictionary;
use crate::wire::{PutField, Tag};

pub use error::{BodyError, BodyFault};
use levels::Levels;

/// The body of a message, or its groups, put in any order and written in the dictionary's.
///
/// Fields are put with [`PutField`], entries of groups through [`group`](Self::group), at any depth.
/// What is wrong is remembered, and told when the body is written: a field that does not belong
/// there, one that is there twice or missing, a delimiter that is missing, a group that is none.
/// Nothing is written then. Whether values are what the dictionary says is checked by
/// [`Dictionary::validate`], or by the session with
/// [`check_composed`](crate::session::ConfigBuilder::check_composed).
///
/// The memory is kept from one message to the next, so that in the long run nothing is allocated.
///
/// ```
/// # use fixline::dictionary::{Dictionary, Spec};
/// use fixline::wire::{Body, PutField as _, Tag};
/// # let spec = Spec::from_text(
/// #     "field 11 ClOrdID String\nfield 58 Text String\n\
/// #      field 453 NoPartyIDs NumInGroup\nfield 448 PartyID String\nfield 447 PartyIDSource char\n\
/// #      field 802 NoPartySubIDs NumInGroup\nfield 523 PartySubID String\n\
/// #      message D NewOrderSingle 11! 453(448 447 802(523)) 58")?;
/// # let dictionary = Dictionary::compile(&spec)?;
/// # let tag = |number| Tag::new(number).unwrap();
/// # let (no_party_ids, party_id, party_id_source) = (tag(453), tag(448), tag(447));
/// # let (no_party_sub_ids, party_sub_id) = (tag(802), tag(523));
/// let mut order = dictionary.body_writer("D")?;
/// let mut parties = order.group(no_party_ids);
/// for id in ["A", "B"] {
///     let mut party = parties.entry();
///     party.char(party_id_source, b'D').str(party_id, id);
///     party.group(no_party_sub_ids).entry().str(party_sub_id, "desk");
/// }
/// order.str(Tag::CL_ORD_ID, "ORD-1");
///
/// let mut body = Body::new();
/// order.write(&mut body)?;
/// assert_eq!(
///     format!("{body:?}"),
///     "11=ORD-1|453=2|448=A|447=D|802=1|523=desk|448=B|447=D|802=1|523=desk|"
/// );
///
/// order.group(no_party_ids).entry().char(party_id_source, b'D');
/// let error = order.write(&mut body).unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "entry 1 of NoPartyIDs(453) in NewOrderSingle(D): PartyID(448) begins every entry and is missing"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct BodyWriter<'d> {
    levels: Levels<'d>,
}

impl Dictionary {
    /// A writer for the body of a message of this type. Of FIX 5.0 and later, session messages are
    /// in the dictionary of FIXT.1.1.
    ///
    /// # Errors
    ///
    /// There is no such message.
    pub fn body_writer(&self, msg_type: &str) -> Result<BodyWriter<'_>, BodyError> {
        let levels = Levels::new(self, msg_type)?;
        Ok(BodyWriter { levels })
    }
}

impl<'d> BodyWriter<'d> {
    /// Begins the group that this NumInGroup field counts. The count is written with it; a group
    /// without entries is not written.
    pub fn group(&mut self, count_tag: Tag) -> GroupWriter<'_, 'd> {
        GroupWriter::open(&mut self.levels, 0, count_tag)
    }

    /// Writes the body, which must have all that the message requires, and is empty afterwards.
    ///
    /// Fields and groups come in the order of the dictionary, but that a field which a reader would
    /// take for one of an entry comes before that group.
    ///
    /// # Errors
    ///
    /// The first thing that was wrong. Nothing was written then, and this is empty, too.
    pub fn write(&mut self, out: &mut impl PutField) -> Result<(), BodyError> {
        self.finish(out, true)
    }

    /// As [`write`](Self::write), but the fields that the message requires outside of its groups may
    /// be missing: for groups in a body that is written by hand otherwise. Fields that the entries
    /// of a group could have as well must then be written before it.
    ///
    /// # Errors
    ///
    /// As of [`write`](Self::write).
    pub fn write_part(&mut self, out: &mut impl PutField) -> Result<(), BodyError> {
        self.finish(out, false)
    }

    fn finish(&mut self, out: &mut impl PutField, is_whole: bool) -> Result<(), BodyError> {
        let found = self.levels.finish(is_whole).map(|fields| {
            for field in fields {
                out.field(field);
            }
        });
        self.clear();
        found
    }

    /// Drops what was put, and the error if there was one. Keeps the memory.
    pub fn clear(&mut self) {
        self.levels.clear();
    }
}

impl PutField for BodyWriter<'_> {
    fn put(&mut self, tag: Tag, value: &[u8]) -> &mut Self {
        self.levels.put(0, tag, value);
        self
    }

    fn data(&mut self, length_tag: Tag, value: &[u8]) -> &mut Self {
        match self.levels.data_tag(0, length_tag) {
            Some(data_tag) => self.uint(length_tag, value.len() as u64).put(data_tag, value),
            None => self,
        }
    }
}

impl fmt::Debug for BodyWriter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.levels.fmt(f)
    }
}

/// A repeating group that is being written; see [`BodyWriter`].
pub struct GroupWriter<'w, 'd> {
    levels: &'w mut Levels<'d>,
    depth: usize,
}

impl<'w, 'd> GroupWriter<'w, 'd> {
    fn open(levels: &'w mut Levels<'d>, around: usize, count_tag: Tag) -> Self {
        levels.open_group(around, count_tag);
        Self { levels, depth: around.saturating_add(1) }
    }

    /// Begins the next entry.
    pub fn entry(&mut self) -> EntryWriter<'_, 'd> {
        self.levels.open_entry(self.depth);
        EntryWriter { levels: self.levels, depth: self.depth.saturating_add(1) }
    }
}

impl fmt::Debug for GroupWriter<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.levels.fmt(f)
    }
}

/// An entry of a group that is being written; see [`BodyWriter`]. Its fields may be put in any
/// order.
pub struct EntryWriter<'w, 'd> {
    levels: &'w mut Levels<'d>,
    depth: usize,
}

impl<'d> EntryWriter<'_, 'd> {
    /// Begins the group within this entry that this NumInGroup field counts.
    pub fn group(&mut self, count_tag: Tag) -> GroupWriter<'_, 'd> {
        GroupWriter::open(self.levels, self.depth, count_tag)
    }
}

impl PutField for EntryWriter<'_, '_> {
    fn put(&mut self, tag: Tag, value: &[u8]) -> &mut Self {
        self.levels.put(self.depth, tag, value);
        self
    }

    fn data(&mut self, length_tag: Tag, value: &[u8]) -> &mut Self {
        match self.levels.data_tag(self.depth, length_tag) {
            Some(data_tag) => self.uint(length_tag, value.len() as u64).put(data_tag, value),
            None => self,
        }
    }
}

impl fmt::Debug for EntryWriter<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.levels.fmt(f)
    }
}
