//! The hours of a session, as its keys say them.

use alloc::format;
use alloc::string::String;

use super::context::Context;
use super::draft::Draft;
use super::feature::Feature;
use super::section::{Entry, Section, refuse};

/// Seconds.
pub(super) const DAY: u32 = 86_400;
const WEEK: u32 = 7 * DAY;

/// A time of the day in seconds, and the zone behind it.
pub(super) type Clock = (u32, String);

/// What the keys of one window say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) start: Clock,
    pub(super) end: Clock,
    /// The seconds of the week at which the days begin.
    pub(super) days: Option<(u32, u32)>,
}

impl Window {
    /// Open for all of its period, but for a second at most: the period in seconds.
    pub(super) fn never_closes(&self) -> Option<u32> {
        let (period, (start_day, end_day)) = match self.days {
            Some(days) => (WEEK, days),
            None => (DAY, (0, 0)),
        };
        let (start, end) = (start_day + self.start.0, end_day + self.end.0);
        // QuickFIX is open to the end of the last second.
        let closed = (start + period - end) % period;
        (closed <= 1 && self.start.1 == self.end.1).then_some(period)
    }
}

/// What all keys about hours say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hours {
    pub(super) session: Option<Window>,
    /// A bit for each day on which the session starts, Sunday first.
    pub(super) weekdays: u8,
    pub(super) logon: Option<Window>,
    pub(super) reset: Option<Clock>,
}

pub(super) const EVERY_DAY: u8 = 0b111_1111;

/// The keys of one window.
struct Names {
    start: &'static str,
    end: &'static str,
    start_day: &'static str,
    end_day: &'static str,
}

const SESSION: Names =
    Names { start: "StartTime", end: "EndTime", start_day: "StartDay", end_day: "EndDay" };
const LOGON: Names =
    Names { start: "LogonTime", end: "LogoutTime", start_day: "LogonDay", end_day: "LogoutDay" };

/// What the keys about hours say together; `None` for a session without any.
pub(super) fn hours(
    section: &Section<'_>,
    draft: &Draft,
    context: &mut Context<'_>,
) -> Option<Hours> {
    section.hours().next()?;
    if context.ignored.contains(&Feature::Hours) {
        refuse_all(section, context);
        return None;
    }
    // What one section says and the other does not is for other sessions.
    let non_stop = section.get("NonStopSession").map(|entry| entry.own);
    let in_one = section.hours().any(|entry| Some(entry.own) == non_stop);
    if draft.non_stop && !in_one {
        without_effect(section, context);
        return None;
    }
    let hours = Hours {
        session: window(section, &SESSION, context),
        weekdays: start_days(section, context),
        logon: window(section, &LOGON, context),
        reset: reset(section, context),
    };
    if draft.non_stop {
        if hours.leave_something_out() {
            let what = "a session that never stops has no hours";
            let line = section.line_of("NonStopSession");
            context.problem(line, "NonStopSession", what, "keep one of them");
        } else {
            without_effect(section, context);
        }
        return None;
    }
    if hours.session.is_none() && hours.logon.is_none() && hours.reset.is_none() {
        always_open(section, context);
        return None;
    }
    Some(hours)
}

impl Hours {
    fn leave_something_out(&self) -> bool {
        let windows = [&self.session, &self.logon].into_iter().flatten();
        windows.into_iter().any(|window| window.never_closes().is_none())
            || self.weekdays != EVERY_DAY
    }
}

/// Without schedules there are no hours but those that come to all the time.
#[cfg(not(feature = "schedule"))]
pub(super) fn judge(hours: &Hours, section: &Section<'_>, context: &mut Context<'_>) {
    if hours.leave_something_out() || hours.reset.is_some() {
        return refuse_all(section, context);
    }
    if let Some(period) = hours.session.as_ref().and_then(Window::never_closes) {
        let every = if period == DAY { "day" } else { "week" };
        let note = format!(
            "always open; QuickFIX would also reset both numbers once a {every} at this time"
        );
        context.note(section.line_of("EndTime"), "EndTime", &note);
    }
    always_open(section, context);
}

