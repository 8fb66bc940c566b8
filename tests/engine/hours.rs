//! Connections that keep the hours of their session.

use std::time::Duration;

use fixline::engine::{ConnectError, ConnectionOptions, Entry, Hours, MemoryStore};
use fixline::schedule::{Moment, Schedule};
use fixline::session::{Config, Instant, ResendPolicy, ResetPermission, Status, Version};
use fixline::wire::from_text;

use crate::side::{Side, broker_config, carry, client_config, connect, now, order, settle};

const MINUTE: u64 = 60_000;
const DAY: u64 = 24 * 60 * MINUTE;

fn at(time: &str) -> Moment {
    Moment::daily(time.parse().unwrap())
}

/// Open at these times of the day; the clock begins at 09:30.
fn open(from: &str, until: &str) -> Hours {
    Hours::new(Schedule::builder().window(at(from), at(until)).build().unwrap())
}

fn client(hours: Hours) -> Side {
    let config = client_config().reset_permission(ResetPermission::ALL);
    let mut side = Side::new(config, ConnectionOptions::new());
    side.line.set_hours(hours);
    side
}

fn broker(hours: Hours) -> Side {
    let config = broker_config().reset_permission(ResetPermission::ALL);
    let mut side = Side::new(config, ConnectionOptions::new());
    side.line.set_hours(hours);
    side
}

/// A client and a broker with these hours, logged on since 09:30.
fn logged_on(hours: &Hours) -> (Side, Side) {
    let (mut client, mut broker) = (client(hours.clone()), broker(hours.clone()));
    connect(&mut client, &mut broker, 0);
    let _ = settle(&mut client, &mut broker, 0);
    (client, broker)
}

/// Time passes for both, in steps of some seconds.
fn pass(client: &mut Side, broker: &mut Side, from: u64, until: u64) -> Vec<String> {
    let mut saw = Vec::new();
    for millis in (from..=until).step_by(15_000) {
        saw.extend(settle(client, broker, millis).0);
    }
    saw
}

fn numbers(side: &Side) -> (u64, u64) {
    let numbers = side.line.seq_nums();
    (numbers.next_out.get(), numbers.next_in.get())
}

/// S-SCHED-05.
#[test]
fn a_logon_outside_of_the_hours_is_refused_and_the_application_not_asked() {
    let mut broker = broker(open("10:00:00", "17:00:00"));
    broker.connect(0);
    assert_eq!(broker.log_on(1, 0), ["LogonRefused"]);
    let sent = broker.sent();
    assert_eq!(sent.len(), 1);
    assert!(sent[0].contains("|35=5|34=1|"), "{sent:?}");
    assert!(sent[0].contains("|58=the hours of the session are over|"), "{sent:?}");
    broker.line.closed();
    assert_eq!(broker.drive(0), [""; 0]);
    assert!(broker.line.is_outside_hours());
}

#[test]
fn a_refusal_says_1409_where_the_version_has_it() {
    let config = Config::acceptor(Version::Fix50Sp2, "BROKER", "CLIENT", ResendPolicy::All);
    let mut broker = Side::new(config, ConnectionOptions::new());
    broker.line.set_hours(open("10:00:00", "17:00:00"));
    broker.connect(0);
    broker.receive(&from_text(
        "8=FIXT.1.1|35=A|34=1|49=CLIENT|52=20261122-09:30:00|56=BROKER|98=0|108=30|1137=9|",
    ));
    let _ = broker.drive(0);
    let sent = broker.sent();
    assert!(sent[0].contains("|35=5|") && sent[0].contains("|1409=7|"), "{sent:?}");
}

#[test]
fn a_refusal_may_be_silent() {
    let mut broker = broker(open("10:00:00", "17:00:00").refuse_silently());
    broker.connect(0);
    let _ = broker.log_on(1, 0);
    assert!(broker.sent().is_empty());
    assert!(broker.line.wants_close());
    assert_eq!(numbers(&broker).0, 1, "no number was used");
}

#[test]
fn an_initiator_is_quiet_outside_of_its_hours() {
    let mut client = client(open("10:00:00", "17:00:00"));
    let again = client.line.may_connect(now(0)).unwrap_err();
    assert_eq!(again, Instant::from_millis(30_000), "it looks now and then");
    let refused = client.line.connected(now(0), Entry::PLAIN);
    assert!(matches!(refused, Err(ConnectError::OutsideHours)));
    assert_eq!(client.line.status(), Status::Disconnected);
    let almost = client.line.may_connect(now(30 * MINUTE - 1)).unwrap_err();
    assert_eq!(almost, Instant::from_millis(30 * MINUTE));
    client.line.may_connect(now(30 * MINUTE)).unwrap();
    client.connect(30 * MINUTE);
}

/// S-SCHED-04.
#[test]
fn both_sides_log_out_when_the_hours_end_and_begin_anew_the_next_day() {
    let (mut client, mut broker) = logged_on(&open("09:00:00", "10:00:00"));
    let _ = client.line.send(&order(1), now(0)).unwrap();
    let _ = pass(&mut client, &mut broker, 0, 29 * MINUTE + 45_000);
    assert!(matches!(client.line.status(), Status::LoggedOn { .. }));
    let wake = client.line.wake_at().unwrap();
    assert!(wake <= Instant::from_millis(30 * MINUTE), "{wake:?}");
    let _ = settle(&mut client, &mut broker, 30 * MINUTE);
    assert!(client.line.has_ended(), "{:?}", client.line.status());
    let _ = crate::side::break_line(&mut client, &mut broker, 30 * MINUTE);
    assert!(client.line.hours_ended());
    assert!(!client.line.logout_asked(), "nobody asked for it");
    let morning = DAY - 30 * MINUTE;
    assert!(client.line.may_connect(now(morning - 1)).is_err());
    assert!(numbers(&client).0 > 2, "still those of the day before");
    connect(&mut client, &mut broker, morning);
    let _ = settle(&mut client, &mut broker, morning);
    assert_eq!((numbers(&client), numbers(&broker)), ((2, 2), (2, 2)));
    assert_eq!(client.line.created(), Some(now(morning).utc));
    assert!(!client.line.hours_ended());
}

