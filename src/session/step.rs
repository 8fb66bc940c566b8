//! One step of a session: the state it changes, the time, the way out and the duties it gives.

use core::time::Duration;

use super::action::{Actions, Blocked, Entry};
use super::clock::{Instant, Now};
use super::config::Config;
use super::notice::Notice;
use super::reason::Reason;
use super::state::{Link, Phase, State};
use super::timers;
use super::transition::{self, Name};
use crate::wire::{Message, SendBuffer, SeqNum};

/// What every rule works on. Lives for one call of [`Session::handle`](super::Session::handle).
pub(super) struct Step<'s, 'b> {
    pub(super) config: &'s Config,
    pub(super) state: &'s mut State,
    pub(super) now: Now,
    pub(super) out: &'s mut SendBuffer,
    /// Stays where the caller reads it: a batch is too large to be moved about.
    pub(super) actions: &'s mut Actions<'b>,
    /// Where the step began.
    from: Name,
    /// When the next thing was due as the step began.
    due: Option<Instant>,
    /// The epoch and the number that were expected as the step began.
    expected: (u32, SeqNum),
}

/// How late a Tick may be before the driver is told.
const TICK_LATE: Duration = Duration::from_secs(5);

impl<'s, 'b> Step<'s, 'b> {
    pub(super) fn new(
        config: &'s Config,
        state: &'s mut State,
        now: Now,
        out: &'s mut SendBuffer,
        actions: &'s mut Actions<'b>,
    ) -> Self {
        let from = transition::name(state);
        let due = timers::deadline(config, state).map(|deadline| deadline.at);
        let expected = (state.nums.epoch, state.nums.next_in);
        Self { config, state, now, out, actions, from, due, expected }
    }

    /// Whether the step has used up the number that was expected, for this message.
    pub(super) fn has_counted(&self, message: Message<'_>) -> bool {
        let (epoch, seq) = self.expected;
        let nums = self.state.nums;
        epoch == nums.epoch && seq < nums.next_in && seq.get() == message.msg_seq_num()
    }

    pub(super) fn notify(&mut self, notice: Notice) {
        self.actions.push(Entry::Notify(notice));
    }

    /// Hands a message to the application; `counted` says whether it used up the expected number.
    pub(super) fn deliver(&mut self, epoch: u32, message: Message<'b>, counted: bool) {
        self.actions.set_message(message);
        self.actions.push(Entry::Deliver { epoch, counted });
    }

    /// Ends the connection: nothing that comes after it counts.
    pub(super) fn disconnect(&mut self, reason: Reason) {
        debug_assert!(!self.actions.ends(), "a connection ends once");
        self.state.link = Link::Ended(reason);
        self.actions.push(Entry::Disconnect(reason));
    }

    /// Moves the expected number, and everything that depends on it.
    pub(super) fn advance_to(&mut self, next_in: SeqNum) {
        debug_assert!(next_in >= self.state.nums.next_in, "the expected number never goes back");
        self.state.nums.next_in = next_in;
        let now = self.now.monotonic;
        let Some(up) = self.state.up_mut() else {
            return;
        };
        if up.gap.is_open() {
            up.gap.advance(next_in, now);
            if !up.gap.is_open() {
                self.notify(Notice::GapFilled { next_in });
                self.actions.push(Entry::Discard { below: next_in });
            }
        }
    }

    /// Changes what an established session is about.
    pub(super) fn enter(&mut self, phase: Phase) {
        if let Some(up) = self.state.up_mut() {
            up.phase = phase;
        }
    }

    pub(super) fn until(&self, timeout: Duration) -> Instant {
        self.now.monotonic.after(timeout)
    }

    /// Tells the driver once that nobody ticks.
    fn watch_ticks(&mut self, ticked: bool) {
        if ticked {
            self.state.overdue = false;
        } else if let Some(due) = self.due
            && self.now.monotonic.since(due) >= TICK_LATE
            && !self.state.overdue
            && self.actions.blocked() == Blocked::No
        {
            self.state.overdue = true;
            self.notify(Notice::TickOverdue { by: self.now.monotonic.since(due) });
        }
    }

    /// The end of every step: announce a deadline that became earlier. Behind a tick the driver
    /// reads it anyway.
    pub(super) fn finish(mut self, ticked: bool) {
        self.watch_ticks(ticked);
        if !ticked
            && let Some(deadline) = timers::deadline(self.config, self.state)
            && self.due.is_none_or(|due| deadline.at < due)
        {
            self.actions.push(Entry::Schedule(deadline));
        }
        super::invariants::check(self.config, self.state, self.actions, self.from);
    }
}
