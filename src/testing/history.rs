//! What one side of a pair sent, stored and was asked for, and what the other side was shown.

#![expect(clippy::wildcard_enum_match_arm, reason = "each part looks at what concerns it")]

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::checks;
use super::model;

use crate::dictionary::StandardNames;
use crate::session::SeqNums;
use crate::wire::{Framed, Message, MsgKind, SeqNum, Tag, next_frame};

/// One thing that happened on the way from a sender to its peer.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Record {
    /// The sender's store confirmed a message.
    Kept {
        /// The epoch that it was kept under.
        epoch: u32,
        /// The number that it was kept under.
        seq: SeqNum,
        /// Its bytes.
        message: Vec<u8>,
    },
    /// A whole message of the sender went onto the wire.
    Sent {
        /// The sender's epoch.
        epoch: u32,
        /// Its bytes.
        message: Vec<u8>,
        /// What the sender's store had confirmed by then.
        durable: SeqNums,
    },
    /// The peer asked for messages again, with a ResendRequest or the NextExpectedMsgSeqNum of its
    /// Logon.
    Asked {
        /// The first number.
        from: u64,
        /// The last number; [`u64::MAX`] for all.
        to: u64,
    },
    /// The peer's application was shown an application message.
    Delivered {
        /// The peer's epoch.
        epoch: u32,
        /// Its bytes.
        message: Vec<u8>,
    },
    /// The sender's numbers are these now.
    Numbers(SeqNums),
    /// The sender reported that both numbers restarted, and that this epoch began.
    Reset {
        /// The epoch that began.
        epoch: u32,
    },
    /// The line came up.
    Up,
    /// The line broke: what was on it is gone.
    Down,
    /// The sender gave its connection up: what its application has not handled is asked for again.
    Abandoned,
    /// The sender died or its store failed: it goes on from what its store had confirmed.
    Crashed,
}

/// The direction from one side to the other, as a list of [`Record`]s in the order in which they
/// happened. A [`Pair`](super::Pair) keeps one for each side; yours can be made with
/// [`push`](Self::push).
#[derive(Clone, Default)]
pub struct History {
    records: Vec<Record>,
    /// Whether old messages may be withheld when the peer asks for them.
    withholds: bool,
    /// Bytes on the wire that are no whole message yet.
    partial: Vec<u8>,
    /// The epoch of what is on the wire; that of the session may be ahead of it.
    epoch: u32,
    /// Whether the next message is the first of a connection.
    opening: bool,
    /// Whether the sender is dead.
    crashed: bool,
    numbers: Option<SeqNums>,
    kept: usize,
    delivered: usize,
}

/// What must not happen did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    invariant: &'static str,
    what: String,
}

impl Violation {
    pub(super) const fn new(invariant: &'static str, what: String) -> Self {
        Self { invariant, what }
    }

    /// The invariant that does not hold, such as `INV-01`.
    #[must_use]
    pub const fn invariant(&self) -> &'static str {
        self.invariant
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.what)
    }
}

impl core::error::Error for Violation {}

impl History {
    /// Nothing has happened yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The sender's [`ResendPolicy`](crate::session::ResendPolicy) withholds some of what the peer
    /// asks for, so that it may never see it.
    #[must_use]
    pub const fn withholding(mut self, withholds: bool) -> Self {
        self.withholds = withholds;
        self
    }

    pub(super) const fn withholds(&self) -> bool {
        self.withholds
    }

    /// Adds what happened next.
    pub fn push(&mut self, record: Record) {
        self.delivered =
            self.delivered.saturating_add(matches!(record, Record::Delivered { .. }).into());
        self.records.push(record);
    }

    /// Everything that happened.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// How many messages were delivered, repetitions included.
    #[must_use]
    pub const fn delivered_len(&self) -> usize {
        self.delivered
    }

    /// Whether every invariant holds, and everything that the sender's store confirmed was
    /// delivered, unless a reset came between: the verdict on a conversation that is over.
    ///
    /// # Errors
    ///
    /// The first thing that must not have happened.
    pub fn check(&self) -> Result<(), Violation> {
        self.check_so_far()?;
        model::judge(self, true)
    }

    /// As [`check`](Self::check), for a conversation that goes on: what was not delivered yet may
    /// still come.
    ///
    /// # Errors
    ///
    /// The first thing that must not have happened.
    pub fn check_so_far(&self) -> Result<(), Violation> {
        for (_, check) in checks::ALL {
            check(self)?;
        }
        model::judge(self, false)
    }

    /// The line is up, and the sender with it.
    pub(super) fn up(&mut self) {
        self.opening = true;
        self.crashed = false;
        self.push(Record::Up);
    }

    /// The line broke: what was on it is gone.
    pub(super) fn line_broke(&mut self) {
        self.partial.clear();
        self.push(Record::Down);
    }

    /// The sender gave its connection up, notices of resets included, and goes on from these
    /// numbers.
    pub(super) fn abandoned(&mut self, numbers: SeqNums) {
        if self.numbers.is_none_or(|known| known.epoch != numbers.epoch) {
            self.push(Record::Reset { epoch: numbers.epoch });
        }
        self.push(Record::Abandoned);
    }

