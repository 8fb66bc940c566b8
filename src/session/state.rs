//! Everything that a session remembers, and nothing that it was told by its configuration.

use alloc::boxed::Box;
use core::time::Duration;

use super::asked::Asked;
use super::clock::{Instant, Now};
use super::fault::Fault;
use super::gap::Gap;
use super::reason::Reason;
use super::replay::Replay;
use crate::dictionary::{ApplVersions, Violation};
use crate::wire::{DateCache, SeqNum, UtcTime};

/// The numbers of a session: what a store keeps, and what a session starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "a store must keep all of it")]
pub struct SeqNums {
    /// Grows by one whenever both numbers restart at 1; part of every message's identity.
    pub epoch: u32,
    /// The number that the peer's next message must have.
    pub next_in: SeqNum,
    /// The number that our next message will have.
    pub next_out: SeqNum,
    /// Whether a reset that we asked for still awaits the peer's agreement: every Logon until
    /// then is number 1 with ResetSeqNumFlag(141)=Y.
    pub reset_pending: bool,
}

impl SeqNums {
    /// The numbers of a session that never was.
    pub const FRESH: Self =
        Self { epoch: 0, next_in: SeqNum::MIN, next_out: SeqNum::MIN, reset_pending: false };
}

impl Default for SeqNums {
    fn default() -> Self {
        Self::FRESH
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct State {
    pub(super) nums: SeqNums,
    pub(super) link: Link,
    /// The last readings of both clocks; the monotonic one never goes back.
    pub(super) now: Now,
    /// Name attempts and fetches, so that late answers are recognised.
    pub(super) attempts: Ids,
    pub(super) fetches: Ids,
    /// How often the session was reloaded.
    pub(super) generation: u32,
    /// Whether the driver was told that its Tick is overdue.
    pub(super) overdue: bool,
    pub(super) dates: DateCache,
    /// Of which application versions the peer's messages are, as its Logon says.
    pub(super) peer_versions: ApplVersions,
}

/// Ids that were given out, from 1 on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Ids {
    last: u32,
}

impl Ids {
    const fn next(&mut self) -> u32 {
        self.last = self.last.wrapping_add(1);
        self.last
    }

    /// Whether this one was given out.
    pub(super) const fn has(self, id: u32) -> bool {
        id != 0 && id <= self.last
    }
}

impl State {
    pub(super) fn new(nums: SeqNums) -> Self {
        Self {
            nums,
            link: Link::Down,
            now: Now::default(),
            attempts: Ids::default(),
            fetches: Ids::default(),
            generation: 0,
            overdue: false,
            dates: DateCache::default(),
            peer_versions: ApplVersions::default(),
        }
    }

    /// A session without a connection and with these numbers. Ids go on, so that an answer to a
    /// question of this life is not taken for one of the next.
    pub(super) fn rebuild(&mut self, nums: SeqNums) {
        let Self { attempts, fetches, generation, now, .. } = *self;
        *self = Self { attempts, fetches, generation, now, ..Self::new(nums) };
    }

    pub(super) const fn next_attempt(&mut self) -> u32 {
        self.attempts.next()
    }

    pub(super) const fn next_fetch(&mut self) -> u32 {
        self.fetches.next()
    }

    pub(super) fn up(&self) -> Option<&Up> {
        if let Link::Up(up) = &self.link { Some(up) } else { None }
    }

    pub(super) fn phase(&self) -> Option<&Phase> {
        self.up().map(|up| &up.phase)
    }

    pub(super) fn up_mut(&mut self) -> Option<&mut Up> {
        if let Link::Up(up) = &mut self.link { Some(up) } else { None }
    }
}

/// Where a connection stands. The transitions are those of [`transition`](super::transition).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::large_enum_variant,
    reason = "a session is one value, established most of the time"
)]
pub(super) enum Link {
    /// No transport.
    Down,
    /// Acceptor: the peer's Logon is awaited.
    AwaitingLogon { until: Instant },
    /// Acceptor: the application decides about the Logon.
    Deciding { attempt: u32, logon: LogonFacts, until: Instant },
    /// Initiator: the application signs our Logon.
    Signing { attempt: u32, seq: SeqNum, sending_time: UtcTime, reset: bool, until: Instant },
    /// Initiator: the peer's Logon is awaited.
    LogonSent {
        reset: bool,
        until: Instant,
        garbled: u32,
        /// What the peer asked for before its Logon, where that is allowed.
        asked: Option<(SeqNum, SeqNum)>,
        /// Whether bytes came that are no message.
        noise: bool,
        /// Whether the peer has rejected our Logon: its Logout is awaited, to hear why.
        rejected: bool,
    },
    /// Both Logons are exchanged.
    Up(Up),
    /// Disconnect was given out; Closed is awaited.
    Ended(Reason),
}

