//! The store in a file: what was committed is there after every kind of crash, as a whole, and what
//! is damaged is not taken for something else.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use fixline::adapters::{FileStore, FileStoreError};
use fixline::engine::{MemoryStore, Saved, Store, Synced};
use fixline::session::{Config, ResendPolicy, Version};
use fixline::wire::{SeqNum, UtcTime};

/// A folder of this test's own, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("fixline-{}-{name}", std::process::id()));
        let _was_not_there = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("session.fix")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _left_behind = fs::remove_dir_all(&self.0);
    }
}

fn seq(number: u64) -> SeqNum {
    SeqNum::new(number).expect("not 0")
}

fn sync(store: &mut FileStore) {
    assert_eq!(store.sync().expect("a disk"), Synced::Now);
}

/// The numbers of a store, and every message of its epoch.
type Contents = (Saved, Vec<(u64, Vec<u8>)>);

fn contents<S: Store>(store: &mut S) -> Contents {
    let saved = store.load().expect("loads");
    let (mut messages, mut from) = (Vec::new(), SeqNum::MIN);
    let last = seq(u64::MAX >> 1);
    while let Some((found, bytes)) =
        store.next_message(saved.numbers.epoch, from, last).expect("reads")
    {
        messages.push((found.get(), bytes.to_vec()));
        from = found.next();
    }
    (saved, messages)
}

fn reopened(path: &Path) -> Contents {
    contents(&mut FileStore::open(path).expect("opens"))
}

/// A file of some commits, and for each its length and what it holds.
fn some_commits(path: &Path) -> Vec<(usize, Contents)> {
    let mut store = FileStore::open(path).expect("opens");
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
    commits
}

#[test]
fn a_file_cut_at_any_byte_holds_what_the_last_whole_commit_left() {
    let folder = Folder::new("cut");
    let commits = some_commits(&folder.file());
    let bytes = fs::read(folder.file()).expect("there");
    for len in 0..=bytes.len() {
        fs::write(folder.file(), &bytes[..len]).expect("written");
        let whole = commits.iter().rev().find(|(end, _)| *end <= len);
        let (_, expected) = whole.unwrap_or(&commits[0]);
        assert_eq!(&reopened(&folder.file()), expected, "cut at {len}");
        assert_eq!(&reopened(&folder.file()), expected, "cut at {len}, opened again");
    }
}

#[test]
fn a_file_that_grew_without_being_written_holds_what_was_committed() {
    let folder = Folder::new("grown");
    let commits = some_commits(&folder.file());
    let bytes = fs::read(folder.file()).expect("there");
    for (len, expected) in &commits {
        let mut grown = bytes[..*len].to_vec();
        grown.resize(len + 300, 0);
        fs::write(folder.file(), &grown).expect("written");
        assert_eq!(&reopened(&folder.file()), expected);
    }
}

#[test]
fn a_file_with_a_damaged_byte_is_refused_or_holds_an_earlier_commit_only_at_its_end() {
    let folder = Folder::new("damaged");
    let commits = some_commits(&folder.file());
    let bytes = fs::read(folder.file()).expect("there");
    let (last_begins, before_last) = &commits[commits.len() - 2];
    for at in 0..bytes.len() {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x40;
        fs::write(folder.file(), &damaged).expect("written");
        match FileStore::open(folder.file()) {
            Ok(mut store) => {
                assert!(at >= *last_begins, "byte {at} was not missed");
                assert_eq!(&contents(&mut store), before_last);
            }
            Err(FileStoreError::NotAStore) => assert!(at < 8, "byte {at}"),
            Err(FileStoreError::Damaged { at: frame }) => {
                assert!(frame <= at as u64, "byte {at} in the frame at {frame}");
            }
            Err(other) => panic!("byte {at}: {other}"),
        }
    }
}

#[test]
fn a_reset_begins_the_file_anew_once_it_is_committed() {
    let folder = Folder::new("reset");
    some_commits(&folder.file());
    let before = reopened(&folder.file());
    let mut store = FileStore::open(folder.file()).expect("opens");
    let at = UtcTime::parse(b"20261123-09:30:00").expect("a time");
    store.reset(1, true, at).unwrap();
    store.append(1, seq(1), b"of the new epoch").unwrap();
    let after = contents(&mut store);
    assert_eq!(after.1, [(1, b"of the new epoch".to_vec())], "visible at once");
    assert_eq!(reopened(&folder.file()), before, "and not committed");
    sync(&mut store);
    assert_eq!(contents(&mut store), after);
    store.append(1, seq(2), b"in the same file").unwrap();
    sync(&mut store);
    assert_eq!(reopened(&folder.file()), contents(&mut store));
    assert!(fs::metadata(folder.file()).expect("there").len() < 200, "the old epoch is gone");
}

#[test]
fn a_commit_that_fails_leaves_what_was_committed_before() {
    let folder = Folder::new("fails");
    some_commits(&folder.file());
    let before = reopened(&folder.file());
    let mut store = FileStore::open(folder.file()).expect("opens");
    // The new file cannot be made while something else has its name.
    let in_the_way = folder.0.join("session.fix.new");
    fs::create_dir(&in_the_way).expect("made");
    store.reset(1, false, UtcTime::EPOCH).unwrap();
    assert!(matches!(store.sync(), Err(FileStoreError::Io(_))));
    assert!(store.sync().is_err(), "it is loaded first");
    assert_eq!(contents(&mut store), before);
    fs::remove_dir(in_the_way).expect("removed");
    store.append(0, seq(5), b"goes on").unwrap();
    sync(&mut store);
    assert_eq!(reopened(&folder.file()), contents(&mut store));
}

