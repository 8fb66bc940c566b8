//! Round trips over loopback TCP: every order is answered by a fill, both sides are fixline. Next to
//! it, in the same run, two threads that exchange the same bytes without looking at them.
//!
//! ```text
//! cargo run --release --example loopback --features tokio -- --adapter std --in-flight 1000
//! ```

mod bare;
mod options;
mod std_lines;
#[cfg(feature = "tokio")]
mod tokio_lines;
mod trades;

use std::process::ExitCode;

use options::{Adapter, Options, USAGE};
use trades::{Failure, Figures, Writes, fill_bytes, order_bytes};

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
    match compare(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the orders could not be exchanged: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Measures in turn, so that each result has its reference next to it.
fn compare(options: &Options) -> Result<(), Failure> {
    println!(
        "{} orders of {} bytes, each answered by a fill of {} bytes, {} in flight",
        options.orders,
        order_bytes().len(),
        fill_bytes().len(),
        options.in_flight,
    );
    println!("{:44}{:>14}{:>10}{:>10}{:>10}", "", "round trips/s", "p50 us", "p99 us", "ratio");
    for (writes, name) in
        [(Writes::Each, "a write for each message"), (Writes::Batched, "a write for each wake-up")]
    {
        let bare = bare::run(options, writes)?;
        print_figures(&format!("bare TCP, {name}"), &bare, None);
        let Some(fix) = run(options, writes)? else { continue };
        let adapter = options.adapter.name();
        print_figures(&format!("fixline ({adapter}), {name}"), &fix, Some(&bare));
    }
    Ok(())
}

/// What fixline comes to; `None` if the adapter does not write like that.
fn run(options: &Options, writes: Writes) -> Result<Option<Figures>, Failure> {
    match options.adapter {
        Adapter::Std => std_lines::run(options, writes).map(Some),
        Adapter::Tokio => run_with_tokio(options, writes),
    }
}

#[cfg(feature = "tokio")]
fn run_with_tokio(options: &Options, writes: Writes) -> Result<Option<Figures>, Failure> {
    match writes {
        Writes::Each => Ok(None),
        Writes::Batched => tokio_lines::run(options).map(Some),
    }
}

#[cfg(not(feature = "tokio"))]
fn run_with_tokio(_options: &Options, _writes: Writes) -> Result<Option<Figures>, Failure> {
    Err("this build has no tokio adapter; add --features tokio".into())
}

fn print_figures(name: &str, figures: &Figures, reference: Option<&Figures>) {
    let Figures { per_second, p50, p99 } = figures;
    let ratio = reference.map(|bare| format!("{:.2}", per_second / bare.per_second));
    let ratio = ratio.unwrap_or_default();
    println!("{name:44}{per_second:14.0}{p50:10.1}{p99:10.1}{ratio:>10}");
}
