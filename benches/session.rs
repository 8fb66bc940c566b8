//! What a step of a session costs, next to a plain loop over the same bytes in the same run.
//!
//! `cargo bench --bench session` prints nanoseconds for each message and the ratio to the loop.
//!
//! An argument names the only case to run, for instruction counts:
//! `valgrind --tool=callgrind target/release/deps/session-* receive`.

mod common;
#[path = "common/orders.rs"]
mod orders;

use std::hint::black_box;
use std::time::Duration;

use fixline::session::{
    Action, Config, Header, Input, Instant, Now, ResendPolicy, SeqNums, Session, Version,
};
use fixline::wire::{Fields, PutField, SendBuffer, SeqNum, Tag, UtcTime, from_text};

use common::{median, only_case, plain_loop, time};
use orders::{Random, order};

const MESSAGES: usize = 512;
const ROUNDS: usize = 400;
const CURRENCY: Tag = match Tag::new(15) {
    Some(tag) => tag,
    None => Tag::TEXT,
};

fn main() {
    let only = only_case();
    let mut bench = Bench::new();
    let mut cases = CASES.map(|(name, case)| (name, case, Vec::with_capacity(ROUNDS)));
    for _ in 0..ROUNDS {
        for (name, case, times) in &mut cases {
            if only.as_deref().is_none_or(|only| only == *name) {
                times.push(case(&mut bench).as_secs_f64() * 1e9 / MESSAGES as f64);
            }
        }
    }
    let reference = cases[0].2.clone();
    for (name, _, times) in cases.into_iter().filter(|(_, _, times)| !times.is_empty()) {
        let ratios = times.iter().zip(&reference).map(|(own, reference)| own / reference);
        let ratio = median(ratios.collect());
        println!("  {name:20} {:7.1} ns {ratio:6.2}", median(times));
    }
    println!("  idle session         {:7} bytes", size_of::<Session>());
    let connection = size_of::<fixline::engine::Connection<fixline::engine::MemoryStore>>();
    println!("  idle connection      {connection:7} bytes, and its buffers");
}

/// Takes the time of one round.
type Case = fn(&mut Bench) -> Duration;

/// The first one is the reference.
const CASES: [(&str, Case); 3] =
    [("plain loop", Bench::plain_loop), ("receive", Bench::receive), ("compose", Bench::compose)];

/// What the cases work on.
struct Bench {
    messages: Vec<Vec<u8>>,
    /// The messages back to back, as a socket gives them.
    stream: Vec<u8>,
    /// What the plain loop notes.
    index: [(usize, usize); 256],
    receiver: Line,
    sender: Line,
}

impl Bench {
    fn new() -> Self {
        let mut random = Random(7);
        let messages: Vec<_> =
            (0..MESSAGES).map(|number| order(1_000_000 + number, &mut random)).collect();
        Self {
            stream: messages.concat(),
            messages,
            index: [(0, 0); 256],
            receiver: receiver(),
            sender: sender(),
        }
    }

    fn plain_loop(&mut self) -> Duration {
        time(|| plain_loop(&self.messages, &mut self.index))
    }

    fn receive(&mut self) -> Duration {
        let mut session = self.receiver.session.clone();
        time(|| receive(&mut session, &mut self.receiver.out, &self.stream))
    }

    fn compose(&mut self) -> Duration {
        let mut session = self.sender.session.clone();
        time(|| compose(&mut session, &mut self.sender.out))
    }
}

/// Shortly after 2026-07-22 13:45:13.
const NOW: Now = Now::new(Instant::from_millis(1), UtcTime::from_nanos(1_784_727_913_000_000_000));

/// An established session, to be cloned for each round, and its way out.
struct Line {
    session: Session,
    out: SendBuffer,
}

fn receiver() -> Line {
    let numbers = SeqNums { next_in: SeqNum::new(999_999).expect("a number"), ..SeqNums::FRESH };
    let config = Config::acceptor(Version::Fix44, "BROKER01", "CLIENT12", ResendPolicy::All);
    let config = config.build().expect("valid");
    let mut out = SendBuffer::with_capacity(config.send_buffer_min());
    let mut session = Session::new(config, numbers);
    let connected = Input::Connected { logon: Fields::EMPTY };
    drop(session.handle(connected, NOW, &mut out).expect("not connected before"));
    let logon = from_text(
        "8=FIX.4.4|35=A|34=999999|49=CLIENT12|52=20260722-13:45:13|56=BROKER01|98=0|108=30|",
    );
    drop(session.handle(Input::Bytes(&logon), NOW, &mut out).expect("connected"));
    let accept = Input::Accept { attempt: 1, logon: Fields::EMPTY };
    drop(session.handle(accept, NOW, &mut out).expect("asked"));
    Line { session, out }
}

fn receive(session: &mut Session, out: &mut SendBuffer, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let mut handled = session.handle(Input::Bytes(bytes), NOW, out);
        let actions = handled.as_mut().expect("up");
        bytes = &bytes[actions.consumed()..];
        let mut delivered = false;
        for action in actions {
            if let Action::Deliver { message, .. } = action {
                black_box(message);
                delivered = true;
            }
        }
        assert!(delivered);
    }
}

fn sender() -> Line {
    let config = Config::initiator(Version::Fix44, "CLIENT12", "BROKER01", ResendPolicy::All);
    let config = config.build().expect("valid");
    let mut out = SendBuffer::with_capacity(1 << 17);
    let mut session = Session::new(config, SeqNums::FRESH);
    let connected = Input::Connected { logon: Fields::EMPTY };
    drop(session.handle(connected, NOW, &mut out).expect("not connected before"));
    let logon =
        from_text("8=FIX.4.4|35=A|34=1|49=BROKER01|52=20260722-13:45:13|56=CLIENT12|98=0|108=30|");
    drop(session.handle(Input::Bytes(&logon), NOW, &mut out).expect("connected"));
    Line { session, out }
}

fn compose(session: &mut Session, out: &mut SendBuffer) {
    for number in 0..MESSAGES as u64 {
        let mut order = session.compose(&Header::new("D"), NOW, out).expect("room");
        order
            .str(Tag::ACCOUNT, "ACC-77812")
            .str(Tag::CL_ORD_ID, "ORD-20260722-000123")
            .str(CURRENCY, "USD")
            .char(Tag::HANDL_INST, b'1')
            .uint(Tag::ORDER_QTY, number)
            .char(Tag::ORD_TYPE, b'2')
            .str(Tag::PRICE, "412.35")
            .char(Tag::SIDE, b'1')
            .str(Tag::SYMBOL, "MSFT")
            .char(Tag::TIME_IN_FORCE, b'0')
            .str(Tag::TRANSACT_TIME, "20260722-13:45:12.122");
        let sent = order.finish().expect("valid");
        out.stored(sent.span);
        if number % 64 == 0 {
            let flushable = out.flushable().len();
            out.flushed(flushable);
        }
    }
}
