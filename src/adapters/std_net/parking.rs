//! How whoever drives waits.

use core::task::Waker;
use core::time::Duration;
use std::thread::{self, ThreadId};

use crate::adapters::clock::Clock;
use crate::adapters::mailbox::thread_waker;
use crate::session::Instant;

/// Further than any wait has to reach at once.
const FAR: Duration = Duration::from_secs(86_400);

/// Wakes the thread that drives, whichever it is this time.
#[derive(Default)]
pub(super) struct Parking(Option<(ThreadId, Waker)>);

impl Parking {
    pub(super) fn waker(&mut self) -> Waker {
        let me = thread::current().id();
        match &self.0 {
            Some((thread, waker)) if *thread == me => waker.clone(),
            _ => self.0.insert((me, thread_waker())).1.clone(),
        }
    }
}

/// Waits until the thread is woken, until `at`, or for so long.
pub(super) fn park(at: Option<Instant>, clock: &Clock, patience: Duration) {
    let left = at.map_or(FAR, |at| clock.until(at)).min(patience).min(FAR);
    if !left.is_zero() {
        thread::park_timeout(left);
    }
}
