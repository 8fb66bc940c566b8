//! What it costs to answer a ResendRequest for 100,000 stored messages, and how long the longest
//! slice of it keeps a thread: between two slices a driver reads, writes and serves other sessions.
//!
//! `cargo bench --bench replay`; a number says how many rounds, for instruction counts.

use std::task::Poll;
use std::time::Duration;

use fixline::engine::{Connection, ConnectionOptions, Entry, MemoryStore, Progress};
use fixline::session::{Config, Header, Instant, Now, ResendPolicy, Version};
use fixline::wire::{PutField as _, Tag, UtcTime, from_text};

const MESSAGES: u64 = 100_000;
const ROUNDS: u64 = 21;

/// Shortly after 2026-07-22 13:45:13.
const NOW: Now = Now::new(Instant::from_millis(1), UtcTime::from_nanos(1_784_727_913_000_000_000));

fn main() {
    let mut connection = established();
    for number in 0..MESSAGES {
        let order = |message: &mut fixline::session::Composer<'_>| {
            message
                .str(Tag::ACCOUNT, "ACC-77812")
                .uint(Tag::CL_ORD_ID, 20_260_722_000_000 + number)
                .char(Tag::HANDL_INST, b'1')
                .uint(Tag::ORDER_QTY, 100 + number)
                .char(Tag::ORD_TYPE, b'2')
                .str(Tag::PRICE, "412.35")
                .char(Tag::SIDE, b'1')
                .str(Tag::SYMBOL, "MSFT")
                .str(Tag::TRANSACT_TIME, "20260722-13:45:12.122");
        };
        let _ = connection.compose(&Header::new("D"), NOW, order).expect("room");
        if number % 64 == 0 {
            let _written = drive(&mut connection);
        }
    }
    let _written = drive(&mut connection);

    let mut times: Vec<Duration> = Vec::new();
    let mut longest: Vec<Duration> = Vec::new();
    let rounds = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(ROUNDS);
    for round in 0..rounds {
        let number = 2 + round;
        feed(
            &mut connection,
            &format!(
                "8=FIX.4.4|35=2|34={number}|49=BROKER01|52=20260722-13:45:13|56=CLIENT12|7=1|16=0|"
            ),
        );
        let (bytes, slices) = drive(&mut connection);
        assert!(bytes > 100 * MESSAGES as usize, "{bytes} bytes are no replay");
        times.push(slices.iter().sum());
        longest.extend(slices.iter().max());
    }
    times.sort_unstable();
    longest.sort_unstable();
    let (time, slice) = (times[times.len() / 2], longest[longest.len() / 2]);
    println!(
        "replay of {MESSAGES} messages: {:.1} ms, {:.0} ns each, longest slice {:.2} ms",
        time.as_secs_f64() * 1e3,
        time.as_secs_f64() * 1e9 / MESSAGES as f64,
        slice.as_secs_f64() * 1e3,
    );
}

fn established() -> Connection<MemoryStore> {
    let config = Config::initiator(Version::Fix44, "CLIENT12", "BROKER01", ResendPolicy::All);
    let store = MemoryStore::with_capacity(64 << 20, MESSAGES as usize);
    let config = config.build().expect("valid");
    let mut connection =
        Connection::new(config, store, ConnectionOptions::new()).expect("the defaults fit");
    assert!(matches!(connection.open(), Poll::Ready(Ok(()))));
    connection.connected(NOW, Entry::PLAIN).expect("not connected before");
    let _written = drive(&mut connection);
    feed(
        &mut connection,
        "8=FIX.4.4|35=A|34=1|49=BROKER01|52=20260722-13:45:13|56=CLIENT12|98=0|108=30|",
    );
    let _written = drive(&mut connection);
    connection
}

fn feed(connection: &mut Connection<MemoryStore>, text: &str) {
    let bytes = from_text(text);
    connection.spare()[..bytes.len()].copy_from_slice(&bytes);
    connection.filled(bytes.len());
}

/// Advances and "writes" until nothing is left to do: how many bytes went out, and the time of each
/// slice.
fn drive(connection: &mut Connection<MemoryStore>) -> (usize, Vec<Duration>) {
    let (mut written, mut slices) = (0, Vec::new());
    loop {
        let start = now();
        let progress = connection.advance(NOW);
        while connection.event(NOW).is_some() {}
        let count = connection.flushable().len();
        connection.flushed(count);
        slices.push(now() - start);
        written += count;
        if progress == Progress::Idle && count == 0 {
            return (written, slices);
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}
