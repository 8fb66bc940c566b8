//! Many senders, slow stores, strangers, and time that stands still.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fixline::adapters::Clock;
use fixline::adapters::tokio::{Acceptor, AcceptorEvent, Initiator, TcpConnector};
use fixline::engine::{Acknowledge, Event, MemoryStore, TimeSource};
use fixline::session::Notice;
use fixline::wire::{Fields, Tag, UtcTime};
use tokio::net::{TcpListener, TcpSocket};
use tokio::time::{sleep, timeout_at};

use crate::streams::{ByHand, Jumps, Log, Shared, acceptor, clock, network, quick};
use crate::support::{PATIENCE, broker, client, next_line, order, within};

// EDGE-08: 8 tasks that send over a store whose sync takes 2 ms: nothing was read while they did,
// the line ended for silence, and each message cost a sync.
#[tokio::test(start_paused = true)]
async fn edge_08_reading_goes_on_and_commits_are_shared_while_many_send() {
    let store = Shared::new(Duration::from_millis(2));
    let (mut dials, streams) = network();
    dials.room = 1 << 16;
    let (_acceptor, mut accepted) = acceptor(streams, store.clone()).spawn();
    let mut peer = ByHand::new(dials.dial(), clock());
    peer.send("A", "98=0|108=2|").await;
    let (handle, mut events) = next_line(&mut accepted).await.spawn();
    let until = tokio::time::Instant::now() + Duration::from_secs(20);
    let reads = tokio::spawn(async move {
        let (mut seen, mut last, mut pause) = (0_u64, tokio::time::Instant::now(), Duration::ZERO);
        while let Ok(Some(event)) = timeout_at(until, events.next()).await {
            match event {
                Event::Authenticate { verdict, .. } => verdict.accept(Fields::EMPTY).expect("fits"),
                Event::Message { message, .. } if message.msg_type() == b"D" => {
                    pause = pause.max(last.elapsed());
                    last = tokio::time::Instant::now();
                    seen += 1;
                }
                Event::Disconnected(reason) => panic!("{reason} behind {seen} messages"),
                _ => {}
            }
        }
        (seen, pause, events)
    });
    within(handle.logged_on()).await.expect("driven");
    let senders = (0..8).map(|sender| {
        let handle = handle.clone();
        tokio::spawn(async move {
            let (draft, mut sent) = (order(&sender.to_string()), 0_usize);
            while tokio::time::Instant::now() < until {
                if handle.send(&draft).await.is_ok() {
                    sent += 1;
                }
            }
            sent
        })
    });
    let senders: Vec<_> = senders.collect();
    let mut written = 0;
    while tokio::time::Instant::now() < until {
        // What comes is thrown away, as it comes.
        let mut received = [0; 1 << 14];
        let read = tokio::io::AsyncReadExt::read(&mut peer.stream, &mut received);
        let _read = tokio::time::timeout(Duration::from_millis(1), read).await;
        peer.send("D", "11=A|").await;
        written += 1;
    }
    let reader = tokio::spawn(async move { while peer.receive(PATIENCE).await.is_some() {} });
    let mut sent = 0;
    for sender in senders {
        sent += sender.await.expect("no panic");
    }
    let (seen, pause, _events) = reads.await.expect("no panic");
    reader.abort();
    assert!(seen + 100 > written, "{seen} of {written} messages were read");
    assert!(pause < Duration::from_millis(100), "nothing was read for {pause:?}");
    let (syncs, kept) = {
        let inner = store.lock();
        let kept = inner.log.iter().filter(|log| matches!(log, Log::Kept(..))).count();
        (inner.syncs, kept)
    };
    assert!(sent > 10_000, "each was sent behind a sync of its own: {sent}");
    // Eight wait for each commit, and each may miss the one that runs.
    assert!(syncs * 3 < kept, "{syncs} commits for {kept} messages");
}

// EDGE-08: all requests of one wake-up share one commit.
#[tokio::test(start_paused = true)]
async fn edge_08_requests_of_one_wake_up_cost_one_sync() {
    let store = Shared::new(Duration::from_millis(2));
    let (dials, streams) = network();
    let (_acceptor, mut accepted) = acceptor(streams, store.clone()).spawn();
    let mut peer = ByHand::new(dials.dial(), clock());
    peer.send("A", "98=0|108=30|").await;
    let (handle, mut events) = next_line(&mut accepted).await.spawn();
    let taken = tokio::spawn(async move {
        while let Some(event) = events.next().await {
            if let Event::Authenticate { verdict, .. } = event {
                verdict.accept(Fields::EMPTY).expect("fits");
            }
        }
    });
    within(handle.logged_on()).await.expect("driven");
    sleep(Duration::from_secs(2)).await;
    let before = store.lock().syncs;
    for _ in 0..200 {
        let _queued = handle.try_send(&order("A")).expect("there is room");
    }
    for _ in 0..200 {
        peer.expect("D").await;
    }
    assert_eq!(store.lock().syncs, before + 1);
    taken.abort();
}

