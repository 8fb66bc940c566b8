//! Answers to our ResendRequest that have everything in them, and are odd (CORE-01, CORE-07, CORE-10,
//! CORE-19).

use std::collections::VecDeque;

use fixline::session::{ResendRequestForm, Version};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

use crate::dictionary_text::dictionaries;
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

/// A peer that answers ResendRequests with all that it has, and not quite as it should.
struct Sloppy {
    /// What it sent from number 2 on: orders, or Heartbeats.
    orders: Vec<bool>,
    /// What is odd about each fill of it, in turn.
    quirks: Vec<u8>,
    turn: usize,
}

impl Sloppy {
    fn last(&self) -> u64 {
        self.orders.len() as u64 + 1
    }

    fn is_order(&self, seq: u64) -> bool {
        self.orders[usize::try_from(seq).expect("small") - 2]
    }

    fn message(&self, seq: u64) -> String {
        if self.is_order(seq) {
            format!("35=D|34={seq}|11={seq}")
        } else {
            format!("35=0|34={seq}")
        }
    }

    /// What it sends to the requests in a log, and to those that this leads to.
    fn answer(&mut self, line: &mut Line, log: Vec<String>) -> Vec<String> {
        let mut all = log.clone();
        let mut logs = VecDeque::from([log]);
        let mut requests = 0;
        while let Some(log) = logs.pop_front() {
            for request in log.iter().filter(|entry| entry.starts_with("> 35=2|")) {
                requests += 1;
                assert!(requests < 100, "it asks and asks: {all:?}");
                let field = |tag: &str| {
                    let value = request.split('|').find_map(|field| field.strip_prefix(tag));
                    value.and_then(|value| value.parse::<u64>().ok()).expect("a number")
                };
                for text in self.repeated(field("7="), field("16=")) {
                    let log = line.receive(&text);
                    all.extend(log.clone());
                    logs.push_back(log);
                }
            }
            if logs.is_empty() {
                // The tick behind what was received, and no time.
                let log = line.wait(0.0);
                all.extend(log.clone());
                if !log.is_empty() {
                    logs.push_back(log);
                }
            }
        }
        all
    }

    /// The answer to a request.
    fn repeated(&mut self, begin: u64, end: u64) -> Vec<String> {
        let is_open = end == 0;
        let end = if is_open { self.last() } else { end.min(self.last()) };
        let (mut seq, mut answer) = (begin, Vec::new());
        while seq <= end {
            if self.is_order(seq) {
                answer.push(crate::line::repetition(&self.message(seq)));
                seq += 1;
                continue;
            }
            self.turn += 1;
            let quirk = self.quirks[self.turn % self.quirks.len()];
            // Over the end of the range, where the run of Heartbeats goes on.
            let to = if quirk & 1 == 0 { end } else { self.last() };
            let run = (seq..=to).take_while(|seq| !self.is_order(*seq)).last().unwrap_or(seq);
            // The range without its end.
            let is_short = quirk & 2 != 0 && !is_open && run == end && run > seq;
            let new = if is_short { run } else { run + 1 };
            // From before what is missing.
            let before = (2..seq).rev().take_while(|seq| !self.is_order(*seq)).last();
            let from = if quirk & 4 == 0 { seq } else { before.unwrap_or(seq) };
            let extra = ["", "|58=gap", "|9999=x", "|0=x", "|58="][usize::from(quirk >> 5) % 5];
            let fill = format!("35=4|34={from}|36={new}{extra}|123=Y");
            // Not said to be a repetition, in what was asked for.
            let plain = quirk & 8 != 0 && from == seq;
            answer.push(if plain { fill } else { crate::line::repetition(&fill) });
            if is_short {
                break;
            }
            seq = new;
        }
        answer
    }
}

proptest! {
    #![proptest_config(config())]

    /// CORE-01, CORE-07, CORE-10, CORE-19: no oddity of an answer waits for a timer, whatever was
    /// lost on the way before; nothing is lost, and nothing comes twice.
    #[test]
    fn whatever_is_odd_about_an_answer_recovery_takes_no_time(
        orders in vec(any::<bool>(), 2..20),
        arrived in vec(any::<bool>(), 20),
        quirks in vec(any::<u8>(), 1..8),
        form in prop_oneof![
            Just(ResendRequestForm::Open),
            Just(ResendRequestForm::Closed),
            (1..7_u32).prop_map(ResendRequestForm::Chunks),
        ],
        dictionary in any::<bool>(),
        quickfix in any::<bool>(),
    ) {
        let mut config = acceptor(Version::Fix44);
        if quickfix {
            // Fields are judged before numbers, and a last chunk is open.
            config = config.quickfix_profile();
        }
        config = config.resend_request_form(form);
        if dictionary {
            config = config.dictionaries(dictionaries(Version::Fix44));
        }
        let mut line = Line::up(config);
        let mut peer = Sloppy { orders, quirks, turn: 0 };
        let mut log = Vec::new();
        for seq in 2..=peer.last() {
            let text = peer.message(seq);
            if arrived[usize::try_from(seq).unwrap() - 2] || seq == peer.last() {
                log.extend(line.receive(&text));
            } else {
                log.extend(line.garbled(&text));
            }
        }
        let log = peer.answer(&mut line, log);
        prop_assert_eq!(line.next_in(), peer.last() + 1, "{:?}", log);
        prop_assert!(!line.status_is_recovering());
        let delivered = log.iter().filter_map(|entry| entry.strip_prefix("deliver D "));
        let delivered = delivered.map(|rest| rest.split(' ').next().unwrap().parse::<u64>().unwrap());
        let expected: Vec<u64> = (2..=peer.last()).filter(|seq| peer.is_order(*seq)).collect();
        prop_assert_eq!(delivered.collect::<Vec<_>>(), expected, "{:?}", log);
    }
}
