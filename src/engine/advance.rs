//! The loop that performs every duty, up to the next event.

use super::connection::Connection;
use super::core::Purpose;
use super::lent::{Lent, Place};
use super::options::Acknowledge;
use super::progress::Progress;
use super::store::Store;
use crate::session::{Blocked, Input, Now};
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
    pub fn advance(&mut self, now: Now) -> Progress {
        self.core.now = now;
        self.release();
        let mut ticked = false;
        let progress = loop {
            if self.has_event() {
                break Progress::Events;
            }
            match self.turn(&mut ticked) {
                Turn::Did => {}
                Turn::Waits(progress) => break progress,
            }
        };
        self.core.tick_for_heartbeat();
        if progress != Progress::Events || self.core.is_commit_overdue() {
            self.core.save_next_in();
            self.core.commit();
        }
        if self.has_event() { Progress::Events } else { progress }
    }

    /// The application has handled what it was lent.
    fn release(&mut self) {
        let Some(lent) = self.lent.take_if(|lent| lent.shown) else {
            return;
        };
        if let Some((epoch, seq)) = lent.delivered()
            && self.acknowledge == Acknowledge::OnAdvance
        {
            self.core.inbound.handled(epoch, seq);
        }
        match lent.place {
            Place::Received { end, .. } => self.receive.consume(end),
            Place::Held(seq) => self.held.discard(seq.next()),
        }
    }

    /// Does one thing; when nothing is left, what is due.
    fn turn(&mut self, ticked: &mut bool) -> Turn {
        match self.step() {
            Turn::Did => Turn::Did,
            Turn::Waits(_) if self.closing => {
                self.close();
                Turn::Did
            }
            // Once for each advance: a Tick that comes late does one stage of each ladder.
            Turn::Waits(_) if !*ticked && self.core.tick() => {
                *ticked = true;
                Turn::Did
            }
            Turn::Waits(progress) => Turn::Waits(progress),
        }
    }

    fn step(&mut self) -> Turn {
        if let Some(below) = self.core.discard.take() {
            self.held.discard(below);
        }
        if self.core.failed && !self.core.is_down() && !self.has_ended() {
            // What is not durable must not be sent: the connection ends here (INV-27).
            let _ended = self.core.feed(Input::Disconnect);
            return Turn::Did;
        }
        if let Some(seq) = self.core.recall {
            return self.give_back(seq);
        }
        if self.closing {
            return self.read_rest();
        }
        // Reading goes on while old messages are sent again: two sides that both wait for the
        // other to read would wait for ever.
        let sending = self.core.pump().or_else(|| self.core.number_next());
        match (self.read(), sending) {
            (Turn::Did, _) | (Turn::Waits(_), Some(Blocked::No)) => Turn::Did,
            (Turn::Waits(_), Some(Blocked::Room)) => Turn::Waits(Progress::Full),
            (Turn::Waits(progress), _) => Turn::Waits(progress),
        }
    }

    /// The transport is gone: answers are never sent, so that no message waits for room for them.
    fn read_rest(&mut self) -> Turn {
        let turn = self.read();
        if matches!(turn, Turn::Waits(Progress::Full)) && !self.core.send.is_empty() {
            self.core.drop_unsent();
            return Turn::Did;
        }
        turn
    }

    fn give_back(&mut self, seq: SeqNum) -> Turn {
        let message = self.held.get(seq);
        let input = Input::Held { seq, message };
        let core = &mut self.core;
        let mut handled = core.session.handle(input, core.now, &mut core.send);
        let Ok(actions) = &mut handled else {
            // Whatever it was recalled for is over.
            core.recall = None;
            return Turn::Did;
        };
        if actions.blocked() == Blocked::Room {
            if self.closing && !core.send.is_empty() {
                core.drop_unsent();
                return Turn::Did;
            }
            return Turn::Waits(Progress::Full);
        }
        core.recall = None;
        if let Some((purpose, message)) = core.perform(actions) {
            let lent = Lent::new(purpose, message, Place::Held(seq));
            core.inbound.lend(&lent);
            self.lent = Some(lent);
        }
        Turn::Did
    }

    /// Feeds bytes: one message at most.
    fn read(&mut self) -> Turn {
        let core = &mut self.core;
        let bytes = self.receive.readable();
        if bytes.is_empty() || core.is_down() {
            return Turn::Waits(Progress::Idle);
        }
        let input = Input::Bytes(bytes);
        // By reference: a batch is too large to be moved for every message.
        let mut handled = core.session.handle(input, core.now, &mut core.send);
        let Ok(actions) = &mut handled else {
            // A recall stands in the way, and is answered first.
            return Turn::Waits(Progress::Idle);
        };
        let (consumed, blocked) = (actions.consumed(), actions.blocked());
        let given = core.perform(actions);
        if let Some((Purpose::Hold, message)) = given {
            if let Some(seq) = SeqNum::new(message.msg_seq_num()) {
                // What does not fit is lost, and asked for again when it is its turn.
                let _kept = self.held.hold(seq, message.bytes());
            }
        } else if let Some((purpose, message)) = given {
            let start = consumed.saturating_sub(message.bytes().len());
            let end = consumed;
            let lent = Lent::new(purpose, message, Place::Received { start, end });
            core.inbound.lend(&lent);
            self.lent = Some(lent);
            return Turn::Did;
        }
        self.receive.consume(consumed);
        match blocked {
            Blocked::Room => Turn::Waits(Progress::Full),
            Blocked::Verdict => Turn::Waits(Progress::Verdict),
            Blocked::No if consumed > 0 => Turn::Did,
            Blocked::No => Turn::Waits(Progress::Idle),
        }
    }

    /// All bytes were read: the end of the connection (INV-16).
    fn close(&mut self) {
        self.closing = false;
        if !self.core.is_down() {
            let _closed = self.core.feed(Input::Closed);
        }
        self.receive.clear();
        self.held.clear();
        self.core.forget_connection();
    }
}
