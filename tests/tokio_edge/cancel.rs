//! Futures that are dropped at every poll: no event is lost, nothing counts as handled that was not
//! asked beyond, no attempt to connect is lost, and no order is sent twice.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use fixline::adapters::tokio::{Events, Initiator, Line};
use fixline::engine::{Acknowledge, Event, MemoryStore};
use fixline::session::Notice;
use fixline::wire::{Fields, Tag};
use tokio::io::DuplexStream;
use tokio::time::{sleep, timeout};

use crate::streams::{ByHand, Rough, Shared, acceptor, clock, network, quick};
use crate::support::{PATIENCE, client, next_line, order, within};

/// Polls a future so often at most, each time that it is woken, then drops it.
pub(crate) async fn poll_times<T>(future: impl Future<Output = T>, times: usize) -> Option<T> {
    let mut future = pin!(future);
    let mut left = times;
    poll_fn(move |cx| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        match future.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if left == 0 => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// How often a future is polled before it is dropped.
const POLLS: usize = 6;

/// Orders that a peer sends, a few at a time.
const ORDERS: u64 = 60;

/// Welcomes a Logon, and says which order it is.
fn number(event: Event<'_>) -> Option<u64> {
    match event {
        Event::Authenticate { verdict, .. } => verdict.accept(Fields::EMPTY).expect("fits"),
        Event::Message { message, .. } if message.msg_type() == b"D" => {
            return message.get_uint(Tag::CL_ORD_ID);
        }
        _ => {}
    }
    None
}

/// A peer that logs on and sends its orders in pieces, and stays.
fn trader(stream: DuplexStream) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        let mut peer = ByHand::new(stream, clock());
        peer.send("A", "98=0|108=30|").await;
        peer.expect("A").await;
        for id in 1..=ORDERS {
            let order = peer.next("D", &format!("11={id}|"));
            let (one, other) = order.split_at(order.len() / 2);
            peer.write(one).await;
            if id % 3 == 0 {
                sleep(Duration::from_millis(1)).await;
            }
            peer.write(other).await;
        }
        while peer.receive(PATIENCE * 6).await.is_some() {}
    })
}

async fn traded(store: Shared) -> (tokio::task::JoinHandle<()>, Line<Rough, Shared>) {
    let (mut dials, streams) = network();
    dials.room = 1 << 14;
    let (_acceptor, mut accepted) = acceptor(streams, store).spawn();
    let trading = trader(dials.dial());
    let line = next_line(&mut accepted).await;
    core::mem::forget((dials, accepted));
    (trading, line)
}

// EDGE-01: `Line::next`, dropped at every poll.
#[tokio::test(start_paused = true)]
async fn edge_01_a_line_loses_no_event_when_next_is_dropped() {
    for polls in 1..=POLLS {
        let store = Shared::new(Duration::from_millis(2));
        let (trading, mut line) = traded(store.clone()).await;
        let mut seen = Vec::new();
        while seen.len() < usize::try_from(ORDERS).expect("few") {
            let next = poll_times(line.next(), polls).await;
            let Some(event) = next else {
                // Drives by nothing else: time goes on.
                sleep(Duration::from_micros(100)).await;
                continue;
            };
            seen.extend(number(event.expect("the line is up")));
            // The one at hand is not handled.
            assert!(store.next_in() <= 1 + seen.last().map_or(1, |last| last + 1));
        }
        assert_eq!(seen, (1..=ORDERS).collect::<Vec<_>>(), "{polls} polls");
        trading.abort();
    }
}

// EDGE-01: `Events::next`, dropped at every poll.
#[tokio::test(start_paused = true)]
async fn edge_01_events_lose_none_when_next_is_dropped() {
    for polls in 1..=POLLS {
        let store = Shared::new(Duration::from_millis(2));
        let (trading, line) = traded(store.clone()).await;
        let (_handle, mut events) = line.spawn();
        let mut seen = Vec::new();
        while seen.len() < usize::try_from(ORDERS).expect("few") {
            let next = poll_times(events.next(), polls).await;
            let Some(event) = next else {
                tokio::task::yield_now().await;
                continue;
            };
            seen.extend(number(event.expect("the line is up")));
            sleep(Duration::from_micros(300)).await;
            assert!(store.next_in() <= 1 + seen.last().map_or(1, |last| last + 1));
        }
        assert_eq!(seen, (1..=ORDERS).collect::<Vec<_>>(), "{polls} polls");
        trading.abort();
    }
}

