//! Requests that wait for their answer: futures, and waits for threads.

use alloc::sync::Arc;
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;

use super::ask::Ask;
use super::block_on::block_on;
use super::handle::Stopped;
use super::slots::{Answer, Key, Stage, Tells};
use super::state::{LineStatus, Mailbox, State};
use crate::engine::{Delivery, Draft, Refused, RequestError, SendError};

/// A message on its way to the driver, and back the word of what became of it.
///
/// Await it, or [`wait`](Self::wait) for it in a thread. It is put down when it is first polled;
/// until then nothing happens. Dropped before it has a number, it is never sent. Dropped after, it
/// leaves, and [`Event::Sent`](crate::engine::Event::Sent) says what became of it.
#[must_use = "nothing is sent before it is awaited or waited for"]
pub struct Sending<'a> {
    mailbox: &'a Arc<Mailbox>,
    draft: &'a Draft,
    slot: Waiting,
}

/// A request that is no message, on its way to the driver and back. Await it, or
/// [`wait`](Self::wait) for it in a thread. Dropped, it may or may not be carried out.
#[must_use = "nothing is asked before it is awaited or waited for"]
pub struct Asking<'a> {
    mailbox: &'a Arc<Mailbox>,
    ask: Option<Ask>,
    slot: Waiting,
}

/// Where a sender waits.
#[derive(Debug, Default)]
struct Waiting {
    /// For a slot.
    name: Option<u64>,
    /// In a slot.
    key: Option<Key>,
}

impl<'a> Sending<'a> {
    pub(super) fn new(mailbox: &'a Arc<Mailbox>, draft: &'a Draft) -> Self {
        Self { mailbox, draft, slot: Waiting::default() }
    }

    /// Waits in this thread, for so long at most.
    ///
    /// # Errors
    ///
    /// As `send`; [`Refused::Withdrawn`] when it had no number in time, and will not be sent.
    pub fn wait(mut self, patience: Duration) -> Result<Delivery, SendError> {
        if let Some(result) = block_on(&mut self, patience) {
            return result;
        }
        self.withdraw();
        // It was taken back, or it has a number or is about to: the driver says which.
        block_on(WithNumber { sending: &mut self }, Duration::MAX)
            .unwrap_or_else(|| Err(Refused::Withdrawn.into()))
    }

    /// Takes the message back if it has no number yet.
    fn withdraw(&mut self) {
        let mut state = self.mailbox.lock();
        let state = &mut *state;
        state.stop_waiting(&mut self.slot.name);
        let Some(key) = self.slot.key else { return };
        let Some(slot) = state.slots.get(key) else { return };
        match slot.stage {
            Stage::Waiting => {
                self.slot.key = None;
                state.take_back(key);
            }
            Stage::Taken => state.withdraw(key),
            Stage::Free | Stage::Numbered(_) | Stage::Done(_) => {}
        }
    }

    fn poll_sent(&mut self, cx: &Context<'_>) -> Poll<Result<Delivery, SendError>> {
        let mut state = self.mailbox.lock();
        let state = &mut *state;
        if let Some(key) = self.slot.key {
            return match poll_done(state, key, cx) {
                Poll::Ready(answer) => {
                    self.slot.key = None;
                    Poll::Ready(answer.into_sent())
                }
                Poll::Pending => Poll::Pending,
            };
        }
        if state.gone.is_some() {
            return Poll::Ready(Err(Refused::Stopped.into()));
        }
        let Some((key, slot)) = state.slots.acquire(self.draft.len(), Tells::Sender) else {
            state.wait_for_slot(&mut self.slot.name, cx.waker());
            return Poll::Pending;
        };
        slot.draft.copy_from(self.draft);
        state.wakes.keep(&mut slot.waker, cx.waker());
        self.slot.key = Some(key);
        put_down(state, key, &mut self.slot.name);
        Poll::Pending
    }
}

/// The request is in its slot: the driver learns of it.
fn put_down(state: &mut State, key: Key, name: &mut Option<u64>) {
    state.stop_waiting(name);
    state.requests.push_back(key);
    state.wake_driver();
}

fn poll_done(state: &mut State, key: Key, cx: &Context<'_>) -> Poll<Answer> {
    let Some(slot) = state.slots.get(key) else {
        // Nothing frees the slot of a sender that waits.
        return Poll::Ready(Answer::Sent(Err(Refused::Stopped.into())));
    };
    if let Stage::Done(answer) = slot.stage {
        state.free(key);
        return Poll::Ready(answer);
    }
    state.wakes.keep(&mut slot.waker, cx.waker());
    Poll::Pending
}

impl Answer {
    fn into_sent(self) -> Result<Delivery, SendError> {
        match self {
            Self::Sent(result) => result,
            Self::Asked(_) => Err(Refused::Stopped.into()),
        }
    }

    fn into_asked(self) -> Result<(), RequestError> {
        match self {
            Self::Asked(result) => result,
            Self::Sent(_) => Err(RequestError::Stopped),
        }
    }
}

impl Future for Sending<'_> {
    type Output = Result<Delivery, SendError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_sent(cx)
    }
}

/// Waits until a message that was taken has its number, or its answer.
struct WithNumber<'s, 'a> {
    sending: &'s mut Sending<'a>,
}

