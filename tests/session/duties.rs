//! What a driver must do, and what it hears when it does not.

use std::time::Duration;

use fixline::session::{Action, Instant, Now, SeqNums};
use fixline::session::{
    Config, Input, Misuse, Reason, Refusal, ResendPolicy, Session, Status, Version,
};
use fixline::wire::{Fields, SendBuffer, UtcTime};

use crate::line::{Line, acceptor, initiator, nums, seq};

fn now(seconds: u64) -> Now {
    let utc = UtcTime::parse(b"20261122-09:30:00").expect("a time");
    let passed = Duration::from_secs(seconds);
    Now::new(Instant::from_millis(seconds * 1_000), utc.saturating_add(passed))
}

/// An initiator whose driver stores nothing; what it was told, and the reason of the end.
fn without_store(config: fixline::session::ConfigBuilder) -> (Vec<String>, Option<Reason>) {
    let config = config.build().expect("valid");
    let mut out = SendBuffer::with_capacity(config.send_buffer_min());
    let mut session = Session::new(config, SeqNums::FRESH);
    let mut notices = Vec::new();
    let mut ended = None;
    let mut feed = |session: &mut Session, input: Input<'_>, at: Now| {
        for action in session.handle(input, at, &mut out).expect("no misuse") {
            match action {
                Action::Notify(notice) => notices.push(notice.to_string()),
                Action::Disconnect(reason) => ended = Some(reason),
                _ => {}
            }
        }
    };
    feed(&mut session, Input::Connected { logon: Fields::EMPTY }, now(0));
    feed(&mut session, Input::Tick, now(10));
    (notices, ended)
}

#[test]
fn edge_27_a_logon_that_waits_for_the_store_is_said_to() {
    let (notices, ended) = without_store(initiator(Version::Fix44));
    assert_eq!(ended, Some(Reason::NotStored));
    assert_eq!(notices, ["not sent: 83 bytes wait for the store, 0 for the transport"]);
    assert!(Reason::NotStored.advice().contains("SendBuffer::stored"));
}

#[test]
fn edge_27_a_logon_that_is_never_flushed_is_said_to_be() {
    let mut line = Line::new(initiator(Version::Fix44), SeqNums::FRESH);
    line.flushes = false;
    line.connect();
    assert_eq!(line.wait(10.0), ["disconnect: the peer did not answer our Logon"]);
    assert_eq!(
        line.notices.last().map(String::as_str),
        Some("not sent: 0 bytes wait for the store, 83 for the transport")
    );
}

#[test]
fn edge_27_a_test_request_that_waits_for_the_store_is_no_silence() {
    let config = Config::acceptor(Version::Fix44, "US", "PEER", ResendPolicy::All);
    let line = Line::up(config);
    let (mut session, mut out, start) = (line.session.clone(), line.out.clone(), line.now);
    // From here on nothing is stored.
    let mut ended = None;
    for second in 1..=80 {
        let passed = Duration::from_secs(second);
        let at = Now::new(start.monotonic.after(passed), start.utc.saturating_add(passed));
        for action in session.handle(Input::Tick, at, &mut out).expect("no misuse") {
            if let Action::Disconnect(reason) = action {
                ended = Some(reason);
            }
        }
    }
    assert_eq!(ended, Some(Reason::NotStored));
    // With a store it is.
    let mut line = line;
    line.wait(80.0);
    assert_eq!(line.session.status(), Status::Ended(Reason::Silence));
}

#[test]
fn edge_27_a_tick_that_does_not_come_is_missed_once() {
    let late = |line: &Line| line.notices.iter().filter(|n| n.contains("late with")).count();
    let mut line = Line::up(acceptor(Version::Fix44));
    // The Heartbeat is due after 30 s.
    line.sleep(34.9);
    line.receive("35=0|34=2");
    assert_eq!(late(&line), 0);
    line.sleep(0.1);
    for number in 3..6 {
        line.receive(&format!("35=0|34={number}"));
    }
    assert_eq!(late(&line), 1);
    assert!(line.notices.contains(&"the driver is 5.0 s late with Input::Tick".to_owned()));
    // And again once one was missed anew.
    line.tick();
    line.sleep(40.0);
    line.receive("35=0|34=6");
    assert_eq!(late(&line), 2);
}

