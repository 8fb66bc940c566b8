//! The decisions that two counterparties agree on before they connect.

use alloc::vec::Vec;
use core::time::Duration;

/// Who opens the transport connection and sends the first Logon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "FIX knows these two")]
pub enum Role {
    /// Connects, and logs on first.
    Initiator,
    /// Is connected to, and answers the Logon.
    Acceptor,
}

/// What is sent again when the peer asks for old messages (S-RSND-04).
///
/// Stale orders are a trading decision: there is no default.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResendPolicy {
    /// Everything that was stored.
    All,
    /// What was first sent at most this long ago; the rest is gap-filled.
    NotOlderThan(Duration),
    /// Everything but messages of these types, which are gap-filled.
    Except(Vec<Vec<u8>>),
    /// The application decides message by message: the driver does not feed what it vetoes.
    Ask,
}

/// When this side restarts both numbers at 1 (S-RESET-13). Both sides must have agreed on it.
///
/// The default is never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ResetPolicy {
    pub(super) at_logon: bool,
    pub(super) at_logout: bool,
    pub(super) at_disconnect: bool,
    pub(super) at_error: bool,
    pub(super) announced: Announced,
}

/// Whether our Logon says that both numbers restart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Announced {
    /// When this Logon is what resets.
    #[default]
    AtLogon,
    /// Also when both numbers are 1 because of an earlier reset.
    WhenFresh,
    Never,
}

impl ResetPolicy {
    /// Never by itself.
    pub const NEVER: Self = Self {
        at_logon: false,
        at_logout: false,
        at_disconnect: false,
        at_error: false,
        announced: Announced::AtLogon,
    };

    /// Whether a connection can begin with numbers that void those before.
    pub(super) const fn resets(self) -> bool {
        self.at_logon || self.at_logout || self.at_disconnect || self.at_error
    }

    /// Whether an initiator's Logon says so, when its numbers are `fresh` or not.
    pub(super) const fn announces(self, fresh: bool) -> bool {
        match self.announced {
            Announced::AtLogon => self.at_logon,
            Announced::WhenFresh => self.at_logon || (self.resets() && fresh),
            Announced::Never => false,
        }
    }

    /// With each Logon: an initiator announces it with ResetSeqNumFlag(141)=Y, an acceptor starts
    /// each Logon it accepts from 1 and repeats the flag that it received, which needs no
    /// permission.
    #[must_use]
    pub const fn at_logon(mut self) -> Self {
        self.at_logon = true;
        self
    }

    /// After an orderly Logout.
    #[must_use]
    pub const fn at_logout(mut self) -> Self {
        self.at_logout = true;
        self
    }

    /// Whenever a connection ends, in whatever way.
    #[must_use]
    pub const fn at_disconnect(mut self) -> Self {
        self.at_disconnect = true;
        self
    }

    /// When a connection ends because the peer broke a rule.
    #[must_use]
    pub const fn at_error(mut self) -> Self {
        self.at_error = true;
        self
    }

    /// An initiator does not say so with ResetSeqNumFlag(141): the peer resets at the same moments
    /// by itself.
    #[must_use]
    pub const fn unannounced(mut self) -> Self {
        self.announced = Announced::Never;
        self
    }

    /// An initiator also says so with ResetSeqNumFlag(141)=Y when both numbers are 1 already, as
    /// QuickFIX does with any of these settings (S-RESET-13).
    #[must_use]
    pub const fn announced_when_fresh(mut self) -> Self {
        self.announced = Announced::WhenFresh;
        self
    }
}

/// Where the peer's ResetSeqNumFlag(141)=Y is obeyed (S-RESET-04, S-RESET-05).
///
/// The default is nowhere: a reset makes both sides forget what they owe each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ResetPermission {
    pub(super) at_logon: bool,
    pub(super) in_session: bool,
}

impl ResetPermission {
    /// Refused with a Logout.
    pub const NONE: Self = Self { at_logon: false, in_session: false };
    /// Obeyed everywhere.
    pub const ALL: Self = Self { at_logon: true, in_session: true };

    /// Obeyed on the Logon that opens a connection. An initiator that permits it obeys an acceptor
    /// that asks for a reset in its answer, as one does whose reset in session was cut off
    /// (S-RESET-10).
    #[must_use]
    pub const fn at_logon(mut self) -> Self {
        self.at_logon = true;
        self
    }

    /// Obeyed on a Logon within an established session.
    #[must_use]
    pub const fn in_session(mut self) -> Self {
        self.in_session = true;
        self
    }
}

/// Whom application messages may name as a third party (S-ID-06).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ThirdParty {
    /// Anybody, or nobody.
    #[default]
    Any,
    /// Nobody: the field must not be there.
    Nobody,
    /// Anybody, but the field must be there.
    Somebody,
    /// One of these ids, which must be there.
    OneOf(Vec<Vec<u8>>),
}

/// From when on the silence counts after which a peer is lost (S-HB-03).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "nothing else begins it")]
pub enum SilenceFrom {
    /// From our TestRequest, or what came behind it.
    #[default]
    TestRequest,
    /// From the last message of the peer.
    LastReceipt,
}

/// What an initiator makes of a HeartBtInt(108) in the answer that is not the one it proposed
/// (S-LOGON-08).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "refuse it, use it, or do not")]
pub enum HeartBtIntAnswer {
    /// It is refused with a Logout.
    #[default]
    Refused,
    /// It is used from then on, up to a day.
    Adopted,
    /// It is not looked at, and may be missing; ours is used, as QuickFIX does.
    Ignored,
}

/// What Text(58) of our Rejects says (S-VAL-04).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RejectTexts {
    /// What is wrong, with the tag, in every version.
    #[default]
    Detailed,
    /// The standard's words for the SessionRejectReason(373); with the tag only where the version
    /// has no RefTagID(371). Counterparties of QuickFIX may compare them.
    Standard,
}

/// How far a ResendRequest reaches (S-RR-03, S-RR-04).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResendRequestForm {
    /// To the end: EndSeqNo(16) = 0, or 999999 before FIX.4.2.
    #[default]
    Open,
    /// To the last number that is missing.
    Closed,
    /// At most so many numbers at a time; the next chunk when one is complete.
    Chunks(u32),
}
