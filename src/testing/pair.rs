//! Two connections and the line between them.

use alloc::boxed::Box;
use core::time::Duration;

use super::crash_store::CrashStore;
use super::history::{History, Record, Violation};
use super::options::{PairOptions, Side};
use super::pipe::Pipe;
use super::random::Random;
use super::wake_flag::WakeFlag;
use crate::engine::{
    Abandoned, Connection, Delivery, Draft, Entry, Event, Progress, Refused, SendError,
};
use crate::session::{Config, Instant, Notice, Now, ResendPolicy, Status};
use crate::wire::{Fields, UtcTime};

/// How long a store takes from one wake to the next.
const STORE_STEP: Duration = Duration::from_millis(1);

/// Two connections, joined by a line in memory and virtual time.
///
/// Only announced deadlines wake the sides, as in a real driver; what is put onto the wire and
/// delivered is recorded in a [`History`] for each direction, which [`check`](Self::check) judges.
/// What happens is told by method, or by an [`Op`](super::Op) played by [`apply`](Self::apply).
///
/// ```
/// use core::time::Duration;
/// use fixline::engine::{Draft, Event};
/// use fixline::session::{Config, ResendPolicy, Version};
/// use fixline::testing::{Pair, PairOptions, Side};
/// use fixline::wire::{PutField as _, Tag};
///
/// let client = Config::initiator(Version::Fix44, "C", "B", ResendPolicy::All).build()?;
/// let broker = Config::acceptor(Version::Fix44, "B", "C", ResendPolicy::All).build()?;
/// let mut pair = Pair::new(client, broker, PairOptions::new());
/// pair.run(Duration::from_secs(1));
/// let mut order = Draft::new("D");
/// order.str(Tag::CL_ORD_ID, "ORD-1");
/// let _ = pair.send(Side::Initiator, &order)?;
/// // The line breaks 10 bytes into it.
/// pair.cut_after(Side::Initiator, 10);
/// pair.run(Duration::from_secs(5));
/// pair.check()?;
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Pair {
    ends: [End; 2],
    options: PairOptions,
    random: Random,
    now: Now,
    /// Whether the line is up.
    up: bool,
    /// When it is going to be.
    up_at: Option<Instant>,
    /// Messages that were shown to either side.
    shown: usize,
    /// Orders that an [`Op`](super::Op) made.
    orders: u64,
    stopped: bool,
}

#[derive(Debug)]
struct End {
    /// Absent only while it is rebuilt.
    connection: Option<Box<Connection<CrashStore>>>,
    config: Config,
    /// Whether its store has woken it.
    woken: WakeFlag,
    /// What this side sends.
    pipe: Pipe,
    /// The line breaks when so many bytes of this side went onto it.
    cut_at: Option<usize>,
    /// What this side sent, and the other was shown.
    history: History,
}

impl Pair {
    /// Two sessions that never were, at 09:30 of some day; the line comes up at once.
    ///
    /// # Panics
    ///
    /// Buffers too small for the configurations: this is for tests.
    #[must_use]
    pub fn new(initiator: Config, acceptor: Config, options: PairOptions) -> Self {
        let utc = UtcTime::parse(b"20261122-09:30:00").unwrap_or(UtcTime::EPOCH);
        let end = |config: Config| {
            let store = CrashStore::new()
                .commit_polls(options.commit_polls)
                .load_polls(options.load_polls)
                .read_polls(options.read_polls);
            let woken = WakeFlag::default();
            End {
                connection: rebuild(&config, store, options, &woken),
                history: History::new().withholding(*config.resend_policy() != ResendPolicy::All),
                config,
                woken,
                pipe: Pipe::default(),
                cut_at: None,
            }
        };
        let start = Instant::from_millis(1000);
        Self {
            ends: [end(initiator), end(acceptor)],
            options,
            random: Random::new(options.seed),
            now: Now::new(start, utc),
            up: false,
            up_at: Some(start),
            shown: 0,
            orders: 0,
            stopped: false,
        }
    }

    /// The time.
    #[must_use]
    pub const fn now(&self) -> Now {
        self.now
    }

    /// One of the connections, to look at.
    #[must_use]
    pub fn connection(&self, side: Side) -> Option<&Connection<CrashStore>> {
        self.end(side).and_then(|end| end.connection.as_deref())
    }

