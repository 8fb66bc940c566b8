//! Everything that sending needs: session, send buffer, store and outbox.
//!
//! Apart from the buffers in which a lent message stands, so that the application can send while
//! it holds one. No time is remembered here: it is an argument of everything that needs it.

use alloc::vec::Vec;
use core::task::{Poll, Waker};

use super::commit::Commit;
use super::delivery::RequestError;
use super::draft::Draft;
use super::event::{Attempt, Resend};
use super::inbound::Inbound;
use super::options::Sizes;
use super::outbox::Outbox;
use super::pending::{Pending, Sign};
use super::store::Store;
use super::store_error::StoreError;
use crate::session::{
    Action, Actions, Blocked, Input, Instant, Keep, Misuse, Now, Reason, Sent, SeqNums, Session,
    Status,
};
use crate::wire::{Message, SendBuffer, SeqNum, UtcTime};

pub(super) struct Core<S: Store> {
    pub(super) session: Session,
    /// When the epoch began.
    pub(super) created: Option<UtcTime>,
    pub(super) send: SendBuffer,
    pub(super) store: S,
    /// Whom the store wakes; without one it answers at once.
    pub(super) waker: Option<Waker>,
    pub(super) outbox: Outbox,
    pub(super) pending: Pending,
    pub(super) commit: Commit,
    pub(super) inbound: Inbound,
    /// The store was loaded, and is not to be read again.
    pub(super) loaded: bool,
    /// It was loaded before, and may have more to keep.
    was_loaded: bool,
    /// The store failed: nothing is sent or kept before it was loaded again.
    pub(super) failed: bool,
    /// Why the engine ends this connection, where the session cannot know.
    pub(super) verdict: Option<Reason>,
    /// This side asked for the end of this connection, or of the last one.
    pub(super) logout_asked: bool,
    /// A Logon that is refused is refused without a word.
    pub(super) refuses_silently: bool,
    /// When the session last asked to be woken. Its deadline may have moved on since, never
    /// back: looking at this is all that most advances need.
    pub(super) scheduled: Option<Instant>,
    /// The Logon that the application was asked about.
    pub(super) question: Option<Question>,
    /// The held message to be given back.
    pub(super) recall: Option<SeqNum>,
    /// Held messages below this number are to be forgotten.
    pub(super) discard: Option<SeqNum>,
    /// What the peer wants again.
    pub(super) fetch: Option<Fetch>,
    /// The message that the application is asked about before it is sent again.
    pub(super) asked: Vec<u8>,
    /// For answers that are put together here.
    pub(super) scratch: Draft,
}

/// The state of the question whether to welcome a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) attempt: Attempt,
    pub(super) state: Asked,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// The application holds it, or is about to be shown it.
    Open,
    /// It will decide, later.
    Later,
}

/// An answer to a ResendRequest under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fetch {
    pub(super) id: u32,
    /// The lowest number that was not fed yet; `None` when all were.
    pub(super) from: Option<SeqNum>,
    pub(super) to: SeqNum,
    /// What the application says about the message that is next, under
    /// [`ResendPolicy::Ask`](crate::session::ResendPolicy::Ask).
    pub(super) decision: Decision,
}

/// The state of the question whether a message may be sent again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Decision {
    #[default]
    None,
    /// The application has not seen it; a copy stands in [`Core::asked`].
    Unseen(SeqNum),
    /// It has, and this is its decision so far; it stands when the next event is asked for.
    Seen(SeqNum, Resend),
    /// It has decided.
    Made(SeqNum, Resend),
}

/// What the one message of a batch of actions is for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    Hold,
    Authenticate { attempt: Attempt },
    Deliver { epoch: u32, counted: bool },
}

impl<S: Store> Core<S> {
    pub(super) fn new(session: Session, sizes: &Sizes, store: S) -> Self {
        let inbound = Inbound::new(&session, sizes.unhandled_max);
        Self {
            session,
            created: None,
            send: SendBuffer::with_capacity(sizes.send),
            store,
            waker: None,
            outbox: Outbox::new(sizes.outbox),
            pending: Pending::new(),
            commit: Commit::default(),
            inbound,
            loaded: false,
            was_loaded: false,
            failed: false,
            verdict: None,
            logout_asked: false,
            refuses_silently: false,
            scheduled: None,
            question: None,
            recall: None,
            discard: None,
            fetch: None,
            asked: Vec::new(),
            scratch: Draft::default(),
        }
    }

