//! In steady state a spawned line allocates neither for a message nor for a send, nor does who takes
//! its events and sends with its handle.
#![cfg(feature = "tokio")]

use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use core::task::{Context, Poll};
use std::alloc::System;
use std::io;

use fixline::adapters::tokio::{Acceptor, AcceptorEvent, Listener};
use fixline::adapters::{Clock, Events};
use fixline::engine::{Draft, Event, MemoryStore, Origin, Peer};
use fixline::session::{Config, ResendPolicy, Version};
use fixline::wire::{Fields, PutField as _, Tag, UtcTime, from_text};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

/// The system's allocator, counting what this thread asks of it.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[expect(unsafe_code, reason = "an allocator cannot be written without")]
// SAFETY: every call is handed on to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|allocations| allocations.set(allocations.get() + 1));
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`, and `memory` came from `System`.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        ALLOCATIONS.with(|allocations| allocations.set(allocations.get() + 1));
        // SAFETY: the caller keeps the contract of `realloc`, and `memory` came from `System`.
        unsafe { System.realloc(memory, layout, new_size) }
    }
}

/// How often each thing is done before it is watched, and while it is.
const ROUNDS: u64 = 200;

/// How many orders come at once.
const BURST: u64 = 5;

struct Once(Option<DuplexStream>);

impl Listener for Once {
    type Raw = DuplexStream;
    type Stream = DuplexStream;

    fn poll_accept(&mut self, _: &mut Context<'_>) -> Poll<io::Result<(DuplexStream, Peer)>> {
        self.0.take().map_or(Poll::Pending, |stream| Poll::Ready(Ok((stream, Peer::Local))))
    }

    fn prepare(
        &self,
        raw: DuplexStream,
        peer: Peer,
    ) -> impl Future<Output = io::Result<(DuplexStream, Origin)>> + Send + use<> {
        core::future::ready(Ok((raw, Origin::new(peer))))
    }
}

fn message(msg_type: &str, seq: u64, body: &str) -> Vec<u8> {
    from_text(&format!(
        "8=FIX.4.4|35={msg_type}|34={seq}|49=CLIENT|52=20261130-09:30:00|56=BROKER|{body}"
    ))
}

async fn next_order(events: &mut Events) {
    loop {
        match events.next().await.expect("the line is up") {
            Event::Authenticate { verdict, .. } => verdict.accept(Fields::EMPTY).expect("fits"),
            Event::Message { message, .. } if message.msg_type() == b"D" => return,
            _ => {}
        }
    }
}

#[tokio::test(start_paused = true)]
async fn messages_and_sends_of_a_spawned_line_cost_no_allocation() {
    let (mut peer, theirs) = duplex(1 << 16);
    let config = Config::acceptor(Version::Fix44, "BROKER", "CLIENT", ResendPolicy::All);
    let mut acceptor = Acceptor::new(Once(Some(theirs)));
    let nine_thirty = UtcTime::parse(b"20261130-09:30:00").expect("a time");
    acceptor = acceptor.clock(Clock::of_tokio_at(nine_thirty));
    let store = MemoryStore::with_capacity(16 << 10, 64);
    acceptor.session(config.build().expect("valid"), store).expect("new");
    peer.write_all(&message("A", 1, "98=0|108=30|")).await.expect("it is open");
    let Some(AcceptorEvent::Line(line)) = acceptor.next().await else { panic!("no line") };
    let (handle, mut events) = line.spawn();
    let bursts: Vec<Vec<u8>> = (0..2 * ROUNDS)
        .map(|round| {
            let orders = (0..BURST).map(|at| 2 + round * BURST + at);
            orders.flat_map(|seq| message("D", seq, &format!("11={seq}|"))).collect()
        })
        .collect();
    let mut fill = Draft::new("8");
    fill.str(Tag::CL_ORD_ID, "ORD-1");
    let mut received = vec![0; 1 << 16];
    let mut before = 0;
    for (round, burst) in (0..).zip(&bursts) {
        if round == ROUNDS {
            before = ALLOCATIONS.get();
        }
        peer.write_all(burst).await.expect("it is open");
        for _ in 0..BURST {
            next_order(&mut events).await;
            let sent = handle.send(&fill).await;
            assert!(sent.is_ok());
        }
        assert!(peer.read(&mut received).await.expect("it is open") > 0);
    }
    let found = ALLOCATIONS.get() - before;
    assert_eq!(found, 0, "in {ROUNDS} rounds of {BURST} orders and fills");
}
