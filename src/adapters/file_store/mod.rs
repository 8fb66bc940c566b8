//! A store in a file.

mod ahead;
mod disk;
mod error;
mod format;
mod left;
mod log;
mod open;
mod place;
mod pool;
mod positional;
mod recover;
mod task;

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;
use core::mem;
use core::task::{Poll, Waker, ready};
use std::path::{Path, PathBuf};

use self::disk::{Disk, Loaded};
use self::format::Record;
use self::open::Open;
use self::place::{Place, Wish};
pub use self::recover::Recovered;
use self::task::{Run, Task};
use crate::engine::{Saved, SessionId, Store, StoreError};
use crate::session::SeqNums;
use crate::wire::{SeqNum, UtcTime};

/// Keeps one session in one file, so that the process can be killed at any time and started again.
///
/// The file is a log: each [`sync`](Store::sync) appends one frame with everything written since
/// the last one, and waits for the disk. A commit is kept as a whole or not at all. A reset begins
/// the file anew, once it is committed.
///
/// An answer that is sent while its message is lent is in one commit with the fact that the message
/// was handled: after a crash there are both or neither.
///
/// # Opening
///
/// `create` begins a store and fails where there is one, `open` goes on with one and fails where
/// there is none, [`open_or_create`](Self::open_or_create) takes what it finds. Take `open` for a
/// session that has traded: a volume that is not mounted is then an error, not a session that
/// begins at 1. Once loaded, a store never begins a new one by itself.
///
/// Nothing is touched before [`load`](Store::load), which locks the file until the store is
/// dropped. Another owner meanwhile gets [`InUse`](crate::engine::StoreErrorKind::InUse). A file
/// that was removed or replaced under its owner is
/// [`Lost`](crate::engine::StoreErrorKind::Lost) with the next commit.
///
/// Files are readable by their owner only (0600 on Unix), and so are folders made for them (0700).
///
/// # After a crash
///
/// What a crash left of a commit that was not confirmed is cut off, and
/// [`recovered`](Self::recovered) says so. Anything else that is not as it was written is
/// [`Damaged`](crate::engine::StoreErrorKind::Damaged), with file and place; nothing is changed
/// then. After an error the store goes back to what was confirmed when it is loaded again.
///
/// # Waiting
///
/// With a waker, files are read and synced by a few threads that all stores of the process share;
/// the caller never waits for a disk. Without one, it does. Within an epoch the file only grows; the
/// place of each message (24 bytes) is kept in memory.
///
/// ```
/// use core::task::Poll;
///
/// use fixline::adapters::FileStore;
/// use fixline::engine::Store;
/// use fixline::wire::SeqNum;
///
/// let path = std::env::temp_dir().join(format!("doc-{}.fix", std::process::id()));
/// let mut store = FileStore::create(&path);
/// assert!(matches!(store.load(None), Poll::Ready(Ok(_))));
/// store.append(0, SeqNum::MIN, b"8=FIX.4.4...")?;
/// assert!(matches!(store.sync(None), Poll::Ready(Ok(()))));
/// drop(store);
///
/// let Poll::Ready(saved) = FileStore::open(&path).load(None) else { unreachable!() };
/// assert_eq!(saved?.numbers.next_out.get(), 2);
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub struct FileStore {
    place: Arc<Place>,
    wish: Wish,
    state: State,
    recovered: Option<Recovered>,
    /// What was cut off by a load that failed behind that.
    untold: Option<Recovered>,
}

enum State {
    /// Not loaded yet, or not since it failed.
    Closed(Held),
    Loading(Arc<Task<Loaded>>),
    Open(Box<Open>),
}

/// What a store that is not open has of its file.
enum Held {
    Nothing,
    Disk(Disk),
    /// A commit that went on when something else failed.
    Busy(Arc<Task<open::Committed>>),
}

impl FileStore {
    /// A store that begins in this file, whose folder must be there.
    #[must_use]
    pub fn create(path: impl Into<PathBuf>) -> Self {
        Self::new(path.into(), Wish::Create, false)
    }

