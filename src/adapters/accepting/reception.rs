//! From an accepted connection to a line: who waits for a Logon, for a session, for a store.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::ToString as _;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::task::{Poll, Waker};
use std::io;

use super::handle::{AcceptorHandle, SessionError};
use super::served::{Decision, Effect, Made, Served, Template};
use super::told::Told;
use crate::adapters::clock::Clock;
use crate::adapters::driven::Driven;
use crate::adapters::lease::Lease;
use crate::engine::{
    Admission, AdmissionOptions, ConnectionId, ConnectionOptions, Entry, FirstMessage, Lobby, Look,
    Newcomer, Origin, Peer, SessionId, Store, Throttle, ThrottleOptions, TurnedAway,
};
use crate::session::{Config, Instant};

/// What both acceptors do with a connection, whatever a stream is to them: `T` is closed by being
/// dropped.
pub(in crate::adapters) struct Reception<T, S: Store> {
    served: Arc<Served<S>>,
    admission: Admission,
    template: Option<Template<S>>,
    clock: Clock,
    /// They have not said who they are.
    guests: BTreeMap<ConnectionId, Peer>,
    /// They have, and wait for their session.
    waiting: BTreeMap<ConnectionId, Waiting<T>>,
    /// Their session is being loaded.
    opening: Vec<Opening<T, S>>,
}

/// A connection that waits for its session.
struct Waiting<T> {
    stream: T,
    lobby: Lobby,
    origin: Origin,
}

/// A session that is being loaded for a connection.
struct Opening<T, S: Store> {
    id: SessionId,
    driven: Box<Driven<S>>,
    waiting: Waiting<T>,
}

/// A connection that was let in, and has to say who it is.
pub(in crate::adapters) struct Arrived {
    pub(in crate::adapters) connection: ConnectionId,
    /// By when.
    pub(in crate::adapters) deadline: Instant,
    /// What its first message may be.
    pub(in crate::adapters) first_message: FirstMessage,
    /// Has made room: to be closed.
    pub(in crate::adapters) made_room: Option<ConnectionId>,
}

/// What became of a connection in its lobby.
pub(in crate::adapters) enum Came<T> {
    /// It has said who it is.
    In { stream: T, lobby: Lobby, origin: Origin },
    /// It is closed.
    Away { origin: Option<Origin>, claimed: Option<SessionId>, why: TurnedAway },
}

/// A connection that has its session.
pub(in crate::adapters) struct Entered<T, S: Store> {
    pub(in crate::adapters) lease: Lease<S>,
    pub(in crate::adapters) stream: T,
    pub(in crate::adapters) origin: Origin,
}

