//! Connections that have not said who they are: how many, from where, for how long.

use alloc::collections::{BTreeMap, BTreeSet};
use core::cmp::Reverse;
use core::time::Duration;

use super::peer::{Peer, Source};
use crate::session::Instant;

/// Bounds for connections that have not said who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct AdmissionOptions {
    /// How many there may be; 0 counts as 1.
    pub unidentified_max: usize,
    /// How many of them may come from one address; 0 counts as 1. Default half of them.
    pub per_address_max: usize,
    /// How many bits of an IPv6 address count as one address, 0 to 128. Default 64.
    pub ipv6_prefix: u8,
    /// How long each may take for its Logon, from when it was accepted (S-LOGON-26). Default 10 s.
    pub logon_timeout: Duration,
    /// How many bytes the first message may have (INV-17). Default 4 KiB.
    pub first_message_max: usize,
}

impl AdmissionOptions {
    /// Where each connection costs a thread: 256.
    pub const THREADS: Self = Self::new(256);
    /// Where each connection costs a task: 4,096.
    pub const TASKS: Self = Self::new(4096);

    /// So many unidentified connections, half of them from one address at most.
    #[must_use]
    pub const fn new(unidentified_max: usize) -> Self {
        Self {
            unidentified_max,
            per_address_max: unidentified_max.div_ceil(2),
            ipv6_prefix: 64,
            logon_timeout: Duration::from_secs(10),
            first_message_max: 4096,
        }
    }

    /// Sets how many may come from one address. Raise it where all counterparties come through a
    /// proxy that does not say who they are.
    #[must_use]
    pub const fn per_address_max(mut self, connections: usize) -> Self {
        self.per_address_max = connections;
        self
    }

    /// Sets how many bits of an IPv6 address count as one address.
    #[must_use]
    pub const fn ipv6_prefix(mut self, bits: u8) -> Self {
        self.ipv6_prefix = bits;
        self
    }

    /// Sets how long a connection may take for its Logon.
    #[must_use]
    pub const fn logon_timeout(mut self, timeout: Duration) -> Self {
        self.logon_timeout = timeout;
        self
    }

    /// Sets how many bytes the first message may have.
    #[must_use]
    pub const fn first_message_max(mut self, bytes: usize) -> Self {
        self.first_message_max = bytes;
        self
    }
}

/// One accepted connection, for as long as the acceptor lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(u64);

/// Decides which connections may wait for their Logon.
///
/// Nobody is refused: whoever came first of too many makes room, so that silent connections never
/// keep a Logon out. Those of an address that has more than its share make room first; where all
/// addresses together are too many, the address that has the most of them.
///
/// Pure: the adapter tells it what happens, and closes what it names. Every call takes at most
/// logarithmic time, and memory is bounded by the options.
///
/// ```
/// use core::time::Duration;
/// use fixline::engine::{Admission, AdmissionOptions, Peer};
/// use fixline::session::Instant;
///
/// let now = Instant::from_millis(0);
/// let mut admission = Admission::new(AdmissionOptions::new(2));
/// let first = admission.arrive(now, Peer::Local);
/// let second = admission.arrive(now, Peer::Local);
/// assert_eq!(first.deadline, now.after(Duration::from_secs(10)));
///
/// // The third is let in, and the first closed.
/// let third = admission.arrive(now, Peer::Local);
/// assert_eq!(third.evicted, Some((first.connection, Peer::Local)));
///
/// // The second logs on; the third never says anything.
/// admission.leave(second.connection);
/// assert_eq!(admission.expired(third.deadline), Some((third.connection, Peer::Local)));
/// ```
#[derive(Clone, Debug)]
pub struct Admission {
    options: AdmissionOptions,
    /// In the order of arrival, which is that of their deadlines.
    waiting: BTreeMap<ConnectionId, Waiting>,
    /// `None` for the local ones.
    sources: BTreeMap<Option<Source>, BTreeSet<ConnectionId>>,
    /// The source with the most connections first; of several, that of the oldest connection.
    crowds: BTreeSet<Crowd>,
    last: u64,
    /// No deadline is before this one.
    deadline: Instant,
    /// Failures to accept in a row.
    failures: u32,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    peer: Peer,
    deadline: Instant,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Crowd {
    size: Reverse<usize>,
    oldest: ConnectionId,
}

/// A connection that may wait for its Logon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "close the one that makes room"]
#[non_exhaustive]
pub struct Admitted {
    /// What to call it.
    pub connection: ConnectionId,
    /// When it must have said who it is.
    pub deadline: Instant,
    /// To be closed, and reported as
    /// [`TurnedAway::MadeRoom`](super::TurnedAway::MadeRoom).
    pub evicted: Option<(ConnectionId, Peer)>,
}

impl Admission {
    /// Without connections.
    #[must_use]
    pub const fn new(options: AdmissionOptions) -> Self {
        Self {
            options,
            waiting: BTreeMap::new(),
            sources: BTreeMap::new(),
            crowds: BTreeSet::new(),
            last: 0,
            deadline: Instant::from_nanos(0),
            failures: 0,
        }
    }

