//! Stores with one fault each. The suite finds every one, in the check that is about it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use fixline::engine::{Saved, Store, StoreError, StoreErrorKind};
use fixline::session::SeqNums;
use fixline::testing::store_suite::{self, StoreMaker};
use fixline::wire::{SeqNum, UtcTime};

/// What is wrong with a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Sound,
    ConfirmsEarly,
    ConfirmsEverySecond,
    ForgetsAReset,
    ResetsToOne,
    KeepsMessagesOverAReset,
    ForgetsThatAResetIsPending,
    ForgetsWhenItBegan,
    TakesLowerMessages,
    TakesLowerNextOut,
    TakesLowerNextIn,
    TakesOtherEpochs,
    BeginsOldEpochs,
    SaysOtherForMisuse,
    FailsAfterMisuse,
    LendsBeyondTheEnd,
    LendsFromTheStart,
    LendsTheOldEpoch,
    LendsAByteLess,
    LosesTheNumberOfAMessage,
    LosesEmptyMessages,
    LosesTheOldest,
    KeepsTheNewest,
    HidesWhatIsNotCommitted,
    NeverWakes,
    WakesTwice,
    WakesTheEarlierWaker,
    IsNeverReady,
    IsPendingWithoutAWaker,
    CommitsOnlyWhatTheFirstCallSaw,
    GoesOnAfterAFailure,
    WritesAfterAFailure,
    LosesConfirmedAtAFailure,
    ConfirmsAfterALoad,
    HasTwoOwners,
}

use Fault::{
    BeginsOldEpochs, CommitsOnlyWhatTheFirstCallSaw, ConfirmsAfterALoad, ConfirmsEarly,
    ConfirmsEverySecond, FailsAfterMisuse, ForgetsAReset, ForgetsThatAResetIsPending,
    ForgetsWhenItBegan, GoesOnAfterAFailure, HasTwoOwners, HidesWhatIsNotCommitted, IsNeverReady,
    IsPendingWithoutAWaker, KeepsMessagesOverAReset, KeepsTheNewest, LendsAByteLess,
    LendsBeyondTheEnd, LendsFromTheStart, LendsTheOldEpoch, LosesConfirmedAtAFailure,
    LosesEmptyMessages, LosesTheNumberOfAMessage, LosesTheOldest, NeverWakes, ResetsToOne,
    SaysOtherForMisuse, Sound, TakesLowerMessages, TakesLowerNextIn, TakesLowerNextOut,
    TakesOtherEpochs, WakesTheEarlierWaker, WakesTwice, WritesAfterAFailure,
};

/// Every fault, and the check that finds it.
const FAULTS: [(Fault, &str); 34] = [
    (ConfirmsEarly, "a crash at each point"),
    (ConfirmsEverySecond, "a crash at each point"),
    (ForgetsAReset, "an epoch begins with its numbers"),
    (ResetsToOne, "an epoch begins with its numbers"),
    (KeepsMessagesOverAReset, "an epoch begins with its numbers"),
    (ForgetsThatAResetIsPending, "an epoch begins with its numbers"),
    (ForgetsWhenItBegan, "an epoch begins with its numbers"),
    (TakesLowerMessages, "numbers only rise"),
    (TakesLowerNextOut, "numbers only rise"),
    (TakesLowerNextIn, "numbers only rise"),
    (TakesOtherEpochs, "writes are for the present epoch"),
    (BeginsOldEpochs, "writes are for the present epoch"),
    (SaysOtherForMisuse, "numbers only rise"),
    (FailsAfterMisuse, "numbers only rise"),
    (LendsBeyondTheEnd, "messages by their numbers"),
    (LendsFromTheStart, "messages by their numbers"),
    (LendsTheOldEpoch, "messages by their numbers"),
    (LendsAByteLess, "messages by their numbers"),
    (LosesTheNumberOfAMessage, "what was written is seen at once"),
    (LosesEmptyMessages, "messages by their numbers"),
    (LosesTheOldest, "a crash at each point"),
    (KeepsTheNewest, "a crash at each point"),
    (HidesWhatIsNotCommitted, "what was written is seen at once"),
    (NeverWakes, "Pending is followed by one wake"),
    (WakesTwice, "Pending is followed by one wake"),
    (WakesTheEarlierWaker, "the waker of a later call counts"),
    (IsNeverReady, "Pending is followed by one wake"),
    (IsPendingWithoutAWaker, "without a waker it answers now"),
    (CommitsOnlyWhatTheFirstCallSaw, "a commit covers what was written before it"),
    (GoesOnAfterAFailure, "nothing works after a failure until it is loaded"),
    (WritesAfterAFailure, "nothing works after a failure until it is loaded"),
    (LosesConfirmedAtAFailure, "nothing works after a failure until it is loaded"),
    (ConfirmsAfterALoad, "a failure at each call"),
    (HasTwoOwners, "two owners"),
];

