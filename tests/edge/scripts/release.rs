//! Nothing counts as handled but what the application handled, however a line ends.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use fixline::adapters::{AcceptorEvent, AcceptorEvents, Left, Told};
use fixline::engine::{Event, SessionId};
use fixline::wire::Fields;

use crate::disk::Disk;
use crate::peer::{Peer, message};
use crate::{Accepting, Edge, PATIENCE, Panicked, Plan, broker, until};

/// The next line.
pub(crate) fn line<L>(events: &mut AcceptorEvents<L>) -> L {
    let mut told = Vec::new();
    loop {
        match events.wait_next(PATIENCE) {
            Ok(Some(AcceptorEvent::Line(line))) => return line,
            Ok(Some(AcceptorEvent::Told(word))) => told.push(word),
            Ok(None) => panic!("no line came: {told:?}"),
            Err(stopped) => panic!("no line came: {stopped}"),
        }
    }
}

/// What is told of the end of the line.
fn left<L>(events: &mut AcceptorEvents<L>) -> Left {
    loop {
        match events.wait_next(PATIENCE) {
            Ok(Some(AcceptorEvent::Told(Told::Left { how, .. }))) => return how,
            Ok(Some(_)) => {}
            Ok(None) => panic!("the line did not end"),
            Err(stopped) => panic!("the line did not end: {stopped}"),
        }
    }
}

/// Logs on and sends orders 2 to 6, in one segment.
fn logon_and_orders<L>(accepting: &Accepting<L>) -> Peer<std::net::TcpStream> {
    let mut peer = Peer::connect(accepting.address, "CLIENT");
    let mut bytes = peer.next("A", "98=0|108=30|");
    for number in 2..=6 {
        bytes.extend(peer.next("D", &format!("11={number}|")));
    }
    peer.write(&bytes);
    peer
}

/// Which order it is, of an event that is one.
fn number(event: &Event<'_>) -> Option<u64> {
    match event {
        Event::Message { message, .. } if message.msg_type() == b"D" => {
            message.get_uint(fixline::wire::Tag::CL_ORD_ID)
        }
        _ => None,
    }
}

fn welcome(event: Event<'_>) {
    if let Event::Authenticate { verdict, .. } = event {
        verdict.accept(Fields::EMPTY).expect("no fields are wrong");
    }
}

/// The saved number is what was handled, and everything from it on comes again.
fn everything_else_comes_again<E: Edge>(
    edge: &E,
    accepting: &mut Accepting<E::Line>,
    disk: &Disk,
    handled_below: u64,
) {
    let next_in = disk.next_in();
    assert!(next_in <= handled_below, "{next_in} was saved, {handled_below} was not handled");
    let mut peer = Peer::connect(accepting.address, "CLIENT");
    peer.seq = 20;
    peer.send("A", "98=0|108=30|");
    let line = line(&mut accepting.events);
    let (sees, seen) = std::sync::mpsc::channel();
    let running = edge.run(line, move |event| {
        let _gone = number(&event).map(|number| sees.send(number));
        welcome(event);
        ControlFlow::Continue(())
    });
    let asked = peer.expect("2");
    assert!(asked.contains(&format!("|7={next_in}|")), "asks from {next_in} on: {asked}");
    for seq in next_in..=6 {
        let again = message("CLIENT", "D", seq, &format!("43=Y|11={seq}|"));
        peer.write(&again);
    }
    for expected in next_in..=6 {
        assert_eq!(seen.recv_timeout(PATIENCE), Ok(expected));
    }
    drop(peer);
    let _ended = running();
    let _how = left(&mut accepting.events);
}

