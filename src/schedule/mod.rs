//! The hours of a session: when it is open, and when its numbers begin at 1 again.
//!
//! A [`Schedule`] is made of [`Moment`]s: times of the day in a [`Zone`], on some days of the week. It
//! is pure: an instant goes in, what holds then comes out. Daily, weekly, on weekdays, several windows
//! a day, without a stop; daylight saving, zones that differ for start and end, holidays.
//!
//! - [`at`](Schedule::at): open or closed, and until when;
//! - [`crossed`](Schedule::crossed): whether the numbers of a session are of the one before;
//! - [`openings`](Schedule::openings): the windows to come.

mod boundary;
mod builder;
mod day;
mod error;
mod moment;
mod window;
mod zone;

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

pub use boundary::{Boundary, BoundaryKind};
pub use builder::ScheduleBuilder;
pub use day::{Date, TimeOfDay, Weekday, Weekdays};
pub use error::ScheduleError;
pub use moment::Moment;
use window::{Window, together};
pub use zone::Zone;

use crate::wire::UtcTime;

/// The hours of a session.
///
/// ```
/// use fixline::schedule::{Moment, Schedule, State, Weekday, Zone};
/// use fixline::wire::UtcTime;
///
/// // The week of foreign exchange: it begins on Sunday at five in New York.
/// let five = Moment::daily("17:00:00".parse()?).zone(Zone::named("America/New_York")?);
/// let (open, close) = (five.clone().on([Weekday::Sunday]), five.on([Weekday::Friday]));
/// let schedule = Schedule::builder().window(open, close).build()?;
///
/// let at = |time: &[u8]| UtcTime::parse(time).unwrap();
/// // In winter that is ten in London, in summer nine.
/// let state = schedule.at(at(b"20261206-21:59:59"));
/// assert_eq!(state, State::Closed { until: Some(at(b"20261206-22:00:00")) });
/// let state = schedule.at(at(b"20260705-21:00:00"));
/// assert_eq!(state, State::Open { until: Some(at(b"20260710-21:00:00")) });
/// # Ok::<(), fixline::schedule::ScheduleError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Schedule {
    windows: Vec<Window>,
    logon: Vec<Window>,
    resets: Vec<Moment>,
    keeps_numbers: bool,
    holidays: Holidays,
}

/// What holds at an instant. `until` is the first instant at which something else holds; `None` if
/// that is not within a year, so that it is to be asked again by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "whoever obeys a schedule must know them all")]
pub enum State {
    /// Both sides may be logged on. At `until` they log out: the window closes, or the next one
    /// begins, or the hours of logging on are over.
    Open {
        /// The first instant at which they must not be.
        until: Option<UtcTime>,
    },
    /// The session is not over, but nobody is logged on.
    LogonClosed {
        /// The first instant at which something else holds.
        until: Option<UtcTime>,
    },
    /// The session is over.
    Closed {
        /// The first instant at which something else holds.
        until: Option<UtcTime>,
    },
}

impl State {
    /// Whether both sides may be logged on.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Open { .. })
    }

    /// The first instant at which something else holds.
    #[must_use]
    pub const fn until(self) -> Option<UtcTime> {
        match self {
            Self::Open { until } | Self::LogonClosed { until } | Self::Closed { until } => until,
        }
    }
}

/// A time during which both sides may be logged on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Opening {
    /// When it begins, or where the search began.
    pub from: UtcTime,
    /// When it ends; `None` if that is not within a year.
    pub until: Option<UtcTime>,
}

impl Schedule {
    /// Open all the time, without a reset.
    #[must_use]
    pub const fn always() -> Self {
        Self {
            windows: Vec::new(),
            logon: Vec::new(),
            resets: Vec::new(),
            keeps_numbers: false,
            holidays: Holidays(None),
        }
    }

    /// A schedule that is open all the time until something else is said.
    pub fn builder() -> ScheduleBuilder {
        ScheduleBuilder::default()
    }

    /// Whether it is open all the time, without a reset.
    #[must_use]
    pub const fn is_always(&self) -> bool {
        self.windows.is_empty() && self.logon.is_empty() && self.resets.is_empty()
    }

    /// What holds at this instant.
    #[must_use]
    pub fn at(&self, now: UtcTime) -> State {
        let (is_open, until) = self.session(now);
        if !is_open {
            return State::Closed { until };
        }
        let (may_log_on, until_logon) = together(&self.logon, now, &|_| false);
        let until = [until, until_logon].into_iter().flatten().min();
        if may_log_on { State::Open { until } } else { State::LogonClosed { until } }
    }

    /// Whether a session is under way, and until when.
    fn session(&self, now: UtcTime) -> (bool, Option<UtcTime>) {
        if self.keeps_numbers || self.windows.is_empty() {
            return together(&self.windows, now, &self.is_off());
        }
        let closes = self.windows.iter().filter_map(|it| it.closes(now, &self.is_off())).max();
        let opens = self.windows.iter().filter_map(|it| it.opens(now, &self.is_off())).min();
        // The next window is another session.
        (closes.is_some(), [closes, opens].into_iter().flatten().min())
    }

    /// The times from `from` on during which both sides may be logged on, one behind the other.
    ///
    /// ```
    /// use fixline::schedule::{Moment, Schedule};
    /// use fixline::wire::UtcTime;
    ///
    /// let (open, close) = ("08:00:00".parse()?, "17:00:00".parse()?);
    /// let schedule = Schedule::builder().window(Moment::daily(open), Moment::daily(close)).build()?;
    /// let noon = UtcTime::parse(b"20261201-12:00:00").unwrap();
    /// let mut openings = schedule.openings(noon);
    /// assert_eq!(openings.next().unwrap().from, noon);
    /// let tomorrow = openings.next().unwrap();
    /// assert_eq!(tomorrow.from.to_string(), "2026-12-02T08:00:00Z");
    /// assert_eq!(tomorrow.until.unwrap().to_string(), "2026-12-02T17:00:00Z");
    /// # Ok::<(), fixline::schedule::ScheduleError>(())
    /// ```
    pub fn openings(&self, from: UtcTime) -> impl Iterator<Item = Opening> {
        let mut next = Some(from);
        core::iter::from_fn(move || {
            loop {
                let from = next?;
                let state = self.at(from);
                next = state.until();
                if state.is_open() {
                    return Some(Opening { from, until: next });
                }
            }
        })
    }

    /// The zones in which its windows open, or its resets are counted: each once, in their order.
    #[must_use]
    pub fn zones(&self) -> Vec<&Zone> {
        let windows = self.windows.iter().chain(&self.logon);
        let moments = windows.flat_map(|it| [&it.open, &it.close]).chain(&self.resets);
        let mut zones = Vec::new();
        for zone in moments.map(Moment::zone_of) {
            if !zones.contains(&zone) {
                zones.push(zone);
            }
        }
        zones
    }

    /// The windows that begin with number 1.
    fn renewing(&self) -> &[Window] {
        if self.keeps_numbers { &[] } else { &self.windows }
    }

    fn is_off(&self) -> impl Fn(Date) -> bool {
        |date| self.holidays.0.as_ref().is_some_and(|is_holiday| is_holiday(date))
    }
}

/// The days on which no window opens.
#[derive(Clone, Default)]
struct Holidays(Option<Arc<dyn Fn(Date) -> bool + Send + Sync>>);

impl fmt::Debug for Holidays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "holidays" } else { "no holidays" })
    }
}
