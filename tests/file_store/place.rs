//! Where files are, how they come to be there, and who may read them.

use std::fs;

use fixline::adapters::FileStore;
use fixline::engine::{SessionId, Store, StoreErrorKind};
use fixline::session::{Config, ResendPolicy, SeqNums, Version};
use fixline::wire::UtcTime;

use crate::folder::{Folder, contents, load, loaded, now, seq, sync};

// EDGE-07: a path that is not there began a fresh store in silence.
#[test]
fn edge_07_to_open_and_to_create_are_two_wishes() {
    let folder = Folder::new("wishes");
    let error = load(&mut FileStore::open(folder.file())).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Missing);
    assert!(error.to_string().contains("session.fix"), "{error}");
    assert!(error.to_string().contains("mounted"), "{error}");
    assert!(!folder.file().exists());
    load(&mut FileStore::create(folder.file())).expect("begins");
    let error = load(&mut FileStore::create(folder.file())).unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Exists);
    assert!(error.to_string().contains("session.fix"), "{error}");
    load(&mut FileStore::open(folder.file())).expect("goes on");
    load(&mut FileStore::open_or_create(folder.file())).expect("goes on");
    for wish in [FileStore::create, FileStore::open, FileStore::open_or_create] {
        let error = load(&mut wish(folder.0.join("not/there.fix"))).unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Missing, "{error}");
    }
}

#[test]
fn edge_07_a_loaded_store_never_begins_a_new_one_by_itself() {
    let folder = Folder::new("never-new");
    let mut store = FileStore::open_or_create(folder.file());
    load(&mut store).expect("begins");
    store.append(0, seq(1), b"one").unwrap();
    sync(&mut store);
    fs::remove_file(folder.file()).expect("removed");
    store.append(0, seq(2), b"two").unwrap();
    now(store.sync(None)).unwrap_err();
    assert_eq!(load(&mut store).unwrap_err().kind(), StoreErrorKind::Missing);
    assert!(!folder.file().exists());
}

// EDGE-06: two sessions that differ in sub or location ids shared one file.
#[test]
fn edge_06_different_sessions_have_different_files_in_a_folder() {
    let folder = Folder::new("named");
    let acceptor = || Config::acceptor(Version::Fix44, "../UP", "A B", ResendPolicy::All);
    let desks = [
        acceptor(),
        acceptor().sender_sub_id("DESK"),
        acceptor().target_sub_id("DESK"),
        acceptor().target_location_id("DESK"),
        Config::acceptor(Version::Fix44, "../up", "A B", ResendPolicy::All),
    ];
    let inside = folder.0.join("made/for/them");
    let mut names = Vec::new();
    for (number, desk) in (1..).zip(desks) {
        let id = SessionId::of(&desk.build().expect("valid"));
        assert!(load(&mut FileStore::open_in(&inside, &id)).is_err());
        let mut store = FileStore::create_in(&inside, &id);
        load(&mut store).expect("begins");
        store.append(0, seq(number), b"ours").unwrap();
        sync(&mut store);
        assert_eq!(store.path().parent(), Some(&*inside), "it stays in its folder");
        assert!(store.path().exists());
        let name = store.path().file_name().expect("a file").to_string_lossy().to_lowercase();
        assert!(name.ends_with(".fix") && !names.contains(&name), "{name}");
        names.push(name);
        drop(store);
        let mut store = FileStore::open_or_create_in(&inside, &id);
        assert_eq!(contents(&mut store).1, [(number, b"ours".to_vec())]);
    }
    let store = FileStore::open_in("/stores", &SessionId::parse("FIX.4.4:US->PEER").expect("one"));
    assert_eq!(store.path().file_name().expect("a file"), "FIX.4.4-US-PEER.fix");
}

