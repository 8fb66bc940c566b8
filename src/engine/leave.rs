//! How a connection is left, how what was lent is released, and how numbers are set in between.

use core::task::Poll;

use super::connection::{Connection, Life};
use super::core::{Asked, Purpose};
use super::delivery::RequestError;
use super::event::Time;
use super::lent::Place;
use super::options::Acknowledge;
use super::proof::Proving;
use super::store::Store;
use super::store_error::StoreError;
use crate::session::{Input, Misuse, Now, Refusal, SeqNums, Session, Status};
use crate::wire::SeqNum;

/// What was left when a connection was abandoned.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use = "its owner wants to know what was left"]
pub struct Abandoned {
    /// Where the session stood.
    pub was: Status,
    /// The numbers from which it goes on: those of another epoch where the end of the connection
    /// has reset them.
    pub numbers: SeqNums,
    /// Notices that nobody took.
    pub missed: u64,
    /// Messages that were delivered and not handled; they come again.
    pub unhandled: usize,
    /// Bytes that were to be sent and had not left.
    pub unsent: usize,
    /// The failure of the store that nobody was told of.
    pub store_failed: Option<StoreError>,
}

impl<S: Store> Connection<S> {
    /// The transport is gone. What it brought is still shown, as [`advance`](Self::advance) comes
    /// to it, then [`Event::Disconnected`](super::Event::Disconnected).
    pub fn closed(&mut self) {
        if self.life == Life::Up {
            self.life = Life::Draining;
            self.core.drop_unsent();
        }
    }

    /// The one way out when nobody looks at the events any more: the transport is gone, nothing
    /// more is read, nothing counts as handled that the application did not release, and the
    /// session is rebuilt so that the peer sends again what was open (INV-04).
    ///
    /// Does no I/O. A commit that runs goes on, and drafts that wait are answered, when the
    /// connection is advanced.
    pub fn abandon(&mut self, now: Now) -> Abandoned {
        let abandoned = Abandoned {
            was: self.status(),
            numbers: self.seq_nums(),
            missed: 0,
            unhandled: self.core.inbound.window.open(),
            unsent: self.core.send.unsent(),
            store_failed: self.core.pending.failure.take(),
        };
        self.lent = None;
        if !self.core.is_down() {
            let _closed = self.core.feed(Input::Closed, now);
        }
        let missed = self.core.pending.forget();
        // The store may have failed just now.
        let store_failed = abandoned.store_failed.or_else(|| self.core.pending.failure.take());
        self.rebuild();
        self.leave();
        Abandoned { numbers: self.seq_nums(), missed, store_failed, ..abandoned }
    }

    /// The session goes on from the lowest number that is not handled.
    pub(super) fn rebuild(&mut self) {
        let numbers = self.core.inbound.numbers(&self.core.session);
        self.core.inbound.window.clear();
        self.core.session.rebuild(numbers);
        self.core.scheduled = None;
    }

    /// The end of every connection: nothing of it is left for the next (INV-16).
    pub(super) fn leave(&mut self) {
        self.receive.wipe();
        self.held.clear();
        self.core.forget_connection();
        self.unread = false;
        self.origin = None;
        self.proving = Proving::No;
        self.waits.forget_transport();
        self.life = Life::Ready;
    }

    /// The application asks for the next event: what it was lent goes.
    pub(super) fn let_go(&mut self, time: Time<'_>) {
        self.core.close_resend_question();
        let Some(lent) = self.lent.take_if(|lent| lent.shown) else {
            return;
        };
        if let Some(id) = lent.id()
            && self.acknowledge == Acknowledge::OnNextEvent
        {
            self.core.inbound.window.handled(id);
        }
        let is_logon = matches!(lent.purpose, Purpose::Authenticate { .. });
        match lent.place {
            Place::Received { end, .. } => {
                if is_logon {
                    self.receive.erase(end);
                }
                self.receive.consume(end);
            }
            Place::Held(seq) => self.held.discard(seq.next()),
        }
        if is_logon {
            self.refuse_if_undecided(time);
        }
    }

    /// A verdict that the application dropped is a refusal.
    fn refuse_if_undecided(&mut self, time: Time<'_>) {
        if let Some(question) = self.core.question
            && question.state == Asked::Open
        {
            // Only a store that failed can be in the way, and that ends the connection.
            let _refused = self.refuse(question.attempt, Refusal::Undecided, time.now());
        }
    }

    /// Sets the numbers of a session that has no transport, as an operator does who has agreed on
    /// them with the peer. They are durable when the answer is `Ok`; call it again while it is
    /// pending.
    ///
    /// Numbers go down in one way only: where one of them is lower than before, a new epoch begins
    /// with them, and messages of the old one are not sent again.
    ///
    /// # Errors
    ///
    /// There is a connection, the store is not open or failed, or the numbers leave none to go on
    /// with. Nothing changed, or the store failed and says what it has when it is opened again.
    pub fn set_seq_nums(
        &mut self,
        next_out: SeqNum,
        next_in: SeqNum,
        now: Now,
    ) -> Poll<Result<(), RequestError>> {
        match self.life() {
            Life::Closed => return Poll::Ready(Err(RequestError::NotOpen)),
            Life::Up | Life::Draining => return Poll::Ready(Err(RequestError::Connected)),
            Life::Ready => {}
        }
        // What was written before is confirmed first: a commit that runs says nothing of what
        // is written meanwhile.
        self.core.commit(now);
        if self.core.commit.is_running() {
            return Poll::Pending;
        }
        let present = self.core.inbound.numbers(&self.core.session);
        let wanted = SeqNums { next_in, next_out, reset_pending: false, ..present };
        if !self.core.failed && present != wanted {
            if let Err(misuse) = self.write_numbers(present, wanted, now) {
                return Poll::Ready(Err(misuse.into()));
            }
            self.core.commit(now);
        }
        if self.core.failed {
            return Poll::Ready(Err(RequestError::StoreFailed));
        }
        if self.core.commit.is_settled() { Poll::Ready(Ok(())) } else { Poll::Pending }
    }

    fn write_numbers(&mut self, present: SeqNums, wanted: SeqNums, now: Now) -> Result<(), Misuse> {
        let max = Session::SEQ_NUM_MAX;
        if wanted.next_out.get() > max || wanted.next_in.get() > max {
            return Err(Misuse::NewSeqNoTooHigh { max });
        }
        let store = &mut self.core.store;
        let lower = wanted.next_out < present.next_out || wanted.next_in < present.next_in;
        let (numbers, written) = if lower {
            let epoch = present.epoch.checked_add(1).ok_or(Misuse::NewSeqNoTooHigh { max })?;
            let begin = SeqNums { epoch, ..wanted };
            (begin, store.reset(begin, now.utc))
        } else {
            let SeqNums { epoch, next_in, next_out, .. } = wanted;
            let written = store
                .set_next_out(epoch, next_out)
                .and_then(|()| store.set_next_in(epoch, next_in, false));
            (wanted, written)
        };
        match written {
            Ok(()) => {
                if lower {
                    self.core.created = Some(now.utc);
                }
                self.wrote(numbers);
            }
            Err(error) => self.core.fail(error),
        }
        Ok(())
    }

    /// The session goes on with these numbers, which the store was given.
    pub(super) fn wrote(&mut self, numbers: SeqNums) {
        self.core.inbound.window.clear();
        self.core.inbound.saved(numbers);
        self.core.session.rebuild(numbers);
        self.core.commit.wrote_numbers();
    }
}
