//! The loop that performs every duty, up to the next event.

use super::connection::{Connection, Life};
use super::core::Purpose;
use super::lent::{Lent, Place};
use super::progress::Progress;
use super::pump::Pumped;
use super::store::Store;
use crate::session::{Blocked, Input, Now, Reason};
use crate::wire::SeqNum;

/// What one turn of an advance came to.
enum Turn {
    /// Something was done; there may be more.
    Did,
    /// Nothing is left to do, for this reason.
    Waits(Progress),
}

impl<S: Store> Connection<S> {
    /// Does everything that can be done, up to the first event that the application must see.
    ///
    /// While the application holds a message nothing is read, and everything else goes on. Nothing
    /// counts as handled by this: only [`event`](Self::event), called again, and
    /// [`handled`](Self::handled) say so.
    pub fn advance(&mut self, now: Now) -> Progress {
        self.end_if_peer_does_not_read(now);
        #[cfg(feature = "schedule")]
        self.keep_hours(now);
        let mut ticked = false;
        self.send_on(now);
        let progress = loop {
            if self.has_event() {
                break Progress::Events;
            }
            match self.turn(now, &mut ticked) {
                Turn::Did => {}
                Turn::Waits(progress) => break progress,
            }
        };
        if progress == Progress::Events {
            // Heartbeats do not wait until an application has worked through what was received.
            self.core.tick(Some(self.behind_since(now)), now);
        }
        if progress != Progress::Events || self.core.commit.is_overdue(now.monotonic) {
            self.core.save_next_in(now);
            self.core.commit(now);
        }
        self.note_what_it_waits_for(now);
        if self.has_event() { Progress::Events } else { progress }
    }

    /// While a message waits for an application that is behind, what is to be sent goes on: the
    /// application may be waiting for just that.
    fn send_on(&mut self, now: Now) {
        while self.life == Life::Up && self.lent.is_some_and(|lent| !lent.shown) {
            if self.core.pending.has_next() || self.core.failed {
                return;
            }
            match self.core.pump(now) {
                Pumped::Fed => {}
                Pumped::Full | Pumped::Reads => return,
                Pumped::Nothing => {
                    if self.core.number_next(now) != Some(Blocked::No) {
                        return;
                    }
                }
            }
        }
    }

    /// Takes what was received up to the next event, and no timer: whether there is one. For
    /// drivers that read the transport before anybody is given up for silence.
    pub fn read_on(&mut self, now: Now) -> bool {
        loop {
            if self.has_event() {
                return true;
            }
            if let Turn::Waits(_) = self.step(now) {
                return self.has_event();
            }
        }
    }

    /// Does one thing; when nothing is left, what is due.
    fn turn(&mut self, now: Now, ticked: &mut bool) -> Turn {
        match self.step(now) {
            Turn::Did => Turn::Did,
            Turn::Waits(_) if self.life == Life::Draining && self.lent.is_none() => {
                self.close(now);
                Turn::Did
            }
            // Once for each advance: a Tick that comes late does one stage of each ladder.
            Turn::Waits(_) if !*ticked && self.tick(now) => {
                *ticked = true;
                Turn::Did
            }
            Turn::Waits(progress) => Turn::Waits(progress),
        }
    }

    fn tick(&mut self, now: Now) -> bool {
        let behind_since = self.is_behind().then(|| self.behind_since(now));
        self.core.tick(behind_since, now)
    }

    fn step(&mut self, now: Now) -> Turn {
        if let Some(below) = self.core.discard.take() {
            self.held.discard(below);
        }
        if self.core.failed && !self.core.is_down() && !self.has_ended() {
            // What is not durable must not be sent: the connection ends here (INV-27).
            self.core.end(Reason::StoreFailed, now);
            return Turn::Did;
        }
        if self.life == Life::Draining {
            return self.read_rest(now);
        }
        // Reading goes on while old messages are sent again: two sides that both wait for the
        // other to read would wait for ever.
        let mut sending = self.core.pump(now);
        if sending == Pumped::Nothing {
            sending = match self.core.number_next(now) {
                Some(Blocked::Room) => Pumped::Full,
                Some(Blocked::No | Blocked::Verdict) => Pumped::Fed,
                None => Pumped::Nothing,
            };
        }
        match (self.take_in(now), sending) {
            (Turn::Did, _) | (Turn::Waits(_), Pumped::Fed) => Turn::Did,
            (Turn::Waits(_), Pumped::Full) => Turn::Waits(Progress::SendFull),
            (Turn::Waits(_), Pumped::Reads) => Turn::Waits(Progress::Store),
            (Turn::Waits(progress), Pumped::Nothing) => Turn::Waits(progress),
        }
    }