/// What an established session remembers of its connection.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Up {
    pub(super) phase: Phase,
    /// HeartBtInt(108) in seconds; 0 for none.
    pub(super) heart_bt_int_secs: u32,
    pub(super) last_sent: Instant,
    pub(super) last_received: Instant,
    /// Since when the bytes have waited that are read next, if they have.
    pub(super) behind_since: Option<UtcTime>,
    /// The TestRequest that silence made us send.
    pub(super) probe: Option<Probe>,
    pub(super) gap: Gap,
    pub(super) replay: Option<Replay>,
    /// The held message that the driver was asked to give back.
    pub(super) recalled: Option<SeqNum>,
    /// Numbers below the expected one that the operator asked for again (S-RR-10).
    pub(super) wanted: Option<(SeqNum, SeqNum)>,
    pub(super) garbled: u32,
    /// What the peer asked us for.
    pub(super) asked: Asked,
    /// Whether this epoch began with a Logon of ours that had ResetSeqNumFlag(141)=Y.
    pub(super) reset_said: bool,
    /// The peer's resets of the last minute.
    pub(super) resets: Resets,
    /// Whether it was said that the numbers run out.
    pub(super) warned: bool,
    /// The longest message that the peer accepts, in bytes (S-LOGON-16).
    pub(super) message_len_max: usize,
}

/// How often the peer has reset both numbers, a minute at a time (INV-18).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Resets {
    since: Instant,
    count: u32,
}

impl Resets {
    const WINDOW: Duration = Duration::from_secs(60);

    /// How many there were in the minute that `now` is in.
    pub(super) fn count(self, now: Instant) -> u32 {
        if now.since(self.since) < Self::WINDOW { self.count } else { 0 }
    }

    pub(super) fn add(&mut self, now: Instant) {
        let count = self.count(now);
        if count == 0 {
            self.since = now;
        }
        self.count = count.saturating_add(1);
    }
}

/// Our TestRequest that awaits its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Probe {
    pub(super) sent: Instant,
    /// Its number, which is its TestReqID(112) unless the configuration has one for all.
    pub(super) id: SeqNum,
    /// Where it ends in the stream of the send buffer.
    pub(super) end: u64,
}

impl Up {
    pub(super) fn new(heart_bt_int_secs: u32, now: Instant) -> Self {
        Self {
            phase: Phase::Active,
            heart_bt_int_secs,
            last_sent: now,
            last_received: now,
            behind_since: None,
            probe: None,
            gap: Gap::default(),
            replay: None,
            recalled: None,
            wanted: None,
            garbled: 0,
            asked: Asked::default(),
            reset_said: false,
            resets: Resets::default(),
            warned: false,
            message_len_max: usize::MAX,
        }
    }

    /// Whether the peer was asked for `seq`, which is below the expected number: because it was
    /// missing, or because the operator wished so.
    pub(super) fn has_asked_for(&self, seq: SeqNum) -> bool {
        self.gap.has_asked_for(seq)
            || self.wanted.is_some_and(|(from, to)| from <= seq && seq <= to)
    }

    /// Whether nothing is missing and nothing is being repeated.
    pub(super) const fn is_settled(&self) -> bool {
        !self.gap.is_open() && self.replay.is_none()
    }
}

/// What an established session is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Phase {
    /// Messages flow.
    Active,
    /// Before our in-session reset: the Heartbeat that answers our TestRequest is awaited. `None`
    /// while the TestRequest waits until nothing is missing or being repeated.
    ResetProbe { test_req_id: Option<SeqNum>, until: Instant },
    /// Our in-session reset is out: the peer's Logon is awaited. Until then the old series goes
    /// on for what was in flight.
    ResetSent { old_epoch: u32, old_next_in: SeqNum, until: Instant },
    /// Our Logout waits until the answer to a ResendRequest is complete.
    LogoutDue { text: Box<str>, until: Instant },
    /// Our Logout is out: the peer's is awaited (S-OUT-03).
    LogoutSent { until: Instant },
    /// The peer's Logout came while messages are missing, or are being repeated: it is
    /// acknowledged when that is over (S-OUT-06).
    LogoutReceived { until: Instant, status: Option<u16> },
    /// The peer's Logout is acknowledged: the peer closes (S-OUT-06).
    LogoutAcked {
        until: Instant,
        status: Option<u16>,
        /// How often.
        times: u8,
    },
    /// Our Logout named the peer's fault: its answer is awaited, nothing else counts (S-OUT-11).
    Failing { fault: Fault, until: Instant },
}

impl Phase {
    /// Whether the application may compose, apart from a replay.
    pub(super) const fn is_open(&self) -> bool {
        matches!(self, Self::Active)
    }

    /// Whether our Logout is out.
    pub(super) const fn has_logged_out(&self) -> bool {
        matches!(self, Self::LogoutSent { .. } | Self::LogoutAcked { .. } | Self::Failing { .. })
    }

    /// Whether missing messages may be asked for: not once our Logout is out (S-OUT-03).
    pub(super) const fn may_ask(&self) -> bool {
        matches!(self, Self::Active | Self::ResetProbe { .. } | Self::LogoutReceived { .. })
    }
}

/// What matters of a Logon, kept while the application decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct LogonFacts {
    pub(super) seq: SeqNum,
    pub(super) heart_bt_int_secs: u32,
    pub(super) reset: bool,
    /// NextExpectedMsgSeqNum(789), where it was agreed on.
    pub(super) next_expected: Option<SeqNum>,
    /// MaxMessageSize(383).
    pub(super) max_message_size: Option<usize>,
    /// The first thing wrong with it.
    pub(super) fault: Option<Fault>,
    /// What is wrong with it and passes.
    pub(super) warning: Option<Violation>,
}
