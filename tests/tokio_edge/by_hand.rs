//! An initiator that the application drives by itself.

use std::time::Duration;

use fixline::adapters::tokio::{AcceptorEvent, Initiator, Stopped};
use fixline::engine::{Event, MemoryStore};
use fixline::session::{Notice, Reason};
use fixline::wire::{Body, Fields, PutField as _, Tag};
use tokio::time::{Instant, timeout};

use crate::streams::{Dials, acceptor, clock, network, quick};
use crate::support::{client, order, within};

type ByHand = Initiator<Dials, MemoryStore>;

fn initiator(dials: Dials) -> ByHand {
    let initiator = Initiator::new(client(), MemoryStore::new(), dials).expect("the sizes fit");
    initiator.clock(clock()).reconnect(quick())
}

/// The next events in a word each, up to this one.
async fn seen_up_to(initiator: &mut ByHand, last: &str) -> Vec<String> {
    let mut seen = Vec::new();
    while seen.last().is_none_or(|seen| seen != last) {
        let word = match within(initiator.next()).await {
            Ok(Event::Connecting { .. }) => "connecting".to_owned(),
            Ok(Event::ConnectFailed { again_at, .. }) => {
                format!("failed, again: {}", again_at.is_some())
            }
            Ok(Event::Connected { .. }) => "connected".to_owned(),
            Ok(Event::Notice(Notice::LoggedOn { .. })) => "logged on".to_owned(),
            Ok(Event::Message { message, .. }) => {
                format!("35={}", String::from_utf8_lossy(message.msg_type()))
            }
            Ok(Event::Disconnected(reason)) => format!("{reason:?}"),
            Ok(_) => continue,
            Err(Stopped(reason)) => format!("stopped: {reason:?}"),
        };
        seen.push(word);
    }
    seen
}

#[tokio::test(start_paused = true)]
async fn edge_15_who_drives_by_hand_is_told_of_each_attempt() {
    let (dials, streams) = network();
    drop(streams);
    let mut initiator = initiator(dials);
    let begun = Instant::now();
    let seen = seen_up_to(&mut initiator, "failed, again: true").await;
    assert_eq!(seen, ["connecting", "failed, again: true"]);
    let seen = seen_up_to(&mut initiator, "failed, again: true").await;
    assert_eq!(seen, ["connecting", "failed, again: true"]);
    let taken = begun.elapsed();
    let pauses = Duration::from_millis(8)..Duration::from_millis(40);
    assert!(pauses.contains(&taken), "a pause between them: {taken:?}");
    // Between two attempts there is nobody to log out from: no further one is made.
    initiator.logout("").expect("nothing is in the way");
    assert_eq!(seen_up_to(&mut initiator, "stopped: Requested").await, ["stopped: Requested"]);
    assert_eq!(within(initiator.next()).await.err(), Some(Stopped(Reason::Requested)));
    initiator.resume();
    assert_eq!(seen_up_to(&mut initiator, "connecting").await, ["connecting"]);
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_driven_by_hand_logs_on_sends_and_out() {
    let (dials, streams) = network();
    let (_acceptor, mut accepted) = acceptor(streams, MemoryStore::new()).spawn();
    tokio::spawn(async move {
        while let Some(event) = accepted.next().await {
            let AcceptorEvent::Line(line) = event else { continue };
            let (_handle, mut events) = line.spawn();
            tokio::spawn(async move {
                while let Some(event) = events.next().await {
                    match event {
                        Event::Authenticate { logon, verdict, .. } => {
                            assert_eq!(logon.get(Tag::USERNAME), Some(&b"me"[..]));
                            verdict.accept(Fields::EMPTY).expect("fits");
                        }
                        Event::Message { message, mut reply, .. } if message.msg_type() == b"D" => {
                            let _ = reply.send(&crate::support::fill(message)).expect("logged on");
                        }
                        _ => {}
                    }
                }
            });
        }
    });
    let mut fields = Body::new();
    fields.str(Tag::USERNAME, "me");
    let mut initiator = initiator(dials).logon_fields(fields);
    for _ in 0..2 {
        let seen = seen_up_to(&mut initiator, "35=A").await;
        assert_eq!(seen, ["connecting", "connected", "logged on", "35=A"]);
        // Nothing happens before it sends, and asking in vain loses nothing.
        assert!(timeout(Duration::from_secs(1), initiator.next()).await.is_err());
        let _ = initiator.send(&order("A")).expect("logged on");
        assert_eq!(seen_up_to(&mut initiator, "35=8").await, ["35=8"]);
        initiator.logout("done").expect("logged on");
        let seen = seen_up_to(&mut initiator, "LoggedOut").await;
        assert_eq!(seen, ["35=5", "LoggedOut"]);
        assert_eq!(within(initiator.next()).await.err(), Some(Stopped(Reason::LoggedOut)));
        initiator.resume();
    }
    // A timer rings in time although nobody says anything.
    let _ = seen_up_to(&mut initiator, "35=A").await;
    let goes_on = async {
        loop {
            match initiator.next().await {
                Ok(Event::Notice(Notice::Received { .. })) => {}
                other => return format!("{other:?}"),
            }
        }
    };
    assert_eq!(timeout(Duration::from_secs(100), goes_on).await.ok(), None, "only Heartbeats");
    assert!(initiator.connection().is_some_and(|line| line.seq_nums().next_in.get() > 8));
}
