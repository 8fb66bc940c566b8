//! The day over the std adapter: the broker accepts, the client connects.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use fixline::adapters::std_net::{Acceptor, Initiator, InitiatorError, TcpConnector};
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
    let stop = acceptor.stopper();
    thread::scope(|scope| {
        let broker = scope.spawn(|| serve(day, acceptor, listener));
        let client = trade(day, line);
        day.end();
        stop.stop();
        let broker = broker.join().map_err(|_| "the broker's thread panicked")?;
        Ok((client?, broker?))
    })
}

fn serve(
    day: &Day,
    acceptor: Acceptor<MemoryStore>,
    listener: TcpListener,
) -> Result<Desk, Failure> {
    // One connection after the other: the session never has two.
    let desk = Mutex::new(day.desk(Side::Broker));
    let stop = acceptor.stopper();
    acceptor.serve(listener, |line| {
        let mut desk = desk.lock().unwrap_or_else(PoisonError::into_inner);
        let mut processor = processor();
        while let Ok(event) = line.next(PATIENCE) {
            let reason = event.and_then(|event| desk.event(event, &mut processor));
            desk.send_all(|draft| line.send(draft));
            desk.reset(|| line.operate(Operation::ResetSeqNums));
            if reason.is_some_and(Reason::is_orderly) || day.is_over() {
                stop.stop();
            }
        }
    })?;
    Ok(desk.into_inner().unwrap_or_else(PoisonError::into_inner))
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
            Err(InitiatorError::Stopped(_)) => break,
            Err(error) => return Err(error.into()),
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
