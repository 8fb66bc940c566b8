//! Finding delimiters, many bytes at a time.

use super::SOH;

/// The offsets of the delimiters in a slice, in rising order.
///
/// Fields are so short that a search for each delimiter on its own costs more than its setup is
/// worth: here one mask serves some seven of them. The slice is not part of this, since whoever
/// walks over it has it at hand.
#[derive(Clone, Copy)]
pub(super) struct Delimiters {
    /// Where the block begins that comes behind the one that `mask` is about.
    next_block: usize,
    /// A bit for every delimiter in its block that was not handed out yet.
    mask: u64,
}

impl Delimiters {
    /// The delimiters from `offset` on.
    #[inline]
    pub(super) const fn from(offset: usize) -> Self {
        Self { next_block: offset, mask: 0 }
    }

    /// The offset of the next delimiter of the same bytes.
    #[inline]
    pub(super) fn next(&mut self, bytes: &[u8]) -> Option<usize> {
        while self.mask == 0 {
            if self.next_block >= bytes.len() {
                return None;
            }
            self.mask = mask_at(bytes, self.next_block);
            self.next_block = self.next_block.saturating_add(BLOCK);
        }
        let at = self.next_block - BLOCK + self.mask.trailing_zeros() as usize;
        self.mask &= self.mask - 1;
        Some(at)
    }
}

/// The bytes that one mask tells of.
pub(super) const BLOCK: usize = 64;

/// The delimiters in the block at `offset`, which may reach beyond the end: bit n tells of the
/// byte at `offset + n`.
pub(super) fn mask_at(bytes: &[u8], offset: usize) -> u64 {
    let rest = bytes.get(offset..).unwrap_or_default();
    if let Some(block) = rest.first_chunk() {
        return mask(block);
    }
    match bytes.last_chunk() {
        // The last bytes, some of which are not asked for.
        Some(block) if !rest.is_empty() => mask(block) >> (BLOCK - rest.len()),
        Some(_) | None => {
            let mut block = [0; BLOCK];
            block.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            mask(&block)
        }
    }
}

/// The delimiters of a block: bit n tells of byte n.
#[cfg(feature = "simd")]
#[inline]
fn mask(block: &[u8; BLOCK]) -> u64 {
    use wide::{CmpEq as _, i8x16};

    let delimiters = i8x16::splat(SOH.cast_signed());
    let (lanes, _) = block.as_chunks::<16>();
    lanes.iter().rev().fold(0, |mask, lane| {
        let lane = i8x16::new(lane.map(u8::cast_signed));
        let marks = lane.cmp_eq(delimiters).move_mask();
        mask << 16 | u64::from(marks.cast_unsigned())
    })
}

/// The delimiters of a block: bit n tells of byte n.
///
/// Each word of eight bytes yields eight marks, in the highest bits of its bytes. Shifted by the
/// word's number and collected, they make a matrix of 8 by 8 bits with a word in each column,
/// which is then turned so that it has a word in each row.
///
/// Words go in pairs, the odd ones above the even ones: compilers for wide vectors would spread
/// single ones over lanes, and gather them at great cost.
#[cfg(not(feature = "simd"))]
#[inline]
fn mask(block: &[u8; BLOCK]) -> u64 {
    let (pairs, _) = block.as_chunks::<16>();
    let mut matrix = 0;
    for (number, pair) in pairs.iter().enumerate() {
        matrix |= marks(u128::from_le_bytes(*pair)) >> (7 - 2 * number);
    }
    // Down to its word's column beside the even one.
    matrix |= matrix >> 63;
    #[expect(clippy::cast_possible_truncation, reason = "the lower half is all that is left")]
    transpose(matrix as u64)
}

/// Sets the highest bit of every byte that is a delimiter, and no other bit.
#[cfg(not(feature = "simd"))]
#[inline]
fn marks(bytes: u128) -> u128 {
    const LOW_SEVEN: u128 = u128::from_ne_bytes([0x7f; 16]);
    const DELIMITERS: u128 = u128::from_ne_bytes([SOH; 16]);
    let differing = bytes ^ DELIMITERS;
    // The sum carries into the highest bit unless the low seven are all clear; never beyond.
    let any_of_low = (differing & LOW_SEVEN).wrapping_add(LOW_SEVEN);
    !(any_of_low | differing | LOW_SEVEN)
}

/// Mirrors a matrix of 8 by 8 bits: squares of one, two and four bits change places.
#[cfg(not(feature = "simd"))]
#[inline]
fn transpose(matrix: u64) -> u64 {
    let swap = |matrix: u64, distance: u32, upper: u64| {
        let differing = (matrix ^ (matrix >> distance)) & upper;
        matrix ^ differing ^ (differing << distance)
    };
    let matrix = swap(matrix, 7, 0x00aa_00aa_00aa_00aa);
    let matrix = swap(matrix, 14, 0x0000_cccc_0000_cccc);
    swap(matrix, 28, 0x0000_0000_f0f0_f0f0)
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;
    use proptest::prelude::*;

    use super::*;

    fn found(bytes: &[u8], offset: usize) -> Vec<usize> {
        let mut delimiters = Delimiters::from(offset);
        core::iter::from_fn(|| delimiters.next(bytes)).collect()
    }

    fn expected(bytes: &[u8], offset: usize) -> Vec<usize> {
        (offset..bytes.len()).filter(|&at| bytes[at] == SOH).collect()
    }

    #[test]
    fn every_length_and_offset_is_searched_to_its_ends() {
        let bytes = [SOH; 300];
        for len in 0..300 {
            for offset in [0, 1, 7, 63, 64, 65, 127, 128, 129, len] {
                let bytes = &bytes[..len];
                assert_eq!(found(bytes, offset), expected(bytes, offset), "{offset} of {len}");
            }
        }
    }

    #[test]
    fn no_other_byte_is_taken_for_a_delimiter() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(found(&bytes, 0), [1]);
    }

    proptest! {
        #[test]
        fn all_delimiters_are_found_in_order(
            bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(SOH), 0u8..3], 0..400),
            offset in 0usize..400,
        ) {
            prop_assert_eq!(found(&bytes, offset), expected(&bytes, offset));
        }
    }
}
