//! What stands between who drives a line and who has its handle and its events.

use std::time::Duration;

use fixline::adapters::tokio::{AcceptorEvents, Events, Handle, Initiator, Line};
use fixline::adapters::{AcceptorHandle, Clock};
use fixline::engine::{Acknowledge, Event, MemoryStore, MessageId, Operation, Peer};
use fixline::session::{Notice, Reason};
use fixline::wire::{Fields, SeqNum};
use tokio::time::{sleep, timeout};

use crate::cancel::poll_times;
use crate::streams::{ByHand, Rough, Shared, acceptor, clock, network};
use crate::support::{client, next_line, next_order, order, within};

/// A spawned line that is logged on, with its peer; who accepted it has to live on.
struct Up {
    handle: Handle,
    events: Events,
    peer: ByHand,
    store: Shared,
    _acceptor: (AcceptorHandle<Shared>, AcceptorEvents<Line<Rough, Shared>>),
}

async fn up(acknowledge: Acknowledge) -> Up {
    let store = Shared::new(Duration::ZERO);
    let (mut dials, streams) = network();
    dials.room = 4 << 20;
    let (acceptor, mut accepted) = acceptor(streams, store.clone()).spawn();
    let mut peer = ByHand::new(dials.dial(), clock());
    peer.send("A", "98=0|108=30|").await;
    let (handle, mut events) = next_line(&mut accepted).await.spawn_with(acknowledge);
    crate::endings::log_on(&mut events).await;
    Up { handle, events, peer, store, _acceptor: (acceptor, accepted) }
}

async fn next_id(events: &mut Events) -> MessageId {
    loop {
        if let Some(Event::Message { id: Some(id), message, .. }) = within(events.next()).await
            && message.msg_type() == b"D"
        {
            return id;
        }
    }
}

// EDGE-35: what few messages an application handled is asked for within a second.
#[tokio::test(start_paused = true)]
async fn edge_35_what_was_handled_is_saved_although_nothing_else_happens() {
    let mut up = up(Acknowledge::OnNextEvent).await;
    for id in ["1", "2"] {
        up.peer.send("D", &format!("11={id}|")).await;
    }
    assert_eq!(next_order(&mut up.events).await, "1");
    assert_eq!(next_order(&mut up.events).await, "2");
    let waits = tokio::spawn(async move { up.events.next().await.is_some() });
    sleep(Duration::from_millis(2_500)).await;
    assert_eq!(up.store.next_in(), 4, "both, and the Logon");
    waits.abort();
}

// EDGE-35: one that has enough to do is asked, too.
#[tokio::test(start_paused = true)]
async fn edge_35_an_application_that_is_slow_says_within_a_second_what_it_handled() {
    let mut up = up(Acknowledge::OnNextEvent).await;
    for id in 0..25 {
        up.peer.send("D", &format!("11={id}|")).await;
    }
    for _ in 0..20 {
        next_order(&mut up.events).await;
        sleep(Duration::from_millis(200)).await;
    }
    assert!(up.store.next_in() > 10, "{} after four seconds", up.store.next_in());
}

#[tokio::test(start_paused = true)]
async fn edge_02_who_acknowledges_by_id_says_so_from_then_on() {
    let mut up = up(Acknowledge::OnNextEvent).await;
    up.events.set_acknowledge(Acknowledge::Explicitly);
    for id in ["1", "2", "3"] {
        up.peer.send("D", &format!("11={id}|")).await;
    }
    let first = next_id(&mut up.events).await;
    let second = next_id(&mut up.events).await;
    let _third = next_id(&mut up.events).await;
    // Whatever counts as handled by asking for more is told with this.
    assert!(timeout(Duration::from_secs(5), up.events.next()).await.is_err());
    assert_eq!(up.store.next_in(), first.seq.get(), "nobody said that it was handled");
    up.events.handled(first);
    up.events.handled(second);
    sleep(Duration::from_secs(5)).await;
    assert_eq!(up.store.next_in(), second.seq.get() + 1);
}

#[tokio::test(start_paused = true)]
async fn edge_02_by_hand_too_the_application_may_acknowledge_by_id() {
    let (dials, streams) = network();
    let (_acceptor, mut accepted) = acceptor(streams, MemoryStore::new()).spawn();
    let initiator = Initiator::new(client(), MemoryStore::new(), dials).expect("the sizes fit");
    let mut initiator = initiator.clock(clock());
    initiator.set_acknowledge(Acknowledge::Explicitly);
    let broker = tokio::spawn(async move {
        let (handle, mut events) = next_line(&mut accepted).await.spawn();
        crate::endings::log_on(&mut events).await;
        for id in ["1", "2"] {
            let _ = handle.send(&order(id)).await.expect("logged on");
        }
        while events.next().await.is_some() {}
    });
    let mut ids = Vec::new();
    while ids.len() < 3 {
        if let Ok(Event::Message { id: Some(id), .. }) = within(initiator.next()).await {
            ids.push(id);
        }
    }
    let unhandled = |initiator: &Initiator<_, MemoryStore>| {
        initiator.connection().expect("it is there").snapshot().unhandled
    };
    assert_eq!(unhandled(&initiator), 3, "the Logon and two orders");
    assert!(initiator.handled(ids[1]) && !initiator.handled(ids[1]));
    assert_eq!(unhandled(&initiator), 2);
    broker.abort();
}

