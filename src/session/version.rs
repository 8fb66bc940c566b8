//! FIX versions, and what each of them has.

use core::fmt;

use crate::wire::Precision;

/// The version that a session speaks (S-FRAME-03).
///
/// FIX 5.0 and its service packs travel over the FIXT.1.1 session profile: their BeginString is
/// `FIXT.1.1`, and DefaultApplVerID(1137) names the application version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "the versions of tag=value FIX are complete")]
pub enum Version {
    /// FIX.4.0
    Fix40,
    /// FIX.4.1
    Fix41,
    /// FIX.4.2
    Fix42,
    /// FIX.4.3
    Fix43,
    /// FIX.4.4
    Fix44,
    /// FIX.5.0 over FIXT.1.1
    Fix50,
    /// FIX.5.0SP1 over FIXT.1.1
    Fix50Sp1,
    /// FIX.5.0SP2 over FIXT.1.1
    Fix50Sp2,
}

impl Version {
    /// Every version, oldest first.
    pub const ALL: [Self; 8] = [
        Self::Fix40,
        Self::Fix41,
        Self::Fix42,
        Self::Fix43,
        Self::Fix44,
        Self::Fix50,
        Self::Fix50Sp1,
        Self::Fix50Sp2,
    ];

    /// The version that people write as `name`: `FIX.4.2`, `FIX.5.0SP1`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.name() == name)
    }

    /// What people call it: `FIX.4.2`, `FIX.5.0SP1`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fix40 => "FIX.4.0",
            Self::Fix41 => "FIX.4.1",
            Self::Fix42 => "FIX.4.2",
            Self::Fix43 => "FIX.4.3",
            Self::Fix44 => "FIX.4.4",
            Self::Fix50 => "FIX.5.0",
            Self::Fix50Sp1 => "FIX.5.0SP1",
            Self::Fix50Sp2 => "FIX.5.0SP2",
        }
    }

    /// The value of BeginString(8).
    pub const fn begin_string(self) -> &'static str {
        if self.is_fixt() { "FIXT.1.1" } else { self.name() }
    }

    /// Whether the session profile is FIXT.1.1.
    pub const fn is_fixt(self) -> bool {
        matches!(self, Self::Fix50 | Self::Fix50Sp1 | Self::Fix50Sp2)
    }

    /// The code of DefaultApplVerID(1137), under FIXT.1.1 only (S-FIXT-03).
    pub const fn default_appl_ver_id(self) -> Option<&'static str> {
        match self {
            Self::Fix50 => Some("7"),
            Self::Fix50Sp1 => Some("8"),
            Self::Fix50Sp2 => Some("9"),
            Self::Fix40 | Self::Fix41 | Self::Fix42 | Self::Fix43 | Self::Fix44 => None,
        }
    }

    /// Whether Logon has ResetSeqNumFlag(141) (S-RESET-01).
    pub const fn has_reset_seq_num_flag(self) -> bool {
        !matches!(self, Self::Fix40)
    }

    /// Whether location ids (142, 143, 144, 145) exist.
    pub const fn has_location_ids(self) -> bool {
        !matches!(self, Self::Fix40)
    }

    /// Whether Reject has RefTagID, RefMsgType and SessionRejectReason (S-VAL-05), and
    /// BusinessMessageReject exists (S-VAL-20).
    pub const fn has_reject_details(self) -> bool {
        !matches!(self, Self::Fix40 | Self::Fix41)
    }

    /// Whether SessionStatus(1409) exists (S-OUT-13).
    pub const fn has_session_status(self) -> bool {
        self.is_fixt()
    }

    /// Whether `reason` is a value of SessionRejectReason(373) in this version (S-VAL-06).
    pub const fn has_reject_reason(self, reason: u16) -> bool {
        match self {
            Self::Fix40 | Self::Fix41 => false,
            Self::Fix42 => reason <= 11,
            Self::Fix43 => reason <= 17,
            Self::Fix44 => reason <= 17 || reason == 99,
            Self::Fix50 | Self::Fix50Sp1 | Self::Fix50Sp2 => {
                reason <= 18 || reason == 99 || reason >= 100
            }
        }
    }

    /// How EndSeqNo(16) spells "to the end" when we ask (S-RR-02).
    pub(super) const fn infinity(self) -> u64 {
        if matches!(self, Self::Fix40 | Self::Fix41) { 999_999 } else { 0 }
    }

    /// Whether `end` in a received EndSeqNo(16) means "to the end" (S-RR-02).
    pub(super) const fn is_infinity(self, end: u64) -> bool {
        end == 0 || (end == 999_999 && matches!(self, Self::Fix40 | Self::Fix41 | Self::Fix42))
    }

    /// How many fraction digits SendingTime(52) has unless configured (S-TIME-06).
    pub(super) const fn default_precision(self) -> Precision {
        if matches!(self, Self::Fix40 | Self::Fix41) {
            Precision::SECONDS
        } else {
            Precision::MILLIS
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
