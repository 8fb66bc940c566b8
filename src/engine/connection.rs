//! A session with everything that it needs but a transport and a clock.

use alloc::sync::Arc;
use core::fmt;
use core::task::{Poll, Waker};

use super::core::{Core, Purpose};
use super::error::ConnectError;
use super::event::{Event, MessageId, Time, TimeSource};
use super::hold::HoldBuffer;
use super::lent::Lent;
use super::options::{Acknowledge, ConnectionOptions, OptionsError};
use super::origin::Origin;
use super::proof::Proving;
use super::reply::{Reply, Verdict};
use super::store::Store;
use super::store_error::StoreError;
use super::waits::Waits;
use crate::session::{Config, Input, Now, SeqNums, Session, Status};
use crate::wire::{Fields, ReceiveBuffer, SeqNum, UtcTime};

/// A [`Session`] with its buffers, its held messages, its outbox and its [`Store`]: performs every
/// duty of a session, and still does no I/O but that of its store.
///
/// A driver moves bytes and time:
///
/// 1. [`open`](Self::open), which loads the store; then dial, or accept;
/// 2. [`connected`](Self::connected) when the transport is up; then, until it is gone:
///    - [`advance`](Self::advance), and take every [`event`](Self::event), until it says anything
///      but [`Progress::Events`](super::Progress::Events);
///    - send what [`flushable`](Self::flushable) gives, and say so with [`flushed`](Self::flushed);
///    - wait for bytes or for [`wake_at`](Self::wake_at); put bytes into [`spare`](Self::spare) and
///      say so with [`filled`](Self::filled);
/// 3. [`closed`](Self::closed) when the transport is gone, and advance until nothing is left; or
///    [`abandon`](Self::abandon) when nobody looks at the events any more.
///
/// A message that an event lends stands until the next call of `event`, which is also how the
/// application says that it has handled it.
pub struct Connection<S: Store> {
    pub(super) core: Core<S>,
    pub(super) receive: ReceiveBuffer,
    pub(super) held: HoldBuffer,
    pub(super) lent: Option<Lent>,
    /// As far as the transport goes; [`life`](Self::life) says the rest.
    pub(super) life: Life,
    /// Bytes of the peer could not be read for want of room to answer.
    pub(super) unread: bool,
    pub(super) acknowledge: Acknowledge,
    pub(super) origin: Option<Origin>,
    pub(super) proving: Proving,
    pub(super) waits: Waits,
    #[cfg(feature = "schedule")]
    pub(super) hours: Option<super::hours::Hours>,
}

/// Where a connection is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a driver must know what it may do")]
pub enum Life {
    /// The store is not loaded, or failed since.
    Closed,
    /// Loaded, without a transport.
    Ready,
    /// With a transport.
    Up,
    /// The transport is gone, and what it brought is still being shown.
    Draining,
}

/// How a connection is entered.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "every driver makes one")]
pub struct Entry<'a> {
    /// Who is at the other end, where the driver knows.
    pub from: Option<&'a Origin>,
    /// What was received before it was known for which session it is.
    pub first_bytes: &'a [u8],
    /// Further fields for our Logon of this attempt.
    pub logon: Fields<'a>,
    /// A Logon that is refused is refused without a Logout, whatever the verdict says: whoever
    /// guesses must not use up our numbers ([`Hearing::Silent`](super::Hearing::Silent)).
    pub refuses_silently: bool,
}

impl Entry<'_> {
    /// Nothing is known, nothing was received.
    pub const PLAIN: Self =
        Self { from: None, first_bytes: &[], logon: Fields::EMPTY, refuses_silently: false };
}

impl<S: Store> Connection<S> {
    /// A connection that is closed. Does no I/O.
    ///
    /// # Errors
    ///
    /// Buffers that are too small for the session's messages.
    pub fn new(
        config: impl Into<Arc<Config>>,
        store: S,
        options: ConnectionOptions,
    ) -> Result<Self, OptionsError> {
        let config = config.into();
        let sizes = options.check(&config)?;
        let session = Session::new(config, SeqNums::FRESH);
        Ok(Self {
            core: Core::new(session, &sizes, store),
            receive: ReceiveBuffer::with_capacity(sizes.receive),
            held: HoldBuffer::new(sizes.held_messages, sizes.held),
            lent: None,
            life: Life::Ready,
            unread: false,
            acknowledge: sizes.acknowledge,
            origin: None,
            proving: Proving::No,
            waits: Waits::default(),
            #[cfg(feature = "schedule")]
            hours: None,
        })
    }

    /// Loads the store, so that the session goes on from what that has. To be called before a
    /// transport is made, first and after each failure of the store; harmless otherwise.
    ///
    /// # Errors
    ///
    /// The store cannot be loaded; the next call tries again.
    pub fn open(&mut self) -> Poll<Result<(), StoreError>> {
        if self.life() != Life::Closed {
            return Poll::Ready(Ok(()));
        }
        self.core.load()
    }

