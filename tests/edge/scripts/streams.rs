//! Streams that keep bytes back, and peers that do not take them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fixline::adapters::{AcceptorEvent, Told};
use fixline::engine::Event;
use fixline::session::Reason;
use fixline::wire::{Fields, PutField as _, Tag};

use super::release::line;
use crate::disk::Disk;
use crate::memory;
use crate::peer::Peer;
use crate::{Door, Edge, PATIENCE, Plan, Seen, broker, fill, order, serve};

/// EDGE-17: nothing was ever flushed, and no stream was finished.
pub(crate) fn edge_17_what_was_written_is_flushed_and_finished<E: Edge>() {
    let edge = Arc::new(E::start());
    let plan = Plan::of(broker("CLIENT"), Disk::default()).door(Door::Buffered);
    let accepting = edge.accept(plan);
    let _served = serve(&edge, accepting.events, fill);
    let mut peer = Peer::connect(accepting.address, "CLIENT");
    peer.log_on();
    peer.send("D", "11=A|");
    assert!(peer.expect("8").contains("|11=A|"));
    // Our last word leaves as well, and the goodbye of the transport behind it.
    let handle = accepting.handle.clone();
    let ends = std::thread::spawn(move || handle.wait_shutdown("good night", PATIENCE));
    assert!(peer.expect("5").contains("|58=good night|"));
    peer.send("5", "");
    assert_eq!(peer.rest(), "BYE");
    assert!(ends.join().expect("no panic"));
}

/// SAFE-07: a peer that never reads, but keeps sending, was never given up.
#[expect(clippy::disallowed_methods, reason = "real sockets take real time")]
pub(crate) fn safe_07_a_peer_that_does_not_read_is_given_up<E: Edge>() {
    let edge = E::start();
    let (ours, theirs) = memory::pair(4096);
    let plan = Plan::of(broker("CLIENT"), Disk::default());
    let (acceptor, mut accepted) = edge.accept_in_memory(plan, ours);
    let mut peer = Peer::over(theirs, "CLIENT");
    peer.send("A", "98=0|108=1|");
    let (handle, mut events) = edge.spawn_in_memory(line(&mut accepted));
    let mut draft = order("A");
    draft.str(Tag::TEXT, &"x".repeat(500));
    let begun = Instant::now();
    let reason = loop {
        match events.wait_next(Duration::from_millis(100)) {
            Ok(Some(Event::Authenticate { verdict, .. })) => {
                verdict.accept(Fields::EMPTY).expect("no fields are wrong");
            }
            Ok(Some(event)) => {
                if let Seen::Disconnected(reason) = crate::seen(&event) {
                    break reason;
                }
            }
            Ok(None) => {}
            Err(stopped) => break stopped.0,
        }
        // It is never silent, and takes nothing.
        let bytes = peer.next("0", "");
        let _gone = std::io::Write::write_all(&mut peer.stream, &bytes);
        let _full = handle.try_send(&draft);
        assert!(begun.elapsed() < PATIENCE, "it goes on and on");
    };
    assert_eq!(reason, Reason::PeerDoesNotRead);
    loop {
        match accepted.wait_next(PATIENCE) {
            Ok(Some(AcceptorEvent::Told(Told::Left { .. }))) => break,
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => panic!("the session did not come back"),
        }
    }
    assert!(acceptor.wait_shutdown("", PATIENCE));
}
