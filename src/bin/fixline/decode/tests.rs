use std::io::Read;

use super::frame::{self, Found};
use super::options::Form;
use super::record::{self, Record, Verdict};
use super::scan::{Scanner, What};
use super::*;
use fixline::wire::from_text;

/// The first message of a log that ends with it.
pub(super) fn first(line: &[u8]) -> Record<'_> {
    let Found::Message(frame) = frame::next(line, 0, &mut 0, true) else {
        panic!("{}", String::from_utf8_lossy(line))
    };
    Record::read(line, &line[..frame.begin], &frame)
}

/// Every field as text.
fn shown(record: &Record<'_>) -> String {
    let field = |field: &record::Field<'_>| {
        format!("{}={}", field.tag, String::from_utf8_lossy(field.value))
    };
    record.fields.iter().map(field).collect::<Vec<_>>().join(" ")
}

fn message(text: &str) -> String {
    String::from_utf8(from_text(text)).unwrap()
}

/// What a log holds: messages as text, bad lines by their reason, each with its line; and how many
/// lines have none.
fn found(log: &[u8], piece: usize) -> (Vec<String>, u64) {
    struct Pieces<'l>(&'l [u8], usize);
    impl Read for Pieces<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let len = self.1.min(self.0.len()).min(out.len());
            let (now, later) = self.0.split_at(len);
            out[..len].copy_from_slice(now);
            self.0 = later;
            Ok(len)
        }
    }
    let mut scanner = Scanner::new(Pieces(log, piece));
    let mut items = Vec::new();
    while scanner.fill().unwrap() {
        let piece = scanner.piece();
        items.extend(piece.finds.iter().map(|find| match &find.what {
            What::Message(frame) => {
                let record = piece.record(find, frame);
                let prefix = String::from_utf8_lossy(record.prefix);
                let right = if record.is_right() { "" } else { " WRONG" };
                format!("{}: {prefix}{}{right}", find.line, shown(&record))
            }
            What::Bad(reason) => format!("{}: {reason}", find.line),
        }));
    }
    (items, scanner.silent())
}

/// However the log comes in pieces.
fn items(log: &[u8]) -> (Vec<String>, u64) {
    let whole = found(log, usize::MAX);
    for piece in [1, 7, 64] {
        assert_eq!(found(log, piece), whole, "in pieces of {piece}");
    }
    whole
}

// FILE-12
#[test]
fn every_way_to_write_the_delimiter_is_read_as_one() {
    let wire = message("8=FIX.4.4|35=0|34=2|112=x|");
    for delimiter in [
        "\x01", "|", "^A", "<SOH>", "\\x01", "\\u0001", "\\001", ";", " ", "^", "#", ",", " | ",
        "[SOH]", "{SOH}", "~", "\t", "\u{2401}", "&#1;", "%01", ", ", "!", "SOH", "||", "\n",
    ] {
        let line = format!("12:00:01 IN [{}]", wire.replace('\x01', delimiter));
        let record = first(line.as_bytes());
        assert_eq!(shown(&record), "8=FIX.4.4 9=16 35=0 34=2 112=x 10=246", "{delimiter:?}");
        let right = (Verdict::Right(16), Verdict::Right(246));
        assert_eq!((record.length(), record.check_sum()), right, "{delimiter:?}");
        assert_eq!(record.prefix, b"12:00:01 IN [");
        let (items, silent) = items(format!("x\n{line}\n").as_bytes());
        assert_eq!((items.len(), silent), (1, 1), "{delimiter:?} {items:?}");
    }
}

// FILE-12
#[test]
fn a_sum_that_counts_the_delimiter_of_the_log_is_right_and_said_to_be_so() {
    for delimiter in ["|", "^A", "<SOH>"] {
        let body = "35=0|34=2|".replace('|', delimiter);
        let head = format!("8=FIX.4.4{delimiter}9={}{delimiter}{body}", body.len());
        let sum: u32 = head.bytes().map(u32::from).sum();
        let line = format!("{head}10={:03}{delimiter}", sum % 256);
        let record = first(line.as_bytes());
        assert!(record.is_right(), "{line}");
        assert!(matches!(record.check_sum(), Verdict::Over(_)), "{line}");
    }
}

#[test]
fn what_another_message_begins_in_is_no_delimiter() {
    let wire = message("8=FIX.4.4|35=0|34=2|").replace('\x01', "|");
    let (items, _) = items(format!("8=FIX.4.4 to A {wire}\n").as_bytes());
    assert_eq!(items.len(), 2, "{items:?}");
    assert!(items[1].ends_with("34=2 10=166"), "{items:?}");
}

#[test]
fn the_last_delimiter_may_be_left_out() {
    let wire = message("8=FIX.4.4|35=0|34=2|").replace('\x01', "|");
    for end in ["", "\"", " <-- sent", "]"] {
        let line = format!("{}{end}", wire.trim_end_matches('|'));
        assert_eq!(shown(&first(line.as_bytes())), "8=FIX.4.4 9=10 35=0 34=2 10=166", "{line}");
    }
}

#[test]
fn wrong_lengths_and_sums_are_told_with_the_right_ones() {
    let record = first(b"8=FIX.4.4|9=11|35=0|34=2|10=18|");
    assert_eq!((record.length(), record.check_sum()), (Verdict::Wrong(10), Verdict::Wrong(167)));
}

#[test]
fn a_value_may_hold_what_the_log_uses_as_delimiter() {
    let line = message("8=FIX.4.4|35=B|34=2|58=a\\x7cb|148=c|").replace('\x01', "|");
    let record = first(line.as_bytes());
    assert!(shown(&record).contains("58=a|b 148=c"), "{}", shown(&record));
    assert!(record.is_right(), "{record:?}");
}

