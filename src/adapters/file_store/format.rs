//! The bytes of a store's file: frames, and the records in them.
//!
//! ```text
//! file    MAGIC frame*
//! frame   length of the records (u32), their CRC-32 (u32), the CRC-32 of these two (u32), record*
//! record  kind (u8), epoch (u32), and by kind:
//!         MESSAGE  MsgSeqNum (u64), length (u32), bytes
//!         OUT      next outgoing number (u64)
//!         IN       next incoming number (u64), whether a reset is pending (u8)
//!         RESET    when (i64, nanoseconds), whether it is pending (u8)
//! ```
//!
//! Numbers are little-endian. A frame is what one commit wrote: it counts as a whole or not at all.

use alloc::vec::Vec;

use crate::wire::{SeqNum, UtcTime};

/// What a file begins with: the name and the version of the format.
pub(super) const MAGIC: [u8; 8] = *b"fixline1";

/// The bytes of a frame before its records.
pub(super) const FRAME_HEAD: usize = 12;

const MESSAGE: u8 = 1;
const OUT: u8 = 2;
const IN: u8 = 3;
const RESET: u8 = 4;

/// One write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Record<'a> {
    Message { epoch: u32, seq: SeqNum, bytes: &'a [u8] },
    Out { epoch: u32, next: SeqNum },
    In { epoch: u32, next: SeqNum, reset_pending: bool },
    Reset { epoch: u32, at: UtcTime, reset_pending: bool },
}

impl<'a> Record<'a> {
    /// Appends the record. False, and nothing is written, for a message of 4 GiB or more.
    pub(super) fn write(self, out: &mut Vec<u8>) -> bool {
        let mut head = |kind: u8, epoch: u32| {
            out.push(kind);
            out.extend_from_slice(&epoch.to_le_bytes());
        };
        match self {
            Self::Message { epoch, seq, bytes } => {
                let Ok(len) = u32::try_from(bytes.len()) else { return false };
                head(MESSAGE, epoch);
                out.extend_from_slice(&seq.get().to_le_bytes());
                out.extend_from_slice(&len.to_le_bytes());
                out.extend_from_slice(bytes);
            }
            Self::Out { epoch, next } => {
                head(OUT, epoch);
                out.extend_from_slice(&next.get().to_le_bytes());
            }
            Self::In { epoch, next, reset_pending } => {
                head(IN, epoch);
                out.extend_from_slice(&next.get().to_le_bytes());
                out.push(reset_pending.into());
            }
            Self::Reset { epoch, at, reset_pending } => {
                head(RESET, epoch);
                out.extend_from_slice(&at.as_nanos().to_le_bytes());
                out.push(reset_pending.into());
            }
        }
        true
    }

    /// Takes the first record off the front; `None` when there is none that makes sense.
    pub(super) fn read(from: &mut &'a [u8]) -> Option<Self> {
        let kind = u8::from_le_bytes(take(from)?);
        let epoch = u32::from_le_bytes(take(from)?);
        let eight: [u8; 8] = take(from)?;
        let number = || SeqNum::new(u64::from_le_bytes(eight));
        Some(match kind {
            MESSAGE => {
                let len = usize::try_from(u32::from_le_bytes(take(from)?)).ok()?;
                let (bytes, rest) = from.split_at_checked(len)?;
                *from = rest;
                Self::Message { epoch, seq: number()?, bytes }
            }
            OUT => Self::Out { epoch, next: number()? },
            IN => Self::In { epoch, next: number()?, reset_pending: flag(from)? },
            RESET => {
                let at = UtcTime::from_nanos(i64::from_le_bytes(eight));
                Self::Reset { epoch, at, reset_pending: flag(from)? }
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

/// What stands in front of the records of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// The length and the checksum of the records.
    Whole {
        len: u32,
        sum: u32,
    },
    /// Nothing was written here, though the file has grown.
    Unwritten,
    Damaged,
}

impl Head {
    pub(super) fn read(bytes: [u8; FRAME_HEAD]) -> Self {
        let [a, b, c, d, e, f, g, h, check @ ..] = bytes;
        if bytes == [0; FRAME_HEAD] {
            return Self::Unwritten;
        }
        if crc32(&[a, b, c, d, e, f, g, h]) != u32::from_le_bytes(check) {
            return Self::Damaged;
        }
        let (len, sum) = (u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]));
        Self::Whole { len, sum }
    }
}

/// Writes the head in front of the records, for which [`FRAME_HEAD`] bytes are left free. False when
/// there are 4 GiB of them or more.
pub(super) fn seal(frame: &mut [u8]) -> bool {
    let Some((head, records)) = frame.split_first_chunk_mut::<FRAME_HEAD>() else { return false };
    let Ok(len) = u32::try_from(records.len()) else { return false };
    let [a, b, c, d] = len.to_le_bytes();
    let [e, f, g, h] = crc32(records).to_le_bytes();
    let [i, j, k, l] = crc32(&[a, b, c, d, e, f, g, h]).to_le_bytes();
    *head = [a, b, c, d, e, f, g, h, i, j, k, l];
    true
}

/// The CRC-32 of zip and Ethernet.
pub(super) fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32, byte: &u8| {
        let [low, ..] = sum.to_le_bytes();
        (sum >> 8) ^ CRC_TABLE.get(usize::from(low ^ byte)).copied().unwrap_or_default()
    };
    !bytes.iter().fold(!0, step)
}

const CRC_TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut index: u32 = 0;
    let mut rest: &mut [u32] = &mut table;
    while let Some((entry, tail)) = rest.split_first_mut() {
        let (mut sum, mut bit) = (index, 0);
        while bit < 8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 };
            bit += 1;
        }
        *entry = sum;
        index += 1;
        rest = tail;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_well_known_one() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn records_read_as_they_were_written_and_no_part_of_one_does() {
        let one = SeqNum::MIN;
        let at = UtcTime::from_nanos(-7);
        let records = [
            Record::Message { epoch: 3, seq: one, bytes: b"8=FIX.4.4\x01" },
            Record::Out { epoch: 3, next: one.next() },
            Record::In { epoch: 3, next: one, reset_pending: true },
            Record::Reset { epoch: 4, at, reset_pending: false },
        ];
        for record in records {
            let mut bytes = Vec::new();
            assert!(record.write(&mut bytes));
            for end in 0..bytes.len() {
                assert_eq!(Record::read(&mut &bytes[..end]), None, "{record:?} to {end}");
            }
            let mut rest = &bytes[..];
            assert_eq!(Record::read(&mut rest), Some(record));
            assert!(rest.is_empty());
        }
        assert_eq!(Record::read(&mut &[9; 40][..]), None);
    }
}
