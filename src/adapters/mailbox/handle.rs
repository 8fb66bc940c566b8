//! What other tasks and threads do with a session.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;

use super::ask::{Ask, OwnedRefusal};
use super::sending::{Asking, Sending, Watch};
use super::slots::Tells;
use super::state::{LineStatus, Mailbox};
use crate::engine::{
    Attempt, Delivery, Draft, MessageId, Operation, Refused, RequestError, Resend, SendError,
};
use crate::session::{Config, Reason, Refusal};
use crate::wire::{Body, Fields, PutField as _, SeqNum};

/// Works on a session that something else drives, from any task or thread. Cheap to clone.
///
/// A handle belongs to the session, not to one of its connections: it stays good over all of them.
#[derive(Clone)]
pub struct Handle {
    pub(super) mailbox: Arc<Mailbox>,
}

/// Nobody drives the session any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("stopped: {0}")]
pub struct Stopped(pub Reason);

impl Handle {
    /// The configuration of the session.
    #[must_use]
    pub fn config(&self) -> &Arc<Config> {
        &self.mailbox.config
    }

    /// Sends a message, and waits until it is durable, or certain not to be sent. Back-pressure is
    /// waiting: for a slot, for old messages that are being sent again, for the store.
    ///
    /// Dropped before the message has a number, it is never sent; dropped after, it leaves, and
    /// [`Event::Sent`](crate::engine::Event::Sent) says what became of it.
    pub fn send<'a>(&'a self, draft: &'a Draft) -> Sending<'a> {
        Sending::new(&self.mailbox, draft)
    }

    /// Sends a message without waiting: its ticket comes back, and
    /// [`Event::Sent`](crate::engine::Event::Sent) says what became of it.
    ///
    /// # Errors
    ///
    /// [`Refused::QueueFull`] when too much waits, [`Refused::Stopped`].
    pub fn try_send(&self, draft: &Draft) -> Result<Delivery, SendError> {
        self.try_send_with(draft.len(), |slot| slot.copy_from(draft))
    }

    pub(super) fn try_send_with(
        &self,
        bytes: usize,
        write: impl FnOnce(&mut Draft),
    ) -> Result<Delivery, SendError> {
        let mut state = self.mailbox.lock();
        let state = &mut *state;
        if state.gone.is_some() {
            return Err(Refused::Stopped.into());
        }
        let Some((key, slot)) = state.slots.acquire(bytes, Tells::Events) else {
            return Err(Refused::QueueFull { bytes_max: super::slots::BYTES_MAX }.into());
        };
        write(&mut slot.draft);
        let ticket = slot.ticket;
        state.requests.push_back(key);
        state.wake_driver();
        Ok(Delivery::Queued(ticket))
    }

    /// Where the session stands, as its driver said last; `None` before it said anything.
    #[must_use]
    pub fn status(&self) -> Option<LineStatus> {
        self.mailbox.lock().status
    }

    /// Sees each new status.
    #[must_use]
    pub fn watch(&self) -> Watch {
        Watch::new(Arc::clone(&self.mailbox))
    }

    /// Waits until the session is logged on.
    ///
    /// # Errors
    ///
    /// It will not log on by itself any more, and why.
    pub async fn logged_on(&self) -> Result<(), Stopped> {
        let mut watch = self.watch();
        loop {
            let status = watch.changed().await?;
            if let Some(reason) = self.mailbox.lock().gone {
                // The last status is that of a session which somebody drove.
                return Err(Stopped(reason));
            }
            if status.is_logged_on() {
                return Ok(());
            }
            if let Some(reason) = status.stopped {
                return Err(Stopped(reason));
            }
        }
    }

    /// The same for threads; `None` when it takes longer.
    #[must_use]
    pub fn wait_logged_on(&self, patience: Duration) -> Option<Result<(), Stopped>> {
        super::block_on::block_on(self.logged_on(), patience)
    }

    /// Ends the session in order; `text` says why, when it is not empty. Answered when the Logout
    /// is on its way. An initiator does not connect again before [`resume`](Self::resume).
    pub fn logout(&self, text: &str) -> Asking<'_> {
        self.ask(Ask::Logout(text.into()))
    }

    /// Logs out, gives the peer so long to answer, ends the line, and ends driving it: everything
    /// that waits is answered, the events end. Answered when all of that is done.
    pub fn shutdown(&self, text: &str, patience: Duration) -> Asking<'_> {
        self.ask(Ask::Shutdown { text: text.into(), patience })
    }

    /// What an operator asks for.
    pub fn operate(&self, operation: Operation) -> Asking<'_> {
        self.ask(Ask::Operate(operation))
    }

    /// Sets the numbers while the session has no connection: between
    /// [`logout`](Self::logout) and [`resume`](Self::resume) of an initiator. Answered when they
    /// are durable; see [`Connection::set_seq_nums`](crate::engine::Connection::set_seq_nums).
    pub fn set_seq_nums(&self, next_out: SeqNum, next_in: SeqNum) -> Asking<'_> {
        self.ask(Ask::SetSeqNums { next_out, next_in })
    }

    /// An initiator connects again, although it logged out or an operator was needed.
    pub fn resume(&self) -> Asking<'_> {
        self.ask(Ask::Resume)
    }

    /// The verdict on a Logon that was put off: welcome. `logon` are further fields for our answer.
    pub fn accept(&self, attempt: Attempt, logon: Fields<'_>) -> Asking<'_> {
        self.ask(Ask::Accept(attempt, owned(logon)))
    }

    /// The verdict on a Logon that was put off: go away.
    pub fn refuse(&self, attempt: Attempt, refusal: Refusal<'_>) -> Asking<'_> {
        self.ask(Ask::Refuse(attempt, OwnedRefusal::of(refusal)))
    }

    /// The last fields of our Logon, as [`Event::Sign`](crate::engine::Event::Sign) asked.
    pub fn sign(&self, attempt: Attempt, logon: Fields<'_>) -> Asking<'_> {
        self.ask(Ask::Sign(attempt, owned(logon)))
    }

    /// The decision about an old message that was put off with
    /// [`Resend::Later`].
    pub fn decide_resend(&self, decision: Resend) -> Asking<'_> {
        self.ask(Ask::Resend(decision))
    }

    /// Exactly this message is handled.
    pub fn handled(&self, id: MessageId) {
        let mut state = self.mailbox.lock();
        state.handled.push(id);
        state.wake_driver();
    }

    /// Every message of its epoch up to this one is handled.
    pub fn handled_up_to(&self, id: MessageId) {
        let mut state = self.mailbox.lock();
        state.handled_up_to = state.handled_up_to.max(Some(id));
        state.wake_driver();
    }

    fn ask(&self, ask: Ask) -> Asking<'_> {
        Asking::new(&self.mailbox, ask)
    }

    /// Asks without waiting for the answer.
    pub(in crate::adapters) fn tell(&self, ask: Ask) -> Result<(), RequestError> {
        let mut state = self.mailbox.lock();
        let state = &mut *state;
        if state.gone.is_some() {
            return Err(RequestError::Stopped);
        }
        let (key, slot) = state.slots.acquire(0, Tells::Nobody).ok_or(RequestError::QueueFull)?;
        slot.is_ask = true;
        slot.ask = Some(ask);
        state.requests.push_back(key);
        state.wake_driver();
        Ok(())
    }
}

pub(super) fn owned(fields: Fields<'_>) -> Body {
    let mut body = Body::new();
    for field in fields {
        body.field(field);
    }
    body
}

/// A text that a request carries.
pub(super) fn boxed(text: &str) -> Box<str> {
    text.into()
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").finish_non_exhaustive()
    }
}
