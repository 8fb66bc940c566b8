//! What a session tells its driver to do.

use core::fmt;
use core::iter::FusedIterator;

use super::clock::Instant;
use super::notice::Notice;
use super::reason::Reason;
use crate::wire::{Message, SeqNum, Span, UtcTime};

/// A duty. Perform them in the order in which [`Actions`] yields them.
///
/// Exhaustive on purpose: a new duty must break the build of a driver that does not perform it.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_enums, reason = "a new duty must break a driver's build")]
pub enum Action<'b> {
    /// Both numbers restart at 1 in a new epoch: forget the stored messages of the old one, and
    /// make that durable before anything that follows is flushed
    /// ([`SendBuffer::reset_stored`](crate::wire::SendBuffer::reset_stored)).
    Reset {
        /// The epoch that begins.
        epoch: u32,
        /// Whether our reset awaits the peer's agreement; stored, so that it survives a crash.
        pending: bool,
    },
    /// A message is in the send buffer. Store what [`Sent::keep`] says, acknowledge it with
    /// [`SendBuffer::stored`](crate::wire::SendBuffer::stored), then flush.
    Send(Sent),
    /// The peer wants these again: feed [`Input::Stored`](super::Input::Stored) for each stored
    /// message of the range in rising order, as far as there is room, then
    /// [`Input::StoreEnd`](super::Input::StoreEnd).
    Fetch {
        /// Goes into the answers.
        id: u32,
        /// The first number.
        from: SeqNum,
        /// The last number.
        to: SeqNum,
    },
    /// A Logon of the right identity came in. Nothing has changed yet: answer, now or later,
    /// with [`Input::Accept`](super::Input::Accept) or [`Input::Refuse`](super::Input::Refuse).
    Authenticate {
        /// Goes into the verdict.
        attempt: u32,
        /// The Logon, with its secrets.
        logon: Message<'b>,
    },
    /// The Logon is about to go out under this number and time: answer with
    /// [`Input::Signed`](super::Input::Signed). Only with
    /// [`ConfigBuilder::sign_logon`](super::ConfigBuilder::sign_logon).
    Sign {
        /// Goes into the answer.
        attempt: u32,
        /// MsgSeqNum(34) of the Logon.
        seq: SeqNum,
        /// SendingTime(52) of the Logon.
        sending_time: UtcTime,
    },
    /// Keep this message, which came ahead of a gap, until it is recalled or discarded.
    Hold(Message<'b>),
    /// Give the held message of this number back with [`Input::Held`](super::Input::Held), as
    /// the very next input.
    Recall(SeqNum),
    /// Forget every held message below this number.
    Discard {
        /// The lowest number that is still worth holding.
        below: SeqNum,
    },
    /// Information; no duty.
    Notify(Notice),
    /// Feed [`Input::Tick`](super::Input::Tick) no later than this. Only given when the deadline
    /// moved earlier; after a Tick read [`Session::deadline`](super::Session::deadline).
    Schedule(Deadline),
    /// Hand this message to the application.
    Deliver {
        /// With the MsgSeqNum, what identifies the message for ever.
        epoch: u32,
        /// The message.
        message: Message<'b>,
        /// Whether it used up the number that was expected. Only such a message moves the number
        /// that is to be saved: a Logon ahead of a gap, a message of the series before a reset and
        /// one that the operator asked for again do not (INV-04).
        counted: bool,
    },
    /// Flush what can be flushed, then close the transport and feed
    /// [`Input::Closed`](super::Input::Closed). Exactly once per connection.
    Disconnect(Reason),
}

/// A message that was appended to the send buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Sent {
    /// The epoch of the number.
    pub epoch: u32,
    /// The last number that it uses: its MsgSeqNum(34), or for a SequenceReset in Reset mode the
    /// one before its NewSeqNo(36). The next number is one higher.
    pub seq: SeqNum,
    /// Where the bytes stand in the stream of the send buffer.
    pub span: Span,
    /// What must be durable before a byte of it is flushed.
    pub keep: Keep,
    /// Whether it goes out on this connection. When not, it was composed offline: store it, then
    /// take it back with [`SendBuffer::discard`](crate::wire::SendBuffer::discard).
    pub flush: bool,
    /// Which life of the session gave the number ([`Session::reload`](super::Session::reload)): a
    /// number that was lost with its store is not the one that another message got later.
    pub generation: u32,
}

