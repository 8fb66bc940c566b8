//! SendingTime(52): S-TIME, test cases 2.n and 2.o.

use std::time::Duration;

use fixline::session::{Input, SeqNums, Version};
use fixline::wire::{Precision, UtcTime};

use crate::line::{Line, acceptor, initiator};

fn up() -> Line {
    Line::up(acceptor(Version::Fix44))
}

#[test]
fn a_time_within_two_minutes_is_accepted_the_limit_included() {
    // 2.n, S-TIME-03, D-34
    for (number, time) in
        [(2, "09:28:00"), (3, "09:32:00"), (4, "09:30:00.999"), (5, "09:28:00.000000")]
    {
        let mut line = up();
        for earlier in 2..number {
            line.receive(&format!("35=0|34={earlier}"));
        }
        assert_eq!(
            line.receive(&format!("35=D|34={number}|52=20261122-{time}|11=A")),
            [format!("deliver D {number}")]
        );
    }
}

#[test]
fn a_time_further_away_is_rejected_and_the_end() {
    // 2.o, S-TIME-02
    for time in ["09:27:59.999", "09:32:00.001", "00:00:00", "23:59:60"] {
        let mut line = up();
        assert_eq!(
            line.receive(&format!("35=D|34=2|52=20261122-{time}|11=A")),
            [
                "> 35=3|34=2|45=2|58=SendingTime accuracy problem|371=52|372=D|373=10",
                "> 35=5|34=3|58=SendingTime accuracy problem"
            ]
        );
        assert_eq!(line.next_in(), 3);
        assert_eq!(line.take_rules().last(), Some(&"S-TIME-02 (2.o)"));
        assert_eq!(line.wait(2.0), ["disconnect: SendingTime accuracy problem"]);
    }
}

#[test]
fn a_message_that_waited_is_compared_with_the_time_in_which_it_came() {
    // S-TIME-03
    let behind = |line: &mut Line, time: &str| {
        let since = UtcTime::parse(format!("20261122-{time}").as_bytes()).expect("a time");
        assert_eq!(line.input(Input::Behind { since }), Vec::<String>::new());
    };
    let mut line = up();
    behind(&mut line, "09:20:00");
    assert_eq!(line.receive("35=D|34=2|52=20261122-09:18:00|11=A"), ["deliver D 2"]);
    // It holds for one message; the earliest time counts, whichever way the clock went.
    behind(&mut line, "09:40:00");
    behind(&mut line, "09:20:00");
    assert_eq!(line.receive("35=D|34=3|52=20261122-09:42:00|11=B"), ["deliver D 3"]);
    assert_eq!(line.receive("35=D|34=4|52=20261122-09:42:00|11=C").len(), 2);
    let mut line = up();
    behind(&mut line, "09:20:00");
    assert_eq!(line.receive("35=D|34=2|52=20261122-09:17:59.999|11=A").len(), 2);
    let mut line = up();
    behind(&mut line, "09:20:00");
    assert_eq!(line.receive("35=D|34=2|52=20261122-09:32:00.001|11=A").len(), 2);
}

#[test]
fn the_threshold_can_be_set_and_left_out() {
    let config = acceptor(Version::Fix44).sending_time_threshold(Some(Duration::from_secs(1)));
    let mut line = Line::up(config);
    assert_eq!(line.receive("35=D|34=2|52=20261122-09:30:01|11=A"), ["deliver D 2"]);
    assert_eq!(line.receive("35=D|34=3|52=20261122-09:30:02|11=A").len(), 2);

    let mut line = Line::up(acceptor(Version::Fix44).sending_time_threshold(None));
    assert_eq!(line.receive("35=D|34=2|52=19991231-23:59:59|11=A"), ["deliver D 2"]);
}

