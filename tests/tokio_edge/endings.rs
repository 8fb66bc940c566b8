//! What becomes of messages, and of those who wait, when a line ends or nobody takes its events.

use std::io;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use fixline::adapters::Clock;
use fixline::adapters::tokio::{Acceptor, Events, Handle, Line, Listener};
use fixline::engine::{Event, Origin, Peer, Refused, SendError, Store, TimeSource};
use fixline::session::{Notice, Now};
use fixline::wire::{Fields, PutField as _, Tag};
use tokio::io::{
    AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream, ReadBuf,
};
use tokio::time::{sleep, timeout};

use crate::streams::{ByHand, Rough, Shared, Streams, acceptor, clock, network};
use crate::support::{next_line, order, within};

/// Takes events up to the Logon, and welcomes it.
pub(crate) async fn log_on(events: &mut Events) {
    loop {
        match within(events.next()).await.expect("it goes on") {
            Event::Authenticate { verdict, .. } => verdict.accept(Fields::EMPTY).expect("fits"),
            Event::Notice(Notice::LoggedOn { .. }) => return,
            _ => {}
        }
    }
}

/// A peer whose Logon was sent, and its line.
async fn line<S: Store + 'static>(
    store: S,
    room: usize,
) -> (
    ByHand,
    Line<Rough, S>,
    fixline::adapters::AcceptorHandle<S>,
    fixline::adapters::AcceptorEvents<Line<Rough, S>>,
) {
    let (mut dials, streams) = network();
    dials.room = room;
    let (handle, mut accepted) = acceptor(streams, store).spawn();
    let mut peer = ByHand::new(dials.dial(), clock());
    // The listener goes on.
    core::mem::forget(dials);
    peer.send("A", "98=0|108=30|").await;
    let line = next_line(&mut accepted).await;
    (peer, line, handle, accepted)
}

// EDGE-08: an application that wanted no messages had a line that stood still behind some of them:
// none of them counted as handled.
#[tokio::test(start_paused = true)]
async fn edge_08_discarded_messages_count_as_handled_and_the_line_goes_on() {
    let store = Shared::new(Duration::ZERO);
    let (mut peer, line, _acceptor, _accepted) = line(store.clone(), 1 << 16).await;
    let (_handle, mut events) = line.spawn();
    log_on(&mut events).await;
    // Some were shown, some wait in the batch, some are on their way.
    for number in 2..=50 {
        peer.send("D", &format!("11={number}|")).await;
    }
    crate::support::next_order(&mut events).await;
    sleep(Duration::from_millis(10)).await;
    events.discard();
    for number in 51..=20_000 {
        peer.send("D", &format!("11={number}|")).await;
    }
    peer.send("1", "112=THERE|").await;
    assert!(peer.expect("0").await.contains("|112=THERE|"));
    sleep(Duration::from_secs(2)).await;
    assert_eq!(store.next_in(), 20_002);
}

/// A line with 600 old messages of 1 kB, of which the peer is being sent the first.
async fn replaying(store: Shared) -> (ByHand, Handle, Events, impl Sized) {
    let (mut peer, line, acceptor, accepted) = line(store, 4096).await;
    let (handle, mut events) = line.spawn();
    log_on(&mut events).await;
    peer.expect("A").await;
    let mut old = order("OLD");
    old.str(Tag::TEXT, &"x".repeat(1000));
    for _ in 0..600 {
        let (sent, _) = tokio::join!(within(handle.send(&old)), peer.expect("D"));
        assert!(sent.is_ok());
    }
    peer.send("2", "7=1|16=0|").await;
    sleep(Duration::from_millis(10)).await;
    (peer, handle, events, (acceptor, accepted))
}

// EDGE-23: a send that waited for the end of a replay was never answered when the application
// wanted no messages.
#[tokio::test(start_paused = true)]
async fn edge_23_a_send_that_waits_for_a_replay_is_answered_behind_discarded_events() {
    let (mut peer, handle, events, _keep) = replaying(Shared::new(Duration::ZERO)).await;
    events.discard();
    let send = tokio::spawn(async move { handle.send(&order("NEW")).await });
    sleep(Duration::from_millis(10)).await;
    while !peer.expect("D").await.contains("|11=NEW|") {}
    assert!(within(send).await.expect("no panic").is_ok());
}