#[test]
fn data_is_read_by_its_length() {
    let line = message("8=FIX.4.4|35=B|34=2|95=5|96=a\\x0110=|58=c|");
    let record = first(line.as_bytes());
    assert!(shown(&record).contains("96=a\x0110= 58=c"), "{}", shown(&record));
    assert!(record.is_right(), "{record:?}");
}

// FILE-13
#[test]
fn a_text_may_hold_line_ends_whether_the_length_is_right_or_not() {
    let wire = message("8=FIX.4.4|35=3|34=5|58=first\r\nsecond\n|");
    for delimiter in ["\x01", "|", "^A"] {
        let line = wire.replace('\x01', delimiter);
        let heartbeat = message("8=FIX.4.4|35=0|34=6|").replace('\x01', delimiter);
        let log = format!("a\n{line}\nb\n{}\n{heartbeat}\n", line.replace("9=", "9=1"));
        let (items, silent) = items(log.as_bytes());
        assert_eq!(items.len(), 3, "{items:?}");
        assert!(
            items[0].starts_with("2: 8=FIX.4.4 9=") && items[0].contains("58=first\r\nsecond\n")
        );
        assert!(items[1].starts_with("6: ") && items[1].ends_with("WRONG"), "{items:?}");
        assert_eq!((&items[2][..3], silent), ("9: ", 2));
    }
}

#[test]
fn several_messages_on_a_line_follow_each_other() {
    let log = [message("8=FIX.4.4|35=0|34=2|"), message("8=FIX.4.4|35=0|34=3|"), "\n".into()];
    let (items, silent) = items(log.concat().as_bytes());
    assert_eq!((items.len(), silent), (2, 0));
    assert!(items[1].starts_with("1: 8=FIX.4.4"), "{items:?}");
}

#[test]
fn what_cannot_be_read_is_said_with_its_line() {
    let cut = "the message ends without CheckSum(10): cut off";
    let next = "the message ends without CheckSum(10): another begins";
    let delimiter = "no BodyLength(9) follows BeginString(8), so that the delimiter is not known";
    for (log, reasons, silent) in [
        ("no message here, 18=FIX.4.4|", &[][..], 1),
        ("8=FIX.4.4|9=5|35=0|", &[(1, cut)], 0),
        ("x\n8=FIX.4.4|9=5|35=0|\nx\n8=FIX.4.4|9=5|35=0|", &[(2, cut), (4, cut)], 2),
        ("8=FIX.4.4|9=5|8=FIX.4.4|9=5|\n\n", &[(1, next), (1, cut)], 1),
        ("8=FIX.4.4", &[(1, delimiter)], 0),
        ("8=FIX.4.4|35=0|\n", &[(1, delimiter)], 0),
    ] {
        let expected: Vec<_> =
            reasons.iter().map(|(line, reason)| format!("{line}: {reason}")).collect();
        assert_eq!(items(log.as_bytes()), (expected, silent), "{log:?}");
    }
}

// SAFE-02
#[test]
#[expect(clippy::disallowed_methods, reason = "how long it takes is what is tested")]
fn time_grows_with_the_bytes_whatever_stands_there() {
    let many = |text: &str| text.repeat((1 << 20) / text.len());
    let begun = "8=FIX.4.4|9=5|";
    let shapes = [
        many("8=FIX"),
        many("8=FIX.4.4|"),
        many(begun),
        many("8=FIX.4.4|9=4000000|35=0|"),
        many("8=FIX.4.4|9=1|x8=FIX.4.4;9=1;"),
        format!("{begun}{}", many("95=1|")),
        format!("{begun}95=1|{}", many("x|")),
        format!("{begun}58={}10=000|", many("a b ")),
        format!("{begun}58={}|10=000|", many("=")),
        format!("{begun}58={}|10=000|", many("0554")),
        format!("{begun}58={}|10=000|", many("+1=")),
        format!("{begun}18={}|10=000|", many("1 ")),
        format!("{begun}35=D|{}10=000|", many("453=9|448=A|802=2|523=A|")),
        format!("{begun}35=D|{}10=000|", many("58=A|")),
        format!("{begun}35=E|73=1|{}10=000|", many("11=A|")),
        format!("{begun}35=E|73=1|11=A|{}10=000|", many("67=A|")),
    ];
    let path = std::env::temp_dir().join(format!("fixline-shape-{}", std::process::id()));
    for shape in shapes {
        let began = std::time::Instant::now();
        std::fs::write(&path, &shape).unwrap();
        for form in [Form::Long, Form::Short, Form::Json] {
            let mut decoder = Decoder {
                paint: text::Paint { colour: false },
                width: None,
                secrets: Secrets::default(),
                filter: Filter::default(),
                around: None,
                names: dictionaries::read(&parsed(&[])).unwrap().names(),
                sink: Sink::Text(form),
                files: None,
            };
            let work = |job, out: &mut _| decoder.work(job, out);
            let reader = Reader::new(vec![path.clone()], false);
            crew::alone(reader, work, Box::new(io::sink()), drop).unwrap();
        }
        let head = &shape[..40];
        // Quadratic work would take hours.
        let took = began.elapsed();
        assert!(took.as_secs() < 30, "{head}: {took:?}");
    }
    std::fs::remove_file(&path).unwrap();
}

fn parsed(arguments: &[&str]) -> Options {
    use clap::Parser;
    #[derive(Parser)]
    struct Arguments {
        #[command(flatten)]
        options: Options,
    }
    let arguments = [&["decode"], arguments].concat();
    Arguments::try_parse_from(arguments).unwrap().options
}
