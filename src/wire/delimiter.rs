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
/// The comparison becomes a few vector instructions. Of each word of eight marks, the product
/// moves mark n to bit 56 + n; no two marks meet on the way, so that nothing carries.
#[cfg(not(feature = "simd"))]
#[inline]
fn mask(block: &[u8; BLOCK]) -> u64 {
    let marks = block.map(|byte| u8::from(byte == SOH));
    let (words, _) = marks.as_chunks();
    words.iter().rev().fold(0, |mask, word| {
        let marks = u64::from_le_bytes(*word).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        mask << 8 | marks
    })
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