// EDGE-23: a send in the loop that takes the events waited for room among these events.
#[tokio::test(start_paused = true)]
async fn edge_23_a_send_out_of_the_loop_does_not_wait_for_the_loop() {
    let (mut peer, handle, mut events, _keep) = replaying(Shared::new(Duration::ZERO)).await;
    let orders: Vec<u8> =
        (0..10_000).flat_map(|number| peer.next("D", &format!("11={number}|"))).collect();
    let (mut reads, mut writes) = tokio::io::split(peer.stream);
    let writes = tokio::spawn(async move { writes.write_all(&orders).await });
    assert_eq!(crate::support::next_order(&mut events).await, "0");
    // Until the stream of events is full.
    sleep(Duration::from_secs(1)).await;
    assert!(!writes.is_finished());
    let reads = tokio::spawn(async move {
        let mut bytes = [0; 4096];
        while reads.read(&mut bytes).await.is_ok_and(|count| count > 0) {}
    });
    let sent = within(handle.send(&order("ANSWER"))).await;
    assert!(sent.is_ok(), "{sent:?}");
    reads.abort();
}

// EDGE-22: who gave up after some time waited until a stalled replay was over.
#[tokio::test(start_paused = true)]
async fn edge_22_whoever_gives_up_is_told_at_once_though_a_replay_stalls() {
    let (_peer, handle, mut events, _keep) = replaying(Shared::new(Duration::ZERO)).await;
    let draft = order("GIVEN UP");
    let given_up = timeout(Duration::from_millis(100), handle.send(&draft)).await;
    assert!(given_up.is_err());
    // The events say what became of it, though nothing of the replay has moved.
    let refused = within(async {
        loop {
            if let Event::Sent { result, .. } = events.next().await.expect("it goes on") {
                return result;
            }
        }
    });
    assert_eq!(refused.await, Err(SendError::Refused(Refused::Withdrawn)));
}

// EDGE-29: a shutdown was never answered when the line was driven by hand, or its task aborted.
#[tokio::test(start_paused = true)]
async fn edge_29_a_shutdown_is_answered_however_the_line_is_driven() {
    for aborted in [false, true] {
        let (mut peer, line, acceptor, _accepted) = line(Shared::new(Duration::ZERO), 4096).await;
        let id = line.id().clone();
        let running = tokio::spawn(line.run_inline(|event| {
            if let Event::Authenticate { verdict, .. } = event {
                verdict.accept(Fields::EMPTY).expect("fits");
            }
            ControlFlow::Continue(())
        }));
        peer.expect("A").await;
        let handle = acceptor.session(&id).expect("it is there");
        let asked = handle.shutdown("bye", Duration::from_secs(5));
        let asked = async {
            tokio::join!(within(asked), async {
                peer.expect("5").await;
                if aborted {
                    running.abort();
                } else {
                    peer.send("5", "").await;
                }
            })
            .0
        };
        assert_eq!(asked.await, Ok(()));
    }
}

// EDGE-29: a store was lost when who had a session removed did not wait for its end.
#[tokio::test(start_paused = true)]
async fn edge_29_the_store_of_a_removed_session_waits_for_who_asks_again() {
    for polls in 1..4 {
        let (mut peer, line, acceptor, _accepted) = line(Shared::new(Duration::ZERO), 4096).await;
        let id = line.id().clone();
        let (_handle, mut events) = line.spawn();
        log_on(&mut events).await;
        let removal = acceptor.remove(&id, "gone", Duration::from_secs(5));
        let removal = crate::cancel::poll_times(removal, polls);
        let _given_up = timeout(Duration::from_millis(1), removal).await;
        peer.expect("5").await;
        peer.send("5", "").await;
        while within(events.next()).await.is_some() {}
        sleep(Duration::from_millis(10)).await;
        let store = within(acceptor.remove(&id, "", Duration::ZERO)).await;
        assert!(store.is_some(), "given up after {polls} polls");
    }
}

