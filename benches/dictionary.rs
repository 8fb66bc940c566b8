//! What holding messages to a dictionary costs, next to a plain loop over the same bytes in the
//! same run, and within a receive step.
//!
//! `cargo bench --bench dictionary --features dictionaries` prints nanoseconds for each message and
//! the ratio to the loop. An argument names the only case, for instruction counts.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use fixline::dictionary::{Dictionaries, Dictionary, Policy, Standard};
use fixline::session::{
    Action, Config, Input, Instant, Now, ResendPolicy, SeqNums, Session, Version,
};
use fixline::wire::{Fields, Message, SendBuffer, SeqNum, UtcTime, from_text};

const MESSAGES: usize = 512;
const ROUNDS: usize = 200;

fn main() {
    let only = std::env::args().nth(1).filter(|argument| !argument.starts_with('-'));
    let dictionary = Arc::new(Dictionary::compile(&Standard::Fix44.spec()).expect("shipped"));
    let mut random = Random(7);
    let order = order(1_000_000, &mut random);
    for (name, messages) in [
        ("order", vec![order; MESSAGES]),
        ("orders", (0..MESSAGES).map(|at| self::order(1_000_000 + at, &mut random)).collect()),
        ("market data", (0..MESSAGES).map(|at| market_data(1_000_000 + at)).collect()),
    ] {
        run(name, &messages, &dictionary, only.as_deref());
    }
}

fn run(name: &str, messages: &[Vec<u8>], dictionary: &Arc<Dictionary>, only: Option<&str>) {
    let views: Vec<Message<'_>> =
        messages.iter().map(|bytes| Message::parse(bytes).expect("a message")).collect();
    let renumbered: Vec<u8> =
        (0..).zip(messages).flat_map(|(at, bytes)| numbered(bytes, at)).collect();
    let mut index = vec![(0, 0); 1_000];
    let dictionaries = Arc::new(Dictionaries::new(dictionary.clone()));
    let mut times = [const { Vec::new() }; 5];
    let names = ["plain byte loop", "every field", "validate", "receive", "receive, validated"];
    let wanted = |case: usize| {
        only.is_none_or(|only| names.get(case).is_some_and(|at| format!("{name}/{at}") == only))
    };
    for _ in 0..ROUNDS {
        for (case, times) in times.iter_mut().enumerate().filter(|(case, _)| wanted(*case)) {
            let mut line = (case > 2).then(|| Line::new((case == 4).then(|| dictionaries.clone())));
            times.push(time(|| match case {
                0 => plain_loop(messages, &mut index),
                1 => views.iter().for_each(|view| {
                    view.fields().iter().for_each(|field| {
                        black_box(field);
                    });
                }),
                2 => views.iter().for_each(|view| {
                    let found = black_box(dictionary).validate(*view, &Policy::STANDARD);
                    assert_eq!(found, Ok(None));
                }),
                _ => line.as_mut().expect("made above").receive(&renumbered),
            }));
        }
    }
    let bytes: usize = messages.iter().map(Vec::len).sum();
    println!("{name}: {} bytes on average", bytes / messages.len());
    let reference = median(&mut times[0]);
    for (name, times) in names.iter().zip(&mut times).filter(|(_, times)| !times.is_empty()) {
        let nanos = median(times);
        let best = times[0].as_secs_f64() * 1e9 / MESSAGES as f64;
        println!("  {name:22}{nanos:8.1} ns   best {best:8.1}   ratio {:6.2}", nanos / reference);
    }
}

