//! Where in a file stands what a dictionary says.

use alloc::collections::BTreeMap;
use alloc::string::String;

use super::finding::Place;

/// Something that a specification defines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Thing {
    Header,
    Trailer,
    /// By its tag.
    Field(u32),
    /// By its name.
    Component(String),
    /// By its MsgType(35).
    Message(String),
}

/// The places of things, and of the members that they list.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    things: BTreeMap<Thing, (u16, Place)>,
    members: BTreeMap<(Thing, u32), (u16, Place)>,
    /// The file that is being read, by the order of reading.
    file: u16,
}

impl Places {
    /// What comes now is of the next file.
    pub(super) fn next_file(&mut self) {
        self.file = self.file.saturating_add(1);
    }

    /// The last file that defines it has it.
    pub(super) fn thing(&mut self, thing: Thing, place: Place) {
        self.things.insert(thing, (self.file, place));
    }

    /// The last one that stands there: where a field stands twice, it is the one too many.
    #[cfg(feature = "xml")]
    pub(super) fn member(&mut self, owner: Thing, tag: u32, place: Place) {
        self.members.insert((owner, tag), (self.file, place));
    }

    /// Where a thing has a member, else where the thing is; the file by the order of reading.
    pub(super) fn of(&self, thing: &Thing, tag: Option<u32>) -> (u16, Place) {
        let member = tag.and_then(|tag| self.members.get(&(thing.clone(), tag)));
        member.or_else(|| self.things.get(thing)).copied().unwrap_or_default()
    }
}
