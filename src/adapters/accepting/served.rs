//! The sessions of an acceptor between their lines, and who gets them.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::{Arc, Weak};
use alloc::task::Wake;
use alloc::vec::Vec;
use core::task::Waker;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::told::{Tellings, Told};
use crate::adapters::clock::Clock;
use crate::adapters::driven::Driven;
use crate::adapters::latch::{Latch, Latched, Wakeful, Wakes};
use crate::adapters::lease::{Home, Lease, Left};
use crate::adapters::mailbox::{Ask, Duty, Handle};
use crate::engine::{
    Arrival, Connection, ConnectionId, ConnectionOptions, Directory, GivenBack, Hearing, Identity,
    Origin, Peer, Proof, Proved, SessionId, Store, Throttle, ThrottleOptions, TurnedAway,
};
use crate::session::{Config, Instant, Misuse};

/// A session that a template makes: its configuration, its store, its buffers.
pub type Made<S> = (Arc<Config>, S, ConnectionOptions);

/// Makes sessions for identities that it approves; `None`: not ours.
pub(in crate::adapters) type Template<S> =
    Arc<dyn Fn(&SessionId, &Origin) -> Option<Made<S>> + Send + Sync>;

/// What acceptor, handles and lines share. Two locks, never held at once in this order: what comes
/// in may be put down by a waker under whatever lock.
pub(in crate::adapters) struct Served<S: Store> {
    desk: Mutex<Desk<S>>,
    tray: Latch<Tray<S>>,
}

/// The sessions.
pub(in crate::adapters) struct Desk<S: Store> {
    pub(in crate::adapters) directory: Directory<Box<Driven<S>>>,
    pub(in crate::adapters) handles: BTreeMap<SessionId, Handle>,
    pub(in crate::adapters) told: Tellings,
    pub(in crate::adapters) throttle: Throttle,
    /// Sessions that were removed, for who waits for their stores.
    pub(in crate::adapters) removed: BTreeMap<SessionId, Box<Driven<S>>>,
    /// When sessions without a line are to be looked at.
    rests: BTreeSet<(Instant, SessionId)>,
    /// Connections that waited for a session that takes nobody any more.
    pub(in crate::adapters) turned_away: Vec<(SessionId, ConnectionId, TurnedAway)>,
    /// Somebody asked for the end.
    pub(in crate::adapters) shuts_down: bool,
}

/// What came in since the acceptor looked.
struct Tray<S: Store> {
    /// Sessions without a line that have something to do.
    dirty: BTreeSet<SessionId>,
    logged_on: Vec<(SessionId, Peer)>,
    /// Whose Logon came to nothing.
    failed: Vec<(SessionId, Peer)>,
    proofs: Vec<(SessionId, Proof)>,
    back: Vec<(SessionId, Box<Driven<S>>, Left)>,
    /// The acceptor.
    waker: Option<Waker>,
    /// Those who wait for the end, or for a session to be removed.
    watchers: Vec<Waker>,
    over: bool,
    wakes: Wakes,
}

impl<S: Store> Wakeful for Tray<S> {
    fn wakes(&mut self) -> &mut Wakes {
        &mut self.wakes
    }
}

impl<S: Store> Tray<S> {
    fn wake(&mut self) {
        self.wakes.wake(self.waker.take());
    }

    fn wake_watchers(&mut self) {
        self.wakes.wake(self.watchers.drain(..));
    }
}

/// What becomes of a connection that has said who it is.
pub(in crate::adapters) enum Decision<S: Store> {
    /// It has the session: load the store, then enter.
    Enter(SessionId, Box<Driven<S>>),
    /// Keep it, until an [`Effect`] says what becomes of it.
    Wait,
    /// Close it.
    TurnAway(TurnedAway),
}

/// What becomes of a connection that was kept.
pub(in crate::adapters) enum Effect<S: Store> {
    /// It has the session.
    Enter(ConnectionId, SessionId, Box<Driven<S>>),
    /// Close it.
    TurnAway(ConnectionId, SessionId, TurnedAway),
}

