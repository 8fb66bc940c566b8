//! Everything that sending needs: session, send buffer, store and outbox.
//!
//! Apart from the buffers in which a lent message stands, so that the application can send while
//! it holds one.

use core::time::Duration;

use super::commit::Commit;
use super::draft::Draft;
use super::error::{Refused, RequestError};
use super::event::Outcome;
use super::inbound::Inbound;
use super::options::Sizes;
use super::outbox::Outbox;
use super::pending::{Pending, Sign};
use super::store::{Saved, Store, Synced};
use crate::session::{
    Action, Actions, Blocked, Composer, Header, Input, Instant, Keep, Misuse, Now, Reason,
    SendError, Sent, SeqNums, Session, Status, Timer,
};
use crate::wire::{Fields, Message, SendBuffer, SeqNum, UtcTime};

/// For how long messages that are answered in a row may share one commit: a store on a disk takes
/// longer than that for each.
const SHARED_COMMIT_AGE_MAX: Duration = Duration::from_millis(1);

pub(super) struct Core<S: Store> {
    pub(super) session: Session,
    /// When the epoch began.
    pub(super) created: Option<UtcTime>,
    pub(super) send: SendBuffer,
    pub(super) store: S,
    pub(super) outbox: Outbox,
    pub(super) now: Now,
    pub(super) pending: Pending<S::Error>,
    pub(super) commit: Commit,
    pub(super) inbound: Inbound,
    /// The store failed: nothing is sent or kept before it was loaded again.
    pub(super) failed: bool,
    /// When the session last asked to be woken. Its deadline may have moved on since, never
    /// back: looking at this is all that most advances need.
    scheduled: Option<Instant>,
    /// The held message to be given back.
    pub(super) recall: Option<SeqNum>,
    /// Held messages below this number are to be forgotten.
    pub(super) discard: Option<SeqNum>,
    /// What the peer wants again.
    pub(super) fetch: Option<Fetch>,
    /// For answers that are put together here.
    scratch: Draft,
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
    pub(super) question: Question,
}

/// The state of the question whether a message may be sent again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Question {
    #[default]
    None,
    /// The application has not seen it.
    Unseen(SeqNum),
    /// It has, and this is its decision.
    Seen(SeqNum, super::event::Resend),
}

/// What the one message of a batch of actions is for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    Hold,
    Authenticate { attempt: u32 },
    Deliver { epoch: u32 },
}

impl<S: Store> Core<S> {
    pub(super) fn new(session: Session, saved: Saved, sizes: &Sizes, store: S) -> Self {
        let inbound = Inbound::new(&session);
        Self {
            session,
            created: saved.created,
            send: SendBuffer::with_capacity(sizes.send),
            store,
            outbox: Outbox::new(sizes.outbox),
            now: Now::default(),
            pending: Pending::new(),
            commit: Commit::default(),
            inbound,
            failed: false,
            scheduled: None,
            recall: None,
            discard: None,
            fetch: None,
            scratch: Draft::default(),
        }
    }

