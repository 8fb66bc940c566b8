//! The suite of stores, over those of the crate and over one that a user might write; and mutants
//! of a store, each with one fault, of which it must find every one (EDGE-03, EDGE-20, EDGE-33).

mod mutants;
mod own;

use std::fs;
use std::path::PathBuf;
use std::task::Poll;
use std::time::Duration;

use fixline::adapters::FileStore;
use fixline::engine::{MemoryStore, Store, StoreErrorKind};
use fixline::session::SeqNums;
use fixline::testing::CrashStore;
use fixline::testing::store_suite::{self, StoreMaker};
use fixline::wire::{SeqNum, UtcTime};

struct InMemory;

impl StoreMaker for InMemory {
    type Store = MemoryStore;

    fn fresh(&mut self) -> MemoryStore {
        MemoryStore::new()
    }
}

#[test]
fn the_store_in_memory_passes() {
    store_suite::check(&mut InMemory).unwrap();
}

/// Crash stores of some kind, of which so many unconfirmed writes survive a crash.
pub(crate) struct Crashing {
    pub(crate) kind: CrashStore,
    pub(crate) kept: usize,
}

impl StoreMaker for Crashing {
    type Store = CrashStore;

    fn fresh(&mut self) -> CrashStore {
        self.kind.clone()
    }

    fn crash(&mut self, store: CrashStore) -> Option<CrashStore> {
        Some(store.crash_keeping(self.kept))
    }

    fn harm(&mut self, store: &mut CrashStore) -> bool {
        store.fail();
        true
    }

    fn wait(&mut self, store: &mut CrashStore) {
        store.answer();
    }
}

#[test]
fn the_store_that_crashes_passes_however_late_it_answers() {
    let polls = CrashStore::new().commit_polls(2).load_polls(1).read_polls(3);
    let kept = CrashStore::new().kept_by_failures(1).commit_polls(1);
    for kind in [CrashStore::new(), CrashStore::new().by_hand(), polls, kept] {
        for kept in [0, 1, 2, 9] {
            store_suite::check(&mut Crashing { kind: kind.clone(), kept }).unwrap();
        }
    }
}

/// Stores in files of a folder.
struct InFiles {
    folder: PathBuf,
    made: u32,
}

impl StoreMaker for InFiles {
    type Store = FileStore;

    fn fresh(&mut self) -> FileStore {
        self.made += 1;
        FileStore::create(self.folder.join(format!("{}.fix", self.made)))
    }

    fn crash(&mut self, store: FileStore) -> Option<FileStore> {
        Some(FileStore::open(store.path()))
    }

    fn second(&mut self, first: &FileStore) -> Option<FileStore> {
        Some(FileStore::open(first.path()))
    }

    fn harm(&mut self, store: &mut FileStore) -> bool {
        fs::rename(store.path(), store.path().with_extension("away")).unwrap();
        true
    }

    fn mend(&mut self, store: &mut FileStore) {
        fs::rename(store.path().with_extension("away"), store.path()).unwrap();
    }

    fn wait(&mut self, _store: &mut FileStore) {
        std::thread::sleep(Duration::from_micros(50));
    }
}

#[test]
fn the_store_in_a_file_passes() {
    let folder = std::env::temp_dir().join(format!("fixline-suite-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let checked = store_suite::check(&mut InFiles { folder: folder.clone(), made: 0 });
    fs::remove_dir_all(&folder).unwrap();
    checked.unwrap();
}

// EDGE-03: the outgoing number went back within its epoch, and old messages were repeated under the
// numbers of new ones. Now a number goes down by a new epoch only, which has no messages.
#[test]
fn edge_03_a_number_goes_down_by_a_new_epoch_only() {
    fn try_it<S: Store>(mut store: S) {
        let seq = |number| SeqNum::new(number).expect("not 0");
        assert!(matches!(store.load(None), Poll::Ready(Ok(_))));
        for number in 2..=6 {
            store.append(0, seq(number), b"old").unwrap();
        }
        let error = store.set_next_out(0, seq(3)).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Misuse);
        assert!(!error.kind().is_transient());
        assert!(error.to_string().contains("from 7 to 3"), "{error}");
        let begin = SeqNums { epoch: 1, next_out: seq(3), ..SeqNums::FRESH };
        store.reset(begin, UtcTime::EPOCH).unwrap();
        store.append(1, seq(4), b"new").unwrap();
        store.append(1, seq(5), b"new").unwrap();
        let mut found = |from, to| match store.next_message(1, seq(from), seq(to), None) {
            Poll::Ready(found) => found.unwrap().map(|(seq, bytes)| (seq.get(), bytes.to_vec())),
            Poll::Pending => panic!("it answers later, though without a waker"),
        };
        assert_eq!(found(2, 5), Some((4, b"new".to_vec())), "2 and 3 are filled");
        assert_eq!(found(5, 5), Some((5, b"new".to_vec())));
    }
    let file = std::env::temp_dir().join(format!("fixline-edge-03-{}.fix", std::process::id()));
    try_it(MemoryStore::new());
    try_it(CrashStore::new());
    try_it(FileStore::create(&file));
    fs::remove_file(file).unwrap();
}

// SAFE-04
#[test]
fn safe_04_the_debug_of_a_crash_store_shows_no_bytes() {
    let mut store = CrashStore::new();
    store.append(0, SeqNum::MIN, b"554=hunter2").unwrap();
    let shown = format!("{store:?} {store:#?}");
    let bytes = format!("{:?}", b"hunter2");
    assert!(
        !shown.contains("hunter2") && !shown.contains(bytes.trim_matches(['[', ']'])),
        "{shown}"
    );
}
