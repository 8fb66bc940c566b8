//! Where a new connection waits until it has said who it is.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use super::turned_away::{Protocol, TurnedAway};
use crate::engine::{Party, SessionId};
use crate::session::{Config, Instant};
use crate::wire::{
    Fields, Frame, Framed, HeaderTags, Leniency, MsgKind, SOH, Scan, Tag, next_frame_leniently,
    scan_leniently,
};

/// What a connection has room for before it sent anything; most first messages fit.
const ROOM_MIN: usize = 512;

/// What a first message may be: as lenient as any of the sessions that it may be for.
///
/// A session judges its Logon again, as strictly as was agreed on.
///
/// ```
/// use fixline::engine::FirstMessage;
/// use fixline::session::{Config, ResendPolicy, Version};
///
/// let config = Config::acceptor(Version::Fix44, "BROKER", "CLIENT", ResendPolicy::All)
///     .validate_check_sum(false)
///     .build()?;
/// let mut first_message = FirstMessage::new(4096);
/// first_message.allow(config.leniency());
/// # Ok::<(), fixline::session::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstMessage {
    len_max: usize,
    leniency: Leniency,
    /// Further header tags than fit into one leniency.
    more_header_tags: Vec<HeaderTags>,
}

impl FirstMessage {
    /// A message of at most so many bytes, as the standard says.
    #[must_use]
    pub const fn new(len_max: usize) -> Self {
        let leniency = Leniency {
            trust_body_length: false,
            any_check_sum: false,
            raw_data_without_length: true,
            empty_values: false,
            repeated: false,
            misplaced: false,
            any_order: false,
            header_tags: HeaderTags::NONE,
        };
        Self { len_max, leniency, more_header_tags: Vec::new() }
    }

    /// The same, of at most so many bytes.
    #[must_use]
    pub fn with_len_max(&self, len_max: usize) -> Self {
        Self { len_max, ..self.clone() }
    }

    /// Lets pass what a session lets pass ([`Config::leniency`]).
    pub fn allow(&mut self, session: Leniency) {
        let mine = &mut self.leniency;
        mine.trust_body_length |= session.trust_body_length;
        mine.any_check_sum |= session.any_check_sum;
        mine.empty_values |= session.empty_values;
        mine.repeated |= session.repeated;
        mine.misplaced |= session.misplaced;
        mine.any_order |= session.any_order;
        let sets = core::iter::once(&mut mine.header_tags).chain(&mut self.more_header_tags);
        for set in sets {
            if let Some(united) = set.union(session.header_tags) {
                *set = united;
                return;
            }
        }
        self.more_header_tags.push(session.header_tags);
    }

    /// Each of the ways to read it; one, unless more header tags were agreed on than fit.
    fn ways(&self) -> impl Iterator<Item = Leniency> {
        let with = |&header_tags: &HeaderTags| Leniency { header_tags, ..self.leniency };
        core::iter::once(self.leniency).chain(self.more_header_tags.iter().map(with))
    }
}

/// A connection before its first complete Logon: a few bytes and a deadline that no byte moves,
/// and nothing else.
///
/// Pure: feed bytes with [`spare`](Self::spare) and [`filled`](Self::filled), then ask
/// [`look`](Self::look). Once an identity is known, find its session and hand
/// [`bytes`](Self::bytes) on to it. Whoever is not known is closed without a byte (S-LOGON-19).
///
/// Memory begins at half a KiB and grows as bytes come, up to the longest first message.
pub struct Lobby {
    /// The first `filled` bytes were received; all of it was given out to be read to.
    received: Vec<u8>,
    filled: usize,
    first_message: FirstMessage,
    deadline: Instant,
}

/// What is known about a connection.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a new connection waits, goes in or goes away")]
pub enum Look<'a> {
    /// More bytes are needed, before the deadline.
    NeedMore,
    /// A complete Logon: this is who it says it is.
    Identity(Identity<'a>),
    /// Close it without a byte, and report it with [`Lobby::claimed`].
    Close(TurnedAway),
}

/// Who a first Logon is from and for.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Identity<'a> {
    /// BeginString(8).
    pub begin_string: &'a [u8],
    /// SenderCompID(49): the peer.
    pub sender: &'a [u8],
    /// TargetCompID(56): us.
    pub target: &'a [u8],
    /// The whole header.
    pub header: Fields<'a>,
}

impl Lobby {
    /// A connection that was accepted at `now` and has so long for a Logon of at most 4 KiB.
    #[must_use]
    pub fn new(now: Instant, timeout: Duration) -> Self {
        Self::with_options(now.after(timeout), FirstMessage::new(4096))
    }

    /// A connection that has until `deadline` to send such a Logon.
    #[must_use]
    pub const fn with_options(deadline: Instant, first_message: FirstMessage) -> Self {
        Self { received: Vec::new(), filled: 0, first_message, deadline }
    }

    /// When the wait is over; hand it on to the session's own logon timer.
    #[must_use]
    pub const fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Room for bytes; empty only when there are as many as a first message may have.
    pub fn spare(&mut self) -> &mut [u8] {
        if self.filled == self.received.len() {
            let room = self.filled.saturating_mul(2).max(ROOM_MIN);
            let room = room.min(self.first_message.len_max);
            self.received.resize(room.max(self.filled), 0);
        }
        self.received.get_mut(self.filled..).unwrap_or_default()
    }