    /// Performs the duties of one step, in order, and gives back the message among them, which
    /// stands in a buffer of the caller.
    pub(super) fn perform<'b>(
        &mut self,
        actions: &mut Actions<'b>,
    ) -> Option<(Purpose, Message<'b>)> {
        let mut given = None;
        for action in actions {
            match action {
                Action::Reset { epoch, pending } => self.reset(epoch, pending),
                Action::Send(sent) => self.keep(sent),
                Action::Fetch { id, from, to } => {
                    self.fetch = Some(Fetch { id, from: Some(from), to, question: Question::None });
                }
                Action::Authenticate { attempt, logon } => {
                    given = Some((Purpose::Authenticate { attempt }, logon));
                }
                Action::Sign { attempt, seq, sending_time } => {
                    self.pending.sign = Some(Sign { attempt, seq, sending_time });
                }
                Action::Hold(message) => given = Some((Purpose::Hold, message)),
                Action::Recall(seq) => self.recall = Some(seq),
                Action::Discard { below } => self.discard = self.discard.max(Some(below)),
                Action::Notify(notice) => self.pending.notify(notice),
                Action::Schedule(deadline) => self.scheduled = Some(deadline.at),
                Action::Deliver { epoch, message } => {
                    given = Some((Purpose::Deliver { epoch }, message));
                }
                Action::Disconnect(reason) => {
                    let reason = if self.failed { Reason::StoreFailed } else { reason };
                    self.pending.disconnected = Some(reason);
                }
            }
        }
        given
    }

    /// Feeds an input that brings no message with it.
    pub(super) fn feed(&mut self, input: Input<'_>) -> Result<Blocked, Misuse> {
        let mut actions = self.session.handle(input, self.now, &mut self.send)?;
        let blocked = actions.blocked();
        // Only bytes and held messages give one.
        let _none = self.perform(&mut actions);
        Ok(blocked)
    }

    /// What the application asks of the session.
    pub(super) fn request(&mut self, input: Input<'_>) -> Result<(), RequestError> {
        if self.failed {
            return Err(RequestError::StoreFailed);
        }
        match self.feed(input)? {
            Blocked::No | Blocked::Verdict => Ok(()),
            Blocked::Room => Err(RequestError::NoRoom),
        }
    }

    /// Numbers and writes a draft, or puts it into the outbox when it has to wait (S-RSND-02).
    pub(super) fn send(&mut self, draft: &Draft) -> Result<Outcome, Refused> {
        if self.failed {
            return Err(Refused::StoreFailed);
        }
        let bad_field = |error| Refused::Session(SendError::BadField(error));
        let (header, body) = (draft.header().map_err(bad_field)?, draft.body().map_err(bad_field)?);
        // What waits goes first.
        if self.outbox.is_empty() {
            match compose(&mut self.session, &mut self.send, self.now, &header, body) {
                Ok(sent) => {
                    self.keep(sent);
                    return Ok(Outcome::Sent(sent));
                }
                Err(SendError::Replaying | SendError::NoRoom) => {}
                Err(error) => return Err(Refused::Session(error)),
            }
        }
        self.outbox.push(draft).map(Outcome::Queued)
    }

    /// Lets the caller write a message in its final place.
    pub(super) fn compose(
        &mut self,
        header: &Header<'_>,
        write: impl FnOnce(&mut Composer<'_>),
    ) -> Result<Sent, Refused> {
        if self.failed {
            return Err(Refused::StoreFailed);
        }
        if !self.outbox.is_empty() {
            return Err(Refused::Session(SendError::Replaying));
        }
        let mut composer = self.session.compose(header, self.now, &mut self.send)?;
        write(&mut composer);
        let sent = composer.finish()?;
        self.keep(sent);
        Ok(sent)
    }

    /// Sends a message that `write` puts together here.
    pub(super) fn send_scratch(
        &mut self,
        msg_type: &str,
        write: impl FnOnce(&mut Draft),
    ) -> Result<Outcome, Refused> {
        let mut draft = core::mem::take(&mut self.scratch);
        draft.clear(msg_type);
        write(&mut draft);
        let outcome = self.send(&draft);
        self.scratch = draft;
        outcome
    }

    /// Numbers the draft that has waited longest, or says why it will not be sent. `None` when
    /// there is none, or it has to wait until old messages are repeated or the numbers reset.
    pub(super) fn number_next(&mut self) -> Option<Blocked> {
        let (ticket, header, body) = self.outbox.front()?;
        let result = if self.failed {
            Err(Refused::StoreFailed)
        } else {
            match compose(&mut self.session, &mut self.send, self.now, &header, body) {
                Err(SendError::NoRoom) => return Some(Blocked::Room),
                Err(SendError::Replaying | SendError::Resetting) => return None,
                Ok(sent) => Ok(sent),
                Err(error) => Err(Refused::Session(error)),
            }
        };
        self.outbox.pop();
        if let Ok(sent) = result {
            self.keep(sent);
        }
        self.pending.numbered = Some((ticket, result));
        Some(Blocked::No)
    }

    /// Feeds a Tick when one may be due, and says whether it did.
    #[inline]
    pub(super) fn tick(&mut self) -> bool {
        let due = self.scheduled.is_some_and(|at| at <= self.now.monotonic) && !self.failed;
        if due {
            // A Tick is never misuse, never blocks, and is harmless when early.
            let _never = self.feed(Input::Tick);
            self.scheduled = self.session.deadline().map(|deadline| deadline.at);
        }
        due
    }

    /// Feeds a Tick when a Heartbeat is due: the one timer that must not wait until an application
    /// has worked through what was received.
    #[inline]
    pub(super) fn tick_for_heartbeat(&mut self) {
        if self.scheduled.is_some_and(|at| at <= self.now.monotonic)
            && let Some(deadline) = self.session.deadline()
            && deadline.timer == Timer::Heartbeat
        {
            self.tick();
        }
    }

    /// Does what the store has to do before a message may be flushed (INV-04).
    #[inline]
    fn keep(&mut self, sent: Sent) {
        // Behind a write that failed none may follow.
        if self.failed {
            return;
        }
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
        if !sent.flush {
            self.send.discard(sent.span);
        }
    }

    fn reset(&mut self, epoch: u32, pending: bool) {
        self.fetch = None;
        if self.failed {
            return;
        }
        match self.store.reset(epoch, pending, self.now.utc) {
            Ok(()) => {
                self.commit.wrote_reset();
                self.created = Some(self.now.utc);
                self.inbound.saved(epoch, SeqNum::MIN, pending);
            }
            Err(error) => self.fail(error),
        }
    }

    /// Whether a commit must not be put off any more, although more may come to share it.
    pub(super) fn is_commit_overdue(&mut self) -> bool {
        let now = self.now.monotonic;
        self.commit.is_running()
            || (self.commit.is_due() && self.commit.age(now) >= SHARED_COMMIT_AGE_MAX)
    }

    /// Makes durable what waits for it. One commit covers everything since the last one.
    pub(super) fn commit(&mut self) {
        while !self.failed {
            if !self.commit.is_running() {
                if !self.commit.is_due() {
                    return;
                }
                self.save_next_in();
                self.commit.begin();
            }
            match self.store.sync() {
                Ok(Synced::Now) => self.commit.complete(&mut self.send),
                Ok(Synced::Later) => return,
                Err(error) => self.fail(error),
            }
        }
    }

    /// Tells the store which incoming number comes next, when that has changed.
    #[inline]
    pub(super) fn save_next_in(&mut self) {
        let Some((epoch, next_in, reset_pending)) = self.inbound.unsaved(&self.session) else {
            return;
        };
        if self.failed {
            return;
        }
        match self.store.set_next_in(epoch, next_in, reset_pending) {
            Ok(()) => self.inbound.saved(epoch, next_in, reset_pending),
            Err(error) => self.fail(error),
        }
    }

    /// The store failed: nothing more is sent (INV-27).
    pub(super) fn fail(&mut self, error: S::Error) {
        self.failed = true;
        self.commit.fail();
        self.pending.failure.get_or_insert(error);
    }

    /// Goes on from what the store has.
    pub(super) fn reload(&mut self) -> Result<(), S::Error> {
        let saved = self.store.load()?;
        let config = self.session.config().clone();
        self.session = Session::new(config, saved.numbers);
        self.created = saved.created;
        self.inbound = Inbound::new(&self.session);
        self.failed = false;
        self.scheduled = None;
        Ok(())
    }

    /// Tells a new store when its first epoch began.
    pub(super) fn begin_first_epoch(&mut self) -> Result<(), S::Error> {
        let numbers = self.session.seq_nums();
        if numbers == SeqNums::FRESH && self.created.is_none() {
            let utc = self.now.utc;
            self.store.reset(numbers.epoch, false, utc)?;
            self.created = Some(utc);
        }
        Ok(())
    }

    /// Drops what will never leave, the transport being gone.
    pub(super) fn drop_unsent(&mut self) {
        self.send.clear();
        self.commit.forget_resets();
        self.fetch = None;
    }

    /// Forgets what belongs to the connection that ended (INV-16).
    pub(super) fn forget_connection(&mut self) {
        self.drop_unsent();
        self.recall = None;
        self.discard = None;
        self.pending.sign = None;
    }

    pub(super) fn is_down(&self) -> bool {
        self.session.status() == Status::Disconnected
    }
}

fn compose(
    session: &mut Session,
    send: &mut SendBuffer,
    now: Now,
    header: &Header<'_>,
    body: Fields<'_>,
) -> Result<Sent, SendError> {
    let mut composer = session.compose(header, now, send)?;
    composer.fields(body);
    composer.finish()
}
