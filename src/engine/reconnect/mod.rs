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
mod tests;
