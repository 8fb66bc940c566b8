//! The principles of the session, for whatever a peer sends: chunking, determinism, roll-back, all
//! or nothing, lazy timers, totality.

use fixline::session::{Blocked, Header, Input, Version};
use fixline::wire::{PutField as _, Tag, UtcTime};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

use crate::line::{Line, acceptor, initiator};

/// 300 cases each, or as many as `PROPERTY_CASES` says; what fails is kept beside this file and
/// played again first.
fn config() -> ProptestConfig {
    let cases = std::env::var("PROPERTY_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig {
        cases: cases.unwrap_or(300),
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
    }
}

/// Something that the peer sends, right or wrong.
#[derive(Clone, Debug)]
enum Sent {
    Message(String),
    Bytes(Vec<u8>),
}

fn body() -> impl Strategy<Value = String> {
    let number = 0..15_u64;
    prop_oneof![
        Just("35=0".to_owned()),
        number.clone().prop_map(|id| format!("35=1|112=T{id}")),
        (number.clone(), number.clone()).prop_map(|(from, to)| format!("35=2|7={from}|16={to}")),
        (number.clone(), number.clone())
            .prop_map(|(one, two)| format!("35=2|7={one}|16={two}|7=1")),
        number.clone().prop_map(|to| format!("35=3|45={to}")),
        number.clone().prop_map(|new| format!("35=4|123=Y|36={new}")),
        number.clone().prop_map(|new| format!("35=4|36={new}")),
        number.clone().prop_map(|new| format!("35=4|36={new}|58=|123=Y")),
        (number.clone(), number.clone())
            .prop_map(|(one, two)| format!("35=4|36={one}|36={two}|123=Y")),
        Just("35=5|58=bye".to_owned()),
        Just("35=A|98=0|108=30".to_owned()),
        Just("35=A|98=0|108=30|141=Y".to_owned()),
        number.clone().prop_map(|id| format!("35=D|11=ORD-{id}")),
        number.prop_map(|id| format!("35=D|11=ORD-{id}|58=")),
        Just("35=D|95=5|96=a=b|c".to_owned()),
    ]
}

fn sent() -> impl Strategy<Value = Sent> {
    let flags = prop_oneof![
        4 => Just(""),
        1 => Just("|43=Y|122=20261122-09:29:00"),
        1 => Just("|43=Y"),
        1 => Just("|97=Y"),
    ];
    let wrong = prop_oneof![
        12 => Just(""),
        1 => Just("|49=STRANGER"),
        1 => Just("|52=20261122-08:00:00"),
        1 => Just("|52=never"),
    ];
    let message = (body(), 1..14_u64, flags, wrong).prop_map(|(body, seq, flags, wrong)| {
        let (msg_type, rest) = body.split_once('|').unwrap_or((&body, ""));
        let rest = if rest.is_empty() { String::new() } else { format!("|{rest}") };
        Sent::Message(format!("{msg_type}|34={seq}{flags}{wrong}{rest}"))
    });
    let noise = prop_oneof![
        vec(any::<u8>(), 0..30),
        Just(b"8=FIX.4.4\x019=5\x0135=0\x0110=000\x01".to_vec()),
        Just(b"8=FIX.4.4\x019=99".to_vec()),
        Just(b"8=FI".to_vec()),
    ];
    prop_oneof![8 => message, 1 => noise.prop_map(Sent::Bytes)]
}

/// By how many seconds a wall clock is set; mostly it is not.
const JUMPS: [i64; 16] = [0, 0, 0, 0, 0, 0, 0, 0, -86_400, -3_600, -900, -1, 1, 900, 3_600, 86_400];

fn bytes_of(line: &Line, sent: &Sent) -> Vec<u8> {
    match sent {
        Sent::Message(text) => line.peer_message(text),
        Sent::Bytes(bytes) => bytes.clone(),
    }
}

fn established() -> impl Strategy<Value = Line> {
    prop_oneof![
        Just(()).prop_map(|()| Line::up(acceptor(Version::Fix44))),
        Just(()).prop_map(|()| Line::up(initiator(Version::Fix42))),
    ]
    .prop_map(|mut line| {
        line.send("D", "11=OURS|").expect("logged on");
        line
    })
}

