//! Which files are read.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// How deep folders are looked into.
const DEPTH_MAX: usize = 32;

/// The files that are named, and those in the folders that are, each folder in order of names; what
/// is hidden in a folder is left out.
pub(super) fn of(named: &[PathBuf]) -> io::Result<Vec<PathBuf>> {
    if named.is_empty() {
        return Ok(vec![PathBuf::from("-")]);
    }
    let mut found = Vec::new();
    for path in named {
        if path.is_dir() {
            add(path, 0, &mut found).map_err(|error| {
                io::Error::new(error.kind(), format!("{}: {error}", path.display()))
            })?;
        } else {
            found.push(path.clone());
        }
    }
    Ok(found)
}

fn add(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> io::Result<()> {
    let entries: Result<Vec<_>, _> = fs::read_dir(folder)?.collect();
    let mut entries = entries?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let is_hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
        let kind = entry.file_type()?;
        if is_hidden {
        } else if kind.is_dir() && depth < DEPTH_MAX {
            add(&entry.path(), depth + 1, found)?;
        } else if kind.is_file() {
            found.push(entry.path());
        }
    }
    Ok(())
}
