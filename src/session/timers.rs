//! Deadlines: derived from the state, so that nothing is armed or disarmed.

use core::time::Duration;

use super::action::{Deadline, Timer};
use super::clock::Instant;
use super::config::Config;
use super::fault::Fault;
use super::policy::SilenceFrom;
use super::reason::{Reason, refuses};
use super::state::{Link, Phase, State, Up};
use super::step::Step;
use crate::wire::UtcTime;

/// What stands for 2.4 intervals where there are no heartbeats, in nanoseconds (S-RR-07).
const WITHOUT_HEARTBEATS: u64 = 30_000_000_000;

/// The next thing that becomes due, if nothing else happens.
pub(super) fn deadline(config: &Config, state: &State) -> Option<Deadline> {
    match &state.link {
        Link::Down | Link::Ended(_) => None,
        Link::AwaitingLogon { until }
        | Link::Deciding { until, .. }
        | Link::Signing { until, .. }
        | Link::LogonSent { until, .. } => Some(Deadline::new(*until, Timer::Logon)),
        Link::Up(up) => of_session(config, up),
    }
}

#[inline]
fn of_session(config: &Config, up: &Up) -> Option<Deadline> {
    let alone = up.gap.request.is_none() && up.replay.is_none() && up.probe.is_none();
    if alone && matches!(up.phase, Phase::Active) {
        // Nothing else runs, most of the time.
        let (heartbeat, liveness) = of_liveness(config, up);
        earlier(heartbeat, liveness)
    } else {
        of_everything(config, up)
    }
}

fn of_everything(config: &Config, up: &Up) -> Option<Deadline> {
    let (heartbeat, liveness) = of_liveness(config, up);
    let phase = of_phase(&up.phase);
    let recovery = of_recovery(config, up).map(|at| Deadline::new(at, Timer::Recovery));
    let replay = of_replay(up).map(|at| Deadline::new(at, Timer::Replay));
    earlier(earlier(phase, earlier(heartbeat, liveness)), earlier(recovery, replay))
}

#[inline]
fn earlier(one: Option<Deadline>, other: Option<Deadline>) -> Option<Deadline> {
    match (one, other) {
        (Some(one), Some(other)) => Some(if other.at < one.at { other } else { one }),
        (one, other) => one.or(other),
    }
}

fn of_phase(phase: &Phase) -> Option<Deadline> {
    let (until, timer) = match phase {
        Phase::Active => return None,
        Phase::ResetProbe { until, .. } | Phase::ResetSent { until, .. } => (until, Timer::Reset),
        Phase::LogoutDue { until, .. } | Phase::LogoutSent { until } => (until, Timer::Logout),
        Phase::LogoutReceived { until, .. } => (until, Timer::LogoutRecovery),
        Phase::LogoutAcked { until, .. } => (until, Timer::Linger),
        Phase::Failing { until, .. } => (until, Timer::Logout),
    };
    Some(Deadline::new(*until, timer))
}

/// Heartbeat, and TestRequest or silence; none behind our Logout, whose own timer runs, and none
/// between a reset and its answer, when nothing else may be sent (S-HB-09, S-RESET-07).
#[inline]
fn of_liveness(config: &Config, up: &Up) -> (Option<Deadline>, Option<Deadline>) {
    let silent = up.phase.has_logged_out() || matches!(up.phase, Phase::ResetSent { .. });
    if silent {
        return (None, None);
    }
    if up.heart_bt_int_secs == 0 {
        return (None, config.idle_probe.map(|idle| of_idleness(up, idle)));
    }
    let heartbeat = up.last_sent.after_nanos(percent_of(up, 100));
    let goes_on = up.probe.is_none() || config.dialect.heartbeat_while_probing;
    let heartbeat = goes_on.then(|| Deadline::new(heartbeat, Timer::Heartbeat));
    let liveness = match up.probe {
        None => Deadline::new(
            up.last_received.after_nanos(percent_of(up, config.test_request_percent)),
            Timer::TestRequest,
        ),
        Some(probe) => {
            let from = match config.dialect.silence_from {
                SilenceFrom::TestRequest => probe.sent.max(up.last_received),
                SilenceFrom::LastReceipt => up.last_received,
            };
            Deadline::new(from.after_nanos(percent_of(up, config.silence_percent)), Timer::Silence)
        }
    };
    (heartbeat, Some(liveness))
}

/// Where there are no heartbeats and the peer is asked whether it is there.
fn of_idleness(up: &Up, idle: Duration) -> Deadline {
    match up.probe {
        None => Deadline::new(up.last_received.after(idle), Timer::TestRequest),
        Some(probe) => Deadline::new(probe.sent.max(up.last_received).after(idle), Timer::Silence),
    }
}

