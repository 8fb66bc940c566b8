//! Heartbeat and TestRequest: S-HB, test cases 4 to 6.

use std::time::Duration;

use fixline::session::{Input, Instant, SeqNums, Timer, Version};

use crate::line::{Line, acceptor, initiator};

fn up() -> Line {
    Line::up(acceptor(Version::Fix44))
}

fn up_with_interval(seconds: u32) -> Line {
    let mut line = Line::new(acceptor(Version::Fix44), SeqNums::FRESH);
    line.connect();
    line.receive(&format!("35=A|34=1|98=0|108={seconds}"));
    line.accept();
    line
}

// Ours.

#[test]
fn a_heartbeat_is_sent_after_an_interval_without_a_message() {
    // 4.a, S-HB-01, HB-07
    let mut line = up();
    assert!(line.wait(29.999).is_empty());
    assert_eq!(line.timer(), Some(Timer::Heartbeat));
    assert_eq!(line.wait(0.001), ["> 35=0|34=2"]);
    line.receive("35=0|34=2");
    assert!(line.wait(29.999).is_empty());
    assert_eq!(line.wait(0.001), ["> 35=0|34=3"]);
}

#[test]
fn edge_21_without_heartbeats_a_silent_peer_is_asked_by_option_whether_it_is_there() {
    let config = |probe: Option<Duration>| {
        let builder = acceptor(Version::Fix44);
        match probe {
            Some(probe) => builder.idle_probe(probe),
            None => builder,
        }
    };
    let up = |probe| {
        let mut line = Line::new(config(probe), SeqNums::FRESH);
        line.connect();
        line.receive("35=A|34=1|98=0|108=0");
        line.accept();
        line
    };
    assert_eq!(up(None).timer(), None, "nobody asks");
    let mut line = up(Some(Duration::from_secs(60)));
    assert!(line.wait(59.999).is_empty());
    let asked = line.wait(0.001);
    assert!(asked[0].starts_with("> 35=1|34=2|112="), "{asked:?}");
    line.receive("35=0|34=2|112=2");
    assert!(line.wait(59.999).is_empty());
    let asked = line.wait(0.001);
    assert!(asked[0].starts_with("> 35=1|34=3|112="), "{asked:?}");
    assert!(line.wait(59.999).is_empty());
    let ended = line.wait(0.001);
    assert!(
        ended.iter().any(|what| what.contains("Silence") || what.contains("silent")),
        "{ended:?}"
    );
}

#[test]
fn whatever_is_sent_starts_the_interval_anew() {
    let mut line = up();
    line.wait(20.0);
    line.send("D", "11=A").unwrap();
    line.receive("35=0|34=2");
    line.wait(20.0);
    assert_eq!(line.receive("35=1|34=3|112=T"), ["> 35=0|34=3|112=T"]);
    assert!(line.wait(29.9).is_empty());
    assert_eq!(line.wait(0.1), ["> 35=0|34=4"]);
}

#[test]
fn what_is_received_does_not_start_it_anew() {
    // HB-04
    let mut line = up();
    for number in 2..7 {
        line.wait(6.0);
        line.receive(&format!("35=D|34={number}|11=A"));
    }
    // Thirty seconds have passed.
    assert_eq!(line.next_out(), 3);
}

#[test]
fn a_test_request_is_answered_with_its_id() {
    // 4.b, S-HB-05, HB-08
    let mut line = up();
    let long = "x".repeat(3000);
    for (number, id) in [(2, "T"), (3, "a b=c"), (4, r"\xff\xc3"), (5, &long)] {
        assert_eq!(
            line.receive(&format!("35=1|34={number}|112={id}")),
            [format!("> 35=0|34={number}|112={id}")]
        );
    }
}

#[test]
fn a_test_request_without_an_id_is_rejected() {
    let mut line = up();
    assert_eq!(
        line.receive("35=1|34=2"),
        ["> 35=3|34=2|45=2|58=Required tag missing (112)|371=112|372=1|373=1"]
    );
    assert_eq!(
        line.receive("35=1|34=3|112="),
        ["> 35=3|34=3|45=3|58=Tag specified without a value (112)|371=112|372=1|373=4"]
    );
    assert_eq!(line.next_in(), 4);
}

