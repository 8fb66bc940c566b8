//! The principles of the session, for whatever a peer sends: chunking, determinism, roll-back, all
//! or nothing, lazy timers, totality.

#[path = "session/line.rs"]
#[expect(dead_code, reason = "the harness serves several suites")]
mod line;

use fixline::engine::Draft;
use fixline::session::{Blocked, Header, Input, Version};
use fixline::wire::{Body, Fields, MsgKind, PutField as _, Scan, Tag};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

use line::{Line, acceptor, initiator};

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
        number.clone().prop_map(|to| format!("35=3|45={to}")),
        number.clone().prop_map(|new| format!("35=4|123=Y|36={new}")),
        number.clone().prop_map(|new| format!("35=4|36={new}")),
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

/// A put of an application: any tag, header and trailer among them, and now and then a value that
/// cannot be.
fn put() -> impl Strategy<Value = (u32, Vec<u8>)> {
    let header = prop::sample::select(vec![
        8_u32, 9, 34, 35, 43, 49, 50, 52, 56, 57, 90, 91, 97, 115, 116, 122, 128, 129, 142, 143,
        144, 145, 212, 213, 347, 369, 370, 627, 628, 629, 630, 1128, 1129, 1156,
    ]);
    let other = prop_oneof![
        4 => prop::sample::select(vec![1_u32, 11, 38, 44, 54, 55, 58, 60, 453, 448]),
        1 => prop::sample::select(vec![10_u32, 89, 93, 95, 96, 354, 355]),
        1 => 1..6000_u32,
        1 => Just(u32::MAX),
    ];
    let value = prop_oneof![
        6 => "[A-Z0-9=|]{1,12}".prop_map(String::into_bytes),
        2 => (0..4_u8).prop_map(|len| vec![b'0' + len]),
        1 => vec(any::<u8>(), 0..9),
    ];
    (prop_oneof![2 => header, 5 => other], value)
}

/// Single puts, and pairs that belong together.
fn puts(most: usize) -> impl Strategy<Value = Vec<(u32, Vec<u8>)>> {
    let pair = (prop::sample::select(vec![90_u32, 93, 95, 212, 354]), vec(any::<u8>(), 1..9));
    let pair = pair.prop_map(|(tag, data)| {
        let data_tag = if tag == 93 { 89 } else { tag + 1 };
        vec![(tag, data.len().to_string().into_bytes()), (data_tag, data)]
    });
    let parts = vec(prop_oneof![6 => put().prop_map(|put| vec![put]), 1 => pair], 0..most);
    parts.prop_map(|parts| parts.concat())
}

/// Puts by rising tag, as most are.
fn sorted(mut puts: Vec<(u32, Vec<u8>)>, sort: bool) -> Vec<(u32, Vec<u8>)> {
    if sort {
        puts.sort_by_key(|(tag, _)| *tag);
    }
    puts
}

fn put_all<P: fixline::wire::PutField>(target: &mut P, puts: &[(u32, Vec<u8>)]) {
    for (tag, value) in puts {
        target.put(Tag::new(*tag).expect("not 0"), value);
    }
}

/// The fields that are not the session's, in the order of their tags, which groups and pairs keep
/// among themselves.
fn own_fields(fields: Fields<'_>) -> Vec<(u32, Vec<u8>)> {
    let of_session = [8, 9, 35, 34, 43, 49, 52, 56, 122, 10];
    let own = fields.iter().map(|field| (field.tag.get(), field.value.to_vec()));
    let mut own: Vec<_> = own.filter(|(tag, _)| !of_session.contains(tag)).collect();
    own.sort_by_key(|(tag, _)| *tag);
    own
}

/// A line whose messages have header fields of the configuration as well.
fn headed(full: bool) -> Line {
    let mut config = acceptor(Version::Fix50Sp2).check_appl_ver_id(false);
    if full {
        config = config.last_msg_seq_num_processed(true).sender_sub_id("SUB");
        config = config.target_location_id("NY");
    }
    Line::up(config)
}

