//! Starting over `tokio`: tasks that drive, and beside each the one that handles its events.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::future::{Future, poll_fn, ready};
use core::mem::take;
use core::ops::ControlFlow;
use core::panic::AssertUnwindSafe;
use core::pin::pin;
use core::task::Poll;
use std::panic::catch_unwind;

use tokio::net::TcpListener;

use super::plan::{AnyStore, Part, Plan};
use super::running::{Running, Words};
use super::threads::GIVE_UP_PATIENCE;
use crate::adapters::accepting::{AcceptorEvent, AcceptorHandle, SessionError, Told};
use crate::adapters::lease::Left;
use crate::adapters::mailbox::{Events, Handle};
use crate::adapters::tcp::TcpConnector;
use crate::adapters::tokio::{Acceptor, Initiator, Line};
use crate::engine::{Acknowledge, Connection, ConnectionOptions, Event, SessionId, Store as _};
use crate::settings::{Problem, Settings, SettingsError};

type Initiates = Initiator<TcpConnector, AnyStore>;
type Accepts = Acceptor<TcpListener, AnyStore>;
type Served = Line<tokio::net::TcpStream, AnyStore>;

/// What an application does about the events of its sessions, for
/// [`Settings::spawn`]. A function that does not wait is one, too.
///
/// ```
/// use std::ops::ControlFlow;
///
/// use fixline::adapters::tokio::{Handle, Handler};
/// use fixline::engine::{Event, SessionId};
///
/// struct Desk;
///
/// impl Handler for Desk {
///     async fn on(&self, id: &SessionId, event: Event<'_>, session: &Handle) -> ControlFlow<()> {
///         if let Event::Message { message, .. } = event {
///             println!("{id}: {message}");
///             tokio::task::yield_now().await;
///         }
///         ControlFlow::Continue(())
///     }
/// }
/// ```
pub trait Handler: Send + Sync + 'static {
    /// Deals with an event of this session. When it breaks or panics, the session is logged out for
    /// good, and the others go on.
    fn on(
        &self,
        id: &SessionId,
        event: Event<'_>,
        session: &Handle,
    ) -> impl Future<Output = ControlFlow<()>> + Send;
}