#[test]
fn a_heartbeat_is_counted_whatever_its_id() {
    // 5, S-HB-06
    let mut line = up();
    assert!(line.receive("35=0|34=2").is_empty());
    assert!(line.receive("35=0|34=3|112=NOBODY-ASKED").is_empty());
    assert_eq!(line.next_in(), 4);
}

#[test]
fn the_interval_is_the_one_that_the_initiator_proposed() {
    let mut line = up_with_interval(7);
    assert_eq!(line.wait(7.0), ["> 35=0|34=2"]);
    let mut line = Line::up(initiator(Version::Fix44));
    assert_eq!(line.wait(30.0), ["> 35=0|34=2"]);
}

// The peer's silence.

#[test]
fn silence_is_asked_about_and_then_ends_the_connection() {
    // 6, S-HB-02, S-HB-03, S-OUT-12, D-01, D-02
    let mut line = up();
    assert_eq!(line.wait(30.0), ["> 35=0|34=2"]);
    assert!(line.wait(5.9).is_empty());
    assert_eq!(line.timer(), Some(Timer::TestRequest));
    assert_eq!(line.wait(0.1), ["> 35=1|34=3|112=3"]);
    assert_eq!(line.wait(30.0), ["> 35=0|34=4"]);
    assert!(line.wait(5.9).is_empty());
    assert_eq!(line.timer(), Some(Timer::Silence));
    assert_eq!(
        line.wait(0.1),
        ["> 35=5|34=5|58=No answer to TestRequest", "disconnect: the peer fell silent"]
    );
}

#[test]
fn any_message_is_a_sign_of_life() {
    // S-HB-04, D-03, HB-03, SEQ-09
    for message in [
        "35=0|34=2|112=3",
        "35=0|34=2|112=OTHER",
        "35=0|34=2",
        "35=D|34=2|11=A",
        "35=D|34=2|11=",
        "35=D|34=9|11=A",
        "35=3|34=2|45=3",
        "35=4|34=2|123=Y|36=9",
        "35=4|34=0|36=9",
        "35=D|34=1|43=Y|122=20261122-09:29:00|11=A",
    ] {
        let mut line = up();
        line.wait(36.0);
        line.receive(message);
        let log = line.wait(35.9);
        assert!(!log.iter().any(|entry| entry.contains("35=1")), "{message}: {log:?}");
        let log = line.wait(0.1);
        assert!(log.iter().any(|entry| entry.contains("35=1")), "{message}: {log:?}");
    }
}

#[test]
fn what_is_not_the_peers_is_no_sign_of_life() {
    // S-FRAME-12, HB-14
    for message in [
        "35=D|34=2|49=|11=A",
        "35=D|34=2|56=|11=A",
        // With neither id.
        "8=FIX.4.4|35=D|34=2|115=NOBODY",
    ] {
        let mut line = up();
        line.wait(35.0);
        if message.starts_with("8=") {
            line.receive_bytes(&fixline::wire::from_text(
                "8=FIX.4.4|35=D|34=2|52=20261122-09:30:35|11=A",
            ));
        } else {
            line.receive(message);
        }
        let log = line.wait(1.0);
        assert!(log.iter().any(|entry| entry.contains("35=1")), "{message}: {log:?}");
    }
    let mut line = up();
    line.wait(35.0);
    line.garbled("35=D|34=2|11=A");
    assert_eq!(line.wait(1.0), ["> 35=1|34=3|112=3"]);
}

#[test]
fn both_percentages_can_be_set() {
    let config = acceptor(Version::Fix44).test_request_after(150).silence_after(200);
    let mut line = Line::up(config);
    line.wait(30.0);
    assert!(line.wait(14.9).is_empty());
    assert_eq!(line.wait(0.1), ["> 35=1|34=3|112=3"]);
    line.wait(59.9);
    assert_eq!(line.wait(0.1).last().unwrap(), "disconnect: the peer fell silent");
}

#[test]
fn a_late_tick_takes_one_stage_after_the_other() {
    let mut line = up();
    line.sleep(1000.0);
    assert_eq!(line.tick(), ["> 35=1|34=2|112=2"]);
    assert!(line.tick().is_empty());
    assert!(line.wait(29.9).is_empty());
    assert_eq!(line.wait(0.1), ["> 35=0|34=3"]);
    line.sleep(1000.0);
    assert_eq!(
        line.tick(),
        ["> 35=5|34=4|58=No answer to TestRequest", "disconnect: the peer fell silent"]
    );
}

