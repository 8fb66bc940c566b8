//! Files that are read as a whole: regular ones, up to a length.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

/// The bytes of a file with up to `max` bytes; `what` says what such a file is in the error.
///
/// What is no file is not opened: a pipe would wait for ever, and a device never ends.
pub(super) fn read(path: &Path, max: usize, what: &str) -> io::Result<Vec<u8>> {
    let (bytes, is_whole) = read_start(path, max)?;
    if is_whole {
        return Ok(bytes);
    }
    let fault = format!("is longer than {}, the limit for {what}", size(max));
    Err(io::Error::new(ErrorKind::FileTooLarge, fault))
}

/// The first `max` bytes, whatever the length is said to be, and whether they are all.
pub(super) fn read_start(path: &Path, max: usize) -> io::Result<(Vec<u8>, bool)> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "is no regular file"));
    }
    let mut bytes = Vec::new();
    let limit = (max as u64).saturating_add(1);
    File::open(path)?.take(limit).read_to_end(&mut bytes)?;
    let is_whole = bytes.len() <= max;
    bytes.truncate(max);
    Ok((bytes, is_whole))
}

fn size(bytes: usize) -> String {
    match bytes >> 20 {
        0 => format!("{} KiB", bytes >> 10),
        mebibytes => format!("{mebibytes} MiB"),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    // SAFE-06: a device never ends, a pipe waits for ever.
    #[test]
    fn what_is_no_regular_file_is_refused_before_it_is_opened() {
        for path in ["/dev/zero", "/"] {
            let error = read(Path::new(path), 10, "a test").unwrap_err();
            assert_eq!(format!("{error}"), "is no regular file", "{path}");
        }
        let path = std::env::temp_dir().join(format!("fixline-pipe-{}", std::process::id()));
        if std::process::Command::new("mkfifo").arg(&path).status().is_ok_and(|it| it.success()) {
            let error = read(&path, 10, "a test").unwrap_err();
            assert_eq!(format!("{error}"), "is no regular file");
            fs::remove_file(&path).unwrap();
        }
    }
}
