//! Starting over `std`: a thread for each initiator, for each acceptor, and for each connection of
//! one.

use alloc::string::ToString as _;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::mem::take;
use core::ops::ControlFlow;
use core::panic::AssertUnwindSafe;
use core::task::Poll;
use core::time::Duration;
use std::io;
use std::net::{TcpListener, TcpStream};
use std::panic::catch_unwind;
use std::thread;

use super::plan::{AnyStore, Part, Plan};
use super::running::{Running, Words};
use crate::adapters::accepting::{AcceptorHandle, SessionError, Told};
use crate::adapters::lease::Left;
use crate::adapters::mailbox::{Ask, Handle, Stopped};
use crate::adapters::std_net::{Acceptor, Ended, Initiator, Line};
use crate::adapters::tcp::TcpConnector;
use crate::engine::{Acknowledge, ConnectionOptions, Event, SessionId, Store as _, StoreError};
use crate::session::Reason;
use crate::settings::{Problem, Settings, SettingsError};

/// How long the peer of a session that its handler gave up may take to answer the Logout.
pub(super) const GIVE_UP_PATIENCE: Duration = Duration::from_secs(1);

type Initiates = Initiator<TcpConnector, AnyStore>;
type Accepts = Acceptor<TcpStream, AnyStore>;
type Served = Line<TcpStream, AnyStore>;

