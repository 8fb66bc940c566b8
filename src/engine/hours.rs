//! A connection that keeps the hours of its session: it is logged out when they end, refuses Logons
//! outside of them, and begins anew where its schedule says so.

use core::time::Duration;

use super::connection::{Connection, Life};
use super::error::ConnectError;
use super::requests::Operation;
use super::store::Store;
use crate::schedule::{Boundary, BoundaryKind, Schedule};
use crate::session::{Input, Instant, Now, Refusal, Role, SeqNums, Status};
use crate::wire::UtcTime;

/// How soon it is noticed that a clock was set.
const LOOK: Duration = Duration::from_secs(30);

/// When a reset is tried again that the session could not begin.
const AGAIN: Duration = Duration::from_secs(1);

/// How long an acceptor waits for the initiator to begin a reset.
const PEER_BEGINS: Duration = Duration::from_secs(10);

/// SessionStatus(1409) of a Logon outside of the hours (S-SCHED-05).
const NOT_NOW: u16 = 7;

/// What a session says when its hours are over.
const OVER: &str = "the hours of the session are over";

/// The hours of a session, and how they are kept.
///
/// With [`Connection::set_hours`] a connection keeps them by itself: it takes no transport outside of
/// them, or refuses the Logon there, logs out when they end, and sets both numbers to 1 where its
/// schedule has a boundary, before the next Logon or, at a time of a reset, by an exchange of Logons
/// with ResetSeqNumFlag(141)=Y. The initiator begins that exchange; its peer has to permit it
/// ([`ResetPermission`](crate::session::ResetPermission)). A version without the flag logs out and on
/// again.
///
/// What was composed offline, under numbers of the window before, does not outlive its end.
///
/// ```
/// use core::time::Duration;
/// use fixline::engine::Hours;
/// use fixline::schedule::{Moment, Schedule};
///
/// let (open, close) = (Moment::daily("08:00:00".parse()?), Moment::daily("17:00:00".parse()?));
/// let schedule = Schedule::builder().window(open, close).build()?;
/// let hours = Hours::new(schedule).logout_before(Duration::from_secs(10));
/// # let _ = hours;
/// # Ok::<(), fixline::schedule::ScheduleError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "hours do nothing by themselves"]
pub struct Hours {
    schedule: Schedule,
    logout_before: Duration,
    is_silent: bool,
    /// Nothing is due before.
    look_at: Option<Instant>,
    /// The present connection, or the last one, was logged out because its hours were over.
    logged_out: bool,
    /// Whether the present connection came outside of the hours.
    is_outside: bool,
}

/// What is due now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    Nothing,
    Logout,
    Reset,
}

impl Hours {
    /// Keeps this schedule to the instant.
    pub const fn new(schedule: Schedule) -> Self {
        Self {
            schedule,
            logout_before: Duration::ZERO,
            is_silent: false,
            look_at: None,
            logged_out: false,
            is_outside: false,
        }
    }

    /// Logs out so long before the hours end, so that the peer does not end them first. Default at
    /// the instant itself. Hours that are shorter than this never begin.
    pub const fn logout_before(mut self, time: Duration) -> Self {
        self.logout_before = time;
        self
    }

    /// Closes the connection of a Logon outside of the hours without a word. By default a Logout says
    /// why, with SessionStatus(1409)=7 where the version has it (S-SCHED-05).
    pub const fn refuse_silently(mut self) -> Self {
        self.is_silent = true;
        self
    }

    /// The schedule.
    #[must_use]
    pub const fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// The end of the hours that `now` lies in, or when they begin: whether one may be logged on, and
    /// until when that holds.
    fn may_be_up(&self, now: UtcTime) -> (bool, Option<UtcTime>) {
        let state = self.schedule.at(now);
        let Some(until) = state.until() else { return (state.is_open(), None) };
        if !state.is_open() {
            return (false, Some(until));
        }
        let leaves = until.saturating_sub(self.logout_before);
        if now < leaves { (true, Some(leaves)) } else { (false, Some(until)) }
    }

    /// What is due for a session that is logged on. An acceptor leaves it to the initiator to begin a
    /// reset, for a while: where both begin one, both have to be sorted out.
    fn due(&mut self, role: Role, created: Option<UtcTime>, now: Now) -> Due {
        if self.look_at.is_some_and(|at| now.monotonic < at) {
            return Due::Nothing;
        }
        let (is_open, until) = self.may_be_up(now.utc);
        let next = self.schedule.next_boundary(now.utc).map(|boundary| boundary.at);
        self.look_at = Some(look_at([until, next].into_iter().flatten().min(), now));
        let crossed = created.and_then(|created| self.schedule.crossed(created, now.utc));
        match crossed {
            _ if !is_open => Due::Logout,
            Some(Boundary { kind: BoundaryKind::Window, .. }) => Due::Logout,
            Some(Boundary { at, .. }) => {
                let late = at.saturating_add(PEER_BEGINS);
                if role == Role::Initiator || now.utc >= late {
                    return Due::Reset;
                }
                self.look_at = Some(look_at(Some(late), now));
                Due::Nothing
            }
            None => Due::Nothing,
        }
    }
}

/// When to look again: at that instant, and before it now and then, since clocks are set.
fn look_at(at: Option<UtcTime>, now: Now) -> Instant {
    let left = at.map_or(LOOK, |at| at.abs_diff(now.utc).min(LOOK));
    now.monotonic.after(left.max(Duration::from_millis(1)))
}