/// Runs on its own: messages that do not help keep the peer alive, not the request (SEQ-20).
fn of_recovery(config: &Config, up: &Up) -> Option<Instant> {
    let request = up.gap.request.filter(|_| up.replay.is_none() && up.phase.may_ask())?;
    if request.short {
        // At once, but behind what was received.
        return Some(request.moved);
    }
    let timeout = match config.recovery_timeout {
        Some(timeout) => return Some(request.moved.after(timeout)),
        // Nothing was asked for yet: the peer fills by itself, or does not know how (S-789-13).
        None if request.tries == 0 && up.heart_bt_int_secs > 0 => {
            percent_of(up, config.test_request_percent)
        }
        None => patience(up),
    };
    Some(request.moved.after_nanos(timeout))
}

fn of_replay(up: &Up) -> Option<Instant> {
    up.replay.map(|replay| replay.moved.after_nanos(patience(up)))
}

/// 2.4 intervals, in nanoseconds.
fn patience(up: &Up) -> u64 {
    if up.heart_bt_int_secs == 0 { WITHOUT_HEARTBEATS } else { percent_of(up, 240) }
}

/// So many percent of the heartbeat interval, in nanoseconds.
fn percent_of(up: &Up, percent: u32) -> u64 {
    // Two numbers of 32 bits have a product of 64.
    let percents = u64::from(up.heart_bt_int_secs) * u64::from(percent);
    percents.saturating_mul(10_000_000)
}

impl Step<'_, '_> {
    /// Does what is due: one stage of each ladder per tick, so that a late tick skips none.
    pub(super) fn tick(&mut self) {
        self.caught_up();
        let due = |at: Instant| at <= self.now.monotonic;
        match &self.state.link {
            Link::Down | Link::Ended(_) => {}
            Link::AwaitingLogon { until }
            | Link::Deciding { until, .. }
            | Link::Signing { until, .. }
            | Link::LogonSent { until, .. } => {
                if due(*until) {
                    self.note_unsent();
                    self.disconnect(self.without_logons(false));
                }
            }
            Link::Up(up) => {
                if of_phase(&up.phase).is_some_and(|deadline| due(deadline.at)) {
                    self.phase_is_due();
                } else if of_replay(up).is_some_and(due) {
                    self.give_up(Reason::ReplayStalled, &"The replay stalled");
                } else if of_recovery(self.config, up).is_some_and(due) {
                    self.ask_again();
                } else {
                    self.tick_liveness();
                }
                self.end_if_exhausted();
            }
        }
    }

    /// What was said of waiting bytes is over.
    pub(super) fn caught_up(&mut self) {
        if let Link::Up(up) = &mut self.state.link {
            up.behind_since = None;
        }
    }

    /// The clocks that run because nothing of the peer was read begin anew.
    pub(super) fn behind(&mut self, since: UtcTime) {
        let now = self.now.monotonic;
        let Some(up) = self.state.up_mut() else { return };
        up.last_received = now;
        up.behind_since.get_or_insert(since);
        if let Some(probe) = &mut up.probe {
            probe.sent = now;
        }
        if let Some(request) = &mut up.gap.request {
            request.moved = now;
        }
    }

    fn phase_is_due(&mut self) {
        let Some(up) = self.state.up() else { return };
        match &up.phase {
            Phase::Active => {}
            Phase::ResetProbe { .. } => self.give_up_on_reset(),
            Phase::ResetSent { .. } => self.give_up_on_reset(),
            Phase::LogoutDue { .. } => {
                self.end_recovery();
                self.send_due_logout();
            }
            Phase::LogoutSent { .. } => {
                self.note_unsent();
                self.disconnect(Reason::LogoutTimeout);
            }
            Phase::LogoutReceived { status, .. } => {
                let status = *status;
                self.end_recovery();
                self.acknowledge_logout(status);
            }
            // What a person must mend is not to be forgotten because the peer does not close.
            Phase::LogoutAcked { status, .. } if refuses(*status) => {
                let status = *status;
                self.disconnect(Reason::LoggedOutByPeer { status });
            }
            Phase::LogoutAcked { .. } => self.disconnect(Reason::LingerTimeout),
            Phase::Failing { fault, .. } => {
                let fault: Fault = *fault;
                self.disconnect(Reason::Fault(fault));
            }
        }
    }

    fn tick_liveness(&mut self) {
        let Some(up) = self.state.up() else { return };
        let due = |deadline: Option<Deadline>| {
            deadline.is_some_and(|deadline| deadline.at <= self.now.monotonic)
        };
        let (heartbeat, liveness) = of_liveness(self.config, up);
        match (due(liveness), up.probe) {
            (true, Some(_)) => self.give_up_on_silence(),
            (true, None) => self.probe(),
            (false, _) if due(heartbeat) => self.send_heartbeat(None),
            (false, _) => {}
        }
    }
}
