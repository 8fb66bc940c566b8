//! The side that is connected to: one listener for several sessions.

use alloc::collections::BTreeMap;
use alloc::fmt;
use alloc::string::ToString as _;
use alloc::sync::Arc;
use core::time::Duration;
use std::io;
use std::thread;

use super::door::{Caller, Door};
use super::guest::{Guest, receive};
use super::line::Line;
use super::listener::Listener;
use super::parking::{Parking, park};
use super::pipe::Pipe;
use super::stream::{Closer, Stream};
use crate::adapters::accepting::{
    AcceptorEvent, AcceptorEvents, AcceptorHandle, Entered, Made, Queue, Reception, SessionError,
    Told,
};
use crate::adapters::clock::Clock;
use crate::engine::{
    AdmissionOptions, Connection, ConnectionId, ConnectionOptions, Newcomer, Origin, SessionId,
    Store, ThrottleOptions, TurnedAway,
};
use crate::session::Config;

/// How long the thread that accepts may take to end.
const CLOSE_PATIENCE: Duration = Duration::from_secs(1);

/// The sessions that a listener serves.
///
/// Each connection first says who it is, in a thread of its own, within bounds of time, bytes and
/// number; then [`serve`](Self::serve), or the events of [`spawn`](Self::spawn), hand out its line.
/// Whoever is turned away is reported. A session is free again when its line is over or dropped.
///
/// ```no_run
/// use core::ops::ControlFlow;
/// use std::net::{TcpListener, TcpStream};
///
/// use fixline::adapters::std_net::{Acceptor, Line};
/// use fixline::engine::{Event, MemoryStore};
/// use fixline::session::{Config, ResendPolicy, Version};
/// use fixline::wire::Fields;
///
/// fn on(event: Event<'_>) -> ControlFlow<()> {
///     match event {
///         // Everybody is welcome here: compare a password first.
///         Event::Authenticate { verdict, .. } => drop(verdict.accept(Fields::EMPTY)),
///         Event::Message { message, .. } => println!("{message}"),
///         _ => {}
///     }
///     ControlFlow::Continue(())
/// }
///
/// # fn serve() -> Result<(), Box<dyn std::error::Error>> {
/// let config = Config::acceptor(Version::Fix44, "BROKER", "CLIENT", ResendPolicy::All).build()?;
/// let mut acceptor = Acceptor::new();
/// acceptor.session(config, MemoryStore::new())?;
/// let listener = TcpListener::bind("127.0.0.1:5001")?;
/// let line = |line: Line<TcpStream, MemoryStore>| println!("{}", line.run(on));
/// acceptor.serve(listener, line, |told| eprintln!("{told:?}"))?;
/// # Ok(())
/// # }
/// ```
pub struct Acceptor<T: Stream, S: Store> {
    reception: Reception<Pipe<T>, S>,
}

/// What works on a spawned acceptor, and what comes of it.
type Spawned<T, S> = (AcceptorHandle<S>, AcceptorEvents<Line<T, S>>);

/// An acceptor at work, in the thread that drives the sessions between their lines.
pub(in crate::adapters) struct Accepting<T: Stream, S: Store> {
    reception: Reception<Pipe<T>, S>,
    door: Arc<Door<T>>,
    /// Closes the listener.
    listener: Option<Closer>,
    /// Close those who have not said who they are.
    closers: BTreeMap<ConnectionId, Closer>,
    parking: Parking,
}

impl<T: Stream, S: Store + 'static> Acceptor<T, S> {
    /// Without sessions.
    #[must_use]
    pub fn new() -> Self {
        Self { reception: Reception::new(AdmissionOptions::THREADS, Clock::new()) }
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

    /// Another clock.
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

    /// Accepts, and hands each line to `line`, in a thread of its own. Returns behind a
    /// [shutdown](AcceptorHandle::shutdown), when every line is over, and only then.
    ///
    /// `told` is called in this thread with what there is to know, and must not wait: nobody is let
    /// in meanwhile. When `line` panics, the session is given back and [told](crate::adapters::Left::Panicked).
    ///
    /// [`Left::Panicked`]: crate::adapters::Left::Panicked
    ///
    /// # Errors
    ///
    /// The listener cannot be closed, or the thread that accepts cannot be made.
    pub fn serve<L: Listener<Stream = T>>(
        self,
        listener: L,
        line: impl Fn(Line<T, S>) + Send + Sync + 'static,
        told: impl FnMut(Told),
    ) -> io::Result<()> {
        self.begin(listener)?.serve(line, told);
        Ok(())
    }

    /// A thread accepts. It never waits for its owner: of what it is told the oldest makes room.
    ///
    /// # Errors
    ///
    /// The listener cannot be closed, or a thread cannot be made.
    #[must_use = "an acceptor whose events are dropped hands out no lines"]
    pub fn spawn<L: Listener<Stream = T>>(self, listener: L) -> io::Result<Spawned<T, S>> {
        let (handle, queue) = (self.handle(), Queue::new());
        let events = AcceptorEvents::new(Arc::clone(&queue));
        let mut accepting = self.begin(listener)?;
        thread::Builder::new().name("fixline acceptor".to_string()).spawn(move || {
            while let Some(event) = accepting.next() {
                queue.push(event);
            }
            drop(accepting);
            queue.end();
        })?;
        Ok((handle, events))
    }

    /// Begins to accept; what has come is let in by whoever goes on.
    pub(in crate::adapters) fn begin<L: Listener<Stream = T>>(
        self,
        listener: L,
    ) -> io::Result<Accepting<T, S>> {
        let closer = listener.closer()?;
        let door = Arc::new(Door::new());
        let accepts = Arc::clone(&door);
        thread::Builder::new()
            .name("fixline listener".to_string())
            .spawn(move || accepts.accept_from(listener))?;
        Ok(Accepting {
            reception: self.reception,
            door,
            listener: Some(closer),
            closers: BTreeMap::new(),
            parking: Parking::default(),
        })
    }
}

