//! A session with its mailbox, and what both adapters do with it in a turn.

use core::task::{Poll, Waker};

use super::clock::Clock;
use super::mailbox::{Driver, HandedOver, LineStatus};
use crate::engine::{Connection, Event, Life, Progress, Store, StoreError};
use crate::session::{Instant, Notice, Now, Reason, Status};

/// A session that somebody drives: what moves from an acceptor to a line, and back.
pub(super) struct Driven<S: Store> {
    pub(super) connection: Connection<S>,
    pub(super) driver: Driver,
    /// Why an initiator does not connect by itself.
    pub(super) stopped: Option<Reason>,
    seen: Seen,
}

/// What was seen of the events since it was last asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub(super) logged_on: bool,
    pub(super) ended: Option<Reason>,
    pub(super) store_failed: Option<StoreError>,
}

/// Who takes the events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Whoever drives: a turn ends at each.
    ByHand,
    /// Whoever has the other end of the mailbox.
    Spawned,
}

impl<S: Store> Driven<S> {
    pub(super) fn new(connection: Connection<S>) -> Self {
        let driver = Driver::new(connection.config().clone());
        Self { connection, driver, stopped: None, seen: Seen::default() }
    }

    /// The beginning of a turn: requests are carried out, before the transport is read. The store
    /// wakes `for_store`, or is to answer at once, in this thread.
    pub(super) fn begin(&mut self, for_store: Option<&Waker>, waker: &Waker, now: Now) {
        self.connection.wake_with(for_store);
        self.driver.take_requests(&mut self.connection, waker, now);
    }

    /// Does what can be done with what was read.
    pub(super) fn advance(&mut self, clock: &Clock, now: Now, way: Way) -> Progress {
        loop {
            let progress = self.connection.advance(now);
            if way == Way::ByHand {
                // Others may wait for what became of their drafts.
                if self.driver.take_sent(&mut self.connection) && !self.connection.has_event() {
                    continue;
                }
                return progress;
            }
            if progress != Progress::Events {
                return progress;
            }
            let seen = &mut self.seen;
            let handed = self.driver.take_events(&mut self.connection, clock, |event| {
                seen.sees(event);
            });
            // What was copied the connection need not keep. Nothing counts as handled by that.
            self.connection.release(now);
            if handed == HandedOver::Full {
                return progress;
            }
        }
    }

    /// The next event, for an application that takes it by hand.
    #[inline]
    pub(super) fn event<'a>(&'a mut self, clock: &'a Clock) -> Option<Event<'a>> {
        if let Some(event) = self.driver.own() {
            return Some(event);
        }
        let event = self.connection.event_by(clock)?;
        self.seen.sees(&event);
        Some(event)
    }

    /// Whether there is one.
    pub(super) fn has_event(&self) -> bool {
        self.connection.has_event() || self.driver.has_own()
    }

    /// Whether something was seen since then.
    pub(super) const fn has_seen(&self) -> bool {
        self.seen.logged_on || self.seen.ended.is_some() || self.seen.store_failed.is_some()
    }

    /// What was seen since the last call.
    pub(super) fn take_seen(&mut self) -> Seen {
        core::mem::take(&mut self.seen)
    }

    /// The end of a turn: senders are told, events handed over, the status published. Whether
    /// another turn is due at once.
    pub(super) fn finish(&mut self, now: Now) -> bool {
        self.driver.confirm(&mut self.connection, now);
        let snapshot = self.connection.snapshot();
        self.driver.end_turn(LineStatus { snapshot, stopped: self.stopped })
    }

    /// When the next turn is due although nothing has happened.
    pub(super) fn wake_at(&mut self, now: Now) -> Option<Instant> {
        let unhandled = self.connection.snapshot().unhandled;
        let handled = self.driver.wake_at(unhandled, now);
        [self.connection.wake_at(), handled].into_iter().flatten().min()
    }

    /// A turn without a transport: requests are answered, commits go on.
    pub(super) fn rest(&mut self, waker: &Waker, clock: &Clock) -> (bool, Option<Instant>) {
        let now = clock.now();
        self.connection.wake_with(Some(waker));
        // Whoever asks something of a session gets the answer of what its store has.
        if self.connection.life() == Life::Closed && self.driver.has_requests() {
            match self.connection.open() {
                Poll::Pending => {
                    self.driver.wake_with(waker);
                    return (false, None);
                }
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => self.seen.store_failed = Some(error),
            }
        }
        self.begin(Some(waker), waker, now);
        let _progress = self.advance(clock, now, Way::Spawned);
        (self.finish(now), self.wake_at(now))
    }

    /// Whether the connection is over, and everything of it was taken.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.connection.life(), Life::Ready | Life::Closed) && !self.connection.has_event()
    }

    /// Gives the store back; nobody drives the session any more.
    pub(super) fn into_store(self) -> S {
        self.connection.into_store()
    }

    /// Whether the application has handled everything, and all of that is durable.
    pub(super) fn is_settled(&mut self) -> bool {
        self.connection.snapshot().unhandled == 0
            && (self.connection.has_failed() || self.connection.settle().is_ready())
    }

    /// Whether both Logons are exchanged.
    pub(super) fn is_up(&self) -> bool {
        !matches!(
            self.connection.status(),
            Status::Disconnected | Status::LoggingOn | Status::Ended(_)
        )
    }
}

impl Seen {
    fn sees(&mut self, event: &Event<'_>) {
        if let Event::Notice(Notice::LoggedOn { .. }) = event {
            self.logged_on = true;
        } else if let Event::Disconnected(reason) = event {
            self.ended = Some(*reason);
        } else if let Event::StoreFailed(error) = event {
            self.store_failed = Some(error.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use core::pin::pin;
    use core::task::Context;

    use super::*;
    use crate::engine::{ConnectionOptions, MemoryStore};
    use crate::session::{Config, ResendPolicy, Version};
    use crate::wire::SeqNum;

    // EDGE-29: before, the store was loaded by a Logon only, and nothing could be set before.
    #[test]
    fn edge_29_the_numbers_of_a_session_that_nobody_logged_on_to_are_set() {
        let config = Config::acceptor(Version::Fix44, "BROKER", "CLIENT", ResendPolicy::All);
        let config = config.build().expect("valid");
        let connection = Connection::new(config, MemoryStore::new(), ConnectionOptions::new());
        let mut driven = Driven::new(connection.expect("the defaults fit"));
        let (handle, clock) = (driven.driver.handle(), Clock::new());
        let seven = SeqNum::new(7).expect("a number");
        let mut set = pin!(handle.set_seq_nums(seven, SeqNum::MIN));
        let mut cx = Context::from_waker(Waker::noop());
        assert_eq!(set.as_mut().poll(&mut cx), Poll::Pending);
        let _more = driven.rest(Waker::noop(), &clock);
        assert_eq!(set.as_mut().poll(&mut cx), Poll::Ready(Ok(())));
        assert_eq!(driven.connection.seq_nums().next_out, seven);
    }
}
