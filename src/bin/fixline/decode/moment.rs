//! Times as messages, logs and people write them.

/// Microseconds of a day.
const DAY: u64 = 86_400_000_000;

/// A time of a day, and the day if it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    /// As a number such as 20261123.
    date: Option<u32>,
    /// Microseconds since midnight.
    pub(super) time: u64,
}

impl Moment {
    /// `20261123-10:00:00.123`, as SendingTime(52) has it.
    pub(super) fn of_wire(value: &[u8]) -> Option<Self> {
        let (date, rest) = value.split_at_checked(8)?;
        let time = time(rest.strip_prefix(b"-")?)?.0;
        Some(Self { date: Some(number(date)?), time })
    }

    /// What people write: a day, a time, or both.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is no time such as 10:00, 2026-11-23 or 20261123-10:00:00.123, in UTC"
            )
        };
        let bytes = text.trim_end_matches('Z').as_bytes();
        let (date, rest) = match date(bytes) {
            Some((date, rest)) => (Some(date), rest),
            None => (None, bytes),
        };
        let rest = match rest {
            [b'-' | b'T' | b' ', rest @ ..] if date.is_some() => rest,
            rest => rest,
        };
        if rest.is_empty() && date.is_some() {
            return Ok(Self { date, time: 0 });
        }
        match time(rest) {
            Some((time, [])) => Ok(Self { date, time }),
            _ => Err(wrong()),
        }
    }

    /// The first time of a day in a line of a log, and where it stands.
    pub(super) fn find(line: &[u8]) -> Option<(Self, &[u8])> {
        let colons = memchr::memchr_iter(b':', line).take(16);
        for colon in colons {
            let Some(begin) = colon.checked_sub(2) else { continue };
            if line.get(begin.wrapping_sub(1)).is_some_and(u8::is_ascii_digit) {
                continue;
            }
            let rest = line.get(begin..)?;
            // Hours and minutes alone are as often something else.
            let has_seconds = rest.get(5) == Some(&b':');
            if let Some((time, after)) = time(rest).filter(|_| has_seconds) {
                let text = &rest[..rest.len() - after.len()];
                let date = line.get(..begin).and_then(last_date);
                return Some((Self { date, time }, text));
            }
        }
        None
    }

    /// Whether it is earlier; by the time of the day alone where one of them has no day.
    pub(super) fn is_before(self, other: Self) -> bool {
        match (self.date, other.date) {
            (Some(own), Some(others)) if own != others => own < others,
            _ => self.time < other.time,
        }
    }

    /// Microseconds since an earlier one on the same day or the day before; `None` if it is later
    /// by more than half a day.
    pub(super) fn since(self, earlier: Self) -> Option<u64> {
        let passed = (self.time + DAY).checked_sub(earlier.time)? % DAY;
        (passed < DAY / 2).then_some(passed)
    }
}

/// A date as digits, or parted by `-` or `/`, and what follows.
fn date(text: &[u8]) -> Option<(u32, &[u8])> {
    if let Some((digits, rest)) = text.split_at_checked(8)
        && let Some(date) = number(digits)
    {
        return Some((date, rest));
    }
    let (parted, rest) = text.split_at_checked(10)?;
    let [y1, y2, y3, y4, b'-' | b'/' | b'.', m1, m2, b'-' | b'/' | b'.', d1, d2] = *parted else {
        return None;
    };
    Some((number(&[y1, y2, y3, y4, m1, m2, d1, d2])?, rest))
}

/// The date that stands right before a time.
fn last_date(text: &[u8]) -> Option<u32> {
    let text = text
        .strip_suffix(b" ")
        .or_else(|| text.strip_suffix(b"T"))
        .or_else(|| text.strip_suffix(b"-"))?;
    let tail = |len: usize| text.get(text.len().checked_sub(len)?..);
    let parted = tail(10).and_then(date).filter(|(_, rest)| rest.is_empty());
    let plain = || tail(8).and_then(date).filter(|(_, rest)| rest.is_empty());
    parted.or_else(plain).map(|(date, _)| date)
}

/// `HH:MM`, `HH:MM:SS` or with a fraction, in microseconds, and what follows.
fn time(text: &[u8]) -> Option<(u64, &[u8])> {
    let two = |from: usize, below: u32| -> Option<u64> {
        let value = number(text.get(from..from + 2)?)?;
        (value < below).then_some(u64::from(value))
    };
    let (hours, minutes) = (two(0, 24)?, two(3, 60)?);
    (text.get(2) == Some(&b':')).then_some(())?;
    let minutes = (hours * 60 + minutes) * 60_000_000;
    if text.get(5) != Some(&b':') {
        return Some((minutes, &text[5..]));
    }
    // 60 is a leap second.
    let seconds = minutes + two(6, 61)? * 1_000_000;
    let rest = &text[8..];
    let Some(fraction) = rest.strip_prefix(b".").or_else(|| rest.strip_prefix(b",")) else {
        return Some((seconds, rest));
    };
    let len = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if len == 0 {
        return Some((seconds, rest));
    }
    let mut micros = 0;
    for index in 0..6 {
        let digit = fraction.get(index).filter(|_| index < len);
        micros = micros * 10 + digit.map_or(0, |digit| u64::from(digit - b'0'));
    }
    Some((seconds + micros, &fraction[len..]))
}

fn number(digits: &[u8]) -> Option<u32> {
    let mut number = None;
    for digit in digits {
        let digit = digit.is_ascii_digit().then(|| u32::from(digit - b'0'))?;
        number = Some(number.unwrap_or(0_u32).checked_mul(10)?.checked_add(digit)?);
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_found_in_what_logs_write() {
        for (line, text, date) in [
            ("2026-11-23 10:00:00,123 IN ", "10:00:00,123", Some(20_261_123)),
            ("2026-11-23T10:00:00.123456Z [a:b] ", "10:00:00.123456", Some(20_261_123)),
            ("20261123-10:00:00 : ", "10:00:00", Some(20_261_123)),
            ("[main:12] 10:00:00.1 ", "10:00:00.1", None),
        ] {
            let (moment, found) = Moment::find(line.as_bytes()).unwrap();
            assert_eq!((str::from_utf8(found), moment.date), (Ok(text), date), "{line}");
        }
        for line in ["", "10:00", "a:b:c", "110:00:00", "25:00:00", ":::::"] {
            assert_eq!(Moment::find(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn what_is_no_time_is_said() {
        assert!(Moment::parse("noon").unwrap_err().starts_with("`noon` is no time"));
        assert!(Moment::parse("10:00 Uhr").is_err());
        assert!(Moment::parse("").is_err());
        let read = |text| Moment::parse(text).unwrap();
        assert_eq!(read("00:00:01").since(read("23:59:59")), Some(2_000_000));
        assert_eq!(read("10:00").since(read("10:01")), None);
    }
}
