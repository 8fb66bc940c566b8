//! Time zones: what clocks on the wall show, and when.

use alloc::borrow::ToOwned as _;
use alloc::string::{String, ToString as _};
use core::fmt;

use jiff::Timestamp;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};

use super::day::{Date, TimeOfDay};
use super::error::ScheduleError;
use crate::wire::UtcTime;

/// A time zone, with its daylight saving.
///
/// With the feature `std` its rules are those of the machine where that has any, so that they are as
/// new as its updates; else those that come with the crate.
///
/// ```
/// use fixline::schedule::Zone;
/// use fixline::wire::UtcTime;
///
/// let zone = Zone::named("Europe/London")?;
/// let summer = UtcTime::parse(b"20260722-13:45:12").unwrap();
/// assert_eq!(zone.show(summer), "Wed 2026-07-22 14:45:12 BST");
/// assert!(Zone::named("Atlantis/Capital").is_err());
/// # Ok::<(), fixline::schedule::ScheduleError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// UTC.
    pub const UTC: Self = Self(TimeZone::UTC);

    /// The zone of this name, as the IANA has it; upper and lower case are the same.
    ///
    /// # Errors
    ///
    /// There is none.
    pub fn named(name: &str) -> Result<Self, ScheduleError> {
        let found = jiff::tz::db().get(name).or_else(|_| TimeZoneDatabase::bundled().get(name));
        found.map(Self).map_err(|_| ScheduleError::Zone(name.to_owned()))
    }

    /// The zone of this machine.
    ///
    /// # Errors
    ///
    /// The machine does not say which one it is.
    #[cfg(feature = "std")]
    pub fn local() -> Result<Self, ScheduleError> {
        TimeZone::try_system()
            .map(Self)
            .map_err(|error| ScheduleError::LocalZone(error.to_string()))
    }

    /// Its name; `local` for that of a machine that does not name it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("local")
    }

    /// What people there read at this instant: `Wed 2026-07-22 14:45:12 BST`.
    #[must_use]
    pub fn show(&self, at: UtcTime) -> String {
        let zoned = timestamp(at).to_zoned(self.0.clone());
        zoned.strftime("%a %Y-%m-%d %H:%M:%S %Z").to_string()
    }

    /// The date there.
    pub(super) fn date(&self, at: UtcTime) -> Date {
        Date(self.0.to_datetime(timestamp(at)).date())
    }

    /// The first instant at which the clocks there have reached this time of this day. Where they
    /// leave the time out, it is the instant at which they jump over it; where they show it twice,
    /// the first of the two. So a later time is never reached earlier.
    ///
    /// `None` for a day that the zone leaves out as a whole, and beyond what can be told.
    pub(super) fn reaches(&self, date: Date, time: TimeOfDay) -> Option<UtcTime> {
        let at = self.first(date, time)?;
        let is_left_out = self.date(at) != date
            && self.first(date, TimeOfDay::MIDNIGHT)
                == self.first(date.next()?, TimeOfDay::MIDNIGHT);
        (!is_left_out).then_some(at)
    }

    fn first(&self, date: Date, time: TimeOfDay) -> Option<UtcTime> {
        let clock = date.0.to_datetime(time.0);
        let at = match self.0.to_ambiguous_timestamp(clock).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(clock).ok()?,
            AmbiguousOffset::Fold { before, .. } => before.to_timestamp(clock).ok()?,
            AmbiguousOffset::Gap { after, .. } => {
                let early = after.to_timestamp(clock).ok()?;
                self.0.following(early).next()?.timestamp()
            }
        };
        i64::try_from(at.as_nanosecond()).ok().map(UtcTime::from_nanos)
    }
}

/// The name.
impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// All nanoseconds of 64 bits lie within what there is.
fn timestamp(at: UtcTime) -> Timestamp {
    Timestamp::from_nanosecond(at.as_nanos().into()).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When clocks of the zone reach what `text` says, as `YYYYMMDD-HH:MM:SS`.
    fn reached(zone: &str, text: &str) -> Option<String> {
        let shown = UtcTime::parse(text.as_bytes()).unwrap();
        let date = Zone::UTC.date(shown);
        let time = text[9..].parse().unwrap();
        Zone::named(zone).unwrap().reaches(date, time).map(|at| at.to_string())
    }

    #[test]
    fn a_time_that_is_left_out_is_reached_when_clocks_jump_over_it() {
        for time in ["02:00:00", "02:30:00", "02:59:59", "03:00:00"] {
            let at = reached("America/New_York", &alloc::format!("20260308-{time}"));
            assert_eq!(at.unwrap(), "2026-03-08T07:00:00Z", "{time}");
        }
        assert_eq!(
            reached("America/New_York", "20260308-01:59:59").unwrap(),
            "2026-03-08T06:59:59Z"
        );
        // Half an hour only.
        for time in ["02:00:00", "02:29:59", "02:30:00"] {
            let at = reached("Australia/Lord_Howe", &alloc::format!("20261004-{time}"));
            assert_eq!(at.unwrap(), "2026-10-03T15:30:00Z", "{time}");
        }
        // At midnight.
        assert_eq!(
            reached("America/Santiago", "20260906-00:30:00").unwrap(),
            "2026-09-06T04:00:00Z"
        );
    }

    #[test]
    fn a_time_that_comes_twice_is_reached_the_first_time() {
        assert_eq!(
            reached("America/New_York", "20261101-01:30:00").unwrap(),
            "2026-11-01T05:30:00Z"
        );
        assert_eq!(
            reached("America/New_York", "20261101-02:00:00").unwrap(),
            "2026-11-01T07:00:00Z"
        );
    }

    #[test]
    fn a_day_that_is_left_out_never_comes() {
        assert_eq!(reached("Pacific/Apia", "20111229-23:00:00").unwrap(), "2011-12-30T09:00:00Z");
        assert_eq!(reached("Pacific/Apia", "20111230-00:00:00"), None);
        assert_eq!(reached("Pacific/Apia", "20111230-12:00:00"), None);
        assert_eq!(reached("Pacific/Apia", "20111231-00:00:00").unwrap(), "2011-12-30T10:00:00Z");
    }

    #[test]
    fn the_ends_of_time_are_no_trouble() {
        for at in [i64::MIN, i64::MAX] {
            let at = UtcTime::from_nanos(at);
            for zone in ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"] {
                let zone = Zone::named(zone).unwrap();
                let date = zone.date(at);
                let _reached = zone.reaches(date, TimeOfDay::MIDNIGHT);
                assert!(!zone.show(at).is_empty());
            }
        }
    }

    #[test]
    fn names_are_those_of_the_iana() {
        assert_eq!(Zone::named("europe/london").unwrap().name(), "Europe/London");
        assert_eq!(Zone::UTC.to_string(), "UTC");
        let error = Zone::named("GMT+25").unwrap_err().to_string();
        assert_eq!(
            error,
            "there is no time zone `GMT+25`: write a name such as Europe/London or UTC"
        );
    }

    #[test]
    fn the_rules_of_the_crate_do_where_the_machine_has_none() {
        let bundled = TimeZoneDatabase::bundled();
        for name in ["Europe/London", "America/New_York", "Asia/Tokyo"] {
            assert!(bundled.get(name).is_ok(), "{name}");
        }
    }
}
