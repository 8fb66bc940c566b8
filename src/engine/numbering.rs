//! How a message of the application gets its number: at once, or from the outbox.

use super::core::Core;
use super::delivery::{Delivery, Refused, SendError};
use super::draft::Draft;
use super::store::Store;
use crate::session::{self, Blocked, Composer, Header, Now, Sent, Session};
use crate::wire::{Fields, SendBuffer};

impl<S: Store> Core<S> {
    /// Numbers and writes a draft, or puts it into the outbox when it has to wait (S-RSND-02).
    pub(super) fn send(&mut self, draft: &Draft, now: Now) -> Result<Delivery, SendError> {
        self.check_open()?;
        let bad_field = |error| session::SendError::BadField(error);
        let (header, body) = (draft.header().map_err(bad_field)?, draft.body().map_err(bad_field)?);
        // What waits goes first.
        if self.outbox.is_empty() {
            match compose(&mut self.session, &mut self.send, now, &header, body) {
                Ok(sent) => return self.numbered(sent),
                Err(session::SendError::Replaying | session::SendError::NoRoom) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Delivery::Queued(self.outbox.push(draft)?))
    }

    /// Lets the caller write a message in its final place.
    pub(super) fn compose(
        &mut self,
        header: &Header<'_>,
        now: Now,
        write: impl FnOnce(&mut Composer<'_>),
    ) -> Result<Delivery, SendError> {
        self.check_open()?;
        if !self.outbox.is_empty() {
            return Err(session::SendError::Replaying.into());
        }
        let mut composer = self.session.compose(header, now, &mut self.send)?;
        write(&mut composer);
        let sent = composer.finish()?;
        self.numbered(sent)
    }

    /// A number is given only where the store can keep it.
    fn check_open(&self) -> Result<(), Refused> {
        if self.failed {
            Err(Refused::StoreFailed)
        } else if self.loaded {
            Ok(())
        } else {
            Err(Refused::NotOpen)
        }
    }

    /// A message has its number: keeps it.
    fn numbered(&mut self, sent: Sent) -> Result<Delivery, SendError> {
        self.keep(sent);
        if self.failed { Err(SendError::Unknown(sent)) } else { Ok(Delivery::Pending(sent)) }
    }

    /// Sends a message that `write` puts together here.
    pub(super) fn send_scratch(
        &mut self,
        write: impl FnOnce(&mut Draft),
        now: Now,
    ) -> Result<Delivery, SendError> {
        let mut draft = core::mem::take(&mut self.scratch);
        write(&mut draft);
        let delivery = self.send(&draft, now);
        self.scratch = draft;
        delivery
    }

    /// Numbers the draft that has waited longest, or says why it will not be sent. `None` when
    /// there is none, or it has to wait until old messages are repeated or the numbers reset.
    pub(super) fn number_next(&mut self, now: Now) -> Option<Blocked> {
        let (ticket, draft) = self.outbox.front()?;
        let result = match draft {
            None => Err(Refused::Withdrawn.into()),
            Some(_) if self.failed => Err(Refused::StoreFailed.into()),
            Some((header, body)) => {
                match compose(&mut self.session, &mut self.send, now, &header, body) {
                    Err(session::SendError::NoRoom) => return Some(Blocked::Room),
                    Err(session::SendError::Replaying | session::SendError::Resetting) => {
                        return None;
                    }
                    Ok(sent) => Ok(sent),
                    Err(error) => Err(error.into()),
                }
            }
        };
        self.outbox.pop();
        let result = result.and_then(|sent| self.numbered(sent));
        self.pending.sent = Some((ticket, result));
        Some(Blocked::No)
    }
}

fn compose(
    session: &mut Session,
    send: &mut SendBuffer,
    now: Now,
    header: &Header<'_>,
    body: Fields<'_>,
) -> Result<Sent, session::SendError> {
    let mut composer = session.compose(header, now, send)?;
    composer.fields(body);
    composer.finish()
}