impl<S: Store + 'static> Served<S> {
    pub(in crate::adapters) fn new() -> Arc<Self> {
        let desk = Desk {
            directory: Directory::new(),
            handles: BTreeMap::new(),
            told: Tellings::default(),
            throttle: Throttle::new(ThrottleOptions::new()),
            removed: BTreeMap::new(),
            rests: BTreeSet::new(),
            turned_away: Vec::new(),
            shuts_down: false,
        };
        let tray = Tray {
            dirty: BTreeSet::new(),
            logged_on: Vec::new(),
            failed: Vec::new(),
            proofs: Vec::new(),
            back: Vec::new(),
            waker: None,
            watchers: Vec::new(),
            over: false,
            wakes: Wakes::default(),
        };
        Arc::new(Self { desk: Mutex::new(desk), tray: Latch::new(tray) })
    }

    pub(in crate::adapters) fn desk(&self) -> MutexGuard<'_, Desk<S>> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tray(&self) -> Latched<'_, Tray<S>> {
        self.tray.lock()
    }

    /// Wakes the acceptor.
    pub(in crate::adapters) fn wake(&self) {
        self.tray().wake();
    }

    /// Wakes those who wait for the end, or for a session to be removed.
    pub(in crate::adapters) fn wake_watchers(&self) {
        self.tray().wake_watchers();
    }

    pub(in crate::adapters) fn watch(&self, waker: &Waker) {
        let watchers = &mut self.tray().watchers;
        if !watchers.iter().any(|known| known.will_wake(waker)) {
            watchers.push(waker.clone());
        }
    }

    /// Nobody accepts any more.
    pub(in crate::adapters) fn end(&self) {
        // Their mailboxes answer that nobody drives any more: under no lock, they wake who waits.
        let removed = core::mem::take(&mut self.desk().removed);
        drop(removed);
        self.tray().over = true;
        self.wake_watchers();
    }

    pub(in crate::adapters) fn is_over(&self) -> bool {
        self.tray().over
    }

    /// Adds a session; its store is loaded when somebody logs on to it, or asks something of it.
    pub(in crate::adapters) fn add(
        self: &Arc<Self>,
        connection: Connection<S>,
        from_template: bool,
    ) -> Result<Handle, crate::engine::AddError> {
        let config = Arc::clone(connection.config());
        let driven = Box::new(Driven::new(connection));
        let handle = driven.driver.handle();
        let mut desk = self.desk();
        let added = if from_template {
            desk.directory.add_from_template(config, driven)
        } else {
            desk.directory.add(config, driven)
        };
        let id = added.map_err(|(error, _)| error)?;
        desk.handles.insert(id.clone(), handle.clone());
        drop(desk);
        self.mark(&id);
        Ok(handle)
    }

    /// A session without a line has something to do.
    fn mark(&self, id: &SessionId) {
        self.tray().dirty.insert(id.clone());
        self.wake();
    }

    /// A connection has said who it is.
    pub(in crate::adapters) fn identified(
        self: &Arc<Self>,
        identity: &Identity<'_>,
        connection: ConnectionId,
        deadline: Instant,
        origin: &Origin,
        template: Option<&Template<S>>,
        now: Instant,
    ) -> (Option<SessionId>, Decision<S>) {
        let found = self.desk().directory.find(identity);
        let id = match found {
            Ok(id) => id,
            Err(unknown) => match self.make(identity, origin, template) {
                Ok(Some(id)) => id,
                Ok(None) => return (identity.session_id(), Decision::TurnAway(unknown)),
                Err(why) => return (identity.session_id(), Decision::TurnAway(why)),
            },
        };
        let mut desk = self.desk();
        if let Hearing::Refused { .. } = desk.throttle.check(now, origin.peer, &id) {
            return (Some(id), Decision::TurnAway(TurnedAway::Throttled));
        }
        let decision = match desk.directory.arrive(&id, connection, deadline, now) {
            Arrival::Take(driven) => Decision::Enter(id.clone(), driven),
            Arrival::Wait => Decision::Wait,
            Arrival::TurnAway(why) => Decision::TurnAway(why),
            Arrival::Prove { patience } => {
                if let Some(handle) = desk.handles.get(&id) {
                    // A line that nobody drives does not answer, and the wait ends by itself.
                    let _asked = handle.tell(Ask::Prove { patience });
                }
                Decision::Wait
            }
        };
        (Some(id), decision)
    }

    /// Makes a session for an identity that the template approves.
    fn make(
        self: &Arc<Self>,
        identity: &Identity<'_>,
        origin: &Origin,
        template: Option<&Template<S>>,
    ) -> Result<Option<SessionId>, TurnedAway> {
        let (Some(template), Some(claimed)) = (template, identity.session_id()) else {
            return Ok(None);
        };
        self.desk().directory.may_make()?;
        // The template is the user's, and runs under no lock.
        let Some((config, store, options)) = template(&claimed, origin) else { return Ok(None) };
        let connection =
            Connection::new(config, store, options).map_err(|_| TurnedAway::Unknown)?;
        if let Err(crate::engine::AddError::TooManySessions) = self.add(connection, true) {
            return Err(TurnedAway::TooManySessions);
        }
        Ok(self.desk().directory.find(identity).ok())
    }

    /// The session is loaded and has its connection: a line of it.
    pub(in crate::adapters) fn lend(
        self: &Arc<Self>,
        id: SessionId,
        driven: Box<Driven<S>>,
        peer: Peer,
        clock: Clock,
    ) -> Lease<S> {
        self.desk().directory.connected(&id);
        let home: Arc<dyn Home<S>> = Arc::clone(self) as Arc<dyn Home<S>>;
        Lease::new(id, driven, Some((home, peer)), clock)
    }

    /// Whether a Logon of this peer is to be refused without a word, if it is.
    pub(in crate::adapters) fn refuses_silently(
        &self,
        id: &SessionId,
        peer: Peer,
        now: Instant,
    ) -> bool {
        matches!(self.desk().throttle.check(now, peer, id), Hearing::Silent)
    }

    /// The session could not be entered: it is free again.
    pub(in crate::adapters) fn not_lent(
        self: &Arc<Self>,
        id: &SessionId,
        driven: Box<Driven<S>>,
    ) -> Option<Effect<S>> {
        let mut desk = self.desk();
        self.give_back(&mut desk, id, driven)
    }

    fn give_back(
        &self,
        desk: &mut Desk<S>,
        id: &SessionId,
        driven: Box<Driven<S>>,
    ) -> Option<Effect<S>> {
        match desk.directory.give_back(id, driven) {
            GivenBack::Kept => {
                // What it still has to do it does without a line.
                self.tray().dirty.insert(id.clone());
                self.wake();
                None
            }
            GivenBack::ToNext(connection, driven) => {
                Some(Effect::Enter(connection, id.clone(), driven))
            }
            GivenBack::Left(driven) => {
                desk.handles.remove(id);
                desk.removed.insert(id.clone(), driven);
                self.wake_watchers();
                None
            }
        }
    }

    /// Does what came in, and says what becomes of connections that were kept. From here on
    /// `waker` is woken when there is more; also when to look again by itself.
    pub(in crate::adapters) fn turn(
        self: &Arc<Self>,
        waker: &Waker,
        clock: &Clock,
    ) -> (Vec<Effect<S>>, Option<Instant>) {
        let (back, proofs, logged_on, failed) = {
            let mut tray = self.tray();
            let tray = &mut *tray;
            tray.wakes.keep(&mut tray.waker, waker);
            let take = core::mem::take::<Vec<_>>;
            (
                take(&mut tray.back),
                core::mem::take(&mut tray.proofs),
                core::mem::take(&mut tray.logged_on),
                core::mem::take(&mut tray.failed),
            )
        };
        let now = clock.now().monotonic;
        let mut effects = Vec::new();
        let mut desk = self.desk();
        let desk = &mut *desk;
        for (id, peer) in failed {
            desk.throttle.failed(now, peer, &id);
        }
        for (id, peer) in logged_on {
            desk.throttle.succeeded(now, peer, &id);
            if let Some((connection, why)) = desk.directory.logged_on(&id) {
                effects.push(Effect::TurnAway(connection, id, why));
            }
        }
        for (id, proof) in proofs {
            match desk.directory.proved(&id, proof, now) {
                Proved::TurnAway(connection, why) => {
                    effects.push(Effect::TurnAway(connection, id, why));
                }
                Proved::EndOld => {
                    if let Some(handle) = desk.handles.get(&id) {
                        let _asked = handle.tell(Ask::Replace);
                    }
                }
                Proved::Nothing => {}
            }
        }
        for (id, driven, how) in back {
            if let Left::Dropped(abandoned) | Left::Panicked(abandoned) = &how
                && let Some(error) = abandoned.store_failed.clone()
            {
                desk.told.push(Told::StoreFailed { session: id.clone(), error });
            }
            desk.told.push(Told::Left { session: id.clone(), how });
            effects.extend(self.give_back(desk, &id, driven));
        }
        for (id, connection, why) in desk.turned_away.drain(..) {
            effects.push(Effect::TurnAway(connection, id, why));
        }
        while let Some((id, connection, why)) = desk.directory.expired(now) {
            effects.push(Effect::TurnAway(connection, id, why));
        }
        let rests_at = self.rest(desk, clock);
        let at = [desk.directory.next_deadline(), rests_at].into_iter().flatten().min();
        (effects, at)
    }

    /// Sessions without a line carry requests out, and commits go on.
    fn rest(self: &Arc<Self>, desk: &mut Desk<S>, clock: &Clock) -> Option<Instant> {
        let mut dirty = core::mem::take(&mut self.tray().dirty);
        let now = clock.now().monotonic;
        while let Some((at, id)) = desk.rests.first().cloned()
            && at <= now
        {
            desk.rests.pop_first();
            dirty.insert(id);
        }
        for id in dirty {
            let Ok(mut driven) = desk.directory.take(&id) else { continue };
            let waker = Waker::from(Arc::new(SessionWaker {
                served: Arc::downgrade(self),
                id: id.clone(),
            }));
            let (more, at) = driven.rest(&waker, clock);
            if let Some(error) = driven.take_seen().store_failed {
                desk.told.push(Told::StoreFailed { session: id.clone(), error });
            }
            while let Some(duty) = driven.driver.duty() {
                match duty {
                    Duty::Shutdown { key, .. } | Duty::Resume { key } => {
                        driven.driver.answer(key, Ok(()));
                    }
                    Duty::Stop { key } => {
                        driven.driver.answer(key, Err(Misuse::NotConnected.into()));
                    }
                }
            }
            if more {
                self.tray().dirty.insert(id.clone());
                self.wake();
            }
            if let Some(at) = at {
                desk.rests.insert((at, id.clone()));
            }
            // It was free, so that nobody can be waiting for it.
            let _kept = desk.directory.give_back(&id, driven);
        }
        desk.rests.first().map(|(at, _)| *at)
    }
}

