//! The side that connects, and connects again.

use alloc::boxed::Box;
use alloc::fmt;
use alloc::sync::Arc;
use core::future::{Future, poll_fn};
use core::ops::ControlFlow;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::io;

use tokio::net::TcpStream;
use tokio::time::timeout;

use super::alarm::Alarm;
use super::pipe::{Pipe, Stream};
use super::run::run;
use crate::adapters::clock::Clock;
use crate::adapters::initiator_core::{Dialer, InitiatorCore};
use crate::adapters::mailbox::{Events, Handle, Stopped};
use crate::adapters::tcp::{TcpConnector, set_up};
use crate::engine::{
    Acknowledge, Connection, ConnectionOptions, Delivery, Draft, Event, MessageId, Operation,
    OptionsError, Reconnect, RequestError, SendError, Store,
};
use crate::session::{Config, Reason};
use crate::wire::Body;

/// Makes streams for an initiator: TCP, TLS, a proxy, a Unix socket.
pub trait Connector: Send + 'static {
    /// What it makes.
    type Stream: Stream;

    /// What to call the addresses to try in turn; at least one.
    fn addresses(&self) -> &[Arc<str>];

    /// Connects to the address of this index. The future owns what it needs: the initiator keeps
    /// it until it is ready, whoever drops its own.
    fn connect(
        &self,
        address: usize,
    ) -> impl Future<Output = io::Result<Self::Stream>> + Send + use<Self>;
}

impl Connector for TcpConnector {
    type Stream = TcpStream;

    fn addresses(&self) -> &[Arc<str>] {
        &self.hosts
    }

    fn connect(
        &self,
        address: usize,
    ) -> impl Future<Output = io::Result<TcpStream>> + Send + use<> {
        let (host, patience) = (self.hosts.get(address).cloned(), self.timeout);
        async move {
            let host = host.ok_or(io::ErrorKind::NotFound)?;
            let stream = timeout(patience, TcpStream::connect(&*host)).await??;
            set_up(&stream)?;
            Ok(stream)
        }
    }
}

/// Dials with a connector of the user's.
struct Dials<C>(C);

impl<C: Connector> Dialer for Dials<C> {
    type Pipe = Pipe<C::Stream>;
    type Dial = Pin<Box<dyn Future<Output = io::Result<C::Stream>> + Send>>;

    fn dial(&self, address: usize) -> io::Result<Self::Dial> {
        Ok(Box::pin(self.0.connect(address)))
    }

    fn poll(dial: &mut Self::Dial, waker: &Waker) -> Poll<io::Result<Self::Pipe>> {
        dial.as_mut().poll(&mut Context::from_waker(waker)).map_ok(Pipe)
    }
}

/// One session that connects, logs on, and does so again when the line breaks.
///
/// Drive it by hand with [`next`](Self::next), let a task drive it with [`spawn`](Self::spawn), or
/// hand it a handler with [`run`](Self::run).
///
/// ```no_run
/// use std::time::Duration;
///
/// use fixline::adapters::tokio::{Initiator, TcpConnector};
/// use fixline::engine::{Draft, Event, MemoryStore};
/// use fixline::session::{Config, ResendPolicy, Version};
/// use fixline::wire::{PutField as _, Tag};
///
/// # async fn trade() -> Result<(), Box<dyn std::error::Error>> {
/// let config = Config::initiator(Version::Fix44, "CLIENT", "BROKER", ResendPolicy::All).build()?;
/// let connector = TcpConnector::new("127.0.0.1:5001");
/// let (handle, mut events) = Initiator::new(config, MemoryStore::new(), connector)?.spawn();
/// tokio::spawn(async move {
///     handle.logged_on().await?;
///     let mut order = Draft::new("D");
///     order.str(Tag::CL_ORD_ID, "ORD-1").uint(Tag::ORDER_QTY, 100);
///     println!("{:?}", handle.send(&order).await?);
///     handle.shutdown("done", Duration::from_secs(5)).await?;
///     Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// });
/// while let Some(event) = events.next().await {
///     if let Event::Message { message, .. } = event {
///         println!("{message}");
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub struct Initiator<C: Connector, S: Store> {
    core: InitiatorCore<Dials<C>, S>,
    alarm: Alarm,
}

