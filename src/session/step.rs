//! One step of a session: the state it changes, the time, the way out and the duties it gives.

use core::time::Duration;

use super::action::{Actions, Deadline, Entry};
use super::clock::{Instant, Now};
use super::config::Config;
use super::notice::{Notice, Reason};
use super::state::{Link, Phase, State};
use super::transition::{self, Name};
use crate::wire::{SendBuffer, SeqNum};

/// What every rule works on. Lives for one call of [`Session::handle`](super::Session::handle).
pub(super) struct Step<'s, 'b> {
    pub(super) config: &'s Config,
    pub(super) state: &'s mut State,
    pub(super) now: Now,
    pub(super) out: &'s mut SendBuffer,
    pub(super) actions: Actions<'b>,
    /// Where the step began.
    from: Name,
}

impl<'s, 'b> Step<'s, 'b> {
    pub(super) fn new(
        config: &'s Config,
        state: &'s mut State,
        now: Now,
        out: &'s mut SendBuffer,
    ) -> Self {
        let from = transition::name(state);
        Self { config, state, now, out, actions: Actions::new(), from }
    }

    pub(super) fn notify(&mut self, notice: Notice) {
        self.actions.push(Entry::Notify(notice));
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

    /// The end of every step: announce a deadline that moved earlier.
    pub(super) fn finish(mut self, ticked: bool) -> Actions<'b> {
        let deadline = super::timers::deadline(self.config, self.state);
        let at = deadline.map(|deadline| deadline.at);
        if ticked {
            self.state.announced = at;
        } else if let Some(deadline) = deadline
            && self.state.announced.is_none_or(|announced| deadline.at < announced)
        {
            self.state.announced = at;
            self.schedule(deadline);
        }
        super::invariants::check(self.config, self.state, &self.actions, self.from);
        self.actions
    }

    fn schedule(&mut self, deadline: Deadline) {
        self.actions.push(Entry::Schedule(deadline));
    }
}
