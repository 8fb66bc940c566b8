//! What happens on a good day, and who drives whom out.

use std::sync::Arc;
use std::time::Duration;

use fixline::adapters::{Left, Told};
use fixline::engine::{Event, Newcomer, Operation, SessionState, TurnedAway};
use fixline::session::{Notice, Reason};

use crate::disk::Disk;
use crate::peer::Peer;
use crate::{
    Edge, PATIENCE, Plan, Seen, broker, client, fill, order, quick, serve, until, wait_for,
};

pub(crate) fn an_order_is_filled_and_the_line_comes_back<E: Edge>() {
    let edge = Arc::new(E::start());
    let (ours, theirs) = (Disk::default(), Disk::default());
    let accepting = edge.accept(Plan::of(broker("CLIENT"), theirs.clone()));
    let session = accepting.handle.session(&accepting.handle.sessions()[0]).expect("there");
    let _served = serve(&edge, accepting.events, fill);
    let (handle, mut events) =
        edge.initiate(client("CLIENT"), ours.clone(), accepting.address, quick());
    for id in ["ONE", "TWO"] {
        assert_eq!(handle.wait_logged_on(PATIENCE), Some(Ok(())));
        let sent = handle.send(&order(id)).wait(PATIENCE).expect("logged on");
        assert!(sent.sent().is_some(), "it has a number: {sent:?}");
        let filled = format!("8 {id}");
        wait_for(&mut events, "the fill", |event| {
            crate::seen(event) == Seen::Message(filled.clone())
        });
        // The line breaks, and it connects again.
        let broken = session.operate(Operation::Disconnect).wait(PATIENCE);
        assert_eq!(broken, Some(Ok(())));
        wait_for(&mut events, "the end", |event| matches!(event, Event::Disconnected(_)));
        wait_for(&mut events, "the next Logon", |event| {
            matches!(event, Event::Notice(Notice::LoggedOn { .. }))
        });
    }
    assert_eq!(handle.logout("enough").wait(PATIENCE), Some(Ok(())));
    let end = wait_for(&mut events, "the end", |event| matches!(event, Event::Disconnected(_)));
    assert_eq!(end, Seen::Disconnected(Reason::LoggedOut));
    assert_eq!(handle.resume().wait(PATIENCE), Some(Ok(())));
    wait_for(&mut events, "the next Logon", |event| {
        matches!(event, Event::Notice(Notice::LoggedOn { .. }))
    });
    assert_eq!(handle.shutdown("done", PATIENCE).wait(PATIENCE), Some(Ok(())));
    while let Ok(event) = events.wait_next(PATIENCE) {
        assert!(event.is_some(), "the events end");
    }
    assert!(accepting.handle.wait_shutdown("done", PATIENCE));
    // What was not handled when a line ended is asked for again: nothing was passed over.
    for (sender, receiver) in [(&ours, &theirs), (&theirs, &ours)] {
        let (sent, handled) = (sender.saved().next_out, receiver.saved().next_in);
        assert!(handled.get() > 4 && handled <= sent, "{handled} of {sent}");
    }
}

/// EDGE-24: it read "no Logon in time" on both sides.
pub(crate) fn edge_24_a_forgotten_verdict_has_its_own_reason<E: Edge>() {
    let edge = Arc::new(E::start());
    let accepting = edge.accept(Plan::of(broker("CLIENT"), Disk::default()));
    let served = serve(&edge, accepting.events, |_event| {});
    let mut peer = Peer::connect(accepting.address, "CLIENT");
    peer.send("A", "98=0|108=30|");
    let told = served.told("the end of the line", |told| matches!(told, Told::Left { .. }));
    let Told::Left { how, .. } = told else { panic!("{told:?}") };
    assert!(matches!(how, Left::Ended(Reason::Undecided)), "{how:?}");
}

/// EDGE-21: a session whose peer had vanished was taken for ever.
pub(crate) fn edge_21_a_newcomer_makes_the_old_line_prove_itself<E: Edge>() {
    let edge = Arc::new(E::start());
    let mut plan = Plan::of(broker("CLIENT"), Disk::default());
    plan.newcomer = Newcomer::ReplaceStale { patience: Duration::from_millis(300) };
    let accepting = edge.accept(plan);
    let served = serve(&edge, accepting.events, fill);
    let mut old = Peer::connect(accepting.address, "CLIENT");
    old.log_on();
    let id = accepting.handle.sessions().remove(0);
    until("it is up", || accepting.handle.state(&id) == Some(SessionState::Up));
    // It answers the TestRequest: the newcomer goes.
    let mut new = Peer::connect(accepting.address, "CLIENT");
    new.seq = 2;
    new.send("A", "98=0|108=30|");
    let asked = old.expect("1");
    let id = asked.split("|112=").nth(1).and_then(|rest| rest.split('|').next()).expect("an id");
    let answer = format!("112={id}|");
    old.send("0", &answer);
    served.told("the old one is alive", |told| {
        matches!(told, Told::TurnedAway { why: TurnedAway::OldAlive, .. })
    });
    // It does not: the newcomer has the session.
    let mut new = Peer::connect(accepting.address, "CLIENT");
    new.seq = 3;
    new.log_on();
    served.told("the old one was replaced", |told| {
        matches!(told, Told::Left { how: Left::Ended(Reason::Replaced), .. })
    });
}

/// EDGE-29: no session could be added to an acceptor that serves.
pub(crate) fn edge_29_sessions_come_and_go_while_it_serves<E: Edge>() {
    let edge = Arc::new(E::start());
    let accepting = edge.accept(Plan::of(broker("CLIENT"), Disk::default()));
    let served = serve(&edge, accepting.events, fill);
    let handle = &accepting.handle;
    let disk = Disk::default();
    handle.add(broker("LATER"), Box::new(disk.clone())).expect("a new session");
    let mut peer = Peer::connect(accepting.address, "LATER");
    peer.log_on();
    let id = handle.sessions().into_iter().find(|id| id.to_string().contains("LATER"));
    let id = id.expect("it is there");
    until("it is up", || handle.state(&id) == Some(SessionState::Up));
    // Disabled, its line is logged out, and it takes nobody.
    assert!(handle.disable(&id, "closed", PATIENCE));
    assert!(peer.expect("5").contains("|58=closed|"));
    peer.send("5", "");
    assert_eq!(peer.receive(), None);
    served.told("it was left", |told| matches!(told, Told::Left { .. }));
    let mut peer = Peer::connect(accepting.address, "LATER");
    peer.send("A", "98=0|108=30|");
    served.told("it is disabled", |told| {
        matches!(told, Told::TurnedAway { why: TurnedAway::Disabled, .. })
    });
    assert!(handle.enable(&id));
    let mut peer = Peer::connect(accepting.address, "LATER");
    peer.seq = 3;
    peer.log_on();
    assert!(handle.wait_shutdown("good night", Duration::from_millis(300)));
    assert!(peer.expect("5").contains("|58=good night|"));
    assert!(disk.saved().next_out.get() > 4);
}
