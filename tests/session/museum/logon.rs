//! Logon, resets at a Logon, and what both sides make of it.

use fixline::engine::{Next, Reconnect};
use fixline::session::{Instant, Reason, ResetPermission, SeqNums, Status, Version};

use crate::line::{Line, acceptor, initiator, nums};

const RESET_LOGON: &str = "35=A|34=1|98=0|108=30|141=Y";

fn permitting() -> Line {
    let config = acceptor(Version::Fix44).reset_permission(ResetPermission::ALL);
    let mut line = Line::new(config, nums(5, 7));
    line.connect();
    line
}

/// LOG-01: a ResendRequest right behind a reset left the session waiting for something, and every
/// order was dropped.
#[test]
fn behind_a_reset_a_request_is_served_and_orders_are_delivered() {
    let mut line = permitting();
    line.receive(RESET_LOGON);
    line.accept();
    assert_eq!(
        line.receive("35=2|34=2|7=1|16=0"),
        ["fetch 1 to 1", "> 35=4|34=1|43=Y|122=20261122-09:30:00.000|36=2|123=Y"]
    );
    assert_eq!(line.session.status(), Status::LoggedOn { recovering: false, replaying: false });
    assert_eq!(line.receive("35=D|34=3|11=A"), ["deliver D 1/3"]);
    // And in session, with a gap open at that moment.
    line.receive("35=D|34=9|11=B");
    line.receive(RESET_LOGON);
    assert_eq!(line.receive("35=D|34=2|11=A"), ["deliver D 2/2"]);
    assert_eq!(line.receive("35=D|34=3|11=B"), ["deliver D 2/3"]);
}

/// LOG-03: a message right behind the reset Logon made a second Logon go out.
#[test]
fn a_reset_and_what_follows_it_in_one_read_make_one_answer() {
    let mut line = permitting();
    let stream = [
        line.peer_message(RESET_LOGON),
        line.peer_message("35=1|34=2|112=T"),
        line.peer_message("35=D|34=3|11=A"),
    ];
    assert_eq!(line.receive_bytes(&stream.concat()), ["authenticate 1"]);
    let mut log = line.accept();
    log.extend(line.receive_bytes(b""));
    assert_eq!(
        log,
        ["reset to epoch 1", "> 35=A|34=1|98=0|108=30|141=Y", "> 35=0|34=2|112=T", "deliver D 1/3"]
    );
    // In session, with everything in one read.
    assert_eq!(
        line.receive_bytes(&stream.concat()),
        ["reset to epoch 2", "> 35=A|34=1|98=0|108=30|141=Y", "> 35=0|34=2|112=T", "deliver D 2/3"]
    );
}

/// LOG-10: a Heartbeat went out between a reset and the Logon, which then was number 2.
#[test]
fn no_tick_gets_between_a_connection_and_its_logon() {
    let mut line = permitting();
    for seconds in [0.0, 3.0, 6.0] {
        line.sleep(seconds / 3.0);
        assert!(line.tick().is_empty());
    }
    line.receive(RESET_LOGON);
    line.sleep(6.0);
    assert!(line.tick().is_empty());
    assert_eq!(line.accept(), ["reset to epoch 1", "> 35=A|34=1|98=0|108=30|141=Y"]);
    assert!(line.tick().is_empty());
}

/// LOG-14, LOG-15: a number that was too low, every 20 seconds, for ever.
#[test]
fn numbers_that_do_not_fit_stop_an_initiator_until_a_person_looks() {
    let instant = Instant::from_millis(0);
    // The peer finds it, or we do.
    let answers = ["35=5|34=1|58=MsgSeqNum too low, expecting 1319 but received 1", "35=A|34=1"];
    for answer in answers {
        let mut line = Line::new(initiator(Version::Fix44), nums(7, 1));
        line.connect();
        line.receive(&format!("{answer}|98=0|108=30"));
        let Status::Ended(reason) = line.session.status() else { panic!("not ended") };
        let mut reconnect = Reconnect::new(1, 1);
        reconnect.attempted(instant);
        reconnect.ended(instant, reason);
        assert_eq!(reconnect.next(instant), Next::Stop(reason), "{answer}");
    }
    // A transport that fails is tried again.
    let mut reconnect = Reconnect::new(1, 1);
    reconnect.ended(instant, Reason::Closed);
    assert!(matches!(reconnect.next(instant), Next::At { .. }));
}

/// LOG-20, LOG-23: a Logon without some field was passed over in silence, or brought the session
/// down while it wrote the refusal.
#[test]
fn a_logon_without_any_of_its_fields_is_answered_or_closed() {
    let fields = ["34=1", "49=PEER", "52=20261122-09:30:00", "56=US", "98=0", "108=30", "1137=9"];
    for version in [Version::Fix40, Version::Fix44, Version::Fix50Sp2] {
        for subset in 0..1_u32 << fields.len() {
            let chosen = fields.iter().enumerate().filter(|(at, _)| subset >> at & 1 == 1);
            let fields = chosen.map(|(_, field)| format!("{field}|")).collect::<String>();
            let begin_string = version.begin_string();
            let logon = fixline::wire::from_text(&format!("8={begin_string}|35=A|{fields}"));
            for config in [acceptor(version), initiator(version)] {
                let mut line = Line::new(config, SeqNums::FRESH);
                line.connect();
                let log = line.receive_bytes(&logon);
                if log.first().is_some_and(|entry| entry == "authenticate 1") {
                    line.accept();
                }
                let up = matches!(line.session.status(), Status::LoggedOn { .. });
                let ended = matches!(line.session.status(), Status::Ended(_));
                assert!(up || ended, "{version} {fields}: {:?}", line.session.status());
                let complete = if version.is_fixt() { 0b111_1111 } else { 0b011_1111 };
                assert_eq!(up, subset & complete == complete, "{version} {fields}");
            }
        }
    }
}
