//! Stretches of time that come again and again.

use super::day::Date;
use super::moment::Moment;
use crate::wire::UtcTime;

/// From each opening to the next closing behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) open: Moment,
    pub(super) close: Moment,
}

impl Window {
    /// When it closes, if `now` lies in it. A window that closes at the time at which it opens is open
    /// for the whole day, or week.
    ///
    /// Closings do not depend on which opening they follow, so that the last opening says it all.
    pub(super) fn closes(&self, now: UtcTime, is_off: &dyn Fn(Date) -> bool) -> Option<UtcTime> {
        let opened = self.open.last(now, is_off)?;
        self.close.next(opened, &|_| false).filter(|close| now < *close)
    }

    /// When it opens next.
    pub(super) fn opens(&self, after: UtcTime, is_off: &dyn Fn(Date) -> bool) -> Option<UtcTime> {
        self.open.next(after, is_off)
    }
}

/// Windows that are open together, or one after the other without a break, taken as one: whether
/// `now` lies in them, and until when that stays so; `None` if no end is in sight. No windows are
/// always open.
pub(super) fn together(
    windows: &[Window],
    now: UtcTime,
    is_off: &dyn Fn(Date) -> bool,
) -> (bool, Option<UtcTime>) {
    if windows.is_empty() {
        return (true, None);
    }
    let mut until = now;
    for _ in 0..HOPS {
        let Some(close) = windows.iter().filter_map(|window| window.closes(until, is_off)).max()
        else {
            if until > now {
                return (true, Some(until));
            }
            let opens = windows.iter().filter_map(|window| window.opens(now, is_off)).min();
            return (false, opens);
        };
        until = close;
    }
    (true, None)
}

/// How many windows without a break between them are looked through: more than a year of days.
const HOPS: usize = 400;