#[test]
fn bytes_before_the_tick_count() {
    // On a wake-up feed all bytes, then Tick.
    let mut line = up();
    line.sleep(1000.0);
    assert_eq!(line.receive("35=0|34=2|52=20261122-09:46:40"), [""; 0]);
    assert_eq!(line.tick(), ["> 35=0|34=2"]);
}

#[test]
fn spurious_ticks_do_nothing() {
    let mut line = up();
    for _ in 0..299 {
        line.sleep(0.1);
        assert!(line.tick().is_empty());
    }
    line.sleep(0.1);
    assert_eq!(line.tick(), ["> 35=0|34=2"]);
    assert!(line.tick().is_empty());
}

// No heartbeats.

#[test]
fn an_interval_of_zero_means_no_timers_at_all() {
    // S-HB-07, HB-01
    let mut line = up_with_interval(0);
    assert_eq!(line.session.deadline(), None);
    line.sleep(1_000_000.0);
    assert!(line.tick().is_empty());
    assert_eq!(line.receive("35=1|34=2|52=20261203-23:16:40|112=T"), ["> 35=0|34=2|112=T"]);
    assert_eq!(line.input(Input::TestRequest), ["> 35=1|34=3|112=3"]);
    assert_eq!(line.session.deadline(), None);
}

#[test]
fn an_interval_of_zero_leaves_the_other_timers() {
    // D-31
    let mut line = up_with_interval(0);
    line.logout("bye");
    assert_eq!(line.wait(10.0), ["disconnect: the peer did not answer our Logout"]);
    let mut line = up_with_interval(0);
    line.receive("35=5|34=2");
    assert_eq!(line.wait(10.0), ["disconnect: the peer did not close after the Logouts"]);
    let mut line = up_with_interval(0);
    line.serves = false;
    line.receive("35=2|34=2|7=1|16=0");
    assert_eq!(
        line.wait(30.0),
        ["> 35=5|34=2|58=The replay stalled", "disconnect: the store gave no message for too long"]
    );
}

// Before and behind the session.

#[test]
fn nothing_is_sent_before_the_logon() {
    // S-HB-09, INV-11, HB-06: whatever the clock says.
    let mut line = Line::new(acceptor(Version::Fix44), SeqNums::FRESH);
    line.sleep(1_000_000.0);
    assert!(line.tick().is_empty());
    line.connect();
    assert!(line.tick().is_empty());
    line.receive("35=A|34=1|98=0|108=1|52=20261203-23:16:40");
    assert!(line.wait(9.9).is_empty());
}

#[test]
fn the_interval_begins_with_the_logon() {
    let mut line = Line::new(acceptor(Version::Fix44), SeqNums::FRESH);
    line.connect();
    line.receive("35=A|34=1|98=0|108=30");
    line.wait(9.0);
    line.accept();
    assert!(line.wait(29.9).is_empty());
    assert_eq!(line.wait(0.1), ["> 35=0|34=2"]);
}

// Clocks.

#[test]
fn a_clock_that_goes_back_stands_still() {
    let mut line = up();
    line.wait(29.0);
    let late = line.now;
    line.now.monotonic = Instant::from_millis(0);
    assert!(line.tick().is_empty());
    line.now = late;
    assert_eq!(line.wait(1.0), ["> 35=0|34=2"]);
}

#[test]
fn the_wall_clock_moves_no_timer() {
    let mut line = up();
    line.now.utc = line.now.utc.saturating_add(Duration::from_secs(3600));
    assert!(line.wait(29.9).is_empty());
    assert_eq!(line.wait(0.1), ["> 35=0|34=2"]);
}

#[test]
fn the_end_of_the_monotonic_clock_is_no_overflow() {
    // HB-05
    let mut line = up();
    line.now.monotonic = Instant::from_nanos(u64::MAX);
    assert_eq!(line.tick(), ["> 35=1|34=2|112=2"]);
    let log = line.tick();
    assert_eq!(log.last().unwrap(), "disconnect: the peer fell silent");
}