    /// The sender died.
    pub(super) fn crashed(&mut self) {
        self.crashed = true;
        self.push(Record::Crashed);
    }

    /// What the sender has and knows now: its numbers, and every message that its store confirmed.
    pub(super) fn sender_has(&mut self, numbers: SeqNums, promised: &[(u32, SeqNum, Vec<u8>)]) {
        for (epoch, seq, message) in promised.get(self.kept..).unwrap_or_default() {
            self.push(Record::Kept { epoch: *epoch, seq: *seq, message: message.clone() });
        }
        self.kept = promised.len();
        if !self.crashed && self.numbers != Some(numbers) {
            self.numbers = Some(numbers);
            self.push(Record::Numbers(numbers));
        }
    }

    /// These bytes went onto the wire; `nums` are the sender's numbers. Every number that the
    /// messages asked for goes to `asked`.
    pub(super) fn on_the_wire(
        &mut self,
        bytes: &[u8],
        nums: SeqNums,
        durable: SeqNums,
        mut asked: impl FnMut(Record),
    ) {
        self.partial.extend_from_slice(bytes);
        while let Framed::Frame(frame) = next_frame(&self.partial, usize::MAX) {
            let message: Vec<u8> = frame.bytes().into();
            self.partial.drain(..message.len());
            if let Ok(message) = Message::parse(&message) {
                // Messages of the old series may still wait when the numbers restart.
                let restarts = message.kind() == MsgKind::Logon && message.msg_seq_num() == 1;
                if core::mem::take(&mut self.opening) || (restarts && !message.poss_dup()) {
                    self.epoch = nums.epoch;
                }
                for record in asks(message).into_iter().flatten() {
                    asked(record);
                }
            }
            self.push(Record::Sent { epoch: self.epoch, message, durable });
        }
    }

    /// Whether the bytes on the wire end with a whole message.
    pub(super) const fn is_between_messages(&self) -> bool {
        self.partial.is_empty()
    }

    /// Every message that was confirmed, by epoch and number.
    pub(super) fn kept(&self) -> BTreeMap<(u32, u64), &[u8]> {
        let kept = self.records.iter().filter_map(|record| match record {
            Record::Kept { epoch, seq, message } => Some(((*epoch, seq.get()), message.as_slice())),
            _ => None,
        });
        kept.collect()
    }
}

impl Record {
    fn print(&self, names: &StandardNames, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kept { epoch, seq, .. } => write!(f, "kept {epoch}/{seq}"),
            Self::Sent { epoch, message, .. } => {
                write!(f, "sent in {epoch}: {}", names.readable(message))
            }
            Self::Asked { from, to } => write!(f, "asked for {from} to {to}"),
            Self::Delivered { epoch, message } => {
                write!(f, "delivered in {epoch}: {}", names.readable(message))
            }
            Self::Numbers(numbers) => write!(f, "numbers {numbers:?}"),
            Self::Reset { epoch } => write!(f, "reset to {epoch}"),
            Self::Up => f.write_str("up"),
            Self::Down => f.write_str("down"),
            Self::Abandoned => f.write_str("abandoned"),
            Self::Crashed => f.write_str("crashed"),
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.print(&StandardNames::new(), f)
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { epoch, numbers, crashed, .. } = self;
        write!(f, "History of epoch {epoch}, numbers {numbers:?}, crashed {crashed}:\n{self}")
    }
}

/// A message for people.
pub(super) fn readable(message: Message<'_>) -> String {
    StandardNames::new().readable(message.bytes())
}

impl fmt::Display for History {
    /// One line for each record, messages with names.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = StandardNames::new();
        self.records.iter().try_for_each(|record| {
            record.print(&names, f)?;
            f.write_str("\n")
        })
    }
}

/// What a message of the peer asks for.
///
/// The one before what a Logon expects may come as well, on its own: some count our Logon too early.
fn asks(message: Message<'_>) -> [Option<Record>; 2] {
    let asked = asks_for(message);
    let before = match (&asked, message.kind()) {
        (Some(Record::Asked { from: from @ 2.., .. }), MsgKind::Logon) => {
            Some(Record::Asked { from: from - 1, to: from - 1 })
        }
        _ => None,
    };
    [asked, before]
}

fn asks_for(message: Message<'_>) -> Option<Record> {
    match message.kind() {
        MsgKind::ResendRequest => {
            let (from, to) =
                (message.get_uint(Tag::BEGIN_SEQ_NO)?, message.get_uint(Tag::END_SEQ_NO)?);
            // Before FIX.4.3 also 999999 is for all.
            let to = if matches!(to, 0 | 999_999) { u64::MAX } else { to };
            Some(Record::Asked { from, to })
        }
        MsgKind::Logon => {
            let from = message.get_uint(Tag::NEXT_EXPECTED_MSG_SEQ_NUM)?;
            Some(Record::Asked { from, to: u64::MAX })
        }
        _ => None,
    }
}
