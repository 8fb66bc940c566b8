//! How whoever drives waits.

use core::ops::ControlFlow;
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

    /// Steps until one breaks, each when it is due or the thread is woken; `None` when none has in
    /// time.
    pub(super) fn wait<B>(
        &mut self,
        clock: &Clock,
        patience: Duration,
        mut step: impl FnMut(&Waker) -> ControlFlow<B, Option<Instant>>,
    ) -> Option<B> {
        let waker = self.waker();
        // The patience is that of the caller, whatever clock the session goes by.
        let waits = Clock::new();
        let until = waits.now().monotonic.after(patience);
        loop {
            let at = match step(&waker) {
                ControlFlow::Break(over) => return Some(over),
                ControlFlow::Continue(at) => at,
            };
            let left = waits.until(until);
            if left.is_zero() {
                return None;
            }
            park(at, clock, left);
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
