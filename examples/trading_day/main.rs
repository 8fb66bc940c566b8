//! A trading day over real TCP: log on, orders and fills both ways, the line cut in the middle of
//! messages, reconnects, gaps in both directions recovered, logout. With `--reset` both sides restart
//! their sequence numbers in session as well, while orders are under way. The desks drive their sessions
//! themselves, or with `--spawned` leave that to tasks or threads.
//!
//! Prints the conversation so that a person can read it, and exits with 1 if one message was lost,
//! repeated unflagged or out of order.

mod book;
mod day;
mod desk;
mod journal;
mod options;
mod std_day;
mod std_spawned;
mod tap;
#[cfg(feature = "tokio")]
mod tokio_day;
#[cfg(feature = "tokio")]
mod tokio_spawned;

use std::process::ExitCode;
use std::sync::atomic::Ordering;

use book::{Book, Verdict, judge, summary};
use day::Day;
use journal::Side;
use options::{Adapter, Options, USAGE};

fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(error) if error.is_empty() => {
            println!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("{error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let day = Day::new(options);
    let played = match options.adapter {
        Adapter::Std if options.spawned => std_spawned::play(&day),
        Adapter::Std => std_day::play(&day),
        Adapter::Tokio => play_with_tokio(&day),
    };
    match played {
        Ok((client, broker)) => {
            let done = client.is_done() && broker.is_done();
            if day.options.reset {
                println!("{} resets of the sequence numbers", client.resets_seen());
            }
            report(&day, done, &client.into_book(), &broker.into_book())
        }
        Err(error) => {
            eprintln!("the day could not be played: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(feature = "tokio")]
fn play_with_tokio(day: &Day) -> Result<(desk::Desk, desk::Desk), std_day::Failure> {
    if day.options.spawned { tokio_spawned::play(day) } else { tokio_day::play(day) }
}

#[cfg(not(feature = "tokio"))]
fn play_with_tokio(_day: &Day) -> Result<(desk::Desk, desk::Desk), std_day::Failure> {
    Err("this build has no tokio adapter; add --features tokio".into())
}

fn report(day: &Day, done: bool, client: &Book, broker: &Book) -> ExitCode {
    let there = judge(client, broker);
    let back = judge(broker, client);
    let clean = done && there.is_clean() && back.is_clean();
    let counted = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    let counters = &day.counters;
    println!(
        "{} over {:?}{}: {} connections, {} cuts, {} messages and {} bytes on the wire, {} ms",
        day.options.version,
        day.options.adapter,
        if day.options.spawned { ", spawned" } else { "" },
        counted(&counters.connections),
        counted(&counters.cuts),
        counted(&counters.messages),
        counted(&counters.bytes),
        day.took().as_millis(),
    );
    println!("  {}", summary(Side::Client, client, broker, &there));
    println!("  {}", summary(Side::Broker, broker, client, &back));
    for (side, verdict) in [(Side::Client, there), (Side::Broker, back)] {
        complain(side, &verdict);
    }
    if clean {
        println!("  every message arrived, in order, once or flagged as a repetition");
        ExitCode::SUCCESS
    } else {
        println!("  THE DAY WENT WRONG{}", if done { "" } else { ": it did not come to its end" });
        ExitCode::FAILURE
    }
}

fn complain(side: Side, verdict: &Verdict) {
    let complaints = [
        ("lost", &verdict.lost),
        ("repeated without PossDupFlag", &verdict.repeated_unflagged),
        ("out of order", &verdict.out_of_order),
        ("never sent, yet delivered", &verdict.never_sent),
    ];
    for (what, ids) in complaints.into_iter().filter(|(_, ids)| !ids.is_empty()) {
        println!("  from {}, {what}: {}", side.name(), ids.join(" "));
    }
}
