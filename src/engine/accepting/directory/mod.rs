//! The sessions that an acceptor serves, each with one connection at most (INV-13).

mod answers;
mod entry;
mod operator;
#[cfg(test)]
mod tests;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;
use core::fmt;
use core::mem;
use core::time::Duration;

pub use answers::{
    AddError, Arrival, GivenBack, Newcomer, Proof, Proved, Removed, SessionState, Shutdown, Stopped,
};

use super::admission::ConnectionId;
use super::fit::{Conflict, Index};
use super::lobby::{FirstMessage, Identity};
use super::turned_away::TurnedAway;
use crate::engine::SessionId;
use crate::session::{Config, Instant, Role};
use crate::wire::Leniency;
use entry::{Entry, Place, Stage, Waiter};

/// How long a connection waits for the one before it to end, where it may not replace it.
const MOMENT: Duration = Duration::from_millis(250);

/// How much longer than its patience a proof may take to be reported, and how long the connection
/// that failed it may take to end.
const GRACE: Duration = Duration::from_secs(2);

/// The sessions that an acceptor serves, and what is kept for each of them: a `C`.
///
/// A session's `C` is here while it has no connection, and taken while it has one. Pure: the
/// adapter says what happened and does what the answer says. Lookups take logarithmic time.
///
/// ```
/// use fixline::engine::{Admission, AdmissionOptions, Arrival, Directory, GivenBack, Peer};
/// use fixline::session::{Config, Instant, ResendPolicy, Version};
///
/// let config = Config::acceptor(Version::Fix44, "BROKER", "CLIENT", ResendPolicy::All).build()?;
/// let mut directory = Directory::new();
/// let id = directory.add(config, "its connection").map_err(|(error, _)| error)?;
///
/// let now = Instant::from_millis(0);
/// let admitted = Admission::new(AdmissionOptions::TASKS).arrive(now, Peer::Local);
/// let arrival = directory.arrive(&id, admitted.connection, admitted.deadline, now);
/// assert!(matches!(arrival, Arrival::Take("its connection")));
/// directory.connected(&id);
/// assert_eq!(directory.logged_on(&id), None);
/// let back = directory.give_back(&id, "its connection");
/// assert!(matches!(back, GivenBack::Kept));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
pub struct Directory<C> {
    entries: BTreeMap<SessionId, Entry<C>>,
    index: Index,
    first_message: FirstMessage,
    newcomer: Newcomer,
    /// When connections that wait for a session have waited for long enough.
    deadlines: BTreeSet<(Instant, SessionId)>,
    template_max: usize,
    from_template: usize,
    shuts_down: bool,
}