/// Notes for keys that change nothing about a session that is always open.
fn always_open(section: &Section<'_>, context: &mut Context<'_>) {
    for entry in section.hours() {
        let quiet = match entry.line.key.to_ascii_lowercase().as_str() {
            "timezone" => "UTC",
            "uselocaltime" | "enableresetseqtime" => "N",
            _ => continue,
        };
        if !entry.line.written.eq_ignore_ascii_case(quiet) {
            let note = "has no effect on a session that is always open";
            context.note(entry.line.number, &entry.line.key, note);
        }
    }
}

/// Refuses the keys that say something about hours, or notes that they are ignored.
fn refuse_all(section: &Section<'_>, context: &mut Context<'_>) {
    let is_ignored = context.ignored.contains(&Feature::Hours);
    for entry in section.hours().filter(|entry| is_ignored || !says_where(entry)) {
        refuse(entry.line.number, &entry.line.key, Feature::Hours, context);
    }
}

fn without_effect(section: &Section<'_>, context: &mut Context<'_>) {
    for entry in section.hours() {
        let note = "has no effect with NonStopSession=Y";
        context.note(entry.line.number, &entry.line.key, note);
    }
}

/// Whether a key says what times are counted by, and nothing about hours.
fn says_where(entry: &Entry<'_>) -> bool {
    ["TimeZone", "UseLocalTime"].iter().any(|name| entry.line.key.eq_ignore_ascii_case(name))
}

pub(super) fn is_yes(entry: &Entry<'_>, context: &Context<'_>) -> bool {
    let value = context.sources.expand(&entry.line.written, false).unwrap_or_default();
    value.eq_ignore_ascii_case("Y")
}

/// What `read` makes of the value of a key; `None` if it is not there or makes no sense.
fn value<T>(
    section: &Section<'_>,
    name: &str,
    read: fn(&str) -> Option<T>,
    is_what: &str,
    context: &mut Context<'_>,
) -> Option<T> {
    let entry = section.get(name)?;
    let line = entry.line;
    match context.sources.expand(&line.written, false) {
        Ok(value) => {
            let read = read(&value);
            if read.is_none() {
                let what = format!("`{}` is {is_what}", line.written);
                context.problem(line.number, &line.key, &what, "");
            }
            read
        }
        Err(message) => {
            context.problem(line.number, &line.key, &message, "");
            None
        }
    }
}

/// What the keys of a window say; `None` without one, and when they make no sense.
fn window(section: &Section<'_>, names: &Names, context: &mut Context<'_>) -> Option<Window> {
    let pairs = [(names.start, names.end), (names.start_day, names.end_day)];
    for (one, other) in pairs.into_iter().flat_map(|(one, other)| [(one, other), (other, one)]) {
        needs(section, one, other, context)?;
    }
    needs(section, names.start_day, names.start, context)?;
    let no_time = "no time such as 08:30:00";
    let start = value(section, names.start, time, no_time, context);
    let end = value(section, names.end, time, no_time, context);
    let no_day = "no day such as Monday";
    let start_day = value(section, names.start_day, day, no_day, context);
    let end_day = value(section, names.end_day, day, no_day, context);
    let days = start_day.zip(end_day);
    // What makes no sense was reported.
    let are_known = days.is_some() || section.get(names.start_day).is_none();
    let (start, end) = start.zip(end).filter(|_| are_known)?;
    Some(Window { start, end, days })
}

/// A problem where the section has one key without the other.
fn needs(section: &Section<'_>, one: &str, other: &str, context: &mut Context<'_>) -> Option<()> {
    if section.get(one).is_some() && section.get(other).is_none() {
        let what = format!("there is no {other}");
        context.problem(section.line_of(one), one, &what, "write both, or neither");
        return None;
    }
    Some(())
}

