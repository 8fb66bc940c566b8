//! The side that is connected to: one listener for several sessions.

use alloc::fmt;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use core::time::Duration;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::thread;

use super::line::Line;
use super::seats::{NoSeat, Seats};
use super::stream::Stream;
use crate::adapters::accepting::{AcceptorOptions, SessionError, open_session};
use crate::adapters::clock::Clock;
use crate::engine::{Connection, ConnectionOptions, Event, Lobby, Look, Store};
use crate::session::Config;
use crate::wire::Fields;

/// How long the listener sleeps when nobody comes.
const NAP: Duration = Duration::from_millis(5);

/// Accepts connections for an acceptor.
pub trait Listener {
    /// What it accepts.
    type Stream: Stream + 'static;

    /// The next connection; `None` when there is none within a few milliseconds.
    ///
    /// # Errors
    ///
    /// The listener is broken; accepting ends.
    fn accept(&mut self) -> io::Result<Option<Self::Stream>>;
}

impl Listener for TcpListener {
    type Stream = TcpStream;

    fn accept(&mut self) -> io::Result<Option<TcpStream>> {
        self.set_nonblocking(true)?;
        match Self::accept(self) {
            Ok((stream, _)) => {
                stream.set_nonblocking(false)?;
                stream.set_nodelay(true)?;
                Ok(Some(stream))
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                thread::sleep(NAP);
                Ok(None)
            }
            // The peer went away before it was accepted.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The sessions that a listener serves.
///
/// Each connection gets a thread of its own, on which it first says who it is, within
/// [`AcceptorOptions::logon_timeout`] and 4 KiB; then the handler drives its line until it ends.
/// A second connection for a session that has one is closed without a byte.
///
/// ```no_run
/// use std::net::TcpListener;
/// use std::time::Duration;
///
/// use fixline::adapters::std_net::Acceptor;
/// use fixline::engine::{Event, MemoryStore};
/// use fixline::session::{Config, ResendPolicy, Version};
/// use fixline::wire::Fields;
///
/// let config = Config::acceptor(Version::Fix44, "BROKER", "CLIENT", ResendPolicy::All).build()?;
/// let mut acceptor = Acceptor::new();
/// acceptor.session(config, MemoryStore::new())?;
/// acceptor.serve(TcpListener::bind("127.0.0.1:5001")?, |line| {
///     while let Ok(event) = line.next(Duration::from_secs(1)) {
///         match event {
///             Some(Event::Authenticate { verdict, .. }) => {
///                 let _refused = verdict.accept(Fields::EMPTY);
///             }
///             Some(Event::Message { message, .. }) => println!("{message}"),
///             _ => {}
///         }
///     }
/// })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Acceptor<S: Store> {
    seats: Arc<Seats<S>>,
    options: AcceptorOptions,
    stop: Stop,
}

/// Ends [`Acceptor::serve`], from any thread.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// No further connection is accepted; those that are up go on until they end.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Whether the acceptor was stopped; a handler may want to log out then.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// The sessions of an [`Acceptor`], for an operator: to set the numbers of one, for example.
pub struct Sessions<S: Store>(Arc<Seats<S>>);

impl<S: Store> Sessions<S> {
    /// Lends the connection of the first session that `is_it`, while it has no transport. Nobody
    /// can log on to it before `work` is done.
    ///
    /// # Errors
    ///
    /// There is none, or it is in use.
    pub fn with<R>(
        &self,
        is_it: impl Fn(&Config) -> bool,
        work: impl FnOnce(&mut Connection<S>) -> R,
    ) -> Result<R, NoSeat> {
        self.0.with(is_it, work)
    }
}

impl<S: Store> Clone for Sessions<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Store> fmt::Debug for Sessions<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").finish_non_exhaustive()
    }
}

