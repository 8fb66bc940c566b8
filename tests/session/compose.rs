//! Composing: what the application may write, and what it may not.

use fixline::session::{Header, Input, SendError, SeqNums, Version};
use fixline::wire::{Body, FieldErrorKind, PutField, Tag};

use crate::line::{Line, acceptor, initiator};

fn up() -> Line {
    Line::up(acceptor(Version::Fix44))
}

fn refused(error: Result<u64, SendError>) -> (u32, FieldErrorKind) {
    match error {
        Err(SendError::BadField(error)) => (error.tag.unwrap().get(), error.kind),
        other => panic!("{other:?}"),
    }
}

#[test]
fn numbers_rise_by_one() {
    // INV-02
    let mut line = up();
    for number in 2..20 {
        assert_eq!(line.send("D", "11=A"), Ok(number));
    }
}

#[test]
fn nothing_is_composed_but_in_an_established_session() {
    // END-08, LOG-12
    let mut line = Line::new(initiator(Version::Fix44), SeqNums::FRESH);
    assert_eq!(line.send("D", "11=A"), Err(SendError::NotLoggedOn));
    line.connect();
    assert_eq!(line.send("D", "11=A"), Err(SendError::NotLoggedOn));
    line.receive("35=A|34=1|98=0|108=30");
    assert_eq!(line.send("D", "11=A"), Ok(2));
    line.receive("35=5|34=2");
    assert_eq!(line.send("D", "11=A"), Err(SendError::LoggingOut));
    line.close();
    assert_eq!(line.send("D", "11=A"), Err(SendError::NotLoggedOn));
    let mut line = Line::new(acceptor(Version::Fix44), SeqNums::FRESH);
    line.connect();
    line.receive("35=A|34=1|98=0|108=30");
    assert_eq!(line.send("D", "11=A"), Err(SendError::NotLoggedOn));
}

#[test]
fn a_gap_does_not_keep_the_application_from_sending() {
    let mut line = up();
    line.receive("35=D|34=9|11=A");
    assert_eq!(line.send("D", "11=A"), Ok(3));
}

#[test]
fn session_messages_are_the_sessions() {
    let mut line = up();
    for msg_type in ["0", "1", "2", "3", "4", "5", "A"] {
        assert_eq!(line.send(msg_type, "11=A"), Err(SendError::AdminType));
    }
    assert_eq!(line.send("n", "11=A"), Ok(2));
    assert_eq!(line.send("AA", "11=A"), Ok(3));
}

#[test]
fn a_type_that_cannot_be_written_is_refused() {
    let mut line = up();
    assert_eq!(refused(line.send("", "11=A")), (35, FieldErrorKind::EmptyValue));
    assert_eq!(refused(line.send("D\u{1}34=9", "11=A")), (35, FieldErrorKind::DelimiterInValue));
    assert_eq!(line.next_out(), 2);
}

#[test]
fn header_fields_stand_by_rising_tag_and_the_callers_go_before_the_configurations() {
    // S-VAL-10: what is issued anew has a new number and PossResend.
    let config = acceptor(Version::Fix50Sp2)
        .sender_sub_id("DESK")
        .target_sub_id("VENUE")
        .sender_location_id("LDN")
        .target_location_id("NY");
    let mut line = Line::up(config);
    line.send("D", "11=A").unwrap();
    assert_eq!(line.sent(2), "35=D|34=2|50=DESK|57=VENUE|142=LDN|143=NY|11=A");
    let header = "50=TRADER|57=OTHER|97=Y|115=FUND|128=EXCH|143=CH|1128=8";
    line.send_with("D", header, "11=A").unwrap();
    assert_eq!(
        line.sent(3),
        "35=D|34=3|50=TRADER|57=OTHER|97=Y|115=FUND|128=EXCH|142=LDN|143=CH|1128=8|11=A"
    );
}