impl<S: Store> Home<S> for Served<S> {
    fn logged_on(&self, id: &SessionId, peer: Peer) {
        self.put_down(|tray| tray.logged_on.push((id.clone(), peer)));
    }

    fn failed(&self, id: &SessionId, peer: Peer) {
        self.put_down(|tray| tray.failed.push((id.clone(), peer)));
    }

    fn proved(&self, id: &SessionId, proof: Proof) {
        self.put_down(|tray| tray.proofs.push((id.clone(), proof)));
    }

    fn back(&self, id: &SessionId, driven: Box<Driven<S>>, how: Left) {
        self.put_down(|tray| tray.back.push((id.clone(), driven, how)));
    }
}

impl<S: Store> Served<S> {
    /// The acceptor is dropped: nobody comes in any more, and nobody drives what it kept.
    pub(in crate::adapters) fn abandon(&self) {
        let gone = {
            let mut desk = self.desk.lock().unwrap_or_else(PoisonError::into_inner);
            (desk.directory.shut_down(), core::mem::take(&mut desk.removed))
        };
        // Under no lock: mailboxes wake those who wait.
        drop(gone);
        let mut tray = self.tray.lock();
        tray.over = true;
        tray.wake_watchers();
    }

    /// Puts something into the tray, and wakes the acceptor.
    fn put_down(&self, what: impl FnOnce(&mut Tray<S>)) {
        let mut tray = self.tray.lock();
        what(&mut tray);
        tray.wake();
    }
}

/// Wakes the acceptor for one of its sessions.
struct SessionWaker<S: Store> {
    served: Weak<Served<S>>,
    id: SessionId,
}

impl<S: Store> Wake for SessionWaker<S> {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if let Some(served) = self.served.upgrade() {
            served.put_down(|tray| {
                tray.dirty.insert(self.id.clone());
            });
        }
    }
}