// EDGE-10: an attempt to connect was lost whenever `next` was dropped.
#[tokio::test(start_paused = true)]
async fn edge_10_an_initiator_connects_though_next_is_dropped_at_every_poll() {
    for polls in 1..=POLLS {
        let (mut dials, streams) = network();
        dials.takes = Duration::from_millis(300);
        let store = Shared::new(Duration::from_millis(50));
        let (_acceptor, mut accepted) = acceptor(streams, MemoryStore::new()).spawn();
        tokio::spawn(async move {
            let line = next_line(&mut accepted).await;
            line.run_inline(|event| {
                let _order = number(event);
                std::ops::ControlFlow::Continue(())
            })
            .await
        });
        let mut initiator = Initiator::new(client(), store, dials).expect("the sizes fit");
        initiator = initiator.clock(clock()).reconnect(quick());
        let mut attempts = 0;
        let up = within(async {
            loop {
                match poll_times(initiator.next(), polls).await {
                    None => sleep(Duration::from_millis(1)).await,
                    Some(Ok(Event::Connecting { .. })) => attempts += 1,
                    Some(Ok(Event::Notice(Notice::LoggedOn { .. }))) => return,
                    Some(event) => drop(event.expect("it goes on")),
                }
            }
        });
        up.await;
        assert_eq!(attempts, 1, "{polls} polls");
    }
}

// EDGE-18: `Acceptor::next`, dropped at every poll.
#[tokio::test(start_paused = true)]
async fn edge_18_an_acceptor_loses_no_connection_when_next_is_dropped() {
    for polls in 1..=POLLS {
        let (dials, streams) = network();
        let mut acceptor = acceptor(streams, Shared::new(Duration::from_millis(2)));
        let trading = trader(dials.dial());
        let line = within(async {
            loop {
                match poll_times(acceptor.next(), polls).await {
                    Some(Some(fixline::adapters::AcceptorEvent::Line(line))) => return line,
                    Some(event) => drop(event.expect("it goes on")),
                    None => tokio::task::yield_now().await,
                }
            }
        });
        let (_handle, mut events) = line.await.spawn();
        let mut seen = 0;
        within(async {
            while seen < ORDERS {
                seen += u64::from(number(events.next().await.expect("it is up")).is_some());
            }
        })
        .await;
        trading.abort();
    }
}

/// A spawned line, logged on, whose events are taken; the peer says which orders it got.
async fn sending(delay: Duration) -> (ByHand, fixline::adapters::Handle, Shared) {
    let (mut dials, streams) = network();
    dials.room = 1 << 16;
    let store = Shared::new(delay);
    let (acceptor, mut accepted) = acceptor(streams, store.clone()).spawn();
    let mut peer = ByHand::new(dials.dial(), clock());
    peer.send("A", "98=0|108=30|").await;
    let (handle, events) = next_line(&mut accepted).await.spawn();
    tokio::spawn(take_all(events));
    within(handle.logged_on()).await.expect("driven");
    core::mem::forget((dials, accepted, acceptor));
    (peer, handle, store)
}

async fn take_all(mut events: Events) {
    events.set_acknowledge(Acknowledge::OnNextEvent);
    while let Some(event) = events.next().await {
        let _order = number(event);
    }
}