    /// The store that is in this file.
    #[must_use]
    pub fn open(path: impl Into<PathBuf>) -> Self {
        Self::new(path.into(), Wish::Open, false)
    }

    /// The store in this file, or a new one if there is none; its folder must be there.
    #[must_use]
    pub fn open_or_create(path: impl Into<PathBuf>) -> Self {
        Self::new(path.into(), Wish::OpenOrCreate, false)
    }

    /// Like [`create`](Self::create), in the file of this session in a folder, which is made if it
    /// is missing. Different sessions have different files.
    #[must_use]
    pub fn create_in(folder: impl AsRef<Path>, session: &SessionId) -> Self {
        Self::new(path_in(folder.as_ref(), session), Wish::Create, true)
    }

    /// Like [`open`](Self::open), in the file of this session in a folder.
    #[must_use]
    pub fn open_in(folder: impl AsRef<Path>, session: &SessionId) -> Self {
        Self::new(path_in(folder.as_ref(), session), Wish::Open, false)
    }

    /// Like [`open_or_create`](Self::open_or_create), in the file of this session in a folder,
    /// which is made if it is missing.
    #[must_use]
    pub fn open_or_create_in(folder: impl AsRef<Path>, session: &SessionId) -> Self {
        Self::new(path_in(folder.as_ref(), session), Wish::OpenOrCreate, true)
    }

    fn new(path: PathBuf, wish: Wish, makes_folder: bool) -> Self {
        let place = Arc::new(Place { path, makes_folder });
        Self { place, wish, state: State::Closed(Held::Nothing), recovered: None, untold: None }
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.place.path
    }

    /// What was cut off, because no commit had confirmed it, by the latest load and those before it
    /// that failed.
    #[must_use]
    pub const fn recovered(&self) -> Option<Recovered> {
        self.recovered
    }

    fn opened(&mut self) -> Result<&mut Open, StoreError> {
        match &mut self.state {
            State::Open(open) => Ok(open),
            State::Closed(_) | State::Loading(_) => Err(StoreError::failed()),
        }
    }

    /// Closes the store until it is loaded again.
    fn fail(&mut self) {
        self.state = match mem::replace(&mut self.state, State::Closed(Held::Nothing)) {
            State::Open(open) => State::Closed(open.close()),
            state @ (State::Closed(_) | State::Loading(_)) => state,
        };
    }

    /// Begins to load: in the caller's thread as soon as it waits, without a waker.
    fn begin_load(&mut self, held: Option<Disk>, waker: Option<&Waker>) {
        let (place, wish, those) = (Arc::clone(&self.place), self.wish, left::SoFar::now());
        let task = Arc::new(Task::new(move || {
            if held.is_none() {
                left::wait_for(&place.path, those);
            }
            disk::load(&place, wish, held)
        }));
        if waker.is_some() {
            pool::submit(Arc::clone(&task) as Arc<dyn Run>, pool::Kind::Load);
        }
        self.state = State::Loading(task);
    }

    /// Takes over what was loaded.
    fn end_load(&mut self, Loaded { disk, contents, cut }: Loaded) -> Result<Saved, StoreError> {
        let held = disk.map_or(Held::Nothing, Held::Disk);
        self.untold = cut.or(self.untold);
        match (contents, held) {
            (Ok(contents), Held::Disk(disk)) => {
                let saved = contents.log.saved;
                self.recovered = self.untold.take();
                self.wish = Wish::Open;
                self.state = State::Open(Box::new(Open::new(&self.place, disk, contents)));
                Ok(saved)
            }
            (Ok(_), held) => {
                self.state = State::Closed(held);
                Err(StoreError::failed())
            }
            (Err(error), held) => {
                self.state = State::Closed(held);
                Err(error)
            }
        }
    }
}

/// `FIX.4.4-BROKER-CLIENT.fix`, and other names for other sessions.
fn path_in(folder: &Path, session: &SessionId) -> PathBuf {
    let mut name = session.file_name();
    name.push_str(".fix");
    folder.join(name)
}

