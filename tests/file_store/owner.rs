//! Who has a file, and who had it.

use std::fs;
use std::task::Waker;

use fixline::adapters::FileStore;
use fixline::engine::{Store, StoreErrorKind};
use fixline::session::SeqNums;
use fixline::wire::UtcTime;

use crate::folder::{Folder, contents, load, loaded, now, reopened, seq, sync};

fn in_use(mut store: FileStore) {
    let error = load(&mut store).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::InUse, "{error}");
}

// EDGE-07
#[test]
fn edge_07_a_file_is_locked_from_load_to_drop_over_resets_and_failures() {
    let folder = Folder::new("locked");
    let mut store = FileStore::create(folder.file());
    drop(loaded(&folder.file()));
    assert_eq!(load(&mut store).unwrap_err().kind(), StoreErrorKind::Exists, "it was made since");
    let mut store = loaded(&folder.file());
    in_use(FileStore::open(folder.file()));
    store.reset(SeqNums { epoch: 1, ..SeqNums::FRESH }, UtcTime::EPOCH).unwrap();
    in_use(FileStore::open(folder.file()));
    sync(&mut store);
    in_use(FileStore::open(folder.file()));
    let in_the_way = folder.0.join("session.fix.new");
    fs::create_dir(&in_the_way).expect("made");
    store.reset(SeqNums { epoch: 2, ..SeqNums::FRESH }, UtcTime::EPOCH).unwrap();
    now(store.sync(None)).unwrap_err();
    in_use(FileStore::open(folder.file()));
    load(&mut store).expect("loads again");
    in_use(FileStore::open(folder.file()));
    // A plain lock on the file says the same.
    let file = fs::File::open(folder.file()).expect("there");
    assert!(file.try_lock().is_err());
    drop(store);
    file.try_lock().expect("free");
    drop(file);
    assert_eq!(reopened(&folder.file()).0.numbers.epoch, 1);
}

// A store that is dropped while a commit goes on: nobody sees it half done, and who comes next
// waits for its end rather than being turned away.
#[test]
fn a_dropped_store_keeps_its_file_until_its_commit_is_over() {
    let folder = Folder::new("dropped");
    loaded(&folder.file());
    let mut next = 1;
    for round in 0..200 {
        let mut store = FileStore::open(folder.file());
        let saved = load(&mut store).expect("free as soon as it was dropped");
        assert!(saved.numbers.next_out >= seq(next), "round {round}");
        next = saved.numbers.next_out.get();
        if round % 10 == 9 {
            let epoch = saved.numbers.epoch + 1;
            let begin = SeqNums { epoch, next_out: seq(next), ..SeqNums::FRESH };
            store.reset(begin, UtcTime::EPOCH).unwrap();
        } else {
            store.append(saved.numbers.epoch, seq(next), &[b'x'; 5000]).unwrap();
        }
        let _goes_on = store.sync(Some(Waker::noop()));
        if round % 3 == 0 {
            let _reads = store.next_message(0, seq(1), seq(next), Some(Waker::noop())).is_ready();
        }
    }
}

#[test]
fn a_store_dropped_while_it_loads_gives_its_file_free() {
    let folder = Folder::new("dropped-loading");
    loaded(&folder.file());
    for _ in 0..100 {
        let mut store = FileStore::open(folder.file());
        let _loads = store.load(Some(Waker::noop()));
        drop(store);
        load(&mut FileStore::open(folder.file())).expect("free");
    }
}

#[test]
fn a_file_removed_or_replaced_under_its_owner_is_lost_not_committed() {
    let folder = Folder::new("replaced");
    for replaced in [false, true] {
        for resets in [false, true] {
            let mut store = loaded(&folder.file());
            let numbers = load(&mut store).unwrap().numbers;
            store.append(numbers.epoch, numbers.next_out, b"confirmed").unwrap();
            sync(&mut store);
            let away = folder.0.join("away");
            fs::rename(folder.file(), &away).expect("moved");
            if replaced {
                drop(loaded(&folder.file()));
            }
            if resets {
                let begin = SeqNums { epoch: numbers.epoch + 1, ..SeqNums::FRESH };
                store.reset(begin, UtcTime::EPOCH).unwrap();
            } else {
                store.append(numbers.epoch, numbers.next_out.next(), b"to nobody").unwrap();
            }
            let error = now(store.sync(None)).unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Lost, "{error}");
            assert!(!error.kind().is_transient());
            if !replaced {
                let error = load(&mut store).unwrap_err();
                assert_eq!(error.kind(), StoreErrorKind::Missing, "it does not begin a new one");
            }
            // The file comes back, and with it what was confirmed.
            fs::rename(&away, folder.file()).expect("moved");
            let (_, messages) = contents(&mut store);
            assert!(messages.iter().any(|(_, message)| message == b"confirmed"));
            drop(store);
        }
    }
}

// A process that is being started inherits every file for a moment, and its lock with it.
#[cfg(unix)]
#[test]
fn a_file_is_free_at_once_also_while_processes_are_started() {
    let folder = Folder::quick("started");
    loaded(&folder.file());
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(std::sync::atomic::Ordering::SeqCst) {
                std::process::Command::new("true").status().expect("starts");
            }
        });
        for _ in 0..2000 {
            let loaded = load(&mut FileStore::open(folder.file()));
            if loaded.is_err() {
                done.store(true, std::sync::atomic::Ordering::SeqCst);
            }
            loaded.expect("free");
        }
        done.store(true, std::sync::atomic::Ordering::SeqCst);
    });
}