impl<F> Handler for F
where
    F: Fn(&SessionId, Event<'_>, &Handle) -> ControlFlow<()> + Send + Sync + 'static,
{
    fn on(
        &self,
        id: &SessionId,
        event: Event<'_>,
        session: &Handle,
    ) -> impl Future<Output = ControlFlow<()>> + Send {
        ready(self(id, event, session))
    }
}

impl Settings {
    /// Starts every session of the file, over `tokio`, as [`start`](Self::start) does over `std`.
    ///
    /// `handler` gets the events of each session in order, in a task beside the one that drives it:
    /// it may wait, also for its own session, and stops no Heartbeat by that.
    ///
    /// # Errors
    ///
    /// Everything that would keep a session from running, and then none of them runs.
    ///
    /// # Panics
    ///
    /// Outside of a `tokio` runtime, as [`tokio::spawn`] does.
    pub async fn spawn(self, handler: impl Handler) -> Result<Running, SettingsError> {
        self.spawn_with(ConnectionOptions::new(), handler).await
    }

    /// The same, with buffers of these sizes, and who says that a message is handled.
    ///
    /// # Errors
    ///
    /// As [`spawn`](Self::spawn), and buffers that are too small for a session.
    ///
    /// # Panics
    ///
    /// Outside of a `tokio` runtime.
    pub async fn spawn_with(
        self,
        options: ConnectionOptions,
        handler: impl Handler,
    ) -> Result<Running, SettingsError> {
        let mut plan = Plan::of(self)?;
        let mut unloaded = Vec::new();
        for part in plan.parts_mut() {
            unloaded.extend(load(part).await);
        }
        plan.are_wrong(unloaded);
        let initiators = plan.make_initiators(options, |connection, connector, reconnect| {
            Initiator::of(connection, connector).reconnect(reconnect)
        });
        let acceptors = acceptors(&mut plan, options).await;
        plan.check()?;
        let handler = Arc::new(handler);
        let mut running = Running::new(plan.notes);
        for (id, initiator) in initiators {
            run_initiator(id, initiator, &handler, &mut running);
        }
        for acceptor in acceptors {
            run_acceptor(acceptor, &handler, &mut running);
        }
        Ok(running)
    }
}

/// Loads a store; what is wrong with it.
async fn load(part: &mut Part) -> Option<Problem> {
    let Part { named, store } = part;
    let loaded = poll_fn(|cx| store.load(Some(cx.waker()))).await;
    loaded.err().map(|error| named.store_problem(&error))
}

async fn acceptors(plan: &mut Plan, options: ConnectionOptions) -> Vec<Accepts> {
    let mut acceptors = Vec::new();
    for shared in take(&mut plan.acceptors) {
        let listener = match TcpListener::bind(&shared.address).await {
            Ok(listener) => listener,
            Err(error) => {
                plan.are_wrong(shared.not_bound(&error));
                continue;
            }
        };
        let mut acceptor = Acceptor::new(listener);
        for Part { named, store } in shared.parts {
            let connection = named.connection(store, options).map_err(SessionError::from);
            let added = connection.and_then(|it| acceptor.session_of(it).map(drop));
            plan.are_wrong(added.err().map(|error| named.refused(error)));
        }
        acceptors.push(acceptor);
    }
    acceptors
}

fn run_initiator<H: Handler>(
    id: SessionId,
    initiator: Initiates,
    handler: &Arc<H>,
    running: &mut Running,
) {
    let acknowledge =
        initiator.connection().map_or(Acknowledge::OnNextEvent, Connection::acknowledge);
    let (session, events) = initiator.spawn_with(acknowledge);
    running.add_initiator(id.clone(), session.clone());
    let (handler, words) = (Arc::clone(handler), running.words());
    let at_work = words.begin();
    tokio::spawn(async move {
        // Events that are dropped end the session for good.
        attend(events, (&id, &session), &*handler, &words, || {}).await;
        let mut watch = session.watch();
        let reason = loop {
            if let Err(stopped) = watch.changed().await {
                break stopped.0;
            }
        };
        words.tell(Told::Left { session: id, how: Left::Ended(reason) });
        drop(at_work);
    });
}

fn run_acceptor<H: Handler>(mut acceptor: Accepts, handler: &Arc<H>, running: &mut Running) {
    let sessions = acceptor.handle();
    running.add_acceptor(sessions.clone());
    let (handler, words) = (Arc::clone(handler), running.words());
    let at_work = words.begin();
    tokio::spawn(async move {
        while let Some(event) = acceptor.next().await {
            match event {
                AcceptorEvent::Line(line) => serve(line, &sessions, &handler, &words),
                AcceptorEvent::Told(told) => words.tell(told),
            }
        }
        drop(at_work);
    });
}

/// Lets tasks drive one connection of an acceptor, and handle its events.
fn serve<H: Handler>(
    line: Served,
    sessions: &AcceptorHandle<AnyStore>,
    handler: &Arc<H>,
    words: &Arc<Words>,
) {
    let id = line.id().clone();
    let acknowledge = line.connection().map_or(Acknowledge::OnNextEvent, Connection::acknowledge);
    let (session, events) = line.spawn_with(acknowledge);
    let (sessions, handler, words) = (sessions.clone(), Arc::clone(handler), Arc::clone(words));
    let at_work = words.begin();
    tokio::spawn(async move {
        let give_up = || {
            sessions.disable(&id, "", GIVE_UP_PATIENCE);
        };
        attend(events, (&id, &session), &*handler, &words, give_up).await;
        drop(at_work);
    });
}

/// Hands events to the handler, until they end or it gives the session up.
async fn attend<H: Handler>(
    mut events: Events,
    (id, session): (&SessionId, &Handle),
    handler: &H,
    words: &Words,
    give_up: impl FnOnce(),
) {
    while let Some(event) = events.next().await {
        // A handler that does not wait panics when it is called, and not when it is polled.
        let handled = caught(async { handler.on(id, event, session).await }).await;
        if let Some(ControlFlow::Continue(())) = handled {
            continue;
        }
        words.tell(Told::Broke { session: id.clone(), panicked: handled.is_none() });
        give_up();
        return;
    }
}

/// What a future comes to; `None` when it panics.
async fn caught<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    poll_fn(|cx| {
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx)));
        polled.map_or(Poll::Ready(None), |polled| polled.map(Some))
    })
    .await
}
