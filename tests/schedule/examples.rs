//! Hours as venues have them, and as other engines got them wrong.

use fixline::schedule::{
    BoundaryKind, Date, Moment, Schedule, ScheduleError, State, Weekday, Zone,
};
use fixline::wire::UtcTime;

fn utc(text: &str) -> UtcTime {
    UtcTime::parse(text.as_bytes()).unwrap()
}

fn at(time: &str, zone: &str) -> Moment {
    Moment::daily(time.parse().unwrap()).zone(Zone::named(zone).unwrap())
}

/// The next openings, as text.
fn openings(schedule: &Schedule, from: &str, count: usize) -> Vec<String> {
    let show = |it: UtcTime| it.to_string();
    let until = |it: Option<UtcTime>| it.map_or_else(|| "for good".to_owned(), show);
    let openings = schedule.openings(utc(from)).take(count);
    openings.map(|it| format!("{} to {}", show(it.from), until(it.until))).collect()
}

/// S-SCHED-01, S-SCHED-02: a session a day.
#[test]
fn a_day_begins_anew_and_follows_daylight_saving() {
    let zone = "America/New_York";
    let schedule = Schedule::builder().window(at("08:00:00", zone), at("17:00:00", zone)).build();
    assert_eq!(
        openings(&schedule.unwrap(), "20260307-00:00:00", 2),
        [
            "2026-03-07T13:00:00Z to 2026-03-07T22:00:00Z",
            "2026-03-08T12:00:00Z to 2026-03-08T21:00:00Z"
        ]
    );
}

/// Other engines reset at midnight where StartTime and EndTime are the same.
#[test]
fn a_window_that_ends_when_it_begins_is_open_all_day() {
    let schedule =
        Schedule::builder().window(at("17:00:00", "UTC"), at("17:00:00", "UTC")).build().unwrap();
    let state = schedule.at(utc("20261201-23:59:59"));
    assert_eq!(state, State::Open { until: Some(utc("20261202-17:00:00")) });
    let boundary = schedule.next_boundary(utc("20261201-17:00:00")).unwrap();
    assert_eq!((boundary.at, boundary.kind), (utc("20261202-17:00:00"), BoundaryKind::Window));
}

/// The night belongs to the day on which it begins.
#[test]
fn a_window_over_midnight_counts_by_the_day_on_which_it_opens() {
    let working =
        [Weekday::Monday, Weekday::Tuesday, Weekday::Wednesday, Weekday::Thursday, Weekday::Friday];
    let zone = "Europe/London";
    let schedule =
        Schedule::builder().window(at("22:00:00", zone).on(working), at("06:00:00", zone));
    let schedule = schedule.build().unwrap();
    assert!(schedule.at(utc("20261205-05:59:59")).is_open(), "the night from Friday");
    let state = schedule.at(utc("20261205-06:00:00"));
    assert_eq!(state, State::Closed { until: Some(utc("20261207-22:00:00")) });
    assert!(!schedule.at(utc("20261207-03:00:00")).is_open(), "the night from Sunday");
}

#[test]
fn start_and_end_have_zones_of_their_own() {
    let schedule = Schedule::builder()
        .window(at("08:00:00", "Asia/Tokyo"), at("17:00:00", "America/New_York"))
        .build()
        .unwrap();
    // Tokyo has no summer time, New York has.
    assert_eq!(
        openings(&schedule, "20261031-22:00:00", 2),
        [
            "2026-10-31T23:00:00Z to 2026-11-01T22:00:00Z",
            "2026-11-01T23:00:00Z to 2026-11-02T22:00:00Z"
        ]
    );
    let names: Vec<&str> = schedule.zones().into_iter().map(Zone::name).collect();
    assert_eq!(names, ["Asia/Tokyo", "America/New_York"]);
}