fn median(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    median.as_secs_f64() * 1e9 / MESSAGES as f64
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn time(work: impl FnOnce()) -> Duration {
    let start = std::time::Instant::now();
    work();
    start.elapsed()
}

/// Sum and delimiters of each message, by hand: what the other benchmarks compare with, too.
fn plain_loop(messages: &[Vec<u8>], index: &mut [(usize, usize)]) {
    for message in messages {
        let mut slots = index.iter_mut();
        let (mut sum, mut start) = (0_u8, 0);
        for (at, &byte) in message.iter().enumerate() {
            sum = sum.wrapping_add(byte);
            if byte == 0x01 {
                if let Some(slot) = slots.next() {
                    *slot = (start, at);
                }
                start = at + 1;
            }
        }
        black_box((sum, &index));
    }
}

/// The message under the number that a session expects for it.
fn numbered(bytes: &[u8], at: usize) -> Vec<u8> {
    let text = fixline::wire::Pretty(bytes).to_string();
    let fields =
        text.split('|').filter(|field| !field.starts_with("9=") && !field.starts_with("10="));
    let fields = fields.map(|field| match field.strip_prefix("34=") {
        Some(_) => format!("34={}", 1_000_000 + at),
        None => field.to_owned(),
    });
    from_text(&fields.collect::<Vec<_>>().join("|"))
}

fn now() -> Now {
    let utc = UtcTime::parse(b"20260722-13:45:13").expect("a time");
    Now::new(Instant::from_millis(1), utc)
}

struct Line {
    session: Session,
    out: SendBuffer,
}

impl Line {
    fn new(dictionaries: Option<Arc<Dictionaries>>) -> Self {
        let numbers =
            SeqNums { next_in: SeqNum::new(999_999).expect("a number"), ..SeqNums::FRESH };
        let mut config =
            Config::acceptor(Version::Fix44, "BROKER01", "CLIENT12", ResendPolicy::All);
        if let Some(dictionaries) = dictionaries {
            config = config.dictionaries(dictionaries);
        }
        let config = config.build().expect("valid");
        let mut out = SendBuffer::with_capacity(config.send_buffer_min());
        let mut session = Session::new(config, numbers);
        let connected = Input::Connected { logon: Fields::EMPTY };
        drop(session.handle(connected, now(), &mut out).expect("not connected before"));
        let logon = from_text(
            "8=FIX.4.4|35=A|34=999999|49=CLIENT12|52=20260722-13:45:13|56=BROKER01|98=0|108=30|",
        );
        drop(session.handle(Input::Bytes(&logon), now(), &mut out).expect("connected"));
        let accept = Input::Accept { attempt: 1, logon: Fields::EMPTY };
        drop(session.handle(accept, now(), &mut out).expect("asked"));
        Self { session, out }
    }

    fn receive(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let actions =
                self.session.handle(Input::Bytes(bytes), now(), &mut self.out).expect("up");
            bytes = &bytes[actions.consumed()..];
            let delivers = |action| matches!(action, Action::Deliver { .. });
            assert!(actions.into_iter().any(delivers), "every message is delivered");
        }
    }
}

/// An order whose fields differ in length, so that no branch predictor learns them by heart.
fn order(number: usize, random: &mut Random) -> Vec<u8> {
    let account = random.text(5, 12);
    let id = random.text(10, 24);
    let quantity = random.below(1_000_000) + 1;
    let price = random.below(100_000_000);
    let symbol = random.text(1, 6);
    let side = 1 + random.below(2);
    let text = match random.below(2) {
        0 => format!("58={}|", random.text(3, 30)),
        _ => String::new(),
    };
    let market = if random.below(2) == 0 { "207=XNAS|" } else { "" };
    from_text(&format!(
        "8=FIX.4.4|35=D|34={number}|49=CLIENT12|52=20260722-13:45:12.123|56=BROKER01|1={account}|11={id}|15=USD|21=1|38={quantity}|40=2|44={}.{:02}|54={side}|55={symbol}|59=0|{text}60=20260722-13:45:12.122|{market}",
        price / 100,
        price % 100,
    ))
}

fn market_data(number: usize) -> Vec<u8> {
    let mut text = format!(
        "8=FIX.4.4|35=W|34={number}|49=CLIENT12|52=20260722-13:45:12.123|56=BROKER01|22=4|\
         48=US5949181045|55=MSFT|207=XNAS|262=MDREQ-1|268=20|"
    );
    for entry in 0..20 {
        let (side, level) = (entry / 10, entry % 10);
        let cents = if side == 0 { 41_235 - level } else { 41_235 + level };
        text += &format!(
            "269={side}|270={}.{:02}|271={}|273=13:45:12.123|346={}|290={}|",
            cents / 100,
            cents % 100,
            100 * (1 + level),
            1 + entry % 7,
            1 + level
        );
    }
    from_text(&text)
}

/// A small generator of repeatable numbers.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn text(&mut self, min: u64, max: u64) -> String {
        let len = min + self.below(max - min + 1);
        (0..len).map(|_| char::from(b'A' + self.below(26) as u8)).collect()
    }
}
