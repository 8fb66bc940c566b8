//! Round trips over loopback TCP: every order is answered by a fill, both sides are fixline. Next to
//! it, in the same run, two threads that exchange the same bytes without looking at them. All of them write
//! once for each wake-up.
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
use trades::{Failure, Figures, fill_bytes, order_bytes};

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

/// Measures in turn, so that the result has its reference next to it.
fn compare(options: &Options) -> Result<(), Failure> {
    println!(
        "{} orders of {} bytes, each answered by a fill of {} bytes, {} in flight",
        options.orders,
        order_bytes().len(),
        fill_bytes().len(),
        options.in_flight,
    );
    println!("{:44}{:>14}{:>10}{:>10}{:>10}", "", "round trips/s", "p50 us", "p99 us", "ratio");
    let bare = bare::run(options)?;
    print_figures("bare TCP", &bare, None);
    let fix = match options.adapter {
        Adapter::Std => std_lines::run(options)?,
        Adapter::Tokio => run_with_tokio(options)?,
    };
    print_figures(&format!("fixline ({})", options.adapter.name()), &fix, Some(&bare));
    Ok(())
}

#[cfg(feature = "tokio")]
fn run_with_tokio(options: &Options) -> Result<Figures, Failure> {
    tokio_lines::run(options)
}

#[cfg(not(feature = "tokio"))]
fn run_with_tokio(_options: &Options) -> Result<Figures, Failure> {
    Err("this build has no tokio adapter; add --features tokio".into())
}

fn print_figures(name: &str, figures: &Figures, reference: Option<&Figures>) {
    let Figures { per_second, p50, p99 } = figures;
    let ratio = reference.map(|bare| format!("{:.2}", per_second / bare.per_second));
    let ratio = ratio.unwrap_or_default();
    println!("{name:44}{per_second:14.0}{p50:10.1}{p99:10.1}{ratio:>10}");
}
