//! The two clocks that a driver reads and the session never does.

use core::time::Duration;

use crate::wire::UtcTime;

/// A point on a monotonic clock, in nanoseconds since an origin of the driver's choice.
///
/// Only differences matter. Every timer of a session runs on this clock, so that a step of the
/// wall clock (NTP, suspend) moves no deadline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

impl Instant {
    /// The instant `nanos` nanoseconds after the origin.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// The instant `millis` milliseconds after the origin.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    /// Nanoseconds since the origin.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// The instant `duration` later, or the last representable one.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        let nanos = duration.as_secs().saturating_mul(1_000_000_000);
        self.after_nanos(nanos.saturating_add(duration.subsec_nanos().into()))
    }

    /// The instant so many nanoseconds later, or the last representable one.
    #[must_use]
    pub const fn after_nanos(self, nanos: u64) -> Self {
        Self(self.0.saturating_add(nanos))
    }

    /// The time from `earlier` to `self`; zero when `earlier` is later.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

/// What time it is, on both clocks, when an input is handled.
///
/// The monotonic clock may not go back within a session; a reading that does is taken as the last
/// one. UTC is taken as it is read, whichever way it was set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Now {
    /// Drives every timer.
    pub monotonic: Instant,
    /// Goes into SendingTime(52), and is what the peer's SendingTime is compared with.
    pub utc: UtcTime,
}

impl Now {
    /// The `next` reading, whose timers do not run backwards. A wall clock that was ahead and is set
    /// right must be right at once: what it said before is no reason to go on saying it (INV-26).
    pub(super) fn then(self, next: Self) -> Self {
        Self { monotonic: self.monotonic.max(next.monotonic), utc: next.utc }
    }

    /// Both readings together.
    pub const fn new(monotonic: Instant, utc: UtcTime) -> Self {
        Self { monotonic, utc }
    }
}
