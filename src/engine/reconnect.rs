//! When to try again, and where: a pure policy (INV-25).

use core::time::Duration;

use crate::session::{Instant, Reason, Recovery};

/// How many attempts may fall into the window, whatever the back-off says: below the five logons a
/// minute for which venues close a port.
const ATTEMPTS_MAX: usize = 4;
const WINDOW: Duration = Duration::from_secs(60);

/// Decides when an initiator connects, and to which of its hosts.
///
/// What the end of a connection means for the next one is said by [`Reason::recovery`], or by a
/// policy of your own ([`decided_by`](Self::decided_by)):
///
/// | [`Recovery`] | what happens | pauses by default |
/// |---|---|---|
/// | `Done`, `Operator` | stops until [`resume`](Self::resume) | |
/// | `Retry`, or no connection could be made | tries again; a healthy session begins anew | 1 to 30 s |
/// | `RetryLater` | tries again, later each time | 1 s to 5 min |
/// | `WaitLonger` | waits the counterparty's night or restart out | 1 to 15 min |
///
/// Each pause is twice the one before, and longer by up to a quarter so that many initiators do
/// not come back at the same moment. Whatever it is, no more than four attempts fall into a minute.
///
/// ```
/// use fixline::engine::{Next, Reconnect, Why};
/// use fixline::session::{Instant, Reason};
///
/// let mut reconnect = Reconnect::new(1, 7);
/// let start = Instant::from_millis(0);
/// assert_eq!(reconnect.next(start), Next::At { at: start, host: 0, why: Why::AtOnce });
/// reconnect.attempted(start);
/// reconnect.ended(Instant::from_millis(5), Reason::Closed);
/// match reconnect.next(Instant::from_millis(5)) {
///     Next::At { at, why, .. } => {
///         assert!(at > start);
///         assert_eq!(why, Why::Ended(Reason::Closed));
///     }
///     Next::Stop(reason) => panic!("stopped: {reason}"),
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Reconnect {
    hosts: usize,
    /// Of [`Recovery::Retry`].
    pauses: Pauses,
    /// Of [`Recovery::RetryLater`].
    later: Pauses,
    /// Of [`Recovery::WaitLonger`].
    waits: Pauses,
    healthy_after: Duration,
    attempts_max: usize,
    policy: fn(Reason) -> Recovery,
    random: u64,
    host: usize,
    /// The earliest instant of the next attempt, and what it is the pause for.
    not_before: Option<(Instant, Why)>,
    logged_on: Option<Instant>,
    /// The latest attempts, newest last.
    attempts: [Option<Instant>; ATTEMPTS_MAX],
    stopped: Option<Reason>,
}

/// Pauses that double.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pauses {
    first: Duration,
    longest: Duration,
    /// How many there were in a row.
    count: u32,
}

impl Pauses {
    const fn new(first: Duration, longest: Duration) -> Self {
        Self { first, longest, count: 0 }
    }

    fn next(&mut self) -> Duration {
        let doublings = self.count.min(16);
        self.count = self.count.saturating_add(1);
        self.first.saturating_mul(1 << doublings).min(self.longest)
    }
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
        /// Why not earlier.
        why: Why,
    },
    /// Do not connect before a person said so with [`Reconnect::resume`].
    Stop(Reason),
}

/// Why an attempt to connect waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Why {
    /// It does not.
    AtOnce,
    /// The last attempt to connect failed.
    ConnectFailed,
    /// The last connection ended so.
    Ended(Reason),
    /// There were four attempts within a minute.
    TooMany,
}

