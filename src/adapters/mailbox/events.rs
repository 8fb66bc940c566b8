//! The events of a session that something else drives.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::future::poll_fn;
use core::task::{Context, Poll};
use core::time::Duration;

use super::ask::Ask;
use super::batch::{Batch, Entry};
use super::block_on::block_on;
use super::handle::{Handle, Stopped};
use super::queue::{Queue, Readers};
use super::responder::Responder;
use crate::adapters::clock::Clock;
use crate::engine::{Acknowledge, Event, MessageId, Reply, Resend, Time, Verdict};

/// How many messages may be handled before the driver is told.
const HANDLED_MAX: usize = 32;

/// What happens on the line that something else drives, in order.
///
/// A message counts as handled when the application asks for the next event, or, with
/// [`Acknowledge::Explicitly`], when it says so by its id: exactly that one. While the application
/// takes no events the line stops reading; its Heartbeats go on, and the peer is not called silent.
///
/// Dropped, the line ends: a Logout is sent, nothing more is read, and what was not handled comes
/// again. An application that wants no messages says [`discard`](Self::discard).
pub struct Events {
    queue: Arc<Queue>,
    reading: Batch,
    at: usize,
    /// The message that the application holds.
    before: Option<MessageId>,
    /// What the driver was not told of.
    handled: Vec<MessageId>,
    acknowledge: Acknowledge,
    responder: Responder,
    /// What the application said about the old message that it was shown.
    resend: Option<Resend>,
    clock: Clock,
    discards: bool,
}

impl Events {
    pub(super) fn new(
        queue: Arc<Queue>,
        handle: Handle,
        acknowledge: Acknowledge,
        clock: Clock,
    ) -> Self {
        Self {
            queue,
            reading: Batch::default(),
            at: 0,
            before: None,
            handled: Vec::with_capacity(HANDLED_MAX),
            acknowledge,
            responder: Responder::new(handle),
            resend: None,
            clock,
            discards: false,
        }
    }

