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

/// Why nobody could be seated; either way the connection is closed without a byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoSeat {
    /// No session has this identity (S-LOGON-19).
    Unknown,
    /// The session has a connection already (S-LOGON-22).
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

    /// Gives it back when its connection is over.
    pub(super) fn give_back(&self, at: usize, connection: Connection<S>) {
        if let Some(seat) = self.seats.get(at) {
            *seat.free.lock().unwrap_or_else(PoisonError::into_inner) = Some(connection);
        }
    }

    /// The stores of all sessions that have no connection.
    pub(super) fn into_stores(self) -> Vec<S> {
        let free = self
            .seats
            .into_iter()
            .filter_map(|seat| seat.free.into_inner().unwrap_or_else(PoisonError::into_inner));
        free.map(Connection::into_store).collect()
    }
}
