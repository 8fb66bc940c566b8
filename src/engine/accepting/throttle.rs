//! Failed Logons: who has to wait before the next one.

use core::time::Duration;

use super::peer::{Peer, Source};
use super::recent::Recent;
use crate::engine::SessionId;
use crate::session::Instant;

/// How failed Logons are held off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ThrottleOptions {
    /// How many Logons may fail for one session from one address before the next one is refused
    /// unheard. Default 2.
    pub failures_max: u32,
    /// How many Logons may fail from one address, for whatever sessions. Default 20.
    pub failures_per_address_max: u32,
    /// How long failures are remembered after the last one. Default a minute, and twice the pause
    /// in any case.
    pub window: Duration,
    /// The first pause; each further failure doubles it. Default 5 s.
    pub first_pause: Duration,
    /// The longest pause. Default 5 minutes.
    pub longest_pause: Duration,
    /// How many addresses, sessions, and pairs of these are remembered. Default 16,384 of each.
    pub remembered_max: usize,
    /// How many bits of an IPv6 address count as one address, 0 to 128. Default 64.
    pub ipv6_prefix: u8,
}

impl ThrottleOptions {
    /// The defaults.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            failures_max: 2,
            failures_per_address_max: 20,
            window: Duration::from_secs(60),
            first_pause: Duration::from_secs(5),
            longest_pause: Duration::from_secs(5 * 60),
            remembered_max: 16_384,
            ipv6_prefix: 64,
        }
    }
}

impl Default for ThrottleOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// What to do with a Logon in view of those that failed before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use = "who guesses must not be heard"]
#[expect(clippy::exhaustive_enums, reason = "an adapter must know each")]
pub enum Hearing {
    /// Hear it.
    Open,
    /// Hear it; if it is refused, close without a Logout, which would cost a number of the session.
    Silent,
    /// Close it unheard, and report it as
    /// [`TurnedAway::Throttled`](super::TurnedAway::Throttled).
    Refused {
        /// When the next one is heard.
        until: Instant,
    },
}

/// Counts failed Logons, and says which Logons are refused unheard.
///
/// A Logon that is heard and refused with a Logout costs one of the session's numbers
/// (S-LOGON-21), and lets its sender guess once more.
///
/// - Whoever fails for one session from one address is refused unheard from the third Logon
///   within a minute on, with pauses that double. The session's party comes from another address
///   and is not locked out.
/// - So is an address from which Logons fail for many sessions; but not the party that last logged
///   on from there, which may share the address with others.
/// - Who guesses from many addresses for one session is heard, as the party may come from any of
///   them, but is refused without a Logout, so that no numbers are used up. Where the party last
///   logged on from, it is answered.
///
/// Pure; memory is bounded: of too many, those whose last failure is the oldest are forgotten.
///
/// ```
/// use fixline::engine::{Hearing, Peer, SessionId, Throttle, ThrottleOptions};
/// use fixline::session::Instant;
///
/// let session = SessionId::parse("FIX.4.4:BROKER->CLIENT").unwrap();
/// let peer = Peer::Ip([192, 0, 2, 1].into(), 4711);
/// let now = Instant::from_millis(0);
/// let mut throttle = Throttle::new(ThrottleOptions::new());
/// throttle.failed(now, peer, &session);
/// assert_eq!(throttle.check(now, peer, &session), Hearing::Open);
/// throttle.failed(now, peer, &session);
/// let until = Instant::from_millis(5_000);
/// assert_eq!(throttle.check(now, peer, &session), Hearing::Refused { until });
/// ```
#[derive(Clone, Debug)]
pub struct Throttle {
    options: ThrottleOptions,
    /// How many Logons failed. Local connections have no address.
    pairs: Recent<(SessionId, Option<Source>), u32>,
    addresses: Recent<Source, u32>,
    sessions: Recent<SessionId, u32>,
    /// Where each session last logged on from.
    homes: Recent<SessionId, Option<Source>>,
}

impl Throttle {
    /// Without failures.
    #[must_use]
    pub const fn new(options: ThrottleOptions) -> Self {
        let max = options.remembered_max;
        Self {
            options,
            pairs: Recent::new(max),
            addresses: Recent::new(max),
            sessions: Recent::new(max),
            homes: Recent::new(max),
        }
    }

    /// What to do with a Logon. To be refused unheard is no failure: it makes no pause longer.
    pub fn check(&self, now: Instant, peer: Peer, session: &SessionId) -> Hearing {
        let source = peer.source(self.options.ipv6_prefix);
        let max = self.options.failures_max;
        let of_pair = self.failures(now, &self.pairs, &(session.clone(), source), max);
        let mut until = self.until(of_pair, max);
        let is_home = self.is_home(session, source);
        if let Some(source) = source.filter(|_| !is_home) {
            let max = self.options.failures_per_address_max;
            let of_address = self.failures(now, &self.addresses, &source, max);
            until = until.max(self.until(of_address, max));
        }
        if let Some(until) = until.filter(|until| now < *until) {
            return Hearing::Refused { until };
        }
        let (_, of_session) = self.failures(now, &self.sessions, session, max);
        if of_session >= max && !is_home { Hearing::Silent } else { Hearing::Open }
    }

