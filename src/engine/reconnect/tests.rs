use super::*;
use crate::session::Fault;

fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

fn pause_of(reconnect: &Reconnect, now: Instant) -> Duration {
    match reconnect.next(now) {
        Next::At { at, .. } => at.since(now),
        Next::Stop(reason) => panic!("stopped: {reason}"),
    }
}

#[test]
fn pauses_double_up_to_the_longest_with_a_quarter_of_jitter() {
    let mut reconnect = Reconnect::new(1, 1).without_attempt_limit();
    for (failure, seconds) in [1, 2, 4, 8, 16, 30, 30].into_iter().enumerate() {
        reconnect.failed(at(0));
        let pause = pause_of(&reconnect, at(0));
        let shortest = Duration::from_secs(seconds);
        assert!(pause >= shortest && pause < shortest * 5 / 4, "failure {failure}: {pause:?}");
    }
}

#[test]
fn jitter_is_made_by_splitmix64() {
    let mut reconnect = Reconnect::new(1, 0);
    assert_eq!([0; 3].map(|_: u32| reconnect.percent()), [35, 0, 79]);
}

#[test]
fn the_same_seed_pauses_the_same() {
    let pauses = |seed| {
        let mut reconnect = Reconnect::new(1, seed);
        reconnect.failed(at(0));
        pause_of(&reconnect, at(0))
    };
    assert_eq!(pauses(5), pauses(5));
    assert_ne!(pauses(5), pauses(6));
}

#[test]
fn a_healthy_session_starts_the_pauses_anew_and_a_short_one_does_not() {
    let mut reconnect = Reconnect::new(1, 1).without_attempt_limit();
    for _ in 0..5 {
        reconnect.attempted(at(0));
        reconnect.logged_on(at(0));
        reconnect.ended(at(10), Reason::Closed);
    }
    assert!(pause_of(&reconnect, at(10)) >= Duration::from_secs(16));
    reconnect.attempted(at(0));
    reconnect.logged_on(at(0));
    reconnect.ended(at(30_000), Reason::Closed);
    assert!(pause_of(&reconnect, at(30_000)) < Duration::from_secs(2));
}

#[test]
fn no_more_than_four_attempts_fall_into_a_minute() {
    let mut reconnect = Reconnect::new(1, 1).pauses(Duration::ZERO, Duration::ZERO);
    for attempt in 0..4 {
        reconnect.attempted(at(attempt));
        reconnect.failed(at(attempt));
    }
    assert_eq!(reconnect.next(at(4)), Next::At { at: at(60_000), host: 0, why: Why::TooMany });
    // A longer pause counts for itself.
    reconnect.ended(at(4), Reason::LoggedOutByPeer { status: None });
    let Next::At { at: when, why, .. } = reconnect.next(at(4)) else { panic!("stopped") };
    assert!(when >= at(60_004));
    assert_eq!(why, Why::Ended(Reason::LoggedOutByPeer { status: None }));
}

#[test]
fn hosts_are_tried_in_turn_and_kept_once_one_lets_us_in() {
    let mut reconnect = Reconnect::new(3, 1).without_attempt_limit();
    let host = |reconnect: &Reconnect| match reconnect.next(at(0)) {
        Next::At { host, .. } => host,
        Next::Stop(reason) => panic!("stopped: {reason}"),
    };
    reconnect.failed(at(0));
    assert_eq!(host(&reconnect), 1);
    // Accepted, and closed before the Logon: no better than not accepted (END-13).
    reconnect.attempted(at(0));
    reconnect.ended(at(1), Reason::Closed);
    assert_eq!(host(&reconnect), 2);
    reconnect.attempted(at(1));
    reconnect.logged_on(at(1));
    reconnect.ended(at(2), Reason::Closed);
    assert_eq!(host(&reconnect), 2);
}

/// Connections end so after so many seconds logged on; each pause is of so many seconds, and up
/// to a quarter more.
fn assert_pauses(reconnect: &mut Reconnect, reason: Reason, up: Option<u64>, pauses: &[u64]) {
    for (number, &seconds) in pauses.iter().enumerate() {
        reconnect.attempted(at(0));
        let end = at(up.unwrap_or(1) * 1_000);
        if up.is_some() {
            reconnect.logged_on(at(0));
        }
        reconnect.ended(end, reason);
        let pause = pause_of(reconnect, end);
        let shortest = Duration::from_secs(seconds);
        assert!(pause >= shortest && pause < shortest * 5 / 4, "{reason} {number}: {pause:?}");
    }
}

fn unlimited() -> Reconnect {
    Reconnect::new(1, 1).without_attempt_limit()
}

// EDGE-25: before, what we did not ask for stopped us as well.
#[test]
fn edge_25_only_what_we_wished_and_what_needs_a_person_stops() {
    for reason in [
        Reason::LoggedOut,
        Reason::LogoutTimeout,
        Reason::Requested,
        Reason::Exhausted,
        Reason::RefusedByPeer { status: None },
        Reason::RefusedByPeer { status: Some(5) },
    ] {
        let mut reconnect = Reconnect::new(1, 1);
        reconnect.attempted(at(0));
        reconnect.logged_on(at(0));
        reconnect.ended(at(1), reason);
        assert_eq!(reconnect.next(at(999_999)), Next::Stop(reason));
    }
}

