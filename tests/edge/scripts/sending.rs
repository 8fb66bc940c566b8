//! What becomes of messages that are sent from elsewhere.

use std::sync::Arc;
use std::time::Duration;

use fixline::engine::{Delivery, Event, Refused, SendError};
use fixline::session::{Notice, SendError as Session};

use crate::disk::Disk;
use crate::peer::Peer;
use crate::{Edge, PATIENCE, Plan, broker, client, fill, order, quick, serve, until, wait_for};

/// EDGE-22: an order went out two seconds after its sender had given it up.
pub(crate) fn edge_22_a_send_that_was_given_up_is_not_sent_later<E: Edge>() {
    let edge = Arc::new(E::start());
    let disk = Disk::default();
    let accepting = edge.accept(Plan::of(broker("CLIENT"), disk.clone()));
    let handle = accepting.handle.clone();
    let served = serve(&edge, accepting.events, fill);
    let mut peer = Peer::connect(accepting.address, "CLIENT");
    peer.log_on();
    served.sees(&crate::Seen::Authenticate(String::new()));
    let id = handle.sessions().remove(0);
    let session = handle.session(&id).expect("it is there");
    assert_eq!(session.wait_logged_on(PATIENCE), Some(Ok(())));
    // The driver is held up by the first, and the second waits for less than that.
    disk.slow_down(Duration::from_millis(400));
    let _queued = session.try_send(&order("KEPT")).expect("there is room");
    std::thread::sleep(Duration::from_millis(50));
    let given_up = session.send(&order("GIVEN UP")).wait(Duration::from_millis(50));
    assert_eq!(given_up, Err(SendError::Refused(Refused::Withdrawn)));
    disk.slow_down(Duration::ZERO);
    let last = session.send(&order("LAST")).wait(PATIENCE).expect("logged on");
    assert!(last.sent().is_some());
    assert!(peer.expect("D").contains("|11=KEPT|"));
    assert!(peer.expect("D").contains("|11=LAST|"));
}

/// EDGE-23: a send where nobody drives waited for ever.
pub(crate) fn edge_23_nothing_hangs_where_nobody_drives<E: Edge>() {
    let edge = Arc::new(E::start());
    let accepting = edge.accept(Plan::of(broker("CLIENT"), Disk::default()));
    let session = accepting.handle.session(&accepting.handle.sessions()[0]).expect("there");
    // Between two lines the acceptor answers.
    let refused = Err(SendError::Refused(Refused::Session(Session::NotLoggedOn)));
    assert_eq!(session.send(&order("A")).wait(PATIENCE), refused);
    // Logged out, the initiator does.
    let _served = serve(&edge, accepting.events, fill);
    let (handle, mut events) =
        edge.initiate(client("CLIENT"), Disk::default(), accepting.address, quick());
    assert_eq!(handle.wait_logged_on(PATIENCE), Some(Ok(())));
    assert_eq!(handle.logout("").wait(PATIENCE), Some(Ok(())));
    wait_for(&mut events, "the end", |event| matches!(event, Event::Disconnected(_)));
    until("it says that it stopped", || handle.status().is_some_and(|at| at.stopped.is_some()));
    assert_eq!(handle.send(&order("A")).wait(PATIENCE), refused);
    // Behind a shutdown, nobody does, and that is said.
    assert_eq!(handle.shutdown("", PATIENCE).wait(PATIENCE), Some(Ok(())));
    let stopped = Err(SendError::Refused(Refused::Stopped));
    until("it has stopped", || handle.send(&order("A")).wait(PATIENCE) == stopped);
    assert!(accepting.handle.wait_shutdown("", PATIENCE));
    until("it has stopped", || session.send(&order("A")).wait(PATIENCE) == stopped);
}

/// EDGE-29: one verb had four results.
pub(crate) fn edge_29_one_result_whoever_sends<E: Edge>() {
    let edge = Arc::new(E::start());
    let accepting = edge.accept(Plan::of(broker("CLIENT"), Disk::default()));
    let _served = serve(&edge, accepting.events, fill);
    let (handle, mut events) =
        edge.initiate(client("CLIENT"), Disk::default(), accepting.address, quick());
    let mut watch = handle.watch();
    while !watch.wait(PATIENCE).expect("something changes").expect("driven").is_logged_on() {}
    wait_for(&mut events, "the Logon", |event| {
        matches!(event, Event::Notice(Notice::LoggedOn { .. }))
    });
    let sent: Vec<u64> = std::thread::scope(|scope| {
        let senders = (0..20).map(|number| {
            let handle = &handle;
            scope.spawn(move || handle.send(&order(&number.to_string())).wait(PATIENCE))
        });
        let senders: Vec<_> = senders.collect();
        let sent = senders.into_iter().map(|sender| match sender.join().expect("no panic") {
            Ok(Delivery::Durable(sent)) => sent.seq.get(),
            other => panic!("{other:?}"),
        });
        sent.collect()
    });
    let mut sorted = sent.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (2..22).collect::<Vec<_>>());
    let Ok(Delivery::Queued(queued)) = handle.try_send(&order("LATER")) else {
        panic!("it has a ticket");
    };
    wait_for(
        &mut events,
        "what became of it",
        |event| matches!(event, Event::Sent { ticket, result: Ok(_) } if *ticket == queued),
    );
}
