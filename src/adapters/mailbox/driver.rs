//! The driver's side of a mailbox: what it takes out, what it puts in.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::task::Poll;
use core::time::Duration;

use super::ask::Ask;
use super::batch::{Batch, Entry};
use super::events::Events;
use super::handle::Handle;
use super::queue::{Ended, Queue, Readers};
use super::slots::{Answer, Key, Stage};
use super::state::{LineStatus, Mailbox};
use crate::adapters::clock::Clock;
use crate::engine::{
    Acknowledge, Connection, Delivery, Draft, Event, Fate, MessageId, RequestError, Store, Ticket,
};
use crate::session::{Config, Instant, Now, Reason, Sent};
use crate::wire::SeqNum;

/// For how long the driver may not know what the application has handled.
const HANDLED_AGE_MAX: Duration = Duration::from_secs(1);

/// Whoever has it drives the session. Dropped, it says that nobody does any more.
pub(in crate::adapters) struct Driver {
    pub(super) mailbox: Arc<Mailbox>,
    /// Events that were not handed over yet.
    pub(super) mine: Batch,
    pub(super) taken: Vec<(Key, Draft, Option<Ask>)>,
    /// Have a number, and are not known to be durable; oldest first.
    pub(super) numbered: VecDeque<(Key, Sent)>,
    /// Wait in the connection's outbox; `None` once they were taken back, and their senders told.
    pub(super) queued: BTreeMap<Ticket, Option<Key>>,
    /// Wait until numbers are durable.
    pub(super) setting: VecDeque<(Key, SeqNum, SeqNum)>,
    /// Over, and not posted.
    pub(super) answers: Vec<(Key, Answer)>,
    pub(super) duties: VecDeque<Duty>,
    /// Wait for the end of the line.
    pub(super) shutdowns: Vec<Key>,
    /// Where the events of the line go that is driven.
    pub(super) queue: Option<Arc<Queue>>,
    pub(super) readers: Option<Readers>,
    pub(super) more: bool,
    /// There was more than fits among the events that are handed over next.
    full: bool,
    /// When the application last said what it has handled.
    pub(super) handled_at: Option<Instant>,
    pub(super) reason: Reason,
    /// What was published last.
    pub(super) status: Option<LineStatus>,
}

/// What a request asks of the adapter; answered with [`Driver::answer`].
#[derive(Debug)]
pub(in crate::adapters) enum Duty {
    /// Log out, then drive no more.
    Shutdown { key: Key, text: Box<str>, patience: Duration },
    /// Connect again.
    Resume { key: Key },
    /// There is no connection to log out from: do not make one.
    Stop { key: Key },
}

/// How far handing over events came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::adapters) enum HandedOver {
    /// Everything that there was.
    All,
    /// There is more than fits: nothing more is to be read.
    Full,
}

impl Driver {
    pub(in crate::adapters) fn new(config: Arc<Config>) -> Self {
        Self {
            mailbox: Mailbox::new(config),
            mine: Batch::default(),
            taken: Vec::new(),
            numbered: VecDeque::new(),
            queued: BTreeMap::new(),
            setting: VecDeque::new(),
            answers: Vec::new(),
            duties: VecDeque::new(),
            shutdowns: Vec::new(),
            queue: None,
            readers: None,
            more: false,
            full: false,
            handled_at: None,
            reason: Reason::Closed,
            status: None,
        }
    }

    pub(in crate::adapters) fn handle(&self) -> Handle {
        Handle { mailbox: Arc::clone(&self.mailbox) }
    }

    /// The events of the line that begins.
    pub(in crate::adapters) fn events(&mut self, acknowledge: Acknowledge, clock: Clock) -> Events {
        let queue = Queue::new();
        self.queue = Some(Arc::clone(&queue));
        self.readers = Some(Readers::Reads);
        Events::new(queue, self.handle(), acknowledge, clock)
    }

    /// The line is over, and its events end. The session may have another one. Whether the
    /// application has dropped its events, so that nobody will handle what is open.
    pub(in crate::adapters) fn end_line<S: Store>(
        &mut self,
        connection: &mut Connection<S>,
        reason: Reason,
    ) -> bool {
        let ended = self.end_queue(reason);
        // What the application has said until now counts, whatever becomes of the rest.
        let said = core::mem::take(&mut self.mailbox.lock().handled);
        let handled = ended.iter().flat_map(|ended| &ended.handled).chain(&said);
        for id in handled {
            connection.handled(*id);
        }
        self.end_shutdowns();
        ended.is_some_and(|ended| ended.readers == Readers::Dropped)
    }

