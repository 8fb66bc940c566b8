//! Numbers, requests and replays.

use std::thread;

use fixline::session::{Input, ResendRequestForm, Version};
use fixline::wire::{Framed, Message, next_frame};

use crate::line::{Line, acceptor, nums, repetition};

fn up() -> Line {
    Line::up(acceptor(Version::Fix44))
}

/// BeginSeqNo and EndSeqNo of the ResendRequests in a log.
fn requests(log: &[String]) -> Vec<(u64, u64)> {
    let asked = log.iter().filter_map(|entry| entry.strip_prefix("> 35=2|"));
    asked.map(|entry| (number(entry, "7="), number(entry, "16="))).collect()
}

fn number(entry: &str, tag: &str) -> u64 {
    let value = entry.split('|').find_map(|field| field.strip_prefix(tag));
    value.and_then(|value| value.parse().ok()).expect("a number")
}

/// SEQ-07: a rejected ResendRequest was remembered as sent, and never sent again.
#[test]
fn a_rejected_request_is_made_again_and_then_given_up() {
    let mut line = up();
    assert_eq!(requests(&line.receive("35=D|34=3|11=B")), [(2, 0)]);
    assert!(line.receive("35=3|34=4|45=2|372=2|373=5").contains(&"hold 4".into()));
    line.keep_alive(71.0, 5);
    assert_eq!(requests(&line.wait(1.0)), [(2, 0)]);
    line.keep_alive(71.0, 15);
    assert_eq!(requests(&line.wait(1.0)), [(2, 0)]);
    line.keep_alive(71.0, 25);
    let log = line.wait(1.0);
    assert!(log[0].contains("|58=Message 2 was requested and not resent"), "{log:?}");
    assert_eq!(line.next_in(), 2);
}

/// SEQ-10, SEQ-11, SEQ-12: chunks went on one number too far behind a fill, stopped behind a fill
/// that reached over the end of a chunk, or were all asked for at once.
#[test]
fn any_chunk_and_any_fill_recover_every_message_one_request_at_a_time() {
    const LAST: u64 = 9;
    for chunk in 1..=LAST as u32 {
        for from in 2..=LAST {
            for to in from..=LAST {
                for within in [false, true] {
                    recover_in_chunks(chunk, from, to, within);
                }
            }
        }
    }
}

/// Messages 2 to 9 are missing, of which the peer fills some: as a whole, or only within the range
/// that it was asked for.
fn recover_in_chunks(chunk: u32, from: u64, to: u64, within: bool) {
    let form = ResendRequestForm::Chunks(chunk);
    let mut line = Line::up(acceptor(Version::Fix44).resend_request_form(form));
    let mut log = line.receive("35=D|34=10|11=LAST");
    let mut asked = requests(&log);
    while let Some((begin, end)) = asked.pop() {
        assert!(asked.is_empty(), "one at a time: {log:?}");
        assert!(begin == line.next_in() && end - begin < u64::from(chunk), "{begin} to {end}");
        let mut seq = begin;
        let mut answer = Vec::new();
        while seq <= end {
            if (from..=to).contains(&seq) {
                let new = if within { to.min(end) } else { to } + 1;
                answer.extend(line.again(&format!("35=4|34={seq}|123=Y|36={new}")));
                seq = new;
            } else {
                answer.extend(line.again(&format!("35=D|34={seq}|11=OLD")));
                seq += 1;
            }
        }
        asked = requests(&answer);
        log.extend(answer);
    }
    let delivered: Vec<u64> = log
        .iter()
        .filter_map(|entry| entry.strip_prefix("deliver D "))
        .map(|rest| rest.split(' ').next().unwrap().parse().unwrap())
        .collect();
    let expected: Vec<u64> = (2..=10).filter(|seq| !(from..=to).contains(seq)).collect();
    assert_eq!(delivered, expected, "chunks of {chunk}, {from} to {to} filled: {log:?}");
    assert_eq!(line.next_in(), 11);
    assert!(!line.status_is_recovering());
}

/// SEQ-14, SEQ-15, SEQ-17: a loop over every number of a range, or an index that ran over, until
/// nothing or a message without a number came out.
#[test]
fn a_range_of_billions_costs_what_is_stored_in_it() {
    let last = 3_000_000_000;
    let mut line = Line::new(acceptor(Version::Fix44), nums(1, last));
    line.log_on(1);
    assert_eq!(line.send("D", "11=A"), Ok(last + 1));
    let time = "122=20261122-09:30:00.000";
    for (seq, end) in [(2, "0"), (3, "4000000000"), (4, "18446744073709551615")] {
        assert_eq!(
            line.receive(&format!("35=2|34={seq}|7=1|16={end}")),
            [
                format!("fetch 1 to {}", last + 1),
                format!("> 35=4|34=1|43=Y|{time}|36={}|123=Y", last + 1),
                format!("> 35=D|34={}|43=Y|{time}|11=A", last + 1),
            ]
        );
    }
    assert_eq!((line.next_in(), line.next_out()), (5, last + 2));
}

/// SEQ-23: where nothing was stored, the request was served and not counted, and was taken for
/// missing with the next message.
#[test]
fn a_request_is_counted_once_whatever_the_store_gives() {
    for stored in [vec![], vec![2], vec![2, 3, 4], vec![4]] {
        let mut line = up();
        for number in 2..5 {
            assert_eq!(line.send("D", "11=A"), Ok(number));
        }
        line.stored.retain(|(_, seq), _| stored.contains(seq));
        line.receive("35=2|34=2|7=1|16=0");
        assert_eq!(line.next_in(), 3, "{stored:?}");
        assert_eq!(line.receive("35=D|34=3|11=B"), ["deliver D 3"]);
        assert_eq!(line.next_out(), 5);
    }
}

