//! The only place of the library that reads clocks.

use alloc::fmt;
use alloc::sync::Arc;
use core::time::Duration;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::engine::TimeSource;
use crate::session::{Instant, Now};
use crate::wire::UtcTime;

/// Reads both clocks: a monotonic one, which drives timers, and UTC.
///
/// Everything that one driver feeds to one session comes from one clock, or from clones of it.
#[derive(Clone)]
pub struct Clock(Source);

#[derive(Clone)]
enum Source {
    System {
        origin: std::time::Instant,
    },
    #[cfg(feature = "tokio")]
    Tokio {
        origin: ::tokio::time::Instant,
        utc: Option<UtcTime>,
    },
    Other(Arc<dyn TimeSource + Send>),
}

impl Clock {
    /// The clocks of the machine. The monotonic readings start at zero now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "adapters read clocks, so that nobody else must")]
    pub fn new() -> Self {
        Self(Source::System { origin: std::time::Instant::now() })
    }

    /// The monotonic clock on which `tokio` sleeps, so that a paused one stands still for the
    /// session as well, and the machine's UTC.
    #[cfg(feature = "tokio")]
    #[must_use]
    pub fn of_tokio() -> Self {
        Self(Source::Tokio { origin: ::tokio::time::Instant::now(), utc: None })
    }

    /// The clock on which `tokio` sleeps for both: it is `utc` now. For tests with paused time.
    #[cfg(feature = "tokio")]
    #[must_use]
    pub fn of_tokio_at(utc: UtcTime) -> Self {
        Self(Source::Tokio { origin: ::tokio::time::Instant::now(), utc: Some(utc) })
    }

    /// A clock of one's own.
    #[must_use]
    pub fn of(source: Arc<dyn TimeSource + Send>) -> Self {
        Self(Source::Other(source))
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Now {
        match &self.0 {
            Source::System { origin } => Now::new(since(origin.elapsed()), system_utc()),
            #[cfg(feature = "tokio")]
            Source::Tokio { origin, utc } => {
                let passed = origin.elapsed();
                let utc = utc.map_or_else(system_utc, |utc| utc.saturating_add(passed));
                Now::new(since(passed), utc)
            }
            Source::Other(source) => source.now(),
        }
    }

    /// How long it is until `at`; zero when that is past.
    #[must_use]
    pub fn until(&self, at: Instant) -> Duration {
        at.since(self.now().monotonic)
    }
}

fn since(origin: Duration) -> Instant {
    Instant::from_nanos(u64::try_from(origin.as_nanos()).unwrap_or(u64::MAX))
}

#[expect(clippy::disallowed_methods, reason = "adapters read clocks, so that nobody else must")]
fn system_utc() -> UtcTime {
    // A clock before 1970 reads as 1970.
    let utc = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UtcTime::from_nanos(i64::try_from(utc.as_nanos()).unwrap_or(i64::MAX))
}

impl TimeSource for Clock {
    fn now(&self) -> Now {
        Self::now(self)
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}
