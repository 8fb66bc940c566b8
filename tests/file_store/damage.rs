//! What is not as it was written, and is no torn commit, is refused with its place. Nothing is
//! changed then.

use std::fs::{self, File};

use fixline::adapters::FileStore;
use fixline::engine::StoreErrorKind;

use crate::folder::{Contents, Folder, contents, load, some_commits};

/// Opens a file of these bytes. Either it is refused as damaged, and left as it is, or it holds one
/// of the commits: which.
fn open(folder: &Folder, bytes: &[u8], commits: &[(usize, Contents)]) -> Option<usize> {
    fs::write(folder.file(), bytes).expect("written");
    let mut store = FileStore::open(folder.file());
    match load(&mut store) {
        Ok(_) => {
            let found = contents(&mut store);
            let at = commits.iter().position(|(_, expected)| *expected == found);
            Some(at.expect("what some commit left"))
        }
        Err(error) => {
            assert_eq!(error.kind(), StoreErrorKind::Damaged, "{error}");
            assert!(error.to_string().contains("session.fix"), "{error}");
            assert_eq!(fs::read(folder.file()).expect("there"), bytes, "nothing is changed");
            None
        }
    }
}

#[test]
fn edge_19_a_damaged_byte_is_refused_unless_it_is_in_the_last_commit() {
    let folder = Folder::quick("damaged");
    let commits = some_commits(&folder.file());
    let bytes = fs::read(folder.file()).expect("there");
    let last = commits.len() - 1;
    for at in 0..bytes.len() {
        for flip in [0x01, 0x40, 0xFF] {
            let mut damaged = bytes.clone();
            damaged[at] ^= flip;
            let found = open(&folder, &damaged, &commits);
            // The last commit may as well be one that a crash interrupted.
            let expected = (at >= commits[last - 1].0).then_some(last - 1);
            assert_eq!(found, expected, "byte {at}");
        }
    }
}

// EDGE-19: zeros over 12 bytes in the middle cut 50 confirmed messages in silence.
#[test]
fn edge_19_zeros_over_any_range_cut_nothing_that_has_a_whole_commit_behind_it() {
    let folder = Folder::quick("zeros");
    let commits = some_commits(&folder.file());
    let bytes = fs::read(folder.file()).expect("there");
    let last_begins = commits[commits.len() - 2].0;
    for from in 0..bytes.len() {
        for len in [1, 4, 12, 16, 20, 40, 100, 200, bytes.len()] {
            let to = bytes.len().min(from + len);
            let mut zeroed = bytes.clone();
            zeroed[from..to].fill(0);
            let found = open(&folder, &zeroed, &commits);
            // The commit in which the first byte is that changed.
            let changed = (0..bytes.len()).find(|&at| zeroed[at] != bytes[at]);
            let intact = changed.map_or(commits.len() - 1, |at| {
                commits.iter().rposition(|(end, _)| *end <= at).unwrap_or(0)
            });
            match found {
                Some(kept) => assert_eq!(kept, intact, "{from} to {to}"),
                None => {
                    assert!(changed.is_some(), "{from} to {to} is as it was");
                    assert!(from < last_begins, "{from} to {to} is in the last commit");
                }
            }
            if to <= last_begins && changed.is_some() {
                assert_eq!(found, None, "{from} to {to}: a whole commit stands behind");
            }
        }
    }
}

#[test]
fn a_commit_that_is_missing_or_stands_twice_is_refused() {
    let folder = Folder::quick("missing-frame");
    let commits = some_commits(&folder.file());
    let bytes = fs::read(folder.file()).expect("there");
    for pair in commits.windows(2) {
        let (begins, ends) = (pair[0].0, pair[1].0);
        if ends < bytes.len() {
            let without = [&bytes[..begins], &bytes[ends..]].concat();
            let kept = open(&folder, &without, &commits);
            assert!(
                kept.is_none_or(|kept| commits[kept].0 <= begins),
                "without {begins} to {ends}"
            );
        }
        let twice = [&bytes[..ends], &bytes[begins..]].concat();
        let kept = open(&folder, &twice, &commits);
        assert!(kept.is_none_or(|kept| commits[kept].0 <= ends), "{begins} to {ends} twice");
    }
}

