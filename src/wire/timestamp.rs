//! UTC timestamps: instants, and their text `YYYYMMDD-HH:MM:SS[.fraction]`.

use core::fmt;
use core::time::Duration;

const NANOS_PER_SECOND: i64 = 1_000_000_000;
const SECONDS_PER_DAY: i64 = 86_400;
const NANOS_PER_DAY: i64 = SECONDS_PER_DAY * NANOS_PER_SECOND;

/// An instant: nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
///
/// An own number instead of a clock's type, since this crate reads no clock.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct UtcTime(i64);

impl UtcTime {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);

    /// The instant this many nanoseconds after the epoch.
    #[must_use]
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the epoch.
    #[must_use]
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// Reads `YYYYMMDD-HH:MM:SS`, optionally followed by `.` and 1 to 12 digits (S-TIME-05,
    /// S-TIME-06). What is finer than a nanosecond is cut off; second 60 is the second that
    /// follows :59 (S-TIME-08).
    ///
    /// `None` if any part is out of its range, if the month has no such day, and for years
    /// outside 1970 to 2261.
    ///
    /// ```
    /// use fixline::wire::UtcTime;
    /// let time = UtcTime::parse(b"20260722-13:45:12.123").unwrap();
    /// assert_eq!(time.to_string(), "2026-07-22T13:45:12.123Z");
    /// assert_eq!(UtcTime::parse(b"20260229-00:00:00"), None);
    /// ```
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        Self::parse_with_digits(text).map(|(time, _)| time)
    }

    /// As [`parse`](Self::parse), and how many fraction digits were written: 0 to 12.
    ///
    /// Two stamps of different precision are compared after truncating the finer one
    /// (S-TIME-07): see [`truncate`](Self::truncate).
    #[must_use]
    pub fn parse_with_digits(text: &[u8]) -> Option<(Self, u8)> {
        let (seconds, fraction) = text.split_first_chunk::<17>()?;
        let [
            y0,
            y1,
            y2,
            y3,
            m0,
            m1,
            d0,
            d1,
            b'-',
            h0,
            h1,
            b':',
            i0,
            i1,
            b':',
            s0,
            s1,
        ] = *seconds
        else {
            return None;
        };
        let year = two_digits(y0, y1)? * 100 + two_digits(y2, y3)?;
        let days = days_from_civil(year, two_digits(m0, m1)?, two_digits(d0, d1)?)?;
        let (hour, minute, second) = (
            two_digits(h0, h1)?,
            two_digits(i0, i1)?,
            two_digits(s0, s1)?,
        );
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let (nanos, digits) = parse_fraction(fraction)?;
        let second_of_day = i64::from((hour * 60 + minute) * 60 + second);
        let seconds = i64::from(days) * SECONDS_PER_DAY + second_of_day;
        Some((Self(seconds * NANOS_PER_SECOND + i64::from(nanos)), digits))
    }

    /// Cuts off what is finer than this many fraction digits; 9 and more change nothing.
    #[must_use]
    pub const fn truncate(self, digits: u8) -> Self {
        if digits >= 9 {
            return self;
        }
        let unit = 10i64.pow(9 - digits as u32);
        Self(self.0.saturating_sub(self.0.rem_euclid(unit)))
    }

    /// The instant this much later, or the last one that can be told.
    #[must_use]
    pub fn saturating_add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(nanos_of(duration)))
    }

    /// The instant this much earlier, or the first one that can be told.
    #[must_use]
    pub fn saturating_sub(self, duration: Duration) -> Self {
        Self(self.0.saturating_sub(nanos_of(duration)))
    }

    /// How far the two instants lie apart, whichever comes first.
    #[must_use]
    pub const fn abs_diff(self, other: Self) -> Duration {
        Duration::from_nanos(self.0.abs_diff(other.0))
    }
}

impl fmt::Debug for UtcTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// For people: `2026-07-22T13:45:12.123Z`, with as many fraction digits as it takes.
impl fmt::Display for UtcTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.0.div_euclid(NANOS_PER_DAY));
        let nanos = self.0.rem_euclid(NANOS_PER_DAY);
        let (seconds, mut fraction) = (nanos / NANOS_PER_SECOND, nanos % NANOS_PER_SECOND);
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
        )?;
        if fraction > 0 {
            let mut digits = 9;
            while fraction % 10 == 0 {
                fraction /= 10;
                digits -= 1;
            }
            write!(f, ".{fraction:0digits$}")?;
        }
        f.write_str("Z")
    }
}

/// How many fraction digits a stamp is written with: 0 to 9 (S-TIME-06).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Precision(u8);

impl Precision {
    /// No fraction: the only form of FIX.4.0 and 4.1.
    pub const SECONDS: Self = Self(0);
    /// Three digits: what every version since 4.2 understands.
    pub const MILLIS: Self = Self(3);
    /// Six digits.
    pub const MICROS: Self = Self(6);
    /// Nine digits.
    pub const NANOS: Self = Self(9);

    /// A precision of this many digits; `None` above 9.
    #[must_use]
    pub const fn new(digits: u8) -> Option<Self> {
        if digits <= 9 {
            Some(Self(digits))
        } else {
            None
        }
    }

    /// The number of fraction digits, 0 to 9.
    #[must_use]
    pub const fn digits(self) -> u8 {
        self.0
    }
}

/// A timestamp's text, ready for the wire.
///
/// ```
/// use fixline::wire::{Precision, Stamp, UtcTime};
/// let time = UtcTime::from_nanos(1_784_727_912_123_456_789);
/// assert_eq!(Stamp::new(time, Precision::MILLIS).as_bytes(), b"20260722-13:45:12.123");
/// ```
#[derive(Clone, Copy)]
pub struct Stamp {
    text: [u8; 27],
    len: u8,
}