impl<T: Stream, S: Store + 'static> Accepting<T, S> {
    /// Hands each line to `line`, in a thread of its own, until a shutdown.
    pub(in crate::adapters) fn serve(
        mut self,
        line: impl Fn(Line<T, S>) + Send + Sync + 'static,
        mut told: impl FnMut(Told),
    ) {
        let handler = Arc::new(line);
        while let Some(event) = self.next() {
            let line = match event {
                AcceptorEvent::Line(line) => line,
                AcceptorEvent::Told(word) => {
                    told(word);
                    continue;
                }
            };
            let (peer, claimed) = (line.origin().peer, Some(line.id().clone()));
            let handler = Arc::clone(&handler);
            let spawned = thread::Builder::new()
                .name("fixline line".to_string())
                .spawn(move || handler(line));
            if let Err(error) = spawned {
                // The line is dropped, which gives the session back.
                let why = TurnedAway::NoThread(error.to_string().into());
                self.reception.tell(Told::TurnedAway { peer, claimed, why });
            }
        }
    }

    /// The next line, or word; `None` behind a shutdown.
    fn next(&mut self) -> Option<AcceptorEvent<Line<T, S>>> {
        let waker = self.parking.waker();
        loop {
            self.door.wake_with(&waker);
            self.let_in();
            let at = self.reception.turn(&waker);
            if let Some(Entered { lease, stream, origin }) = self.reception.open(&waker) {
                return Some(AcceptorEvent::Line(Line::new(lease, stream, origin)));
            }
            if self.reception.shuts_down() {
                self.close_listener();
            }
            if let Some(told) = self.reception.told() {
                return Some(AcceptorEvent::Told(told));
            }
            if self.reception.is_done() {
                self.reception.end();
                return None;
            }
            park(at, self.reception.clock(), Duration::MAX);
        }
    }

    /// Those who have come, those who have said who they are, and those whose time is up.
    fn let_in(&mut self) {
        for caller in self.door.callers() {
            self.arrived(caller);
        }
        if let Some(error) = self.door.failure() {
            let again_at = self.reception.accept_failed(&error);
            self.door.pause_for(self.reception.clock().until(again_at));
        }
        for Guest { connection, came } in self.door.guests() {
            self.closers.remove(&connection);
            self.reception.came(connection, came);
        }
        while let Some(late) = self.reception.expired() {
            self.close(late);
        }
    }

    fn arrived(&mut self, caller: Caller<T>) {
        let arrived = self.reception.arrive(caller.peer);
        if let Some(evicted) = arrived.made_room {
            self.close(evicted);
        }
        let connection = arrived.connection;
        match caller.closer {
            Ok(closer) => {
                self.closers.insert(connection, closer);
            }
            Err(error) => {
                let why = TurnedAway::NotPrepared(error.to_string().into());
                return self.reception.turn_away(connection, why);
            }
        }
        let (clock, door) = (self.reception.clock().clone(), Arc::clone(&self.door));
        if let Err(error) = receive(caller.prepare, arrived, clock, door) {
            self.close(connection);
            let why = TurnedAway::NoThread(error.to_string().into());
            self.reception.turn_away(connection, why);
        }
    }

    fn close(&mut self, connection: ConnectionId) {
        if let Some(closer) = self.closers.remove(&connection) {
            closer.close();
        }
    }

    /// Nobody is let in any more, and those who have not said who they are go.
    fn close_listener(&mut self) {
        let Some(listener) = self.listener.take() else { return };
        for Caller { peer, .. } in self.door.close() {
            let (claimed, why) = (None, TurnedAway::ShuttingDown);
            self.reception.tell(Told::TurnedAway { peer, claimed, why });
        }
        listener.close();
        self.door.wait_over(CLOSE_PATIENCE);
        for (connection, closer) in core::mem::take(&mut self.closers) {
            closer.close();
            self.reception.turn_away(connection, TurnedAway::ShuttingDown);
        }
    }
}

impl<T: Stream, S: Store> Drop for Accepting<T, S> {
    fn drop(&mut self) {
        drop(self.door.close());
        if let Some(listener) = self.listener.take() {
            listener.close();
        }
        for closer in core::mem::take(&mut self.closers).into_values() {
            closer.close();
        }
    }
}

impl<T: Stream, S: Store + 'static> Default for Acceptor<T, S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Stream, S: Store> fmt::Debug for Acceptor<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acceptor").finish_non_exhaustive()
    }
}
