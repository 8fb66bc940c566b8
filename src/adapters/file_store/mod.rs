//! A store in a file.

mod format;

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use self::format::{FRAME_HEAD, Head, MAGIC, Record, crc32, seal};
use crate::engine::{Saved, Store, Synced};
use crate::session::{Config, SeqNums};
use crate::wire::{SeqNum, UtcTime};

/// Keeps one session in one file, so that the process can be killed at any time and started again.
///
/// The file is a log: each [`sync`](Store::sync) appends one checksummed frame with everything
/// written since the last one, and waits for the disk. A frame that a crash cut off is dropped when
/// the file is opened, so a commit is kept as a whole or not at all; what damages the file
/// otherwise is an error, not a loss in silence. A reset begins the file anew.
///
/// An answer that is sent while its message is lent is in one commit with the fact that the message
/// was handled: after a crash there are both or neither.
///
/// Within an epoch the file only grows; the place of each message (24 bytes) is kept in memory.
/// Two processes must not open one file.
///
/// ```
/// use fixline::adapters::FileStore;
/// use fixline::engine::{Store, Synced};
/// use fixline::wire::SeqNum;
///
/// let path = std::env::temp_dir().join(format!("doc-{}.fix", std::process::id()));
/// let mut store = FileStore::open(&path)?;
/// store.append(0, SeqNum::MIN, b"8=FIX.4.4...")?;
/// assert_eq!(store.sync()?, Synced::Now);
/// drop(store);
///
/// let mut store = FileStore::open(&path)?;
/// assert_eq!(store.load()?.numbers.next_out.get(), 2);
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct FileStore {
    path: PathBuf,
    file: File,
    log: Log,
    /// Where the frame begins that the next commit writes.
    frame_at: u64,
    /// That frame: room for its head, and what was written since the last commit.
    frame: Vec<u8>,
    /// Whether the frame begins an epoch, and with it a new file.
    begins_file: bool,
    /// A commit failed: the file is read again before it is used.
    failed: bool,
    /// The message that is lent.
    lent: Vec<u8>,
}

/// What the records so far come to.
#[derive(Clone, Debug)]
struct Log {
    saved: Saved,
    /// The messages of the epoch, ascending.
    messages: Vec<Entry>,
}

/// Where a message stands in the file.
#[derive(Clone, Copy, Debug)]
struct Entry {
    seq: SeqNum,
    at: u64,
    len: u32,
}

/// Why a [`FileStore`] cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileStoreError {
    /// The file system said so.
    #[error("the file of the store: {0}")]
    Io(#[from] io::Error),
    /// The file is something else.
    #[error("the file is not one of this store's; give another path")]
    NotAStore,
    /// Something changed the file, or the disk lost a part of it. What stands before is intact.
    #[error("the file of the store is damaged at byte {at}; restore it, or agree on a reset")]
    Damaged {
        /// Where the damaged frame begins.
        at: u64,
    },
    /// One message, or one commit, of 4 GiB.
    #[error("more than 4 GiB cannot be kept at once")]
    TooLarge,
}

