//! How far a long run is, for whoever waits before a terminal.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on standard error, while the output goes elsewhere.
pub(super) struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// For so many bytes, if that is known.
    pub(super) fn new(bytes: Option<u64>) -> Self {
        if io::stdout().is_terminal() || !io::stderr().is_terminal() {
            return Self { bar: ProgressBar::hidden() };
        }
        let (bar, template) = match bytes {
            Some(bytes) => {
                (ProgressBar::new(bytes), "{bar:40} {percent:>3}%  {bytes_per_sec}  {eta} left")
            }
            None => (ProgressBar::new_spinner(), "{spinner} {bytes}  {bytes_per_sec}"),
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Self { bar }
    }

    /// So many bytes are done.
    pub(super) fn at(&self, bytes: u64) {
        if !self.bar.is_hidden() {
            self.bar.set_position(bytes);
        }
    }

    /// Says something on standard error, above the bar.
    pub(super) fn say(&self, text: &str) {
        self.bar.suspend(|| eprintln!("{text}"));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
