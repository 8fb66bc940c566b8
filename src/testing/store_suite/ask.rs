//! Asking a store, and waiting for it.

use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::task::Wake;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU32, Ordering};
use core::task::{Poll, Waker};

use crate::engine::{StoreError, StoreErrorKind};

/// How often it is looked whether a store has woken.
const WAITS_MAX: u32 = 20_000;

/// Counts how often it is woken.
#[derive(Debug, Default)]
pub(super) struct Count(AtomicU32);

impl Count {
    pub(super) fn get(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }

    /// A counter, and the waker that it counts.
    pub(super) fn waker() -> (Arc<Self>, Waker) {
        let count = Arc::new(Self::default());
        (Arc::clone(&count), Waker::from(count))
    }
}

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

/// An answer that may not come later.
pub(super) fn now<T>(answer: Poll<Result<T, StoreError>>) -> Result<T, StoreError> {
    match answer {
        Poll::Ready(answer) => answer,
        Poll::Pending => {
            Err(StoreError::new(StoreErrorKind::Other, "it answers later, though without a waker"))
        }
    }
}

/// Asks until the store answers, each time when it has woken.
pub(super) fn ask<S, T>(
    store: &mut S,
    wait: &mut dyn FnMut(&mut S),
    mut call: impl FnMut(&mut S, Option<&Waker>) -> Poll<T>,
) -> Result<T, String> {
    let mut counts = Vec::new();
    let answer = loop {
        let (count, waker) = Count::waker();
        match call(store, Some(&waker)) {
            Poll::Ready(answer) => break answer,
            Poll::Pending => woken(store, wait, &count)?,
        }
        counts.push(count);
        if counts.len() > 1_000 {
            return Err("it wakes again and again, and has no answer".into());
        }
    };
    if !counts.is_empty() {
        wait(store);
    }
    match counts.iter().map(|count| count.get()).find(|&woken| woken != 1) {
        Some(woken) => Err(format!("it woke {woken} times for one Pending")),
        None => Ok(answer),
    }
}

/// Waits until a waker was woken.
pub(super) fn woken<S>(
    store: &mut S,
    wait: &mut dyn FnMut(&mut S),
    count: &Count,
) -> Result<(), String> {
    for _ in 0..WAITS_MAX {
        if count.get() > 0 {
            return Ok(());
        }
        wait(store);
    }
    Err("it answers Pending, and wakes nobody".into())
}
