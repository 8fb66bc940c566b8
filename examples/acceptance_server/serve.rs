//! All sessions behind one port.

use std::collections::BTreeMap;
use std::error::Error;
use std::net::{TcpListener, TcpStream};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use fixline::adapters::std_net::{Acceptor, Line};
use fixline::adapters::{Left, Told};
use fixline::engine::{Acknowledge, ConnectionOptions, Event, Store};
use fixline::session::{Config, Status};

use crate::app::App;
use crate::control;
use crate::numbers::name_of;

/// How long a line may rest before the loop looks around.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where the server listens.
pub(crate) struct Ports {
    pub(crate) fix: TcpListener,
    pub(crate) control: Option<TcpListener>,
}

/// Serves the sessions until the process ends. `store` gives each its store.
pub(crate) fn serve<S: Store + 'static>(
    sessions: &[Config],
    ports: Ports,
    store: impl Fn(&Config) -> S,
) -> Result<(), Box<dyn Error>> {
    let mut acceptor = Acceptor::new();
    // An order is handled when its answer has a number, which may be later.
    let options = ConnectionOptions::new().acknowledge(Acknowledge::Explicitly);
    for config in sessions {
        acceptor.session_with(config.clone(), store(config), options)?;
        println!("serving {}", name_of(config));
    }
    let sessions = acceptor.handle();
    if let Some(listener) = ports.control {
        thread::spawn(move || control::serve(&listener, &sessions));
    }
    let apps = Apps::default();
    acceptor.serve(ports.fix, move |line| attend(line, &apps), report_told)?;
    Ok(())
}

/// The applications of the sessions without a connection: they remember what they owe.
#[derive(Default)]
struct Apps(Mutex<BTreeMap<String, App>>);

impl Apps {
    fn take(&self, session: &str) -> App {
        let mut apps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        apps.remove(session).unwrap_or_default()
    }

    fn give_back(&self, session: String, app: App) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(session, app);
    }
}

/// Drives a line until it ends.
fn attend<S: Store + 'static>(mut line: Line<TcpStream, S>, apps: &Apps) {
    let Some(connection) = line.connection() else { return };
    let name = name_of(connection.config());
    let mut app = apps.take(&name);
    while let Ok(event) = line.next(PATIENCE) {
        if let Some(event) = event {
            report(&name, &event);
            if let Some(handled) = app.handle(event) {
                line.handled(handled);
            }
        }
        let status = line.connection().map(|connection| connection.status());
        if matches!(status, Some(Status::LoggedOn { .. })) {
            for handled in app.retry(|draft| line.send(draft)) {
                line.handled(handled);
            }
        }
    }
    apps.give_back(name, app);
}

/// What a person may want to see; messages are left out.
fn report(session: &str, event: &Event<'_>) {
    match event {
        Event::Notice(notice) => println!("{session}: {notice} [{}]", notice.rule()),
        Event::Disconnected(reason) => println!("{session}: {reason} [{}]", reason.rule()),
        Event::StoreFailed(error) => println!("{session}: the store failed: {error}"),
        _ => {}
    }
}

/// Who was turned away, and why. How a line ended was said already.
fn report_told(told: Told) {
    match told {
        Told::Left { how: Left::Ended(_), .. } => {}
        other => println!("{other}"),
    }
}