    /// The next event; `None` behind the last one, when the line is over: that of an acceptor ends
    /// with its connection, that of an initiator when it is driven no more.
    ///
    /// Asking says that the message before is handled. May be dropped at any time: no event is
    /// lost.
    pub async fn next(&mut self) -> Option<Event<'_>> {
        self.let_go();
        poll_fn(|cx| self.poll_more(cx)).await;
        self.take()
    }

    /// The same for threads; `Ok(None)` when nothing happens for so long.
    ///
    /// # Errors
    ///
    /// Nobody drives the session any more, and all events were taken.
    pub fn wait_next(&mut self, patience: Duration) -> Result<Option<Event<'_>>, Stopped> {
        self.let_go();
        if block_on(poll_fn(|cx| self.poll_more(cx)), patience).is_none() {
            return Ok(None);
        }
        if self.at >= self.reading.len()
            && let Some(reason) = self.queue.lock().over
        {
            return Err(Stopped(reason));
        }
        Ok(self.take())
    }

    /// Exactly this message is handled.
    pub fn handled(&self, id: MessageId) {
        self.responder.handle.handled(id);
    }

    /// Who says from now on that a message is handled.
    pub fn set_acknowledge(&mut self, acknowledge: Acknowledge) {
        self.acknowledge = acknowledge;
    }

    /// Works on the session from elsewhere.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.responder.handle.clone()
    }

    /// The application wants no messages: all of them count as handled, unseen, and a Logon that
    /// comes in is refused. The line goes on.
    pub fn discard(mut self) {
        self.let_go();
        self.discards = true;
    }

    /// What the application held, it holds no more.
    fn let_go(&mut self) {
        self.responder.close();
        if let Some(decision) = self.resend.take()
            && decision != Resend::Later
        {
            // Where the driver is gone, nothing is left to send again.
            let _gone = self.responder.handle.tell(Ask::Resend(decision));
        }
        let before = self.at.checked_sub(1);
        if let Some(before) = before {
            self.reading.erase(before);
        }
        if let Some(id) = self.before.take()
            && self.acknowledge == Acknowledge::OnNextEvent
        {
            self.handled.push(id);
            if self.handled.len() >= HANDLED_MAX || self.queue.wants_handled() {
                self.tell_handled();
            }
        }
    }

    fn tell_handled(&mut self) {
        let mut queue = self.queue.lock();
        if queue.over.is_none() {
            queue.handled.append(&mut self.handled);
            queue.wake_driver();
            return;
        }
        drop(queue);
        // The line is over: it is for the session to know.
        let mut state = self.responder.handle.mailbox.lock();
        state.handled.append(&mut self.handled);
        state.wake_driver();
    }

    fn poll_more(&mut self, cx: &Context<'_>) -> Poll<()> {
        if self.at < self.reading.len() {
            return Poll::Ready(());
        }
        if !self.handled.is_empty() {
            self.tell_handled();
        }
        let mut queue = self.queue.lock();
        let queue = &mut *queue;
        if queue.filling.is_empty() {
            if queue.over.is_some() {
                return Poll::Ready(());
            }
            queue.wakes.keep(&mut queue.reader, cx.waker());
            return Poll::Pending;
        }
        self.reading.clear();
        self.at = 0;
        core::mem::swap(&mut self.reading, &mut queue.filling);
        if core::mem::take(&mut queue.wants_room) {
            queue.wake_driver();
        }
        Poll::Ready(())
    }

    fn take(&mut self) -> Option<Event<'_>> {
        let entry = self.reading.get(self.at)?;
        self.at = self.at.saturating_add(1);
        let time = Time::By(&self.clock);
        Some(match entry {
            Entry::Message { id, epoch, facts, place } => {
                self.before = *id;
                let message = self.reading.message(*facts, place)?;
                let reply = Reply::new(&mut self.responder, message, time);
                Event::Message { id: *id, epoch: *epoch, message, reply }
            }
            Entry::Authenticate { attempt, facts, place, from } => {
                self.responder.undecided = Some(*attempt);
                let logon = self.reading.message(*facts, place)?;
                let verdict = Verdict::new(&mut self.responder, *attempt, time);
                Event::Authenticate { logon, from: from.as_ref(), verdict }
            }
            Entry::Resend { facts, place } => {
                let message = self.reading.message(*facts, place)?;
                let decision = self.resend.insert(Resend::Again);
                Event::Resend { message, decision }
            }
            Entry::Sign { attempt, seq, sending_time } => {
                Event::Sign { attempt: *attempt, seq: *seq, sending_time: *sending_time }
            }
            Entry::Sent { ticket, result } => Event::Sent { ticket: *ticket, result: *result },
            Entry::Notice(notice) => Event::Notice(*notice),
            Entry::Missed(missed) => Event::Missed(*missed),
            Entry::StoreFailed(error) => Event::StoreFailed(error.clone()),
            Entry::Connecting { address } => Event::Connecting { address: Arc::clone(address) },
            Entry::ConnectFailed { address, error, again_at } => Event::ConnectFailed {
                address: Arc::clone(address),
                error: Arc::clone(error),
                again_at: *again_at,
            },
            Entry::Connected { address } => Event::Connected { address: Arc::clone(address) },
            Entry::NeedsOperator { reason, advice } => {
                Event::NeedsOperator { reason: *reason, advice }
            }
            Entry::Disconnected(reason) => Event::Disconnected(*reason),
        })
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        // What the application holds is not handled by this.
        self.tell_handled();
        let mut queue = self.queue.lock();
        queue.readers = if self.discards { Readers::Discards } else { Readers::Dropped };
        let unseen = core::mem::take(&mut queue.filling);
        let reader = queue.reader.take();
        queue.wakes.forget(reader);
        let over = queue.over.is_some();
        if !over && self.discards {
            let unwanted = self.reading.unhandled_from(self.at).chain(unseen.unhandled_from(0));
            queue.handled.extend(unwanted);
        }
        queue.wake_driver();
        drop(queue);
        if over {
            self.give_up(&unseen);
        }
    }
}

impl Events {
    /// Nobody will handle what is left of a line that is over: it comes again.
    fn give_up(&self, unseen: &Batch) {
        let held = self.before.filter(|_| self.acknowledge == Acknowledge::OnNextEvent);
        let mut state = self.responder.handle.mailbox.lock();
        let left = held.into_iter().chain(self.reading.unhandled_from(self.at));
        for id in left.chain(unseen.unhandled_from(0)) {
            if self.discards {
                state.handled.push(id);
            } else {
                state.given_up.push(id);
            }
        }
        state.wake_driver();
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").finish_non_exhaustive()
    }
}