    /// One of the connections, for everything an operator may ask for.
    pub fn connection_mut(&mut self, side: Side) -> Option<&mut Connection<CrashStore>> {
        self.end_mut(side).and_then(|end| end.connection.as_deref_mut())
    }

    /// What `side` sent and its peer was shown.
    #[must_use]
    pub fn history(&self, side: Side) -> Option<&History> {
        self.end(side).map(|end| &end.history)
    }

    /// Sends a message.
    ///
    /// # Errors
    ///
    /// The message is not sent and has no number, or the store failed under it.
    pub fn send(&mut self, side: Side, draft: &Draft) -> Result<Delivery, SendError> {
        let now = self.now;
        let connection = self.connection_mut(side).ok_or(Refused::StoreFailed)?;
        connection.send(draft, now)
    }

    /// Breaks the line when so many further bytes of `side` went onto it.
    pub fn cut_after(&mut self, side: Side, bytes: usize) {
        if let Some(end) = self.end_mut(side) {
            end.cut_at = Some(end.pipe.total.saturating_add(bytes));
        }
    }

    /// Breaks the line now.
    pub fn cut(&mut self) {
        if !self.up {
            return;
        }
        self.up = false;
        if !self.stopped {
            self.up_at = Some(self.now.monotonic.after(self.options.reconnect_after));
        }
        for end in &mut self.ends {
            end.pipe = Pipe::default();
            end.cut_at = None;
            end.history.line_broke();
            if let Some(connection) = &mut end.connection {
                connection.closed();
            }
        }
    }

    /// From now on a broken line stays down.
    pub const fn stop_reconnecting(&mut self) {
        self.stopped = true;
        self.up_at = None;
    }

    /// Changes one bit, of the lowest three bits of `bit` which, behind so many further bytes of
    /// `side`.
    pub fn garble_after(&mut self, side: Side, bytes: usize, bit: u8) {
        if let Some(end) = self.end_mut(side) {
            end.pipe.garble_after(bytes, bit);
        }
    }

    /// Cuts and changes that were to come do not.
    pub(super) fn stop_faults(&mut self) {
        for end in &mut self.ends {
            end.cut_at = None;
            end.pipe.stop_faults();
        }
    }

    /// Bytes that the session of `side` did not send; nothing in the middle of one that it did.
    pub(super) fn put_on_the_line(&mut self, side: Side, bytes: &[u8]) {
        let PairOptions { latency, .. } = self.options;
        let (now, up) = (self.now.monotonic, self.up);
        if let Some(end) = self.end_mut(side).filter(|end| up && end.history.is_between_messages())
        {
            end.pipe.send(bytes, now, latency, usize::MAX);
        }
    }

    pub(super) const fn next_order(&mut self) -> u64 {
        self.orders = self.orders.saturating_add(1);
        self.orders
    }

    /// The process of `side` dies, and with it everything that its store had not confirmed; the
    /// line breaks, and the session is rebuilt.
    pub fn crash(&mut self, side: Side) {
        let options = self.options;
        if let Some(end) = self.end_mut(side)
            && let Some(connection) = end.connection.take()
        {
            let store = connection.into_store().crash();
            end.connection = rebuild(&end.config, store, options, &end.woken);
            end.history.crashed();
        }
        self.cut();
    }

    /// The application of `side` gives its connection up
    /// ([`Connection::abandon`]); the line breaks.
    pub fn abandon(&mut self, side: Side) {
        let now = self.now;
        if let Some(end) = self.end_mut(side)
            && let Some(connection) = &mut end.connection
        {
            let Abandoned { numbers, store_failed, .. } = connection.abandon(now);
            end.history.abandoned(numbers);
            if store_failed.is_some() {
                end.history.crashed();
            }
        }
        self.cut();
    }

    /// The store of `side` fails at its next write or commit, once: the line breaks, and the session
    /// goes on from what the store had confirmed.
    pub fn fail_store(&mut self, side: Side) {
        if let Some(connection) = self.connection_mut(side) {
            connection.store_mut().fail();
        }
    }

    /// Lets so much time pass. Logons are accepted, messages recorded.
    pub fn run(&mut self, time: Duration) {
        self.run_with(time, |_, _| {});
    }

