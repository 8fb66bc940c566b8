//! Six zones as they were and will be from 2019 to 2030, written down by hand: what the schedule
//! thinks of zones is not asked.

use std::sync::LazyLock;

/// Minutes of a day.
pub(crate) const DAY: i64 = 1_440;

/// A zone, by its place in [`ZONES`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Zone {
    pub(crate) name: &'static str,
    place: usize,
}

pub(crate) const ZONES: [Zone; 6] = [
    Zone { name: "America/New_York", place: 0 },
    Zone { name: "Europe/London", place: 1 },
    Zone { name: "Europe/Berlin", place: 2 },
    // Half an hour of daylight saving, over the turn of the year.
    Zone { name: "Australia/Lord_Howe", place: 3 },
    // Clocks change at midnight.
    Zone { name: "America/Santiago", place: 4 },
    Zone { name: "Asia/Kolkata", place: 5 },
];

const RULES: [fn(i64) -> i64; 6] =
    [new_york, summer_of_europe, |at| 60 + summer_of_europe(at), lord_howe, santiago, |_| 330];

/// The first minute of 2019.
const BEGIN: i64 = 17_897 * DAY;

/// Clocks change at whole or half hours: what holds in each of these from 2019 to 2030.
static TABLES: LazyLock<[Vec<i64>; 6]> = LazyLock::new(|| {
    RULES.map(|rule| (0..12 * 366 * 48).map(|half| rule(BEGIN + half * 30)).collect())
});

impl Zone {
    /// How far its clocks are ahead of UTC in a minute since 1970, in minutes.
    pub(crate) fn ahead(self, at: i64) -> i64 {
        TABLES[self.place][usize::try_from((at - BEGIN) / 30).unwrap()]
    }
}

/// From the second Sunday of March to the first of November, at two o'clock.
fn new_york(at: i64) -> i64 {
    let year = date(at.div_euclid(DAY)).0;
    let (begin, end) = (sunday(year, 3, 8) + 7 * 60, sunday(year, 11, 1) + 6 * 60);
    if (begin..end).contains(&at) { -240 } else { -300 }
}

/// From the last Sunday of March to the last of October, at one o'clock UTC.
fn summer_of_europe(at: i64) -> i64 {
    let year = date(at.div_euclid(DAY)).0;
    let (begin, end) = (sunday(year, 3, 25) + 60, sunday(year, 10, 25) + 60);
    if (begin..end).contains(&at) { 60 } else { 0 }
}

/// Summer ends on the first Sunday of April and begins on that of October, at two o'clock.
fn lord_howe(at: i64) -> i64 {
    let year = date(at.div_euclid(DAY)).0;
    let (end, begin) = (sunday(year, 4, 1) + 120 - 660, sunday(year, 10, 1) + 120 - 630);
    if (end..begin).contains(&at) { 630 } else { 660 }
}

/// Summer ends at midnight behind the first Saturday of April and begins at that behind the first of
/// September; in 2022 a week later.
fn santiago(at: i64) -> i64 {
    let year = date(at.div_euclid(DAY)).0;
    let first = if year == 2022 { 9 } else { 2 };
    let (end, begin) = (sunday(year, 4, 2) + 180, sunday(year, 9, first) + 240);
    if (end..begin).contains(&at) { -240 } else { -180 }
}

/// The first minute of the first Sunday from this day on, as UTC counts.
fn sunday(year: i64, month: i64, day: i64) -> i64 {
    let first = days(year, month, day);
    (first + (7 - weekday(first)) % 7) * DAY
}

/// The day of the week of a day since 1970-01-01, 0 for Sunday.
pub(crate) fn weekday(day: i64) -> i64 {
    (day + 4).rem_euclid(7)
}

/// The day since 1970-01-01; from 1970 to 2099, when every fourth year is a leap year.
pub(crate) fn days(year: i64, month: i64, day: i64) -> i64 {
    let before = (1..month).map(|month| length(year, month)).sum::<i64>();
    (year - 1970) * 365 + (year - 1969) / 4 + before + day - 1
}

/// The date of a day since 1970-01-01.
pub(crate) fn date(day: i64) -> (i64, i64, i64) {
    let mut year = 1970 + day / 366;
    while days(year + 1, 1, 1) <= day {
        year += 1;
    }
    let mut month = 1;
    while days(year, month, length(year, month)) < day {
        month += 1;
    }
    (year, month, day - days(year, month, 1) + 1)
}

fn length(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(year % 4 == 0),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