// SAFE-04
#[test]
fn safe_04_debug_shows_no_bytes() {
    let folder = Folder::new("debug");
    let mut store = loaded(&folder.file());
    store.append(0, seq(1), b"554=hunter2").unwrap();
    let shown = format!("{store:?}");
    assert!(shown.contains("session.fix"), "{shown}");
    let bytes = format!("{:?}", b"hunter2");
    let bytes = bytes.trim_matches(['[', ']']);
    assert!(!shown.contains("hunter2") && !shown.contains(bytes), "{shown}");
    let mut store = fixline::engine::MemoryStore::new();
    store.append(0, seq(1), b"554=hunter2").unwrap();
    assert!(!format!("{store:?}").contains(bytes));
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::path::{Path, PathBuf};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("there").permissions().mode() & 0o777
    }

    // EDGE-26: store files were world-readable.
    #[test]
    fn edge_26_only_the_owner_reads_files_and_folders_that_are_made() {
        let folder = Folder::new("modes");
        let inside = folder.0.join("made/here");
        let id = SessionId::parse("FIX.4.4:US->PEER").expect("one");
        let mut store = FileStore::open_or_create_in(&inside, &id);
        load(&mut store).expect("begins");
        assert_eq!(mode(store.path()), 0o600);
        assert_eq!((mode(&inside), mode(&folder.0.join("made"))), (0o700, 0o700));
        store.reset(SeqNums { epoch: 1, ..SeqNums::FRESH }, UtcTime::EPOCH).unwrap();
        sync(&mut store);
        assert_eq!(mode(store.path()), 0o600, "also the file of a new epoch");
    }

    // SAFE-06: the new file followed symlinks.
    #[test]
    fn safe_06_nothing_is_written_through_a_link() {
        let folder = Folder::new("links");
        let letter = folder.0.join("letter");
        fs::write(&letter, "to a friend").expect("written");
        let beside = folder.0.join("session.fix.new");
        let untouched = || assert_eq!(fs::read(&letter).expect("there"), b"to a friend");
        symlink(&letter, &beside).expect("linked");
        let mut store = loaded(&folder.file());
        untouched();
        for epoch in 1..3 {
            let target = if epoch == 1 { letter.clone() } else { folder.0.join("nowhere") };
            let _tidied_up = fs::remove_file(&beside);
            symlink(&target, &beside).expect("linked");
            store.reset(SeqNums { epoch, ..SeqNums::FRESH }, UtcTime::EPOCH).unwrap();
            sync(&mut store);
            untouched();
            assert!(!folder.0.join("nowhere").exists());
            assert!(fs::symlink_metadata(folder.file()).expect("there").is_file());
        }
        drop(store);
        // Nor is a link the file.
        let link = folder.0.join("link.fix");
        for target in [folder.file(), letter.clone(), folder.0.join("nowhere")] {
            symlink(&target, &link).expect("linked");
            for wish in [FileStore::create, FileStore::open, FileStore::open_or_create] {
                assert!(load(&mut wish(link.clone())).is_err(), "{}", target.display());
            }
            fs::remove_file(&link).expect("removed");
        }
        untouched();
        assert!(!folder.0.join("nowhere").exists());
    }

    #[test]
    fn what_is_no_file_is_refused_without_waiting_for_it() {
        let folder = Folder::new("no-file");
        for path in ["/dev/full", "/dev/zero", "/", "/dev/null"] {
            for wish in [FileStore::open, FileStore::open_or_create] {
                let error = load(&mut wish(PathBuf::from(path))).unwrap_err();
                assert_eq!(error.kind(), StoreErrorKind::Damaged, "{error}");
            }
        }
        let made = std::process::Command::new("mkfifo").arg(folder.file()).status();
        if made.is_ok_and(|status| status.success()) {
            assert!(load(&mut FileStore::open(folder.file())).is_err());
        } else {
            println!("mkfifo is not there: left out");
        }
    }

    /// The folder in which this process, started by a test, runs out of room.
    const ROOM: &str = "FIXLINE_STORE_ROOM";

    // EDGE-35: a full disk is told apart. The room is that of `ulimit -f`, 64 KiB.
    #[test]
    fn edge_35_no_room_is_full_keeps_what_was_confirmed_and_goes_on_when_there_is_some() {
        if let Some(path) = std::env::var_os(ROOM) {
            return fill(Path::new(&path));
        }
        let folder = Folder::new("full");
        let limited = "trap '' XFSZ; ulimit -f 128 && exec \"$@\"";
        let output = std::process::Command::new("bash")
            .args(["-c", limited, "bash"])
            .arg(std::env::current_exe().expect("this test"))
            .args(["--exact", "--nocapture", "--quiet"])
            .arg("place::unix::edge_35_no_room_is_full_keeps_what_was_confirmed_and_goes_on_when_there_is_some")
            .env(ROOM, folder.file())
            .output();
        let output = match output {
            Ok(output) => output,
            Err(error) => return println!("no bash here ({error}): left out"),
        };
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
        assert!(said.contains("was full"), "{said}");
    }

    fn fill(path: &Path) {
        let mut store = FileStore::create(path);
        load(&mut store).expect("begins");
        let mut confirmed = 0;
        let error = loop {
            store.append(0, seq(confirmed + 1), &[b'x'; 3000]).unwrap();
            match now(store.sync(None)) {
                Ok(()) => confirmed += 1,
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), StoreErrorKind::Full, "{error}");
        assert!(error.to_string().contains("free some room"), "{error}");
        assert!(error.kind().is_transient());
        assert_eq!(contents(&mut store).1.len() as u64, confirmed, "what was confirmed is there");
        // A reset makes room.
        store.reset(SeqNums { epoch: 1, ..SeqNums::FRESH }, UtcTime::EPOCH).unwrap();
        sync(&mut store);
        store.append(1, seq(1), &[b'x'; 3000]).unwrap();
        sync(&mut store);
        println!("was full after {confirmed}");
    }
}
