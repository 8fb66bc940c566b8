//! Whether a store has woken its side of a pair.

use alloc::sync::Arc;
use alloc::task::Wake;
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::Waker;

/// A waker that remembers that it was woken.
#[derive(Clone, Debug, Default)]
pub(super) struct WakeFlag(Arc<Woken>);

#[derive(Debug, Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl WakeFlag {
    /// What to give to the connection.
    pub(super) fn waker(&self) -> Waker {
        Waker::from(Arc::clone(&self.0))
    }

    /// Whether it was woken and nobody has looked after it.
    pub(super) fn is_up(&self) -> bool {
        self.0.0.load(Ordering::Relaxed)
    }

    /// Somebody looks after it.
    pub(super) fn lower(&self) {
        self.0.0.store(false, Ordering::Relaxed);
    }
}