impl FileStore {
    /// Opens the store in this file, or begins one; its folder must be there.
    ///
    /// # Errors
    ///
    /// The file cannot be used, is something else or is damaged.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, FileStoreError> {
        let path = path.into();
        let file = open_or_create(&path)?;
        let (log, len) = recover(&file)?;
        Ok(Self {
            path,
            file,
            log,
            frame_at: len,
            frame: alloc::vec![0; FRAME_HEAD],
            begins_file: false,
            failed: false,
            lent: Vec::new(),
        })
    }

    /// Opens the store of a session in a folder, which is made if it is missing. The file is named
    /// after the session: `FIX.4.4-BROKER-CLIENT.fix`.
    ///
    /// # Errors
    ///
    /// The file cannot be used, is something else or is damaged.
    pub fn open_in(folder: impl AsRef<Path>, config: &Config) -> Result<Self, FileStoreError> {
        let folder = folder.as_ref();
        fs::create_dir_all(folder)?;
        let mut name = config.version().begin_string().to_owned();
        for id in [config.sender_comp_id(), config.target_comp_id()] {
            name.push('-');
            push_escaped(&mut name, id);
        }
        name.push_str(".fix");
        Self::open(folder.join(name))
    }

    /// Where the file is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn write(&mut self, record: Record<'_>) -> Result<(), FileStoreError> {
        let at = self.frame_at.saturating_add(self.frame.len() as u64);
        if !record.write(&mut self.frame) {
            return Err(FileStoreError::TooLarge);
        }
        self.log.apply(record, at);
        Ok(())
    }

    /// Appends the frame to the file, or begins a new file with it.
    fn commit(&mut self) -> Result<(), FileStoreError> {
        if !seal(&mut self.frame) {
            return Err(FileStoreError::TooLarge);
        }
        if self.begins_file {
            self.file = replace(&self.path, &self.frame)?;
        } else {
            self.file.seek(SeekFrom::Start(self.frame_at))?;
            self.file.write_all(&self.frame)?;
            self.file.sync_data()?;
        }
        Ok(())
    }

    /// Goes back to what the last commit that succeeded left.
    fn reopen(&mut self) -> Result<(), FileStoreError> {
        let file = open_or_create(&self.path)?;
        if !self.begins_file {
            // What a failed commit left is read back although the disk may not have it.
            file.set_len(self.frame_at)?;
            file.sync_data()?;
        }
        let (log, len) = recover(&file)?;
        (self.file, self.log, self.frame_at) = (file, log, len);
        self.frame.truncate(FRAME_HEAD);
        self.begins_file = false;
        self.failed = false;
        Ok(())
    }
}

impl Store for FileStore {
    type Error = FileStoreError;

    fn load(&mut self) -> Result<Saved, FileStoreError> {
        if self.failed {
            self.reopen()?;
        }
        Ok(self.log.saved)
    }

    fn append(&mut self, epoch: u32, seq: SeqNum, bytes: &[u8]) -> Result<(), FileStoreError> {
        self.write(Record::Message { epoch, seq, bytes })
    }

    fn set_next_out(&mut self, epoch: u32, next: SeqNum) -> Result<(), FileStoreError> {
        self.write(Record::Out { epoch, next })
    }

    fn set_next_in(
        &mut self,
        epoch: u32,
        next: SeqNum,
        reset_pending: bool,
    ) -> Result<(), FileStoreError> {
        self.write(Record::In { epoch, next, reset_pending })
    }

    fn reset(
        &mut self,
        epoch: u32,
        reset_pending: bool,
        at: UtcTime,
    ) -> Result<(), FileStoreError> {
        // All that came before is void.
        self.frame.truncate(FRAME_HEAD);
        self.frame_at = MAGIC.len() as u64;
        self.begins_file = true;
        self.write(Record::Reset { epoch, at, reset_pending })
    }

    fn sync(&mut self) -> Result<Synced, FileStoreError> {
        if self.failed {
            return Err(io::Error::from(ErrorKind::BrokenPipe).into());
        }
        if self.frame.len() > FRAME_HEAD {
            if let Err(error) = self.commit() {
                self.failed = true;
                return Err(error);
            }
            self.frame_at = self.frame_at.saturating_add(self.frame.len() as u64);
            self.frame.truncate(FRAME_HEAD);
            self.begins_file = false;
        }
        Ok(Synced::Now)
    }

    fn next_message(
        &mut self,
        epoch: u32,
        from: SeqNum,
        to: SeqNum,
    ) -> Result<Option<(SeqNum, &[u8])>, FileStoreError> {
        if epoch != self.log.saved.numbers.epoch {
            return Ok(None);
        }
        let first = self.log.messages.partition_point(|entry| entry.seq < from);
        let Some(&entry) = self.log.messages.get(first).filter(|entry| entry.seq <= to) else {
            return Ok(None);
        };
        let len = usize::try_from(entry.len).unwrap_or(usize::MAX);
        if let Some(offset) = entry.at.checked_sub(self.frame_at) {
            let start = usize::try_from(offset).unwrap_or(usize::MAX);
            let message = self.frame.get(start..start.saturating_add(len));
            return Ok(message.map(|bytes| (entry.seq, bytes)));
        }
        self.lent.resize(len, 0);
        self.file.seek(SeekFrom::Start(entry.at))?;
        self.file.read_exact(&mut self.lent)?;
        Ok(Some((entry.seq, &self.lent)))
    }
}

impl Log {
    const EMPTY: Self = Self { saved: Saved::FRESH, messages: Vec::new() };

