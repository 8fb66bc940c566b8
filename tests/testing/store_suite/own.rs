//! A store as a user might write one: rows in a database that others use too.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use fixline::engine::{Saved, Store, StoreError, StoreErrorKind};
use fixline::session::SeqNums;
use fixline::testing::store_suite::{self, StoreMaker};
use fixline::wire::{SeqNum, UtcTime};

/// The rows of one session: who owns it, its numbers, its messages.
#[derive(Clone, Debug)]
struct Rows {
    owner: u64,
    saved: Saved,
    messages: BTreeMap<SeqNum, Vec<u8>>,
}

type Database = Arc<Mutex<Rows>>;

/// Who loads it is its owner from then on; the one before learns it with its next commit.
struct Owned {
    database: Database,
    owner: u64,
    /// What this owner wrote, of which the database has what was committed.
    rows: Rows,
    lent: Vec<u8>,
    failed: bool,
    down: Arc<Mutex<bool>>,
}

impl Owned {
    fn new(database: Database) -> Self {
        let rows = database.lock().unwrap().clone();
        Self { database, owner: 0, rows, lent: Vec::new(), failed: false, down: Arc::default() }
    }

    fn check(&self) -> Result<(), StoreError> {
        if self.failed { Err(StoreError::failed()) } else { Ok(()) }
    }
}

impl Store for Owned {
    fn load(&mut self, _waker: Option<&Waker>) -> Poll<Result<Saved, StoreError>> {
        if *self.down.lock().unwrap() {
            return Poll::Ready(Err(StoreError::new(StoreErrorKind::Unavailable, "no database")));
        }
        if self.owner == 0 || self.failed {
            let mut rows = self.database.lock().unwrap();
            rows.owner += 1;
            self.owner = rows.owner;
            self.rows = rows.clone();
            self.failed = false;
        }
        Poll::Ready(Ok(self.rows.saved))
    }

    fn append(&mut self, epoch: u32, seq: SeqNum, message: &[u8]) -> Result<(), StoreError> {
        self.check()?;
        self.rows.saved.check_append(epoch, seq)?;
        self.rows.messages.insert(seq, message.to_vec());
        self.rows.saved.numbers.next_out = seq.next();
        Ok(())
    }

    fn set_next_out(&mut self, epoch: u32, next_out: SeqNum) -> Result<(), StoreError> {
        self.check()?;
        self.rows.saved.check_next_out(epoch, next_out)?;
        self.rows.saved.numbers.next_out = next_out;
        Ok(())
    }

    fn set_next_in(
        &mut self,
        epoch: u32,
        next_in: SeqNum,
        reset_pending: bool,
    ) -> Result<(), StoreError> {
        self.check()?;
        self.rows.saved.check_next_in(epoch, next_in)?;
        let numbers = &mut self.rows.saved.numbers;
        (numbers.next_in, numbers.reset_pending) = (next_in, reset_pending);
        Ok(())
    }

    fn reset(&mut self, begin: SeqNums, now: UtcTime) -> Result<(), StoreError> {
        self.check()?;
        self.rows.saved.check_reset(begin)?;
        self.rows.saved = Saved { numbers: begin, created: Some(now) };
        self.rows.messages.clear();
        Ok(())
    }

    fn sync(&mut self, _waker: Option<&Waker>) -> Poll<Result<(), StoreError>> {
        self.check()?;
        let mut rows = self.database.lock().unwrap();
        let kind = if *self.down.lock().unwrap() {
            StoreErrorKind::Unavailable
        } else if rows.owner != self.owner {
            StoreErrorKind::Lost
        } else {
            *rows = Rows { owner: self.owner, ..self.rows.clone() };
            return Poll::Ready(Ok(()));
        };
        self.failed = true;
        Poll::Ready(Err(StoreError::new(kind, "not committed")))
    }

    fn next_message(
        &mut self,
        epoch: u32,
        from: SeqNum,
        to: SeqNum,
        _waker: Option<&Waker>,
    ) -> Poll<Result<Option<(SeqNum, &[u8])>, StoreError>> {
        self.check()?;
        let first = self.rows.messages.range(from..).next().filter(|&(&seq, _)| seq <= to);
        let Some((&seq, bytes)) = first.filter(|_| epoch == self.rows.saved.numbers.epoch) else {
            return Poll::Ready(Ok(None));
        };
        self.lent.clone_from(bytes);
        Poll::Ready(Ok(Some((seq, &self.lent))))
    }
}

struct InDatabases;

impl StoreMaker for InDatabases {
    type Store = Owned;

    fn fresh(&mut self) -> Owned {
        let rows = Rows { owner: 0, saved: Saved::FRESH, messages: BTreeMap::new() };
        Owned::new(Arc::new(Mutex::new(rows)))
    }

    fn crash(&mut self, store: Owned) -> Option<Owned> {
        Some(Owned::new(store.database))
    }

    fn second(&mut self, first: &Owned) -> Option<Owned> {
        Some(Owned::new(Arc::clone(&first.database)))
    }

    fn harm(&mut self, store: &mut Owned) -> bool {
        *store.down.lock().unwrap() = true;
        true
    }

    fn mend(&mut self, store: &mut Owned) {
        *store.down.lock().unwrap() = false;
    }
}

#[test]
fn a_store_of_a_user_passes() {
    store_suite::check(&mut InDatabases).unwrap();
}
