//! The checks of `testing` over histories that are made by hand: each says what is wrong with a bad
//! one, and nothing about a good one.

use fixline::session::SeqNums;
use fixline::testing::checks::{
    contiguous_numbers, exact_replay, monotone_numbers, ordered_delivery, unique_numbers,
    write_ahead,
};
use fixline::testing::{History, Record};
use fixline::wire::SeqNum;

fn seq(number: u64) -> SeqNum {
    SeqNum::new(number).expect("not 0")
}

fn numbers(epoch: u32, next_in: u64, next_out: u64) -> SeqNums {
    SeqNums { epoch, next_in: seq(next_in), next_out: seq(next_out), reset_pending: false }
}

/// A message from its fields as `35=D|34=2|..`, with a fixed time behind 34 and 43.
fn message(fields: &str) -> Vec<u8> {
    let body = format!("{fields}|").replace('|', "\u{1}");
    let head = format!("8=FIX.4.4\u{1}9={}\u{1}{body}", body.len());
    let sum = head.bytes().fold(0_u8, u8::wrapping_add);
    format!("{head}10={sum:03}\u{1}").into_bytes()
}

fn fields(msg_type: &str, seq: u64, rest: &str) -> String {
    format!("35={msg_type}|34={seq}|49=A|52=20261122-09:30:00|56=B{rest}")
}

fn original(msg_type: &str, seq: u64, rest: &str) -> Vec<u8> {
    message(&fields(msg_type, seq, rest))
}

fn repetition(msg_type: &str, seq: u64, rest: &str) -> Vec<u8> {
    let head = format!("35={msg_type}|34={seq}|43=Y|49=A|52=20261122-09:31:00|56=B");
    message(&format!("{head}|122=20261122-09:30:00{rest}"))
}

fn sent(epoch: u32, message: Vec<u8>) -> Record {
    Record::Sent { epoch, message, durable: numbers(epoch, 1, 100) }
}

fn kept(epoch: u32, number: u64, message: Vec<u8>) -> Record {
    Record::Kept { epoch, seq: seq(number), message }
}

fn delivered(epoch: u32, message: Vec<u8>) -> Record {
    Record::Delivered { epoch, message }
}

fn history(records: impl IntoIterator<Item = Record>) -> History {
    let mut history = History::new();
    for record in records {
        history.push(record);
    }
    history
}

/// A connection with a Logon and two orders, of which the second is lost and sent again.
fn good() -> Vec<Record> {
    let [one, other] = [2, 3].map(|seq| original("D", seq, &format!("|11=ORD-{seq}")));
    let again = repetition("D", 3, "|11=ORD-3");
    vec![
        Record::Up,
        Record::Numbers(numbers(0, 1, 2)),
        sent(0, original("A", 1, "|98=0|108=30")),
        kept(0, 2, one.clone()),
        kept(0, 3, other.clone()),
        Record::Numbers(numbers(0, 2, 4)),
        sent(0, one.clone()),
        sent(0, other),
        delivered(0, one),
        Record::Asked { from: 3, to: u64::MAX },
        sent(0, again.clone()),
        delivered(0, again),
    ]
}

fn with(more: impl IntoIterator<Item = Record>) -> History {
    history(good().into_iter().chain(more))
}

/// The history is bad by this check, and the words say so.
#[track_caller]
fn caught(result: Result<(), fixline::testing::Violation>, invariant: &str, words: &str) {
    let violation = result.expect_err("bad");
    assert_eq!(violation.invariant(), invariant);
    assert!(violation.to_string().contains(words), "{violation}");
}

#[test]
fn nothing_is_wrong_with_a_good_history() {
    with([]).check().expect("good");
}

#[test]
fn a_number_that_is_used_twice() {
    let history = with([Record::Down, Record::Up, sent(0, original("D", 3, "|11=OTHER"))]);
    caught(unique_numbers(&history), "INV-01", "number (0, 3) was used twice");
    // The same number is another one in another epoch, and with PossDupFlag.
    let history = with([sent(1, original("A", 1, "|141=Y")), sent(0, repetition("D", 2, ""))]);
    unique_numbers(&history).expect("good");
}

#[test]
fn a_number_that_is_left_out_or_goes_back() {
    for wrong in [5, 3] {
        let history = with([sent(0, original("0", wrong, ""))]);
        caught(contiguous_numbers(&history), "INV-02", "behind Some((0, 4))");
    }
    // Numbered and never on the wire: repeated on the next connection.
    let history = with([Record::Down, Record::Up, sent(0, original("A", 6, "|98=0"))]);
    contiguous_numbers(&history).expect("good");
    let reset = sent(0, original("4", 4, "|36=9|123=N"));
    contiguous_numbers(&with([reset, sent(0, original("0", 9, ""))])).expect("good");
}