    /// A Logon was heard and failed.
    pub fn failed(&mut self, now: Instant, peer: Peer, session: &SessionId) {
        let source = peer.source(self.options.ipv6_prefix);
        let pair = (session.clone(), source);
        let max = self.options.failures_max;
        let (_, failures) = self.failures(now, &self.pairs, &pair, max);
        self.pairs.put(now, pair, failures.saturating_add(1));
        if self.is_home(session, source) {
            return;
        }
        let (_, failures) = self.failures(now, &self.sessions, session, max);
        self.sessions.put(now, session.clone(), failures.saturating_add(1));
        if let Some(source) = source {
            let max = self.options.failures_per_address_max;
            let (_, failures) = self.failures(now, &self.addresses, &source, max);
            self.addresses.put(now, source, failures.saturating_add(1));
        }
    }

    /// A Logon was heard and accepted: the failures of its session from there are forgotten, and
    /// that is where its party is.
    pub fn succeeded(&mut self, now: Instant, peer: Peer, session: &SessionId) {
        let source = peer.source(self.options.ipv6_prefix);
        self.pairs.remove(&(session.clone(), source));
        self.homes.put(now, session.clone(), source);
    }

    fn is_home(&self, session: &SessionId, source: Option<Source>) -> bool {
        self.homes.get(session).is_some_and(|(_, home)| *home == source)
    }

    /// When the last one was, and how many there were, unless that is too long ago to count.
    fn failures<K: Ord + Clone>(
        &self,
        now: Instant,
        failures: &Recent<K, u32>,
        key: &K,
        max: u32,
    ) -> (Instant, u32) {
        let (last, &count) = failures.get(key).unwrap_or((now, &0));
        // A pause that is twice over was long enough.
        let pause = self.pause(count, max);
        let remembered = self.options.window.max(pause.saturating_mul(2));
        if now.since(last) < remembered { (last, count) } else { (now, 0) }
    }

    /// Until when a Logon is refused behind so many failures; `None` if there were too few.
    fn until(&self, (last, failures): (Instant, u32), max: u32) -> Option<Instant> {
        (failures >= max.max(1)).then(|| last.after(self.pause(failures, max)))
    }

    fn pause(&self, failures: u32, max: u32) -> Duration {
        let doublings = failures.saturating_sub(max.max(1)).min(16);
        self.options.first_pause.saturating_mul(1 << doublings).min(self.options.longest_pause)
    }
}

#[cfg(test)]
mod tests {
    use core::net::{IpAddr, Ipv4Addr};

    use super::*;

    fn at(seconds: u64) -> Instant {
        Instant::from_millis(seconds * 1_000)
    }

    fn from(address: u32) -> Peer {
        Peer::Ip(IpAddr::V4(Ipv4Addr::from_bits(address)), 4711)
    }

    fn session(peer: u32) -> SessionId {
        SessionId::parse(&alloc::format!("FIX.4.4:US->PEER{peer}")).expect("a session")
    }

    fn throttle() -> Throttle {
        Throttle::new(ThrottleOptions::default())
    }

    fn until(seconds: u64) -> Hearing {
        Hearing::Refused { until: at(seconds) }
    }

    // SAFE-03: before, each wrong password was answered, and cost a number.
    #[test]
    fn safe_03_the_third_failure_within_a_minute_is_not_heard() {
        let mut throttle = throttle();
        let (peer, id) = (from(1), session(1));
        throttle.failed(at(0), peer, &id);
        assert_eq!(throttle.check(at(59), peer, &id), Hearing::Open);
        throttle.failed(at(59), peer, &id);
        assert_eq!(throttle.check(at(59), peer, &id), until(64));
        assert_eq!(throttle.check(at(63), peer, &id), until(64));
        assert_ne!(throttle.check(at(64), peer, &id), until(64));
        // Further failures double the pause.
        let mut now = 64;
        for pause in [10, 20, 40, 80, 160, 300, 300, 300] {
            throttle.failed(at(now), peer, &id);
            assert_eq!(throttle.check(at(now), peer, &id), until(now + pause));
            now += pause;
            assert_eq!(throttle.check(at(now), peer, &id), Hearing::Silent);
        }
        // It is forgotten when as long a pause has passed once more.
        assert_eq!(throttle.check(at(now + 299), peer, &id), Hearing::Silent);
        throttle.failed(at(now + 300), peer, &id);
        assert_eq!(throttle.check(at(now + 300), peer, &id), Hearing::Open);
    }