    fn end_queue(&mut self, reason: Reason) -> Option<Ended> {
        self.readers = None;
        Some(self.queue.take()?.end(&mut self.mine, reason))
    }

    /// Somebody waits until the line is over.
    pub(in crate::adapters) fn shuts_down(&mut self, key: Key) {
        self.shutdowns.push(key);
    }

    /// The line is over: whoever asked for that is told.
    pub(in crate::adapters) fn end_shutdowns(&mut self) {
        if !self.shutdowns.is_empty() {
            let done = self.shutdowns.drain(..).map(|key| (key, Answer::Asked(Ok(()))));
            self.answers.extend(done);
            self.post();
        }
    }

    /// Nobody drives the session any more: everybody who waits is told, and the events say the
    /// rest, whatever room they have.
    pub(in crate::adapters) fn stop(&mut self, reason: Reason) {
        self.end_shutdowns();
        let mut state = self.mailbox.lock();
        for key in core::mem::take(&mut state.orphans) {
            if let Some(slot) = state.slots.get(key)
                && let Stage::Done(answer) = slot.stage
            {
                self.answers.push((key, answer));
            }
        }
        for (key, answer) in self.answers.drain(..) {
            if let Some((ticket, result)) = state.done(key, answer) {
                // There are no more of them than slots.
                self.mine.push(Entry::Sent { ticket, result });
                state.free(key);
            }
        }
        state.stop(reason, &mut self.mine);
    }

    /// Whether the application has dropped its events, so that the line is to end.
    pub(in crate::adapters) fn is_left(&self) -> bool {
        self.readers == Some(Readers::Dropped)
    }

    /// The next thing that only the adapter can do.
    pub(in crate::adapters) fn duty(&mut self) -> Option<Duty> {
        self.duties.pop_front()
    }

    /// The answer to a duty.
    pub(in crate::adapters) fn answer(&mut self, key: Key, result: Result<(), RequestError>) {
        self.answers.push((key, Answer::Asked(result)));
        self.post();
    }

