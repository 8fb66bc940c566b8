//! A schedule by brute force: a clock on the wall of each zone, watched minute by minute.

use fixline::schedule::{Moment, Schedule, TimeOfDay, Weekday};
use fixline::wire::UtcTime;

use crate::zones::{DAY, Zone, weekday};

/// A time of the day, in minutes, in a zone, on days of the week by their numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    pub(crate) minute: i64,
    pub(crate) days: &'static [i64],
    pub(crate) zone: Zone,
}

impl Mark {
    pub(crate) fn moment(&self) -> Moment {
        let part = |minutes: i64| u8::try_from(minutes).unwrap();
        let time = TimeOfDay::new(part(self.minute / 60), part(self.minute % 60), 0).unwrap();
        let days = self.days.iter().map(|day| Weekday::ALL[usize::try_from(*day).unwrap()]);
        let zone = fixline::schedule::Zone::named(self.zone.name).unwrap();
        Moment::daily(time).on(days).zone(zone)
    }
}

/// What a schedule is made of.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) windows: Vec<(Mark, Mark)>,
    pub(crate) logon: Vec<(Mark, Mark)>,
    pub(crate) resets: Vec<Mark>,
    pub(crate) keeps_numbers: bool,
    pub(crate) has_holidays: bool,
}

/// Some days, by their number since 1970-01-01.
pub(crate) fn is_holiday(day: i64) -> bool {
    day % 17 == 3
}

impl Plan {
    pub(crate) fn schedule(&self) -> Schedule {
        let mut builder = Schedule::builder();
        for (open, close) in &self.windows {
            builder = builder.window(open.moment(), close.moment());
        }
        for (open, close) in &self.logon {
            builder = builder.logon_window(open.moment(), close.moment());
        }
        for reset in &self.resets {
            builder = builder.reset_at(reset.moment());
        }
        if self.keeps_numbers {
            builder = builder.keep_numbers();
        }
        if self.has_holidays {
            builder = builder.holidays(|date| {
                let (year, month, day) = (date.year(), date.month(), date.day());
                is_holiday(crate::zones::days(year.into(), month.into(), day.into()))
            });
        }
        builder.build().unwrap()
    }
}

/// What holds in a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    Open,
    LogonClosed,
    Closed,
}

/// What holds in each minute.
pub(crate) struct Watched {
    pub(crate) first: i64,
    pub(crate) holds: Vec<Holds>,
    /// The minutes in which something else begins to hold, or another session begins.
    pub(crate) breaks: Vec<i64>,
    /// The minutes in which numbers begin at 1, and whether a window opens.
    pub(crate) boundaries: Vec<(i64, bool)>,
}

/// A clock on the wall: the furthest that it has shown.
struct Wall {
    mark: Mark,
    reached: i64,
}

impl Wall {
    fn new(mark: Mark, at: i64) -> Self {
        Self { mark, reached: at + mark.zone.ahead(at) }
    }

    /// Whether the mark comes with this minute: the day on which it does.
    fn comes(&mut self, at: i64) -> Option<i64> {
        let shown = at + self.mark.zone.ahead(at);
        let before = self.reached;
        self.reached = self.reached.max(shown);
        let day = shown.div_euclid(DAY);
        let mark = day * DAY + self.mark.minute;
        let comes = before < mark && mark <= self.reached;
        (comes && self.mark.days.contains(&weekday(day))).then_some(day)
    }
}

struct Watch {
    open: Wall,
    close: Wall,
    is_open: bool,
}

impl Watch {
    fn new((open, close): (Mark, Mark), at: i64) -> Self {
        Self { open: Wall::new(open, at), close: Wall::new(close, at), is_open: false }
    }

    /// Whether it opens in this minute.
    fn minute(&mut self, at: i64, has_holidays: bool) -> bool {
        if self.close.comes(at).is_some() {
            self.is_open = false;
        }
        let opens = self.open.comes(at).is_some_and(|day| !(has_holidays && is_holiday(day)));
        self.is_open |= opens;
        opens
    }
}

/// Watches from `first` to `end`, minutes since 1970; from some weeks before, so that all is known by
/// then.
pub(crate) fn watch(plan: &Plan, first: i64, end: i64) -> Watched {
    let begin = first - 60 * DAY;
    let watches = |windows: &[(Mark, Mark)]| -> Vec<Watch> {
        windows.iter().map(|window| Watch::new(*window, begin)).collect()
    };
    let (mut windows, mut logon) = (watches(&plan.windows), watches(&plan.logon));
    let mut resets: Vec<Wall> = plan.resets.iter().map(|mark| Wall::new(*mark, begin)).collect();
    let (mut holds, mut breaks, mut boundaries) = (Vec::new(), Vec::new(), Vec::new());
    let mut held = Holds::Closed;
    for at in begin + 1..end {
        // All of them: each clock must be looked at.
        let opened =
            windows.iter_mut().fold(false, |it, one| one.minute(at, plan.has_holidays) | it);
        logon.iter_mut().for_each(|one| _ = one.minute(at, false));
        let reset = resets.iter_mut().fold(false, |it, one| one.comes(at).is_some() | it);
        let begins = opened && !plan.keeps_numbers;
        let now = match () {
            () if !windows.is_empty() && !windows.iter().any(|one| one.is_open) => Holds::Closed,
            () if !logon.is_empty() && !logon.iter().any(|one| one.is_open) => Holds::LogonClosed,
            () => Holds::Open,
        };
        if now != held || begins {
            breaks.push(at);
        }
        held = now;
        if begins || reset {
            boundaries.push((at, begins));
        }
        if at >= first {
            holds.push(now);
        }
    }
    Watched { first, holds, breaks, boundaries }
}

pub(crate) fn utc(minute: i64) -> UtcTime {
    UtcTime::from_nanos(minute * 60_000_000_000)
}
