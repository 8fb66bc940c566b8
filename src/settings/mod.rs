//! Configurations that stand in files.
//!
//! - [`Settings`]: files of the QuickFIX family (feature `settings`). Every key of QuickFIX in C++,
//!   Java, .Net and Go is honoured, noted with what is done instead, or refused with the reason where
//!   the session would not do what the file says; `docs/SETTINGS.md` lists them. Everything that is
//!   wrong in a file is said at once.
//! - [`SessionOptions`]: every option of [`Config`](crate::session::Config) as plain data. With the
//!   feature `serde` it is read from TOML, JSON or whatever else; a `Config` can be read directly,
//!   and is checked by its builder.

#[cfg(feature = "settings")]
mod assemble;
#[cfg(feature = "settings")]
mod bounded;
#[cfg(feature = "serde")]
mod by_name;
#[cfg(feature = "settings")]
mod context;
#[cfg(all(feature = "settings", feature = "dictionaries", feature = "xml"))]
mod dictionary_files;
#[cfg(feature = "settings")]
mod draft;
#[cfg(feature = "settings")]
mod encoding;
#[cfg(feature = "settings")]
mod expand;
#[cfg(feature = "settings")]
mod feature;
#[cfg(feature = "settings")]
mod file;
#[cfg(feature = "settings")]
mod key;
#[cfg(feature = "settings")]
mod keys;
#[cfg(all(feature = "settings", feature = "xml"))]
mod overlay_file;
#[cfg(feature = "settings")]
mod problem;
#[cfg(feature = "settings")]
mod read;
#[cfg(feature = "settings")]
mod reference;
#[cfg(feature = "settings")]
mod schedule;
#[cfg(feature = "settings")]
mod section;
mod session_options;
#[cfg(feature = "settings")]
mod session_settings;
#[cfg(feature = "settings")]
mod shown;
#[cfg(feature = "settings")]
mod suggest;
#[cfg(all(feature = "settings", feature = "schedule"))]
mod timetable;
mod units;
#[cfg(feature = "settings")]
mod value;

#[cfg(feature = "settings")]
pub use feature::Feature;
#[cfg(all(feature = "settings", feature = "xml"))]
pub use overlay_file::{dictionary_file, overlay_file, read_dictionary_file};
#[cfg(feature = "settings")]
pub use problem::{Problem, SettingsError};
#[cfg(feature = "settings")]
pub use read::{Profile, Settings, SettingsReader};
#[cfg(feature = "settings")]
pub use reference::reference;
pub use session_options::SessionOptions;
#[cfg(feature = "settings")]
pub use session_settings::{
    ApplicationKeys, Checks, Connect, DictionarySettings, Listen, Network, SessionSettings,
};
#[cfg(feature = "settings")]
pub use shown::Shown;
#[cfg(feature = "settings")]
pub use suggest::nearest;
pub use units::{LogonFields, Party, PeerReset, Resend, ResendForm, Reset, Seconds, Threshold};