    /// Takes the events that a connection has, as far as there is room for them.
    /// `sees` each of them.
    pub(in crate::adapters) fn take_events<S: Store>(
        &mut self,
        connection: &mut Connection<S>,
        clock: &Clock,
        mut sees: impl FnMut(&Event<'_>),
    ) -> HandedOver {
        while let Some(bytes) = connection.peek() {
            // Senders do not wait for room among the events, which they may be about to make.
            if let Some((ticket, result)) = connection.take_sent() {
                self.left_the_outbox(ticket, result);
                continue;
            }
            if self.readers == Some(Readers::Discards) {
                if let Some(id) = Self::discard(connection, clock, &mut sees) {
                    connection.handled(id);
                }
                continue;
            }
            if self.is_left() {
                return HandedOver::Full;
            }
            if !self.mine.has_room_for(bytes) {
                self.full = true;
                return HandedOver::Full;
            }
            let Some(event) = connection.event_by(clock) else { break };
            sees(&event);
            self.mine.take_in(event);
        }
        // What was copied need not stand any longer; it is not handled by that.
        connection.release(clock.now());
        HandedOver::All
    }

    /// Takes an event that nobody wants to see; the message that it is counts as handled.
    fn discard<S: Store>(
        connection: &mut Connection<S>,
        clock: &Clock,
        sees: &mut impl FnMut(&Event<'_>),
    ) -> Option<MessageId> {
        let event = connection.event_by(clock)?;
        sees(&event);
        if let Event::Message { id, .. } = event { id } else { None }
    }

    /// The same where somebody drives by hand: only what became of drafts is taken, as whoever put
    /// one down waits for that. Whether something was.
    pub(in crate::adapters) fn take_sent<S: Store>(
        &mut self,
        connection: &mut Connection<S>,
    ) -> bool {
        let mut took = false;
        while self.has_room()
            && let Some((ticket, result)) = connection.take_sent()
        {
            self.left_the_outbox(ticket, result);
            took = true;
        }
        took
    }

    /// Whether there is an event of the mailbox's own, for who drives by hand.
    pub(in crate::adapters) fn has_own(&self) -> bool {
        self.queue.is_none() && self.mine.has_plain()
    }

    /// The next event of the mailbox's own, for who drives by hand.
    pub(in crate::adapters) fn own<'a>(&mut self) -> Option<Event<'a>> {
        if self.queue.is_none() { self.mine.pop_plain() } else { None }
    }

    /// Whether there is room for an event of the adapter's own.
    pub(in crate::adapters) fn has_room(&self) -> bool {
        self.mine.has_room_for(0)
    }

    /// An event of the adapter's own, for which there is [room](Self::has_room).
    pub(in crate::adapters) fn tell(&mut self, event: Event<'_>) {
        if matches!(self.readers, None | Some(Readers::Reads)) {
            self.mine.take_in(event);
        }
    }

    fn left_the_outbox(
        &mut self,
        ticket: Ticket,
        result: Result<Delivery, crate::engine::SendError>,
    ) {
        let Some(key) = self.queued.remove(&ticket) else {
            // Sent by somebody who drove the line by hand.
            return self.tell(Event::Sent { ticket, result });
        };
        let Some(key) = key else { return };
        match result.map(Delivery::sent) {
            Ok(Some(sent)) => {
                if let Some(slot) = self.mailbox.lock().slots.get(key) {
                    slot.stage = Stage::Numbered(sent);
                }
                self.numbered.push_back((key, sent));
            }
            Ok(None) => {}
            Err(error) => self.answers.push((key, Answer::Sent(Err(error)))),
        }
    }

    /// Tells senders whose messages are durable, or lost, and those whose numbers are set.
    pub(in crate::adapters) fn confirm<S: Store>(
        &mut self,
        connection: &mut Connection<S>,
        now: Now,
    ) {
        while let Some(&(key, sent)) = self.numbered.front() {
            let answer = match connection.fate(sent) {
                Fate::Pending => break,
                Fate::Durable | Fate::Unknown => Answer::Sent(connection.delivery(sent)),
            };
            self.numbered.pop_front();
            self.answers.push((key, answer));
        }
        while let Some(&(key, next_out, next_in)) = self.setting.front() {
            // Nobody may have logged on yet, and so nothing been loaded.
            let result = match connection.open() {
                Poll::Ready(Ok(())) => connection.set_seq_nums(next_out, next_in, now),
                Poll::Ready(Err(_)) => Poll::Ready(Err(RequestError::StoreFailed)),
                Poll::Pending => Poll::Pending,
            };
            let Poll::Ready(result) = result else { break };
            self.setting.pop_front();
            self.answers.push((key, Answer::Asked(result)));
        }
        if !self.answers.is_empty() {
            self.post();
        }
    }

    /// Posts answers; what the events are to say waits until there is room.
    pub(super) fn post(&mut self) {
        let mut state = self.mailbox.lock();
        let state = &mut *state;
        let (mine, readers) = (&mut self.mine, self.readers);
        self.answers.retain(|(key, answer)| {
            let Some((ticket, result)) = state.done(*key, *answer) else { return false };
            if matches!(readers, None | Some(Readers::Reads)) {
                if !mine.has_room_for(0) {
                    return true;
                }
                mine.push(Entry::Sent { ticket, result });
            }
            state.free(*key);
            false
        });
        self.full |= !self.answers.is_empty();
    }

    /// Hands events over, and says where the session stands: the end of a turn. Whether another
    /// turn is due at once.
    pub(in crate::adapters) fn end_turn(&mut self, status: LineStatus) -> bool {
        if let Some(queue) = self.queue.as_ref().filter(|_| !self.mine.is_empty()) {
            let mut queue = queue.lock();
            let queue = &mut *queue;
            if queue.filling.is_empty() {
                core::mem::swap(&mut self.mine, &mut queue.filling);
            } else if queue.filling.has_room_for_all(&self.mine) {
                queue.filling.append(&mut self.mine);
            }
            queue.wants_room = !self.mine.is_empty();
            queue.wake_reader();
        }
        if self.status != Some(status) {
            self.status = Some(status);
            self.mailbox.lock().publish(status);
        }
        // There may have been more than fitted, and there is room again.
        let full = core::mem::take(&mut self.full);
        self.more || (full && self.mine.is_empty())
    }

    /// When another turn is due although nothing has happened: the application is asked what it
    /// has handled.
    pub(in crate::adapters) fn wake_at(&mut self, unhandled: usize, now: Now) -> Option<Instant> {
        if unhandled == 0 {
            self.handled_at = None;
            return None;
        }
        let due = self.handled_at.get_or_insert(now.monotonic).after(HANDLED_AGE_MAX);
        if due > now.monotonic {
            return Some(due);
        }
        if let Some(queue) = &self.queue {
            queue.want_handled();
        }
        self.handled_at = Some(now.monotonic);
        Some(now.monotonic.after(HANDLED_AGE_MAX))
    }

    /// Why nobody will drive the session any more, once this is dropped.
    pub(in crate::adapters) const fn stops_for(&mut self, reason: Reason) {
        self.reason = reason;
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.stop(self.reason);
        let _ended = self.end_queue(self.reason);
    }
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").finish_non_exhaustive()
    }
}
