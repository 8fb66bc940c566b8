//! What a crash leaves of the last commit, of a reset and of a store that begins.

use std::fs;

use fixline::adapters::FileStore;
use fixline::engine::{Store, StoreErrorKind};
use fixline::session::SeqNums;
use fixline::wire::UtcTime;

use crate::folder::{Folder, contents, load, loaded, now, reopened, seq, some_commits, sync};

/// The head of a file, which is put in its place as a whole.
const HEAD: usize = 20;

// EDGE-19: a last head that was torn blocked the start.
#[test]
fn edge_19_a_file_cut_at_any_byte_holds_what_the_last_whole_commit_left_and_says_so() {
    let folder = Folder::quick("cut");
    let commits = some_commits(&folder.file());
    let bytes = fs::read(folder.file()).expect("there");
    for len in HEAD..=bytes.len() {
        fs::write(folder.file(), &bytes[..len]).expect("written");
        let (end, expected) =
            commits.iter().rev().find(|(end, _)| *end <= len).expect("the head is one");
        let mut store = FileStore::open(folder.file());
        assert_eq!(&contents(&mut store), expected, "cut at {len}");
        let cut = store.recovered().map(|recovered| (recovered.at, recovered.cut_bytes));
        let expected_cut = (len > *end).then_some((*end as u64, (len - end) as u64));
        assert_eq!(cut, expected_cut, "cut at {len}");
        drop(store);
        let mut again = FileStore::open(folder.file());
        assert_eq!(&contents(&mut again), expected, "cut at {len}, opened again");
        assert_eq!(again.recovered(), None, "it is told once");
    }
}

// EDGE-19: tear the last commit at any byte, with zeros behind.
#[test]
fn edge_19_a_commit_torn_at_any_byte_with_zeros_behind_is_cut_off() {
    let folder = Folder::quick("torn");
    let commits = some_commits(&folder.file());
    let bytes = fs::read(folder.file()).expect("there");
    for pair in commits.windows(2) {
        let ((begins, before), (ends, _)) = (&pair[0], &pair[1]);
        for torn in *begins..*ends {
            for zeros in [0, 1, ends - torn, 300, 5000] {
                let mut left = bytes[..torn].to_vec();
                left.resize(torn + zeros, 0);
                if left.len() >= *ends && left[..*ends] == bytes[..*ends] {
                    // What was torn off was zero itself.
                    continue;
                }
                fs::write(folder.file(), &left).expect("written");
                let mut store = FileStore::open(folder.file());
                assert_eq!(&contents(&mut store), before, "torn at {torn}, {zeros} zeros");
                assert_eq!(store.recovered().is_some(), left.len() > *begins);
            }
        }
    }
}

#[test]
fn a_torn_commit_of_which_only_the_end_was_written_is_cut_off() {
    let folder = Folder::quick("end-only");
    let commits = some_commits(&folder.file());
    let bytes = fs::read(folder.file()).expect("there");
    let (begins, before) = &commits[commits.len() - 2];
    for unwritten in 1..bytes.len() - begins {
        let mut left = bytes.clone();
        left[*begins..begins + unwritten].fill(0);
        fs::write(folder.file(), &left).expect("written");
        let mut store = FileStore::open(folder.file());
        assert_eq!(&contents(&mut store), before, "{unwritten} bytes were not written");
        assert_eq!(store.recovered().map(|recovered| recovered.at), Some(*begins as u64));
    }
}

#[test]
fn what_goes_on_behind_a_cut_is_kept() {
    let folder = Folder::quick("goes-on");
    some_commits(&folder.file());
    let bytes = fs::read(folder.file()).expect("there");
    fs::write(folder.file(), &bytes[..bytes.len() - 1]).expect("written");
    let mut store = loaded(&folder.file());
    assert!(store.recovered().is_some());
    store.append(0, seq(5), b"in place of what was cut off").unwrap();
    sync(&mut store);
    let after = contents(&mut store);
    drop(store);
    assert_eq!(reopened(&folder.file()), after);
}

// Frames of an older file at the same place are no frames of this one.
#[test]
fn edge_19_what_an_older_file_left_on_the_same_blocks_is_not_taken_for_a_commit() {
    let folder = Folder::quick("recycled");
    let older = {
        some_commits(&folder.file());
        fs::read(folder.file()).expect("there")
    };
    fs::remove_file(folder.file()).expect("removed");
    let commits = some_commits(&folder.file());
    let newer = fs::read(folder.file()).expect("there");
    assert_eq!(older.len(), newer.len());
    for (end, expected) in &commits {
        let recycled = [&newer[..*end], &older[*end..]].concat();
        fs::write(folder.file(), recycled).expect("written");
        let mut store = FileStore::open(folder.file());
        assert_eq!(&contents(&mut store), expected, "recycled from {end} on");
    }
}

