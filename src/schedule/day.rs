//! Dates, days of the week and times of the day.

use alloc::borrow::ToOwned as _;
use core::fmt;
use core::str::FromStr;

use jiff::civil;

use super::error::ScheduleError;

/// A day of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(pub(super) civil::Date);

impl Date {
    /// A day, if the month has it.
    ///
    /// ```
    /// use fixline::schedule::{Date, Weekday};
    ///
    /// let christmas = Date::new(2026, 12, 25).unwrap();
    /// assert_eq!(christmas.weekday(), Weekday::Friday);
    /// assert_eq!(christmas.to_string(), "2026-12-25");
    /// assert_eq!(Date::new(2026, 2, 29), None);
    /// ```
    #[must_use]
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        civil::Date::new(year, month, day).ok().map(Self)
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// The month, 1 to 12.
    #[must_use]
    pub fn month(self) -> i8 {
        self.0.month()
    }

    /// The day of the month, 1 to 31.
    #[must_use]
    pub fn day(self) -> i8 {
        self.0.day()
    }

    /// The day of the week.
    #[must_use]
    pub fn weekday(self) -> Weekday {
        match self.0.weekday() {
            civil::Weekday::Sunday => Weekday::Sunday,
            civil::Weekday::Monday => Weekday::Monday,
            civil::Weekday::Tuesday => Weekday::Tuesday,
            civil::Weekday::Wednesday => Weekday::Wednesday,
            civil::Weekday::Thursday => Weekday::Thursday,
            civil::Weekday::Friday => Weekday::Friday,
            civil::Weekday::Saturday => Weekday::Saturday,
        }
    }

    /// The day after; `None` behind the last that can be told.
    pub(super) fn next(self) -> Option<Self> {
        self.0.tomorrow().ok().map(Self)
    }

    /// The day before; `None` before the first that can be told.
    pub(super) fn previous(self) -> Option<Self> {
        self.0.yesterday().ok().map(Self)
    }
}

/// `2026-12-25`.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a week has seven days")]
pub enum Weekday {
    /// Sunday.
    Sunday,
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
}

impl Weekday {
    /// All of them, Sunday first.
    pub const ALL: [Self; 7] = [
        Self::Sunday,
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
    ];
}

/// Some days of the week.
///
/// ```
/// use fixline::schedule::{Weekday, Weekdays};
///
/// let days = Weekdays::from_iter([Weekday::Monday, Weekday::Friday]);
/// assert!(days.contains(Weekday::Friday) && !days.contains(Weekday::Sunday));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Weekdays(u8);

impl Weekdays {
    /// Every day.
    pub const ALL: Self = Self(0b111_1111);

    /// Whether the day is one of them.
    #[must_use]
    pub const fn contains(self, day: Weekday) -> bool {
        self.0 & (1 << day as u8) != 0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<Weekday> for Weekdays {
    fn from_iter<I: IntoIterator<Item = Weekday>>(days: I) -> Self {
        Self(days.into_iter().fold(0, |days, day| days | 1 << day as u8))
    }
}

impl From<Weekday> for Weekdays {
    fn from(day: Weekday) -> Self {
        Self(1 << day as u8)
    }
}

/// What a clock on the wall shows, to the second.
///
/// ```
/// use fixline::schedule::TimeOfDay;
///
/// assert_eq!("08:30:00".parse(), Ok(TimeOfDay::new(8, 30, 0).unwrap()));
/// assert!("24:00:00".parse::<TimeOfDay>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(pub(super) civil::Time);

impl TimeOfDay {
    /// 00:00:00.
    pub const MIDNIGHT: Self = Self(civil::Time::midnight());

    /// Hour, minute and second, if a day has them.
    #[must_use]
    pub fn new(hour: u8, minute: u8, second: u8) -> Option<Self> {
        let part = |part: u8| i8::try_from(part).ok();
        civil::Time::new(part(hour)?, part(minute)?, part(second)?, 0).ok().map(Self)
    }
}

/// Reads `HH:MM:SS`.
impl FromStr for TimeOfDay {
    type Err = ScheduleError;

    fn from_str(text: &str) -> Result<Self, ScheduleError> {
        let read = || {
            let mut parts = text.split(':').map(|part| {
                let is_number = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
                part.parse().ok().filter(|_| is_number)
            });
            let mut part = || parts.next().flatten();
            let time = Self::new(part()?, part()?, part()?)?;
            parts.next().is_none().then_some(time)
        };
        read().ok_or_else(|| ScheduleError::Time(text.to_owned()))
    }
}

/// `08:30:00`.
impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString as _;

    use super::*;

    #[test]
    fn times_are_read_to_the_letter() {
        assert_eq!("00:00:00".parse(), Ok(TimeOfDay::MIDNIGHT));
        assert_eq!("23:59:59".parse::<TimeOfDay>().unwrap().to_string(), "23:59:59");
        for wrong in ["", "8:30:00", "08:30", "08:30:00:00", "+8:30:00", "08:60:00", "08:30:60"] {
            assert_eq!(wrong.parse::<TimeOfDay>(), Err(ScheduleError::Time(wrong.into())));
        }
    }

    #[test]
    fn a_week_has_each_day_once() {
        let first = Date::new(2026, 11, 29).unwrap();
        let days = core::iter::successors(Some(first), |day| day.next()).map(Date::weekday);
        assert!(days.take(7).eq(Weekday::ALL));
        assert_eq!(Weekdays::from_iter(Weekday::ALL), Weekdays::ALL);
        assert!(Weekdays::from_iter([]).is_empty());
        for day in Weekday::ALL {
            let alone = Weekdays::from(day);
            assert!(Weekday::ALL.into_iter().filter(|day| alone.contains(*day)).eq([day]));
        }
    }
}
