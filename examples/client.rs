//! A client that sends one order and waits for its fill: `cargo run --features tokio --example client`
//! beside the example `broker`. Its session lives in `client.fix`, however often it is started.

use std::{error::Error, process, time::Duration};

use fixline::adapters::FileStore;
use fixline::adapters::tokio::{Initiator, TcpConnector};
use fixline::engine::{Draft, Event};
use fixline::session::{Config, Notice, ResendPolicy, Version};
use fixline::wire::{PutField as _, Tag};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:5001".to_owned());
    let config =
        Config::initiator(Version::Fix44, "CLIENT", "BROKER", ResendPolicy::All).build()?;
    let (connector, store) = (TcpConnector::new(address), FileStore::open_or_create("client.fix"));
    let (session, mut events) = Initiator::new(config, store, connector)?.spawn();
    let mut order = Draft::new("D");
    order.str(Tag::CL_ORD_ID, &format!("ORD-{}", process::id())).uint(Tag::ORDER_QTY, 100);
    while let Some(event) = events.next().await {
        match event {
            Event::Notice(Notice::LoggedOn { .. }) => {
                println!("order: {:?}", session.send(&order).await?);
            }
            Event::Message { message, mut reply, .. } if message.msg_type() == b"8" => {
                println!("fill: {message}");
                reply.logout("done")?;
            }
            Event::ConnectFailed { address, error, .. } => eprintln!("{address}: {error}"),
            Event::Disconnected(reason) if reason.is_orderly() => break,
            Event::Disconnected(reason) => eprintln!("disconnected: {reason}"),
            Event::NeedsOperator { reason, advice } => return Err(format!("{reason}: {advice}"))?,
            Event::StoreFailed(error) => return Err(error)?,
            _ => {}
        }
    }
    // To ask for the next event says that the one before is handled.
    let handled = async { while events.next().await.is_some() {} };
    let (down, ()) = tokio::join!(session.shutdown("", Duration::from_secs(5)), handled);
    Ok(down?)
}
