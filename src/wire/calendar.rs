//! The Gregorian calendar: days to dates and back.

/// Days from 1970-01-01 to a date of the Gregorian calendar, which must exist and lie in the
/// years 1970 to 2261, the last whole year whose nanoseconds fit 64 bits.
#[inline]
pub(super) fn days_from_civil(year: u32, month: u32, day: u32) -> Option<u32> {
    if !(1970..=2261).contains(&year) {
        return None;
    }
    let &(days_before, days) = MONTHS.get(month as usize)?;
    let is_leap = year.is_multiple_of(4) && year != 2100 && year != 2200;
    if day == 0 || day > days + u32::from(is_leap && month == 2) {
        return None;
    }
    // Every fourth year since 1972, but for two.
    let leap_days = (year - 1969) / 4 - u32::from(year > 2100) - u32::from(year > 2200);
    let leap_day = u32::from(is_leap && month > 2);
    Some((year - 1970) * 365 + leap_days + days_before + leap_day + day - 1)
}

/// By the number of a month: the days before it in a year without a leap day, and how many it has.
/// No month is number 0.
const MONTHS: [(u32, u32); 13] = [
    (0, 0),
    (0, 31),
    (31, 28),
    (59, 31),
    (90, 30),
    (120, 31),
    (151, 30),
    (181, 31),
    (212, 31),
    (243, 30),
    (273, 31),
    (304, 30),
    (334, 31),
];

/// Year, month and day of the Gregorian calendar, this many days from 1970-01-01.
pub(super) const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    const DAYS_PER_400_YEARS: i64 = 146_097;

    let days = days + EPOCH;
    let era = days.div_euclid(DAYS_PER_400_YEARS);
    let day_of_era = days.rem_euclid(DAYS_PER_400_YEARS);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let year = era * 400 + year_of_era;
    if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) }
}

/// Days from 0000-03-01 to 1970-01-01.
const EPOCH: i64 = 719_468;

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