/// The days on which the session starts, where Weekdays says so.
fn start_days(section: &Section<'_>, context: &mut Context<'_>) -> u8 {
    let days = value(section, "Weekdays", weekdays, "no list such as Mon,Tue", context);
    let Some(days) = days else { return EVERY_DAY };
    if let Some(entry) = section.get("StartDay") {
        let (number, key) = (entry.line.number, &entry.line.key);
        context.problem(number, key, "Weekdays says the days", "keep one of them");
    } else if needs(section, "Weekdays", "StartTime", context).is_none() {
        return EVERY_DAY;
    }
    days
}

/// When both numbers are reset, where EnableResetSeqTime says that they are.
fn reset(section: &Section<'_>, context: &mut Context<'_>) -> Option<Clock> {
    let at = value(section, "ResetSeqTime", time, "no time such as 08:30:00", context);
    if section.get("EnableResetSeqTime").is_some_and(|entry| is_yes(entry, context)) {
        needs(section, "EnableResetSeqTime", "ResetSeqTime", context)?;
        return at;
    }
    if let Some(entry) = section.get("ResetSeqTime") {
        let what = "has no effect without EnableResetSeqTime";
        context.note(entry.line.number, &entry.line.key, what);
    }
    None
}

fn weekdays(value: &str) -> Option<u8> {
    let names = value.split([',', ' ', ';']).filter(|name| !name.is_empty());
    let mut days = names.map(|name| Some(1_u8 << (day(name)? / DAY)));
    days.try_fold(0, |days, day| Some(days | day?)).filter(|days| *days != 0)
}

/// The second of the week at which a day begins: its name, or the start of it, as engines take it.
fn day(value: &str) -> Option<u32> {
    let name = value.to_ascii_lowercase();
    let names = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
    let index = names.iter().position(|day| name.len() >= 2 && day.starts_with(&name))?;
    u32::try_from(index).ok()?.checked_mul(DAY)
}

/// The second of the day, and the zone that QuickFIX/J allows behind it.
fn time(value: &str) -> Option<Clock> {
    let (clock, zone) = value.split_once(' ').unwrap_or((value, ""));
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let mut parts = clock.split(':');
    let mut number = |below: u32, least: usize| {
        let part = parts.next()?;
        let is_digits = part.bytes().all(|byte| byte.is_ascii_digit());
        let is_number = is_digits && (least..=2).contains(&part.len());
        part.parse::<u32>().ok().filter(|number| is_number && *number < below)
    };
    let (hours, minutes, seconds) = (number(24, 1)?, number(60, 2)?, number(60, 2)?);
    let is_whole = parts.next().is_none() && fraction.bytes().all(|byte| byte == b'0');
    is_whole.then(|| (hours * 3_600 + minutes * 60 + seconds, zone.trim().into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_by_the_second() {
        let seconds = |value| time(value).map(|(seconds, _)| seconds);
        assert_eq!(seconds("00:00:00"), Some(0));
        assert_eq!(seconds("08:30:01"), Some(30_601));
        assert_eq!(seconds("8:30:01.000"), Some(30_601));
        assert_eq!(time("23:59:59 Europe/Berlin"), Some((86_399, "Europe/Berlin".into())));
        for wrong in ["", "+8:30:00", "24:00:00", "12:60:00", "12:00:60", "12:00", "12:00:00:00"] {
            assert!(time(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn days_are_read_by_their_first_letters() {
        for (name, index) in [("Sunday", 0), ("mo", 1), ("TUE", 2), ("saturday", 6)] {
            assert_eq!(day(name), Some(index * DAY), "{name}");
        }
        for wrong in ["", "s", "0", "sunday night", "Montag"] {
            assert!(day(wrong).is_none(), "{wrong}");
        }
        assert_eq!(weekdays("Mon,Tue, su"), Some(0b111));
        assert_eq!(weekdays("Mon,x"), None);
    }
}
