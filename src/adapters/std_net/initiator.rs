//! The side that connects, and connects again.

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
use super::parking::Parking;
use super::pipe::Pipe;
use crate::adapters::clock::Clock;
use crate::adapters::initiator_core::{Dialer, InitiatorCore};
use crate::adapters::mailbox::{Events, Handle, Stopped};
use crate::engine::{
    Acknowledge, Connection, ConnectionOptions, Delivery, Draft, Event, MessageId, Operation,
    OptionsError, Reconnect, RequestError, SendError, Store,
};
use crate::session::{Config, Reason};
use crate::wire::Body;

/// Dials with a connector of the user's, each time in a thread of its own.
struct Dials<C>(Arc<C>);

impl<C: Connector> Dialer for Dials<C> {
    type Pipe = Pipe<C::Stream>;
    type Dial = Dial<C::Stream>;

    fn dial(&self, address: usize) -> io::Result<Self::Dial> {
        Dial::new(Arc::clone(&self.0), address)
    }

    fn poll(dial: &mut Self::Dial, waker: &Waker) -> Poll<io::Result<Self::Pipe>> {
        dial.poll(waker)
    }
}

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
    core: InitiatorCore<Dials<C>, S>,
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
        Ok(Self::of(Connection::new(config, store, options)?, connector))
    }

    /// An initiator of a session that is made already, such as one that keeps hours
    /// (`Connection::set_hours`): outside of them it is quiet.
    #[must_use]
    pub fn of(connection: Connection<S>, connector: C) -> Self {
        let (clock, addresses) = (Clock::new(), connector.addresses().to_vec());
        let core = InitiatorCore::new(connection, Dials(Arc::new(connector)), addresses, clock);
        Self { core, parking: Parking::default() }
    }

    /// Another clock.
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
        let Self { core, parking } = self;
        if !core.ask() {
            let clock = core.lease.clock().clone();
            match parking.wait(&clock, patience, |waker| core.event_on(waker)) {
                Some(there) => there?,
                None => return Ok(None),
            }
        }
        core.event().map(Some)
    }

    /// Works on the session from elsewhere while this thread drives it. From here on
    /// [`next`](Self::next) goes on until a shutdown, also while the session does not connect.
    #[cfg(feature = "settings")]
    pub(in crate::adapters) fn attended(&mut self) -> Option<Handle> {
        self.core.attended()
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
        let opened = self.core.lease.open(acknowledge);
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
        let Self { core, parking } = &mut self;
        let clock = core.lease.clock().clone();
        core.lease.ended = parking.wait(&clock, Duration::MAX, |waker| core.drive_on(waker));
    }
}

impl<C: Connector, S: Store> fmt::Debug for Initiator<C, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Initiator").field("id", self.core.lease.id()).finish_non_exhaustive()
    }
}
