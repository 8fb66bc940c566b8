//! A wall clock that is set, either way, by a second or a day, in every state: what is sent bears the
//! time that it is, what comes is held to it, and no timer moves (EDGE-16, INV-26). And composing
//! moves no clock before it is finished (CORE-20).

use std::time::Duration;

use fixline::session::{Header, Input, Now, SeqNums, Version};
use fixline::wire::{Fields, Message, Precision, PutField as _, Tag, UtcTime};

use crate::line::{Line, acceptor, initiator};

const JUMPS: [i64; 8] = [-86_400, -3_600, -900, -1, 1, 900, 3_600, 86_400];

fn jump(line: &mut Line, seconds: i64) {
    let by = Duration::from_secs(seconds.unsigned_abs());
    let utc = line.now.utc;
    line.now.utc = if seconds < 0 { utc.saturating_sub(by) } else { utc.saturating_add(by) };
}

#[test]
fn edge_16_a_clock_that_was_ahead_and_is_set_right_is_right_at_once() {
    // The harness compares each 52 of ours with the clock. The Logon of 09:45 was refused until then.
    let mut line = Line::new(acceptor(Version::Fix44), SeqNums::FRESH);
    jump(&mut line, 900);
    line.log_on(1);
    line.send("D", "11=A").unwrap();
    line.close();
    jump(&mut line, -900);
    line.connect();
    assert_eq!(line.receive("35=A|34=2|98=0|108=30"), ["authenticate 2"]);
    assert_eq!(line.accept(), ["> 35=A|34=3|98=0|108=30"]);
    line.send("D", "11=B").unwrap();
    assert_eq!(line.stored_field(2, 52), "20261122-09:45:00.000");
    assert_eq!(line.stored_field(4, 52), "20261122-09:30:00.000");
}

#[test]
fn edge_16_in_session_times_are_held_to_the_clock_that_is() {
    for seconds in JUMPS {
        let mut line = Line::up(acceptor(Version::Fix44));
        line.receive("35=0|34=2");
        jump(&mut line, seconds);
        assert_eq!(line.receive("35=D|34=3|11=A"), ["deliver D 3"], "{seconds}");
        assert_eq!(line.receive("35=1|34=4|112=T"), ["> 35=0|34=2|112=T"]);
        let old = line.now.utc.saturating_sub(Duration::from_secs(121));
        let old = fixline::wire::Stamp::new(old, Precision::SECONDS);
        let old = String::from_utf8_lossy(old.as_bytes()).into_owned();
        let log = line.receive(&format!("35=D|34=5|52={old}|11=A"));
        assert!(log[0].contains("58=SendingTime accuracy problem"), "{log:?}");
    }
}

#[test]
fn edge_16_no_jump_moves_a_timer() {
    for seconds in JUMPS {
        let mut line = Line::up(acceptor(Version::Fix44));
        line.wait(10.0);
        jump(&mut line, seconds);
        assert!(line.wait(19.9).is_empty());
        assert_eq!(line.wait(0.1), ["> 35=0|34=2"]);
        assert_eq!(line.wait(6.0), ["> 35=1|34=3|112=3"]);
        jump(&mut line, -seconds);
        assert!(line.wait(29.9).is_empty());
    }
}

#[test]
fn edge_16_a_repetition_is_never_older_than_itself() {
    // S-PD-03: 122 <= 52, whatever the clock said when the message was first sent.
    for (seconds, orig) in [
        (-86_400, "20261121-09:30:00.000"),
        (-900, "20261122-09:15:00.000"),
        (-1, "20261122-09:29:59.000"),
        (0, "20261122-09:30:00.000"),
        (1, "20261122-09:30:00.000"),
        (86_400, "20261122-09:30:00.000"),
    ] {
        let mut line = Line::up(acceptor(Version::Fix44));
        line.send("D", "11=A").unwrap();
        jump(&mut line, seconds);
        let repeated = format!("> 35=D|34=2|43=Y|122={orig}|11=A");
        assert_eq!(line.receive("35=2|34=2|7=2|16=0"), ["fetch 2 to 2", &repeated]);
    }
}