#[test]
fn a_file_that_is_something_else_is_left_alone() {
    let folder = Folder::new("else");
    fs::write(folder.file(), "a letter to a friend").expect("written");
    assert!(matches!(FileStore::open(folder.file()), Err(FileStoreError::NotAStore)));
    assert_eq!(fs::read(folder.file()).expect("there"), b"a letter to a friend");
}

#[test]
fn the_file_of_a_session_is_named_after_it_and_stays_in_its_folder() {
    let folder = Folder::new("named");
    let config =
        Config::acceptor(Version::Fix44, "../UP", "A B", ResendPolicy::All).build().expect("valid");
    let store = FileStore::open_in(folder.0.join("made"), &config).expect("opens");
    let name = folder.0.join("made").join("FIX.4.4-%2E%2E%2FUP-A%20B.fix");
    assert_eq!(store.path(), name);
    assert!(name.exists());
}

#[test]
fn it_gives_what_the_store_in_memory_gives_however_often_it_is_opened_again() {
    let folder = Folder::new("model");
    let mut model = MemoryStore::new();
    let mut store = FileStore::open(folder.file()).expect("opens");
    let mut random: u64 = 7;
    let mut epoch = 0;
    for round in 0..400 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695);
        let next = model.load().unwrap().numbers.next_out;
        let length = usize::try_from(random >> 50).expect("small") % 300;
        match random >> 61 {
            0..=2 => {
                let bytes = vec![b'0' + u8::try_from(round % 10).expect("small"); length];
                store.append(epoch, next, &bytes).unwrap();
                model.append(epoch, next, &bytes).unwrap();
            }
            3 => {
                store.set_next_out(epoch, next.next()).unwrap();
                model.set_next_out(epoch, next.next()).unwrap();
            }
            4 => {
                store.set_next_in(epoch, seq(round + 1), round % 2 == 0).unwrap();
                model.set_next_in(epoch, seq(round + 1), round % 2 == 0).unwrap();
            }
            5 if round % 20 == 0 => {
                epoch += 1;
                store.reset(epoch, false, UtcTime::from_nanos(5)).unwrap();
                model.reset(epoch, false, UtcTime::from_nanos(5)).unwrap();
            }
            6 => {
                sync(&mut store);
                store = FileStore::open(folder.file()).expect("opens");
            }
            _ => sync(&mut store),
        }
        assert_eq!(contents(&mut store), contents(&mut model), "after write {round}");
    }
}

/// The path of the file that this process, started by the test below, writes until it is killed.
const VICTIM: &str = "FIXLINE_STORE_VICTIM";

/// What the victim keeps under a number.
fn message(epoch: u32, number: u64) -> Vec<u8> {
    format!("{epoch}/{number};").repeat(1 + usize::try_from(number % 50).expect("small")).into()
}

#[test]
fn a_process_killed_in_mid_write_loses_nothing_that_it_said_was_committed() {
    if let Some(path) = std::env::var_os(VICTIM) {
        return write_until_killed(Path::new(&path));
    }
    let folder = Folder::new("killed");
    let (mut kills_behind_a_commit, mut last) = (0, (0, 0));
    for round in 0..30 {
        let said = run_and_kill(&folder.file(), Duration::from_millis(5 + 7 * round));
        kills_behind_a_commit += u32::from(said.is_some());
        last = last.max(said.unwrap_or_default());
        let (saved, messages) = reopened(&folder.file());
        let numbers = saved.numbers;
        let there = (numbers.epoch, numbers.next_out.get() - 1);
        assert!(there >= last, "{there:?} is there, {last:?} was committed");
        assert_eq!(numbers.next_in, numbers.next_out, "one commit writes both");
        let expected = (1..=there.1).map(|number| (number, message(there.0, number)));
        assert!(messages.into_iter().eq(expected), "every message of epoch {}", there.0);
        last = there;
    }
    assert!(kills_behind_a_commit > 10, "{kills_behind_a_commit} of 30 rounds wrote something");
}

/// Starts a process that writes, kills it after some time, and gives the last epoch and number that
/// it said were committed.
fn run_and_kill(path: &Path, after: Duration) -> Option<(u32, u64)> {
    let mut victim = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "a_process_killed_in_mid_write_loses_nothing_that_it_said_was_committed"])
        .args(["--nocapture", "--quiet"])
        .env(VICTIM, path)
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    std::thread::sleep(after);
    victim.kill().expect("killed");
    let output = BufReader::new(victim.stdout.take().expect("piped"));
    let said = output
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| {
            let (epoch, number) =
                line.strip_prefix("committed ")?.strip_suffix('.')?.split_once(' ')?;
            Some((epoch.parse().ok()?, number.parse().ok()?))
        })
        .max();
    victim.wait().expect("gone");
    said
}

fn write_until_killed(path: &Path) {
    let mut store = FileStore::open(path).expect("opens");
    let numbers = store.load().expect("loads").numbers;
    let (mut epoch, mut number) = (numbers.epoch, numbers.next_out.get());
    loop {
        if number % 400 == 0 {
            (epoch, number) = (epoch + 1, 1);
            store.reset(epoch, false, UtcTime::EPOCH).unwrap();
        }
        store.append(epoch, seq(number), &message(epoch, number)).unwrap();
        store.set_next_in(epoch, seq(number + 1), false).unwrap();
        sync(&mut store);
        println!("\ncommitted {epoch} {number}.");
        std::io::stdout().flush().expect("a pipe");
        number += 1;
    }
}