#[test]
fn a_reset_begins_the_file_anew_once_it_is_committed() {
    let folder = Folder::quick("reset");
    some_commits(&folder.file());
    let before = reopened(&folder.file());
    let mut store = loaded(&folder.file());
    let at = UtcTime::parse(b"20261123-09:30:00").expect("a time");
    let begin = SeqNums { epoch: 1, next_in: seq(3), next_out: seq(4), reset_pending: true };
    store.reset(begin, at).unwrap();
    store.append(1, seq(4), b"of the new epoch").unwrap();
    let after = contents(&mut store);
    assert_eq!(after.0.numbers.next_in, seq(3));
    assert_eq!(after.1, [(4, b"of the new epoch".to_vec())], "visible at once");
    drop(store);
    assert_eq!(reopened(&folder.file()), before, "and not committed");
    let mut store = loaded(&folder.file());
    store.reset(begin, at).unwrap();
    store.append(1, seq(4), b"of the new epoch").unwrap();
    sync(&mut store);
    assert_eq!(contents(&mut store), after);
    store.append(1, seq(5), b"in the same file").unwrap();
    sync(&mut store);
    let after = contents(&mut store);
    drop(store);
    assert_eq!(reopened(&folder.file()), after);
    assert!(fs::metadata(folder.file()).expect("there").len() < 250, "the old epoch is gone");
}

// Every state of the folder that a crash can leave while a reset is committed: the new file is not
// there, is there in part, is whole, or is in its place.
#[test]
fn a_crash_at_each_step_of_a_reset_leaves_the_old_epoch_or_the_new_one() {
    let folder = Folder::quick("reset-steps");
    some_commits(&folder.file());
    let (before, old) = (reopened(&folder.file()), fs::read(folder.file()).expect("there"));
    let mut store = loaded(&folder.file());
    store.reset(SeqNums { epoch: 1, ..SeqNums::FRESH }, UtcTime::EPOCH).unwrap();
    store.append(1, seq(1), b"of the new epoch").unwrap();
    sync(&mut store);
    let after = contents(&mut store);
    drop(store);
    let new = fs::read(folder.file()).expect("there");
    let beside = folder.0.join("session.fix.new");
    for len in 0..=new.len() {
        fs::write(folder.file(), &old).expect("written");
        fs::write(&beside, &new[..len]).expect("written");
        assert_eq!(reopened(&folder.file()), before, "{len} bytes of the new file");
        assert!(!beside.exists(), "it is tidied up");
    }
    fs::write(folder.file(), &new).expect("written");
    assert_eq!(reopened(&folder.file()), after);
    // And one that begins: nothing but what was to become the file.
    fs::remove_file(folder.file()).expect("removed");
    fs::write(&beside, &new[..HEAD / 2]).expect("written");
    let mut store = FileStore::create(folder.file());
    assert_eq!(load(&mut store).unwrap().numbers, SeqNums::FRESH);
}

// EDGE-20
#[test]
fn edge_20_a_store_that_failed_refuses_everything_until_it_is_loaded_again() {
    let folder = Folder::quick("fails");
    some_commits(&folder.file());
    let before = reopened(&folder.file());
    let mut store = loaded(&folder.file());
    // The new file cannot be made while something else has its name.
    let in_the_way = folder.0.join("session.fix.new");
    fs::create_dir(&in_the_way).expect("made");
    store.reset(SeqNums { epoch: 1, ..SeqNums::FRESH }, UtcTime::EPOCH).unwrap();
    let error = now(store.sync(None)).unwrap_err();
    assert_ne!(error.kind(), StoreErrorKind::Failed, "the first one says what happened");
    assert!(error.to_string().contains("session.fix.new"), "{error}");
    let failed = |answer: Result<(), _>| {
        let error: fixline::engine::StoreError = answer.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Failed);
    };
    failed(store.append(1, seq(1), b"lost"));
    failed(store.append(0, seq(7), b"lost"));
    failed(store.set_next_out(0, seq(7)));
    failed(store.set_next_in(0, seq(99), false));
    failed(store.reset(SeqNums { epoch: 2, ..SeqNums::FRESH }, UtcTime::EPOCH));
    failed(now(store.sync(None)));
    failed(now(store.next_message(0, seq(1), seq(9), None)).map(|_| ()));
    assert_eq!(contents(&mut store), before);
    fs::remove_dir(in_the_way).expect("removed");
    store.append(0, seq(6), b"goes on").unwrap();
    sync(&mut store);
    let after = contents(&mut store);
    drop(store);
    assert_eq!(reopened(&folder.file()), after);
}

#[test]
fn nothing_works_before_a_store_is_loaded() {
    let folder = Folder::quick("unloaded");
    let mut store = FileStore::open_or_create(folder.file());
    let error = store.append(0, seq(1), b"too early").unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Failed);
    assert!(!folder.file().exists(), "nothing is touched either");
}
