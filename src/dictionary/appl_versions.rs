//! Which application version a message under FIXT.1.1 is of.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::wire::{Fields, Tag, parse_uint};

/// A code of ApplVerID(1128): 6 for FIX.4.4, 9 for FIX.5.0SP2 (S-FIXT-03).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ApplVerId(u8);

impl ApplVerId {
    /// FIX.5.0
    pub const FIX50: Self = Self(7);
    /// FIX.5.0SP1
    pub const FIX50SP1: Self = Self(8);
    /// FIX.5.0SP2
    pub const FIX50SP2: Self = Self(9);

    /// What the codes stand for, from 0 on.
    const NAMES: [&str; 11] = [
        "FIX.2.7",
        "FIX.3.0",
        "FIX.4.0",
        "FIX.4.1",
        "FIX.4.2",
        "FIX.4.3",
        "FIX.4.4",
        "FIX.5.0",
        "FIX.5.0SP1",
        "FIX.5.0SP2",
        "FIX.Latest",
    ];

    /// The version of this code.
    #[must_use]
    pub const fn new(code: u8) -> Self {
        Self(code)
    }

    /// Reads a value of ApplVerID(1128) and its relatives; `None` if it is no number up to 255.
    #[must_use]
    pub fn parse(value: &[u8]) -> Option<Self> {
        parse_uint(value).and_then(|code| u8::try_from(code).ok()).map(Self)
    }

    /// The version that people write as `name`: `FIX.4.4`, `FIX.5.0SP2`, `FIX.Latest`.
    ///
    /// ```
    /// use fixline::dictionary::ApplVerId;
    ///
    /// assert_eq!(ApplVerId::from_name("FIX.5.0SP2"), Some(ApplVerId::FIX50SP2));
    /// assert_eq!(ApplVerId::from_name("FIXT.1.1"), None);
    /// ```
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let code = Self::NAMES.iter().position(|known| *known == name)?;
        u8::try_from(code).ok().map(Self)
    }

    /// What people call it; `None` for a code that FIX has not given away.
    ///
    /// ```
    /// use fixline::dictionary::ApplVerId;
    ///
    /// assert_eq!(ApplVerId::new(6).name(), Some("FIX.4.4"));
    /// assert_eq!(ApplVerId::new(11).name(), None);
    /// ```
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        Self::NAMES.get(usize::from(self.0)).copied()
    }

    /// The code.
    #[must_use]
    pub const fn code(self) -> u8 {
        self.0
    }
}

/// What one side says in its Logon about the versions of its messages (S-FIXT-04, S-FIXT-05).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ApplVersions {
    default: ApplVerId,
    /// MsgTypes(35) of another version, ascending.
    by_type: Vec<(Box<[u8]>, ApplVerId)>,
}

impl ApplVersions {
    /// Message types with versions of their own that a Logon may state; what is beyond is left.
    pub const TYPES_MAX: usize = 256;

    /// One version for all messages.
    #[must_use]
    pub const fn new(default: ApplVerId) -> Self {
        Self { default, by_type: Vec::new() }
    }

    /// What a Logon states: RefApplVerID(1130) of the entries of NoMsgTypes(384) that have
    /// DefaultVerIndicator(1410)=Y, and `default` for all others.
    #[must_use]
    pub fn of_logon(default: ApplVerId, logon: Fields<'_>) -> Self {
        const ENTRY: [Tag; 6] = [
            Tag::REF_MSG_TYPE,
            Tag::MSG_DIRECTION,
            Tag::REF_APPL_VER_ID,
            Tag::REF_APPL_EXT_ID,
            Tag::REF_CSTM_APPL_VER_ID,
            Tag::DEFAULT_VER_INDICATOR,
        ];
        let mut versions = Self::new(default);
        for entry in logon.group(Tag::NO_MSG_TYPES, &ENTRY).into_iter().flatten() {
            let version = entry.get(Tag::REF_APPL_VER_ID).and_then(ApplVerId::parse);
            let is_default = entry.get(Tag::DEFAULT_VER_INDICATOR) == Some(b"Y");
            if let (Some(msg_type), Some(version)) = (entry.get(Tag::REF_MSG_TYPE), version)
                && is_default
            {
                versions.set(msg_type, version);
            }
        }
        versions
    }

    fn set(&mut self, msg_type: &[u8], version: ApplVerId) {
        match self.by_type.binary_search_by(|(known, _)| (**known).cmp(msg_type)) {
            Ok(at) => {
                if let Some((_, known)) = self.by_type.get_mut(at) {
                    *known = version;
                }
            }
            Err(at) if self.by_type.len() < Self::TYPES_MAX => {
                self.by_type.insert(at, (msg_type.into(), version));
            }
            Err(_) => {}
        }
    }

    /// The version of the messages of this MsgType(35) that do not say themselves.
    #[must_use]
    pub fn of(&self, msg_type: &[u8]) -> ApplVerId {
        self.stated_for(msg_type).unwrap_or(self.default)
    }

    /// The version that the Logon states for this MsgType(35) by itself.
    pub(super) fn stated_for(&self, msg_type: &[u8]) -> Option<ApplVerId> {
        let at = self.by_type.binary_search_by(|(known, _)| (**known).cmp(msg_type));
        at.ok().and_then(|at| self.by_type.get(at)).map(|(_, version)| *version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_logon(text: &[u8]) -> ApplVersions {
        ApplVersions::of_logon(ApplVerId::FIX50SP2, Fields::new(text).unwrap())
    }

    #[test]
    fn a_logon_may_name_versions_for_message_types() {
        let versions = of_logon(
            b"1137=9\x01384=3\x01372=D\x01385=R\x011130=7\x011410=Y\x01372=8\x011130=6\x011410=N\x01372=AE\x011130=4\x011410=Y\x01",
        );
        assert_eq!(versions.of(b"D"), ApplVerId::FIX50);
        assert_eq!(versions.of(b"8"), ApplVerId::FIX50SP2);
        assert_eq!(versions.of(b"AE"), ApplVerId::new(4));
        assert_eq!(versions.of(b"B"), ApplVerId::FIX50SP2);
    }

    #[test]
    fn a_logon_without_types_or_with_nonsense_names_none() {
        for logon in [&b"1137=9\x01"[..], b"384=1\x01372=D\x011130=x\x011410=Y\x01", b"384=x\x01"] {
            assert_eq!(of_logon(logon), ApplVersions::new(ApplVerId::FIX50SP2));
        }
    }

    #[test]
    fn a_peer_cannot_make_the_list_grow_without_end() {
        let mut text = alloc::string::String::from("384=1000\x01");
        for number in 0..1_000 {
            text.push_str(&alloc::format!("372=U{number}\x011130=7\x011410=Y\x01"));
        }
        let versions = of_logon(text.as_bytes());
        assert_eq!(versions.by_type.len(), ApplVersions::TYPES_MAX);
        assert_eq!(versions.of(b"U0"), ApplVerId::FIX50);
        assert_eq!(versions.of(b"U999"), ApplVerId::FIX50SP2);
    }
}
