//! The side that is connected to: one listener for several sessions.

use alloc::fmt;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::future::Future;
use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::line::{Held, Line};
use crate::adapters::accepting::{AcceptorOptions, SessionError, open_session};
use crate::adapters::clock::Clock;
use crate::engine::{Connection, ConnectionOptions, Identity, Lobby, Look, Store};
use crate::session::Config;
use crate::wire::Fields;

/// Accepts connections for an acceptor.
pub trait Listener {
    /// What it accepts: TCP, TLS, a Unix socket.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// The next connection. Must be cancel safe.
    ///
    /// # Errors
    ///
    /// This connection could not be accepted, or the listener is broken.
    fn accept(&mut self) -> impl Future<Output = io::Result<Self::Stream>> + Send;
}

impl Listener for TcpListener {
    type Stream = TcpStream;

    async fn accept(&mut self) -> io::Result<TcpStream> {
        let (stream, _) = Self::accept(self).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}

/// The sessions that a listener serves.
///
/// Each connection first says who it is, within [`AcceptorOptions::logon_timeout`] and 4 KiB, on a
/// task of its own; then [`next`](Self::next) hands out its line, to be driven wherever the user
/// likes. A second connection for a session that has one is closed without a byte; a session is
/// free again when its line is dropped.
///
/// ```no_run
/// use fixline::adapters::tokio::Acceptor;
/// use fixline::engine::{Event, MemoryStore};
/// use fixline::session::{Config, ResendPolicy, Version};
/// use fixline::wire::Fields;
/// use tokio::net::TcpListener;
///
/// # async fn serve() -> Result<(), Box<dyn std::error::Error>> {
/// let config = Config::acceptor(Version::Fix44, "BROKER", "CLIENT", ResendPolicy::All).build()?;
/// let mut acceptor = Acceptor::new(TcpListener::bind("127.0.0.1:5001").await?);
/// acceptor.session(config, MemoryStore::new())?;
/// loop {
///     let mut line = acceptor.next().await?;
///     tokio::spawn(async move {
///         while let Ok(event) = line.next().await {
///             match event {
///                 Event::Authenticate { verdict, .. } => {
///                     let _refused = verdict.accept(Fields::EMPTY);
///                 }
///                 Event::Message { message, .. } => println!("{message}"),
///                 _ => {}
///             }
///         }
///     });
/// }
/// # }
/// ```
pub struct Acceptor<L: Listener, S: Store> {
    listener: L,
    options: AcceptorOptions,
    seats: Arc<Vec<Seat<S>>>,
    lobbies: JoinSet<Option<Line<L::Stream, S>>>,
    clock: Clock,
}

/// One session; its connection is locked while a line drives it.
struct Seat<S: Store> {
    config: Arc<Config>,
    connection: Arc<Mutex<Connection<S>>>,
}

impl<L: Listener, S: Store + Send + 'static> Acceptor<L, S> {
    /// Without sessions.
    #[must_use]
    pub fn new(listener: L) -> Self {
        Self::with_options(listener, AcceptorOptions::new())
    }

    /// Without sessions, with other bounds.
    #[must_use]
    pub fn with_options(listener: L, options: AcceptorOptions) -> Self {
        let (seats, lobbies) = (Arc::new(Vec::new()), JoinSet::new());
        Self { listener, options, seats, lobbies, clock: Clock::new() }
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
        let config = config.into();
        if self.seats.iter().any(|seat| seat.config.has_identity_of(&config)) {
            return Err(SessionError::Duplicate);
        }
        let seats = Arc::get_mut(&mut self.seats).ok_or(SessionError::Serving)?;
        let connection = open_session(Arc::clone(&config), store, options)?;
        seats.push(Seat { config, connection: Arc::new(Mutex::new(connection)) });
        Ok(self)
    }

    /// The next connection that has said who it is.
    ///
    /// # Errors
    ///
    /// The listener could not accept; the next call tries again.
    pub async fn next(&mut self) -> io::Result<Line<L::Stream, S>> {
        loop {
            tokio::select! {
                Some(led) = self.lobbies.join_next() => {
                    if let Ok(Some(line)) = led {
                        return Ok(line);
                    }
                }
                accepted = self.listener.accept() => self.receive(accepted?),
            }
        }
    }

    /// Lets a new connection say who it is, unless too many are about to.
    fn receive(&mut self, stream: L::Stream) {
        if self.lobbies.len() >= self.options.strangers_max {
            return;
        }
        let (seats, clock) = (Arc::clone(&self.seats), self.clock);
        let lobby = Lobby::new(clock.now().monotonic, self.options.logon_timeout);
        self.lobbies.spawn(async move { lead(stream, lobby, &seats, clock).await });
    }
}

/// Waits for the Logon, and takes the seat that it is for. What was read goes to the session.
async fn lead<T: AsyncRead + AsyncWrite + Unpin, S: Store>(
    mut stream: T,
    mut lobby: Lobby,
    seats: &[Seat<S>],
    clock: Clock,
) -> Option<Line<T, S>> {
    loop {
        match lobby.look(clock.now().monotonic) {
            Look::Close(_) => return None,
            Look::Identity(identity) => {
                let mut line = seat(&identity, seats, clock)?;
                let bytes = lobby.bytes();
                let connection = line.connection_mut();
                connection.connected(clock.now(), Fields::EMPTY).ok()?;
                connection.spare().get_mut(..bytes.len())?.copy_from_slice(bytes);
                connection.filled(bytes.len());
                line.attach(stream);
                return Some(line);
            }
            Look::NeedMore => {}
        }
        let left = clock.until(lobby.deadline());
        match timeout(left, stream.read(lobby.spare())).await {
            Ok(Ok(count @ 1..)) => lobby.filled(count),
            // Gone, or time is up: the lobby says so.
            Ok(_) => return None,
            Err(_) => {}
        }
    }
}

fn seat<T: AsyncRead + AsyncWrite + Unpin, S: Store>(
    identity: &Identity<'_>,
    seats: &[Seat<S>],
    clock: Clock,
) -> Option<Line<T, S>> {
    let seat = seats.iter().find(|seat| identity.is_for(&seat.config))?;
    let connection = Arc::clone(&seat.connection).try_lock_owned().ok()?;
    Some(Line::new(Held::Seat(connection), clock))
}

impl<L: Listener, S: Store> fmt::Debug for Acceptor<L, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acceptor").field("options", &self.options).finish_non_exhaustive()
    }
}
