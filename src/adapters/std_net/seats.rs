//! The sessions that an acceptor serves, each with one connection at most (INV-13).

use alloc::sync::Arc;
use alloc::vec::Vec;
use std::sync::{Mutex, PoisonError};

use crate::engine::{Connection, Identity, Store};
use crate::session::Config;

/// A seat for each session: taken while it has a connection.
pub(super) struct Seats<S: Store> {
    seats: Vec<Seat<S>>,
}

struct Seat<S: Store> {
    config: Arc<Config>,
    /// `None` while the session has a connection.
    free: Mutex<Option<Connection<S>>>,
}

/// Why a session of an acceptor cannot be had. A connection that wants it is closed without a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "it is not there, or it is in use")]
pub enum NoSeat {
    /// No session has this identity (S-LOGON-19).
    #[error("the acceptor has no such session")]
    Unknown,
    /// The session has a connection already (S-LOGON-22).
    #[error("the session has a connection")]
    Taken,
}

impl<S: Store> Seats<S> {
    pub(super) const fn new() -> Self {
        Self { seats: Vec::new() }
    }

    /// A further session; false when there is one of the same identity.
    pub(super) fn add(&mut self, connection: Connection<S>) -> bool {
        let config = Arc::clone(connection.config());
        if self.seats.iter().any(|seat| seat.config.has_identity_of(&config)) {
            return false;
        }
        self.seats.push(Seat { config, free: Mutex::new(Some(connection)) });
        true
    }

    /// Takes the connection of the session that a Logon is for.
    pub(super) fn take(&self, identity: &Identity<'_>) -> Result<(usize, Connection<S>), NoSeat> {
        let found = self.seats.iter().enumerate().find(|(_, seat)| identity.is_for(&seat.config));
        let (at, seat) = found.ok_or(NoSeat::Unknown)?;
        let mut free = seat.free.lock().unwrap_or_else(PoisonError::into_inner);
        let connection = free.take().ok_or(NoSeat::Taken)?;
        Ok((at, connection))
    }

    /// Lends the connection of the first session that `is_it`, to be worked on while it is free.
    pub(super) fn with<R>(
        &self,
        is_it: impl Fn(&Config) -> bool,
        work: impl FnOnce(&mut Connection<S>) -> R,
    ) -> Result<R, NoSeat> {
        let seat = self.seats.iter().find(|seat| is_it(&seat.config)).ok_or(NoSeat::Unknown)?;
        let mut free = seat.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.as_mut().map(work).ok_or(NoSeat::Taken)
    }

    /// Gives it back when its connection is over.
    pub(super) fn give_back(&self, at: usize, connection: Connection<S>) {
        if let Some(seat) = self.seats.get(at) {
            *seat.free.lock().unwrap_or_else(PoisonError::into_inner) = Some(connection);
        }
    }

    /// Takes the stores of all sessions that have no connection.
    pub(super) fn take_stores(&self) -> Vec<S> {
        let take = |seat: &Seat<S>| seat.free.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.seats.iter().filter_map(take).map(Connection::into_store).collect()
    }
}
