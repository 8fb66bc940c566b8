//! What goes wrong with files, with their path and what to do about it.

use std::io::{self, ErrorKind};
use std::path::Path;

use crate::engine::{StoreError, StoreErrorKind};

/// What errors of the file system mean for a session, and what to do about them.
const MEANINGS: [(&[ErrorKind], StoreErrorKind, &str); 5] = [
    (
        &[ErrorKind::StorageFull, ErrorKind::QuotaExceeded, ErrorKind::FileTooLarge],
        StoreErrorKind::Full,
        "; free some room, then the session goes on",
    ),
    (&[ErrorKind::NotFound], StoreErrorKind::Missing, "; is its folder there, and mounted?"),
    (
        &[ErrorKind::PermissionDenied],
        StoreErrorKind::Unavailable,
        "; let this user read and write it and its folder",
    ),
    (&[ErrorKind::ReadOnlyFilesystem], StoreErrorKind::Unavailable, "; mount it for writing"),
    (
        &[ErrorKind::ResourceBusy, ErrorKind::TimedOut, ErrorKind::StaleNetworkFileHandle],
        StoreErrorKind::Unavailable,
        "; it can be tried again",
    ),
];

/// An error of the file system.
pub(super) fn failed_to(what: &str, path: &Path, error: io::Error) -> StoreError {
    let meaning = MEANINGS.iter().find(|(kinds, ..)| kinds.contains(&error.kind()));
    let (kind, cure) = meaning.map_or((StoreErrorKind::Other, ""), |&(_, kind, cure)| (kind, cure));
    let path = path.display();
    StoreError::new(kind, format_args!("cannot {what} the store {path}: {error}{cure}"))
        .caused_by(error)
}

pub(super) fn missing(path: &Path) -> StoreError {
    StoreError::new(
        StoreErrorKind::Missing,
        format_args!(
            "there is no store at {}: is its volume mounted? `create` or `open_or_create` begins \
             a new one, with the numbers at 1",
            path.display()
        ),
    )
}

pub(super) fn exists(path: &Path) -> StoreError {
    StoreError::new(
        StoreErrorKind::Exists,
        format_args!(
            "there is something at {} already: `open` goes on with a store, or give another path",
            path.display()
        ),
    )
}

pub(super) fn in_use(path: &Path) -> StoreError {
    StoreError::new(
        StoreErrorKind::InUse,
        format_args!(
            "the store {} is in use, by another process or by another store of this one: end that \
             one first, or give each session its own file",
            path.display()
        ),
    )
}

pub(super) fn lost(path: &Path) -> StoreError {
    StoreError::new(
        StoreErrorKind::Lost,
        format_args!(
            "the store {} was removed or replaced while it was in use; nothing written since is \
             kept: find out who did it before this session goes on",
            path.display()
        ),
    )
}

pub(super) fn not_a_store(path: &Path, why: &str) -> StoreError {
    StoreError::new(
        StoreErrorKind::Damaged,
        format_args!("{} {why}; give another path", path.display()),
    )
}

pub(super) fn damaged(path: &Path, at: u64, why: &str) -> StoreError {
    StoreError::new(
        StoreErrorKind::Damaged,
        format_args!(
            "the store {} is damaged at byte {at}: {why}. Nothing was changed. Restore it from a \
             copy; or move it away, agree with the counterparty on a reset, and `create` a new one",
            path.display()
        ),
    )
}
