//! A file that is open and locked, and what is done with it: in a thread of the pool or in the
//! caller's.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::hash::BuildHasher as _;
use std::fs::File;
use std::hash::RandomState;

use super::error::{failed_to, lost};
use super::format::{FILE_HEAD, file_head, seal};
use super::place::{Locked, Place, Wish};
use super::recover::{self, Contents, Recovered};
use crate::engine::StoreError;

/// The file of a store, while somebody has it. As long as it lives, nobody else has.
#[derive(Debug)]
pub(super) struct Disk {
    /// Shared with who reads a page of it.
    pub(super) file: Arc<Locked>,
    id: u64,
    /// How much of the file is confirmed.
    end: u64,
    /// The check of the last frame.
    last: u32,
}

/// What loading came to: the file is kept also if it could not be read, so that nobody takes it.
pub(super) struct Loaded {
    pub(super) disk: Option<Disk>,
    pub(super) contents: Result<Contents, StoreError>,
    /// What was cut off, also if something failed behind that.
    pub(super) cut: Option<Recovered>,
}

/// Opens the file, or goes back to what was confirmed of the one that is held.
pub(super) fn load(place: &Place, wish: Wish, held: Option<Disk>) -> Loaded {
    match hold(place, wish, held) {
        Ok(file) => {
            let mut cut = None;
            let contents = recover(place, &file.file, file.confirmed, &mut cut);
            let disk = match &contents {
                Ok(Contents { id, end, last, .. }) => {
                    Some(Disk { file: file.file, id: *id, end: *end, last: *last })
                }
                Err(_) => file.held.map(|disk| Disk { file: file.file, ..disk }),
            };
            Loaded { disk, contents, cut }
        }
        Err((disk, error)) => Loaded { disk, contents: Err(error), cut: None },
    }
}

/// A file that is locked.
struct Held {
    file: Arc<Locked>,
    /// Where it ended when it was last known to be whole; nothing behind it was confirmed.
    confirmed: Option<u64>,
    /// What is known of it from before.
    held: Option<Disk>,
}

fn hold(place: &Place, wish: Wish, held: Option<Disk>) -> Result<Held, (Option<Disk>, StoreError)> {
    let Some(disk) = held else {
        let (head, _) = file_head(new_id());
        let file = place.open(wish, &head).map_err(|error| (None, error))?;
        return Ok(Held { file: Arc::new(file), confirmed: None, held: None });
    };
    match place.still_holds(&disk.file) {
        Ok(true) => {
            let (file, confirmed) = (Arc::clone(&disk.file), Some(disk.end));
            Ok(Held { file, confirmed, held: Some(disk) })
        }
        // Somebody put another file there, and asked to load it.
        Ok(false) => match place.open(Wish::Open, &[]) {
            Ok(file) => Ok(Held { file: Arc::new(file), confirmed: None, held: None }),
            Err(error) => Err((Some(disk), error)),
        },
        Err(error) => Err((Some(disk), error)),
    }
}

/// Reads the file and makes durable what is read: it may stem from a commit that nobody waited for.
fn recover(
    place: &Place,
    file: &File,
    confirmed: Option<u64>,
    cut: &mut Option<Recovered>,
) -> Result<Contents, StoreError> {
    let repair = |error| failed_to("repair", &place.path, error);
    if let Some(confirmed) = confirmed
        && file.metadata().map_err(repair)?.len() > confirmed
    {
        // What a failed commit left can be read although the disk may not have it.
        file.set_len(confirmed).map_err(repair)?;
    }
    let contents = recover::read(file, &place.path)?;
    if contents.cut.is_some() {
        file.set_len(contents.end).map_err(repair)?;
        *cut = contents.cut;
    }
    file.sync_data().map_err(|error| failed_to("sync", &place.path, error))?;
    place.sync_folder()?;
    place.tidy_up();
    Ok(contents)
}

/// A commit: the records of one frame.
pub(super) struct Commit {
    disk: Disk,
    place: Arc<Place>,
    frame: Arc<Vec<u8>>,
    begins: Option<[u8; FILE_HEAD]>,
    /// What the disk is known to have when it is over.
    id: u64,
    end: u64,
    last: u32,
}

impl Commit {
    /// Seals the frame, which may begin a file. Nothing is done yet.
    pub(super) fn new(
        disk: Disk,
        place: Arc<Place>,
        mut frame: Vec<u8>,
        begins_file: bool,
    ) -> Result<(Self, Arc<Vec<u8>>), Disk> {
        let (begins, id, at, before) = if begins_file {
            let id = new_id();
            let (head, check) = file_head(id);
            (Some(head), id, FILE_HEAD as u64, check)
        } else {
            (None, disk.id, disk.end, disk.last)
        };
        let Some(last) = seal(&mut frame, id, at, before) else { return Err(disk) };
        let end = at.saturating_add(frame.len() as u64);
        let frame = Arc::new(frame);
        let shared = Arc::clone(&frame);
        Ok((Self { disk, place, frame, begins, id, end, last }, shared))
    }

    /// Writes the frame and waits for the disk. The file comes back as it is known to be.
    pub(super) fn run(mut self) -> (Disk, Result<(), StoreError>) {
        let written = self.write();
        (self.disk, written)
    }

    fn write(&mut self) -> Result<(), StoreError> {
        if let Some(head) = &self.begins {
            self.check_place()?;
            self.disk.file = Arc::new(self.place.replace([head, &self.frame])?);
            (self.disk.id, self.disk.end, self.disk.last) = (self.id, self.end, self.last);
            return self.place.sync_folder();
        }
        let path = &self.place.path;
        super::positional::write_all_at(&self.disk.file, &self.frame, self.disk.end)
            .map_err(|error| failed_to("write", path, error))?;
        self.disk.file.sync_data().map_err(|error| failed_to("sync", path, error))?;
        self.check_place()?;
        (self.disk.end, self.disk.last) = (self.end, self.last);
        Ok(())
    }

    /// What is written to a file that was moved away is found by nobody.
    fn check_place(&self) -> Result<(), StoreError> {
        if self.place.still_holds(&self.disk.file)? {
            return Ok(());
        }
        Err(lost(&self.place.path))
    }
}

/// An id that no other file has, for all that matters.
fn new_id() -> u64 {
    RandomState::new().hash_one(std::process::id())
}
