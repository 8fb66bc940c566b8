//! Both sides over the tokio adapter, on a runtime of two threads.

use fixline::adapters::tokio::{Acceptor, AcceptorEvent, Initiator, Stopped, TcpConnector};
use fixline::engine::{Draft, Event, MemoryStore};
use fixline::session::{Header, Notice};
use fixline::wire::{Fields, Tag};
use tokio::net::TcpListener;

use crate::options::Options;
use crate::trades::{Failure, Figures, Trades, broker, client, fill, order};

pub(crate) fn run(options: &Options) -> Result<Figures, Failure> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let options = *options;
    runtime.block_on(async move {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?.to_string();
        let serving = tokio::spawn(answer(listener));
        let trades = tokio::spawn(trade(address, options)).await??;
        serving.await??;
        Ok(trades.figures())
    })
}

/// The broker: a fill for each order, until the client is gone.
async fn answer(listener: TcpListener) -> Result<(), Failure> {
    let mut acceptor = Acceptor::new(listener);
    acceptor.session(broker()?, MemoryStore::new())?;
    let mut line = loop {
        match acceptor.next().await {
            Some(AcceptorEvent::Line(line)) => break line,
            Some(AcceptorEvent::Told(told)) => eprintln!("{told}"),
            None => return Ok(()),
        }
    };
    while let Ok(event) = line.next().await {
        match event {
            Event::Authenticate { verdict, .. } => verdict.accept(Fields::EMPTY)?,
            Event::Message { message, mut reply, .. } if !message.is_admin() => {
                let id = message.get(Tag::CL_ORD_ID).unwrap_or_default();
                let _pending = reply.compose(&Header::new("8"), |report| fill(report, id))?;
            }
            _ => {}
        }
    }
    Ok(())
}

async fn trade(address: String, options: Options) -> Result<Trades, Failure> {
    let mut trades = Trades::new(options.orders);
    let mut draft = Draft::new("D");
    let mut line = Initiator::new(client()?, MemoryStore::new(), TcpConnector::new(address))?;
    loop {
        match line.next().await {
            Ok(Event::Notice(Notice::LoggedOn { .. })) => {
                for _ in 0..options.in_flight {
                    if let Some(id) = trades.next_order() {
                        draft.clear("D");
                        order(&mut draft, id);
                        let _on_its_way = line.send(&draft)?;
                    }
                }
            }
            Ok(Event::Message { message, mut reply, .. }) if !message.is_admin() => {
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
