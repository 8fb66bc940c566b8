//! Cost of the wire layer: `cargo bench --bench wire`.
//!
//! Machines run at half speed for minutes at a time, so a time alone says little: every case is
//! measured in turn with a plain loop over the same bytes in the same process, and the ratio of
//! the two is what to compare. Medians over many rounds, one core.
//!
//! An argument names the only case to run, for instruction counts:
//! `valgrind --tool=callgrind target/release/deps/wire-* orders/scan`.

mod common;
#[path = "common/market_data.rs"]
mod market_data;

use core::hint::black_box;

use fixline::wire::{
    DateCache, Framed, Precision, PutField as _, SendBuffer, Tag, UtcTime, Writer, from_text,
    next_frame, scan,
};

use common::{median, only_case, plain_loop, time};
use market_data::market_data;

const ROUNDS: usize = 301;
/// Messages of one measurement: enough to make the clock's own cost vanish.
const MESSAGES_PER_ROUND: usize = 1_024;

fn main() {
    let only = only_case();
    for mut set in [
        Set::new("order", vec![order(&mut Mix::fixed())]),
        Set::new("orders", (0..512).map(Mix::new).map(|mut mix| order(&mut mix)).collect()),
        Set::new("market data", vec![market_data(123_458)]),
    ] {
        set.run(only.as_deref());
    }
}

/// Messages, and the cases measured on them.
struct Set {
    name: &'static str,
    messages: Vec<Vec<u8>>,
    /// What the plain loop notes.
    index: [(usize, usize); 256],
    out: SendBuffer,
    dates: DateCache,
}

