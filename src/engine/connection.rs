//! A session with everything that it needs but a transport and a clock.

use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;

use super::core::{Core, Purpose, Question};
use super::draft::Draft;
use super::error::{ConnectError, OpenError, Refused, RequestError};
use super::event::{Event, Outcome, Verdict};
use super::hold::HoldBuffer;
use super::lent::Lent;
use super::options::{Acknowledge, ConnectionOptions};
use super::outbox::Ticket;
use super::reply::Reply;
use super::store::Store;
use crate::session::{
    Composer, Config, Deadline, Header, Input, Instant, Now, Refusal, Sent, SeqNums, Session,
    Status,
};
use crate::wire::{Fields, ReceiveBuffer, SeqNum, UtcTime};

/// How often a commit in the background is asked about.
const COMMIT_POLL_INTERVAL: Duration = Duration::from_millis(1);

/// A [`Session`] with its buffers, its held messages, its outbox and its [`Store`]: performs every
/// duty of a session, and still does no I/O.
///
/// A driver moves bytes and time, in this loop:
///
/// 1. [`advance`](Self::advance), and take every [`event`](Self::event), until it says
///    [`Progress::Idle`](super::Progress::Idle) (or one of the reasons to wait);
/// 2. send what [`flushable`](Self::flushable) gives, and say so with [`flushed`](Self::flushed);
/// 3. wait for bytes or for [`wake_at`](Self::wake_at); put bytes into
///    [`spare`](Self::spare) and say so with [`filled`](Self::filled).
///
/// A message that an event lends leaves its buffer with the next `advance`, which is also how the
/// application says that it has handled it.
pub struct Connection<S: Store> {
    pub(super) core: Core<S>,
    pub(super) receive: ReceiveBuffer,
    pub(super) held: HoldBuffer,
    pub(super) lent: Option<Lent>,
    /// The transport is gone, and the session has not been told.
    pub(super) closing: bool,
    /// The application has logged out.
    logout_asked: bool,
    pub(super) acknowledge: Acknowledge,
}

impl<S: Store> Connection<S> {
    /// A connection without a transport; its session goes on from what the store has.
    ///
    /// # Errors
    ///
    /// Buffers that are too small for the session's messages, or a store that cannot be loaded.
    pub fn open(
        config: impl Into<Arc<Config>>,
        mut store: S,
        options: ConnectionOptions,
    ) -> Result<Self, OpenError<S::Error>> {
        let config = config.into();
        let sizes = options.check(&config)?;
        let saved = store.load().map_err(OpenError::Store)?;
        let session = Session::new(config, saved.numbers);
        Ok(Self {
            core: Core::new(session, saved, &sizes, store),
            receive: ReceiveBuffer::with_capacity(sizes.receive),
            held: HoldBuffer::new(sizes.held_messages, sizes.held),
            lent: None,
            closing: false,
            logout_asked: false,
            acknowledge: sizes.acknowledge,
        })
    }

    /// The transport is up. `logon` are further fields for our Logon of this attempt.
    ///
    /// # Errors
    ///
    /// The former connection is not over, the fields cannot be on a Logon, or the store failed
    /// before and cannot be loaded again.
    pub fn connected(&mut self, now: Now, logon: Fields<'_>) -> Result<(), ConnectError<S::Error>> {
        if !self.core.is_down() || self.has_event() || !self.core.outbox.is_empty() {
            return Err(ConnectError::NotOver);
        }
        if self.core.failed {
            self.core.reload().map_err(ConnectError::Store)?;
        }
        self.core.now = now;
        self.core.begin_first_epoch().map_err(ConnectError::Store)?;
        self.core.feed(Input::Connected { logon })?;
        self.logout_asked = false;
        Ok(())
    }

    /// The transport is gone. The session is told with the next [`advance`](Self::advance), after
    /// all bytes that were read.
    pub fn closed(&mut self) {
        self.closing = true;
        self.core.drop_unsent();
    }

    /// Room for bytes of the peer; say with [`filled`](Self::filled) how much was used. Empty while
    /// bytes wait for a verdict or for room.
    pub fn spare(&mut self) -> &mut [u8] {
        // A lent message must not move.
        if self.lent.is_some() { &mut [] } else { self.receive.spare() }
    }

    /// [`spare`](Self::spare) and [`flushable`](Self::flushable) at once, for drivers that read and
    /// write at the same time.
    pub fn buffers(&mut self) -> (&mut [u8], &[u8]) {
        let spare = if self.lent.is_some() { &mut [] } else { self.receive.spare() };
        let flushable = if self.core.failed { &[] } else { self.core.send.flushable() };
        (spare, flushable)
    }

    /// So many bytes of the peer were put into [`spare`](Self::spare).
    pub fn filled(&mut self, count: usize) {
        self.receive.filled(count);
    }

    /// The bytes that may be sent now.
    pub fn flushable(&self) -> &[u8] {
        if self.core.failed { &[] } else { self.core.send.flushable() }
    }

