//! The hours of a file.

use fixline::schedule::Schedule;
use fixline::settings::SettingsReader;
use fixline::wire::UtcTime;

/// The session of these lines, or what is wrong with them.
fn read(lines: &str) -> Result<Schedule, Vec<String>> {
    let text = format!(
        "[SESSION]\nConnectionType=acceptor\nBeginString=FIX.4.4\nSocketAcceptPort=5001\n\
         SenderCompID=US\nTargetCompID=THEM\n{lines}\n"
    );
    let mut settings = SettingsReader::new().parse("x.cfg", &text).map_err(|error| {
        let problems = error.problems.iter();
        problems.map(|problem| format!("{}: {problem}", problem.line)).collect::<Vec<_>>()
    })?;
    Ok(settings.sessions.remove(0).schedule)
}

fn utc(text: &str) -> UtcTime {
    UtcTime::parse(text.as_bytes()).unwrap()
}

/// The next openings from the Tuesday on which it is noon, and the boundary behind them.
fn openings(lines: &str) -> Vec<String> {
    let schedule = read(lines).unwrap();
    let noon = utc("20261201-12:00:00");
    let short = |at: UtcTime| at.to_string()[5..16].to_owned();
    let or_never = |at: Option<UtcTime>| at.map_or_else(|| "never".to_owned(), short);
    let mut said: Vec<String> = schedule
        .openings(noon)
        .take(2)
        .map(|it| format!("{} to {}", short(it.from), or_never(it.until)))
        .collect();
    said.push(or_never(schedule.next_boundary(noon).map(|it| it.at)));
    said
}

#[test]
fn keys_about_hours_become_a_schedule() {
    for (lines, expected) in [
        ("", ["12-01T12:00 to never", "never"].as_slice()),
        ("NonStopSession=Y", &["12-01T12:00 to never", "never"]),
        (
            "StartTime=08:00:00\nEndTime=17:00:00",
            &["12-01T12:00 to 12-01T17:00", "12-02T08:00 to 12-02T17:00", "12-02T08:00"],
        ),
        (
            "StartTime=08:00:00\nEndTime=17:00:00\nTimeZone=America/New_York",
            &["12-01T13:00 to 12-01T22:00", "12-02T13:00 to 12-02T22:00", "12-01T13:00"],
        ),
        (
            "StartTime=08:00:00 Asia/Tokyo\nEndTime=17:00:00 America/New_York",
            &["12-01T12:00 to 12-01T22:00", "12-01T23:00 to 12-02T22:00", "12-01T23:00"],
        ),
        (
            "StartTime=22:00:00\nEndTime=06:00:00\nWeekdays=Mon,Wed",
            &["12-02T22:00 to 12-03T06:00", "12-07T22:00 to 12-08T06:00", "12-02T22:00"],
        ),
        (
            "StartDay=Sunday\nEndDay=Friday\nStartTime=17:00:00\nEndTime=16:55:00",
            &["12-01T12:00 to 12-04T16:55", "12-06T17:00 to 12-11T16:55", "12-06T17:00"],
        ),
        // To the end of the last second: without a break.
        (
            "StartTime=00:00:00\nEndTime=23:59:59",
            &["12-01T12:00 to 12-02T00:00", "12-02T00:00 to 12-03T00:00", "12-02T00:00"],
        ),
        (
            "StartTime=00:00:00\nEndTime=23:59:59\nWeekdays=Tue,Thu",
            &["12-01T12:00 to 12-02T00:00", "12-03T00:00 to 12-04T00:00", "12-03T00:00"],
        ),
        (
            "StartDay=Sunday\nEndDay=Saturday\nStartTime=00:00:00\nEndTime=23:59:59",
            &["12-01T12:00 to 12-06T00:00", "12-06T00:00 to 12-13T00:00", "12-06T00:00"],
        ),
        (
            "StartTime=06:00:00\nEndTime=20:00:00\nLogonTime=07:00:00\nLogoutTime=19:00:00",
            &["12-01T12:00 to 12-01T19:00", "12-02T07:00 to 12-02T19:00", "12-02T06:00"],
        ),
        (
            "EnableResetSeqTime=Y\nResetSeqTime=17:00:00\nTimeZone=America/New_York",
            &["12-01T12:00 to never", "12-01T22:00"],
        ),
    ] {
        assert_eq!(openings(lines), expected, "{lines}");
    }
}

#[test]
fn hours_that_make_no_sense_are_errors() {
    for (lines, expected) in [
        (
            "StartTime=08:00:00\nEndTime=17:00:00\nTimeZone=New York",
            "9: TimeZone: there is no time zone `New York`: write a name such as Europe/London or UTC",
        ),
        (
            "StartTime=08:00:00 Moon\nEndTime=17:00:00",
            "7: StartTime: there is no time zone `Moon`: write a name such as Europe/London or UTC",
        ),
        (
            "StartTime=08:00:00\nEndTime=17:00:00\nTimeZone=UTC\nUseLocalTime=Y",
            "10: UseLocalTime: TimeZone says the zone; keep one of them",
        ),
        ("Weekdays=Mon", "7: Weekdays: there is no StartTime; write both, or neither"),
        ("StartDay=Mon\nEndDay=Tue", "7: StartDay: there is no StartTime; write both, or neither"),
        (
            "StartTime=08:00:00\nEndTime=17:00:00\nStartDay=Mon\nEndDay=Tue\nWeekdays=Mon",
            "9: StartDay: Weekdays says the days; keep one of them",
        ),
        (
            "EnableResetSeqTime=Y",
            "7: EnableResetSeqTime: there is no ResetSeqTime; write both, or neither",
        ),
        (
            "StartTime=08:00:00\nEndTime=17:00:00\nWeekdays=,",
            "9: Weekdays: `,` is no list such as Mon,Tue",
        ),
    ] {
        assert_eq!(read(lines).unwrap_err(), [expected], "{lines}");
    }
}

#[cfg(feature = "cli")]
#[test]
fn the_program_prints_a_week_in_local_and_venue_time() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_fixline"))
        .args(["schedule", "hours.cfg", "--at", "2026-12-04T12:00:00Z", "--days", "3"])
        .args(["--local", "Europe/Berlin"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/settings/cfg"))
        .output()
        .expect("the program runs");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(String::from_utf8_lossy(&output.stdout), include_str!("cfg/hours.txt"));
}
