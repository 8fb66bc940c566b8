//! What can be composed can be read, by the peer and by our own replay (EDGE-30, INV-20).

use fixline::engine::Draft;
use fixline::session::{Header, Version};
use fixline::wire::{Body, Fields, MsgKind, PutField, Scan, Tag};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

use crate::line::{Line, acceptor};

/// 1,200 cases each, or four times what `PROPERTY_CASES` says; what fails is kept beside this file and
/// played again first.
fn config() -> ProptestConfig {
    let cases = std::env::var("PROPERTY_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig {
        cases: cases.unwrap_or(300) * 4,
        failure_persistence: Some(Box::new(FileFailurePersistence::WithSource("regressions"))),
        ..ProptestConfig::default()
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

fn put_all<P: PutField>(target: &mut P, puts: &[(u32, Vec<u8>)]) {
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
    #![proptest_config(config())]

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
