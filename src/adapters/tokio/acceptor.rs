//! The side that is connected to: one listener for several sessions.

use alloc::collections::BTreeMap;
use alloc::fmt;
use alloc::sync::Arc;
use core::future::poll_fn;
use core::task::{Context, Poll};

use tokio::task::{AbortHandle, JoinSet};

use super::alarm::Alarm;
use super::guest::{Guest, receive};
use super::line::Line;
use super::listener::Listener;
use crate::adapters::accepting::{
    AcceptorEvent, AcceptorEvents, AcceptorHandle, Entered, Made, Queue, Reception, SessionError,
};
use crate::adapters::clock::Clock;
use crate::engine::{
    AdmissionOptions, Connection, ConnectionId, ConnectionOptions, Newcomer, Origin, Peer,
    SessionId, Store, ThrottleOptions,
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
///         Event::Authenticate { verdict, .. } => {
///             let _accepted = verdict.accept(Fields::EMPTY);
///         }
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
    reception: Reception<L::Stream, S>,
    guests: JoinSet<Guest<L::Stream>>,
    aborts: BTreeMap<ConnectionId, AbortHandle>,
    /// Nothing is accepted before.
    accept_at: Option<Instant>,
    alarm: Alarm,
    over: bool,
}

/// What an acceptor over such a listener hands to its owner.
type EventOf<L, S> = AcceptorEvent<Line<<L as Listener>::Stream, S>>;

impl<L: Listener, S: Store + 'static> Acceptor<L, S> {
    /// Without sessions.
    #[must_use]
    pub fn new(listener: L) -> Self {
        Self {
            listener,
            reception: Reception::new(AdmissionOptions::TASKS, Clock::of_tokio()),
            guests: JoinSet::new(),
            aborts: BTreeMap::new(),
            accept_at: None,
            alarm: Alarm::default(),
            over: false,
        }
    }

    /// Other bounds for connections that have not said who they are.
    #[must_use]
    pub fn admission(mut self, options: AdmissionOptions) -> Self {
        self.reception.set_admission(options);
        self
    }

    /// How failed Logons are held off.
    #[must_use]
    pub fn throttle(self, options: ThrottleOptions) -> Self {
        self.reception.set_throttle(options);
        self
    }

    /// What a connection may do whose session has one already.
    #[must_use]
    pub fn newcomer(self, newcomer: Newcomer) -> Self {
        self.reception.set_newcomer(newcomer);
        self
    }

    /// Another clock, such as one that stands still with `tokio`'s in a test.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.reception.set_clock(clock);
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
        self.reception.set_template(sessions_max, make);
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
        self.reception.add(config, store, options)?;
        Ok(self)
    }

    /// A further session that is made already, such as one that keeps hours
    /// (`Connection::set_hours`). Does no I/O.
    ///
    /// # Errors
    ///
    /// It cannot stand beside the others, or is an initiator's.
    pub fn session_of(&mut self, connection: Connection<S>) -> Result<&mut Self, SessionError> {
        self.reception.handle().add_connection(connection)?;
        Ok(self)
    }

    /// Works on the sessions, from elsewhere.
    #[must_use]
    pub fn handle(&self) -> AcceptorHandle<S> {
        self.reception.handle()
    }

    /// The next line, or word; `None` behind a shutdown. Whoever calls it drives the accepting. May
    /// be dropped at any time: nothing is lost.
    pub async fn next(&mut self) -> Option<EventOf<L, S>> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// A task accepts. It never waits for its owner: of what it is told the oldest makes room.
    ///
    /// # Panics
    ///
    /// Outside of a `tokio` runtime, as [`tokio::spawn`] does.
    #[must_use = "an acceptor whose events are dropped hands out no lines"]
    pub fn spawn(mut self) -> (AcceptorHandle<S>, AcceptorEvents<Line<L::Stream, S>>) {
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

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<EventOf<L, S>>> {
        if self.over {
            return Poll::Ready(None);
        }
        loop {
            let accepted = self.accept(cx);
            self.receive_guests(cx);
            while let Some(late) = self.reception.expired() {
                self.close(late);
            }
            let turn_at = self.reception.turn(cx.waker());
            if let Some(Entered { lease, stream, origin }) = self.reception.open(cx.waker()) {
                return Poll::Ready(Some(AcceptorEvent::Line(Line::new(lease, stream, origin))));
            }
            if let Some(told) = self.reception.told() {
                return Poll::Ready(Some(AcceptorEvent::Told(told)));
            }
            if self.reception.is_done() {
                self.end();
                return Poll::Ready(None);
            }
            if accepted {
                continue;
            }
            let at = [turn_at, self.accept_at].into_iter().flatten().min();
            if !self.alarm.is_due(at, self.reception.clock(), cx) {
                return Poll::Pending;
            }
        }
    }

    fn end(&mut self) {
        self.over = true;
        self.guests.abort_all();
        self.reception.end();
    }

    /// Lets new connections in, each in a task of its own; whether there may be more.
    fn accept(&mut self, cx: &mut Context<'_>) -> bool {
        let now = self.reception.clock().now().monotonic;
        if self.accept_at.is_some_and(|at| now < at) {
            return false;
        }
        self.accept_at = None;
        for _ in 0..ACCEPTS_MAX {
            match self.listener.poll_accept(cx) {
                Poll::Pending => return false,
                Poll::Ready(Ok((raw, peer))) => self.arrived(raw, peer),
                Poll::Ready(Err(error)) => {
                    self.accept_at = Some(self.reception.accept_failed(&error));
                    return false;
                }
            }
        }
        true
    }

    fn arrived(&mut self, raw: L::Raw, peer: Peer) {
        let arrived = self.reception.arrive(peer);
        if let Some(evicted) = arrived.made_room {
            self.close(evicted);
        }
        let connection = arrived.connection;
        let prepare = self.listener.prepare(raw, peer);
        let guest = receive(prepare, arrived, self.reception.clock().clone());
        self.aborts.insert(connection, self.guests.spawn(guest));
    }

    fn close(&mut self, connection: ConnectionId) {
        if let Some(abort) = self.aborts.remove(&connection) {
            abort.abort();
        }
    }

    /// Those who have said who they are, or will not.
    fn receive_guests(&mut self, cx: &mut Context<'_>) {
        while let Poll::Ready(Some(joined)) = self.guests.poll_join_next(cx) {
            // Of one that was aborted it was told; one that panicked is told when its time is up.
            let Ok(Guest { connection, came }) = joined else { continue };
            self.aborts.remove(&connection);
            self.reception.came(connection, came);
        }
    }
}

impl<L: Listener, S: Store> fmt::Debug for Acceptor<L, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acceptor").finish_non_exhaustive()
    }
}