impl<S: Store + Send + 'static> Acceptor<S> {
    /// Without sessions.
    #[must_use]
    pub fn new() -> Self {
        Self::with_options(AcceptorOptions::new())
    }

    /// Without sessions, with other bounds.
    #[must_use]
    pub fn with_options(options: AcceptorOptions) -> Self {
        Self { seats: Arc::new(Seats::new()), options, stop: Stop::default() }
    }

    /// A further session, with the default options.
    ///
    /// # Errors
    ///
    /// It is there already, is an initiator's, or its store cannot be loaded.
    pub fn session(
        &mut self,
        config: impl Into<Arc<Config>>,
        store: S,
    ) -> Result<&mut Self, SessionError<S::Error>> {
        self.session_with(config, store, ConnectionOptions::new())
    }

    /// A further session, whose buffers have these sizes.
    ///
    /// # Errors
    ///
    /// It is there already, is an initiator's, its buffers are too small, or its store cannot be
    /// loaded.
    pub fn session_with(
        &mut self,
        config: impl Into<Arc<Config>>,
        store: S,
        options: ConnectionOptions,
    ) -> Result<&mut Self, SessionError<S::Error>> {
        let connection = open_session(config.into(), store, options)?;
        let seats = Arc::get_mut(&mut self.seats).ok_or(SessionError::Serving)?;
        if seats.add(connection) { Ok(self) } else { Err(SessionError::Duplicate) }
    }

    /// The way to the sessions that have no connection, from any thread. Take it when all sessions
    /// are there: no further one can be added then.
    #[must_use]
    pub fn sessions(&self) -> Sessions<S> {
        Sessions(Arc::clone(&self.seats))
    }

    /// Ends [`serve`](Self::serve) from another thread.
    #[must_use]
    pub fn stopper(&self) -> Stop {
        self.stop.clone()
    }

    /// Accepts until it is stopped; then waits for the connections that are up, and gives the
    /// stores back.
    ///
    /// `handler` drives the line of each connection, on a thread of its own. A line that the
    /// handler leaves is closed without a Logout.
    ///
    /// # Errors
    ///
    /// The listener broke.
    pub fn serve<L: Listener>(
        self,
        mut listener: L,
        handler: impl Fn(&mut Line<L::Stream, S>) + Send + Sync,
    ) -> io::Result<Vec<S>> {
        let Self { seats, options, stop } = self;
        let hall =
            Hall { seats: &seats, options, clock: Clock::new(), strangers: &AtomicUsize::new(0) };
        let ended = thread::scope(|scope| {
            while !stop.is_stopped() {
                let Some(mut stream) = listener.accept()? else {
                    continue;
                };
                if hall.strangers.fetch_add(1, Ordering::AcqRel) >= options.strangers_max {
                    hall.strangers.fetch_sub(1, Ordering::AcqRel);
                    stream.close();
                    continue;
                }
                let handler = &handler;
                scope.spawn(move || hall.receive(stream, handler));
            }
            Ok(())
        });
        ended.map(|()| seats.take_stores())
    }
}

/// Where connections wait, and are led to their seats.
struct Hall<'a, S: Store> {
    seats: &'a Seats<S>,
    options: AcceptorOptions,
    clock: Clock,
    strangers: &'a AtomicUsize,
}

impl<S: Store> Clone for Hall<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: Store> Copy for Hall<'_, S> {}

impl<S: Store> Hall<'_, S> {
    fn receive<T: Stream>(self, mut stream: T, handler: &impl Fn(&mut Line<T, S>)) {
        let seated = self.identify(&mut stream);
        self.strangers.fetch_sub(1, Ordering::AcqRel);
        let Some((at, mut connection)) = seated else {
            return stream.close();
        };
        if connection.connected(self.clock.now(), Fields::EMPTY).is_err() {
            stream.close();
            return self.seats.give_back(at, connection);
        }
        let mut line = Line::new(connection, self.clock);
        line.attach(stream);
        handler(&mut line);
        line.abandon();
        self.seats.give_back(at, line.into_connection());
    }

    /// Waits for the Logon, and takes the seat that it is for. What was read goes to the session.
    fn identify<T: Stream>(&self, stream: &mut T) -> Option<(usize, Connection<S>)> {
        let mut lobby = Lobby::new(self.clock.now().monotonic, self.options.logon_timeout);
        loop {
            match lobby.look(self.clock.now().monotonic) {
                Look::Close(_) => return None,
                Look::NeedMore => {}
                Look::Identity(identity) => {
                    let (at, mut connection) = self.seats.take(&identity).ok()?;
                    let bytes = lobby.bytes();
                    let spare = connection.spare();
                    let fits =
                        spare.get_mut(..bytes.len()).map(|spare| spare.copy_from_slice(bytes));
                    if fits.is_none() {
                        self.seats.give_back(at, connection);
                        return None;
                    }
                    connection.filled(bytes.len());
                    return Some((at, connection));
                }
            }
            let left = self.clock.until(lobby.deadline()).max(Duration::from_millis(1));
            stream.set_timeouts(left, left).ok()?;
            match stream.read(lobby.spare()) {
                Ok(0) => return None,
                Ok(count) => lobby.filled(count),
                Err(error) if super::line::is_patience(&error) => {}
                Err(_) => return None,
            }
        }
    }
}

impl<S: Store + Send + 'static> Default for Acceptor<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Store> fmt::Debug for Acceptor<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acceptor").field("options", &self.options).finish_non_exhaustive()
    }
}

/// Takes what nobody has looked at, so that a connection can begin anew.
pub(super) fn drain<S: Store>(connection: &mut Connection<S>, clock: Clock) {
    loop {
        let _progress = connection.advance(clock.now());
        let mut idle = true;
        while let Some(event) = connection.event() {
            idle = false;
            let _: Event<'_, S> = event;
        }
        if idle {
            return;
        }
    }
}