    /// Lets so much time pass, and shows every event to `application`.
    pub fn run_with(&mut self, time: Duration, mut application: impl FnMut(Side, Event<'_>)) {
        let end = self.now.monotonic.after(time);
        loop {
            self.settle(&mut application);
            match self.next_instant().filter(|at| *at <= end) {
                Some(at) => self.move_to(at),
                None => return self.move_to(end),
            }
        }
    }

    /// Whether both sides are logged on, nothing is missing and nothing on its way.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        let [one, other] = &self.ends;
        let (Some(one_connection), Some(other_connection)) = (&one.connection, &other.connection)
        else {
            return false;
        };
        let ready = Status::LoggedOn { recovering: false, replaying: false };
        let (ours, theirs) = (one_connection.seq_nums(), other_connection.seq_nums());
        one_connection.status() == ready
            && other_connection.status() == ready
            && ours.next_in == theirs.next_out
            && ours.next_out == theirs.next_in
            && one.pipe.is_empty()
            && other.pipe.is_empty()
    }

    /// Judges both directions of a conversation that is over; see [`History::check`].
    ///
    /// # Errors
    ///
    /// The first thing that must not have happened.
    pub fn check(&self) -> Result<(), Violation> {
        self.ends.iter().try_for_each(|end| end.history.check())
    }

    /// Judges both directions of a conversation that goes on; see [`History::check_so_far`].
    ///
    /// # Errors
    ///
    /// The first thing that must not have happened.
    pub fn check_so_far(&self) -> Result<(), Violation> {
        self.ends.iter().try_for_each(|end| end.history.check_so_far())
    }

    fn end(&self, side: Side) -> Option<&End> {
        self.ends.get(side.index())
    }

    fn end_mut(&mut self, side: Side) -> Option<&mut End> {
        self.ends.get_mut(side.index())
    }