impl<C> Directory<C> {
    /// Without sessions.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            entries: BTreeMap::new(),
            index: Index::new(),
            first_message: FirstMessage::new(0),
            newcomer: Newcomer::Refuse,
            deadlines: BTreeSet::new(),
            template_max: 0,
            from_template: 0,
            shuts_down: false,
        }
    }

    /// What a connection may do whose session has one already.
    pub const fn set_newcomer(&mut self, newcomer: Newcomer) {
        self.newcomer = newcomer;
    }

    /// How many sessions a template may make. Default none.
    pub const fn set_template_max(&mut self, sessions: usize) {
        self.template_max = sessions;
    }

    /// Adds a session and what is kept for it.
    ///
    /// # Errors
    ///
    /// It cannot stand beside another one, or is not an acceptor's; here is what was to be kept.
    pub fn add(
        &mut self,
        config: impl Into<Arc<Config>>,
        kept: C,
    ) -> Result<SessionId, (AddError, C)> {
        self.insert(config.into(), kept, false)
    }

    /// Adds a session that was made for a Logon, after [`may_make`](Self::may_make).
    ///
    /// # Errors
    ///
    /// As of [`add`](Self::add), and when there are too many.
    pub fn add_from_template(
        &mut self,
        config: impl Into<Arc<Config>>,
        kept: C,
    ) -> Result<SessionId, (AddError, C)> {
        if self.from_template >= self.template_max {
            return Err((AddError::TooManySessions, kept));
        }
        self.insert(config.into(), kept, true)
    }

    /// Whether a session could be added.
    ///
    /// # Errors
    ///
    /// As of [`add`](Self::add).
    pub fn may_add(&self, config: &Config) -> Result<SessionId, AddError> {
        if self.shuts_down {
            return Err(AddError::ShuttingDown);
        }
        if config.role() != Role::Acceptor {
            return Err(AddError::NotAcceptor);
        }
        let id = SessionId::of(config);
        match self.index.conflict(&id) {
            None => Ok(id),
            Some((Conflict::Same, other)) => Err(AddError::Duplicate { other }),
            Some((Conflict::OnlyQualifier, other)) => Err(AddError::OnlyQualifierDiffers { other }),
            Some((Conflict::FitEqually, other)) => Err(AddError::FitsEqually { other }),
        }
    }

    /// Whether a template may make a session now: ask before it opens a store for it.
    ///
    /// # Errors
    ///
    /// There are too many, or the acceptor shuts down.
    pub const fn may_make(&self) -> Result<(), TurnedAway> {
        if self.shuts_down {
            Err(TurnedAway::ShuttingDown)
        } else if self.from_template >= self.template_max {
            Err(TurnedAway::TooManySessions)
        } else {
            Ok(())
        }
    }

    fn insert(
        &mut self,
        config: Arc<Config>,
        kept: C,
        is_from_template: bool,
    ) -> Result<SessionId, (AddError, C)> {
        let id = match self.may_add(&config) {
            Ok(id) => id,
            Err(error) => return Err((error, kept)),
        };
        self.index.add(&id, !config.sub_ids_are_identity());
        self.first_message.allow(config.leniency());
        self.from_template = self.from_template.saturating_add(usize::from(is_from_template));
        let place = Place::Here(kept);
        let entry = Entry { config, place, is_enabled: true, is_leaving: false, is_from_template };
        self.entries.insert(id.clone(), entry);
        Ok(id)
    }

    /// What a first message may be: at most so many bytes, and as lenient as any session.
    #[must_use]
    pub fn first_message(&self, len_max: usize) -> FirstMessage {
        self.first_message.with_len_max(len_max)
    }

    /// The session that a Logon is for.
    ///
    /// SubIDs and LocationIDs that a session does not configure are ignored; of several sessions,
    /// the one that configures most of them wins. Where those of a session only inform
    /// ([`sub_ids_are_identity`](Config::sub_ids_are_identity)), a Logon may have others if that
    /// leaves no choice.
    ///
    /// # Errors
    ///
    /// There is none (S-LOGON-19).
    pub fn find(&self, identity: &Identity<'_>) -> Result<SessionId, TurnedAway> {
        let id = identity.session_id().ok_or(TurnedAway::Unknown)?;
        self.index.find(&id).cloned().ok_or(TurnedAway::Unknown)
    }

    /// A connection has sent a Logon for this session, and may wait until `deadline`.
    pub fn arrive(
        &mut self,
        id: &SessionId,
        connection: ConnectionId,
        deadline: Instant,
        now: Instant,
    ) -> Arrival<C> {
        let Some(entry) = self.entries.get_mut(id) else {
            return Arrival::TurnAway(TurnedAway::Unknown);
        };
        if let Some(turned_away) = entry.closed_to_all(self.shuts_down) {
            return Arrival::TurnAway(turned_away);
        }
        if let Some(kept) = entry.take() {
            return Arrival::Take(kept);
        }
        let Place::Taken { stage, waiter } = &mut entry.place else {
            return Arrival::TurnAway(TurnedAway::Busy);
        };
        if waiter.is_some() {
            return Arrival::TurnAway(TurnedAway::AnotherWaits);
        }
        let (arrival, until) = match (*stage, self.newcomer) {
            // Who holds the session has yet to show that it may: a verdict that hangs must not
            // keep a good Logon out.
            (Stage::Loading | Stage::LoggingOn, _) => (Arrival::Wait, deadline),
            (Stage::Replacing, _) => (Arrival::Wait, now.after(GRACE)),
            (Stage::Up, Newcomer::Refuse) => (Arrival::Wait, now.after(MOMENT)),
            (Stage::Up, Newcomer::ReplaceStale { patience }) => {
                (Arrival::Prove { patience }, now.after(patience).after(GRACE))
            }
        };
        let asked_for_proof = matches!(arrival, Arrival::Prove { .. });
        *waiter = Some(Waiter { connection, until, asked_for_proof });
        self.deadlines.insert((until, id.clone()));
        arrival
    }

    /// Takes what is kept for a session that has no connection, to work on it: to load it, or to
    /// set its numbers. Nobody can log on to it before it is [given back](Self::give_back).
    ///
    /// # Errors
    ///
    /// There is no such session, or it is taken.
    pub fn take(&mut self, id: &SessionId) -> Result<C, TurnedAway> {
        let entry = self.entries.get_mut(id).ok_or(TurnedAway::Unknown)?;
        entry.take().ok_or(TurnedAway::Busy)
    }

    /// The session is loaded and has its connection.
    pub fn connected(&mut self, id: &SessionId) {
        if let Some(Place::Taken { stage: stage @ Stage::Loading, .. }) = self.place(id) {
            *stage = Stage::LoggingOn;
        }
    }

    /// The session is logged on. A connection that waited for whether it would be is turned away.
    #[must_use = "a connection must not be forgotten"]
    pub fn logged_on(&mut self, id: &SessionId) -> Option<(ConnectionId, TurnedAway)> {
        let Some(Place::Taken { stage, .. }) = self.place(id) else { return None };
        if !matches!(stage, Stage::Loading | Stage::LoggingOn) {
            return None;
        }
        *stage = Stage::Up;
        self.take_waiter(id).map(|waiter| (waiter.connection, TurnedAway::Busy))
    }

    /// What became of the proof that [`Arrival::Prove`] asked for.
    pub fn proved(&mut self, id: &SessionId, proof: Proof, now: Instant) -> Proved {
        let Some(Place::Taken { stage, waiter: Some(waiter) }) = self.place(id) else {
            return Proved::Nothing;
        };
        if *stage != Stage::Up || !waiter.asked_for_proof {
            return Proved::Nothing;
        }
        let turned_away = match proof {
            Proof::Alive => TurnedAway::OldAlive,
            Proof::NotDriven => TurnedAway::OldNotDriven,
            Proof::Behind => TurnedAway::OldBehind,
            Proof::Stale => {
                *stage = Stage::Replacing;
                let before = mem::replace(&mut waiter.until, now.after(GRACE));
                let until = waiter.until;
                self.deadlines.remove(&(before, id.clone()));
                self.deadlines.insert((until, id.clone()));
                return Proved::EndOld;
            }
        };
        match self.take_waiter(id) {
            Some(waiter) => Proved::TurnAway(waiter.connection, turned_away),
            None => Proved::Nothing,
        }
    }

    /// A connection that waited for a session is gone; harmless if it did not.
    pub fn left(&mut self, id: &SessionId, connection: ConnectionId) {
        if let Some(Place::Taken { waiter: Some(waiter), .. }) = self.place(id)
            && waiter.connection == connection
        {
            self.take_waiter(id);
        }
    }

    /// The next connection that has waited for long enough, with the session that it waited for;
    /// call until there is none. It is to be closed without a byte.
    #[must_use = "a connection must not be forgotten"]
    pub fn expired(&mut self, now: Instant) -> Option<(SessionId, ConnectionId, TurnedAway)> {
        let (until, id) = self.deadlines.first()?;
        if now < *until {
            return None;
        }
        let id = id.clone();
        let turned_away = match self.state(&id) {
            Some(SessionState::Loading) => TurnedAway::Loading,
            Some(SessionState::Proving | SessionState::Replacing) => TurnedAway::OldNotDriven,
            _ => TurnedAway::Busy,
        };
        let waiter = self.take_waiter(&id)?;
        Some((id, waiter.connection, turned_away))
    }

    /// When to ask for [`expired`](Self::expired) connections.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(until, _)| *until)
    }

    /// The connection of a session is over, or could not be made, or the work on it is done: here
    /// is what was taken.
    pub fn give_back(&mut self, id: &SessionId, kept: C) -> GivenBack<C> {
        let waiter = self.take_waiter(id);
        let Some(entry) = self.entries.get_mut(id) else { return GivenBack::Left(kept) };
        if matches!(entry.place, Place::Here(_)) {
            return GivenBack::Left(kept);
        }
        if entry.is_leaving || self.shuts_down {
            self.forget(id);
            return GivenBack::Left(kept);
        }
        match waiter {
            Some(waiter) => {
                entry.place = Place::Taken { stage: Stage::Loading, waiter: None };
                GivenBack::ToNext(waiter.connection, kept)
            }
            None => {
                entry.place = Place::Here(kept);
                GivenBack::Kept
            }
        }
    }

    fn place(&mut self, id: &SessionId) -> Option<&mut Place<C>> {
        self.entries.get_mut(id).map(|entry| &mut entry.place)
    }

    fn take_waiter(&mut self, id: &SessionId) -> Option<Waiter> {
        let Some(Place::Taken { waiter, .. }) = self.place(id) else { return None };
        let waiter = waiter.take()?;
        self.deadlines.remove(&(waiter.until, id.clone()));
        Some(waiter)
    }

    fn forget(&mut self, id: &SessionId) {
        let Some(entry) = self.entries.remove(id) else { return };
        self.index.remove(id);
        self.from_template = self.from_template.saturating_sub(entry.is_from_template.into());
        if entry.config.leniency() != Leniency::default() {
            self.first_message = FirstMessage::new(0);
            for entry in self.entries.values() {
                self.first_message.allow(entry.config.leniency());
            }
        }
    }
}

impl<C> Default for Directory<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C> fmt::Debug for Directory<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.entries.iter().map(|(id, entry)| (id, entry.state()))).finish()
    }
}