#[test]
fn several_windows_may_share_their_numbers() {
    let utc_at = |time| at(time, "UTC");
    let day = || {
        Schedule::builder()
            .window(utc_at("08:00:00"), utc_at("12:00:00"))
            .window(utc_at("13:00:00"), utc_at("17:00:00"))
    };
    let expected = [
        "2026-12-01T10:00:00Z to 2026-12-01T12:00:00Z",
        "2026-12-01T13:00:00Z to 2026-12-01T17:00:00Z",
        "2026-12-02T08:00:00Z to 2026-12-02T12:00:00Z",
    ];
    let kept = day().keep_numbers().reset_at(utc_at("07:00:00")).build().unwrap();
    for schedule in [&day().build().unwrap(), &kept] {
        assert_eq!(openings(schedule, "20261201-10:00:00", 3), expected);
    }
    let noon = utc("20261201-12:00:00");
    let each = day().build().unwrap().next_boundary(noon).unwrap();
    assert_eq!(each.at, utc("20261201-13:00:00"));
    let once = kept.next_boundary(noon).unwrap();
    assert_eq!((once.at, once.kind), (utc("20261202-07:00:00"), BoundaryKind::Reset));
}

#[test]
fn windows_that_touch_and_share_their_numbers_are_one() {
    let schedule = Schedule::builder()
        .window(at("08:00:00", "UTC"), at("12:00:00", "UTC"))
        .window(at("12:00:00", "UTC"), at("17:00:00", "UTC"));
    let apart = schedule.clone().build().unwrap().at(utc("20261201-08:00:00"));
    assert_eq!(apart, State::Open { until: Some(utc("20261201-12:00:00")) });
    let one = schedule.keep_numbers().build().unwrap().at(utc("20261201-08:00:00"));
    assert_eq!(one, State::Open { until: Some(utc("20261201-17:00:00")) });
    let for_good = Schedule::builder().window(at("08:00:00", "UTC"), at("08:00:00", "UTC"));
    let for_good = for_good.keep_numbers().build().unwrap();
    assert_eq!(openings(&for_good, "20261201-08:00:00", 2), ["2026-12-01T08:00:00Z to for good"]);
}

#[test]
fn hours_of_logging_on_lie_within_the_session() {
    let schedule = Schedule::builder()
        .window(
            at("06:00:00", "UTC").on([Weekday::Monday]),
            at("20:00:00", "UTC").on([Weekday::Friday]),
        )
        .logon_window(at("07:00:00", "UTC"), at("19:00:00", "UTC"))
        .build()
        .unwrap();
    let state = |text| schedule.at(utc(text));
    let until = |text| Some(utc(text));
    assert_eq!(
        state("20261130-06:30:00"),
        State::LogonClosed { until: until("20261130-07:00:00") }
    );
    assert_eq!(state("20261130-07:00:00"), State::Open { until: until("20261130-19:00:00") });
    assert_eq!(
        state("20261204-19:30:00"),
        State::LogonClosed { until: until("20261204-20:00:00") }
    );
    assert_eq!(state("20261205-10:00:00"), State::Closed { until: until("20261207-06:00:00") });
    // One session all week.
    assert_eq!(schedule.crossed(utc("20261130-07:00:00"), utc("20261204-18:00:00")), None);
}

#[test]
fn no_window_opens_on_a_holiday() {
    let schedule = Schedule::builder()
        .window(at("22:00:00", "America/New_York"), at("16:00:00", "America/New_York"))
        .holidays(|date| Date::new(2026, 12, 25) == Some(date))
        .build()
        .unwrap();
    assert_eq!(
        openings(&schedule, "20261225-00:00:00", 2),
        // The night before reaches into it.
        [
            "2026-12-25T03:00:00Z to 2026-12-25T21:00:00Z",
            "2026-12-27T03:00:00Z to 2026-12-27T21:00:00Z"
        ]
    );
    let boundary = schedule.crossed(utc("20261225-03:00:00"), utc("20261226-12:00:00"));
    assert_eq!(boundary, None, "nothing begins");
}

