//! What happens, whichever adapter it happens to.

pub(crate) mod initiator;
pub(crate) mod letting_in;
pub(crate) mod life;
pub(crate) mod random;
pub(crate) mod release;
pub(crate) mod sending;
pub(crate) mod streams;

/// A test of each script, over one adapter.
#[macro_export]
macro_rules! each_script {
    ($edge:ty) => {
        $crate::scripts_of! { $edge, life:
            an_order_is_filled_and_the_line_comes_back
            edge_21_a_newcomer_makes_the_old_line_prove_itself
            edge_24_a_forgotten_verdict_has_its_own_reason
            edge_29_sessions_come_and_go_while_it_serves
        }
        $crate::scripts_of! { $edge, random:
            edge_01_random_ends_and_restarts_over_a_file_lose_nothing
        }
        $crate::scripts_of! { $edge, release:
            edge_01_a_handler_that_breaks_or_panics_releases_nothing
            edge_01_events_that_are_dropped_release_nothing
            edge_01_a_shutdown_releases_nothing
            edge_13_a_panic_gives_the_session_back_and_is_told
        }
        $crate::scripts_of! { $edge, letting_in:
            edge_04_bytes_of_a_stranger_are_not_left_behind
            edge_11_accepting_goes_on_when_it_failed
            edge_12_silent_connections_shut_nobody_out
            edge_14_whoever_is_turned_away_is_told_and_why
            edge_18_a_stalled_handshake_holds_up_nobody
            safe_10_a_burst_delays_no_logon_and_a_shutdown_wakes_the_listener
        }
        $crate::scripts_of! { $edge, sending:
            edge_22_a_send_that_was_given_up_is_not_sent_later
            edge_23_nothing_hangs_where_nobody_drives
            edge_29_one_result_whoever_sends
        }
        $crate::scripts_of! { $edge, streams:
            edge_17_what_was_written_is_flushed_and_finished
            safe_07_a_peer_that_does_not_read_is_given_up
        }
        $crate::scripts_of! { $edge, initiator:
            edge_15_failed_connects_are_told
            edge_25_a_venue_that_logs_out_is_waited_for
            edge_29_numbers_are_set_between_logout_and_resume
        }
    };
}

/// A test of each of these scripts.
#[macro_export]
macro_rules! scripts_of {
    ($edge:ty, $module:ident: $($script:ident)*) => {
        $(
            #[test]
            fn $script() {
                $crate::scripts::$module::$script::<$edge>();
            }
        )*
    };
}
