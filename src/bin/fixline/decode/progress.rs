//! How far a long run is, for whoever waits before a terminal.

use std::cell::Cell;
use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressStyle};

use super::super::tell::tell;

/// A bar on standard error, while the output goes elsewhere.
pub(super) struct Progress {
    bar: ProgressBar,
    /// How far the bar was moved.
    shown: Cell<u64>,
}

/// The bar is moved in steps of so many bytes: moving it asks the clock.
const STEP: u64 = 64 << 10;

impl Progress {
    /// For so many bytes, if that is known.
    pub(super) fn new(bytes: Option<u64>) -> Self {
        if io::stdout().is_terminal() || !io::stderr().is_terminal() {
            return Self { bar: ProgressBar::hidden(), shown: Cell::new(u64::MAX) };
        }
        let (bar, template) = match bytes {
            Some(bytes) => {
                let template =
                    "{bar:30} {percent:>3}% of {total_bytes}  {bytes_per_sec}  {eta} left";
                (ProgressBar::new(bytes), template)
            }
            None => (ProgressBar::new_spinner(), "{spinner} {bytes}  {bytes_per_sec}"),
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self { bar, shown: Cell::new(0) }
    }

    /// So many bytes are done.
    pub(super) fn at(&self, bytes: u64) {
        if bytes.saturating_sub(self.shown.get()) >= STEP {
            self.shown.set(bytes);
            self.bar.set_position(bytes);
        }
    }

    /// Says something on standard error, above the bar.
    pub(super) fn say(&self, text: &str) {
        if !cfg!(test) {
            self.bar.suspend(|| tell(text));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