    /// So many bytes were put into [`spare`](Self::spare).
    pub fn filled(&mut self, count: usize) {
        self.filled = self.received.len().min(self.filled.saturating_add(count));
    }

    /// Everything received so far, for the session that it turns out to be for.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.received.get(..self.filled).unwrap_or_default()
    }

    /// What is known at `now`.
    #[must_use]
    pub fn look(&self, now: Instant) -> Look<'_> {
        let len_max = self.first_message.len_max;
        let framed = next_frame_leniently(self.bytes(), len_max, self.first_message.leniency);
        let turned_away = match framed {
            Framed::Frame(frame) => match self.identify(frame) {
                Ok(identity) => return Look::Identity(identity),
                Err(turned_away) => turned_away,
            },
            Framed::NeedMore(_) => return self.wait(now),
            Framed::Noise { .. } => match Protocol::of(self.bytes()) {
                Some(protocol) => TurnedAway::NotFix(protocol),
                None => return self.wait(now),
            },
            Framed::Garbled { reason, .. } => TurnedAway::Garbled(reason),
            Framed::TooLong { .. } => TurnedAway::TooLong,
        };
        Look::Close(turned_away)
    }

    fn wait(&self, now: Instant) -> Look<'_> {
        if self.filled >= self.first_message.len_max {
            Look::Close(TurnedAway::TooLong)
        } else if now >= self.deadline {
            Look::Close(TurnedAway::Late)
        } else {
            Look::NeedMore
        }
    }

    fn identify<'a>(&self, frame: Frame<'a>) -> Result<Identity<'a>, TurnedAway> {
        let mut turned_away = TurnedAway::Nameless;
        for leniency in self.first_message.ways() {
            match scan_leniently(frame, usize::MAX, leniency) {
                Ok(scan) if scan.message.kind() != MsgKind::Logon => {
                    return Err(TurnedAway::NotLogon);
                }
                Ok(scan) => {
                    if let Some(identity) = Identity::of(&scan) {
                        return Ok(identity);
                    }
                }
                Err(reason) => turned_away = TurnedAway::Garbled(reason),
            }
        }
        Err(turned_away)
    }

    /// The session that the connection claims to be, as far as can be told from what it sent: for
    /// reports only, since nothing of it was checked.
    ///
    /// Bytes that are not UTF-8 are replaced by U+FFFD.
    #[must_use]
    pub fn claimed(&self) -> Option<SessionId> {
        let fields = || self.bytes().split(|&byte| byte == SOH);
        let value = |tag: &[u8]| {
            let value = fields().find_map(|field| field.strip_prefix(tag));
            value.map(String::from_utf8_lossy).unwrap_or_default()
        };
        let party = |comp_id, sub_id, location_id| {
            Party::new(&value(comp_id))
                .with_sub_id(&value(sub_id))
                .with_location_id(&value(location_id))
        };
        let begin_string = value(b"8=");
        let us = party(b"56=", b"57=", b"143=");
        let peer = party(b"49=", b"50=", b"142=");
        let is_named = ![&*begin_string, us.comp_id(), peer.comp_id()].contains(&"");
        is_named.then(|| SessionId::new(&begin_string, us, peer))
    }
}

impl<'a> Identity<'a> {
    fn of(scan: &Scan<'a>) -> Option<Self> {
        match (scan.sender, scan.target) {
            (Some(sender @ [_, ..]), Some(target @ [_, ..])) if !scan.displaced => Some(Self {
                begin_string: scan.message.begin_string(),
                sender,
                target,
                header: scan.message.header(),
            }),
            _ => None,
        }
    }

    /// Whether the Logon is for the session of this configuration (S-ID-01, S-ID-05).
    #[must_use]
    pub fn is_for(&self, config: &Config) -> bool {
        self.begin_string == config.version().begin_string().as_bytes()
            && self.sender == config.target_comp_id().as_bytes()
            && self.target == config.sender_comp_id().as_bytes()
            && config.has_sub_ids_of(self.header)
    }

    /// The session that the Logon is for, with all SubIDs and LocationIDs that it has; `None` if
    /// one of them is not UTF-8, as no configured one is.
    #[must_use]
    pub fn session_id(&self) -> Option<SessionId> {
        let text = |value: &'a [u8]| str::from_utf8(value).ok();
        let field = |tag| self.header.get(tag).map_or(Some(""), text);
        let us = Party::new(text(self.target)?)
            .with_sub_id(field(Tag::TARGET_SUB_ID)?)
            .with_location_id(field(Tag::TARGET_LOCATION_ID)?);
        let peer = Party::new(text(self.sender)?)
            .with_sub_id(field(Tag::SENDER_SUB_ID)?)
            .with_location_id(field(Tag::SENDER_LOCATION_ID)?);
        Some(SessionId::new(text(self.begin_string)?, us, peer))
    }
}

impl fmt::Debug for Identity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [begin_string, sender, target] =
            [self.begin_string, self.sender, self.target].map(crate::wire::Pretty);
        write!(f, "{begin_string}:{sender}->{target}")
    }
}

impl fmt::Debug for Lobby {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The bytes may hold a password.
        f.debug_struct("Lobby").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