/// EDGE-30: what was finished is read by the strict scan, says what was put, and is repeated, not
/// filled, when the peer asks for it.
fn is_read_and_repeated(line: &mut Line, put: &[(u32, Vec<u8>)], sent: u64) {
    let bytes = line.stored[&(0, sent)].clone();
    let scan = Scan::parse(&bytes).unwrap_or_else(|error| panic!("{error:?}: {}", line.sent(sent)));
    let of_config =
        |tag: u32| matches!(tag, 50 | 143 | 369) && !put.iter().any(|(put, _)| *put == tag);
    let mut read = own_fields(scan.message.fields());
    read.retain(|(tag, _)| !of_config(*tag));
    let mut expected = put.to_vec();
    expected.sort_by_key(|(tag, _)| *tag);
    assert_eq!(read, expected);
    let log = line.receive(&format!("35=2|34=2|7={sent}|16={sent}"));
    let repeated = log.iter().any(|entry| entry.contains(&format!("|34={sent}|43=Y|")));
    assert!(repeated && !log.iter().any(|entry| entry.starts_with("> 35=4|")), "{log:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4 * config().cases, ..config() })]

    #[test]
    fn edge_30_what_a_composer_finishes_is_read_and_repeated(
        full in any::<bool>(),
        sort in any::<bool>(),
        header in puts(5),
        body in puts(8),
    ) {
        let (header, body) = (sorted(header, sort), sorted(body, sort));
        let mut line = headed(full);
        let mut fields = Body::new();
        put_all(&mut fields, &header);
        let Ok(fields) = fields.as_fields() else { return Ok(()) };
        let head = Header::new("D").fields(fields);
        let Ok(mut composer) = line.session.compose(&head, line.now, &mut line.out) else {
            return Ok(());
        };
        put_all(&mut composer, &body);
        let Ok(sent) = composer.finish() else { return Ok(()) };
        let bytes = line.out.bytes(sent.span).to_vec();
        line.stored.insert((sent.epoch, sent.seq.get()), bytes);
        line.out.stored(sent.span);
        line.flush();
        is_read_and_repeated(&mut line, &[header, body].concat(), sent.seq.get());
    }

    #[test]
    fn edge_30_what_a_draft_accepts_is_read_and_repeated(
        full in any::<bool>(),
        given in puts(3),
        puts in puts(10),
    ) {
        let mut line = headed(full);
        let mut body = Body::new();
        put_all(&mut body, &given);
        let mut draft = Draft::with_body("D", body);
        put_all(&mut draft, &puts);
        let (Ok(header), Ok(body)) = (draft.header(), draft.body()) else { return Ok(()) };
        let Ok(mut composer) = line.session.compose(&header, line.now, &mut line.out) else {
            return Ok(());
        };
        composer.fields(body);
        let sent = composer.finish().expect("the draft accepted it, and it is short enough");
        let bytes = line.out.bytes(sent.span).to_vec();
        line.stored.insert((sent.epoch, sent.seq.get()), bytes);
        line.out.stored(sent.span);
        line.flush();
        is_read_and_repeated(&mut line, &[given, puts].concat(), sent.seq.get());
    }

    /// The other way round: what the scan reads can be written, unless it is the session's.
    #[test]
    fn edge_30_a_composer_refuses_nothing_that_would_be_read(body in puts(8)) {
        let mut line = headed(false);
        let mut bytes = line.peer_message("35=D|34=2");
        let end = bytes.windows(4).rposition(|four| four == b"\x0110=").expect("CheckSum") + 1;
        bytes.truncate(end);
        for (tag, value) in &body {
            bytes.extend_from_slice(format!("{tag}=").as_bytes());
            bytes.extend_from_slice(value);
            bytes.push(1);
        }
        let start = bytes.windows(4).position(|four| four == b"\x0135=").expect("MsgType") + 1;
        let mut whole = format!("8=FIXT.1.1\u{1}9={}\u{1}", bytes.len() - start).into_bytes();
        whole.extend_from_slice(&bytes[start..]);
        let sum = whole.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        whole.extend_from_slice(format!("10={sum:03}\u{1}").as_bytes());
        let Ok(scan) = Scan::parse(&whole) else { return Ok(()) };
        prop_assert_eq!(scan.message.kind(), MsgKind::Application);
        let of_session = |tag: u32| matches!(tag, 43 | 122);
        let mut composer =
            line.session.compose(&Header::new("D"), line.now, &mut line.out).expect("logged on");
        put_all(&mut composer, &body);
        let finished = composer.finish();
        let in_header = body.iter().take_while(|(tag, _)| Tag::new(*tag).unwrap().is_header());
        let is_refused = in_header.clone().any(|(tag, _)| of_session(*tag) || !is_shared(*tag));
        prop_assert!(finished.is_ok() || is_refused, "{:?}: {:?}", finished, body);
    }
}

/// Header fields that bodies are known to have as well.
fn is_shared(tag: u32) -> bool {
    [90, 91, 212, 213, 347, 370, 627, 628, 629, 630, 1128, 1129, 1156].contains(&tag)
}

#[test]
fn a_first_logon_may_come_in_any_pieces() {
    let mut line = Line::new(acceptor(Version::Fix44), fixline::session::SeqNums::FRESH);
    line.connect();
    let bytes = line.peer_message("35=A|34=1|98=0|108=30");
    let log: Vec<String> = bytes.iter().flat_map(|byte| line.receive_bytes(&[*byte])).collect();
    assert_eq!(log, ["authenticate 1"]);
}
