//! Answers of an application that drives its session itself.

use super::core::{Asked, Core};
use super::delivery::{Delivery, RequestError, SendError};
use super::draft::Draft;
use super::event::Attempt;
use super::reply::{Answer, BusinessRejection, MessageWriter, Rejection};
use super::store::Store;
use crate::session::{Header, Input, Now, Refusal};
use crate::wire::{Fields, Message};

impl<S: Store> Answer for Core<S> {
    fn send(&mut self, draft: &Draft, now: Now) -> Result<Delivery, SendError> {
        Self::send(self, draft, now)
    }

    fn compose(
        &mut self,
        header: &Header<'_>,
        now: Now,
        write: &mut dyn FnMut(&mut MessageWriter<'_, '_>),
    ) -> Result<Delivery, SendError> {
        Self::compose(self, header, now, |composer| write(&mut MessageWriter::in_place(composer)))
    }

    fn reject(
        &mut self,
        to: Message<'_>,
        why: &Rejection<'_>,
        now: Now,
    ) -> Result<(), RequestError> {
        let &Rejection { reason, tag, text } = why;
        self.request(Input::Reject { to, reason, tag, text }, now)
    }

    fn business_reject(
        &mut self,
        to: Message<'_>,
        why: &BusinessRejection<'_>,
        now: Now,
    ) -> Result<(), SendError> {
        super::business::reject(self, to, why, now)
    }

    fn logout(&mut self, text: &str, now: Now) -> Result<(), RequestError> {
        Self::logout(self, text, now)
    }

    fn accept(
        &mut self,
        attempt: Attempt,
        logon: Fields<'_>,
        now: Now,
    ) -> Result<(), RequestError> {
        self.decide(attempt, Input::Accept { attempt: attempt.0, logon }, now)
    }

    fn refuse(
        &mut self,
        attempt: Attempt,
        refusal: Refusal<'_>,
        now: Now,
    ) -> Result<(), RequestError> {
        let refusal = if self.refuses_silently { Refusal::Silent } else { refusal };
        self.decide(attempt, Input::Refuse { attempt: attempt.0, refusal }, now)
    }

    fn decide_later(&mut self, attempt: Attempt) {
        if let Some(question) = self.question.as_mut().filter(|asked| asked.attempt == attempt) {
            question.state = Asked::Later;
        }
    }
}
