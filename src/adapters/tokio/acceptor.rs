//! The side that is connected to: one listener for several sessions.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::fmt;
use alloc::string::ToString as _;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::future::poll_fn;
use core::task::{Context, Poll};

use tokio::task::{AbortHandle, JoinSet};

use super::acceptor_events::{AcceptorEvents, Queue};
use super::guest::{Came, Guest, receive};
use super::line::Line;
use super::link::Link;
use super::listener::{Listener, is_transient};
use crate::adapters::accepting::{
    AcceptorHandle, Decision, Effect, Made, Served, SessionError, Template, Told,
};
use crate::adapters::clock::Clock;
use crate::adapters::driven::Driven;
use crate::engine::{
    Admission, AdmissionOptions, ConnectionId, ConnectionOptions, Entry, Lobby, Look, Newcomer,
    Origin, Peer, SessionId, Store, Throttle, ThrottleOptions, TurnedAway,
};
use crate::session::{Config, Instant};

/// How many connections one poll accepts before it lets others run.
const ACCEPTS_MAX: usize = 64;

/// The sessions that a listener serves.
///
/// Each connection first says who it is, in a task of its own, within bounds of time, bytes and
/// number; then [`next`](Self::next), or the events of [`spawn`](Self::spawn), hand out its line.
/// Whoever is turned away is reported. A session is free again when its line is over or dropped.
///
/// ```no_run
/// use core::ops::ControlFlow;
///
/// use fixline::adapters::tokio::{Acceptor, AcceptorEvent, Handle};
/// use fixline::engine::{Event, MemoryStore};
/// use fixline::session::{Config, ResendPolicy, Version};
/// use fixline::wire::Fields;
/// use tokio::net::TcpListener;
///
/// async fn on(event: Event<'_>, _session: &Handle) -> ControlFlow<()> {
///     match event {
///         // Everybody is welcome here: compare a password first.
///         Event::Authenticate { verdict, .. } => drop(verdict.accept(Fields::EMPTY)),
///         Event::Message { message, .. } => println!("{message}"),
///         _ => {}
///     }
///     ControlFlow::Continue(())
/// }
///
/// # async fn serve() -> Result<(), Box<dyn std::error::Error>> {
/// let config = Config::acceptor(Version::Fix44, "BROKER", "CLIENT", ResendPolicy::All).build()?;
/// let mut acceptor = Acceptor::new(TcpListener::bind("127.0.0.1:5001").await?);
/// acceptor.session(config, MemoryStore::new())?;
/// while let Some(event) = acceptor.next().await {
///     match event {
///         AcceptorEvent::Line(line) => drop(tokio::spawn(line.run(on))),
///         AcceptorEvent::Told(told) => eprintln!("{told:?}"),
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub struct Acceptor<L: Listener, S: Store> {
    listener: L,
    served: Arc<Served<S>>,
    admission: Admission,
    template: Option<Template<S>>,
    clock: Clock,
    guests: JoinSet<Guest<L::Stream>>,
    aborts: BTreeMap<ConnectionId, AbortHandle>,
    peers: BTreeMap<ConnectionId, Peer>,
    /// They have said who they are, and wait for their session.
    waiting: BTreeMap<ConnectionId, Waiting<L::Stream>>,
    /// Their session is being loaded.
    opening: Vec<Opening<L::Stream, S>>,
    /// Nothing is accepted before.
    accept_at: Option<Instant>,
    timer: Link<L::Stream>,
    over: bool,
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

/// Something that an acceptor hands to its owner.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "a line, or a word")]
pub enum AcceptorEvent<T: super::Stream, S: Store> {
    /// A connection has said who it is: this is its line. Somebody has to drive it.
    Line(Line<T, S>),
    /// Something to know.
    Told(Told),
}

impl<L: Listener, S: Store + 'static> Acceptor<L, S> {
    /// Without sessions.
    #[must_use]
    pub fn new(listener: L) -> Self {
        Self {
            listener,
            served: Served::new(),
            admission: Admission::new(AdmissionOptions::TASKS),
            template: None,
            clock: Clock::of_tokio(),
            guests: JoinSet::new(),
            aborts: BTreeMap::new(),
            peers: BTreeMap::new(),
            waiting: BTreeMap::new(),
            opening: Vec::new(),
            accept_at: None,
            timer: Link::new(),
            over: false,
        }
    }

    /// Other bounds for connections that have not said who they are.
    #[must_use]
    pub fn admission(mut self, options: AdmissionOptions) -> Self {
        self.admission = Admission::new(options);
        self
    }

    /// How failed Logons are held off.
    #[must_use]
    pub fn throttle(self, options: ThrottleOptions) -> Self {
        self.served.desk().throttle = Throttle::new(options);
        self
    }

    /// What a connection may do whose session has one already.
    #[must_use]
    pub fn newcomer(self, newcomer: Newcomer) -> Self {
        self.served.desk().directory.set_newcomer(newcomer);
        self
    }

    /// Another clock, such as one that stands still with `tokio`'s in a test.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Makes sessions for identities that `make` approves, so many at most. Their stores are loaded
    /// when they first log on.
    #[must_use]
    pub fn template(
        mut self,
        sessions_max: usize,
        make: impl Fn(&SessionId, &Origin) -> Option<Made<S>> + Send + Sync + 'static,
    ) -> Self {
        self.served.desk().directory.set_template_max(sessions_max);
        self.template = Some(Arc::new(make));
        self
    }

    /// A further session, with the default options. Does no I/O.
    ///
    /// # Errors
    ///
    /// It cannot stand beside the others, or is an initiator's.
    pub fn session(
        &mut self,
        config: impl Into<Arc<Config>>,
        store: S,
    ) -> Result<&mut Self, SessionError> {
        self.session_with(config, store, ConnectionOptions::new())
    }

    /// A further session, whose buffers have these sizes. Does no I/O.
    ///
    /// # Errors
    ///
    /// It cannot stand beside the others, is an initiator's, or its buffers are too small.
    pub fn session_with(
        &mut self,
        config: impl Into<Arc<Config>>,
        store: S,
        options: ConnectionOptions,
    ) -> Result<&mut Self, SessionError> {
        self.handle().add_with(config, store, options)?;
        Ok(self)
    }

    /// Works on the sessions, from elsewhere.
    #[must_use]
    pub fn handle(&self) -> AcceptorHandle<S> {
        AcceptorHandle::new(Arc::clone(&self.served))
    }

    /// The next line, or word; `None` behind a shutdown. Whoever calls it drives the accepting. May
    /// be dropped at any time: nothing is lost.
    pub async fn next(&mut self) -> Option<AcceptorEvent<L::Stream, S>> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// A task accepts. It never waits for its owner: of what it is told the oldest makes room.
    ///
    /// # Panics
    ///
    /// Outside of a `tokio` runtime, as [`tokio::spawn`] does.
    #[must_use = "an acceptor whose events are dropped hands out no lines"]
    pub fn spawn(mut self) -> (AcceptorHandle<S>, AcceptorEvents<L::Stream, S>) {
        let (handle, queue) = (self.handle(), Queue::new());
        let events = AcceptorEvents::new(Arc::clone(&queue));
        tokio::spawn(async move {
            while let Some(event) = self.next().await {
                queue.push(event);
            }
            queue.end();
        });
        (handle, events)
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<AcceptorEvent<L::Stream, S>>> {
        if self.over {
            return Poll::Ready(None);
        }
        loop {
            let accepted = self.accept(cx);
            self.receive_guests(cx);
            self.expire();
            let served_at = self.serve(cx);
            if let Some(line) = self.open(cx) {
                return Poll::Ready(Some(AcceptorEvent::Line(line)));
            }
            let (told, ends) = {
                let mut desk = self.served.desk();
                (desk.told.pop(), desk.shuts_down && desk.directory.is_empty())
            };
            if let Some(told) = told {
                return Poll::Ready(Some(AcceptorEvent::Told(told)));
            }
            if ends {
                self.end();
                return Poll::Ready(None);
            }
            if accepted {
                continue;
            }
            let at = [served_at, self.accept_at, self.admission.next_deadline()];
            let at = at.into_iter().flatten().min();
            if !self.timer.is_due(at, &self.clock, cx) {
                return Poll::Pending;
            }
        }
    }

    fn end(&mut self) {
        self.over = true;
        self.guests.abort_all();
        self.waiting.clear();
        self.served.end();
    }

    /// Lets new connections in, each in a task of its own; whether there may be more.
    fn accept(&mut self, cx: &mut Context<'_>) -> bool {
        if self.accept_at.is_some_and(|at| self.clock.now().monotonic < at) {
            return false;
        }
        self.accept_at = None;
        for _ in 0..ACCEPTS_MAX {
            match self.listener.poll_accept(cx) {
                Poll::Pending => return false,
                Poll::Ready(Ok((raw, peer))) => self.arrived(raw, peer),
                Poll::Ready(Err(error)) => {
                    let now = self.clock.now().monotonic;
                    let again_at = self.admission.accept_failed(now, is_transient(&error));
                    self.accept_at = Some(again_at);
                    let error = error.to_string().into();
                    self.tell(Told::AcceptFailed { error, again_at });
                    return false;
                }
            }
        }
        true
    }

    fn arrived(&mut self, raw: L::Raw, peer: Peer) {
        let admitted = self.admission.arrive(self.clock.now().monotonic, peer);
        if let Some((connection, peer)) = admitted.evicted {
            self.drop_guest(connection, peer, TurnedAway::MadeRoom);
        }
        let len_max = self.admission.options().first_message_max;
        let first_message = self.served.desk().directory.first_message(len_max);
        let (connection, deadline) = (admitted.connection, admitted.deadline);
        let prepare = self.listener.prepare(raw, peer);
        let guest = receive(connection, prepare, deadline, first_message, self.clock.clone());
        self.aborts.insert(connection, self.guests.spawn(guest));
        self.peers.insert(connection, peer);
    }

    fn drop_guest(&mut self, connection: ConnectionId, peer: Peer, why: TurnedAway) {
        self.peers.remove(&connection);
        if let Some(abort) = self.aborts.remove(&connection) {
            abort.abort();
        }
        self.tell(Told::TurnedAway { peer, claimed: None, why });
    }

    /// Connections that have not said who they are in time.
    fn expire(&mut self) {
        let now = self.clock.now().monotonic;
        while let Some((connection, peer)) = self.admission.expired(now) {
            self.drop_guest(connection, peer, TurnedAway::Late);
        }
    }

    /// Those who have said who they are, or will not.
    fn receive_guests(&mut self, cx: &mut Context<'_>) {
        while let Poll::Ready(Some(joined)) = self.guests.poll_join_next(cx) {
            // Of one that was aborted it was told; one that panicked is told when its time is up.
            let Ok(Guest { connection, came }) = joined else { continue };
            self.aborts.remove(&connection);
            let Some(peer) = self.peers.remove(&connection) else { continue };
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
    }

    fn identified(&mut self, connection: ConnectionId, waiting: Waiting<L::Stream>) {
        let now = self.clock.now().monotonic;
        let Look::Identity(identity) = waiting.lobby.look(now) else { return };
        let deadline = waiting.lobby.deadline();
        let template = self.template.as_ref();
        let (id, decision) =
            self.served.identified(&identity, connection, deadline, &waiting.origin, template, now);
        match decision {
            Decision::Enter(id, driven) => {
                self.opening.push(Opening { id, driven, waiting });
            }
            Decision::Wait => {
                self.waiting.insert(connection, waiting);
            }
            Decision::TurnAway(why) => {
                self.tell(Told::TurnedAway { peer: waiting.origin.peer, claimed: id, why });
            }
        }
    }

    /// What happens to the sessions, and to those who wait for one; when to look again.
    fn serve(&mut self, cx: &mut Context<'_>) -> Option<Instant> {
        let (effects, at) = self.served.turn(cx.waker(), &self.clock);
        for effect in effects {
            self.perform(effect);
        }
        at
    }

    fn perform(&mut self, effect: Effect<S>) {
        match effect {
            Effect::Enter(connection, id, driven) => match self.waiting.remove(&connection) {
                Some(waiting) => {
                    self.opening.push(Opening { id, driven, waiting });
                }
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

    /// The next session that is loaded for its connection.
    fn open(&mut self, cx: &mut Context<'_>) -> Option<Line<L::Stream, S>> {
        let mut at = 0;
        while let Some(opening) = self.opening.get_mut(at) {
            opening.driven.connection.wake_with(Some(cx.waker()));
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
                self.not_entered(&id, driven, &waiting, TurnedAway::StoreFailed);
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
                    return Some(Line::new(lease, stream, origin));
                }
                Err(error) => {
                    let why = TurnedAway::Failed(error.to_string().into());
                    let waiting = Waiting { stream, lobby, origin };
                    self.not_entered(&id, driven, &waiting, why);
                }
            }
        }
        None
    }

    fn not_entered(
        &mut self,
        id: &SessionId,
        driven: Box<Driven<S>>,
        waiting: &Waiting<L::Stream>,
        why: TurnedAway,
    ) {
        let (peer, claimed) = (waiting.origin.peer, Some(id.clone()));
        self.tell(Told::TurnedAway { peer, claimed, why });
        self.give_back(id, driven);
    }

    fn tell(&self, told: Told) {
        self.served.desk().told.push(told);
    }
}

impl<L: Listener, S: Store> Drop for Acceptor<L, S> {
    fn drop(&mut self) {
        self.served.abandon();
    }
}

impl<L: Listener, S: Store> fmt::Debug for Acceptor<L, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acceptor")
            .field("admission", self.admission.options())
            .finish_non_exhaustive()
    }
}
