//! What a settings file comes to: initiators, and acceptors by the address that they share.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;

use crate::adapters::clock::Clock;
use crate::adapters::file_store::FileStore;
use crate::adapters::tcp::TcpConnector;
#[cfg(feature = "schedule")]
use crate::engine::Hours;
use crate::engine::{
    Connection, ConnectionOptions, MemoryStore, OptionsError, Reconnect, SessionId, Store,
    StoreError,
};
use crate::settings::{Connect, Network, Problem, SessionSettings, Settings, SettingsError};

/// A store in a file, or one in memory.
pub(super) type AnyStore = Box<dyn Store>;

/// What is to run, and what is wrong with it.
pub(super) struct Plan {
    file: String,
    pub(super) notes: Vec<Problem>,
    problems: Vec<Problem>,
    initiators: Vec<(Part, Connect)>,
    pub(super) acceptors: Vec<Shared>,
}

/// One session with its store.
pub(super) struct Part {
    pub(super) named: Named,
    pub(super) store: AnyStore,
}

/// One session, and who it is.
pub(super) struct Named {
    pub(super) id: SessionId,
    pub(super) session: SessionSettings,
}

/// The acceptor sessions of one address.
pub(super) struct Shared {
    pub(super) address: String,
    pub(super) parts: Vec<Part>,
}

impl Plan {
    /// The sessions of a file, with their dictionaries. Neither stores nor sockets are touched.
    ///
    /// # Errors
    ///
    /// Dictionaries that cannot be had.
    pub(super) fn of(settings: Settings) -> Result<Self, SettingsError> {
        let Settings { file, sessions, notes } = with_dictionaries(settings)?;
        let (initiators, acceptors, problems) = (Vec::new(), Vec::new(), Vec::new());
        let mut plan = Self { file, notes, problems, initiators, acceptors };
        for session in sessions {
            let part = Part::of(session);
            let named = &part.named;
            if named.session.store.is_none() {
                let what = "is missing: the session begins anew with each process";
                let advice = "give it a folder, so that numbers and messages outlive the process";
                plan.notes.push(named.problem("FileStorePath", what, advice));
            }
            let twin = plan.parts().find(|other| other.named.id == named.id);
            if let Some(line) = twin.map(|twin| twin.named.session.line) {
                let what = format!("is the session of line {line} once more");
                let advice = "give one of them a SessionQualifier";
                plan.problems.push(named.problem("SenderCompID", what, advice));
            }
            plan.add(part);
        }
        plan.notes.sort_by_key(|note| note.line);
        Ok(plan)
    }

    fn add(&mut self, part: Part) {
        match part.named.session.network.clone() {
            Network::Connect(connect) => self.initiators.push((part, connect)),
            Network::Listen(listen) => {
                let mut shared = self.acceptors.iter_mut();
                match shared.find(|shared| shared.address == listen.address) {
                    Some(shared) => shared.parts.push(part),
                    None => {
                        let parts = alloc::vec![part];
                        self.acceptors.push(Shared { address: listen.address, parts });
                    }
                }
            }
        }
    }

    fn parts(&self) -> impl Iterator<Item = &Part> {
        let accepting = self.acceptors.iter().flat_map(|shared| &shared.parts);
        self.initiators.iter().map(|(part, _)| part).chain(accepting)
    }

    /// Every session, for whoever loads the stores.
    pub(super) fn parts_mut(&mut self) -> impl Iterator<Item = &mut Part> {
        let accepting = self.acceptors.iter_mut().flat_map(|shared| &mut shared.parts);
        self.initiators.iter_mut().map(|(part, _)| part).chain(accepting)
    }

    /// Makes every initiator of its connection, its hosts and its pauses.
    pub(super) fn make_initiators<I>(
        &mut self,
        options: ConnectionOptions,
        make: impl Fn(Connection<AnyStore>, TcpConnector, Reconnect) -> I,
    ) -> Vec<(SessionId, I)> {
        let mut initiators = Vec::new();
        for (Part { named, store }, connect) in core::mem::take(&mut self.initiators) {
            match named.connection(store, options) {
                Ok(connection) => {
                    let made = make(connection, connector(&connect), reconnect(&connect));
                    initiators.push((named.id, made));
                }
                Err(error) => self.are_wrong([named.refused(error)]),
            }
        }
        initiators
    }

    /// All of this is wrong, if it is anything; nothing will run.
    pub(super) fn are_wrong(&mut self, problems: impl IntoIterator<Item = Problem>) {
        self.problems.extend(problems);
    }

    /// Whether everything may run.
    ///
    /// # Errors
    ///
    /// All that is wrong.
    pub(super) fn check(&mut self) -> Result<(), SettingsError> {
        if self.problems.is_empty() {
            return Ok(());
        }
        self.problems.sort_by_key(|problem| problem.line);
        let problems = core::mem::take(&mut self.problems);
        Err(SettingsError { file: self.file.clone(), problems })
    }

