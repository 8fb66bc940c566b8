//! An acceptance server without sockets and clocks: several sessions behind one address.

use std::collections::BTreeMap;
use std::time::Duration;

use std::task::Poll;

use fixline::engine::{
    Acknowledge, Connection, ConnectionOptions, Entry, Lobby, Look, MemoryStore, Progress,
};
use fixline::session::{Config, Instant, Now};
use fixline::wire::UtcTime;

use crate::app::App;
use crate::numbers::SetNumber;

/// The sessions, the connections, and the time.
pub(crate) struct Hall {
    now: Now,
    seats: Vec<Seat>,
    lines: BTreeMap<u32, Line>,
}

/// A session, and the line that it has.
struct Seat {
    connection: Connection<MemoryStore>,
    app: App,
    line: Option<u32>,
}

/// One connection, as its peer sees it.
struct Line {
    lobby: Option<Lobby>,
    sent: Vec<u8>,
    closed: bool,
}

impl Hall {
    /// A server of these sessions, on some morning.
    pub(crate) fn new(configs: &[Config]) -> Self {
        let open = |config: &Config| {
            let store = MemoryStore::with_capacity(64 << 10, 1_000);
            let options = ConnectionOptions::new().acknowledge(Acknowledge::Explicitly);
            let mut connection = Connection::new(config.clone(), store, options)
                .expect("the default sizes fit the acceptance sessions");
            assert!(matches!(connection.open(), Poll::Ready(Ok(()))), "memory is always there");
            connection
        };
        let seat = |config| Seat { connection: open(config), app: App::default(), line: None };
        let utc = UtcTime::parse(b"20261123-09:30:00").expect("a time");
        Self {
            now: Now::new(Instant::from_millis(1_000_000), utc),
            seats: configs.iter().map(seat).collect(),
            lines: BTreeMap::new(),
        }
    }

    pub(crate) const fn utc(&self) -> UtcTime {
        self.now.utc
    }

    pub(crate) const fn monotonic(&self) -> Instant {
        self.now.monotonic
    }

    /// A peer connects.
    pub(crate) fn connect(&mut self, line: u32) {
        let lobby = Lobby::new(self.now.monotonic, Duration::from_secs(10));
        self.lines.insert(line, Line { lobby: Some(lobby), sent: Vec::new(), closed: false });
    }

    /// A peer sends bytes; false when its line is closed.
    pub(crate) fn receive(&mut self, line: u32, mut bytes: &[u8]) -> bool {
        loop {
            let Some(end) = self.lines.get_mut(&line).filter(|line| !line.closed) else {
                return false;
            };
            let spare = match (&mut end.lobby, self.seats.iter_mut().find(|s| s.line == Some(line)))
            {
                (Some(lobby), _) => lobby.spare(),
                (None, Some(seat)) => seat.connection.spare(),
                (None, None) => return false,
            };
            let count = spare.len().min(bytes.len());
            spare[..count].copy_from_slice(&bytes[..count]);
            if let Some(lobby) = &mut end.lobby {
                lobby.filled(count);
            } else if let Some(seat) = self.seats.iter_mut().find(|seat| seat.line == Some(line)) {
                seat.connection.filled(count);
            }
            bytes = &bytes[count..];
            self.settle();
            if bytes.is_empty() {
                return true;
            }
        }
    }

    /// A peer closes its line.
    pub(crate) fn hang_up(&mut self, line: u32) {
        self.lines.remove(&line);
        for seat in self.seats.iter_mut().filter(|seat| seat.line == Some(line)) {
            seat.connection.closed();
        }
        self.settle();
    }

    /// What a peer received and has not taken.
    pub(crate) fn sent(&mut self, line: u32) -> Option<&mut Vec<u8>> {
        self.lines.get_mut(&line).map(|line| &mut line.sent)
    }

    /// Whether the server has closed the line.
    pub(crate) fn is_closed(&self, line: u32) -> bool {
        self.lines.get(&line).is_none_or(|line| line.closed)
    }

    /// Lets time pass up to the next deadline, `end` at the latest.
    pub(crate) fn pass(&mut self, end: Instant) {
        let lobbies = self.lines.values().filter_map(|line| line.lobby.as_ref());
        let deadlines = lobbies
            .map(Lobby::deadline)
            .chain(self.seats.iter().filter_map(|seat| seat.connection.wake_at()));
        let next = deadlines.min().unwrap_or(end).min(end).max(self.now.monotonic);
        let passed = next.since(self.now.monotonic);
        self.now = Now::new(next, self.now.utc.saturating_add(passed));
        self.settle();
    }

    /// Sets a number of a session that has no line.
    pub(crate) fn set_number(&mut self, change: &SetNumber) -> Result<(), String> {
        let mut seats = self.seats.iter_mut();
        let seat = seats.find(|seat| change.is_for(seat.connection.config()));
        let connection = &mut seat.ok_or("there is no such session")?.connection;
        let (next_out, next_in) = change.of(connection.seq_nums());
        match connection.set_seq_nums(next_out, next_in, self.now) {
            Poll::Ready(result) => result.map_err(|error| error.to_string()),
            Poll::Pending => Err("memory answers at once".to_owned()),
        }
    }

    /// Does all that can be done now.
    fn settle(&mut self) {
        self.seat_strangers();
        for seat in &mut self.seats {
            while seat.advance(self.now) {}
            let Some(line) = seat.line.and_then(|line| self.lines.get_mut(&line)) else {
                seat.leave();
                continue;
            };
            line.sent.extend_from_slice(seat.connection.flushable());
            seat.connection.flushed(seat.connection.flushable().len());
            if seat.connection.wants_close() {
                line.closed = true;
                seat.connection.closed();
                while seat.advance(self.now) {}
                seat.line = None;
            }
        }
    }

    /// Leads whoever has said who it is to its seat, and closes on the rest.
    fn seat_strangers(&mut self) {
        for (number, line) in &mut self.lines {
            let Some(lobby) = &line.lobby else { continue };
            let identity = match lobby.look(self.now.monotonic) {
                Look::NeedMore => continue,
                Look::Close(_) => None,
                Look::Identity(identity) => Some(identity),
            };
            let seat = identity.and_then(|identity| {
                let fits = |seat: &&mut Seat| identity.is_for(seat.connection.config());
                self.seats.iter_mut().find(fits).filter(|seat| seat.line.is_none())
            });
            let entry = Entry { first_bytes: lobby.bytes(), ..Entry::PLAIN };
            if let Some(seat) = seat
                && seat.connection.connected(self.now, entry).is_ok()
            {
                seat.line = Some(*number);
            } else {
                line.closed = true;
            }
            line.lobby = None;
        }
    }
}

impl Seat {
    /// Does what can be done, and shows it to the application; false when nothing is left.
    fn advance(&mut self, now: Now) -> bool {
        let progress = self.connection.advance(now);
        while let Some(event) = self.connection.event(now) {
            if let Some(handled) = self.app.handle(event) {
                self.connection.handled(handled);
            }
        }
        let connection = &mut self.connection;
        for handled in self.app.retry(|draft| connection.send(draft, now)) {
            self.connection.handled(handled);
        }
        progress == Progress::Events
    }

    /// The peer has gone.
    fn leave(&mut self) {
        if self.line.take().is_some() {
            self.connection.closed();
        }
    }
}