#[test]
fn edge_27_ids_that_were_never_given_out_are_misuse() {
    let unknown = format!("misuse: {}", Misuse::UnknownId);
    let logon = Fields::EMPTY;
    let mut line = Line::new(acceptor(Version::Fix44), SeqNums::FRESH);
    line.connect();
    line.receive("35=A|34=1|98=0|108=30");
    for attempt in [0, line.attempt + 1, u32::MAX] {
        let refusal = Refusal::Silent;
        assert_eq!(line.input(Input::Accept { attempt, logon }), [unknown.as_str()]);
        assert_eq!(line.input(Input::Refuse { attempt, refusal }), [unknown.as_str()]);
        assert_eq!(line.input(Input::Signed { attempt, logon }), [unknown.as_str()]);
    }
    line.accept();
    line.send("8", "37=X").unwrap();
    line.serves = false;
    line.receive("35=2|34=2|7=2|16=0");
    let (id, ..) = line.fetch.expect("asked for");
    for id in [0, id + 1, u32::MAX] {
        let stored = Input::Stored { id, seq: seq(2), message: b"" };
        assert_eq!(line.input(stored), [unknown.as_str()]);
        assert_eq!(line.input(Input::StoreEnd { id }), [unknown.as_str()]);
    }
    // Nothing changed: the answer is still awaited, and one that comes twice is only late.
    assert_eq!(line.input(Input::StoreEnd { id })[0][..4], *"> 35");
    assert!(line.input(Input::StoreEnd { id }).is_empty());
}

#[test]
fn edge_27_what_is_left_of_a_connection_is_not_sent_on_the_next() {
    let mut line = Line::up(initiator(Version::Fix44));
    line.flushes = false;
    line.send("D", "11=A").unwrap();
    let left = line.out.clone();
    line.close();
    line.out = left;
    let bytes = line.out.flushable().len();
    assert_eq!(line.connect(), [format!("misuse: {}", Misuse::Leftovers { bytes })]);
    line.out.clear();
    assert_eq!(line.connect(), ["> 35=A|34=3|98=0|108=30"]);
}

#[test]
fn edge_27_a_replay_says_what_it_came_to() {
    // CORE-16
    let mut line = Line::up(acceptor(Version::Fix44));
    for number in 2..=6 {
        line.send("8", &format!("37={number}")).unwrap();
    }
    line.receive("35=1|34=2|112=X");
    // The store has lost two of them.
    line.stored.remove(&(0, 3));
    line.stored.remove(&(0, 6));
    line.receive("35=2|34=3|7=1|16=0");
    // 2, 4 and 5; the Logon, 3, 6 and the Heartbeat.
    assert!(line.notices.contains(&"answered: 3 sent again, 4 gap-filled".to_owned()));
}

#[test]
fn edge_27_a_replay_of_several_requests_counts_them_all() {
    let mut line = Line::up(acceptor(Version::Fix44));
    line.send("8", "37=X").unwrap();
    line.serves = false;
    line.receive("35=2|34=2|7=1|16=0");
    line.receive("35=2|34=3|7=1|16=0");
    line.serve();
    line.serve();
    assert_eq!(line.notices.last().unwrap(), "answered: 2 sent again, 2 gap-filled");
}

#[test]
fn core_16_our_test_request_because_of_silence_is_told() {
    let mut line = Line::up(acceptor(Version::Fix44));
    line.wait(36.0);
    assert!(line.notices.contains(&"nothing came for 36.0 s: sent a TestRequest".to_owned()));
}