    /// That nothing runs for want of a thread.
    pub(super) fn no_thread(file: String, error: &std::io::Error) -> SettingsError {
        let problem = Problem {
            line: 0,
            key: None,
            message: format!("no thread can be made: {error}"),
            advice: Some("raise the limit of threads, or run fewer sessions".to_string()),
        };
        SettingsError { file, problems: alloc::vec![problem] }
    }

    pub(super) fn file(&self) -> String {
        self.file.clone()
    }
}

impl Part {
    fn of(session: SessionSettings) -> Self {
        let id = SessionId::of(&session.config);
        let store: AnyStore = match &session.store {
            Some(folder) => Box::new(FileStore::open_or_create_in(folder, &id)),
            None => Box::new(MemoryStore::new()),
        };
        Self { named: Named { id, session }, store }
    }
}

impl Named {
    /// Something about this session, in the line that has the key.
    pub(super) fn problem(&self, key: &str, what: impl fmt::Display, advice: &str) -> Problem {
        Problem {
            line: self.session.line_of(key).unwrap_or(self.session.line),
            key: Some(key.to_string()),
            message: format!("{}: {what}", self.id),
            advice: Some(advice.to_string()).filter(|advice| !advice.is_empty()),
        }
    }

    /// Its store cannot be had. The error says what to do.
    pub(super) fn store_problem(&self, error: &StoreError) -> Problem {
        self.problem("FileStorePath", error, "")
    }

    /// Its buffers or its place among the others are wrong.
    pub(super) fn refused(&self, error: impl fmt::Display) -> Problem {
        self.problem("ConnectionType", error, "")
    }

    /// The connection of the session, which keeps its hours where it has any.
    ///
    /// # Errors
    ///
    /// Buffers that are too small for the session.
    pub(super) fn connection(
        &self,
        store: AnyStore,
        options: ConnectionOptions,
    ) -> Result<Connection<AnyStore>, OptionsError> {
        let config = self.session.config.clone();
        #[cfg(not(feature = "schedule"))]
        return Connection::new(config, store, options);
        #[cfg(feature = "schedule")]
        {
            let mut connection = Connection::new(config, store, options)?;
            if !self.session.schedule.is_always() {
                connection.set_hours(Hours::new(self.session.schedule.clone()));
            }
            Ok(connection)
        }
    }
}

impl Shared {
    /// The address cannot be listened on.
    pub(super) fn not_bound(&self, error: &std::io::Error) -> Option<Problem> {
        let what = format!("cannot listen on {}: {error}", self.address);
        let advice = "end the program that has the port, or give another port or address";
        self.parts.first().map(|first| first.named.problem("SocketAcceptPort", what, advice))
    }
}

/// All hosts of an initiator.
fn connector(connect: &Connect) -> TcpConnector {
    let mut hosts = connect.hosts.iter();
    let first = hosts.next().cloned().unwrap_or_default();
    let connector = hosts.fold(TcpConnector::new(first), |connector, host| connector.or(host));
    match connect.timeout {
        Some(timeout) => connector.timeout(timeout),
        None => connector,
    }
}

/// When an initiator tries again; the pauses vary from one process to the next.
fn reconnect(connect: &Connect) -> Reconnect {
    connect.reconnect(Clock::new().now().utc.as_nanos().unsigned_abs())
}

#[cfg(all(feature = "dictionaries", feature = "xml"))]
fn with_dictionaries(settings: Settings) -> Result<Settings, SettingsError> {
    let lacks = |it: &SessionSettings| it.dictionaries.used && it.config.dictionaries().is_none();
    if settings.sessions.iter().any(lacks) { settings.with_dictionaries() } else { Ok(settings) }
}

/// Without the features nobody can hold messages to a file, so that one must not be asked for.
#[cfg(not(all(feature = "dictionaries", feature = "xml")))]
fn with_dictionaries(settings: Settings) -> Result<Settings, SettingsError> {
    let asked = |it: &SessionSettings| {
        let of = &it.dictionaries;
        let named = of.session.is_some() || of.transport.is_some() || !of.application.is_empty();
        of.used && named && it.config.dictionaries().is_none()
    };
    let problems = settings.sessions.iter().filter(|it| asked(it)).map(|it| {
        Problem {
        line: it.line_of("DataDictionary").unwrap_or(it.line),
        key: Some("DataDictionary".to_string()),
        message: "this program was built without dictionaries".to_string(),
        advice: Some(
            "build fixline with the features `dictionaries` and `xml`, or write UseDataDictionary=N"
                .to_string(),
        ),
    }
    });
    let problems: Vec<Problem> = problems.collect();
    if problems.is_empty() {
        Ok(settings)
    } else {
        Err(SettingsError { file: settings.file, problems })
    }
}