impl Future for WithNumber<'_, '_> {
    type Output = Result<Delivery, SendError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let sending = &mut *self.sending;
        let Some(key) = sending.slot.key else {
            return Poll::Ready(Err(Refused::Withdrawn.into()));
        };
        {
            let mut state = sending.mailbox.lock();
            if let Some(slot) = state.slots.get(key)
                && let Stage::Numbered(sent) = slot.stage
            {
                return Poll::Ready(Err(SendError::Unknown(sent)));
            }
        }
        sending.poll_sent(cx)
    }
}

impl Drop for Sending<'_> {
    fn drop(&mut self) {
        if self.slot.name.is_none() && self.slot.key.is_none() {
            return;
        }
        let mut state = self.mailbox.lock();
        let state = &mut *state;
        if self.slot.name.is_some() {
            // It may have been woken for a slot that it does not take: the next one may.
            state.stop_waiting(&mut self.slot.name);
            state.slot_is_free();
        }
        let Some(key) = self.slot.key else { return };
        let Some(slot) = state.slots.get(key) else { return };
        state.wakes.forget(slot.waker.take());
        match slot.stage {
            Stage::Done(Answer::Sent(Err(SendError::Refused(_)))) => state.free(key),
            Stage::Done(_) => {
                // Nobody has read what became of it: the events say so.
                slot.tells = Tells::Events;
                state.orphans.push(key);
                state.wake_driver();
            }
            Stage::Waiting => state.take_back(key),
            Stage::Taken => {
                // If it has a number by now, the events say what became of it.
                slot.tells = Tells::Events;
                state.withdraw(key);
            }
            Stage::Numbered(_) => slot.tells = Tells::Events,
            Stage::Free => {}
        }
    }
}

impl<'a> Asking<'a> {
    pub(super) fn new(mailbox: &'a Arc<Mailbox>, ask: Ask) -> Self {
        Self { mailbox, ask: Some(ask), slot: Waiting::default() }
    }

    /// Waits in this thread, for so long at most; `None` when there was no answer in time, and the
    /// request may or may not be carried out.
    pub fn wait(self, patience: Duration) -> Option<Result<(), RequestError>> {
        block_on(self, patience)
    }
}

impl Future for Asking<'_> {
    type Output = Result<(), RequestError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let mut state = this.mailbox.lock();
        let state = &mut *state;
        if let Some(key) = this.slot.key {
            return match poll_done(state, key, cx) {
                Poll::Ready(answer) => {
                    this.slot.key = None;
                    Poll::Ready(answer.into_asked())
                }
                Poll::Pending => Poll::Pending,
            };
        }
        if state.gone.is_some() || this.ask.is_none() {
            return Poll::Ready(Err(RequestError::Stopped));
        }
        let Some((key, slot)) = state.slots.acquire(0, Tells::Sender) else {
            state.wait_for_slot(&mut this.slot.name, cx.waker());
            return Poll::Pending;
        };
        slot.is_ask = true;
        slot.ask = this.ask.take();
        state.wakes.keep(&mut slot.waker, cx.waker());
        this.slot.key = Some(key);
        put_down(state, key, &mut this.slot.name);
        Poll::Pending
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        if self.slot.name.is_none() && self.slot.key.is_none() {
            return;
        }
        let mut state = self.mailbox.lock();
        let state = &mut *state;
        if self.slot.name.is_some() {
            state.stop_waiting(&mut self.slot.name);
            state.slot_is_free();
        }
        let Some(key) = self.slot.key else { return };
        let Some(slot) = state.slots.get(key) else { return };
        state.wakes.forget(slot.waker.take());
        slot.tells = Tells::Nobody;
        if matches!(slot.stage, Stage::Done(_)) {
            state.free(key);
        }
    }
}

/// Sees each status of a session that is new to it; those in between may be missed.
pub struct Watch {
    mailbox: Arc<Mailbox>,
    seen: u64,
    name: Option<u64>,
}

impl Watch {
    pub(super) const fn new(mailbox: Arc<Mailbox>) -> Self {
        Self { mailbox, seen: 0, name: None }
    }

    /// The next status. The first call gives the present one.
    ///
    /// # Errors
    ///
    /// Nobody drives the session any more, and its last status was seen.
    pub async fn changed(&mut self) -> Result<LineStatus, Stopped> {
        core::future::poll_fn(|cx| self.poll_changed(cx)).await
    }

    /// The same for threads; `None` when nothing changes for so long.
    pub fn wait(&mut self, patience: Duration) -> Option<Result<LineStatus, Stopped>> {
        block_on(core::future::poll_fn(|cx| self.poll_changed(cx)), patience)
    }

    fn poll_changed(&mut self, cx: &Context<'_>) -> Poll<Result<LineStatus, Stopped>> {
        let mut state = self.mailbox.lock();
        if let Some(status) = state.status
            && self.seen != state.version
        {
            self.seen = state.version;
            return Poll::Ready(Ok(status));
        }
        if let Some(reason) = state.gone {
            return Poll::Ready(Err(Stopped(reason)));
        }
        state.watch(&mut self.name, cx.waker());
        Poll::Pending
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if self.name.is_some() {
            self.mailbox.lock().stop_watching(&mut self.name);
        }
    }
}

impl fmt::Debug for Sending<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sending").finish_non_exhaustive()
    }
}

impl fmt::Debug for Asking<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asking").finish_non_exhaustive()
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("seen", &self.seen).finish_non_exhaustive()
    }
}
