//! What an operator does with the sessions of a directory, and sees of them.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::super::turned_away::TurnedAway;
use super::entry::{Entry, Place};
use super::{Directory, Removed, SessionState, Shutdown, Stopped};
use crate::engine::SessionId;
use crate::session::Config;

impl<C> Directory<C> {
    /// From now on, Logons for the session are turned away.
    #[must_use = "what waits or was kept must not be forgotten"]
    pub fn disable(&mut self, id: &SessionId) -> Option<Stopped> {
        self.entries.get_mut(id)?.is_enabled = false;
        Some(self.stop(id))
    }

    /// The session takes Logons again; whether there is such a session.
    pub fn enable(&mut self, id: &SessionId) -> bool {
        let entry = self.entries.get_mut(id);
        entry.map(|entry| entry.is_enabled = true).is_some()
    }

    /// Removes a session; if it is taken, as soon as it is given back. `None` if it is not there.
    #[must_use = "what waits or was kept must not be forgotten"]
    pub fn remove(&mut self, id: &SessionId) -> Option<Removed<C>> {
        let entry = self.entries.get_mut(id)?;
        match entry.take() {
            Some(kept) => {
                self.forget(id);
                Some(Removed::Now(kept))
            }
            None => {
                entry.is_leaving = true;
                Some(Removed::Later(self.stop(id)))
            }
        }
    }

    /// Nobody comes in any more, and no session is added. It is over when the directory
    /// [is empty](Self::is_empty).
    #[must_use = "what waits or was kept must not be forgotten"]
    pub fn shut_down(&mut self) -> Shutdown<C> {
        self.shuts_down = true;
        let mut shutdown =
            Shutdown { kept: Vec::new(), taken: Vec::new(), turned_away: Vec::new() };
        let ids: Vec<SessionId> = self.entries.keys().cloned().collect();
        for id in ids {
            if let Some(kept) = self.entries.get_mut(&id).and_then(Entry::take) {
                self.forget(&id);
                shutdown.kept.push((id, kept));
                continue;
            }
            if let Some(waiter) = self.take_waiter(&id) {
                let turned_away = (id.clone(), waiter.connection, TurnedAway::ShuttingDown);
                shutdown.turned_away.push(turned_away);
            }
            shutdown.taken.push(id);
        }
        shutdown
    }

    /// Where a session is; `None` if it is not there.
    #[must_use]
    pub fn state(&self, id: &SessionId) -> Option<SessionState> {
        self.entries.get(id).map(Entry::state)
    }

    /// The configuration of a session.
    #[must_use]
    pub fn config(&self, id: &SessionId) -> Option<&Arc<Config>> {
        self.entries.get(id).map(|entry| &entry.config)
    }

    /// The sessions, in the order of their ids.
    pub fn sessions(&self) -> impl Iterator<Item = &SessionId> {
        self.entries.keys()
    }

    /// What is kept for the sessions that have no connection.
    pub fn kept(&mut self) -> impl Iterator<Item = (&SessionId, &mut C)> {
        self.entries.iter_mut().filter_map(|(id, entry)| match &mut entry.place {
            Place::Here(kept) => Some((id, kept)),
            Place::Taken { .. } => None,
        })
    }

    /// How many sessions there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn stop(&mut self, id: &SessionId) -> Stopped {
        let waiter = self.take_waiter(id);
        Stopped {
            is_taken: matches!(self.place(id), Some(Place::Taken { .. })),
            turned_away: waiter.map(|waiter| (waiter.connection, TurnedAway::Disabled)),
        }
    }
}
