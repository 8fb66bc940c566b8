//! Logging on, trading, logging out, coming back.

use std::ops::ControlFlow;

use fixline::adapters::tokio::{Acceptor, AcceptorEvent, Handle, Initiator, TcpConnector};
use fixline::engine::{Delivery, Event, MemoryStore, Reconnect};
use fixline::wire::Fields;
use tokio::net::TcpListener;

use crate::support::{PATIENCE, broker, client, fill, next_order, order, within};

async fn on(event: Event<'_>, _session: &Handle) -> ControlFlow<()> {
    println!("broker: {event:?}");
    match event {
        Event::Authenticate { verdict, .. } => verdict.accept(Fields::EMPTY).unwrap(),
        Event::Message { message, mut reply, .. } if !message.is_admin() => {
            let fill = fill(message);
            let _ = reply.send(&fill).unwrap();
        }
        _ => {}
    }
    ControlFlow::Continue(())
}

#[tokio::test]
async fn orders_are_filled_and_the_session_is_logged_out() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let mut acceptor = Acceptor::new(listener);
    acceptor.session(broker(), MemoryStore::new()).unwrap();
    let serving = acceptor.handle();
    tokio::spawn(async move {
        while let Some(event) = acceptor.next().await {
            match event {
                AcceptorEvent::Line(line) => drop(tokio::spawn(line.run(on))),
                AcceptorEvent::Told(told) => println!("told: {told:?}"),
            }
        }
    });
    let connector = TcpConnector::new(address);
    let (handle, mut events) = Initiator::new(client(), MemoryStore::new(), connector)
        .unwrap()
        .reconnect(Reconnect::new(1, 1).without_attempt_limit())
        .spawn();
    within(handle.logged_on()).await.unwrap();
    for n in 0..10 {
        let delivery = within(handle.send(&order(&n.to_string()))).await.unwrap();
        assert!(matches!(delivery, Delivery::Durable(sent) if sent.seq.get() == n + 2));
        assert_eq!(next_order(&mut events).await, n.to_string());
    }
    let down = tokio::spawn(async move {
        handle.shutdown("done", PATIENCE).await.unwrap();
    });
    within(async { while events.next().await.is_some() {} }).await;
    within(down).await.unwrap();
    within(serving.shutdown("closing", PATIENCE)).await;
}
