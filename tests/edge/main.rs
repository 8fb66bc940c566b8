//! Scripts against the edge that both adapters play: a script says what happens, an [`Edge`] is an
//! adapter. Handles and events are the same types in both, and scripts wait in threads.

mod disk;
#[cfg(feature = "schedule")]
mod hours;
mod memory;
mod over_std;
#[cfg(feature = "tokio")]
mod over_tokio;
mod peer;
mod scripts;
mod std_side;
#[cfg(feature = "tokio")]
mod tokio_side;

use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use fixline::adapters::{AcceptorEvent, AcceptorEvents, AcceptorHandle, Events, Handle, Told};
use fixline::engine::{AdmissionOptions, Draft, Event, Newcomer, Reconnect, Store};
use fixline::session::{Config, Reason, ResendPolicy, Version};
use fixline::wire::{Fields, PutField as _, Tag};

/// How long a script waits for what must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) type AnyStore = Box<dyn Store>;

/// What stands between a connection that was accepted and its stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Door {
    /// Nothing.
    #[default]
    Plain,
    /// Accepting fails for half a second, for want of file descriptors.
    Exhausted,
    /// A handshake: the peer has to send `H` first.
    Handshake,
    /// The stream keeps what was written until it is flushed, and says `BYE` when it is finished.
    Buffered,
}

/// An acceptor to be.
pub(crate) struct Plan {
    pub(crate) sessions: Vec<(Config, AnyStore)>,
    pub(crate) admission: Option<AdmissionOptions>,
    pub(crate) newcomer: Newcomer,
    pub(crate) door: Door,
}

impl Plan {
    pub(crate) fn of(config: Config, store: impl Store + 'static) -> Self {
        let newcomer = Newcomer::default();
        Self { sessions: Vec::new(), admission: None, newcomer, door: Door::Plain }
            .and(config, store)
    }

    pub(crate) fn and(mut self, config: Config, store: impl Store + 'static) -> Self {
        self.sessions.push((config, Box::new(store)));
        self
    }

    pub(crate) fn admission(mut self, options: AdmissionOptions) -> Self {
        self.admission = Some(options);
        self
    }

    pub(crate) fn door(mut self, door: Door) -> Self {
        self.door = door;
        self
    }
}

/// An acceptor that was spawned.
pub(crate) struct Accepting<L> {
    pub(crate) address: SocketAddr,
    pub(crate) handle: AcceptorHandle<AnyStore>,
    pub(crate) events: AcceptorEvents<L>,
}

/// The end of a handler that runs.
pub(crate) type Running = Box<dyn FnOnce() -> Result<Reason, Panicked>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Panicked;

/// An adapter.
pub(crate) trait Edge: Sized + Send + Sync + 'static {
    type Line: Send + 'static;

    /// What to call it.
    const NAME: &str;

    fn start() -> Self;

    /// An acceptor over TCP, on a port of its own, driven by a task or thread of its own.
    fn accept(&self, plan: Plan) -> Accepting<Self::Line>;

    /// An acceptor of one connection over a stream in memory.
    fn accept_in_memory(
        &self,
        plan: Plan,
        stream: memory::End,
    ) -> (AcceptorHandle<AnyStore>, AcceptorEvents<Self::MemoryLine>);

    type MemoryLine: Send + 'static;

    fn spawn(&self, line: Self::Line) -> (Handle, Events);

    fn spawn_in_memory(&self, line: Self::MemoryLine) -> (Handle, Events);

    /// Drives a line by a handler that does not wait, in a task or thread of its own.
    fn run(
        &self,
        line: Self::Line,
        handler: impl FnMut(Event<'_>) -> ControlFlow<()> + Send + 'static,
    ) -> Running;

    /// An initiator over TCP, driven by a task or thread of its own.
    fn initiate(
        &self,
        config: Config,
        store: impl Store + 'static,
        address: SocketAddr,
        policy: Reconnect,
    ) -> (Handle, Events);
}

pub(crate) fn broker(peer: &str) -> Config {
    Config::acceptor(Version::Fix44, "BROKER", peer, ResendPolicy::All).build().expect("valid")
}

pub(crate) fn client(name: &str) -> Config {
    Config::initiator(Version::Fix44, name, "BROKER", ResendPolicy::All).build().expect("valid")
}

