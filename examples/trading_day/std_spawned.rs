//! The day over the std adapter, with threads that drive the sessions.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use fixline::adapters::std_net::{
    Acceptor, AcceptorEvent, AcceptorEvents, Events, Handle, Initiator, Line, Stopped, TcpConnector,
};
use fixline::engine::{MemoryStore, Operation, Reconnect};
use fixline::session::Reason;

use crate::day::Day;
use crate::desk::{Desk, processor};
use crate::journal::Side;
use crate::std_day::Failure;

/// How long one wait for events may take.
const PATIENCE: Duration = Duration::from_millis(20);

/// How long a peer may take to answer a Logout.
const LOGOUT: Duration = Duration::from_secs(5);

/// Plays the day; the client's desk and the broker's when it is over.
pub(crate) fn play(day: &Day) -> Result<(Desk, Desk), Failure> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let line = day.lay_line(listener.local_addr()?)?;
    let mut acceptor = Acceptor::new();
    acceptor.session(day.broker()?, MemoryStore::new())?;
    let (serving, lines) = acceptor.spawn(listener)?;
    let (client, broker) = thread::scope(|scope| {
        let broker = scope.spawn(|| serve(day, lines));
        let client = trade(day, line);
        day.end();
        (client, broker.join())
    });
    if !serving.wait_shutdown("the day is over", LOGOUT) {
        return Err("the acceptor did not come to its end".into());
    }
    Ok((client?, broker.map_err(|_| "the broker's thread panicked")??))
}

fn serve(
    day: &Day,
    mut lines: AcceptorEvents<Line<TcpStream, MemoryStore>>,
) -> Result<Desk, Failure> {
    let mut desk = day.desk(Side::Broker);
    while !day.is_over() {
        match lines.wait_next(PATIENCE) {
            Ok(Some(AcceptorEvent::Line(line))) => {
                let (session, events) = line.spawn()?;
                if attend(day, &session, events, &mut desk).is_some_and(Reason::is_orderly) {
                    break;
                }
            }
            Ok(Some(AcceptorEvent::Told(told))) => day.journal.line_event(&told.to_string()),
            Ok(None) => {}
            Err(Stopped(_)) => break,
        }
    }
    Ok(desk)
}

/// Takes the events of one connection of the broker; how it ended.
fn attend(day: &Day, session: &Handle, mut events: Events, desk: &mut Desk) -> Option<Reason> {
    let (mut processor, mut ended) = (processor(), None);
    while !day.is_over() {
        let Ok(event) = events.wait_next(PATIENCE) else { break };
        ended = event.and_then(|event| desk.event(event, &mut processor)).or(ended);
        work(desk, session);
    }
    ended
}

/// Sends what is to be sent, and resets the numbers when it is time.
fn work(desk: &mut Desk, session: &Handle) {
    desk.send_all(|draft| session.try_send(draft));
    if desk.may_reset() {
        let asked = session.operate(Operation::ResetSeqNums).wait(LOGOUT);
        desk.reset_asked(asked == Some(Ok(())));
    }
}

fn trade(day: &Day, broker: SocketAddr) -> Result<Desk, Failure> {
    let mut desk = day.desk(Side::Client);
    let mut processor = processor();
    let pauses = Duration::from_millis(50);
    let policy = Reconnect::new(1, day.options.seed).pauses(pauses, 4 * pauses);
    let connector = TcpConnector::new(broker.to_string());
    let (session, mut events) = Initiator::new(day.client()?, MemoryStore::new(), connector)?
        .reconnect(policy.without_attempt_limit())
        .spawn()?;
    while !day.is_over() && !desk.may_go_home() {
        match events.wait_next(PATIENCE) {
            Ok(Some(event)) => {
                let _ended = desk.event(event, &mut processor);
            }
            Ok(None) => desk.idle(),
            Err(stopped) => return Err(stopped.into()),
        }
        work(&mut desk, &session);
    }
    thread::scope(|scope| {
        let down = scope.spawn(|| session.shutdown("done for today", LOGOUT).wait(2 * LOGOUT));
        while let Ok(event) = events.wait_next(PATIENCE) {
            let _ended = event.and_then(|event| desk.event(event, &mut processor));
        }
        match down.join() {
            Ok(Some(Ok(()))) => Ok(desk),
            _ => Err("the client did not come to its end".into()),
        }
    })
}
