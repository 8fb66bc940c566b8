//! Each boundary acts once, however time is looked at.

use std::collections::BTreeSet;

use fixline::schedule::{Moment, Schedule, Weekday, Zone};
use fixline::wire::UtcTime;
use proptest::prelude::*;

const SECOND: i64 = 1_000_000_000;
const HOUR: i64 = 3_600 * SECOND;
const DAY: i64 = 24 * HOUR;

/// What happens between two looks at the clock; in nanoseconds.
#[derive(Clone, Copy, Debug)]
enum Happens {
    /// Time passes.
    Passes(i64),
    /// The clock is set back or forth.
    Jumps(i64),
    /// The process is started again: only the store remembers.
    Restart,
    /// Nobody looks for so long.
    Disabled(i64),
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        4 => (0..3 * HOUR).prop_map(Happens::Passes),
        2 => (0..SECOND).prop_map(Happens::Passes),
        2 => (-HOUR..HOUR).prop_map(Happens::Jumps),
        1 => (-DAY + HOUR..9 * DAY).prop_map(Happens::Jumps),
        1 => Just(Happens::Restart),
        1 => (0..9 * DAY).prop_map(Happens::Disabled),
    ]
}

fn schedules() -> Vec<Schedule> {
    let zone = Zone::named("America/New_York").unwrap();
    let at = |time: &str| Moment::daily(time.parse().unwrap()).zone(zone.clone());
    let build = |builder: fixline::schedule::ScheduleBuilder| builder.build().unwrap();
    let sunday = at("17:00:00").on([Weekday::Sunday]);
    vec![
        build(Schedule::builder().window(at("17:00:00"), at("17:00:00"))),
        build(Schedule::builder().window(at("08:00:00"), at("16:00:00"))),
        build(Schedule::builder().window(sunday.clone(), sunday)),
        build(Schedule::builder().reset_at(at("02:30:00")).reset_at(at("01:30:00"))),
    ]
}

proptest! {
    #[test]
    fn a_boundary_acts_once_whatever_the_clock_does(
        what in prop::collection::vec(happens(), 1..120),
        which in 0..4_usize,
        start in 0..400_i64,
    ) {
        let schedule = &schedules()[which];
        let mut now = 1_772_000_000 * SECOND + start * DAY;
        // As the store has it. The clock went no further back than a day behind it.
        let mut created = now;
        let mut latest = now;
        let mut acted = BTreeSet::new();
        for what in what {
            match what {
                Happens::Passes(time) | Happens::Disabled(time) => now += time,
                Happens::Jumps(time) => now = (now + time).max(latest - DAY),
                Happens::Restart => {}
            }
            latest = latest.max(now);
            let utc = UtcTime::from_nanos(now);
            if let Some(boundary) = schedule.crossed(UtcTime::from_nanos(created), utc) {
                prop_assert!(acted.insert(boundary.at), "{} acted twice", boundary.at);
                created = now;
            }
            // Whatever was missed, no number of a former session is used.
            if let Some(last) = schedule.last_boundary(utc) {
                prop_assert!(last.at.as_nanos() <= created, "{} did not act", last.at);
            }
            prop_assert_eq!(schedule.crossed(UtcTime::from_nanos(created), utc), None);
        }
    }

    #[test]
    fn the_spacing_of_ticks_makes_no_difference(
        which in 0..4_usize,
        ticks in prop::collection::vec(1..2 * HOUR, 1..200),
    ) {
        let schedule = &schedules()[which];
        let begin = 1_792_000_000 * SECOND;
        let (mut now, mut created, mut acted) = (begin, begin, Vec::new());
        for tick in ticks {
            now += tick;
            let utc = UtcTime::from_nanos(now);
            if let Some(boundary) = schedule.crossed(UtcTime::from_nanos(created), utc) {
                acted.push(boundary.at);
                created = now;
            }
        }
        let mut next = schedule.next_boundary(UtcTime::from_nanos(begin));
        let mut expected = Vec::new();
        while let Some(boundary) = next.filter(|it| it.at.as_nanos() <= now) {
            expected.push(boundary.at);
            next = schedule.next_boundary(boundary.at);
        }
        // Of two that lie between two ticks, the last acts for both.
        prop_assert!(acted.iter().all(|at| expected.contains(at)));
        prop_assert!(which == 3 || acted == expected, "{acted:?}, {expected:?}");
    }
}

#[test]
fn a_clock_that_was_wrong_by_years_does_not_stop_resets_for_years() {
    let schedule = &schedules()[0];
    let utc = |text: &str| UtcTime::parse(text.as_bytes()).unwrap();
    let now = utc("20261201-12:00:00");
    let boundary = schedule.crossed(utc("20301201-12:00:00"), now).unwrap();
    assert_eq!(boundary.at, utc("20261130-22:00:00"));
    assert_eq!(schedule.crossed(now, utc("20261201-21:59:59")), None);
    // As far as clocks are wrong by accident, what they did holds.
    assert_eq!(schedule.crossed(utc("20261202-11:59:59"), now), None);
}
