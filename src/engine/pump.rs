//! Feeding an answer to a ResendRequest from the store, as far as there is room.

use core::task::Poll;

use super::core::{Core, Decision, Fetch};
use super::event::{Event, Resend};
use super::store::Store;
use crate::session::{Action, Blocked, Input, Notice, Now, ResendPolicy};
use crate::wire::{Message, SeqNum};

/// What feeding one message came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pumped {
    /// No answer is under way, or the application is asked about a message.
    Nothing,
    /// A message was fed, or the end.
    Fed,
    /// There is no room.
    Full,
    /// The store reads, and wakes.
    Reads,
}

impl Pumped {
    const fn of(blocked: Blocked) -> Self {
        match blocked {
            Blocked::Room => Self::Full,
            Blocked::No | Blocked::Verdict => Self::Fed,
        }
    }
}

impl<S: Store> Core<S> {
    /// Feeds one message, or the end.
    pub(super) fn pump(&mut self, now: Now) -> Pumped {
        let Some(fetch) = self.fetch.filter(|_| !self.failed) else { return Pumped::Nothing };
        match fetch.from {
            Some(_) if matches!(fetch.decision, Decision::Unseen(_) | Decision::Seen(..)) => {
                Pumped::Nothing
            }
            Some(from) => self.feed_stored(fetch, from, now),
            None => self.feed_end(fetch, now),
        }
    }

    fn feed_stored(&mut self, fetch: Fetch, from: SeqNum, now: Now) -> Pumped {
        let epoch = self.session.seq_nums().epoch;
        let found = self.store.next_message(epoch, from, fetch.to, self.waker.as_ref());
        let (seq, message) = match found {
            Poll::Ready(Ok(Some(found))) => found,
            Poll::Ready(Ok(None)) => {
                self.fetch = Some(Fetch { from: None, ..fetch });
                return Pumped::Fed;
            }
            Poll::Ready(Err(error)) => {
                self.fail(error);
                return Pumped::Nothing;
            }
            Poll::Pending => return Pumped::Reads,
        };
        let from = Some(seq.next()).filter(|next| *next <= fetch.to);
        let next = Fetch { from, decision: Decision::None, ..fetch };
        if fetch.decision == Decision::Made(seq, Resend::Skip) {
            self.fetch = Some(next);
            return Pumped::Fed;
        }
        let asks = matches!(self.session.config().resend_policy(), ResendPolicy::Ask)
            && fetch.decision != Decision::Made(seq, Resend::Again);
        // The session gap-fills what cannot be read: there is nothing to ask about.
        if asks && Message::parse(message).is_ok() {
            self.asked.clear();
            self.asked.extend_from_slice(message);
            self.fetch = Some(Fetch { decision: Decision::Unseen(seq), ..fetch });
            return Pumped::Nothing;
        }
        let input = Input::Stored { id: fetch.id, seq, message };
        let Ok(actions) = self.session.handle(input, now, &mut self.send) else {
            // The answer is over.
            self.fetch = None;
            return Pumped::Fed;
        };
        if actions.blocked() == Blocked::Room {
            return Pumped::Full;
        }
        self.fetch = Some(next);
        for action in actions {
            // Repetitions and fills need no keeping, and nothing else comes of a stored message.
            if let Action::Notify(notice) = action {
                if notice == Notice::Stale {
                    self.fetch = None;
                } else {
                    self.pending.notify(notice);
                }
            }
        }
        Pumped::Fed
    }

    fn feed_end(&mut self, fetch: Fetch, now: Now) -> Pumped {
        self.fetch = None;
        let blocked = self.feed(Input::StoreEnd { id: fetch.id }, now).unwrap_or_default();
        if blocked == Blocked::Room {
            self.fetch = Some(fetch);
        }
        Pumped::of(blocked)
    }

    /// Whether the application is to be asked about a message.
    pub(super) fn has_resend_question(&self) -> bool {
        self.fetch.is_some_and(|fetch| matches!(fetch.decision, Decision::Unseen(_)))
    }

    /// The application asks for the next event: what it decided about the last one stands.
    pub(super) fn close_resend_question(&mut self) {
        if let Some(fetch) = &mut self.fetch
            && let Decision::Seen(seq, decision) = fetch.decision
            && decision != Resend::Later
        {
            fetch.decision = Decision::Made(seq, decision);
        }
    }

    /// The decision that was put off; false when none was.
    pub(super) fn decide_resend(&mut self, decision: Resend) -> bool {
        let Some(fetch) = &mut self.fetch else { return false };
        let Decision::Seen(seq, _) = fetch.decision else { return false };
        fetch.decision = match decision {
            Resend::Later => Decision::Seen(seq, decision),
            Resend::Again | Resend::Skip => Decision::Made(seq, decision),
        };
        true
    }

    /// Shows the message that may be sent again, and takes the decision.
    pub(super) fn ask_whether_to_resend(&mut self) -> Option<Event<'_>> {
        let fetch = self.fetch.as_mut()?;
        let Decision::Unseen(seq) = fetch.decision else { return None };
        fetch.decision = Decision::Seen(seq, Resend::Again);
        let Decision::Seen(_, decision) = &mut fetch.decision else { return None };
        let message = Message::parse(&self.asked).ok()?;
        Some(Event::Resend { message, decision })
    }
}