// EDGE-29: what became of a message was not said when the initiator stopped.
#[tokio::test(start_paused = true)]
async fn edge_29_every_ticket_is_told_of_when_the_initiator_stops() {
    let (dials, _streams) = network();
    let initiator = fixline::adapters::tokio::Initiator::new(
        crate::support::client(),
        Shared::new(Duration::ZERO),
        dials,
    );
    let initiator = initiator.expect("the sizes fit").clock(clock());
    let (handle, mut events) = initiator.spawn();
    let mut tickets = Vec::new();
    // Its driver has stopped before it looks at them.
    let (down, ()) = tokio::join!(handle.shutdown("", Duration::ZERO), async {
        for number in 0..300 {
            let queued = handle.try_send(&order(&number.to_string())).expect("there is room");
            let fixline::engine::Delivery::Queued(ticket) = queued else { panic!("{queued:?}") };
            tickets.push(ticket);
        }
    });
    assert_eq!(down, Ok(()));
    while let Some(event) = within(events.next()).await {
        if let Event::Sent { ticket, result } = event {
            assert!(result.is_err());
            tickets.retain(|open| *open != ticket);
        }
    }
    assert_eq!(tickets, []);
}

/// A stream that tells when it is dropped.
struct Told(DuplexStream, Arc<AtomicUsize>);

impl Drop for Told {
    fn drop(&mut self) {
        self.1.store(1, Ordering::Relaxed);
    }
}

impl AsyncRead for Told {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Told {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// Hands out streams that tell.
struct Tells(Streams, Arc<AtomicUsize>);

impl Listener for Tells {
    type Raw = DuplexStream;
    type Stream = Told;

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(DuplexStream, Peer)>> {
        self.0.poll_accept(cx)
    }

    fn prepare(
        &self,
        raw: DuplexStream,
        peer: Peer,
    ) -> impl Future<Output = io::Result<(Told, Origin)>> + Send + use<> {
        core::future::ready(Ok((Told(raw, Arc::clone(&self.1)), Origin::new(peer))))
    }
}

/// A clock at which the events are dropped, at the reading that it is told to, counted from when the
/// stream is gone: as another thread might at just that moment.
struct Drops {
    clock: Clock,
    gone: Arc<AtomicUsize>,
    at: usize,
    events: Arc<Mutex<Option<Events>>>,
}

impl TimeSource for Drops {
    fn now(&self) -> Now {
        let readings = self.gone.load(Ordering::Relaxed);
        if readings > 0 {
            self.gone.store(readings + 1, Ordering::Relaxed);
            if readings == self.at {
                drop(self.events.lock().expect("nobody panics").take());
            }
        }
        self.clock.now()
    }
}

// EDGE-01: events that were dropped in the very turn in which their line ended left messages open:
// they never came again, and the saved number stood still.
#[tokio::test(start_paused = true)]
async fn edge_01_events_that_are_dropped_as_their_line_ends_come_again() {
    for at in 1..12 {
        let (dials, streams) = network();
        let (gone, slot) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(None)));
        let drops = Drops { clock: clock(), gone: Arc::clone(&gone), at, events: slot.clone() };
        let mut acceptor = Acceptor::new(Tells(streams, gone)).clock(Clock::of(Arc::new(drops)));
        acceptor.session(crate::support::broker(), Shared::new(Duration::ZERO)).expect("new");
        let (_acceptor, mut accepted) = acceptor.spawn();
        let mut peer = ByHand::new(dials.dial(), clock());
        peer.send("A", "98=0|108=30|").await;
        let (_handle, mut events) = next_line(&mut accepted).await.spawn();
        log_on(&mut events).await;
        for number in 2..=6 {
            peer.send("D", &format!("11={number}|")).await;
        }
        assert_eq!(crate::support::next_order(&mut events).await, "2");
        assert_eq!(crate::support::next_order(&mut events).await, "3");
        *slot.lock().expect("nobody panics") = Some(events);
        drop(peer);
        sleep(Duration::from_secs(1)).await;
        drop(slot.lock().expect("nobody panics").take());
        let mut peer = ByHand::new(dials.dial(), clock());
        peer.seq = 7;
        peer.send("A", "98=0|108=30|").await;
        let (_handle, mut events) = next_line(&mut accepted).await.spawn();
        log_on(&mut events).await;
        let asked = peer.expect("2").await;
        assert!(asked.contains("|7=3|"), "dropped at reading {at}: {asked}");
    }
}