    /// Moves bytes and shows events until nothing more happens at this instant.
    fn settle(&mut self, application: &mut impl FnMut(Side, Event<'_>)) {
        loop {
            if !self.up && self.up_at.is_some_and(|at| at <= self.now.monotonic) {
                self.connect();
            }
            let mut moved = false;
            for side in [Side::Initiator, Side::Acceptor] {
                self.advance(side, application);
                moved |= self.write(side);
                moved |= self.read(side);
            }
            self.close_ended();
            if !moved {
                return;
            }
        }
    }

    fn connect(&mut self) {
        self.up_at = None;
        let connections = self.ends.iter_mut().filter_map(|end| end.connection.as_deref_mut());
        let opened = connections.map(Connection::open).map(|open| open.is_pending());
        // All of them, though one has to wait.
        if opened.fold(false, |any, waits| any | waits) {
            self.up_at = Some(self.now.monotonic.after(STORE_STEP));
            return;
        }
        self.up = true;
        let now = self.now;
        let mut all = true;
        for end in &mut self.ends {
            let connected = end.connection.as_mut().map(|it| it.connected(now, Entry::PLAIN));
            if let Some(Ok(())) = connected {
                end.history.up();
            } else {
                all = false;
            }
        }
        if !all {
            // A former connection is not over, or a store failed: the next attempt comes.
            self.cut();
        }
    }

    /// Advances one side, and shows what happened.
    fn advance(&mut self, side: Side, application: &mut impl FnMut(Side, Event<'_>)) {
        let now = self.now;
        let [initiator, acceptor] = &mut self.ends;
        let (end, peer) = match side {
            Side::Initiator => (initiator, acceptor),
            Side::Acceptor => (acceptor, initiator),
        };
        let Some(connection) = &mut end.connection else {
            return;
        };
        end.woken.lower();
        while connection.advance(now) == Progress::Events {
            while let Some(event) = connection.event(now) {
                match event {
                    Event::Authenticate { verdict, .. } => {
                        // Refused only by a store that failed; then the line ends.
                        let _accepted = verdict.accept(Fields::EMPTY);
                    }
                    Event::Message { id, epoch, message, reply } => {
                        if !message.is_admin() {
                            self.shown = self.shown.saturating_add(1);
                            let message = message.bytes().into();
                            peer.history.push(Record::Delivered { epoch, message });
                        }
                        application(side, Event::Message { id, epoch, message, reply });
                    }
                    other @ (Event::Sign { .. }
                    | Event::Resend { .. }
                    | Event::Sent { .. }
                    | Event::Notice(_)
                    | Event::Missed(_)
                    | Event::Connecting { .. }
                    | Event::ConnectFailed { .. }
                    | Event::Connected { .. }
                    | Event::NeedsOperator { .. }
                    | Event::StoreFailed(_)
                    | Event::Disconnected(_)) => {
                        if let Event::Notice(Notice::Reset { epoch }) = &other {
                            end.history.push(Record::Reset { epoch: *epoch });
                        }
                        if let Event::StoreFailed(_) = &other {
                            end.history.crashed();
                        }
                        application(side, other);
                    }
                }
            }
        }
        end.history.sender_has(connection.seq_nums(), connection.store().promised());
    }

    fn write(&mut self, side: Side) -> bool {
        let PairOptions { latency, pipe_bytes, .. } = self.options;
        let (now, up) = (self.now.monotonic, self.up);
        let [initiator, acceptor] = &mut self.ends;
        let (end, peer) = match side {
            Side::Initiator => (initiator, acceptor),
            Side::Acceptor => (acceptor, initiator),
        };
        let Some(connection) = end.connection.as_mut().filter(|_| up) else {
            return false;
        };
        let bytes = connection.flushable();
        let until_cut = end.cut_at.map_or(usize::MAX, |at| at.saturating_sub(end.pipe.total));
        let bytes = bytes.get(..bytes.len().min(until_cut)).unwrap_or_default();
        let sent = end.pipe.send(bytes, now, latency, pipe_bytes);
        let (nums, durable) = (connection.seq_nums(), connection.store().durable());
        let bytes = bytes.get(..sent).unwrap_or_default();
        end.history.on_the_wire(bytes, nums, durable, |asked| peer.history.push(asked));
        connection.flushed(sent);
        let cut = end.cut_at.is_some_and(|at| end.pipe.total >= at);
        if cut {
            self.cut();
        }
        sent > 0 || cut
    }

    /// Gives what has arrived for `side` to it.
    fn read(&mut self, side: Side) -> bool {
        let (now, chunk_max) = (self.now.monotonic, self.options.chunk_max);
        let [initiator, acceptor] = &mut self.ends;
        let (end, peer) = match side {
            Side::Initiator => (initiator, acceptor),
            Side::Acceptor => (acceptor, initiator),
        };
        let Some(connection) = &mut end.connection else {
            return false;
        };
        let count = peer.pipe.receive(connection.spare(), now, chunk_max, &mut self.random);
        connection.filled(count);
        count > 0
    }

    /// A side that has ended closes the line, once its last bytes are on it and have arrived.
    fn close_ended(&mut self) {
        let wants_close = self.up
            && self.ends.iter().any(|end| {
                end.pipe.is_empty()
                    && end.connection.as_ref().is_some_and(|connection| connection.wants_close())
            });
        if wants_close {
            self.cut();
        }
    }

    fn next_instant(&self) -> Option<Instant> {
        let deadlines = self.ends.iter().filter_map(|end| end.connection.as_ref()?.wake_at());
        let arrivals = self.ends.iter().filter_map(|end| end.pipe.next_arrival());
        let soon = self.now.monotonic.after(STORE_STEP);
        let woken = self.ends.iter().any(|end| end.woken.is_up()).then_some(soon);
        let next = deadlines.chain(arrivals).chain(self.up_at).chain(woken).min()?;
        // What is due already could not be done: look again a little later.
        Some(if next > self.now.monotonic { next } else { soon })
    }

    fn move_to(&mut self, at: Instant) {
        let passed = at.since(self.now.monotonic);
        self.now = Now::new(at, self.now.utc.saturating_add(passed));
    }
}

fn rebuild(
    config: &Config,
    store: CrashStore,
    options: PairOptions,
    woken: &WakeFlag,
) -> Option<Box<Connection<CrashStore>>> {
    let mut connection = Connection::new(config.clone(), store, options.connection).ok()?;
    connection.wake_with(Some(&woken.waker()));
    Some(Box::new(connection))
}
