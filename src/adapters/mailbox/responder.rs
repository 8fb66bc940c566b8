//! Answers of an application whose session something else drives: they go by way of the mailbox.

use super::ask::{Ask, OwnedRefusal};
use super::handle::{Handle, boxed, owned};
use crate::engine::{
    Answer, Attempt, BusinessRejection, Delivery, Draft, MessageWriter, Rejection, RequestError,
    SendError, write_business_reject,
};
use crate::session::{Header, Misuse, Now, Refusal};
use crate::wire::{Fields, Message, PutField as _};

/// Answers the event that the application holds.
#[derive(Debug)]
pub(super) struct Responder {
    pub(super) handle: Handle,
    /// The Logon that the application was shown and has not decided about.
    pub(super) undecided: Option<Attempt>,
    /// For messages that are put together here.
    scratch: Draft,
}

impl Responder {
    pub(super) fn new(handle: Handle) -> Self {
        Self { handle, undecided: None, scratch: Draft::default() }
    }

    /// The application asks for the next event: a verdict that it dropped is a refusal.
    pub(super) fn close(&mut self) {
        if let Some(attempt) = self.undecided.take() {
            // Where the driver is gone, nothing is left to refuse.
            let _gone = self.handle.tell(Ask::Refuse(attempt, OwnedRefusal::Undecided));
        }
    }

    fn decided(&mut self, attempt: Attempt) {
        if self.undecided == Some(attempt) {
            self.undecided = None;
        }
    }
}

impl Answer for Responder {
    fn send(&mut self, draft: &Draft, _now: Now) -> Result<Delivery, SendError> {
        self.handle.try_send(draft)
    }

    fn compose(
        &mut self,
        header: &Header<'_>,
        _now: Now,
        write: &mut dyn FnMut(&mut MessageWriter<'_, '_>),
    ) -> Result<Delivery, SendError> {
        let draft = &mut self.scratch;
        draft.clear(header.msg_type());
        for field in header.further_fields() {
            draft.field(field);
        }
        write(&mut MessageWriter::in_draft(draft));
        self.handle.try_send(draft)
    }

    fn reject(
        &mut self,
        to: Message<'_>,
        why: &Rejection<'_>,
        _now: Now,
    ) -> Result<(), RequestError> {
        let &Rejection { reason, tag, text } = why;
        self.handle.tell(Ask::Reject { message: to.bytes().into(), reason, tag, text: boxed(text) })
    }

    fn business_reject(
        &mut self,
        to: Message<'_>,
        why: &BusinessRejection<'_>,
        now: Now,
    ) -> Result<(), SendError> {
        if self.handle.config().version().has_reject_details() {
            write_business_reject(&mut self.scratch, to, why);
            return self.handle.try_send(&self.scratch).map(|_| ());
        }
        let why = Rejection { reason: None, tag: None, text: why.text };
        self.reject(to, &why, now).map_err(crate::engine::as_refused)
    }

    fn logout(&mut self, text: &str, _now: Now) -> Result<(), RequestError> {
        self.handle.tell(Ask::Logout(boxed(text)))
    }

    fn accept(
        &mut self,
        attempt: Attempt,
        logon: Fields<'_>,
        _now: Now,
    ) -> Result<(), RequestError> {
        let checked: Result<(), Misuse> = self.handle.config().check_logon_fields(logon);
        checked?;
        self.handle.tell(Ask::Accept(attempt, owned(logon)))?;
        self.decided(attempt);
        Ok(())
    }

    fn refuse(
        &mut self,
        attempt: Attempt,
        refusal: Refusal<'_>,
        _now: Now,
    ) -> Result<(), RequestError> {
        self.handle.tell(Ask::Refuse(attempt, OwnedRefusal::of(refusal)))?;
        self.decided(attempt);
        Ok(())
    }

    fn decide_later(&mut self, attempt: Attempt) {
        self.decided(attempt);
    }
}
