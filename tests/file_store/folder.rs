//! What all of these tests need.

use std::fs;
use std::path::{Path, PathBuf};
use std::task::Poll;

use fixline::adapters::FileStore;
use fixline::engine::{Saved, Store, StoreError};
use fixline::wire::SeqNum;

/// A folder of a test's own, removed at its end.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    /// On a disk.
    pub(crate) fn new(name: &str) -> Self {
        Self::at(std::env::temp_dir(), name)
    }

    /// Where memory poses as a disk, if there is such a place: for tests of many files.
    pub(crate) fn quick(name: &str) -> Self {
        let shared = PathBuf::from("/dev/shm");
        Self::at(if shared.is_dir() { shared } else { std::env::temp_dir() }, name)
    }

    fn at(place: PathBuf, name: &str) -> Self {
        let path = place.join(format!("fixline-{}-{name}", std::process::id()));
        let _was_not_there = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.0.join("session.fix")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _left_behind = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn seq(number: u64) -> SeqNum {
    SeqNum::new(number).expect("not 0")
}

/// An answer without a waker.
pub(crate) fn now<T>(answer: Poll<Result<T, StoreError>>) -> Result<T, StoreError> {
    match answer {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("it answers later, though without a waker"),
    }
}

pub(crate) fn load(store: &mut FileStore) -> Result<Saved, StoreError> {
    now(store.load(None))
}

pub(crate) fn sync(store: &mut FileStore) {
    now(store.sync(None)).expect("a disk");
}

/// A store that is loaded, a new one if there is none.
pub(crate) fn loaded(path: &Path) -> FileStore {
    let mut store = FileStore::open_or_create(path);
    load(&mut store).expect("loads");
    store
}

/// The numbers of a store, and every message of its epoch.
pub(crate) type Contents = (Saved, Vec<(u64, Vec<u8>)>);

pub(crate) fn contents<S: Store>(store: &mut S) -> Contents {
    let saved = now(store.load(None)).expect("loads");
    let (mut messages, mut from) = (Vec::new(), SeqNum::MIN);
    while let Some((found, bytes)) =
        now(store.next_message(saved.numbers.epoch, from, SeqNum::MAX, None)).expect("reads")
    {
        messages.push((found.get(), bytes.to_vec()));
        from = found.next();
    }
    (saved, messages)
}

pub(crate) fn reopened(path: &Path) -> Contents {
    contents(&mut FileStore::open(path))
}

/// A file of some commits, and for each where it ends and what is there then. The file has nothing
/// but its head at first.
pub(crate) fn some_commits(path: &Path) -> Vec<(usize, Contents)> {
    let mut store = loaded(path);
    let mut commits = Vec::new();
    let mut commit = |store: &mut FileStore| {
        sync(store);
        let len = usize::try_from(fs::metadata(path).expect("there").len()).expect("small");
        commits.push((len, contents(store)));
    };
    commit(&mut store);
    store.set_next_out(0, seq(2)).unwrap();
    commit(&mut store);
    store.append(0, seq(2), b"the first").unwrap();
    store.append(0, seq(3), b"and the second in one commit").unwrap();
    store.set_next_in(0, seq(9), false).unwrap();
    commit(&mut store);
    store.set_next_in(0, seq(10), true).unwrap();
    commit(&mut store);
    store.append(0, seq(4), &[0; 40]).unwrap();
    commit(&mut store);
    store.append(0, seq(5), b"the last").unwrap();
    store.set_next_in(0, seq(11), false).unwrap();
    commit(&mut store);
    commits
}
