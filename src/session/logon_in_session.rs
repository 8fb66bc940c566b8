//! The gate for a Logon in session: what of it is a reset, and what an answer to one.

use super::config::Config;
use super::fault::Fault;
use super::inbound::Verdict;
use super::logon_facts::{asks_for_reset, facts, number_fault};
use super::notice::Dropped;
use super::state::{Phase, SeqNums, State, Up};
use crate::dictionary::Violation;
use crate::wire::{Message, MsgKind, Scan, SeqNum};

/// The number behind a Logon that began a series.
const SECOND: SeqNum = SeqNum::MIN.next();

/// A Logon within a session: only to reset, and not once it is ending (S-RESET-03, S-LOGON-27,
/// S-OUT-17).
pub(super) fn judge_logon<'b>(
    config: &Config,
    state: &State,
    up: &Up,
    scan: &Scan<'b>,
    warning: &mut Option<Violation>,
) -> Verdict<'b> {
    let message = scan.message;
    if answers_again(config, state, up, message) {
        let fault = reset_fault(config, state, scan, SECOND, warning);
        return fault.map_or(Verdict::ResetAgain, Verdict::BadReset);
    }
    // What we are about to do ourselves needs no permission.
    let wanted = matches!(up.phase, Phase::ResetProbe { .. });
    let goes_on = wanted || matches!(up.phase, Phase::Active);
    if !goes_on || !asks_for_reset(config, message) {
        return Verdict::Fault(Fault::LogonWhileLoggedOn);
    }
    if !wanted && !config.reset_permission.in_session {
        return Verdict::Fault(Fault::ResetNotPermitted);
    }
    if message.msg_seq_num() != 1 {
        return Verdict::Fault(Fault::ResetNotOne);
    }
    if up.resets.count(state.now.monotonic) >= config.dialect.resets_per_minute_max {
        return Verdict::Fault(Fault::TooManyResets);
    }
    let fault = reset_fault(config, state, scan, SeqNum::MIN, warning);
    fault.map_or(Verdict::ResetLogon, Verdict::BadReset)
}

/// Whether a Logon that would reset is the answer to ours that began this epoch: nothing else of
/// the peer is in it, so that there is nothing to reset. Were it answered, two sides that answer
/// each Logon would reset for ever (INV-18, S-RESET-10).
fn answers_again(config: &Config, state: &State, up: &Up, message: Message<'_>) -> bool {
    up.reset_said
        && state.nums.next_in == SeqNum::MIN.next()
        && !up.gap.is_open()
        && message.msg_seq_num() == 1
        && asks_for_reset(config, message)
}

/// What is wrong with a Logon in session: it is judged as at the opening, by the numbers of the
/// new series, in which `next_out` is ours. What is wrong ends the session, and nothing is reset (S-LOGON-20, S-789-14).
fn reset_fault(
    config: &Config,
    state: &State,
    scan: &Scan<'_>,
    next_out: SeqNum,
    warning: &mut Option<Violation>,
) -> Option<Fault> {
    let logon = facts(config, scan, SeqNum::MIN, state.now.utc);
    *warning = logon.warning;
    let nums = SeqNums { next_out, ..SeqNums::FRESH };
    logon.fault.or_else(|| number_fault(logon, nums))
}

/// Between our reset and the peer's answer (S-RESET-07).
pub(super) fn judge_while_resetting<'b>(
    config: &Config,
    state: &State,
    scan: &Scan<'b>,
    old_next_in: SeqNum,
    warning: &mut Option<Violation>,
) -> Verdict<'b> {
    let message = scan.message;
    if message.kind() == MsgKind::Logon {
        let resets = asks_for_reset(config, message) || config.dialect.infer_reset;
        let answers = resets && message.msg_seq_num() == 1 && !message.poss_dup();
        return if answers {
            reset_fault(config, state, scan, SECOND, warning)
                .map_or(Verdict::ResetAnswer, Verdict::BadReset)
        } else {
            Verdict::Fault(Fault::ResetNotAnswered)
        };
    }
    // A repeated one is of the series before, and ends nothing (S-PD-06).
    if message.kind() == MsgKind::Logout && !message.poss_dup() {
        return Verdict::Logout;
    }
    if config.strict_reset {
        return Verdict::Fault(Fault::ResetInterrupted);
    }
    if message.msg_seq_num() == old_next_in.get() && scan.defect.is_none() {
        return Verdict::OldSeries;
    }
    Verdict::Drop(Dropped::OldSeries)
}
