//! How a pair and its line behave.

use core::time::Duration;

#[cfg(doc)]
use super::crash_store::CrashStore;
use crate::engine::ConnectionOptions;

/// One end of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[expect(clippy::exhaustive_enums, reason = "a line has two ends")]
pub enum Side {
    /// It connects.
    Initiator,
    /// It is connected to.
    Acceptor,
}

impl Side {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Initiator, Self::Acceptor];

    /// The other end.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Initiator => Self::Acceptor,
            Self::Acceptor => Self::Initiator,
        }
    }

    pub(super) const fn index(self) -> usize {
        match self {
            Self::Initiator => 0,
            Self::Acceptor => 1,
        }
    }
}

/// How the line behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PairOptions {
    pub(super) connection: ConnectionOptions,
    pub(super) latency: Duration,
    pub(super) pipe_bytes: usize,
    pub(super) chunk_max: usize,
    pub(super) reconnect_after: Duration,
    pub(super) commit_polls: u32,
    pub(super) load_polls: u32,
    pub(super) read_polls: u32,
    pub(super) seed: u64,
}

impl PairOptions {
    /// A millisecond of latency, 64 KiB on the way in each direction, pieces of any size, and a
    /// second until a broken line is up again.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            connection: ConnectionOptions::new(),
            latency: Duration::from_millis(1),
            pipe_bytes: 64 * 1024,
            chunk_max: usize::MAX,
            reconnect_after: Duration::from_secs(1),
            commit_polls: 0,
            load_polls: 0,
            read_polls: 0,
            seed: 0,
        }
    }

    /// The buffers of both connections.
    #[must_use]
    pub const fn connection(mut self, options: ConnectionOptions) -> Self {
        self.connection = options;
        self
    }

    /// How long a byte takes.
    #[must_use]
    pub const fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// How many bytes may be on the way in each direction.
    #[must_use]
    pub const fn pipe_bytes(mut self, bytes: usize) -> Self {
        self.pipe_bytes = bytes;
        self
    }

    /// The most bytes that arrive in one piece; 1 gives them one by one.
    #[must_use]
    pub const fn chunk_max(mut self, bytes: usize) -> Self {
        self.chunk_max = bytes;
        self
    }

    /// How long a broken line stays down.
    #[must_use]
    pub const fn reconnect_after(mut self, time: Duration) -> Self {
        self.reconnect_after = time;
        self
    }

    /// How often a store is asked, once a millisecond, before a commit is over; see
    /// [`CrashStore::commit_polls`].
    #[must_use]
    pub const fn commit_polls(mut self, polls: u32) -> Self {
        self.commit_polls = polls;
        self
    }

    /// How often a store is asked before it is loaded; see [`CrashStore::load_polls`].
    #[must_use]
    pub const fn load_polls(mut self, polls: u32) -> Self {
        self.load_polls = polls;
        self
    }

    /// How often a store is asked before it gives a message that is to be sent again; see
    /// [`CrashStore::read_polls`].
    #[must_use]
    pub const fn read_polls(mut self, polls: u32) -> Self {
        self.read_polls = polls;
        self
    }

    /// Chooses the sizes of the pieces.
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }
}

impl Default for PairOptions {
    fn default() -> Self {
        Self::new()
    }
}
