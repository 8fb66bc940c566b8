//! Write-ahead: what the store has not confirmed, and what its confirmation sets free.

use core::time::Duration;

use crate::session::{Instant, Sent};
use crate::wire::{SendBuffer, SeqNum, Span};

/// For how long messages that are answered in a row may share one commit: a store on a disk takes
/// longer than that for each.
const SHARED_AGE_MAX: Duration = Duration::from_millis(1);

/// For how long a new incoming number may stay unconfirmed when nothing is sent: a crash makes the
/// peer repeat that much at most.
const NEXT_IN_AGE_MAX: Duration = Duration::from_secs(1);

/// What was written to the store and is not known to be durable.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Commit {
    /// Since the running commit began.
    written: Written,
    /// What the running commit covers.
    running: Option<Written>,
    /// The last number that is durable.
    durable: Option<(u32, SeqNum)>,
    /// Since when something waits for a commit, as far as is known.
    since: Option<Instant>,
    /// Since when an incoming number waits that nothing else makes durable.
    next_in_since: Option<Instant>,
    /// What was numbered before this life of the session and was not durable is lost.
    generation: u32,
    /// The life before, and the last number of it that was durable.
    former: Option<(u32, Option<(u32, SeqNum)>)>,
}

/// Writes that wait for one commit.
#[derive(Clone, Copy, Debug, Default)]
struct Written {
    /// Whether anything waits for them.
    due: bool,
    /// The last message that leaves on this connection.
    span: Option<Span>,
    last: Option<(u32, SeqNum)>,
    resets: u32,
}

/// What is known of a message that has a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "it is durable, or not yet, or nobody knows")]
pub enum Fate {
    /// The peer gets it, now or after the next Logon.
    Durable,
    /// The store has not confirmed it yet.
    Pending,
    /// The store failed before it did, or that is too long ago to tell: it has been loaded twice
    /// since.
    Unknown,
}

impl Commit {
    /// A number, or a message, was written.
    pub(super) const fn wrote(&mut self, sent: Sent) {
        self.written.due = true;
        self.written.last = Some((sent.epoch, sent.seq));
        // What was composed offline is taken back from the send buffer.
        if sent.flush {
            self.written.span = Some(sent.span);
        }
    }

    pub(super) const fn wrote_reset(&mut self) {
        self.written.due = true;
        self.written.resets = self.written.resets.saturating_add(1);
    }

    /// Something was written that nobody waits for.
    pub(super) const fn wrote_numbers(&mut self) {
        self.written.due = true;
    }

    /// An incoming number was written, which may be lost.
    pub(super) fn wrote_next_in(&mut self, now: Instant) {
        self.next_in_since.get_or_insert(now);
    }

    pub(super) const fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Whether everything that anybody waits for is durable.
    pub(super) const fn is_settled(&self) -> bool {
        self.running.is_none() && !self.written.due
    }

    /// Whether a commit is to begin: something waits for it, or an incoming number has waited for
    /// long enough.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.written.due || self.save_at().is_some_and(|at| at <= now)
    }

    /// When an incoming number is to be made durable, if nothing else does.
    pub(super) fn save_at(&self) -> Option<Instant> {
        self.next_in_since.map(|since| since.after(NEXT_IN_AGE_MAX))
    }

    /// When a commit is to begin although nothing else happens; `None` while one runs.
    pub(super) fn due_at(&self) -> Option<Instant> {
        if self.running.is_some() {
            return None;
        }
        // One that is due already is put off, for more to share it.
        self.since.map(|since| since.after(SHARED_AGE_MAX)).or_else(|| self.save_at())
    }

    /// Whether a commit must not be put off any more, although more may come to share it.
    pub(super) fn is_overdue(&mut self, now: Instant) -> bool {
        if self.running.is_some() {
            return true;
        }
        self.is_due(now) && now.since(*self.since.get_or_insert(now)) >= SHARED_AGE_MAX
    }

    pub(super) fn begin(&mut self) {
        self.since = None;
        self.next_in_since = None;
        self.running = Some(core::mem::take(&mut self.written));
    }

    /// The running commit is over: what waited for it may be flushed.
    pub(super) fn complete(&mut self, out: &mut SendBuffer) {
        let Some(done) = self.running.take() else {
            return;
        };
        if let Some(span) = done.span {
            out.stored(span);
        }
        self.durable = done.last.or(self.durable);
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
        self.next_in_since = None;
        self.since = None;
    }

    /// The store was loaded: a life of the session begins.
    pub(super) fn renew(&mut self, generation: u32) {
        let former = Some((self.generation, self.durable));
        *self = Self { generation, former, ..Self::default() };
    }

    /// What is known of a message; `failed` says that the store has failed since it was loaded.
    pub(super) fn fate(&self, sent: Sent, failed: bool) -> Fate {
        let number = Some((sent.epoch, sent.seq));
        if sent.generation == self.generation {
            if self.durable >= number {
                return Fate::Durable;
            }
            return if failed { Fate::Unknown } else { Fate::Pending };
        }
        match self.former {
            Some((generation, durable)) if generation == sent.generation && durable >= number => {
                Fate::Durable
            }
            _ => Fate::Unknown,
        }
    }
}
