//! What a directory keeps of one session.

use alloc::sync::Arc;
use core::mem;

use super::super::admission::ConnectionId;
use super::super::turned_away::TurnedAway;
use super::answers::SessionState;
use crate::session::{Config, Instant};

pub(super) struct Entry<C> {
    pub(super) config: Arc<Config>,
    pub(super) place: Place<C>,
    pub(super) is_enabled: bool,
    pub(super) is_leaving: bool,
    pub(super) is_from_template: bool,
}

pub(super) enum Place<C> {
    Here(C),
    Taken { stage: Stage, waiter: Option<Waiter> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Loading,
    LoggingOn,
    Up,
    Replacing,
}

/// A connection that waits for the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waiter {
    pub(super) connection: ConnectionId,
    pub(super) until: Instant,
    pub(super) asked_for_proof: bool,
}

impl<C> Entry<C> {
    /// Why nobody can have it, whatever its place.
    pub(super) const fn closed_to_all(&self, shuts_down: bool) -> Option<TurnedAway> {
        if shuts_down {
            Some(TurnedAway::ShuttingDown)
        } else if !self.is_enabled || self.is_leaving {
            Some(TurnedAway::Disabled)
        } else {
            None
        }
    }

    /// Takes what is kept, if it is here.
    pub(super) fn take(&mut self) -> Option<C> {
        if matches!(self.place, Place::Taken { .. }) {
            return None;
        }
        let taken = Place::Taken { stage: Stage::Loading, waiter: None };
        match mem::replace(&mut self.place, taken) {
            Place::Here(kept) => Some(kept),
            Place::Taken { .. } => None,
        }
    }

    pub(super) const fn state(&self) -> SessionState {
        if self.is_leaving {
            return SessionState::Leaving;
        }
        match &self.place {
            Place::Here(_) if !self.is_enabled => SessionState::Disabled,
            Place::Here(_) => SessionState::Idle,
            Place::Taken { stage: Stage::Loading, .. } => SessionState::Loading,
            Place::Taken { stage: Stage::LoggingOn, .. } => SessionState::LoggingOn,
            Place::Taken { stage: Stage::Replacing, .. } => SessionState::Replacing,
            Place::Taken { stage: Stage::Up, waiter: Some(waiter) } if waiter.asked_for_proof => {
                SessionState::Proving
            }
            Place::Taken { stage: Stage::Up, .. } => SessionState::Up,
        }
    }
}