impl<C: Connector, S: Store + 'static> Initiator<C, S> {
    /// An initiator with the default options, which does nothing before it is driven.
    ///
    /// # Errors
    ///
    /// Buffers that are too small for the session: not with the default options.
    pub fn new(
        config: impl Into<Arc<Config>>,
        store: S,
        connector: C,
    ) -> Result<Self, OptionsError> {
        Self::with_options(config, store, connector, ConnectionOptions::new())
    }

    /// An initiator whose buffers have these sizes.
    ///
    /// # Errors
    ///
    /// Buffers that are too small for the session.
    pub fn with_options(
        config: impl Into<Arc<Config>>,
        store: S,
        connector: C,
        options: ConnectionOptions,
    ) -> Result<Self, OptionsError> {
        Ok(Self::of(Connection::new(config, store, options)?, connector))
    }

    /// An initiator of a session that is made already, such as one that keeps hours
    /// (`Connection::set_hours`): outside of them it is quiet.
    #[must_use]
    pub fn of(connection: Connection<S>, connector: C) -> Self {
        let (clock, addresses) = (Clock::of_tokio(), connector.addresses().to_vec());
        let core = InitiatorCore::new(connection, Dials(connector), addresses, clock);
        Self { core, alarm: Alarm::default() }
    }

    /// Another clock, such as one that stands still with `tokio`'s in a test.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.core.lease.set_clock(clock);
        self
    }

    /// Another policy for when to connect again.
    #[must_use]
    pub fn reconnect(mut self, policy: Reconnect) -> Self {
        self.core.dialing.policy = policy;
        self
    }

    /// Further fields for each Logon, such as a password.
    #[must_use]
    pub fn logon_fields(mut self, fields: Body) -> Self {
        self.core.dialing.logon = fields;
        self
    }

    /// Waits for something to happen; loads the store, connects, and connects again, when it is
    /// time to. Asking says that the message before is handled.
    ///
    /// Whoever calls it drives: nothing is sent, no Heartbeat either, while nobody does. May be
    /// dropped at any time: no event is lost, and an attempt to connect goes on with the next call.
    ///
    /// # Errors
    ///
    /// [`Stopped`] behind the last event, once no further attempt is made; see
    /// [`resume`](Self::resume).
    pub async fn next(&mut self) -> Result<Event<'_>, Stopped> {
        let Self { core, alarm } = self;
        if !core.ask() {
            poll_fn(|cx| alarm.wait(core.event_on(cx.waker()), core.lease.clock(), cx)).await?;
        }
        core.event()
    }

    /// Sends a message; it leaves with the next [`next`](Self::next).
    ///
    /// # Errors
    ///
    /// The message is not sent and has no number, or the store failed under it.
    pub fn send(&mut self, draft: &Draft) -> Result<Delivery, SendError> {
        self.core.lease.send(draft)
    }

    /// Exactly this message is handled; false when it was not open.
    pub fn handled(&mut self, id: MessageId) -> bool {
        self.core.lease.handled(id)
    }

    /// Who says from now on that a message is handled.
    pub fn set_acknowledge(&mut self, acknowledge: Acknowledge) {
        self.core.lease.set_acknowledge(acknowledge);
    }

    /// Ends the session in order, and does not connect again before [`resume`](Self::resume),
    /// whatever the peer makes of it.
    ///
    /// # Errors
    ///
    /// The numbers are being reset.
    pub fn logout(&mut self, text: &str) -> Result<(), RequestError> {
        self.core.logout(text)
    }

    /// What an operator asks for.
    ///
    /// # Errors
    ///
    /// The session cannot do it now.
    pub fn operate(&mut self, operation: Operation) -> Result<(), RequestError> {
        self.core.lease.operate(operation)
    }

    /// Connects again although the session was logged out or an operator was needed.
    pub fn resume(&mut self) {
        self.core.resume();
    }

    /// The connection, to look at; always there.
    #[must_use]
    pub fn connection(&self) -> Option<&Connection<S>> {
        self.core.lease.connection()
    }

    /// A task drives: a handle, and the events.
    ///
    /// # Panics
    ///
    /// Outside of a `tokio` runtime, as [`tokio::spawn`] does.
    #[must_use = "an initiator whose events are dropped ends"]
    pub fn spawn(self) -> (Handle, Events) {
        self.spawn_with(Acknowledge::OnNextEvent)
    }

    /// The same, and who says that a message is handled.
    ///
    /// # Panics
    ///
    /// Outside of a `tokio` runtime.
    #[must_use = "an initiator whose events are dropped ends"]
    pub fn spawn_with(mut self, acknowledge: Acknowledge) -> (Handle, Events) {
        let (handle, events) = self.core.lease.open(acknowledge);
        tokio::spawn(self.drive());
        (handle, events)
    }

    /// Drives, and hands each event to an async handler, in this task: a handler that waits stops
    /// no Heartbeat, and may send with the handle. Ends after a shutdown, or a Logout when the
    /// handler breaks.
    pub async fn run<F>(mut self, handler: F) -> Stopped
    where
        F: AsyncFnMut(Event<'_>, &Handle) -> ControlFlow<()>,
    {
        let (handle, events) = self.core.lease.open(Acknowledge::OnNextEvent);
        run(self.drive(), handle, events, handler).await
    }

    /// Drives, and hands each event to a handler that does not wait, without a copy. Ends when no
    /// further attempt is made, or at once when the handler breaks.
    pub async fn run_inline(
        mut self,
        mut handler: impl FnMut(Event<'_>) -> ControlFlow<()>,
    ) -> Stopped {
        loop {
            match self.next().await {
                Ok(event) => {
                    if handler(event).is_break() {
                        return Stopped(Reason::Requested);
                    }
                }
                Err(stopped) => return stopped,
            }
        }
    }

    async fn drive(mut self) -> Stopped {
        let Self { core, alarm } = &mut self;
        let reason =
            poll_fn(|cx| alarm.wait(core.drive_on(cx.waker()), core.lease.clock(), cx)).await;
        core.lease.ended = Some(reason);
        Stopped(reason)
    }
}

impl<C: Connector, S: Store> fmt::Debug for Initiator<C, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Initiator").field("id", self.core.lease.id()).finish_non_exhaustive()
    }
}
