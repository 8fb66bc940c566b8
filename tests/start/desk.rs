//! An application that writes down what it sees, fills orders, and sends one after each Logon.

use std::fs;
use std::net::TcpListener;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use fixline::adapters::{Handle, Running, Told};
use fixline::engine::{Draft, Event, SessionId};
use fixline::session::Notice;
use fixline::settings::{Settings, SettingsError};
use fixline::wire::{Fields, PutField as _, Tag};

/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What the sessions saw, as lines.
#[derive(Clone, Default)]
pub(crate) struct Desk(Arc<(Mutex<Vec<String>>, Condvar)>);

impl Desk {
    /// What a handler does, for all sessions.
    pub(crate) fn on(&self, id: &SessionId, event: Event<'_>, session: &Handle) -> ControlFlow<()> {
        let us = id.us().comp_id();
        match event {
            Event::Authenticate { verdict, .. } => {
                let _accepted = verdict.accept(Fields::EMPTY);
            }
            Event::Notice(Notice::LoggedOn { .. }) => {
                if us.starts_with("CLIENT") {
                    let mut order = Draft::new("D");
                    order.str(Tag::CL_ORD_ID, us).uint(Tag::ORDER_QTY, 100);
                    let _queued = session.try_send(&order);
                }
                self.note(format!("{us} logged on"));
            }
            Event::Message { message, mut reply, .. } => {
                let order = message.get(Tag::CL_ORD_ID).unwrap_or_default();
                let order = String::from_utf8_lossy(order);
                match message.msg_type() {
                    b"D" => {
                        let mut fill = Draft::new("8");
                        fill.str(Tag::CL_ORD_ID, &order);
                        let _sent = reply.send(&fill).expect("the line is up");
                        self.note(format!("{us} order {order}"));
                    }
                    b"8" => self.note(format!("{us} fill {order}")),
                    _ => {}
                }
            }
            Event::ConnectFailed { address, .. } => {
                self.note(format!("{us} not connected to {address}"));
            }
            Event::Connected { address } => self.note(format!("{us} connected to {address}")),
            Event::Disconnected(reason) => self.note(format!("{us} disconnected: {reason}")),
            _ => {}
        }
        ControlFlow::Continue(())
    }

    /// A handler.
    pub(crate) fn handler(
        &self,
    ) -> impl Fn(&SessionId, Event<'_>, &Handle) -> ControlFlow<()> + Send + Sync + 'static {
        let desk = self.clone();
        move |id: &SessionId, event: Event<'_>, session: &Handle| desk.on(id, event, session)
    }

    pub(crate) fn note(&self, line: String) {
        self.0.0.lock().expect("whole").push(line);
        self.0.1.notify_all();
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.0.lock().expect("whole").clone()
    }

    /// Waits until it has seen a line so often.
    pub(crate) fn wait(&self, line: &str, times: usize) {
        let lines = self.0.0.lock().expect("whole");
        let is_missing = |lines: &mut Vec<String>| {
            lines.iter().filter(|seen| seen.starts_with(line)).count() < times
        };
        let (lines, waited) = self.0.1.wait_timeout_while(lines, PATIENCE, is_missing).unwrap();
        assert!(!waited.timed_out(), "{line}: {lines:#?}");
    }
}

/// Waits until this is told.
pub(crate) fn wait_told(running: &Running, is_it: impl Fn(&Told) -> bool) -> Told {
    let mut others = Vec::new();
    loop {
        match running.wait_next(PATIENCE) {
            Ok(Some(told)) if is_it(&told) => return told,
            Ok(Some(told)) => others.push(told.to_string()),
            ended => panic!("{ended:?} behind {others:#?}"),
        }
    }
}

/// A port that nobody has.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("bound").port()
}

/// A folder of this test's own, which is removed when the test has passed.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let unique = format!("fixline-start-{name}-{}-{}", std::process::id(), free_port());
        let folder = std::env::temp_dir().join(unique);
        fs::create_dir_all(&folder).expect("a folder");
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The settings in a file of this folder.
    pub(crate) fn settings(&self, text: &str) -> Result<Settings, SettingsError> {
        let path = self.0.join("test.cfg");
        fs::write(&path, text).expect("written");
        Settings::read(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            fs::remove_dir_all(&self.0).expect("removed");
        }
    }
}

/// Two initiators that connect to two acceptor sessions on one port. Lines: 13 and 16 are the
/// initiators, 19 and 23 the acceptors.
pub(crate) fn market(port: u16) -> String {
    format!(
        "\
[DEFAULT]
BeginString=FIX.4.4
HeartBtInt=30
ReconnectInterval=1
UseDataDictionary=N
FileStorePath=store
SocketConnectHost=127.0.0.1
SocketConnectPort={port}
SocketAcceptHost=127.0.0.1
SocketAcceptPort={port}
ConnectionType=initiator
TargetCompID=BROKER
[SESSION]
SenderCompID=CLIENT1

[SESSION]
SenderCompID=CLIENT2

[SESSION]
ConnectionType=acceptor
SenderCompID=BROKER
TargetCompID=CLIENT1
[SESSION]
ConnectionType=acceptor
SenderCompID=BROKER
TargetCompID=CLIENT2
"
    )
}

pub(crate) fn id(text: &str) -> SessionId {
    SessionId::parse(text).expect("an id")
}
