//! Where one session ends and the next begins.

use core::time::Duration;

use super::Schedule;
use crate::wire::UtcTime;

/// An instant at which numbers begin at 1 again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Boundary {
    /// When.
    pub at: UtcTime,
    /// Why.
    pub kind: BoundaryKind,
}

/// Why numbers begin at 1 again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "whoever acts on one must know them all")]
pub enum BoundaryKind {
    /// A time at which both sides reset, if they are connected by an exchange of Logons with
    /// ResetSeqNumFlag(141)=Y.
    Reset,
    /// A window opens: the session before is over, and whoever is connected logs out first.
    Window,
}

/// How far a clock may have been wrong. What was written further ahead of now says nothing.
const AHEAD_MAX: Duration = Duration::from_secs(24 * 60 * 60);

impl Schedule {
    /// Whether a session whose numbers began at `since` has to be reset before it goes on `now`: the
    /// last boundary between them, if there is one.
    ///
    /// Store `now` as the new beginning when the reset is done, and each boundary acts once: it does
    /// not matter how often this is asked, whether boundaries were missed meanwhile, or whether the
    /// clock is set back over one. A beginning that lies more than a day ahead of `now` is the work of
    /// a clock that was wrong: such a session is reset as well.
    ///
    /// ```
    /// use fixline::schedule::{Moment, Schedule};
    /// use fixline::wire::UtcTime;
    ///
    /// let at = |time: &[u8]| UtcTime::parse(time).unwrap();
    /// let (open, close) = ("08:00:00".parse()?, "17:00:00".parse()?);
    /// let schedule = Schedule::builder().window(Moment::daily(open), Moment::daily(close)).build()?;
    ///
    /// let began = at(b"20261201-08:00:03");
    /// assert_eq!(schedule.crossed(began, at(b"20261202-07:59:59")), None);
    /// let boundary = schedule.crossed(began, at(b"20261202-08:00:00")).unwrap();
    /// assert_eq!(boundary.at, at(b"20261202-08:00:00"));
    /// # Ok::<(), fixline::schedule::ScheduleError>(())
    /// ```
    #[must_use]
    pub fn crossed(&self, since: UtcTime, now: UtcTime) -> Option<Boundary> {
        let last = self.last_boundary(now)?;
        let is_from_the_future = since > now.saturating_add(AHEAD_MAX);
        (last.at > since || is_from_the_future).then_some(last)
    }

    /// The last boundary, `now` included; `None` if there was none for more than a year.
    #[must_use]
    pub fn last_boundary(&self, now: UtcTime) -> Option<Boundary> {
        let resets = self.resets.iter().filter_map(|moment| moment.last(now, &|_| false));
        let windows = self.renewing().iter();
        let opened = windows.filter_map(|window| window.open.last(now, &self.is_off()));
        both(resets, opened).max()
    }

    /// The next boundary, `after` excluded; `None` if there is none for more than a year.
    #[must_use]
    pub fn next_boundary(&self, after: UtcTime) -> Option<Boundary> {
        let resets = self.resets.iter().filter_map(|moment| moment.next(after, &|_| false));
        let windows = self.renewing().iter();
        let opens = windows.filter_map(|window| window.opens(after, &self.is_off()));
        let next = both(resets, opens).min()?;
        // A window that opens at a time of a reset is what counts.
        let kind = if self.opens_at(next.at) { BoundaryKind::Window } else { next.kind };
        Some(Boundary { kind, ..next })
    }

    fn opens_at(&self, at: UtcTime) -> bool {
        let mut windows = self.renewing().iter();
        windows.any(|window| window.open.last(at, &self.is_off()) == Some(at))
    }
}

fn both(
    resets: impl Iterator<Item = UtcTime>,
    windows: impl Iterator<Item = UtcTime>,
) -> impl Iterator<Item = Boundary> {
    let resets = resets.map(|at| Boundary { at, kind: BoundaryKind::Reset });
    resets.chain(windows.map(|at| Boundary { at, kind: BoundaryKind::Window }))
}