// EDGE-22: `Handle::send`, dropped at every poll and after any time: an order is sent once, or never.
#[tokio::test(start_paused = true)]
async fn edge_22_a_send_that_is_dropped_is_sent_once_or_never() {
    for delay in [0, 2, 50].map(Duration::from_millis) {
        let (mut peer, handle, _store) = sending(delay).await;
        let (mut must, mut never) = (Vec::new(), Vec::new());
        for round in 0..60_usize {
            let (draft, id) = (order(&round.to_string()), round.to_string());
            let (polls, wait) = (round % 4, Duration::from_micros(700 * (round as u64 % 5)));
            let result = timeout(wait, poll_times(handle.send(&draft), polls)).await;
            match result {
                Ok(Some(Ok(_))) => must.push(id),
                Ok(Some(Err(error))) => panic!("{error}"),
                // It was never polled, so that nothing was asked.
                Ok(None) if polls == 0 => never.push(id),
                // Nobody else has run since it was put down.
                Ok(None) if polls == 1 => never.push(id),
                Ok(None) | Err(_) => {}
            }
        }
        assert!(within(handle.send(&order("LAST"))).await.is_ok());
        let mut came = Vec::new();
        loop {
            let order = peer.expect("D").await;
            let id = order.split("|11=").nth(1).and_then(|rest| rest.split('|').next());
            let id = id.expect("it has one").to_owned();
            if id == "LAST" {
                break;
            }
            came.push(id);
        }
        let mut once = came.clone();
        once.dedup();
        assert_eq!(once, came, "each at most once");
        assert!(must.iter().all(|id| came.contains(id)), "{must:?}: {came:?}");
        assert!(never.iter().all(|id| !came.contains(id)), "{never:?}: {came:?}");
    }
}

// EDGE-29: every question of a handle, dropped at every poll: the session goes on, no slot is lost.
#[tokio::test(start_paused = true)]
async fn edge_29_questions_that_are_dropped_cost_nothing() {
    let (mut peer, handle, _store) = sending(Duration::from_millis(2)).await;
    let one = fixline::wire::SeqNum::MIN;
    // More often than there are slots.
    for round in 0..2000 {
        let polls = round % POLLS;
        let mut watch = handle.watch();
        let questions = async {
            poll_times(handle.set_seq_nums(one, one), polls).await;
            poll_times(handle.logged_on(), polls).await;
            poll_times(handle.resume(), polls).await;
            poll_times(watch.changed(), polls).await;
            poll_times(watch.changed(), polls).await;
        };
        let _given_up = timeout(Duration::from_millis(1), questions).await;
    }
    assert!(within(handle.send(&order("A"))).await.is_ok());
    assert!(peer.expect("D").await.contains("|11=A|"));
    let _given_up = timeout(Duration::from_millis(1), handle.logout("bye")).await;
    peer.expect("5").await;
    let shutdown = poll_times(handle.shutdown("", PATIENCE), 1);
    assert_eq!(shutdown.await, None);
    peer.send("5", "").await;
    let stopped = within(async {
        let mut watch = handle.watch();
        loop {
            match watch.changed().await {
                Ok(status) if status.is_logged_on() || status.stopped.is_none() => {}
                Ok(_) | Err(_) => return,
            }
            if handle.status().is_some_and(|status| !status.is_logged_on()) {
                return;
            }
        }
    });
    stopped.await;
}

// EDGE-29: the shutdown of an acceptor, dropped at every poll.
#[tokio::test(start_paused = true)]
async fn edge_29_a_shutdown_that_is_dropped_goes_on_and_can_be_asked_again() {
    for polls in 0..4 {
        let (dials, streams) = network();
        let (acceptor, mut accepted) =
            acceptor(streams, Shared::new(Duration::from_millis(2))).spawn();
        let mut peer = ByHand::new(dials.dial(), clock());
        peer.send("A", "98=0|108=30|").await;
        let (_handle, events) = next_line(&mut accepted).await.spawn();
        tokio::spawn(take_all(events));
        peer.expect("A").await;
        let shutdown = poll_times(acceptor.shutdown("night", PATIENCE), polls);
        let _given_up = timeout(Duration::from_millis(1), shutdown).await;
        let (again, ()) =
            tokio::join!(timeout(PATIENCE, acceptor.shutdown("night", PATIENCE)), async {
                peer.expect("5").await;
                peer.send("5", "").await;
            });
        assert!(again.is_ok(), "given up after {polls} polls");
        while within(accepted.next()).await.is_some() {}
    }
}
