//! Write-ahead: what the store has not confirmed, and what its confirmation sets free.

use core::time::Duration;

use crate::session::{Instant, Sent};
use crate::wire::{SendBuffer, SeqNum, Span};

/// What was written to the store and is not known to be durable.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Commit {
    /// Since the running commit began.
    written: Written,
    /// What the running commit covers.
    running: Option<Written>,
    /// The stream offset up to which kept messages are durable.
    durable_to: u64,
    /// The last message that is durable and was never in the stream, by epoch and number.
    durable_offline: Option<(u32, SeqNum)>,
    /// When the age of what waits was first asked for.
    since: Option<Instant>,
}

/// Writes that wait for one commit.
#[derive(Clone, Copy, Debug, Default)]
struct Written {
    /// Whether anything waits for them.
    due: bool,
    last: Option<Span>,
    last_offline: Option<(u32, SeqNum)>,
    resets: u32,
}

impl Commit {
    /// A number, or a message, was written. What was composed offline is taken back from the send
    /// buffer, and other bytes take its place in the stream: its span says nothing about them.
    pub(super) const fn wrote(&mut self, sent: Sent) {
        self.written.due = true;
        if sent.flush {
            self.written.last = Some(sent.span);
        } else {
            self.written.last_offline = Some((sent.epoch, sent.seq));
        }
    }

    pub(super) const fn wrote_reset(&mut self) {
        self.written.due = true;
        self.written.resets = self.written.resets.saturating_add(1);
    }

    pub(super) const fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Whether something waits for a commit that has not begun.
    pub(super) const fn is_due(&self) -> bool {
        self.written.due
    }

    /// For how long something waits, as far as is known.
    pub(super) fn age(&mut self, now: Instant) -> Duration {
        now.since(*self.since.get_or_insert(now))
    }

    pub(super) fn begin(&mut self) {
        self.since = None;
        self.running = Some(core::mem::take(&mut self.written));
    }

    /// The running commit is over: what waited for it may be flushed.
    pub(super) fn complete(&mut self, out: &mut SendBuffer) {
        let Some(done) = self.running.take() else {
            return;
        };
        if let Some(span) = done.last {
            out.stored(span);
            self.durable_to = self.durable_to.max(span.end());
        }
        self.durable_offline = done.last_offline.or(self.durable_offline);
        for _ in 0..done.resets {
            out.reset_stored();
        }
    }

    /// The send buffer was cleared, and with it its barriers.
    pub(super) fn forget_resets(&mut self) {
        self.written.resets = 0;
        if let Some(running) = &mut self.running {
            running.resets = 0;
        }
    }

    /// The store failed: nothing of what was written will be confirmed.
    pub(super) fn fail(&mut self) {
        self.written = Written::default();
        self.running = None;
    }

    /// Whether a message that was written is durable.
    pub(super) fn covers(&self, sent: Sent) -> bool {
        if sent.flush {
            self.durable_to >= sent.span.end()
        } else {
            self.durable_offline >= Some((sent.epoch, sent.seq))
        }
    }
}