#[test]
fn a_time_that_is_none_is_rejected_and_the_session_goes_on() {
    // S-TIME-04, 14.b, 14.d
    let mut line = up();
    for (number, time, text, reason) in [
        (2, "52=yesterday", "Incorrect data format for value (52)", 6),
        (3, "52=20261122-25:00:00", "Incorrect data format for value (52)", 6),
        (4, "52=20261122-09:30", "Incorrect data format for value (52)", 6),
        (5, "52=20261122-09:30:00.", "Incorrect data format for value (52)", 6),
        (6, "52=", "Tag specified without a value (52)", 4),
    ] {
        assert_eq!(
            line.receive(&format!("35=D|34={number}|{time}|11=A")),
            [format!("> 35=3|34={number}|45={number}|58={text}|371=52|372=D|373={reason}")]
        );
    }
    assert_eq!(
        line.receive_without("35=D|34=7|11=A", "52="),
        ["> 35=3|34=7|45=7|58=Required tag missing (52)|371=52|372=D|373=1"]
    );
    assert_eq!(line.next_in(), 8);
}

#[test]
fn any_number_of_fraction_digits_is_accepted() {
    // S-TIME-06, S-TIME-08
    let mut line = up();
    for (number, fraction) in
        [(2, ".0"), (3, ".00"), (4, ".000000"), (5, ".000000000"), (6, ".000000000000")]
    {
        assert_eq!(
            line.receive(&format!("35=D|34={number}|52=20261122-09:30:00{fraction}|11=A")),
            [format!("deliver D {number}")]
        );
    }
}

#[test]
fn what_comes_ahead_is_judged_when_it_comes_and_not_again() {
    let mut line = up();
    assert_eq!(line.receive("35=D|34=3|11=B"), ["> 35=2|34=2|7=2|16=0", "hold 3"]);
    line.keep_alive(60.0, 4);
    line.keep_alive(60.0, 10);
    line.sleep(1.0);
    // By now its SendingTime is 121 s ago.
    let log = line.again("35=D|34=2|11=A");
    assert_eq!(log, ["deliver D 2 again", "deliver D 3"]);
    // A late one is refused at once, and ends the gap.
    let mut line = up();
    assert_eq!(line.receive("35=D|34=3|52=20261122-09:00:00|11=B").len(), 2);
}

#[test]
fn a_logon_with_a_wrong_time_gets_a_logout() {
    // S-LOGON-28, D-27
    let mut line = Line::new(acceptor(Version::Fix44), SeqNums::FRESH);
    line.connect();
    line.receive("35=A|34=1|52=20261122-09:00:00|98=0|108=30");
    assert_eq!(
        line.accept(),
        ["> 35=5|34=1|58=SendingTime accuracy problem", "disconnect: SendingTime accuracy problem"]
    );
    let mut line = Line::new(initiator(Version::Fix44), SeqNums::FRESH);
    line.connect();
    assert_eq!(
        line.receive("35=A|34=1|52=20261122-09:00:00|98=0|108=30"),
        ["> 35=5|34=2|58=SendingTime accuracy problem", "disconnect: SendingTime accuracy problem"]
    );
    assert_eq!(line.next_in(), 1);
}

#[test]
fn our_times_have_the_precision_of_the_version_or_the_configuration() {
    // S-TIME-05, S-TIME-06; the harness compares each with the clock.
    for (version, len) in [
        (Version::Fix40, 17),
        (Version::Fix41, 17),
        (Version::Fix42, 21),
        (Version::Fix44, 21),
        (Version::Fix50Sp2, 21),
    ] {
        let mut line = Line::up(acceptor(version));
        line.send("D", "11=A").unwrap();
        assert_eq!(line.stored_field(2, 52).len(), len);
    }
    for (precision, time) in [
        (Precision::SECONDS, "20261122-09:30:00"),
        (Precision::MICROS, "20261122-09:30:00.123456"),
        (Precision::NANOS, "20261122-09:30:00.123456789"),
    ] {
        let mut line = Line::up(acceptor(Version::Fix44).precision(precision));
        line.now.utc = line.now.utc.saturating_add(Duration::from_nanos(123_456_789));
        line.send("D", "11=A").unwrap();
        assert_eq!(line.stored_field(2, 52), time);
    }
}

#[test]
fn the_time_follows_the_clock_of_each_message() {
    // S-TIME-01, HB-12
    let mut line = up();
    line.send("D", "11=A").unwrap();
    line.sleep(1.5);
    line.send("D", "11=B").unwrap();
    assert_eq!(line.stored_field(2, 52), "20261122-09:30:00.000");
    assert_eq!(line.stored_field(3, 52), "20261122-09:30:01.500");
}
