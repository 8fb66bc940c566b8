//! The only place of the library that reads clocks.

use core::time::Duration;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::session::{Instant, Now};
use crate::wire::UtcTime;

/// Reads both clocks of the machine.
///
/// The monotonic reading counts from the clock's creation; everything that one driver feeds to
/// one session must come from one clock.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: std::time::Instant,
}

impl Clock {
    /// A clock whose monotonic readings start at zero now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "adapters read clocks, so that nobody else must")]
    pub fn new() -> Self {
        Self { origin: std::time::Instant::now() }
    }

    /// What time it is.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "adapters read clocks, so that nobody else must")]
    pub fn now(&self) -> Now {
        let monotonic = u64::try_from(self.origin.elapsed().as_nanos()).unwrap_or(u64::MAX);
        // A clock before 1970 reads as 1970.
        let utc = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let utc = i64::try_from(utc.as_nanos()).unwrap_or(i64::MAX);
        Now::new(Instant::from_nanos(monotonic), UtcTime::from_nanos(utc))
    }

    /// How long it is until `at`; zero when that is past.
    #[must_use]
    pub fn until(&self, at: Instant) -> Duration {
        at.since(self.now().monotonic)
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}