#[derive(Clone, Debug)]
struct Rows {
    saved: Saved,
    messages: BTreeMap<SeqNum, Vec<u8>>,
}

/// What outlives the process.
#[derive(Debug)]
struct Disk {
    rows: Rows,
    is_in_use: bool,
}

/// A commit that goes on.
#[derive(Debug)]
struct Commit {
    rows: Rows,
    wakers: Vec<Waker>,
    is_over: bool,
}

/// A sound store but for one fault. It commits when it is waited for.
#[derive(Debug)]
struct Mutant {
    fault: Fault,
    disk: Arc<Mutex<Disk>>,
    is_owner: bool,
    rows: Rows,
    is_dirty: bool,
    commit: Option<Commit>,
    syncs: u32,
    is_down: bool,
    failed: bool,
    lent: Vec<u8>,
}

impl Mutant {
    fn new(fault: Fault, disk: Arc<Mutex<Disk>>) -> Self {
        let rows = disk.lock().unwrap().rows.clone();
        Self {
            fault,
            disk,
            is_owner: false,
            rows,
            is_dirty: false,
            commit: None,
            syncs: 0,
            is_down: false,
            failed: false,
            lent: Vec::new(),
        }
    }

    fn check(&self) -> Result<(), StoreError> {
        if self.failed { Err(StoreError::failed()) } else { Ok(()) }
    }

    /// A write, unless it breaks the contract, which the fault may overlook.
    fn write(
        &mut self,
        fits: Result<(), StoreError>,
        overlooks: bool,
        write: impl FnOnce(&mut Rows),
    ) -> Result<(), StoreError> {
        if self.fault != WritesAfterAFailure {
            self.check()?;
        }
        match fits {
            Err(_) if overlooks => {}
            Err(error) => {
                self.failed = self.fault == FailsAfterMisuse;
                return Err(match self.fault {
                    SaysOtherForMisuse => StoreError::new(StoreErrorKind::Other, "no"),
                    _ => error,
                });
            }
            Ok(()) => {}
        }
        write(&mut self.rows);
        self.is_dirty = true;
        Ok(())
    }

    /// Ends a commit that goes on, and wakes.
    fn answer(&mut self) {
        let Some(commit) = &mut self.commit else { return };
        if std::mem::replace(&mut commit.is_over, true) && self.fault != IsNeverReady {
            return;
        }
        let wakers = std::mem::take(&mut commit.wakers);
        let earlier = &wakers[..wakers.len().saturating_sub(1)];
        match (self.fault, wakers.last()) {
            (NeverWakes, _) | (_, None) => {}
            (WakesTheEarlierWaker, _) => wakers.iter().for_each(Waker::wake_by_ref),
            (WakesTwice, Some(waker)) => {
                assert!(earlier.len() < 9);
                waker.wake_by_ref();
                waker.wake_by_ref();
            }
            (_, Some(waker)) => waker.wake_by_ref(),
        }
    }

    fn commit(&mut self, mut rows: Rows) {
        self.syncs += 1;
        if self.fault == ConfirmsEverySecond && self.syncs.is_multiple_of(2) {
            return;
        }
        if self.fault == LosesTheOldest && rows.messages.len() > 2 {
            rows.messages.pop_first();
        }
        self.disk.lock().unwrap().rows = rows;
        self.is_dirty &= self.fault != CommitsOnlyWhatTheFirstCallSaw;
    }
}