// EDGE-25: the end of the day, a restart, outside the session hours.
#[test]
fn edge_25_a_counterparty_that_sends_us_away_is_waited_out() {
    let day = Reason::LoggedOutByPeer { status: None };
    assert_pauses(&mut unlimited(), day, Some(40_000), &[60, 60, 60]);
    assert_pauses(&mut unlimited(), Reason::LingerTimeout, Some(30), &[60, 60]);
    let not_now = Reason::RefusedByPeer { status: Some(7) };
    assert_pauses(&mut unlimited(), not_now, None, &[60, 120, 240, 480, 900, 900]);
    // As seen in turn: sent away in the evening, not let in at night, in the morning up.
    let mut reconnect = unlimited();
    assert_pauses(&mut reconnect, not_now, None, &[60, 120, 240, 480]);
    assert_pauses(&mut reconnect, Reason::Closed, Some(40_000), &[1]);
    assert_pauses(&mut reconnect, day, Some(40_000), &[60]);
    assert_pauses(&mut reconnect, not_now, None, &[120, 240]);
    let (first, longest) = (Duration::from_secs(8), Duration::from_secs(16));
    let mut reconnect = unlimited().waits(first, longest);
    assert_pauses(&mut reconnect, not_now, None, &[8, 16, 16]);
}

// CORE-02, CORE-18: before, the same end came again within a second, for ever.
#[test]
fn core_18_what_will_happen_again_is_tried_later_each_time() {
    let too_long = Reason::Fault(Fault::MessageTooLong { declared: 70_000 });
    assert_eq!(too_long.recovery(), Recovery::RetryLater);
    let growing = [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300];
    assert_pauses(&mut unlimited(), too_long, Some(40), &growing);
    assert_pauses(&mut unlimited(), too_long, Some(0), &growing);
    assert_pauses(&mut unlimited(), Reason::ClosedBeforeLogon, None, &growing);
    // What happens in between does not make it better, but a healthy session does.
    let mut reconnect = unlimited();
    assert_pauses(&mut reconnect, too_long, Some(1), &[1, 2, 4]);
    assert_pauses(&mut reconnect, Reason::Closed, Some(1), &[1, 2]);
    assert_pauses(&mut reconnect, too_long, Some(1), &[8]);
    assert_pauses(&mut reconnect, Reason::Closed, Some(30), &[1]);
    assert_pauses(&mut reconnect, too_long, Some(1), &[1, 2]);
    let mut reconnect = unlimited().later_pauses(Duration::from_secs(4), Duration::from_secs(8));
    assert_pauses(&mut reconnect, too_long, None, &[4, 8, 8]);
    let mut reconnect = unlimited().later_pauses(Duration::ZERO, Duration::ZERO);
    reconnect.ended(at(0), too_long);
    assert!(pause_of(&reconnect, at(0)) >= Duration::from_millis(1));
}

// EDGE-25
#[test]
fn edge_25_the_policy_can_be_set_and_seen() {
    let locked = Reason::RefusedByPeer { status: Some(6) };
    let mut reconnect = unlimited().decided_by(|reason| {
        let locked = Reason::RefusedByPeer { status: Some(6) };
        match reason == locked {
            true => Recovery::WaitLonger,
            false if reason == Reason::Silence => Recovery::Operator,
            false => reason.recovery(),
        }
    });
    assert_eq!(reconnect.recovery(locked), Recovery::WaitLonger);
    assert_eq!(unlimited().recovery(locked), Recovery::Operator);
    assert_pauses(&mut reconnect, locked, None, &[60]);
    let next = reconnect.next(at(0));
    assert!(matches!(next, Next::At { why: Why::Ended(reason), .. } if reason == locked));
    reconnect.failed(at(0));
    assert!(matches!(reconnect.next(at(0)), Next::At { why: Why::ConnectFailed, .. }));
    reconnect.ended(at(0), Reason::Silence);
    assert_eq!(reconnect.next(at(0)), Next::Stop(Reason::Silence));
}

#[test]
fn a_person_begins_the_pauses_anew() {
    let day = Reason::LoggedOutByPeer { status: None };
    let mut reconnect = unlimited();
    for (reason, first) in [(Reason::Closed, 1), (Reason::LogonUnread, 1), (day, 60)] {
        assert_pauses(&mut reconnect, reason, Some(0), &[first, 2 * first]);
        reconnect.resume();
        assert_pauses(&mut reconnect, reason, Some(0), &[first]);
        reconnect.resume();
    }
    reconnect.stop(Reason::Closed);
    assert_eq!(reconnect.next(at(7)), Next::Stop(Reason::Closed));
    reconnect.resume();
    assert_eq!(reconnect.next(at(7)), Next::At { at: at(7), host: 0, why: Why::AtOnce });
}

#[test]
fn what_a_person_must_look_at_stops_until_a_person_says_so() {
    let refused = Reason::RefusedByPeer { status: None };
    let mut reconnect = Reconnect::new(1, 1);
    reconnect.attempted(at(0));
    reconnect.ended(at(1), refused);
    assert_eq!(reconnect.next(at(999_999)), Next::Stop(refused));
    reconnect.resume();
    assert_eq!(reconnect.next(at(5)), Next::At { at: at(5), host: 0, why: Why::AtOnce });
}
