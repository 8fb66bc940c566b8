//! Waiting for a future in a thread, for so long at most.

use alloc::sync::Arc;
use alloc::task::Wake;
use core::future::Future;
use core::pin::pin;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::thread::{self, Thread};

use crate::adapters::clock::Clock;

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

/// A waker that unparks this thread.
pub(in crate::adapters) fn thread_waker() -> Waker {
    Waker::from(Arc::new(Unpark(thread::current())))
}

/// Polls until the future is ready; `None` when it is not within `patience`.
pub(in crate::adapters) fn block_on<T>(
    future: impl Future<Output = T>,
    patience: Duration,
) -> Option<T> {
    let mut future = pin!(future);
    let waker = thread_waker();
    let clock = Clock::new();
    let end = clock.now().monotonic.after(patience);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return Some(output);
        }
        let left = clock.until(end);
        if left.is_zero() {
            return None;
        }
        thread::park_timeout(left);
    }
}