impl<S: Store> Connection<S> {
    /// Keeps these hours from now on.
    pub fn set_hours(&mut self, hours: Hours) {
        self.hours = Some(hours);
    }

    /// The hours that it keeps.
    #[must_use]
    pub const fn hours(&self) -> Option<&Hours> {
        self.hours.as_ref()
    }

    /// The boundary behind which its numbers begin at 1 with the next connection; `None` if they go
    /// on.
    #[must_use]
    pub fn begins_anew(&self, now: Now) -> Option<Boundary> {
        let schedule = self.hours.as_ref().map(Hours::schedule)?;
        schedule.crossed(self.core.created?, now.utc)
    }

    /// When its hours are to be looked at again between two connections.
    #[must_use]
    pub fn next_look(&self, now: Now) -> Option<Instant> {
        let schedule = self.hours.as_ref().map(Hours::schedule)?;
        let next = schedule.next_boundary(now.utc).map(|boundary| boundary.at);
        Some(look_at(next, now))
    }

    /// Whether its hours let it be logged on now; otherwise when to ask again.
    ///
    /// # Errors
    ///
    /// They do not.
    pub fn may_connect(&self, now: Now) -> Result<(), Instant> {
        let Some(hours) = &self.hours else { return Ok(()) };
        let (is_open, until) = hours.may_be_up(now.utc);
        if is_open { Ok(()) } else { Err(look_at(until, now)) }
    }

    /// Whether the present connection, or the last one, was logged out because its hours were over, so
    /// that an initiator connects again when they begin.
    #[must_use]
    pub fn hours_ended(&self) -> bool {
        self.hours.as_ref().is_some_and(|hours| hours.logged_out)
    }

    /// Whether the present connection, or the last one, came outside of the hours, so that its Logon
    /// says nothing about who sent it.
    #[must_use]
    pub fn is_outside_hours(&self) -> bool {
        self.hours.as_ref().is_some_and(|hours| hours.is_outside)
    }

    /// A transport is up: whether it may be, and with which numbers.
    pub(super) fn enter_by_hours(&mut self, now: Now) -> Result<(), ConnectError> {
        let may_connect = self.may_connect(now);
        let is_initiator = self.config().role() == Role::Initiator;
        let Some(hours) = &mut self.hours else { return Ok(()) };
        hours.look_at = None;
        hours.logged_out = false;
        hours.is_outside = may_connect.is_err();
        if hours.is_outside {
            // An acceptor hears who it is first.
            return if is_initiator { Err(ConnectError::OutsideHours) } else { Ok(()) };
        }
        if self.begins_anew(now).is_some() { self.begin_anew(now) } else { Ok(()) }
    }

    /// Both numbers are 1, in a new epoch.
    fn begin_anew(&mut self, now: Now) -> Result<(), ConnectError> {
        let present = self.seq_nums();
        // An epoch for each boundary lasts for longer than there is time.
        let Some(epoch) = present.epoch.checked_add(1) else { return Ok(()) };
        let begin = SeqNums { epoch, ..SeqNums::FRESH };
        if let Err(error) = self.core.store.reset(begin, now.utc) {
            self.core.fail(error.clone());
            return Err(ConnectError::Store(error));
        }
        self.core.created = Some(now.utc);
        self.wrote(begin);
        Ok(())
    }

    /// What to say to a Logon that came outside of the hours.
    pub(super) fn outside_hours(&self) -> Option<Refusal<'static>> {
        let hours = self.hours.as_ref().filter(|hours| hours.is_outside)?;
        let logout = Refusal::Logout { status: Some(NOT_NOW), text: OVER };
        Some(if hours.is_silent { Refusal::Silent } else { logout })
    }

    /// Logs out when the hours are over, and resets at a time of a reset.
    pub(super) fn keep_hours(&mut self, now: Now) {
        let role = self.config().role();
        let Some(hours) = &mut self.hours else { return };
        let is_up = matches!(self.core.session.status(), Status::LoggedOn { .. });
        if self.life != Life::Up || !is_up || self.core.failed {
            return;
        }
        let due = hours.due(role, self.core.created, now);
        let began = match due {
            Due::Nothing => return,
            Due::Logout => self.end_hours(now),
            // What has no ResetSeqNumFlag is reset between two connections.
            Due::Reset => {
                self.operate(Operation::ResetSeqNums, now).is_ok() || {
                    let is_busy = matches!(
                        self.core.session.status(),
                        Status::LoggedOn { recovering: true, .. }
                            | Status::LoggedOn { replaying: true, .. }
                    );
                    !is_busy && self.end_hours(now)
                }
            }
        };
        if !began && let Some(hours) = &mut self.hours {
            hours.look_at = Some(now.monotonic.after(AGAIN));
        }
    }

    /// Logs out; whether it could.
    fn end_hours(&mut self, now: Now) -> bool {
        let began = self.core.request(Input::Logout { text: OVER }, now).is_ok();
        if let Some(hours) = &mut self.hours {
            hours.logged_out |= began;
        }
        began
    }

    /// When hours are to be looked at again.
    pub(super) fn hours_due_at(&self) -> Option<Instant> {
        let is_up = matches!(self.core.session.status(), Status::LoggedOn { .. });
        let hours = self.hours.as_ref().filter(|_| is_up && self.life == Life::Up)?;
        Some(hours.look_at.unwrap_or_default())
    }
}