#[test]
fn an_epoch_that_does_not_begin_with_1() {
    let history = with([sent(1, original("A", 2, "|141=Y"))]);
    caught(contiguous_numbers(&history), "INV-02", "34=2");
}

#[test]
fn a_delivery_out_of_order_or_twice_without_a_flag() {
    let twice = with([delivered(0, original("D", 2, "|11=ORD-2"))]);
    caught(ordered_delivery(&twice), "INV-03", "(0, 2) came again without PossDupFlag");
    let flagged = with([delivered(0, repetition("D", 2, "|11=ORD-2"))]);
    ordered_delivery(&flagged).expect("good");
    let back = history([
        delivered(0, original("D", 3, "|11=ORD-3")),
        delivered(0, original("D", 2, "|11=ORD-2")),
    ]);
    caught(ordered_delivery(&back), "INV-03", "(0, 2) came behind");
}

#[test]
fn a_message_that_a_crash_could_undo() {
    let early = Record::Sent { epoch: 0, message: original("0", 4, ""), durable: numbers(0, 1, 4) };
    caught(write_ahead(&with([early])), "INV-04", "0/4 was durable");
    let not_stored = with([sent(0, original("D", 4, "|11=ORD-4"))]);
    caught(write_ahead(&not_stored), "INV-04", "not stored as such");
}

#[test]
fn a_number_that_goes_back_and_an_epoch_that_nobody_announced() {
    for (now, words) in [
        (numbers(0, 1, 4), "the expected number went back"),
        (numbers(0, 2, 3), "the next number went back"),
        (numbers(1, 1, 1), "an epoch began and nobody said so"),
    ] {
        caught(monotone_numbers(&with([Record::Numbers(now)])), "INV-05", words);
        // After a crash what the store had confirmed counts.
        let crashed = with([Record::Crashed, Record::Numbers(now)]);
        monotone_numbers(&crashed).expect("good");
    }
    let reset = [Record::Reset { epoch: 1 }, Record::Numbers(numbers(1, 1, 1))];
    monotone_numbers(&with(reset.clone())).expect("good");
    let back = reset.into_iter().chain([Record::Numbers(numbers(0, 2, 4))]);
    caught(monotone_numbers(&with(back)), "INV-05", "the epoch went back");
}

#[test]
fn a_repetition_that_nobody_asked_for_or_that_differs() {
    let unasked = with([sent(0, repetition("D", 2, "|11=ORD-2"))]);
    caught(exact_replay(&unasked), "INV-06", "nobody asked for");
    let asked = |message| with([Record::Asked { from: 2, to: 2 }, sent(0, message)]);
    exact_replay(&asked(repetition("D", 2, "|11=ORD-2"))).expect("good");
    let differs = asked(repetition("D", 2, "|11=OTHER"));
    caught(exact_replay(&differs), "INV-06", "is not the same as");
    let no_time = asked(message(&fields("D", 2, "|11=ORD-2").replace("|49", "|43=Y|49")));
    caught(exact_replay(&no_time), "INV-06", "has no OrigSendingTime");
    let unknown =
        with([Record::Asked { from: 9, to: 9 }, sent(0, repetition("D", 9, "|11=ORD-9"))]);
    caught(exact_replay(&unknown), "INV-06", "never stored");
}

#[test]
fn an_answer_with_a_hole_an_overlap_or_an_empty_fill() {
    let asked = |messages: [Vec<u8>; 2]| {
        let [one, other] = messages;
        with([Record::Asked { from: 1, to: u64::MAX }, sent(0, one), sent(0, other)])
    };
    let fill = |from, to| repetition("4", from, &format!("|36={to}|123=Y"));
    let order = |seq| repetition("D", seq, &format!("|11=ORD-{seq}"));
    exact_replay(&asked([fill(1, 2), order(2)])).expect("good");
    caught(exact_replay(&asked([fill(1, 2), order(3)])), "INV-06", "where 2 was to be repeated");
    caught(exact_replay(&asked([fill(1, 3), order(2)])), "INV-06", "where 3 was to be repeated");
    caught(exact_replay(&asked([fill(1, 1), order(2)])), "INV-06", "fills nothing");
}

