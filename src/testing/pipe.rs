//! One direction of a line: bytes that take their time, in pieces of any size.

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use super::random::Random;
use crate::session::Instant;

/// Bytes on their way.
#[derive(Clone, Debug, Default)]
pub(super) struct Pipe {
    packets: VecDeque<(Instant, Vec<u8>)>,
    bytes: usize,
    /// How many bytes went in since the line is up.
    pub(super) total: usize,
    /// Behind how many bytes a bit changes, and which.
    garble: Option<(usize, u8)>,
}

impl Pipe {
    /// How many of `bytes` fit, sent at `now`.
    pub(super) fn send(
        &mut self,
        bytes: &[u8],
        now: Instant,
        latency: Duration,
        capacity: usize,
    ) -> usize {
        let room = capacity.saturating_sub(self.bytes);
        let taken = bytes.get(..bytes.len().min(room)).unwrap_or_default();
        if !taken.is_empty() {
            let mut packet: Vec<u8> = taken.into();
            if let Some((at, bit)) = self.garble
                && let Some(byte) = packet.get_mut(at.wrapping_sub(self.total))
            {
                *byte ^= 1 << (bit & 7);
                self.garble = None;
            }
            self.packets.push_back((now.after(latency), packet));
            self.bytes = self.bytes.saturating_add(taken.len());
            self.total = self.total.saturating_add(taken.len());
        }
        taken.len()
    }

    /// Changes a bit of what goes in behind so many further bytes.
    pub(super) const fn garble_after(&mut self, bytes: usize, bit: u8) {
        self.garble = Some((self.total.saturating_add(bytes), bit));
    }

    pub(super) const fn stop_faults(&mut self) {
        self.garble = None;
    }

    /// Moves what has arrived by `now` into `target`, at most `chunk_max` bytes in a piece of
    /// random size.
    pub(super) fn receive(
        &mut self,
        target: &mut [u8],
        now: Instant,
        chunk_max: usize,
        random: &mut Random,
    ) -> usize {
        let Some((_, packet)) = self.packets.front_mut().filter(|(at, _)| *at <= now) else {
            return 0;
        };
        let most = packet.len().min(target.len()).min(chunk_max);
        let count =
            if most > 1 { 1_usize.saturating_add(random.below(most)).min(most) } else { most };
        if let (Some(target), Some(source)) = (target.get_mut(..count), packet.get(..count)) {
            target.copy_from_slice(source);
        }
        packet.drain(..count);
        if packet.is_empty() {
            self.packets.pop_front();
        }
        self.bytes = self.bytes.saturating_sub(count);
        count
    }

    /// When the next bytes arrive.
    pub(super) fn next_arrival(&self) -> Option<Instant> {
        self.packets.front().map(|(at, _)| *at)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.packets.is_empty()
    }
}
