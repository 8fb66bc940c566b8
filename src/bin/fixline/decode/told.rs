//! What the Logons of a log tell of the messages that follow them.

use std::collections::BTreeMap;
use std::sync::Arc;

use fixline::dictionary::{ApplVerId, ApplVersions};
use fixline::wire::{Fields, Tag};
use memchr::memmem;

use super::record::Record;

/// So many directions are remembered with the versions that their Logon told.
const DIRECTIONS_MAX: usize = 10_000;

/// A Logon whose CompIDs or message types are longer, in bytes, is not remembered: a log may hold
/// anything.
const LOGON_MAX: usize = 16 << 10;

/// What the Logon of a direction, sender and target, told (S-FIXT-04, S-FIXT-05). A copy costs nothing
/// until one of the two learns more.
#[derive(Debug, Clone, Default)]
pub(super) struct Told(Arc<BTreeMap<Arc<[u8]>, Arc<ApplVersions>>>);

impl Told {
    /// Whether a message may be one of which something can be learned.
    pub(super) fn may_tell(raw: &[u8]) -> bool {
        raw.starts_with(b"8=FIXT") && memmem::find(raw, b"35=A").is_some()
    }

    /// The version of a message by what the Logon of its direction told.
    pub(super) fn of(&self, record: &Record<'_>) -> Option<ApplVerId> {
        let msg_type = record.get(Tag::MSG_TYPE).unwrap_or_default();
        Some(self.0.get(direction(record).as_slice())?.of(msg_type))
    }

    /// Remembers what a Logon of FIXT.1.1 tells; another message tells nothing.
    pub(super) fn learn(&mut self, record: &Record<'_>) {
        if !record.raw.starts_with(b"8=FIXT") || record.get(Tag::MSG_TYPE) != Some(b"A") {
            return;
        }
        let default = record.get(Tag::DEFAULT_APPL_VER_ID).and_then(ApplVerId::parse);
        let (Some(default), Some(types)) = (default, message_types(record)) else { return };
        let versions = match Fields::new(&types) {
            Ok(fields) => ApplVersions::of_logon(default, fields),
            Err(_) => ApplVersions::new(default),
        };
        let direction = direction(record);
        let has_room = self.0.len() < DIRECTIONS_MAX || self.0.contains_key(direction.as_slice());
        if direction.len() <= LOGON_MAX && has_room {
            Arc::make_mut(&mut self.0).insert(direction.into(), versions.into());
        }
    }
}

/// Who sends, and to whom.
fn direction(record: &Record<'_>) -> Vec<u8> {
    let party = |tag| record.get(tag).unwrap_or_default();
    [party(Tag::SENDER_COMP_ID), party(Tag::TARGET_COMP_ID)].join(&1)
}

/// What a Logon says of message types as it stands on the wire, unless it is too long. The rest may
/// be wrong, which is what logs are read for.
fn message_types(logon: &Record<'_>) -> Option<Vec<u8>> {
    const TAGS: [Tag; 7] = [
        Tag::NO_MSG_TYPES,
        Tag::REF_MSG_TYPE,
        Tag::MSG_DIRECTION,
        Tag::REF_APPL_VER_ID,
        Tag::REF_APPL_EXT_ID,
        Tag::REF_CSTM_APPL_VER_ID,
        Tag::DEFAULT_VER_INDICATOR,
    ];
    let is_meant = |tag: u32| TAGS.iter().any(|meant| meant.get() == tag);
    let mut wire = Vec::new();
    for field in logon.fields.iter().filter(|field| is_meant(field.tag)) {
        wire.extend_from_slice(field.tag.to_string().as_bytes());
        wire.push(b'=');
        wire.extend_from_slice(field.value);
        wire.push(1);
        if wire.len() > LOGON_MAX {
            return None;
        }
    }
    Some(wire)
}

#[cfg(test)]
mod tests {
    use super::super::tests::first;
    use super::*;

    #[test]
    fn a_full_table_of_directions_is_still_kept_up_to_date() {
        let logon = |sender: usize, version: u8| {
            format!("8=FIXT.1.1|9=1|35=A|49={sender}|56=B|1137={version}|10=1|")
        };
        let mut told = Told::default();
        let version = |told: &Told| {
            let order = first(b"8=FIXT.1.1|9=1|35=X|49=0|56=B|10=1|");
            told.of(&order).and_then(ApplVerId::name)
        };
        for sender in 0..=DIRECTIONS_MAX {
            told.learn(&first(logon(sender, 8).as_bytes()));
        }
        assert_eq!((told.0.len(), version(&told)), (DIRECTIONS_MAX, Some("FIX.5.0SP1")));
        let before = told.clone();
        told.learn(&first(logon(0, 6).as_bytes()));
        assert_eq!((version(&told), version(&before)), (Some("FIX.4.4"), Some("FIX.5.0SP1")));
        let long = "x".repeat(LOGON_MAX);
        let long =
            format!("8=FIXT.1.1|9=1|35=A|49=0|56=B|1137=9|384=1|372={long}|1130=7|1410=Y|10=1|");
        told.learn(&first(long.as_bytes()));
        assert_eq!(version(&told), Some("FIX.4.4"));
    }
}