// EDGE-08: a turn that filled the events and handed all of them over fell asleep in front of the
// rest, until a timer rang.
#[tokio::test(start_paused = true)]
async fn edge_08_what_did_not_fit_among_the_events_follows_at_once() {
    let (mut dials, streams) = network();
    dials.room = 4 << 20;
    let (_acceptor, mut accepted) = acceptor(streams, Shared::new(Duration::ZERO)).spawn();
    let mut peer = ByHand::new(dials.dial(), clock());
    peer.send("A", "98=0|108=30|").await;
    let (handle, mut events) = next_line(&mut accepted).await.spawn_with(Acknowledge::Explicitly);
    crate::endings::log_on(&mut events).await;
    let text = "x".repeat(500);
    for _ in 0..3_000 {
        peer.send("D", &format!("11=A|58={text}|")).await;
    }
    sleep(Duration::from_millis(10)).await;
    let began = tokio::time::Instant::now();
    for _ in 0..3_000 {
        crate::support::next_order(&mut events).await;
    }
    assert!(began.elapsed() < Duration::from_millis(100), "it took {:?}", began.elapsed());
    drop(handle);
}

// EDGE-28: with a paused clock the adapter span, since it slept on one clock and read another.
#[tokio::test(start_paused = true)]
async fn edge_28_a_day_passes_in_a_moment() {
    let (dials, streams) = network();
    let store = Shared::new(Duration::from_millis(2));
    let (_acceptor, mut accepted) = acceptor(streams, store.clone()).spawn();
    let initiator = Initiator::new(client(), Shared::new(Duration::ZERO), dials);
    let initiator = initiator.expect("the sizes fit").clock(clock()).reconnect(quick());
    let (handle, mut events) = initiator.spawn();
    let line = next_line(&mut accepted).await;
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    tokio::spawn(line.run(async move |event: Event<'_>, _: &fixline::adapters::Handle| {
        match event {
            Event::Authenticate { verdict, .. } => verdict.accept(Fields::EMPTY).expect("fits"),
            Event::Message { message, .. } if message.msg_type() == b"D" => {
                count.fetch_add(1, Ordering::Relaxed);
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }));
    within(handle.logged_on()).await.expect("driven");
    let begun = tokio::time::Instant::now();
    let day = tokio::spawn(async move {
        while let Some(event) = events.next().await {
            assert!(!matches!(event, Event::Disconnected(_)), "{event:?}");
        }
    });
    for _ in 0..24 {
        assert!(within(handle.send(&order("A"))).await.is_ok());
        sleep(Duration::from_secs(3600)).await;
    }
    assert!(begun.elapsed() >= Duration::from_secs(86_400));
    assert!(!day.is_finished(), "no end in a day");
    assert_eq!(seen.load(Ordering::Relaxed), 24);
    // The incoming number is saved although nothing is sent (EDGE-35).
    assert!(store.next_in() > 24);
}

// EDGE-16: a UTC that was ahead once stayed ahead: jumps, both ways, of both sides' clocks, in a
// session that goes on.
#[tokio::test(start_paused = true)]
async fn edge_16_a_session_goes_on_while_its_clocks_jump() {
    let jumps = Jumps::new();
    let (dials, streams) = network();
    let mut acceptor = Acceptor::new(streams).clock(Clock::of(jumps.clone()));
    acceptor.session(broker(), MemoryStore::new()).expect("new");
    let (_acceptor, mut accepted) = acceptor.spawn();
    let initiator = Initiator::new(client(), MemoryStore::new(), dials).expect("the sizes fit");
    let initiator = initiator.clock(Clock::of(jumps.clone())).reconnect(quick());
    let (handle, mut taken) = initiator.spawn();
    tokio::spawn(async move {
        while let Some(event) = taken.next().await {
            assert!(!matches!(event, Event::Disconnected(_)), "{event:?}");
        }
    });
    let (_broker, mut events) = next_line(&mut accepted).await.spawn();
    within(async {
        loop {
            match events.next().await.expect("it goes on") {
                Event::Authenticate { verdict, .. } => verdict.accept(Fields::EMPTY).expect("fits"),
                Event::Notice(Notice::LoggedOn { .. }) => return,
                _ => {}
            }
        }
    })
    .await;
    let seconds = [1, 3600, 86_400, -1, -3600, -86_400, -86_400, 86_400, 900, -900];
    for (round, jump) in seconds.into_iter().cycle().take(60).enumerate() {
        jumps.utc.fetch_add(jump * 1_000_000_000, Ordering::Relaxed);
        if round % 10 == 9 {
            // A monotonic clock goes forward only; what comes late is not taken for silence.
            jumps.ahead.fetch_add(1_000_000_000, Ordering::Relaxed);
        }
        assert!(within(handle.send(&order("A"))).await.is_ok(), "round {round}");
        let sent = within(async {
            loop {
                match events.next().await.expect("it goes on") {
                    Event::Message { message, .. } if message.msg_type() == b"D" => {
                        return UtcTime::parse(message.get(Tag::SENDING_TIME).expect("52"));
                    }
                    Event::Disconnected(reason) => panic!("round {round}: {reason}"),
                    _ => {}
                }
            }
        })
        .await
        .expect("a time");
        let late = TimeSource::now(&*jumps).utc.as_nanos() - sent.as_nanos();
        assert!((0..1_000_000_000).contains(&late), "round {round}: 52 is {late} ns old");
        sleep(Duration::from_secs(40)).await;
    }
}

// EDGE-12: silent sockets shut every counterparty out, from one address as from many.
#[expect(clippy::disallowed_methods, reason = "real sockets take real time")]
#[tokio::test]
async fn edge_12_strangers_shut_nobody_out_from_one_address_or_many() {
    let strangers = strangers();
    for many in [false, true] {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound");
        let mut acceptor = Acceptor::new(listener);
        acceptor.session(broker(), MemoryStore::new()).expect("new");
        let (_handle, mut accepted) = acceptor.spawn();
        tokio::spawn(async move {
            while let Some(event) = accepted.next().await {
                if let AcceptorEvent::Line(line) = event {
                    drop(tokio::spawn(line.run_inline(|event| {
                        if let Event::Authenticate { verdict, .. } = event {
                            verdict.accept(Fields::EMPTY).expect("fits");
                        }
                        ControlFlow::Continue(())
                    })));
                }
            }
        });
        let (store, mut silent) = (Shared::new(Duration::ZERO), Vec::new());
        let memory = resident();
        for number in 0..strangers {
            let socket = TcpSocket::new_v4().expect("a socket");
            if many {
                let from = format!("127.0.{}.{}:0", number / 250 % 250, number % 250 + 2);
                socket.bind(from.parse().expect("an address")).expect("free");
            }
            let stream = socket.connect(address).await.expect("it accepts");
            if number % 2 == 0 {
                // It begins to say something, and stops.
                let _begun = stream
                    .try_write(&[&b"8=FIX.4.4\x019=3000\x0135=A\x01"[..], &[b'x'; 2000]].concat());
            }
            silent.push(stream);
            if number % (strangers / 5) == strangers / 10 {
                let begun = std::time::Instant::now();
                assert!(logs_on(address, store.clone()).await, "behind {number} strangers");
                assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
            }
        }
        // Both ends of each socket are ours, and so are the two buffers of a real session.
        let grown = resident().saturating_sub(memory);
        println!("{grown} bytes for {strangers} strangers");
        assert!(grown < 4096 * strangers + (16 << 20), "{grown} bytes for {strangers} strangers");
    }
}

/// The bytes of memory that this process uses; 0 where nobody says.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok());
    pages.unwrap_or_default() * 4096
}

/// How many strangers come: more of them in the long run.
fn strangers() -> usize {
    std::env::var("EDGE_STRANGERS").ok().and_then(|count| count.parse().ok()).unwrap_or(600)
}

/// Logs on and out again; whether that worked.
async fn logs_on(address: std::net::SocketAddr, store: Shared) -> bool {
    let connector = TcpConnector::new(address.to_string());
    let initiator = Initiator::new(client(), store, connector).expect("the sizes fit");
    let (handle, mut events) = initiator.reconnect(quick()).spawn();
    let up = tokio::time::timeout(Duration::from_secs(5), async {
        while let Some(event) = events.next().await {
            if let Event::Notice(Notice::LoggedOn { .. }) = event {
                return true;
            }
        }
        false
    });
    let up = up.await == Ok(true);
    tokio::spawn(async move { while events.next().await.is_some() {} });
    let _down = handle.shutdown("", Duration::from_secs(1)).await;
    up
}