proptest! {
    #![proptest_config(config())]

    /// Principle 6.
    #[test]
    fn how_a_stream_is_cut_into_reads_makes_no_difference(
        mut whole in established(),
        sent in vec(sent(), 1..12),
        cuts in vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let stream: Vec<u8> = sent.iter().flat_map(|sent| bytes_of(&whole, sent)).collect();
        let mut cut = whole.clone();
        let mut bytewise = whole.clone();
        let expected = whole.receive_bytes(&stream);
        let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        places.sort_unstable();
        let mut log = Vec::new();
        let mut from = 0;
        for to in places.into_iter().chain([stream.len()]) {
            log.extend(cut.receive_bytes(&stream[from..to]));
            from = to;
        }
        prop_assert_eq!(&log, &expected);
        prop_assert_eq!(&cut.session, &whole.session);
        let log: Vec<String> =
            stream.iter().flat_map(|byte| bytewise.receive_bytes(&[*byte])).collect();
        prop_assert_eq!(log, expected);
        prop_assert_eq!(bytewise.rules, whole.rules);
        prop_assert_eq!(bytewise.session, whole.session);
    }

    /// Principle 1.
    #[test]
    fn the_same_inputs_give_the_same_state_and_actions(
        mut one in established(),
        sent in vec(sent(), 1..12),
    ) {
        let mut other = one.clone();
        for sent in &sent {
            let bytes = bytes_of(&one, sent);
            prop_assert_eq!(one.receive_bytes(&bytes), other.receive_bytes(&bytes));
            prop_assert_eq!(&one.session, &other.session);
        }
        prop_assert_eq!(one.stored, other.stored);
    }

    /// INV-10: what is garbled is not answered, not counted, and no sign of life.
    #[test]
    fn a_garbled_message_changes_nothing(
        mut line in established(),
        before in vec(sent(), 0..6),
        message in body(),
        at in any::<prop::sample::Index>(),
        bit in 0..8_u8,
    ) {
        for sent in &before {
            let bytes = bytes_of(&line, sent);
            line.receive_bytes(&bytes);
        }
        // What is left of the bytes before would become part of it.
        let (msg_type, rest) = message.split_once('|').unwrap_or((&message, ""));
        let mut garbled = line.peer_message(&format!("{msg_type}|34=99|58=x|{rest}"));
        // Behind the length, which says how much belongs to it.
        let from = garbled.windows(4).position(|four| four == b"\x0135=").expect("MsgType");
        let at = from + at.index(garbled.len() - from);
        garbled[at] ^= 1 << bit;
        let (state, end) = (line.session.clone(), line.out.end());
        let mut session = state.clone();
        let consumed = match session.handle(Input::Bytes(&garbled), line.now, &mut line.out) {
            Ok(actions) => actions.consumed(),
            Err(_) => 0,
        };
        prop_assert_eq!(line.out.end(), end);
        prop_assert_eq!(session.seq_nums(), state.seq_nums());
        prop_assert_eq!(session.status(), state.status());
        prop_assert_eq!(session.deadline(), state.deadline());
        prop_assert!(consumed <= garbled.len());
    }

    /// INV-28: after a connection has ended nothing is sent on it, whatever comes.
    #[test]
    fn nothing_is_sent_after_the_end(
        mut line in established(),
        sent in vec((sent(), 0..40_u32), 1..12),
    ) {
        line.input(Input::Disconnect);
        let (end, nums) = (line.out.end(), line.session.seq_nums());
        for (sent, seconds) in &sent {
            let bytes = bytes_of(&line, sent);
            line.receive_bytes(&bytes);
            line.wait(f64::from(*seconds));
        }
        prop_assert_eq!(line.out.end(), end);
        prop_assert_eq!(line.session.seq_nums(), nums);
    }

    /// Principle 7, and INV-05: within an epoch no number goes back.
    #[test]
    fn nothing_that_a_peer_sends_breaks_a_session_or_moves_its_numbers_back(
        mut line in established(),
        sent in vec((sent(), 0..40_u32), 1..40),
    ) {
        let mut before = line.session.seq_nums();
        for (sent, seconds) in &sent {
            let bytes = bytes_of(&line, sent);
            line.receive_bytes(&bytes);
            line.wait(f64::from(*seconds));
            let now = line.session.seq_nums();
            prop_assert_eq!(now.epoch, before.epoch, "no reset is permitted");
            prop_assert!(now.next_in >= before.next_in && now.next_out >= before.next_out);
            before = now;
        }
    }

    /// Principle 4: a step that lacks room changes nothing, and happens once there is room as if
    /// there had always been.
    #[test]
    fn a_step_without_room_changes_nothing_and_comes_later(
        mut roomy in established(),
        before in vec(sent(), 0..6),
        last in sent(),
        left in 0..9000_usize,
    ) {
        for sent in &before {
            let bytes = bytes_of(&roomy, sent);
            roomy.receive_bytes(&bytes);
        }
        let bytes = bytes_of(&roomy, &last);
        let mut tight = roomy.clone();
        // Bytes that nobody flushes leave so much room, or less.
        let mut junk = tight.session.clone();
        while tight.out.room() > left {
            let Ok(mut composer) = junk.compose(&Header::new("B"), tight.now, &mut tight.out) else {
                break;
            };
            composer.str(Tag::TEXT, &"x".repeat(2000));
            if composer.finish().is_err() {
                break;
            }
        }
        let (state, end) = (tight.session.clone(), tight.out.end());
        let blocked = match tight.session.handle(Input::Bytes(&bytes), tight.now, &mut tight.out) {
            Ok(actions) => actions.blocked(),
            Err(_) => Blocked::No,
        };
        if blocked == Blocked::Room {
            prop_assert_eq!(&tight.session, &state);
            prop_assert_eq!(tight.out.end(), end);
            tight.out.clear();
            prop_assert_eq!(tight.receive_bytes(&bytes), roomy.receive_bytes(&bytes));
            prop_assert_eq!(tight.session, roomy.session);
        }
    }

    /// Dropping a message under construction leaves no trace, its number included.
    #[test]
    fn a_message_that_is_not_finished_never_was(
        mut line in established(),
        values in vec("[a-z]{1,20}", 0..20),
    ) {
        let (state, end) = (line.session.clone(), line.out.end());
        // CORE-20: whatever the clocks say.
        line.sleep(100.0);
        let mut composer = line
            .session
            .compose(&Header::new("D"), line.now, &mut line.out)
            .expect("logged on");
        for value in &values {
            composer.str(Tag::TEXT, value);
        }
        drop(composer);
        prop_assert_eq!(line.session, state);
        prop_assert_eq!(line.out.end(), end);
    }

    /// Principle 8: ticking at announced deadlines only is as good as ticking all the time.
    #[test]
    fn only_announced_deadlines_matter(
        mut lazy in established(),
        sent in vec((sent(), 0..45_000_u32), 1..10),
    ) {
        let mut eager = lazy.clone();
        for (sent, millis) in &sent {
            let bytes = bytes_of(&lazy, sent);
            prop_assert_eq!(lazy.receive_bytes(&bytes), eager.receive_bytes(&bytes));
            let expected = lazy.wait(f64::from(*millis) / 1000.0);
            let mut log = Vec::new();
            let mut left = *millis;
            while left > 0 {
                let step = left.min(250);
                left -= step;
                // Announced deadlines are met on the way, and a Tick comes each 250 ms besides.
                log.extend(eager.wait(f64::from(step) / 1000.0));
                log.extend(eager.input(Input::Tick));
            }
            prop_assert_eq!(log, expected);
            prop_assert_eq!(eager.session.seq_nums(), lazy.session.seq_nums());
            prop_assert_eq!(eager.session.status(), lazy.session.status());
            prop_assert_eq!(eager.session.deadline(), lazy.session.deadline());
        }
    }

    /// EDGE-16, INV-26: a wall clock that is set, either way, changes nothing but the times that are
    /// sent. The harness compares each of them with the clock.
    #[test]
    fn edge_16_a_wall_clock_that_is_set_changes_nothing_but_times(
        mut still in established(),
        sent in vec((body(), 1..14_u64, 0..45_000_u32, 0..JUMPS.len()), 1..20),
        offline in any::<bool>(),
    ) {
        let mut set = still.clone();
        for (body, seq, millis, jump) in &sent {
            let by = std::time::Duration::from_secs(JUMPS[*jump].unsigned_abs());
            let utc = set.now.utc;
            set.now.utc =
                if JUMPS[*jump] < 0 { utc.saturating_sub(by) } else { utc.saturating_add(by) };
            let (msg_type, rest) = body.split_once('|').unwrap_or((body, ""));
            let text = format!("{msg_type}|34={seq}|{rest}");
            let seconds = f64::from(*millis) / 1000.0;
            let mut logs = [&mut still, &mut set].map(|line| {
                if offline && *jump == 0 {
                    line.close();
                    line.log_on(*seq);
                }
                let mut log = line.receive(&text);
                log.extend(line.send("D", "11=OURS").err().map(|error| error.to_string()));
                log.extend(line.wait(seconds));
                log.extend(line.tick());
                log
            });
            for entry in logs[1].iter().filter(|entry| entry.contains("|43=Y|")) {
                let orig = entry.split('|').find_map(|field| field.strip_prefix("122="));
                let orig = UtcTime::parse(orig.expect("OrigSendingTime").as_bytes());
                prop_assert!(orig.expect("a time") <= set.now.utc, "{}", entry);
            }
            for entry in logs.iter_mut().flatten() {
                let fields = entry.split('|').filter(|field| !field.starts_with("122="));
                *entry = fields.collect::<Vec<_>>().join("|");
            }
            prop_assert_eq!(&logs[0], &logs[1]);
            prop_assert_eq!(still.session.seq_nums(), set.session.seq_nums());
            prop_assert_eq!(still.session.status(), set.session.status());
            prop_assert_eq!(still.session.deadline(), set.session.deadline());
        }
    }

    /// INV-06: an answer covers what was asked for exactly once, rising, without a hole.
    #[test]
    fn an_answer_to_a_resend_request_is_a_partition_of_what_was_asked_for(
        pattern in vec(any::<bool>(), 1..30),
        from in 1..32_u64,
        to in 0..40_u64,
    ) {
        let mut line = Line::up(acceptor(Version::Fix44));
        for (at, application) in pattern.iter().enumerate() {
            if *application {
                line.send("D", &format!("11=ORD-{at}|")).expect("logged on");
            } else {
                line.input(Input::TestRequest);
            }
        }
        let last = line.next_out() - 1;
        let log = line.receive(&format!("35=2|34=2|7={from}|16={to}"));
        if from > last || (to != 0 && to < from) {
            prop_assert!(log.iter().any(|line| line.starts_with("> 35=3|")), "{:?}", log);
            return Ok(());
        }
        let end = if to == 0 { last } else { to.min(last) };
        let mut next = from;
        for line in log.iter().filter_map(|line| line.strip_prefix("> ")) {
            let field = |tag: &str| {
                let value = line.split('|').find_map(|field| field.strip_prefix(tag));
                value.and_then(|value| value.parse::<u64>().ok())
            };
            prop_assert!(line.contains("|43=Y|"), "{}", line);
            prop_assert_eq!(field("34="), Some(next), "{:?}", log);
            next = if line.starts_with("35=4|") { field("36=").expect("NewSeqNo") } else { next + 1 };
        }
        prop_assert_eq!(next, end + 1);
        prop_assert_eq!(line.next_out(), last + 1);
    }
}

#[test]
fn a_first_logon_may_come_in_any_pieces() {
    let mut line = Line::new(acceptor(Version::Fix44), fixline::session::SeqNums::FRESH);
    line.connect();
    let bytes = line.peer_message("35=A|34=1|98=0|108=30");
    let log: Vec<String> = bytes.iter().flat_map(|byte| line.receive_bytes(&[*byte])).collect();
    assert_eq!(log, ["authenticate 1"]);
}
