//! Both sides over the std adapter, each on a thread of its own.

use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use fixline::adapters::std_net::{Acceptor, Initiator, Line, Stopped, Stream, TcpConnector, Told};
use fixline::engine::{Draft, Event, MemoryStore};
use fixline::session::{Header, Notice};
use fixline::wire::{Fields, Tag};

use crate::options::Options;
use crate::trades::{Failure, Figures, Trades, broker, client, fill, order};

/// How long one wait for events may take.
const PATIENCE: Duration = Duration::from_secs(1);

pub(crate) fn run(options: &Options) -> Result<Figures, Failure> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?.to_string();
    let mut acceptor = Acceptor::new();
    acceptor.session(broker()?, MemoryStore::new())?;
    let stop = acceptor.handle();
    thread::scope(|scope| {
        let serving = scope.spawn(|| acceptor.serve(listener, answer, report));
        let trades = trade(&address, options);
        stop.wait_shutdown("done", PATIENCE);
        serving.join().map_err(|_| "the broker's thread panicked")??;
        Ok(trades?.figures())
    })
}

/// Who was turned away, which spoils the figures.
fn report(told: Told) {
    if !matches!(told, Told::Left { .. }) {
        eprintln!("{told}");
    }
}

/// The broker: a fill for each order, until the client is gone.
fn answer<T: Stream>(mut line: Line<T, MemoryStore>) {
    while let Ok(event) = line.next(PATIENCE) {
        match event {
            Some(Event::Authenticate { verdict, .. }) => {
                let _refused = verdict.accept(Fields::EMPTY);
            }
            Some(Event::Message { message, mut reply, .. }) if !message.is_admin() => {
                let id = message.get(Tag::CL_ORD_ID).unwrap_or_default();
                let _pending = reply.compose(&Header::new("8"), |report| fill(report, id));
            }
            _ => {}
        }
    }
}

fn trade(address: &str, options: &Options) -> Result<Trades, Failure> {
    let mut trades = Trades::new(options.orders);
    let mut draft = Draft::new("D");
    let mut line = Initiator::new(client()?, MemoryStore::new(), TcpConnector::new(address))?;
    loop {
        match line.next(PATIENCE) {
            Ok(Some(Event::Notice(Notice::LoggedOn { .. }))) => {
                for _ in 0..options.in_flight {
                    if let Some(id) = trades.next_order() {
                        draft.clear("D");
                        order(&mut draft, id);
                        let _on_its_way = line.send(&draft)?;
                    }
                }
            }
            Ok(Some(Event::Message { message, mut reply, .. })) if !message.is_admin() => {
                trades.filled();
                if let Some(id) = trades.next_order() {
                    let _pending = reply.compose(&Header::new("D"), |body| order(body, id))?;
                }
            }
            Ok(_) => {}
            Err(Stopped(_)) if trades.is_done() => return Ok(trades),
            Err(error) => return Err(error.into()),
        }
        if trades.is_done() {
            // Refused while it is under way already.
            let _under_way = line.logout("done");
        }
    }
}