    /// So many bytes of [`flushable`](Self::flushable) were sent.
    pub fn flushed(&mut self, count: usize) {
        self.core.send.flushed(count);
    }

    /// When to advance even though nothing has happened: at the session's
    /// [`deadline`](Self::deadline), or soon when the store commits in the background.
    pub fn wake_at(&self) -> Option<Instant> {
        let poll = self.core.now.monotonic.after(COMMIT_POLL_INTERVAL);
        let poll = self.is_committing().then_some(poll);
        self.deadline().map(|deadline| deadline.at).into_iter().chain(poll).min()
    }

    /// When the session must be woken, and for what.
    pub fn deadline(&self) -> Option<Deadline> {
        self.core.session.deadline()
    }

    /// Whether the transport is to be closed, and nothing is left to send before.
    pub fn wants_close(&self) -> bool {
        self.has_ended() && (self.core.failed || self.core.send.is_empty())
    }

    /// Whether the store commits in the background: [`advance`](Self::advance) soon, to see whether
    /// it is done. Until then less is flushable than there is.
    pub const fn is_committing(&self) -> bool {
        self.core.commit.is_running()
    }

    /// Whether the session has ended this connection: send what can be sent soon, then close.
    pub fn has_ended(&self) -> bool {
        matches!(self.core.session.status(), Status::Ended(_))
    }

    /// Whether [`event`](Self::event) has something.
    pub fn has_event(&self) -> bool {
        let question = self.core.fetch.map(|fetch| fetch.question);
        !self.core.pending.is_empty()
            || self.lent.is_some_and(|lent| !lent.shown)
            || matches!(question, Some(Question::Unseen(_)))
    }