#[test]
fn hops_go_out_and_again_as_the_caller_wrote_them() {
    // S-ID-07
    let hops = "115=FUND|627=2|628=A|629=20261122-09:00:00|630=7|628=B|629=20261122-09:00:01|630=8";
    let mut line = up();
    assert_eq!(line.send_with("D", hops, "11=A"), Ok(2));
    assert_eq!(line.sent(2), format!("35=D|34=2|{hops}|11=A"));
    let (party, groups) = hops.split_once('|').unwrap();
    assert_eq!(
        line.receive("35=2|34=2|7=2|16=2")[1],
        format!("> 35=D|34=2|43=Y|{party}|122=20261122-09:30:00.000|{groups}|11=A")
    );
}

#[test]
fn the_sessions_own_fields_are_not_the_callers() {
    // S-PD-09
    for field in ["34=9", "43=Y", "49=ME", "52=X", "56=YOU", "122=X"] {
        let tag = field.split('=').next().unwrap().parse().unwrap();
        let mut line = up();
        let reserved = (tag, FieldErrorKind::Reserved);
        assert_eq!(refused(line.send_with("D", field, "11=A")), reserved);
        assert_eq!(refused(line.send("D", &format!("11=A|{field}"))), reserved);
        assert_eq!(refused(put(&mut line, Tag::new(tag).unwrap(), b"X")), reserved);
        assert_eq!(line.next_out(), 2);
    }
}

#[test]
fn a_body_field_is_none_of_the_header() {
    let mut line = up();
    assert_eq!(refused(line.send_with("D", "11=A", "38=1")), (11, FieldErrorKind::Reserved));
}

fn put(line: &mut Line, tag: Tag, value: &[u8]) -> Result<u64, SendError> {
    let mut composer = line.session.compose(&Header::new("D"), line.now, &mut line.out)?;
    composer.str(Tag::CL_ORD_ID, "A").put(tag, value);
    composer.finish().map(|sent| sent.seq.get())
}

#[test]
fn no_value_can_create_a_field() {
    let mut line = up();
    for (tag, value, kind) in [
        (Tag::TEXT, b"a\x0149=ME".as_slice(), FieldErrorKind::DelimiterInValue),
        (Tag::TEXT, b"", FieldErrorKind::EmptyValue),
        (Tag::BEGIN_STRING, b"X", FieldErrorKind::Reserved),
        (Tag::BODY_LENGTH, b"1", FieldErrorKind::Reserved),
        (Tag::MSG_TYPE, b"A", FieldErrorKind::Reserved),
        (Tag::CHECK_SUM, b"000", FieldErrorKind::Reserved),
        (Tag::RAW_DATA, b"X", FieldErrorKind::DataPair),
        (Tag::RAW_DATA_LENGTH, b"3", FieldErrorKind::DataPair),
    ] {
        assert_eq!(refused(put(&mut line, tag, value)).1, kind);
        assert_eq!(line.next_out(), 2);
    }
}

#[test]
fn encoded_fields_do_not_get_between_a_length_and_its_data() {
    let mut line = up();
    let body = Body::parse("58=x").unwrap();
    let mut composer = line.session.compose(&Header::new("D"), line.now, &mut line.out).unwrap();
    composer.uint(Tag::RAW_DATA_LENGTH, 3);
    composer.fields(body.as_fields().unwrap());
    composer.put(Tag::RAW_DATA, b"abc");
    assert_eq!(
        composer.finish().map(|_| ()).map_err(|error| matches!(error, SendError::BadField(_))),
        Err(true)
    );
}

#[test]
fn a_composer_that_is_dropped_leaves_no_trace() {
    let mut line = up();
    // The same day, so that only the message itself could leave one.
    line.send("D", "11=A").unwrap();
    let before = (line.session.clone(), line.out.end(), line.out.room());
    {
        let mut composer =
            line.session.compose(&Header::new("D"), line.now, &mut line.out).unwrap();
        composer.str(Tag::TEXT, "never mind");
    }
    assert_eq!((line.session.clone(), line.out.end(), line.out.room()), before);
    assert_eq!(line.send("D", "11=B"), Ok(3));
}

