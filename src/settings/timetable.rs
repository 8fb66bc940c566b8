//! From the hours that keys say to a [`Schedule`].

use super::context::Context;
use super::schedule::{Clock, DAY, EVERY_DAY, Hours, Window, is_yes};
use super::section::Section;
use crate::schedule::{Moment, Schedule, ScheduleError, TimeOfDay, Weekday, Zone};

/// The schedule; `None` if a zone is not known.
pub(super) fn schedule(
    hours: &Hours,
    section: &Section<'_>,
    context: &mut Context<'_>,
) -> Option<Schedule> {
    let zone = zone(section, context)?;
    let mut zoned = |clock: &Clock, key| moment(clock, key, &zone, section, context);
    let mut builder = Schedule::builder();
    if let Some(window) = &hours.session {
        let (start, end) = (zoned(&window.start, "StartTime"), zoned(&window.end, "EndTime"));
        let (start, end) = on_days(window, hours.weekdays, start?, end?);
        builder = builder.window(start, end);
    }
    if let Some(window) = &hours.logon {
        let (start, end) = (zoned(&window.start, "LogonTime"), zoned(&window.end, "LogoutTime"));
        let (start, end) = on_days(window, EVERY_DAY, start?, end?);
        builder = builder.logon_window(start, end);
    }
    if let Some(reset) = &hours.reset {
        builder = builder.reset_at(zoned(reset, "ResetSeqTime")?);
    }
    said(builder.build(), "StartTime", section, context)
}

/// The zone of all times that do not name one.
fn zone(section: &Section<'_>, context: &mut Context<'_>) -> Option<Zone> {
    let is_local = section.get("UseLocalTime").is_some_and(|entry| is_yes(entry, context));
    let Some(entry) = section.get("TimeZone") else {
        if !is_local {
            return Some(Zone::UTC);
        }
        return said(Zone::local(), "UseLocalTime", section, context);
    };
    if is_local {
        let what = "TimeZone says the zone";
        let line = section.line_of("UseLocalTime");
        context.problem(line, "UseLocalTime", what, "keep one of them");
        return None;
    }
    match context.sources.expand(&entry.line.written, false) {
        Ok(name) => said(named(&name), "TimeZone", section, context),
        Err(message) => {
            context.problem(entry.line.number, &entry.line.key, &message, "");
            None
        }
    }
}

/// The zone of this name; `Local` is what QuickFIX/Go calls that of the machine.
fn named(name: &str) -> Result<Zone, ScheduleError> {
    if name.eq_ignore_ascii_case("Local") { Zone::local() } else { Zone::named(name) }
}

/// A time, by its own zone or that of the section.
fn moment(
    (seconds, own): &Clock,
    key: &str,
    zone: &Zone,
    section: &Section<'_>,
    context: &mut Context<'_>,
) -> Option<Moment> {
    let part = |seconds: u32, below: u32| u8::try_from(seconds % below).ok();
    let (hour, minute) = (part(seconds / 3_600, 24)?, part(seconds / 60, 60)?);
    let time = TimeOfDay::new(hour, minute, part(*seconds, 60)?)?;
    let zone = match own.as_str() {
        "" => zone.clone(),
        name => said(named(name), key, section, context)?,
    };
    Some(Moment::daily(time).zone(zone))
}

/// Both ends of a window on their days.
fn on_days(window: &Window, weekdays: u8, start: Moment, end: Moment) -> (Moment, Moment) {
    // A second at most is no break: QuickFIX is open to the end of the last one.
    let is_whole = window.never_closes().is_some();
    let end = if is_whole { start.clone() } else { end };
    let Some((start_day, end_day)) = window.days else {
        return (start.on(days_of(weekdays)), end);
    };
    let end_day = if is_whole { start_day } else { end_day };
    let on = |day: u32| days_of(1_u8.checked_shl(day / DAY).unwrap_or_default());
    (start.on(on(start_day)), end.on(on(end_day)))
}

/// The days of these bits, Sunday first.
fn days_of(bits: u8) -> impl Iterator<Item = Weekday> {
    Weekday::ALL.into_iter().enumerate().filter(move |(day, _)| bits >> day & 1 == 1).map(|it| it.1)
}

/// What there is, or a problem at the line of the key.
fn said<T>(
    result: Result<T, ScheduleError>,
    key: &str,
    section: &Section<'_>,
    context: &mut Context<'_>,
) -> Option<T> {
    result
        .map_err(|error| context.problem(section.line_of(key), key, &alloc::format!("{error}"), ""))
        .ok()
}
