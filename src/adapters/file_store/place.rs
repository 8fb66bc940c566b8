//! Where a file is, who has it, and how it comes to be there.

use core::ops::Deref;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::error::{exists, failed_to, in_use, missing, not_a_store};
use crate::engine::StoreError;

/// What to do about a file that is there, or is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Create,
    Open,
    OpenOrCreate,
}

/// The path of a store, for life.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) path: PathBuf,
    /// Whether the folder is made if it is missing.
    pub(super) makes_folder: bool,
}

/// A file that nobody else has.
#[derive(Debug)]
pub(super) struct Locked(File);

impl Deref for Locked {
    type Target = File;

    fn deref(&self) -> &File {
        &self.0
    }
}

impl Drop for Locked {
    /// To close the file is not enough while a process is being started that inherits it.
    fn drop(&mut self) {
        let _closed_next = self.0.unlock();
    }
}

/// How often something may change under who opens a file.
const ATTEMPTS: usize = 16;

impl Place {
    /// The file, locked: nobody else has it. `head` is what a new one begins with.
    pub(super) fn open(&self, wish: Wish, head: &[u8]) -> Result<Locked, StoreError> {
        for _ in 0..ATTEMPTS {
            match self.look("open", &self.path)? {
                Some(_) if wish == Wish::Create => return Err(exists(&self.path)),
                Some(_) => {
                    if let Some(file) = self.open_locked(&self.path)? {
                        return Ok(file);
                    }
                }
                None if wish == Wish::Open => return Err(missing(&self.path)),
                None => {
                    if let Some(file) = self.begin(head)? {
                        return Ok(file);
                    }
                }
            }
        }
        Err(in_use(&self.path))
    }

    /// Whether this file still is the one at the path.
    pub(super) fn still_holds(&self, file: &File) -> Result<bool, StoreError> {
        is_at(file, &self.path).map_err(|error| failed_to("look at", &self.path, error))
    }

    /// Puts a new file with these bytes in the place of the present one, in one step, and gives it,
    /// locked. What the folder says is durable only behind [`sync_folder`](Self::sync_folder).
    pub(super) fn replace(&self, parts: [&[u8]; 2]) -> Result<Locked, StoreError> {
        let new = self.new_path();
        let file = self.write_new(&new, parts)?;
        fs::rename(&new, &self.path).map_err(|error| failed_to("replace", &self.path, error))?;
        Ok(file)
    }

    /// Makes durable which files there are. Only Unix lets one.
    pub(super) fn sync_folder(&self) -> Result<(), StoreError> {
        if cfg!(unix) {
            sync_folder(folder_of(&self.path))
                .map_err(|error| failed_to("sync the folder of", &self.path, error))?;
        }
        Ok(())
    }

    /// Removes what a crash left of a file that was to replace the present one.
    pub(super) fn tidy_up(&self) {
        // It is in nobody's way until the next reset, which says so if it cannot be removed.
        let _left_there = fs::remove_file(self.new_path());
    }

    /// Begins a file where there is none; `None` when there is one after all.
    fn begin(&self, head: &[u8]) -> Result<Option<Locked>, StoreError> {
        if self.makes_folder {
            make_folder(folder_of(&self.path))
                .map_err(|error| failed_to("make the folder of", &self.path, error))?;
        }
        let new = self.new_path();
        let file = self.write_new(&new, [head, &[]])?;
        // Who creates holds the lock of the new file, so that nobody else does.
        if self.look("create", &self.path)?.is_some() {
            drop(file);
            self.tidy_up();
            return Ok(None);
        }
        fs::rename(&new, &self.path).map_err(|error| failed_to("create", &self.path, error))?;
        if let Err(error) = self.sync_folder() {
            // Nothing was promised yet: the same wish can be tried again.
            let _left_there = fs::remove_file(&self.path);
            return Err(error);
        }
        Ok(Some(file))
    }

    /// Writes a file beside the present one, locked and durable.
    fn write_new(&self, new: &Path, parts: [&[u8]; 2]) -> Result<Locked, StoreError> {
        let file = self.make_new(new)?;
        let mut writer: &File = &file;
        let written = parts.iter().try_for_each(|part| writer.write_all(part));
        if let Err(error) = written.and_then(|()| file.sync_all()) {
            drop(file);
            self.tidy_up();
            return Err(failed_to("write", new, error));
        }
        Ok(file)
    }

    fn make_new(&self, new: &Path) -> Result<Locked, StoreError> {
        for _ in 0..ATTEMPTS {
            let mut options = OpenOptions::new();
            // Never through a link that somebody put there.
            private(options.read(true).write(true).create_new(true));
            match options.open(new) {
                Ok(file) => match self.lock(file, new)? {
                    Some(file) => return Ok(file),
                    None => continue,
                },
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(failed_to("write", new, error)),
            }
            // A crash left it, unless its maker is alive.
            let is_file = fs::symlink_metadata(new).is_ok_and(|found| found.is_file());
            if is_file && self.open_locked(new)?.is_none() {
                continue;
            }
            fs::remove_file(new).map_err(|error| failed_to("remove", new, error))?;
        }
        Err(in_use(&self.path))
    }

    /// What is at a path: a file or nothing. Anything else is an error, links too.
    fn look(&self, what: &str, path: &Path) -> Result<Option<Metadata>, StoreError> {
        match fs::symlink_metadata(path) {
            Ok(found) if found.is_file() => Ok(Some(found)),
            Ok(_) => {
                Err(not_a_store(path, "is not a file of its own but a link or something else"))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed_to(what, path, error)),
        }
    }

    /// `None` when the file at the path was exchanged meanwhile.
    fn open_locked(&self, path: &Path) -> Result<Option<Locked>, StoreError> {
        match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) => self.lock(file, path),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed_to("open", path, error)),
        }
    }

    fn lock(&self, file: File, path: &Path) -> Result<Option<Locked>, StoreError> {
        let file = match file.try_lock() {
            Ok(()) => Locked(file),
            Err(TryLockError::WouldBlock) => return Err(in_use(&self.path)),
            Err(TryLockError::Error(error)) => return Err(failed_to("lock", path, error)),
        };
        let is_there = is_at(&file, path).map_err(|error| failed_to("look at", path, error))?;
        Ok(is_there.then_some(file))
    }

    fn new_path(&self) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(".new");
        name.into()
    }
}

/// Whether this is the file that is found at the path.
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(found) => Ok(is_same(&file.metadata()?, &found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// As near as the standard library comes elsewhere.
#[cfg(not(unix))]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    other.is_file() && one.created().ok() == other.created().ok()
}

/// Nobody but the owner reads what is made: messages are in it.
#[cfg(unix)]
fn private(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600);
}

#[cfg(not(unix))]
fn private(_options: &mut OpenOptions) {}

/// Makes a folder and those above it, durably, for the owner only.
fn make_folder(folder: &Path) -> io::Result<()> {
    let is_missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
    let made: usize = folder.ancestors().take_while(is_missing).count();
    if made == 0 {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    if cfg!(unix) {
        for made in folder.ancestors().take(made) {
            sync_folder(folder_of(made))?;
        }
    }
    Ok(())
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_name_stands_in_the_current_folder() {
        assert_eq!(folder_of(Path::new("client.fix")), Path::new("."));
        assert_eq!(folder_of(Path::new("stores/client.fix")), Path::new("stores"));
        assert_eq!(folder_of(Path::new("/client.fix")), Path::new("/"));
        assert_eq!(folder_of(Path::new("/")), Path::new("."));
    }
}