    /// Performs the duties of one step, in order, and gives back the message among them, which
    /// stands in a buffer of the caller.
    pub(super) fn perform<'b>(
        &mut self,
        actions: &mut Actions<'b>,
        now: Now,
    ) -> Option<(Purpose, Message<'b>)> {
        let mut given = None;
        for action in actions {
            match action {
                Action::Reset { epoch, pending } => self.reset(epoch, pending, now),
                Action::Send(sent) => self.keep(sent),
                Action::Fetch { id, from, to } => {
                    let from = Some(from);
                    self.fetch = Some(Fetch { id, from, to, decision: Decision::None });
                }
                Action::Authenticate { attempt, logon } => {
                    let attempt = Attempt(attempt);
                    self.question = Some(Question { attempt, state: Asked::Open });
                    given = Some((Purpose::Authenticate { attempt }, logon));
                }
                Action::Sign { attempt, seq, sending_time } => {
                    let attempt = Attempt(attempt);
                    self.pending.sign = Some(Sign { attempt, seq, sending_time });
                }
                Action::Hold(message) => given = Some((Purpose::Hold, message)),
                Action::Recall(seq) => self.recall = Some(seq),
                Action::Discard { below } => self.discard = self.discard.max(Some(below)),
                Action::Notify(notice) => self.pending.notify(notice),
                Action::Schedule(deadline) => self.scheduled = Some(deadline.at),
                Action::Deliver { epoch, message, counted } => {
                    given = Some((Purpose::Deliver { epoch, counted }, message));
                }
                Action::Disconnect(reason) => {
                    self.question = None;
                    let reason = self.verdict.take().unwrap_or(reason);
                    self.pending.disconnected = Some(reason);
                }
            }
        }
        given
    }

    /// Feeds an input that brings no message with it.
    pub(super) fn feed(&mut self, input: Input<'_>, now: Now) -> Result<Blocked, Misuse> {
        let mut actions = self.session.handle(input, now, &mut self.send)?;
        let blocked = actions.blocked();
        // Only bytes and held messages give one.
        let _none = self.perform(&mut actions, now);
        Ok(blocked)
    }

    /// Ends the connection without a word, for a reason that the session cannot know.
    pub(super) fn end(&mut self, reason: Reason, now: Now) {
        self.verdict = Some(reason);
        let _ended = self.feed(Input::Disconnect, now);
        self.verdict = None;
    }

    /// What the application asks of the session.
    pub(super) fn request(&mut self, input: Input<'_>, now: Now) -> Result<(), RequestError> {
        if self.failed {
            return Err(RequestError::StoreFailed);
        }
        if !self.loaded {
            return Err(RequestError::NotOpen);
        }
        match self.feed(input, now)? {
            Blocked::No | Blocked::Verdict => Ok(()),
            Blocked::Room => Err(RequestError::NoRoom),
        }
    }

    /// The one place where this side asks for the end of the session.
    pub(super) fn logout(&mut self, text: &str, now: Now) -> Result<(), RequestError> {
        self.request(Input::Logout { text }, now)?;
        self.logout_asked = true;
        Ok(())
    }

    /// Decides about the Logon in question; the question is open until the session takes the
    /// answer.
    pub(super) fn decide(
        &mut self,
        attempt: Attempt,
        input: Input<'_>,
        now: Now,
    ) -> Result<(), RequestError> {
        if self.question.is_none_or(|question| question.attempt != attempt) {
            return Err(RequestError::Over);
        }
        self.request(input, now)?;
        self.question = None;
        Ok(())
    }

    /// Feeds a Tick when one may be due, and says whether it did. `behind_since` says that bytes
    /// of the peer wait unread: then it is not given up for its silence.
    #[inline]
    pub(super) fn tick(&mut self, behind_since: Option<UtcTime>, now: Now) -> bool {
        let due = self.scheduled.is_some_and(|at| at <= now.monotonic) && !self.failed;
        if due {
            // Neither is ever misuse or blocks, and both are harmless when early.
            if let Some(since) = behind_since {
                let _never = self.feed(Input::Behind { since }, now);
            }
            let _never = self.feed(Input::Tick, now);
            self.scheduled = self.session.deadline().map(|deadline| deadline.at);
        }
        due
    }

    /// Does what the store has to do before a message may be flushed (INV-04).
    #[inline]
    pub(super) fn keep(&mut self, sent: Sent) {
        // Behind a write that failed none may follow.
        if !self.failed {
            let written = match sent.keep {
                Keep::Nothing => return,
                Keep::Number => self.store.set_next_out(sent.epoch, sent.seq.next()),
                Keep::Message => {
                    let bytes = self.send.bytes(sent.span);
                    self.store.append(sent.epoch, sent.seq, bytes)
                }
            };
            match written {
                Ok(()) => self.commit.wrote(sent),
                Err(error) => self.fail(error),
            }
        }
        if !sent.flush {
            self.send.discard(sent.span);
        }
    }

    fn reset(&mut self, epoch: u32, pending: bool, now: Now) {
        self.fetch = None;
        if self.failed {
            return;
        }
        let begin = SeqNums { epoch, reset_pending: pending, ..SeqNums::FRESH };
        match self.store.reset(begin, now.utc) {
            Ok(()) => {
                self.commit.wrote_reset();
                self.created = Some(now.utc);
                self.inbound.saved(begin);
            }
            Err(error) => self.fail(error),
        }
    }

    /// Makes durable what waits for it. One commit covers everything since the last one.
    pub(super) fn commit(&mut self, now: Now) {
        while !self.failed {
            if !self.commit.is_running() {
                if !self.commit.is_due(now.monotonic) {
                    return;
                }
                self.save_next_in(now);
                self.commit.begin();
            }
            if self.sync().is_pending() {
                return;
            }
        }
    }

    /// Asks about the commit that runs.
    fn sync(&mut self) -> Poll<()> {
        match self.store.sync(self.waker.as_ref()) {
            Poll::Ready(Ok(())) => self.commit.complete(&mut self.send),
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Err(error)) => self.fail(error),
        }
        Poll::Ready(())
    }

    /// Makes everything durable that is known, before the store is read again.
    pub(super) fn finish_commits(&mut self) -> Poll<()> {
        if let Some(unsaved) = self.inbound.unsaved(&self.session).filter(|_| !self.failed) {
            self.commit.wrote_numbers();
            self.write_next_in(unsaved);
        }
        if self.commit.save_at().is_some() {
            self.commit.wrote_numbers();
        }
        while !self.failed && !self.commit.is_settled() {
            if !self.commit.is_running() {
                self.commit.begin();
            }
            if self.sync().is_pending() {
                return Poll::Pending;
            }
        }
        Poll::Ready(())
    }

    /// Tells the store which incoming number comes next, when that has changed.
    #[inline]
    pub(super) fn save_next_in(&mut self, now: Now) {
        let Some(unsaved) = self.inbound.unsaved(&self.session) else {
            return;
        };
        if self.failed {
            return;
        }
        self.write_next_in(unsaved);
        if !self.failed {
            self.commit.wrote_next_in(now.monotonic);
        }
    }

    fn write_next_in(&mut self, unsaved: SeqNums) {
        let SeqNums { epoch, next_in, reset_pending, .. } = unsaved;
        match self.store.set_next_in(epoch, next_in, reset_pending) {
            Ok(()) => self.inbound.saved(unsaved),
            Err(error) => self.fail(error),
        }
    }

    /// The store failed: nothing more is sent (INV-27).
    pub(super) fn fail(&mut self, error: StoreError) {
        self.failed = true;
        self.commit.fail();
        // One that nobody was told of before the store was loaded again says nothing any more.
        self.pending.failure = Some(error);
    }

    /// Goes on from what the store has.
    pub(super) fn load(&mut self) -> Poll<Result<(), StoreError>> {
        if self.was_loaded && self.finish_commits().is_pending() {
            return Poll::Pending;
        }
        let saved = match self.store.load(self.waker.as_ref()) {
            Poll::Ready(Ok(saved)) => saved,
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Pending => return Poll::Pending,
        };
        self.created = saved.created;
        self.session.reload(saved.numbers);
        self.inbound.renew(&self.session);
        self.commit.renew(self.session.generation());
        // A reset that failed between two transports still bars the way out.
        self.drop_unsent();
        self.scheduled = None;
        self.loaded = true;
        self.was_loaded = true;
        self.failed = false;
        Poll::Ready(Ok(()))
    }

    /// Tells a new store when its first epoch began.
    pub(super) fn begin_first_epoch(&mut self, now: Now) -> Result<(), StoreError> {
        let numbers = self.session.seq_nums();
        if numbers == SeqNums::FRESH && self.created.is_none() {
            let begun = self.store.reset(numbers, now.utc);
            if begun.is_err() {
                // The caller is told, and nobody else.
                self.failed = true;
                self.commit.fail();
            }
            begun?;
            self.created = Some(now.utc);
        }
        Ok(())
    }

    /// Drops what will never leave, the transport being gone.
    pub(super) fn drop_unsent(&mut self) {
        self.send.clear();
        self.commit.forget_resets();
        self.fetch = None;
    }

    /// Forgets what belongs to the connection that ended (INV-16). The store is read again where
    /// another machine may use it meanwhile.
    pub(super) fn forget_connection(&mut self) {
        self.loaded &= !self.session.config().refresh_on_logon();
        self.drop_unsent();
        self.recall = None;
        self.discard = None;
        self.question = None;
        self.verdict = None;
        self.pending.sign = None;
    }

    pub(super) fn is_down(&self) -> bool {
        self.session.status() == Status::Disconnected
    }
}
