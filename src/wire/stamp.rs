//! Writing timestamps: `YYYYMMDD-HH:MM:SS[.fraction]`.

use core::fmt;

use super::calendar::civil_from_days;
use super::number::digit_pair;
use super::timestamp::{NANOS_PER_SECOND, SECONDS_PER_DAY, UtcTime};

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
        if digits <= 9 { Some(Self(digits)) } else { None }
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

    /// The text of a second, and a fraction of it.
    #[inline]
    fn of(second: [u8; 17], nanos: u32, precision: Precision) -> Self {
        let pair = |number: u32| digit_pair((number % 100).to_le_bytes()[0]);
        let [_, f0] = pair(nanos / 100_000_000);
        let [[f1, f2], [f3, f4]] = [pair(nanos / 1_000_000), pair(nanos / 10_000)];
        let [[f5, f6], [f7, f8]] = [pair(nanos / 100), pair(nanos)];
        let mut text = [b'.'; 27];
        if let Some(start) = text.first_chunk_mut() {
            *start = second;
        }
        if let Some(end) = text.last_chunk_mut() {
            *end = [f0, f1, f2, f3, f4, f5, f6, f7, f8];
        }
        let len = match precision.digits() {
            0 => 17,
            digits => 18 + digits,
        };
        Self { text, len }
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

/// The second of the last stamp, so that the stamps of one second compute it once.
///
/// All caches are equal: what they hold is never seen.
#[derive(Clone, Copy)]
pub struct DateCache {
    /// Seconds since the epoch.
    second: i64,
    /// `YYYYMMDD-HH:MM:SS` of that second.
    text: [u8; 17],
}

impl PartialEq for DateCache {
    fn eq(&self, _other: &Self) -> bool {
        true
    }
}

impl Eq for DateCache {}

impl core::hash::Hash for DateCache {
    fn hash<H: core::hash::Hasher>(&self, _state: &mut H) {}
}

impl DateCache {
    /// A cache that holds the epoch.
    #[must_use]
    pub const fn new() -> Self {
        Self { second: 0, text: *b"19700101-00:00:00" }
    }

    /// As [`Stamp::new`], several times faster while the second stays the same.
    #[inline]
    pub fn stamp(&mut self, time: UtcTime, precision: Precision) -> Stamp {
        let second = time.as_nanos().div_euclid(NANOS_PER_SECOND);
        if second != self.second {
            *self = Self::at(second);
        }
        let nanos = time.as_nanos().rem_euclid(NANOS_PER_SECOND);
        Stamp::of(self.text, u32::try_from(nanos).unwrap_or_default(), precision)
    }

    /// A cache that holds this second.
    fn at(second: i64) -> Self {
        let (year, month, day) = civil_from_days(second.div_euclid(SECONDS_PER_DAY));
        let of_day = second.rem_euclid(SECONDS_PER_DAY);
        let [y0, y1] = pair(year / 100);
        let [y2, y3] = pair(year);
        let [[m0, m1], [d0, d1]] = [pair(month), pair(day)];
        let [[h0, h1], [i0, i1]] = [pair(of_day / 3_600), pair(of_day / 60 % 60)];
        let [s0, s1] = pair(of_day % 60);
        let text = [y0, y1, y2, y3, m0, m1, d0, d1, b'-', h0, h1, b':', i0, i1, b':', s0, s1];
        Self { second, text }
    }
}

impl Default for DateCache {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for DateCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(core::str::from_utf8(&self.text).unwrap_or_default())
    }
}

/// The last two digits of a number.
fn pair(number: i64) -> [u8; 2] {
    let [low, ..] = number.rem_euclid(100).to_le_bytes();
    digit_pair(low)
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
