//! What an initiator says, and when it stops.

use std::net::TcpListener;
use std::sync::Arc;

use fixline::engine::Event;
use fixline::session::{Notice, Reason};
use fixline::wire::SeqNum;

use crate::disk::Disk;
use crate::peer::Peer;
use crate::{Edge, PATIENCE, Plan, Seen, broker, client, fill, quick, serve, until, wait_for};

/// EDGE-15: nothing was said about connects that failed.
pub(crate) fn edge_15_failed_connects_are_told<E: Edge>() {
    let edge = E::start();
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = listener.local_addr().expect("bound");
    drop(listener);
    let (handle, mut events) = edge.initiate(client("CLIENT"), Disk::default(), address, quick());
    for _ in 0..3 {
        wait_for(
            &mut events,
            "the attempt",
            |event| matches!(event, Event::Connecting { address: to } if **to == *address.to_string()),
        );
        wait_for(&mut events, "the failure", |event| {
            matches!(
                event,
                Event::ConnectFailed { address: to, error, again_at: Some(_) }
                    if **to == *address.to_string() && !error.is_empty()
            )
        });
    }
    assert_eq!(handle.shutdown("", PATIENCE).wait(PATIENCE), Some(Ok(())));
}

/// EDGE-25: an initiator stopped for good when the venue logged it out.
pub(crate) fn edge_25_a_venue_that_logs_out_is_waited_for<E: Edge>() {
    let edge = E::start();
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = listener.local_addr().expect("bound");
    let (handle, mut events) = edge.initiate(client("CLIENT"), Disk::default(), address, quick());
    for day in 1..=2 {
        let (stream, _) = listener.accept().expect("it connects");
        stream.set_read_timeout(Some(std::time::Duration::from_millis(20))).expect("it can");
        let mut venue = Peer::over(stream, "BROKER");
        let logon = venue.expect("A");
        assert!(logon.contains("|49=CLIENT|"), "{logon}");
        let answer = |msg_type: &str, seq: u64, rest: &str| {
            let bytes = crate::peer::message("BROKER", msg_type, seq, rest);
            let text = String::from_utf8_lossy(&bytes).replace('\x01', "|");
            let body = text.replace("|56=BROKER|", "|56=CLIENT|");
            let (_, body) = body.split_once("|35=").expect("a type");
            let (body, _) = body.split_once("|10=").expect("a sum");
            fixline::wire::from_text(&format!("8=FIX.4.4|35={body}|"))
        };
        venue.write(&answer("A", 2 * day - 1, "98=0|108=30|"));
        wait_for(&mut events, "the Logon", |event| {
            matches!(event, Event::Notice(Notice::LoggedOn { .. }))
        });
        venue.write(&answer("5", 2 * day, "58=end of day|"));
        venue.expect("5");
        drop(venue);
        let end = wait_for(&mut events, "the end", |event| matches!(event, Event::Disconnected(_)));
        assert_eq!(end, Seen::Disconnected(Reason::LoggedOutByPeer { status: None }));
    }
    assert_eq!(handle.status().and_then(|status| status.stopped), None);
    assert_eq!(handle.shutdown("", PATIENCE).wait(PATIENCE), Some(Ok(())));
}

/// EDGE-29: numbers could not be set at an initiator.
pub(crate) fn edge_29_numbers_are_set_between_logout_and_resume<E: Edge>() {
    let edge = Arc::new(E::start());
    let (ours, theirs) = (Disk::default(), Disk::default());
    let accepting = edge.accept(Plan::of(broker("CLIENT"), theirs));
    let _served = serve(&edge, accepting.events, fill);
    let (handle, mut events) =
        edge.initiate(client("CLIENT"), ours.clone(), accepting.address, quick());
    assert_eq!(handle.wait_logged_on(PATIENCE), Some(Ok(())));
    let number = |seq| SeqNum::new(seq).expect("positive");
    let refused = handle.set_seq_nums(number(10), number(3)).wait(PATIENCE);
    assert!(matches!(refused, Some(Err(_))), "there is a connection: {refused:?}");
    assert_eq!(handle.logout("").wait(PATIENCE), Some(Ok(())));
    wait_for(&mut events, "the end", |event| matches!(event, Event::Disconnected(_)));
    until("it has stopped", || handle.status().is_some_and(|at| at.stopped.is_some()));
    assert_eq!(handle.set_seq_nums(number(10), number(3)).wait(PATIENCE), Some(Ok(())));
    assert_eq!(ours.saved().next_out, number(10));
    assert_eq!(handle.resume().wait(PATIENCE), Some(Ok(())));
    assert_eq!(handle.wait_logged_on(PATIENCE), Some(Ok(())));
    assert_eq!(handle.shutdown("", PATIENCE).wait(PATIENCE), Some(Ok(())));
}