impl Store for Mutant {
    fn load(&mut self, _waker: Option<&Waker>) -> Poll<Result<Saved, StoreError>> {
        let mut disk = self.disk.lock().unwrap();
        if !self.is_owner {
            if disk.is_in_use && self.fault != HasTwoOwners {
                let error = StoreError::new(StoreErrorKind::InUse, "somebody has it");
                return Poll::Ready(Err(error));
            }
            (disk.is_in_use, self.is_owner) = (true, true);
            self.rows = disk.rows.clone();
        }
        if std::mem::replace(&mut self.failed, false) {
            self.rows = match self.fault {
                LosesConfirmedAtAFailure => Rows { saved: Saved::FRESH, messages: BTreeMap::new() },
                _ => disk.rows.clone(),
            };
        }
        if self.fault != ConfirmsAfterALoad {
            self.commit = None;
        }
        Poll::Ready(Ok(self.rows.saved))
    }

    fn append(&mut self, epoch: u32, seq: SeqNum, message: &[u8]) -> Result<(), StoreError> {
        let fits = self.rows.saved.check_append(epoch, seq);
        let fault = self.fault;
        let is_epoch = epoch == self.rows.saved.numbers.epoch;
        let overlooks = match fault {
            TakesLowerMessages => is_epoch,
            TakesOtherEpochs => !is_epoch,
            _ => false,
        };
        self.write(fits, overlooks, |rows| {
            if fault != LosesEmptyMessages || !message.is_empty() {
                rows.messages.insert(seq, message.to_vec());
            }
            if fault != LosesTheNumberOfAMessage {
                rows.saved.numbers.next_out = seq.next();
            }
        })
    }

    fn set_next_out(&mut self, epoch: u32, next_out: SeqNum) -> Result<(), StoreError> {
        let fits = self.rows.saved.check_next_out(epoch, next_out);
        let overlooks = self.fault == TakesLowerNextOut && epoch == self.rows.saved.numbers.epoch;
        self.write(fits, overlooks, |rows| rows.saved.numbers.next_out = next_out)
    }

    fn set_next_in(
        &mut self,
        epoch: u32,
        next_in: SeqNum,
        reset_pending: bool,
    ) -> Result<(), StoreError> {
        let fits = self.rows.saved.check_next_in(epoch, next_in);
        let overlooks = self.fault == TakesLowerNextIn && epoch == self.rows.saved.numbers.epoch;
        self.write(fits, overlooks, |rows| {
            rows.saved.numbers.next_in = next_in;
            rows.saved.numbers.reset_pending = reset_pending;
        })
    }

    fn reset(&mut self, mut begin: SeqNums, now: UtcTime) -> Result<(), StoreError> {
        let fits = self.rows.saved.check_reset(begin);
        let fault = self.fault;
        self.write(fits, fault == BeginsOldEpochs, |rows| {
            match fault {
                ForgetsAReset => return,
                ResetsToOne => {
                    begin = SeqNums { next_in: SeqNum::MIN, next_out: SeqNum::MIN, ..begin };
                }
                ForgetsThatAResetIsPending => begin.reset_pending = false,
                _ => {}
            }
            let created = if fault == ForgetsWhenItBegan { None } else { Some(now) };
            rows.saved = Saved { numbers: begin, created };
            if fault != KeepsMessagesOverAReset {
                rows.messages.clear();
            }
        })
    }