/// SEQ-24: a Logout counted as if nothing were missing before it, and what was missing was lost.
#[test]
fn a_logout_counts_only_where_it_is_expected() {
    // During our replay, behind our own Logout, and during a gap.
    let mut line = up();
    line.serves = false;
    line.receive("35=2|34=2|7=1|16=0");
    line.receive("35=5|34=9");
    assert_eq!(line.next_in(), 3);
    let mut line = up();
    line.receive("35=D|34=4|11=C");
    line.logout("bye");
    line.receive("35=5|34=5");
    line.close();
    assert_eq!(line.next_in(), 2);
    assert_eq!(requests(&line.log_on(6)), [(2, 0)]);
    let mut line = up();
    line.receive("35=5|34=4");
    line.wait(10.0);
    line.close();
    assert_eq!(line.next_in(), 2);
    assert_eq!(requests(&line.log_on(5)), [(2, 0)]);
}

/// SEQ-26, SEQ-27: a Reject, theirs or ours, moved the expected number for a message that was not
/// the expected one.
#[test]
fn a_reject_moves_the_expected_number_by_one_and_only_in_sequence() {
    for faulty in ["35=D|34=5|11=", "35=D|34=5|0=A", "35=1|34=5", "35=2|34=5|7=0|16=0"] {
        let expected = |next_in: u64| {
            let mut line = up();
            line.receive(&format!("35=4|34=2|123=Y|36={next_in}"));
            line
        };
        let mut line = expected(5);
        assert!(line.receive(faulty)[0].starts_with("> 35=3|34=2|45=5|"), "{faulty}");
        assert_eq!(line.next_in(), 6);
        // Ahead of a gap it waits for its turn.
        let mut line = expected(4);
        line.receive(faulty);
        assert_eq!(line.next_in(), 4);
        // A repetition of what was received, or rejected, before.
        let mut line = expected(9);
        assert!(line.receive(&repetition(faulty)).is_empty(), "{faulty}");
        assert_eq!((line.next_in(), line.next_out()), (9, 2));
    }
    // Theirs.
    for (next_in, after) in [(5, 6), (4, 4)] {
        let mut line = up();
        line.receive(&format!("35=4|34=2|123=Y|36={next_in}"));
        line.receive("35=3|34=5|45=1");
        assert_eq!(line.next_in(), after);
    }
}

/// SEQ-30: what was sent again was parsed and written anew: groups in another order, unknown
/// fields left out, another length.
#[test]
fn what_is_sent_again_has_the_same_body_byte_for_byte() {
    let mut line = up();
    let body =
        r"11=A|20009=x|453=2|448=B|447=D|448=A|447=D|55=ÄÖ\xff|354=5|355=\x01=\x0110|44=007.50";
    assert_eq!(line.send_with("D", "97=Y|115=FUND|128=EXCH", body), Ok(2));
    let first = line.stored[&(0, 2)].clone();
    line.flushes = false;
    line.receive("35=2|34=2|7=2|16=2");
    let Framed::Frame(frame) = next_frame(line.out.flushable(), usize::MAX) else {
        panic!("a message")
    };
    let (first, again) = (Message::parse(&first).unwrap(), Message::parse(frame.bytes()).unwrap());
    assert_eq!(again.body().as_bytes(), first.body().as_bytes());
    assert!(again.body().as_bytes().windows(5).any(|bytes| bytes == b"\x01=\x0110"));
    let header = |message: Message<'_>| {
        let fields = message.header();
        let kept = fields.iter().filter(|field| ![9, 43, 52, 122].contains(&field.tag.get()));
        kept.map(|field| (field.tag, field.value.to_vec())).collect::<Vec<_>>()
    };
    assert_eq!(header(again), header(first));
}

/// SEQ-34: held messages, and replays, went through recursion, and thousands of them through the
/// end of the stack.
#[test]
fn any_number_of_messages_fits_a_small_stack() {
    const COUNT: u64 = 20_000;
    let drain = || {
        let mut line = up();
        for number in 3..COUNT {
            line.receive(&format!("35=D|34={number}|11=A"));
        }
        let log = line.again("35=D|34=2|11=A");
        assert_eq!((log.len() as u64, line.next_in()), (COUNT - 2, COUNT));
    };
    let replay = || {
        let mut line = up();
        for number in 2..COUNT {
            assert_eq!(line.send("D", "11=A"), Ok(number));
        }
        let log = line.receive("35=2|34=2|7=1|16=0");
        assert_eq!(log.len() as u64, COUNT);
        assert_eq!(line.next_out(), COUNT);
    };
    for work in [Box::new(drain) as Box<dyn FnOnce() + Send>, Box::new(replay)] {
        let small = thread::Builder::new().stack_size(128 * 1024).spawn(work);
        small.expect("a thread").join().expect("enough stack");
    }
}

/// SEQ-18: a message that came behind the end made the session ask for others.
#[test]
fn behind_the_end_nothing_is_asked_for() {
    let mut line = up();
    assert_eq!(line.input(Input::Disconnect), ["disconnect: disconnected on request"]);
    assert!(line.receive("35=D|34=9|11=A").is_empty());
    assert!(line.tick().is_empty());
    assert_eq!((line.next_in(), line.next_out()), (2, 2));
}
