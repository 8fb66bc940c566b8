//! The bytes of a store's file: frames, and the records in them.
//!
//! ```text
//! file    MAGIC, id of the file (u64), the CRC-32 of both (u32), frame*
//! frame   length of the records (u32), the check of the frame before or of the file's head (u32),
//!         CRC-32 of the records (u32), check (u32), record*
//! check   CRC-32 of the id of the file, of where the frame begins (u64) and of the three before it
//! record  kind (u8), epoch (u32), and by kind:
//!         MESSAGE  MsgSeqNum (u64), length (u32), bytes
//!         OUT      next outgoing number (u64)
//!         IN       next incoming number (u64), whether a reset is pending (u8)
//!         RESET    when (i64, nanoseconds), next incoming and outgoing number (u64 each), whether
//!                  it is pending (u8); only as the first record of a file
//! ```
//!
//! Numbers are little-endian. A frame is what one commit wrote: it counts as a whole or not at all.
//! Its check holds for this file and this place only, so that nothing else can look like a frame:
//! neither what an older file left on the same blocks nor a file within a message.

use alloc::vec::Vec;

use crc32fast::Hasher;

use crate::session::SeqNums;
use crate::wire::{SeqNum, UtcTime};

/// What a file begins with: the name and the version of the format.
pub(super) const MAGIC: [u8; 8] = *b"fixline2";

/// The bytes of a file before its frames.
pub(super) const FILE_HEAD: usize = 20;

/// The bytes of a frame before its records.
pub(super) const FRAME_HEAD: usize = 16;

/// The bytes of a record that all kinds have.
pub(super) const RECORD_BASE: usize = 13;

/// The most that stands behind them.
pub(super) const RECORD_REST_MAX: usize = 17;

const MESSAGE: u8 = 1;
const OUT: u8 = 2;
const IN: u8 = 3;
const RESET: u8 = 4;

/// One write. The bytes of a message stand behind its record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Record {
    Message { epoch: u32, seq: SeqNum, len: u32 },
    Out { epoch: u32, next: SeqNum },
    In { epoch: u32, next: SeqNum, reset_pending: bool },
    Reset { begin: SeqNums, at: UtcTime },
}

impl Record {
    pub(super) fn write(self, out: &mut Vec<u8>) {
        let mut base = |kind: u8, epoch: u32, eight: [u8; 8]| {
            out.push(kind);
            out.extend_from_slice(&epoch.to_le_bytes());
            out.extend_from_slice(&eight);
        };
        match self {
            Self::Message { epoch, seq, len } => {
                base(MESSAGE, epoch, seq.get().to_le_bytes());
                out.extend_from_slice(&len.to_le_bytes());
            }
            Self::Out { epoch, next } => base(OUT, epoch, next.get().to_le_bytes()),
            Self::In { epoch, next, reset_pending } => {
                base(IN, epoch, next.get().to_le_bytes());
                out.push(reset_pending.into());
            }
            Self::Reset { begin, at } => {
                base(RESET, begin.epoch, at.as_nanos().to_le_bytes());
                out.extend_from_slice(&begin.next_in.get().to_le_bytes());
                out.extend_from_slice(&begin.next_out.get().to_le_bytes());
                out.push(begin.reset_pending.into());
            }
        }
    }

    /// How many bytes stand behind those that all kinds have; `None` for an unknown kind.
    pub(super) const fn rest_len(kind: u8) -> Option<usize> {
        match kind {
            MESSAGE => Some(4),
            OUT => Some(0),
            IN => Some(1),
            RESET => Some(RECORD_REST_MAX),
            _ => None,
        }
    }

    /// Reads a record; `None` when it makes no sense.
    pub(super) fn read(mut bytes: &[u8]) -> Option<Self> {
        let from = &mut bytes;
        let [kind] = take(from)?;
        let epoch = u32::from_le_bytes(take(from)?);
        let eight: [u8; 8] = take(from)?;
        let number = || SeqNum::new(u64::from_le_bytes(eight));
        Some(match kind {
            MESSAGE => {
                Self::Message { epoch, seq: number()?, len: u32::from_le_bytes(take(from)?) }
            }
            OUT => Self::Out { epoch, next: number()? },
            IN => Self::In { epoch, next: number()?, reset_pending: flag(from)? },
            RESET => {
                let next_in = SeqNum::new(u64::from_le_bytes(take(from)?))?;
                let next_out = SeqNum::new(u64::from_le_bytes(take(from)?))?;
                let reset_pending = flag(from)?;
                let begin = SeqNums { epoch, next_in, next_out, reset_pending };
                Self::Reset { begin, at: UtcTime::from_nanos(i64::from_le_bytes(eight)) }
            }
            _ => return None,
        })
    }
}

fn flag(from: &mut &[u8]) -> Option<bool> {
    match take(from)? {
        [0] => Some(false),
        [1] => Some(true),
        _ => None,
    }
}

fn take<const N: usize>(from: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = from.split_first_chunk()?;
    *from = rest;
    Some(*taken)
}

