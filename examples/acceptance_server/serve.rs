//! All sessions of the file, and the application of each.

use std::collections::BTreeMap;
use std::error::Error;
use std::net::TcpListener;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use fixline::adapters::{Handle, Left, Told};
use fixline::engine::{Acknowledge, ConnectionOptions, Event, SessionId};
use fixline::settings::Settings;

use crate::app::App;
use crate::control;
use crate::numbers::name_of;

/// Serves the sessions until the process ends.
pub(crate) fn serve(
    settings: Settings,
    control: Option<TcpListener>,
) -> Result<(), Box<dyn Error>> {
    let apps = Apps::of(&settings);
    // An order is handled when its answer has a number, which may be later.
    let options = ConnectionOptions::new().acknowledge(Acknowledge::Explicitly);
    let running = settings.start_with(options, move |id, event, session| {
        apps.attend(id, event, session);
        ControlFlow::Continue(())
    })?;
    let running = Arc::new(running);
    for (_, session) in running.sessions() {
        println!("serving {}", name_of(session.config()));
    }
    if let Some(listener) = control {
        let running = Arc::clone(&running);
        thread::spawn(move || control::serve(&listener, &running));
    }
    while let Ok(told) = running.wait_next(Duration::MAX) {
        match told {
            // How a line ended was said already.
            Some(Told::Left { how: Left::Ended(_), .. }) | None => {}
            Some(other) => println!("{other}"),
        }
    }
    Ok(())
}

/// The application of each session, which remembers what it owes while there is no connection.
struct Apps(BTreeMap<SessionId, Mutex<App>>);

impl Apps {
    fn of(settings: &Settings) -> Self {
        let ids = settings.sessions.iter().map(|session| SessionId::of(&session.config));
        Self(ids.map(|id| (id, Mutex::default())).collect())
    }

    fn attend(&self, id: &SessionId, event: Event<'_>, session: &Handle) {
        let Some(app) = self.0.get(id) else { return };
        let mut app = app.lock().unwrap_or_else(PoisonError::into_inner);
        report(session, &event);
        if let Some(handled) = app.handle(event) {
            session.handled(handled);
        }
        if session.status().is_some_and(|status| status.is_logged_on()) {
            for handled in app.retry(|draft| session.try_send(draft)) {
                session.handled(handled);
            }
        }
    }
}

/// What a person may want to see; messages are left out.
fn report(session: &Handle, event: &Event<'_>) {
    let name = || name_of(session.config());
    match event {
        Event::Notice(notice) => println!("{}: {notice} [{}]", name(), notice.rule()),
        Event::Disconnected(reason) => println!("{}: {reason} [{}]", name(), reason.rule()),
        Event::StoreFailed(error) => println!("{}: the store failed: {error}", name()),
        _ => {}
    }
}
