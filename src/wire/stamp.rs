//! Writing timestamps: `YYYYMMDD-HH:MM:SS[.fraction]`.

use core::fmt;

use super::calendar::civil_from_days;
use super::timestamp::{NANOS_PER_DAY, NANOS_PER_SECOND, UtcTime};

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
        let day = time.as_nanos().div_euclid(NANOS_PER_DAY);
        if day != self.day {
            self.turn_to(day);
        }
        let nanos = time.as_nanos().rem_euclid(NANOS_PER_DAY);
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

/// A number below 100 as two digits.
#[inline]
fn digit_pair(number: i64) -> [u8; 2] {
    [
        b'0' | (number / 10).to_le_bytes()[0],
        b'0' | (number % 10).to_le_bytes()[0],
    ]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stamps_are_cut_to_their_precision() {
        let time = UtcTime::from_nanos(1_784_727_912_123_456_789);
        for (digits, text) in [
            (0, "20260722-13:45:12"),
            (1, "20260722-13:45:12.1"),
            (3, "20260722-13:45:12.123"),
            (6, "20260722-13:45:12.123456"),
            (9, "20260722-13:45:12.123456789"),
        ] {
            let stamp = Stamp::new(time, Precision::new(digits).unwrap());
            assert_eq!(stamp.as_bytes(), text.as_bytes());
        }
        assert_eq!(Precision::new(10), None);
    }

    proptest! {
        #[test]
        fn stamps_read_back_as_the_truncated_instant(
            nanos in 0i64..9_214_646_400_000_000_000, digits in 0u8..=9,
        ) {
            let time = UtcTime::from_nanos(nanos);
            let stamp = Stamp::new(time, Precision::new(digits).unwrap());
            prop_assert_eq!(
                UtcTime::parse_with_digits(stamp.as_bytes()),
                Some((time.truncate(digits), digits))
            );
        }

        #[test]
        fn a_cache_of_any_day_gives_the_same_stamp(first in any::<i64>(), second in any::<i64>()) {
            let mut cache = DateCache::new();
            cache.stamp(UtcTime::from_nanos(first), Precision::NANOS);
            let time = UtcTime::from_nanos(second);
            let (cached, full) = (cache.stamp(time, Precision::NANOS), Stamp::new(time, Precision::NANOS));
            prop_assert_eq!(cached.as_bytes(), full.as_bytes());
        }
    }
}
