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
mod tests {
    use alloc::string::ToString as _;

    use super::*;
    use crate::session::{ConfigBuilder, ResendPolicy, Version};
    use crate::wire::{Garbled, from_text};

    const LOGON: &str = "8=FIX.4.4|35=A|34=1|49=CLIENT|52=20261122-09:30:00|56=BROKER|98=0|108=30|";

    fn feed(lobby: &mut Lobby, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let spare = lobby.spare();
            let count = spare.len().min(bytes.len());
            if count == 0 {
                return;
            }
            spare[..count].copy_from_slice(&bytes[..count]);
            lobby.filled(count);
            bytes = &bytes[count..];
        }
    }

    fn lobby(bytes: &[u8]) -> Lobby {
        let mut lobby = Lobby::new(Instant::from_millis(0), Duration::from_secs(10));
        feed(&mut lobby, bytes);
        lobby
    }

    fn allowing(configs: &[ConfigBuilder], bytes: &[u8]) -> Lobby {
        let mut first_message = FirstMessage::new(4096);
        for config in configs {
            first_message.allow(config.clone().build().expect("valid").leniency());
        }
        let mut lobby = Lobby::with_options(Instant::from_millis(10_000), first_message);
        feed(&mut lobby, bytes);
        lobby
    }

    fn builder() -> ConfigBuilder {
        Config::acceptor(Version::Fix44, "BROKER", "CLIENT", ResendPolicy::All)
    }

    fn closed(lobby: &Lobby, millis: u64) -> Option<TurnedAway> {
        match lobby.look(Instant::from_millis(millis)) {
            Look::Close(turned_away) => Some(turned_away),
            Look::NeedMore | Look::Identity(_) => None,
        }
    }

    fn identity(lobby: &Lobby) -> Option<Identity<'_>> {
        match lobby.look(Instant::from_millis(0)) {
            Look::Identity(identity) => Some(identity),
            Look::NeedMore | Look::Close(_) => None,
        }
    }

    fn tag(tag: u32) -> Tag {
        Tag::new(tag).expect("positive")
    }

    #[test]
    fn a_complete_logon_says_who_it_is_from_and_for() {
        let bytes = from_text(LOGON);
        let lobby = lobby(&bytes);
        let identity = identity(&lobby).expect("a Logon");
        let config = |us, peer| {
            Config::acceptor(Version::Fix44, us, peer, ResendPolicy::All).build().expect("valid")
        };
        assert!(identity.is_for(&config("BROKER", "CLIENT")));
        assert!(!identity.is_for(&config("CLIENT", "BROKER")));
        let id = SessionId::of(&config("BROKER", "CLIENT"));
        assert_eq!(identity.session_id(), Some(id.clone()));
        assert_eq!(lobby.claimed(), Some(id));
        assert_eq!(lobby.bytes(), bytes);
        assert_eq!(alloc::format!("{identity:?}"), "FIX.4.4:CLIENT->BROKER");
    }

    #[test]
    fn sub_and_location_ids_are_those_of_their_sides() {
        let bytes = from_text(
            "8=FIX.4.4|35=A|34=1|49=CLIENT|50=C2|52=20261122-09:30:00|56=BROKER|57=B2|142=C3|\
             143=B3|98=0|108=30|",
        );
        let lobby = lobby(&bytes);
        let id = identity(&lobby).and_then(|identity| identity.session_id()).expect("a Logon");
        assert_eq!(id.to_string(), "FIX.4.4:BROKER/B2/B3->CLIENT/C2/C3");
        assert_eq!(lobby.claimed(), Some(id));
    }

    #[test]
    fn ids_that_are_not_utf_8_are_those_of_no_session() {
        let bytes = from_text(&LOGON.replace("CLIENT", "CLI\\xe9NT"));
        let lobby = lobby(&bytes);
        assert_eq!(identity(&lobby).expect("a Logon").session_id(), None);
        let claimed = lobby.claimed().expect("names both sides");
        assert_eq!(claimed.peer().comp_id(), "CLI\u{fffd}NT");
    }

    #[test]
    fn bytes_that_drip_do_not_move_the_deadline() {
        let bytes = from_text(LOGON);
        let lobby = lobby(&bytes[..bytes.len() - 1]);
        assert_eq!(lobby.deadline(), Instant::from_millis(10_000));
        assert_eq!(closed(&lobby, 9_999), None);
        assert_eq!(closed(&lobby, 10_000), Some(TurnedAway::Late));
    }

    // EDGE-14: the reasons were there, and told to nobody; those of other protocols were not.
    #[test]
    fn edge_14_what_is_no_logon_is_closed_with_a_reason() {
        let http = lobby(b"GET / HTTP/1.1\r\n");
        assert_eq!(closed(&http, 0), Some(TurnedAway::NotFix(Protocol::Http)));
        assert_eq!(http.claimed(), None);
        assert_eq!(closed(&lobby(b"\x16\x03\x01"), 0), Some(TurnedAway::NotFix(Protocol::Tls)));
        assert_eq!(closed(&lobby(b"PROXY "), 0), Some(TurnedAway::NotFix(Protocol::Proxy)));
        let heartbeat = from_text("8=FIX.4.4|35=0|34=1|49=A|52=20261122-09:30:00|56=B|");
        assert_eq!(closed(&lobby(&heartbeat), 0), Some(TurnedAway::NotLogon));
        let nameless = from_text("8=FIX.4.4|35=A|34=1|52=20261122-09:30:00|56=B|98=0|108=30|");
        assert_eq!(closed(&lobby(&nameless), 0), Some(TurnedAway::Nameless));
        let wrong_sum = lobby(&from_text(&alloc::format!("{LOGON}10=000|")));
        assert_eq!(closed(&wrong_sum, 0), Some(TurnedAway::Garbled(Garbled::CheckSumWrong)));
        let claimed = wrong_sum.claimed().map(|id| id.to_string());
        assert_eq!(claimed.as_deref(), Some("FIX.4.4:BROKER->CLIENT"));
        let stray = from_text(&LOGON.replace("98=0", "98=0|stray"));
        assert_eq!(closed(&lobby(&stray), 0), Some(TurnedAway::Garbled(Garbled::StrayToken)));
    }

    #[test]
    fn the_beginning_of_anything_is_waited_for() {
        for bytes in [&b""[..], b"8=FI", b"G", b"\x16", b"PRO", b"\r\n\r\n"] {
            assert_eq!(closed(&lobby(bytes), 0), None, "{}", bytes.escape_ascii());
            assert_eq!(closed(&lobby(bytes), 10_000), Some(TurnedAway::Late));
        }
    }

    #[test]
    fn a_long_first_message_is_not_waited_for() {
        let endless = b"8=FIX.4.4\x019=999999\x0135=A\x01";
        assert_eq!(closed(&lobby(endless), 0), Some(TurnedAway::TooLong));
    }

    #[test]
    fn the_claim_of_an_incomplete_logon_names_both_sides_or_nobody() {
        let claimed = |text: &str| lobby(&from_text(text)).claimed().map(|id| id.to_string());
        assert_eq!(claimed("8=FIX.4.4|49=A|56=B|").as_deref(), Some("FIX.4.4:B->A"));
        for text in ["8=FIX.4.4|49=A|", "8=FIX.4.4|56=B|", "8=|49=A|56=B|", "8=FIX.4.4|49=|56=B|"] {
            assert_eq!(claimed(text), None, "{text}");
        }
    }

    // CORE-08: the bound was fixed.
    #[test]
    fn core_08_how_long_a_first_message_may_be_is_an_option() {
        let text = LOGON.replace("98=0", &alloc::format!("95=6000|96={}|98=0", "x".repeat(6000)));
        let bytes = from_text(&text);
        let look = |len_max| {
            let first_message = FirstMessage::new(len_max);
            let mut lobby = Lobby::with_options(Instant::from_millis(1), first_message);
            feed(&mut lobby, &bytes);
            (closed(&lobby, 0), lobby.bytes().len())
        };
        assert_eq!(look(4096), (Some(TurnedAway::TooLong), 4096));
        assert_eq!(look(bytes.len() - 1).0, Some(TurnedAway::TooLong));
        assert_eq!(look(bytes.len()), (None, bytes.len()));
        assert_eq!(look(100_000), (None, bytes.len()));
        assert_eq!(look(0), (Some(TurnedAway::TooLong), 0));
    }

    // INV-17
    #[test]
    fn memory_begins_small_and_grows_as_bytes_come() {
        let mut lobby = lobby(b"");
        assert_eq!(lobby.received.capacity(), 0);
        assert_eq!(lobby.spare().len(), 512);
        assert_eq!(lobby.spare().len(), 512);
        lobby.filled(512);
        assert_eq!(lobby.spare().len(), 512);
        lobby.filled(512);
        assert_eq!(lobby.spare().len(), 1024);
        lobby.filled(100_000);
        assert_eq!(lobby.spare().len(), 2048);
        lobby.filled(2048);
        assert_eq!(lobby.spare().len(), 0);
        assert_eq!(lobby.received.len(), 4096);
    }

    // CORE-08: the first message was framed and read strictly.
    #[test]
    fn core_08_the_check_sum_is_checked_as_the_sessions_do() {
        let bytes = from_text(&alloc::format!("{LOGON}10=000|"));
        assert!(identity(&allowing(&[builder()], &bytes)).is_none());
        let unchecked = builder().validate_check_sum(false);
        assert!(identity(&allowing(&[builder(), unchecked, builder()], &bytes)).is_some());
    }

    // CORE-08
    #[test]
    fn core_08_the_body_length_is_trusted_as_the_sessions_do() {
        let mut bytes = from_text(LOGON);
        bytes[12..14].copy_from_slice(b"99");
        let wrong = Some(TurnedAway::Garbled(Garbled::CheckSumNotLast));
        bytes.extend_from_slice(&from_text(LOGON));
        assert_eq!(closed(&allowing(&[builder()], &bytes), 0), wrong);
        // What it swallows may still be coming.
        let trusting = allowing(&[builder().trust_body_length(true)], &bytes[..bytes.len() - 3]);
        assert_eq!(closed(&trusting, 0), None);
        let trusting = allowing(&[builder().trust_body_length(true)], &bytes);
        assert_eq!(closed(&trusting, 0), wrong);
    }

    // CORE-08
    #[test]
    fn core_08_header_tags_are_those_of_any_session() {
        let bytes = from_text(&LOGON.replace("34=1", "5050=X|34=1"));
        assert_eq!(closed(&allowing(&[builder()], &bytes), 0), Some(TurnedAway::Nameless));
        let desk = builder().header_tags(&[tag(5050)]);
        let lobby = allowing(&[builder(), desk.clone()], &bytes);
        assert!(identity(&lobby).is_some_and(|identity| identity.session_id().is_some()));
        // More than fit into one set.
        let first: [Tag; 8] = [0, 1, 2, 3, 4, 5, 6, 7].map(|at| tag(6000 + at));
        let full = builder().header_tags(&first);
        let lobby = allowing(&[full.clone(), desk.clone(), full, desk], &bytes);
        assert_eq!(lobby.first_message.more_header_tags.len(), 1);
        assert!(identity(&lobby).is_some());
        let other = from_text(&LOGON.replace("34=1", "7070=X|34=1"));
        let lobby = Lobby::with_options(lobby.deadline, lobby.first_message);
        let mut lobby = lobby;
        feed(&mut lobby, &other);
        assert_eq!(closed(&lobby, 0), Some(TurnedAway::Nameless));
    }

    // CORE-08
    #[test]
    fn core_08_each_leniency_is_taken_over() {
        let strict = Leniency { raw_data_without_length: true, ..Leniency::default() };
        let lenient = [
            Leniency { trust_body_length: true, ..strict },
            Leniency { any_check_sum: true, ..strict },
            Leniency { empty_values: true, ..strict },
            Leniency { repeated: true, ..strict },
            Leniency { misplaced: true, ..strict },
        ];
        for leniency in lenient {
            let mut first_message = FirstMessage::new(4096);
            assert_eq!(first_message.leniency, strict);
            first_message.allow(leniency);
            assert_eq!(first_message.leniency, leniency);
            first_message.allow(Leniency::default());
            assert_eq!(first_message.leniency, leniency);
        }
    }

    #[test]
    fn nothing_secret_is_printed() {
        let bytes = from_text(&LOGON.replace("98=0", "98=0|554=secret"));
        assert_eq!(
            alloc::format!("{:?}", lobby(&bytes)),
            "Lobby { deadline: Instant(10000000000), .. }"
        );
    }
}