#[test]
fn more_behind_a_whole_head_than_its_commit_is_refused() {
    let folder = Folder::quick("behind");
    let commits = some_commits(&folder.file());
    let mut bytes = fs::read(folder.file()).expect("there");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    bytes.extend_from_slice(&[0; 70_000]);
    assert_eq!(open(&folder, &bytes, &commits), Some(commits.len() - 2), "zeros are space");
    *bytes.last_mut().expect("long") = 1;
    assert_eq!(open(&folder, &bytes, &commits), None, "anything else was written");
}

#[test]
fn a_file_that_is_something_else_or_was_emptied_is_left_alone() {
    let folder = Folder::quick("else");
    for text in ["a letter to a friend, long enough", "short", "", "fixline1 of an older version.."]
    {
        fs::write(folder.file(), text).expect("written");
        for mut store in [FileStore::open(folder.file()), FileStore::open_or_create(folder.file())]
        {
            let error = load(&mut store).unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Damaged, "{error}");
            assert_eq!(fs::read(folder.file()).expect("there"), text.as_bytes());
        }
    }
}

/// A file whose last head is whole and says so much, of which nothing was written. The file is as
/// long as it says, which takes no room on the disk.
fn with_a_hole(folder: &Folder, len: u32) -> (usize, Contents) {
    let commits = some_commits(&folder.file());
    let mut bytes = fs::read(folder.file()).expect("there");
    let end = bytes.len();
    let before = bytes[commits[commits.len() - 2].0 + 12..][..4].to_vec();
    let at = (end as u64).to_le_bytes();
    let head = [&len.to_le_bytes()[..], &before, &[0; 4]].concat();
    let check = crc32(&[&bytes[8..16], &at, &head].concat());
    bytes.extend_from_slice(&head);
    bytes.extend_from_slice(&check.to_le_bytes());
    fs::write(folder.file(), &bytes).expect("written");
    let file = File::options().write(true).open(folder.file()).expect("there");
    file.set_len(bytes.len() as u64 + u64::from(len)).expect("a hole");
    (end, commits[commits.len() - 1].1.clone())
}

#[test]
fn a_whole_head_of_a_commit_that_was_never_written_is_cut_off() {
    for len in [1, 1 << 10, 1 << 24] {
        let folder = Folder::new("hole");
        let (end, expected) = with_a_hole(&folder, len);
        let mut store = FileStore::open(folder.file());
        assert_eq!(contents(&mut store), expected);
        assert_eq!(store.recovered().map(|cut| cut.at), Some(end as u64));
    }
}

/// The file that this process, started by a test, opens with little memory.
#[cfg(unix)]
const HOLE: &str = "FIXLINE_STORE_HOLE";

// SAFE-10: a sealed head of 3 GiB aborts.
#[cfg(unix)]
#[test]
fn safe_10_lengths_in_the_file_do_not_say_how_much_memory_is_taken() {
    if let Some(path) = std::env::var_os(HOLE) {
        load(&mut FileStore::open(std::path::PathBuf::from(path))).expect("opens");
        return println!("opened");
    }
    let folder = Folder::new("lengths");
    with_a_hole(&folder, 3 << 29);
    let output = std::process::Command::new("sh")
        .args(["-c", "ulimit -v 1000000 && exec \"$@\"", "sh"])
        .arg(std::env::current_exe().expect("this test"))
        .args(["--exact", "--nocapture", "--quiet"])
        .arg("damage::safe_10_lengths_in_the_file_do_not_say_how_much_memory_is_taken")
        .env(HOLE, folder.file())
        .output()
        .expect("a shell");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("opened"), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

/// The CRC-32 of zip and Ethernet, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 }
        })
    })
}