impl Reconnect {
    /// A policy for so many hosts (at least one), tried in turn; `seed` makes its jitter.
    ///
    /// A session counts as healthy after 30 seconds.
    #[must_use]
    pub const fn new(hosts: usize, seed: u64) -> Self {
        Self {
            hosts: if hosts == 0 { 1 } else { hosts },
            pauses: Pauses::new(Duration::from_secs(1), Duration::from_secs(30)),
            later: Pauses::new(Duration::from_secs(1), Duration::from_secs(5 * 60)),
            waits: Pauses::new(Duration::from_secs(60), Duration::from_secs(15 * 60)),
            healthy_after: Duration::from_secs(30),
            attempts_max: ATTEMPTS_MAX,
            policy: Reason::recovery,
            random: seed,
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
        self.pauses = Pauses::new(first, longest);
        self
    }

    /// The first and the longest pause behind an end that will likely happen again, at least a
    /// millisecond each.
    #[must_use]
    pub fn later_pauses(mut self, first: Duration, longest: Duration) -> Self {
        let least = Duration::from_millis(1);
        self.later = Pauses::new(first.max(least), longest.max(least));
        self
    }

    /// The first and the longest pause after the counterparty sent us away in good order.
    #[must_use]
    pub const fn waits(mut self, first: Duration, longest: Duration) -> Self {
        self.waits = Pauses::new(first, longest);
        self
    }

    /// Decides by another policy than [`Reason::recovery`] what the end of a connection means.
    ///
    /// ```
    /// use fixline::engine::Reconnect;
    /// use fixline::session::{Reason, Recovery};
    ///
    /// // This venue says that the account is locked while it restarts.
    /// let reconnect = Reconnect::new(1, 7).decided_by(|reason| match reason {
    ///     Reason::RefusedByPeer { status: Some(6) } => Recovery::WaitLonger,
    ///     other => other.recovery(),
    /// });
    /// let locked = Reason::RefusedByPeer { status: Some(6) };
    /// assert_eq!(reconnect.recovery(locked), Recovery::WaitLonger);
    /// ```
    #[must_use]
    pub const fn decided_by(mut self, policy: fn(Reason) -> Recovery) -> Self {
        self.policy = policy;
        self
    }

    /// What the end of a connection means for the next one.
    #[must_use]
    pub fn recovery(&self, reason: Reason) -> Recovery {
        (self.policy)(reason)
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
        let (mut at, mut why) = self.not_before.unwrap_or((now, Why::AtOnce));
        if self.attempts_max > 0
            && let Some(Some(oldest)) = self.attempts.first()
            && oldest.after(WINDOW) > at
        {
            (at, why) = (oldest.after(WINDOW), Why::TooMany);
        }
        Next::At { at, host: self.host, why }
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
        self.next_host();
        let pause = self.pauses.next();
        self.pause(now, pause, Why::ConnectFailed);
    }

    /// The connection ended.
    pub fn ended(&mut self, now: Instant, reason: Reason) {
        let logged_on = self.logged_on.take();
        let is_healthy = logged_on.is_some_and(|since| now.since(since) >= self.healthy_after);
        if is_healthy {
            self.pauses.count = 0;
            self.waits.count = 0;
        }
        let pause = match self.recovery(reason) {
            Recovery::Done | Recovery::Operator => return self.stop(reason),
            Recovery::Retry => {
                if is_healthy {
                    self.later.count = 0;
                }
                self.pauses.next()
            }
            Recovery::RetryLater => self.later.next(),
            Recovery::WaitLonger => self.waits.next(),
        };
        // A host that never let us log on is not better the next time.
        if logged_on.is_none() {
            self.next_host();
        }
        self.pause(now, pause, Why::Ended(reason));
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
        for pauses in [&mut self.pauses, &mut self.later, &mut self.waits] {
            pauses.count = 0;
        }
        self.not_before = None;
        self.attempts = [None; ATTEMPTS_MAX];
    }

    const fn next_host(&mut self) {
        self.host = self.host.saturating_add(1) % self.hosts;
    }

    fn pause(&mut self, now: Instant, pause: Duration, why: Why) {
        let jitter = pause.saturating_mul(self.percent()) / 400;
        self.not_before = Some((now.after(pause.saturating_add(jitter)), why));
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
    use crate::session::Fault;

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
    fn jitter_is_made_by_splitmix64() {
        let mut reconnect = Reconnect::new(1, 0);
        assert_eq!([0; 3].map(|_: u32| reconnect.percent()), [35, 0, 79]);
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
        assert_eq!(reconnect.next(at(4)), Next::At { at: at(60_000), host: 0, why: Why::TooMany });
        // A longer pause counts for itself.
        reconnect.ended(at(4), Reason::LoggedOutByPeer { status: None });
        let Next::At { at: when, why, .. } = reconnect.next(at(4)) else { panic!("stopped") };
        assert!(when >= at(60_004));
        assert_eq!(why, Why::Ended(Reason::LoggedOutByPeer { status: None }));
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

    /// Connections end so after so many seconds logged on; each pause is of so many seconds, and up
    /// to a quarter more.
    fn assert_pauses(reconnect: &mut Reconnect, reason: Reason, up: Option<u64>, pauses: &[u64]) {
        for (number, &seconds) in pauses.iter().enumerate() {
            reconnect.attempted(at(0));
            let end = at(up.unwrap_or(1) * 1_000);
            if up.is_some() {
                reconnect.logged_on(at(0));
            }
            reconnect.ended(end, reason);
            let pause = pause_of(reconnect, end);
            let shortest = Duration::from_secs(seconds);
            assert!(pause >= shortest && pause < shortest * 5 / 4, "{reason} {number}: {pause:?}");
        }
    }

    fn unlimited() -> Reconnect {
        Reconnect::new(1, 1).without_attempt_limit()
    }

    // EDGE-25: before, what we did not ask for stopped us as well.
    #[test]
    fn edge_25_only_what_we_wished_and_what_needs_a_person_stops() {
        for reason in [
            Reason::LoggedOut,
            Reason::LogoutTimeout,
            Reason::Requested,
            Reason::Exhausted,
            Reason::RefusedByPeer { status: None },
            Reason::RefusedByPeer { status: Some(5) },
        ] {
            let mut reconnect = Reconnect::new(1, 1);
            reconnect.attempted(at(0));
            reconnect.logged_on(at(0));
            reconnect.ended(at(1), reason);
            assert_eq!(reconnect.next(at(999_999)), Next::Stop(reason));
        }
    }

    // EDGE-25: the end of the day, a restart, outside the session hours.
    #[test]
    fn edge_25_a_counterparty_that_sends_us_away_is_waited_out() {
        let day = Reason::LoggedOutByPeer { status: None };
        assert_pauses(&mut unlimited(), day, Some(40_000), &[60, 60, 60]);
        assert_pauses(&mut unlimited(), Reason::LingerTimeout, Some(30), &[60, 60]);
        let not_now = Reason::RefusedByPeer { status: Some(7) };
        assert_pauses(&mut unlimited(), not_now, None, &[60, 120, 240, 480, 900, 900]);
        // As seen in turn: sent away in the evening, not let in at night, in the morning up.
        let mut reconnect = unlimited();
        assert_pauses(&mut reconnect, not_now, None, &[60, 120, 240, 480]);
        assert_pauses(&mut reconnect, Reason::Closed, Some(40_000), &[1]);
        assert_pauses(&mut reconnect, day, Some(40_000), &[60]);
        assert_pauses(&mut reconnect, not_now, None, &[120, 240]);
        let (first, longest) = (Duration::from_secs(8), Duration::from_secs(16));
        let mut reconnect = unlimited().waits(first, longest);
        assert_pauses(&mut reconnect, not_now, None, &[8, 16, 16]);
    }

    // CORE-02, CORE-18: before, the same end came again within a second, for ever.
    #[test]
    fn core_18_what_will_happen_again_is_tried_later_each_time() {
        let too_long = Reason::Fault(Fault::MessageTooLong { declared: 70_000 });
        assert_eq!(too_long.recovery(), Recovery::RetryLater);
        let growing = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300];
        assert_pauses(&mut unlimited(), too_long, Some(40), &growing);
        assert_pauses(&mut unlimited(), too_long, Some(0), &growing);
        assert_pauses(&mut unlimited(), Reason::ClosedBeforeLogon, None, &growing);
        // What happens in between does not make it better, but a healthy session does.
        let mut reconnect = unlimited();
        assert_pauses(&mut reconnect, too_long, Some(1), &[1, 2, 4]);
        assert_pauses(&mut reconnect, Reason::Closed, Some(1), &[1, 2]);
        assert_pauses(&mut reconnect, too_long, Some(1), &[8]);
        assert_pauses(&mut reconnect, Reason::Closed, Some(30), &[1]);
        assert_pauses(&mut reconnect, too_long, Some(1), &[1, 2]);
        let mut reconnect =
            unlimited().later_pauses(Duration::from_secs(4), Duration::from_secs(8));
        assert_pauses(&mut reconnect, too_long, None, &[4, 8, 8]);
        let mut reconnect = unlimited().later_pauses(Duration::ZERO, Duration::ZERO);
        reconnect.ended(at(0), too_long);
        assert!(pause_of(&reconnect, at(0)) >= Duration::from_millis(1));
    }

    // EDGE-25
    #[test]
    fn edge_25_the_policy_can_be_set_and_seen() {
        let locked = Reason::RefusedByPeer { status: Some(6) };
        let mut reconnect = unlimited().decided_by(|reason| {
            let locked = Reason::RefusedByPeer { status: Some(6) };
            match reason == locked {
                true => Recovery::WaitLonger,
                false if reason == Reason::Silence => Recovery::Operator,
                false => reason.recovery(),
            }
        });
        assert_eq!(reconnect.recovery(locked), Recovery::WaitLonger);
        assert_eq!(unlimited().recovery(locked), Recovery::Operator);
        assert_pauses(&mut reconnect, locked, None, &[60]);
        let next = reconnect.next(at(0));
        assert!(matches!(next, Next::At { why: Why::Ended(reason), .. } if reason == locked));
        reconnect.failed(at(0));
        assert!(matches!(reconnect.next(at(0)), Next::At { why: Why::ConnectFailed, .. }));
        reconnect.ended(at(0), Reason::Silence);
        assert_eq!(reconnect.next(at(0)), Next::Stop(Reason::Silence));
    }

    #[test]
    fn a_person_begins_the_pauses_anew() {
        let day = Reason::LoggedOutByPeer { status: None };
        let mut reconnect = unlimited();
        for (reason, first) in [(Reason::Closed, 1), (Reason::LogonUnread, 1), (day, 60)] {
            assert_pauses(&mut reconnect, reason, Some(0), &[first, 2 * first]);
            reconnect.resume();
            assert_pauses(&mut reconnect, reason, Some(0), &[first]);
            reconnect.resume();
        }
        reconnect.stop(Reason::Closed);
        assert_eq!(reconnect.next(at(7)), Next::Stop(Reason::Closed));
        reconnect.resume();
        assert_eq!(reconnect.next(at(7)), Next::At { at: at(7), host: 0, why: Why::AtOnce });
    }

    #[test]
    fn what_a_person_must_look_at_stops_until_a_person_says_so() {
        let refused = Reason::RefusedByPeer { status: None };
        let mut reconnect = Reconnect::new(1, 1);
        reconnect.attempted(at(0));
        reconnect.ended(at(1), refused);
        assert_eq!(reconnect.next(at(999_999)), Next::Stop(refused));
        reconnect.resume();
        assert_eq!(reconnect.next(at(5)), Next::At { at: at(5), host: 0, why: Why::AtOnce });
    }
}