/// Comes back within some 10 ms.
pub(crate) fn quick() -> Reconnect {
    let pauses = Duration::from_millis(10);
    Reconnect::new(1, 1)
        .pauses(pauses, pauses)
        .later_pauses(pauses, pauses)
        .waits(pauses, pauses)
        .without_attempt_limit()
}

pub(crate) fn order(id: &str) -> Draft {
    let mut order = Draft::new("D");
    order.str(Tag::CL_ORD_ID, id);
    order
}

/// Waits until something holds.
#[expect(clippy::disallowed_methods, reason = "real sockets take real time")]
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "not in time: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// What a test must see of events, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Message(String),
    Authenticate(String),
    Other(String),
    Disconnected(Reason),
}

pub(crate) fn seen(event: &Event<'_>) -> Seen {
    match event {
        Event::Message { message, .. } => {
            let id = message.get_str(Tag::CL_ORD_ID).unwrap_or_default();
            let kind = String::from_utf8_lossy(message.msg_type());
            Seen::Message(format!("{kind} {id}"))
        }
        Event::Authenticate { logon, .. } => {
            Seen::Authenticate(logon.get_str(Tag::USERNAME).unwrap_or_default().to_owned())
        }
        Event::Disconnected(reason) => Seen::Disconnected(*reason),
        other => Seen::Other(format!("{other:?}")),
    }
}

/// Welcomes everybody, and answers orders with fills.
pub(crate) fn fill(event: Event<'_>) {
    match event {
        Event::Authenticate { verdict, .. } => {
            verdict.accept(Fields::EMPTY).expect("no fields are wrong");
        }
        Event::Message { message, mut reply, .. } if !message.is_admin() => {
            let mut fill = Draft::new("8");
            fill.put(Tag::CL_ORD_ID, message.get(Tag::CL_ORD_ID).unwrap_or(b"NONE"));
            // The line may be over by now.
            let _sent = reply.send(&fill);
        }
        _ => {}
    }
}

/// What came out of an acceptor that fills every order on every line.
pub(crate) struct Served {
    pub(crate) told: Receiver<Told>,
    pub(crate) seen: Receiver<Seen>,
}

impl Served {
    pub(crate) fn told(&self, what: &str, is: impl Fn(&Told) -> bool) -> Told {
        loop {
            let told = self.told.recv_timeout(PATIENCE);
            let told = told.unwrap_or_else(|_| panic!("it was not told: {what}"));
            if is(&told) {
                return told;
            }
        }
    }

    pub(crate) fn sees(&self, is: &Seen) {
        loop {
            let seen = self.seen.recv_timeout(PATIENCE);
            if seen.unwrap_or_else(|_| panic!("not seen: {is:?}")) == *is {
                return;
            }
        }
    }
}

/// Serves in threads until the acceptor is over: `handle` makes of a line's events what it likes.
pub(crate) fn serve<E: Edge>(
    edge: &Arc<E>,
    mut events: AcceptorEvents<E::Line>,
    handle: impl Fn(Event<'_>) + Send + Sync + 'static,
) -> Served {
    let ((tells, told), (sees, seen_by)) = (mpsc::channel(), mpsc::channel());
    let (edge, handle) = (Arc::clone(edge), Arc::new(handle));
    thread::spawn(move || {
        while let Ok(event) = events.wait_next(Duration::MAX) {
            match event {
                Some(AcceptorEvent::Told(word)) => {
                    let _gone = tells.send(word);
                }
                Some(AcceptorEvent::Line(line)) => {
                    let (_handle, mut events) = edge.spawn(line);
                    let (sees, handle) = (sees.clone(), Arc::clone(&handle));
                    thread::spawn(move || {
                        while let Ok(Some(event)) = events.wait_next(Duration::MAX) {
                            let _gone = sees.send(seen(&event));
                            handle(event);
                        }
                    });
                }
                None => {}
            }
        }
    });
    Served { told, seen: seen_by }
}

/// The next event that is so, within the patience.
pub(crate) fn wait_for(events: &mut Events, what: &str, is: impl Fn(&Event<'_>) -> bool) -> Seen {
    loop {
        match events.wait_next(PATIENCE) {
            Ok(Some(event)) if is(&event) => return seen(&event),
            Ok(Some(_)) => {}
            Ok(None) => panic!("it did not come: {what}"),
            Err(stopped) => panic!("it did not come: {what}: {stopped}"),
        }
    }
}
