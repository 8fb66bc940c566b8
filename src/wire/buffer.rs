//! The buffers between the session and its driver. Both have a fixed size.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

/// Where a message stands in the stream of all bytes ever appended to a [`SendBuffer`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Span {
    start: u64,
    len: u32,
}

impl Span {
    /// The span of `len` bytes from this offset on.
    #[must_use]
    pub const fn new(start: u64, len: u32) -> Self {
        Self { start, len }
    }

    /// The offset of the first byte.
    #[must_use]
    pub const fn start(self) -> u64 {
        self.start
    }

    /// The offset behind the last byte.
    #[must_use]
    pub const fn end(self) -> u64 {
        self.start.saturating_add(self.len as u64)
    }

    /// The number of bytes.
    #[must_use]
    pub const fn len(self) -> usize {
        self.len as usize
    }

    /// Whether the span has no bytes.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.len == 0
    }
}

/// Bytes on their way to the peer, in final wire order.
///
/// Write-ahead is a matter of structure here: [`flushable`](Self::flushable) never reaches a kept
/// message before [`stored`](Self::stored) says that it is durable, nor anything behind a reset
/// of the session before [`reset_stored`](Self::reset_stored) does.
///
/// The barriers are two offsets, not a list. So a message that need not be kept may wait for the
/// kept one behind it, once that one stands behind another one that is not stored yet.
#[derive(Clone)]
pub struct SendBuffer {
    /// Twice the capacity: bytes move to the front only after as many were flushed as there are
    /// left, so that each is moved once at most on average.
    storage: Vec<u8>,
    /// The bytes not flushed yet.
    live: Range<usize>,
    /// The stream offset of `live.end`.
    end: u64,
    /// From the first kept message not known to be durable to the end of the last one; empty when
    /// all are.
    kept: Range<u64>,
    /// Where the first reset stands that is not known to be durable.
    reset_at: u64,
    /// How many resets are not known to be durable.
    resets: u32,
}

impl SendBuffer {
    /// A buffer for this many bytes. Allocates twice as many, once.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        Self {
            storage: vec![0; bytes.saturating_mul(2)],
            live: 0..0,
            end: 0,
            kept: 0..0,
            reset_at: 0,
            resets: 0,
        }
    }

    /// Marks bytes as sent. Never marks more than [`flushable`](Self::flushable) had.
    pub fn flushed(&mut self, count: usize) {
        let count = count.min(self.flushable().len());
        self.live.start += count;
        self.rewind_if_empty();
    }

    /// Says that all kept messages up to and including this one are durable.
    pub fn stored(&mut self, span: Span) {
        self.kept.start = self.kept.start.max(span.end());
    }

    /// Says that a reset of the session is durable; one call for each reset, in order.
    pub fn reset_stored(&mut self) {
        self.resets = self.resets.saturating_sub(1);
    }

    /// Takes back the newest message, unsent: it was composed to be stored only. Does nothing if
    /// the span is not the newest message or was flushed in part.
    pub fn discard(&mut self, span: Span) {
        if span.end() == self.end && self.locate(span).is_some() {
            self.truncate(span.start());
        }
    }

    /// Drops everything unsent: the connection is gone. Stream offsets go on.
    pub fn clear(&mut self) {
        self.live = 0..0;
        self.kept = self.end..self.end;
        self.resets = 0;
    }

    /// Marks a message as kept: it is not flushable before it is [`stored`](Self::stored).
    pub fn keep(&mut self, span: Span) {
        if self.kept.is_empty() {
            self.kept.start = span.start();
        }
        self.kept.end = span.end();
    }

    /// Lets nothing that is appended from now on be flushed before
    /// [`reset_stored`](Self::reset_stored).
    pub fn hold_reset(&mut self) {
        if self.resets == 0 {
            self.reset_at = self.end;
        }
        self.resets = self.resets.saturating_add(1);
    }

    /// How many bytes were appended and not flushed.
    #[must_use]
    pub fn unsent(&self) -> usize {
        self.live.len()
    }

    /// How many unsent bytes the buffer holds at most.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.storage.len() / 2
    }

    /// How many bytes can be appended now.
    #[must_use]
    pub fn room(&self) -> usize {
        self.capacity().saturating_sub(self.live.len())
    }

    /// Whether all bytes were flushed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.live.is_empty()
    }

    /// How many bytes wait for [`stored`](Self::stored) or [`reset_stored`](Self::reset_stored).
    #[must_use]
    pub fn held_back(&self) -> usize {
        self.live.len().saturating_sub(self.flushable().len())
    }

    /// Whether bytes before this offset of the stream wait so.
    #[must_use]
    pub fn is_held_before(&self, offset: u64) -> bool {
        self.end.saturating_sub(self.held_back() as u64) < offset.min(self.end)
    }

    /// The stream offset behind the last byte.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.end
    }

    /// The bytes that may be sent now.
    #[must_use]
    pub fn flushable(&self) -> &[u8] {
        let mut barrier = self.end;
        if !self.kept.is_empty() {
            barrier = barrier.min(self.kept.start);
        }
        if self.resets > 0 {
            barrier = barrier.min(self.reset_at);
        }
        let end = self.position(barrier).unwrap_or(self.live.start);
        self.storage.get(self.live.start..end).unwrap_or_default()
    }

    /// The bytes of a message; empty if they are no longer here.
    #[must_use]
    pub fn bytes(&self, span: Span) -> &[u8] {
        self.locate(span).and_then(|range| self.storage.get(range)).unwrap_or_default()
    }

    /// Drops what stands behind this offset, as if it had never been appended. A reset that is
    /// held stays so.
    pub(super) fn truncate(&mut self, to: u64) {
        let Some(position) = self.position(to) else {
            return;
        };
        self.live.end = position;
        self.end = to;
        self.kept.end = self.kept.end.min(to);
        self.rewind_if_empty();
    }

    /// The free space behind the last byte, and the means to append what is written to its front.
    /// `None` if there is no room for so many bytes.
    pub(super) fn reserve(&mut self, len: usize) -> Option<(&mut [u8], Tail<'_>)> {
        if len > self.room() {
            return None;
        }
        if self.storage.len() - self.live.end < len {
            self.storage.copy_within(self.live.clone(), 0);
            self.live = 0..self.live.len();
        }
        let space = self.storage.get_mut(self.live.end..)?.get_mut(..len)?;
        Some((space, Tail { live: &mut self.live, end: &mut self.end, kept: &mut self.kept }))
    }

    /// Where the bytes of a span are.
    fn locate(&self, span: Span) -> Option<Range<usize>> {
        Some(self.position(span.start())?..self.position(span.end())?)
    }

    /// Where the byte of a stream offset is, or the end.
    fn position(&self, offset: u64) -> Option<usize> {
        let back = usize::try_from(self.end.checked_sub(offset)?).ok()?;
        let position = self.live.end.checked_sub(back)?;
        (position >= self.live.start).then_some(position)
    }

    fn rewind_if_empty(&mut self) {
        if self.live.is_empty() {
            self.live = 0..0;
        }
    }
}