    /// Whom the store wakes when it has an answer. Without a waker, as in the beginning, the store
    /// answers at once, and blocks the thread for it if need be.
    pub fn wake_with(&mut self, waker: Option<&Waker>) {
        match (&mut self.core.waker, waker) {
            (Some(old), Some(new)) => old.clone_from(new),
            (old, new) => *old = new.cloned(),
        }
    }

    /// The transport is up: the one way into a connection, with empty buffers but for the bytes of
    /// this transport.
    ///
    /// # Errors
    ///
    /// The store is not open, the former connection is not over, or the fields cannot be on a
    /// Logon. The hours of an initiator are over.
    pub fn connected(&mut self, now: Now, entry: Entry<'_>) -> Result<(), ConnectError> {
        match self.life() {
            Life::Closed => return Err(ConnectError::NotOpen),
            Life::Up | Life::Draining => return Err(ConnectError::NotOver),
            Life::Ready => {}
        }
        if self.has_event() || self.lent.is_some() || !self.core.outbox.is_empty() {
            return Err(ConnectError::NotOver);
        }
        let (bytes, capacity) = (entry.first_bytes.len(), self.receive.capacity());
        if bytes > capacity {
            return Err(ConnectError::TooLong { bytes, capacity });
        }
        #[cfg(feature = "schedule")]
        self.enter_by_hours(now)?;
        self.core.begin_first_epoch(now).map_err(ConnectError::Store)?;
        if self.core.inbound.window.has_given_up() {
            // Since the last connection ended nobody will handle it any more: it is asked for.
            self.rebuild();
        }
        self.core.feed(Input::Connected { logon: entry.logon }, now)?;
        self.receive.clear();
        if let Some(spare) = self.receive.spare().get_mut(..bytes) {
            spare.copy_from_slice(entry.first_bytes);
            self.receive.filled(bytes);
        }
        self.origin = entry.from.cloned();
        self.core.logout_asked = false;
        self.core.refuses_silently = entry.refuses_silently;
        self.life = Life::Up;
        Ok(())
    }

    /// Room for bytes of the peer; say with [`filled`](Self::filled) how much was used. Empty while
    /// the application holds a message, and while bytes wait for a verdict or for room.
    pub fn spare(&mut self) -> &mut [u8] {
        // A lent message must not move.
        if self.lent.is_some() || self.life != Life::Up { &mut [] } else { self.receive.spare() }
    }

    /// [`spare`](Self::spare) and [`flushable`](Self::flushable) at once, for drivers that read and
    /// write at the same time.
    pub fn buffers(&mut self) -> (&mut [u8], &[u8]) {
        let closed = self.lent.is_some() || self.life != Life::Up;
        let spare = if closed { &mut [] } else { self.receive.spare() };
        let flushable = if self.core.failed { &[] } else { self.core.send.flushable() };
        (spare, flushable)
    }

    /// So many bytes of the peer were put into [`spare`](Self::spare). Without a transport there
    /// are none: a driver that says so all the same is not believed, since it would make old bytes
    /// come again.
    pub fn filled(&mut self, count: usize) {
        if count > 0 && self.life == Life::Up {
            self.proved();
            self.receive.filled(count);
        }
    }

    /// The bytes that may be sent now.
    pub fn flushable(&self) -> &[u8] {
        if self.core.failed { &[] } else { self.core.send.flushable() }
    }

    /// So many bytes of [`flushable`](Self::flushable) were sent.
    pub fn flushed(&mut self, count: usize) {
        if count > 0 {
            self.waits.peer_took_bytes();
        }
        self.core.send.flushed(count);
    }

    /// Whether the transport is to be closed, and nothing is left to send before.
    pub fn wants_close(&self) -> bool {
        self.has_ended() && (self.core.failed || self.core.send.is_empty())
    }

    /// Whether nothing is left to send.
    pub fn has_sent_everything(&self) -> bool {
        self.core.send.is_empty()
    }

    /// Whether the session has ended this connection: send what can be sent soon, then close.
    pub fn has_ended(&self) -> bool {
        matches!(self.core.session.status(), Status::Ended(_))
    }

    /// Whether [`event`](Self::event) has something.
    #[inline]
    pub fn has_event(&self) -> bool {
        self.peek().is_some()
    }

    /// How many bytes of a message the next event lends, without taking it; `None` when there is
    /// no event.
    #[inline]
    pub fn peek(&self) -> Option<usize> {
        if self.core.pending.has_next() {
            return Some(0);
        }
        if let Some(lent) = self.lent.filter(|lent| !lent.shown) {
            return Some(lent.len());
        }
        if self.core.has_resend_question() {
            return Some(self.core.asked.len());
        }
        self.core.pending.disconnected.map(|_| 0)
    }

