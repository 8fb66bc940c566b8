//! What can happen to a pair of sessions, as data: for property tests, for fuzzing, and for telling
//! what led to a failure.

use super::forged::Forged;
use super::options::Side;

/// One thing that happens to a pair, played by [`Pair::apply`](super::Pair::apply).
///
/// With the feature `arbitrary` a fuzzer makes them, with the feature `proptest` the
/// [`strategy`](super::strategy) does. Any sequence may be played; what is refused, such as sending
/// while the line is down, has no effect.
///
/// ```
/// use fixline::session::{Config, ResendPolicy, Version};
/// use fixline::testing::{Op, Pair, PairOptions, Side};
///
/// let client = Config::initiator(Version::Fix44, "C", "B", ResendPolicy::All).build()?;
/// let broker = Config::acceptor(Version::Fix44, "B", "C", ResendPolicy::All).build()?;
/// let mut pair = Pair::new(client, broker, PairOptions::new());
/// for op in [
///     Op::Wait { millis: 100 },
///     Op::Send { side: Side::Initiator, count: 3, text_len: 20 },
///     Op::CutAfter { side: Side::Initiator, bytes: 200 },
///     Op::Wait { millis: 5000 },
/// ] {
///     pair.apply(&op);
/// }
/// assert!(pair.is_settled());
/// pair.check()?;
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub enum Op {
    /// Applications send orders, numbered from 1 for each pair.
    Send {
        /// Who.
        side: Side,
        /// How many.
        count: u8,
        /// Bytes of the Text(58) of each.
        text_len: u8,
    },
    /// Time passes.
    Wait {
        /// How much.
        millis: u16,
    },
    /// The line breaks.
    Cut,
    /// The line breaks when so many further bytes of one side went onto it.
    CutAfter {
        /// Whose bytes are counted.
        side: Side,
        /// How many.
        bytes: u16,
    },
    /// A bit changes on the way.
    Garble {
        /// Whose bytes are meant.
        side: Side,
        /// Behind how many further bytes.
        after: u16,
        /// Which bit of the byte; the lowest three bits count.
        bit: u8,
    },
    /// The process of one side dies, and starts again from its store.
    Crash {
        /// Whose.
        side: Side,
    },
    /// One side gives its connection up: nobody looks at what it has received.
    Abandon {
        /// Which.
        side: Side,
    },
    /// The store of one side fails once.
    FailStore {
        /// Whose.
        side: Side,
    },
    /// An operator wants something.
    Operate {
        /// Of which side.
        side: Side,
        /// What.
        wish: Wish,
    },
    /// A peer that breaks the rules: a message that its session did not send comes from one side.
    Forge {
        /// From which.
        side: Side,
        /// The message.
        message: Forged,
    },
}

/// What an operator may want.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub enum Wish {
    /// A Heartbeat of the peer, now.
    TestRequest,
    /// Both numbers back to 1, in session.
    ResetSeqNums,
    /// So many numbers of ours skipped, by a SequenceReset in Reset mode.
    Skip {
        /// How many; 0 is refused.
        numbers: u8,
    },
    /// Messages again.
    AskAgain {
        /// The first number; 0 is 1.
        from: u8,
        /// How many more behind it.
        more: u8,
    },
    /// The end, in order.
    Logout,
    /// The end, without a word.
    Disconnect,
}

/// How much can be expected to hold after an [`Op`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "who can do something: nature, operators, strangers")]
pub enum Reach {
    /// Traffic, time and faults: nothing may be lost.
    Faults,
    /// Operators, too: what a reset or a SequenceReset gives up may be lost.
    Operators,
    /// Peers that break rules, too: only the session itself must stay sound.
    Peers,
}

impl Op {
    /// Who can do it.
    #[must_use]
    pub const fn reach(&self) -> Reach {
        match self {
            Self::Send { .. }
            | Self::Wait { .. }
            | Self::Cut
            | Self::CutAfter { .. }
            | Self::Garble { .. }
            | Self::Crash { .. }
            | Self::Abandon { .. }
            | Self::FailStore { .. } => Reach::Faults,
            Self::Operate { .. } => Reach::Operators,
            Self::Forge { .. } => Reach::Peers,
        }
    }
}
