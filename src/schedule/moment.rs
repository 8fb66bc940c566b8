//! Times of the day in a zone, which come again and again.

use super::day::{Date, TimeOfDay, Weekday, Weekdays};
use super::zone::Zone;
use crate::wire::UtcTime;

/// How many days are looked through: whatever does not come within a year, holidays and all, does
/// not come.
const DAYS: usize = 400;

/// A time of the day in a zone, on some days of the week: every day and in UTC unless something else
/// is said.
///
/// It comes when clocks there first reach the time: where they jump over it, at the jump; where they
/// show it twice, the first time; once on each day in any case.
///
/// ```
/// use fixline::schedule::{Moment, Weekday, Zone};
///
/// let close = Moment::daily("17:00:00".parse()?).on([Weekday::Friday]).zone(Zone::named("America/New_York")?);
/// # Ok::<(), fixline::schedule::ScheduleError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a moment does nothing by itself"]
pub struct Moment {
    time: TimeOfDay,
    days: Weekdays,
    zone: Zone,
}

impl Moment {
    /// Every day at this time, in UTC.
    pub const fn daily(time: TimeOfDay) -> Self {
        Self { time, days: Weekdays::ALL, zone: Zone::UTC }
    }

    /// On these days of the week only.
    pub fn on(mut self, days: impl IntoIterator<Item = Weekday>) -> Self {
        self.days = days.into_iter().collect();
        self
    }

    /// By the clocks of this zone.
    pub fn zone(mut self, zone: Zone) -> Self {
        self.zone = zone;
        self
    }

    /// The zone of its clocks.
    #[must_use]
    pub const fn zone_of(&self) -> &Zone {
        &self.zone
    }

    /// Whether it never comes.
    pub(super) const fn is_never(&self) -> bool {
        self.days.is_empty()
    }

    fn when(&self, date: Date, is_off: &dyn Fn(Date) -> bool) -> Option<UtcTime> {
        let comes = self.days.contains(date.weekday()) && !is_off(date);
        if comes { self.zone.reaches(date, self.time) } else { None }
    }

    /// When it came last, `now` included; not on the days that are `off`.
    pub(super) fn last(&self, now: UtcTime, is_off: &dyn Fn(Date) -> bool) -> Option<UtcTime> {
        // Clocks that were put back have reached more than they show.
        let today = self.zone.date(now);
        let first = today.next().unwrap_or(today);
        core::iter::successors(Some(first), |date| date.previous())
            .take(DAYS)
            .filter_map(|date| self.when(date, is_off))
            .find(|at| *at <= now)
    }

    /// When it comes next, `after` excluded; not on the days that are `off`.
    pub(super) fn next(&self, after: UtcTime, is_off: &dyn Fn(Date) -> bool) -> Option<UtcTime> {
        core::iter::successors(Some(self.zone.date(after)), |date| date.next())
            .take(DAYS)
            .filter_map(|date| self.when(date, is_off))
            .find(|at| *at > after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> UtcTime {
        UtcTime::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn it_comes_on_its_days_and_no_other() {
        let moment = Moment::daily("17:00:00".parse().unwrap())
            .on([Weekday::Friday, Weekday::Sunday])
            .zone(Zone::named("America/New_York").unwrap());
        let never = |_: Date| false;
        let at = utc("20261127-22:00:00");
        assert_eq!(moment.last(at, &never), Some(at), "the instant itself");
        assert_eq!(moment.next(at, &never), Some(utc("20261129-22:00:00")));
        let before = UtcTime::from_nanos(at.as_nanos() - 1);
        assert_eq!(moment.last(before, &never), Some(utc("20261122-22:00:00")));
        assert_eq!(moment.next(before, &never), Some(at));
        let friday = |date: Date| date == Date::new(2026, 11, 27).unwrap();
        assert_eq!(moment.last(at, &friday), Some(utc("20261122-22:00:00")));
        assert_eq!(moment.next(before, &friday), Some(utc("20261129-22:00:00")));
        assert_eq!(moment.next(at, &|_| true), None, "on no day at all");
    }

    #[test]
    fn what_was_reached_before_clocks_went_back_stays_reached() {
        // At midnight of the 5th clocks go back to 23:00 of the 4th.
        let moment =
            Moment::daily(TimeOfDay::MIDNIGHT).zone(Zone::named("America/Santiago").unwrap());
        let never = |_: Date| false;
        let shown_again = utc("20260405-03:30:00");
        assert_eq!(moment.last(shown_again, &never), Some(utc("20260404-03:00:00")));
        assert_eq!(moment.next(shown_again, &never), Some(utc("20260405-04:00:00")));
    }
}
