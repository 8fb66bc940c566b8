//! Which dictionary a message is read with.

use std::collections::BTreeMap;

use fixline::dictionary::{ApplVerId, Spec, Standard};
use fixline::wire::Tag;

use super::layout::Layout;
use super::record::Record;

/// So many sessions are remembered with the version that their Logon told.
const SESSIONS_MAX: usize = 10_000;

/// The dictionaries, each made when the first message needs it.
pub(super) struct Names {
    given: Option<Layout>,
    default_version: String,
    made: Vec<(String, Layout)>,
    /// For versions that nobody knows.
    unknown: Layout,
    /// The application version by sender and target (S-FIXT-04).
    told: BTreeMap<Vec<u8>, &'static str>,
    shipped: fn(&str) -> Option<Spec>,
}

impl Names {
    /// All messages are read with `given`, or each with the dictionary of its version that
    /// `shipped` has.
    pub(super) fn new(
        given: Option<&Spec>,
        default_version: &str,
        shipped: fn(&str) -> Option<Spec>,
    ) -> Self {
        Self {
            given: given.map(|spec| layout([spec])),
            default_version: default_version.to_owned(),
            made: Vec::new(),
            unknown: Layout::default(),
            told: BTreeMap::new(),
            shipped,
        }
    }

    /// The dictionary of a message.
    pub(super) fn of(&mut self, record: &Record<'_>) -> &Layout {
        if self.given.is_some() {
            return self.given.get_or_insert_default();
        }
        let begin_string = record.get(Tag::BEGIN_STRING).unwrap_or_default();
        let version = match begin_string {
            b"FIXT.1.1" => self.told(record),
            other => str::from_utf8(other).ok(),
        };
        let version = version.unwrap_or(&self.default_version);
        let known = self.made.iter().position(|(made, _)| made == version);
        let at = known.or_else(|| {
            let made = (version.to_owned(), made(self.shipped, version)?);
            self.made.push(made);
            Some(self.made.len() - 1)
        });
        at.and_then(|at| self.made.get(at)).map_or(&self.unknown, |(_, layout)| layout)
    }

    /// The application version of a message under FIXT.1.1, if it or its Logon tells one
    /// (S-FIXT-04).
    fn told(&mut self, record: &Record<'_>) -> Option<&'static str> {
        let party = |tag| record.get(tag).unwrap_or_default();
        let direction = [party(Tag::SENDER_COMP_ID), party(Tag::TARGET_COMP_ID)].join(&1);
        if let Some(version) = record.get(Tag::DEFAULT_APPL_VER_ID).and_then(version_of)
            && self.told.len() < SESSIONS_MAX
        {
            self.told.insert(direction.clone(), version);
        }
        let own = record.get(Tag::APPL_VER_ID).and_then(version_of);
        own.or_else(|| self.told.get(&direction).copied())
    }
}

/// The layout of a version, if it is known.
fn made(shipped: fn(&str) -> Option<Spec>, version: &str) -> Option<Layout> {
    let spec = shipped(version)?;
    // What the application version lacks is the transport's.
    let transport = if version.starts_with("FIX.5") { shipped("FIXT.1.1") } else { None };
    Some(layout([&spec].into_iter().chain(&transport)))
}

fn layout<'s>(specs: impl IntoIterator<Item = &'s Spec>) -> Layout {
    let mut layout = Layout::default();
    specs.into_iter().for_each(|spec| layout.add(spec));
    layout
}

/// The version by its ApplVerID, if the program knows it; FIX Latest is read as the last that it
/// knows (S-FIXT-03).
fn version_of(appl_ver_id: &[u8]) -> Option<&'static str> {
    let name = ApplVerId::parse(appl_ver_id)?.name()?;
    let name = if name == "FIX.Latest" { "FIX.5.0SP2" } else { name };
    Standard::from_name(name).map(Standard::name)
}

#[cfg(test)]
mod tests {
    use fixline::dictionary::MessageSpec;

    use super::super::record::first;
    use super::*;

    /// Every version has an `X` message and a Logon, which are named after it.
    #[expect(clippy::unnecessary_wraps, reason = "versions that are not shipped have none")]
    fn shipped(version: &str) -> Option<Spec> {
        let messages = ["A", "X"].map(|msg_type| MessageSpec {
            msg_type: msg_type.to_owned(),
            name: version.to_owned(),
            admin: false,
            members: Vec::new(),
        });
        Some(Spec { messages: messages.into(), ..Spec::default() })
    }

    fn read_with(names: &mut Names, line: &str) -> String {
        let (record, _) = first(line.as_bytes()).unwrap().unwrap();
        let msg_type = record.get(Tag::MSG_TYPE).unwrap();
        names.of(&record).message_name(msg_type).unwrap().to_owned()
    }

    #[test]
    fn the_application_version_is_that_of_the_message_its_logon_or_the_default() {
        let names = &mut Names::new(None, "FIX.5.0", shipped);
        assert_eq!(read_with(names, "8=FIX.4.2|9=1|35=X|10=1|"), "FIX.4.2");
        assert_eq!(read_with(names, "8=FIXT.1.1|9=1|35=X|49=A|56=B|10=1|"), "FIX.5.0");
        assert_eq!(read_with(names, "8=FIXT.1.1|9=1|35=A|49=A|56=B|1137=8|10=1|"), "FIX.5.0SP1");
        assert_eq!(read_with(names, "8=FIXT.1.1|9=1|35=X|49=A|56=B|10=1|"), "FIX.5.0SP1");
        assert_eq!(read_with(names, "8=FIXT.1.1|9=1|35=X|49=B|56=A|10=1|"), "FIX.5.0");
        let own = "8=FIXT.1.1|9=1|35=X|1128=6|49=A|56=B|10=1|";
        assert_eq!(read_with(names, own), "FIX.4.4");
        let latest = "8=FIXT.1.1|9=1|35=X|1128=10|49=B|56=A|10=1|";
        assert_eq!(read_with(names, latest), "FIX.5.0SP2");
        let old = "8=FIXT.1.1|9=1|35=X|1128=0|49=B|56=A|10=1|";
        assert_eq!(read_with(names, old), "FIX.5.0");
    }

    #[test]
    fn versions_that_nobody_knows_take_no_memory() {
        let names = &mut Names::new(None, "FIX.5.0", |_| None);
        for version in 0..100 {
            let line = format!("8=FIX.{version}|9=1|35=A|10=1|");
            let (record, _) = first(line.as_bytes()).unwrap().unwrap();
            assert_eq!(names.of(&record).message_name(b"A"), None);
        }
        assert!(names.made.is_empty());
    }
}