    /// Takes a record over that begins at this byte of the file.
    fn apply(&mut self, record: Record<'_>, at: u64) {
        // Before the bytes of a message stand kind, epoch, number and length.
        const MESSAGE_HEAD: u64 = 1 + 4 + 8 + 4;
        let numbers = &mut self.saved.numbers;
        match record {
            Record::Message { epoch, seq, bytes } => {
                numbers.epoch = epoch;
                numbers.next_out = seq.next();
                let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
                self.messages.push(Entry { seq, at: at.saturating_add(MESSAGE_HEAD), len });
            }
            Record::Out { epoch, next } => {
                numbers.epoch = epoch;
                numbers.next_out = next;
            }
            Record::In { epoch, next, reset_pending } => {
                numbers.epoch = epoch;
                numbers.next_in = next;
                numbers.reset_pending = reset_pending;
            }
            Record::Reset { epoch, at, reset_pending } => {
                *numbers = SeqNums { epoch, reset_pending, ..SeqNums::FRESH };
                self.saved.created = Some(at);
                self.messages.clear();
            }
        }
    }
}

/// The file, with nothing but its magic if it was not there, or not even that much of it.
fn open_or_create(path: &Path) -> Result<File, FileStoreError> {
    let existing = OpenOptions::new().read(true).write(true).open(path);
    let mut file = match existing {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return replace(path, &[]),
        Err(error) => return Err(error.into()),
    };
    let mut magic = [0; MAGIC.len()];
    match file.read_exact(&mut magic) {
        Ok(()) if magic == MAGIC => Ok(file),
        // Nothing was ever committed to it.
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => replace(path, &[]),
        Ok(()) => Err(FileStoreError::NotAStore),
        Err(error) => Err(error.into()),
    }
}

/// Makes a file with this one frame, or none, and puts it in the place of the old one in one step.
fn replace(path: &Path, frame: &[u8]) -> Result<File, FileStoreError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let new = PathBuf::from(name);
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&new)?;
    file.write_all(&MAGIC)?;
    file.write_all(frame)?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    sync_folder(path)?;
    Ok(file)
}

/// Makes durable what was renamed. Only Unix lets one.
fn sync_folder(path: &Path) -> io::Result<()> {
    if !cfg!(unix) {
        return Ok(());
    }
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

/// Reads every frame behind the magic, cuts off one that a crash left unfinished, and says how long
/// the file is then.
fn recover(file: &File) -> Result<(Log, u64), FileStoreError> {
    let file_len = file.metadata()?.len();
    let mut log = Log::EMPTY;
    let mut at = MAGIC.len() as u64;
    let mut reader = BufReader::new(file);
    reader.seek(SeekFrom::Start(at))?;
    let mut records = Vec::new();
    loop {
        let left = file_len.saturating_sub(at);
        let Some(room) = left.checked_sub(FRAME_HEAD as u64) else { break };
        let mut head = [0; FRAME_HEAD];
        reader.read_exact(&mut head)?;
        // One frame at most is unfinished, and nothing stands behind it.
        let (len, sum) = match Head::read(head) {
            Head::Whole { len, .. } if u64::from(len) > room => break,
            Head::Whole { len, sum } => (len, sum),
            Head::Unwritten => break,
            Head::Damaged => return Err(FileStoreError::Damaged { at }),
        };
        records.resize(usize::try_from(len).map_err(|_| FileStoreError::TooLarge)?, 0);
        reader.read_exact(&mut records)?;
        if crc32(&records) != sum {
            if u64::from(len) == room {
                break;
            }
            return Err(FileStoreError::Damaged { at });
        }
        let mut rest = &records[..];
        while !rest.is_empty() {
            let offset = FRAME_HEAD.saturating_add(records.len()).saturating_sub(rest.len());
            let record = Record::read(&mut rest).ok_or(FileStoreError::Damaged { at })?;
            log.apply(record, at.saturating_add(offset as u64));
        }
        at = at.saturating_add(FRAME_HEAD as u64).saturating_add(u64::from(len));
    }
    if at < file_len {
        file.set_len(at)?;
        file.sync_data()?;
    }
    Ok((log, at))
}

/// A CompID as a part of a file's name: what could mean something else there is escaped.
fn push_escaped(name: &mut String, id: &str) {
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'_' {
            name.push(byte.into());
        } else {
            // Writing to a string does not fail.
            let _infallible = write!(name, "%{byte:02X}");
        }
    }
}
