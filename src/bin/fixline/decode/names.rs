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
    made: BTreeMap<String, Layout>,
    /// The application version by sender and target (S-FIXT-04).
    told: BTreeMap<(Vec<u8>, Vec<u8>), String>,
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
            given: given.map(Layout::new),
            default_version: default_version.to_owned(),
            made: BTreeMap::new(),
            told: BTreeMap::new(),
            shipped,
        }
    }

    /// The dictionary of a message.
    pub(super) fn of(&mut self, record: &Record<'_>) -> &Layout {
        if self.given.is_none() {
            let version = self.version(record);
            let shipped = self.shipped;
            return self.made.entry(version).or_insert_with_key(|version| made(shipped, version));
        }
        self.given.get_or_insert_default()
    }

    /// `FIX.4.4`; for FIXT.1.1 the application version of the message (S-FIXT-04).
    fn version(&mut self, record: &Record<'_>) -> String {
        let begin_string = record.get(Tag::BEGIN_STRING).unwrap_or_default();
        if begin_string != b"FIXT.1.1" {
            return String::from_utf8_lossy(begin_string).into_owned();
        }
        let party = |tag| record.get(tag).unwrap_or_default().to_vec();
        let direction = (party(Tag::SENDER_COMP_ID), party(Tag::TARGET_COMP_ID));
        if let Some(version) = record.get(Tag::DEFAULT_APPL_VER_ID).and_then(version_of)
            && self.told.len() < SESSIONS_MAX
        {
            self.told.insert(direction.clone(), version.to_owned());
        }
        let own = record.get(Tag::APPL_VER_ID).and_then(version_of).map(str::to_owned);
        own.or_else(|| self.told.get(&direction).cloned())
            .unwrap_or_else(|| self.default_version.clone())
    }
}

/// The layout of a version; without names if it is none that is known.
fn made(shipped: fn(&str) -> Option<Spec>, version: &str) -> Layout {
    let Some(mut spec) = shipped(version) else {
        return Layout::default();
    };
    // What the application version lacks is the transport's.
    if version.starts_with("FIX.5")
        && let Some(transport) = shipped("FIXT.1.1")
    {
        let known: Vec<u32> = spec.fields.iter().map(|field| field.tag).collect();
        spec.fields
            .extend(transport.fields.into_iter().filter(|field| !known.contains(&field.tag)));
        spec.components.extend(transport.components);
        let known: Vec<String> = spec.messages.iter().map(|found| found.msg_type.clone()).collect();
        let missing = transport.messages.into_iter();
        spec.messages.extend(missing.filter(|message| !known.contains(&message.msg_type)));
        spec.header = transport.header;
    }
    Layout::new(&spec)
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
}
