//! Waking a task in time.

use alloc::boxed::Box;
use core::ops::ControlFlow;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;

use tokio::time::Sleep;

use crate::adapters::clock::Clock;
use crate::session::Instant;

/// Further than any timer has to reach at once.
const FAR: Duration = Duration::from_secs(86_400);

/// The one timer of a task: every deadline of what it drives stands in the instant that it is set
/// to.
#[derive(Default)]
pub(super) struct Alarm {
    timer: Option<Pin<Box<Sleep>>>,
    /// What it is set to.
    at: Option<Instant>,
}

impl Alarm {
    /// What a step came to; or the task is woken when it is time for the next one.
    pub(super) fn wait<B>(
        &mut self,
        step: ControlFlow<B, Option<Instant>>,
        clock: &Clock,
        cx: &mut Context<'_>,
    ) -> Poll<B> {
        match step {
            ControlFlow::Break(over) => Poll::Ready(over),
            ControlFlow::Continue(at) => {
                if self.is_due(at, clock, cx) {
                    // Another step is due at once: others run first.
                    cx.waker().wake_by_ref();
                }
                Poll::Pending
            }
        }
    }

    /// Whether this instant has come; otherwise the task is woken then.
    pub(super) fn is_due(
        &mut self,
        at: Option<Instant>,
        clock: &Clock,
        cx: &mut Context<'_>,
    ) -> bool {
        let Some(at) = at else {
            *self = Self::default();
            return false;
        };
        let left = clock.until(at);
        if left.is_zero() {
            return true;
        }
        if self.at != Some(at) {
            self.at = Some(at);
            let until = tokio::time::Instant::now() + left.min(FAR);
            match &mut self.timer {
                Some(timer) => timer.as_mut().reset(until),
                None => self.timer = Some(Box::pin(tokio::time::sleep_until(until))),
            }
        }
        let rung = self.timer.as_mut().is_some_and(|timer| timer.as_mut().poll(cx).is_ready());
        if rung {
            // The clock that counts may be another one than that of the timer.
            self.at = None;
        }
        rung
    }
}
