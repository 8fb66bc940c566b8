//! The day over the tokio adapter: the broker accepts, the client connects.

use std::net::SocketAddr;
use std::time::Duration;

use fixline::adapters::tokio::{Acceptor, AcceptorEvent, Initiator, Line, Stopped, TcpConnector};
use fixline::engine::{MemoryStore, Operation, Reconnect};
use fixline::session::Reason;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::day::Day;
use crate::desk::{Desk, processor};
use crate::journal::Side;
use crate::std_day::Failure;

/// How long one wait for events may take.
const PATIENCE: Duration = Duration::from_millis(20);

/// Plays the day; the client's desk and the broker's when it is over.
pub(crate) fn play(day: &Day) -> Result<(Desk, Desk), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let line = day.lay_line(listener.local_addr()?)?;
        let client = async {
            let client = trade(day, line).await;
            day.end();
            client
        };
        tokio::try_join!(client, serve(day, listener))
    })
}

async fn serve(day: &Day, listener: TcpListener) -> Result<Desk, Failure> {
    let mut desk = day.desk(Side::Broker);
    let mut acceptor = Acceptor::new(listener);
    acceptor.session(day.broker()?, MemoryStore::new())?;
    // One connection after the other: the session never has two.
    while !day.is_over() {
        match timeout(PATIENCE, acceptor.next()).await {
            Ok(Some(AcceptorEvent::Line(line))) => {
                if attend(day, line, &mut desk).await.is_some_and(Reason::is_orderly) {
                    break;
                }
            }
            Ok(Some(AcceptorEvent::Told(told))) => day.journal.line_event(&told.to_string()),
            Ok(None) => break,
            Err(_) => {}
        }
    }
    Ok(desk)
}

/// Drives a line of the broker; how it ended.
async fn attend(
    day: &Day,
    mut line: Line<TcpStream, MemoryStore>,
    desk: &mut Desk,
) -> Option<Reason> {
    let (mut processor, mut ended) = (processor(), None);
    while !day.is_over() {
        let event = match timeout(PATIENCE, line.next()).await {
            Ok(Err(_ended)) => break,
            Ok(Ok(event)) => Some(event),
            Err(_) => None,
        };
        ended = event.and_then(|event| desk.event(event, &mut processor)).or(ended);
        desk.send_all(|draft| line.send(draft));
        desk.reset(|| line.operate(Operation::ResetSeqNums));
    }
    ended
}

async fn trade(day: &Day, broker: SocketAddr) -> Result<Desk, Failure> {
    let mut desk = day.desk(Side::Client);
    let mut processor = processor();
    let pauses = Duration::from_millis(50);
    let policy = Reconnect::new(1, day.options.seed).pauses(pauses, 4 * pauses);
    let connector = TcpConnector::new(broker.to_string());
    let mut line = Initiator::new(day.client()?, MemoryStore::new(), connector)?
        .reconnect(policy.without_attempt_limit());
    while !day.is_over() {
        match timeout(PATIENCE, line.next()).await {
            Ok(Ok(event)) => {
                let _ended = desk.event(event, &mut processor);
            }
            Ok(Err(Stopped(_))) => break,
            Err(_) => desk.idle(),
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