/// What must be durable before a message is flushed (INV-04).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a driver must know every duty")]
pub enum Keep {
    /// Nothing: it repeats numbers that were used before.
    Nothing,
    /// That the next number is one higher. Session messages are never repeated, so that no
    /// secret of a Logon is ever stored.
    Number,
    /// The bytes and the next number: the peer may ask for this message again.
    Message,
}

/// When to wake the session, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Deadline {
    /// Feed [`Input::Tick`](super::Input::Tick) at this instant.
    pub at: Instant,
    /// What will be due.
    pub timer: Timer,
}

impl Deadline {
    pub(super) const fn new(at: Instant, timer: Timer) -> Self {
        Self { at, timer }
    }
}

/// The timers of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Timer {
    /// The peer's Logon, or the verdict on it, is overdue (S-LOGON-26).
    Logon,
    /// A Heartbeat is due (S-HB-01).
    Heartbeat,
    /// The peer has been silent: send a TestRequest (S-HB-02).
    TestRequest,
    /// The peer did not answer the TestRequest (S-HB-03).
    Silence,
    /// An asked-for message is overdue (S-RR-07).
    Recovery,
    /// The driver has fed no stored message for too long.
    Replay,
    /// The answer to our Logout is overdue (S-OUT-04).
    Logout,
    /// The peer's Logout is acknowledged although messages are missing.
    LogoutRecovery,
    /// The peer did not close after our acknowledgement (S-OUT-06).
    Linger,
    /// The answer to our in-session reset is overdue (S-RESET-03).
    Reset,
}

/// Why a step did not happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a driver must know every reason to wait")]
pub enum Blocked {
    /// It did.
    #[default]
    No,
    /// The send buffer lacks room: flush, then feed the same input again.
    Room,
    /// A verdict on a Logon, or its signature, is awaited: bytes wait.
    Verdict,
}

/// How many duties one step can give.
pub(super) const CAPACITY: usize = 12;

/// The duties of one step, in the order in which they must be performed.
///
/// That order is fixed: Reset, Send, Fetch, Authenticate, Sign, Hold, Recall, Discard, Notify,
/// Schedule, Deliver, Disconnect. At most one message is among them; nothing but Disconnect
/// follows its delivery, so that a reply composed under it makes no later duty stale.
///
/// Borrows from the input only, never from the session or the send buffer.
#[derive(Clone)]
#[must_use = "every action is a duty of the driver"]
pub struct Actions<'b> {
    entries: [Entry; CAPACITY],
    len: u8,
    next: u8,
    blocked: Blocked,
    consumed: usize,
    message: Option<Message<'b>>,
}

/// An action without its message, which the batch holds once.
#[derive(Clone, Copy, Debug)]
pub(super) enum Entry {
    Reset { epoch: u32, pending: bool },
    Send(Sent),
    Fetch { id: u32, from: SeqNum, to: SeqNum },
    Authenticate { attempt: u32 },
    Sign { attempt: u32, seq: SeqNum, sending_time: UtcTime },
    Hold,
    Recall(SeqNum),
    Discard { below: SeqNum },
    Notify(Notice),
    Schedule(Deadline),
    Deliver { epoch: u32, counted: bool },
    Disconnect(Reason),
}

impl Entry {
    const fn rank(&self) -> u8 {
        match self {
            Self::Reset { .. } => 0,
            Self::Send(_) => 1,
            Self::Fetch { .. } => 2,
            Self::Authenticate { .. } => 3,
            Self::Sign { .. } => 4,
            Self::Hold => 5,
            Self::Recall(_) => 6,
            Self::Discard { .. } => 7,
            Self::Notify(_) => 8,
            Self::Schedule(_) => 9,
            Self::Deliver { .. } => 10,
            Self::Disconnect(_) => 11,
        }
    }
}

