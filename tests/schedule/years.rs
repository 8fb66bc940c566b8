//! What a schedule says is what a clock on the wall shows, minute by minute.
//!
//! By default a year of each plan in each zone, every minute watched, the schedule asked in the days
//! around changes of clocks and here and there between; with `SCHEDULE_YEARS=10` as many, asked in every
//! minute.

use fixline::schedule::{Boundary, BoundaryKind, Schedule, State};

use crate::oracle::{Holds, Mark, Plan, Watched, utc, watch};
use crate::zones::{DAY, ZONES, Zone, days};

const EVERY_DAY: &[i64] = &[0, 1, 2, 3, 4, 5, 6];
const WORKING_DAYS: &[i64] = &[1, 2, 3, 4, 5];

/// Plans of all kinds in a zone; `other` where two zones are in it.
fn plans(zone: Zone, other: Zone) -> Vec<(&'static str, Plan)> {
    let mark = |hour: i64, minute: i64, days| Mark { minute: hour * 60 + minute, days, zone };
    let daily = |hour, minute| mark(hour, minute, EVERY_DAY);
    let plan = |windows| Plan {
        windows,
        logon: Vec::new(),
        resets: Vec::new(),
        keeps_numbers: false,
        has_holidays: false,
    };
    let elsewhere = |at: Mark| Mark { zone: other, ..at };
    let working = (mark(22, 0, WORKING_DAYS), daily(6, 0));
    vec![
        ("daily", plan(vec![(daily(8, 0), daily(17, 0))])),
        ("weekly", plan(vec![(mark(17, 0, &[0]), mark(16, 55, &[5]))])),
        ("a week without a break", plan(vec![(mark(22, 0, &[6]), mark(22, 0, &[6]))])),
        ("nights of working days", plan(vec![working])),
        ("a day without a break", plan(vec![(daily(2, 30), daily(2, 30))])),
        ("closed when clocks change", plan(vec![(daily(2, 15), daily(1, 45))])),
        ("open when clocks change", plan(vec![(daily(1, 45), daily(2, 15))])),
        ("around midnight", plan(vec![(daily(0, 0), daily(23, 59))])),
        ("two zones", plan(vec![(daily(8, 0), elsewhere(daily(17, 0)))])),
        (
            "several windows and a reset",
            Plan {
                keeps_numbers: true,
                resets: vec![mark(2, 30, &[0, 6]), daily(17, 0)],
                ..plan(vec![(daily(8, 0), daily(12, 0)), (daily(11, 0), daily(1, 30)), working])
            },
        ),
        (
            "hours of logging on, and holidays",
            Plan {
                logon: vec![(daily(9, 0), daily(16, 0)), (daily(16, 0), elsewhere(daily(0, 30)))],
                has_holidays: true,
                ..plan(vec![(daily(8, 0), daily(17, 0)), (mark(20, 0, &[3]), daily(23, 0))])
            },
        ),
        ("never closed", Plan { resets: vec![mark(0, 15, WORKING_DAYS)], ..plan(Vec::new()) }),
    ]
}

/// Asks the schedule in a minute that was watched.
fn compare(schedule: &Schedule, watched: &Watched, at: i64) -> Result<(), String> {
    let index = usize::try_from(at - watched.first).unwrap();
    let next =
        watched.breaks.get(watched.breaks.partition_point(|it| *it <= at)).map(|it| utc(*it));
    let expected = match watched.holds[index] {
        Holds::Open => State::Open { until: next },
        Holds::LogonClosed => State::LogonClosed { until: next },
        Holds::Closed => State::Closed { until: next },
    };
    let state = schedule.at(utc(at));
    // What lies behind the end was not watched.
    if state != expected && (next.is_some() || state.is_open() != expected.is_open()) {
        return Err(format!("at {}: {state:?}, watched: {expected:?}", utc(at)));
    }
    let behind = watched.boundaries.partition_point(|(it, _)| *it <= at);
    let boundary = |&(at, opens): &(i64, bool)| {
        (utc(at), if opens { BoundaryKind::Window } else { BoundaryKind::Reset })
    };
    let pair = |it: Boundary| (it.at, it.kind);
    let last = (
        schedule.last_boundary(utc(at)).map(pair),
        watched.boundaries[..behind].last().map(boundary),
    );
    let next =
        (schedule.next_boundary(utc(at)).map(pair), watched.boundaries.get(behind).map(boundary));
    if last.0 != last.1 || (next.0 != next.1 && next.1.is_some()) {
        return Err(format!("at {}: {last:?}, {next:?}", utc(at)));
    }
    Ok(())
}

#[test]
fn a_schedule_says_what_a_clock_on_the_wall_shows() {
    let years = std::env::var("SCHEDULE_YEARS").ok().map(|years| years.parse::<i64>().unwrap());
    let mut asked = 0_u64;
    for (index, zone) in ZONES.into_iter().enumerate() {
        let other = ZONES[(index + 1) % ZONES.len()];
        for (number, (name, plan)) in plans(zone, other).into_iter().enumerate() {
            let year = 2020 + i64::try_from((index * 3 + number) % 10).unwrap();
            let (from, to) = years.map_or((year, year + 1), |years| (2030 - years, 2030));
            let (first, end) = (days(from, 1, 1) * DAY, days(to, 1, 1) * DAY);
            let (schedule, watched) = (plan.schedule(), watch(&plan, first, end));
            let changes = |at: i64| {
                let ahead = |at: i64| zone.ahead(at) + other.ahead(at);
                ahead(at - 2 * DAY) != ahead(at + 2 * DAY)
            };
            let is_break = |at: i64| watched.breaks.binary_search(&at).is_ok();
            for at in first..end {
                let is_odd = || (is_break(at) || is_break(at + 1)) && changes(at);
                if years.is_some() || at % 2_003 == 0 || is_odd() {
                    asked += 1;
                    if let Err(message) = compare(&schedule, &watched, at) {
                        panic!("{name} in {}: {message}", zone.name);
                    }
                }
            }
        }
    }
    println!("asked {asked} times");
    assert!(asked > 20_000, "{asked}");
}
