//! The side that connects, and connects again.

use alloc::boxed::Box;
use alloc::fmt;
use alloc::sync::Arc;
use core::future::{Future, poll_fn};
use core::ops::ControlFlow;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::io;

use tokio::net::TcpStream;
use tokio::time::timeout;

use super::link::{Link, Stream, Turned};
use super::run::run;
use crate::adapters::clock::Clock;
use crate::adapters::dialing::Dialing;
use crate::adapters::driven::Way;
use crate::adapters::ending::Ending;
use crate::adapters::lease::Lease;
use crate::adapters::mailbox::{Events, Handle, Stopped};
use crate::adapters::tcp::{TcpConnector, set_up};
use crate::engine::{
    Acknowledge, Connection, ConnectionOptions, Delivery, Draft, Event, MessageId, Operation,
    OptionsError, Reconnect, Refused, RequestError, SendError, SessionId, Store,
};
use crate::session::{Config, Instant, Reason};
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

type Dial<T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send>>;

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
    lease: Lease<S>,
    link: Link<C::Stream>,
    connector: C,
    dialing: Dialing,
    dial: Option<(usize, Dial<C::Stream>)>,
    ending: Ending,
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
        let connection = Connection::new(config, store, options)?;
        let id = SessionId::of(connection.config());
        let clock = Clock::of_tokio();
        let dialing = Dialing::new(connector.addresses().to_vec(), clock.now());
        let driven = Box::new(crate::adapters::driven::Driven::new(connection));
        let lease = Lease::new(id, driven, None, clock);
        Ok(Self { lease, link: Link::new(), connector, dialing, dial: None, ending: Ending::No })
    }

    /// Another clock, such as one that stands still with `tokio`'s in a test.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.lease.set_clock(clock);
        self
    }

    /// Another policy for when to connect again.
    #[must_use]
    pub fn reconnect(mut self, policy: Reconnect) -> Self {
        self.dialing.policy = policy;
        self
    }

    /// Further fields for each Logon, such as a password.
    #[must_use]
    pub fn logon_fields(mut self, fields: Body) -> Self {
        self.dialing.logon = fields;
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
        if let Some((driven, clock)) = self.lease.parts() {
            driven.connection.release(clock.now());
        }
        poll_fn(|cx| self.poll_event(cx)).await?;
        if let Some(event) = self.dialing.event() {
            return Ok(event);
        }
        let stopped = Stopped(Reason::Closed);
        let Some((driven, clock)) = self.lease.parts() else { return Err(stopped) };
        driven.event(clock).ok_or(stopped)
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Stopped>> {
        let stopped = Stopped(Reason::Closed);
        self.learn();
        if self.dialing.has_event() {
            return Poll::Ready(Ok(()));
        }
        let Some((driven, clock)) = self.lease.parts() else {
            return Poll::Ready(Err(stopped));
        };
        if driven.connection.read_on(clock.now()) {
            return Poll::Ready(Ok(()));
        }
        loop {
            let turned = self.turn(Way::ByHand, cx);
            if self.dialing.has_event() || turned == Turned::Event {
                return Poll::Ready(Ok(()));
            }
            if self.do_duties() {
                continue;
            }
            let stopped = self.lease.get().and_then(|driven| driven.stopped);
            return match stopped.filter(|_| turned == Turned::Over) {
                Some(reason) => Poll::Ready(Err(Stopped(reason))),
                None => Poll::Pending,
            };
        }
    }

    /// One turn: of the link, and of what makes one.
    fn turn(&mut self, way: Way, cx: &mut Context<'_>) -> Turned {
        loop {
            let attached = self.link.is_attached();
            let wake_at = if attached { None } else { self.dial_when_due(cx) };
            let wake_at = [wake_at, self.ending.until()].into_iter().flatten().min();
            let Some((driven, clock)) = self.lease.parts() else { return Turned::Over };
            let turned = self.link.turn(driven, clock, way, wake_at, cx);
            self.learn();
            if turned != Turned::Over || self.dialing.has_event() {
                return turned;
            }
            if attached {
                // It was over just now: is it time for the next one?
                continue;
            }
            // Between two connections: what is due there is woken for.
            let Some((driven, clock)) = self.lease.parts() else { return turned };
            let at = [driven.wake_at(clock.now()), wake_at].into_iter().flatten().min();
            if !self.link.is_due(at, clock, cx) || self.ending.is_late(clock.now()) {
                return if self.stopped().is_some() { Turned::Over } else { Turned::Waits };
            }
        }
    }

    fn stopped(&self) -> Option<Reason> {
        self.lease.get().and_then(|driven| driven.stopped)
    }

    /// Loads the store, then dials, when it is time to; when to be woken for it.
    fn dial_when_due(&mut self, cx: &mut Context<'_>) -> Option<Instant> {
        let (driven, clock) = self.lease.parts()?;
        let now = clock.now();
        if !self.dialing.may_connect(&self.ending, driven) {
            return None;
        }
        if self.dial.is_none() {
            let waker = Some(cx.waker());
            let host = match self.dialing.due(driven, waker, now) {
                Ok(host) => host,
                Err(at) => return at,
            };
            self.dialing.attempted(host, now);
            self.dial = Some((host, Box::pin(self.connector.connect(host))));
        }
        let (host, dial) = self.dial.as_mut()?;
        let host = *host;
        let Poll::Ready(dialled) = dial.as_mut().poll(cx) else { return None };
        self.dial = None;
        let (driven, clock) = self.lease.parts()?;
        let now = clock.now();
        if let Some(stream) = self.dialing.dialled(host, dialled, driven, now) {
            self.link.attach(stream);
        }
        Some(now.monotonic)
    }

    /// Learns from what was seen of the connection.
    fn learn(&mut self) {
        if let Some((driven, clock)) = self.lease.parts() {
            let now = clock.now();
            self.dialing.learn(driven, now);
        }
    }

    /// Does what requests ask of the initiator itself; whether there was one.
    fn do_duties(&mut self) -> bool {
        let Some((driven, clock)) = self.lease.parts() else { return false };
        self.dialing.do_duties(&mut self.dial, &mut self.ending, driven, clock.now())
    }

    /// Sends a message; it leaves with the next [`next`](Self::next).
    ///
    /// # Errors
    ///
    /// The message is not sent and has no number, or the store failed under it.
    pub fn send(&mut self, draft: &Draft) -> Result<Delivery, SendError> {
        let Some((driven, clock)) = self.lease.parts() else {
            return Err(Refused::Stopped.into());
        };
        driven.connection.send(draft, clock.now())
    }

    /// Exactly this message is handled; false when it was not open.
    pub fn handled(&mut self, id: MessageId) -> bool {
        self.lease.get_mut().is_some_and(|driven| driven.connection.handled(id))
    }

    /// Who says from now on that a message is handled.
    pub fn set_acknowledge(&mut self, acknowledge: Acknowledge) {
        if let Some(driven) = self.lease.get_mut() {
            driven.connection.set_acknowledge(acknowledge);
        }
    }

    /// Ends the session in order, and does not connect again before [`resume`](Self::resume),
    /// whatever the peer makes of it.
    ///
    /// # Errors
    ///
    /// The numbers are being reset.
    pub fn logout(&mut self, text: &str) -> Result<(), RequestError> {
        let Some((driven, clock)) = self.lease.parts() else { return Err(RequestError::Stopped) };
        match driven.connection.logout(text, clock.now()) {
            Err(RequestError::Misuse(crate::session::Misuse::NotConnected)) => {
                self.dial = None;
                self.dialing.stop();
                Ok(())
            }
            result => result,
        }
    }

    /// What an operator asks for.
    ///
    /// # Errors
    ///
    /// The session cannot do it now.
    pub fn operate(&mut self, operation: Operation) -> Result<(), RequestError> {
        let Some((driven, clock)) = self.lease.parts() else { return Err(RequestError::Stopped) };
        driven.connection.operate(operation, clock.now())
    }

    /// Connects again although the session was logged out or an operator was needed.
    pub fn resume(&mut self) {
        self.dialing.resume();
        if let Some(driven) = self.lease.get_mut() {
            driven.stopped = None;
        }
    }

    /// The connection, to look at; always there.
    #[must_use]
    pub fn connection(&self) -> Option<&Connection<S>> {
        self.lease.get().map(|driven| &driven.connection)
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
        let (handle, events) = self.lease.open(acknowledge);
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
        let (handle, events) = self.lease.open(Acknowledge::OnNextEvent);
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
        let reason = poll_fn(|cx| self.poll_drive(cx)).await;
        self.lease.ended = Some(reason);
        Stopped(reason)
    }

    fn poll_drive(&mut self, cx: &mut Context<'_>) -> Poll<Reason> {
        loop {
            let Some((driven, clock)) = self.lease.parts() else {
                return Poll::Ready(Reason::Closed);
            };
            let now = clock.now();
            if let Some(until) = self.ending.leaves(driven, now) {
                self.dial = None;
                let gone = self.link.leave(driven, now, cx);
                if gone || self.link.is_due(Some(until), clock, cx) {
                    return Poll::Ready(Reason::Requested);
                }
                return Poll::Pending;
            }
            self.dialing.tell(driven);
            let turned = self.turn(Way::Spawned, cx);
            let did = self.do_duties();
            let Some((driven, clock)) = self.lease.parts() else {
                return Poll::Ready(Reason::Closed);
            };
            let over = self.ending.has_begun() && !self.link.is_attached() && driven.is_over();
            let until = self.ending.until();
            if self.ending.ends(over, driven, clock.now()) {
                return Poll::Ready(Reason::Requested);
            }
            // The turn set the timer to what was due before.
            let due_earlier = self.ending.until() != until;
            let left = driven.driver.is_left();
            let tells = self.dialing.has_event() && driven.driver.has_room();
            if !did && !left && !tells && !due_earlier {
                debug_assert!(turned != Turned::Event, "events are taken by the mailbox");
                return Poll::Pending;
            }
        }
    }
}

impl<C: Connector, S: Store> fmt::Debug for Initiator<C, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Initiator")
            .field("id", self.lease.id())
            .field("attached", &self.link.is_attached())
            .finish_non_exhaustive()
    }
}