/// Where a [`SendBuffer`] goes on.
pub(super) struct Tail<'a> {
    live: &'a mut Range<usize>,
    end: &'a mut u64,
    kept: &'a mut Range<u64>,
}

impl Tail<'_> {
    /// Appends this many bytes of the reserved space.
    pub(super) fn append(self, len: usize) -> Span {
        let span = Span::new(*self.end, u32::try_from(len).unwrap_or(u32::MAX));
        self.live.end += len;
        *self.end = span.end();
        span
    }

    /// Appends this many bytes of the reserved space, as a message that is kept.
    pub(super) fn append_kept(self, len: usize) -> Span {
        let start = *self.end;
        if self.kept.is_empty() {
            self.kept.start = start;
        }
        self.kept.end = start.saturating_add(len as u64);
        self.append(len)
    }
}

impl fmt::Debug for SendBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendBuffer")
            .field("capacity", &self.capacity())
            .field("unsent", &self.live.len())
            .field("flushable", &self.flushable().len())
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}

/// Bytes from the peer that were not consumed yet.
#[derive(Clone)]
pub struct ReceiveBuffer {
    storage: Vec<u8>,
    live: Range<usize>,
}

impl ReceiveBuffer {
    /// A buffer of this many bytes. Twice the longest message is a good size: then bytes are
    /// moved rarely.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Self {
        Self { storage: vec![0; bytes], live: 0..0 }
    }

    /// Where to read the next bytes to; empty only when the buffer is full.
    pub fn spare(&mut self) -> &mut [u8] {
        let behind = self.storage.len() - self.live.end;
        if behind < self.storage.len() / 2 && self.live.len() <= self.live.start || behind == 0 {
            self.storage.copy_within(self.live.clone(), 0);
            self.live = 0..self.live.len();
        }
        self.storage.get_mut(self.live.end..).unwrap_or_default()
    }

    /// Says that this many bytes were read to the front of [`spare`](Self::spare).
    pub fn filled(&mut self, count: usize) {
        self.live.end = self.storage.len().min(self.live.end.saturating_add(count));
    }

    /// Drops bytes from the front.
    pub fn consume(&mut self, count: usize) {
        self.live.start = self.live.end.min(self.live.start.saturating_add(count));
        if self.live.is_empty() {
            self.live = 0..0;
        }
    }

    /// Overwrites bytes at the front: they may hold a password, and need not stay in memory.
    pub fn erase(&mut self, count: usize) {
        let end = self.live.end.min(self.live.start.saturating_add(count));
        if let Some(bytes) = self.storage.get_mut(self.live.start..end) {
            bytes.fill(0);
        }
    }

    /// Drops everything, and overwrites all that was ever in it.
    pub fn wipe(&mut self) {
        self.storage.fill(0);
        self.clear();
    }

    /// Drops everything: nothing of one connection may be read in the next.
    pub fn clear(&mut self) {
        self.live = 0..0;
    }

    /// How many bytes the buffer holds at most.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.storage.len()
    }

    /// The bytes received and not consumed.
    #[must_use]
    pub fn readable(&self) -> &[u8] {
        self.storage.get(self.live.clone()).unwrap_or_default()
    }
}

