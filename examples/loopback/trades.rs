//! What is exchanged, and when each order was sent and filled.

use std::time::{Duration, Instant};

use fixline::session::{Config, ResendPolicy, Version};
use fixline::wire::{PutField, SendBuffer, Tag, Writer};

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// What a run came to; times in microseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figures {
    pub(crate) per_second: f64,
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

/// The client's orders: how many may wait, and how long each waited.
#[derive(Debug)]
pub(crate) struct Trades {
    orders: usize,
    sent: Vec<Instant>,
    latencies: Vec<Duration>,
}

impl Trades {
    pub(crate) fn new(orders: usize) -> Self {
        Self { orders, sent: Vec::with_capacity(orders), latencies: Vec::with_capacity(orders) }
    }

    /// The id of the next order, which is sent now.
    pub(crate) fn next_order(&mut self) -> Option<u64> {
        if self.sent.len() == self.orders {
            return None;
        }
        self.sent.push(now());
        Some(self.sent.len() as u64)
    }

    /// The fills come in the order of the orders.
    pub(crate) fn filled(&mut self) {
        if let Some(sent) = self.sent.get(self.latencies.len()) {
            self.latencies.push(now() - *sent);
        }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.latencies.len() == self.orders
    }

    pub(crate) fn figures(mut self) -> Figures {
        let started = self.sent.first().copied().unwrap_or_else(now);
        let ended = self.sent.last().zip(self.latencies.last());
        let took = ended.map_or(Duration::ZERO, |(sent, latency)| *sent + *latency - started);
        self.latencies.sort_unstable();
        let at = |share: f64| {
            let place = (self.latencies.len() as f64 * share) as usize;
            self.latencies.get(place).map_or(f64::NAN, |time| time.as_secs_f64() * 1e6)
        };
        let per_second = self.orders as f64 / took.as_secs_f64();
        Figures { per_second, p50: at(0.5), p99: at(0.99) }
    }
}

#[expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]
fn now() -> Instant {
    Instant::now()
}

pub(crate) fn client() -> Result<Config, Failure> {
    Ok(Config::initiator(Version::Fix44, "CLIENT12", "BROKER01", ResendPolicy::All).build()?)
}

pub(crate) fn broker() -> Result<Config, Failure> {
    Ok(Config::acceptor(Version::Fix44, "BROKER01", "CLIENT12", ResendPolicy::All).build()?)
}

/// The body of a NewOrderSingle.
pub(crate) fn order(message: &mut impl PutField, id: u64) {
    message
        .str(Tag::ACCOUNT, "ACC-77812")
        .uint(Tag::CL_ORD_ID, 10_000_000 + id)
        .char(Tag::HANDL_INST, b'1')
        .uint(Tag::ORDER_QTY, 500)
        .char(Tag::ORD_TYPE, b'2')
        .str(Tag::PRICE, "412.35")
        .char(Tag::SIDE, b'1')
        .str(Tag::SYMBOL, "MSFT")
        .str(Tag::TRANSACT_TIME, "20260722-13:45:12.122");
}

/// The body of the ExecutionReport that fills the order of this ClOrdID(11).
pub(crate) fn fill(message: &mut impl PutField, order_id: &[u8]) {
    message
        .str(Tag::AVG_PX, "412.35")
        .put(Tag::CL_ORD_ID, order_id)
        .uint(CUM_QTY, 500)
        .put(EXEC_ID, order_id)
        .str(LAST_PX, "412.35")
        .uint(LAST_QTY, 500)
        .put(ORDER_ID, order_id)
        .uint(Tag::ORDER_QTY, 500)
        .char(ORD_STATUS, b'2')
        .char(Tag::SIDE, b'1')
        .str(Tag::SYMBOL, "MSFT")
        .str(Tag::TRANSACT_TIME, "20260722-13:45:12.122")
        .char(EXEC_TYPE, b'F')
        .uint(LEAVES_QTY, 0);
}

const CUM_QTY: Tag = tag(14);
const EXEC_ID: Tag = tag(17);
const LAST_PX: Tag = tag(31);
const LAST_QTY: Tag = tag(32);
const ORDER_ID: Tag = tag(37);
const ORD_STATUS: Tag = tag(39);
const EXEC_TYPE: Tag = tag(150);
const LEAVES_QTY: Tag = tag(151);

const fn tag(number: u32) -> Tag {
    match Tag::new(number) {
        Some(tag) => tag,
        None => Tag::TEXT,
    }
}

/// An order as it goes over the wire, for who only needs its bytes.
pub(crate) fn order_bytes() -> Vec<u8> {
    message(b"D", "CLIENT12", "BROKER01", |body| order(body, 100_000))
}

/// A fill as it goes over the wire.
pub(crate) fn fill_bytes() -> Vec<u8> {
    message(b"8", "BROKER01", "CLIENT12", |body| fill(body, b"10100000"))
}

fn message(
    msg_type: &[u8],
    sender: &str,
    target: &str,
    body: impl FnOnce(&mut Writer<'_>),
) -> Vec<u8> {
    let mut out = SendBuffer::with_capacity(1_024);
    let span = Writer::begin(&mut out, 1_024, b"FIX.4.4", msg_type).and_then(|mut writer| {
        writer
            .uint(Tag::MSG_SEQ_NUM, 100_000)
            .str(Tag::SENDER_COMP_ID, sender)
            .str(Tag::SENDING_TIME, "20260722-13:45:12.123")
            .str(Tag::TARGET_COMP_ID, target);
        body(&mut writer);
        writer.finish().ok()
    });
    span.map(|span| out.bytes(span).to_vec()).unwrap_or_default()
}
