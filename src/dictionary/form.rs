//! What values look like: the data types of each version as checks of bytes.

use super::Datatype;
use crate::wire::two_digit_numbers;

/// The form of a value, as decided for one version when its dictionary is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Anything.
    Text,
    /// Bytes counted by the field before, which the wire does not know to be so.
    Counted,
    /// One byte.
    Char,
    /// `Y` or `N` (S-VAL-33).
    Boolean,
    /// Digits, perhaps behind a `-`.
    Int,
    /// Digits.
    Number,
    /// Digits, not beginning with 0.
    TagNum,
    DayOfMonth,
    /// Digits and at most one point, perhaps behind a `-`.
    Decimal,
    /// Single bytes between single spaces.
    Chars,
    /// Words between single spaces.
    Words,
    /// So many capital letters.
    Country,
    Currency,
    /// Two letters.
    Language,
    Month,
    MonthYear,
    Date,
    Time,
    TimeInSeconds,
    Timestamp,
    TimestampInSeconds,
    TzTime,
    TzTimestamp,
    Tenor,
}

impl Form {
    /// The form of a data type in a version: `FIX.4.0` and `FIX.4.1` have no fractions of
    /// seconds, `FIX.4.2` and earlier no days in a MonthYear.
    pub(super) fn of(datatype: Datatype, version: &str) -> Self {
        let in_seconds = version.starts_with("FIX.4.0") || version.starts_with("FIX.4.1");
        let months = in_seconds || version.starts_with("FIX.4.2");
        match datatype {
            Datatype::Int => Self::Int,
            Datatype::Length | Datatype::NumInGroup | Datatype::SeqNum => Self::Number,
            Datatype::TagNum => Self::TagNum,
            Datatype::DayOfMonth => Self::DayOfMonth,
            Datatype::Float
            | Datatype::Qty
            | Datatype::Price
            | Datatype::PriceOffset
            | Datatype::Amt
            | Datatype::Percentage => Self::Decimal,
            Datatype::Char => Self::Char,
            Datatype::Boolean => Self::Boolean,
            // Markets have codes of more than one list, and lists grow: any text.
            Datatype::String | Datatype::Exchange | Datatype::Data | Datatype::XmlData => {
                Self::Text
            }
            Datatype::MultipleCharValue => Self::Chars,
            Datatype::MultipleStringValue => Self::Words,
            Datatype::Country => Self::Country,
            Datatype::Currency => Self::Currency,
            Datatype::Language => Self::Language,
            Datatype::MonthYear if months => Self::Month,
            Datatype::MonthYear => Self::MonthYear,
            Datatype::UtcTimestamp if in_seconds => Self::TimestampInSeconds,
            Datatype::UtcTimestamp => Self::Timestamp,
            Datatype::UtcTimeOnly if in_seconds => Self::TimeInSeconds,
            Datatype::UtcTimeOnly | Datatype::LocalMktTime => Self::Time,
            Datatype::UtcDateOnly | Datatype::LocalMktDate => Self::Date,
            Datatype::TzTimeOnly => Self::TzTime,
            Datatype::TzTimestamp => Self::TzTimestamp,
            Datatype::Tenor => Self::Tenor,
        }
    }

    /// Whether an enumeration of this form lists words of a value rather than values.
    pub(super) const fn is_multiple(self) -> bool {
        matches!(self, Self::Chars | Self::Words)
    }

    /// Whether a value that is not empty has this form. The numbers, which are most of what is
    /// checked, are seen to on the spot.
    #[inline(always)]
    pub(super) fn accepts(self, value: &[u8]) -> bool {
        if self == Self::Int {
            is_digits(unsigned(value))
        } else if self == Self::Decimal {
            is_decimal(value)
        } else {
            self.accepts_other(value)
        }
    }

