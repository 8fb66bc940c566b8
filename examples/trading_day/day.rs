//! What both adapters play: the configurations, the line between them, the end of the day.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fixline::session::{Config, ConfigError, ResendPolicy, ResetPermission};

use crate::desk::Desk;
use crate::journal::{Journal, Side};
use crate::options::Options;
use crate::tap::{self, Counters, Random};

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
        let Options { seed, messages, reset, .. } = self.options;
        let resets = if reset { resets(side, seed, messages) } else { Vec::new() };
        Desk::new(side, messages, resets, self.journal.clone())
    }

    /// Whether resets are agreed on between the two.
    const fn resets(&self) -> ResetPermission {
        if self.options.reset { ResetPermission::ALL } else { ResetPermission::NONE }
    }

    pub(crate) fn client(&self) -> Result<Config, ConfigError> {
        let version = self.options.version;
        Config::initiator(version, "CLIENT", "BROKER", ResendPolicy::All)
            .heart_bt_int(Duration::from_secs(2))
            .reset_permission(self.resets())
            .build()
    }

    pub(crate) fn broker(&self) -> Result<Config, ConfigError> {
        let version = self.options.version;
        Config::acceptor(version, "BROKER", "CLIENT", ResendPolicy::All)
            .reset_permission(self.resets())
            .build()
    }

    /// Lays the line to the broker, which is going to be cut; the address of the client's end.
    pub(crate) fn lay_line(&self, broker: SocketAddr) -> std::io::Result<SocketAddr> {
        let plan = tap::plan(&self.options);
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

/// Behind how many received messages a side resets the numbers.
fn resets(side: Side, seed: u64, messages: usize) -> Vec<usize> {
    let mut random = Random::new(seed ^ side as u64 ^ 0x5E7);
    let count = 2 + random.below(3);
    let mut moments: Vec<usize> = (0..count).map(|_| 1 + random.below(2 * messages)).collect();
    moments.sort_unstable();
    moments
}