impl fmt::Debug for ReceiveBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceiveBuffer")
            .field("capacity", &self.capacity())
            .field("readable", &self.live.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::VecDeque;
    use proptest::prelude::*;

    use super::*;

    /// Appends bytes as if they were a message.
    fn append(buffer: &mut SendBuffer, bytes: &[u8]) -> Span {
        let (space, tail) = buffer.reserve(bytes.len()).unwrap();
        space.copy_from_slice(bytes);
        tail.append(bytes.len())
    }

    #[test]
    fn bytes_are_flushed_in_the_order_of_the_stream() {
        let mut buffer = SendBuffer::with_capacity(8);
        assert_eq!((buffer.capacity(), buffer.room(), buffer.is_empty()), (8, 8, true));
        let first = append(&mut buffer, b"abc");
        let second = append(&mut buffer, b"de");
        assert_eq!((first.start(), first.end(), second.end()), (0, 3, 5));
        assert_eq!(buffer.flushable(), b"abcde");
        buffer.flushed(4);
        assert_eq!((buffer.flushable(), buffer.room(), buffer.end()), (&b"e"[..], 7, 5));
        buffer.flushed(100);
        assert!(buffer.is_empty());
    }

    #[test]
    fn a_kept_message_and_what_follows_wait_until_it_is_stored() {
        let mut buffer = SendBuffer::with_capacity(64);
        append(&mut buffer, b"admin ");
        let order = append(&mut buffer, b"order ");
        buffer.keep(order);
        append(&mut buffer, b"heartbeat");
        assert_eq!(buffer.flushable(), b"admin ");
        buffer.stored(order);
        assert_eq!(buffer.flushable(), b"admin order heartbeat");
    }

    #[test]
    fn storing_one_of_several_releases_all_before_it() {
        let mut buffer = SendBuffer::with_capacity(64);
        let spans = [b"1", b"2", b"3"].map(|bytes| append(&mut buffer, bytes));
        spans.into_iter().for_each(|span| buffer.keep(span));
        buffer.stored(spans[1]);
        assert_eq!(buffer.flushable(), b"12");
        buffer.stored(spans[0]);
        assert_eq!(buffer.flushable(), b"12");
        buffer.stored(spans[2]);
        assert_eq!(buffer.flushable(), b"123");
    }

    #[test]
    fn nothing_behind_a_reset_is_flushed_before_it_is_stored() {
        // S-RESET-12
        let mut buffer = SendBuffer::with_capacity(64);
        append(&mut buffer, b"before");
        buffer.hold_reset();
        append(&mut buffer, b"logon");
        assert_eq!(buffer.flushable(), b"before");
        buffer.hold_reset();
        buffer.reset_stored();
        assert_eq!(buffer.flushable(), b"before");
        buffer.reset_stored();
        assert_eq!(buffer.flushable(), b"beforelogon");
        buffer.reset_stored();
        assert_eq!(buffer.flushable(), b"beforelogon");
    }

    #[test]
    fn kept_messages_can_be_read_to_be_stored() {
        let mut buffer = SendBuffer::with_capacity(64);
        append(&mut buffer, b"x");
        let order = append(&mut buffer, b"order");
        buffer.keep(order);
        assert_eq!(buffer.bytes(order), b"order");
        buffer.stored(order);
        buffer.flushed(3);
        assert_eq!(buffer.bytes(order), b"");
        assert_eq!(buffer.bytes(Span::new(100, 5)), b"");
        assert_eq!(buffer.bytes(Span::new(u64::MAX, 5)), b"");
    }

    #[test]
    fn only_the_newest_message_can_be_discarded() {
        let mut buffer = SendBuffer::with_capacity(64);
        let first = append(&mut buffer, b"first");
        let second = append(&mut buffer, b"second");
        buffer.keep(second);
        buffer.discard(first);
        assert_eq!(buffer.end(), 11);
        buffer.stored(second);
        buffer.discard(second);
        assert_eq!((buffer.flushable(), buffer.end()), (&b"first"[..], 5));
        let third = append(&mut buffer, b"third");
        buffer.keep(third);
        assert_eq!(buffer.flushable(), b"first");
        buffer.discard(third);
        assert_eq!(buffer.flushable(), b"first");
        append(&mut buffer, b"!");
        assert_eq!(buffer.flushable(), b"first!");
    }

    #[test]
    fn the_end_of_a_connection_drops_everything_but_the_offsets() {
        let mut buffer = SendBuffer::with_capacity(64);
        let kept = append(&mut buffer, b"order");
        buffer.keep(kept);
        buffer.hold_reset();
        buffer.clear();
        assert_eq!((buffer.is_empty(), buffer.room(), buffer.end()), (true, 64, 5));
        let logon = append(&mut buffer, b"logon");
        assert_eq!(logon.start(), 5);
        assert_eq!(buffer.flushable(), b"logon");
        buffer.stored(kept);
        assert_eq!(buffer.bytes(kept), b"");
    }

    #[test]
    fn bytes_move_only_after_as_many_were_flushed() {
        let mut buffer = SendBuffer::with_capacity(100);
        append(&mut buffer, &[b'x'; 100]);
        let mut moves = 0;
        for _ in 0..10_000 {
            buffer.flushed(1);
            let end = buffer.live.end;
            append(&mut buffer, b"y");
            moves += usize::from(buffer.live.end < end);
        }
        assert!((1..=100).contains(&moves), "{moves}");
    }

    #[test]
    fn a_full_buffer_has_no_space() {
        let mut buffer = SendBuffer::with_capacity(4);
        append(&mut buffer, b"full");
        assert!(buffer.reserve(1).is_none());
        assert_eq!(SendBuffer::with_capacity(0).room(), 0);
    }

    #[test]
    fn received_bytes_are_read_and_dropped() {
        let mut buffer = ReceiveBuffer::with_capacity(8);
        buffer.spare()[..6].copy_from_slice(b"abcdef");
        buffer.filled(6);
        buffer.consume(4);
        assert_eq!(buffer.readable(), b"ef");
        assert_eq!(buffer.spare().len(), 6);
        assert_eq!(buffer.readable(), b"ef");
        buffer.filled(100);
        assert_eq!(buffer.readable().len(), buffer.capacity());
        assert!(buffer.spare().is_empty());
        buffer.consume(100);
        assert_eq!(buffer.spare().len(), 8);
        buffer.filled(3);
        buffer.clear();
        assert!(buffer.readable().is_empty());
    }

    /// One thing that can happen to a buffer.
    #[derive(Debug, Clone, Copy)]
    enum Step {
        Append {
            len: usize,
            keep: bool,
        },
        /// Store this many of the waiting messages.
        Store(usize),
        Flush(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (1usize..9, any::<bool>()).prop_map(|(len, keep)| Step::Append { len, keep }),
            (1usize..4).prop_map(Step::Store),
            (1usize..20).prop_map(Step::Flush),
        ]
    }

    proptest! {
        /// Whatever happens, the stream comes out whole and in order, never beyond a kept message
        /// that is not stored, and completely once all are.
        #[test]
        fn barriers_hold_and_open(steps in proptest::collection::vec(step(), 1..80)) {
            let mut buffer = SendBuffer::with_capacity(32);
            let mut waiting: VecDeque<Span> = VecDeque::new();
            let mut appended = (0u8..=255).cycle();
            let mut expected = (0u8..=255).cycle();
            for step in steps {
                match step {
                    Step::Append { len, keep } => {
                        let bytes: Vec<u8> = appended.by_ref().take(len.min(buffer.room())).collect();
                        let span = append(&mut buffer, &bytes);
                        prop_assert_eq!(buffer.bytes(span), &bytes[..]);
                        if keep && !span.is_empty() {
                            buffer.keep(span);
                            waiting.push_back(span);
                        }
                    }
                    Step::Store(count) => {
                        let stored = waiting.drain(..count.min(waiting.len())).next_back();
                        stored.into_iter().for_each(|span| buffer.stored(span));
                    }
                    Step::Flush(count) => {
                        let ready = buffer.flushable().to_vec();
                        for byte in ready.into_iter().take(count) {
                            prop_assert_eq!(Some(byte), expected.next());
                        }
                        buffer.flushed(count);
                    }
                }
                let ready = buffer.flushable().len() as u64;
                let unsent = (buffer.capacity() - buffer.room()) as u64;
                let reach = buffer.end() - unsent + ready;
                prop_assert!(waiting.front().is_none_or(|span| reach <= span.start()));
            }
            waiting.back().into_iter().for_each(|span| buffer.stored(*span));
            prop_assert_eq!(buffer.flushable().len(), buffer.capacity() - buffer.room());
        }
    }
}
