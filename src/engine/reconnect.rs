//! When to try again, and where: a pure policy (INV-25).

use core::time::Duration;

use crate::session::{Instant, Reason};

/// How many attempts may fall into the window, whatever the back-off says: below the five logons a
/// minute for which venues close a port.
const ATTEMPTS_MAX: usize = 4;
const WINDOW: Duration = Duration::from_secs(60);

/// Decides when an initiator connects, and to which of its hosts.
///
/// The pause doubles from one failure to the next, up to a maximum, and varies by up to a quarter
/// so that many initiators do not come back at the same moment. It starts anew once a session was
/// logged on for long enough to count as healthy. Reasons that a person must look at stop it.
///
/// ```
/// use fixline::engine::{Next, Reconnect};
/// use fixline::session::{Instant, Reason};
///
/// let mut reconnect = Reconnect::new(1, 7);
/// let start = Instant::from_millis(0);
/// assert_eq!(reconnect.next(start), Next::At { at: start, host: 0 });
/// reconnect.attempted(start);
/// reconnect.ended(Instant::from_millis(5), Reason::Closed);
/// assert!(matches!(reconnect.next(Instant::from_millis(5)), Next::At { at, .. } if at > start));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reconnect {
    hosts: usize,
    first: Duration,
    longest: Duration,
    healthy_after: Duration,
    attempts_max: usize,
    random: u64,
    /// Failures in a row.
    failures: u32,
    host: usize,
    /// The earliest instant of the next attempt.
    not_before: Option<Instant>,
    logged_on: Option<Instant>,
    /// The latest attempts, newest last.
    attempts: [Option<Instant>; ATTEMPTS_MAX],
    stopped: Option<Reason>,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "an initiator goes on or it does not")]
pub enum Next {
    /// Connect, not before `at`.
    At {
        /// When.
        at: Instant,
        /// To which host, below the number of hosts.
        host: usize,
    },
    /// Do not connect before a person said so with [`Reconnect::resume`].
    Stop(Reason),
}

impl Reconnect {
    /// A policy for so many hosts (at least one), tried in turn; `seed` makes its jitter.
    ///
    /// The first pause is 1 second, the longest 30, and a session counts as healthy after 30
    /// seconds.
    #[must_use]
    pub const fn new(hosts: usize, seed: u64) -> Self {
        Self {
            hosts: if hosts == 0 { 1 } else { hosts },
            first: Duration::from_secs(1),
            longest: Duration::from_secs(30),
            healthy_after: Duration::from_secs(30),
            attempts_max: ATTEMPTS_MAX,
            random: seed,
            failures: 0,
            host: 0,
            not_before: None,
            logged_on: None,
            attempts: [None; ATTEMPTS_MAX],
            stopped: None,
        }
    }

    /// The first pause and the longest one.
    #[must_use]
    pub const fn pauses(mut self, first: Duration, longest: Duration) -> Self {
        self.first = first;
        self.longest = longest;
        self
    }

    /// How long a session must be logged on before a failure counts as the first one again.
    #[must_use]
    pub const fn healthy_after(mut self, time: Duration) -> Self {
        self.healthy_after = time;
        self
    }

    /// Allows any number of attempts a minute, where the counterparty is known not to mind; by
    /// default there are at most 4.
    #[must_use]
    pub const fn without_attempt_limit(mut self) -> Self {
        self.attempts_max = 0;
        self
    }

    /// When to connect next, and where; the same answer until something happens.
    #[must_use]
    pub fn next(&self, now: Instant) -> Next {
        if let Some(reason) = self.stopped {
            return Next::Stop(reason);
        }
        let mut at = self.not_before.unwrap_or(now);
        if self.attempts_max > 0
            && let Some(Some(oldest)) = self.attempts.first()
        {
            at = at.max(oldest.after(WINDOW));
        }
        Next::At { at, host: self.host }
    }

    /// An attempt begins.
    pub fn attempted(&mut self, now: Instant) {
        self.logged_on = None;
        self.attempts.rotate_left(1);
        if let Some(newest) = self.attempts.last_mut() {
            *newest = Some(now);
        }
    }

    /// Both Logons are exchanged.
    pub const fn logged_on(&mut self, now: Instant) {
        self.logged_on = Some(now);
    }

    /// The connection could not be made: on to the next host.
    pub fn failed(&mut self, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        self.host = self.host.saturating_add(1) % self.hosts;
        self.pause(now);
    }

    /// The connection ended.
    pub fn ended(&mut self, now: Instant, reason: Reason) {
        let wished = reason.is_orderly() || reason == Reason::Requested;
        if reason.needs_operator() || wished {
            return self.stop(reason);
        }
        let healthy =
            self.logged_on.is_some_and(|logged_on| now.since(logged_on) >= self.healthy_after);
        match self.logged_on.take() {
            // A host that never let us log on is not better the next time.
            None => return self.failed(now),
            Some(_) if healthy => self.failures = 1,
            Some(_) => self.failures = self.failures.saturating_add(1),
        }
        self.pause(now);
    }

