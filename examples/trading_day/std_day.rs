//! The day over the std adapter: the broker accepts, the client connects.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use fixline::adapters::std_net::{
    Acceptor, AcceptorEvent, AcceptorEvents, Initiator, Line, Stopped, TcpConnector,
};
use fixline::engine::{MemoryStore, Operation, Reconnect};
use fixline::session::Reason;

use crate::day::Day;
use crate::desk::{Desk, processor};
use crate::journal::Side;

/// How long one wait for events may take.
const PATIENCE: Duration = Duration::from_millis(20);

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

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
    if !serving.wait_shutdown("the day is over", Duration::from_secs(1)) {
        return Err("the acceptor did not come to its end".into());
    }
    Ok((client?, broker.map_err(|_| "the broker's thread panicked")?))
}

/// The broker. One connection after the other: the session never has two.
fn serve(day: &Day, mut lines: AcceptorEvents<Line<TcpStream, MemoryStore>>) -> Desk {
    let mut desk = day.desk(Side::Broker);
    while !day.is_over() {
        match lines.wait_next(PATIENCE) {
            Ok(Some(AcceptorEvent::Line(line))) => {
                if attend(day, line, &mut desk).is_some_and(Reason::is_orderly) {
                    break;
                }
            }
            Ok(Some(AcceptorEvent::Told(told))) => day.journal.line_event(&told.to_string()),
            Ok(None) => {}
            Err(Stopped(_)) => break,
        }
    }
    desk
}

/// Drives a line of the broker; how it ended.
fn attend(day: &Day, mut line: Line<TcpStream, MemoryStore>, desk: &mut Desk) -> Option<Reason> {
    let (mut processor, mut ended) = (processor(), None);
    while !day.is_over() {
        let Ok(event) = line.next(PATIENCE) else { break };
        ended = event.and_then(|event| desk.event(event, &mut processor)).or(ended);
        desk.send_all(|draft| line.send(draft));
        desk.reset(|| line.operate(Operation::ResetSeqNums));
    }
    ended
}

fn trade(day: &Day, broker: SocketAddr) -> Result<Desk, Failure> {
    let mut desk = day.desk(Side::Client);
    let mut processor = processor();
    let pauses = Duration::from_millis(50);
    let policy = Reconnect::new(1, day.options.seed).pauses(pauses, 4 * pauses);
    let connector = TcpConnector::new(broker.to_string());
    let mut line = Initiator::new(day.client()?, MemoryStore::new(), connector)?
        .reconnect(policy.without_attempt_limit());
    while !day.is_over() {
        match line.next(PATIENCE) {
            Ok(Some(event)) => {
                let _ended = desk.event(event, &mut processor);
            }
            Ok(None) => desk.idle(),
            Err(Stopped(_)) => break,
        }
        desk.send_all(|draft| line.send(draft));
        desk.reset(|| line.operate(Operation::ResetSeqNums));
        if desk.may_go_home() {
            // Refused while a Logout is under way already.
            let _under_way = line.logout("done for today");
        }
    }
    Ok(desk)
}
