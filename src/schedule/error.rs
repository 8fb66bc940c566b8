//! What a schedule cannot be made of.

use alloc::string::String;

use thiserror::Error;

/// What a schedule cannot be made of.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ScheduleError {
    /// Neither the machine nor this crate knows the zone.
    #[error("there is no time zone `{0}`: write a name such as Europe/London or UTC")]
    Zone(String),
    /// The machine does not say in which zone it stands.
    #[error("the time zone of this machine is not known: {0}; name a zone")]
    LocalZone(String),
    /// It is no time of the day.
    #[error("`{0}` is no time such as 08:30:00")]
    Time(String),
    /// A moment on none of the days never comes.
    #[error("a moment on no day of the week: name one at least")]
    NoDays,
}
