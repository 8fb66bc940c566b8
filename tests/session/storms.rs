//! A peer that sends whatever it likes, at random: what comes of it stays bounded.

use std::time::Duration;

use fixline::session::{Input, Reason, Recovery, Refusal, Role, SeqNums, Status, Version};
use fixline::wire::Fields;
use proptest::prelude::*;

use crate::line::{Line, acceptor, initiator};
use crate::reset::permitting;

/// What may happen next.
#[derive(Clone, Debug)]
enum Step {
    /// The peer sends this type and body; the number is the expected one, and so much more or less.
    Peer(&'static str, i64, bool),
    Garbled(&'static str),
    Noise,
    Wait(u64),
    Tick,
    Send,
    Reset,
    Logout,
    Close,
    /// A verdict or an answer of the driver, about this id.
    Verdict(u8, u32),
    StoreEnd(u32),
}

fn step() -> impl Strategy<Value = Step> {
    let message = prop_oneof![
        6 => Just("35=A|98=0|108=30|141=Y"),
        1 => Just("35=A|98=0|108=30"),
        1 => Just("35=A|98=0|108=10|141=Y|383=600"),
        1 => Just("35=A|141=Y"),
        2 => Just("35=0"),
        1 => Just("35=1|112=T"),
        1 => Just("35=2|7=1|16=0"),
        1 => Just("35=3|45=1|58=no"),
        1 => Just("35=j|45=1|372=A|380=0"),
        1 => Just("35=4|123=Y|36=99"),
        2 => Just("35=5"),
        1 => Just("35=5|1409=5"),
        1 => Just("35=D|11=A"),
    ];
    prop_oneof![
        12 => (message.clone(), prop_oneof![5 => Just(0_i64), 1 => -2..3_i64], any::<bool>())
            .prop_map(|(message, off, again)| Step::Peer(message, off, again && off != 0)),
        1 => message.prop_map(Step::Garbled),
        1 => Just(Step::Noise),
        2 => (0..15_000_u64).prop_map(Step::Wait),
        1 => Just(Step::Tick),
        2 => Just(Step::Send),
        1 => Just(Step::Reset),
        1 => Just(Step::Logout),
        2 => Just(Step::Close),
        2 => (0..4_u8, 0..4_u32).prop_map(|(verdict, id)| Step::Verdict(verdict, id)),
        1 => (0..4_u32).prop_map(Step::StoreEnd),
    ]
}

/// `text` with the number behind its type.
fn numbered(text: &str, seq: u64) -> String {
    let (kind, body) = text.split_once('|').unwrap_or((text, ""));
    let reset = body.contains("141=Y");
    format!("{kind}|34={}|{body}", if reset { 1 } else { seq })
}

fn play(role: Role, steps: &[Step]) {
    let config = if role == Role::Initiator { initiator } else { acceptor };
    let mut line = Line::new(permitting(config(Version::Fix44)), SeqNums::FRESH);
    let (mut sent, mut received) = (0, 0);
    for step in steps {
        if line.session.status() == Status::Disconnected {
            line.connect();
            line.attempt = line.attempt.max(1);
        }
        let before = line.session.seq_nums();
        let expected = before.next_in.get();
        let log = match step {
            Step::Peer(text, off, again) => {
                let text = numbered(text, expected.saturating_add_signed(*off).max(1));
                if *again { line.again(&text) } else { line.receive(&text) }
            }
            Step::Garbled(text) => line.garbled(&numbered(text, expected)),
            Step::Noise => line.receive_bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
            Step::Wait(millis) => line.wait(Duration::from_millis(*millis).as_secs_f64()),
            Step::Tick => line.tick(),
            Step::Send => {
                let _refused = line.send("8", "37=X");
                Vec::new()
            }
            Step::Reset => line.input(Input::ResetSeqNums),
            Step::Logout => line.logout("bye"),
            Step::Close => line.close(),
            Step::Verdict(0, _) => line.accept(),
            Step::Verdict(1, _) => line.refuse(Refusal::Undecided),
            Step::Verdict(2, id) => {
                line.input(Input::Accept { attempt: *id, logon: Fields::EMPTY })
            }
            Step::Verdict(_, id) => {
                line.input(Input::Signed { attempt: *id, logon: Fields::EMPTY })
            }
            Step::StoreEnd(id) => line.input(Input::StoreEnd { id: *id }),
        };
        let after = line.session.seq_nums();
        if after.epoch == before.epoch {
            assert!(
                after.next_in >= before.next_in && after.next_out >= before.next_out,
                "{log:?}"
            );
        }
        // A Logon and what follows from it is two at most, but for a replay (INV-18).
        let own = log.iter().filter(|it| it.starts_with("> ") && !it.contains("|43=Y")).count();
        // What came before a verdict waited for it, and a wait has many ticks.
        if !matches!(step, Step::Wait(_)) {
            sent += own;
        }
        received += 1;
        assert!(sent <= 2 * received, "{step:?}: {log:?}");
        if let Status::Ended(reason) = line.session.status() {
            // Each end has its place, its words and its advice.
            assert!(!reason.to_string().is_empty() && !reason.advice().is_empty());
            assert_eq!(reason.needs_operator(), reason.recovery() == Recovery::Operator);
            if reason == Reason::ClosedBeforeLogon || reason == Reason::LogonUnanswered {
                assert_eq!(role, Role::Initiator);
            }
        }
    }
}

proptest! {
    #[test]
    fn core_04_whatever_the_peer_sends_what_comes_of_it_is_bounded(
        initiates in any::<bool>(),
        steps in proptest::collection::vec(step(), 1..60),
    ) {
        play(if initiates { Role::Initiator } else { Role::Acceptor }, &steps);
    }

    #[test]
    fn core_04_two_sides_that_permit_everything_come_to_rest(
        start in proptest::collection::vec(0..4_u8, 1..6),
        lost in proptest::collection::vec(any::<bool>(), 40),
    ) {
        two_sides(&start, &lost);
    }
}

/// Each hands what the other sends back at once, may lose it, and nothing else happens.
fn two_sides(start: &[u8], lost: &[bool]) {
    let mut sides = [
        Line::up(permitting(initiator(Version::Fix44))),
        Line::up(permitting(acceptor(Version::Fix44))),
    ];
    let mut lost = lost.iter();
    let mut wire: Vec<(usize, String)> = Vec::new();
    let mut put = |from: usize, log: Vec<String>, wire: &mut Vec<(usize, String)>| {
        for sent in log.iter().filter_map(|it| it.strip_prefix("> ")) {
            if !lost.next().copied().unwrap_or(false) {
                wire.push((1 - from, sent.to_owned()));
            }
        }
    };
    for what in start {
        let side = usize::from(what % 2);
        let log = match what / 2 {
            0 => sides[side].input(Input::ResetSeqNums),
            _ => sides[side].receive("35=A|34=1|98=0|108=30|141=Y"),
        };
        put(side, log, &mut wire);
        let mut turns = 0;
        while !wire.is_empty() {
            let (to, text) = wire.remove(0);
            let log = sides[to].receive(&text);
            put(to, log, &mut wire);
            turns += 1;
            assert!(turns < 60, "no end of it: {text}");
        }
    }
}