    /// Whether a value that does not have this form has one that is in use for it: codes of
    /// markets and of coins, the dates of other versions. Whoever reads it knows what is meant.
    #[cold]
    pub(super) fn tolerates(self, value: &[u8]) -> bool {
        match self {
            // Pence and cents are `GBp` and `ZAc`, coins have any number of letters and digits.
            Self::Currency | Self::Tenor => is_code(value, b""),
            // Parts of countries, and dialects: `US-NY`, `de-CH`.
            Self::Country | Self::Language => is_code(value, b"-_"),
            Self::Month | Self::MonthYear => is_month_in_use(value),
            Self::Date => is_timestamp(value, true),
            Self::Time => is_tz_time(value),
            Self::TimeInSeconds => is_time(value, true),
            Self::TimestampInSeconds => is_timestamp(value, true),
            Self::Chars => Self::Words.accepts(value),
            Self::Text
            | Self::Counted
            | Self::Char
            | Self::Boolean
            | Self::Int
            | Self::Number
            | Self::TagNum
            | Self::DayOfMonth
            | Self::Decimal
            | Self::Words
            | Self::Timestamp
            | Self::TzTime
            | Self::TzTimestamp => false,
        }
    }

    fn accepts_other(self, value: &[u8]) -> bool {
        match self {
            // The numbers were seen to.
            Self::Text | Self::Counted | Self::Int | Self::Decimal => true,
            Self::Char => value.len() == 1,
            Self::Boolean => matches!(value, b"Y" | b"N"),
            Self::Number => is_digits(value),
            Self::Timestamp => is_timestamp(value, true),
            Self::TagNum => is_digits(value) && value.first() != Some(&b'0'),
            Self::DayOfMonth => number(value).is_some_and(|day| (1..=31).contains(&day)),
            Self::Chars => value.split(|&byte| byte == b' ').all(|word| word.len() == 1),
            Self::Words => value.split(|&byte| byte == b' ').all(|word| !word.is_empty()),
            Self::Country => value.len() == 2 && value.iter().all(u8::is_ascii_uppercase),
            Self::Currency => value.len() == 3 && value.iter().all(u8::is_ascii_uppercase),
            Self::Language => value.len() == 2 && value.iter().all(u8::is_ascii_alphabetic),
            Self::Month => value.len() == 6 && is_month_year(value),
            Self::MonthYear => is_month_year(value),
            Self::Date => is_date(value),
            Self::Time => is_time(value, true),
            Self::TimeInSeconds => is_time(value, false),
            Self::TimestampInSeconds => is_timestamp(value, false),
            Self::TzTime => is_tz_time(value),
            Self::TzTimestamp => is_tz_timestamp(value),
            Self::Tenor => is_tenor(value),
        }
    }
}

/// The value behind its `-`, if it has one.
#[inline]
const fn unsigned(value: &[u8]) -> &[u8] {
    match value {
        [b'-', unsigned @ ..] => unsigned,
        _ => value,
    }
}

#[inline]
fn is_digits(value: &[u8]) -> bool {
    !value.is_empty() && value.iter().all(u8::is_ascii_digit)
}

#[inline]
fn is_decimal(value: &[u8]) -> bool {
    let unsigned = unsigned(value);
    let point = unsigned.iter().position(|byte| !byte.is_ascii_digit());
    match point.and_then(|point| unsigned.get(point..)) {
        Some([b'.', decimals @ ..]) => {
            unsigned.len() > 1 && decimals.iter().all(u8::is_ascii_digit)
        }
        Some(_) => false,
        None => !unsigned.is_empty(),
    }
}

/// No code is longer.
const CODE_LEN_MAX: usize = 16;

/// Letters and digits, and what else is named.
fn is_code(value: &[u8], others: &[u8]) -> bool {
    value.len() <= CODE_LEN_MAX
        && value.iter().all(|byte| byte.is_ascii_alphanumeric() || others.contains(byte))
}

/// `YYYYMM`, and behind it perhaps a day, 00 for none, or a week, in either case of the letter.
fn is_month_in_use(value: &[u8]) -> bool {
    value.split_at_checked(6).is_some_and(|(year_month, rest)| {
        is_year_month(year_month)
            && match rest {
                [] => true,
                [b'w' | b'W', week] => (b'1'..=b'6').contains(week),
                day => day.len() == 2 && number(day).is_some_and(|day| day <= 31),
            }
    })
}