type Case = (&'static str, fn(&mut Set));

/// The first one is the reference.
const CASES: [Case; 7] = [
    ("plain loop", Set::plain_loop),
    ("frame", Set::frame),
    ("scan", Set::scan),
    ("six fields", Set::six_fields),
    ("six gets", Set::six_gets),
    ("compose", Set::compose),
    ("stamp", Set::stamp),
];

impl Set {
    fn new(name: &'static str, messages: Vec<Vec<u8>>) -> Self {
        Self {
            name,
            messages,
            index: [(0, 0); 256],
            out: SendBuffer::with_capacity(4_096),
            dates: DateCache::new(),
        }
    }

    fn run(&mut self, only: Option<&str>) {
        let wanted =
            |case: &Case| only.is_none_or(|only| only == format!("{}/{}", self.name, case.0));
        let cases: Vec<Case> = CASES.into_iter().filter(wanted).collect();
        let mut times = vec![Vec::with_capacity(ROUNDS); cases.len()];
        for _ in 0..ROUNDS {
            for ((_, case), times) in cases.iter().zip(&mut times) {
                times.push(self.measure(*case));
            }
        }
        let bytes: usize = self.messages.iter().map(Vec::len).sum();
        if !cases.is_empty() {
            println!("{}: {} bytes on average", self.name, bytes / self.messages.len());
        }
        for ((name, _), own) in cases.iter().zip(&times) {
            let ratios = own.iter().zip(&times[0]).map(|(own, reference)| own / reference);
            println!("  {name:12} {:7.1} ns {:6.2}", median(own.clone()), median(ratios.collect()));
        }
    }

    /// Nanoseconds for a message.
    fn measure(&mut self, case: fn(&mut Self)) -> f64 {
        let mut messages = 0;
        let taken = time(|| {
            while messages < MESSAGES_PER_ROUND {
                case(self);
                messages += self.messages.len();
            }
        });
        taken.as_secs_f64() * 1e9 / messages as f64
    }

    fn plain_loop(&mut self) {
        plain_loop(&self.messages, &mut self.index);
    }

    /// Bounds and checksum.
    fn frame(&mut self) {
        for message in &self.messages {
            black_box(next_frame(black_box(message), 65_536));
        }
    }

    /// Bounds, checksum, and every field.
    fn scan(&mut self) {
        for message in &self.messages {
            if let Framed::Frame(frame) = next_frame(black_box(message), 65_536) {
                black_box(&scan(frame, 1_000));
            }
        }
    }

    /// What an application does with an order, once it has the view.
    fn six_fields(&mut self) {
        for message in &self.messages {
            if let Framed::Frame(frame) = next_frame(black_box(message), 65_536)
                && let Ok(scan) = scan(frame, 1_000)
            {
                let mut found = [&b""[..]; 6];
                for field in scan.message.body() {
                    match field.tag {
                        Tag::CL_ORD_ID => found[0] = field.value,
                        Tag::ORDER_QTY => found[1] = field.value,
                        Tag::PRICE => found[2] = field.value,
                        Tag::SIDE => found[3] = field.value,
                        Tag::SYMBOL => found[4] = field.value,
                        Tag::TRANSACT_TIME => found[5] = field.value,
                        _ => {}
                    }
                }
                black_box(found);
            }
        }
    }

    /// The same, each field searched for on its own.
    fn six_gets(&mut self) {
        const WANTED: [Tag; 6] = [
            Tag::CL_ORD_ID,
            Tag::ORDER_QTY,
            Tag::PRICE,
            Tag::SIDE,
            Tag::SYMBOL,
            Tag::TRANSACT_TIME,
        ];
        for message in &self.messages {
            if let Framed::Frame(frame) = next_frame(black_box(message), 65_536)
                && let Ok(scan) = scan(frame, 1_000)
            {
                black_box(WANTED.map(|tag| scan.message.get(tag)));
            }
        }
    }

    /// An order of eleven fields behind a session's header.
    fn compose(&mut self) {
        for number in 0..self.messages.len() as u64 {
            let now = UtcTime::from_nanos(1_784_727_912_123_000_000 + number as i64 * 1_000_000);
            let stamp = self.dates.stamp(now, Precision::MILLIS);
            let Some(mut writer) = Writer::begin(&mut self.out, 1_024, b"FIX.4.4", b"D") else {
                return;
            };
            writer
                .uint(Tag::MSG_SEQ_NUM, 1_000_000 + number)
                .raw(b"49=CLIENT12\x01")
                .put(Tag::SENDING_TIME, stamp.as_bytes())
                .raw(b"56=BROKER01\x01");
            writer
                .str(Tag::ACCOUNT, black_box("ACC-77812"))
                .str(Tag::CL_ORD_ID, black_box("ORD-20260722-000123"))
                .str(Tag::SYMBOL, black_box("MSFT"))
                .char(Tag::HANDL_INST, b'1')
                .uint(Tag::ORDER_QTY, 100 + number)
                .char(Tag::ORD_TYPE, b'2')
                .str(Tag::PRICE, black_box("412.35"))
                .char(Tag::SIDE, b'1')
                .str(Tag::TEXT, "USD")
                .char(Tag::TIME_IN_FORCE, b'0')
                .put(Tag::TRANSACT_TIME, stamp.as_bytes());
            black_box(writer.finish().ok());
            let len = self.out.flushable().len();
            self.out.flushed(len);
        }
    }

    /// SendingTime, the date known.
    fn stamp(&mut self) {
        for number in 0..self.messages.len() as i64 {
            let now = UtcTime::from_nanos(1_784_727_912_123_000_000 + number * 1_000_000);
            black_box(self.dates.stamp(black_box(now), Precision::MILLIS));
        }
    }
}

/// A NewOrderSingle; one repeated message flatters every decoder through the branch predictor, so
/// the values of a mix differ in length.
fn order(mix: &mut Mix) -> Vec<u8> {
    let mut text = format!(
        "8=FIX.4.4|35=D|34={}|49={}|52=20260722-13:45:12.123|56={}|1={}|11={}|15=USD|21=1|38={}|\
         40=2|44={}|54={}|55={}|59=0|",
        mix.number(7, "123456"),
        mix.word(4, 12, "CLIENT12"),
        mix.word(4, 12, "BROKER01"),
        mix.word(5, 12, "ACC-77812"),
        mix.word(10, 24, "ORD-20260722-000123"),
        mix.number(6, "500"),
        mix.price(),
        1 + mix.below(2),
        mix.word(1, 6, "MSFT"),
    );
    if mix.below(2) == 1 {
        text += &format!("58={}|", mix.word(3, 30, "x"));
    }
    text += "60=20260722-13:45:12.122|";
    if mix.below(2) == 1 {
        text += "207=XNAS|";
    }
    from_text(&text)
}

/// A small generator of varied values, the same in every run.
struct Mix {
    /// `None` makes the fixed message.
    state: Option<u64>,
}

impl Mix {
    fn new(seed: u64) -> Self {
        Self { state: Some(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1) }
    }

    fn fixed() -> Self {
        Self { state: None }
    }

    /// A number below `bound`; 0 in the fixed message.
    fn below(&mut self, bound: usize) -> usize {
        let Some(state) = &mut self.state else {
            return 0;
        };
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        usize::try_from(*state >> 33).map_or(0, |number| number % bound)
    }

    /// So many characters, or what the fixed message has.
    fn word(&mut self, len_min: usize, len_max: usize, fixed: &str) -> String {
        self.text(len_min, len_max, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", fixed)
    }

    /// A number of so many digits, or what the fixed message has.
    fn number(&mut self, digits_max: usize, fixed: &str) -> String {
        self.text(1, digits_max, b"123456789", fixed)
    }

    fn price(&mut self) -> String {
        match (self.number(4, "412"), self.below(5)) {
            (whole, 0) if self.state.is_some() => whole,
            (whole, digits) => whole + "." + &self.text(digits, digits, b"0123456789", "35"),
        }
    }

    fn text(&mut self, len_min: usize, len_max: usize, letters: &[u8], fixed: &str) -> String {
        if self.state.is_none() {
            return fixed.to_owned();
        }
        let len = len_min + self.below(len_max - len_min + 1);
        (0..len).map(|_| char::from(letters[self.below(letters.len())])).collect()
    }
}
