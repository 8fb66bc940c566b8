//! What handles, events and driver share.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::task::Waker;

use super::batch::{Batch, Entry};
use super::slots::{Answer, Key, Slots, Stage, Tells};
use crate::adapters::latch::{Latch, Latched, Wakeful, Wakes};
use crate::engine::{Delivery, MessageId, Refused, RequestError, SendError, Snapshot, Ticket};
use crate::session::{Config, Reason, Status};

/// A mailbox. It belongs to the session, and outlives its connections.
pub(super) struct Mailbox {
    pub(super) config: Arc<Config>,
    state: Latch<State>,
}

/// Where a session stands, as its driver said last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LineStatus {
    /// The session, its numbers, and whom it waits for.
    pub snapshot: Snapshot,
    /// Why an initiator does not connect again by itself, if it does not; or why nobody drives the
    /// session any more.
    pub stopped: Option<Reason>,
}

impl LineStatus {
    /// Whether messages flow.
    #[must_use]
    pub const fn is_logged_on(&self) -> bool {
        matches!(self.snapshot.status, Status::LoggedOn { .. })
    }
}

pub(super) struct State {
    pub(super) slots: Slots,
    /// What was put down and not taken.
    pub(super) requests: VecDeque<Key>,
    /// Withdrawals of what the driver has taken.
    pub(super) withdrawn: Vec<Key>,
    /// Over, and left by their senders with the answer unread.
    pub(super) orphans: Vec<Key>,
    /// Senders that wait for a slot, by when they began to.
    waiting: BTreeMap<u64, Waker>,
    last_waiting: u64,
    /// What the application has handled.
    pub(super) handled: Vec<MessageId>,
    pub(super) handled_up_to: Option<MessageId>,
    /// What was dropped, unhandled, behind the end of its line.
    pub(super) given_up: Vec<MessageId>,
    pub(super) driver: Option<Waker>,
    pub(super) status: Option<LineStatus>,
    /// Grows with each status.
    pub(super) version: u64,
    watchers: BTreeMap<u64, Waker>,
    /// Nobody drives any more.
    pub(super) gone: Option<Reason>,
    pub(super) wakes: Wakes,
}

impl Wakeful for State {
    fn wakes(&mut self) -> &mut Wakes {
        &mut self.wakes
    }
}

pub(super) type SendResult = Result<Delivery, SendError>;

impl Mailbox {
    pub(super) fn new(config: Arc<Config>) -> Arc<Self> {
        let state = State {
            slots: Slots::default(),
            requests: VecDeque::new(),
            withdrawn: Vec::new(),
            orphans: Vec::new(),
            waiting: BTreeMap::new(),
            last_waiting: 0,
            handled: Vec::new(),
            handled_up_to: None,
            given_up: Vec::new(),
            driver: None,
            status: None,
            version: 0,
            watchers: BTreeMap::new(),
            gone: None,
            wakes: Wakes::default(),
        };
        Arc::new(Self { config, state: Latch::new(state) })
    }

    pub(super) fn lock(&self) -> Latched<'_, State> {
        self.state.lock()
    }
}

impl State {
    pub(super) fn wake_driver(&mut self) {
        self.wakes.wake(self.driver.take());
    }

    /// Waits for a slot, under the name that an earlier wait had.
    pub(super) fn wait_for_slot(&mut self, name: &mut Option<u64>, waker: &Waker) {
        let name = *name.get_or_insert_with(|| {
            self.last_waiting = self.last_waiting.wrapping_add(1);
            self.last_waiting
        });
        self.wakes.forget(self.waiting.insert(name, waker.clone()));
    }

    pub(super) fn stop_waiting(&mut self, name: &mut Option<u64>) {
        if let Some(name) = name.take() {
            self.wakes.forget(self.waiting.remove(&name));
        }
    }

    /// A slot is free: whoever has waited longest may have it.
    pub(super) fn slot_is_free(&mut self) {
        self.wakes.wake(self.waiting.pop_first().map(|(_, waker)| waker));
    }

    /// Its sender takes back what no driver has looked at: it leaves no trace.
    pub(super) fn take_back(&mut self, key: Key) {
        self.requests.retain(|waiting| *waiting != key);
        self.free(key);
    }

    /// Its sender takes back what the driver has.
    pub(super) fn withdraw(&mut self, key: Key) {
        if !self.withdrawn.contains(&key) {
            self.withdrawn.push(key);
            self.wake_driver();
        }
    }

    pub(super) fn free(&mut self, key: Key) {
        self.wakes.forget(self.slots.free(key));
        self.slot_is_free();
    }

    /// A request is over. What the events are to say is given back, with its ticket; the slot is
    /// freed when they say it.
    pub(super) fn done(&mut self, key: Key, answer: Answer) -> Option<(Ticket, SendResult)> {
        let slot = self.slots.get(key)?;
        slot.stage = Stage::Done(answer);
        match (slot.tells, answer) {
            (Tells::Events, Answer::Sent(result)) => return Some((slot.ticket, result)),
            (Tells::Sender, _) => self.wakes.wake(slot.waker.take()),
            (Tells::Events | Tells::Nobody, _) => self.free(key),
        }
        None
    }

    pub(super) fn watch(&mut self, name: &mut Option<u64>, waker: &Waker) {
        let name = *name.get_or_insert_with(|| {
            self.last_waiting = self.last_waiting.wrapping_add(1);
            self.last_waiting
        });
        self.wakes.forget(self.watchers.insert(name, waker.clone()));
    }

    pub(super) fn stop_watching(&mut self, name: &mut Option<u64>) {
        if let Some(name) = name.take() {
            self.wakes.forget(self.watchers.remove(&name));
        }
    }

    /// The session stands elsewhere now.
    pub(super) fn publish(&mut self, status: LineStatus) {
        if self.status != Some(status) {
            self.status = Some(status);
            self.version = self.version.wrapping_add(1);
            self.wake_watchers();
        }
    }

    fn wake_watchers(&mut self) {
        self.wakes.wake(core::mem::take(&mut self.watchers).into_values());
    }

    /// Nobody drives any more: whoever waits is told how far it is. What the events are to say
    /// goes into `last`.
    pub(super) fn stop(&mut self, reason: Reason, last: &mut Batch) {
        if self.gone.is_some() {
            return;
        }
        self.gone = Some(reason);
        for key in self.slots.under_way() {
            let Some(slot) = self.slots.get(key) else { continue };
            let answer = if let Stage::Numbered(sent) = slot.stage {
                Answer::Sent(Err(SendError::Unknown(sent)))
            } else if slot.is_ask {
                Answer::Asked(Err(RequestError::Stopped))
            } else {
                Answer::Sent(Err(Refused::Stopped.into()))
            };
            if let Some((ticket, result)) = self.done(key, answer) {
                // There are no more of them than slots.
                last.push(Entry::Sent { ticket, result });
                self.free(key);
            }
        }
        self.requests.clear();
        if let Some(mut status) = self.status {
            status.stopped = Some(reason);
            self.publish(status);
        }
        self.wakes.wake(core::mem::take(&mut self.waiting).into_values());
        self.wake_watchers();
    }
}

impl fmt::Debug for Mailbox {
    /// Never waits for the lock, and never shows bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailbox").finish_non_exhaustive()
    }
}
