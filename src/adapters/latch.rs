//! A lock under which nothing of the user's runs.

use alloc::vec::Vec;
use core::ops::{Deref, DerefMut};
use core::task::Waker;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A mutex whose holder lets go of wakers behind it.
///
/// Waking may poll a task at once, and dropping a waker may drop one: both may come back to the
/// same lock. So a holder puts wakers [aside](Wakes), and they are woken or dropped when the lock is
/// given back.
pub(super) struct Latch<T>(Mutex<T>);

/// Something that puts wakers aside.
pub(super) trait Wakeful {
    /// Where to.
    fn wakes(&mut self) -> &mut Wakes;
}

/// Wakers that were put aside under a lock.
#[derive(Debug, Default)]
pub(super) struct Wakes(Vec<Aside>);

#[derive(Debug)]
enum Aside {
    Wake(Waker),
    Drop(Waker),
}

impl Wakes {
    /// Wakes it behind the lock.
    pub(super) fn wake(&mut self, waker: impl IntoIterator<Item = Waker>) {
        self.0.extend(waker.into_iter().map(Aside::Wake));
    }

    /// Drops it behind the lock.
    pub(super) fn forget(&mut self, waker: impl IntoIterator<Item = Waker>) {
        self.0.extend(waker.into_iter().map(Aside::Drop));
    }

    /// Keeps a waker in a place that may have another one.
    pub(super) fn keep(&mut self, place: &mut Option<Waker>, waker: &Waker) {
        match place {
            Some(old) if old.will_wake(waker) => {}
            place => {
                let old = place.replace(waker.clone());
                self.forget(old);
            }
        }
    }

    fn let_go(&mut self) {
        for aside in self.0.drain(..) {
            match aside {
                Aside::Wake(waker) => waker.wake(),
                Aside::Drop(waker) => drop(waker),
            }
        }
    }
}

impl<T: Wakeful> Latch<T> {
    pub(super) const fn new(inner: T) -> Self {
        Self(Mutex::new(inner))
    }

    /// Nothing of the user's runs under the lock, so that a poisoned one is as good as another.
    pub(super) fn lock(&self) -> Latched<'_, T> {
        let after = After { latch: self, wakes: Wakes::default() };
        Latched { guard: self.guard(), after }
    }

    fn guard(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A lock that is held. Its fields are dropped in their order: the lock is given back first.
pub(super) struct Latched<'a, T: Wakeful> {
    guard: MutexGuard<'a, T>,
    after: After<'a, T>,
}

/// What is done behind a lock.
struct After<'a, T: Wakeful> {
    latch: &'a Latch<T>,
    wakes: Wakes,
}

impl<T: Wakeful> Deref for Latched<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.guard
    }
}

impl<T: Wakeful> DerefMut for Latched<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.guard
    }
}

impl<T: Wakeful> Drop for Latched<'_, T> {
    fn drop(&mut self) {
        // Most often there is none, and the room for them stays where it is.
        if !self.guard.wakes().0.is_empty() {
            self.after.wakes = core::mem::take(self.guard.wakes());
        }
    }
}

impl<T: Wakeful> Drop for After<'_, T> {
    fn drop(&mut self) {
        self.wakes.let_go();
        self.give_back();
    }
}

impl<T: Wakeful> After<'_, T> {
    /// Room that was made once is kept, or the next to be woken would cost an allocation.
    fn give_back(&mut self) {
        if self.wakes.0.capacity() == 0 {
            return;
        }
        let mut guard = self.latch.guard();
        if guard.wakes().0.capacity() == 0 {
            *guard.wakes() = core::mem::take(&mut self.wakes);
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::sync::{Arc, Weak};
    use alloc::task::Wake;
    use core::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[derive(Default)]
    struct Wish {
        waker: Option<Waker>,
        wakes: Wakes,
        count: usize,
    }

    impl Wakeful for Wish {
        fn wakes(&mut self) -> &mut Wakes {
            &mut self.wakes
        }
    }

    /// Comes back to the lock when it is woken, and when it is dropped.
    struct Comes {
        latch: Weak<Latch<Wish>>,
        woken: Arc<AtomicUsize>,
    }

    impl Wake for Comes {
        fn wake(self: Arc<Self>) {
            self.woken.fetch_add(1, Ordering::Relaxed);
            if let Some(latch) = self.latch.upgrade() {
                latch.lock().count += 1;
            }
        }
    }

    impl Drop for Comes {
        fn drop(&mut self) {
            if let Some(latch) = self.latch.upgrade() {
                latch.lock().count += 100;
            }
        }
    }

    #[test]
    fn who_is_woken_or_dropped_may_come_back_to_the_lock() {
        let latch = Arc::new(Latch::new(Wish::default()));
        let woken = Arc::new(AtomicUsize::new(0));
        let waker = || {
            let (latch, woken) = (Arc::downgrade(&latch), Arc::clone(&woken));
            Waker::from(Arc::new(Comes { latch, woken }))
        };
        let keep = |waker: &Waker| {
            let mut wish = latch.lock();
            let wish = &mut *wish;
            wish.wakes.keep(&mut wish.waker, waker);
        };
        let first = waker();
        keep(&first);
        keep(&first);
        assert!(latch.lock().wakes.0.is_empty(), "the same one is not put aside");
        drop(first);
        keep(&waker());
        assert_eq!((latch.lock().count, woken.load(Ordering::Relaxed)), (100, 0), "the first went");
        {
            let mut wish = latch.lock();
            let waker = wish.waker.take();
            wish.wakes.wake(waker);
            assert_eq!(woken.load(Ordering::Relaxed), 0, "not under the lock");
        }
        assert_eq!((latch.lock().count, woken.load(Ordering::Relaxed)), (201, 1));
        assert!(latch.lock().wakes.0.capacity() > 0, "room is kept");
    }
}