    fn sync(&mut self, waker: Option<&Waker>) -> Poll<Result<(), StoreError>> {
        self.check()?;
        if self.is_down {
            self.failed = self.fault != GoesOnAfterAFailure;
            return Poll::Ready(Err(StoreError::new(StoreErrorKind::Full, "no room")));
        }
        if self.fault == CommitsOnlyWhatTheFirstCallSaw && !self.is_dirty && self.commit.is_none() {
            return Poll::Ready(Ok(()));
        }
        let is_first = self.commit.is_none();
        let rows = self.rows.clone();
        let commit = self.commit.get_or_insert(Commit { rows, wakers: vec![], is_over: false });
        match waker {
            Some(_) if self.fault == ConfirmsEarly => return Poll::Ready(Ok(())),
            Some(waker) if !commit.is_over || self.fault == IsNeverReady => {
                commit.wakers.push(waker.clone());
                return Poll::Pending;
            }
            None if !is_first && self.fault == IsPendingWithoutAWaker => return Poll::Pending,
            _ => {}
        }
        if let Some(commit) = self.commit.take() {
            self.commit(commit.rows);
        }
        Poll::Ready(Ok(()))
    }

    fn next_message(
        &mut self,
        epoch: u32,
        from: SeqNum,
        to: SeqNum,
        _waker: Option<&Waker>,
    ) -> Poll<Result<Option<(SeqNum, &[u8])>, StoreError>> {
        self.check()?;
        let rows = match self.fault {
            HidesWhatIsNotCommitted => self.disk.lock().unwrap().rows.clone(),
            _ => self.rows.clone(),
        };
        if epoch != rows.saved.numbers.epoch && self.fault != LendsTheOldEpoch {
            return Poll::Ready(Ok(None));
        }
        let first = match self.fault {
            // Of more than one, so that it comes to an end.
            LendsFromTheStart if rows.messages.range(from..).count() > 1 => {
                rows.messages.iter().next()
            }
            _ => rows.messages.range(from..).next(),
        };
        let found = first.filter(|&(&seq, _)| seq <= to || self.fault == LendsBeyondTheEnd);
        let Some((&seq, bytes)) = found else { return Poll::Ready(Ok(None)) };
        self.lent.clone_from(bytes);
        if self.fault == LendsAByteLess {
            self.lent.pop();
        }
        Poll::Ready(Ok(Some((seq, &self.lent))))
    }
}

impl Drop for Mutant {
    fn drop(&mut self) {
        if self.is_owner {
            self.disk.lock().unwrap().is_in_use = false;
        }
    }
}

struct Mutants(Fault);

impl StoreMaker for Mutants {
    type Store = Mutant;

    fn fresh(&mut self) -> Mutant {
        let rows = Rows { saved: Saved::FRESH, messages: BTreeMap::new() };
        Mutant::new(self.0, Arc::new(Mutex::new(Disk { rows, is_in_use: false })))
    }

    fn crash(&mut self, store: Mutant) -> Option<Mutant> {
        if self.0 == KeepsTheNewest
            && let Some((&seq, bytes)) = store.rows.messages.last_key_value()
        {
            let mut disk = store.disk.lock().unwrap();
            if disk.rows.saved.numbers.epoch == store.rows.saved.numbers.epoch {
                disk.rows.messages.insert(seq, bytes.clone());
                disk.rows.saved.numbers.next_out = store.rows.saved.numbers.next_out;
            }
        }
        let disk = Arc::clone(&store.disk);
        drop(store);
        Some(Mutant::new(self.0, disk))
    }

    fn second(&mut self, first: &Mutant) -> Option<Mutant> {
        Some(Mutant::new(self.0, Arc::clone(&first.disk)))
    }

    fn harm(&mut self, store: &mut Mutant) -> bool {
        store.is_down = true;
        true
    }

    fn mend(&mut self, store: &mut Mutant) {
        store.is_down = false;
    }

    fn wait(&mut self, store: &mut Mutant) {
        store.answer();
    }
}

#[test]
fn the_store_without_a_fault_passes() {
    store_suite::check(&mut Mutants(Sound)).unwrap();
}

#[test]
fn every_fault_of_a_store_is_found() {
    let mut missed = Vec::new();
    for (fault, check) in FAULTS {
        match store_suite::check(&mut Mutants(fault)) {
            Ok(()) => missed.push(format!("{fault:?} was not found")),
            Err(breaches) if breaches.iter().any(|breach| breach.check == check) => {}
            Err(breaches) => missed.push(format!("{fault:?}, not by `{check}`: {breaches}")),
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}