/// S-SCHED-06: a process that was down over a boundary resets when it comes back, and once.
#[test]
fn a_session_of_an_older_window_is_over_after_a_restart() {
    let schedule =
        Schedule::builder().window(at("08:00:00", "UTC"), at("17:00:00", "UTC")).build().unwrap();
    let created = utc("20261127-08:00:02");
    let now = utc("20261201-09:30:00");
    let boundary = schedule.crossed(created, now).unwrap();
    assert_eq!((boundary.at, boundary.kind), (utc("20261201-08:00:00"), BoundaryKind::Window));
    assert_eq!(schedule.crossed(now, utc("20261202-07:59:59")), None);
    // Begun at the boundary itself, it belongs to the new window.
    assert_eq!(schedule.crossed(boundary.at, now), None);
}

/// S-SCHED-07: a session that never stops is reset at a time, or never.
#[test]
fn a_session_that_never_stops_may_be_reset_at_a_time() {
    let reset = at("17:00:00", "America/New_York").on([Weekday::Saturday]);
    let schedule = Schedule::builder().reset_at(reset).build().unwrap();
    let now = utc("20261201-12:00:00");
    assert_eq!(schedule.at(now), State::Open { until: None });
    let next = schedule.next_boundary(now).unwrap();
    assert_eq!((next.at, next.kind), (utc("20261205-22:00:00"), BoundaryKind::Reset));
    let never = Schedule::always();
    assert_eq!(never.at(now), State::Open { until: None });
    assert_eq!(never.next_boundary(now), None);
    assert_eq!(never.crossed(UtcTime::EPOCH, now), None);
}

/// The list of an operator: reset and start at nine, stop at noon, start at one, stop at five.
#[test]
fn what_an_operator_does_by_the_clock_is_a_schedule() {
    let schedule = Schedule::builder()
        .window(at("09:00:00", "UTC"), at("12:00:00", "UTC"))
        .window(at("13:00:00", "UTC"), at("17:00:00", "UTC"))
        .keep_numbers()
        .reset_at(at("09:00:00", "UTC"))
        .build()
        .unwrap();
    let boundary = schedule.crossed(utc("20261201-13:30:00"), utc("20261202-13:00:00")).unwrap();
    assert_eq!(boundary.at, utc("20261202-09:00:00"));
    assert_eq!(schedule.crossed(utc("20261202-09:00:01"), utc("20261202-16:00:00")), None);
}

#[test]
fn what_never_comes_is_refused() {
    let never = || at("08:00:00", "UTC").on([]);
    let builders = [
        Schedule::builder().window(never(), at("17:00:00", "UTC")),
        Schedule::builder().window(at("17:00:00", "UTC"), never()),
        Schedule::builder().logon_window(never(), at("17:00:00", "UTC")),
        Schedule::builder().reset_at(never()),
    ];
    for builder in builders {
        assert_eq!(builder.build().unwrap_err(), ScheduleError::NoDays);
    }
}

#[test]
fn the_ends_of_time_are_no_trouble() {
    let zone = "America/New_York";
    let schedules = [
        Schedule::always(),
        Schedule::builder().window(at("08:00:00", zone), at("08:00:00", zone)).build().unwrap(),
        Schedule::builder()
            .window(at("22:00:00", zone).on([Weekday::Sunday]), at("17:00:00", "Asia/Tokyo"))
            .logon_window(at("23:00:00", zone), at("03:00:00", zone))
            .reset_at(at("02:30:00", zone))
            .keep_numbers()
            .holidays(|_| true)
            .build()
            .unwrap(),
    ];
    for schedule in &schedules {
        for nanos in [i64::MIN, i64::MIN + 1, 0, i64::MAX - 1, i64::MAX] {
            let now = UtcTime::from_nanos(nanos);
            assert!(schedule.at(now).until().is_none_or(|until| until > now));
            assert!(schedule.last_boundary(now).is_none_or(|boundary| boundary.at <= now));
            assert!(schedule.next_boundary(now).is_none_or(|boundary| boundary.at > now));
            assert!(schedule.openings(now).take(3).count() <= 3);
        }
    }
}
