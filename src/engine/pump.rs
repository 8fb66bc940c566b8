//! Feeding an answer to a ResendRequest from the store, as far as there is room.

use super::core::{Core, Fetch, Question};
use super::event::{Event, Resend};
use super::store::Store;
use crate::session::{Action, Blocked, Input, Notice, ResendPolicy};
use crate::wire::{Message, SeqNum};

impl<S: Store> Core<S> {
    /// Feeds one message, or the end; `None` when no answer is under way or it waits for the
    /// application's decision.
    pub(super) fn pump(&mut self) -> Option<Blocked> {
        let fetch = self.fetch.filter(|_| !self.failed)?;
        match fetch.from {
            Some(from) => self.feed_stored(fetch, from),
            None => self.feed_end(fetch),
        }
    }

    fn feed_stored(&mut self, fetch: Fetch, from: SeqNum) -> Option<Blocked> {
        let epoch = self.session.seq_nums().epoch;
        let (seq, message) = match self.store.next_message(epoch, from, fetch.to) {
            Ok(Some(found)) => found,
            Ok(None) => {
                self.fetch = Some(Fetch { from: None, ..fetch });
                return Some(Blocked::No);
            }
            Err(error) => {
                self.fail(error);
                return None;
            }
        };
        let next = Fetch {
            from: Some(seq.next()).filter(|next| *next <= fetch.to),
            question: Question::None,
            ..fetch
        };
        let asks = matches!(self.session.config().resend_policy(), ResendPolicy::Ask);
        if fetch.question == Question::Seen(seq, Resend::Skip) {
            self.fetch = Some(next);
            return Some(Blocked::No);
        }
        if asks && fetch.question != Question::Seen(seq, Resend::Again) {
            self.fetch = Some(Fetch { question: Question::Unseen(seq), ..fetch });
            return None;
        }
        let input = Input::Stored { id: fetch.id, seq, message };
        let Ok(actions) = self.session.handle(input, self.now, &mut self.send) else {
            // The answer is over.
            self.fetch = None;
            return Some(Blocked::No);
        };
        let blocked = actions.blocked();
        if blocked == Blocked::Room {
            return Some(blocked);
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
        Some(blocked)
    }

    fn feed_end(&mut self, fetch: Fetch) -> Option<Blocked> {
        self.fetch = None;
        let blocked = self.feed(Input::StoreEnd { id: fetch.id }).unwrap_or_default();
        if blocked == Blocked::Room {
            self.fetch = Some(fetch);
        }
        Some(blocked)
    }

    /// Shows the message that may be sent again, and takes the decision.
    pub(super) fn ask_whether_to_resend(&mut self, seq: SeqNum) -> Option<Event<'_, S>> {
        let epoch = self.session.seq_nums().epoch;
        let fetch = self.fetch.as_mut()?;
        fetch.question = Question::Seen(seq, Resend::Again);
        let Question::Seen(_, decision) = &mut fetch.question else {
            return None;
        };
        let found = self.store.next_message(epoch, seq, seq).ok().flatten();
        let message = found.and_then(|(_, bytes)| Message::parse(bytes).ok())?;
        Some(Event::Resend { message, decision })
    }
}
