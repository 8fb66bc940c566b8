//! The Gregorian calendar: days to dates and back.

/// Days from 1970-01-01 to a date of the Gregorian calendar, which must exist and lie in the
/// years 1970 to 2261, the last whole year whose nanoseconds fit 64 bits.
pub(super) fn days_from_civil(year: u32, month: u32, day: u32) -> Option<u32> {
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
pub(super) const fn civil_from_days(days: i64) -> (i64, i64, i64) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_from_1970_to_2261_converts_both_ways() {
        let mut expected = (1970, 1, 1);
        for day in 0..106_651i64 {
            let (year, month, date) = expected;
            assert_eq!(civil_from_days(day), expected);
            let [year, month, date] = [year, month, date].map(|part| u32::try_from(part).unwrap());
            assert_eq!(days_from_civil(year, month, date).map(i64::from), Some(day));
            expected = the_day_after(expected);
        }
        assert_eq!(expected, (2262, 1, 1));
    }

    fn the_day_after((year, month, day): (i64, i64, i64)) -> (i64, i64, i64) {
        let is_leap = year % 4 == 0 && year % 100 != 0 || year % 400 == 0;
        let last = match month {
            2 => 28 + i64::from(is_leap),
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        match (month, day) {
            (12, 31) => (year + 1, 1, 1),
            (_, day) if day == last => (year, month + 1, 1),
            _ => (year, month, day + 1),
        }
    }
}
