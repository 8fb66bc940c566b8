//! What must hold at the end of every step; checked in builds with debug assertions.

use super::action::Actions;
use super::config::Config;
use super::state::{Link, Phase, State};
use super::timers;
use super::transition::{self, Name};

pub(super) fn check(config: &Config, state: &State, actions: &Actions<'_>, from: Name) {
    if !cfg!(debug_assertions) {
        return;
    }
    let to = transition::name(state);
    debug_assert!(
        transition::is_allowed(from, to),
        "no way leads from {from:?} to {to:?} in one step"
    );
    if let Link::Up(up) = &state.link {
        debug_assert!(
            up.gap.high().is_none_or(|high| high >= state.nums.next_in),
            "an open gap reaches to or beyond the expected number"
        );
        debug_assert!(
            up.recalled.is_none_or(|seq| seq == state.nums.next_in),
            "only the expected number is recalled"
        );
        debug_assert!(
            !matches!(up.phase, Phase::Failing { .. }) || up.is_settled(),
            "nothing is recovered behind an error Logout"
        );
    }
    let waits = !matches!(state.link, Link::Down | Link::Ended(_) | Link::Up(_));
    debug_assert!(
        !waits || timers::deadline(config, state).is_some(),
        "every waiting state ends by itself"
    );
    debug_assert!(
        !actions.ends() || matches!(state.link, Link::Ended(_) | Link::Down),
        "what was told to disconnect has ended"
    );
}