    #[test]
    fn failures_are_forgotten_after_a_minute() {
        let mut throttle = throttle();
        let (peer, id) = (from(1), session(1));
        for now in [0, 60, 120, 180] {
            throttle.failed(at(now), peer, &id);
            assert_eq!(throttle.check(at(now), peer, &id), Hearing::Open, "{now}");
        }
        throttle.failed(at(239), peer, &id);
        assert_eq!(throttle.check(at(239), peer, &id), until(244));
    }

    // SAFE-03
    #[test]
    fn safe_03_a_party_is_not_locked_out_by_guesses_from_elsewhere() {
        let mut throttle = throttle();
        let (party, id) = (from(1), session(1));
        for now in 0..100 {
            throttle.failed(at(now), from(2), &id);
        }
        // It was never here before: it is heard, and not answered if it is wrong.
        assert_eq!(throttle.check(at(100), party, &id), Hearing::Silent);
        throttle.succeeded(at(100), party, &id);
        assert_eq!(throttle.check(at(101), party, &id), Hearing::Open);
        assert!(matches!(throttle.check(at(101), from(2), &id), Hearing::Refused { .. }));
        // Nor does its own mistake concern others.
        throttle.failed(at(102), party, &id);
        assert_eq!(throttle.check(at(102), party, &id), Hearing::Open);
        throttle.failed(at(103), party, &id);
        assert_eq!(throttle.check(at(103), party, &id), until(108));
        assert_eq!(throttle.check(at(103), party, &session(2)), Hearing::Open);
        throttle.succeeded(at(108), party, &id);
        throttle.failed(at(109), party, &id);
        assert_eq!(throttle.check(at(109), party, &id), Hearing::Open);
    }

    // SAFE-03
    #[test]
    fn safe_03_guesses_from_many_addresses_use_up_no_numbers() {
        let mut throttle = throttle();
        let id = session(1);
        throttle.succeeded(at(0), from(0), &id);
        let mut answered = 0;
        for address in 1..10_000 {
            let now = Instant::from_millis(u64::from(address) * 100);
            match throttle.check(now, from(address), &id) {
                Hearing::Open => answered += 1,
                Hearing::Silent => {}
                Hearing::Refused { .. } => continue,
            }
            throttle.failed(now, from(address), &id);
        }
        assert_eq!(answered, 2);
        assert_eq!(throttle.check(at(1_000), from(0), &id), Hearing::Open);
        assert_eq!(throttle.check(at(1_000), from(0), &session(2)), Hearing::Open);
    }

    // SAFE-03
    #[test]
    fn safe_03_guesses_for_many_sessions_hold_off_the_address() {
        let mut throttle = throttle();
        throttle.succeeded(at(0), from(1), &session(77));
        for number in 0..19 {
            throttle.failed(at(1), from(1), &session(number));
            assert_eq!(throttle.check(at(1), from(1), &session(99)), Hearing::Open);
        }
        throttle.failed(at(1), from(1), &session(19));
        assert_eq!(throttle.check(at(1), from(1), &session(99)), until(6));
        assert_eq!(throttle.check(at(1), from(2), &session(99)), Hearing::Open);
        // Another party behind the same address logged on before.
        assert_eq!(throttle.check(at(1), from(1), &session(77)), Hearing::Open);
        assert_eq!(throttle.check(at(6), from(1), &session(99)), Hearing::Open);
        throttle.failed(at(6), from(1), &session(98));
        assert_eq!(throttle.check(at(6), from(1), &session(99)), until(16));
    }

    #[test]
    fn local_connections_are_told_apart_by_session() {
        let mut throttle = throttle();
        for number in 0..50 {
            throttle.failed(at(0), Peer::Local, &session(number));
        }
        assert_eq!(throttle.check(at(0), Peer::Local, &session(99)), Hearing::Open);
        throttle.failed(at(0), Peer::Local, &session(7));
        assert_eq!(throttle.check(at(0), Peer::Local, &session(7)), until(5));
    }

    #[test]
    fn bounds_of_zero_are_bounds_of_one() {
        let options = ThrottleOptions {
            failures_max: 0,
            failures_per_address_max: 0,
            remembered_max: 0,
            ..ThrottleOptions::new()
        };
        let mut throttle = Throttle::new(options);
        assert_ne!(throttle.check(at(0), from(1), &session(1)), until(5));
        throttle.failed(at(0), from(1), &session(1));
        assert_eq!(throttle.check(at(0), from(1), &session(1)), until(5));
        assert_eq!(throttle.check(at(0), from(1), &session(2)), until(5));
        throttle.failed(at(0), from(2), &session(2));
        assert_eq!(throttle.check(at(0), from(2), &session(2)), until(5));
        assert_eq!(throttle.pairs.len() + throttle.addresses.len() + throttle.sessions.len(), 3);
    }
}
