//! Plays every input in `fuzz/corpus` through the checks of the fuzz targets, so that what a
//! fuzzer once found stays fixed. See `docs/FUZZING.md`.

use std::fs;
use std::path::Path;

#[cfg(feature = "arbitrary")]
#[path = "fuzz/agreement.rs"]
mod agreement;
#[path = "fuzz/bytes.rs"]
mod bytes;
#[cfg(feature = "xml")]
#[path = "fuzz/dictionary_xml.rs"]
mod dictionary_xml;
#[cfg(feature = "std")]
#[path = "fuzz/file_store.rs"]
mod file_store;
#[path = "fuzz/frame.rs"]
mod frame;
#[path = "fuzz/line.rs"]
mod line;
#[cfg(feature = "arbitrary")]
#[path = "fuzz/pair.rs"]
mod pair;
#[path = "fuzz/session_bytes.rs"]
mod session_bytes;
#[cfg(feature = "arbitrary")]
#[path = "fuzz/session_ops.rs"]
mod session_ops;

#[test]
fn framing_inputs() {
    replay("frame", frame::check);
}

#[cfg(feature = "std")]
#[test]
fn files_of_stores() {
    replay("file_store", file_store::check);
}

#[test]
fn session_inputs() {
    replay("session_bytes", session_bytes::check);
}

#[cfg(feature = "arbitrary")]
#[test]
fn session_operations() {
    replay("session_ops", session_ops::check);
}

#[cfg(feature = "arbitrary")]
#[test]
fn pairs() {
    replay("pair", pair::check);
}

#[cfg(feature = "xml")]
#[test]
fn dictionaries() {
    replay("dictionary_xml", dictionary_xml::check);
}

/// The corpus may be missing only where the whole fuzz package is: in a published crate.
fn replay(target: &str, check: fn(&[u8])) {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    if !fuzz.join("Cargo.toml").exists() {
        return;
    }
    let corpus = fuzz.join("corpus").join(target);
    let mut files: Vec<_> = fs::read_dir(&corpus)
        .expect("the corpus is checked in")
        .map(|entry| entry.expect("the folder is readable").path())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "fuzz/corpus/{target} is empty");
    for file in files {
        // The test prints this only if the check panics.
        println!("{}", file.file_name().expect("a file").display());
        check(&fs::read(&file).expect("the file is readable"));
    }
}