/// A number of at most four digits.
fn number(digits: &[u8]) -> Option<u32> {
    if !is_digits(digits) || digits.len() > 4 {
        return None;
    }
    Some(digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0')))
}

/// `YYYYMM`, `YYYYMMDD` or `YYYYMMwN`.
fn is_month_year(value: &[u8]) -> bool {
    match value {
        [year_month @ .., b'w', week] if year_month.len() == 6 => {
            is_year_month(year_month) && (b'1'..=b'5').contains(week)
        }
        _ if value.len() == 6 => is_year_month(value),
        _ => is_date(value),
    }
}

fn is_year_month(value: &[u8]) -> bool {
    value.split_at_checked(4).is_some_and(|(year, month)| {
        number(year).is_some() && number(month).is_some_and(|month| (1..=12).contains(&month))
    })
}

/// `YYYYMMDD`, a day of the Gregorian calendar.
#[inline]
fn is_date(value: &[u8]) -> bool {
    let date = value.try_into().ok().and_then(|date| two_digit_numbers(date, *b"00000000"));
    date.is_some_and(|[century, _, year, _, month, _, day, _]| {
        let is_common =
            (1..=28).contains(&day) || (day > 28 && day <= last_day(century, year, month));
        (1..=12).contains(&month) && is_common
    })
}

fn last_day(century: u8, year: u8, month: u8) -> u8 {
    let leap = if year == 0 { century.is_multiple_of(4) } else { year.is_multiple_of(4) };
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// `HH:MM:SS`, then perhaps a fraction of 1 to 12 digits.
#[inline]
fn is_time(value: &[u8], fraction: bool) -> bool {
    value.split_first_chunk().is_some_and(|(clock, rest)| {
        is_clock(*clock) && (rest.is_empty() || (fraction && is_fraction(rest)))
    })
}

/// `HH:MM:SS`. A leap second is the second behind :59 (S-TIME-08).
#[inline]
fn is_clock(clock: [u8; 8]) -> bool {
    two_digit_numbers(clock, *b"00:00:00").is_some_and(|[hour, _, _, minute, _, _, second, _]| {
        hour <= 23 && minute <= 59 && second <= 60
    })
}

fn is_fraction(value: &[u8]) -> bool {
    value.strip_prefix(b".").is_some_and(|digits| is_digits(digits) && digits.len() <= 12)
}

/// `YYYYMMDD-HH:MM:SS`, then perhaps a fraction.
#[inline]
fn is_timestamp(value: &[u8], fraction: bool) -> bool {
    match value.split_at_checked(9) {
        Some((date, time)) => {
            date.strip_suffix(b"-").is_some_and(is_date) && is_time(time, fraction)
        }
        None => false,
    }
}

/// `HH` or `HH:MM`.
fn is_hour_and_minute(value: &[u8]) -> bool {
    match *value {
        [h0, h1] => is_clock([h0, h1, b':', b'0', b'0', b':', b'0', b'0']),
        [h0, h1, b':', m0, m1] => is_clock([h0, h1, b':', m0, m1, b':', b'0', b'0']),
        _ => false,
    }
}

/// `HH:MM`, perhaps `:SS` and a fraction, then perhaps `Z` or a distance `+HH` or `+HH:MM`.
fn is_tz_time(value: &[u8]) -> bool {
    let zone = value.iter().position(|byte| matches!(byte, b'Z' | b'+' | b'-'));
    let (time, zone) = value.split_at(zone.unwrap_or(value.len()));
    let is_clock = match time.len() {
        5 => is_hour_and_minute(time),
        _ => is_time(time, true),
    };
    is_clock
        && match zone {
            [] | b"Z" => true,
            [b'+' | b'-', distance @ ..] => is_hour_and_minute(distance),
            _ => false,
        }
}

fn is_tz_timestamp(value: &[u8]) -> bool {
    match value.split_at_checked(9) {
        Some((date, time)) => date.strip_suffix(b"-").is_some_and(is_date) && is_tz_time(time),
        None => false,
    }
}

/// Days, months, weeks or years, and how many.
fn is_tenor(value: &[u8]) -> bool {
    match value {
        [b'D' | b'M' | b'W' | b'Y', count @ ..] => is_digits(count),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a type accepts and refuses in a version.
    #[track_caller]
    fn check(datatype: Datatype, version: &str, good: &[&str], bad: &[&str]) {
        let form = Form::of(datatype, version);
        for value in good {
            assert!(form.accepts(value.as_bytes()), "{datatype:?} {version} {value}");
        }
        for value in bad {
            assert!(!form.accepts(value.as_bytes()), "{datatype:?} {version} {value}");
        }
    }

    #[test]
    fn numbers_have_digits_and_no_plus() {
        check(Datatype::Int, "FIX.4.4", &["0", "-5", "007"], &["+5", "5.0", "-", "x", "1 "]);
        for datatype in [Datatype::Length, Datatype::NumInGroup, Datatype::SeqNum] {
            check(datatype, "FIX.4.4", &["0", "12", "007"], &["-1", "+1", "1.5", "x"]);
        }
        check(Datatype::TagNum, "FIX.4.4", &["1", "40000"], &["0", "01", "-1"]);
        check(Datatype::DayOfMonth, "FIX.4.4", &["1", "31", "07"], &["0", "32", "x"]);
    }

    #[test]
    fn decimals_have_one_point_at_most_and_no_plus() {
        for datatype in [Datatype::Qty, Datatype::Price, Datatype::Amt, Datatype::Percentage] {
            let good = ["002000.00", "-4.5", ".5", "23.", "1", "12345678901234567890.1"];
            check(datatype, "FIX.4.2", &good, &["+200.00", "1e5", "1,5", ".", "-", "1.2.3", "--1"]);
        }
    }

    #[test]
    fn booleans_and_characters_are_one_byte() {
        check(Datatype::Boolean, "FIX.4.2", &["Y", "N"], &["y", "YES", "1"]);
        check(Datatype::Char, "FIX.4.2", &["1", "w"], &["ab"]);
        check(Datatype::String, "FIX.4.0", &["any text"], &[]);
    }

    #[test]
    fn times_have_fractions_from_4_2_on() {
        let seconds = "20260722-13:45:12";
        let millis = "20260722-13:45:12.123";
        check(Datatype::UtcTimestamp, "FIX.4.1", &[seconds], &[millis]);
        let good = [seconds, millis, "20260722-23:59:60", "20260722-13:45:12.123456789012"];
        let bad = [
            "20040415",
            "20260722-24:00:00",
            "20260229-13:45:12",
            "20260722-13:45:12.",
            "20260722-13:45:12.1234567890123",
            "20260722 13:45:12",
        ];
        check(Datatype::UtcTimestamp, "FIX.4.2", &good, &bad);
        check(Datatype::UtcTimestamp, "FIX.4.4", &["19690101-00:00:00", "29990101-00:00:00"], &[]);
        check(Datatype::UtcTimeOnly, "FIX.4.1", &["13:45:12"], &["13:45:12.123", "13:45"]);
        check(Datatype::UtcTimeOnly, "FIX.4.4", &["13:45:12.123"], &["1:45:12", "13:60:00"]);
    }

    #[test]
    fn dates_are_days_of_the_calendar() {
        for datatype in [Datatype::UtcDateOnly, Datatype::LocalMktDate] {
            let bad = ["20230229", "20240431", "20241301", "2024010", "2024-1-1"];
            check(datatype, "FIX.4.4", &["20240229", "19000101", "29991231"], &bad);
        }
        check(Datatype::MonthYear, "FIX.4.2", &["202412"], &["202413", "20241201", "202412w1"]);
        let good = ["202412", "20241231", "202412w5"];
        check(Datatype::MonthYear, "FIX.4.4", &good, &["202400", "202412w6", "20241232", "2024"]);
    }

    #[test]
    fn times_may_name_their_distance_from_utc() {
        let good = ["07:39", "07:39:05", "07:39Z", "13:39+06", "13:09:00.5+05:30", "02:39-05"];
        check(Datatype::TzTimeOnly, "FIX.5.0", &good, &["7:39", "07:39+24", "07:39z", "07:39+5"]);
        let good = ["20060901-07:39Z", "20060901-13:39:00+06", "20060901-07:39"];
        check(Datatype::TzTimestamp, "FIX.5.0", &good, &["20060931-07:39Z", "07:39Z", "20060901"]);
    }

    /// FILE-09
    #[test]
    fn forms_in_use_are_told_from_those_of_the_standard_and_from_nonsense() {
        for (datatype, version, in_use, nonsense) in [
            (
                Datatype::Currency,
                "FIX.4.4",
                &["GBp", "ZAc", "ILs", "usd", "USDT", "1INCH", "1000SHIB", "S"][..],
                &["G B", "GBP ", "\u{20ac}", "EUR/USD", "ABCDEFGHIJKLMNOPQ"][..],
            ),
            (Datatype::Country, "FIX.4.4", &["USA", "uk", "US-NY", "840"], &["U S", "US;"]),
            (Datatype::Language, "FIX.4.4", &["eng", "en-US", "de_CH"], &["en US"]),
            (Datatype::MonthYear, "FIX.4.2", &["20241201", "202412w1"], &["202413", "2024"]),
            (
                Datatype::MonthYear,
                "FIX.4.4",
                &["20241200", "202412W1", "202412w6"],
                &["20241232", "202412w7", "DEC24", "202412-01"],
            ),
            (Datatype::LocalMktDate, "FIX.4.4", &["20241231-09:30:00"], &["2024-12-31", "x"]),
            (Datatype::LocalMktTime, "FIX.5.0", &["09:30", "09:30:00+01"], &["9:30", "0930"]),
            (Datatype::UtcTimestamp, "FIX.4.1", &["20241231-09:30:00.123"], &["20241231", "x"]),
            (Datatype::UtcTimeOnly, "FIX.4.0", &["09:30:00.123"], &["09:30"]),
            (Datatype::Tenor, "FIX.4.4", &["1M", "SPOT", "ON", "IMM1"], &["1 M", "1/M"]),
            (Datatype::MultipleCharValue, "FIX.4.4", &["AB C"], &["A  B", " A"]),
            (Datatype::Qty, "FIX.4.4", &[], &["+5", "1e5"]),
            (Datatype::Boolean, "FIX.4.4", &[], &["y"]),
        ] {
            let form = Form::of(datatype, version);
            for value in in_use {
                let (accepts, tolerates) =
                    (form.accepts(value.as_bytes()), form.tolerates(value.as_bytes()));
                assert!(!accepts && tolerates, "{datatype:?} {version} {value}");
            }
            for value in nonsense {
                let found = form.accepts(value.as_bytes()) || form.tolerates(value.as_bytes());
                assert!(!found, "{datatype:?} {version} {value}");
            }
        }
    }

    #[test]
    fn codes_and_lists_have_their_forms() {
        check(Datatype::Country, "FIX.4.4", &["US"], &["USA", "us", "U"]);
        check(Datatype::Currency, "FIX.4.4", &["USD"], &["US", "usd", "US1"]);
        check(Datatype::Language, "FIX.5.0SP2", &["en"], &["eng", "e1"]);
        check(Datatype::Tenor, "FIX.4.4", &["D5", "M13", "W1", "Y1"], &["5D", "D", "X1", "D-1"]);
        check(Datatype::MultipleCharValue, "FIX.4.4", &["A", "A B"], &["AB", "A  B", " A", "A "]);
        check(Datatype::MultipleStringValue, "FIX.4.4", &["AV AN A"], &["AV  AN", " AV"]);
    }
}