    /// The connection ended as a person wished, whatever the reason looks like: a peer may close,
    /// or break a rule, in place of answering our Logout
    /// ([`Connection::logout_asked`](super::Connection::logout_asked)).
    pub const fn stop(&mut self, reason: Reason) {
        self.stopped = Some(reason);
    }

    /// A person says: go on, at once.
    pub fn resume(&mut self) {
        self.stopped = None;
        self.failures = 0;
        self.not_before = None;
        self.attempts = [None; ATTEMPTS_MAX];
    }

    fn pause(&mut self, now: Instant) {
        let doublings = self.failures.saturating_sub(1).min(16);
        let pause = self.first.saturating_mul(1 << doublings).min(self.longest);
        let jitter = pause.saturating_mul(self.percent()) / 400;
        self.not_before = Some(now.after(pause.saturating_add(jitter)));
    }

    /// A number from 0 to 99 (SplitMix64).
    fn percent(&mut self) -> u32 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        u32::try_from((mixed ^ (mixed >> 31)) % 100).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::from_millis(millis)
    }

    fn pause_of(reconnect: &Reconnect, now: Instant) -> Duration {
        match reconnect.next(now) {
            Next::At { at, .. } => at.since(now),
            Next::Stop(reason) => panic!("stopped: {reason}"),
        }
    }

    #[test]
    fn pauses_double_up_to_the_longest_with_a_quarter_of_jitter() {
        let mut reconnect = Reconnect::new(1, 1).without_attempt_limit();
        for (failure, seconds) in [1, 2, 4, 8, 16, 30, 30].into_iter().enumerate() {
            reconnect.failed(at(0));
            let pause = pause_of(&reconnect, at(0));
            let shortest = Duration::from_secs(seconds);
            assert!(pause >= shortest && pause < shortest * 5 / 4, "failure {failure}: {pause:?}");
        }
    }

    #[test]
    fn the_same_seed_pauses_the_same() {
        let pauses = |seed| {
            let mut reconnect = Reconnect::new(1, seed);
            reconnect.failed(at(0));
            pause_of(&reconnect, at(0))
        };
        assert_eq!(pauses(5), pauses(5));
        assert_ne!(pauses(5), pauses(6));
    }

    #[test]
    fn a_healthy_session_starts_the_pauses_anew_and_a_short_one_does_not() {
        let mut reconnect = Reconnect::new(1, 1).without_attempt_limit();
        for _ in 0..5 {
            reconnect.attempted(at(0));
            reconnect.logged_on(at(0));
            reconnect.ended(at(10), Reason::Closed);
        }
        assert!(pause_of(&reconnect, at(10)) >= Duration::from_secs(16));
        reconnect.attempted(at(0));
        reconnect.logged_on(at(0));
        reconnect.ended(at(30_000), Reason::Closed);
        assert!(pause_of(&reconnect, at(30_000)) < Duration::from_secs(2));
    }

    #[test]
    fn no_more_than_four_attempts_fall_into_a_minute() {
        let mut reconnect = Reconnect::new(1, 1).pauses(Duration::ZERO, Duration::ZERO);
        for attempt in 0..4 {
            reconnect.attempted(at(attempt));
            reconnect.failed(at(attempt));
        }
        assert_eq!(reconnect.next(at(4)), Next::At { at: at(60_000), host: 0 });
    }

    #[test]
    fn hosts_are_tried_in_turn_and_kept_once_one_lets_us_in() {
        let mut reconnect = Reconnect::new(3, 1).without_attempt_limit();
        let host = |reconnect: &Reconnect| match reconnect.next(at(0)) {
            Next::At { host, .. } => host,
            Next::Stop(reason) => panic!("stopped: {reason}"),
        };
        reconnect.failed(at(0));
        assert_eq!(host(&reconnect), 1);
        // Accepted, and closed before the Logon: no better than not accepted (END-13).
        reconnect.attempted(at(0));
        reconnect.ended(at(1), Reason::Closed);
        assert_eq!(host(&reconnect), 2);
        reconnect.attempted(at(1));
        reconnect.logged_on(at(1));
        reconnect.ended(at(2), Reason::Closed);
        assert_eq!(host(&reconnect), 2);
    }

    #[test]
    fn a_session_that_was_logged_out_stays_so() {
        for reason in
            [Reason::LoggedOut, Reason::LogoutTimeout, Reason::LingerTimeout, Reason::Requested]
        {
            let mut reconnect = Reconnect::new(1, 1);
            reconnect.attempted(at(0));
            reconnect.logged_on(at(0));
            reconnect.ended(at(1), reason);
            assert_eq!(reconnect.next(at(999_999)), Next::Stop(reason));
        }
    }

    #[test]
    fn what_a_person_must_look_at_stops_until_a_person_says_so() {
        let refused = Reason::RefusedByPeer { status: None };
        let mut reconnect = Reconnect::new(1, 1);
        reconnect.attempted(at(0));
        reconnect.ended(at(1), refused);
        assert_eq!(reconnect.next(at(999_999)), Next::Stop(refused));
        reconnect.resume();
        assert_eq!(reconnect.next(at(5)), Next::At { at: at(5), host: 0 });
    }
}