#[test]
fn edge_26_a_session_without_numbers_left_does_not_log_on() {
    for next_out in [i64::MAX as u64 + 1, u64::MAX - 1, u64::MAX] {
        let mut line = Line::new(initiator(Version::Fix44), nums(5, next_out));
        assert_eq!(line.connect(), ["disconnect: our sequence numbers are used up"]);
        assert_eq!(line.session.seq_nums(), nums(5, next_out));
        assert!(Reason::Exhausted.needs_operator());
        line.close();

        let mut line = Line::new(acceptor(Version::Fix44), nums(5, next_out));
        line.connect();
        line.receive("35=A|34=5|98=0|108=30");
        assert_eq!(line.accept(), ["disconnect: our sequence numbers are used up"]);
        assert_eq!(line.session.seq_nums(), nums(5, next_out));

        // Signing, too.
        let mut line = Line::new(initiator(Version::Fix44).sign_logon(true), nums(5, next_out));
        assert_eq!(line.connect(), ["disconnect: our sequence numbers are used up"]);
    }
    // The last one is used, and no number twice.
    let mut line = Line::new(initiator(Version::Fix44), nums(5, i64::MAX as u64));
    assert_eq!(line.connect(), [format!("> 35=A|34={}|98=0|108=30", i64::MAX)]);
}

#[test]
fn edge_26_a_reset_gives_numbers_back() {
    use fixline::session::{ResetPermission, ResetPolicy};
    let resets = initiator(Version::Fix44).reset(ResetPolicy::NEVER.at_logon());
    let mut line = Line::new(resets, nums(5, u64::MAX));
    assert_eq!(line.connect()[1], "> 35=A|34=1|98=0|108=30|141=Y");

    let permits = acceptor(Version::Fix44).reset_permission(ResetPermission::ALL);
    let mut line = Line::new(permits, nums(5, u64::MAX));
    line.connect();
    line.receive("35=A|34=1|98=0|108=30|141=Y");
    assert_eq!(line.accept()[1], "> 35=A|34=1|98=0|108=30|141=Y");
}

#[test]
fn edge_26_no_number_is_written_twice_at_the_end_of_all_numbers() {
    let mut line = Line::new(acceptor(Version::Fix44), nums(5, u64::MAX));
    line.connect();
    line.receive("35=A|34=5|98=0|108=30");
    let log = line.refuse(Refusal::Logout { status: None, text: "NO" });
    assert_eq!(log, ["disconnect: we refused the Logon"]);
}

#[test]
fn edge_05_ids_go_on_when_a_session_starts_over() {
    let mut line = Line::new(acceptor(Version::Fix44), SeqNums::FRESH);
    line.connect();
    line.receive("35=A|34=1|98=0|108=30");
    let old = line.attempt;
    line.session.rebuild(nums(3, 4));
    line.out.clear();
    assert_eq!(line.session.seq_nums(), nums(3, 4));
    line.connect();
    line.receive("35=A|34=3|98=0|108=30");
    assert_ne!(line.attempt, old);
    assert!(line.input(Input::Accept { attempt: old, logon: Fields::EMPTY }).is_empty());
    assert_eq!(line.accept(), ["> 35=A|34=4|98=0|108=30"]);
}

#[test]
fn edge_27_bytes_of_the_connection_before_are_not_blamed_on_the_peer() {
    let early =
        |line: &Line| line.notices.iter().filter(|n| n.contains("before our Logon")).count();
    for leftover in [&b"108=30\x0110=000\x01"[..], b"8=FIX.4.4\x019=5\x0135=0\x0110=000\x01"] {
        let mut line = Line::new(initiator(Version::Fix44), SeqNums::FRESH);
        line.flushes = false;
        line.connect();
        line.receive_bytes(leftover);
        assert_eq!(early(&line), 1, "{:?}", line.notices);
        // Once our Logon has left, it may be the peer.
        line.flush();
        line.receive_bytes(leftover);
        assert_eq!(early(&line), 1);
        assert_eq!(line.receive("35=A|34=1|98=0|108=30"), ["deliver A 1"]);
    }
}
