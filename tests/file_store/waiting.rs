//! Who asks with a waker never waits for a disk, and is woken.
#![expect(clippy::disallowed_methods, reason = "threads of the pool run in real time")]

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use fixline::adapters::FileStore;
use fixline::engine::{Store, StoreError};
use fixline::session::SeqNums;
use fixline::wire::UtcTime;

use crate::folder::{Folder, contents, load, loaded, now, seq, sync};

/// Wakes a thread, and counts.
struct Bell {
    thread: Thread,
    rings: AtomicU32,
}

impl Bell {
    fn new() -> Arc<Self> {
        Arc::new(Self { thread: thread::current(), rings: AtomicU32::new(0) })
    }

    fn rings(&self) -> u32 {
        self.rings.load(Ordering::SeqCst)
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.rings.fetch_add(1, Ordering::SeqCst);
        self.thread.unpark();
    }
}

/// Asks until there is an answer, each time when it was woken.
fn wait<T>(mut ask: impl FnMut(&Waker) -> Poll<T>) -> T {
    let bell = Bell::new();
    let waker = Waker::from(Arc::clone(&bell));
    let mut pending = 0;
    loop {
        if let Poll::Ready(answer) = ask(&waker) {
            return answer;
        }
        pending += 1;
        let begun = Instant::now();
        while bell.rings() < pending {
            thread::park_timeout(Duration::from_secs(20));
            assert!(begun.elapsed() < Duration::from_secs(20), "nobody was woken");
        }
        assert_eq!(bell.rings(), pending, "one wake for one Pending");
    }
}

fn threads() -> Option<usize> {
    let tasks = fs::read_dir("/proc/self/task").ok()?;
    let is_ours = |task: fs::DirEntry| {
        fs::read_to_string(task.path().join("comm"))
            .is_ok_and(|name| name.trim() == "fixline-store")
    };
    Some(tasks.filter_map(Result::ok).map(is_ours).filter(|ours| *ours).count())
}

// EDGE-33: a commit in the background was asked about every millisecond, and no sooner.
#[test]
fn edge_33_who_waits_for_a_commit_is_woken_at_once() {
    let folder = Folder::new("woken");
    let mut store = loaded(&folder.file());
    for number in 1..=50 {
        store.append(0, seq(number), b"8=FIX.4.4").unwrap();
        wait(|waker| store.sync(Some(waker))).unwrap();
    }
    drop(store);
    assert_eq!(crate::folder::reopened(&folder.file()).1.len(), 50);
}

// EDGE-34: loading and reading for a replay held up the thread that asked.
#[test]
fn edge_34_loading_and_reading_answer_later() {
    let folder = Folder::new("later");
    let mut store = loaded(&folder.file());
    for number in 1..=300 {
        store.append(0, seq(number), &[b'x'; 1000]).unwrap();
    }
    sync(&mut store);
    drop(store);
    let mut store = FileStore::open(folder.file());
    let saved = wait(|waker| store.load(Some(waker))).unwrap();
    assert_eq!(saved.numbers.next_out, seq(301));
    let mut pending = 0;
    for number in 1..=300 {
        wait(|waker| {
            let found = store.next_message(0, seq(number), seq(300), Some(waker));
            pending += u32::from(found.is_pending());
            found.map(|found| {
                let (found, bytes) = found.unwrap().expect("there");
                assert_eq!((found, bytes), (seq(number), &[b'x'; 1000][..]));
            })
        });
    }
    assert!(pending < 20, "it reads ahead: {pending} waits for 300 messages");
}

#[test]
fn writes_go_on_while_a_commit_does_and_are_in_the_next_one() {
    let folder = Folder::new("go-on");
    let mut store = loaded(&folder.file());
    store.append(0, seq(1), b"one").unwrap();
    let mut next = 2;
    for _ in 0..50 {
        let bell = Bell::new();
        let waker = Waker::from(Arc::clone(&bell));
        while store.sync(Some(&waker)).is_pending() {
            store.append(0, seq(next), b"while it goes on").unwrap();
            let found = now(store.next_message(0, seq(next), seq(next), None)).unwrap();
            assert_eq!(found, Some((seq(next), &b"while it goes on"[..])));
            let found = now(store.next_message(0, seq(1), seq(1), None)).unwrap();
            assert_eq!(found, Some((seq(1), &b"one"[..])));
            next += 1;
        }
        store.append(0, seq(next), b"behind").unwrap();
        next += 1;
    }
    sync(&mut store);
    let before = contents(&mut store);
    drop(store);
    assert_eq!(crate::folder::reopened(&folder.file()), before);
    assert_eq!(before.0.numbers.next_out, seq(next));
}

#[test]
fn a_reset_while_a_commit_goes_on_is_in_the_next_one() {
    let folder = Folder::new("reset-behind");
    let mut store = loaded(&folder.file());
    for epoch in 0..20 {
        store.append(epoch, seq(2), b"of this epoch").unwrap();
        let begun = store.sync(Some(Waker::noop()));
        store.reset(SeqNums { epoch: epoch + 1, ..SeqNums::FRESH }, UtcTime::EPOCH).unwrap();
        store.append(epoch + 1, seq(1), b"of the next").unwrap();
        let found = now(store.next_message(epoch + 1, seq(1), seq(9), None)).unwrap();
        assert_eq!(found, Some((seq(1), &b"of the next"[..])));
        if begun.is_pending() {
            sync(&mut store);
        }
        sync(&mut store);
        assert_eq!(contents(&mut store).1, [(1, b"of the next".to_vec())]);
    }
    drop(store);
    assert_eq!(crate::folder::reopened(&folder.file()).0.numbers.epoch, 20);
}

#[test]
fn edge_33_a_thousand_stores_share_a_few_threads_fairly() {
    let folder = Folder::new("thousand");
    let mut stores: Vec<FileStore> = (0..1000)
        .map(|number| FileStore::open_or_create(folder.0.join(format!("{number}.fix"))))
        .collect();
    let bell = Bell::new();
    let waker = Waker::from(Arc::clone(&bell));
    all(&mut stores, |store| store.load(Some(&waker)).map(|loaded| loaded.map(|_| ())));
    for round in 1..=3 {
        for store in &mut stores {
            store.append(0, seq(round), &[b'x'; 200]).unwrap();
        }
        all(&mut stores, |store| store.sync(Some(&waker)));
    }
    if let Some(threads) = threads() {
        assert!((1..=4).contains(&threads), "{threads} threads");
    }
    for mut store in stores {
        assert_eq!(load(&mut store).unwrap().numbers.next_out, seq(4));
        assert_eq!(contents(&mut store).1.len(), 3);
    }
}

/// Asks each store until it answers. None waits for more than a round of the others.
fn all(
    stores: &mut [FileStore],
    mut ask: impl FnMut(&mut FileStore) -> Poll<Result<(), StoreError>>,
) {
    let mut waiting: Vec<&mut FileStore> = stores.iter_mut().collect();
    let begun = Instant::now();
    while !waiting.is_empty() {
        waiting.retain_mut(|store| match ask(store) {
            Poll::Ready(answer) => {
                answer.expect("a disk");
                false
            }
            Poll::Pending => true,
        });
        assert!(begun.elapsed() < Duration::from_secs(120), "{} wait", waiting.len());
        thread::park_timeout(Duration::from_millis(1));
    }
}