// EDGE-01: nothing of what came before the end is kept back, however much it is.
#[tokio::test(start_paused = true)]
async fn what_did_not_fit_when_a_line_ended_is_shown_all_the_same() {
    let mut up = up(Acknowledge::OnNextEvent).await;
    let text = "x".repeat(1_000);
    for _ in 0..400 {
        up.peer.send("D", &format!("11=A|58={text}|")).await;
    }
    drop(up.peer);
    sleep(Duration::from_secs(5)).await;
    assert!(up.store.next_in() <= 3, "{} although nothing was shown", up.store.next_in());
    let (mut orders, mut ended) = (0, None);
    while let Some(event) = within(up.events.next()).await {
        match event {
            Event::Message { message, .. } if message.msg_type() == b"D" => orders += 1,
            Event::Disconnected(reason) => ended = Some(reason),
            _ => {}
        }
    }
    assert_eq!((orders, ended), (400, Some(Reason::Closed)));
}

// EDGE-01: what was on its way to the application when its line ended.
#[tokio::test(start_paused = true)]
async fn edge_01_what_was_not_shown_of_a_line_that_ended_comes_again() {
    let mut up = up(Acknowledge::Explicitly).await;
    up.handle.handled_up_to(MessageId { epoch: 0, seq: SeqNum::MIN });
    let text = "x".repeat(1_000);
    for _ in 0..400 {
        up.peer.send("D", &format!("11=A|58={text}|")).await;
    }
    drop(up.peer);
    sleep(Duration::from_secs(1)).await;
    let mut last = 0;
    for _ in 0..300 {
        let id = next_id(&mut up.events).await;
        up.events.handled(id);
        last = id.seq.get();
    }
    drop(up.events);
    sleep(Duration::from_secs(5)).await;
    assert_eq!(up.store.next_in(), last + 1, "nothing behind it was shown");
}

#[tokio::test(start_paused = true)]
async fn edge_24_a_verdict_that_was_put_off_is_given_with_the_handle() {
    let (dials, streams) = network();
    let (_acceptor, mut accepted) = acceptor(streams, MemoryStore::new()).spawn();
    let mut peer = ByHand::new(dials.dial(), clock());
    peer.send("A", "98=0|108=30|").await;
    let (handle, mut events) = next_line(&mut accepted).await.spawn();
    let attempt = loop {
        if let Some(Event::Authenticate { verdict, from, .. }) = within(events.next()).await {
            assert_eq!(from.map(|origin| origin.peer), Some(Peer::Local), "who asks");
            break verdict.later();
        }
    };
    let mut taken = tokio::spawn(async move {
        while let Some(event) = events.next().await {
            match event {
                Event::Notice(Notice::LoggedOn { .. }) => return Some(events),
                Event::Disconnected(reason) => panic!("{reason}"),
                _ => {}
            }
        }
        None
    });
    sleep(Duration::from_secs(1)).await;
    assert!(!taken.is_finished());
    within(handle.accept(attempt, Fields::EMPTY)).await.expect("it is still asked");
    assert!(within(&mut taken).await.expect("no panic").is_some());
    assert!(peer.expect("A").await.contains("|108=30|"));
}

// Requests that are given up leave their places to others.
#[tokio::test(start_paused = true)]
async fn requests_that_were_given_up_cost_no_place() {
    let mut up = up(Acknowledge::OnNextEvent).await;
    for _ in 0..5_000 {
        assert!(poll_times(up.handle.operate(Operation::TestRequest), 1).await.is_none());
        tokio::task::yield_now().await;
    }
    let taken = tokio::spawn(async move { while up.events.next().await.is_some() {} });
    let _ = within(up.handle.send(&order("A"))).await.expect("there is room");
    taken.abort();
}

#[tokio::test(start_paused = true)]
async fn what_is_printed_for_people_says_what_it_is() {
    let up = up(Acknowledge::OnNextEvent).await;
    let (acceptor, accepted) = &up._acceptor;
    let draft = order("A");
    let (sending, asking) = (up.handle.send(&draft), up.handle.resume());
    let watch = up.handle.watch();
    let printed = [
        format!("{:?}", up.handle),
        format!("{:?}", up.events),
        format!("{acceptor:?}"),
        format!("{accepted:?}"),
        format!("{sending:?}"),
        format!("{asking:?}"),
        format!("{watch:?}"),
        format!("{:?}", Clock::new()),
    ];
    let names = [
        "Handle",
        "Events",
        "AcceptorHandle",
        "AcceptorEvents",
        "Sending",
        "Asking",
        "Watch",
        "Clock",
    ];
    for (printed, name) in printed.iter().zip(names) {
        assert!(printed.starts_with(name), "{name}: {printed}");
    }
}