#[test]
fn edge_16_the_precision_of_a_time_makes_it_no_later() {
    // Stored in milliseconds, repeated in seconds, within the same second.
    let config = || acceptor(Version::Fix44).precision(Precision::SECONDS);
    let mut line = Line::up(config());
    line.store_message(2, "35=D|34=2", "11=A");
    let text = "8=FIX.4.4|35=D|34=2|49=US|52=20261122-09:30:00.500|56=PEER|11=A|";
    line.stored.insert((0, 2), fixline::wire::from_text(text));
    line.input(Input::TestRequest);
    let repeated = "> 35=D|34=2|43=Y|122=20261122-09:30:00|11=A";
    assert_eq!(line.receive("35=2|34=2|7=2|16=2"), ["fetch 2 to 2", repeated]);
}

/// What the states are that a connection can be in, and how it gets there.
fn states() -> Vec<Line> {
    let mut lines = Vec::new();
    let mut line = Line::new(acceptor(Version::Fix44), SeqNums::FRESH);
    line.connect();
    lines.push(line.clone());
    line.receive("35=A|34=1|98=0|108=30");
    lines.push(line);
    let mut line = Line::new(initiator(Version::Fix44).sign_logon(true), SeqNums::FRESH);
    line.connect();
    lines.push(line);
    let mut line = Line::new(initiator(Version::Fix44), SeqNums::FRESH);
    line.connect();
    lines.push(line);
    let up = Line::up(acceptor(Version::Fix44));
    for step in 0..8 {
        let mut line = up.clone();
        match step {
            0 => {}
            1 => drop(line.receive("35=D|34=5|11=A")),
            2 => drop(line.input(Input::ResetSeqNums)),
            3 => {
                line.input(Input::ResetSeqNums);
                line.receive("35=0|34=2|112=2");
            }
            4 => drop(line.logout("bye")),
            5 => drop(line.receive("35=5|34=2")),
            6 => drop(line.receive("35=5|34=4")),
            _ => drop(line.receive("35=A|34=2|98=0|108=30")),
        }
        lines.push(line);
    }
    lines
}

#[test]
fn edge_16_in_every_state_deadlines_stay_and_ticks_do_what_they_would() {
    for (state, line) in states().into_iter().enumerate() {
        for seconds in JUMPS {
            let (mut still, mut jumped) = (line.clone(), line.clone());
            jump(&mut jumped, seconds);
            for _ in 0..6 {
                assert_eq!(jumped.session.deadline(), still.session.deadline(), "{state}");
                assert_eq!(jumped.wait(7.0), still.wait(7.0), "{state}, {seconds}");
                jump(&mut jumped, -seconds);
                assert_eq!(jumped.tick(), still.tick(), "{state}, {seconds}");
                jump(&mut jumped, seconds);
            }
            assert_eq!(jumped.session.status(), still.session.status());
            assert_eq!(jumped.session.seq_nums(), still.session.seq_nums());
        }
    }
}

#[test]
fn edge_16_what_was_signed_is_what_goes_out() {
    for seconds in JUMPS {
        let mut line = Line::new(initiator(Version::Fix44).sign_logon(true), SeqNums::FRESH);
        line.connect();
        jump(&mut line, seconds);
        let log = line.sign(Fields::EMPTY, "20261122-09:30:00");
        assert_eq!(log, ["> 35=A|34=1|98=0|108=30"]);
    }
}

#[test]
fn core_20_a_message_that_is_not_finished_moves_no_clock() {
    let mut line = Line::up(acceptor(Version::Fix44));
    let (state, early) = (line.session.clone(), line.now);
    let late = Now::new(
        early.monotonic.after(Duration::from_secs(3600)),
        early.utc.saturating_add(Duration::from_secs(3600)),
    );
    let mut composer =
        line.session.compose(&Header::new("D"), late, &mut line.out).expect("logged on");
    composer.str(Tag::CL_ORD_ID, "A");
    drop(composer);
    assert_eq!(line.session, state);
    // Nor one that is refused.
    let mut composer =
        line.session.compose(&Header::new("D"), late, &mut line.out).expect("logged on");
    composer.str(Tag::CL_ORD_ID, "");
    composer.finish().expect_err("empty");
    assert_eq!(line.session, state);
    line.sleep(2.0);
    line.send("D", "11=B").unwrap();
    let message = Message::parse(&line.stored[&(0, 2)]).unwrap();
    assert_eq!(Some(message.sending_time()), UtcTime::parse(b"20261122-09:30:02"));
    // The next Heartbeat is an interval behind it.
    assert!(line.wait(29.9).is_empty());
    assert_eq!(line.wait(0.1), ["> 35=0|34=3"]);
}
