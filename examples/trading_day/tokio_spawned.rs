//! The day over the tokio adapter, with tasks that drive the sessions.

use std::net::SocketAddr;
use std::time::Duration;

use fixline::adapters::tokio::{Acceptor, AcceptorEvent, Events, Handle, Initiator, TcpConnector};
use fixline::engine::{MemoryStore, Operation, Reconnect};
use fixline::session::Reason;
use tokio::net::TcpListener;
use tokio::time::timeout;

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
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
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
    let (serving, mut lines) = acceptor.spawn();
    while !day.is_over() {
        match timeout(PATIENCE, lines.next()).await {
            Ok(Some(AcceptorEvent::Line(line))) => {
                let (session, events) = line.spawn();
                if attend(day, &session, events, &mut desk).await.is_some_and(Reason::is_orderly) {
                    break;
                }
            }
            Ok(Some(AcceptorEvent::Told(told))) => day.journal.line_event(&told.to_string()),
            Ok(None) => break,
            Err(_) => {}
        }
    }
    serving.shutdown("the day is over", LOGOUT).await;
    Ok(desk)
}

/// Takes the events of one connection of the broker; how it ended.
async fn attend(
    day: &Day,
    session: &Handle,
    mut events: Events,
    desk: &mut Desk,
) -> Option<Reason> {
    let (mut processor, mut ended) = (processor(), None);
    while !day.is_over() {
        let event = match timeout(PATIENCE, events.next()).await {
            Ok(None) => break,
            Ok(event) => event,
            Err(_) => None,
        };
        ended = event.and_then(|event| desk.event(event, &mut processor)).or(ended);
        work(desk, session).await;
    }
    ended
}

/// Sends what is to be sent, and resets the numbers when it is time.
async fn work(desk: &mut Desk, session: &Handle) {
    desk.send_all(|draft| session.try_send(draft));
    if desk.may_reset() {
        desk.reset_asked(session.operate(Operation::ResetSeqNums).await.is_ok());
    }
}

async fn trade(day: &Day, broker: SocketAddr) -> Result<Desk, Failure> {
    let mut desk = day.desk(Side::Client);
    let mut processor = processor();
    let pauses = Duration::from_millis(50);
    let policy = Reconnect::new(1, day.options.seed).pauses(pauses, 4 * pauses);
    let connector = TcpConnector::new(broker.to_string());
    let (session, mut events) = Initiator::new(day.client()?, MemoryStore::new(), connector)?
        .reconnect(policy.without_attempt_limit())
        .spawn();
    while !day.is_over() && !desk.may_go_home() {
        match timeout(PATIENCE, events.next()).await {
            Ok(Some(event)) => {
                let _ended = desk.event(event, &mut processor);
            }
            Ok(None) => return Err("the client was driven no more".into()),
            Err(_) => desk.idle(),
        }
        work(&mut desk, &session).await;
    }
    let rest = async {
        while let Some(event) = events.next().await {
            let _ended = desk.event(event, &mut processor);
        }
    };
    let (down, ()) = tokio::join!(session.shutdown("done for today", LOGOUT), rest);
    down?;
    Ok(desk)
}
