//! The side that connects, and connects again.

use alloc::boxed::Box;
use alloc::fmt;
use alloc::string::ToString as _;
use alloc::sync::Arc;
use core::ops::ControlFlow;
use core::task::{Poll, Waker};
use core::time::Duration;
use std::io;
use std::thread;

use super::connector::Connector;
use super::dial::Dial;
use super::line::earlier;
use super::link::{Link, Turned};
use super::parking::{Parking, park};
use crate::adapters::clock::Clock;
use crate::adapters::dialing::Dialing;
use crate::adapters::driven::{Driven, Way};
use crate::adapters::ending::Ending;
use crate::adapters::lease::Lease;
use crate::adapters::mailbox::{Events, Handle, Stopped};
use crate::engine::{
    Acknowledge, Connection, ConnectionOptions, Delivery, Draft, Event, MessageId, Operation,
    OptionsError, Reconnect, Refused, RequestError, SendError, SessionId, Store,
};
use crate::session::{Config, Instant, Misuse, Reason};
use crate::wire::Body;

/// One session that connects, logs on, and does so again when the line breaks.
///
/// Drive it by hand with [`next`](Self::next), let a thread drive it with [`spawn`](Self::spawn),
/// or hand it a handler with [`run`](Self::run).
///
/// ```no_run
/// use std::time::Duration;
///
/// use fixline::adapters::std_net::{Initiator, TcpConnector};
/// use fixline::engine::{Draft, Event, MemoryStore};
/// use fixline::session::{Config, ResendPolicy, Version};
/// use fixline::wire::{PutField as _, Tag};
///
/// # fn trade() -> Result<(), Box<dyn std::error::Error>> {
/// let config = Config::initiator(Version::Fix44, "CLIENT", "BROKER", ResendPolicy::All).build()?;
/// let connector = TcpConnector::new("127.0.0.1:5001");
/// let (handle, mut events) = Initiator::new(config, MemoryStore::new(), connector)?.spawn()?;
/// let patience = Duration::from_secs(5);
/// std::thread::spawn(move || {
///     let Some(Ok(())) = handle.wait_logged_on(patience) else { return };
///     let mut order = Draft::new("D");
///     order.str(Tag::CL_ORD_ID, "ORD-1").uint(Tag::ORDER_QTY, 100);
///     println!("{:?}", handle.send(&order).wait(patience));
///     println!("{:?}", handle.shutdown("done", patience).wait(2 * patience));
/// });
/// while let Ok(event) = events.wait_next(Duration::MAX) {
///     if let Some(Event::Message { message, .. }) = event {
///         println!("{message}");
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub struct Initiator<C: Connector, S: Store> {
    lease: Lease<S>,
    link: Link<C::Stream>,
    connector: Arc<C>,
    dialing: Dialing,
    dial: Option<(usize, Dial<C::Stream>)>,
    ending: Ending,
    parking: Parking,
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
        let clock = Clock::new();
        let dialing = Dialing::new(connector.addresses().to_vec(), clock.now());
        let lease = Lease::new(id, Box::new(Driven::new(connection)), None, clock);
        Ok(Self {
            lease,
            link: Link::new(),
            connector: Arc::new(connector),
            dialing,
            dial: None,
            ending: Ending::No,
            parking: Parking::default(),
        })
    }

    /// Another clock.
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

    /// Waits for something to happen, for so long at most; `Ok(None)` when nothing does. Loads the
    /// store, connects, and connects again, when it is time to. Asking says that the message before
    /// is handled.
    ///
    /// Whoever calls it drives: nothing is sent, no Heartbeat either, while nobody does. Connecting
    /// goes on in a thread of its own between two calls. The store is asked in this thread. A peer
    /// that does not read may hold it up by 50 ms.
    ///
    /// # Errors
    ///
    /// [`Stopped`] behind the last event, once no further attempt is made; see
    /// [`resume`](Self::resume).
    pub fn next(&mut self, patience: Duration) -> Result<Option<Event<'_>>, Stopped> {
        if let Some((driven, clock)) = self.lease.parts() {
            driven.connection.release(clock.now());
        }
        if !self.wait_event(patience)? {
            return Ok(None);
        }
        if let Some(event) = self.dialing.event() {
            return Ok(Some(event));
        }
        let stopped = Stopped(Reason::Closed);
        let Some((driven, clock)) = self.lease.parts() else { return Err(stopped) };
        driven.event(clock).map(Some).ok_or(stopped)
    }

    /// Whether there is an event in time.
    fn wait_event(&mut self, patience: Duration) -> Result<bool, Stopped> {
        self.learn();
        if self.dialing.has_event() {
            return Ok(true);
        }
        let Some((driven, clock)) = self.lease.parts() else {
            return Err(Stopped(Reason::Closed));
        };
        if driven.connection.read_on(clock.now()) {
            return Ok(true);
        }
        let waits = Clock::new();
        let until = waits.now().monotonic.after(patience);
        let waker = self.parking.waker();
        loop {
            let turned = self.turn(Way::ByHand, &waker);
            if self.dialing.has_event() || turned == Turned::Event {
                return Ok(true);
            }
            if self.do_duties() {
                continue;
            }
            let at = match turned {
                Turned::Waits(at) => at,
                Turned::Event | Turned::Over => None,
            };
            if let (Turned::Over, Some(reason)) = (turned, self.stopped()) {
                return Err(Stopped(reason));
            }
            let left = waits.until(until);
            if left.is_zero() {
                return Ok(false);
            }
            park(earlier(at, self.ending.until()), self.lease.clock(), left);
        }
    }

    /// One turn: of the link, and of what makes one.
    fn turn(&mut self, way: Way, waker: &Waker) -> Turned {
        loop {
            let attached = self.link.is_attached();
            let dial_at = if attached { None } else { self.dial_when_due(way, waker) };
            let Some((driven, clock)) = self.lease.parts() else { return Turned::Over };
            let turned = self.link.turn(driven, clock, way, waker);
            self.learn();
            match turned {
                Turned::Event => return turned,
                Turned::Waits(at) => return Turned::Waits(earlier(at, dial_at)),
                Turned::Over if self.dialing.has_event() => return turned,
                // It was over just now: is it time for the next one?
                Turned::Over if attached => continue,
                Turned::Over => {}
            }
            // Between two connections: what is due there is waited for.
            let Some((driven, clock)) = self.lease.parts() else { return turned };
            let at = earlier(driven.wake_at(clock.now()), dial_at);
            if at.is_none_or(|at| !clock.until(at).is_zero()) {
                return if self.stopped().is_some() { turned } else { Turned::Waits(at) };
            }
        }
    }

    fn stopped(&self) -> Option<Reason> {
        self.lease.get().and_then(|driven| driven.stopped)
    }

    /// Loads the store, then dials, when it is time to; when to go on.
    fn dial_when_due(&mut self, way: Way, waker: &Waker) -> Option<Instant> {
        let (driven, clock) = self.lease.parts()?;
        let now = clock.now();
        if !self.dialing.may_connect(&self.ending, driven) {
            return None;
        }
        if self.dial.is_none() {
            let waker = Some(waker).filter(|_| way == Way::Spawned);
            let host = match self.dialing.due(driven, waker, now) {
                Ok(host) => host,
                Err(at) => return at,
            };
            self.dialing.attempted(host, now);
            match Dial::new(Arc::clone(&self.connector), host) {
                Ok(dial) => self.dial = Some((host, dial)),
                Err(error) => {
                    self.dialing.failed(host, &error, now);
                    return Some(now.monotonic);
                }
            }
        }
        let (host, dial) = self.dial.as_ref()?;
        let host = *host;
        let Poll::Ready(dialled) = dial.poll(waker) else { return None };
        self.dial = None;
        let (driven, clock) = self.lease.parts()?;
        let now = clock.now();
        if let Some(pipe) = self.dialing.dialled(host, dialled, driven, now) {
            self.link.attach(pipe);
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
            Err(RequestError::Misuse(Misuse::NotConnected)) => {
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

    /// A thread drives: a handle, and the events.
    ///
    /// # Errors
    ///
    /// No thread can be made.
    #[must_use = "an initiator whose events are dropped ends"]
    pub fn spawn(self) -> io::Result<(Handle, Events)> {
        self.spawn_with(Acknowledge::OnNextEvent)
    }

    /// The same, and who says that a message is handled.
    ///
    /// # Errors
    ///
    /// No thread can be made.
    #[must_use = "an initiator whose events are dropped ends"]
    pub fn spawn_with(mut self, acknowledge: Acknowledge) -> io::Result<(Handle, Events)> {
        let opened = self.lease.open(acknowledge);
        let name = "fixline initiator".to_string();
        thread::Builder::new().name(name).spawn(move || self.drive())?;
        Ok(opened)
    }

    /// Drives, and hands each event to a handler, in this thread and without a copy. Ends when no
    /// further attempt is made, or at once when the handler breaks: what it broke at is not
    /// handled.
    pub fn run(mut self, mut handler: impl FnMut(Event<'_>) -> ControlFlow<()>) -> Stopped {
        loop {
            match self.next(Duration::MAX) {
                Ok(Some(event)) => {
                    if handler(event).is_break() {
                        return Stopped(Reason::Requested);
                    }
                }
                Ok(None) => {}
                Err(stopped) => return stopped,
            }
        }
    }

    fn drive(mut self) {
        let waker = self.parking.waker();
        let reason = loop {
            match self.drive_on(&waker) {
                ControlFlow::Break(reason) => break reason,
                ControlFlow::Continue(at) => park(at, self.lease.clock(), Duration::MAX),
            }
        };
        self.lease.ended = Some(reason);
    }

    /// Does what can be done without waiting; then when to go on, or why it is over.
    fn drive_on(&mut self, waker: &Waker) -> ControlFlow<Reason, Option<Instant>> {
        loop {
            let Some((driven, clock)) = self.lease.parts() else {
                return ControlFlow::Break(Reason::Closed);
            };
            let now = clock.now();
            if let Some(until) = self.ending.leaves(driven, now) {
                self.dial = None;
                let (gone, at) = self.link.leave(driven, clock, waker);
                if gone || clock.until(until).is_zero() {
                    return ControlFlow::Break(Reason::Requested);
                }
                return ControlFlow::Continue(earlier(at, Some(until)));
            }
            self.dialing.tell(driven);
            let turned = self.turn(Way::Spawned, waker);
            let did = self.do_duties();
            let Some((driven, clock)) = self.lease.parts() else {
                return ControlFlow::Break(Reason::Closed);
            };
            let over = self.ending.has_begun() && !self.link.is_attached() && driven.is_over();
            if self.ending.ends(over, driven, clock.now()) {
                return ControlFlow::Break(Reason::Requested);
            }
            let left = driven.driver.is_left();
            let tells = self.dialing.has_event() && driven.driver.has_room();
            if !did && !left && !tells {
                let at = match turned {
                    Turned::Waits(at) => at,
                    // It has stopped, until a request wakes it; events are taken by the mailbox.
                    Turned::Over | Turned::Event => None,
                };
                return ControlFlow::Continue(earlier(at, self.ending.until()));
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
