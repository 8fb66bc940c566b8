//! Sessions out of a settings file, over real sockets, with threads and with tasks.

#![expect(clippy::disallowed_methods, reason = "real sockets take real time")]

mod desk;
mod scripts;

use std::ops::ControlFlow;

use fixline::adapters::{Handle, Running};
use fixline::engine::{Event, SessionId};
use fixline::settings::{Settings, SettingsError};

/// Who drives the sessions.
trait Side {
    fn new() -> Self;

    fn start<H>(&self, settings: Settings, handler: H) -> Result<Running, SettingsError>
    where
        H: Fn(&SessionId, Event<'_>, &Handle) -> ControlFlow<()> + Send + Sync + 'static;
}

struct Threads;

impl Side for Threads {
    fn new() -> Self {
        Self
    }

    fn start<H>(&self, settings: Settings, handler: H) -> Result<Running, SettingsError>
    where
        H: Fn(&SessionId, Event<'_>, &Handle) -> ControlFlow<()> + Send + Sync + 'static,
    {
        settings.start(handler)
    }
}

struct Tasks(tokio::runtime::Runtime);

impl Side for Tasks {
    fn new() -> Self {
        Self(tokio::runtime::Runtime::new().expect("a runtime"))
    }

    fn start<H>(&self, settings: Settings, handler: H) -> Result<Running, SettingsError>
    where
        H: Fn(&SessionId, Event<'_>, &Handle) -> ControlFlow<()> + Send + Sync + 'static,
    {
        self.0.block_on(settings.spawn(handler))
    }
}

/// Each script over both.
macro_rules! over_both {
    ($($name:ident)*) => {
        mod threads {
            $(#[test] fn $name() { crate::scripts::$name(<crate::Threads as crate::Side>::new()); })*
        }
        mod tasks {
            $(#[test] fn $name() { crate::scripts::$name(<crate::Tasks as crate::Side>::new()); })*
        }
    };
}

over_both! {
    two_initiators_and_an_acceptor_trade_and_end
    what_was_traded_is_in_the_folder_of_the_file
    a_port_that_is_taken_starts_nothing
    a_store_that_somebody_has_starts_nothing
    a_dictionary_that_cannot_be_read_starts_nothing
    everything_that_is_wrong_is_said_at_once
    one_session_twice_starts_nothing
    a_host_that_does_not_exist_is_tried_again
    the_next_host_is_tried_where_the_first_does_not_answer
    a_handler_that_panics_ends_its_session_only
    a_handler_that_breaks_ends_its_session_only
    an_acceptor_session_whose_handler_panicked_takes_no_logon
    a_session_that_logged_out_is_resumed
    what_is_dropped_ends
    sessions_without_a_folder_are_noted
    an_acceptor_shuts_down_whom_it_serves
    what_became_of_each_message_is_told
}

#[cfg(feature = "schedule")]
mod hours {
    #[test]
    fn threads_keep_the_hours_of_the_file() {
        crate::scripts::the_hours_of_the_file_are_kept(<crate::Threads as crate::Side>::new());
    }

    #[test]
    fn tasks_keep_the_hours_of_the_file() {
        crate::scripts::the_hours_of_the_file_are_kept(<crate::Tasks as crate::Side>::new());
    }
}
