//! SequenceReset and gap fills.

use fixline::session::{Input, Version};

use crate::line::{Line, acceptor, initiator, seq};

/// GAP-09: a fill over a message that was held already was ignored, and the session was stuck; or
/// the message was delivered behind the fill that had declared it void.
#[test]
fn a_fill_over_a_held_message_leaves_nothing_stuck_in_any_order() {
    let answer = ["35=D|34=2|11=A", "35=4|34=3|123=Y|36=5", "35=D|34=5|11=D"];
    let live = ["35=D|34=4|11=C", "35=D|34=6|11=E", "35=0|34=7"];
    // Each bit says whose turn it is. The first message to come is what makes the gap.
    for order in 0..64_u32 {
        if order.count_ones() as usize != answer.len() || order & 1 == 1 {
            continue;
        }
        let mut line = Line::up(acceptor(Version::Fix44));
        let (mut answers, mut lives) = (answer.iter(), live.iter());
        let mut log = Vec::new();
        for turn in 0..6 {
            log.extend(match order >> turn & 1 {
                1 => line.again(answers.next().unwrap()),
                _ => line.receive(lives.next().unwrap()),
            });
        }
        let asked = log.iter().filter(|entry| entry.starts_with("> 35=2|")).count();
        assert!(asked <= 2, "{order:b}: {log:?}");
        if asked == 2 {
            // What was asked for the second time comes, the fill included.
            log.extend(answer.iter().chain(&live[1..]).flat_map(|message| line.again(message)));
        }
        let delivered = log.iter().filter_map(|entry| entry.strip_prefix("deliver D "));
        let delivered: Vec<&str> = delivered.map(|entry| &entry[..1]).collect();
        assert_eq!(delivered, ["2", "5", "6"], "{order:b}: {log:?}");
        assert_eq!(line.next_in(), 8, "{order:b}: {log:?}");
        assert!(!line.status_is_recovering(), "{order:b}");
        assert!(line.held.is_empty(), "{order:b}");
    }
}

/// GAP-12: a NewSeqNo of 0, or a lower one, took the expected number back.
#[test]
fn no_new_number_takes_the_expected_one_back() {
    for flag in ["123=Y|", "123=N|", ""] {
        for (new, next_in) in [("0", 5), ("1", 5), ("4", 5), ("6", 6), ("00006", 6), ("-6", 5)] {
            let mut line = Line::up(acceptor(Version::Fix44));
            line.receive("35=4|34=2|123=Y|36=5");
            let log = line.receive(&format!("35=4|34=5|{flag}36={new}"));
            assert_eq!(line.next_in(), next_in, "{flag}{new}");
            assert_eq!(log.len(), usize::from(next_in == 5), "{flag}{new}");
            assert!(log.iter().all(|entry| entry.contains("|371=36|372=4|373=")), "{log:?}");
        }
    }
}

/// GAP-03: an answer used up new numbers, so that each answer made a gap of its own.
#[test]
fn an_answer_uses_up_no_number_however_it_is_made() {
    let mut line = Line::up(initiator(Version::Fix44));
    for _ in 0..3 {
        line.send("D", "11=A").unwrap();
        line.input(Input::TestRequest);
    }
    for (at, range) in (2..).zip(["7=1|16=0", "7=2|16=2", "7=3|16=3", "7=7|16=0"]) {
        line.receive(&format!("35=2|34={at}|{range}"));
        assert_eq!(line.next_out(), 8, "{range}");
    }
    // Nor does one that is cut off by the end of the connection.
    line.serves = false;
    line.receive("35=2|34=6|7=1|16=0");
    line.feed(2);
    line.close();
    assert_eq!((line.next_in(), line.next_out()), (7, 8));
    assert_eq!(seq(8), line.session.seq_nums().next_out);
}
