//! How a line that something else drives comes to its end.

use core::time::Duration;

use super::clock::Clock;
use super::driven::Driven;
use super::mailbox::{Duty, Key};
use crate::engine::Store;
use crate::session::{Instant, Misuse, Now};

/// How long a Logout may take to leave when the application has dropped its events.
const LEAVE_PATIENCE: Duration = Duration::from_secs(1);

/// How long an application may take to handle what it was lent when its line was shut down.
const HANDLE_PATIENCE: Duration = Duration::from_secs(1);

/// Whether a line is being ended, and by when.
#[derive(Debug, Default)]
pub(super) enum Ending {
    /// It goes on.
    #[default]
    No,
    /// Nobody takes its events: what is to be sent leaves, and nothing is read.
    Leaving {
        /// When it ends although bytes are left.
        until: Instant,
    },
    /// Somebody asked for a shutdown, and waits for the answer.
    ShuttingDown {
        /// When it ends although the peer has not answered.
        until: Instant,
        /// The connection is over: when it ends although the application has not handled all.
        handled_by: Option<Instant>,
    },
}

impl Ending {
    /// The application has dropped its events: the peer is told, and nothing more is read.
    fn leave<S: Store>(&mut self, driven: &mut Driven<S>, now: Now) {
        if matches!(self, Self::Leaving { .. }) {
            return;
        }
        if driven.is_up() {
            // Where that is not possible the peer learns it from the transport.
            let _logged_out = driven.connection.logout("", now);
        }
        *self = Self::Leaving { until: now.monotonic.after(LEAVE_PATIENCE) };
    }

    /// Somebody asks for a shutdown.
    pub(super) fn shut_down<S: Store>(
        &mut self,
        key: Key,
        text: &str,
        patience: Duration,
        driven: &mut Driven<S>,
        now: Now,
    ) {
        driven.driver.shuts_down(key);
        if !matches!(self, Self::No) {
            // It is ending already.
            return;
        }
        if driven.is_up() {
            // Where that is not possible, the patience ends it.
            let _logged_out = driven.connection.logout(text, now);
        }
        let until = now.monotonic.after(patience);
        *self = Self::ShuttingDown { until, handled_by: None };
    }

    /// When the line ends that the application has left, if it has: then nothing more is read.
    pub(super) fn leaves<S: Store>(
        &mut self,
        driven: &mut Driven<S>,
        clock: &Clock,
    ) -> Option<Instant> {
        if driven.driver.is_left() {
            self.leave(driven, clock.now());
        }
        self.until().filter(|_| matches!(self, Self::Leaving { .. }))
    }

    /// Whether all is over, the connection being so or not. Whoever asked for the end is told.
    pub(super) fn ends<S: Store>(
        &mut self,
        over: bool,
        driven: &mut Driven<S>,
        clock: &Clock,
    ) -> bool {
        let ends = self.is_late(clock) || (over && self.may_leave(driven, clock));
        if ends {
            self.done(driven);
        }
        ends
    }

    /// Does what requests ask of an acceptor's line; whether there was one.
    pub(super) fn do_duties<S: Store>(&mut self, driven: &mut Driven<S>, clock: &Clock) -> bool {
        let mut did = false;
        while let Some(duty) = driven.driver.duty() {
            did = true;
            match duty {
                Duty::Shutdown { key, text, patience } => {
                    self.shut_down(key, &text, patience, driven, clock.now());
                }
                // An acceptor does not connect: there is nothing to resume, and nothing to stop.
                Duty::Resume { key } => driven.driver.answer(key, Ok(())),
                Duty::Stop { key } => {
                    driven.driver.answer(key, Err(Misuse::NotConnected.into()));
                }
            }
        }
        did
    }

    pub(super) const fn has_begun(&self) -> bool {
        !matches!(self, Self::No)
    }

    pub(super) const fn until(&self) -> Option<Instant> {
        match self {
            Self::No => None,
            Self::Leaving { until } | Self::ShuttingDown { until, handled_by: None } => {
                Some(*until)
            }
            Self::ShuttingDown { handled_by, .. } => *handled_by,
        }
    }

    pub(super) fn is_late(&self, clock: &Clock) -> bool {
        self.until().is_some_and(|until| clock.until(until).is_zero())
    }

    /// Whether a connection that is over may be left: a shutdown gives the application a moment to
    /// handle what it was lent, so that nothing comes again that need not.
    fn may_leave<S: Store>(&mut self, driven: &mut Driven<S>, clock: &Clock) -> bool {
        let Self::ShuttingDown { until, handled_by } = self else { return true };
        if driven.driver.is_left() || driven.is_settled() {
            return true;
        }
        handled_by.get_or_insert_with(|| clock.now().monotonic.after(HANDLE_PATIENCE).min(*until));
        false
    }

    /// It is over: whoever asked for it is told.
    pub(super) fn done<S: Store>(&mut self, driven: &mut Driven<S>) {
        *self = Self::No;
        driven.driver.end_shutdowns();
    }
}