#[test]
fn a_composer_that_fails_leaves_no_trace() {
    let mut line = up();
    line.send("D", "11=A").unwrap();
    let before = (line.session.clone(), line.out.end(), line.out.room());
    let max = line.session.config().message_len_max();
    assert_eq!(
        line.send("D", &format!("58={}", "x".repeat(max))),
        Err(SendError::TooLarge { max })
    );
    refused(put(&mut line, Tag::TEXT, b""));
    assert_eq!((line.session.clone(), line.out.end(), line.out.room()), before);
}

#[test]
fn what_is_composed_is_flushed_when_it_is_stored() {
    // INV-04: write-ahead is structural.
    let mut line = up();
    let mut composer = line.session.compose(&Header::new("D"), line.now, &mut line.out).unwrap();
    composer.str(Tag::CL_ORD_ID, "A");
    let sent = composer.finish().unwrap();
    assert!(line.out.flushable().is_empty());
    line.out.stored(sent.span);
    assert_eq!(line.out.flushable(), line.out.bytes(sent.span));
}

#[test]
fn composing_counts_as_traffic_from_its_own_time() {
    let mut line = up();
    line.sleep(29.0);
    line.send("D", "11=A").unwrap();
    line.receive("35=0|34=2");
    assert!(line.wait(29.9).is_empty());
    assert_eq!(line.wait(0.1), ["> 35=0|34=3"]);
    assert_eq!(line.input(Input::TestRequest), ["> 35=1|34=4|112=4"]);
}

#[test]
fn edge_30_what_could_not_be_read_is_refused() {
    use FieldErrorKind::{Misplaced, Repeated, Reserved};
    // Header fields in the body, as the first field of it too.
    for tag in [50, 57, 97, 115, 116, 128, 129, 142, 143, 144, 145, 369] {
        let mut line = up();
        let tag = Tag::new(tag).unwrap();
        assert_eq!(refused(put(&mut line, tag, b"1")), (tag.get(), Misplaced));
        let mut composer =
            line.session.compose(&Header::new("D"), line.now, &mut line.out).unwrap();
        composer.put(tag, b"1");
        let finished = composer.finish().map(|sent| sent.seq.get());
        assert_eq!(refused(finished), (tag.get(), Misplaced));
        assert_eq!(line.next_out(), 2);
    }
    let mut line = Line::up(acceptor(Version::Fix44).last_msg_seq_num_processed(true));
    // A header field twice.
    for (header, expected) in [
        ("50=A|50=B", (50, Repeated)),
        ("97=Y|115=A|97=N", (97, Repeated)),
        ("369=7", (369, Reserved)),
    ] {
        assert_eq!(refused(line.send_with("D", header, "11=A")), expected);
    }
    // Body fields behind the trailer's, and the trailer twice.
    for (body, expected) in [
        ("11=A|93=1|89=x|58=late", (58, Misplaced)),
        ("93=0|11=A", (11, Misplaced)),
        ("93=1|89=x|95=1|96=y", (95, Misplaced)),
        ("93=1|89=x|347=UTF-8", (347, Misplaced)),
        ("93=1|89=x|93=1|89=y", (93, Repeated)),
    ] {
        assert_eq!(refused(line.send("D", body)), expected, "{body}");
    }
    assert_eq!(line.next_out(), 2);
    // What belongs behind the body may stand there.
    assert_eq!(line.send("D", "11=A|58=x|93=3|89=a\\x01b"), Ok(2));
    assert_eq!(line.sent(2), "35=D|34=2|369=1|11=A|58=x|93=3|89=a\\x01b");
    // Header fields in any order are read, and repeated, as they were put.
    assert_eq!(line.send_with("D", "128=EXCH|50=DESK", "11=A"), Ok(3));
    let log = line.receive("35=2|34=2|7=3|16=3");
    let expected = "> 35=D|34=3|43=Y|122=20261122-09:30:00.000|128=EXCH|50=DESK|369=1|11=A";
    assert_eq!(log[1], expected);
}

#[test]
fn edge_30_a_reject_is_read_whatever_it_answers() {
    let mut line = up();
    let log = line.receive("35=D|34=2|115=A|115=B|116=C|128=D|11=A");
    assert_eq!(log.len(), 1);
    assert!(log[0].starts_with("> 35=3|34=2|115=D|128=A|129=C|45=2|58=Tag appears"), "{log:?}");
}
