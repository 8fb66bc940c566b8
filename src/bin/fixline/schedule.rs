//! `fixline schedule`: when the sessions of a settings file are open.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use clap::Args;
use fixline::schedule::{Boundary, BoundaryKind, Schedule, ScheduleError, State, Zone};
use fixline::settings::{SessionSettings, Shown};
use fixline::wire::UtcTime;

use super::check::Reading;
use super::tell::tell;

/// Prints when the sessions of a settings file open and close, and when their numbers begin at 1
/// again: in UTC, by the clocks of this machine, and by those of the file.
#[derive(Debug, Args)]
pub(super) struct Options {
    /// The settings file
    file: PathBuf,
    /// From when on, in UTC, such as 2026-12-01T08:00:00Z; now if nothing is said
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<UtcTime>,
    /// For how many days
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=366))]
    days: u32,
    /// The zone of the local clocks in place of that of this machine
    #[arg(long, value_name = "ZONE", value_parser = zone)]
    local: Option<Zone>,
    #[command(flatten)]
    reading: Reading,
}

fn zone(name: &str) -> Result<Zone, ScheduleError> {
    Zone::named(name)
}

/// `2026-12-01T08:00:00Z`, or as SendingTime(52) has it.
fn time(text: &str) -> Result<UtcTime, String> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let wire = match text.split_once(['T', ' ']) {
        Some((date, clock)) => format!("{}-{clock}", date.replace('-', "")),
        None => text.to_owned(),
    };
    UtcTime::parse(wire.as_bytes())
        .ok_or_else(|| "write a time such as 2026-12-01T08:00:00Z".into())
}

/// 0 when the file is right, 1 when it is not.
pub(super) fn run(options: &Options) -> ExitCode {
    let settings = match options.reading.read(&options.file) {
        Ok(settings) => settings,
        Err(error) => {
            tell(&error.to_string());
            return ExitCode::FAILURE;
        }
    };
    let from = options.at.unwrap_or_else(now);
    let until = from.saturating_add(Duration::from_secs(86_400) * options.days);
    let local = options.local.clone().or_else(|| Zone::local().ok());
    let mut out = io::stdout().lock();
    for session in &settings.sessions {
        // Nobody reads on.
        if print(&mut out, session, from, until, local.as_ref()).is_err() {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

#[expect(clippy::disallowed_methods, reason = "a person asks what holds now")]
fn now() -> UtcTime {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    UtcTime::EPOCH.saturating_add(since).truncate(0)
}

fn print(
    out: &mut impl Write,
    session: &SessionSettings,
    from: UtcTime,
    until: UtcTime,
    local: Option<&Zone>,
) -> io::Result<()> {
    let schedule = &session.schedule;
    writeln!(out, "line {}: {}", session.line, Shown(&session.to_string()))?;
    let mut zones: Vec<&Zone> = Vec::new();
    for zone in local.into_iter().chain(schedule.zones()).filter(|zone| zone.name() != "UTC") {
        if !zones.iter().any(|other| other.name() == zone.name()) {
            zones.push(zone);
        }
    }
    line(out, from, &zones, stands(schedule.at(from)))?;
    let mut before = from;
    while let Some(at) = next(schedule, before).filter(|at| *at <= until) {
        let boundary = schedule.last_boundary(at).filter(|boundary| boundary.at == at);
        line(out, at, &zones, &happens(schedule, at, boundary))?;
        before = at;
    }
    Ok(())
}

fn line(out: &mut impl Write, at: UtcTime, zones: &[&Zone], what: &str) -> io::Result<()> {
    write!(out, "  {at}")?;
    for zone in zones {
        // Zones without letters of their own show how far they are ahead.
        write!(out, "  {:<28}", zone.show(at))?;
    }
    writeln!(out, "  {what}")
}

/// When something happens next.
fn next(schedule: &Schedule, after: UtcTime) -> Option<UtcTime> {
    let boundary = schedule.next_boundary(after).map(|boundary| boundary.at);
    [schedule.at(after).until(), boundary].into_iter().flatten().min()
}

fn stands(state: State) -> &'static str {
    match state {
        State::Open { until: None } => "is open, and stays so",
        State::Open { .. } => "is open",
        State::LogonClosed { .. } => "is not over, and nobody is logged on",
        State::Closed { .. } => "is closed",
    }
}

/// What happens at this instant.
fn happens(schedule: &Schedule, at: UtcTime, boundary: Option<Boundary>) -> String {
    let before = schedule.at(at.saturating_sub(Duration::from_nanos(1)));
    let (was_open, now) = (before.is_open(), schedule.at(at));
    let is_over = boundary.is_some_and(|boundary| boundary.kind == BoundaryKind::Window);
    let what = match now {
        State::Open { .. } if !was_open => "opens",
        State::Open { .. } if is_over => "logs out and on again",
        State::Open { .. } => "goes on",
        State::LogonClosed { .. } if was_open => "logs out, and is not over yet",
        State::LogonClosed { .. } if is_over => "begins, and nobody is logged on yet",
        State::LogonClosed { .. } => "goes on, and nobody is logged on",
        State::Closed { .. } if was_open => "closes",
        State::Closed { .. } => "is over",
    };
    if boundary.is_some() { format!("{what}; numbers begin at 1") } else { what.to_owned() }
}