    /// The next message of the peer, held or received. One at a time is lent.
    fn take_in(&mut self, now: Now) -> Turn {
        if self.lent.is_some() {
            return Turn::Waits(Progress::Lent);
        }
        if self.window_is_full() {
            return Turn::Waits(Progress::WindowFull);
        }
        match self.core.recall {
            Some(seq) => self.give_back(seq, now),
            None => self.read(now),
        }
    }

    /// The transport is gone: answers are never sent, so that no message waits for room for them.
    /// What the window has no place for is dropped: it was not counted, and will be asked for.
    fn read_rest(&mut self, now: Now) -> Turn {
        let turn = self.take_in(now);
        match turn {
            Turn::Waits(Progress::SendFull) if !self.core.send.is_empty() => {
                self.core.drop_unsent();
                Turn::Did
            }
            Turn::Did | Turn::Waits(_) => turn,
        }
    }

    fn give_back(&mut self, seq: SeqNum, now: Now) -> Turn {
        let message = self.held.get(seq);
        let input = Input::Held { seq, message };
        let core = &mut self.core;
        let mut handled = core.session.handle(input, now, &mut core.send);
        let Ok(actions) = &mut handled else {
            // Whatever it was recalled for is over.
            core.recall = None;
            return Turn::Did;
        };
        if actions.blocked() == Blocked::Room {
            self.unread = true;
            return Turn::Waits(Progress::SendFull);
        }
        core.recall = None;
        if let Some((purpose, message)) = core.perform(actions, now) {
            let lent = Lent::new(purpose, message, Place::Held(seq));
            self.lend(lent);
        }
        Turn::Did
    }

    /// Feeds bytes: one message at most.
    fn read(&mut self, now: Now) -> Turn {
        self.unread = false;
        if self.receive.readable().is_empty() || self.core.is_down() {
            return Turn::Waits(Progress::Idle);
        }
        self.note_late_reading(now);
        let core = &mut self.core;
        let input = Input::Bytes(self.receive.readable());
        // By reference: a batch is too large to be moved for every message.
        let mut handled = core.session.handle(input, now, &mut core.send);
        let Ok(actions) = &mut handled else {
            // A recall stands in the way, and is answered first.
            return Turn::Waits(Progress::Idle);
        };
        let (consumed, blocked) = (actions.consumed(), actions.blocked());
        let given = core.perform(actions, now);
        if let Some((Purpose::Hold, message)) = given {
            if let Some(seq) = SeqNum::new(message.msg_seq_num()) {
                // What does not fit is lost, and asked for again when it is its turn.
                let _kept = self.held.hold(seq, message.bytes());
            }
        } else if let Some((purpose, message)) = given {
            #[cfg(feature = "schedule")]
            if let Purpose::Authenticate { attempt } = purpose
                && let Some(refusal) = self.outside_hours()
            {
                return self.turn_away(attempt, refusal, consumed, now);
            }
            let start = consumed.saturating_sub(message.bytes().len());
            let end = consumed;
            let lent = Lent::new(purpose, message, Place::Received { start, end });
            self.lend(lent);
            return Turn::Did;
        }
        self.receive.consume(consumed);
        match blocked {
            Blocked::Room => {
                self.unread = true;
                Turn::Waits(Progress::SendFull)
            }
            Blocked::Verdict => Turn::Waits(Progress::Verdict),
            Blocked::No if consumed > 0 => Turn::Did,
            Blocked::No => Turn::Waits(Progress::Idle),
        }
    }

    /// A Logon comes to nothing of which the application is not asked.
    #[cfg(feature = "schedule")]
    fn turn_away(
        &mut self,
        attempt: super::event::Attempt,
        refusal: crate::session::Refusal<'_>,
        consumed: usize,
        now: Now,
    ) -> Turn {
        // Only a store that failed can be in the way, and that ends the connection.
        let _refused = self.refuse(attempt, refusal, now);
        self.receive.erase(consumed);
        self.receive.consume(consumed);
        Turn::Did
    }

    fn lend(&mut self, lent: Lent) {
        if let Some(id) = lent.id() {
            self.core.inbound.window.lend(id);
        }
        self.lent = Some(lent);
    }

    /// All bytes were read: the end of the connection (INV-16).
    fn close(&mut self, now: Now) {
        if !self.core.is_down() {
            let _closed = self.core.feed(Input::Closed, now);
        }
        if self.core.inbound.window.has_given_up() {
            self.rebuild();
        }
        // Nobody may come for a while who makes the number durable.
        self.core.save_next_in(now);
        if self.core.commit.save_at().is_some() {
            self.core.commit.wrote_numbers();
        }
        self.leave();
    }
}
