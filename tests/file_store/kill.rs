//! Processes that are killed in mid-write, and two that want the same file.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use fixline::adapters::FileStore;
use fixline::engine::{Store, StoreErrorKind};
use fixline::session::SeqNums;
use fixline::wire::UtcTime;

use crate::folder::{Folder, load, loaded, reopened, seq, sync};

/// The path of the file that this process, started by a test, writes until it is killed.
const VICTIM: &str = "FIXLINE_STORE_VICTIM";

/// How many processes are killed.
const ROUNDS: &str = "FILE_STORE_KILLS";

/// What the victim keeps under a number.
fn message(epoch: u32, number: u64) -> Vec<u8> {
    format!("{epoch}/{number};").repeat(1 + usize::try_from(number % 50).expect("small")).into()
}

#[test]
fn a_process_killed_in_mid_write_loses_nothing_that_it_said_was_committed() {
    if let Some(path) = std::env::var_os(VICTIM) {
        return write_until_killed(Path::new(&path));
    }
    let rounds: u32 = std::env::var(ROUNDS).map_or(20, |rounds| rounds.parse().expect("a number"));
    let folder = Folder::new("killed");
    loaded(&folder.file());
    let (mut kills_behind_a_commit, mut last) = (0, (0, 0));
    for round in 0..rounds {
        let said =
            run_and_kill(&folder.file(), Duration::from_millis(5 + u64::from(7 * round % 200)));
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
    assert!(kills_behind_a_commit > rounds / 4, "{kills_behind_a_commit} of {rounds} rounds wrote");
}

/// A process that writes to a file, and says what it committed.
fn victim(path: &Path) -> Command {
    let mut victim = Command::new(std::env::current_exe().expect("this test"));
    victim
        .args([
            "--exact",
            "kill::a_process_killed_in_mid_write_loses_nothing_that_it_said_was_committed",
        ])
        .args(["--nocapture", "--quiet"])
        .env(VICTIM, path)
        .stdout(Stdio::piped());
    victim
}

/// What a line says was committed.
fn committed(line: &str) -> Option<(u32, u64)> {
    let (epoch, number) = line.strip_prefix("committed ")?.strip_suffix('.')?.split_once(' ')?;
    Some((epoch.parse().ok()?, number.parse().ok()?))
}

/// Starts a process that writes, kills it after some time, and gives the last epoch and number that
/// it said were committed.
fn run_and_kill(path: &Path, after: Duration) -> Option<(u32, u64)> {
    let mut victim = victim(path).spawn().expect("starts");
    std::thread::sleep(after);
    victim.kill().expect("killed");
    let output = BufReader::new(victim.stdout.take().expect("piped"));
    let said = output.lines().map_while(Result::ok).filter_map(|line| committed(&line)).max();
    victim.wait().expect("gone");
    said
}

fn write_until_killed(path: &Path) {
    let mut store = FileStore::open(path);
    let numbers = load(&mut store).expect("loads").numbers;
    let (mut epoch, mut number) = (numbers.epoch, numbers.next_out.get());
    loop {
        if number % 400 == 0 {
            (epoch, number) = (epoch + 1, 1);
            store.reset(SeqNums { epoch, ..SeqNums::FRESH }, UtcTime::EPOCH).unwrap();
        }
        store.append(epoch, seq(number), &message(epoch, number)).unwrap();
        store.set_next_in(epoch, seq(number + 1), false).unwrap();
        sync(&mut store);
        println!("\ncommitted {epoch} {number}.");
        std::io::stdout().flush().expect("a pipe");
        number += 1;
    }
}

// EDGE-07: two processes on one file both confirmed number 1.
#[test]
fn edge_07_a_second_process_is_told_that_the_file_is_in_use_and_what_to_do() {
    let folder = Folder::new("two-processes");
    loaded(&folder.file());
    let mut first = victim(&folder.file()).spawn().expect("starts");
    let output = BufReader::new(first.stdout.take().expect("piped"));
    let mut said = output.lines().map_while(Result::ok).filter_map(|line| committed(&line));
    assert!(said.next().is_some(), "the first one writes");
    for mut second in [FileStore::open(folder.file()), FileStore::open_or_create(folder.file())] {
        let error = load(&mut second).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::InUse);
        assert!(error.kind().is_transient(), "it may be free later");
        let text = error.to_string();
        assert!(text.contains("session.fix") && text.contains("end that one first"), "{text}");
    }
    assert!(said.next().is_some(), "the first one goes on");
    first.kill().expect("killed");
    first.wait().expect("gone");
    let last = said.max();
    let numbers = reopened(&folder.file()).0.numbers;
    assert!(Some((numbers.epoch, numbers.next_out.get() - 1)) >= last);
}
