//! The scripts of the edge over tokio.

use std::ops::ControlFlow;

use fixline::adapters::tokio::{Acceptor, AcceptorEvent, Initiator, TcpConnector};
use fixline::engine::{Event, MemoryStore};
use fixline::session::Notice;

crate::each_script!(crate::tokio_side::Tokio);

// Before, it slept until something else woke it when its last connection had ended.
#[tokio::test]
async fn an_initiator_that_is_driven_by_hand_goes_on_behind_the_end_of_a_connection() {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let mut acceptor = Acceptor::new(listener);
    acceptor.session(crate::broker("CLIENT"), MemoryStore::new()).expect("a new session");
    tokio::spawn(async move {
        while let Some(event) = acceptor.next().await {
            let AcceptorEvent::Line(line) = event else { continue };
            let handled = line.run_inline(|event| {
                crate::fill(event);
                ControlFlow::Continue(())
            });
            tokio::spawn(handled);
        }
    });
    let connector = TcpConnector::new(address.to_string());
    let initiator = Initiator::new(crate::client("CLIENT"), MemoryStore::new(), connector);
    let mut initiator = initiator.expect("the sizes fit").reconnect(crate::quick());
    loop {
        match initiator.next().await.expect("it goes on") {
            Event::Notice(Notice::LoggedOn { .. }) => initiator.logout("").expect("logged on"),
            Event::Disconnected(_) => break,
            _ => {}
        }
    }
    let ended = tokio::time::timeout(crate::PATIENCE / 4, initiator.next()).await.expect("in time");
    assert!(ended.is_err());
}