#[test]
fn the_logout_may_come_before_the_end() {
    let hours = open("09:00:00", "10:00:00").logout_before(Duration::from_secs(60));
    let mut client = client(hours);
    client.connect(0);
    let _ = client.drive(0);
    let _ = client.sent();
    let _ = client.log_on(1, 0);
    let _ = client.hear("0", 2, 29 * MINUTE - 1, "");
    assert!(client.sent().iter().all(|message| !message.contains("|35=5|")));
    let _ = client.hear("0", 3, 29 * MINUTE, "");
    assert!(client.sent().iter().any(|message| message.contains("|35=5|")));
    assert!(client.line.may_connect(now(29 * MINUTE)).is_err(), "and it stays away");
}

#[test]
fn a_connection_that_breaks_within_the_hours_goes_on_with_its_numbers() {
    let (mut client, mut broker) = logged_on(&open("09:00:00", "17:00:00"));
    let _ = client.line.send(&order(1), now(0)).unwrap();
    let _ = settle(&mut client, &mut broker, 0);
    let before = numbers(&client);
    let _ = crate::side::break_line(&mut client, &mut broker, 1);
    connect(&mut client, &mut broker, MINUTE);
    let _ = settle(&mut client, &mut broker, MINUTE);
    assert_eq!(numbers(&client), (before.0 + 1, before.1 + 1));
}

/// S-SCHED-06.
#[test]
fn a_process_that_was_down_over_a_boundary_begins_anew() {
    let hours = open("09:00:00", "17:00:00");
    let (mut client, mut broker) = logged_on(&hours);
    let _ = client.line.send(&order(1), now(0)).unwrap();
    let _ = settle(&mut client, &mut broker, 0);
    let _ = crate::side::break_line(&mut client, &mut broker, 1);
    let mut client = client.restart(client_config(), ConnectionOptions::new());
    client.line.set_hours(hours);
    assert!(numbers(&client).0 > 1);
    client.connect(3 * DAY);
    let _ = client.drive(3 * DAY);
    assert!(client.sent()[0].contains("|35=A|34=1|"));
    // The same day, the same numbers.
    client.line.closed();
    let _ = client.drive(3 * DAY);
    client.connect(3 * DAY + MINUTE);
    let _ = client.drive(3 * DAY + MINUTE);
    assert!(client.sent()[0].contains("|35=A|34=2|"));
}

/// S-SCHED-07.
#[test]
fn a_reset_at_a_time_is_exchanged_while_connected_and_once() {
    let reset = Schedule::builder().reset_at(at("09:45:00")).build().unwrap();
    let (mut client, mut broker) = logged_on(&Hours::new(reset));
    let _ = pass(&mut client, &mut broker, 0, 15 * MINUTE - 15_000);
    assert_eq!(client.line.seq_nums().epoch, 0);
    let saw = pass(&mut client, &mut broker, 15 * MINUTE, 20 * MINUTE);
    for side in [&client, &broker] {
        assert!(matches!(side.line.status(), Status::LoggedOn { .. }), "{:?} {saw:?}", side.line);
        assert_eq!(side.line.seq_nums().epoch, 1, "both began one new epoch");
    }
    let created = client.line.created().unwrap();
    assert_eq!(created, now(15 * MINUTE).utc);
    let _ = pass(&mut client, &mut broker, 20 * MINUTE, 60 * MINUTE);
    assert_eq!(client.line.seq_nums().epoch, 1);
}

#[test]
fn a_window_that_begins_where_the_last_one_ended_is_logged_on_to_again() {
    let (mut client, mut broker) = logged_on(&open("10:00:00", "10:00:00"));
    let _ = pass(&mut client, &mut broker, 0, 30 * MINUTE);
    assert!(client.line.has_ended());
    let _ = crate::side::break_line(&mut client, &mut broker, 30 * MINUTE);
    client.line.may_connect(now(30 * MINUTE)).unwrap();
    connect(&mut client, &mut broker, 30 * MINUTE);
    let _ = settle(&mut client, &mut broker, 30 * MINUTE);
    assert_eq!((numbers(&client), numbers(&broker)), ((2, 2), (2, 2)));
    let _ = carry(&mut client, &mut broker);
}

#[test]
fn a_store_that_fails_at_a_boundary_is_told() {
    let hours = open("09:00:00", "17:00:00");
    let mut memory = MemoryStore::new();
    let begun = fixline::session::SeqNums::FRESH;
    fixline::engine::Store::reset(&mut memory, begun, fixline::wire::UtcTime::EPOCH).unwrap();
    let mut client = Side::over(client_config(), memory, ConnectionOptions::new());
    client.line.set_hours(hours);
    client.script.get().fails_in = Some(0);
    let failed = client.line.connected(now(0), Entry::PLAIN);
    assert!(matches!(failed, Err(ConnectError::Store(_))), "{failed:?}");
}