/// What a file begins with, and the check that its first frame holds.
pub(super) fn file_head(id: u64) -> ([u8; FILE_HEAD], u32) {
    let mut head = Vec::with_capacity(FILE_HEAD);
    head.extend_from_slice(&MAGIC);
    head.extend_from_slice(&id.to_le_bytes());
    let check = crc32fast::hash(&head);
    head.extend_from_slice(&check.to_le_bytes());
    let mut bytes = [0; FILE_HEAD];
    bytes.copy_from_slice(&head);
    (bytes, check)
}

/// The id of a file that begins so, and the check that its first frame holds; `None` when it is
/// damaged.
pub(super) fn read_file_head(bytes: [u8; FILE_HEAD]) -> Option<(u64, u32)> {
    let mut rest = &bytes[..];
    let _magic: [u8; MAGIC.len()] = take(&mut rest)?;
    let id = u64::from_le_bytes(take(&mut rest)?);
    let (expected, check) = file_head(id);
    (bytes == expected).then_some((id, check))
}

/// What stands in front of the records of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FrameHead {
    /// How many bytes of records there are.
    pub(super) len: u32,
    /// The check of the frame before.
    pub(super) before: u32,
    /// The checksum of the records.
    pub(super) sum: u32,
}

impl FrameHead {
    /// The head of the frame that begins here, and its check; `None` when there is none.
    pub(super) fn read(bytes: [u8; FRAME_HEAD], file: u64, at: u64) -> Option<(Self, u32)> {
        let mut rest = &bytes[..];
        let head = Self {
            len: u32::from_le_bytes(take(&mut rest)?),
            before: u32::from_le_bytes(take(&mut rest)?),
            sum: u32::from_le_bytes(take(&mut rest)?),
        };
        let check = u32::from_le_bytes(take(&mut rest)?);
        // A frame without records is never written.
        (head.len > 0 && head.check(file, at) == check).then_some((head, check))
    }

    /// Whether the head of a frame begins here that fits into the file, which ends at `end`.
    /// Quick where there is none.
    pub(super) fn look(bytes: &[u8], file: u64, at: u64, end: u64) -> Option<Self> {
        let bytes = bytes.first_chunk::<FRAME_HEAD>()?;
        let len = bytes.first_chunk().map(|len| u64::from(u32::from_le_bytes(*len)))?;
        let room = end.saturating_sub(at).saturating_sub(FRAME_HEAD as u64);
        if len == 0 || len > room {
            return None;
        }
        Self::read(*bytes, file, at).map(|(head, _)| head)
    }

    fn check(self, file: u64, at: u64) -> u32 {
        let mut hasher = Hasher::new();
        hasher.update(&file.to_le_bytes());
        hasher.update(&at.to_le_bytes());
        for part in [self.len, self.before, self.sum] {
            hasher.update(&part.to_le_bytes());
        }
        hasher.finalize()
    }
}

/// Writes the head in front of the records, for which [`FRAME_HEAD`] bytes are left free, and gives
/// its check. `None` when there are 4 GiB of them or more.
pub(super) fn seal(frame: &mut [u8], file: u64, at: u64, before: u32) -> Option<u32> {
    let (bytes, records) = frame.split_first_chunk_mut::<FRAME_HEAD>()?;
    let len = u32::try_from(records.len()).ok()?;
    let head = FrameHead { len, before, sum: crc32fast::hash(records) };
    let check = head.check(file, at);
    for (four, part) in bytes.chunks_exact_mut(4).zip([len, before, head.sum, check]) {
        four.copy_from_slice(&part.to_le_bytes());
    }
    Some(check)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_read_as_they_were_written_and_no_part_of_one_does() {
        let one = SeqNum::MIN;
        let at = UtcTime::from_nanos(-7);
        let begin = SeqNums { epoch: 4, next_in: one, next_out: one.next(), reset_pending: true };
        let records = [
            Record::Message { epoch: 3, seq: one, len: 10 },
            Record::Out { epoch: 3, next: one.next() },
            Record::In { epoch: 3, next: one, reset_pending: true },
            Record::Reset { begin, at },
        ];
        for record in records {
            let mut bytes = Vec::new();
            record.write(&mut bytes);
            let rest = Record::rest_len(bytes[0]).expect("a kind");
            assert_eq!(bytes.len(), RECORD_BASE + rest);
            for end in 0..bytes.len() {
                assert_eq!(Record::read(&bytes[..end]), None, "{record:?} to {end}");
            }
            assert_eq!(Record::read(&bytes), Some(record));
        }
        assert_eq!(Record::read(&[9; 40]), None);
    }

    #[test]
    fn a_frame_is_one_in_its_file_and_at_its_place_only() {
        let mut frame = [7; FRAME_HEAD + 5];
        let check = seal(&mut frame, 1, 20, 3).expect("small");
        let head = *frame.first_chunk::<FRAME_HEAD>().expect("long enough");
        let (read, found) = FrameHead::read(head, 1, 20).expect("whole");
        assert_eq!((read.len, read.before, found), (5, 3, check));
        assert_eq!(FrameHead::read(head, 2, 20), None, "another file");
        assert_eq!(FrameHead::read(head, 1, 21), None, "another place");
    }
}