    /// The next thing that the application must see, in the order in which things happened.
    ///
    /// This is the application's own call: unless it acknowledges
    /// [`Explicitly`](Acknowledge::Explicitly) it says that the message before is handled, also
    /// when nothing more is there. Answers are given at the time `now`.
    #[inline]
    pub fn event(&mut self, now: Now) -> Option<Event<'_>> {
        self.take(Time::At(now))
    }

    /// The same for drivers with a clock: each answer is given at the time that it has then.
    #[inline]
    pub fn event_by<'a>(&'a mut self, clock: &'a dyn TimeSource) -> Option<Event<'a>> {
        self.take(Time::By(clock))
    }

    #[inline]
    fn take<'a>(&'a mut self, time: Time<'a>) -> Option<Event<'a>> {
        self.let_go(time);
        if let Some(event) = self.core.pending.next() {
            return Some(event);
        }
        if self.lent.is_some_and(|lent| !lent.shown) {
            return self.show(time);
        }
        if self.core.has_resend_question() {
            return self.core.ask_whether_to_resend();
        }
        self.core.pending.disconnected.take().map(Event::Disconnected)
    }

    /// The first half of [`event`](Self::event), for drivers that have to wait for the second: the
    /// application asks for the next event, which says that the message before is handled.
    pub fn release(&mut self, now: Now) {
        self.let_go(Time::At(now));
    }

    #[inline]
    fn show<'a>(&'a mut self, time: Time<'a>) -> Option<Event<'a>> {
        let lent = self.lent.as_mut()?;
        lent.shown = true;
        let message = lent.view(&self.receive, &self.held)?;
        let core = &mut self.core;
        Some(match lent.purpose {
            Purpose::Authenticate { attempt } => Event::Authenticate {
                logon: message,
                from: self.origin.as_ref(),
                verdict: Verdict::new(core, attempt, time),
            },
            Purpose::Deliver { epoch, .. } => {
                let (id, reply) = (lent.id(), Reply::new(core, message, time));
                Event::Message { id, epoch, message, reply }
            }
            Purpose::Hold => return None,
        })
    }

    /// Exactly this message is handled; false when it was not open. A message that was not shown yet
    /// is not open, whatever was said of it before a connection ended: it is shown first.
    pub fn handled(&mut self, id: MessageId) -> bool {
        self.next_to_show() != Some(id) && self.core.inbound.window.handled(id)
    }

    /// Every message of the epoch up to this one is handled, as far as it was shown.
    pub fn handled_up_to(&mut self, mut id: MessageId) {
        if let Some(next) = self.next_to_show().filter(|next| next.epoch == id.epoch) {
            let Some(shown) = SeqNum::new(next.seq.get().saturating_sub(1)) else { return };
            id.seq = id.seq.min(shown);
        }
        self.core.inbound.window.handled_up_to(id);
    }

    /// The message of the next event, which the application has not seen.
    fn next_to_show(&self) -> Option<MessageId> {
        self.lent.filter(|lent| !lent.shown)?.id()
    }

    /// Whoever was lent this message will not handle it: the session goes on, and the message comes
    /// again after the next Logon.
    pub fn give_up(&mut self, id: MessageId) {
        self.core.inbound.window.give_up(id);
    }

    /// Makes everything durable that is known, numbers that nobody waits for included.
    pub fn settle(&mut self) -> Poll<()> {
        self.core.finish_commits()
    }

    /// Who says that a message is handled.
    pub const fn acknowledge(&self) -> Acknowledge {
        self.acknowledge
    }

    /// Who says from now on that a message is handled.
    pub const fn set_acknowledge(&mut self, acknowledge: Acknowledge) {
        self.acknowledge = acknowledge;
    }

    /// Where the connection is in its life.
    pub const fn life(&self) -> Life {
        // A store may fail whenever it is asked, also between two transports.
        let is_closed = self.core.failed || !self.core.loaded;
        if is_closed && matches!(self.life, Life::Ready) { Life::Closed } else { self.life }
    }

    /// Where the session stands.
    pub fn status(&self) -> Status {
        self.core.session.status()
    }

    /// The session's numbers.
    pub const fn seq_nums(&self) -> SeqNums {
        self.core.session.seq_nums()
    }

    /// The incoming number that may be saved: the application has released everything below it.
    pub fn next_in_released(&self) -> SeqNum {
        self.core.inbound.numbers(&self.core.session).next_in
    }

    /// The session's configuration.
    pub const fn config(&self) -> &Arc<Config> {
        self.core.session.config()
    }

    /// When the epoch of the numbers began; `None` before the first connection.
    pub const fn created(&self) -> Option<UtcTime> {
        self.core.created
    }

    /// Whether everything that was sent is durable, and nobody waits for the store.
    pub const fn is_settled(&self) -> bool {
        self.core.commit.is_settled()
    }

    /// Whether the store has failed since it was loaded.
    pub const fn has_failed(&self) -> bool {
        self.core.failed
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
}

impl<S: Store> fmt::Debug for Connection<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("life", &self.life())
            .field("status", &self.status())
            .field("seq_nums", &self.seq_nums())
            .finish_non_exhaustive()
    }
}
