//! What a driver takes out of its mailbox: requests, which it carries out, and what was handled.

use core::task::Waker;

use super::ask::Ask;
use super::driver::{Driver, Duty};
use super::queue::Readers;
use super::slots::{Answer, Key, Stage};
use crate::engine::{Connection, Delivery, Draft, Refused, RequestError, Store};
use crate::session::{Misuse, Now};
use crate::wire::{Fields, Message};

/// How many requests one turn takes: they share a commit and a write, and reading goes on.
const REQUESTS_MAX: usize = 256;

impl Driver {
    /// Takes a bounded share of the requests, and carries them out. From here on `waker` is woken
    /// when there is more to do.
    pub(in crate::adapters) fn take_requests<S: Store>(
        &mut self,
        connection: &mut Connection<S>,
        waker: &Waker,
        now: Now,
    ) {
        if !self.look(connection, waker, now) {
            return;
        }
        let mut taken = core::mem::take(&mut self.taken);
        for (key, draft, ask) in &mut taken {
            match ask.take() {
                None => self.send(*key, draft, connection, now),
                Some(ask) => self.perform(*key, ask, connection, now),
            }
        }
        {
            let mut state = self.mailbox.lock();
            for (key, draft, _) in taken.drain(..) {
                state.slots.give_back(key, draft);
            }
            for (key, sent) in &self.numbered {
                if let Some(slot) = state.slots.get(*key) {
                    slot.stage = Stage::Numbered(*sent);
                }
            }
        }
        self.taken = taken;
        self.post();
    }

    /// Takes what is there out of the mailbox; whether there was a request.
    fn look<S: Store>(&mut self, connection: &mut Connection<S>, waker: &Waker, now: Now) -> bool {
        self.look_at_queue(connection, waker, now);
        let mut state = self.mailbox.lock();
        let state = &mut *state;
        state.wakes.keep(&mut state.driver, waker);
        for id in state.handled.drain(..) {
            connection.handled(id);
        }
        if let Some(id) = state.handled_up_to.take() {
            connection.handled_up_to(id);
        }
        for id in state.given_up.drain(..) {
            connection.give_up(id);
        }
        for key in state.withdrawn.drain(..) {
            let queued = self.queued.iter_mut().find(|(_, queued)| **queued == Some(key));
            if let Some((ticket, queued)) = queued
                && connection.withdraw(*ticket)
            {
                // It is certain by now, however long it stays in the outbox.
                *queued = None;
                self.answers.push((key, Answer::Sent(Err(Refused::Withdrawn.into()))));
            }
        }
        for key in state.orphans.drain(..) {
            if let Some(slot) = state.slots.get(key)
                && let Stage::Done(answer) = slot.stage
            {
                self.answers.push((key, answer));
            }
        }
        let count = state.requests.len().min(REQUESTS_MAX);
        for key in state.requests.drain(..count) {
            if let Some((draft, ask)) = state.slots.take(key) {
                self.taken.push((key, draft, ask));
            }
        }
        self.more = !state.requests.is_empty();
        !self.taken.is_empty() || !self.answers.is_empty()
    }

    /// What the application has handled, and whether it still takes events.
    fn look_at_queue<S: Store>(&mut self, connection: &mut Connection<S>, waker: &Waker, now: Now) {
        let Some(queue) = &self.queue else { return };
        let mut queue = queue.lock();
        let queue = &mut *queue;
        queue.wakes.keep(&mut queue.driver, waker);
        self.readers = Some(queue.readers);
        if !queue.handled.is_empty() {
            self.handled_at = Some(now.monotonic);
        }
        for id in queue.handled.drain(..) {
            connection.handled(id);
        }
        if queue.readers == Readers::Discards && !self.mine.is_empty() {
            for id in self.mine.unhandled_from(0) {
                connection.handled(id);
            }
            self.mine.clear();
        }
    }

    fn send<S: Store>(
        &mut self,
        key: Key,
        draft: &Draft,
        connection: &mut Connection<S>,
        now: Now,
    ) {
        match connection.send(draft, now) {
            Ok(Delivery::Pending(sent) | Delivery::Durable(sent)) => {
                self.numbered.push_back((key, sent));
            }
            Ok(Delivery::Queued(ticket)) => {
                self.queued.insert(ticket, Some(key));
            }
            Err(error) => self.answers.push((key, Answer::Sent(Err(error)))),
        }
    }

    fn perform<S: Store>(&mut self, key: Key, ask: Ask, connection: &mut Connection<S>, now: Now) {
        let result = match ask {
            Ask::Logout(text) => match connection.logout(&text, now) {
                Err(RequestError::Misuse(Misuse::NotConnected)) => {
                    return self.duties.push_back(Duty::Stop { key });
                }
                result => result,
            },
            Ask::Prove { patience } => connection.prove(now, patience),
            Ask::Replace => {
                connection.replace(now);
                Ok(())
            }
            Ask::Operate(operation) => connection.operate(operation, now),
            Ask::Accept(attempt, body) => {
                connection.accept(attempt, body.as_fields().unwrap_or(Fields::EMPTY), now)
            }
            Ask::Refuse(attempt, refusal) => connection.refuse(attempt, refusal.as_refusal(), now),
            Ask::Sign(attempt, body) => {
                connection.sign(attempt, body.as_fields().unwrap_or(Fields::EMPTY), now)
            }
            Ask::Resend(decision) => {
                if connection.decide_resend(decision) {
                    Ok(())
                } else {
                    Err(RequestError::Over)
                }
            }
            Ask::Reject { message, reason, tag, text } => match Message::parse(&message) {
                Ok(to) => connection.reject(to, reason, tag, &text, now),
                Err(_) => Err(RequestError::Over),
            },
            Ask::SetSeqNums { next_out, next_in } => {
                return self.setting.push_back((key, next_out, next_in));
            }
            Ask::Shutdown { text, patience } => {
                return self.duties.push_back(Duty::Shutdown { key, text, patience });
            }
            Ask::Resume => return self.duties.push_back(Duty::Resume { key }),
        };
        self.answers.push((key, Answer::Asked(result)));
    }

    /// From here on `waker` is woken when somebody asks for something.
    pub(in crate::adapters) fn wake_with(&self, waker: &Waker) {
        let mut state = self.mailbox.lock();
        let state = &mut *state;
        state.wakes.keep(&mut state.driver, waker);
    }

    /// Whether somebody asks for something.
    pub(in crate::adapters) fn has_requests(&self) -> bool {
        !self.setting.is_empty() || !self.mailbox.lock().requests.is_empty()
    }
}