#[test]
fn requests_that_overlap_one_that_was_answered() {
    let asked = |from, to| Record::Asked { from, to };
    let fill = |from: u64, to| sent(0, repetition("4", from, &format!("|36={to}|123=Y")));
    let answered = [sent(0, original("0", 4, "")), asked(2, 4), fill(2, 5)];
    let apart = [asked(1, 2), asked(1, 1), fill(1, 2), fill(2, 3), fill(1, 2)];
    exact_replay(&with(answered.clone().into_iter().chain(apart))).expect("good");
    let two = [asked(1, 2), fill(1, 2), asked(2, 4), fill(2, 3), fill(2, 5)];
    exact_replay(&with(answered.clone().into_iter().chain(two))).expect("good");
    let joined = [asked(1, 2), fill(1, 2), asked(2, 4), fill(2, 3), fill(1, 2)];
    let joined = with(answered.into_iter().chain(joined));
    caught(exact_replay(&joined), "INV-06", "where 3 was to be repeated, up to 4");
}

#[test]
fn a_message_that_was_lost() {
    let order = original("D", 4, "|11=ORD-4");
    let pending = with([kept(0, 4, order.clone()), sent(0, order)]);
    pending.check_so_far().expect("it may still come");
    caught(pending.check(), "INV-04", "0/4 was lost");
}

#[test]
fn a_reset_may_lose_the_last_messages_before_it_and_no_others() {
    let reset = [Record::Reset { epoch: 1 }, Record::Numbers(numbers(1, 1, 1))];
    let [four, five] = [4, 5].map(|seq| original("D", seq, &format!("|11=ORD-{seq}")));
    let lost = |delivered_four: bool, delivered_five: bool| {
        let mut records =
            vec![kept(0, 4, four.clone()), kept(0, 5, five.clone()), sent(0, four.clone())];
        if delivered_four {
            records.push(delivered(0, four.clone()));
        }
        records.push(sent(0, five.clone()));
        if delivered_five {
            records.push(delivered(0, five.clone()));
        }
        records.extend(reset.clone());
        with(records)
    };
    lost(true, true).check().expect("good");
    lost(true, false).check().expect("good");
    lost(false, false).check().expect("good");
    caught(lost(false, true).check(), "INV-04", "0/4 was lost");
}

#[test]
fn a_message_that_nobody_sent() {
    let history = with([delivered(0, original("D", 4, "|11=FORGED"))]);
    caught(history.check(), "INV-04", "never sent");
}

#[test]
fn what_a_policy_withholds_is_not_lost() {
    let order = original("D", 4, "|11=ORD-4");
    let records = || {
        good().into_iter().chain([
            kept(0, 4, order.clone()),
            sent(0, order.clone()),
            Record::Asked { from: 4, to: u64::MAX },
            sent(0, repetition("4", 4, "|36=5|123=Y")),
        ])
    };
    caught(history(records()).check(), "INV-04", "0/4 was lost");
    let mut withheld = History::new().withholding(true);
    for record in records() {
        withheld.push(record);
    }
    withheld.check().expect("good");
}

#[test]
#[cfg(feature = "dictionaries")]
fn what_is_reported_can_be_read() {
    let logon = original("A", 1, "|98=0|108=30|554=CANARY");
    let records = [sent(0, logon), Record::Asked { from: 3, to: 4 }];
    let expected = "sent in 0: BeginString 8=FIX.4.4|BodyLength 9=64|MsgType 35=A Logon|\
                    MsgSeqNum 34=1|SenderCompID 49=A|SendingTime 52=20261122-09:30:00|\
                    TargetCompID 56=B|EncryptMethod 98=0 None|HeartBtInt 108=30|Password 554=***|\
                    CheckSum 10=";
    let history = history(records.clone());
    for text in [records[0].to_string(), format!("{:?}", records[0]), history.to_string()] {
        assert!(text.starts_with(expected), "{text}");
    }
    assert!(history.to_string().ends_with("|\nasked for 3 to 4\n"), "{history}");
    let debug = format!("{history:?} {:?}", with([sent(0, original("0", 9, ""))]));
    assert!(!debug.contains("CANARY") && !debug.contains("67, 65, 78"), "{debug}");
    let violation = contiguous_numbers(&with([sent(0, original("0", 9, ""))])).expect_err("a gap");
    assert!(
        violation.to_string().contains("|MsgType 35=0 Heartbeat|MsgSeqNum 34=9|"),
        "{violation}"
    );
}