    /// The bounds.
    #[must_use]
    pub const fn options(&self) -> &AdmissionOptions {
        &self.options
    }

    /// A connection was accepted: it is let in, and another may have to make room.
    pub fn arrive(&mut self, now: Instant, peer: Peer) -> Admitted {
        self.failures = 0;
        // A clock that goes back shortens no wait of those who came before.
        self.deadline = self.deadline.max(now.after(self.options.logon_timeout));
        self.last = self.last.saturating_add(1);
        let connection = ConnectionId(self.last);
        let deadline = self.deadline;
        let evicted = self.room_for(peer).or_else(|| self.room());
        self.waiting.insert(connection, Waiting { peer, deadline });
        self.count(connection, peer);
        Admitted { connection, deadline, evicted }
    }

    /// It has said who it is, or is gone. Whether it was waiting; harmless if not.
    pub fn leave(&mut self, connection: ConnectionId) -> bool {
        match self.waiting.remove(&connection) {
            Some(waiting) => {
                self.discount(connection, waiting.peer);
                true
            }
            None => false,
        }
    }

    /// A proxy says who is behind it: from now on the connection counts as of `peer`. The one
    /// that makes room for it, if that address has too many.
    #[must_use = "a connection must not be forgotten"]
    pub fn is_from(
        &mut self,
        connection: ConnectionId,
        peer: Peer,
    ) -> Option<(ConnectionId, Peer)> {
        let waiting = self.waiting.get_mut(&connection)?;
        let before = core::mem::replace(&mut waiting.peer, peer);
        self.discount(connection, before);
        let evicted = self.room_for(peer);
        self.count(connection, peer);
        evicted
    }

    /// The next connection that has not said who it is in time; call until there is none. It is
    /// to be closed and reported as [`TurnedAway::Late`](super::TurnedAway::Late).
    #[must_use = "a connection must not be forgotten"]
    pub fn expired(&mut self, now: Instant) -> Option<(ConnectionId, Peer)> {
        let (&connection, waiting) = self.waiting.first_key_value()?;
        let peer = waiting.peer;
        if now < waiting.deadline {
            return None;
        }
        self.leave(connection);
        Some((connection, peer))
    }

    /// When to ask for [`expired`](Self::expired) connections.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.waiting.first_key_value().map(|(_, waiting)| waiting.deadline)
    }

    /// How many connections wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Accepting failed: when to try again.
    ///
    /// Each failure in a row doubles the pause: of 10 ms up to 1 s if the failure is `transient`,
    /// as too many open files; else of 1 s up to a minute.
    pub fn accept_failed(&mut self, now: Instant, transient: bool) -> Instant {
        let doublings = self.failures.min(16);
        self.failures = self.failures.saturating_add(1);
        let (first, longest) = if transient { (10, 1_000) } else { (1_000, 60_000) };
        now.after(Duration::from_millis(longest.min(first << doublings)))
    }

    /// Makes room for one more of this peer's address.
    fn room_for(&mut self, peer: Peer) -> Option<(ConnectionId, Peer)> {
        let source = peer.source(self.options.ipv6_prefix)?;
        let connections = self.sources.get(&Some(source))?;
        if connections.len() < self.options.per_address_max.max(1) {
            return None;
        }
        let oldest = *connections.first()?;
        self.evict(oldest)
    }

    /// Makes room for one more.
    fn room(&mut self) -> Option<(ConnectionId, Peer)> {
        if self.waiting.len() < self.options.unidentified_max.max(1) {
            return None;
        }
        let largest = *self.crowds.first()?;
        self.evict(largest.oldest)
    }

    fn evict(&mut self, connection: ConnectionId) -> Option<(ConnectionId, Peer)> {
        let peer = self.waiting.get(&connection)?.peer;
        self.leave(connection);
        Some((connection, peer))
    }

    fn count(&mut self, connection: ConnectionId, peer: Peer) {
        let source = peer.source(self.options.ipv6_prefix);
        let connections = self.sources.entry(source).or_default();
        if let Some(crowd) = Crowd::of(connections) {
            self.crowds.remove(&crowd);
        }
        connections.insert(connection);
        self.crowds.extend(Crowd::of(connections));
    }

    fn discount(&mut self, connection: ConnectionId, peer: Peer) {
        let source = peer.source(self.options.ipv6_prefix);
        let Some(connections) = self.sources.get_mut(&source) else { return };
        if let Some(crowd) = Crowd::of(connections) {
            self.crowds.remove(&crowd);
        }
        connections.remove(&connection);
        match Crowd::of(connections) {
            Some(crowd) => {
                self.crowds.insert(crowd);
            }
            None => {
                self.sources.remove(&source);
            }
        }
    }
}

impl Crowd {
    fn of(connections: &BTreeSet<ConnectionId>) -> Option<Self> {
        let &oldest = connections.first()?;
        Some(Self { size: Reverse(connections.len()), oldest })
    }
}

#[cfg(test)]
mod tests;