    /// The next thing that the application must see, in the order in which things happened.
    pub fn event(&mut self) -> Option<Event<'_, S>> {
        let pending = &mut self.core.pending;
        if let Some(notice) = pending.next_notice() {
            return Some(Event::Notice(notice));
        }
        if let Some(sign) = pending.sign.take() {
            let super::pending::Sign { attempt, seq, sending_time } = sign;
            return Some(Event::Sign { attempt, seq, sending_time });
        }
        if let Some((ticket, result)) = pending.numbered.take() {
            return Some(Event::Numbered { ticket, result });
        }
        if let Some(error) = pending.failure.take() {
            return Some(Event::StoreFailed(error));
        }
        if self.lent.is_some_and(|lent| !lent.shown) {
            return self.lend();
        }
        if let Some(Question::Unseen(seq)) = self.core.fetch.map(|fetch| fetch.question) {
            return self.core.ask_whether_to_resend(seq);
        }
        self.core.pending.disconnected.take().map(Event::Disconnected)
    }

    /// What [`Event::Numbered`] would say, for drivers that keep track of the tickets that `wanted`
    /// knows.
    pub fn take_numbered(
        &mut self,
        wanted: impl FnOnce(Ticket) -> bool,
    ) -> Option<(Ticket, Result<Sent, Refused>)> {
        self.core.pending.numbered.take_if(|(ticket, _)| wanted(*ticket))
    }

    fn lend(&mut self) -> Option<Event<'_, S>> {
        let lent = self.lent.as_mut()?;
        lent.shown = true;
        let message = lent.view(&self.receive, &self.held)?;
        let core = &mut self.core;
        Some(match lent.purpose {
            Purpose::Authenticate { attempt } => {
                Event::Authenticate { logon: message, verdict: Verdict { core, attempt } }
            }
            Purpose::Deliver { epoch } => {
                Event::Message { epoch, message, reply: Reply { core, to: message } }
            }
            Purpose::Hold => return None,
        })
    }

    /// Sends a message; while old ones are being sent again, it waits in the outbox.
    ///
    /// # Errors
    ///
    /// The message is not sent and has no number.
    pub fn send(&mut self, draft: &Draft, now: Now) -> Result<Outcome, Refused> {
        self.core.now = now;
        self.core.send(draft)
    }

    /// Sends a message that `write` puts in its final place: a copy less than
    /// [`send`](Self::send), but nothing waits in the outbox.
    ///
    /// # Errors
    ///
    /// The message is not sent and has no number.
    pub fn compose(
        &mut self,
        header: &Header<'_>,
        now: Now,
        write: impl FnOnce(&mut Composer<'_>),
    ) -> Result<Sent, Refused> {
        self.core.now = now;
        self.core.compose(header, write)
    }

    /// Asks the store to make durable what waits for it; [`advance`](Self::advance) does the same.
    pub fn commit(&mut self) {
        self.core.commit();
    }

    /// Whether a message that was sent is durable; then the peer gets it, now or after the next
    /// Logon.
    pub fn is_durable(&self, sent: Sent) -> bool {
        self.core.commit.covers(sent)
    }

    /// The verdict on a Logon that was shown earlier: welcome. `logon` are further fields for our
    /// answer.
    ///
    /// # Errors
    ///
    /// Fields that a Logon must not have; the question stays open.
    pub fn accept(&mut self, attempt: u32, logon: Fields<'_>) -> Result<(), RequestError> {
        self.core.request(Input::Accept { attempt, logon })
    }

    /// The verdict on a Logon that was shown earlier: go away.
    ///
    /// # Errors
    ///
    /// The store failed.
    pub fn refuse(&mut self, attempt: u32, refusal: Refusal<'_>) -> Result<(), RequestError> {
        self.core.request(Input::Refuse { attempt, refusal })
    }

    /// The last fields of our Logon, as [`Event::Sign`] asked.
    ///
    /// # Errors
    ///
    /// Fields that a Logon must not have; the question stays open.
    pub fn sign(&mut self, attempt: u32, logon: Fields<'_>) -> Result<(), RequestError> {
        self.core.request(Input::Signed { attempt, logon })
    }

    /// Ends the session in order; `text` says why, when it is not empty.
    ///
    /// # Errors
    ///
    /// There is no connection, or its numbers are being reset.
    pub fn logout(&mut self, text: &str) -> Result<(), RequestError> {
        self.core.request(Input::Logout { text })?;
        self.logout_asked = true;
        Ok(())
    }

    /// Whether this side asked for the end of this connection, or of the last one, with
    /// [`logout`](Self::logout): whatever ended it then, an initiator is not to connect again by
    /// itself ([`Reconnect::stop`](super::Reconnect::stop)).
    pub const fn logout_asked(&self) -> bool {
        self.logout_asked
    }

    /// What an operator asks for: a TestRequest, a reset, a SequenceReset, messages again, an end
    /// without words.
    ///
    /// # Errors
    ///
    /// The session cannot do it now.
    pub fn operate(&mut self, request: Operation) -> Result<(), RequestError> {
        self.core.request(match request {
            Operation::TestRequest => Input::TestRequest,
            Operation::ResetSeqNums => Input::ResetSeqNums,
            Operation::SequenceReset { new } => Input::SequenceReset { new },
            Operation::ResendRequest { from, to } => Input::ResendRequest { from, to },
            Operation::Disconnect => Input::Disconnect,
        })
    }

    /// The application has handled every message up to this one, under
    /// [`Acknowledge::Explicitly`].
    pub fn handled(&mut self, epoch: u32, seq: SeqNum) {
        self.core.inbound.handled(epoch, seq);
    }

    /// Sets the numbers of a session that has no transport, as an operator does who has agreed on
    /// them with the peer; the epoch goes on. They are durable with the next commit.
    ///
    /// # Errors
    ///
    /// The former connection is not over, or the store failed; then the numbers are those that
    /// it has.
    pub fn set_seq_nums(
        &mut self,
        next_out: SeqNum,
        next_in: SeqNum,
    ) -> Result<(), ConnectError<S::Error>> {
        if !self.core.is_down() || self.has_event() {
            return Err(ConnectError::NotOver);
        }
        let epoch = self.seq_nums().epoch;
        let store = &mut self.core.store;
        let written = store
            .set_next_out(epoch, next_out)
            .and_then(|()| store.set_next_in(epoch, next_in, false));
        let loaded = self.core.reload();
        written.and(loaded).map_err(ConnectError::Store)
    }

    /// Where the session stands.
    pub fn status(&self) -> Status {
        self.core.session.status()
    }

    /// The session's numbers.
    pub const fn seq_nums(&self) -> SeqNums {
        self.core.session.seq_nums()
    }

    /// The session's configuration.
    pub const fn config(&self) -> &Arc<Config> {
        self.core.session.config()
    }

    /// When the epoch of the numbers began; `None` before the first connection.
    pub const fn created(&self) -> Option<UtcTime> {
        self.core.created
    }

    /// The store.
    pub const fn store(&self) -> &S {
        &self.core.store
    }

    /// The store, for what is not the connection's business: its own settings and statistics. A
    /// session does not notice what is written past it.
    pub const fn store_mut(&mut self) -> &mut S {
        &mut self.core.store
    }

    /// Gives the store back.
    pub fn into_store(self) -> S {
        self.core.store
    }

    /// How many notices were dropped because nobody took them.
    pub const fn missed_notices(&self) -> u64 {
        self.core.pending.missed
    }
}

/// What an operator may ask of an established session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// Ask the peer for a Heartbeat now.
    TestRequest,
    /// Restart both numbers at 1 in session (S-RESET-03).
    ResetSeqNums,
    /// Go on with this number (S-RST-07).
    SequenceReset {
        /// The next number that will be sent.
        new: SeqNum,
    },
    /// Ask for messages again (S-RR-10).
    ResendRequest {
        /// The first number.
        from: SeqNum,
        /// The last number.
        to: SeqNum,
    },
    /// Drop the connection without a Logout.
    Disconnect,
}

impl<S: Store> fmt::Debug for Connection<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("status", &self.status())
            .field("seq_nums", &self.seq_nums())
            .finish_non_exhaustive()
    }
}
