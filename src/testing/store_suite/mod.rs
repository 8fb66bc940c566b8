//! What every store must do, call by call: run it over a store of your own.
//!
//! [`check`] plays the contract of [`Store`] against stores that a
//! [`StoreMaker`] makes: what is seen at once and what survives a crash at each point; numbers that
//! only rise and epochs; answers that come later and wake who waits; a failure at each call; two
//! owners. It writes some hundred messages of at most 4 KiB, fewer than 64 at a time, which a
//! bounded store must have room for.
//!
//! ```
//! use fixline::engine::MemoryStore;
//! use fixline::testing::store_suite::{self, StoreMaker};
//!
//! struct InMemory;
//!
//! impl StoreMaker for InMemory {
//!     type Store = MemoryStore;
//!
//!     fn fresh(&mut self) -> MemoryStore {
//!         MemoryStore::new()
//!     }
//! }
//!
//! store_suite::check(&mut InMemory)?;
//! # Ok::<(), store_suite::Breaches>(())
//! ```

mod ask;
mod calls;
mod crashes;
mod failures;
mod model;
mod waiting;

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::engine::Store;

/// How the suite gets at stores of one kind.
///
/// Only [`fresh`](Self::fresh) must be there. What the others make possible is left out where they
/// are not.
pub trait StoreMaker {
    /// The stores.
    type Store: Store;

    /// A store that never held a session, and was not loaded yet.
    fn fresh(&mut self) -> Self::Store;

    /// What the next process finds when the one that had this store ended here, without a word. It
    /// is not loaded yet. `None` if stores of this kind do not outlive their process.
    fn crash(&mut self, store: Self::Store) -> Option<Self::Store> {
        let _gone = store;
        None
    }

    /// A second owner of what the first one has, which is loaded and goes on. It is not loaded yet.
    /// `None` if there can be no such thing.
    fn second(&mut self, first: &Self::Store) -> Option<Self::Store> {
        let _only = first;
        None
    }

    /// Makes the store fail by itself, at the latest at its next commit. False if there is no way.
    fn harm(&mut self, store: &mut Self::Store) -> bool {
        let _sound = store;
        false
    }

    /// Takes away what made it fail.
    fn mend(&mut self, store: &mut Self::Store) {
        let _sound = store;
    }

    /// Lets some time pass while the store is waited for: sleep for a moment if it has threads. The
    /// suite waits at most 20,000 times for one answer.
    fn wait(&mut self, store: &mut Self::Store) {
        let _waited_for = store;
        for _ in 0..1_000 {
            core::hint::spin_loop();
        }
    }
}

/// What a store did that its contract forbids, or did not do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Breach {
    /// What was tried.
    pub check: &'static str,
    /// What came of it.
    pub text: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.check, self.text)
    }
}

/// The first breach of each check that found one.
#[derive(Clone, PartialEq, Eq)]
pub struct Breaches(Vec<Breach>);

impl Breaches {
    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Breach> {
        self.0.iter()
    }
}

impl fmt::Display for Breaches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the store breaks its contract")?;
        self.0.iter().try_for_each(|breach| write!(f, "\n- {breach}"))
    }
}

impl fmt::Debug for Breaches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl core::error::Error for Breaches {}

/// What came of a check.
type Outcome = Result<(), String>;

/// A check, and what it is about.
type Check<M> = (&'static str, fn(&mut M) -> Outcome);

/// Checks stores of one kind.
///
/// # Errors
///
/// What they do wrong.
pub fn check<M: StoreMaker>(maker: &mut M) -> Result<(), Breaches> {
    let checks: [Check<M>; 15] = [
        ("a fresh store", calls::fresh),
        ("what was written is seen at once", calls::seen_at_once),
        ("messages by their numbers", calls::messages_by_number),
        ("numbers only rise", calls::numbers_only_rise),
        ("writes are for the present epoch", calls::present_epoch_only),
        ("an epoch begins with its numbers", calls::epochs_begin),
        ("a crash at each point", crashes::at_each_point),
        ("crashes in random scripts", crashes::in_random_scripts),
        ("a commit covers what was written before it", waiting::commits_cover),
        ("Pending is followed by one wake", waiting::one_wake),
        ("the waker of a later call counts", waiting::later_waker),
        ("without a waker it answers now", waiting::answers_now),
        ("a failure at each call", failures::at_each_call),
        ("nothing works after a failure until it is loaded", failures::of_its_own),
        ("two owners", failures::two_owners),
    ];
    let mut breaches = Vec::new();
    for (check, run) in checks {
        if let Err(text) = run(maker) {
            breaches.push(Breach { check, text });
        }
    }
    if breaches.is_empty() { Ok(()) } else { Err(Breaches(breaches)) }
}
