//! A broker that fills every order: `cargo run --features tokio --example broker`, beside the example
//! `client`. Its session lives in `broker.fix`. Says whom it turned away, and why.

use std::{error::Error, ops::ControlFlow};

use fixline::adapters::FileStore;
use fixline::adapters::tokio::{Acceptor, AcceptorEvent, Handle};
use fixline::engine::{Draft, Event};
use fixline::session::{Config, Refusal, ResendPolicy, Version};
use fixline::wire::{Fields, Message, PutField as _, Secret, Tag};
use tokio::net::TcpListener;

async fn on(event: Event<'_>, _session: &Handle) -> ControlFlow<()> {
    match event {
        Event::Authenticate { logon, verdict, .. } if is_welcome(logon) => {
            let _accepted = verdict.accept(Fields::EMPTY);
        }
        Event::Authenticate { verdict, .. } => {
            // 5: invalid username or password.
            let (status, text) = (Some(5), "wrong password");
            let _refused = verdict.refuse(Refusal::Logout { status, text });
        }
        Event::Message { message, mut reply, .. } if message.msg_type() == b"D" => {
            println!("order: {message}");
            let mut fill = Draft::new("8");
            fill.put(Tag::CL_ORD_ID, message.get(Tag::CL_ORD_ID).unwrap_or(b"NONE"));
            println!("fill: {:?}", reply.send(&fill));
        }
        Event::Sent { ticket, result } => println!("{ticket:?}: {result:?}"),
        Event::Disconnected(reason) => println!("disconnected: {reason}"),
        _ => {}
    }
    ControlFlow::Continue(())
}

/// Compares Password(554) with BROKER_PASSWORD; everybody is welcome where that is not set.
fn is_welcome(logon: Message<'_>) -> bool {
    let given = logon.get(Tag::PASSWORD).unwrap_or_default();
    std::env::var("BROKER_PASSWORD").map_or(true, |password| Secret::new(password).matches(given))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:5001".to_owned());
    let config = Config::acceptor(Version::Fix44, "BROKER", "CLIENT", ResendPolicy::All).build()?;
    let mut acceptor = Acceptor::new(TcpListener::bind(&address).await?);
    acceptor.session(config, FileStore::open_or_create("broker.fix"))?;
    while let Some(event) = acceptor.next().await {
        match event {
            AcceptorEvent::Line(line) => {
                println!("{} from {}", line.id(), line.origin().peer);
                tokio::spawn(line.run(on));
            }
            AcceptorEvent::Told(told) => eprintln!("{told}"),
        }
    }
    Ok(())
}