impl Store for FileStore {
    fn load(&mut self, waker: Option<&Waker>) -> Poll<Result<Saved, StoreError>> {
        loop {
            match &mut self.state {
                State::Open(open) => match ready!(open.end_commit(waker)) {
                    Ok(()) => return Poll::Ready(Ok(open.saved())),
                    // As if it had failed at the call before.
                    Err(_) => self.fail(),
                },
                State::Loading(task) => {
                    let loaded = ready!(task.poll(waker));
                    return Poll::Ready(self.end_load(loaded));
                }
                State::Closed(Held::Busy(task)) => {
                    let (disk, _failed_anyway) = ready!(task.poll(waker));
                    self.state = State::Closed(Held::Disk(disk));
                }
                State::Closed(held) => {
                    let held = match mem::replace(held, Held::Nothing) {
                        Held::Disk(disk) => Some(disk),
                        Held::Nothing | Held::Busy(_) => None,
                    };
                    self.begin_load(held, waker);
                }
            }
        }
    }

    fn append(&mut self, epoch: u32, seq: SeqNum, message: &[u8]) -> Result<(), StoreError> {
        let open = self.opened()?;
        open.saved().check_append(epoch, seq)?;
        let len = u32::try_from(message.len()).map_err(|_| open::too_much())?;
        open.forget_page();
        open.write(Record::Message { epoch, seq, len }, message)
    }

    fn set_next_out(&mut self, epoch: u32, next: SeqNum) -> Result<(), StoreError> {
        let open = self.opened()?;
        open.saved().check_next_out(epoch, next)?;
        open.write(Record::Out { epoch, next }, &[])
    }

    fn set_next_in(
        &mut self,
        epoch: u32,
        next: SeqNum,
        reset_pending: bool,
    ) -> Result<(), StoreError> {
        let open = self.opened()?;
        open.saved().check_next_in(epoch, next)?;
        open.write(Record::In { epoch, next, reset_pending }, &[])
    }

    fn reset(&mut self, begin: SeqNums, now: UtcTime) -> Result<(), StoreError> {
        let open = self.opened()?;
        open.saved().check_reset(begin)?;
        open.reset(begin, now)
    }

    fn sync(&mut self, waker: Option<&Waker>) -> Poll<Result<(), StoreError>> {
        let synced = ready!(self.opened()?.sync(waker));
        if synced.is_err() {
            self.fail();
        }
        Poll::Ready(synced)
    }

    fn next_message(
        &mut self,
        epoch: u32,
        from: SeqNum,
        to: SeqNum,
        waker: Option<&Waker>,
    ) -> Poll<Result<Option<(SeqNum, &[u8])>, StoreError>> {
        let place = Arc::clone(&self.place);
        let open = self.opened()?;
        let Some(entry) = open.find(epoch, from, to) else {
            open.forget_page();
            return Poll::Ready(Ok(None));
        };
        if let Err(error) = ready!(open.reach(entry, waker)) {
            self.fail();
            return Poll::Ready(Err(error::failed_to("read", &place.path, error)));
        }
        let bytes = self.opened()?.bytes(entry);
        Poll::Ready(Ok(bytes.map(|bytes| (entry.seq, bytes))))
    }
}

impl Drop for FileStore {
    /// What goes on keeps the file until it ends; whoever loads it next waits for that.
    fn drop(&mut self) {
        let leave = |task: Arc<dyn Run>| left::leave(&self.place.path, &task);
        match &self.state {
            State::Closed(Held::Busy(task)) => leave(Arc::clone(task) as Arc<dyn Run>),
            State::Closed(Held::Nothing | Held::Disk(_)) => {}
            State::Loading(task) => leave(Arc::clone(task) as Arc<dyn Run>),
            State::Open(open) => open.tasks().into_iter().flatten().for_each(leave),
        }
    }
}

impl fmt::Debug for FileStore {
    /// Never shows what is kept: a message may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let saved = match &self.state {
            State::Open(open) => Some(open.saved()),
            State::Closed(_) | State::Loading(_) => None,
        };
        f.debug_struct("FileStore")
            .field("path", &self.place.path)
            .field("saved", &saved)
            .finish_non_exhaustive()
    }
}
