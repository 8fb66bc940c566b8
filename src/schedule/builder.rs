//! How a schedule is put together.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::day::Date;
use super::error::ScheduleError;
use super::moment::Moment;
use super::window::Window;
use super::{Holidays, Schedule};

/// Collects what a [`Schedule`] consists of.
#[derive(Clone, Debug, Default)]
#[must_use = "call build()"]
pub struct ScheduleBuilder {
    windows: Vec<Window>,
    logon: Vec<Window>,
    resets: Vec<Moment>,
    keeps_numbers: bool,
    holidays: Holidays,
}

impl ScheduleBuilder {
    /// The session is open from each `open` to the next `close` behind it, which may be counted in
    /// another zone. Where both are the same it is open all day, or all week, and begins anew then.
    ///
    /// With several windows it is open in each of them. Without one it is always open.
    pub fn window(mut self, open: Moment, close: Moment) -> Self {
        self.windows.push(Window { open, close });
        self
    }

    /// Nobody is logged on but from each `open` to the next `close` behind it, within the windows of
    /// the session. Outside of it the session is not over, and its numbers stay.
    pub fn logon_window(mut self, open: Moment, close: Moment) -> Self {
        self.logon.push(Window { open, close });
        self
    }

    /// Numbers begin at 1 again at each of these moments, also while both sides are connected.
    pub fn reset_at(mut self, moment: Moment) -> Self {
        self.resets.push(moment);
        self
    }

    /// Numbers go on from one window to the next; only [`reset_at`](Self::reset_at) resets them. By
    /// default each window begins with number 1.
    pub const fn keep_numbers(mut self) -> Self {
        self.keeps_numbers = true;
        self
    }

    /// No window opens on the days for which this is true, counted where it opens. A window that is
    /// open already stays open; resets at a time come all the same. Whoever asks the schedule asks
    /// this, many times over: it must be fast, and always say the same of a day.
    pub fn holidays(mut self, is_holiday: impl Fn(Date) -> bool + Send + Sync + 'static) -> Self {
        self.holidays = Holidays(Some(Arc::new(is_holiday)));
        self
    }

    /// The schedule.
    ///
    /// # Errors
    ///
    /// A moment never comes.
    pub fn build(self) -> Result<Schedule, ScheduleError> {
        let Self { windows, logon, resets, keeps_numbers, holidays } = self;
        let of_windows = windows.iter().chain(&logon).flat_map(|it| [&it.open, &it.close]);
        if of_windows.chain(&resets).any(Moment::is_never) {
            return Err(ScheduleError::NoDays);
        }
        Ok(Schedule { windows, logon, resets, keeps_numbers, holidays })
    }
}
