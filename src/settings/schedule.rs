//! The hours of a session: those that come to all the time, and those that are not supported.

use alloc::format;
use alloc::string::String;

use super::context::Context;
use super::draft::Draft;
use super::feature::Feature;
use super::section::{Entry, Section, refuse};

/// Seconds.
const DAY: u32 = 86_400;
const WEEK: u32 = 7 * DAY;

/// What the keys of one window come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Window {
    /// There are none.
    None,
    /// Open for all the period, but for a second at most; the period in seconds.
    Always(u32),
    /// Open at some times.
    Part,
}

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

/// Judges the keys about hours together.
pub(super) fn judge(section: &Section<'_>, draft: &Draft, context: &mut Context<'_>) {
    if section.hours().next().is_none() {
        return;
    }
    if context.ignored.contains(&Feature::Hours) {
        for entry in section.hours() {
            refuse(entry.line.number, &entry.line.key, Feature::Hours, context);
        }
        return;
    }
    // What one section says and the other does not is for other sessions.
    let non_stop = section.get("NonStopSession").map(|entry| entry.own);
    let in_one = section.hours().any(|entry| Some(entry.own) == non_stop);
    if draft.non_stop && !in_one {
        return without_effect(section, context);
    }
    let window = window(section, &SESSION, context);
    let logon = self::window(section, &LOGON, context);
    let is_part = [window, logon].contains(&Window::Part) || !every_weekday(section, context);
    let resets = section.get("EnableResetSeqTime").is_some_and(|entry| is_yes(entry, context));
    if draft.non_stop {
        if is_part {
            let what = "a session that never stops has no hours";
            let line = section.line_of("NonStopSession");
            return context.problem(line, "NonStopSession", what, "keep one of them");
        }
        return without_effect(section, context);
    }
    if is_part || resets {
        for entry in section.hours().filter(|entry| !says_where(entry)) {
            refuse(entry.line.number, &entry.line.key, Feature::Hours, context);
        }
    } else {
        always_open(section, window, context);
    }
}

/// Notes for keys that change nothing about a session that is always open.
fn always_open(section: &Section<'_>, window: Window, context: &mut Context<'_>) {
    if let Window::Always(period) = window {
        let every = if period == DAY { "day" } else { "week" };
        let note = format!(
            "always open; QuickFIX would also reset both numbers once a {every} at this time"
        );
        context.note(section.line_of("EndTime"), "EndTime", &note);
    }
    for entry in section.hours() {
        let quiet = match entry.line.key.to_ascii_lowercase().as_str() {
            "timezone" => "UTC",
            "uselocaltime" | "enableresetseqtime" => "N",
            "resetseqtime" => "",
            _ => continue,
        };
        if !entry.line.written.eq_ignore_ascii_case(quiet) {
            let note = "has no effect on a session that is always open";
            context.note(entry.line.number, &entry.line.key, note);
        }
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

fn is_yes(entry: &Entry<'_>, context: &Context<'_>) -> bool {
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

/// What the times and days come to.
fn window(section: &Section<'_>, names: &Names, context: &mut Context<'_>) -> Window {
    for (one, other) in [(names.start, names.end), (names.start_day, names.end_day)] {
        for (one, other) in [(one, other), (other, one)] {
            if section.get(one).is_some() && section.get(other).is_none() {
                let what = format!("there is no {other}");
                context.problem(section.line_of(one), one, &what, "write both, or neither");
                return Window::None;
            }
        }
    }
    let no_time = "no time such as 08:30:00";
    let start = value(section, names.start, time, no_time, context);
    let end = value(section, names.end, time, no_time, context);
    let no_day = "no day such as Monday";
    let start_day = value(section, names.start_day, day, no_day, context);
    let end_day = value(section, names.end_day, day, no_day, context);
    let (has_times, has_days) =
        (section.get(names.start).is_some(), section.get(names.start_day).is_some());
    let (Some((start, start_zone)), Some((end, end_zone))) = (start, end) else {
        return if has_days && !has_times { Window::Part } else { Window::None };
    };
    let (period, start, end) = match (start_day, end_day) {
        (Some(start_day), Some(end_day)) => (WEEK, start_day + start, end_day + end),
        // What makes no sense was reported.
        _ if has_days => return Window::None,
        _ => (DAY, start, end),
    };
    // QuickFIX is open to the end of the last second.
    let closed = (start + period - end) % period;
    if closed <= 1 && start_zone == end_zone { Window::Always(period) } else { Window::Part }
}

/// Whether Weekdays leaves no day out.
fn every_weekday(section: &Section<'_>, context: &mut Context<'_>) -> bool {
    let Some(days) = value(section, "Weekdays", weekdays, "no list such as Mon,Tue", context)
    else {
        return true;
    };
    days == 0b111_1111
}

fn weekdays(value: &str) -> Option<u8> {
    let names = value.split([',', ' ', ';']).filter(|name| !name.is_empty());
    names.map(|name| Some(1_u8 << (day(name)? / DAY))).try_fold(0, |days, day| Some(days | day?))
}

/// The second of the week at which a day begins: its name, or the start of it, as engines take it.
fn day(value: &str) -> Option<u32> {
    let name = value.to_ascii_lowercase();
    let names = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
    let index = names.iter().position(|day| name.len() >= 2 && day.starts_with(&name))?;
    u32::try_from(index).ok()?.checked_mul(DAY)
}

/// The second of the day, and the zone that QuickFIX/J allows behind it.
fn time(value: &str) -> Option<(u32, String)> {
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
