//! What users spawn and share must compile.

use std::ops::ControlFlow;

use fixline::adapters::tokio::{Connector, Events, Handle, Initiator, Line, Stopped, Watch};
use fixline::adapters::{AcceptorEvents, AcceptorHandle};
use fixline::engine::{Event, MemoryStore, Store};
use tokio::io::DuplexStream;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

/// Keeps the message over an await.
async fn keep(event: Event<'_>, session: &Handle) -> ControlFlow<()> {
    if let Event::Message { message, .. } = &event {
        let sent = session.send(&crate::support::fill(*message)).await;
        println!("{message}: {sent:?}");
    }
    ControlFlow::Continue(())
}

fn line_by_fn<S: Store + 'static>(
    line: Line<TcpStream, S>,
) -> JoinHandle<fixline::adapters::tokio::Ended> {
    tokio::spawn(line.run(keep))
}

fn line_by_closure<S: Store + 'static>(
    line: Line<DuplexStream, S>,
) -> JoinHandle<fixline::adapters::tokio::Ended> {
    let mut seen = 0;
    tokio::spawn(line.run(async move |event: Event<'_>, session: &Handle| {
        seen += 1;
        if let Event::Message { message, .. } = &event {
            tokio::task::yield_now().await;
            let sent = session.send(&crate::support::fill(*message)).await;
            println!("{seen}: {message}: {sent:?}");
        }
        ControlFlow::Continue(())
    }))
}

fn initiator_by_fn<C: Connector, S: Store + 'static>(
    initiator: Initiator<C, S>,
) -> JoinHandle<Stopped> {
    tokio::spawn(initiator.run(keep))
}

fn initiator_by_closure<C: Connector, S: Store + 'static>(
    initiator: Initiator<C, S>,
) -> JoinHandle<Stopped> {
    let mut seen = Vec::new();
    tokio::spawn(initiator.run(async move |event: Event<'_>, session: &Handle| {
        if let Event::Message { message, .. } = &event {
            let sent = session.send(&crate::support::fill(*message)).await;
            seen.push(sent.is_ok());
            tokio::task::yield_now().await;
            println!("{message}");
        }
        ControlFlow::Continue(())
    }))
}

const fn send<T: Send>() {}
const fn shared<T: Send + Sync + Clone>() {}

// EDGE-23: handlers that wait run beside their driver, wherever it is spawned.
#[test]
fn edge_23_what_is_spawned_and_shared_compiles() {
    let _ = line_by_fn::<MemoryStore>;
    let _ = line_by_closure::<MemoryStore>;
    let _ = initiator_by_fn::<crate::streams::Dials, MemoryStore>;
    let _ = initiator_by_closure::<crate::streams::Dials, MemoryStore>;
    shared::<Handle>();
    shared::<AcceptorHandle<MemoryStore>>();
    send::<Events>();
    send::<Watch>();
    send::<Line<TcpStream, MemoryStore>>();
    send::<Initiator<crate::streams::Dials, MemoryStore>>();
    send::<AcceptorEvents<Line<TcpStream, MemoryStore>>>();
    send::<Event<'static>>();
    send::<fixline::adapters::std_net::Line<std::net::TcpStream, MemoryStore>>();
}