impl Settings {
    /// Starts every session of the file, over `std`: initiators connect, with their ReconnectInterval
    /// and all of their hosts, and the acceptors of one address share it. A session with a
    /// FileStorePath is kept there, by [`FileStore`](crate::adapters::FileStore); another begins
    /// anew with the process, and [`Running::notes`] says so. Dictionaries are loaded, unless
    /// [`with_dictionaries`](Self::with_dictionaries) did that.
    ///
    /// `handler` gets every event with the session that it is of, in the thread that drives this
    /// session. While it works nothing is sent, so that it must not wait for its own session: it
    /// answers through the event, or sends with [`Handle::try_send`]. When it breaks or panics its
    /// session is logged out for good, the others go on, and it is [told](Told::Broke). The sessions
    /// of an acceptor ask it about each Logon: [`Event::Authenticate`].
    ///
    /// ```no_run
    /// use std::ops::ControlFlow;
    /// use std::time::Duration;
    ///
    /// use fixline::adapters::Handle;
    /// use fixline::engine::{Draft, Event, SessionId};
    /// use fixline::session::Notice;
    /// use fixline::settings::Settings;
    /// use fixline::wire::{PutField as _, Tag};
    ///
    /// fn on(id: &SessionId, event: Event<'_>, session: &Handle) -> ControlFlow<()> {
    ///     match event {
    ///         Event::Notice(Notice::LoggedOn { .. }) => {
    ///             let mut order = Draft::new("D");
    ///             order.str(Tag::CL_ORD_ID, "ORD-1").uint(Tag::ORDER_QTY, 100);
    ///             println!("{id}: {:?}", session.try_send(&order));
    ///         }
    ///         Event::Message { message, .. } => println!("{id}: {message}"),
    ///         _ => {}
    ///     }
    ///     ControlFlow::Continue(())
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let running = Settings::read("client.cfg")?.start(on)?;
    /// while let Ok(Some(told)) = running.wait_next(Duration::from_secs(3600)) {
    ///     eprintln!("{told}");
    /// }
    /// running.wait_shutdown("done for today", Duration::from_secs(5));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Everything that would keep a session from running, line by line, and then none of them runs:
    /// dictionaries that cannot be read, stores that cannot be loaded or that somebody else has,
    /// addresses that cannot be listened on. A host that cannot be reached is no error: it may be
    /// later, and [`Event::ConnectFailed`] says that it is tried again.
    pub fn start<H>(self, handler: H) -> Result<Running, SettingsError>
    where
        H: Fn(&SessionId, Event<'_>, &Handle) -> ControlFlow<()> + Send + Sync + 'static,
    {
        self.start_with(ConnectionOptions::new(), handler)
    }

    /// The same, with buffers of these sizes, and who says that a message is handled.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start), and buffers that are too small for a session.
    pub fn start_with<H>(
        self,
        options: ConnectionOptions,
        handler: H,
    ) -> Result<Running, SettingsError>
    where
        H: Fn(&SessionId, Event<'_>, &Handle) -> ControlFlow<()> + Send + Sync + 'static,
    {
        let mut plan = Plan::of(self)?;
        let unloaded: Vec<Problem> = plan.parts_mut().filter_map(load_now).collect();
        plan.are_wrong(unloaded);
        let initiators = plan.make_initiators(options, |connection, connector, reconnect| {
            Initiator::of(connection, connector).reconnect(reconnect)
        });
        let acceptors = acceptors(&mut plan, options);
        plan.check()?;
        let (file, handler) = (plan.file(), Arc::new(handler));
        let mut running = Running::new(plan.notes);
        let no_thread = |error| Plan::no_thread(file.clone(), &error);
        for (id, initiator) in initiators {
            run_initiator(id, initiator, &handler, &mut running).map_err(no_thread)?;
        }
        for (acceptor, listener) in acceptors {
            run_acceptor(acceptor, listener, &handler, &mut running).map_err(no_thread)?;
        }
        Ok(running)
    }
}

/// Loads a store in this thread; what is wrong with it.
fn load_now(part: &mut Part) -> Option<Problem> {
    let error = match part.store.load(None) {
        Poll::Ready(Ok(_)) => return None,
        Poll::Ready(Err(error)) => error,
        Poll::Pending => StoreError::misuse("it does not answer without a waker"),
    };
    Some(part.named.store_problem(&error))
}

fn acceptors(plan: &mut Plan, options: ConnectionOptions) -> Vec<(Accepts, TcpListener)> {
    let mut acceptors = Vec::new();
    for shared in take(&mut plan.acceptors) {
        let listener = TcpListener::bind(&shared.address);
        plan.are_wrong(listener.as_ref().err().and_then(|error| shared.not_bound(error)));
        let mut acceptor = Acceptor::new();
        for Part { named, store } in shared.parts {
            let connection = named.connection(store, options).map_err(SessionError::from);
            let added = connection.and_then(|it| acceptor.session_of(it).map(drop));
            plan.are_wrong(added.err().map(|error| named.refused(error)));
        }
        acceptors.extend(listener.ok().map(|listener| (acceptor, listener)));
    }
    acceptors
}

fn run_initiator<H: OnEvent>(
    id: SessionId,
    mut initiator: Initiates,
    handler: &Arc<H>,
    running: &mut Running,
) -> io::Result<()> {
    let Some(session) = initiator.attended() else { return Ok(()) };
    running.add_initiator(id.clone(), session.clone());
    let (handler, words) = (Arc::clone(handler), running.words());
    let at_work = words.begin();
    let run = move || {
        let give_up = || {
            let patience = GIVE_UP_PATIENCE;
            // Where nobody drives any more, there is nothing to end.
            let _asked = session.tell(Ask::Shutdown { text: "".into(), patience });
        };
        let reason = attend(&mut initiator, (&id, &session), &*handler, &words, give_up);
        // Its store is free before anybody is told that it is over.
        drop(initiator);
        words.tell(Told::Left { session: id, how: Left::Ended(reason) });
        drop(at_work);
    };
    thread::Builder::new().name("fixline initiator".to_string()).spawn(run)?;
    Ok(())
}

fn run_acceptor<H: OnEvent>(
    acceptor: Accepts,
    listener: TcpListener,
    handler: &Arc<H>,
    running: &mut Running,
) -> io::Result<()> {
    let sessions = acceptor.handle();
    let accepting = acceptor.begin(listener)?;
    running.add_acceptor(sessions.clone());
    let (handler, words) = (Arc::clone(handler), running.words());
    let at_work = words.begin();
    let tells = Arc::clone(&words);
    let run = move || {
        accepting
            .serve(move |line| serve(line, &sessions, &*handler, &words), |told| tells.tell(told));
        drop(at_work);
    };
    thread::Builder::new().name("fixline acceptor".to_string()).spawn(run)?;
    Ok(())
}

/// Drives one connection of an acceptor.
fn serve<H: OnEvent>(
    mut line: Served,
    sessions: &AcceptorHandle<AnyStore>,
    handler: &H,
    words: &Words,
) {
    let id = line.id().clone();
    let Some(session) = sessions.session(&id) else { return };
    let give_up = || {
        sessions.disable(&id, "", GIVE_UP_PATIENCE);
    };
    let _told_by_the_acceptor = attend(&mut line, (&id, &session), handler, words, give_up);
}

/// Drives a line, and hands its events to the handler until that gives it up; then the line is
/// ended by `give_up`, and what the handler held is not handled.
fn attend<H: OnEvent>(
    line: &mut impl Attended,
    (id, session): (&SessionId, &Handle),
    handler: &H,
    words: &Words,
    give_up: impl FnOnce(),
) -> Reason {
    let mut give_up = Some(give_up);
    loop {
        let event = match line.next_event() {
            Ok(event) => event,
            Err(reason) => return reason,
        };
        let (Some(event), true) = (event, give_up.is_some()) else { continue };
        let handled = catch_unwind(AssertUnwindSafe(|| handler(id, event, session)));
        if let Ok(ControlFlow::Continue(())) = handled {
            continue;
        }
        words.tell(Told::Broke { session: id.clone(), panicked: handled.is_err() });
        line.keep_unhandled();
        if let Some(give_up) = give_up.take() {
            give_up();
        }
    }
}

/// What a handler is, in short.
trait OnEvent: Fn(&SessionId, Event<'_>, &Handle) -> ControlFlow<()> + Send + Sync + 'static {}

impl<H> OnEvent for H where
    H: Fn(&SessionId, Event<'_>, &Handle) -> ControlFlow<()> + Send + Sync + 'static
{
}

/// What is driven by hand, in either role.
trait Attended {
    /// The next event; why there is none any more.
    fn next_event(&mut self) -> Result<Option<Event<'_>>, Reason>;

    /// From now on nothing counts as handled.
    fn keep_unhandled(&mut self);
}

impl Attended for Initiates {
    fn next_event(&mut self) -> Result<Option<Event<'_>>, Reason> {
        self.next(Duration::MAX).map_err(|Stopped(reason)| reason)
    }

    fn keep_unhandled(&mut self) {
        self.set_acknowledge(Acknowledge::Explicitly);
    }
}

impl Attended for Served {
    fn next_event(&mut self) -> Result<Option<Event<'_>>, Reason> {
        self.next(Duration::MAX).map_err(|Ended(reason)| reason)
    }

    fn keep_unhandled(&mut self) {
        self.set_acknowledge(Acknowledge::Explicitly);
    }
}