impl Stamp {
    /// The instant's text; what is finer than `precision` is cut off.
    #[must_use]
    pub fn new(time: UtcTime, precision: Precision) -> Self {
        DateCache::new().stamp(time, precision)
    }

    /// `YYYYMMDD-HH:MM:SS` and, unless the precision is seconds, `.` and the fraction.
    #[must_use]
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.text.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl fmt::Debug for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(core::str::from_utf8(self.as_bytes()).unwrap_or_default())
    }
}

/// The date of the last stamp, so that the stamps of one day compute it once.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct DateCache {
    /// Days since the epoch.
    day: i64,
    /// `YYYYMMDD-` of that day.
    date: [u8; 9],
}

impl DateCache {
    /// A cache that holds the date of the epoch.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            day: 0,
            date: *b"19700101-",
        }
    }

    /// As [`Stamp::new`], several times faster while the day stays the same.
    #[inline]
    pub fn stamp(&mut self, time: UtcTime, precision: Precision) -> Stamp {
        let day = time.0.div_euclid(NANOS_PER_DAY);
        if day != self.day {
            self.turn_to(day);
        }
        let nanos = time.0.rem_euclid(NANOS_PER_DAY);
        let (seconds, fraction) = (nanos / NANOS_PER_SECOND, nanos % NANOS_PER_SECOND);
        let [y0, y1, y2, y3, m0, m1, d0, d1, dash] = self.date;
        let [h0, h1] = digit_pair(seconds / 3_600);
        let [i0, i1] = digit_pair(seconds / 60 % 60);
        let [s0, s1] = digit_pair(seconds % 60);
        let [f0, _] = digit_pair(fraction / 100_000_000 * 10);
        let [f1, f2] = digit_pair(fraction / 1_000_000 % 100);
        let [f3, f4] = digit_pair(fraction / 10_000 % 100);
        let [f5, f6] = digit_pair(fraction / 100 % 100);
        let [f7, f8] = digit_pair(fraction % 100);
        Stamp {
            text: [
                y0, y1, y2, y3, m0, m1, d0, d1, dash, h0, h1, b':', i0, i1, b':', s0, s1, b'.', f0,
                f1, f2, f3, f4, f5, f6, f7, f8,
            ],
            len: match precision.0 {
                0 => 17,
                digits => 18 + digits,
            },
        }
    }

    #[cold]
    fn turn_to(&mut self, day: i64) {
        let (year, month, day_of_month) = civil_from_days(day);
        let [y0, y1] = digit_pair(year / 100);
        let [y2, y3] = digit_pair(year % 100);
        let [m0, m1] = digit_pair(month);
        let [d0, d1] = digit_pair(day_of_month);
        *self = Self {
            day,
            date: [y0, y1, y2, y3, m0, m1, d0, d1, b'-'],
        };
    }
}

impl Default for DateCache {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for DateCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(core::str::from_utf8(&self.date).unwrap_or_default())
    }
}

/// A duration as nanoseconds, at most what an [`UtcTime`] can be moved by.
fn nanos_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

fn two_digits(tens: u8, units: u8) -> Option<u32> {
    let (tens, units) = (tens.wrapping_sub(b'0'), units.wrapping_sub(b'0'));
    (tens <= 9 && units <= 9).then(|| u32::from(tens * 10 + units))
}

/// A number below 100 as two digits.
#[inline]
fn digit_pair(number: i64) -> [u8; 2] {
    [
        b'0' | (number / 10).to_le_bytes()[0],
        b'0' | (number % 10).to_le_bytes()[0],
    ]
}

/// Nanoseconds of `.` and 1 to 12 digits, or of nothing at all, and the number of digits.
fn parse_fraction(text: &[u8]) -> Option<(u32, u8)> {
    let Some((&dot, digits)) = text.split_first() else {
        return Some((0, 0));
    };
    let count = u8::try_from(digits.len()).ok()?;
    if dot != b'.' || !(1..=12).contains(&count) {
        return None;
    }
    let mut nanos = 0;
    let mut unit = 100_000_000;
    for &byte in digits {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        nanos += u32::from(digit) * unit;
        unit /= 10;
    }
    Some((nanos, count))
}

/// Days from 1970-01-01 to a date of the Gregorian calendar, which must exist and lie in the
/// years 1970 to 2261, the last whole year whose nanoseconds fit 64 bits.
fn days_from_civil(year: u32, month: u32, day: u32) -> Option<u32> {
    /// Days before each month of a year that is no leap year.
    const BEFORE_MONTH: [u32; 13] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];

    if !(1970..=2261).contains(&year) || month == 0 || day == 0 {
        return None;
    }
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let before = *BEFORE_MONTH.get(month as usize - 1)?;
    let length = BEFORE_MONTH.get(month as usize)? - before;
    if day > length + u32::from(is_leap && month == 2) {
        return None;
    }
    let passed = year - 1;
    let leap_days = passed / 4 - passed / 100 + passed / 400 - 477;
    let this_leap_day = u32::from(is_leap && month > 2);
    Some((year - 1970) * 365 + leap_days + before + this_leap_day + day - 1)
}

/// Year, month and day of the Gregorian calendar, this many days from 1970-01-01.
///
/// Counts from 0000-03-01, so that a leap day ends its year, its century and its 400 years.
const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    const DAYS_PER_400_YEARS: i64 = 146_097;
    const DAYS_FROM_YEAR_0: i64 = 719_468;

    let days = days + DAYS_FROM_YEAR_0;
    let era = days.div_euclid(DAYS_PER_400_YEARS);
    let day_of_era = days.rem_euclid(DAYS_PER_400_YEARS);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // The months from March on have 153 days per five: 31, 30, 31, 30, 31.
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = era * 400 + year_of_era + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}
