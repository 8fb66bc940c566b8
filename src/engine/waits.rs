//! Whom a connection waits for, since when, and how long a peer may leave our bytes unread.

use core::time::Duration;

use super::connection::{Connection, Life};
use super::event::MessageId;
use super::progress::{Snapshot, WaitsFor};
use super::proof::Proving;
use super::store::Store;
use crate::session::{Deadline, Input, Instant, Now, Reason, SeqNums};
use crate::wire::UtcTime;

/// After so many heartbeat intervals in which the transport took no byte the peer is given up.
const INTERVALS_MAX: u32 = 3;

/// Bytes that have waited for so long are read late.
const LATE: Duration = Duration::from_secs(1);

/// What stands for the heartbeat interval where there is none.
const WITHOUT_HEARTBEATS: Duration = Duration::from_secs(30);

/// Since when a connection waits for somebody.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Waits {
    application: Option<Now>,
    /// When the transport had nothing more last, so that everything unread came behind it.
    nothing_more: Option<Now>,
    store: Option<Instant>,
    /// Since when the same byte waits to be taken by the transport.
    peer: Option<Instant>,
}

impl Waits {
    /// The connection is over.
    pub(super) const fn forget_transport(&mut self) {
        self.nothing_more = None;
    }

    /// Since when bytes may have waited for an application that is behind.
    fn behind_since(self) -> Option<Now> {
        let application = self.application?;
        let later = self.nothing_more.filter(|it| it.monotonic > application.monotonic);
        Some(later.unwrap_or(application))
    }

    /// The transport took bytes.
    pub(super) const fn peer_took_bytes(&mut self) {
        self.peer = None;
    }
}

impl<S: Store> Connection<S> {
    /// Whether what the peer sent waits, because the application is behind or there is no room to
    /// answer.
    pub(super) fn is_behind(&self) -> bool {
        self.lent.is_some() || self.unread || self.window_is_full()
    }

    /// The transport was read, and has nothing for now. A driver that says so makes it known which
    /// bytes can have waited for a slow application: on a line that is never idle nobody else knows.
    pub fn nothing_came(&mut self, now: Now) {
        // Behind an event there may be bytes of before.
        if !self.is_behind() && !self.has_event() {
            self.waits.nothing_more = Some(now);
        }
    }

    /// Since when, by UTC, what the peer sent waits for an application that is behind.
    pub(super) fn behind_since(&self, now: Now) -> UtcTime {
        self.waits.behind_since().unwrap_or(now).utc
    }

    /// What is read now may have waited for a while: its SendingTime is not to blame for that.
    pub(super) fn note_late_reading(&mut self, now: Now) {
        if let Some(since) = self.waits.behind_since()
            && now.monotonic.since(since.monotonic) > LATE
        {
            // Never misuse.
            let _behind = self.core.feed(Input::Behind { since: since.utc }, now);
        }
    }

    /// Whether the application has to handle the oldest message before the next one is lent.
    pub(super) fn window_is_full(&self) -> bool {
        let SeqNums { epoch, next_in: seq, .. } = self.core.session.seq_nums();
        self.core.inbound.window.is_full_for(MessageId { epoch, seq })
    }

    /// A peer that sends and does not read is no peer to wait for: what we owe it would never
    /// leave.
    pub(super) fn end_if_peer_does_not_read(&mut self, now: Now) {
        if self.peer_is_late_at().is_some_and(|at| at <= now.monotonic) {
            self.core.end(Reason::PeerDoesNotRead, now);
        }
    }

    /// When the peer is given up for not reading; behind the end of the session that is a matter
    /// of the driver's own patience.
    fn peer_is_late_at(&self) -> Option<Instant> {
        if self.has_ended() {
            return None;
        }
        let interval = self.core.session.heart_bt_int().unwrap_or(WITHOUT_HEARTBEATS);
        self.waits.peer.map(|since| since.after(interval.saturating_mul(INTERVALS_MAX)))
    }

    /// Looks at whom the connection waits for.
    pub(super) fn note_what_it_waits_for(&mut self, now: Now) {
        self.note_stale_proof(now);
        if self.lent.is_some() || self.has_event() {
            self.waits.application.get_or_insert(now);
        } else {
            self.waits.application = None;
        }
        let now = now.monotonic;
        let note = |since: &mut Option<Instant>, waits: bool| {
            if waits {
                since.get_or_insert(now);
            } else {
                *since = None;
            }
        };
        let store = self.core.commit.is_running();
        let peer = self.life == Life::Up && !self.flushable().is_empty();
        note(&mut self.waits.store, store);
        note(&mut self.waits.peer, peer);
    }

    /// When to advance even though nothing has happened.
    pub fn wake_at(&self) -> Option<Instant> {
        let proof = match self.proving {
            Proving::Until(until) if !self.is_behind() => Some(until),
            Proving::Until(_) | Proving::No | Proving::Alive | Proving::Stale => None,
        };
        let session = self.deadline().map(|deadline| deadline.at);
        // Behind a commit that runs the store wakes.
        let commit = self.core.commit.due_at();
        #[cfg(feature = "schedule")]
        let hours = self.hours_due_at();
        #[cfg(not(feature = "schedule"))]
        let hours = None;
        [session, commit, self.peer_is_late_at(), proof, hours].into_iter().flatten().min()
    }

    /// When the session must be woken, and for what.
    pub fn deadline(&self) -> Option<Deadline> {
        self.core.session.deadline()
    }

    /// Where the connection stands.
    pub fn snapshot(&self) -> Snapshot {
        let Waits { application, store, peer, .. } = self.waits;
        let waits_for = application
            .map(|since| WaitsFor::Application(since.monotonic))
            .or_else(|| store.map(WaitsFor::Store))
            .or_else(|| peer.map(WaitsFor::Peer));
        Snapshot {
            life: self.life(),
            status: self.status(),
            numbers: self.seq_nums(),
            next_in_released: self.next_in_released(),
            unhandled: self.core.inbound.window.open(),
            queued: self.core.outbox.len(),
            waits_for,
        }
    }
}
