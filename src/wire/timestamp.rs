//! Instants, and reading them from `YYYYMMDD-HH:MM:SS[.fraction]`.

use core::fmt;
use core::time::Duration;

use super::calendar::{civil_from_days, days_from_civil};
use super::number::{parse_uint, two_digit_numbers};

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
    #[inline]
    pub fn parse_with_digits(text: &[u8]) -> Option<(Self, u8)> {
        let pairs = |text, pattern| Some(two_digit_numbers(text, pattern)?.map(u32::from));
        let (date, rest) = text.split_first_chunk()?;
        let (clock, fraction) = rest.strip_prefix(b"-")?.split_first_chunk()?;
        let [century, _, year, _, month, _, day, _] = pairs(*date, *b"00000000")?;
        let [hour, _, _, minute, _, _, second, _] = pairs(*clock, *b"00:00:00")?;
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let days = days_from_civil(century * 100 + year, month, day)?;
        let (nanos, digits) = parse_fraction(fraction)?;
        let second_of_day = i64::from((hour * 60 + minute) * 60 + second);
        let seconds = i64::from(days) * SECONDS_PER_DAY + second_of_day;
        Some((Self(seconds * NANOS_PER_SECOND + nanos), digits))
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
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
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

/// A duration as nanoseconds, at most what an [`UtcTime`] can be moved by.
fn nanos_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

/// Nanoseconds of `.` and 1 to 12 digits, or of nothing at all, and the number of digits.
fn parse_fraction(text: &[u8]) -> Option<(i64, u8)> {
    /// Nanoseconds in a unit of the last of so many digits.
    const UNITS: [i64; 10] =
        [1_000_000_000, 100_000_000, 10_000_000, 1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];
    if let &[b'.', a, b, c] = text
        && let [a, b, c] = [a, b, c].map(|digit| digit.wrapping_sub(b'0'))
        && a.max(b).max(c) <= 9
    {
        // Milliseconds, which most stamps have, take a short cut.
        let millis = (i64::from(a) * 10 + i64::from(b)) * 10 + i64::from(c);
        return Some((millis * 1_000_000, 3));
    }
    let Some((&dot, digits)) = text.split_first() else {
        return Some((0, 0));
    };
    if dot != b'.' || digits.len() > 12 {
        return None;
    }
    let number = i64::try_from(parse_uint(digits)?).ok()?;
    let nanos = match UNITS.get(digits.len()) {
        Some(unit) => number * unit,
        None => number / UNITS.get(18 - digits.len())?,
    };
    Some((nanos, u8::try_from(digits.len()).ok()?))
}

pub(super) const NANOS_PER_SECOND: i64 = 1_000_000_000;
pub(super) const SECONDS_PER_DAY: i64 = 86_400;
const NANOS_PER_DAY: i64 = SECONDS_PER_DAY * NANOS_PER_SECOND;

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString as _;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_instants_are_read() {
        for (text, seconds) in [
            ("19700101-00:00:00", 0),
            ("19700101-00:00:01", 1),
            ("20000229-12:34:56", 951_827_696),
            ("20260722-13:45:12", 1_784_727_912),
            ("21000228-23:59:59", 4_107_542_399),
            ("21000301-00:00:00", 4_107_542_400),
            ("22611231-23:59:59", 9_214_646_399),
        ] {
            let time = UtcTime::from_nanos(seconds * NANOS_PER_SECOND);
            assert_eq!(UtcTime::parse(text.as_bytes()), Some(time), "{text}");
        }
    }

    #[test]
    fn any_count_of_fraction_digits_up_to_twelve_is_read() {
        for (fraction, nanos, digits) in [
            ("", 0, 0),
            (".5", 500_000_000, 1),
            (".000", 0, 3),
            (".123", 123_000_000, 3),
            (".123456", 123_456_000, 6),
            (".123456789", 123_456_789, 9),
            (".123456789987", 123_456_789, 12),
            (".999999999999", 999_999_999, 12),
        ] {
            let text = format!("19700101-00:00:00{fraction}");
            let read = UtcTime::parse_with_digits(text.as_bytes());
            assert_eq!(read, Some((UtcTime::from_nanos(nanos), digits)), "{text}");
        }
    }

    #[test]
    fn second_60_is_the_following_second() {
        assert_eq!(
            UtcTime::parse(b"20161231-23:59:60.500"),
            UtcTime::parse(b"20170101-00:00:00.500")
        );
        assert_eq!(
            UtcTime::parse(b"22611231-23:59:60").map(UtcTime::as_nanos),
            Some(9_214_646_400_000_000_000)
        );
    }

    #[test]
    fn what_is_no_timestamp_is_refused() {
        for text in [
            "",
            "20260722",
            "20260722-13:45",
            "20260722-13:45:12.",
            "20260722-13:45:12.1234567890123",
            "20260722-13:45:12,123",
            "20260722-13:45:12Z",
            "20260722-13:45:12.12a",
            "20260722-13:45:12.-12",
            "20260722 13:45:12",
            "20260722-13-45:12",
            "20260722-13:45-12",
            "20260722-24:00:00",
            "20260722-13:60:00",
            "20260722-13:45:61",
            "20260022-13:45:12",
            "20261322-13:45:12",
            "20260700-13:45:12",
            "20260732-13:45:12",
            "20260431-13:45:12",
            "20260229-13:45:12",
            "21000229-13:45:12",
            "19691231-23:59:59",
            "22620101-00:00:00",
            "99990101-00:00:00",
            "2026072a-13:45:12",
            "2026 722-13:45:12",
            "+0260722-13:45:12",
            "20260722-1\u{663}:45:12",
        ] {
            assert_eq!(UtcTime::parse(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn instants_of_different_precision_compare_after_truncation() {
        let fine = UtcTime::parse(b"20260722-13:45:12.123456").unwrap();
        let coarse = UtcTime::parse(b"20260722-13:45:12.123").unwrap();
        assert!(coarse < fine);
        assert_eq!(fine.truncate(3), coarse);
        assert_eq!(fine.truncate(9), fine);
        assert_eq!(fine.truncate(12), fine);
        assert_eq!(UtcTime::from_nanos(-1).truncate(0), UtcTime::from_nanos(-1_000_000_000));
        assert_eq!(UtcTime::from_nanos(i64::MIN).truncate(0), UtcTime::from_nanos(i64::MIN));
    }

    #[test]
    fn arithmetic_stops_at_the_ends() {
        let last = UtcTime::from_nanos(i64::MAX);
        let first = UtcTime::from_nanos(i64::MIN);
        assert_eq!(UtcTime::EPOCH.saturating_add(Duration::MAX), last);
        assert_eq!(last.saturating_add(Duration::from_nanos(1)), last);
        assert_eq!(first.saturating_sub(Duration::from_nanos(1)), first);
        assert_eq!(UtcTime::EPOCH.saturating_add(Duration::from_secs(2)).as_nanos(), 2_000_000_000);
        assert_eq!(last.abs_diff(first), Duration::from_nanos(u64::MAX));
        assert_eq!(first.abs_diff(last), Duration::from_nanos(u64::MAX));
    }

    #[test]
    fn people_read_iso_dates() {
        for (nanos, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (1_784_727_912_123_456_789, "2026-07-22T13:45:12.123456789Z"),
            (1_784_727_912_100_000_000, "2026-07-22T13:45:12.1Z"),
            (1_784_727_912_000_000_100, "2026-07-22T13:45:12.0000001Z"),
            (-1, "1969-12-31T23:59:59.999999999Z"),
            (i64::MIN, "1677-09-21T00:12:43.145224192Z"),
            (i64::MAX, "2262-04-11T23:47:16.854775807Z"),
        ] {
            assert_eq!(UtcTime::from_nanos(nanos).to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_parsing_fail_badly(text in "[-0-9:. ]{0,32}") {
            if let Some((time, digits)) = UtcTime::parse_with_digits(text.as_bytes()) {
                prop_assert!((0..=9_214_646_400_999_999_999).contains(&time.as_nanos()));
                prop_assert!(digits <= 12);
            }
        }
    }
}