impl<T, S: Store + 'static> Reception<T, S> {
    pub(in crate::adapters) fn new(options: AdmissionOptions, clock: Clock) -> Self {
        Self {
            served: Served::new(),
            admission: Admission::new(options),
            template: None,
            clock,
            guests: BTreeMap::new(),
            waiting: BTreeMap::new(),
            opening: Vec::new(),
        }
    }

    pub(in crate::adapters) fn set_admission(&mut self, options: AdmissionOptions) {
        self.admission = Admission::new(options);
    }

    pub(in crate::adapters) fn set_newcomer(&self, newcomer: Newcomer) {
        self.served.desk().directory.set_newcomer(newcomer);
    }

    pub(in crate::adapters) fn set_throttle(&self, options: ThrottleOptions) {
        self.served.desk().throttle = Throttle::new(options);
    }

    pub(in crate::adapters) fn set_clock(&mut self, clock: Clock) {
        self.clock = clock;
    }

    pub(in crate::adapters) const fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(in crate::adapters) fn set_template(
        &mut self,
        sessions_max: usize,
        make: impl Fn(&SessionId, &Origin) -> Option<Made<S>> + Send + Sync + 'static,
    ) {
        self.served.desk().directory.set_template_max(sessions_max);
        self.template = Some(Arc::new(make));
    }

    pub(in crate::adapters) fn add(
        &self,
        config: impl Into<Arc<Config>>,
        store: S,
        options: ConnectionOptions,
    ) -> Result<(), SessionError> {
        self.handle().add_with(config, store, options).map(drop)
    }

    pub(in crate::adapters) fn handle(&self) -> AcceptorHandle<S> {
        AcceptorHandle::new(Arc::clone(&self.served))
    }

    /// Accepting failed; when to try again.
    pub(in crate::adapters) fn accept_failed(&mut self, error: &io::Error) -> Instant {
        let now = self.clock.now().monotonic;
        let again_at = self.admission.accept_failed(now, is_transient(error));
        self.tell(Told::AcceptFailed { error: error.to_string().into(), again_at });
        again_at
    }

    /// A connection was accepted.
    pub(in crate::adapters) fn arrive(&mut self, peer: Peer) -> Arrived {
        let admitted = self.admission.arrive(self.clock.now().monotonic, peer);
        let (connection, deadline) = (admitted.connection, admitted.deadline);
        let made_room = admitted.evicted.map(|(evicted, _)| {
            self.turn_away(evicted, TurnedAway::MadeRoom);
            evicted
        });
        self.guests.insert(connection, peer);
        let len_max = self.admission.options().first_message_max;
        let first_message = self.served.desk().directory.first_message(len_max);
        Arrived { connection, deadline, first_message, made_room }
    }

    /// A connection that has not said who it is does not get to.
    pub(in crate::adapters) fn turn_away(&mut self, connection: ConnectionId, why: TurnedAway) {
        self.came(connection, Came::Away { origin: None, claimed: None, why });
    }

    /// The next connection that has not said who it is in time: to be closed.
    pub(in crate::adapters) fn expired(&mut self) -> Option<ConnectionId> {
        let (connection, _) = self.admission.expired(self.clock.now().monotonic)?;
        self.turn_away(connection, TurnedAway::Late);
        Some(connection)
    }

    /// A connection has said who it is, or will not. Of one that was closed it was told already.
    pub(in crate::adapters) fn came(&mut self, connection: ConnectionId, came: Came<T>) {
        let Some(peer) = self.guests.remove(&connection) else { return };
        self.admission.leave(connection);
        match came {
            Came::In { stream, lobby, origin } => {
                self.identified(connection, Waiting { stream, lobby, origin });
            }
            Came::Away { origin, claimed, why } => {
                let peer = origin.map_or(peer, |origin| origin.peer);
                self.tell(Told::TurnedAway { peer, claimed, why });
            }
        }
    }

    fn identified(&mut self, connection: ConnectionId, waiting: Waiting<T>) {
        let now = self.clock.now().monotonic;
        let Look::Identity(identity) = waiting.lobby.look(now) else {
            // Its time was up just now.
            let (peer, claimed) = (waiting.origin.peer, waiting.lobby.claimed());
            return self.tell(Told::TurnedAway { peer, claimed, why: TurnedAway::Late });
        };
        let deadline = waiting.lobby.deadline();
        let template = self.template.as_ref();
        let (id, decision) =
            self.served.identified(&identity, connection, deadline, &waiting.origin, template, now);
        match decision {
            Decision::Enter(id, driven) => self.opening.push(Opening { id, driven, waiting }),
            Decision::Wait => {
                self.waiting.insert(connection, waiting);
            }
            Decision::TurnAway(why) => {
                self.tell(Told::TurnedAway { peer: waiting.origin.peer, claimed: id, why });
            }
        }
    }

    /// What happens to the sessions, and to those who wait for one; when to look again. From here
    /// on `waker` is woken when there is more.
    pub(in crate::adapters) fn turn(&mut self, waker: &Waker) -> Option<Instant> {
        let (effects, at) = self.served.turn(waker, &self.clock);
        for effect in effects {
            self.perform(effect);
        }
        [at, self.admission.next_deadline()].into_iter().flatten().min()
    }

    fn perform(&mut self, effect: Effect<S>) {
        match effect {
            Effect::Enter(connection, id, driven) => match self.waiting.remove(&connection) {
                Some(waiting) => self.opening.push(Opening { id, driven, waiting }),
                None => self.give_back(&id, driven),
            },
            Effect::TurnAway(connection, id, why) => {
                if let Some(waiting) = self.waiting.remove(&connection) {
                    let peer = waiting.origin.peer;
                    self.tell(Told::TurnedAway { peer, claimed: Some(id), why });
                }
            }
        }
    }

    fn give_back(&mut self, id: &SessionId, driven: Box<Driven<S>>) {
        if let Some(effect) = self.served.not_lent(id, driven) {
            self.perform(effect);
        }
    }

    /// The next session that is loaded for its connection. `waker` is woken for those that are
    /// being loaded.
    pub(in crate::adapters) fn open(&mut self, waker: &Waker) -> Option<Entered<T, S>> {
        let mut at = 0;
        while let Some(opening) = self.opening.get_mut(at) {
            opening.driven.connection.wake_with(Some(waker));
            let loaded = match opening.driven.connection.open() {
                Poll::Pending => {
                    at = at.saturating_add(1);
                    continue;
                }
                Poll::Ready(loaded) => loaded,
            };
            let Opening { id, mut driven, waiting } = self.opening.swap_remove(at);
            if let Err(error) = loaded {
                self.tell(Told::StoreFailed { session: id.clone(), error });
                self.not_entered(&id, driven, &waiting.origin, TurnedAway::StoreFailed);
                continue;
            }
            let Waiting { stream, lobby, origin } = waiting;
            let now = self.clock.now();
            let entry = Entry {
                from: Some(&origin),
                first_bytes: lobby.bytes(),
                refuses_silently: self.served.refuses_silently(&id, origin.peer, now.monotonic),
                ..Entry::PLAIN
            };
            match driven.connection.connected(now, entry) {
                Ok(()) => {
                    let lease = self.served.lend(id, driven, origin.peer, self.clock.clone());
                    return Some(Entered { lease, stream, origin });
                }
                Err(error) => {
                    let why = TurnedAway::Failed(error.to_string().into());
                    self.not_entered(&id, driven, &origin, why);
                }
            }
        }
        None
    }

    fn not_entered(
        &mut self,
        id: &SessionId,
        driven: Box<Driven<S>>,
        origin: &Origin,
        why: TurnedAway,
    ) {
        self.tell(Told::TurnedAway { peer: origin.peer, claimed: Some(id.clone()), why });
        self.give_back(id, driven);
    }

    pub(in crate::adapters) fn tell(&self, told: Told) {
        self.served.desk().told.push(told);
    }

    /// The next thing to tell.
    pub(in crate::adapters) fn told(&self) -> Option<Told> {
        self.served.desk().told.pop()
    }

    /// Whether somebody asked for the end: nobody is let in any more.
    pub(in crate::adapters) fn shuts_down(&self) -> bool {
        self.served.desk().shuts_down
    }

    /// Whether that is done.
    pub(in crate::adapters) fn is_done(&self) -> bool {
        let desk = self.served.desk();
        desk.shuts_down && desk.directory.is_empty()
    }

    /// Nobody accepts any more.
    pub(in crate::adapters) fn end(&mut self) {
        self.waiting.clear();
        self.guests.clear();
        self.served.end();
    }
}

impl<T, S: Store> Drop for Reception<T, S> {
    fn drop(&mut self) {
        self.served.abandon();
    }
}

/// Whether accepting may succeed in a moment: the peer is gone, or something ran out.
fn is_transient(error: &io::Error) -> bool {
    !matches!(
        error.kind(),
        io::ErrorKind::InvalidInput | io::ErrorKind::PermissionDenied | io::ErrorKind::NotConnected
    )
}
