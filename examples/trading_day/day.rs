//! What both adapters play: the configurations, the line between them, the end of the day.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fixline::session::{Config, ConfigError, ResendPolicy};

use crate::desk::Desk;
use crate::journal::{Journal, Side};
use crate::options::Options;
use crate::tap::{self, Counters};

/// A day that takes longer than this has gone wrong.
const LONGEST: Duration = Duration::from_secs(60);

/// One trading day.
pub(crate) struct Day {
    pub(crate) options: Options,
    pub(crate) journal: Journal,
    pub(crate) counters: Arc<Counters>,
    started: Instant,
    over: AtomicBool,
}

impl Day {
    #[expect(clippy::disallowed_methods, reason = "a program, unlike the library, reads the clock")]
    pub(crate) fn new(options: Options) -> Self {
        Self {
            options,
            journal: Journal::new(options.quiet),
            counters: Arc::default(),
            started: Instant::now(),
            over: AtomicBool::new(false),
        }
    }

    pub(crate) fn desk(&self, side: Side) -> Desk {
        Desk::new(side, self.options.messages, self.journal.clone())
    }

    pub(crate) fn client(&self) -> Result<Config, ConfigError> {
        let version = self.options.version;
        Config::initiator(version, "CLIENT", "BROKER", ResendPolicy::All)
            .heart_bt_int(Duration::from_secs(2))
            .build()
    }

    pub(crate) fn broker(&self) -> Result<Config, ConfigError> {
        let version = self.options.version;
        Config::acceptor(version, "BROKER", "CLIENT", ResendPolicy::All).build()
    }

    /// Lays the line to the broker, which is going to be cut; the address of the client's end.
    pub(crate) fn lay_line(&self, broker: SocketAddr) -> std::io::Result<SocketAddr> {
        let plan = tap::plan(self.options.seed, self.options.messages);
        tap::start(broker, plan, self.journal.clone(), Arc::clone(&self.counters))
    }

    /// Nobody need go on.
    pub(crate) fn end(&self) {
        self.over.store(true, Ordering::Release);
    }

    /// Whether it is over, in good order or because it took too long.
    pub(crate) fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire) || self.started.elapsed() > LONGEST
    }

    pub(crate) fn took(&self) -> Duration {
        self.started.elapsed()
    }
}