impl<'b> Actions<'b> {
    #[inline]
    pub(super) const fn new() -> Self {
        Self {
            entries: [Entry::Hold; CAPACITY],
            len: 0,
            next: 0,
            blocked: Blocked::No,
            consumed: 0,
            message: None,
        }
    }

    /// How many bytes of [`Input::Bytes`](super::Input::Bytes) to drop from the receive buffer.
    pub const fn consumed(&self) -> usize {
        self.consumed
    }

    /// Whether the step must be repeated, and after what.
    pub const fn blocked(&self) -> Blocked {
        self.blocked
    }

    /// How many actions are left.
    pub fn len(&self) -> usize {
        usize::from(self.len.saturating_sub(self.next))
    }

    /// Whether no action is left.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(super) const fn consume(&mut self, bytes: usize) {
        self.consumed = self.consumed.saturating_add(bytes);
    }

    pub(super) const fn block(&mut self, blocked: Blocked) {
        self.blocked = blocked;
    }

    pub(super) const fn set_message(&mut self, message: Message<'b>) {
        self.message = Some(message);
    }

    /// Adds `entry` behind those of its rank, whatever the order in which a step finds them.
    ///
    /// A full batch drops notices rather than duties; the capacity is chosen so that it does not
    /// happen, and tests watch the maximum.
    pub(super) fn push(&mut self, entry: Entry) {
        let mut at = usize::from(self.len);
        debug_assert!(at < CAPACITY, "a step gave more than {CAPACITY} actions: {self:?}");
        if at >= CAPACITY {
            let Some(notice) = self.entries.iter().position(|e| matches!(e, Entry::Notify(_)))
            else {
                return;
            };
            self.entries.copy_within(notice.saturating_add(1).., notice);
            at = CAPACITY.saturating_sub(1);
        } else {
            self.len = self.len.saturating_add(1);
        }
        while let Some(before) = at.checked_sub(1) {
            let Some(&earlier) = self.entries.get(before) else {
                break;
            };
            if earlier.rank() <= entry.rank() {
                break;
            }
            if let Some(slot) = self.entries.get_mut(at) {
                *slot = earlier;
            }
            at = before;
        }
        if let Some(slot) = self.entries.get_mut(at) {
            *slot = entry;
        }
    }

    pub(super) fn ends(&self) -> bool {
        self.entries
            .get(..usize::from(self.len))
            .and_then(<[Entry]>::last)
            .is_some_and(|entry| matches!(entry, Entry::Disconnect(_)))
    }
}

impl<'b> Iterator for Actions<'b> {
    type Item = Action<'b>;

    fn next(&mut self) -> Option<Action<'b>> {
        if self.next >= self.len {
            return None;
        }
        let entry = *self.entries.get(usize::from(self.next))?;
        self.next = self.next.saturating_add(1);
        Some(match entry {
            Entry::Reset { epoch, pending } => Action::Reset { epoch, pending },
            Entry::Send(sent) => Action::Send(sent),
            Entry::Fetch { id, from, to } => Action::Fetch { id, from, to },
            Entry::Authenticate { attempt } => {
                Action::Authenticate { attempt, logon: self.message? }
            }
            Entry::Sign { attempt, seq, sending_time } => {
                Action::Sign { attempt, seq, sending_time }
            }
            Entry::Hold => Action::Hold(self.message?),
            Entry::Recall(seq) => Action::Recall(seq),
            Entry::Discard { below } => Action::Discard { below },
            Entry::Notify(notice) => Action::Notify(notice),
            Entry::Schedule(deadline) => Action::Schedule(deadline),
            Entry::Deliver { epoch, counted } => {
                Action::Deliver { epoch, message: self.message?, counted }
            }
            Entry::Disconnect(reason) => Action::Disconnect(reason),
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.len(), Some(self.len()))
    }
}

impl ExactSizeIterator for Actions<'_> {}
impl FusedIterator for Actions<'_> {}

impl fmt::Debug for Actions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Actions")
            .field("consumed", &self.consumed)
            .field("blocked", &self.blocked)
            .field("actions", &self.entries.get(..usize::from(self.len)).unwrap_or_default())
            .field("message", &self.message)
            .finish()
    }
}
