//! The broker's application: what it was shown, and what it said that it handled.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fixline::adapters::tokio::{Events, Handle};
use fixline::engine::{Event, MessageId};
use fixline::wire::{Fields, Tag};
use tokio::time::sleep;

use super::Random;
use crate::streams::{Log, Shared};

#[derive(Clone)]
pub(super) struct Desk {
    pub(super) store: Shared,
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    /// The ClOrdIDs, and whether they came with PossDupFlag(43).
    seen: Vec<(String, bool)>,
    /// The messages at hand.
    held: Vec<MessageId>,
    random: Random,
}

impl Desk {
    pub(super) fn new(store: Shared, random: Random) -> Self {
        let inner = Inner { seen: Vec::new(), held: Vec::new(), random };
        Self { store, inner: Arc::new(Mutex::new(inner)) }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn seen(&self) -> Vec<(String, bool)> {
        self.lock().seen.clone()
    }

    /// Looks at an event. A Logon is welcomed at once, or, by whoever has a handle, later.
    pub(super) fn show(&self, event: Event<'_>, later: Option<&Handle>) {
        match event {
            Event::Authenticate { verdict, .. } => {
                let pause = {
                    let random = &mut self.lock().random;
                    (random.below(4) == 0).then(|| random.millis(3000))
                };
                if let (Some(handle), Some(pause)) = (later.cloned(), pause) {
                    let attempt = verdict.later();
                    tokio::spawn(async move {
                        sleep(pause).await;
                        // It may be over by then, and the line another one.
                        let _late = handle.accept(attempt, Fields::EMPTY).await;
                    });
                } else {
                    verdict.accept(Fields::EMPTY).expect("fits");
                }
            }
            Event::Message { id, message, .. } if message.msg_type() == b"D" => {
                let order = message.get_str(Tag::CL_ORD_ID).expect("it has one").to_owned();
                let mut inner = self.lock();
                inner.seen.push((order, message.poss_dup()));
                if let Some(id) = id {
                    inner.held.push(id);
                    self.store.note(Log::Shown(id));
                }
            }
            _ => {}
        }
    }

    /// The application is about to ask for the next event.
    pub(super) fn ask(&self) {
        for held in self.lock().held.drain(..) {
            self.store.note(Log::Released(held));
        }
    }

    /// One of the messages at hand, whichever, is handled: its id is to be said.
    pub(super) fn handle_one(&self) -> Option<MessageId> {
        let inner = &mut *self.lock();
        if inner.held.len() < 5 {
            return None;
        }
        let which = inner.random.below(inner.held.len());
        let id = inner.held.swap_remove(which);
        self.store.note(Log::Released(id));
        Some(id)
    }

    /// What was at hand is not handled.
    pub(super) fn forget(&self) {
        self.lock().held.clear();
    }

    /// Takes every event of a line to its end.
    pub(super) async fn take_all(&self, mut events: Events) {
        let handle = events.handle();
        loop {
            self.ask();
            let Some(event) = events.next().await else { return };
            self.show(event, Some(&handle));
        }
    }
}
