//! Any bytes as the file of a store: it is refused and left as it is, or it holds numbers and
//! messages that make sense, goes on, and is the same when it is opened again.
//!
//! The first byte says how the others are a file: as they are, or as what is done to the file of a
//! store that works. Such files are rarely reached by chance, as every frame has its checks.

use std::fs;
use std::path::PathBuf;
use std::task::Poll;

use fixline::adapters::FileStore;
use fixline::engine::{Saved, Store, StoreError, StoreErrorKind};
use fixline::session::SeqNums;
use fixline::wire::{SeqNum, UtcTime};

use super::bytes::Choices;

/// Messages about a file are short, whatever is in it.
const FAULT_LEN_MAX: usize = 1000;

pub(crate) fn check(data: &[u8]) {
    let folder = Folder::new();
    let path = folder.0.join("fuzzed.fix");
    let Some((&kind, rest)) = data.split_first() else { return };
    if kind % 2 == 0 {
        fs::write(&path, rest).expect("written");
    } else {
        let mut bytes = Choices(rest);
        let mut file = sound_file(&path, &mut bytes);
        harm(&mut file, &mut bytes);
        fs::write(&path, file).expect("written");
    }
    check_file(&path);
}

/// Whatever the file is, opening it does one of two things.
fn check_file(path: &PathBuf) {
    let before = fs::read(path).expect("there");
    let mut store = FileStore::open(path);
    let saved = match now(store.load(None)) {
        Ok(saved) => saved,
        Err(error) => {
            assert_eq!(error.kind(), StoreErrorKind::Damaged, "{error}");
            assert!(error.to_string().len() < FAULT_LEN_MAX, "{error}");
            drop(store);
            assert_eq!(fs::read(path).expect("there"), before, "what is refused is left as it is");
            return;
        }
    };
    let cut = store.recovered().map_or(0, |recovered| recovered.cut_bytes);
    let len = fs::metadata(path).expect("there").len();
    assert_eq!(len + cut, before.len() as u64, "what is cut off is told");
    let messages = messages(&mut store, saved);
    let next_out = saved.numbers.next_out;
    assert!(messages.iter().all(|&(seq, _)| seq < next_out || seq == SeqNum::MAX));
    store.append(saved.numbers.epoch, next_out, b"goes on").expect("the next number");
    now(store.sync(None)).expect("a disk");
    drop(store);
    let mut again = FileStore::open(path);
    let after = now(again.load(None)).expect("what was sound stays so");
    assert_eq!(again.recovered(), None, "it is told once");
    assert_eq!(after.numbers.next_out, next_out.next());
    let mut expected = messages;
    expected.push((next_out, b"goes on".to_vec()));
    if next_out != SeqNum::MAX {
        assert_eq!(self::messages(&mut again, after), expected);
    }
}

/// The file of a store in which some things were committed.
fn sound_file(path: &PathBuf, bytes: &mut Choices<'_>) -> Vec<u8> {
    let mut store = FileStore::create(path);
    let mut numbers = now(store.load(None)).expect("begins").numbers;
    for _ in 0..below(bytes, 12) {
        let SeqNums { epoch, next_in, next_out, .. } = numbers;
        match below(bytes, 6) {
            0 | 1 => {
                let len = usize::from(bytes.byte());
                store.append(epoch, next_out, &vec![bytes.byte(); len]).expect("kept");
                numbers.next_out = next_out.next();
            }
            2 => {
                numbers.next_out = next_out.next();
                store.set_next_out(epoch, numbers.next_out).expect("kept");
            }
            3 => {
                numbers.next_in = next_in.next();
                store.set_next_in(epoch, numbers.next_in, bytes.byte() > 127).expect("kept");
            }
            4 => now(store.sync(None)).expect("a disk"),
            _ => {
                numbers = SeqNums { epoch: epoch + 1, ..SeqNums::FRESH };
                store.reset(numbers, UtcTime::EPOCH).expect("kept");
            }
        }
    }
    now(store.sync(None)).expect("a disk");
    fs::read(path).expect("there")
}

/// Does things to a file that disks and people do.
fn harm(file: &mut Vec<u8>, bytes: &mut Choices<'_>) {
    for _ in 0..below(bytes, 4) {
        let (from, len) = (below(bytes, file.len().max(1)), below(bytes, 64));
        let to = file.len().min(from + len);
        match below(bytes, 6) {
            0 => file.truncate(from),
            1 => file[from..to].fill(0),
            2 => file[from..to].iter_mut().for_each(|byte| *byte ^= 1 << (len % 8)),
            3 => file.resize(file.len() + len * 8, 0),
            4 => file.extend_from_within(from..to),
            _ => drop(file.drain(from..to)),
        }
    }
}

/// A number below `bound`, which is not 0.
fn below(bytes: &mut Choices<'_>, bound: usize) -> usize {
    if bound <= 256 {
        return usize::from(bytes.byte()) % bound;
    }
    usize::from(u16::from_le_bytes([bytes.byte(), bytes.byte()])) % bound
}

fn now<T>(answer: Poll<Result<T, StoreError>>) -> Result<T, StoreError> {
    match answer {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("it answers later, though without a waker"),
    }
}

fn messages(store: &mut FileStore, saved: Saved) -> Vec<(SeqNum, Vec<u8>)> {
    let (mut messages, mut from) = (Vec::new(), SeqNum::MIN);
    while let Some((seq, bytes)) =
        now(store.next_message(saved.numbers.epoch, from, SeqNum::MAX, None)).expect("reads")
    {
        assert!(seq >= from, "{seq} behind {from}");
        messages.push((seq, bytes.to_vec()));
        if seq == SeqNum::MAX {
            break;
        }
        from = seq.next();
    }
    messages
}

/// A folder for one file, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        // Where memory poses as a disk, if there is such a place.
        let shared = PathBuf::from("/dev/shm");
        let base = if shared.is_dir() { shared } else { std::env::temp_dir() };
        let path = base.join(format!("fixline-fuzz-{}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder");
        let _was_not_there = fs::remove_file(path.join("fuzzed.fix"));
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _left_behind = fs::remove_dir_all(&self.0);
    }
}
