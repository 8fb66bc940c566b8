//! Whether the peer takes what is sent.

use core::time::Duration;

use crate::session::Instant;

/// Notices a peer that sends and never reads: no byte is taken while bytes wait.
///
/// Such a peer is not silent, so that no heartbeat tells it from a good one, and what waits for it
/// grows. Pure: the adapter tells it how many bytes the transport took and whether some are left.
///
/// ```
/// use core::time::Duration;
/// use fixline::engine::PeerReads;
/// use fixline::session::Instant;
///
/// let mut peer_reads = PeerReads::within(Duration::from_secs(90));
/// peer_reads.flushed(10, true, Instant::from_millis(0));
/// assert!(!peer_reads.has_stopped(Instant::from_millis(89_999)));
/// assert!(peer_reads.has_stopped(Instant::from_millis(90_000)));
/// // With its next byte it has begun again.
/// peer_reads.flushed(1, true, Instant::from_millis(90_000));
/// assert!(!peer_reads.has_stopped(Instant::from_millis(90_000)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PeerReads {
    within: Option<Duration>,
    /// Since when bytes wait of which none was taken.
    waiting_since: Option<Instant>,
}

impl PeerReads {
    /// A peer that must take a byte at least every so often while some wait for it.
    #[must_use]
    pub const fn within(time: Duration) -> Self {
        Self { within: Some(time), waiting_since: None }
    }

    /// A peer that may take so many intervals of HeartBtInt(108) seconds; one that agreed on none
    /// may take `without`, or for ever.
    #[must_use]
    pub fn within_intervals(intervals: u32, heart_bt_int: u32, without: Option<Duration>) -> Self {
        let time = Duration::from_secs(heart_bt_int.into()).saturating_mul(intervals.max(1));
        Self { within: if heart_bt_int == 0 { without } else { Some(time) }, waiting_since: None }
    }

    /// The transport took so many bytes; whether more `wait` for it. Call it behind each attempt
    /// to write, and whenever bytes begin to wait.
    pub const fn flushed(&mut self, count: usize, wait: bool, now: Instant) {
        self.waiting_since = match self.waiting_since {
            _ if !wait => None,
            Some(since) if count == 0 => Some(since),
            Some(_) | None => Some(now),
        };
    }

    /// Whether it has stopped reading: end the connection.
    #[must_use]
    pub fn has_stopped(&self, now: Instant) -> bool {
        self.deadline().is_some_and(|deadline| now >= deadline)
    }

    /// When it has stopped reading if it takes nothing until then.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        Some(self.waiting_since?.after(self.within?))
    }

    /// Since when bytes wait of which none was taken.
    #[must_use]
    pub const fn waiting_since(&self) -> Option<Instant> {
        self.waiting_since
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::from_millis(millis)
    }

    // SAFE-07: before, a peer that sends and never reads was never cut.
    #[test]
    fn safe_07_a_peer_that_takes_nothing_has_stopped_reading() {
        let mut peer_reads = PeerReads::within(Duration::from_secs(6));
        assert!(!peer_reads.has_stopped(at(999_999)));
        peer_reads.flushed(0, true, at(1_000));
        assert_eq!(peer_reads.waiting_since(), Some(at(1_000)));
        // What is added to the queue makes no difference.
        peer_reads.flushed(0, true, at(5_000));
        assert_eq!(peer_reads.deadline(), Some(at(7_000)));
        assert!(!peer_reads.has_stopped(at(6_999)));
        assert!(peer_reads.has_stopped(at(7_000)));
    }

    // SAFE-07
    #[test]
    fn safe_07_a_slow_peer_reads() {
        let mut peer_reads = PeerReads::within(Duration::from_secs(6));
        for seconds in 0..100 {
            peer_reads.flushed(1, true, at(seconds * 5_000));
            assert!(!peer_reads.has_stopped(at(seconds * 5_000 + 5_999)));
        }
        peer_reads.flushed(1, false, at(500_000));
        assert_eq!((peer_reads.deadline(), peer_reads.waiting_since()), (None, None));
        peer_reads.flushed(0, false, at(500_000));
        assert_eq!(peer_reads.deadline(), None);
    }

    #[test]
    fn how_long_depends_on_the_heartbeat() {
        let deadline = |intervals, heart_bt_int, without| {
            let mut peer_reads = PeerReads::within_intervals(intervals, heart_bt_int, without);
            peer_reads.flushed(0, true, at(0));
            peer_reads.deadline()
        };
        assert_eq!(deadline(3, 30, None), Some(at(90_000)));
        assert_eq!(deadline(0, 30, None), Some(at(30_000)));
        assert_eq!(deadline(3, 0, None), None);
        assert_eq!(deadline(3, 0, Some(Duration::from_secs(60))), Some(at(60_000)));
    }
}