/// EDGE-01, S: messages that nobody saw counted as handled when a handler returned or panicked.
pub(crate) fn edge_01_a_handler_that_breaks_or_panics_releases_nothing<E: Edge>() {
    let edge = E::start();
    for panics in [false, true] {
        for stop_at in 2..=6 {
            let disk = Disk::default();
            let mut accepting = edge.accept(Plan::of(broker("CLIENT"), disk.clone()));
            let _peer = logon_and_orders(&accepting);
            let line = line(&mut accepting.events);
            let running = edge.run(line, move |event| {
                if number(&event) == Some(stop_at) {
                    assert!(!panics, "as a handler might");
                    return ControlFlow::Break(());
                }
                welcome(event);
                ControlFlow::Continue(())
            });
            assert_eq!(running() == Err(Panicked), panics);
            let how = left(&mut accepting.events);
            assert_eq!(matches!(how, Left::Panicked(_)), panics, "{how:?}");
            everything_else_comes_again(&edge, &mut accepting, &disk, stop_at);
        }
    }
}

/// EDGE-01: the same for a line that something else drives.
pub(crate) fn edge_01_events_that_are_dropped_release_nothing<E: Edge>() {
    let edge = E::start();
    for stop_at in 2..=6 {
        let disk = Disk::default();
        let mut accepting = edge.accept(Plan::of(broker("CLIENT"), disk.clone()));
        let mut peer = logon_and_orders(&accepting);
        let line = line(&mut accepting.events);
        let (_handle, mut events) = edge.spawn(line);
        loop {
            let event = events.wait_next(PATIENCE).expect("it goes on").expect("an event");
            if number(&event) == Some(stop_at) {
                break;
            }
            welcome(event);
        }
        drop(events);
        // The peer is told, and nothing more is read.
        peer.expect("5");
        let _how = left(&mut accepting.events);
        everything_else_comes_again(&edge, &mut accepting, &disk, stop_at);
    }
}

/// EDGE-01: the same for an acceptor that is shut down under its application.
pub(crate) fn edge_01_a_shutdown_releases_nothing<E: Edge>() {
    let edge = E::start();
    for stop_at in 2..=6 {
        let disk = Disk::default();
        let mut accepting = edge.accept(Plan::of(broker("CLIENT"), disk.clone()));
        let mut peer = logon_and_orders(&accepting);
        let line = line(&mut accepting.events);
        let (_handle, mut events) = edge.spawn(line);
        loop {
            let event = events.wait_next(PATIENCE).expect("it goes on").expect("an event");
            if number(&event) == Some(stop_at) {
                break;
            }
            welcome(event);
        }
        assert!(accepting.handle.wait_shutdown("enough", Duration::from_millis(200)));
        assert!(peer.expect("5").contains("|58=enough|"));
        let next_in = disk.next_in();
        assert!(next_in <= stop_at, "{next_in} was saved, {stop_at} was not handled");
        drop(events);
    }
}

/// EDGE-13: a panic took the session away for the rest of the process.
pub(crate) fn edge_13_a_panic_gives_the_session_back_and_is_told<E: Edge>() {
    let edge = Arc::new(E::start());
    let mut accepting = edge.accept(Plan::of(broker("CLIENT"), Disk::default()));
    let mut peer = Peer::connect(accepting.address, "CLIENT");
    peer.send("A", "98=0|108=30|");
    let first = line(&mut accepting.events);
    let running = edge.run(first, |event| {
        if matches!(event, Event::Authenticate { .. }) {
            panic!("as a handler might");
        }
        ControlFlow::Continue(())
    });
    assert_eq!(running(), Err(Panicked));
    let how = left(&mut accepting.events);
    assert!(matches!(how, Left::Panicked(_)), "{how:?}");
    let id: Vec<SessionId> = accepting.handle.sessions();
    let free = Some(fixline::engine::SessionState::Idle);
    until("the session is free", || accepting.handle.state(&id[0]) == free);
    let mut peer = Peer::connect(accepting.address, "CLIENT");
    peer.send("A", "98=0|108=30|");
    let (_handle, mut events) = edge.spawn(line(&mut accepting.events));
    while let Ok(Some(event)) = events.wait_next(PATIENCE) {
        if matches!(event, Event::Notice(fixline::session::Notice::LoggedOn { .. })) {
            return;
        }
        welcome(event);
    }
    panic!("it did not log on");
}
