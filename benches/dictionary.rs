//! What holding messages to a dictionary costs, next to a plain loop over the same bytes in the
//! same run, and within a receive step.
//!
//! `cargo bench --bench dictionary --features dictionaries` prints nanoseconds for each message and
//! the ratio to the loop. An argument names the only case, for instruction counts:
//! `valgrind --tool=callgrind target/release/deps/dictionary-* orders/validate`.

mod common;
#[path = "common/market_data.rs"]
mod market_data;
#[path = "common/orders.rs"]
mod orders;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use fixline::dictionary::{Dictionaries, Dictionary, Policy, Standard};
use fixline::session::{
    Action, Config, Input, Instant, Now, ResendPolicy, SeqNums, Session, Version,
};
use fixline::wire::{Fields, Message, SendBuffer, SeqNum, UtcTime, from_text};

use common::{median, only_case, plain_loop, time};
use market_data::market_data;
use orders::{Random, order};

const MESSAGES: usize = 512;
const ROUNDS: usize = 200;
const FIRST: usize = 1_000_000;

fn main() {
    let only = only_case();
    let dictionary = Arc::new(Dictionary::compile(&Standard::Fix44.spec()).expect("shipped"));
    let mut random = Random(7);
    let numbers = FIRST..FIRST + MESSAGES;
    for (name, messages) in [
        ("order", numbers.clone().map(|number| order(number, &mut Random(7))).collect()),
        ("orders", numbers.clone().map(|number| order(number, &mut random)).collect()),
        ("market data", numbers.map(market_data).collect()),
    ] {
        Set::new(messages, &dictionary).run(name, only.as_deref());
    }
}

/// Messages, and the cases measured on them.
struct Set {
    messages: Vec<Vec<u8>>,
    /// The messages back to back, as a socket gives them.
    stream: Vec<u8>,
    /// What the plain loop notes.
    index: [(usize, usize); 256],
    dictionaries: Arc<Dictionaries>,
}

/// Takes the time of one round.
type Case = fn(&mut Set) -> Duration;

/// The first one is the reference, and the last two tell what validation adds.
const CASES: [(&str, Case); 4] = [
    ("plain loop", Set::plain_loop),
    ("validate", Set::validate),
    ("receive", |set| set.receive(Line::new(None))),
    ("receive, validated", |set| set.receive(Line::new(Some(set.dictionaries.clone())))),
];

impl Set {
    fn new(messages: Vec<Vec<u8>>, dictionary: &Arc<Dictionary>) -> Self {
        Self {
            stream: messages.concat(),
            messages,
            index: [(0, 0); 256],
            dictionaries: Arc::new(Dictionaries::new(dictionary.clone())),
        }
    }

    fn run(&mut self, name: &str, only: Option<&str>) {
        let mut times = [const { Vec::new() }; CASES.len()];
        for _ in 0..ROUNDS {
            for ((case_name, case), times) in CASES.iter().zip(&mut times) {
                if only.is_none_or(|only| only == format!("{name}/{case_name}")) {
                    times.push(case(self).as_secs_f64() * 1e9 / MESSAGES as f64);
                }
            }
        }
        println!("{name}: {} bytes on average", self.stream.len() / MESSAGES);
        for ((name, _), own) in CASES.iter().zip(&times).filter(|(_, own)| !own.is_empty()) {
            let ratios = own.iter().zip(&times[0]).map(|(own, reference)| own / reference);
            println!("  {name:20} {:7.1} ns {:6.2}", median(own.clone()), median(ratios.collect()));
        }
        let [_, _, plain, validated] = &times;
        let added = validated.iter().zip(plain).map(|(validated, plain)| validated - plain);
        println!("  {:20} {:7.1} ns", "added to receive", median(added.collect()));
    }

    fn plain_loop(&mut self) -> Duration {
        time(|| plain_loop(&self.messages, &mut self.index))
    }

    fn validate(&mut self) -> Duration {
        let views: Vec<Message<'_>> =
            self.messages.iter().map(|bytes| Message::parse(bytes).expect("a message")).collect();
        let dictionary = self.dictionaries.session();
        time(|| {
            for view in &views {
                let found = black_box(dictionary).validate(*view, &Policy::STANDARD);
                assert_eq!(found, Ok(None));
            }
        })
    }

    fn receive(&self, mut line: Line) -> Duration {
        time(|| line.receive(&self.stream))
    }
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
