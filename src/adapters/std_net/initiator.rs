//! The side that connects, and connects again.

use alloc::fmt;
use alloc::sync::Arc;
use core::time::Duration;
use std::io;

use super::line::Line;
use super::stream::Connector;
use crate::adapters::clock::Clock;
use crate::adapters::dialer::{Dialer, InitiatorError};
use crate::adapters::outcome::Delivery;
use crate::engine::{
    Connection, ConnectionOptions, Draft, Event, Next, OpenError, Operation, Reconnect, Refused,
    RequestError, Store,
};
use crate::session::Config;
use crate::wire::{Body, SeqNum};

/// One session that connects, logs on, and does so again when the line breaks.
///
/// Driven by the thread that calls [`next`](Self::next).
///
/// ```no_run
/// use std::time::Duration;
///
/// use fixline::adapters::std_net::{Initiator, TcpConnector};
/// use fixline::engine::{Draft, Event, MemoryStore};
/// use fixline::session::{Config, Notice, ResendPolicy, Version};
/// use fixline::wire::{PutField as _, Tag};
///
/// let config =
///     Config::initiator(Version::Fix44, "CLIENT", "BROKER", ResendPolicy::All).build()?;
/// let connector = TcpConnector::new("127.0.0.1:5001");
/// let mut line = Initiator::new(config, MemoryStore::new(), connector)?;
/// loop {
///     match line.next(Duration::from_secs(1))? {
///         Some(Event::Notice(Notice::LoggedOn { .. })) => {
///             let mut order = Draft::new("D");
///             order.str(Tag::CL_ORD_ID, "ORD-1").uint(Tag::ORDER_QTY, 100);
///             println!("{:?}", line.send(&order)?);
///         }
///         Some(Event::Message { message, .. }) => println!("{message}"),
///         _ => {}
///     }
/// }
/// # #[expect(unreachable_code, reason = "the example runs for ever")]
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Initiator<C: Connector, S: Store> {
    line: Line<C::Stream, S>,
    connector: C,
    dialer: Dialer,
}

impl<C: Connector, S: Store> Initiator<C, S> {
    /// An initiator with the default options, which connects with the first call of
    /// [`next`](Self::next).
    ///
    /// # Errors
    ///
    /// The store cannot be loaded.
    pub fn new(
        config: impl Into<Arc<Config>>,
        store: S,
        connector: C,
    ) -> Result<Self, OpenError<S::Error>> {
        Self::with_options(config, store, connector, ConnectionOptions::new())
    }

    /// An initiator whose buffers have these sizes.
    ///
    /// # Errors
    ///
    /// Buffers that are too small for the session, or a store that cannot be loaded.
    pub fn with_options(
        config: impl Into<Arc<Config>>,
        store: S,
        connector: C,
        options: ConnectionOptions,
    ) -> Result<Self, OpenError<S::Error>> {
        let connection = Connection::open(config, store, options)?;
        let clock = Clock::new();
        let dialer = Dialer::new(connector.hosts(), clock);
        let line = Line::new(connection, clock);
        Ok(Self { line, connector, dialer })
    }

    /// Another policy for when to connect again.
    #[must_use]
    pub fn reconnect(mut self, policy: Reconnect) -> Self {
        self.dialer.policy = policy;
        self
    }

    /// Further fields for each Logon, such as a password.
    #[must_use]
    pub fn logon_fields(mut self, fields: Body) -> Self {
        self.dialer.logon = fields;
        self
    }

    /// Waits for something to happen, for `timeout` at most; connects, and connects again, when it
    /// is time to. A message that is lent stands until the next call, which says that it is
    /// handled.
    ///
    /// # Errors
    ///
    /// [`InitiatorError::Stopped`] behind the last event, once no further attempt is made.
    pub fn next(
        &mut self,
        timeout: Duration,
    ) -> Result<Option<Event<'_, S>>, InitiatorError<S::Error>> {
        let clock = self.line.clock();
        let mut end = None;
        while !self.line.turn() {
            // The clock is not read for events that are there already.
            let end = *end.get_or_insert_with(|| clock.now().monotonic.after(timeout));
            let mut left = clock.until(end);
            if !self.line.is_attached() {
                match self.dialer.next() {
                    Next::Stop(reason) => return Err(InitiatorError::Stopped(reason)),
                    Next::At { at, host, .. } if clock.until(at).is_zero() => {
                        self.connect(host)?;
                        continue;
                    }
                    Next::At { at, .. } => left = left.min(clock.until(at)),
                }
            }
            if clock.until(end).is_zero() {
                return Ok(None);
            }
            self.line.wait(left);
        }
        let logout_asked = self.line.connection().logout_asked();
        let event = self.line.event();
        if let Some(event) = &event {
            self.dialer.learn(event, logout_asked);
        }
        Ok(event)
    }

    fn connect(&mut self, host: usize) -> Result<(), InitiatorError<S::Error>> {
        self.dialer.attempted();
        let stream = self.connector.connect(host);
        if let Some(stream) = self.dialer.dialed(stream)
            && self.dialer.connect(self.line.connection_mut())?
        {
            self.line.attach(stream);
        }
        Ok(())
    }

    /// Sends a message, and writes it as far as the peer takes it.
    ///
    /// # Errors
    ///
    /// The message is not sent and has no number.
    pub fn send(&mut self, draft: &Draft) -> Result<Delivery, Refused> {
        self.line.send(draft)
    }

    /// Every message up to this one is handled, under
    /// [`Acknowledge::Explicitly`](crate::engine::Acknowledge::Explicitly).
    pub fn handled(&mut self, epoch: u32, seq: SeqNum) {
        self.line.handled(epoch, seq);
    }

    /// Ends the session in order, and does not connect again before [`resume`](Self::resume),
    /// whatever the peer makes of it.
    ///
    /// # Errors
    ///
    /// There is no connection, or its numbers are being reset.
    pub fn logout(&mut self, text: &str) -> Result<(), RequestError> {
        self.line.logout(text)
    }

    /// What an operator asks for.
    ///
    /// # Errors
    ///
    /// The session cannot do it now.
    pub fn operate(&mut self, request: Operation) -> Result<(), RequestError> {
        self.line.operate(request)
    }

    /// Connects again although the session was logged out or a person was needed.
    pub fn resume(&mut self) {
        self.dialer.policy.resume();
    }

    /// Why the last attempt to connect failed, if it did.
    pub const fn connect_error(&self) -> Option<&io::Error> {
        self.dialer.error.as_ref()
    }

    /// The connection, to look at.
    pub const fn connection(&self) -> &Connection<S> {
        self.line.connection()
    }

    /// Gives the store back; a connection is dropped without a Logout.
    pub fn into_store(self) -> S {
        self.line.into_connection().into_store()
    }
}

impl<C: Connector, S: Store> fmt::Debug for Initiator<C, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Initiator").field("line", &self.line).finish_non_exhaustive()
    }
}
